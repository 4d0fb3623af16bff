/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: structs of text and numbers, kept as JSON objects in files. One
 * table a struct says how, as wire/field.h does for messages. Unknown keys
 * are skipped, so that an older program can read a newer one's files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum record_kind {
	RECORD_TEXT,   /* char[size] */
	RECORD_HEX,    /* uint8_t[size] */
	RECORD_NUMBER, /* uint64_t, uint32_t or uint16_t, by size: >= 0 */
	RECORD_FLAG,   /* bool */
};

struct record_field {
	const char *key; /* NULL ends a table */
	enum record_kind kind;
	size_t at;
	size_t size;
	bool may_lack; /* records of earlier versions do not have it */
};

/* clang-format off */
#define RECORD(type, field, kind) \
	{ #field, kind, offsetof(type, field), sizeof(((type *)0)->field), \
	  false }
/* A field that came later: what it lacks stays as it is. */
#define RECORD_LATER(type, field, kind) \
	{ #field, kind, offsetof(type, field), sizeof(((type *)0)->field), \
	  true }
/* clang-format on */

enum { RECORD_FILE_MAX = 64 * 1024 };

/* Every key of the table must be there, or may lack, and fit. */
MUST_CHECK enum err record_read(const char *path,
				const struct record_field *table, void *out,
				struct why *why);
MUST_CHECK enum err record_write(const char *path,
				 const struct record_field *table,
				 const void *from, struct why *why);

/* A new file, which is not safe before it is synced. */
MUST_CHECK enum err record_new_file(const char *path,
				    const struct record_field *table,
				    const void *from, struct why *why);

/* From memory: what record_read does with a file's bytes. */
bool record_decode(const char *bytes, size_t len,
		   const struct record_field *table, void *out);
