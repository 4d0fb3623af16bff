/* SPDX-License-Identifier: Apache-2.0 */
#include "core/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct limit_rate rate = { .burst = 3, .per_minute = 6 };

static void a_burst_goes_and_the_next_waits_for_its_token(void **state)
{
	struct limit l = { 0 };
	int64_t now = 5000000;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(limit_take(&l, rate, now));
	assert_false(limit_take(&l, rate, now));
	assert_int_equal(limit_wait_ms(&l, rate, now), 10000);
	assert_false(limit_take(&l, rate, now + 9999));
	assert_true(limit_take(&l, rate, now + 10000));
	assert_false(limit_take(&l, rate, now + 10000));
}

static void what_was_refused_took_nothing(void **state)
{
	struct limit l = { 0 };

	(void)state;
	while (limit_take(&l, rate, 0))
		;
	for (int i = 0; i < 1000; i++)
		assert_false(limit_take(&l, rate, 1));
	assert_int_equal(limit_wait_ms(&l, rate, 1), 9999);
}

static void a_bucket_is_full_again_and_never_fuller(void **state)
{
	struct limit l = { 0 };
	int taken = 0;

	(void)state;
	assert_true(limit_full(&l, 0));
	while (limit_take(&l, rate, 0))
		;
	assert_false(limit_full(&l, 29999));
	assert_true(limit_full(&l, 30000));
	while (limit_take(&l, rate, 1000000000))
		taken++;
	assert_int_equal(taken, 3);
}

static void the_long_run_has_the_rate(void **state)
{
	struct limit l = { 0 };
	int taken = 0;

	(void)state;
	for (int64_t now = 0; now < 600000; now += 7)
		taken += limit_take(&l, rate, now);
	assert_in_range(taken, 60, 63);
}

static void a_rate_above_one_a_millisecond_is_held_to_that(void **state)
{
	struct limit_rate fast = { .burst = 1, .per_minute = 1000000 };
	struct limit l = { 0 };

	(void)state;
	assert_true(limit_take(&l, fast, 0));
	assert_false(limit_take(&l, fast, 0));
	assert_true(limit_take(&l, fast, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_goes_and_the_next_waits_for_its_token),
		cmocka_unit_test(what_was_refused_took_nothing),
		cmocka_unit_test(a_bucket_is_full_again_and_never_fuller),
		cmocka_unit_test(the_long_run_has_the_rate),
		cmocka_unit_test(
			a_rate_above_one_a_millisecond_is_held_to_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
