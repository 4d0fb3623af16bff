/* SPDX-License-Identifier: Apache-2.0 */
#include "store/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* --- batches --- */

enum { BATCH = 7 };

static struct spool_job batch[BATCH];

/* Jobs from `first` on, of one batch. */
static enum err add_batch(unsigned from)
{
	struct spool_job j = job(from);
	enum err e = begin(&j);

	for (unsigned i = 0; i < BATCH; i++) {
		batch[i] = job(from + i);
		memcpy(batch[i].batch, j.id, sizeof(j.id));
		snprintf(batch[i].to, sizeof(batch[i].to), "t%u", i);
	}
	return e == OK ? spool_commit(s, batch, BATCH, &why) : e;
}

static void a_batch_shares_its_document(void **state)
{
	struct stat first_file, other;

	(void)state;
	assert_int_equal(add_batch(1), OK);
	load();
	assert_int_equal(loaded_count, BATCH);
	assert_int_equal(scratch_count("home/jobs"), BATCH);
	assert_int_equal(
		stat(scratch(path_of(1, "", "/document.tif")), &first_file), 0);
	for (unsigned i = 0; i < BATCH; i++) {
		assert_int_equal(
			stat(scratch(path_of(1 + i, "", "/document.tif")),
			     &other),
			0);
		assert_true(other.st_ino == first_file.st_ino);
		assert_memory_equal(loaded[i].batch, batch[0].batch,
				    SPOOL_ID_SIZE);
	}
	/* Each goes by itself. */
	spool_document_remove(s, batch[0].id);
	spool_remove(s, batch[1].id);
	load();
	assert_int_equal(loaded_count, BATCH - 1);
	assert_true(scratch_exists(path_of(3, "", "/document.tif")));
}

/* As it is on disk at each moment after the batch's file is there. */
static void a_batch_that_was_cut_off_is_completed(void **state)
{
	char list[BATCH * 33 + 1] = "", name[200], accepted[200];

	(void)state;
	for (unsigned done = 0; done <= BATCH; done++) {
		unsigned from = 1 + done * 20;

		assert_int_equal(add_batch(from), OK);
		list[0] = '\0';
		for (unsigned i = 0; i < BATCH; i++) {
			char *at = list + strlen(list);

			text_to_hex(batch[i].id, SPOOL_ID_SIZE, at);
			strcat(at, "\n");
			if (i < done)
				continue;
			snprintf(name, sizeof(name), "%s",
				 scratch(path_of(from + i, ".new-", "")));
			snprintf(accepted, sizeof(accepted), "%s",
				 scratch(path_of(from + i, "", "")));
			assert_int_equal(rename(accepted, name), 0);
		}
		snprintf(name, sizeof(name), "%s",
			 path_of(from, ".batch-", ""));
		scratch_write(name, list, strlen(list));
		load();
		assert_int_equal(damaged_count, 0);
		assert_int_equal(loaded_count, (done + 1) * BATCH);
		assert_false(scratch_exists(name));
	}
}

static void a_batch_without_its_file_was_never_accepted(void **state)
{
	char name[200], accepted[200];

	(void)state;
	assert_int_equal(add_batch(1), OK);
	for (unsigned i = 0; i < BATCH; i++) {
		snprintf(name, sizeof(name), "%s",
			 scratch(path_of(1 + i, ".new-", "")));
		snprintf(accepted, sizeof(accepted), "%s",
			 scratch(path_of(1 + i, "", "")));
		assert_int_equal(rename(accepted, name), 0);
	}
	snprintf(name, sizeof(name), "%s", path_of(1, ".batch-", ".tmp"));
	scratch_write(name, "01", 2); /* half of it was written */
	load();
	assert_int_equal(loaded_count + damaged_count, 0);
	assert_int_equal(scratch_count("home/jobs"), 0);
}

