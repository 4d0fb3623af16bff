/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
				 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9 };

static void numbers_are_big_endian(void **state)
{
	struct reader r = reader_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(read_u64(&r), 0x0102030405060708);
	assert_int_equal(read_u8(&r), 0xff);
	assert_int_equal(read_u16(&r), 0xfefd);
	assert_int_equal(read_u32(&r), 0xfcfbfaf9);
	assert_int_equal(reader_left(&r), 0);
	assert_true(r.ok);
}

static void the_highest_numbers_keep_every_bit(void **state)
{
	uint8_t ones[15] = { 0 };
	struct reader r = reader_over(ones, sizeof(ones));

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_true(read_u64(&r) == UINT64_MAX);
	assert_true(read_u32(&r) == UINT32_MAX);
	assert_int_equal(read_u16(&r), UINT16_MAX);
	assert_int_equal(read_u8(&r), UINT8_MAX);
	assert_true(r.ok);
}

static void bytes_are_borrowed_from_the_input(void **state)
{
	struct reader r = reader_over(bytes, sizeof(bytes));

	(void)state;
	assert_ptr_equal(read_bytes(&r, 3), bytes);
	assert_ptr_equal(read_bytes(&r, 0), bytes + 3);
	assert_ptr_equal(read_bytes(&r, 12), bytes + 3);
	assert_true(r.ok);
	assert_non_null(read_bytes(&r, 0));
	assert_true(r.ok);
}

static uint64_t read_width(struct reader *r, size_t width)
{
	switch (width) {
	case 1:
		return read_u8(r);
	case 2:
		return read_u16(r);
	case 4:
		return read_u32(r);
	default:
		return read_u64(r);
	}
}

static void every_number_cut_short_reads_as_zero(void **state)
{
	(void)state;
	for (size_t width = 1; width <= 8; width *= 2)
		for (size_t len = 0; len < width; len++) {
			struct reader r = reader_over(bytes, len);

			read_width(&r, width);
			assert_false(r.ok);
			assert_int_equal(read_width(&r, width), 0);
		}
}

static void a_short_read_spoils_all_that_follow(void **state)
{
	struct reader r = reader_over(bytes, 4);

	(void)state;
	assert_null(read_bytes(&r, 5));
	assert_false(r.ok);
	assert_null(read_bytes(&r, 1));
	assert_null(read_bytes(&r, 0));
	assert_int_equal(read_u8(&r), 0);
	assert_int_equal(reader_left(&r), 4);
}

static void an_absurd_length_is_only_too_long(void **state)
{
	struct reader r = reader_over(bytes, 4);

	(void)state;
	assert_null(read_bytes(&r, SIZE_MAX));
	assert_false(r.ok);
}

static void nothing_at_all_can_be_read(void **state)
{
	struct reader r = reader_over(NULL, 0);

	(void)state;
	assert_int_equal(reader_left(&r), 0);
	assert_true(r.ok);
	assert_int_equal(read_u8(&r), 0);
	assert_false(r.ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(the_highest_numbers_keep_every_bit),
		cmocka_unit_test(bytes_are_borrowed_from_the_input),
		cmocka_unit_test(every_number_cut_short_reads_as_zero),
		cmocka_unit_test(a_short_read_spoils_all_that_follow),
		cmocka_unit_test(an_absurd_length_is_only_too_long),
		cmocka_unit_test(nothing_at_all_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
