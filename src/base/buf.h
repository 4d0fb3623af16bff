/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue of bytes with a hard cap: appended at the end, consumed at the
 * front. An empty buffer owns no memory, so an idle connection costs none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf {
	uint8_t *bytes; /* owned; NULL while nothing is held */
	size_t start;	/* first byte not yet consumed */
	size_t end;	/* one past the last byte */
	size_t size;	/* allocated */
	size_t cap;	/* never holds more than this */
};

void buf_init(struct buf *b, size_t cap);
void buf_fini(struct buf *b);

size_t buf_length(const struct buf *b);
/* How much may still be appended before the cap. */
size_t buf_room(const struct buf *b);
const uint8_t *buf_front(const struct buf *b);

/* ERR_LIMIT when it would pass the cap (then nothing is appended),
 * ERR_MEMORY. */
MUST_CHECK enum err buf_append(struct buf *b, const void *bytes, size_t n);

/* Makes room for `n` more bytes in one piece and returns where to write
 * them; NULL when that would pass the cap or memory is out. What was written
 * there counts after buf_commit(), which takes at most `n`; 0 gives the memory
 * of an empty buffer back. */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

/* Drops `n` bytes (at most buf_length) from the front. Consuming the last
 * byte gives the memory back. */
void buf_consume(struct buf *b, size_t n);
