/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sweep.h"

struct thing {
	uint8_t small;
	uint16_t middle;
	uint32_t large;
	uint64_t huge;
	struct span id;
	struct span text;
	struct span bytes;
};

#define AT(member) offsetof(struct thing, member)

/* clang-format off */
static const struct field table[] = {
	{ "small", 1, FIELD_U8, true, .at = AT(small) },
	{ "middle", 2, FIELD_U16, .at = AT(middle) },
	{ "large", 3, FIELD_U32, .at = AT(large) },
	{ "huge", 4, FIELD_U64, .at = AT(huge) },
	{ "id", 5, FIELD_ID, .at = AT(id) },
	{ "text", 6, FIELD_TEXT, .max = FIELD_TEXT_MAX, .at = AT(text) },
	{ "bytes", 255, FIELD_BYTES, false, 2, 300, AT(bytes) },
	{ 0 }
};
/* clang-format on */

static bool decodes(const char *hex, struct thing *t)
{
	struct sweep_bytes b = sweep_hex(hex);
	struct reader r = reader_over(b.at, b.len);

	memset(t, 0, sizeof(*t));
	return fields_decode(table, &r, t);
}

static void every_kind_comes_out_as_the_specification_says(void **state)
{
	static const uint8_t image[] = {
		1,   0, 1, 0xfe,				 /* small */
		2,   0, 2, 0x12, 0x34,				 /* middle */
		3,   0, 4, 0x12, 0x34, 0x56, 0x78,		 /* large */
		4,   0, 8, 1,	 2,    3,    4,	   5,	6, 7, 8, /* huge */
		5,   0, 3, 'a',	 'n',  'a',			 /* id */
		6,   0, 5, 'o',	 'n',  'e',  ' ',  '"',		 /* text */
		255, 0, 2, 0x00, 0xff,				 /* bytes */
	};
	struct reader r = reader_over(image, sizeof(image));
	struct thing t = { 0 };
	uint8_t again[sizeof(image)];
	struct writer w = writer_over(again, sizeof(again));
	char line[200];

	(void)state;
	assert_true(fields_decode(table, &r, &t));
	assert_int_equal(t.small, 0xfe);
	assert_int_equal(t.middle, 0x1234);
	assert_int_equal(t.large, 0x12345678);
	assert_true(t.huge == 0x0102030405060708);
	assert_true(span_equal(t.id, span_of("ana")));
	assert_true(span_equal(t.text, span_of("one \"")));
	assert_ptr_equal(t.bytes.at, image + sizeof(image) - 2);
	assert_int_equal(t.bytes.len, 2);
	assert_true(fields_encode(table, &t, &w));
	assert_int_equal(writer_used(&w), sizeof(image));
	assert_memory_equal(again, image, sizeof(image));
	fields_print(table, &t, line, sizeof(line));
	assert_string_equal(line, "small=254 middle=4660 large=305419896 "
				  "huge=72623859790382856 id=ana "
				  "text=\"one \\\"\" bytes=[2]");
}

static void the_order_of_fields_does_not_matter(void **state)
{
	struct thing t;

	(void)state;
	assert_true(decodes("02 0002 0007  01 0001 09", &t));
	assert_int_equal(t.small, 9);
	assert_int_equal(t.middle, 7);
}

static void an_unknown_field_is_skipped(void **state)
{
	struct thing t;

	(void)state;
	assert_true(decodes("07 0003 ffffff  01 0001 09  08 0000", &t));
	assert_int_equal(t.small, 9);
}

static void a_doubled_field_is_refused_known_or_not(void **state)
{
	struct thing t;

	(void)state;
	assert_false(decodes("01 0001 09  01 0001 09", &t));
	assert_false(decodes("01 0001 09  07 0000  07 0000", &t));
}

static void a_missing_required_field_is_refused(void **state)
{
	struct thing t;

	(void)state;
	assert_false(decodes("", &t));
	assert_false(decodes("02 0002 0007", &t));
}

static void a_field_cut_short_is_refused(void **state)
{
	struct thing t;

	(void)state;
	assert_false(decodes("01 0001 09  02", &t));
	assert_false(decodes("01 0001 09  02 00", &t));
	assert_false(decodes("01 0001 09  02 0002", &t));
	assert_false(decodes("01 0001 09  02 0002 00", &t));
	assert_false(decodes("01 0001 09  07 ffff 00", &t));
}

static void a_number_of_another_size_is_refused(void **state)
{
	struct thing t;

	(void)state;
	assert_false(decodes("01 0000", &t));
	assert_false(decodes("01 0002 0009", &t));
	assert_false(decodes("01 0001 09  02 0001 07", &t));
	assert_false(decodes("01 0001 09  02 0003 000007", &t));
	assert_false(decodes("01 0001 09  03 0003 000007", &t));
	assert_false(decodes("01 0001 09  03 0008 0000000000000007", &t));
	assert_false(decodes("01 0001 09  04 0004 00000007", &t));
}

/* A thing with a field of `len` octets of `fill` and the wire's word on it:
 * whether it decodes. The encoder must be of the same mind. */
