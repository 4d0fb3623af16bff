/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a grey picture black and white, at another size: a drawing or a page
 * of text by a threshold, so that its edges stay crisp; a photograph by error
 * diffusion (Floyd and Steinberg 1976). Row by row, top to bottom.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "fax/picture.h"

struct bilevel {
	const struct picture *from; /* borrowed from the caller */
	uint32_t width;		    /* of what is made, points */
	uint32_t height;
	uint32_t row;	/* the next one */
	bool upright;	/* false: the picture is turned by a quarter */
	bool drawing;	/* threshold, not diffusion */
	uint64_t *sums; /* owned: one source row's worth of weighted sums */
	int32_t *carry; /* owned: the error that this row hands to the next */
	int32_t *given; /* owned: the error that it got from the last one */
};

/* width and height from 1 to 65535. `upright` false turns the picture by a
 * quarter clockwise. ERR_MEMORY. */
MUST_CHECK enum err bilevel_init(struct bilevel *b, const struct picture *from,
				 uint32_t width, uint32_t height, bool upright);
void bilevel_fini(struct bilevel *b);

/* Writes the next row: (width + 7) / 8 bytes, the leftmost point in the
 * highest bit, 1 for black, the last byte filled up with white. To be called
 * `height` times. */
void bilevel_row(struct bilevel *b, uint8_t *bits);
