/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/tone.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	CELL = 16,	  /* points; a photograph is told by the cell */
	BAND = 32 * CELL, /* rows that are judged at once */
	STROKE_MIN = 5,	  /* points */
	STROKE_MAX = 41,
	MARGIN = 6 * CELL, /* rows, above and below: twice a stroke */
	/* Weaker differences are the paper's. */
	CONTRAST = 20,
	/* A point that ink covers by so many hundredths is ink: a hair line
	 * scanned at 300 dpi covers a third of a point at 204. */
	INK = 31,
	/* A flat area has no greater differences. */
	FLAT = 4,
	/* In a photograph neighbours differ, but by little. */
	SLOPE = 24,
	/* Such neighbours in a hundred make a photograph. */
	PHOTO = 12,
	DARK = 24, /* beyond these two is no photograph but ink and paper */
	LIGHT = 232,
};

/* A part of the page, all its width; all buffers have the same form. */
struct band {
	uint32_t width;
	uint32_t rows;
	uint32_t across; /* a stroke's points */
	uint32_t down;
	const uint8_t *grey; /* borrowed from the page */
	uint8_t *level;	     /* grey, without the softness of edges */
	uint8_t *lightest;   /* of what begins here: `across` by `down` */
	uint8_t *darkest;
	uint8_t *filled;  /* dark strokes gone: the closing of `level` */
	uint8_t *cleared; /* light strokes gone: the opening */
	uint8_t *near[2]; /* the lightest and the darkest area of a window */
	uint32_t *sums;	  /* a row's worth, and one */
	bool *photo;	  /* of each cell */
	bool *area;	  /* of each point: it is of an area, not of a stroke */
	uint32_t *found;  /* points of areas, to be looked at */
};

static size_t size_of(const struct band *b)
{
	return (size_t)b->width * b->rows;
}

static uint32_t cells_across(const struct band *b)
{
	return (b->width + CELL - 1) / CELL;
}

static uint32_t cells_down(const struct band *b)
{
	return (b->rows + CELL - 1) / CELL;
}

/* --- photographs --- */

static bool is_slope(int left, int right)
{
	return left != right && abs(left - right) <= SLOPE && left > DARK &&
	       left < LIGHT && right > DARK && right < LIGHT;
}

static unsigned slopes_in(const struct band *b, uint32_t cx, uint32_t cy)
{
	uint32_t right =
		(cx + 1) * CELL < b->width ? (cx + 1) * CELL : b->width - 1;
	uint32_t below = (cy + 1) * CELL < b->rows ? (cy + 1) * CELL : b->rows;
	unsigned n = 0;

	for (uint32_t y = cy * CELL; y < below; y++) {
		const uint8_t *row = b->grey + (size_t)y * b->width;

		for (uint32_t x = cx * CELL; x < right; x++)
			n += is_slope(row[x], row[x + 1]);
	}
	return n;
}

/* A cell is of a photograph when it and its neighbours are so together. */
static bool find_photos(struct band *b)
{
	uint32_t w = cells_across(b), h = cells_down(b);
	uint16_t *slopes = calloc((size_t)w * h, sizeof *slopes);

	if (!slopes)
		return false;
	for (uint32_t i = 0; w > 0 && i < w * h; i++)
		slopes[i] = (uint16_t)slopes_in(b, i % w, i / w);
	for (uint32_t i = 0; w > 0 && i < w * h; i++) {
		const uint32_t across = i % w, down = i / w;
		uint32_t x0 = across ? across - 1 : 0;
		uint32_t y0 = down ? down - 1 : 0;
		unsigned sum = 0, n = 0;

		for (uint32_t y = y0; y < h && y <= down + 1; y++)
			for (uint32_t x = x0; x < w && x <= across + 1; x++) {
				sum += slopes[y * w + x];
				n += CELL * CELL;
			}
		b->photo[i] = sum * 100 >= n * PHOTO;
	}
	free(slopes);
	return true;
}

static bool in_photo(const struct band *b, uint32_t x, uint32_t y)
{
	return b->photo[y / CELL * cells_across(b) + x / CELL];
}

/* --- the softness of edges --- */

