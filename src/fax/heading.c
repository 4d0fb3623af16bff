/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/heading.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "fax/document.h"
#include "fax/glyphs.h"
#include "fax/source.h"

/* Points of PAPER_FINE, for which the letters are made. */
enum {
	FINE_X_DPI = 204,
	FINE_Y_DPI = 196,
	ABOVE = 6,
	BELOW = 6, /* white, and so is what the page's first row follows */
	ROWS = ABOVE + GLYPHS_ROWS + BELOW,
	MARGIN = 4, /* letters, on both sides */
	LETTERS_MAX = 4864 / GLYPHS_COLUMNS,
	ROWS_MAX = ROWS * 2,
	EOFB_BITS = 24,
	CODE_MAX = 256 * 1024,
	STRIP_MAX = 64 << 20,
};

/* A file in memory, for libtiff. */
struct memory {
	uint8_t bytes[CODE_MAX];
	size_t len;
	size_t at;
};

/* What has been made for the page at hand. */
struct heading {
	struct tiff *in; /* borrowed */
	struct tiff *out;
	uint32_t width; /* of the page */
	uint32_t length;
	uint32_t rows; /* of the line */
	double x_dpi;
	double y_dpi;
	uint8_t *code;	       /* owned: of the line, then of all */
	size_t bits;	       /* of the line */
	struct memory *memory; /* owned */
};

static uint32_t rows_at(double y_dpi)
{
	return (uint32_t)(ROWS * y_dpi / FINE_Y_DPI);
}

uint32_t heading_rows(enum paper_resolution r)
{
	return rows_at(paper_y_dpi(r));
}

/* --- drawing --- */

/* The letters of the whole line. */
static void set_letters(const struct heading *h, const char *text,
			unsigned page, unsigned pages,
			char line[LETTERS_MAX + 1])
{
	size_t all =
		(size_t)(h->width * FINE_X_DPI / h->x_dpi) / GLYPHS_COLUMNS;
	char number[32];
	size_t n = (size_t)snprintf(number, sizeof number, "p. %u/%u", page,
				    pages);

	if (all > LETTERS_MAX)
		all = LETTERS_MAX;
	memset(line, ' ', all);
	line[all] = '\0';
	if (all < 2 * (size_t)MARGIN + n + 2)
		return;
	memcpy(line + all - MARGIN - n, number, n);
	for (size_t i = MARGIN; *text && i < all - MARGIN - n - 2; text++) {
		unsigned char c = (unsigned char)*text;
		bool known = c >= GLYPHS_FIRST && c <= GLYPHS_LAST;

		if ((c & 0xc0) == 0x80)
			continue; /* of the letter before */
		line[i++] = (char)(known ? *text : '?');
	}
}

/* Row `y` of the line. At a coarser resolution a row has the ink of all that
 * it covers. */
static void draw_row(const struct heading *h, const char *line, uint32_t y,
		     uint8_t *bits)
{
	int first = (int)(y * FINE_Y_DPI / h->y_dpi) - ABOVE;
	int end = (int)((y + 1) * FINE_Y_DPI / h->y_dpi) - ABOVE;

	size_t letters = strlen(line);

	memset(bits, 0, (h->width + 7) / 8);
	if (end == first)
		end++;
	for (uint32_t x = 0; x < h->width; x++) {
		uint32_t fine = (uint32_t)(x * FINE_X_DPI / h->x_dpi);
		unsigned bit = 1u
			       << (GLYPHS_COLUMNS - 1 - fine % GLYPHS_COLUMNS);
		size_t i = fine / GLYPHS_COLUMNS;

		for (int row = first; row < end && i < letters; row++)
			if (row >= 0 && row < GLYPHS_ROWS &&
			    glyphs[line[i] - GLYPHS_FIRST][row] & bit)
				bits[x / 8] |= (uint8_t)(0x80 >> x % 8);
	}
}

/* --- libtiff in memory --- */

static tmsize_t read_memory(thandle_t file, void *to, tmsize_t n)
{
	struct memory *m = file;

	if (m->at >= m->len)
		return 0;
	if ((size_t)n > m->len - m->at)
		n = (tmsize_t)(m->len - m->at);
	memcpy(to, m->bytes + m->at, (size_t)n);
	m->at += (size_t)n;
	return n;
}

