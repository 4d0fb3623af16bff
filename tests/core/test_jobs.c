/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jobs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { HOUR = 3600 * 1000 };

static struct transfer_result failed(uint16_t reason, bool again)
{
	return (struct transfer_result){ .reason = reason, .again = again };
}

/* What follows when all of so many attempts ended in this way. */
static struct jobs_verdict after(const struct transfer_result *r,
				 uint32_t attempts, int64_t give_up_ms,
				 uint32_t random, int64_t now)
{
	struct jobs_tries tries = { 0 };

	for (uint32_t i = 1; i < attempts; i++)
		(void)jobs_ended(&tries, r, false, give_up_ms, random, now);
	return jobs_ended(&tries, r, false, give_up_ms, random, now);
}

static bool again(struct jobs_verdict v)
{
	return v.state == JOBS_QUEUED;
}

static void every_state_has_a_name_that_leads_back(void **state)
{
	(void)state;
	for (enum jobs_state s = 0; s < JOBS_STATES; s++)
		assert_int_equal(jobs_state_of(jobs_state_name(s)), s);
	assert_int_equal(jobs_state_of("unheard of"), JOBS_STATES);
	assert_true(jobs_state_final(JOBS_DELIVERED));
	assert_true(jobs_state_final(JOBS_FAILED));
	assert_true(jobs_state_final(JOBS_CANCELLED));
	assert_false(jobs_state_final(JOBS_QUEUED));
	assert_false(jobs_state_final(JOBS_CALLING));
	assert_false(jobs_state_final(JOBS_SENDING));
}

static void a_delivered_job_is_not_tried_again(void **state)
{
	struct transfer_result r = { .delivered = true, .again = true };

	(void)state;
	assert_int_equal(after(&r, 1, HOUR, 0, 0).state, JOBS_DELIVERED);
}

static void what_cannot_help_is_not_tried_again(void **state)
{
	struct transfer_result r = failed(REASON_BUSY, false);

	(void)state;
	assert_false(again(after(&r, 1, HOUR, 0, 0)));
	assert_false(jobs_worth_again(REASON_UNKNOWN));
	assert_false(jobs_worth_again(REASON_REFUSED));
	assert_false(jobs_worth_again(REASON_INCOMPATIBLE));
	assert_true(jobs_worth_again(REASON_BUSY));
	assert_true(jobs_worth_again(REASON_OFFLINE));
	assert_true(jobs_worth_again(REASON_PEER_LOST));
}

static void waits_grow_and_have_a_bound(void **state)
{
	static const uint16_t reasons[] = { REASON_BUSY, REASON_OFFLINE,
					    REASON_PEER_LOST };
	static const int64_t first[] = { 3000, 5000, 1000 };
	static const int64_t most[] = { 30000, 300000, 60000 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct transfer_result r = failed(reasons[i], true);
		int64_t before = 0;

		assert_int_equal(after(&r, 1, HOUR, 0, 0).at_ms, first[i]);
		for (uint32_t n = 1; n < 40; n++) {
			int64_t at = after(&r, n, HOUR, 0, 0).at_ms;

			assert_true(at >= before && at <= most[i]);
			before = at;
		}
		assert_int_equal(before, most[i]);
	}
}

static void chance_adds_half_at_most(void **state)
{
	struct transfer_result r = failed(REASON_BUSY, true);
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (uint32_t x = 0; x < 5000; x++) {
		int64_t at = after(&r, 1, HOUR, x, 100).at_ms;

		least = at < least ? at : least;
		most = at > most ? at : most;
	}
	assert_int_equal(least, 3100);
	assert_int_equal(most, 4600);
}

static void a_fax_that_goes_wrong_is_tried_five_times(void **state)
{
	struct transfer_result r = failed(REASON_FAILED, true);

	(void)state;
	assert_true(again(after(&r, 4, HOUR, 0, 0)));
	assert_false(again(after(&r, 5, HOUR, 0, 0)));
}

static void waiting_for_others_is_no_fault(void **state)
{
	static const uint16_t patient[] = {
		REASON_BUSY,	  REASON_OFFLINE,    REASON_NO_ANSWER,
		REASON_PEER_LOST, REASON_UNABLE,     REASON_DRAINING,
		REASON_COLLISION, REASON_UNREACHABLE
	};
	struct jobs_tries tries = { .faults = JOBS_FAULTS_MAX - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(patient) / sizeof(*patient); i++) {
		struct transfer_result r = failed(patient[i], true);

		for (int k = 0; k < 20; k++)
			assert_true(again(
				jobs_ended(&tries, &r, false, HOUR, 0, 0)));
	}
	assert_int_equal(tries.faults, JOBS_FAULTS_MAX - 1);
	assert_false(again(
		jobs_ended(&tries,
			   &(struct transfer_result){ .reason = REASON_FAILED,
						      .again = true },
			   false, HOUR, 0, 0)));
}

