/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_time_passes_while_nothing_is_under_way(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 0, 1000);
	assert_int_equal(pace_step(&p, 1000), 0);
	assert_int_equal(pace_step(&p, 1020), 20);
	assert_int_equal(pace_step(&p, 1021), 1);
	pace_received(&p, 500);
	assert_int_equal(pace_step(&p, 1041), 20);
	assert_int_equal(p.received, 500);
}

static void test_time_stands_still_until_all_is_taken(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 0, 0);
	pace_sent(&p, 100);
	assert_true(pace_stands_still(&p));
	assert_int_equal(pace_step(&p, 50), 0);
	assert_true(pace_taken(&p, 99, 60));
	assert_int_equal(pace_step(&p, 90), 0);
	assert_true(pace_taken(&p, 100, 95));
	assert_false(pace_stands_still(&p));
	/* What went by before is not made up for. */
	assert_int_equal(pace_step(&p, 100), 10);
}

static void test_at_the_pace_of_a_line_a_little_may_be_under_way(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, PACE_LINE_OCTETS, 0);
	pace_sent(&p, PACE_LINE_OCTETS);
	assert_int_equal(pace_step(&p, 20), 20);
	pace_sent(&p, 1);
	assert_int_equal(pace_step(&p, 40), 0);
}

static void test_a_process_that_did_not_run_loses_no_call(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 0, 0);
	assert_int_equal(pace_step(&p, 3600000), PACE_STEP_MAX_MS);
	assert_int_equal(pace_step(&p, 3600005), 5);
	assert_int_equal(pace_step(&p, 3600000), 0); /* no way back */
}

static void test_a_far_end_that_counts_wrong_is_noticed(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 0, 0);
	assert_true(pace_taken(&p, 0, 0));
	assert_false(pace_taken(&p, 1, 0));
	pace_sent(&p, 10);
	assert_true(pace_taken(&p, 10, 0));
	assert_false(pace_taken(&p, 9, 0));
	assert_false(pace_taken(&p, 11, 0));
}

static void test_a_far_end_that_takes_nothing_is_noticed(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 0, 0);
	pace_step(&p, 5000);
	assert_int_equal(pace_stalled_ms(&p, 5000), 0);
	pace_sent(&p, 10);
	assert_int_equal(pace_stalled_ms(&p, 9000), 4000);
	assert_true(pace_taken(&p, 5, 9000));
	assert_int_equal(pace_stalled_ms(&p, 9001), 1);
	assert_true(pace_taken(&p, 5, 9500)); /* nothing new */
	assert_int_equal(pace_stalled_ms(&p, 10000), 1000);
	assert_true(pace_taken(&p, 10, 10000));
	assert_int_equal(pace_stalled_ms(&p, 99000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_passes_while_nothing_is_under_way),
		cmocka_unit_test(test_time_stands_still_until_all_is_taken),
		cmocka_unit_test(
			test_at_the_pace_of_a_line_a_little_may_be_under_way),
		cmocka_unit_test(test_a_process_that_did_not_run_loses_no_call),
		cmocka_unit_test(test_a_far_end_that_counts_wrong_is_noticed),
		cmocka_unit_test(test_a_far_end_that_takes_nothing_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
