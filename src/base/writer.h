/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's twin: a bounded cursor that writes. After the first write
 * that does not fit nothing more is written and `ok` is false.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
	uint8_t *start; /* borrowed from the caller */
	uint8_t *at;
	uint8_t *end;
	bool ok;
};

struct writer writer_over(void *bytes, size_t len);

/* Bytes written so far. */
size_t writer_used(const struct writer *w);

void write_bytes(struct writer *w, const void *bytes, size_t n);
void write_u8(struct writer *w, uint8_t v);
void write_u16(struct writer *w, uint16_t v);
void write_u32(struct writer *w, uint32_t v);
void write_u64(struct writer *w, uint64_t v);

/* Overwrites two bytes written earlier, `offset` from the start: lengths
 * that are known only afterwards. */
void write_u16_at(struct writer *w, size_t offset, uint16_t v);
