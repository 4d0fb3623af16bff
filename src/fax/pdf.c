/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/pdf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "fax/source.h"

enum {
	CATALOG = 1, /* the numbers of the objects that each file has */
	PAGES,
	INFO,
	FIRST_FREE,
	STRIP_BYTES_MAX = 64 << 20,
	STRIPS_MAX = 10000, /* of a page */
};

static const double HAIR = 0.0005; /* 1/72 inch */

struct pdf {
	FILE *out;
	uint64_t at;	   /* bytes written */
	uint64_t *offsets; /* owned; of object i + 1 */
	uint32_t *kids;	   /* owned; the pages' object numbers */
	uint32_t objects;
	uint32_t pages;
	uint32_t room; /* of `offsets` and of `kids` */
};

struct page {
	uint32_t width; /* points of the picture */
	uint32_t height;
	uint32_t rows; /* of each strip but the last */
	uint32_t strips;
	double x_dpi;
	double y_dpi;
	bool reversed; /* least significant bit first */
	bool negative; /* coded white is black */
};

__attribute__((format(printf, 2, 3))) static void put(struct pdf *p,
						      const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vfprintf(p->out, format, ap);
	va_end(ap);
	if (n > 0)
		p->at += (uint64_t)n;
}

/* Begins the next object and returns its number; 0: memory is out. */
static uint32_t new_object(struct pdf *p)
{
	if (p->objects == p->room) {
		uint32_t room = p->room ? p->room * 2 : 64;
		uint64_t *offsets = realloc(p->offsets, room * sizeof *offsets);
		uint32_t *kids;

		if (!offsets)
			return 0;
		p->offsets = offsets;
		kids = realloc(p->kids, room * sizeof *kids);
		if (!kids)
			return 0;
		p->kids = kids;
		p->room = room;
	}
	p->offsets[p->objects] = 0;
	return ++p->objects;
}

static void begin_object(struct pdf *p, uint32_t number)
{
	p->offsets[number - 1] = p->at;
	put(p, "%u 0 obj\n", number);
}

/* A length on paper, in steps of 0.0001 units. No locale's comma. */
static void put_length(struct pdf *p, double units)
{
	uint64_t n = (uint64_t)(units * 10000 + 0.5);

	put(p, "%llu.%04llu", (unsigned long long)(n / 10000),
	    (unsigned long long)(n % 10000));
}

/* Points an inch; 0 when the file does not say or says nonsense. */
static double read_dpi(TIFF *tiff, uint32_t tag)
{
	uint16_t unit = RESUNIT_INCH;
	float dpi = 0;

	TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
	TIFFGetField(tiff, tag, &dpi);
	if (unit == RESUNIT_CENTIMETER)
		dpi *= 2.54f;
	return dpi >= 1 && dpi <= 10000 ? (double)dpi : 0;
}

static bool size_is_possible(const struct page *page)
{
	return page->width > 0 && page->width <= UINT16_MAX && page->rows > 0 &&
	       page->strips <= STRIPS_MAX && page->x_dpi > 0 && page->y_dpi > 0;
}

static enum err read_page(TIFF *tiff, struct page *page, struct why *why)
{
	uint16_t scheme = COMPRESSION_NONE;
	uint16_t order = FILLORDER_MSB2LSB;
	uint16_t photometric = PHOTOMETRIC_MINISWHITE;

	*page = (struct page){ .width = 0 };
	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page->width);
	TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page->height);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &page->rows);
	TIFFGetField(tiff, TIFFTAG_COMPRESSION, &scheme);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &order);
	TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
	if (scheme != COMPRESSION_CCITTFAX4 || TIFFIsTiled(tiff)) {
		why_set(why, "has a page that is not coded as T.6 in strips");
		return ERR_UNSUPPORTED;
	}
	if (page->rows > page->height)
		page->rows = page->height;
	page->strips = TIFFNumberOfStrips(tiff);
	page->x_dpi = read_dpi(tiff, TIFFTAG_XRESOLUTION);
	page->y_dpi = read_dpi(tiff, TIFFTAG_YRESOLUTION);
	page->reversed = order == FILLORDER_LSB2MSB;
	page->negative = photometric == PHOTOMETRIC_MINISBLACK;
	if (size_is_possible(page))
		return OK;
	why_set(why, "has a page of an impossible size");
	return ERR_BAD;
}

/* In units of PDF, 1/72 inch. */
static double units_across(const struct page *page, uint32_t points)
{
	return points * 72 / page->x_dpi;
}

static double units_down(const struct page *page, uint32_t points)
{
	return points * 72 / page->y_dpi;
}

static uint32_t strip_rows(const struct page *page, uint32_t strip)
{
	uint32_t above = strip * page->rows;

	return page->height - above < page->rows ? page->height - above
						 : page->rows;
}

static enum err write_strip(struct pdf *p, TIFF *tiff, const struct page *page,
			    uint32_t strip, struct why *why)
{
	uint64_t size = TIFFRawStripSize64(tiff, strip);
	uint32_t number = new_object(p);
	uint8_t *bytes;

	if (size == 0 || size > STRIP_BYTES_MAX) {
		why_set(why, "has a page of an impossible length");
		return ERR_BAD;
	}
	bytes = malloc(size);
	if (!bytes || number == 0) {
		free(bytes);
		return ERR_MEMORY;
	}
	if (TIFFReadRawStrip(tiff, strip, bytes, (tmsize_t)size) !=
	    (tmsize_t)size) {
		free(bytes);
		why_set(why, "ends in the middle of a page");
		return ERR_BAD;
	}
	if (page->reversed)
		TIFFReverseBits(bytes, (tmsize_t)size);
	begin_object(p, number);
	put(p,
	    "<< /Type /XObject /Subtype /Image /Width %u /Height %u\n"
	    "/ColorSpace /DeviceGray /BitsPerComponent 1\n"
	    "/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns %u\n"
	    "/Rows %u /BlackIs1 %s /EndOfBlock false >>\n"
	    "/Length %llu >>\nstream\n",
	    page->width, strip_rows(page, strip), page->width,
	    strip_rows(page, strip), page->negative ? "true" : "false",
	    (unsigned long long)size);
	p->at += fwrite(bytes, 1, size, p->out);
	put(p, "\nendstream\nendobj\n");
	free(bytes);
	return OK;
}

