/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of UTF-8 text in proportional letters, as PostScript for ghostscript:
 * Helvetica, and from other fonts what that lacks (PLAIN_FONT_PATH of
 * fax/plain.h). What no font has becomes an empty box. It only writes words;
 * lengths are points of 1/72 inch, from the lower left of the page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct letters {
	double size; /* points */
	bool bold;
};

/* Begins the program, for pages of this size. */
void letters_begin(FILE *out, double width, double height);

/* A line that begins at x, y; `len` bytes. */
void letters_show(FILE *out, struct letters how, double x, double y,
		  const char *text, size_t len);

/* How wide it will be: exact for ASCII, else no less than it is. */
double letters_width(struct letters how, const char *text, size_t len);

/* How many bytes of `text` (without a line feed) go on a line of `width`: up
 * to a blank or an East Asian character where there is one, at least one
 * character. *next is where the rest begins, beyond blanks. */
size_t letters_fit(struct letters how, double width, const char *text,
		   size_t len, size_t *next);
