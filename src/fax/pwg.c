/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/pwg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	HEADER = 1796, /* octets before each page (PWG 5102.4 table 2) */
	DPI_MIN = 50,
	DPI_MAX = 4800,
};

#define MAGIC "PwgRaster" /* ends with NUL */

/* Where in the header a number stands. */
enum {
	AT_X_DPI = 276,
	AT_Y_DPI = 280,
	AT_WIDTH = 372,
	AT_HEIGHT = 376,
	AT_BITS = 388, /* a point */
	AT_ROW = 392,  /* octets of a row */
	AT_ORDER = 396,
	AT_SPACE = 400,
};

/* What we can be sent; other than the standard's, an old filter's numbers. */
enum space {
	SPACE_WHITE = 0,
	SPACE_RGB = 1,
	SPACE_BLACK = 3,
	SPACE_SGRAY = 18,
	SPACE_SRGB = 19,
	SPACE_ADOBE = 20
};

struct page {
	uint32_t width, height;
	uint32_t bits;	/* a point */
	uint32_t bytes; /* a row */
	uint32_t unit;	/* octets that runs are made of */
	bool black;	/* 1 is ink */
};

static bool damaged(enum err *e, struct why *why)
{
	why_set(why, "is damaged: the raster ends too soon or is no PWG "
		     "raster; print it again");
	*e = ERR_BAD;
	return false;
}

static bool unsupported(enum err *e, struct why *why)
{
	why_set(why, "has a kind of PWG raster that cannot be read here; print "
		     "it in black and white, in grey or in sRGB");
	*e = ERR_UNSUPPORTED;
	return false;
}

enum err pwg_open(struct pwg *p, int fd, struct why *why)
{
	char sync[sizeof(PWG_SYNC) - 1];
	int copy = dup(fd);
	enum err e = OK;

	*p = (struct pwg){ .file = copy < 0 ? NULL : fdopen(copy, "rb") };
	if (!p->file) {
		if (copy >= 0)
			close(copy);
		return ERR_IO;
	}
	rewind(p->file);
	if (fread(sync, 1, sizeof(sync), p->file) == sizeof(sync) &&
	    memcmp(sync, PWG_SYNC, sizeof(sync)) == 0)
		return OK;
	(void)damaged(&e, why);
	pwg_close(p);
	return e;
}

void pwg_close(struct pwg *p)
{
	if (p->file)
		fclose(p->file);
	free(p->row);
	*p = (struct pwg){ .file = NULL };
}

/* --- the header --- */

