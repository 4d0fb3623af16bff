/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/lineup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "../io/turn.h"
#include "../store/scratch.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct loop *loop;
static struct lineup l;
static struct why why;
static struct spool_job loaded;
static unsigned gone;

static void on_changed(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
}

static void on_gone(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
	gone++;
}

static void on_paused(void *owner, bool paused)
{
	(void)owner;
	(void)paused;
}

static const struct outbox_handlers handlers = { on_changed, on_gone,
						 on_paused };

static int set_up(void **state)
{
	struct outbox_parts parts = { .handlers = &handlers };

	log_set_level(LOG_ERROR);
	gone = 0;
	if (scratch_set_up(state) != 0)
		return -1;
	parts.loop = loop = loop_new();
	lineup_init(&l, &parts);
	return spool_open(&l.spool, scratch("home"), &why) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
	lineup_fini(&l);
	loop_free(loop);
	return scratch_tear_down(state);
}

/* Accepted, and in the queue. */
static struct outbox_job *add(uint8_t number, uint64_t created_ms)
{
	struct spool_job r = { .id = { number },
			       .to = "ben",
			       .state = "queued",
			       .priority = "low",
			       .created_ms = created_ms,
			       .give_up_ms = 500 };
	char folder[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];

	assert_int_equal(spool_begin(l.spool, r.id, folder, &why), OK);
	assert_int_equal(atomic_path(path, &why, "%s/document.tif", folder),
			 OK);
	assert_int_equal(atomic_write(path, "II*", 3, 0600, &why), OK);
	assert_int_equal(spool_commit(l.spool, &r, 1, &why), OK);
	assert_int_equal(lineup_take_in(&l, NULL, &r, 1), OK);
	return l.jobs[l.count - 1];
}

static void note_loaded(void *owner, const struct spool_job *j)
{
	(void)owner;
	loaded = *j;
}

static void note_damaged(void *owner, const char *sentence)
{
	(void)owner;
	fail_msg("%s", sentence);
}

/* The one job, as it is on disk. */
static const struct spool_job *on_disk(void)
{
	assert_int_equal(
		spool_load(l.spool, note_loaded, note_damaged, NULL, &why), OK);
	return &loaded;
}

static void what_core_sees_is_what_the_record_says(void **state)
{
	struct outbox_job *j;
	const struct jobs_entry *e;

	(void)state;
	j = add(1, 100);
	e = &l.entries[j->at];
	assert_int_equal(e->state, JOBS_QUEUED);
	assert_int_equal(e->priority, JOBS_LOW);
	assert_true(e->created_ms == 100 && e->deadline_ms == 500);
	assert_int_equal(l.waiting, 1);
	j->record.not_before_ms = 300; /* it has waited since then */
	j->record.held_ms = 7;
	j->record.last_reason = REASON_BUSY;
	lineup_update(&l, j);
	assert_true(e->created_ms == 300 && e->held_ms == 7);
	assert_int_equal(e->reason, REASON_BUSY);
	add(2, 101);
	assert_true(l.entries[0].callee == l.entries[1].callee);
}

static void a_job_is_over_once(void **state)
{
	struct outbox_job *j;

	(void)state;
	j = add(1, 100);
	lineup_move(&l, j, JOBS_TRY);
	assert_true(j->deadline_ms > (int64_t)lineup_clock());
	lineup_move(&l, j, JOBS_ENOUGH);
	assert_int_equal(l.waiting, 0);
	assert_true(j->record.finished_ms > 0);
	assert_true(j->deadline_ms == INT64_MAX);
	lineup_move(&l, j, JOBS_BEGIN);
	assert_int_equal(l.waiting, 0);
}

static void what_is_cancelled_gets_no_more_time(void **state)
{
	struct outbox_job *j;

	(void)state;
	j = add(1, 100);
	lineup_move(&l, j, JOBS_TRY);
	j->call = 1;
	j->record.cancelled = true;
	j->deadline_ms = 77;
	lineup_move(&l, j, JOBS_STAND);
	assert_true(j->deadline_ms == 77);
	lineup_move(&l, j, JOBS_PAGE);
	assert_true(j->deadline_ms == 77);
}

static void a_save_that_may_wait_is_done_a_little_later(void **state)
{
	struct outbox_job *j;

	(void)state;
	j = add(1, 100);
	j->record.attempts = 3;
	lineup_save_later(&l, j, 50);
	lineup_save_later(&l, j, 50);
	assert_int_equal(on_disk()->attempts, 0);
	turn_for(loop, 200);
	assert_int_equal(on_disk()->attempts, 3);
	assert_true(list_empty(&j->unsaved));
	/* One that comes first takes its place. */
	j->record.attempts = 4;
	lineup_save_later(&l, j, 50);
	assert_true(lineup_save(&l, j));
	assert_true(list_empty(&l.unsaved));
}

