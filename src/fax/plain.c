/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/plain.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fax/document.h"

enum {
	COLUMNS = 80,
	ROWS = 60,
	TAB = 8,
	LINE_CODES = 4 * COLUMNS, /* marks of no width included */
	BYTE_ORDER_MARK = 0xfeff,
	UTF8_BAD = 0x110000, /* beyond the last code point */
};

struct sheet {
	FILE *in;
	FILE *out;
	uint32_t codes[LINE_CODES]; /* the line that is being set */
	unsigned count;
	unsigned columns; /* that `codes` take */
	unsigned row;	  /* where the line goes */
	unsigned pages;
	bool page_open;
	uint32_t last; /* character */
};

/* 10-point letters of 0.602 em make 80 columns of 6.02 points. A glyph has
 * two names, uniXXXX and the one of Adobe's list; the first font that knows
 * either shows it. */
static const char prologue[] =
	"%!PS\n"
	"<< /PageSize [595 842] >> setpagedevice\n"
	"/names 8192 dict def\n"
	"AdobeGlyphList { dup type /integertype eq\n"
	"  { exch names 3 1 roll put } { pop pop } ifelse } forall\n"
	"/wanted [ /DejaVuSansMono /VL-Gothic-Regular /UnDotum /DejaVuSans\n"
	"  /NimbusMonoPS-Regular ] def\n"
	"/fonts [ wanted { dup findfont dup /FontName get 3 -1 roll eq\n"
	"  { 10 scalefont } { pop } ifelse } forall ] def\n"
	"/at { 12 mul 784 exch sub exch 6.02 mul 57 add exch moveto } def\n"
	"/s { at fonts 0 get setfont show } def\n"
	"/try { shown { pop } { dup font /CharStrings get exch known\n"
	"  { font setfont glyphshow /shown true def } { pop } ifelse }\n"
	"  ifelse } def\n"
	"/box { 0.5 setlinewidth currentpoint 5 7 rectstroke } def\n"
	"/u { at /code exch def /name exch def /shown false def\n"
	"  fonts { /font exch def name try\n"
	"    names code known { names code get try } if } forall\n"
	"  shown not { box } if } def\n";

struct range {
	uint32_t first;
	uint32_t last;
};

