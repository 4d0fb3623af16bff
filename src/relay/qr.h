/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as a QR code on a terminal, two modules to a character. The only
 * user of libqrencode.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

enum {
	QR_QUIET = 4
}; /* light modules around it: ISO/IEC 18004 section 6.3.8 */

/* With `colours` it is black on white whatever the terminal is; without, what
 * is light is drawn, for a dark one, or for a file. ERR_LIMIT: more text than
 * a code holds; ERR_MEMORY. */
MUST_CHECK enum err qr_print(FILE *out, const char *text, bool colours);

/* How many columns it takes; 0: there can be none. */
int qr_columns(const char *text);