static tmsize_t write_memory(thandle_t file, void *from, tmsize_t n)
{
	struct memory *m = file;

	if (n < 0 || m->at > CODE_MAX || (size_t)n > CODE_MAX - m->at)
		return -1;
	memcpy(m->bytes + m->at, from, (size_t)n);
	m->at += (size_t)n;
	if (m->at > m->len)
		m->len = m->at;
	return n;
}

static toff_t seek_memory(thandle_t file, toff_t to, int whence)
{
	struct memory *m = file;

	m->at = (size_t)to + (whence == SEEK_CUR   ? m->at
			      : whence == SEEK_END ? m->len
						   : 0);
	return m->at;
}

static int close_memory(thandle_t file)
{
	(void)file;
	return 0;
}

static toff_t size_memory(thandle_t file)
{
	const struct memory *m = file;

	return m->len;
}

static TIFF *open_memory(struct memory *m, const char *mode)
{
	return TIFFClientOpen("", mode, m, read_memory, write_memory,
			      seek_memory, close_memory, size_memory, NULL,
			      NULL);
}

/* --- coding --- */

static bool set_form(TIFF *tiff, const struct heading *h, uint32_t length)
{
	return TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE) &&
	       TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, h->width) &&
	       TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, length) &&
	       TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, length) &&
	       TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1) &&
	       TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) &&
	       TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4) &&
	       TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
			    PHOTOMETRIC_MINISWHITE) &&
	       TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB) &&
	       TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH) &&
	       TIFFSetField(tiff, TIFFTAG_XRESOLUTION, h->x_dpi) &&
	       TIFFSetField(tiff, TIFFTAG_YRESOLUTION, h->y_dpi);
}

/* Draws the line and codes it as T.6 into h->memory. */
static bool code_line(struct heading *h, const char *line)
{
	uint8_t *bits = malloc((h->width + 7) / 8);
	TIFF *tiff;
	bool good;

	h->memory->len = 0;
	h->memory->at = 0;
	tiff = bits ? open_memory(h->memory, "wl") : NULL;
	good = tiff && set_form(tiff, h, h->rows);
	for (uint32_t y = 0; good && y < h->rows; y++) {
		draw_row(h, line, y, bits);
		good = TIFFWriteScanline(tiff, bits, y, 0) == 1;
	}
	good = good && TIFFWriteDirectory(tiff);
	if (tiff)
		TIFFClose(tiff);
	free(bits);
	return good;
}

static bool bit_at(const uint8_t *code, size_t i)
{
	return code[i / 8] >> i % 8 & 1;
}

/* The bits of the code without what ends it (T.6 2.4.1.1, EOFB): twice eleven
 * noughts and a one, and then noughts. 0: it does not end so. */
static size_t bits_before_end(const uint8_t *code, size_t len)
{
	size_t end = len * 8;

	while (end > 0 && !bit_at(code, end - 1))
		end--;
	if (end < EOFB_BITS)
		return 0;
	for (size_t i = 0; i < EOFB_BITS; i++)
		if (bit_at(code, end - EOFB_BITS + i) !=
		    (i % (EOFB_BITS / 2) == EOFB_BITS / 2 - 1))
			return 0;
	return end - EOFB_BITS;
}

/* The code of the line into h->code, which has room for it. */
static bool take_code(struct heading *h)
{
	TIFF *tiff;
	tmsize_t n = -1;

	h->memory->at = 0;
	tiff = open_memory(h->memory, "rm");
	if (tiff) {
		n = TIFFReadRawStrip(tiff, 0, h->code, CODE_MAX);
		TIFFClose(tiff);
	}
	h->bits = n > 0 ? bits_before_end(h->code, (size_t)n) : 0;
	return h->bits > 0;
}

/* Appends `len` bytes of code, least significant bit first, after h->bits. */
static size_t append_code(struct heading *h, const uint8_t *code, size_t len)
{
	unsigned shift = h->bits % 8;
	size_t at = h->bits / 8;

	h->code[at] &= (uint8_t)((1u << shift) - 1);
	for (size_t i = 0; i < len; i++) {
		unsigned wide = (unsigned)code[i] << shift;

		h->code[at++] |= (uint8_t)wide;
		h->code[at] = (uint8_t)(wide >> 8);
	}
	return at + (shift > 0);
}

/* --- pages --- */