/* The lightest and the darkest of a point and those around it. */
static void find_range(const struct band *b, uint32_t x, uint32_t y, int *light,
		       int *dark)
{
	uint32_t left = x > 0 ? x - 1 : 0, top = y > 0 ? y - 1 : 0;

	*light = 0;
	*dark = 255;
	for (uint32_t j = top; j < b->rows && j <= y + 1; j++)
		for (uint32_t i = left; i < b->width && i <= x + 1; i++) {
			int v = b->grey[(size_t)j * b->width + i];

			*light = v > *light ? v : *light;
			*dark = v < *dark ? v : *dark;
		}
}

/* Between two levels, a point is of the one or the other. */
static uint8_t sharp(const struct band *b, uint32_t x, uint32_t y)
{
	int is = b->grey[(size_t)y * b->width + x], light, dark;

	find_range(b, x, y, &light, &dark);
	if (light - dark < 2 * CONTRAST || is - dark < CONTRAST / 2 ||
	    light - is < CONTRAST / 2)
		return (uint8_t)is;
	return (uint8_t)((light - is) * 100 >= (light - dark) * INK ? dark
								    : light);
}

static void sharpen(struct band *b)
{
	for (uint32_t y = 0; y < b->rows; y++)
		for (uint32_t x = 0; x < b->width; x++) {
			size_t i = (size_t)y * b->width + x;
			uint8_t v = b->grey[i];

			b->level[i] = v == 0 || v == 255 || in_photo(b, x, y)
					      ? v
					      : sharp(b, x, y);
		}
}

/* --- strokes --- */

static void take_lighter(uint8_t *to, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = to[i] > from[i] ? to[i] : from[i];
}

static void take_darker(uint8_t *to, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = to[i] < from[i] ? to[i] : from[i];
}

typedef void taking(uint8_t *to, const uint8_t *from, size_t n);

/* How far the next look goes, when `seen` of `all` points have been seen: done
 * for 1, 2, 4, ... a point has taken what all of its window have. */
static uint32_t next_step(uint32_t seen, uint32_t all)
{
	return seen < all - seen ? seen : all - seen;
}

/* Each row takes itself, `step` points further left or right. */
static void take_across(const struct band *b, uint8_t *v, taking *take,
			uint32_t step, bool back)
{
	uint8_t *copy = (uint8_t *)b->sums;

	if (step >= b->width)
		return;
	for (uint32_t y = 0; y < b->rows; y++, v += b->width) {
		memcpy(copy, v, b->width);
		take(back ? v + step : v, back ? copy : copy + step,
		     b->width - step);
	}
}

/* Each row takes the one `step` rows below or above; in the order in which
 * that one is as it was. */
static void take_down(const struct band *b, uint8_t *v, taking *take,
		      uint32_t step, bool back)
{
	size_t w = b->width;

	for (uint32_t i = 0; i + step < b->rows; i++) {
		uint32_t y = back ? b->rows - 1 - i : i;

		take(v + y * w, back ? v + (y - step) * w : v + (y + step) * w,
		     w);
	}
}

/* Each point takes what a window has that begins here, or (`back`) ends. */
static void look_around(const struct band *b, uint8_t *v, taking *take,
			bool back)
{
	uint32_t seen, step;

	for (seen = 1; seen < b->across; seen += step) {
		step = next_step(seen, b->across);
		take_across(b, v, take, step, back);
	}
	for (seen = 1; seen < b->down; seen += step) {
		step = next_step(seen, b->down);
		take_down(b, v, take, step, back);
	}
}

/* Beyond the page is more paper: windows that reach out there see white. */
static void see_paper(const struct band *b, uint8_t *v)
{
	uint32_t across = b->across < b->width ? b->across - 1 : b->width;
	uint32_t down = b->down < b->rows ? b->down - 1 : b->rows;

	for (uint32_t y = 0; y < b->rows; y++)
		memset(v + (size_t)y * b->width + b->width - across, 255,
		       across);
	memset(v + (size_t)(b->rows - down) * b->width, 255,
	       (size_t)down * b->width);
}

