/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of a fax, read row by row from a TIFF file as black and white
 * points, in whatever form of TIFF these are coded. Rows that cannot be
 * decoded are white: what came over a bad line is to be seen as it is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "fax/source.h"

struct page {
	struct source source; /* must not move in memory */
	uint32_t width;	      /* points; 1 to 65535 */
	uint32_t rows;	      /* at least 1 */
	double stretch;	      /* how much higher than wide a point is */
	bool negative;	      /* coded white is black */
	bool damaged;	      /* all further rows are white */
	uint32_t row;	      /* the next one to be read */
	uint8_t *bits;	      /* owned; the row that was read last: 1 is black,
				 the leftmost point in the highest bit */
};

/* Opens page `number`, from 1, of `fd`, borrowed. Not OK: there is nothing to
 * close, and a sentence goes on from the name of the file: ERR_MISSING (no
 * such page), ERR_BAD, ERR_LIMIT, ERR_UNSUPPORTED (not black and white),
 * ERR_MEMORY. */
MUST_CHECK enum err page_open(struct page *p, int fd, uint32_t number,
			      struct why *why);
/* Reads the next row into p->bits. */
void page_read(struct page *p);
void page_close(struct page *p);
