/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "fax/bilevel.h"
#include "fax/picture.h"
#include "fax/pwg.h"
#include "fax/source.h"

struct document {
	TIFF *out;
	struct paper_format format;
	uint32_t pages;
	uint8_t *line;	      /* owned; one row of the page */
	unsigned orientation; /* of the next picture */
};

static enum err too_many_pages(struct why *why)
{
	why_set(why,
		"has more pages than a fax can have (%d); send it in parts",
		DOCUMENT_PAGES_MAX);
	return ERR_LIMIT;
}

/* One bit a point, and tagged with a resolution of fax. */
static bool find_resolution(TIFF *tiff, enum paper_resolution *r)
{
	uint16_t bits = 1;
	uint16_t samples = 1;
	uint16_t photometric = PHOTOMETRIC_MASK;
	uint16_t orientation = ORIENTATION_TOPLEFT;
	uint16_t unit = RESUNIT_INCH;
	float x_dpi = 0;
	float y_dpi = 0;
	float inches;

	TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
	TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
	TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &x_dpi);
	TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &y_dpi);
	if (bits != 1 || samples != 1 || TIFFIsTiled(tiff) ||
	    photometric > PHOTOMETRIC_MINISBLACK ||
	    orientation != ORIENTATION_TOPLEFT || unit == RESUNIT_NONE)
		return false;
	inches = unit == RESUNIT_CENTIMETER ? 2.54f : 1.0f;
	return paper_find_resolution((double)(x_dpi * inches),
				     (double)(y_dpi * inches), r);
}

/* Adds what the open page says to `f`. */
static enum err measure_page(TIFF *tiff, struct document_facts *f,
			     struct why *why)
{
	struct paper_format format;
	enum paper_resolution r;
	struct picture page;
	enum paper_size size;
	enum err e;

	if (f->pages == DOCUMENT_PAGES_MAX)
		return too_many_pages(why);
	e = picture_measure_tiff(tiff, &page, why);
	if (e != OK)
		return e;
	size = paper_size_for(page.width_um < page.height_um ? page.width_um
							     : page.height_um);
	if (find_resolution(tiff, &r) &&
	    paper_find_format(page.width, r, &format)) {
		size = format.size;
		if (f->pages == 0)
			f->format = format;
		f->is_fax = f->is_fax && f->format.size == format.size &&
			    f->format.resolution == format.resolution;
	} else {
		f->is_fax = false;
	}
	if (size > f->size)
		f->size = size;
	f->pages++;
	return OK;
}

static bool is_raster(int fd)
{
	char sync[sizeof PWG_SYNC - 1];

	return pread(fd, sync, sizeof sync, 0) == sizeof sync &&
	       memcmp(sync, PWG_SYNC, sizeof sync) == 0;
}

static enum err measure_raster(int fd, struct document_facts *f,
			       struct why *why)
{
	struct pwg raster;
	struct picture page;
	enum err e = pwg_open(&raster, fd, why);

	f->is_fax = false;
	if (e != OK)
		return e;
	while (pwg_next(&raster, &page, false, &e, why)) {
		enum paper_size size = paper_size_for(
			page.width_um < page.height_um ? page.width_um
						       : page.height_um);

		if (size > f->size)
			f->size = size;
		if (f->pages++ == DOCUMENT_PAGES_MAX) {
			e = too_many_pages(why);
			break;
		}
	}
	pwg_close(&raster);
	return e;
}

enum err document_measure(int fd, struct document_facts *facts, struct why *why)
{
	struct source s;
	enum err e;

	*facts = (struct document_facts){ .is_fax = true };
	if (is_raster(fd))
		return measure_raster(fd, facts, why);
	e = source_open(&s, fd, why);
	if (e != OK)
		return e;
	do
		e = measure_page(s.tiff, facts, why);
	while (e == OK && source_next(&s, &e, why));
	source_close(&s);
	return e;
}

struct document *document_open(int fd, struct paper_format format,
			       uint32_t pages)
{
	struct document *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->format = format;
	d->pages = pages;
	d->line = malloc(paper_width(format) / 8);
	if (d->line)
		d->out = source_append(fd);
	if (d->out)
		return d;
	free(d->line);
	free(d);
	return NULL;
}

uint32_t document_pages(const struct document *d)
{
	return d->pages;
}

/* What all pages have in common (RFC 3949, profile F). */
static const struct {
	uint32_t tag;
	int value;
} page_tags[] = {
	{ TIFFTAG_SUBFILETYPE, FILETYPE_PAGE },
	{ TIFFTAG_BITSPERSAMPLE, 1 },
	{ TIFFTAG_SAMPLESPERPIXEL, 1 },
	{ TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4 },
	{ TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE },
	{ TIFFTAG_FILLORDER, FILLORDER_LSB2MSB },
	{ TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH },
};

static enum err begin_page(struct document *d, uint32_t rows, struct why *why)
{
	double x_dpi = paper_x_dpi(d->format.resolution);
	double y_dpi = paper_y_dpi(d->format.resolution);
	TIFF *out = d->out;
	bool ok = true;

