/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_frame_is_read_as_the_specification_draws_it(void **state)
{
	static const uint8_t bytes[] = {
		0x19, 0x00, 0x00, 0x02, 'h', 'i', 0xff
	};
	struct frame f;
	size_t used;

	(void)state;
	assert_int_equal(frame_decode(&f, bytes, sizeof(bytes), &used),
			 FRAME_DONE);
	assert_int_equal(used, 6);
	assert_int_equal(f.type, 0x19);
	assert_int_equal(f.length, 2);
	assert_ptr_equal(f.payload, bytes + 4);
}

static void
the_reserved_octet_is_written_as_0_and_read_as_anything(void **state)
{
	struct frame f;
	size_t used;

	(void)state;
	for (unsigned v = 0; v <= UINT8_MAX; v++) {
		uint8_t bytes[] = { 0x05, (uint8_t)v, 0x00, 0x00 };

		assert_int_equal(frame_decode(&f, bytes, 4, &used), FRAME_DONE);
		assert_int_equal(f.type, 5);
		frame_header(bytes, 5, 0);
		assert_int_equal(bytes[1], 0);
	}
}

static void
every_length_is_taken_up_to_the_maximum_and_none_beyond(void **state)
{
	uint8_t *bytes = calloc(1, FRAME_MAX);
	struct frame f;
	size_t used;

	(void)state;
	assert_non_null(bytes);
	for (unsigned len = 0; len <= UINT16_MAX; len++) {
		size_t whole = FRAME_HEADER + len;

		bytes[2] = (uint8_t)(len >> 8);
		bytes[3] = (uint8_t)len;
		if (len > 16380) {
			assert_int_equal(frame_decode(&f, bytes, 4, &used),
					 FRAME_BAD);
			continue;
		}
		assert_int_equal(frame_decode(&f, bytes, whole, &used),
				 FRAME_DONE);
		assert_int_equal(used, whole);
		assert_int_equal(f.length, len);
		assert_int_equal(frame_decode(&f, bytes, whole - 1, &used),
				 FRAME_MORE);
		assert_int_equal(used, 0);
	}
	free(bytes);
}

static void the_header_writer_agrees_with_the_reader(void **state)
{
	static const size_t lengths[] = { 0, 1, 255, 256, 16379, 16380 };
	uint8_t header[FRAME_HEADER];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		frame_header(header, 0xa2, lengths[i]);
		assert_int_equal(header[0], 0xa2);
		assert_int_equal(header[2] * 256 + header[3], lengths[i]);
	}
}

/* Feeds `stream` in two pieces, and counts the frames in it. */
static unsigned frames_when_split(const uint8_t *stream, size_t len,
				  size_t first)
{
	size_t have = first;
	size_t at = 0;
	unsigned frames = 0;

	for (;;) {
		struct frame f;
		size_t used;

		switch (frame_decode(&f, stream + at, have - at, &used)) {
		case FRAME_DONE:
			assert_int_equal(f.type, ++frames);
			at += used;
			break;
		case FRAME_MORE:
			if (have == len)
				return at == len ? frames : 0;
			have = len;
			break;
		case FRAME_BAD:
			return 0;
		}
	}
}

static void a_stream_may_be_split_anywhere(void **state)
{
	static const uint8_t stream[] = {
		1, 0, 0, 0,			/* empty */
		2, 0, 0, 1, 0xaa,		/* one octet */
		3, 0, 0, 6, 3,	  0, 0, 9, 1, 2 /* looks like a header inside */
	};

	(void)state;
	for (size_t first = 0; first <= sizeof(stream); first++)
		assert_int_equal(
			frames_when_split(stream, sizeof(stream), first), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_read_as_the_specification_draws_it),
		cmocka_unit_test(
			the_reserved_octet_is_written_as_0_and_read_as_anything),
		cmocka_unit_test(
			every_length_is_taken_up_to_the_maximum_and_none_beyond),
		cmocka_unit_test(the_header_writer_agrees_with_the_reader),
		cmocka_unit_test(a_stream_may_be_split_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