static void what_waits_to_be_saved_is_saved_at_the_end(void **state)
{
	struct outbox_job *j;
	struct outbox_parts parts = { .loop = loop, .handlers = &handlers };

	(void)state;
	j = add(1, 100);
	j->record.attempts = 3;
	lineup_save_later(&l, j, 100000);
	lineup_fini(&l);
	lineup_init(&l, &parts);
	assert_int_equal(spool_open(&l.spool, scratch("home"), &why), OK);
	assert_int_equal(on_disk()->attempts, 3);
}

static void what_is_changed_together_is_on_disk_at_the_end(void **state)
{
	struct outbox_job *jobs[5];

	(void)state;
	for (uint8_t i = 0; i < 5; i++)
		jobs[i] = add(i, 100 + i);
	lineup_together(&l);
	for (uint32_t i = 0; i < 5; i++) {
		jobs[i]->record.attempts = 3;
		assert_true(lineup_save(&l, jobs[i]));
	}
	assert_int_equal(on_disk()->attempts, 0);
	lineup_apart(&l);
	assert_int_equal(on_disk()->attempts, 3);
	assert_true(list_empty(&l.unsaved));
	jobs[0]->record.attempts = 4;
	assert_true(lineup_save(&l, jobs[0])); /* at once again */
	assert_true(list_empty(&l.unsaved));
}

static void a_full_disk_is_waited_for(void **state)
{
	struct outbox_job *j;

	(void)state;
	if (!scratch_small_disk(256)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	spool_close(l.spool);
	assert_int_equal(spool_open(&l.spool, scratch("small"), &why), OK);
	j = add(1, 100);
	j->record.attempts = 3;
	scratch_fill();
	assert_false(lineup_save(&l, j));
	assert_false(list_empty(&j->unsaved));
	assert_int_equal(on_disk()->attempts, 0);
	scratch_make_room();
	l.saving.due(&l.saving); /* the time has come */
	assert_true(list_empty(&j->unsaved));
	assert_int_equal(on_disk()->attempts, 3);
}

static void jobs_are_in_order_of_creation(void **state)
{
	(void)state;
	add(1, 300);
	add(2, 100);
	add(3, 200);
	lineup_sort(&l);
	assert_int_equal(l.jobs[0]->record.id[0], 2);
	assert_int_equal(l.jobs[1]->record.id[0], 3);
	assert_int_equal(l.jobs[2]->record.id[0], 1);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(l.jobs[i]->at, i);
		assert_true(l.entries[i].created_ms ==
			    (int64_t)l.jobs[i]->record.created_ms);
	}
}

static void the_old_go_a_few_at_a_time(void **state)
{
	const struct config config = { .keep_jobs_d = 30,
				       .keep_documents_d = 10 };

	(void)state;
	for (uint8_t i = 0; i < 6; i++) {
		struct outbox_job *j = add(i, 100 + i);

		if (i == 2)
			continue; /* it waits, however old */
		lineup_move(&l, j, JOBS_STOP);
		j->record.finished_ms =
			lineup_clock() - (i == 4 ? 20ull : 40ull) * DAY_MS;
	}
	assert_true(lineup_tidy(&l, &config, 3));
	assert_int_equal(gone, 3);
	assert_int_equal(l.count, 3);
	assert_false(lineup_tidy(&l, &config, 3));
	assert_int_equal(l.count, 2);
	assert_int_equal(l.jobs[0]->record.id[0], 2);
	assert_int_equal(l.jobs[1]->record.id[0], 4);
	assert_true(l.jobs[0]->has_pages);
	assert_false(l.jobs[1]->has_pages);
	assert_int_equal(l.jobs[1]->at, 1);
	assert_int_equal(l.entries[1].state, JOBS_CANCELLED);
	assert_int_equal(scratch_count("home/jobs"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_core_sees_is_what_the_record_says),
		TEST(a_job_is_over_once),
		TEST(what_is_cancelled_gets_no_more_time),
		TEST(a_save_that_may_wait_is_done_a_little_later),
		TEST(what_waits_to_be_saved_is_saved_at_the_end),
		TEST(what_is_changed_together_is_on_disk_at_the_end),
		TEST(a_full_disk_is_waited_for),
		TEST(jobs_are_in_order_of_creation),
		TEST(the_old_go_a_few_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
