/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a camera was held: what a JPEG file says of its orientation (Exif 2.32,
 * 4.5.4 and 4.6.4). It looks for that one number and believes no other.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* From 1, as it should be seen, to 8 (4.6.4, Orientation); 1 when the file
 * does not say, or is none. `len` bytes from the beginning. */
unsigned exif_orientation(const uint8_t *jpeg, size_t len);
