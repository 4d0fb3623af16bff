/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets plain text on A4 pages, 80 columns by 60 lines, as a PostScript
 * program for ghostscript. UTF-8; a byte that is none is taken for Latin-1.
 * Tabs go to every eighth column, a form feed begins a page, long lines are
 * broken between words, East Asian characters take two columns, and what no
 * font can show becomes an empty box. It interprets no other control.
 */
#pragma once

#include "base/err.h"

/* Where ghostscript finds the fonts that the program asks for by name: a
 * value for its -sFONTPATH. Those that are not installed are gone without. */
#define PLAIN_FONT_PATH                                                        \
	"/usr/share/fonts/truetype/dejavu:"                                    \
	"/usr/share/fonts/truetype/vlgothic:"                                  \
	"/usr/share/fonts/truetype/unfonts-core"

/* Both descriptors are borrowed. A sentence in `why` goes on from the name of
 * the file. ERR_BAD: not text; ERR_LIMIT: more pages than a fax can have;
 * ERR_IO, ERR_SPACE. */
MUST_CHECK enum err plain_write(int text_fd, int postscript_fd,
				struct why *why);
