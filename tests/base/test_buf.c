/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void an_empty_buffer_owns_no_memory(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_null(b.bytes);
	assert_null(buf_front(&b));
	assert_int_equal(buf_length(&b), 0);
	assert_int_equal(buf_room(&b), 100);
	assert_int_equal(buf_append(&b, NULL, 0), OK);
	assert_null(b.bytes);
	assert_int_equal(buf_append(&b, "x", 1), OK);
	buf_consume(&b, 1);
	assert_null(b.bytes);
	assert_int_equal(buf_room(&b), 100);
	buf_fini(&b);
}

static void the_cap_is_exact(void **state)
{
	static const size_t caps[] = {
		0, 1, 255, 256, 511, 512, 513, 1023, 1024
	};
	static const uint8_t bytes[1025];

	(void)state;
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		struct buf b;

		buf_init(&b, caps[i]);
		assert_int_equal(buf_append(&b, bytes, caps[i] + 1), ERR_LIMIT);
		assert_int_equal(buf_length(&b), 0);
		assert_int_equal(buf_append(&b, bytes, caps[i]), OK);
		assert_int_equal(buf_room(&b), 0);
		assert_int_equal(buf_append(&b, bytes, 1), ERR_LIMIT);
		assert_null(buf_reserve(&b, 1));
		assert_int_equal(buf_length(&b), caps[i]);
		buf_fini(&b);
	}
}

static void an_absurd_length_passes_the_cap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_append(&b, "x", 1), OK);
	assert_int_equal(buf_append(&b, "x", SIZE_MAX), ERR_LIMIT);
	assert_null(buf_reserve(&b, SIZE_MAX));
	assert_int_equal(buf_length(&b), 1);
	buf_fini(&b);
}

static void memory_that_is_out_is_an_error(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(buf_append(&b, "x", 1), OK);
	assert_null(buf_reserve(&b, PTRDIFF_MAX / 2));
	assert_int_equal(buf_append(&b, "", PTRDIFF_MAX / 2), ERR_MEMORY);
	assert_int_equal(buf_length(&b), 1);
	assert_memory_equal(buf_front(&b), "x", 1);
	buf_fini(&b);
}

/* Appends `in` and consumes `out` bytes at a time; a counter says what must
 * come. */
static void pump(size_t in, size_t out)
{
	uint8_t next = 0;
	uint8_t expected = 0;
	struct buf b;

	buf_init(&b, 1500);
	for (int round = 0; round < 20; round++) {
		uint8_t piece[700];
		size_t n = buf_room(&b) < in ? 0 : in;

		for (size_t i = 0; i < n; i++)
			piece[i] = next++;
		assert_int_equal(buf_append(&b, piece, n), OK);
		n = buf_length(&b) < out ? 0 : out;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(buf_front(&b)[i], expected++);
		buf_consume(&b, n);
	}
	buf_fini(&b);
}

static void bytes_come_out_in_the_order_they_went_in(void **state)
{
	(void)state;
	for (size_t in = 1; in <= 700; in += 37)
		for (size_t out = 1; out <= 700; out += 41)
			pump(in, out);
}

static void what_is_reserved_counts_once_committed(void **state)
{
	struct buf b;
	uint8_t *at;

	(void)state;
	buf_init(&b, 600);
	at = buf_reserve(&b, 600);
	assert_non_null(at);
	assert_int_equal(buf_length(&b), 0);
	memset(at, 'x', 600);
	buf_commit(&b, 3);
	assert_int_equal(buf_length(&b), 3);
	assert_memory_equal(buf_front(&b), "xxx", 3);
	buf_commit(&b, 0);
	assert_int_equal(buf_room(&b), 597);
	buf_fini(&b);
}

static void a_reserve_moves_the_rest_to_the_front(void **state)
{
	uint8_t bytes[512];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	buf_init(&b, 512);
	assert_int_equal(buf_append(&b, bytes, 512), OK);
	buf_consume(&b, 400);
	assert_non_null(buf_reserve(&b, 400));
	assert_int_equal(b.size, 512);
	assert_int_equal(buf_length(&b), 112);
	assert_memory_equal(buf_front(&b), bytes + 400, 112);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_owns_no_memory),
		cmocka_unit_test(the_cap_is_exact),
		cmocka_unit_test(an_absurd_length_passes_the_cap),
		cmocka_unit_test(memory_that_is_out_is_an_error),
		cmocka_unit_test(bytes_come_out_in_the_order_they_went_in),
		cmocka_unit_test(what_is_reserved_counts_once_committed),
		cmocka_unit_test(a_reserve_moves_the_rest_to_the_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