static bool is_of_form(TIFF *tiff)
{
	uint16_t scheme = 0, photometric = 0xffff;

	TIFFGetField(tiff, TIFFTAG_COMPRESSION, &scheme);
	TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
	return scheme == COMPRESSION_CCITTFAX4 &&
	       photometric == PHOTOMETRIC_MINISWHITE && !TIFFIsTiled(tiff) &&
	       TIFFNumberOfStrips(tiff) == 1;
}

static enum err measure(struct heading *h, struct why *why)
{
	float x_dpi = 0, y_dpi = 0;

	TIFFGetField(h->in, TIFFTAG_IMAGEWIDTH, &h->width);
	TIFFGetField(h->in, TIFFTAG_IMAGELENGTH, &h->length);
	TIFFGetField(h->in, TIFFTAG_XRESOLUTION, &x_dpi);
	TIFFGetField(h->in, TIFFTAG_YRESOLUTION, &y_dpi);
	h->x_dpi = (double)x_dpi;
	h->y_dpi = (double)y_dpi;
	h->rows = rows_at(h->y_dpi);
	if (is_of_form(h->in) && h->width >= 8 && h->width <= UINT16_MAX &&
	    h->length > 0 && x_dpi >= 90 && x_dpi <= 450 && y_dpi >= 90 &&
	    y_dpi <= 392 && TIFFRawStripSize64(h->in, 0) <= STRIP_MAX)
		return OK;
	why_set(why, "has a page that is not of the form of a document");
	return ERR_UNSUPPORTED;
}

/* The code of the page that is open, least significant bit first; to be
 * freed. */
static uint8_t *read_code(TIFF *tiff, size_t *len)
{
	uint64_t size = TIFFRawStripSize64(tiff, 0);
	uint8_t *code = malloc(size + 1);
	uint16_t order = FILLORDER_MSB2LSB;

	*len = (size_t)size;
	TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &order);
	if (code &&
	    TIFFReadRawStrip(tiff, 0, code, (tmsize_t)size) != (tmsize_t)size) {
		free(code);
		return NULL;
	}
	if (code && order != FILLORDER_LSB2MSB)
		TIFFReverseBits(code, (tmsize_t)size);
	return code;
}

static enum err write_page(struct heading *h, const char *line, unsigned page)
{
	size_t len;
	uint8_t *code = read_code(h->in, &len);
	enum err e = ERR_MEMORY;

	h->code = malloc(CODE_MAX + len + 2);
	if (code && h->code && code_line(h, line) && take_code(h)) {
		size_t all = append_code(h, code, len);

		e = OK;
		if (!set_form(h->out, h, h->rows + h->length) ||
		    !TIFFSetField(h->out, TIFFTAG_PAGENUMBER, page - 1, 0) ||
		    TIFFWriteRawStrip(h->out, 0, h->code, (tmsize_t)all) !=
			    (tmsize_t)all ||
		    !TIFFWriteDirectory(h->out))
			e = ERR_IO;
	}
	free(h->code);
	free(code);
	h->code = NULL;
	return e;
}

static enum err write_pages(struct heading *h, struct source *s,
			    const char *text, unsigned pages, struct why *why)
{
	char line[LETTERS_MAX + 1];
	unsigned page = 0;
	enum err e;

	do {
		e = measure(h, why);
		if (e != OK)
			break;
		set_letters(h, text, ++page, pages, line);
		e = write_page(h, line, page);
	} while (e == OK && source_next(s, &e, why));
	return e;
}

enum err heading_write(int document_fd, int out_fd, const char *text,
		       struct why *why)
{
	struct document_facts facts;
	struct heading h = { .in = NULL };
	struct source s;
	enum err e = document_measure(document_fd, &facts, why);

	if (e == OK)
		e = source_open(&s, document_fd, why);
	if (e != OK)
		return e;
	h.in = s.tiff;
	h.out = source_append(out_fd);
	h.memory = malloc(sizeof *h.memory);
	e = h.out && h.memory ? OK : ERR_MEMORY;
	if (e == OK)
		e = write_pages(&h, &s, text, facts.pages, why);
	if (h.out && !TIFFFlush(h.out) && e == OK)
		e = ERR_IO;
	if (h.out)
		TIFFClose(h.out);
	free(h.memory);
	source_close(&s);
	return e;
}
