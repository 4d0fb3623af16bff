/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/view.h"

#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "fax/source.h"

enum {
	GREYS = 16,
	AREA_MAX = 200000000, /* points: a metre on A3 at 400 dpi, and some */
	BLACK = 0,
	WHITE = 1,
};

struct view {
	struct source source;
	uint32_t width; /* of the page, points */
	uint32_t rows;
	bool negative; /* coded white is black */
	bool damaged;
	uint32_t row;  /* the next one to be read */
	uint8_t *bits; /* owned; the last one that was read, 1 is black */
	uint32_t to_width;
	uint32_t to_rows;
	uint8_t *points; /* owned; of the picture, an index of colour each */
};

/* Points an inch; 0 when the file does not say or says nonsense. */
static double read_dpi(TIFF *tiff, uint32_t tag)
{
	float dpi = 0;

	return TIFFGetField(tiff, tag, &dpi) && dpi >= 1 && dpi <= 10000
		       ? (double)dpi
		       : 0;
}

static enum err open_page(struct view *v, int fd, uint32_t page,
			  struct why *why)
{
	enum err e = source_open(&v->source, fd, why);

	if (e != OK)
		return e;
	for (uint32_t i = 1; i < page; i++)
		if (!source_next(&v->source, &e, why)) {
			if (e == OK)
				why_set(why, "has no page %u", page);
			source_close(&v->source);
			return e == OK ? ERR_MISSING : e;
		}
	return OK;
}

static bool is_bilevel(TIFF *tiff, bool *negative)
{
	uint16_t bits = 1, samples = 1, photometric = PHOTOMETRIC_MINISWHITE;

	TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
	TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
	*negative = photometric == PHOTOMETRIC_MINISBLACK;
	return bits == 1 && samples == 1 && !TIFFIsTiled(tiff) &&
	       photometric <= PHOTOMETRIC_MINISBLACK;
}

/* How much higher than wide a point is; 1 when the file does not say. */
static double stretch_of(TIFF *tiff)
{
	double x_dpi = read_dpi(tiff, TIFFTAG_XRESOLUTION);
	double y_dpi = read_dpi(tiff, TIFFTAG_YRESOLUTION);

	return x_dpi > 0 && y_dpi > 0 ? x_dpi / y_dpi : 1;
}

static enum err measure(struct view *v, uint32_t width, struct why *why)
{
	TIFF *tiff = v->source.tiff;
	double rows;

	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &v->width);
	TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &v->rows);
	if (!is_bilevel(tiff, &v->negative)) {
		why_set(why, "has a page that is not black and white");
		return ERR_UNSUPPORTED;
	}
	v->to_width = width > 0 && width < v->width ? width : v->width;
	rows = round(v->rows * stretch_of(tiff) * v->to_width /
		     fmax(v->width, 1));
	if (v->width == 0 || v->rows == 0 || v->width > UINT16_MAX ||
	    rows * v->to_width > AREA_MAX) {
		why_set(why, "has a page of an impossible size");
		return ERR_LIMIT;
	}
	v->to_rows = rows < 1 ? 1 : (uint32_t)rows;
	return OK;
}

/* The next row into v->bits. What cannot be decoded is white: a page that
 * came over a bad line is to be seen as it is. */
static void read_row(struct view *v)
{
	size_t n = (v->width + 7) / 8;

	if (v->damaged ||
	    TIFFReadScanline(v->source.tiff, v->bits, v->row, 0) != 1) {
		v->damaged = true;
		memset(v->bits, 0, n);
	} else if (v->negative) {
		for (size_t i = 0; i < n; i++)
			v->bits[i] = (uint8_t)~v->bits[i];
	}
	v->row++;
}

static bool is_black(const struct view *v, uint32_t x)
{
	return v->bits[x / 8] & 0x80 >> x % 8;
}

static void fill_natural(struct view *v)
{
	for (uint32_t y = 0; y < v->to_rows; y++) {
		uint8_t *to = v->points + (size_t)y * v->to_width;
		uint32_t from = (uint32_t)((uint64_t)y * v->rows / v->to_rows);

		if (y > 0 && v->row > from) {
			memcpy(to, to - v->to_width, v->to_width);
			continue;
		}
		while (v->row <= from)
			read_row(v);
		for (uint32_t x = 0; x < v->to_width; x++)
			to[x] = is_black(v, x) ? BLACK : WHITE;
	}
}

/* How much ink is left of the border `x` of the picture in the row that was
 * read last, in 256ths of a point of the page. `at` and `ink` go along. */
static uint64_t ink_before(const struct view *v, uint32_t x, uint32_t *at,
			   uint64_t *ink)
{
	uint64_t border = (uint64_t)x * v->width * 256 / v->to_width;

	for (; *at < border / 256; ++*at)
		*ink += is_black(v, *at) ? 256 : 0;
	return *ink + (border % 256 && is_black(v, *at) ? border % 256 : 0);
}

/* The ink of the row that was read last under each point of the picture. */
static void gather(const struct view *v, uint32_t *inks)
{
	uint64_t before = 0, ink = 0;
	uint32_t at = 0;

	for (uint32_t x = 0; x < v->to_width; x++) {
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
	uint32_t *inks = calloc(v->to_width, sizeof *inks);
	uint64_t *sums = calloc(v->to_width, sizeof *sums);
	enum err e = inks && sums ? OK : ERR_MEMORY;

	for (uint32_t y = 0; e == OK && y < v->to_rows; y++) {
		uint8_t *to = v->points + (size_t)y * v->to_width;
		uint64_t start = (uint64_t)y * v->rows * 256 / v->to_rows;
		uint64_t end = ((uint64_t)y + 1) * v->rows * 256 / v->to_rows;
		uint64_t all = (end - start) * v->width * 256 / v->to_width;

		memset(sums, 0, v->to_width * sizeof *sums);
		for (uint64_t row = start / 256; row * 256 < end; row++) {
			uint64_t part = part_of(row, start, end);

			if (v->row <= row) {
				read_row(v);
				gather(v, inks);
			}
			for (uint32_t x = 0; x < v->to_width; x++)
				sums[x] += part * inks[x];
		}
		for (uint32_t x = 0; x < v->to_width; x++) {
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
			    .width = v->to_width,
			    .height = v->to_rows,
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
				      (png_int_32)v->to_width, colours))
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
	bool natural = v->to_width == v->width;

	if (e != OK)
		return e;
	v->bits = malloc((size_t)TIFFScanlineSize(v->source.tiff) + 1);
	v->points = malloc((size_t)v->to_width * v->to_rows);
	if (!v->bits || !v->points)
		return ERR_MEMORY;
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
	enum err e = open_page(&v, tiff_fd, page, why);

	if (e != OK)
		return e;
	e = draw(&v, width, png_fd, why);
	source_close(&v.source);
	free(v.bits);
	free(v.points);
	return e;
}
