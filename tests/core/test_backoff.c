/* SPDX-License-Identifier: Apache-2.0 */
#include "core/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOW = 1000000, MANY = 200 };

static int64_t wait_of(struct backoff *b, uint32_t at_least)
{
	backoff_failed(b, at_least, NOW);
	return b->until_ms - NOW;
}

/* The longest wait after so many failures, of many that went as far. */
static int64_t longest(uint32_t failures)
{
	int64_t most = 0;

	for (uint64_t seed = 0; seed < MANY; seed++) {
		struct backoff b = { failures - 1, 0, seed };
		int64_t wait = wait_of(&b, 0);

		assert_int_equal(b.failures, failures);
		most = wait > most ? wait : most;
	}
	return most;
}

static void the_bound_doubles_and_has_an_end(void **state)
{
	int64_t bound = BACKOFF_MIN_MS;

	(void)state;
	for (uint32_t n = 1; n < 100; n++) {
		/* Jitter up to the bound: of many, one comes close to it. */
		assert_in_range(longest(n), bound * 9 / 10, bound);
		bound = bound * 2 < BACKOFF_MAX_MS ? bound * 2 : BACKOFF_MAX_MS;
	}
	assert_in_range(longest(UINT32_MAX), bound * 9 / 10, bound);
}

static void terminals_of_one_relay_spread_over_the_whole_bound(void **state)
{
	int early = 0;

	(void)state;
	for (uint64_t seed = 0; seed < MANY; seed++) {
		struct backoff b = { 3, 0, seed };

		early += wait_of(&b, 0) < BACKOFF_MIN_MS << 2;
	}
	assert_in_range(early, MANY * 2 / 5, MANY * 3 / 5);
}

static void what_the_relay_asks_for_is_waited_besides(void **state)
{
	struct backoff b = { 0 };

	(void)state;
	assert_in_range(wait_of(&b, 5000), 5000, 5000 + BACKOFF_MIN_MS);
}

static void success_makes_the_next_failure_a_first_one(void **state)
{
	struct backoff b = { 50, 0, 7 };

	(void)state;
	backoff_worked(&b);
	assert_in_range(wait_of(&b, 0), 0, BACKOFF_MIN_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bound_doubles_and_has_an_end),
		cmocka_unit_test(
			terminals_of_one_relay_spread_over_the_whole_bound),
		cmocka_unit_test(what_the_relay_asks_for_is_waited_besides),
		cmocka_unit_test(success_makes_the_next_failure_a_first_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
