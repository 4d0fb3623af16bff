/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells letters and lines from tones on a grey page, before it is made black
 * and white. A stroke becomes black (or white, on something darker), however
 * light its ink is, so that it stays crisp; areas and photographs keep their
 * greys, which fax/bilevel.h then turns into dots. Each place is judged by its
 * own surroundings.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	/* Nearly white and nearly black paper shall not be speckled. */
	TONE_WHITE_FROM = 240,
	TONE_BLACK_UNTIL = 16,
	/* What is thinner is a stroke, wider an area. */
	TONE_STROKE_UM = 2500,
};

/* `grey`, rows of `width` from the top, 0 black to 255 white, is changed in
 * place. `across` and `down` are the points of TONE_STROKE_UM. ERR_MEMORY. */
MUST_CHECK enum err tone_separate(uint8_t *grey, uint32_t width,
				  uint32_t height, uint32_t across,
				  uint32_t down);
