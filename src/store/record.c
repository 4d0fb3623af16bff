/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "store/atomic.h"

static bool set_number(void *at, size_t size, uint64_t value)
{
	uint64_t most = size == sizeof(uint64_t)
				? INT64_MAX
				: ((uint64_t)1 << 8 * size) - 1;
	uint32_t u32 = (uint32_t)value;
	uint16_t u16 = (uint16_t)value;

	if (value > most)
		return false;
	if (size == sizeof(uint64_t))
		memcpy(at, &value, size);
	else if (size == sizeof(uint32_t))
		memcpy(at, &u32, size);
	else
		memcpy(at, &u16, size);
	return true;
}

static uint64_t get_number(const void *at, size_t size)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	if (size == sizeof(uint64_t)) {
		memcpy(&u64, at, size);
		return u64;
	}
	if (size == sizeof(uint32_t)) {
		memcpy(&u32, at, size);
		return u32;
	}
	assert(size == sizeof(uint16_t));
	memcpy(&u16, at, size);
	return u16;
}

static bool decode_field(const struct record_field *f, const json_t *value,
			 void *at)
{
	if (!value && f->may_lack)
		return true;
	switch (f->kind) {
	case RECORD_TEXT:
		return json_is_string(value) &&
		       text_copy(at, f->size, json_string_value(value));
	case RECORD_HEX:
		return json_is_string(value) &&
		       text_from_hex(json_string_value(value), at, f->size);
	case RECORD_NUMBER:
		return json_is_integer(value) &&
		       json_integer_value(value) >= 0 &&
		       set_number(at, f->size,
				  (uint64_t)json_integer_value(value));
	case RECORD_FLAG:
		if (!json_is_boolean(value))
			return false;
		*(bool *)at = json_is_true(value);
		return true;
	}
	return false;
}

bool record_decode(const char *bytes, size_t len,
		   const struct record_field *table, void *out)
{
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	bool good = json_is_object(root);

	for (const struct record_field *f = table; good && f->key; f++)
		good = decode_field(f, json_object_get(root, f->key),
				    (char *)out + f->at);
	json_decref(root);
	return good;
}

enum err record_read(const char *path, const struct record_field *table,
		     void *out, struct why *why)
{
	char *bytes;
	size_t len;
	enum err e = atomic_read(path, RECORD_FILE_MAX, &bytes, &len, why);

	if (e != OK)
		return e;
	if (!record_decode(bytes, len, table, out)) {
		why_set(why, "%s is damaged: it is not a record of ours.",
			path);
		e = ERR_BAD;
	}
	free(bytes);
	return e;
}

static json_t *encode_field(const struct record_field *f, const void *at)
{
	char hex[2 * 64 + 1];

	switch (f->kind) {
	case RECORD_TEXT:
		return json_string(at);
	case RECORD_HEX:
		assert(f->size <= 64);
		text_to_hex(at, f->size, hex);
		return json_string(hex);
	case RECORD_NUMBER:
		return json_integer((json_int_t)get_number(at, f->size));
	case RECORD_FLAG:
		return json_boolean(*(const bool *)at);
	}
	return NULL;
}

/* NULL: out of memory. */
static char *text_of(const struct record_field *table, const void *from)
{
	json_t *root = json_object();
	bool good = root != NULL;
	char *text = NULL;

	for (const struct record_field *f = table; good && f->key; f++)
		good = json_object_set_new(root, f->key,
					   encode_field(f, (const char *)from +
								   f->at)) == 0;
	if (good)
		text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	return text;
}

enum err record_write(const char *path, const struct record_field *table,
		      const void *from, struct why *why)
{
	char *text = text_of(table, from);
	enum err e = ERR_MEMORY;

	if (text)
		e = atomic_write(path, text, strlen(text), 0600, why);
	free(text);
	return e;
}

enum err record_new_file(const char *path, const struct record_field *table,
			 const void *from, struct why *why)
{
	char *text = text_of(table, from);
	enum err e = ERR_MEMORY;

	if (text)
		e = atomic_new_file(path, text, strlen(text), 0600, why);
	free(text);
	return e;
}
