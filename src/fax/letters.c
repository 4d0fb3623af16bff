/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/letters.h"

enum {
	FIRST = ' ',
	LAST = '~',
	BAD = 0xfffd, /* stands for what is no UTF-8 */
};

/* How far the pen moves on, thousandths of the size: Helvetica and
 * Helvetica-Bold, ASCII from the blank on (Adobe's font metrics). */
/* clang-format off */
static const uint16_t advances[2][LAST - FIRST + 1] = {
	{ 278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,
	  278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278,
	  584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
	  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944,
	  667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556,
	  278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
	  278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584 },
	{ 278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333,
	  278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333,
	  584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278,
	  556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944,
	  667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556,
	  333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556,
	  333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584 },
};
/* clang-format on */

/* Helvetica gets ASCII's own quotes. A glyph of other fonts has two names,
 * uniXXXX and the one of Adobe's list; the first font that knows either
 * shows it. A font that is not there is gone without. */
static const char prologue[] =
	"/names 8192 dict def\n"
	"AdobeGlyphList { dup type /integertype eq\n"
	"  { exch names 3 1 roll put } { pop pop } ifelse } forall\n"
	"/quotes { findfont dup length dict begin\n"
	"  { 1 index /FID ne { def } { pop pop } ifelse } forall\n"
	"  /Encoding StandardEncoding 256 array copy\n"
	"    dup 39 /quotesingle put dup 96 /grave put def\n"
	"  currentdict end definefont } def\n"
	"/others { [ 4 1 roll ] { dup findfont dup /FontName get 3 -1 roll eq\n"
	"  { } { pop } ifelse } forall } def\n"
	"/plain [ /Sans /Helvetica quotes\n"
	"  /VL-Gothic-Regular /DejaVuSans /UnDotum others ] def\n"
	"/bold [ /SansBold /Helvetica-Bold quotes\n"
	"  /VL-Gothic-Regular /DejaVuSans-Bold /UnDotum others ] def\n"
	"/set { /size exch def /fonts exch def moveto } def\n"
	"/s { fonts 0 get size scalefont setfont show } def\n"
	"/try { shown { pop } { dup font /CharStrings get exch known\n"
	"  { font size scalefont setfont glyphshow /shown true def }\n"
	"  { pop } ifelse } ifelse } def\n"
	"/box { gsave 0.5 setlinewidth currentpoint\n"
	"  size 0.5 mul size 0.7 mul rectstroke grestore\n"
	"  size 0.6 mul 0 rmoveto } def\n"
	"/u { /code exch def /name exch def /shown false def\n"
	"  fonts { /font exch def name try\n"
	"    names code known { names code get try } if } forall\n"
	"  shown not { box } if } def\n";

void letters_begin(FILE *out, double width, double height)
{
	fprintf(out, "%%!PS\n<< /PageSize [%.2f %.2f] >> setpagedevice\n%s",
		width, height, prologue);
}

/* Bytes that must follow this one, which is above ASCII; 0: none may. */
static size_t more_after(unsigned char first)
{
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
}

/* The character at the start of `text`, `len` > 0; *used bytes long. */
static uint32_t next_code(const char *text, size_t len, size_t *used)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t more = more_after(at[0]);
	uint32_t code = at[0] & (0x3fu >> more);

	*used = 1;
	if (at[0] < 0x80)
		return at[0] < FIRST || at[0] > LAST ? ' ' : at[0];
	if (more == 0 || more >= len)
		return BAD;
	for (size_t i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return BAD;
		code = code << 6 | (at[i] & 0x3fu);
	}
	*used = 1 + more;
	return code;
}

void letters_show(FILE *out, struct letters how, double x, double y,
		  const char *text, size_t len)
{
	bool in_string = false;

	fprintf(out, "%.2f %.2f %s %.2f set\n", x, y,
		how.bold ? "bold" : "plain", how.size);
	for (size_t i = 0, used; i < len; i += used) {
		uint32_t code = next_code(text + i, len - i, &used);

		if (code > LAST) {
			fprintf(out, "%s/uni%04X %u u\n",
				in_string ? ") s\n" : "", code, code);
			in_string = false;
			continue;
		}
		if (!in_string)
			putc('(', out);
		if (code == '(' || code == ')' || code == '\\')
			putc('\\', out);
		putc((int)code, out);
		in_string = true;
	}
	if (in_string)
		fputs(") s\n", out);
}

/* From here on letters are as wide as high, and a line may end between any
 * two of them: Hangul, kana, the Chinese characters (UAX #14, coarsely). */
static bool is_wide(uint32_t code)
{
	return code >= 0x1100;
}

static double advance(struct letters how, uint32_t code)
{
	unsigned n = code > LAST    ? (is_wide(code) ? 1000 : 778)
		     : code < FIRST ? 0
				    : advances[how.bold][code - FIRST];

	return n * how.size / 1000;
}

double letters_width(struct letters how, const char *text, size_t len)
{
	double width = 0;

	for (size_t i = 0, used; i < len; i += used)
		width += advance(how, next_code(text + i, len - i, &used));
	return width;
}

/* How many bytes fit: up to the border of a word if there is one. */
static size_t fitting(struct letters how, double width, const char *text,
		      size_t len)
{
	double at = 0;
	size_t border = 0; /* the last place where the line may end */

	for (size_t i = 0, used; i < len; i += used) {
		uint32_t code = next_code(text + i, len - i, &used);

		if (code == ' ' || is_wide(code))
			border = i;
		at += advance(how, code);
		if (at > width && i > 0 && code != ' ')
			return border > 0 ? border : i;
	}
	return len;
}

size_t letters_fit(struct letters how, double width, const char *text,
		   size_t len, size_t *next)
{
	size_t n = fitting(how, width, text, len);

	*next = n;
	while (*next < len && text[*next] == ' ')
		++*next;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return n;
}
