/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The letters of the line above each page, points in rows: for 204 by 196 an
 * inch they are 1.2 mm wide and 2.6 mm high.
 */
#pragma once

#include <stdint.h>

enum {
	GLYPHS_FIRST = ' ',
	GLYPHS_LAST = '~',
	GLYPHS = GLYPHS_LAST - GLYPHS_FIRST + 1,
	GLYPHS_COLUMNS = 10,
	GLYPHS_ROWS = 20,
};

extern const uint16_t glyphs[GLYPHS][GLYPHS_ROWS];
