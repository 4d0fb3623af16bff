/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded cursor over bytes from outside. After the first short read all
 * reads give 0 or NULL and `ok` is false, so that a decoder asks once, at
 * its end. Numbers are big-endian (network order).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *at; /* borrowed from the caller */
	const uint8_t *end;
	bool ok;
};

struct reader reader_over(const void *bytes, size_t len);
size_t reader_left(const struct reader *r);

/* Returns `n` bytes, borrowed from the input, or NULL when fewer are left. */
const uint8_t *read_bytes(struct reader *r, size_t n);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
