/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/qr.h"

#include <errno.h>

#include <qrencode.h>

static QRcode *encode(const char *text)
{
	/* The least redundancy: a screen has no stains, and a smaller code
	 * fits more terminals. */
	return QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
}

/* Outside of the code all is light. */
static bool is_dark(const QRcode *code, int x, int y)
{
	x -= QR_QUIET;
	y -= QR_QUIET;
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
	       (code->data[y * code->width + x] & 1);
}

static void print_row(FILE *out, const QRcode *code, int y, bool colours)
{
	static const char *const glyphs[2][2] = {
		{ " ", "\xe2\x96\x84" },	    /* lower half */
		{ "\xe2\x96\x80", "\xe2\x96\x88" }, /* upper half; both */
	};

	for (int x = 0; x < code->width + 2 * QR_QUIET; x++) {
		bool upper = is_dark(code, x, y) == colours;
		bool lower = is_dark(code, x, y + 1) == colours;

		fputs(glyphs[upper][lower], out);
	}
}

enum err qr_print(FILE *out, const char *text, bool colours)
{
	QRcode *code = encode(text);

	if (!code)
		return errno == ERANGE ? ERR_LIMIT : ERR_MEMORY;
	for (int y = 0; y < code->width + 2 * QR_QUIET; y += 2) {
		/* Black on white of the 256: themes do not change those. */
		if (colours)
			fputs("\x1b[38;5;16;48;5;231m", out);
		print_row(out, code, y, colours);
		fputs(colours ? "\x1b[0m\n" : "\n", out);
	}
	QRcode_free(code);
	return OK;
}

int qr_columns(const char *text)
{
	QRcode *code = encode(text);
	int columns = code ? code->width + 2 * QR_QUIET : 0;

	QRcode_free(code);
	return columns;
}