static void find_strokes(struct band *b)
{
	size_t n = size_of(b);

	memcpy(b->lightest, b->level, n);
	look_around(b, b->lightest, take_lighter, false);
	see_paper(b, b->lightest);
	memcpy(b->filled, b->lightest, n);
	look_around(b, b->filled, take_darker, true);
	memcpy(b->darkest, b->level, n);
	look_around(b, b->darkest, take_darker, false);
	memcpy(b->cleared, b->darkest, n);
	look_around(b, b->cleared, take_lighter, true);
}

/* --- areas --- */

static bool is_grey(uint8_t v)
{
	return v > TONE_BLACK_UNTIL && v < TONE_WHITE_FROM;
}

static void note_area(struct band *b, size_t i, size_t *count)
{
	if (b->area[i])
		return;
	b->area[i] = true;
	b->found[(*count)++] = (uint32_t)i;
}

/* The points around `i` that are as grey as it are of the same area. */
static void spread(struct band *b, size_t i, size_t *count)
{
	uint32_t x = (uint32_t)(i % b->width), y = (uint32_t)(i / b->width);
	uint32_t left = x > 0 ? x - 1 : 0, top = y > 0 ? y - 1 : 0;

	for (uint32_t v = top; v < b->rows && v <= y + 1; v++)
		for (uint32_t u = left; u < b->width && u <= x + 1; u++) {
			size_t at = (size_t)v * b->width + u;

			if (abs(b->level[at] - b->level[i]) <= FLAT)
				note_area(b, at, count);
		}
}

/* Where a flat square of a stroke's width has room is an area, with all that
 * hangs together with it, however thin: between the letters on it, too. False
 * when there is none. */
static bool find_areas(struct band *b)
{
	size_t count = 0;
	bool any;

	memset(b->area, 0, size_of(b) * sizeof *b->area);
	for (size_t i = 0; i < size_of(b); i++)
		if (is_grey(b->level[i]) &&
		    b->lightest[i] - b->darkest[i] <= FLAT)
			note_area(b, i, &count);
	any = count > 0;
	while (count > 0)
		spread(b, b->found[--count], &count);
	return any;
}

/* Inside of an O, say, is what the letter stands on, too, though it does not
 * hang together with it. */
static void look_near(struct band *b, bool any)
{
	for (size_t i = 0; i < size_of(b); i++) {
		b->near[0][i] = b->area[i] ? b->level[i] : 0;
		b->near[1][i] = b->area[i] ? b->level[i] : 255;
	}
	if (!any)
		return;
	look_around(b, b->near[0], take_lighter, false);
	look_around(b, b->near[1], take_darker, false);
}

/* --- judging --- */

/* The window of `lightest` and `darkest` that has the point in its middle. */
static size_t window_at(const struct band *b, uint32_t x, uint32_t y)
{
	uint32_t left = x > b->across / 2 ? x - b->across / 2 : 0;
	uint32_t top = y > b->down / 2 ? y - b->down / 2 : 0;

	return (size_t)top * b->width + left;
}

static uint8_t judge(const struct band *b, uint32_t x, uint32_t y)
{
	size_t i = (size_t)y * b->width + x;
	size_t w = window_at(b, x, y);
	int is = b->level[i];
	int range = b->lightest[w] - b->darkest[w];
	int below = b->filled[i] - is, above = is - b->cleared[i];

	if (range < CONTRAST || b->area[i] || abs(b->near[0][w] - is) <= FLAT ||
	    abs(b->near[1][w] - is) <= FLAT)
		return (uint8_t)is;
	if (below >= CONTRAST &&
	    below * 100 >= (b->filled[i] - b->darkest[w]) * INK)
		return 0;
	if (above >= CONTRAST &&
	    above * 100 > (b->lightest[w] - b->cleared[i]) * (100 - INK))
		return 255;
	return (uint8_t)is;
}

static bool has_greys(const uint8_t *grey, size_t n)
{
	size_t greys = 0;

	for (size_t i = 0; i < n; i++)
		greys += is_grey(grey[i]);
	return greys > 0;
}

