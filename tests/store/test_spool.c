/* SPDX-License-Identifier: Apache-2.0 */
#include "store/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "scratch.h"

enum { LOADED_MAX = 4096 };

static struct spool *s;
static struct why why;
static struct spool_job loaded[LOADED_MAX];
static unsigned loaded_count, damaged_count;

static int set_up(void **state)
{
	return scratch_set_up(state) == 0 &&
			       spool_open(&s, scratch("home"), &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	spool_close(s);
	return scratch_tear_down(state);
}

static void note_job(void *owner, const struct spool_job *j)
{
	(void)owner;
	assert_true(loaded_count < LOADED_MAX);
	loaded[loaded_count++] = *j;
}

static void note_damaged(void *owner, const char *sentence)
{
	(void)owner;
	assert_true(strlen(sentence) > 0);
	damaged_count++;
}

static void load(void)
{
	loaded_count = damaged_count = 0;
	assert_int_equal(spool_load(s, note_job, note_damaged, NULL, &why), OK);
}

static struct spool_job job(unsigned n)
{
	struct spool_job j = { .id = { (uint8_t)(n >> 8), (uint8_t)n, 0xab },
			       .to = "ben",
			       .title = "Invoice \"7\" \xc3\xa4",
			       .resolution = "fine",
			       .state = "queued",
			       .created_ms = 1700000000000 + n,
			       .give_up_ms = 1700086400000,
			       .pages = 3 };

	return j;
}

/* Begins the job and puts a document into its folder. */
static enum err begin(const struct spool_job *j)
{
	char folder[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	enum err e = spool_begin(s, j->id, folder, &why);

	if (e != OK)
		return e;
	e = atomic_path(path, &why, "%s/document.tif", folder);
	return e == OK ? atomic_write(path, "II*", 3, 0600, &why) : e;
}

static enum err add(unsigned n)
{
	struct spool_job j = job(n);
	enum err e = begin(&j);

	return e == OK ? spool_commit(s, &j, 1, &why) : e;
}

static const char *path_of(unsigned n, const char *before, const char *after)
{
	static char path[200];
	struct spool_job j = job(n);
	char hex[2 * SPOOL_ID_SIZE + 1];

	text_to_hex(j.id, sizeof(j.id), hex);
	snprintf(path, sizeof(path), "home/jobs/%s%s%s", before, hex, after);
	return path;
}

static void an_accepted_job_is_loaded_whole(void **state)
{
	struct spool_job j = job(1);
	char path[ATOMIC_PATH_MAX];

	(void)state;
	assert_int_equal(add(1), OK);
	load();
	assert_int_equal(loaded_count, 1);
	assert_memory_equal(loaded[0].id, j.id, sizeof(j.id));
	assert_string_equal(loaded[0].to, "ben");
	assert_string_equal(loaded[0].title, j.title);
	assert_int_equal(loaded[0].created_ms, j.created_ms);
	assert_int_equal(loaded[0].pages, 3);
	assert_int_equal(spool_document_path(s, j.id, path), OK);
	assert_int_equal(access(path, R_OK), 0);
}

static void a_job_that_was_never_accepted_is_removed(void **state)
{
	struct spool_job j = job(1);

	(void)state;
	assert_int_equal(begin(&j), OK);
	load();
	assert_int_equal(loaded_count + damaged_count, 0);
	assert_int_equal(scratch_count("home/jobs"), 0);
}

static void a_job_without_a_document_is_not_accepted(void **state)
{
	struct spool_job j = job(1);
	char folder[ATOMIC_PATH_MAX];

	(void)state;
	assert_int_equal(spool_begin(s, j.id, folder, &why), OK);
	assert_int_not_equal(spool_commit(s, &j, 1, &why), OK);
	assert_int_equal(scratch_count("home/jobs"), 0);
}

static void an_abandoned_job_leaves_nothing(void **state)
{
	struct spool_job j = job(1);

	(void)state;
	assert_int_equal(begin(&j), OK);
	spool_abandon(s, j.id);
	assert_int_equal(scratch_count("home/jobs"), 0);
}

static void what_is_saved_is_loaded(void **state)
{
	struct spool_job j = job(1);

	(void)state;
	assert_int_equal(add(1), OK);
	strcpy(j.state, "failed");
	strcpy(j.last_result, "Nobody answered.");
	j.attempts = 7;
	j.last_reason = 5;
	assert_int_equal(spool_save(s, &j, &why), OK);
	load();
	assert_string_equal(loaded[0].state, "failed");
	assert_string_equal(loaded[0].last_result, "Nobody answered.");
	assert_int_equal(loaded[0].attempts, 7);
	assert_int_equal(loaded[0].last_reason, 5);
}

static void a_document_goes_and_its_record_stays(void **state)
{
	struct spool_job j = job(1);

	(void)state;
	assert_int_equal(add(1), OK);
	spool_document_remove(s, j.id);
	assert_false(scratch_exists(path_of(1, "", "/document.tif")));
	load();
	assert_int_equal(loaded_count, 1);
}

static void a_removed_job_is_gone(void **state)
{
	struct spool_job j = job(1);

	(void)state;
	assert_int_equal(add(1), OK);
	assert_int_equal(add(2), OK);
	spool_remove(s, j.id);
	spool_remove(s, j.id);
	load();
	assert_int_equal(loaded_count, 1);
	assert_int_equal(scratch_count("home/jobs"), 1);
}

static void damaged_records_are_set_aside_and_told(void **state)
{
	struct spool_job five = job(5);
	char other[200];

	(void)state;
	for (unsigned n = 1; n <= 5; n++)
		assert_int_equal(add(n), OK);
	scratch_write(path_of(1, "", "/job.json"), "", 0);
	scratch_write(path_of(2, "", "/job.json"), "{\"id\":", 6);
	assert_int_equal(unlink(scratch(path_of(3, "", "/job.json"))), 0);
	/* A folder under the name of another job. */
	snprintf(other, sizeof(other), "%s", scratch(path_of(6, "", "")));
	assert_int_equal(rename(scratch(path_of(4, "", "")), other), 0);
	load();
	assert_int_equal(damaged_count, 4);
	assert_int_equal(loaded_count, 1);
	assert_memory_equal(loaded[0].id, five.id, sizeof(five.id));
	/* Nothing was thrown away, and nothing is told twice. */
	assert_true(scratch_exists(path_of(1, ".damaged-", "/document.tif")));
	load();
	assert_int_equal(damaged_count, 0);
	assert_int_equal(loaded_count, 1);
}

static void a_full_disk_accepts_nothing_and_loses_nothing(void **state)
{
	struct spool_job one = job(1);

	(void)state;
	if (!scratch_small_disk(256)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	spool_close(s);
	assert_int_equal(spool_open(&s, scratch("small"), &why), OK);
	assert_int_equal(add(1), OK);
	scratch_fill();
	assert_int_equal(add(2), ERR_SPACE);
	assert_non_null(strstr(why.text, "full"));
	one.attempts = 9;
	assert_int_equal(spool_save(s, &one, &why), ERR_SPACE);
	scratch_make_room();
	load();
	assert_int_equal(loaded_count, 1);
	assert_int_equal(damaged_count, 0);
	assert_int_equal(loaded[0].attempts, 0);
	assert_int_equal(add(2), OK);
}

static unsigned first;

static void accept_jobs(void (*done)(void))
{
	for (unsigned n = 0; n < 300; n++) {
		struct spool_job j = job(first + n);

		if (add(first + n) != OK)
			_exit(1);
		done();
		j.attempts = 1;
		if (spool_save(s, &j, NULL) != OK)
			_exit(1);
	}
}

static void a_kill_at_any_moment_loses_no_accepted_job(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		unsigned said = scratch_kill(accept_jobs, 40000);
		unsigned before = first;

		load();
		assert_int_equal(damaged_count, 0);
		/* The one that was just being accepted may stand too. */
		assert_in_range(loaded_count, before + said, before + said + 1);
		assert_int_equal(scratch_count("home/jobs"), loaded_count);
		first = loaded_count;
	}
	assert_true(first > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_accepted_job_is_loaded_whole),
		TEST(a_job_that_was_never_accepted_is_removed),
		TEST(a_job_without_a_document_is_not_accepted),
		TEST(an_abandoned_job_leaves_nothing),
		TEST(what_is_saved_is_loaded),
		TEST(a_document_goes_and_its_record_stays),
		TEST(a_removed_job_is_gone),
		TEST(damaged_records_are_set_aside_and_told),
		TEST(a_full_disk_accepts_nothing_and_loses_nothing),
		TEST(a_kill_at_any_moment_loses_no_accepted_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
