/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages that a fax can have: four resolutions and three widths, and which
 * of them a real sheet needs. Values only; it never touches a file.
 *
 * A scan line has a fixed number of points for each resolution and width
 * (ITU-T T.4 2.2 and Annex E, T.30 Table 2): the far end refuses any other. The
 * length of a page is free.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum paper_resolution {
	PAPER_STANDARD, /* 204 x 98 points an inch: 8 by 3.85 a millimetre */
	PAPER_FINE,	/* 204 x 196: 8 by 7.7 */
	PAPER_300,	/* 300 x 300 */
	PAPER_400,	/* 408 x 391: 16 by 15.4; what is called 400 x 400 */
	PAPER_RESOLUTIONS
};

enum paper_size { PAPER_A4, PAPER_B4, PAPER_A3, PAPER_SIZES };

/* What all the pages of one fax have in common. */
struct paper_format {
	enum paper_resolution resolution;
	enum paper_size size;
};

enum {
	PAPER_A4_WIDTH_UM = 210000,
	PAPER_A4_HEIGHT_UM = 297000,
	PAPER_LENGTH_MAX_UM = 600000, /* a longer page is made smaller */
	PAPER_LENGTH_MIN_UM = 10000,  /* a shorter page gets white */
	PAPER_ROWS_MAX = 20000,	      /* of a page, whatever its resolution */
};

/* Points an inch, across and down the page. */
uint32_t paper_x_dpi(enum paper_resolution r);
uint32_t paper_y_dpi(enum paper_resolution r);
/* "standard", "fine", "300", "400"; static storage. */
const char *paper_resolution_name(enum paper_resolution r);
bool paper_resolution_parse(const char *name, enum paper_resolution *out);
/* "A4", "B4", "A3"; static storage. */
const char *paper_size_name(enum paper_size s);
bool paper_size_parse(const char *name, enum paper_size *out);

/* Points in a scan line. */
uint32_t paper_width(struct paper_format f);

/* The resolution that a file's tags mean: each within 2.5 %, because 200 dpi
 * is often written for 204, and 400 for 408. False when it is none. */
bool paper_find_resolution(double x_dpi, double y_dpi,
			   enum paper_resolution *out);
/* The format of a page of `width` points at resolution `r`; false when no
 * fax has this width. */
bool paper_find_format(uint32_t width, enum paper_resolution r,
		       struct paper_format *out);

/* The size for a sheet whose shorter side is `width_um`. Letter goes on A4
 * (and is made 0.3 % smaller); all that is wider than A3 goes on A3. */
enum paper_size paper_size_for(uint32_t width_um);

struct paper_area {
	uint32_t width; /* points, at most paper_width() */
	uint32_t rows;
};

/* The area that a sheet of this size, upright already, takes on a page:
 * its true size, or as large as fits. Both sides > 0 micrometres. */
struct paper_area paper_fit(struct paper_format f, uint32_t width_um,
			    uint32_t height_um);
/* What fits on A4 as large as can be, but with no fewer than 72 points an
 * inch: for pictures that do not say how large they are. */
void paper_guess_size(uint32_t width, uint32_t height, uint32_t *width_um,
		      uint32_t *height_um);
