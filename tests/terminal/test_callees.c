/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/callees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../io/turn.h"
#include "../store/scratch.h"
#include "listing.h"

static struct loop *loop;
static struct follow *follow;
static struct lineup lineup;
static struct callees callees;
static unsigned soon;

static void on_changed(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
}

static void on_paused(void *owner, bool paused)
{
	(void)owner;
	(void)paused;
}

static const struct outbox_handlers handlers = { on_changed, on_changed,
						 on_paused };

static void on_soon(void *owner)
{
	(void)owner;
	soon++;
}

static int set_up(void **state)
{
	struct outbox_parts parts = { .handlers = &handlers };

	if (scratch_set_up(state) != 0)
		return -1;
	listing_requests = 0;
	listing_offline = false;
	soon = 0;
	parts.loop = loop = loop_new();
	follow = loop ? follow_new(loop, listing_asked, NULL) : NULL;
	if (!follow)
		return -1;
	lineup_init(&lineup, &parts);
	callees_init(&callees, &lineup, follow, on_soon, NULL);
	return spool_open(&lineup.spool, scratch("home"), NULL) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
	callees_fini(&callees);
	lineup_fini(&lineup);
	follow_free(follow);
	loop_free(loop);
	return scratch_tear_down(state);
}

/* A job that is queued, and waits so long because of this. */
static struct outbox_job *add(const char *to, uint16_t reason, int64_t wait_ms)
{
	struct spool_job r = { .id = { (uint8_t)(lineup.count + 1) },
			       .priority = "normal",
			       .created_ms = lineup_clock(),
			       .give_up_ms = UINT64_MAX / 4,
			       .last_reason = reason,
			       .streak = reason ? 1 : 0 };

	r.next_try_ms = wait_ms ? lineup_clock() + (uint64_t)wait_ms : 0;
	snprintf(r.to, sizeof(r.to), "%s", to);
	assert_int_equal(lineup_take_in(&lineup, NULL, &r, 1), OK);
	return lineup.jobs[lineup.count - 1];
}

static bool is_soon(const struct outbox_job *j)
{
	return j->record.next_try_ms <= lineup_clock() + 1500;
}

static void what_one_has_learnt_the_others_know(void **state)
{
	struct outbox_job *one, *other, *at_south, *cleo;

	(void)state;
	one = add("ben", REASON_BUSY, 60000);
	other = add("ben", 0, 0);
	at_south = add("ben@south", 0, 0);
	cleo = add("cleo", 0, 0);
	strcpy(one->record.last_result, "Busy.");
	one->record.streak = 4;
	callees_learn(&callees, one);
	assert_true(other->record.next_try_ms == one->record.next_try_ms);
	assert_int_equal(other->record.last_reason, REASON_BUSY);
	assert_int_equal(other->record.streak, 4);
	assert_string_equal(other->record.last_result, "Busy.");
	assert_int_equal(other->record.attempts, 0);
	assert_true(lineup.entries[other->at].next_try_ms ==
		    (int64_t)one->record.next_try_ms);
	assert_true(at_south->record.next_try_ms == 0);
	assert_true(cleo->record.next_try_ms == 0);
}

static void a_fault_of_its_own_is_nobody_elses(void **state)
{
	struct outbox_job *one, *other;

	(void)state;
	one = add("ben", REASON_FAILED, 60000);
	other = add("ben", 0, 0);
	callees_learn(&callees, one);
	assert_true(other->record.next_try_ms == 0);
}

static void a_line_that_is_free_again_is_for_one_of_them(void **state)
{
	struct outbox_job *first, *urgent, *held, *through;

	(void)state;
	through = add("ben", 0, 0);
	first = add("ben", REASON_BUSY, 60000);
	urgent = add("ben", REASON_BUSY, 60000);
	held = add("ben", REASON_BUSY, 60000);
	urgent->priority = JOBS_HIGH;
	held->priority = JOBS_HIGH;
	held->record.held_ms = 1;
	lineup_update(&lineup, urgent);
	lineup_update(&lineup, held);
	lineup_move(&lineup, through, JOBS_TRY);
	lineup_move(&lineup, through, JOBS_ARRIVE);
	callees_free_again(&callees, through);
	assert_true(is_soon(urgent));
	assert_false(is_soon(first));
	assert_false(is_soon(held));
	/* A time that its user has set stays. */
	urgent->state = JOBS_DELIVERED;
	lineup_update(&lineup, urgent);
	first->record.not_before_ms = lineup_clock() + 30000;
	callees_free_again(&callees, through);
	assert_true(first->record.next_try_ms == first->record.not_before_ms);
}

