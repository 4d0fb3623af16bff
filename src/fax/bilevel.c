/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/bilevel.h"

#include <stdlib.h>
#include <string.h>

#include "fax/tone.h"

/* A picture that is brought to another size, row by row. */
struct scaling {
	const struct picture *from;
	uint32_t width; /* of what is made */
	uint32_t height;
	bool upright;	/* false: turned by a quarter */
	uint64_t *sums; /* one source row's worth of weighted sums */
};

/* The picture as it stands on the page. */
static uint32_t source_width(const struct scaling *c)
{
	return c->upright ? c->from->width : c->from->height;
}

static uint32_t source_height(const struct scaling *c)
{
	return c->upright ? c->from->height : c->from->width;
}

/* What the point `i` of `to` covers of `from` points, in 256ths. Never
 * empty. */
struct span {
	uint64_t start;
	uint64_t end;
};

static struct span span_of(uint32_t i, uint32_t to, uint32_t from)
{
	struct span s = { (uint64_t)i * from * 256 / to,
			  ((uint64_t)i + 1) * from * 256 / to };

	if (s.end == s.start)
		s.end++;
	return s;
}

/* How much of the span lies in source point `at`. */
static uint64_t span_part(struct span s, uint64_t at)
{
	uint64_t start = at * 256 > s.start ? at * 256 : s.start;
	uint64_t end = (at + 1) * 256 < s.end ? (at + 1) * 256 : s.end;

	return end - start;
}

/* Weighted sums, down the page, of the source rows under the next row. */
static void sum_rows(struct scaling *c, struct span s)
{
	const struct picture *p = c->from;
	uint32_t n = source_width(c);

	memset(c->sums, 0, n * sizeof *c->sums);
	for (uint64_t y = s.start / 256; y * 256 < s.end; y++) {
		uint64_t part = span_part(s, y);
		/* Turned clockwise, a row is a column read from below. */
		const uint8_t *at =
			c->upright ? p->grey + y * p->width
				   : p->grey + y + (size_t)(n - 1) * p->width;
		ptrdiff_t step = c->upright ? 1 : -(ptrdiff_t)p->width;

		for (uint32_t x = 0; x < n; x++)
			c->sums[x] += part * at[step * (ptrdiff_t)x];
	}
}

/* The mean of the source under point `x`: 0 to 255. */
static int32_t grey_at(const struct scaling *c, uint32_t x, uint64_t down)
{
	struct span s = span_of(x, c->width, source_width(c));
	uint64_t sum = 0;

	for (uint64_t i = s.start / 256; i * 256 < s.end; i++)
		sum += span_part(s, i) * c->sums[i];
	return (int32_t)(sum / ((s.end - s.start) * down));
}

static enum err scale(struct scaling *c, uint8_t *grey)
{
	c->sums = calloc(source_width(c), sizeof *c->sums);
	if (!c->sums)
		return ERR_MEMORY;
	for (uint32_t y = 0; y < c->height; y++) {
		struct span s = span_of(y, c->height, source_height(c));

		sum_rows(c, s);
		for (uint32_t x = 0; x < c->width; x++)
			*grey++ = (uint8_t)grey_at(c, x, s.end - s.start);
	}
	free(c->sums);
	return OK;
}

static bool is_as_it_is(const struct scaling *c)
{
	return c->upright && c->from->width == c->width &&
	       c->from->height == c->height;
}

/* The points of a stroke, where `um` of paper have `points`. */
static uint32_t stroke(uint32_t points, uint32_t um)
{
	return um > 0 ? (uint32_t)((uint64_t)points * TONE_STROKE_UM / um) : 0;
}

enum err bilevel_init(struct bilevel *b, const struct picture *from,
		      uint32_t width, uint32_t height, bool upright)
{
	struct scaling c = { from, width, height, upright, NULL };
	enum err e = ERR_MEMORY;

	*b = (struct bilevel){ .width = width, .height = height };
	b->grey = malloc((size_t)width * height);
	/* One more on each side, so that the edges need no special case. */
	b->carry = calloc((size_t)width + 2, sizeof *b->carry);
	b->given = calloc((size_t)width + 2, sizeof *b->given);
	if (b->grey && b->carry && b->given) {
		e = OK;
		if (is_as_it_is(&c))
			memcpy(b->grey, from->grey, (size_t)width * height);
		else
			e = scale(&c, b->grey);
	}
	b->plain = from->plain && is_as_it_is(&c);
	if (e == OK && !b->plain)
		e = tone_separate(b->grey, width, height,
				  stroke(width, upright ? from->width_um
							: from->height_um),
				  stroke(height, upright ? from->height_um
							 : from->width_um));
	if (e != OK)
		bilevel_fini(b);
	return e;
}

void bilevel_fini(struct bilevel *b)
{
	free(b->grey);
	free(b->carry);
	free(b->given);
	*b = (struct bilevel){ .grey = NULL };
}

static void set_black(uint8_t *bits, uint32_t x)
{
	bits[x / 8] |= (uint8_t)(0x80 >> x % 8);
}

/* A row of ink and paper alone, as most are: there is nothing to spread. */
static bool is_plain(const uint8_t *row, uint32_t n)
{
	uint32_t greys = 0;

	for (uint32_t x = 0; x < n; x++)
		greys += row[x] > TONE_BLACK_UNTIL && row[x] < TONE_WHITE_FROM;
	return greys == 0;
}

static void plain_row(struct bilevel *b, const uint8_t *row, uint8_t *bits)
{
	uint32_t x = 0;

	for (; x + 8 <= b->width; x += 8) {
		unsigned byte = 0;

		for (unsigned i = 0; i < 8; i++)
			byte = byte << 1 | (row[x + i] <= TONE_BLACK_UNTIL);
		bits[x / 8] = (uint8_t)byte;
	}
	for (; x < b->width; x++)
		bits[x / 8] |=
			(uint8_t)((row[x] <= TONE_BLACK_UNTIL) << (7 - x % 8));
	memset(b->carry, 0, ((size_t)b->width + 2) * sizeof *b->carry);
	b->row++;
}

/* Odd rows run from right to left: no worms across flat areas. */
void bilevel_row(struct bilevel *b, uint8_t *bits)
{
	const uint8_t *row = b->grey + (size_t)b->row * b->width;
	bool back = b->row % 2 == 1;
	int32_t *swap = b->given;
	int32_t ahead = 0; /* 16ths, from the point before */

	memset(bits, 0, (b->width + 7) / 8);
	if (b->plain || is_plain(row, b->width)) {
		plain_row(b, row, bits);
		return;
	}
	b->given = b->carry;
	b->carry = swap;
	memset(b->carry, 0, ((size_t)b->width + 2) * sizeof *b->carry);
	for (uint32_t i = 0; i < b->width; i++) {
		uint32_t x = back ? b->width - 1 - i : i;
		/* Slot x + 1 is the point x; next is where the row runs to. */
		uint32_t next = back ? x : x + 2;
		uint32_t last = back ? x + 2 : x;
		int32_t grey = row[x];
		int32_t want = grey + (ahead + b->given[x + 1]) / 16;
		int32_t miss;
		bool black = want < 128;

		if (grey >= TONE_WHITE_FROM || grey <= TONE_BLACK_UNTIL) {
			black = grey <= TONE_BLACK_UNTIL;
			want = black ? 0 : 255;
		}
		miss = want - (black ? 0 : 255);
		if (black)
			set_black(bits, x);
		ahead = miss * 7;
		b->carry[last] += miss * 3;
		b->carry[x + 1] += miss * 5;
		b->carry[next] += miss;
	}
	b->row++;
}