/* Judges rows `first` to `end` of the band, into `out`. */
static bool judge_rows(struct band *b, uint32_t first, uint32_t end,
		       uint8_t *out)
{
	if (!find_photos(b))
		return false;
	sharpen(b);
	find_strokes(b);
	look_near(b, find_areas(b));
	for (uint32_t y = first; y < end; y++)
		for (uint32_t x = 0; x < b->width; x++) {
			uint8_t v = b->level[(size_t)y * b->width + x];

			*out++ = is_grey(v) && !in_photo(b, x, y)
					 ? judge(b, x, y)
					 : v;
		}
	return true;
}

static void free_band(struct band *b)
{
	free(b->level);
	free(b->lightest);
	free(b->darkest);
	free(b->filled);
	free(b->cleared);
	free(b->near[0]);
	free(b->near[1]);
	free(b->sums);
	free(b->photo);
	free(b->area);
	free(b->found);
}

static bool make_band(struct band *b, uint32_t width, uint32_t rows,
		      uint32_t across, uint32_t down)
{
	size_t n = (size_t)width * rows;

	*b = (struct band){ .width = width,
			    .rows = rows,
			    .across = across,
			    .down = down,
			    .level = malloc(n),
			    .lightest = malloc(n),
			    .darkest = malloc(n),
			    .filled = malloc(n),
			    .cleared = malloc(n),
			    .near = { malloc(n), malloc(n) },
			    .area = malloc(n * sizeof(bool)),
			    .found = malloc(n * sizeof(uint32_t)),
			    .sums = calloc(width, sizeof(uint32_t)) };
	b->photo = calloc((size_t)cells_across(b) * cells_down(b),
			  sizeof *b->photo);
	return b->level && b->lightest && b->darkest && b->filled &&
	       b->cleared && b->near[0] && b->near[1] && b->sums && b->photo &&
	       b->area && b->found;
}

static uint32_t bounded(uint32_t n)
{
	return n < STROKE_MIN ? STROKE_MIN : n > STROKE_MAX ? STROKE_MAX : n;
}

/* Judges BAND rows from row `y` of the page on, into `out`. */
static bool judge_band(struct band *b, const uint8_t *page, uint32_t height,
		       uint32_t y, uint8_t *out)
{
	uint32_t top = y > MARGIN ? y - MARGIN : 0;
	uint32_t end = y + BAND < height ? y + BAND : height;
	uint32_t below = end + MARGIN < height ? end + MARGIN : height;

	b->grey = page + (size_t)top * b->width;
	b->rows = below - top;
	if (has_greys(b->grey, size_of(b)))
		return judge_rows(b, y - top, end - top, out);
	memcpy(out, page + (size_t)y * b->width, (size_t)(end - y) * b->width);
	return true;
}

/* The rows above are still needed as they were when the next are judged:
 * those of a band go in one band later. */
static bool judge_page(struct band *b, uint8_t *page, uint32_t height,
		       uint8_t *judged[2])
{
	for (uint32_t i = 0; i * BAND < height + BAND; i++) {
		size_t size = (size_t)BAND * b->width;
		size_t whole = (size_t)height * b->width;

		if (i * BAND < height &&
		    !judge_band(b, page, height, i * BAND, judged[i % 2]))
			return false;
		if (i > 0)
			memcpy(page + (i - 1) * size, judged[(i - 1) % 2],
			       i * size < whole ? size
						: whole - (i - 1) * size);
	}
	return true;
}

enum err tone_separate(uint8_t *grey, uint32_t width, uint32_t height,
		       uint32_t across, uint32_t down)
{
	uint32_t rows = height < BAND + 2 * MARGIN ? height : BAND + 2 * MARGIN;
	uint8_t *judged[2] = { NULL, NULL };
	struct band b = { .width = 0 };
	bool good;

	if (!has_greys(grey, (size_t)width * height))
		return OK;
	judged[0] = malloc((size_t)width * BAND);
	judged[1] = malloc((size_t)width * BAND);
	good = make_band(&b, width, rows, bounded(across), bounded(down)) &&
	       judged[0] && judged[1] && judge_page(&b, grey, height, judged);
	free(judged[0]);
	free(judged[1]);
	free_band(&b);
	return good ? OK : ERR_MEMORY;
}
