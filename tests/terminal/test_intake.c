/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HOUR = 3600 * 1000 };

static const uint64_t now = 1700000000000;
static const struct config config = { .give_up_h = 24 };
static struct spool_job *jobs;
static size_t count;
static struct why why;

static int tear_down(void **state)
{
	(void)state;
	free(jobs);
	jobs = NULL;
	count = 0;
	why.text[0] = '\0';
	return 0;
}

static enum err take(const struct intake_request *r)
{
	free(jobs);
	jobs = NULL;
	return intake_records(&config, r, now, &jobs, &count, &why);
}

/* To ben, and nothing special. */
static struct intake_request simple(void)
{
	static const char *const ben[] = { "ben" };

	return (struct intake_request){ .to = ben,
					.to_count = 1,
					.priority = JOBS_NORMAL };
}

static void a_job_is_queued_until_its_time_is_over(void **state)
{
	struct intake_request r = simple();

	(void)state;
	assert_int_equal(take(&r), OK);
	assert_int_equal(count, 1);
	assert_string_equal(jobs[0].to, "ben");
	assert_string_equal(jobs[0].state, "queued");
	assert_string_equal(jobs[0].priority, "normal");
	assert_true(jobs[0].created_ms == now);
	assert_true(jobs[0].next_try_ms == 0);
	assert_true(jobs[0].give_up_ms == now + 24 * HOUR);
	assert_true(jobs[0].held_ms == 0);
}

static void a_job_for_later_is_given_up_later(void **state)
{
	struct intake_request r = simple();

	(void)state;
	r.not_before_ms = now + 5 * HOUR;
	assert_int_equal(take(&r), OK);
	assert_true(jobs[0].next_try_ms == now + 5 * HOUR);
	assert_true(jobs[0].give_up_ms == now + 29 * HOUR);
	r.give_up_ms = now + 6 * HOUR;
	r.held = true;
	assert_int_equal(take(&r), OK);
	assert_true(jobs[0].give_up_ms == now + 6 * HOUR);
	assert_true(jobs[0].held_ms == now);
	r.give_up_ms = now + 5 * HOUR;
	assert_int_equal(take(&r), ERR_BAD);
	assert_non_null(strstr(why.text, "later time"));
	r = simple();
	r.give_up_ms = now;
	assert_int_equal(take(&r), ERR_BAD);
}

static void each_recipient_has_a_job_and_all_have_one_batch(void **state)
{
	static const char *const to[] = { "ben", "cleo@south", "ben", "+81123",
					  "cleo" };
	struct intake_request r = simple();

	(void)state;
	r.to = to;
	r.to_count = 5;
	assert_int_equal(take(&r), OK);
	assert_int_equal(count, 4); /* ben once */
	assert_string_equal(jobs[1].to, "cleo@south");
	assert_string_equal(jobs[3].to, "cleo");
	for (size_t i = 1; i < count; i++) {
		assert_memory_equal(jobs[i].batch, jobs[0].batch,
				    SPOOL_ID_SIZE);
		assert_memory_not_equal(jobs[i].id, jobs[i - 1].id,
					SPOOL_ID_SIZE);
	}
}

static void who_is_no_address_is_named(void **state)
{
	static const char *const to[] = { "ben", "No\033body" };
	struct intake_request r = simple();

	(void)state;
	r.to = to;
	r.to_count = 2;
	assert_int_equal(take(&r), ERR_BAD);
	assert_non_null(strstr(why.text, "\"No?body\""));
	r.to_count = 0;
	assert_int_equal(take(&r), ERR_BAD);
	assert_non_null(strstr(why.text, "no recipient"));
}

static void a_thousand_recipients_are_enough(void **state)
{
	static const char *to[INTAKE_TO_MAX + 1];
	static char names[INTAKE_TO_MAX + 1][8];
	struct intake_request r = simple();

	(void)state;
	for (int i = 0; i <= INTAKE_TO_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "t%d", i);
		to[i] = names[i];
	}
	r.to = to;
	r.to_count = INTAKE_TO_MAX;
	assert_int_equal(take(&r), OK);
	assert_int_equal(count, INTAKE_TO_MAX);
	r.to_count++;
	assert_int_equal(take(&r), ERR_LIMIT);
}

static void its_title_is_what_was_said_or_the_last_file(void **state)
{
	const struct prepare_file files[] = {
		{ .fd = -1, .name = "the cover page" },
		{ .fd = -1, .name = "/home/ana/plan.pdf" }
	};
	struct intake_request r = simple();

	(void)state;
	assert_int_equal(take(&r), OK);
	assert_string_equal(jobs[0].title, "");
	r.files = files;
	r.count = 2;
	assert_int_equal(take(&r), OK);
	assert_string_equal(jobs[0].title, "plan.pdf");
	r.title = "Plan\nB";
	r.note = "for Tuesday";
	r.user = "ana";
	assert_int_equal(take(&r), OK);
	assert_string_equal(jobs[0].title, "Plan?B");
	assert_string_equal(jobs[0].note, "for Tuesday");
	assert_string_equal(jobs[0].user, "ana");
}

static void a_note_is_taken_whole_or_not_at_all(void **state)
{
	struct intake_request r = simple();
	char note[402];

	(void)state;
	memset(note, 'n', sizeof(note));
	note[400] = '\0';
	r.note = note;
	assert_int_equal(take(&r), OK);
	assert_int_equal(strlen(jobs[0].note), 400);
	note[400] = 'n';
	note[401] = '\0';
	assert_int_equal(take(&r), ERR_LIMIT);
}

static void who_puts_a_job_off_leaves_it_as_long_as_it_had(void **state)
{
	struct spool_job j = { .give_up_ms = now + 3 * HOUR };

	(void)state;
	assert_true(intake_put_off(&config, &j, now + 10 * HOUR, now) ==
		    now + 13 * HOUR);
	assert_true(intake_put_off(&config, &j, 0, now) == now + 3 * HOUR);
	/* Twice the same is once. */
	j.not_before_ms = now + 10 * HOUR;
	j.give_up_ms = now + 13 * HOUR;
	assert_true(intake_put_off(&config, &j, now + 10 * HOUR, now) ==
		    now + 13 * HOUR);
	assert_true(intake_put_off(&config, &j, now + HOUR, now) ==
		    now + 4 * HOUR);
	/* Its time is over in this very moment. */
	assert_true(intake_put_off(&config, &j, 0, now + 14 * HOUR) ==
		    now + 38 * HOUR);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_is_queued_until_its_time_is_over),
		TEST(a_job_for_later_is_given_up_later),
		TEST(each_recipient_has_a_job_and_all_have_one_batch),
		TEST(who_is_no_address_is_named),
		TEST(a_thousand_recipients_are_enough),
		TEST(its_title_is_what_was_said_or_the_last_file),
		TEST(a_note_is_taken_whole_or_not_at_all),
		TEST(who_puts_a_job_off_leaves_it_as_long_as_it_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
