/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

struct reader reader_over(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	/* Nothing may be NULL, to which C lets nobody add even 0. */
	return (struct reader){ .at = p,
				.end = len > 0 ? p + len : p,
				.ok = true };
}

size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

const uint8_t *read_bytes(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (!r->ok || reader_left(r) < n) {
		r->ok = false;
		return NULL;
	}
	r->at += n;
	return p;
}

uint8_t read_u8(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 1);

	return p ? p[0] : 0;
}

uint16_t read_u16(struct reader *r)
{
	const uint8_t *p = read_bytes(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

uint32_t read_u32(struct reader *r)
{
	uint32_t high = read_u16(r);

	return high << 16 | read_u16(r);
}

uint64_t read_u64(struct reader *r)
{
	uint64_t high = read_u32(r);

	return high << 32 | read_u32(r);
}