static bool takes(uint8_t tag, size_t len, uint8_t fill)
{
	struct sweep_bytes b = sweep_hex("01 0001 09");
	struct thing t = { 0 };
	struct thing same = { .small = 9 };
	struct reader r;
	struct writer w;
	uint8_t out[400];
	struct span value;
	bool taken;

	b.at[b.len++] = tag;
	b.at[b.len++] = (uint8_t)(len >> 8);
	b.at[b.len++] = (uint8_t)len;
	value = (struct span){ b.at + b.len, len };
	memset(b.at + b.len, fill, len);
	b.len += len;
	r = reader_over(b.at, b.len);
	taken = fields_decode(table, &r, &t);
	*(tag == 5 ? &same.id : tag == 6 ? &same.text : &same.bytes) = value;
	w = writer_over(out, sizeof(out));
	if (len > 0) /* an empty one is left out */
		assert_int_equal(fields_encode(table, &same, &w), taken);
	return taken;
}

static void spans_keep_to_their_lengths_both_ways(void **state)
{
	(void)state;
	assert_false(takes(5, 0, 'a'));
	assert_true(takes(5, 1, 'a'));
	assert_true(takes(5, 32, 'a'));
	assert_false(takes(5, 33, 'a'));
	assert_true(takes(6, 0, 'a'));
	assert_true(takes(6, 255, 'a'));
	assert_false(takes(6, 256, 'a'));
	assert_false(takes(255, 0, 'a'));
	assert_false(takes(255, 1, 'a'));
	assert_true(takes(255, 2, 'a'));
	assert_true(takes(255, 300, 'a'));
	assert_false(takes(255, 301, 'a'));
}

static void ids_and_texts_keep_to_their_characters_both_ways(void **state)
{
	(void)state;
	for (unsigned c = 0; c <= UINT8_MAX; c++) {
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		assert_int_equal(takes(5, 3, (uint8_t)c), word);
		assert_int_equal(takes(6, 3, (uint8_t)c), c >= ' ' && c < 0x7f);
		assert_true(takes(255, 3, (uint8_t)c));
	}
}

static void a_text_is_sound_utf8_without_controls(void **state)
{
	struct thing t;

	(void)state;
	assert_true(decodes("01 0001 09  06 0006 c3a4e282ac3f", &t));
	assert_false(decodes("01 0001 09  06 0001 c3", &t));
	assert_false(decodes("01 0001 09  06 0003 eda080", &t));
	assert_false(decodes("01 0001 09  06 0003 e280ae", &t));
	assert_false(decodes("01 0001 09  06 0003 410a42", &t));
	assert_false(decodes("01 0001 09  06 0003 410042", &t));
}

static void what_is_zero_or_empty_and_not_required_is_not_written(void **state)
{
	struct thing t = { 0 };
	uint8_t out[20];
	struct writer w = writer_over(out, sizeof(out));
	char line[40];

	(void)state;
	assert_true(fields_encode(table, &t, &w));
	assert_int_equal(writer_used(&w), 4);
	assert_memory_equal(out, "\1\0\1\0", 4);
	assert_int_equal(fields_print(table, &t, line, sizeof(line)), 7);
	assert_string_equal(line, "small=0");
}

static void encoding_fails_wherever_the_room_ends(void **state)
{
	struct thing t = { .small = 1, .huge = 2, .text = span_of("three") };
	uint8_t out[23];

	(void)state;
	for (size_t room = 0; room <= sizeof(out); room++) {
		struct writer w = writer_over(out, room);

		assert_int_equal(fields_encode(table, &t, &w),
				 room == sizeof(out));
	}
}

static void a_line_is_cut_at_a_characters_border(void **state)
{
	struct thing t = { .small = 1, .text = span_of("\xe2\x82\xac") };
	char line[32];
	char whole[32];
	size_t len = fields_print(table, &t, whole, sizeof(whole));

	(void)state;
	assert_string_equal(whole, "small=1 text=\"\xe2\x82\xac\"");
	for (size_t size = 1; size <= len; size++) {
		size_t got = fields_print(table, &t, line, size);

		assert_int_equal(got, strlen(line));
		assert_true(got < size);
		assert_memory_equal(line, whole, got);
		/* Up to 3 bytes of the character fall off with a cut. */
		assert_true(got + 3 >= size);
	}
}

static void a_span_is_copied_whole_or_not_at_all(void **state)
{
	char out[4] = "xyz";

	(void)state;
	assert_true(span_copy(span_of("ana"), out, sizeof(out)));
	assert_string_equal(out, "ana");
	assert_false(span_copy(span_of("anna"), out, sizeof(out)));
	assert_string_equal(out, "");
	assert_true(span_copy((struct span){ NULL, 0 }, out, sizeof(out)));
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_kind_comes_out_as_the_specification_says),
		cmocka_unit_test(the_order_of_fields_does_not_matter),
		cmocka_unit_test(an_unknown_field_is_skipped),
		cmocka_unit_test(a_doubled_field_is_refused_known_or_not),
		cmocka_unit_test(a_missing_required_field_is_refused),
		cmocka_unit_test(a_field_cut_short_is_refused),
		cmocka_unit_test(a_number_of_another_size_is_refused),
		cmocka_unit_test(spans_keep_to_their_lengths_both_ways),
		cmocka_unit_test(
			ids_and_texts_keep_to_their_characters_both_ways),
		cmocka_unit_test(a_text_is_sound_utf8_without_controls),
		cmocka_unit_test(
			what_is_zero_or_empty_and_not_required_is_not_written),
		cmocka_unit_test(encoding_fails_wherever_the_room_ends),
		cmocka_unit_test(a_line_is_cut_at_a_characters_border),
		cmocka_unit_test(a_span_is_copied_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