static void the_relay_is_asked_only_while_somebody_is_away(void **state)
{
	struct outbox_job *j;

	(void)state;
	add("ana", REASON_BUSY, 60000);
	callees_watch(&callees);
	assert_int_equal(listing_requests, 0);
	j = add("ben", REASON_OFFLINE, 60000);
	callees_watch(&callees);
	callees_watch(&callees);
	assert_int_equal(listing_requests, 1);
	lineup_move(&lineup, j, JOBS_STOP);
	callees_watch(&callees);
	assert_true(callees.watcher.watches); /* for a while, as jobs come */
	assert_int_not_equal(callees.unfollow.place, 0);
	callees.unfollow.due(&callees.unfollow);
	assert_false(callees.watcher.watches);
}

static void who_logs_in_is_called_within_a_second(void **state)
{
	struct outbox_job *ben, *cleo, *late, *far;

	(void)state;
	ben = add("ben", REASON_OFFLINE, 60000);
	cleo = add("cleo", REASON_OFFLINE, 60000);
	late = add("ben", REASON_OFFLINE, 60000);
	far = add("ben@south", REASON_OFFLINE, 60000);
	late->record.not_before_ms = lineup_clock() + 30000;
	callees_watch(&callees);
	listing_say(follow, "ben=0 cleo=0", false);
	callees_watch(&callees);
	assert_false(is_soon(ben));
	soon = 0;
	listing_news(follow, "ben", PRESENCE_FREE);
	assert_true(soon > 0);
	assert_true(is_soon(ben));
	assert_true(is_soon(far)); /* our relay's name may be south */
	assert_false(is_soon(cleo));
	assert_true(late->record.next_try_ms == late->record.not_before_ms);
}

static void who_logged_in_before_the_list_came_is_called_once(void **state)
{
	struct outbox_job *j;

	(void)state;
	j = add("ben", REASON_OFFLINE, 60000);
	callees_watch(&callees);
	listing_say(follow, "ben=1", false);
	assert_int_equal(soon, 1);
	callees_watch(&callees);
	assert_true(is_soon(j));
	/* He is not there after all: the list is behind the times. */
	j->record.next_try_ms = lineup_clock() + 60000;
	j->record.streak = 2;
	lineup_update(&lineup, j);
	callees_learn(&callees, j);
	assert_false(is_soon(j));
	/* Or it was his connection that broke: the list knows already. */
	j->record.streak = 1;
	callees_learn(&callees, j);
	assert_true(is_soon(j));
}

static void who_is_said_to_be_away_is_not_asked_for_all_the_time(void **state)
{
	struct outbox_job *listed, *once, *unknown, *nearly_over;

	(void)state;
	listed = add("ben", REASON_OFFLINE, 5000);
	listed->record.streak = 2;
	once = add("ben", REASON_OFFLINE, 5000);
	once->record.streak = 1; /* he may be back, and the list not know it */
	unknown = add("+8112345", REASON_OFFLINE, 5000);
	nearly_over = add("ben", REASON_OFFLINE, 5000);
	nearly_over->record.give_up_ms = lineup_clock() + 30000;
	nearly_over->record.streak = 2;
	callees_watch(&callees);
	listing_say(follow, "ben=0", false);
	callees_watch(&callees);
	assert_in_range(listed->record.next_try_ms, lineup_clock() + 50000,
			lineup_clock() + 95000);
	assert_true(once->record.next_try_ms <= lineup_clock() + 5000);
	assert_true(unknown->record.next_try_ms <= lineup_clock() + 5000);
	assert_true(nearly_over->record.next_try_ms <= lineup_clock() + 5000);
	listing_news(follow, "ben", PRESENCE_BUSY);
	assert_true(is_soon(listed));
}

static void a_call_that_stands_proves_that_he_is_there(void **state)
{
	struct outbox_job *stands, *waits, *busy;

	(void)state;
	stands = add("ben", 0, 0);
	waits = add("ben", REASON_OFFLINE, 60000);
	busy = add("ben", REASON_BUSY, 60000);
	callees_is_there(&callees, stands);
	assert_true(is_soon(waits));
	assert_false(is_soon(busy));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_one_has_learnt_the_others_know),
		TEST(a_fault_of_its_own_is_nobody_elses),
		TEST(a_line_that_is_free_again_is_for_one_of_them),
		TEST(the_relay_is_asked_only_while_somebody_is_away),
		TEST(who_logs_in_is_called_within_a_second),
		TEST(who_logged_in_before_the_list_came_is_called_once),
		TEST(who_is_said_to_be_away_is_not_asked_for_all_the_time),
		TEST(a_call_that_stands_proves_that_he_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
