/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a stream of bytes into frames, however it came in pieces. Holds the
 * start of one frame at most, and no memory between frames. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/frame.h"

struct deframe {
	struct buf partial; /* the start of a frame, the rest to come */
	size_t handed;	    /* octets of it that made up the last frame */
	const uint8_t *at;  /* borrowed: fed, not yet looked at */
	size_t left;
};

void deframe_init(struct deframe *d);
void deframe_fini(struct deframe *d);

/* Bytes that came; borrowed until deframe_next has said FRAME_MORE. */
void deframe_feed(struct deframe *d, const uint8_t *bytes, size_t len);

/* FRAME_DONE: the next frame, valid until the next call; its header lies
 * directly before its payload. FRAME_MORE: all that was fed is used up.
 * FRAME_BAD: this is no stream of frames (or memory is out): stop. */
enum frame_result deframe_next(struct deframe *d, struct frame *f);
