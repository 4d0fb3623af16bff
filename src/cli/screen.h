/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is different when a person looks: colours, and lines that are cut to
 * the screen's width. Where the output is no screen it is plain.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum screen_colour {
	SCREEN_PLAIN,
	SCREEN_GOOD,
	SCREEN_BAD,
	SCREEN_BUSY,
	SCREEN_DIM,
	SCREEN_BOLD,
};

/* Standard output is a terminal, and no dumb one. */
bool screen_is_one(void);
/* What begins the colour; "" where there is no screen, or NO_COLOR is set. */
const char *screen_colour(enum screen_colour c);
/* "There are no faxes.", where somebody looks; nothing else would be said. */
void screen_nothing(const char *what);
size_t screen_columns(void);
/* As much of UTF-8 text as fits into so many columns; `out` holds `size`. */
const char *screen_cut(const char *text, size_t columns, char *out,
		       size_t size);