/* Unicode's East Asian wide blocks, coarsely (UAX #11). */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
	{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

/* Marks that stand over or under the character before, and marks that are
 * not to be seen at all. */
static const struct range narrow[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x064b, 0x065f }, { 0x200b, 0x200f }, { 0x202a, 0x202e },
	{ 0x2060, 0x206f }, { 0x20d0, 0x20f0 }, { 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
};

static bool in_ranges(uint32_t code, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (code >= r[i].first && code <= r[i].last)
			return true;
	return false;
}

static unsigned columns_of(uint32_t code)
{
	if (in_ranges(code, narrow, sizeof narrow / sizeof narrow[0]))
		return 0;
	return in_ranges(code, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

/* What stands here besides the first byte of a well-formed sequence;
 * UTF8_BAD when it is none (RFC 3629). */
static uint32_t rest_of_utf8(FILE *in, uint32_t first)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	uint32_t code = first & (0x3fu >> more);

	if (first < 0xc2 || first > 0xf4)
		return UTF8_BAD;
	for (unsigned i = 0; i < more; i++) {
		int c = getc(in);

		if (c == EOF || (c & 0xc0) != 0x80)
			return UTF8_BAD;
		code = code << 6 | ((uint32_t)c & 0x3f);
	}
	if (code < least[more] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return UTF8_BAD;
	return code;
}

/* The next character; false at the end. */
static bool next_code(FILE *in, uint32_t *code)
{
	int c = getc(in);
	long after;

	if (c == EOF)
		return false;
	*code = (uint32_t)c;
	if (c < 0x80)
		return true;
	after = ftell(in);
	*code = rest_of_utf8(in, (uint32_t)c);
	if (*code == UTF8_BAD) {
		*code = (uint32_t)c; /* Latin-1: its numbers are Unicode's */
		fseek(in, after, SEEK_SET);
	}
	return true;
}

/* The first `n` characters of the line, plain runs as one string. */
static void put_codes(struct sheet *s, unsigned n)
{
	unsigned column = 0;

	for (unsigned i = 0; i < n;) {
		unsigned start = column;

		if (s->codes[i] > 0x7e) {
			unsigned width = columns_of(s->codes[i]);

			start -= width == 0 && column > 0;
			fprintf(s->out, "/uni%04X %u %u %u u\n", s->codes[i],
				s->codes[i], start, s->row);
			column += width;
			i++;
			continue;
		}
		putc('(', s->out);
		for (; i < n && s->codes[i] <= 0x7e; i++, column++) {
			if (strchr("()\\", (int)s->codes[i]))
				putc('\\', s->out);
			putc((int)s->codes[i], s->out);
		}
		fprintf(s->out, ") %u %u s\n", start, s->row);
	}
}

static void close_page(struct sheet *s)
{
	if (s->page_open)
		fputs("showpage\n", s->out);
	s->page_open = false;
	s->row = 0;
}

static void drop_codes(struct sheet *s, unsigned n)
{
	s->count -= n;
	memmove(s->codes, s->codes + n, s->count * sizeof s->codes[0]);
	s->columns = 0;
	for (unsigned i = 0; i < s->count; i++)
		s->columns += columns_of(s->codes[i]);
}

/* Sets the first `n` characters as a line; `skip` more are left out. */
static void set_line(struct sheet *s, unsigned n, unsigned skip)
{
	if (s->row == ROWS)
		close_page(s);
	if (!s->page_open)
		s->pages++;
	s->page_open = true;
	put_codes(s, n);
	drop_codes(s, n + skip);
	s->row++;
}

/* The line is full: sets it up to its last blank, or all of it. */
static void break_line(struct sheet *s)
{
	unsigned n = s->count;

	while (n > 0 && s->codes[n - 1] != ' ')
		n--;
	if (n > 1)
		set_line(s, n - 1, 1);
	else
		set_line(s, s->count, 0);
}

static void add_code(struct sheet *s, uint32_t code)
{
	unsigned width = columns_of(code);

	/* Blanks at the end of a full line are swallowed by the break. */
	while (s->columns + width > COLUMNS) {
		if (code == ' ') {
			set_line(s, s->count, 0);
			return;
		}
		break_line(s);
	}
	if (s->count < LINE_CODES)
		s->codes[s->count++] = code;
	s->columns += width;
}

static void add_tab(struct sheet *s)
{
	do
		add_code(s, ' ');
	while (s->columns % TAB != 0);
}

/* False: no text has this control. */
static bool add_control(struct sheet *s, uint32_t code)
{
	switch (code) {
	case '\t':
		add_tab(s);
		return true;
	case '\n':
		set_line(s, s->count, 0);
		return true;
	case '\f':
		if (s->count > 0)
			set_line(s, s->count, 0);
		close_page(s);
		return true;
	case 0x1a: /* how DOS ended a text */
		return true;
	default:
		return false;
	}
}

static enum err no_text(struct why *why)
{
	why_set(why, "is not a PDF, TIFF, PNG, JPEG or text file (UTF-8); "
		     "convert it to one of them");
	return ERR_BAD;
}

static enum err too_many_pages(struct why *why)
{
	why_set(why,
		"has more pages than a fax can have (%d); send it in parts",
		DOCUMENT_PAGES_MAX);
	return ERR_LIMIT;
}

/* False: it is of no text. */
static bool take_code(struct sheet *s, uint32_t code)
{
	bool again = s->last == '\r' && code == '\n';

	s->last = code;
	if (again || code == BYTE_ORDER_MARK)
		return true;
	if (code < ' ' || code == 0x7f)
		return add_control(s, code == '\r' ? '\n' : code);
	add_code(s, code);
	return true;
}

static enum err write_pages(struct sheet *s, struct why *why)
{
	uint32_t code;

	while (s->pages <= DOCUMENT_PAGES_MAX && next_code(s->in, &code))
		if (!take_code(s, code))
			return no_text(why);
	if (s->count > 0)
		set_line(s, s->count, 0);
	close_page(s);
	if (s->pages > DOCUMENT_PAGES_MAX)
		return too_many_pages(why);
	return ferror(s->in) ? ERR_IO : OK;
}

static FILE *open_copy(int fd, const char *mode)
{
	int copy = dup(fd);
	FILE *f = copy >= 0 ? fdopen(copy, mode) : NULL;

	if (!f && copy >= 0)
		close(copy);
	return f;
}

enum err plain_write(int text_fd, int postscript_fd, struct why *why)
{
	struct sheet s = { .in = open_copy(text_fd, "rb"),
			   .out = open_copy(postscript_fd, "wb") };
	enum err e = ERR_IO;

	if (s.in && s.out) {
		rewind(s.in);
		fputs(prologue, s.out);
		e = write_pages(&s, why);
	}
	if (s.in)
		fclose(s.in);
	if (s.out) {
		bool failed = ferror(s.out) != 0;

		errno = 0;
		if (fclose(s.out) != 0 || failed)
			e = e == OK ? err_from_errno(errno) : e;
	}
	return e;
}