static void a_new_trouble_begins_with_its_first_wait(void **state)
{
	struct jobs_tries tries = { .streak = 90, .last_reason = REASON_BUSY };
	struct transfer_result r = failed(REASON_OFFLINE, true);

	(void)state;
	assert_int_equal(jobs_ended(&tries, &r, false, HOUR, 0, 0).at_ms, 5000);
	assert_int_equal(jobs_ended(&tries, &r, false, HOUR, 0, 0).at_ms,
			 10000);
}

static void who_cancels_is_obeyed_unless_it_has_arrived(void **state)
{
	struct transfer_result done = { .delivered = true };
	struct transfer_result busy = failed(REASON_BUSY, true);
	struct transfer_result refused = failed(REASON_REFUSED, false);
	struct jobs_tries t = { 0 };

	(void)state;
	assert_int_equal(jobs_ended(&t, &busy, true, HOUR, 0, 0).state,
			 JOBS_CANCELLED);
	assert_int_equal(jobs_ended(&t, &refused, true, HOUR, 0, 0).state,
			 JOBS_CANCELLED);
	assert_int_equal(jobs_ended(&t, &done, true, HOUR, 0, 0).state,
			 JOBS_DELIVERED);
}

static void jobs_that_are_over_grow_old(void **state)
{
	(void)state;
	assert_false(jobs_is_old(100, 50, 0, 150));
	assert_true(jobs_is_old(100, 50, 0, 151));
	assert_false(jobs_is_old(100, 50, JOBS_FINISHED_MAX - 1, 101));
	assert_true(jobs_is_old(100, 50, JOBS_FINISHED_MAX, 101));
	/* The clock was set back. */
	assert_false(jobs_is_old(100, 50, 0, 0));
}

static void no_try_comes_after_the_last_moment(void **state)
{
	struct transfer_result r = failed(REASON_BUSY, true);

	(void)state;
	assert_true(again(after(&r, 1, 3001, 0, 0)));
	assert_false(again(after(&r, 1, 3000, 0, 0)));
}

static void the_oldest_due_job_is_next(void **state)
{
	struct jobs_entry jobs[] = {
		{ JOBS_QUEUED, 50, 3 }, { JOBS_QUEUED, 10, 2 },
		{ JOBS_QUEUED, 10, 1 }, { JOBS_DELIVERED, 0, 0 },
		{ JOBS_SENDING, 0, 0 },
	};

	(void)state;
	assert_int_equal(jobs_next(jobs, 5, 9), SIZE_MAX);
	assert_int_equal(jobs_next(jobs, 5, 10), 2);
	assert_int_equal(jobs_deadline(jobs, 5), 10);
	assert_int_equal(jobs_deadline(jobs + 3, 2), INT64_MAX);
	assert_int_equal(jobs_next(jobs, 0, 9), SIZE_MAX);
}

static void no_more_run_than_allowed(void **state)
{
	struct jobs_entry jobs[JOBS_RUNNING_MAX + 1];

	(void)state;
	for (int i = 0; i < JOBS_RUNNING_MAX; i++)
		jobs[i] = (struct jobs_entry){ i % 2 ? JOBS_CALLING
						     : JOBS_SENDING,
					       0, 0 };
	jobs[JOBS_RUNNING_MAX] = (struct jobs_entry){ JOBS_QUEUED, 0, 0 };
	assert_int_equal(jobs_next(jobs, JOBS_RUNNING_MAX + 1, 1), SIZE_MAX);
	jobs[0].state = JOBS_FAILED;
	assert_int_equal(jobs_next(jobs, JOBS_RUNNING_MAX + 1, 1),
			 JOBS_RUNNING_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_a_name_that_leads_back),
		cmocka_unit_test(a_delivered_job_is_not_tried_again),
		cmocka_unit_test(what_cannot_help_is_not_tried_again),
		cmocka_unit_test(waits_grow_and_have_a_bound),
		cmocka_unit_test(chance_adds_half_at_most),
		cmocka_unit_test(a_fax_that_goes_wrong_is_tried_five_times),
		cmocka_unit_test(waiting_for_others_is_no_fault),
		cmocka_unit_test(a_new_trouble_begins_with_its_first_wait),
		cmocka_unit_test(who_cancels_is_obeyed_unless_it_has_arrived),
		cmocka_unit_test(jobs_that_are_over_grow_old),
		cmocka_unit_test(no_try_comes_after_the_last_moment),
		cmocka_unit_test(the_oldest_due_job_is_next),
		cmocka_unit_test(no_more_run_than_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
