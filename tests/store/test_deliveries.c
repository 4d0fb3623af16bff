/* SPDX-License-Identifier: Apache-2.0 */
#include "store/deliveries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static struct why why;

static void a_record_comes_back_as_it_was(void **state)
{
	struct deliveries_entry all[2] = {
		{ .rule = "\303\204rzte",
		  .state = "waiting",
		  .sentence = "The mail server said \"no\".",
		  .attempts = UINT32_MAX,
		  .next_try_ms = INT64_MAX,
		  .give_up_ms = 1 },
		{ .rule = "file", .state = "done" },
	};
	const struct deliveries d = { all, 2 };
	struct deliveries back;

	(void)state;
	assert_int_equal(deliveries_write(scratch(""), &d, &why), OK);
	assert_int_equal(deliveries_read(scratch(""), &back, &why), OK);
	assert_int_equal(back.count, 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(back.all[i].rule, all[i].rule);
		assert_string_equal(back.all[i].state, all[i].state);
		assert_string_equal(back.all[i].sentence, all[i].sentence);
		assert_int_equal(back.all[i].attempts, all[i].attempts);
		assert_int_equal(back.all[i].next_try_ms, all[i].next_try_ms);
		assert_int_equal(back.all[i].give_up_ms, all[i].give_up_ms);
	}
	deliveries_fini(&back);
	assert_int_equal(back.count, 0);
}

static void no_rule_for_it_is_a_record_too(void **state)
{
	const struct deliveries none = { .count = 0 };
	struct deliveries back;

	(void)state;
	assert_int_equal(deliveries_read(scratch(""), &back, &why),
			 ERR_MISSING);
	assert_int_equal(deliveries_write(scratch(""), &none, &why), OK);
	assert_int_equal(deliveries_read(scratch(""), &back, &why), OK);
	assert_int_equal(back.count, 0);
	deliveries_fini(&back);
}

static void a_damaged_record_is_told_from_a_missing_one(void **state)
{
	static const char good[] =
		"{\"deliveries\":[{\"rule\":\"a\",\"state\":\"done\","
		"\"sentence\":\"\",\"attempts\":1,\"next_try_ms\":0,"
		"\"give_up_ms\":0}]}";
	struct deliveries d;

	(void)state;
	assert_int_equal(deliveries_decode(good, strlen(good), &d), OK);
	deliveries_fini(&d);
	for (size_t i = 0; i < strlen(good); i++) {
		char changed[sizeof(good)];

		assert_int_equal(deliveries_decode(good, i, &d), ERR_BAD);
		assert_null(d.all);
		strcpy(changed, good);
		changed[i] = '\1';
		assert_int_equal(deliveries_decode(changed, strlen(good), &d),
				 ERR_BAD);
	}
	scratch_write("deliveries.json", "{", 1);
	assert_int_equal(deliveries_read(scratch(""), &d, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "damaged"));
}

static void numbers_and_texts_have_their_bounds(void **state)
{
	static const char *const bad[] = {
		"\"attempts\":-1,\"next_try_ms\":0,\"give_up_ms\":0",
		"\"attempts\":4294967296,\"next_try_ms\":0,\"give_up_ms\":0",
		"\"attempts\":0,\"next_try_ms\":-1,\"give_up_ms\":0",
		"\"attempts\":0,\"next_try_ms\":0,\"give_up_ms\":1.5",
		"\"attempts\":0,\"next_try_ms\":0",
	};
	struct deliveries d;
	char text[8000];
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			 "{\"deliveries\":[{\"rule\":\"a\",\"state\":\"done\","
			 "\"sentence\":\"\",%s}]}",
			 bad[i]);
		assert_int_equal(deliveries_decode(text, strlen(text), &d),
				 ERR_BAD);
	}
	used = (size_t)snprintf(text, sizeof(text), "{\"deliveries\":[{}");
	for (int i = 0; i < DELIVERIES_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 ",{}");
	snprintf(text + used, sizeof(text) - used, "]}");
	assert_int_equal(deliveries_decode(text, strlen(text), &d), ERR_BAD);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_comes_back_as_it_was),
		TEST(no_rule_for_it_is_a_record_too),
		TEST(a_damaged_record_is_told_from_a_missing_one),
		TEST(numbers_and_texts_have_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
