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

static struct jobs_terms until(int64_t give_up_ms)
{
	return (struct jobs_terms){ .give_up_ms = give_up_ms };
}

/* What follows when all of so many attempts ended in this way. */
static struct jobs_verdict after(const struct transfer_result *r,
				 uint32_t attempts, int64_t give_up_ms,
				 uint32_t random, int64_t now)
{
	struct jobs_terms terms = until(give_up_ms);
	struct jobs_tries tries = { 0 };

	for (uint32_t i = 1; i < attempts; i++)
		(void)jobs_ended(&tries, r, &terms, random, now);
	return jobs_ended(&tries, r, &terms, random, now);
}

static bool again(struct jobs_verdict v)
{
	return v.event == JOBS_AGAIN;
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
	assert_int_equal(after(&r, 1, HOUR, 0, 0).event, JOBS_ARRIVE);
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
	struct transfer_result wrong = failed(REASON_FAILED, true);
	struct jobs_terms terms = until(HOUR);

	(void)state;
	for (size_t i = 0; i < sizeof(patient) / sizeof(*patient); i++) {
		struct transfer_result r = failed(patient[i], true);

		for (int k = 0; k < 20; k++)
			assert_true(
				again(jobs_ended(&tries, &r, &terms, 0, 0)));
	}
	assert_int_equal(tries.faults, JOBS_FAULTS_MAX - 1);
	assert_false(again(jobs_ended(&tries, &wrong, &terms, 0, 0)));
}

static void a_new_trouble_begins_with_its_first_wait(void **state)
{
	struct jobs_tries tries = { .streak = 90, .last_reason = REASON_BUSY };
	struct transfer_result r = failed(REASON_OFFLINE, true);
	struct jobs_terms terms = until(HOUR);

	(void)state;
	assert_int_equal(jobs_ended(&tries, &r, &terms, 0, 0).at_ms, 5000);
	assert_int_equal(jobs_ended(&tries, &r, &terms, 0, 0).at_ms, 10000);
}

static void who_cancels_is_obeyed_unless_it_has_arrived(void **state)
{
	struct transfer_result done = { .delivered = true };
	struct transfer_result busy = failed(REASON_BUSY, true);
	struct transfer_result refused = failed(REASON_REFUSED, false);
	struct jobs_terms terms = { .cancelled = true, .give_up_ms = HOUR };
	struct jobs_tries t = { 0 };

	(void)state;
	assert_int_equal(jobs_ended(&t, &busy, &terms, 0, 0).event, JOBS_STOP);
	assert_int_equal(jobs_ended(&t, &refused, &terms, 0, 0).event,
			 JOBS_STOP);
	assert_int_equal(jobs_ended(&t, &done, &terms, 0, 0).event,
			 JOBS_ARRIVE);
}

