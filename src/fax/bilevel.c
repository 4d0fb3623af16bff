/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/bilevel.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* A hair line scanned at 300 dpi covers a third of a point at 204:
	 * lighter than half, yet it must not vanish. */
	INK_BELOW = 176,
	/* Nearly white and nearly black paper shall not be speckled. */
	WHITE_FROM = 240,
	BLACK_UNTIL = 16,
	/* A picture with fewer grey points than one in so many is a drawing. */
	GREY_FROM = 48,
	GREY_BELOW = 208,
	GREY_SHARE = 7,
};

/* The picture as it stands on the page. */
static uint32_t source_width(const struct bilevel *b)
{
	return b->upright ? b->from->width : b->from->height;
}

static uint32_t source_height(const struct bilevel *b)
{
	return b->upright ? b->from->height : b->from->width;
}

static bool is_drawing(const struct picture *p)
{
	size_t n = (size_t)p->width * p->height;
	size_t grey = 0;

	for (size_t i = 0; i < n; i++)
		grey += p->grey[i] >= GREY_FROM && p->grey[i] < GREY_BELOW;
	return grey < n / GREY_SHARE + 1;
}

enum err bilevel_init(struct bilevel *b, const struct picture *from,
		      uint32_t width, uint32_t height, bool upright)
{
	*b = (struct bilevel){ .from = from,
			       .width = width,
			       .height = height,
			       .upright = upright,
			       .drawing = is_drawing(from) };
	b->sums = calloc(source_width(b), sizeof *b->sums);
	/* One more on each side, so that the edges need no special case. */
	b->carry = calloc((size_t)width + 2, sizeof *b->carry);
	b->given = calloc((size_t)width + 2, sizeof *b->given);
	if (b->sums && b->carry && b->given)
		return OK;
	bilevel_fini(b);
	return ERR_MEMORY;
}

void bilevel_fini(struct bilevel *b)
{
	free(b->sums);
	free(b->carry);
	free(b->given);
	*b = (struct bilevel){ .from = NULL };
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
static void sum_rows(struct bilevel *b, struct span s)
{
	const struct picture *p = b->from;
	uint32_t n = source_width(b);

	memset(b->sums, 0, n * sizeof *b->sums);
	for (uint64_t y = s.start / 256; y * 256 < s.end; y++) {
		uint64_t part = span_part(s, y);
		/* Turned clockwise, a row is a column read from below. */
		const uint8_t *at =
			b->upright ? p->grey + y * p->width
				   : p->grey + y + (size_t)(n - 1) * p->width;
		ptrdiff_t step = b->upright ? 1 : -(ptrdiff_t)p->width;

		for (uint32_t x = 0; x < n; x++)
			b->sums[x] += part * at[step * (ptrdiff_t)x];
	}
}

/* The mean of the source under point `x`: 0 to 255. */
static int32_t grey_at(const struct bilevel *b, uint32_t x, uint64_t down)
{
	struct span s = span_of(x, b->width, source_width(b));
	uint64_t sum = 0;

	for (uint64_t i = s.start / 256; i * 256 < s.end; i++)
		sum += span_part(s, i) * b->sums[i];
	return (int32_t)(sum / ((s.end - s.start) * down));
}

static void set_black(uint8_t *bits, uint32_t x)
{
	bits[x / 8] |= (uint8_t)(0x80 >> x % 8);
}

static void threshold_row(struct bilevel *b, uint64_t down, uint8_t *bits)
{
	for (uint32_t x = 0; x < b->width; x++)
		if (grey_at(b, x, down) < INK_BELOW)
			set_black(bits, x);
}

/* Odd rows run from right to left: no worms across flat areas. */
static void diffuse_row(struct bilevel *b, uint64_t down, uint8_t *bits)
{
	bool back = b->row % 2 == 1;
	int32_t *swap = b->given;
	int32_t ahead = 0; /* 16ths, from the point before */

	b->given = b->carry;
	b->carry = swap;
	memset(b->carry, 0, ((size_t)b->width + 2) * sizeof *b->carry);
	for (uint32_t i = 0; i < b->width; i++) {
		uint32_t x = back ? b->width - 1 - i : i;
		/* Slot x + 1 is the point x; next is where the row runs to. */
		uint32_t next = back ? x : x + 2;
		uint32_t last = back ? x + 2 : x;
		int32_t grey = grey_at(b, x, down);
		int32_t want = grey + (ahead + b->given[x + 1]) / 16;
		int32_t miss;
		bool black = want < 128;

		if (grey >= WHITE_FROM || grey <= BLACK_UNTIL) {
			black = grey <= BLACK_UNTIL;
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
}

void bilevel_row(struct bilevel *b, uint8_t *bits)
{
	struct span s = span_of(b->row, b->height, source_height(b));

	memset(bits, 0, (b->width + 7) / 8);
	sum_rows(b, s);
	if (b->drawing)
		threshold_row(b, s.end - s.start, bits);
	else
		diffuse_row(b, s.end - s.start, bits);
	b->row++;
}
