/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/page.h"

#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

/* Points an inch; 0 when the file does not say or says nonsense. */
static double read_dpi(TIFF *tiff, uint32_t tag)
{
	float dpi = 0;

	return TIFFGetField(tiff, tag, &dpi) && dpi >= 1 && dpi <= 10000
		       ? (double)dpi
		       : 0;
}

/* 1 when the file does not say. */
static double stretch_of(TIFF *tiff)
{
	double x_dpi = read_dpi(tiff, TIFFTAG_XRESOLUTION);
	double y_dpi = read_dpi(tiff, TIFFTAG_YRESOLUTION);

	return x_dpi > 0 && y_dpi > 0 ? x_dpi / y_dpi : 1;
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

static enum err go_to(struct page *p, uint32_t number, struct why *why)
{
	enum err e = OK;

	for (uint32_t i = 1; i < number; i++)
		if (!source_next(&p->source, &e, why)) {
			if (e == OK)
				why_set(why, "has no page %u", number);
			return e == OK ? ERR_MISSING : e;
		}
	return OK;
}

static enum err measure(struct page *p, struct why *why)
{
	TIFF *tiff = p->source.tiff;

	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &p->width);
	TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &p->rows);
	if (!is_bilevel(tiff, &p->negative)) {
		why_set(why, "has a page that is not black and white");
		return ERR_UNSUPPORTED;
	}
	if (p->width == 0 || p->rows == 0 || p->width > UINT16_MAX) {
		why_set(why, "has a page of an impossible size");
		return ERR_LIMIT;
	}
	p->stretch = stretch_of(tiff);
	p->bits = malloc((size_t)TIFFScanlineSize(tiff) + 1);
	return p->bits ? OK : ERR_MEMORY;
}

enum err page_open(struct page *p, int fd, uint32_t number, struct why *why)
{
	enum err e;

	*p = (struct page){ .width = 0 };
	e = source_open(&p->source, fd, why);
	if (e != OK)
		return e;
	e = go_to(p, number, why);
	if (e == OK)
		e = measure(p, why);
	if (e != OK)
		page_close(p);
	return e;
}

void page_read(struct page *p)
{
	size_t n = (p->width + 7) / 8;

	if (p->damaged ||
	    TIFFReadScanline(p->source.tiff, p->bits, p->row, 0) != 1) {
		p->damaged = true;
		memset(p->bits, 0, n);
	} else if (p->negative) {
		for (size_t i = 0; i < n; i++)
			p->bits[i] = (uint8_t)~p->bits[i];
	}
	p->row++;
}

void page_close(struct page *p)
{
	source_close(&p->source);
	free(p->bits);
	*p = (struct page){ .width = 0 };
}
