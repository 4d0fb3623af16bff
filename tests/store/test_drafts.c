/* SPDX-License-Identifier: Apache-2.0 */
#include "store/drafts.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "scratch.h"

static struct drafts *d;
static struct why why;

static const char pages[] = "as good as pages";

static int set_up(void **state)
{
	return scratch_set_up(state) == 0 &&
			       mkdir(scratch("home"), 0700) == 0 &&
			       drafts_open(&d, scratch("home"), &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	drafts_close(d);
	return scratch_tear_down(state);
}

static struct draft draft(unsigned n)
{
	struct draft one = { .id = { (uint8_t)(n >> 8), (uint8_t)n, 0xcd },
			     .name = "Letter \"7\" \xc3\xa4",
			     .user = "ana",
			     .source = "page",
			     .resolution = "fine",
			     .size = "A4",
			     .created_ms = 1700000000000 + n,
			     .pages = 3 };

	return one;
}

/* In its folder; valid for the next few calls. */
static const char *in_folder(const char *home, unsigned n, const char *rest)
{
	struct draft one = draft(n);
	char hex[2 * DRAFTS_ID_SIZE + 1], path[200];

	text_to_hex(one.id, DRAFTS_ID_SIZE, hex);
	(void)snprintf(path, sizeof(path), "%s/drafts/%s%s", home, hex, rest);
	return scratch(path);
}

static bool is_there(unsigned n, const char *rest)
{
	return access(in_folder("home", n, rest), F_OK) == 0;
}

static int given(const char *home)
{
	int fd = open(scratch(home), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "the file", 8), 8);
	return fd;
}

static enum err make_pages(const char *work)
{
	char path[ATOMIC_PATH_MAX];
	FILE *f;

	assert_int_equal(atomic_path(path, NULL, "%s/document.tif", work), OK);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(pages, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
	return OK;
}

static enum err add(unsigned n)
{
	struct draft one = draft(n);
	char work[ATOMIC_PATH_MAX];
	int fd = given("home");
	enum err e = drafts_begin(d, one.id, fd, work, &why);