/* What draws the strips, one under the other. Each is drawn a hair smaller
 * than it is: a program that draws it at its own resolution takes every point
 * that it touches, and shall not touch the next. */
static void write_contents(struct pdf *p, const struct page *page)
{
	char *text = NULL;
	size_t size = 0;
	FILE *whole = p->out;
	uint64_t at = p->at;

	p->out = open_memstream(&text, &size);
	if (!p->out) {
		p->out = whole;
		return;
	}
	for (uint32_t i = 0; i < page->strips; i++) {
		uint32_t above = i * page->rows + strip_rows(page, i);

		put(p, "q ");
		put_length(p, units_across(page, page->width) - 3 * HAIR);
		put(p, " 0 0 ");
		put_length(p, units_down(page, strip_rows(page, i)) - 3 * HAIR);
		put(p, " ");
		put_length(p, HAIR);
		put(p, " ");
		put_length(p, units_down(page, page->height - above) + HAIR);
		put(p, " cm /S%u Do Q\n", i);
	}
	fclose(p->out);
	p->out = whole;
	p->at = at;
	put(p, "<< /Length %zu >>\nstream\n", size);
	p->at += fwrite(text, 1, size, p->out);
	put(p, "endstream\nendobj\n");
	free(text);
}

static enum err write_page(struct pdf *p, TIFF *tiff, struct why *why)
{
	struct page page;
	uint32_t first = p->objects + 1;
	uint32_t contents;
	uint32_t number;
	enum err e = read_page(tiff, &page, why);

	for (uint32_t i = 0; e == OK && i < page.strips; i++)
		e = write_strip(p, tiff, &page, i, why);
	if (e != OK)
		return e;
	contents = new_object(p);
	number = contents ? new_object(p) : 0;
	if (number == 0)
		return ERR_MEMORY;
	begin_object(p, contents);
	write_contents(p, &page);
	begin_object(p, number);
	put(p,
	    "<< /Type /Page /Parent %d 0 R /Contents %u 0 R\n/MediaBox [0 0 ",
	    PAGES, contents);
	/* The same hair: some round the size of a page up to whole points. */
	put_length(p, units_across(&page, page.width) - HAIR);
	put(p, " ");
	put_length(p, units_down(&page, page.height) - HAIR);
	put(p, "]\n/Resources << /XObject <<");
	for (uint32_t i = 0; i < page.strips; i++)
		put(p, " /S%u %u 0 R", i, first + i);
	put(p, " >> >> >>\nendobj\n");
	p->kids[p->pages++] = number;
	return OK;
}

static enum err write_begin(struct pdf *p)
{
	while (p->objects < FIRST_FREE - 1)
		if (new_object(p) == 0)
			return ERR_MEMORY;
	/* Four bytes above 127: this is no text (7.5.2). */
	put(p, "%%PDF-1.4\n%%\xc2\xb5\xc2\xb6\n");
	begin_object(p, CATALOG);
	put(p, "<< /Type /Catalog /Pages %d 0 R >>\nendobj\n", PAGES);
	begin_object(p, INFO);
	put(p, "<< /Title (Fax) /Producer (Faxwire) >>\nendobj\n");
	return OK;
}

static void write_end(struct pdf *p)
{
	uint64_t table;

	begin_object(p, PAGES);
	put(p, "<< /Type /Pages /Count %u /Kids [", p->pages);
	for (uint32_t i = 0; i < p->pages; i++)
		put(p, "%s%u 0 R", i % 8 ? " " : "\n", p->kids[i]);
	put(p, " ] >>\nendobj\n");
	table = p->at;
	put(p, "xref\n0 %u\n0000000000 65535 f \n", p->objects + 1);
	for (uint32_t i = 0; i < p->objects; i++)
		put(p, "%010llu 00000 n \n", (unsigned long long)p->offsets[i]);
	put(p,
	    "trailer\n<< /Size %u /Root %d 0 R /Info %d 0 R >>\n"
	    "startxref\n%llu\n%%%%EOF\n",
	    p->objects + 1, CATALOG, INFO, (unsigned long long)table);
}

/* Takes the last error of the stream into account. */
static enum err finish(struct pdf *p, enum err e)
{
	bool failed = ferror(p->out) != 0;

	errno = 0;
	if (fclose(p->out) != 0)
		failed = true;
	free(p->offsets);
	free(p->kids);
	return e == OK && failed ? err_from_errno(errno) : e;
}

enum err pdf_write(int tiff_fd, int pdf_fd, struct why *why)
{
	struct pdf p = { .out = NULL };
	struct source s;
	int copy = dup(pdf_fd);
	enum err e;

	if (copy >= 0)
		p.out = fdopen(copy, "wb");
	if (!p.out) {
		if (copy >= 0)
			close(copy);
		return ERR_IO;
	}
	e = source_open(&s, tiff_fd, why);
	if (e != OK)
		return finish(&p, e);
	e = write_begin(&p);
	if (e == OK)
		do
			e = write_page(&p, s.tiff, why);
		while (e == OK && source_next(&s, &e, why));
	if (e == OK)
		write_end(&p);
	source_close(&s);
	return finish(&p, e);
}
