/* SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include <assert.h>
#include <string.h>

struct writer writer_over(void *bytes, size_t len)
{
	uint8_t *p = bytes;

	return (struct writer){
		.start = p, .at = p, .end = p + len, .ok = true
	};
}

size_t writer_used(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

void write_bytes(struct writer *w, const void *bytes, size_t n)
{
	if (!w->ok || (size_t)(w->end - w->at) < n) {
		w->ok = false;
		return;
	}
	if (n > 0)
		memcpy(w->at, bytes, n);
	w->at += n;
}

void write_u8(struct writer *w, uint8_t v)
{
	write_bytes(w, &v, 1);
}

void write_u16(struct writer *w, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	write_bytes(w, b, sizeof(b));
}

void write_u32(struct writer *w, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
			 (uint8_t)(v >> 8), (uint8_t)v };

	write_bytes(w, b, sizeof(b));
}

void write_u64(struct writer *w, uint64_t v)
{
	uint8_t b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(v >> (56 - 8 * i));
	write_bytes(w, b, sizeof(b));
}

void write_u16_at(struct writer *w, size_t offset, uint16_t v)
{
	if (!w->ok)
		return;
	assert(offset + 2 <= writer_used(w));
	w->start[offset] = (uint8_t)(v >> 8);
	w->start[offset + 1] = (uint8_t)v;
}