	if (d->pages == DOCUMENT_PAGES_MAX)
		return too_many_pages(why);
	for (size_t i = 0; i < sizeof page_tags / sizeof page_tags[0]; i++)
		ok = ok &&
		     TIFFSetField(out, page_tags[i].tag, page_tags[i].value);
	ok = ok &&
	     TIFFSetField(out, TIFFTAG_IMAGEWIDTH, paper_width(d->format)) &&
	     TIFFSetField(out, TIFFTAG_IMAGELENGTH, rows) &&
	     TIFFSetField(out, TIFFTAG_ROWSPERSTRIP, rows) &&
	     TIFFSetField(out, TIFFTAG_XRESOLUTION, x_dpi) &&
	     TIFFSetField(out, TIFFTAG_YRESOLUTION, y_dpi) &&
	     TIFFSetField(out, TIFFTAG_PAGENUMBER, d->pages, 0);
	return ok ? OK : ERR_MEMORY;
}

/* Libtiff keeps no error number of its own: what it tried last is what
 * failed. */
static enum err write_row(struct document *d, uint32_t y)
{
	return TIFFWriteScanline(d->out, d->line, y, 0) == 1 ? OK : ERR_IO;
}

/* White down to row `rows`. */
static enum err end_page(struct document *d, uint32_t y, uint32_t rows)
{
	enum err e = OK;

	memset(d->line, 0, paper_width(d->format) / 8);
	for (; e == OK && y < rows; y++)
		e = write_row(d, y);
	if (e == OK && !TIFFWriteDirectory(d->out))
		e = ERR_IO;
	if (e == OK)
		d->pages++;
	return e;
}

/* The rows of a page with `rows` rows of picture: no shorter than paper can
 * be. */
static uint32_t page_rows(const struct document *d, uint32_t rows)
{
	uint32_t min = PAPER_LENGTH_MIN_UM / 100 *
		       paper_y_dpi(d->format.resolution) / 254;

	return rows < min ? min : rows;
}

/* Where something `width` points wide begins to stand in the middle: bytes. */
static uint32_t left_margin(const struct document *d, uint32_t width)
{
	return (paper_width(d->format) - width) / 16;
}

/* As large as `area`, on a page of its own. */
static enum err add_area(struct document *d, const struct picture *p,
			 struct paper_area area, bool upright, struct why *why)
{
	uint32_t rows = page_rows(d, area.rows);
	uint32_t left = left_margin(d, area.width);
	struct bilevel b;
	enum err e = bilevel_init(&b, p, area.width, area.rows, upright);

	if (e != OK)
		return e;
	e = begin_page(d, rows, why);
	memset(d->line, 0, paper_width(d->format) / 8);
	for (uint32_t y = 0; e == OK && y < area.rows; y++) {
		bilevel_row(&b, d->line + left);
		e = write_row(d, y);
	}
	bilevel_fini(&b);
	return e == OK ? end_page(d, area.rows, rows) : e;
}

static enum err add_picture(struct document *d, const struct picture *p,
			    bool turn, struct why *why)
{
	bool upright = !turn || p->width_um <= p->height_um;
	struct paper_area area =
		upright ? paper_fit(d->format, p->width_um, p->height_um)
			: paper_fit(d->format, p->height_um, p->width_um);

	return add_area(d, p, area, upright, why);
}

static enum err damaged_page(struct document *d, struct why *why)
{
	why_set(why,
		"is damaged: page %u of the fax cannot be decoded; scan or "
		"export it again",
		d->pages + 1);
	return ERR_BAD;
}

/* Rows of the open page, point for point. A noisy line of T.4 may have been
 * received so; T.6 has no such excuse: after one error all is rubbish. */
static enum err copy_rows(struct document *d, struct source *s, uint32_t rows,
			  struct why *why)
{
	uint8_t *line = malloc((size_t)TIFFScanlineSize(s->tiff) + 1);
	unsigned before = s->complaints;
	uint16_t photometric = PHOTOMETRIC_MINISWHITE;
	uint16_t scheme = COMPRESSION_NONE;
	uint32_t width = 0;
	uint32_t left;
	enum err e = line ? OK : ERR_MEMORY;

	TIFFGetField(s->tiff, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(s->tiff, TIFFTAG_PHOTOMETRIC, &photometric);
	TIFFGetField(s->tiff, TIFFTAG_COMPRESSION, &scheme);
	left = left_margin(d, width);
	memset(d->line, 0, paper_width(d->format) / 8);
	for (uint32_t y = 0; e == OK && y < rows; y++) {
		if (TIFFReadScanline(s->tiff, line, y, 0) != 1) {
			e = damaged_page(d, why);
			break;
		}
		for (uint32_t i = 0; i < (width + 7) / 8; i++)
			d->line[left + i] =
				photometric == PHOTOMETRIC_MINISBLACK
					? (uint8_t)~line[i]
					: line[i];
		if (width % 8)
			d->line[left + width / 8] &=
				(uint8_t)(0xff00 >> width % 8);
		e = write_row(d, y);
	}
	if (e == OK && scheme == COMPRESSION_CCITTFAX4 &&
	    s->complaints != before)
		e = damaged_page(d, why);
	free(line);
	return e;
}

static enum err add_tiff_page(struct document *d, struct source *s,
			      struct why *why)
{
	struct picture p;
	enum paper_resolution r;
	struct paper_format format;
	bool is_scan = find_resolution(s->tiff, &r);
	enum err e = picture_measure_tiff(s->tiff, &p, why);

