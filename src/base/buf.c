/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST_SIZE = 512 };

void buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){ .cap = cap };
}

void buf_fini(struct buf *b)
{
	free(b->bytes);
	buf_init(b, b->cap);
}

size_t buf_length(const struct buf *b)
{
	return b->end - b->start;
}

size_t buf_room(const struct buf *b)
{
	return b->cap - buf_length(b);
}

const uint8_t *buf_front(const struct buf *b)
{
	return b->bytes ? b->bytes + b->start : NULL;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
	size_t length = buf_length(b);
	size_t size = b->size ? b->size : BUF_FIRST_SIZE;
	uint8_t *bytes;

	if (n > buf_room(b))
		return NULL;
	if (b->bytes && b->size - b->end >= n)
		return b->bytes + b->end;
	while (size < length + n)
		size = size > SIZE_MAX / 2 ? SIZE_MAX : size * 2;
	if (b->bytes && size == b->size && b->start >= length) {
		/* Enough in all, and the move costs less than a copy. */
		memcpy(b->bytes, b->bytes + b->start, length);
	} else {
		bytes = malloc(size);
		if (!bytes)
			return NULL;
		if (b->bytes)
			memcpy(bytes, b->bytes + b->start, length);
		free(b->bytes);
		b->bytes = bytes;
		b->size = size;
	}
	b->start = 0;
	b->end = length;
	return b->bytes + b->end;
}

void buf_commit(struct buf *b, size_t n)
{
	assert(n <= b->size - b->end);
	b->end += n;
	if (b->start == b->end)
		buf_fini(b);
}

enum err buf_append(struct buf *b, const void *bytes, size_t n)
{
	uint8_t *at;

	if (n > buf_room(b))
		return ERR_LIMIT;
	if (n == 0)
		return OK;
	at = buf_reserve(b, n);
	if (!at)
		return ERR_MEMORY;
	memcpy(at, bytes, n);
	b->end += n;
	return OK;
}

void buf_consume(struct buf *b, size_t n)
{
	assert(n <= buf_length(b));
	b->start += n;
	if (b->start == b->end)
		buf_fini(b);
}
