/* SPDX-License-Identifier: Apache-2.0 */
#include "core/effect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct effects box;

static int set_up(void **state)
{
	(void)state;
	effects_init(&box);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	effects_fini(&box);
	return 0;
}

static void effects_come_out_in_the_order_they_went_in(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		struct effect *e = effects_add(&box, EFFECT_CLOSE, i);

		assert_non_null(e);
		assert_int_equal(e->peer, 0);
		assert_int_equal(e->length, 0);
		e->peer = 7;
	}
	assert_int_equal(box.count, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(box.items[i].conn, i);
}

static void bytes_stay_with_their_effect_while_the_box_grows(void **state)
{
	(void)state;
	for (size_t i = 0; i < 300; i++) {
		uint8_t bytes[300];

		memset(bytes, (int)i, sizeof(bytes));
		effects_bytes_for(&box, EFFECT_SEND, i, bytes, i);
	}
	for (size_t i = 0; i < 300; i++) {
		const uint8_t *at = effects_bytes(&box, &box.items[i]);

		assert_int_equal(box.items[i].length, i);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(at[k], (uint8_t)i);
	}
}

static void a_message_leaves_as_its_frame(void **state)
{
	static const uint8_t frame[] = { 0x18, 0, 0, 5, 1, 0, 2, 0, 0x0a };
	struct message m = { .type = MESSAGE_END, .end = { .reason = 10 } };

	(void)state;
	effects_send(&box, 3, &m);
	assert_int_equal(box.items[0].kind, EFFECT_SEND);
	assert_int_equal(box.items[0].conn, 3);
	assert_int_equal(box.items[0].length, sizeof(frame));
	assert_memory_equal(effects_bytes(&box, &box.items[0]), frame,
			    sizeof(frame));
}

static void a_note_is_a_string_with_a_level(void **state)
{
	(void)state;
	effects_note(&box, 2, "conn=%d event=%s", 5, "test");
	assert_int_equal(box.items[0].kind, EFFECT_NOTE);
	assert_int_equal(box.items[0].level, 2);
	assert_string_equal((const char *)effects_bytes(&box, &box.items[0]),
			    "conn=5 event=test");
}

static void a_note_that_is_too_long_is_cut(void **state)
{
	char long_word[2000];

	(void)state;
	memset(long_word, 'x', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	effects_note(&box, 1, "%s", long_word);
	assert_true(box.items[0].length < sizeof(long_word));
	assert_int_equal(
		strlen((const char *)effects_bytes(&box, &box.items[0])),
		box.items[0].length - 1);
}

static void a_cleared_box_is_empty_and_usable(void **state)
{
	(void)state;
	effects_note(&box, 1, "one");
	effects_clear(&box);
	assert_int_equal(box.count, 0);
	effects_note(&box, 1, "two");
	assert_int_equal(box.count, 1);
	assert_string_equal((const char *)effects_bytes(&box, &box.items[0]),
			    "two");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(effects_come_out_in_the_order_they_went_in),
		TEST(bytes_stay_with_their_effect_while_the_box_grows),
		TEST(a_message_leaves_as_its_frame),
		TEST(a_note_is_a_string_with_a_level),
		TEST(a_note_that_is_too_long_is_cut),
		TEST(a_cleared_box_is_empty_and_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
