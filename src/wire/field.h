/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What most payloads are made of: fields of tag (1 octet), length (2, big-
 * endian) and value, in any order, each at most once. Fields with unknown
 * tags are skipped, so that later versions may add some. One table a message
 * serves decoding, encoding and printing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/writer.h"

/* Bytes that lie elsewhere. */
struct span {
	const uint8_t *at; /* borrowed */
	size_t len;
};

struct span span_of(const char *text);
bool span_equal(struct span a, struct span b);
/* Copies a span that holds text, with a final NUL; false, and an empty
 * `out`, when it does not fit. */
bool span_copy(struct span s, char *out, size_t out_size);

enum { FIELD_HEADER = 3, FIELD_TEXT_MAX = 255 };

enum field_kind {
	FIELD_U8, /* the number kinds: uintN_t, value of exactly that size */
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_ID,    /* struct span: a user ID (address_id_valid) */
	FIELD_TEXT,  /* struct span: what text_printable() leaves as it is */
	FIELD_BYTES, /* struct span */
};

struct field {
	const char *name; /* NULL ends a table */
	uint8_t tag;
	enum field_kind kind;
	bool required;
	uint16_t min; /* octets, for FIELD_TEXT and FIELD_BYTES */
	uint16_t max; /* FIELD_TEXT: at most FIELD_TEXT_MAX */
	size_t at;    /* offset in the struct that the table describes */
};

/* Fills `out` (zeroed by the caller) from `r`, to its end; false when a
 * field is malformed, doubled, or a required one is missing. What was filled
 * in until then stays. */
bool fields_decode(const struct field *table, struct reader *r, void *out);

/* Required fields are always written; others when they are not zero or
 * empty. False when a value breaks its own rule or `w` is full. */
bool fields_encode(const struct field *table, const void *from,
		   struct writer *w);

/* "name=value name=value", the fields that fields_encode() would write:
 * bytes as their length in [], text in double quotes with `"` and `\` escaped.
 * Returns the length without the NUL; cut when too long (out_size >= 1). */
size_t fields_print(const struct field *table, const void *from, char *out,
		    size_t out_size);
