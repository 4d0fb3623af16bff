/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/picture.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "fax/paper.h"

void picture_fini(struct picture *p)
{
	free(p->grey);
	*p = (struct picture){ .grey = NULL };
}

/* Where the first point of the seen picture stands in the file, and whether its
 * rows are the file's columns. */
static const struct {
	bool right;
	bool bottom;
	bool lies;
} corners[] = {
	{ false, false, false }, { true, false, false }, { true, true, false },
	{ false, true, false },	 { false, false, true }, { false, true, true },
	{ true, true, true },	 { true, false, true },
};

enum err picture_turn(struct picture *p, unsigned orientation)
{
	bool right = corners[(orientation - 1) % 8].right;
	bool bottom = corners[(orientation - 1) % 8].bottom;
	bool lies = corners[(orientation - 1) % 8].lies;
	ptrdiff_t across = right ? -1 : 1;
	ptrdiff_t down = bottom ? -(ptrdiff_t)p->width : (ptrdiff_t)p->width;
	const uint8_t *from = p->grey;
	struct picture to = *p;

	if (orientation <= 1)
		return OK;
	if (lies)
		to = (struct picture){ NULL,	     p->height,	  p->width,
				       p->height_um, p->width_um, p->plain };
	to.grey = malloc((size_t)p->width * p->height);
	if (!to.grey)
		return ERR_MEMORY;
	from += right ? p->width - 1 : 0;
	from += bottom ? (size_t)(p->height - 1) * p->width : 0;
	for (uint32_t y = 0; y < to.height; y++)
		for (uint32_t x = 0; x < to.width; x++)
			to.grey[(size_t)y * to.width + x] =
				from[(ptrdiff_t)x * (lies ? down : across) +
				     (ptrdiff_t)y * (lies ? across : down)];
	free(p->grey);
	*p = to;
	return OK;
}

static enum err check_size(uint32_t width, uint32_t height, struct why *why)
{
	if (width == 0 || height == 0) {
		why_set(why, "has a page without any points");
		return ERR_BAD;
	}
	if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX ||
	    (uint64_t)width * height > PICTURE_AREA_MAX) {
		why_set(why,
			"says that it is %u by %u points large, which is "
			"more than a fax can show; make it smaller",
			width, height);
		return ERR_LIMIT;
	}
	return OK;
}

/* Rec. ITU-R BT.601: what the eye sees of red, green and blue. */
static uint8_t grey_of(uint32_t red, uint32_t green, uint32_t blue)
{
	return (uint8_t)((red * 299 + green * 587 + blue * 114 + 500) / 1000);
}

/* Points an inch, or 0 when the file does not say or says nonsense. */
static double tag_dpi(TIFF *tiff, uint32_t tag)
{
	uint16_t unit = RESUNIT_INCH;
	float dpi = 0;

	TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
	if (!TIFFGetField(tiff, tag, &dpi) || unit == RESUNIT_NONE)
		return 0;
	if (unit == RESUNIT_CENTIMETER)
		dpi *= 2.54f;
	return dpi >= 90 && dpi <= 4800 ? (double)dpi : 0;
}

enum err picture_measure_tiff(TIFF *tiff, struct picture *p, struct why *why)
{
	double x_dpi = tag_dpi(tiff, TIFFTAG_XRESOLUTION);
	double y_dpi = tag_dpi(tiff, TIFFTAG_YRESOLUTION);
	uint32_t width = 0;
	uint32_t height = 0;
	enum err e;

	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
	e = check_size(width, height, why);
	if (e != OK)
		return e;
	*p = (struct picture){ .width = width, .height = height };
	if (x_dpi > 0 && y_dpi > 0) {
		p->width_um = (uint32_t)(width * 25400.0 / x_dpi) + 1;
		p->height_um = (uint32_t)(height * 25400.0 / y_dpi) + 1;
	}
	/* Cameras write any resolution: what would be wider than A3 is a
	 * picture, not a sheet. */
	if (p->width_um == 0 || (p->width_um > 310000 && p->height_um > 310000))
		paper_guess_size(width, height, &p->width_um, &p->height_um);
	return OK;
}

/* From libtiff's 4 bytes a point (laid on white) to one, in place. */
static uint8_t *to_grey(uint32_t *rgba, size_t n)
{
	uint8_t *grey = (uint8_t *)rgba;
	uint8_t *smaller;

	for (size_t i = 0; i < n; i++) {
		uint32_t c = rgba[i];
		/* Colours come multiplied by alpha. */
		uint32_t paper = 255 - TIFFGetA(c);

		grey[i] = grey_of(
			TIFFGetR(c) + paper > 255 ? 255 : TIFFGetR(c) + paper,
			TIFFGetG(c) + paper > 255 ? 255 : TIFFGetG(c) + paper,
			TIFFGetB(c) + paper > 255 ? 255 : TIFFGetB(c) + paper);
	}
	smaller = realloc(grey, n);
	return smaller ? smaller : grey;
}

enum err picture_read_tiff(TIFF *tiff, struct picture *p, struct why *why)
{
	char message[1024];
	uint32_t *rgba;
	size_t n;
	enum err e = picture_measure_tiff(tiff, p, why);

