/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/field.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/address.h"

struct span span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool span_copy(struct span s, char *out, size_t out_size)
{
	assert(out_size > 0);
	out[0] = '\0';
	if (s.len >= out_size)
		return false;
	if (s.len > 0)
		memcpy(out, s.at, s.len);
	out[s.len] = '\0';
	return true;
}

/* A field's value, whatever its kind: number kinds use `number`. */
struct value {
	uint64_t number;
	struct span span;
};

/* Octets of a number on the wire; 0 for the kinds that are spans. */
static size_t number_size(enum field_kind kind)
{
	static const uint8_t sizes[] = {
		[FIELD_U8] = 1,	 [FIELD_U16] = 2,   [FIELD_U32] = 4,
		[FIELD_U64] = 8, [FIELD_BYTES] = 0,
	};

	return sizes[kind];
}

static struct value load(const struct field *f, const void *from)
{
	const void *at = (const char *)from + f->at;
	struct value v = { 0 };

	switch (f->kind) {
	case FIELD_U8:
		v.number = *(const uint8_t *)at;
		break;
	case FIELD_U16:
		v.number = *(const uint16_t *)at;
		break;
	case FIELD_U32:
		v.number = *(const uint32_t *)at;
		break;
	case FIELD_U64:
		v.number = *(const uint64_t *)at;
		break;
	case FIELD_ID:
	case FIELD_TEXT:
	case FIELD_BYTES:
		v.span = *(const struct span *)at;
		break;
	}
	return v;
}

static void store(const struct field *f, void *out, struct value v)
{
	void *at = (char *)out + f->at;

	switch (f->kind) {
	case FIELD_U8:
		*(uint8_t *)at = (uint8_t)v.number;
		break;
	case FIELD_U16:
		*(uint16_t *)at = (uint16_t)v.number;
		break;
	case FIELD_U32:
		*(uint32_t *)at = (uint32_t)v.number;
		break;
	case FIELD_U64:
		*(uint64_t *)at = v.number;
		break;
	case FIELD_ID:
	case FIELD_TEXT:
	case FIELD_BYTES:
		*(struct span *)at = v.span;
		break;
	}
}

static bool is_printable(struct span s)
{
	char same[FIELD_TEXT_MAX + 1];

	if (s.len > FIELD_TEXT_MAX)
		return false;
	text_printable(s.at, s.len, same, sizeof(same));
	return span_equal(s, span_of(same));
}

/* Whether `s` may stand as the value of `f` on the wire. */
static bool span_allowed(const struct field *f, struct span s)
{
	if (f->kind == FIELD_ID)
		return address_id_valid((const char *)s.at, s.len);
	if (s.len < f->min || s.len > f->max)
		return false;
	return f->kind == FIELD_BYTES || is_printable(s);
}

static const struct field *field_with_tag(const struct field *table,
					  uint8_t tag)
{
	for (; table->name; table++)
		if (table->tag == tag)
			return table;
	return NULL;
}

static bool decode_value(const struct field *f, struct span wire, void *out)
{
	size_t size = number_size(f->kind);
	struct value v = { .span = wire };

	if (size == 0 ? !span_allowed(f, wire) : wire.len != size)
		return false;
	for (size_t i = 0; i < size; i++)
		v.number = v.number << 8 | wire.at[i];
	store(f, out, v);
	return true;
}

bool fields_decode(const struct field *table, struct reader *r, void *out)
{
	bool seen[UINT8_MAX + 1] = { false };

	while (r->ok && reader_left(r) > 0) {
		uint8_t tag = read_u8(r);
		size_t len = read_u16(r);
		struct span wire = { read_bytes(r, len), len };
		const struct field *f = field_with_tag(table, tag);

		if (!r->ok || seen[tag])
			return false;
		seen[tag] = true;
		if (f && !decode_value(f, wire, out))
			return false;
	}
	for (; table->name; table++)
		if (table->required && !seen[table->tag])
			return false;
	return r->ok;
}

static bool is_written(const struct field *f, struct value v)
{
	return f->required || v.number != 0 || v.span.len > 0;
}

static bool encode_value(const struct field *f, struct value v,
			 struct writer *w)
{
	size_t size = number_size(f->kind);

	write_u8(w, f->tag);
	if (size == 0) {
		write_u16(w, (uint16_t)v.span.len);
		write_bytes(w, v.span.at, v.span.len);
		return span_allowed(f, v.span);
	}
	write_u16(w, (uint16_t)size);
	while (size-- > 0)
		write_u8(w, (uint8_t)(v.number >> (8 * size)));
	return true;
}

bool fields_encode(const struct field *table, const void *from,
		   struct writer *w)
{
	for (; table->name; table++) {
		struct value v = load(table, from);

		if (is_written(table, v) && !encode_value(table, v, w))
			return false;
	}
	return w->ok;
}

/* Quoted as logfmt wants it; `out` holds twice the longest text and 3. */
static void print_text(struct span s, char *out)
{
	char text[FIELD_TEXT_MAX + 1];

	text_printable(s.at, s.len, text, sizeof(text));
	*out++ = '"';
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			*out++ = '\\';
		*out++ = *p;
	}
	*out++ = '"';
	*out = '\0';
}

static void print_value(const struct field *f, struct value v, char *out,
			size_t out_size)
{
	if (number_size(f->kind) > 0)
		snprintf(out, out_size, "%" PRIu64, v.number);
	else if (f->kind == FIELD_BYTES)
		snprintf(out, out_size, "[%zu]", v.span.len);
	else if (f->kind == FIELD_ID)
		text_printable(v.span.at, v.span.len, out, out_size);
	else
		print_text(v.span, out);
}

size_t fields_print(const struct field *table, const void *from, char *out,
		    size_t out_size)
{
	char value[2 * FIELD_TEXT_MAX + 3]; /* every character escaped */
	size_t used = 0;

	assert(out_size > 0);
	out[0] = '\0';
	for (; table->name; table++) {
		struct value v = load(table, from);

		if (!is_written(table, v))
			continue;
		print_value(table, v, value, sizeof(value));
		snprintf(out + used, out_size - used, "%s%s=%s",
			 used > 0 ? " " : "", table->name, value);
		used = strlen(out);
	}
	text_mend_cut(out);
	return strlen(out);
}