static void jobs_that_are_over_grow_old(void **state)
{
	(void)state;
	assert_false(jobs_is_old(100, 50, 0, 149));
	assert_true(jobs_is_old(100, 50, 0, 150));
	assert_true(jobs_is_old(100, 0, 0, 100)); /* not kept at all */
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

/* --- what its user allows --- */

static void a_user_may_allow_more_or_fewer_faults(void **state)
{
	struct transfer_result r = failed(REASON_FAILED, true);
	struct jobs_terms terms = until(HOUR);
	struct jobs_tries tries = { 0 };

	(void)state;
	terms.fault_tries = 2;
	assert_true(again(jobs_ended(&tries, &r, &terms, 0, 0)));
	assert_false(again(jobs_ended(&tries, &r, &terms, 0, 0)));
	terms.fault_tries = 7;
	assert_true(again(jobs_ended(&tries, &r, &terms, 0, 0)));
}

static void a_user_may_limit_how_often_who_is_busy_is_tried(void **state)
{
	struct transfer_result busy = failed(REASON_BUSY, true);
	struct transfer_result away = failed(REASON_OFFLINE, true);
	struct jobs_terms terms = until(HOUR);
	struct jobs_tries tries = { 0 };

	(void)state;
	terms.busy_tries = 3;
	assert_true(again(jobs_ended(&tries, &busy, &terms, 0, 0)));
	assert_true(again(jobs_ended(&tries, &busy, &terms, 0, 0)));
	/* Other trouble neither counts nor begins anew. */
	assert_true(again(jobs_ended(&tries, &away, &terms, 0, 0)));
	assert_false(again(jobs_ended(&tries, &busy, &terms, 0, 0)));
	assert_int_equal(tries.busy, 3);
}

static void a_user_may_limit_how_long_who_is_away_is_waited_for(void **state)
{
	struct transfer_result busy = failed(REASON_BUSY, true);
	struct transfer_result away = failed(REASON_OFFLINE, true);
	struct jobs_terms terms = until(100 * HOUR);
	struct jobs_tries tries = { 0 };

	(void)state;
	terms.away_most_ms = HOUR;
	assert_true(again(jobs_ended(&tries, &away, &terms, 0, 1000)));
	assert_int_equal(tries.away_ms, 1000);
	assert_true(again(jobs_ended(&tries, &away, &terms, 0, HOUR / 2)));
	/* It was there meanwhile: that begins anew. */
	assert_true(again(jobs_ended(&tries, &busy, &terms, 0, HOUR - 9)));
	assert_int_equal(tries.away_ms, 0);
	assert_true(again(jobs_ended(&tries, &away, &terms, 0, HOUR)));
	assert_false(again(jobs_ended(&tries, &away, &terms, 0, 2 * HOUR)));
}

static void reasons_are_told_apart(void **state)
{
	(void)state;
	for (uint16_t r = 0; r < REASONS; r++) {
		bool busy = r == REASON_BUSY || r == REASON_COLLISION;
		bool away = r == REASON_OFFLINE || r == REASON_UNREACHABLE;

		assert_int_equal(jobs_of_busy(r), busy);
		assert_int_equal(jobs_of_absence(r), away);
		assert_int_equal(jobs_of_callee(r),
				 busy || away || r == REASON_NO_ANSWER ||
					 r == REASON_UNABLE);
	}
}

static void who_comes_back_is_not_called_by_all_at_once(void **state)
{
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (uint32_t x = 0; x < 5000; x++) {
		int64_t at = jobs_callee_is_back(x, 100);

		least = at < least ? at : least;
		most = at > most ? at : most;
	}
	assert_int_equal(least, 100);
	assert_in_range(most, 900, 1100);
}

/* --- how fast calls are made --- */

/* A relay that bears two calls a second, for an hour's calls. */
static void the_queue_finds_out_what_the_relay_bears(void **state)
{
	struct jobs_gait g = { 0 };
	int64_t t = 0, next_token = 0;
	int calls = 0, too_many = 0;

	(void)state;
	for (; t < HOUR; t += 10) {
		uint16_t reason = REASON_OFFLINE;

		if (g.ready_ms > t)
			continue;
		jobs_gait_began(&g, t);
		calls++;
		if (t < next_token) {
			reason = REASON_TOO_MANY;
			too_many++;
		} else {
			next_token = t + 500;
		}
		jobs_gait_ended(&g, reason, t);
	}
	assert_in_range(calls - too_many, HOUR / 500 * 6 / 10, HOUR / 500 + 1);
	assert_in_range(too_many, 1, calls / 4);
}

static void calls_that_were_too_many_at_once_count_as_one(void **state)
{
	struct jobs_gait g = { 0 };

	(void)state;
	jobs_gait_began(&g, 1000);
	assert_true(g.ready_ms == 1000);
	for (int i = 0; i < 16; i++)
		jobs_gait_ended(&g, REASON_TOO_MANY, 1001 + i);
	assert_int_equal(g.gap_ms, 2 * JOBS_GAP_MIN_MS);
	for (int i = 1; i < 50; i++)
		jobs_gait_ended(&g, REASON_TOO_MANY, i * 100000);
	assert_int_equal(g.gap_ms, JOBS_GAP_MAX_MS);
	for (int i = 0; i < 60; i++)
		jobs_gait_ended(&g, REASON_BUSY, 0);
	assert_int_equal(g.gap_ms, 0);
}

/* --- a job's life --- */

/* By hand: Begin, Try, Stand, Page, Arrive, aGain, Enough, stoP. */
static void every_state_meets_every_event(void **state)
{
	static const char events[] = "BTSPAGES";
	static const char next[JOBS_STATES][JOBS_EVENTS + 1] = {
		[JOBS_QUEUED] = "qc....fx",  [JOBS_CALLING] = "q.s.dqfx",
		[JOBS_SENDING] = "q..sdqfx", [JOBS_DELIVERED] = "d.......",
		[JOBS_FAILED] = "f.......",  [JOBS_CANCELLED] = "x.......",
	};
	static const char limit[JOBS_STATES] = {
		[JOBS_QUEUED] = 'm',  [JOBS_CALLING] = 'c',
		[JOBS_SENDING] = 'p', [JOBS_DELIVERED] = '-',
		[JOBS_FAILED] = '-',  [JOBS_CANCELLED] = '-',
	};

	(void)state;
	assert_int_equal(sizeof(events), JOBS_EVENTS + 1);
	for (enum jobs_state s = 0; s < JOBS_STATES; s++) {
		for (enum jobs_event e = 0; e < JOBS_EVENTS; e++) {
			const struct jobs_rule *r = jobs_rule(s, e);

			assert_int_equal(r ? "qcsdfx"[r->next] : '.',
					 next[s][e]);
			if (r)
				assert_int_equal("-mcpx"[r->limit],
						 limit[r->next]);
		}
	}
}

/* A state ends by itself, or is the last one; and what its end is leads on. */
static void no_state_lasts_for_ever(void **state)
{
	static const enum jobs_event ends[] = { JOBS_AGAIN, JOBS_ENOUGH,
						JOBS_STOP };

	(void)state;
	for (enum jobs_state s = 0; s < JOBS_STATES; s++) {
		for (enum jobs_event e = 0; e < JOBS_EVENTS; e++) {
			const struct jobs_rule *r = jobs_rule(s, e);

			if (!r)
				continue;
			assert_int_equal(jobs_limit_at(r->limit, HOUR, 0) ==
						 INT64_MAX,
					 jobs_state_final(r->next));
		}
		if (jobs_state_final(s))
			continue;
		assert_non_null(jobs_rule(s, JOBS_BEGIN));
		assert_non_null(jobs_rule(s, JOBS_ENOUGH));
		assert_non_null(jobs_rule(s, JOBS_STOP));
		for (size_t i = 0; s != JOBS_QUEUED && i < 3; i++)
			assert_int_not_equal(jobs_rule(s, ends[i])->next, s);
	}
	assert_int_equal(jobs_limit_at(JOBS_LAST_MOMENT, 77, 5), 77);
	assert_int_equal(jobs_limit_at(JOBS_CALL_LIMIT, 77, 5),
			 5 + JOBS_CALL_MS);
	assert_int_equal(jobs_limit_at(JOBS_PAGE_LIMIT, 77, 5),
			 5 + JOBS_PAGE_MS);
	assert_int_equal(jobs_limit_at(JOBS_STOP_LIMIT, 77, 5),
			 5 + JOBS_STOP_MS);
}

static void every_priority_has_a_name_that_leads_back(void **state)
{
	(void)state;
	for (enum jobs_priority p = 0; p < JOBS_PRIORITIES; p++)
		assert_int_equal(jobs_priority_of(jobs_priority_name(p)), p);
	assert_int_equal(jobs_priority_of(""), JOBS_PRIORITIES);
}

/* --- the queue --- */

static const int64_t now = 1000ll * HOUR;

static struct jobs_entry all[64];
static struct jobs_queue queue;

static struct jobs_entry *add(enum jobs_state s, int64_t created_ms)
{
	struct jobs_entry *e = &all[queue.count++];

	*e = (struct jobs_entry){ .state = s,
				  .priority = JOBS_NORMAL,
				  .created_ms = created_ms,
				  .deadline_ms = INT64_MAX,
				  .callee = queue.count };
	return e;
}

static int empty_queue(void **state)
{
	(void)state;
	queue = (struct jobs_queue){ .all = all };
	return 0;
}

static void the_oldest_due_job_is_next(void **state)
{
	(void)state;
	add(JOBS_QUEUED, 3)->next_try_ms = now + 50;
	add(JOBS_QUEUED, 2)->next_try_ms = now + 10;
	add(JOBS_QUEUED, 1)->next_try_ms = now + 10;
	add(JOBS_DELIVERED, 0);
	add(JOBS_SENDING, 0);
	assert_int_equal(jobs_next(&queue, now + 9), SIZE_MAX);
	assert_int_equal(jobs_next(&queue, now + 10), 2);
	assert_int_equal(jobs_wake_at(&queue, now), now + 10);
	/* What is due and must wait is no reason to wake up again. */
	assert_int_equal(jobs_wake_at(&queue, now + 10), now + 50);
	assert_int_equal(jobs_wake_at(&queue, now + 50), INT64_MAX);
	queue.count = 0;
	assert_int_equal(jobs_next(&queue, now), SIZE_MAX);
}

static void an_urgent_job_goes_first_and_nobody_waits_for_ever(void **state)
{
	(void)state;
	add(JOBS_QUEUED, now - 50)->priority = JOBS_LOW;
	add(JOBS_QUEUED, now - 40);
	add(JOBS_QUEUED, now - 30)->priority = JOBS_HIGH;
	assert_int_equal(jobs_next(&queue, now), 2);
	all[2].state = JOBS_DELIVERED;
	assert_int_equal(jobs_next(&queue, now), 1);
	/* Normal ones that come for ever do not hold up the low one. */
	all[1].created_ms = all[0].created_ms + JOBS_STEP_MS + 1;
	assert_int_equal(jobs_next(&queue, now), 0);
	all[2] = all[1];
	all[2].priority = JOBS_HIGH;
	assert_int_equal(jobs_next(&queue, now), 2);
	all[2].created_ms = all[0].created_ms + 2 * JOBS_STEP_MS + 1;
	assert_int_equal(jobs_next(&queue, now), 0);
}

static void who_was_tried_goes_behind_those_who_were_not(void **state)
{
	(void)state;
	add(JOBS_QUEUED, now - 100)->next_try_ms = now - 10;
	add(JOBS_QUEUED, now - 50);
	assert_int_equal(jobs_next(&queue, now), 1);
	all[1].created_ms = now - 5;
	assert_int_equal(jobs_next(&queue, now), 0);
}

static void run_so_many(size_t n)
{
	queue.count = 0;
	for (size_t i = 0; i < n; i++)
		add(i % 2 ? JOBS_CALLING : JOBS_SENDING, 0);
}

static void no_more_run_than_allowed(void **state)
{
	static const size_t most[] = { 8, 14, 16 };

	(void)state;
	for (enum jobs_priority p = 0; p < JOBS_PRIORITIES; p++) {
		run_so_many(most[p]);
		add(JOBS_QUEUED, 0)->priority = p;
		assert_int_equal(jobs_next(&queue, now), SIZE_MAX);
		all[0].state = JOBS_FAILED;
		assert_int_equal(jobs_next(&queue, now), most[p]);
	}
}

static void a_terminal_with_few_lines_uses_them_all(void **state)
{
	(void)state;
	run_so_many(1);
	add(JOBS_QUEUED, 0)->priority = JOBS_LOW;
	queue.lines = 1;
	assert_int_equal(jobs_next(&queue, now), SIZE_MAX);
	queue.lines = 2;
	assert_int_equal(jobs_next(&queue, now), 1);
	queue.lines = 1000;
	assert_int_equal(jobs_next(&queue, now), 1);
}

static void one_call_at_a_time_is_made_to_a_callee(void **state)
{
	(void)state;
	add(JOBS_CALLING, 0)->callee = 7;
	add(JOBS_QUEUED, 1)->callee = 7;
	add(JOBS_QUEUED, 2)->callee = 8;
	assert_int_equal(jobs_next(&queue, now), 2);
	/* It was answered: it may have another line. */
	all[0].state = JOBS_SENDING;
	assert_int_equal(jobs_next(&queue, now), 1);
}

static void what_is_held_or_paused_does_not_go(void **state)
{
	(void)state;
	add(JOBS_QUEUED, 1)->held_ms = now - 5;
	add(JOBS_QUEUED, 2)->next_try_ms = now - 1;
	assert_int_equal(jobs_next(&queue, now), 1);
	queue.paused_ms = now - 3;
	assert_int_equal(jobs_next(&queue, now), SIZE_MAX);
	all[1].next_try_ms = now + 9;
	assert_true(jobs_wake_at(&queue, now) > now + 9);
	queue.paused_ms = 0;
	assert_int_equal(jobs_wake_at(&queue, now), now + 9);
}

static void no_call_begins_before_its_turn(void **state)
{
	(void)state;
	add(JOBS_QUEUED, 1);
	queue.ready_ms = now + 5;
	assert_int_equal(jobs_next(&queue, now), SIZE_MAX);
	assert_int_equal(jobs_wake_at(&queue, now), now + 5);
	assert_int_equal(jobs_next(&queue, now + 5), 0);
	/* The clock was set back by more than anybody waits. */
	queue.ready_ms = now + JOBS_GAP_MAX_MS + 1;
	assert_int_equal(jobs_next(&queue, now), 0);
}

static void a_deadline_ends_every_state_but_what_is_held(void **state)
{
	const int64_t long_ago = (int64_t)JOBS_HELD_MAX_DAYS * 24 * HOUR;

	(void)state;
	add(JOBS_QUEUED, 1)->deadline_ms = now;
	assert_int_equal(jobs_overdue(&queue, now - 1), SIZE_MAX);
	assert_int_equal(jobs_wake_at(&queue, now - 1), now);
	assert_int_equal(jobs_overdue(&queue, now), 0);
	all[0].held_ms = 5;
	assert_int_equal(jobs_overdue(&queue, now), SIZE_MAX);
	assert_int_equal(jobs_overdue(&queue, long_ago + 5), 0);
	all[0].held_ms = 0;
	queue.paused_ms = 9;
	assert_int_equal(jobs_overdue(&queue, now), SIZE_MAX);
	assert_int_equal(jobs_overdue(&queue, long_ago + 9), 0);
	/* A pause does not save a call of which nothing is heard. */
	all[0].state = JOBS_CALLING;
	assert_int_equal(jobs_overdue(&queue, now), 0);
	all[0].state = JOBS_DELIVERED;
	all[0].deadline_ms = INT64_MAX;
	assert_int_equal(jobs_overdue(&queue, INT64_MAX - 1), SIZE_MAX);
}

static void a_wait_is_shared_with_those_to_the_same_callee(void **state)
{
	struct jobs_entry *one, *other;

	(void)state;
	one = add(JOBS_QUEUED, 1);
	other = add(JOBS_QUEUED, 2);
	one->next_try_ms = now + 5;
	assert_false(jobs_shares_wait(one, other));
	other->callee = one->callee;
	assert_true(jobs_shares_wait(one, other));
	assert_false(jobs_shares_wait(one, one));
	other->next_try_ms = now + 5;
	assert_false(jobs_shares_wait(one, other));
	other->next_try_ms = 0;
	other->state = JOBS_SENDING;
	assert_false(jobs_shares_wait(one, other));
}

#define QUEUE(name) cmocka_unit_test_setup(name, empty_queue)

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
		cmocka_unit_test(a_user_may_allow_more_or_fewer_faults),
		cmocka_unit_test(
			a_user_may_limit_how_often_who_is_busy_is_tried),
		cmocka_unit_test(
			a_user_may_limit_how_long_who_is_away_is_waited_for),
		cmocka_unit_test(reasons_are_told_apart),
		cmocka_unit_test(who_comes_back_is_not_called_by_all_at_once),
		cmocka_unit_test(the_queue_finds_out_what_the_relay_bears),
		cmocka_unit_test(calls_that_were_too_many_at_once_count_as_one),
		cmocka_unit_test(every_state_meets_every_event),
		cmocka_unit_test(no_state_lasts_for_ever),
		cmocka_unit_test(every_priority_has_a_name_that_leads_back),
		QUEUE(the_oldest_due_job_is_next),
		QUEUE(an_urgent_job_goes_first_and_nobody_waits_for_ever),
		QUEUE(who_was_tried_goes_behind_those_who_were_not),
		QUEUE(no_more_run_than_allowed),
		QUEUE(a_terminal_with_few_lines_uses_them_all),
		QUEUE(one_call_at_a_time_is_made_to_a_callee),
		QUEUE(no_call_begins_before_its_turn),
		QUEUE(what_is_held_or_paused_does_not_go),
		QUEUE(a_deadline_ends_every_state_but_what_is_held),
		QUEUE(a_wait_is_shared_with_those_to_the_same_callee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