	if (e != OK)
		return e;
	if (!TIFFRGBAImageOK(tiff, message)) {
		why_set(why, "has a page in a form of TIFF that cannot be "
			     "read here; export it as PDF or PNG");
		return ERR_UNSUPPORTED;
	}
	n = (size_t)p->width * p->height;
	rgba = calloc(n, sizeof *rgba);
	if (!rgba)
		return ERR_MEMORY;
	if (!TIFFReadRGBAImageOriented(tiff, p->width, p->height, rgba,
				       ORIENTATION_TOPLEFT, 1)) {
		free(rgba);
		why_set(why, "is damaged: a page cannot be decoded; scan or "
			     "export it again");
		return ERR_BAD;
	}
	p->grey = to_grey(rgba, n);
	return OK;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A number of the header: after white space and comments, before exactly one
 * white space. 0 when there is none. */
static uint32_t read_number(FILE *f)
{
	uint32_t n = 0;
	int c = getc(f);

	while (is_blank(c) || c == '#') {
		bool comment = c == '#';

		while (comment && c != '\n' && c != EOF)
			c = getc(f);
		c = getc(f);
	}
	for (; c >= '0' && c <= '9' && n < 1000000; c = getc(f))
		n = n * 10 + (uint32_t)(c - '0');
	return is_blank(c) ? n : 0;
}

struct pnm {
	char kind; /* '4', '5' or '6' */
	uint32_t max;
};

/* The same of bits, eight at a time: most pages are nothing else. */
static void bits_to_grey(const uint8_t *raw, uint32_t n, uint8_t *grey)
{
	uint32_t x = 0;

	for (; x + 8 <= n; x += 8)
		for (unsigned i = 0; i < 8; i++)
			grey[x + i] =
				(uint8_t)((raw[x / 8] >> (7 - i) & 1) - 1);
	for (; x < n; x++)
		grey[x] = (uint8_t)((raw[x / 8] >> (7 - x % 8) & 1) - 1);
}

/* One row into `grey`; `raw` holds it as it is in the file. */
static void row_to_grey(const struct pnm *h, const uint8_t *raw, uint32_t n,
			uint8_t *grey)
{
	uint32_t samples = h->kind == '6' ? 3 : 1;
	uint32_t bytes = h->max > 255 ? 2 : 1;

	for (uint32_t x = 0; x < n; x++) {
		uint32_t v[3];

		for (uint32_t i = 0; i < 3; i++) {
			const uint8_t *at =
				raw +
				((size_t)x * samples + i % samples) * bytes;
			uint32_t s = bytes == 2 ? (uint32_t)at[0] << 8 | at[1]
						: at[0];

			v[i] = (s > h->max ? h->max : s) * 255 / h->max;
		}
		grey[x] = grey_of(v[0], v[1], v[2]);
	}
}

static enum err read_rows(FILE *f, const struct pnm *h, struct picture *p,
			  struct why *why)
{
	size_t row = h->kind == '4'
			     ? ((size_t)p->width + 7) / 8
			     : (size_t)p->width * (h->kind == '6' ? 3 : 1) *
				       (h->max > 255 ? 2 : 1);
	uint8_t *raw = malloc(row);
	enum err e = raw ? OK : ERR_MEMORY;

	for (uint32_t y = 0; e == OK && y < p->height; y++) {
		if (fread(raw, 1, row, f) != row) {
			why_set(why, "is damaged: the picture ends too soon; "
				     "export it again");
			e = ERR_BAD;
			break;
		}
		if (p->plain)
			bits_to_grey(raw, p->width,
				     p->grey + (size_t)y * p->width);
		else
			row_to_grey(h, raw, p->width,
				    p->grey + (size_t)y * p->width);
	}
	free(raw);
	return e;
}

static enum err read_header(FILE *f, struct pnm *h, struct picture *p,
			    struct why *why)
{
	int magic = getc(f);

	*h = (struct pnm){ (char)getc(f), 1 };
	p->width = read_number(f);
	p->height = read_number(f);
	if (h->kind != '4')
		h->max = read_number(f);
	if (magic != 'P' || h->kind < '4' || h->kind > '6' || h->max == 0 ||
	    h->max > 65535) {
		why_set(why, "is damaged: it cannot be decoded as a picture; "
			     "export it again");
		return ERR_BAD;
	}
	return check_size(p->width, p->height, why);
}

enum err picture_next_pnm(FILE *stream, struct picture *p, struct why *why)
{
	int first = getc(stream);
	struct pnm h;
	enum err e;

	*p = (struct picture){ .grey = NULL };
	if (first == EOF)
		return ferror(stream) ? ERR_IO : OK;
	ungetc(first, stream);
	e = read_header(stream, &h, p, why);
	if (e != OK)
		return e;
	p->plain = h.kind == '4';
	p->grey = malloc((size_t)p->width * p->height);
	e = p->grey ? read_rows(stream, &h, p, why) : ERR_MEMORY;
	if (e != OK)
		picture_fini(p);
	return e;
}

enum err picture_read_pnm(int fd, struct picture *p, struct why *why)
{
	int copy = dup(fd);
	FILE *f = copy >= 0 ? fdopen(copy, "rb") : NULL;
	enum err e;

	*p = (struct picture){ .grey = NULL };
	if (!f) {
		if (copy >= 0)
			close(copy);
		return ERR_IO;
	}
	rewind(f);
	e = picture_next_pnm(f, p, why);
	fclose(f);
	if (e == OK && !p->grey) {
		why_set(why, "is empty; export it again");
		e = ERR_BAD;
	}
	if (e == OK)
		paper_guess_size(p->width, p->height, &p->width_um,
				 &p->height_um);
	return e;
}
