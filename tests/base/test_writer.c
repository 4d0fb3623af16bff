/* SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void write_all(struct writer *w)
{
	write_u8(w, 0x01);
	write_u16(w, 0x0203);
	write_u32(w, 0x04050607);
	write_u64(w, 0x08090a0b0c0d0e0f);
	write_bytes(w, "\x10\x11", 2);
}

enum { ALL = 17 };

static void numbers_are_big_endian(void **state)
{
	uint8_t out[ALL];
	struct writer w = writer_over(out, sizeof(out));

	(void)state;
	write_all(&w);
	assert_true(w.ok);
	assert_int_equal(writer_used(&w), ALL);
	for (uint8_t i = 0; i < ALL; i++)
		assert_int_equal(out[i], i + 1);
}

static void the_highest_numbers_keep_every_bit(void **state)
{
	uint8_t out[15] = { 0 };
	struct writer w = writer_over(out, sizeof(out));

	(void)state;
	write_u8(&w, UINT8_MAX);
	write_u16(&w, UINT16_MAX);
	write_u32(&w, UINT32_MAX);
	write_u64(&w, UINT64_MAX);
	assert_true(w.ok);
	for (size_t i = 0; i < sizeof(out); i++)
		assert_int_equal(out[i], 0xff);
}

static void no_room_is_ever_passed(void **state)
{
	uint8_t out[ALL + 1];

	(void)state;
	for (size_t room = 0; room < ALL; room++) {
		struct writer w = writer_over(out, room);

		memset(out, 0xaa, sizeof(out));
		write_all(&w);
		assert_false(w.ok);
		assert_true(writer_used(&w) <= room);
		for (size_t i = writer_used(&w); i < sizeof(out); i++)
			assert_int_equal(out[i], 0xaa);
	}
}

static void after_a_failure_nothing_more_is_written(void **state)
{
	uint8_t out[2] = { 0, 0 };
	struct writer w = writer_over(out, sizeof(out));

	(void)state;
	write_u32(&w, 1);
	write_u8(&w, 7);
	write_bytes(&w, "", 0);
	write_u16_at(&w, 0, 0x0707);
	assert_false(w.ok);
	assert_int_equal(writer_used(&w), 0);
	assert_int_equal(out[0], 0);
}

static void no_bytes_fit_into_no_room(void **state)
{
	struct writer w = writer_over(NULL, 0);

	(void)state;
	write_bytes(&w, NULL, 0);
	assert_true(w.ok);
	write_bytes(&w, "", 1);
	assert_false(w.ok);
}

static void a_length_is_filled_in_afterwards(void **state)
{
	uint8_t out[6];
	struct writer w = writer_over(out, sizeof(out));

	(void)state;
	write_u32(&w, 0);
	write_u16(&w, 0x0102);
	write_u16_at(&w, 2, 0xabcd);
	assert_memory_equal(out, "\x00\x00\xab\xcd\x01\x02", 6);
	write_u16_at(&w, 4, 0xffff);
	assert_memory_equal(out, "\x00\x00\xab\xcd\xff\xff", 6);
	assert_int_equal(writer_used(&w), 6);
	assert_true(w.ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(the_highest_numbers_keep_every_bit),
		cmocka_unit_test(no_room_is_ever_passed),
		cmocka_unit_test(after_a_failure_nothing_more_is_written),
		cmocka_unit_test(no_bytes_fit_into_no_room),
		cmocka_unit_test(a_length_is_filled_in_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
