/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/kind.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mark {
	const char *bytes;
	size_t len;
	enum kind kind;
};

static const struct mark marks[] = {
	{ "II*\0", 4, KIND_TIFF },
	{ "MM\0*", 4, KIND_TIFF },
	{ "II+\0", 4, KIND_TIFF }, /* BigTIFF */
	{ "MM\0+", 4, KIND_TIFF },
	{ "\x89PNG\r\n\x1a\n", 8, KIND_PNG },
	{ "\xff\xd8\xff", 3, KIND_JPEG },
	{ "%!", 2, KIND_POSTSCRIPT },
	{ "\x04%!", 3, KIND_POSTSCRIPT }, /* as some printer drivers write */
	{ "{\\rtf", 5, KIND_OFFICE },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, KIND_OFFICE }, /* OLE */
	{ "RaS2", 4, KIND_PWG },
};

/* Names of files that stand first in the archives of OOXML and OpenDocument:
 * any other archive is none of ours. */
static bool is_office_archive(const uint8_t *bytes, size_t len)
{
	static const char *const names[] = {
		"[Content_Types].xml",
		"_rels/.rels",
		"docProps/",
		"word/",
		"xl/",
		"ppt/",
		"mimetypeapplication/vnd.oasis.opendocument.",
	};

	if (len < 4 || memcmp(bytes, "PK\3\4", 4) != 0)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (memmem(bytes, len, names[i], strlen(names[i])))
			return true;
	return false;
}

enum kind kind_of(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return KIND_EMPTY;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (len >= marks[i].len &&
		    memcmp(bytes, marks[i].bytes, marks[i].len) == 0)
			return marks[i].kind;
	/* Readers have always allowed some bytes before the header. */
	if (memmem(bytes, len < KIND_LOOK ? len : KIND_LOOK, "%PDF-", 5))
		return KIND_PDF;
	return is_office_archive(bytes, len < KIND_LOOK ? len : KIND_LOOK)
		       ? KIND_OFFICE
		       : KIND_PLAIN;
}

void kind_pdf_fini(struct kind_pdf *pdf)
{
	free(pdf->runs);
	*pdf = (struct kind_pdf){ .runs = NULL };
}

/* From 1/72 inch, whole tenths of a millimetre: pages that differ by less are
 * of one size. 0 when it is no size. */
static uint32_t um_of(double points)
{
	if (!(points > 0 && points < 1e6))
		return 0;
	return (uint32_t)(lround(points * 254 / 72) * 100);
}

/* "Page    3 size:  595.28 x 841.89 pts (A4)" */
static bool read_size(const char *line, uint32_t page, uint32_t *width_um,
		      uint32_t *height_um)
{
	unsigned number;
	double width;
	double height;
	uint32_t w;
	uint32_t h;

	if (sscanf(line, "Page %u size: %lf x %lf pts", &number, &width,
		   &height) != 3 ||
	    number != page)
		return false;
	w = um_of(width);
	h = um_of(height);
	*width_um = w < h ? w : h;
	*height_um = w < h ? h : w;
	return *width_um > 0;
}

static enum err add_page(struct kind_pdf *pdf, uint32_t page, uint32_t width_um,
			 uint32_t height_um)
{
	struct kind_run *last = pdf->count ? &pdf->runs[pdf->count - 1] : NULL;

	if (last && last->width_um == width_um &&
	    last->height_um == height_um) {
		last->last = page;
		return OK;
	}
	last = realloc(pdf->runs, (pdf->count + 1) * sizeof *last);
	if (!last)
		return ERR_MEMORY;
	pdf->runs = last;
	pdf->runs[pdf->count++] =
		(struct kind_run){ page, page, width_um, height_um };
	return OK;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

/* A title may hold a line of its own that says "Pages:": the last counts. */
static uint32_t read_pages(const char *text)
{
	uint32_t pages = 0;

	for (const char *line = text; line; line = next_line(line)) {
		unsigned n;

		if (sscanf(line, "Pages: %u", &n) == 1)
			pages = n;
	}
	return pages;
}

static enum err read_sizes(const char *text, struct kind_pdf *pdf)
{
	uint32_t page = 0;

	for (const char *line = text; line && page < pdf->pages;
	     line = next_line(line)) {
		uint32_t width_um;
		uint32_t height_um;
		enum err e;

		if (!read_size(line, page + 1, &width_um, &height_um))
			continue;
		e = add_page(pdf, ++page, width_um, height_um);
		if (e != OK)
			return e;
	}
	return page == pdf->pages ? OK : ERR_BAD;
}

enum err kind_read_pdfinfo(const char *text, uint32_t pages_max,
			   struct kind_pdf *pdf, struct why *why)
{
	enum err e;

	*pdf = (struct kind_pdf){ .pages = read_pages(text) };
	if (pdf->pages == 0) {
		why_set(why, "has no pages; export it again");
		return ERR_BAD;
	}
	if (pdf->pages > pages_max) {
		why_set(why,
			"has %u pages, more than a fax can have (%u); send it "
			"in parts",
			pdf->pages, pages_max);
		return ERR_LIMIT;
	}
	e = read_sizes(text, pdf);
	if (e == OK)
		return OK;
	kind_pdf_fini(pdf);
	if (e == ERR_BAD)
		why_set(why, "is damaged: it has a page without a size; "
			     "export it again");
	return e;
}
