/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows a page of a fax as a picture that a browser understands (PNG, by
 * libpng). The points of a fax are not square, those of the picture are. At its
 * natural width it is black and white, point for point across; smaller, each
 * of its points is the mean of what it covers, in 16 greys, so that a page
 * the size of a stamp can still be told from another.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

enum {
	VIEW_WIDTH_MIN = 16,
	VIEW_WIDTH_MAX = 4864, /* the widest fax: PAPER_400 on PAPER_A3 */
};

/* Draws page `page`, from 1, of the TIFF `tiff_fd` into `png_fd`; both are
 * borrowed. `width`: of the picture in points; 0, or more than the page has:
 * its natural width. A sentence in `why` goes on from the name of the file.
 * ERR_MISSING (no such page), ERR_BAD, ERR_LIMIT (too large), ERR_UNSUPPORTED
 * (not one bit a point), ERR_MEMORY, ERR_IO, ERR_SPACE. */
MUST_CHECK enum err view_write(int tiff_fd, uint32_t page, uint32_t width,
			       int png_fd, struct why *why);