static uint32_t number(const uint8_t *header, size_t at)
{
	const uint8_t *b = header + at;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

/* False: not one of ours. */
static bool take_colours(struct page *g, uint32_t space)
{
	g->black = space == SPACE_BLACK;
	switch (space) {
	case SPACE_BLACK:
	case SPACE_WHITE:
	case SPACE_SGRAY:
		return g->bits == 1 || g->bits == 8 || g->bits == 16;
	case SPACE_RGB:
	case SPACE_SRGB:
	case SPACE_ADOBE:
		return g->bits == 24 || g->bits == 48;
	default:
		return false;
	}
}

static bool take_size(const uint8_t *header, struct picture *page, enum err *e,
		      struct why *why)
{
	const uint32_t x_dpi = number(header, AT_X_DPI);
	const uint32_t y_dpi = number(header, AT_Y_DPI);

	if (page->width == 0 || page->height == 0 || x_dpi < DPI_MIN ||
	    y_dpi < DPI_MIN || x_dpi > DPI_MAX || y_dpi > DPI_MAX)
		return damaged(e, why);
	if (page->width > PICTURE_SIDE_MAX || page->height > PICTURE_SIDE_MAX ||
	    (uint64_t)page->width * page->height > PICTURE_AREA_MAX) {
		why_set(why,
			"says that a page is %u by %u points large, which is "
			"more than a fax can show; print it at 300 dpi",
			page->width, page->height);
		*e = ERR_LIMIT;
		return false;
	}
	page->width_um = (uint32_t)((uint64_t)page->width * 25400 / x_dpi) + 1;
	page->height_um =
		(uint32_t)((uint64_t)page->height * 25400 / y_dpi) + 1;
	return true;
}

static bool take_header(const uint8_t header[HEADER], struct page *g,
			struct picture *page, enum err *e, struct why *why)
{
	*page = (struct picture){ .width = number(header, AT_WIDTH),
				  .height = number(header, AT_HEIGHT) };
	if (!take_size(header, page, e, why))
		return false;
	*g = (struct page){ .width = page->width,
			    .height = page->height,
			    .bits = number(header, AT_BITS),
			    .bytes = number(header, AT_ROW) };
	if (!take_colours(g, number(header, AT_SPACE)) ||
	    number(header, AT_ORDER) != 0)
		return unsupported(e, why);
	g->unit = (g->bits + 7) / 8;
	if (g->bytes != (g->width * g->bits + 7) / 8)
		return damaged(e, why);
	return true;
}

/* --- the rows --- */

/* One row: octets before runs of one unit, and runs of units as they are. */
static bool read_row(struct pwg *p, const struct page *g)
{
	uint32_t at = 0;

	while (at < g->bytes) {
		const int code = getc(p->file);
		uint32_t n;

		if (code == EOF)
			return false;
		if (code == 128) { /* white to the end of the row */
			memset(p->row + at, g->black ? 0 : 255, g->bytes - at);
			return true;
		}
		n = code < 128 ? (uint32_t)code + 1 : 257 - (uint32_t)code;
		if (n > (g->bytes - at) / g->unit)
			return false;
		if (fread(p->row + at, g->unit, code < 128 ? 1 : n, p->file) !=
		    (code < 128 ? 1 : n))
			return false;
		if (code < 128)
			for (uint32_t i = 1; i < n; i++)
				memcpy(p->row + at + (size_t)i * g->unit,
				       p->row + at, g->unit);
		at += n * g->unit;
	}
	return true;
}

/* Rec. ITU-R BT.601: what the eye sees of red, green and blue. */
static uint8_t grey_of(const uint8_t *red, uint32_t step)
{
	return (uint8_t)((red[0] * 299u + red[step] * 587u +
			  red[2 * (size_t)step] * 114u + 500) /
			 1000);
}

static void row_to_grey(const struct page *g, const uint8_t *row, uint8_t *grey)
{
	for (uint32_t x = 0; x < g->width; x++) {
		const uint8_t *at = row + (size_t)x * g->unit;

		if (g->bits == 1)
			grey[x] = row[x / 8] & 0x80 >> x % 8 ? 255 : 0;
		else if (g->bits >= 24)
			grey[x] = grey_of(at, g->unit / 3);
		else
			grey[x] = *at; /* of 16 bits the higher ones */
		if (g->black)
			grey[x] = (uint8_t)~grey[x];
	}
}

/* All rows; into `grey` unless that is NULL. */
static bool read_rows(struct pwg *p, const struct page *g, uint8_t *grey)
{
	uint32_t y = 0;

	while (y < g->height) {
		const int repeat = getc(p->file);

		if (repeat == EOF || (uint32_t)repeat >= g->height - y ||
		    !read_row(p, g))
			return false;
		for (int i = 0; i <= repeat; i++, y++)
			if (grey)
				row_to_grey(g, p->row,
					    grey + (size_t)y * g->width);
	}
	return true;
}

static bool make_room(struct pwg *p, const struct page *g, uint8_t **grey,
		      bool decode)
{
	free(p->row);
	p->row = malloc(g->bytes);
	if (decode)
		*grey = malloc((size_t)g->width * g->height);
	return p->row && (!decode || *grey);
}

bool pwg_next(struct pwg *p, struct picture *page, bool decode, enum err *e,
	      struct why *why)
{
	uint8_t header[HEADER];
	const size_t n = fread(header, 1, sizeof(header), p->file);
	struct page g;

	*e = OK;
	*page = (struct picture){ .grey = NULL };
	if (n == 0 && p->pages > 0)
		return false;
	if (n != sizeof(header) || memcmp(header, MAGIC, sizeof(MAGIC)) != 0)
		return damaged(e, why);
	if (!take_header(header, &g, page, e, why))
		return false;
	p->pages++;
	if (!make_room(p, &g, &page->grey, decode))
		*e = ERR_MEMORY;
	else if (!read_rows(p, &g, page->grey))
		(void)damaged(e, why);
	if (*e != OK)
		picture_fini(page);
	return *e == OK;
}
