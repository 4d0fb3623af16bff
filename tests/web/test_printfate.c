/* SPDX-License-Identifier: Apache-2.0 */
#include "web/printfate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../store/scratch.h"
#include "base/log.h"

static const uint8_t batch[SPOOL_ID_SIZE] = { 1, 2, 3 };
static struct loop *l;
static struct config config;
static struct outbox *outbox;
static struct outbox_added added;
static struct printfate fate;
static struct why why;

static void on_job(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
}

static void on_paused(void *owner, bool paused)
{
	(void)owner;
	(void)paused;
}

static int set_up(void **state)
{
	static const struct outbox_handlers jobs = { on_job, on_job,
						     on_paused };
	struct outbox_parts parts = { .config = &config, .handlers = &jobs };

	log_set_level(LOG_ERROR);
	if (scratch_set_up(state) != 0 || mkdir(scratch("home"), 0700) != 0)
		return -1;
	config = (struct config){ .home = scratch("home"),
				  .give_up_h = 24,
				  .keep_jobs_d = 30 };
	l = parts.loop = loop_new();
	return l && outbox_new(&outbox, &parts, &why) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
	outbox_free(outbox);
	loop_free(l);
	return scratch_tear_down(state);
}

static void add(const uint8_t *id)
{
	static const char *const to[] = { "ben", "cleo" };
	const struct intake_request r = { .to = to,
					  .to_count = 2,
					  .priority = JOBS_NORMAL,
					  .title = "Pages",
					  .batch = id };
	const struct outbox_document d = { .path = scratch("pages.tif"),
					   .pages = 2,
					   .resolution = PAPER_FINE };

	scratch_write("pages.tif", "II*", 3);
	assert_int_equal(outbox_add_document(outbox, &r, &d, &added, &why), OK);
}

static void look(void)
{
	printfate_look(outbox, batch, &fate);
}

static void it_is_what_its_jobs_are(void **state)
{
	(void)state;
	add(NULL); /* others' */
	add(batch);
	look();
	assert_int_equal(fate.jobs, 2);
	assert_int_equal(fate.state, PRINTJOB_PROCESSING);
	assert_false(fate.over);
	for (int i = 0; i < 2; i++)
		assert_true(outbox_hold(added.jobs[i], true));
	look();
	assert_int_equal(fate.state, PRINTJOB_HELD);
	assert_false(fate.over);
	assert_true(printfate_cancel(outbox, batch));
	look();
	assert_int_equal(fate.state, PRINTJOB_CANCELED);
	assert_string_equal(fate.reason, "job-canceled-by-user");
	assert_true(fate.over && fate.ended_ms > 0);
	assert_false(printfate_cancel(outbox, batch));
	assert_int_equal(outbox_waiting(outbox), 2); /* others' */
}

static void what_the_queue_has_forgotten_is_not_called_delivered(void **state)
{
	struct outbox_job *both[2];

	(void)state;
	add(batch);
	memcpy(both, added.jobs, sizeof(both));
	assert_true(printfate_cancel(outbox, batch));
	for (int i = 0; i < 2; i++)
		assert_true(outbox_remove(both[i]));
	look();
	assert_int_equal(fate.jobs, 0);
	assert_int_equal(fate.state, PRINTJOB_COMPLETED);
	assert_string_equal(fate.reason, "job-completed-with-warnings");
	assert_non_null(strstr(fate.sentence, "not in the list"));
	assert_true(fate.over);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_what_its_jobs_are),
		TEST(what_the_queue_has_forgotten_is_not_called_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
