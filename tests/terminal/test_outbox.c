/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/log.h"
#include "../io/turn.h"
#include "../store/scratch.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct loop *loop;
static struct outbox *outbox;
static struct config config;
static struct why why;
static unsigned listed;
static char states[64]; /* first letters, in order */

static void on_changed(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
}

static void on_gone(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
}

static void on_paused(void *owner, bool paused)
{
	(void)owner;
	(void)paused;
}

static const struct outbox_handlers handlers = { on_changed, on_gone,
						 on_paused };

static uint64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int set_up(void **state)
{
	static char home[ATOMIC_PATH_MAX];

	log_set_level(LOG_ERROR);
	if (scratch_set_up(state) != 0)
		return -1;
	snprintf(home, sizeof(home), "%s", scratch("home"));
	config = (struct config){ .home = home, .keep_jobs_d = 30 };
	loop = loop_new();
	return loop ? 0 : -1;
}

static int tear_down(void **state)
{
	outbox_free(outbox);
	outbox = NULL;
	loop_free(loop);
	return scratch_tear_down(state);
}

/* A job as an earlier run left it. */
static struct spool_job left(uint8_t number, const char *state,
			     uint64_t finished_ms)
{
	struct spool_job j = { .id = { number, 1, 2 },
			       .to = "ben",
			       .created_ms =
				       epoch_ms() - 100ull * DAY_MS + number,
			       .give_up_ms = epoch_ms() + DAY_MS,
			       .finished_ms = finished_ms };

	snprintf(j.state, sizeof(j.state), "%s", state);
	return j;
}

static void keep(const struct spool_job *j)
{
	char folder[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	struct spool *s;

	assert_int_equal(spool_open(&s, config.home, &why), OK);
	assert_int_equal(spool_begin(s, j->id, folder, &why), OK);
	assert_int_equal(atomic_path(path, &why, "%s/document.tif", folder),
			 OK);
	assert_int_equal(atomic_write(path, "II*", 3, 0600, &why), OK);
	assert_int_equal(spool_commit(s, j, 1, &why), OK);
	spool_close(s);
}

static void note(void *owner, const struct outbox_job *j)
{
	(void)owner;
	states[listed++] = jobs_state_name(j->state)[0];
	states[listed] = '\0';
}

static const char *list(void)
{
	listed = 0;
	states[0] = '\0';
	outbox_each(outbox, note, NULL);
	return states;
}

/* Loads what is there, and lets it do what it does by itself. */
static void open_outbox(void)
{
	const struct outbox_parts parts = { .loop = loop,
					    .config = &config,
					    .handlers = &handlers };

	outbox_free(outbox);
	outbox = NULL;
	assert_int_equal(outbox_new(&outbox, &parts, &why), OK);
	turn_for(loop, 20);
}

static void what_was_under_way_begins_anew(void **state)
{
	const struct spool_job jobs[] = { left(1, "queued", 0),
					  left(2, "calling", 0),
					  left(3, "sending", 0),
					  left(4, "failed", epoch_ms()) };

	(void)state;
	for (int i = 0; i < 4; i++)
		keep(&jobs[i]);
	open_outbox();
	assert_string_equal(list(), "qqqf");
}

static void jobs_that_are_over_go_when_they_are_old(void **state)
{
	const uint64_t now = epoch_ms();
	const struct spool_job jobs[] = {
		left(1, "delivered", now - 31ull * DAY_MS),
		left(2, "failed", now - 29ull * DAY_MS),
		left(3, "cancelled", now - 99ull * DAY_MS),
		left(4, "queued", 0),		    /* however old */
		left(5, "delivered", now + DAY_MS), /* the clock went back */
	};

	(void)state;
	for (int i = 0; i < 5; i++)
		keep(&jobs[i]);
	open_outbox();
	assert_string_equal(list(), "fqd");
	assert_int_equal(scratch_count("home/jobs"), 3);
	open_outbox();
	assert_string_equal(list(), "fqd");
}

static void what_was_cancelled_while_it_went_is_not_sent(void **state)
{
	struct spool_job j = left(1, "sending", 0);

	(void)state;
	j.cancelled = true;
	keep(&j);
	open_outbox();
	assert_string_equal(list(), "c");
	assert_false(scratch_exists(
		"home/jobs/01010200000000000000000000000000/document.tif"));
	open_outbox();
	assert_string_equal(list(), "c");
}

static void a_job_is_cancelled_once(void **state)
{
	const struct spool_job j = left(1, "queued", 0);
	struct outbox_job *job;

	(void)state;
	keep(&j);
	open_outbox();
	assert_null(outbox_find(outbox, "010"));
	assert_null(outbox_find(outbox, "0102"));
	job = outbox_find(outbox, "0101");
	assert_non_null(job);
	assert_true(outbox_cancel(outbox, job));
	assert_false(outbox_cancel(outbox, job));
	open_outbox();
	assert_string_equal(list(), "c");
}

/* Seven relays of 32 octets and a recipient of 24. */
static void the_longest_address_is_kept_whole(void **state)
{
	struct spool_job j = left(1, "queued", 0);
	struct outbox_job *job;

	(void)state;
	memset(j.to, 'b', 255);
	for (int at = 24; at < 255; at += 33) {
		j.to[at] = '@';
		j.to[at + 1] = (char)('a' + at / 33);
	}
	assert_true(path_address_valid(j.to, strlen(j.to)));
	keep(&j);
	open_outbox();
	job = outbox_find(outbox, "0101");
	assert_non_null(job);
	assert_int_equal(strlen(job->record.to), 255);
	assert_string_equal(job->record.to, j.to);
	assert_true(outbox_cancel(outbox, job));
	open_outbox();
	job = outbox_find(outbox, "0101");
	assert_non_null(job);
	assert_string_equal(job->record.to, j.to);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_under_way_begins_anew),
		TEST(jobs_that_are_over_go_when_they_are_old),
		TEST(what_was_cancelled_while_it_went_is_not_sent),
		TEST(a_job_is_cancelled_once),
		TEST(the_longest_address_is_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
