/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/deframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { STREAM_MAX = 3 * FRAME_MAX };

static const size_t lengths[] = { 0, 1, 3, 255, 256, 0, FRAME_PAYLOAD_MAX, 7 };
enum { FRAMES = sizeof(lengths) / sizeof(lengths[0]) };

/* Frames of these lengths; type and every octet tell which one it is. */
static size_t make_stream(uint8_t *out)
{
	size_t used = 0;

	for (uint8_t i = 0; i < FRAMES; i++) {
		frame_header(out + used, (uint8_t)(i + 1), lengths[i]);
		memset(out + used + FRAME_HEADER, i + 1, lengths[i]);
		used += FRAME_HEADER + lengths[i];
	}
	return used;
}

static void check_frame(const struct frame *f, size_t i)
{
	assert_int_equal(f->type, i + 1);
	assert_int_equal(f->length, lengths[i]);
	for (size_t k = 0; k < lengths[i]; k++)
		assert_int_equal(f->payload[k], i + 1);
	/* The whole frame lies in one piece. */
	assert_int_equal((f->payload - FRAME_HEADER)[0], i + 1);
}

static void frames_come_out_however_the_stream_was_cut(void **state)
{
	static const size_t pieces[] = { 1,    2,     3,	 4,
					 5,    7,     100,	 255,
					 4096, 16383, FRAME_MAX, STREAM_MAX };
	static uint8_t stream[STREAM_MAX];
	size_t len = make_stream(stream);

	(void)state;
	for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
		struct deframe d;
		struct frame f;
		size_t count = 0;

		deframe_init(&d);
		for (size_t at = 0; at < len; at += pieces[p]) {
			size_t n = len - at < pieces[p] ? len - at : pieces[p];

			deframe_feed(&d, stream + at, n);
			while (deframe_next(&d, &f) == FRAME_DONE)
				check_frame(&f, count++);
		}
		assert_int_equal(count, FRAMES);
		/* Between frames it holds no memory. */
		assert_null(d.partial.bytes);
		deframe_fini(&d);
	}
}

static void a_length_over_the_maximum_is_bad_however_it_comes(void **state)
{
	static const uint8_t bad[] = { 1, 0, 0xff, 0xff };

	(void)state;
	for (size_t cut = 0; cut <= sizeof(bad); cut++) {
		struct deframe d;
		struct frame f;
		enum frame_result r;

		deframe_init(&d);
		deframe_feed(&d, bad, cut);
		r = deframe_next(&d, &f);
		if (r == FRAME_MORE) {
			deframe_feed(&d, bad + cut, sizeof(bad) - cut);
			r = deframe_next(&d, &f);
		}
		assert_int_equal(r, FRAME_BAD);
		deframe_fini(&d);
	}
}

static void nothing_fed_is_nothing_found(void **state)
{
	struct deframe d;
	struct frame f;

	(void)state;
	deframe_init(&d);
	assert_int_equal(deframe_next(&d, &f), FRAME_MORE);
	deframe_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_out_however_the_stream_was_cut),
		cmocka_unit_test(
			a_length_over_the_maximum_is_bad_however_it_comes),
		cmocka_unit_test(nothing_fed_is_nothing_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
