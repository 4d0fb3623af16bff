/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame: what every byte on a connection, and every byte of the pipe
 * inside a call, is wrapped in.
 *
 *   octet 0     type; bit 7 set: whoever does not know it skips it
 *   octet 1     reserved: sent as 0, ignored
 *   octets 2-3  length of what follows, big-endian, at most FRAME_PAYLOAD_MAX
 *
 * A frame fits one TLS record.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_HEADER = 4,
	FRAME_PAYLOAD_MAX = 16380,
	FRAME_MAX = FRAME_HEADER + FRAME_PAYLOAD_MAX,
	FRAME_OPTIONAL = 0x80,
};

enum frame_result { FRAME_DONE, FRAME_MORE, FRAME_BAD };

struct frame {
	uint8_t type;
	uint16_t length;
	const uint8_t *payload; /* borrowed from the input */
};

/* FRAME_DONE: *used octets made up the frame. FRAME_BAD: the length is over
 * the maximum, found out before anything is buffered for it. */
enum frame_result frame_decode(struct frame *f, const uint8_t *bytes,
			       size_t len, size_t *used);

/* Writes a header; `length` is at most FRAME_PAYLOAD_MAX. */
void frame_header(uint8_t out[FRAME_HEADER], uint8_t type, size_t length);