static void a_full_disk_accepts_a_batch_whole_or_not_at_all(void **state)
{
	unsigned accepted = 0;

	(void)state;
	if (!scratch_small_disk(512)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	spool_close(s);
	assert_int_equal(spool_open(&s, scratch("small"), &why), OK);
	while (accepted < 100 && add_batch(1 + accepted * 20) == OK)
		accepted++;
	assert_in_range(accepted, 1, 99);
	assert_non_null(strstr(why.text, "full"));
	load();
	assert_int_equal(loaded_count, accepted * BATCH);
	assert_int_equal(scratch_count("small/jobs"), loaded_count);
}

static void a_batch_without_a_document_is_refused(void **state)
{
	char folder[ATOMIC_PATH_MAX];

	(void)state;
	assert_int_equal(add_batch(1), OK);
	for (unsigned i = 0; i < BATCH; i++)
		spool_remove(s, batch[i].id);
	assert_int_equal(spool_begin(s, batch[0].id, folder, &why), OK);
	assert_int_equal(spool_commit(s, batch, BATCH, &why), ERR_MISSING);
	assert_int_equal(scratch_count("home/jobs"), 0);
}

static void a_document_that_lies_elsewhere_is_shared(void **state)
{
	struct spool_job j = job(1);

	(void)state;
	scratch_write("pages.tif", "II*", 3);
	assert_int_equal(spool_begin_with(s, j.id, scratch("pages.tif"), &why),
			 OK);
	assert_int_equal(spool_commit(s, &j, 1, &why), OK);
	assert_int_equal(unlink(scratch("pages.tif")), 0);
	load();
	assert_int_equal(loaded_count, 1);
	assert_true(scratch_exists(path_of(1, "", "/document.tif")));
	j = job(2);
	assert_int_equal(spool_begin_with(s, j.id, scratch("pages.tif"), &why),
			 ERR_MISSING);
	assert_int_equal(scratch_count("home/jobs"), 1);
}

static void accept_batches(void (*done)(void))
{
	for (unsigned n = 0; n < 100; n++) {
		if (add_batch(first + n * BATCH) != OK)
			_exit(1);
		done();
	}
}

static void a_kill_at_any_moment_leaves_whole_batches(void **state)
{
	(void)state;
	first = 0;
	for (int round = 0; round < 10; round++) {
		unsigned said = scratch_kill(accept_batches, 40000);
		unsigned before = first;

		load();
		assert_int_equal(damaged_count, 0);
		assert_int_equal(loaded_count % BATCH, 0);
		assert_in_range(loaded_count, before + said * BATCH,
				before + (said + 1) * BATCH);
		assert_int_equal(scratch_count("home/jobs"), loaded_count);
		first = loaded_count;
	}
	assert_true(first > 0);
}

/* --- the rest --- */

static void many_are_saved_at_once(void **state)
{
	const struct spool_job *pointers[BATCH];

	(void)state;
	assert_int_equal(add_batch(1), OK);
	for (unsigned i = 0; i < BATCH; i++) {
		batch[i].attempts = 5;
		pointers[i] = &batch[i];
	}
	/* What a crash has left is in nobody's way. */
	scratch_write(path_of(2, "", "/job.json.new"), "{", 1);
	assert_int_equal(spool_save_all(s, pointers, BATCH, &why), OK);
	load();
	assert_int_equal(loaded_count, BATCH);
	for (unsigned i = 0; i < BATCH; i++)
		assert_int_equal(loaded[i].attempts, 5);
	assert_int_equal(scratch_count(path_of(2, "", "")), 2);
	spool_remove(s, batch[3].id);
	assert_int_equal(spool_save_all(s, pointers, BATCH, &why), ERR_MISSING);
	load();
	assert_int_equal(damaged_count, 0);
	assert_int_equal(loaded_count, BATCH - 1);
	assert_int_equal(spool_save_all(s, pointers, 0, &why), OK);
}

static void a_record_of_an_earlier_version_is_loaded(void **state)
{
	static const char record[] =
		"{\"id\":\"0001ab00000000000000000000000000\",\"to\":\"ben\","
		"\"title\":\"\",\"resolution\":\"fine\",\"state\":\"queued\","
		"\"last_result\":\"\",\"far_ident\":\"\",\"created_ms\":1,"
		"\"not_before_ms\":0,\"give_up_ms\":2,\"next_try_ms\":0,"
		"\"finished_ms\":0,\"attempts\":3,\"pages\":1,"
		"\"pages_confirmed\":0,\"last_reason\":3}";

	(void)state;
	assert_int_equal(add(1), OK);
	scratch_write(path_of(1, "", "/job.json"), record, strlen(record));
	load();
	assert_int_equal(loaded_count, 1);
	assert_int_equal(loaded[0].attempts, 3);
	assert_string_equal(loaded[0].priority, "");
	assert_true(loaded[0].held_ms == 0);
}

static void what_the_queue_is_set_to_is_kept(void **state)
{
	struct spool_queue q = { .paused_ms = 9 };

	(void)state;
	assert_int_equal(spool_queue_load(s, &q, &why), OK);
	assert_true(q.paused_ms == 0);
	q.paused_ms = 1700000000000;
	assert_int_equal(spool_queue_save(s, &q, &why), OK);
	q.paused_ms = 0;
	assert_int_equal(spool_queue_load(s, &q, &why), OK);
	assert_true(q.paused_ms == 1700000000000);
	scratch_write("home/queue.json", "{}", 2);
	assert_int_equal(spool_queue_load(s, &q, &why), ERR_BAD);
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
		TEST(a_batch_shares_its_document),
		TEST(a_batch_that_was_cut_off_is_completed),
		TEST(a_batch_without_its_file_was_never_accepted),
		TEST(a_full_disk_accepts_a_batch_whole_or_not_at_all),
		TEST(a_batch_without_a_document_is_refused),
		TEST(a_document_that_lies_elsewhere_is_shared),
		TEST(a_kill_at_any_moment_leaves_whole_batches),
		TEST(a_record_of_an_earlier_version_is_loaded),
		TEST(many_are_saved_at_once),
		TEST(what_the_queue_is_set_to_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
