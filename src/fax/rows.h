/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps spandsp 0.0.6's decoder of image rows inside its memory. It stores a
 * run of pixels for each code of a row and counts on the row to end; but codes
 * for runs of length 0 (ITU-T T.4 Table 2) never end one, and no check of
 * packets can see them. So its two row buffers are made large enough for
 * all that one packet can bring, and a row that grew beyond any real row ends
 * the call before the next packet. Nor does it let the decoder remove the
 * file that it was given.
 *
 * It knows the decoder's inside and nothing else.
 */
#pragma once

#include <stdbool.h>

#include <spandsp.h>
#include <spandsp/expose.h>

enum {
	/* A packet makes the decoder take at most one block of T.4 Annex A,
	 * 256 frames of 256 octets, and a code is no shorter than a bit; but
	 * one code may step over two runs. */
	ROWS_BUFFER_RUNS = 2 * 256 * 256 * 8,
	/* More than the widest row (4,864 points) has. */
	ROWS_RUNS_MAX = 16384,
	/* More rows than any page has: 2 metres at the finest resolution. */
	ROWS_PAGE_MAX = 30000,
};

struct rows {
	int bytes_per_row; /* for which the buffers were made large */
};

enum rows_verdict {
	ROWS_FINE,
	ROWS_RUN_AWAY, /* a row without end */
	ROWS_TOO_LONG, /* a page without end */
	ROWS_NO_MEMORY,
};

/* To be called after each packet that the engine was given, and each step in
 * time: then the decoder is safe until the next. `rows` begins as zeros. */
enum rows_verdict rows_guard(struct rows *rows, t30_state_t *t30);
