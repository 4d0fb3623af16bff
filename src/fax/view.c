/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/view.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fax/page.h"

enum {
	GREYS = 16,
	AREA_MAX = 200000000, /* points: a metre on A3 at 400 dpi, and some */
	BLACK = 0,
	WHITE = 1,
};

struct view {
	struct page page;
	uint32_t width; /* of the picture, points */
	uint32_t rows;
	uint8_t *points; /* owned; an index of colour each */
};

static enum err measure(struct view *v, uint32_t width, struct why *why)
{
	const struct page *p = &v->page;
	double rows;

	v->width = width > 0 && width < p->width ? width : p->width;
	rows = round(p->rows * p->stretch * v->width / p->width);
	if (rows * v->width > AREA_MAX) {
		why_set(why, "has a page of an impossible size");
		return ERR_LIMIT;
	}
	v->rows = rows < 1 ? 1 : (uint32_t)rows;
	v->points = malloc((size_t)v->width * v->rows);
	return v->points ? OK : ERR_MEMORY;
}

static bool is_black(const struct page *p, uint32_t x)
{
	return p->bits[x / 8] & 0x80 >> x % 8;
}

static void fill_natural(struct view *v)
{
	for (uint32_t y = 0; y < v->rows; y++) {
		uint8_t *to = v->points + (size_t)y * v->width;
		uint32_t from =
			(uint32_t)((uint64_t)y * v->page.rows / v->rows);

		if (y > 0 && v->page.row > from) {
			memcpy(to, to - v->width, v->width);
			continue;
		}
		while (v->page.row <= from)
			page_read(&v->page);
		for (uint32_t x = 0; x < v->width; x++)
			to[x] = is_black(&v->page, x) ? BLACK : WHITE;
	}
}

/* How much ink is left of the border `x` of the picture in the row that was
 * read last, in 256ths of a point of the page. `at` and `ink` go along. */
static uint64_t ink_before(const struct view *v, uint32_t x, uint32_t *at,
			   uint64_t *ink)
{
	uint64_t border = (uint64_t)x * v->page.width * 256 / v->width;

	while (*at < border / 256) {
		/* Eight at once where that fits. */
		if (*at % 8 == 0 && *at + 8 <= border / 256) {
			*ink += (uint64_t)256 * (unsigned)__builtin_popcount(
							v->page.bits[*at / 8]);
			*at += 8;
		} else {
			*ink += is_black(&v->page, *at) ? 256 : 0;
			++*at;
		}
	}
	return *ink +
	       (border % 256 && is_black(&v->page, *at) ? border % 256 : 0);
}

/* The ink of the row that was read last under each point of the picture. */
static void gather(const struct view *v, uint32_t *inks)
{
	uint64_t before = 0, ink = 0;
	uint32_t at = 0;

	for (uint32_t x = 0; x < v->width; x++) {
		uint64_t until = ink_before(v, x + 1, &at, &ink);

		inks[x] = (uint32_t)(until - before);
		before = until;
	}
}

static uint64_t part_of(uint64_t row, uint64_t start, uint64_t end)
{
	uint64_t from = row * 256 > start ? row * 256 : start;
	uint64_t to = (row + 1) * 256 < end ? (row + 1) * 256 : end;

	return to - from;
}

static enum err fill_smaller(struct view *v)
{
	const uint32_t width = v->width, rows = v->rows;
	uint32_t *inks = calloc(width, sizeof *inks);
	uint64_t *sums = calloc(width, sizeof *sums);
	enum err e = inks && sums ? OK : ERR_MEMORY;

	assert(width > 0 && rows > 0);
	for (uint32_t y = 0; e == OK && y < rows; y++) {
		uint8_t *to = v->points + (size_t)y * width;
		uint64_t start = (uint64_t)y * v->page.rows * 256 / rows;
		uint64_t end = ((uint64_t)y + 1) * v->page.rows * 256 / rows;
		uint64_t all = (end - start) * v->page.width * 256 / width;

		memset(to, GREYS - 1, width);
		if (all == 0)
			continue;
		memset(sums, 0, width * sizeof *sums);
		for (uint64_t row = start / 256; row * 256 < end; row++) {
			uint64_t part = part_of(row, start, end);

			if (v->page.row <= row) {
				page_read(&v->page);
				gather(v, inks);
			}
			for (uint32_t x = 0; x < width; x++)
				sums[x] += part * inks[x];
		}
		for (uint32_t x = 0; x < width; x++) {
			uint64_t ink = sums[x] > all ? all : sums[x];

			to[x] = (uint8_t)((GREYS - 1) -
					  ((GREYS - 1) * ink + all / 2) / all);
		}
	}
	free(inks);
	free(sums);
	return e;
}

/* libpng's simplified way: no jumps, and two or sixteen colours become one
 * or four bits a point. */
static enum err write_png(const struct view *v, bool natural, int fd)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = v->width,
			    .height = v->rows,
			    .format = PNG_FORMAT_RGB_COLORMAP,
			    .colormap_entries = natural ? 2 : GREYS };
	uint8_t colours[GREYS][3];
	int copy = dup(fd);
	FILE *out = copy >= 0 ? fdopen(copy, "wb") : NULL;
	enum err e = OK;

	if (!out) {
		if (copy >= 0)
			close(copy);
		return ERR_IO;
	}
	for (unsigned i = 0; i < image.colormap_entries; i++)
		memset(colours[i],
		       (int)(255 * i / (image.colormap_entries - 1)), 3);
	errno = 0;
	if (!png_image_write_to_stdio(&image, out, 0, v->points,
				      (png_int_32)v->width, colours))
		e = errno ? err_from_errno(errno) : ERR_MEMORY;
	errno = 0;
	if (fclose(out) != 0 && e == OK)
		e = err_from_errno(errno);
	return e;
}

static enum err draw(struct view *v, uint32_t width, int png_fd,
		     struct why *why)
{
	enum err e = measure(v, width, why);
	bool natural = v->width == v->page.width;

	if (e != OK)
		return e;
	if (natural)
		fill_natural(v);
	else
		e = fill_smaller(v);
	return e == OK ? write_png(v, natural, png_fd) : e;
}

enum err view_write(int tiff_fd, uint32_t page, uint32_t width, int png_fd,
		    struct why *why)
{
	struct view v = { .width = 0 };
	enum err e = page_open(&v.page, tiff_fd, page, why);

	if (e != OK)
		return e;
	e = draw(&v, width, png_fd, why);
	page_close(&v.page);
	free(v.points);
	return e;
}
