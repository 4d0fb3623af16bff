/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One grey picture in memory, read from a page of a TIFF file (by libtiff) or
 * from the portable bitmap, greymap or pixmap that a decoder of PNG or JPEG
 * has written. Every number in the file is held against a limit before it is
 * believed. It never writes a file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct tiff; /* libtiff's TIFF */

enum {
	PICTURE_SIDE_MAX = 65535,     /* points */
	PICTURE_AREA_MAX = 100000000, /* points */
};

struct picture {
	uint8_t *grey; /* owned; rows from the top, 0 black to 255 white */
	uint32_t width;
	uint32_t height;
	uint32_t width_um; /* its size on paper */
	uint32_t height_um;
	bool plain; /* ink and paper alone: nothing is grey */
};

void picture_fini(struct picture *p);

/* Turns it as Exif's orientation says (fax/exif.h), 1 to 8, so that it is seen
 * as it should be. ERR_MEMORY. */
MUST_CHECK enum err picture_turn(struct picture *p, unsigned orientation);

/* Sentences in `why` go on from the name of a file: "is damaged: ...".
 * ERR_BAD, ERR_LIMIT (too large), ERR_UNSUPPORTED, ERR_MEMORY, ERR_IO. On
 * failure there is nothing to free. */

/* The size of the open directory of `tiff`, in points and on paper, without
 * decoding; sets all of `p` but the points. */
MUST_CHECK enum err picture_measure_tiff(struct tiff *tiff, struct picture *p,
					 struct why *why);
/* Decodes the open directory of `tiff`. */
MUST_CHECK enum err picture_read_tiff(struct tiff *tiff, struct picture *p,
				      struct why *why);

/* Reads the next P4, P5 or P6 picture of a stream of them, which need not be a
 * file that can be gone back in. Its size on paper is not known: 0. At the end
 * of the stream OK without points. */
MUST_CHECK enum err picture_next_pnm(FILE *stream, struct picture *p,
				     struct why *why);
/* Reads a whole P4, P5 or P6 file from `fd`, borrowed, from its start. */
MUST_CHECK enum err picture_read_pnm(int fd, struct picture *p,
				     struct why *why);
