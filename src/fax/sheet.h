/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets a sheet with a heading, rows of words and a text on A4 pages, as
 * PostScript for ghostscript: a cover page, or a report that shows the first
 * page of a fax. What it says is a form, UTF-8:
 *
 *   heading: Fax               large, at the top
 *   badge: Delivered           white on black, beside it
 *   row: To<TAB>ben            as many as there are
 *   picture: The first page    shows a page below, with these words over it
 *                              (an empty line)
 *   The text, to the end, as long as a fax can be.
 *
 * All is optional. It decides on lines and places, not on words.
 */
#pragma once

#include "base/err.h"

enum { SHEET_FORM_MAX = 256 * 1024 };

/* Reads the form from `form_fd` and, for a picture, the TIFF `fax_fd`, which
 * may be -1 or no fax: then there is none. All are borrowed. A sentence goes
 * on from the name of the form. ERR_BAD (no form), ERR_LIMIT (too long),
 * ERR_MEMORY, ERR_IO, ERR_SPACE. */
MUST_CHECK enum err sheet_write(int form_fd, int fax_fd, int postscript_fd,
				struct why *why);
