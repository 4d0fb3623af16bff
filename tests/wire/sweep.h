/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every message must stand, whatever its family (wire/form.h): cut
 * anywhere, changed anywhere. And the words in which tests write bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/form.h"
#include "wire/frame.h"

/* One family's functions, on its own struct behind void pointers. */
struct sweep {
	size_t size; /* of the struct */
	enum form_result (*decode)(void *m, const struct frame *f);
	size_t (*encode)(const void *m, uint8_t *out, size_t out_size);
	size_t (*print)(const void *m, char *out, size_t out_size);
};

struct sweep_bytes {
	uint8_t at[FRAME_MAX];
	size_t len;
};

/* Hexadecimal digits; blanks between them do not count. */
struct sweep_bytes sweep_hex(const char *hex);

/* Decodes one frame that must fill `b`, from memory of just its size. When
 * it is sound its encoding must decode to what prints and encodes the same.
 * Returns what the decoder said. */
enum form_result sweep_decode(const struct sweep *s,
			      const struct sweep_bytes *b);

/* `hex` must decode, print as `text` and encode to the same bytes again. */
void sweep_example(const struct sweep *s, const char *hex, const char *text);

/* Every prefix of the payload, under a length that says so. */
void sweep_prefixes(const struct sweep *s, const struct sweep_bytes *b);

/* Every octet replaced by each of the 255 others. */
void sweep_changes(const struct sweep *s, const struct sweep_bytes *b);

/* Every example in docs/protocol.md that stands in a block of this kind
 * (```message or ```pipe): a line, then its bytes, then an empty line or
 * the block's end. Each must be a sweep_example(). Counts the examples of
 * each type. */
void sweep_document(const struct sweep *s, const char *kind,
		    unsigned count[UINT8_MAX + 1]);

/* The document's table of this kind: the lines after `<!-- kind -->` and
 * before the next empty one. `check` says whether a line is a row of the
 * table (its head is none). Returns how many were. */
unsigned sweep_table(const char *kind, bool (*check)(const char *line));
