/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a grey picture black and white, at another size: letters and lines as
 * they are, crisp (fax/tone.h tells them), tones by error diffusion (Floyd and
 * Steinberg 1976). Row by row, top to bottom.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "fax/picture.h"

struct bilevel {
	uint8_t *grey;	/* owned; the picture at its new size */
	uint32_t width; /* of what is made, points */
	uint32_t height;
	uint32_t row;	/* the next one */
	bool plain;	/* nothing is grey */
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