	close(fd);
	if (e == OK)
		e = make_pages(work);
	return e == OK ? drafts_keep(d, &one, &why) : e;
}

static void open_again(void)
{
	drafts_close(d);
	assert_int_equal(drafts_open(&d, scratch("home"), &why), OK);
}

/* --- tests --- */

static void a_draft_that_is_kept_stands_after_a_restart(void **state)
{
	struct draft one = draft(1);
	char hex[2 * DRAFTS_ID_SIZE + 1], path[ATOMIC_PATH_MAX], text[40];
	const struct draft *found;
	FILE *f;

	(void)state;
	assert_int_equal(add(2), OK);
	assert_int_equal(add(1), OK);
	open_again();
	assert_int_equal(drafts_count(d), 2);
	/* In order of creation, not of keeping. */
	assert_memory_equal(drafts_at(d, 0), &one, sizeof(one));
	text_to_hex(one.id, DRAFTS_ID_SIZE, hex);
	found = drafts_find(d, hex);
	assert_memory_equal(found, &one, sizeof(one));
	assert_int_equal(drafts_document(d, one.id, path), OK);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	assert_string_equal(text, pages);
	fclose(f);
	assert_int_equal(drafts_source(d, one.id, path), OK);
	assert_int_equal(access(path, R_OK), 0);
	assert_false(is_there(1, "/work"));
}

static void a_draft_is_found_by_all_of_its_name_alone(void **state)
{
	char hex[2 * DRAFTS_ID_SIZE + 1];
	struct draft one = draft(1);

	(void)state;
	assert_int_equal(add(1), OK);
	text_to_hex(one.id, DRAFTS_ID_SIZE, hex);
	assert_non_null(drafts_find(d, hex));
	hex[31] = 'f';
	assert_null(drafts_find(d, hex));
	hex[31] = '\0';
	assert_null(drafts_find(d, hex));
	assert_null(drafts_find(d, ""));
	assert_null(drafts_find(d, "../../../../../../../../etc/pass"));
}

static void what_was_begun_and_not_kept_is_gone(void **state)
{
	struct draft one = draft(1), two = draft(2);
	char work[ATOMIC_PATH_MAX];
	int fd = given("home");

	(void)state;
	assert_int_equal(drafts_begin(d, one.id, fd, work, &why), OK);
	close(fd);
	drafts_abandon(d, one.id);
	assert_int_equal(scratch_count("home/drafts"), 0);
	fd = given("home");
	assert_int_equal(drafts_begin(d, two.id, fd, work, &why), OK);
	close(fd);
	assert_int_equal(drafts_count(d), 0);
	open_again(); /* as after a crash */
	assert_int_equal(drafts_count(d), 0);
	assert_int_equal(scratch_count("home/drafts"), 0);
}

static void pages_are_made_anew_one_at_a_time(void **state)
{
	struct draft one = draft(1);
	char work[ATOMIC_PATH_MAX], other[ATOMIC_PATH_MAX];

	(void)state;
	assert_int_equal(add(1), OK);
	assert_int_equal(drafts_begin_again(d, one.id, work, &why), OK);
	assert_int_equal(drafts_begin_again(d, one.id, other, &why),
			 ERR_EXISTS);
	/* It stands meanwhile, as it was. */
	assert_true(is_there(1, "/document.tif"));
	assert_int_equal(make_pages(work), OK);
	(void)snprintf(one.resolution, sizeof(one.resolution), "400");
	assert_int_equal(drafts_keep(d, &one, &why), OK);
	assert_int_equal(drafts_count(d), 1);
	assert_string_equal(drafts_at(d, 0)->resolution, "400");
	open_again();
	assert_string_equal(drafts_at(d, 0)->resolution, "400");
	/* What is given up lets the next one begin. */
	assert_int_equal(drafts_begin_again(d, one.id, work, &why), OK);
	drafts_abandon(d, one.id);
	assert_int_equal(drafts_begin_again(d, one.id, work, &why), OK);
	open_again();
	assert_int_equal(drafts_count(d), 1);
	assert_int_equal(drafts_begin_again(d, one.id, work, &why), OK);
}

static void one_that_is_removed_meanwhile_does_not_come_back(void **state)
{
	struct draft one = draft(1);
	char work[ATOMIC_PATH_MAX];

	(void)state;
	assert_int_equal(add(1), OK);
	assert_int_equal(drafts_begin_again(d, one.id, work, &why), OK);
	drafts_remove(d, one.id);
	assert_int_not_equal(drafts_keep(d, &one, &why), OK);
	assert_int_equal(drafts_count(d), 0);
	assert_int_equal(scratch_count("home/drafts"), 0);
	assert_int_equal(drafts_begin_again(d, one.id, work, &why),
			 ERR_MISSING);
	drafts_remove(d, one.id);
}

static void without_its_pages_none_is_kept(void **state)
{
	struct draft one = draft(1);
	char work[ATOMIC_PATH_MAX];
	int fd = given("home");

	(void)state;
	assert_int_equal(drafts_begin(d, one.id, fd, work, &why), OK);
	close(fd);
	assert_int_not_equal(drafts_keep(d, &one, &why), OK);
	assert_true(strlen(why.text) > 0);
	assert_int_equal(drafts_count(d), 0);
	assert_int_equal(scratch_count("home/drafts"), 0);
}

static void a_damaged_record_or_anothers_name_is_no_draft(void **state)
{
	char from[200];

	(void)state;
	for (unsigned n = 1; n <= 3; n++)
		assert_int_equal(add(n), OK);
	assert_int_equal(truncate(in_folder("home", 1, "/draft.json"), 20), 0);
	(void)snprintf(from, sizeof(from), "%s", in_folder("home", 2, ""));
	assert_int_equal(rename(from, scratch("home/drafts/elsewhere")), 0);
	open_again();
	assert_int_equal(drafts_count(d), 1);
	/* But they are not thrown away. */
	assert_int_equal(scratch_count("home/drafts"), 3);
	assert_true(is_there(3, ""));
	assert_true(scratch_exists("home/drafts/.damaged-elsewhere"));
	open_again();
	assert_int_equal(scratch_count("home/drafts"), 3);
}

/* A draft's record, without the care that makes it slow. */
static void lay(unsigned n)
{
	struct draft one = draft(n);
	char hex[2 * DRAFTS_ID_SIZE + 1], name[100], record[300];

	text_to_hex(one.id, DRAFTS_ID_SIZE, hex);
	assert_int_equal(mkdir(in_folder("home", n, ""), 0700), 0);
	(void)snprintf(name, sizeof(name), "home/drafts/%s/draft.json", hex);
	(void)snprintf(record, sizeof(record),
		       "{\"id\": \"%s\", \"name\": \"\", \"user\": \"\", "
		       "\"source\": \"\", \"resolution\": \"\", "
		       "\"size\": \"\", \"created_ms\": %u, \"pages\": 1}",
		       hex, n);
	scratch_write(name, record, strlen(record));
}

static void there_is_a_cap(void **state)
{
	struct draft one = draft(DRAFTS_MAX + 1);
	char work[ATOMIC_PATH_MAX];
	int fd;

	(void)state;
	for (unsigned n = 0; n < DRAFTS_MAX; n++)
		lay(n);
	open_again();
	assert_int_equal(drafts_count(d), DRAFTS_MAX);
	fd = given("home");
	assert_int_equal(drafts_begin(d, one.id, fd, work, &why), ERR_LIMIT);
	close(fd);
	assert_non_null(strstr(why.text, "2000"));
	drafts_remove(d, draft(7).id);
	assert_int_equal(add(DRAFTS_MAX + 1), OK);
}

static void a_full_disk_refuses_and_keeps_what_stands(void **state)
{
	struct draft one = draft(1), two = draft(2);
	char work[ATOMIC_PATH_MAX];
	int fd;

	(void)state;
	if (!scratch_small_disk(256)) {
		print_message("this test needs root\n");
		skip();
	}
	drafts_close(d);
	assert_int_equal(drafts_open(&d, scratch("small"), &why), OK);
	fd = given("small");
	assert_int_equal(drafts_begin(d, one.id, fd, work, &why), OK);
	close(fd);
	assert_int_equal(make_pages(work), OK);
	assert_int_equal(drafts_keep(d, &one, &why), OK);
	/* The pages find room, the record does not. */
	fd = given("small");
	assert_int_equal(drafts_begin(d, two.id, fd, work, &why), OK);
	close(fd);
	assert_int_equal(make_pages(work), OK);
	scratch_fill();
	assert_int_equal(drafts_keep(d, &two, &why), ERR_SPACE);
	assert_int_equal(drafts_count(d), 1);
	assert_int_equal(scratch_count("small/drafts"), 1);
	scratch_make_room();
	drafts_close(d);
	assert_int_equal(drafts_open(&d, scratch("small"), &why), OK);
	assert_int_equal(drafts_count(d), 1);
}

static unsigned first;

static void keep_some(void (*done)(void))
{
	for (unsigned n = 0; n < 150; n++) {
		if (add(first + n) != OK)
			_exit(1);
		done();
	}
}

static void a_kill_at_any_moment_loses_nothing_that_was_kept(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		unsigned said = scratch_kill(keep_some, 20000);
		unsigned before = first;

		open_again();
		/* The one that was just being kept may stand too. */
		assert_in_range(drafts_count(d), before + said,
				before + said + 1);
		assert_int_equal(scratch_count("home/drafts"), drafts_count(d));
		for (unsigned n = 0; n < drafts_count(d); n++) {
			assert_true(is_there(n, "/document.tif"));
			assert_true(is_there(n, "/source"));
			assert_false(is_there(n, "/work"));
		}
		first = (unsigned)drafts_count(d);
	}
	assert_true(first > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_draft_that_is_kept_stands_after_a_restart),
		TEST(a_draft_is_found_by_all_of_its_name_alone),
		TEST(what_was_begun_and_not_kept_is_gone),
		TEST(pages_are_made_anew_one_at_a_time),
		TEST(one_that_is_removed_meanwhile_does_not_come_back),
		TEST(without_its_pages_none_is_kept),
		TEST(a_damaged_record_or_anothers_name_is_no_draft),
		TEST(there_is_a_cap),
		TEST(a_full_disk_refuses_and_keeps_what_stands),
		TEST(a_kill_at_any_moment_loses_nothing_that_was_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
