/* SPDX-License-Identifier: Apache-2.0 */
#include "core/keepalive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { START = 30000, MIN = 5000, MAX = 120000 };

static struct keepalive k;
static int64_t now;

static int set_up(void **state)
{
	(void)state;
	k = (struct keepalive){ 0 };
	now = 1000000;
	keepalive_bounds(&k, START, MIN, MAX);
	return 0;
}

/* A path that forgets after `limit` ms: learns until there is nothing more
 * to learn; returns how many connections that cost. */
static int learn(int64_t limit)
{
	int lost = 0;

	for (int i = 0; i < 100; i++) {
		int64_t probe = keepalive_probe(&k, now);
		int64_t silent = probe > 0 ? probe : keepalive_safe(&k);

		now += silent;
		if (silent < limit) {
			keepalive_survived(&k, silent);
			if (probe == 0 && keepalive_probe(&k, now) == 0)
				return lost;
		} else {
			keepalive_lost(&k, silent, now);
			lost++;
		}
	}
	fail_msg("a path of %lld ms is not learnt", (long long)limit);
	return 0;
}

static void it_begins_with_what_the_relay_says(void **state)
{
	(void)state;
	assert_int_equal(keepalive_safe(&k), START);
	/* Which is a guess: no risk is taken before it is proven. */
	assert_int_equal(keepalive_probe(&k, now), 0);
	keepalive_survived(&k, START - 1);
	assert_int_equal(keepalive_probe(&k, now), 0);
	keepalive_survived(&k, START);
	assert_int_equal(keepalive_safe(&k), START);
	assert_int_equal(keepalive_probe(&k, now), 2LL * START);
}

static void what_any_path_survives_is_learnt_at_the_cost_of_few(void **state)
{
	(void)state;
	for (int64_t limit = MIN + 1; limit < 3LL * MAX; limit += 97) {
		int lost;

		k = (struct keepalive){ 0 };
		keepalive_bounds(&k, START, MIN, MAX);
		lost = learn(limit);
		assert_true(keepalive_safe(&k) < limit);
		assert_true(keepalive_safe(&k) >= MIN);
		/* Not much is given away either. */
		if (limit > MAX)
			assert_int_equal(keepalive_safe(&k), MAX - MAX / 8);
		else if (limit > 2LL * MIN)
			assert_true(keepalive_safe(&k) > limit / 2);
		if (lost > 5)
			fail_msg("%lld ms cost %d connections",
				 (long long)limit, lost);
	}
}

static void a_path_shorter_than_the_least_keeps_the_least(void **state)
{
	(void)state;
	keepalive_lost(&k, START, now);
	keepalive_lost(&k, START / 2, now);
	keepalive_lost(&k, START / 4, now);
	keepalive_lost(&k, MIN, now);
	assert_int_equal(keepalive_safe(&k), MIN);
	keepalive_lost(&k, MIN, now);
	assert_int_equal(keepalive_safe(&k), MIN);
}

static void connections_lost_together_are_one_loss(void **state)
{
	(void)state;
	keepalive_lost(&k, START, now);
	keepalive_lost(&k, START, now);
	keepalive_lost(&k, 2LL * START, now);
	assert_int_equal(keepalive_safe(&k), START / 2);
}

static void a_loss_without_silence_teaches_nothing(void **state)
{
	(void)state;
	keepalive_survived(&k, START);
	keepalive_lost(&k, MIN - 1, now);
	assert_int_equal(keepalive_safe(&k), START);
	assert_int_equal(keepalive_probe(&k, now), 2LL * START);
}

static void an_outage_is_forgiven(void **state)
{
	(void)state;
	keepalive_survived(&k, START);
	keepalive_lost(&k, START, now);
	keepalive_lost(&k, START, now);
	keepalive_forgive(&k);
	assert_int_equal(keepalive_safe(&k), START);
	assert_int_equal(keepalive_probe(&k, now), 2LL * START);
}

static void what_was_lost_on_a_path_that_stands_is_not_forgiven(void **state)
{
	(void)state;
	keepalive_lost(&k, START, now);
	keepalive_survived(&k, START / 2); /* on the next connection */
	keepalive_forgive(&k);		   /* of an outage much later */
	assert_int_equal(keepalive_safe(&k), START / 2);
}

static void what_was_lost_is_tried_again_after_hours(void **state)
{
	(void)state;
	(void)learn(50000);
	assert_int_equal(keepalive_probe(&k, now), 0);
	now = k.facts.lost_at + KEEPALIVE_RETRY_MS;
	assert_true(keepalive_probe(&k, now) > 50000);
}

static void a_longer_silence_survived_clears_a_shorter_one_lost(void **state)
{
	(void)state;
	keepalive_lost(&k, 60000, now);
	keepalive_survived(&k, 70000);
	assert_int_equal(keepalive_safe(&k), 70000 - 70000 / 8);
	assert_int_equal(keepalive_probe(&k, now), MAX);
}

static void a_relay_that_says_no_bounds_is_kept_to(void **state)
{
	(void)state;
	keepalive_bounds(&k, 20000, 0, 0);
	assert_int_equal(keepalive_safe(&k), 20000);
	assert_int_equal(keepalive_probe(&k, now), 0);
	keepalive_lost(&k, 20000, now);
	keepalive_survived(&k, 90000);
	assert_int_equal(keepalive_safe(&k), 20000);
}

static void
bounds_that_contradict_themselves_are_held_to_the_start(void **state)
{
	(void)state;
	keepalive_bounds(&k, 20000, 30000, 10000);
	keepalive_lost(&k, 20000, now);
	assert_int_equal(keepalive_safe(&k), 20000);
	assert_int_equal(keepalive_probe(&k, now), 0);
}

static void the_same_bounds_again_forget_nothing(void **state)
{
	(void)state;
	keepalive_survived(&k, 60000);
	keepalive_bounds(&k, START, MIN, MAX);
	assert_int_equal(keepalive_safe(&k), 60000 - 60000 / 8);
	keepalive_bounds(&k, START, MIN, MAX + 1);
	assert_int_equal(keepalive_safe(&k), START);
}

static void patience_is_an_interval_and_time_for_an_answer(void **state)
{
	(void)state;
	assert_int_equal(keepalive_patience(2000, 2000), 4000);
	assert_int_equal(keepalive_patience(500, 2000), 2500);
	assert_int_equal(keepalive_patience(START, START), 2LL * START);
	assert_int_equal(keepalive_patience(MAX, START), MAX + START);
	assert_int_equal(keepalive_patience(3600000, 3600000),
			 3600000LL + KEEPALIVE_ANSWER_MS);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_begins_with_what_the_relay_says),
		TEST(what_any_path_survives_is_learnt_at_the_cost_of_few),
		TEST(a_path_shorter_than_the_least_keeps_the_least),
		TEST(connections_lost_together_are_one_loss),
		TEST(a_loss_without_silence_teaches_nothing),
		TEST(an_outage_is_forgiven),
		TEST(what_was_lost_on_a_path_that_stands_is_not_forgiven),
		TEST(what_was_lost_is_tried_again_after_hours),
		TEST(a_longer_silence_survived_clears_a_shorter_one_lost),
		TEST(a_relay_that_says_no_bounds_is_kept_to),
		TEST(bounds_that_contradict_themselves_are_held_to_the_start),
		TEST(the_same_bounds_again_forget_nothing),
		TEST(patience_is_an_interval_and_time_for_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