	if (e != OK)
		return e;
	if (is_scan && r == d->format.resolution &&
	    p.width <= paper_width(d->format) && p.height <= PAPER_ROWS_MAX) {
		/* What has the very width of a fax keeps its length too. */
		uint32_t rows = p.width == paper_width(d->format)
					? p.height
					: page_rows(d, p.height);

		e = begin_page(d, rows, why);
		if (e == OK)
			e = copy_rows(d, s, p.height, why);
		return e == OK ? end_page(d, p.height, rows) : e;
	}
	e = picture_read_tiff(s->tiff, &p, why);
	if (e == OK) {
		bool is_fax = is_scan && paper_find_format(p.width, r, &format);

		e = add_picture(d, &p, !is_fax, why);
		picture_fini(&p);
	}
	return e;
}

static enum err add_raster(struct document *d, int fd, struct why *why)
{
	struct pwg raster;
	struct picture page;
	enum err e = pwg_open(&raster, fd, why);

	if (e != OK)
		return e;
	while (pwg_next(&raster, &page, true, &e, why)) {
		e = add_picture(d, &page, true, why);
		picture_fini(&page);
		if (e != OK)
			break;
	}
	pwg_close(&raster);
	return e;
}

static enum err add_pnm(struct document *d, int fd, struct why *why)
{
	struct picture p;
	enum err e = picture_read_pnm(fd, &p, why);

	if (e != OK)
		return e;
	e = picture_turn(&p, d->orientation);
	if (e == OK)
		e = add_picture(d, &p, true, why);
	picture_fini(&p);
	d->orientation = 1;
	return e;
}

void document_turn(struct document *d, unsigned orientation)
{
	d->orientation = orientation;
}

enum err document_add(struct document *d, int fd, struct why *why)
{
	char first = 0;
	struct source s;
	enum err e;

	if (pread(fd, &first, 1, 0) == 1 && first == 'P')
		return add_pnm(d, fd, why);
	if (is_raster(fd))
		return add_raster(d, fd, why);
	e = source_open(&s, fd, why);
	if (e != OK)
		return e;
	do
		e = add_tiff_page(d, &s, why);
	while (e == OK && source_next(&s, &e, why));
	source_close(&s);
	return e;
}

static uint32_t um_of(uint32_t points, uint32_t dpi)
{
	return (uint32_t)((uint64_t)points * 25400 / dpi);
}

static enum err add_drawn(struct document *d, struct picture *p,
			  struct why *why)
{
	struct paper_area area = { p->width, p->height };

	if (p->width > paper_width(d->format) || p->height > PAPER_ROWS_MAX) {
		why_set(why, "has a page of an impossible size");
		return ERR_LIMIT;
	}
	p->width_um = um_of(p->width, paper_x_dpi(d->format.resolution));
	p->height_um = um_of(p->height, paper_y_dpi(d->format.resolution));
	return add_area(d, p, area, true, why);
}

enum err document_draw(struct document *d, int fd, struct why *why)
{
	int copy = dup(fd);
	FILE *f = copy >= 0 ? fdopen(copy, "rb") : NULL;
	struct picture p = { .grey = NULL };
	enum err e = f ? OK : ERR_IO;

	if (!f && copy >= 0)
		close(copy);
	while (e == OK) {
		e = picture_next_pnm(f, &p, why);
		if (!p.grey)
			break;
		e = add_drawn(d, &p, why);
		picture_fini(&p);
	}
	if (f)
		fclose(f);
	return e;
}

/* Goes to page `want` from page `at`, which is open, over the one list of pages
 * that leads forward only. */
static enum err go_to_page(struct source *s, int fd, uint32_t at, uint32_t want,
			   struct why *why)
{
	enum err e = OK;

	if (want < at) {
		source_close(s);
		e = source_open(s, fd, why);
		at = 1;
	}
	for (; e == OK && at < want; at++)
		if (!source_next(s, &e, why) && e == OK) {
			why_set(why, "has no page %u", want);
			return ERR_MISSING;
		}
	return e;
}

enum err document_pick(struct document *d, int fd, const uint32_t *pages,
		       size_t count, struct why *why)
{
	struct source s;
	uint32_t at = 1;
	enum err e = source_open(&s, fd, why);

	if (e != OK)
		return e;
	for (size_t i = 0; e == OK && i < count; i++) {
		e = go_to_page(&s, fd, at, pages[i], why);
		at = pages[i];
		if (e == OK)
			e = add_tiff_page(d, &s, why);
	}
	if (s.tiff)
		source_close(&s);
	return e;
}

enum err document_close(struct document *d)
{
	enum err e = OK;

	if (!d)
		return OK;
	if (!TIFFFlush(d->out))
		e = ERR_IO;
	TIFFClose(d->out);
	free(d->line);
	free(d);
	return e;
}
