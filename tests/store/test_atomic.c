/* SPDX-License-Identifier: Apache-2.0 */
#include "store/atomic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static struct why why;

static void expect_content(const char *name, const char *content)
{
	char *bytes;
	size_t len;

	assert_int_equal(
		atomic_read(scratch(name), 1 << 20, &bytes, &len, &why), OK);
	assert_int_equal(len, strlen(content));
	assert_string_equal(bytes, content);
	free(bytes);
}

static void what_was_written_is_read(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(atomic_write(scratch("a"), "one", 3, 0600, &why), OK);
	expect_content("a", "one");
	assert_int_equal(atomic_write(scratch("a"), "second", 6, 0600, &why),
			 OK);
	expect_content("a", "second");
	assert_int_equal(atomic_write(scratch("a"), "", 0, 0600, &why), OK);
	expect_content("a", "");
	assert_int_equal(stat(scratch("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(scratch_count("."), 1);
}

static void a_file_over_the_cap_is_not_read(void **state)
{
	char *bytes;
	size_t len;

	(void)state;
	scratch_write("a", "12345", 5);
	assert_int_equal(atomic_read(scratch("a"), 5, &bytes, &len, &why), OK);
	free(bytes);
	assert_int_equal(atomic_read(scratch("a"), 4, &bytes, &len, &why),
			 ERR_LIMIT);
}

static void a_missing_file_is_missing(void **state)
{
	char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(atomic_read(scratch("a"), 9, &bytes, &len, &why),
			 ERR_MISSING);
	assert_int_equal(atomic_write(scratch("no/a"), "x", 1, 0600, &why),
			 ERR_MISSING);
	assert_non_null(strstr(why.text, "no/a"));
}

static void a_link_is_not_followed(void **state)
{
	char *bytes;
	size_t len;

	(void)state;
	scratch_write("a", "secret", 6);
	assert_int_equal(symlink(scratch("a"), scratch("b")), 0);
	assert_int_not_equal(atomic_read(scratch("b"), 9, &bytes, &len, &why),
			     OK);
}

static void a_full_disk_leaves_the_old_content(void **state)
{
	(void)state;
	if (!scratch_small_disk(64)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	assert_int_equal(atomic_write(scratch("small/a"), "old", 3, 0600, &why),
			 OK);
	scratch_fill();
	assert_int_equal(atomic_write(scratch("small/a"), "new", 3, 0600, &why),
			 ERR_SPACE);
	assert_non_null(strstr(why.text, "full"));
	expect_content("small/a", "old");
	assert_false(scratch_exists("small/a.tmp"));
	scratch_make_room();
	assert_int_equal(atomic_write(scratch("small/a"), "new", 3, 0600, &why),
			 OK);
	expect_content("small/a", "new");
}

static void write_two_contents(void (*done)(void))
{
	static char content[65536];

	for (int i = 0; i < 2000; i++) {
		memset(content, 'a' + i % 2, sizeof(content));
		if (atomic_write(scratch("a"), content, sizeof(content), 0600,
				 NULL) != OK)
			_exit(1);
		done();
	}
}

static void a_writer_that_is_killed_leaves_the_whole_file(void **state)
{
	char *bytes;
	size_t len;

	(void)state;
	for (int round = 0; round < 12; round++) {
		if (scratch_kill(write_two_contents, 20000) == 0 &&
		    !scratch_exists("a"))
			continue;
		assert_int_equal(
			atomic_read(scratch("a"), 1 << 20, &bytes, &len, &why),
			OK);
		assert_int_equal(len, 65536);
		for (size_t i = 1; i < len; i++)
			assert_int_equal(bytes[i], bytes[0]);
		free(bytes);
	}
}

static void folders_are_made_with_their_parents(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(atomic_folder(scratch("x/y/z"), &why), OK);
	assert_int_equal(atomic_folder(scratch("x/y/z"), &why), OK);
	assert_int_equal(atomic_folder(scratch("x/y/z/"), &why), OK);
	assert_int_equal(stat(scratch("x/y/z"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void a_file_in_the_way_of_a_folder_is_told(void **state)
{
	(void)state;
	scratch_write("x", "", 0);
	assert_int_equal(atomic_folder(scratch("x"), &why), ERR_EXISTS);
	assert_non_null(strstr(why.text, "in the way"));
	assert_int_not_equal(atomic_folder(scratch("x/y"), &why), OK);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char path[ATOMIC_PATH_MAX];
	char name[ATOMIC_PATH_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[ATOMIC_PATH_MAX - 1] = '\0';
	assert_int_equal(atomic_path(path, &why, "%s", name), OK);
	name[ATOMIC_PATH_MAX - 1] = 'n';
	name[ATOMIC_PATH_MAX] = '\0';
	assert_int_equal(atomic_path(path, &why, "%s", name), ERR_LIMIT);
}

static void renaming_moves_between_folders(void **state)
{
	(void)state;
	assert_int_equal(atomic_folder(scratch("x"), &why), OK);
	assert_int_equal(atomic_folder(scratch("y"), &why), OK);
	scratch_write("x/a", "1", 1);
	assert_int_equal(atomic_rename(scratch("x/a"), scratch("y/b"), &why),
			 OK);
	expect_content("y/b", "1");
	assert_int_equal(atomic_rename(scratch("x/a"), scratch("y/b"), &why),
			 ERR_MISSING);
}

static void a_folder_of_files_goes_and_one_of_folders_stays(void **state)
{
	(void)state;
	assert_int_equal(atomic_folder(scratch("x/y"), &why), OK);
	scratch_write("x/y/a", "1", 1);
	scratch_write("x/a", "1", 1);
	assert_false(atomic_remove_folder(scratch("x")));
	assert_true(scratch_exists("x/y/a"));
	assert_true(atomic_remove_folder(scratch("x/y")));
	assert_true(atomic_remove_folder(scratch("x")));
	assert_true(atomic_remove_folder(scratch("x")));
}

static void a_new_file_takes_nobodys_place(void **state)
{
	(void)state;
	assert_int_equal(atomic_new_file(scratch("a"), "one", 3, 0600, &why),
			 OK);
	expect_content("a", "one");
	assert_int_equal(atomic_new_file(scratch("a"), "two", 3, 0600, &why),
			 ERR_EXISTS);
	expect_content("a", "one");
	assert_int_equal(atomic_new_folder(scratch("d"), &why), OK);
	assert_int_equal(atomic_new_folder(scratch("d"), &why), ERR_EXISTS);
	assert_int_equal(atomic_new_folder(scratch("e/f"), &why), ERR_MISSING);
}

static void a_shared_file_is_one_on_disk(void **state)
{
	struct stat one, other;

	(void)state;
	scratch_write("a", "pages", 5);
	assert_int_equal(atomic_share(scratch("a"), scratch("b"), &why), OK);
	assert_int_equal(stat(scratch("a"), &one), 0);
	assert_int_equal(stat(scratch("b"), &other), 0);
	assert_true(one.st_ino == other.st_ino);
	assert_int_equal(unlink(scratch("a")), 0);
	expect_content("b", "pages");
	assert_int_equal(atomic_share(scratch("a"), scratch("c"), &why),
			 ERR_MISSING);
	assert_false(scratch_exists("c"));
}

/* On another disk there can be no link. */
static void a_file_that_cannot_be_shared_is_copied(void **state)
{
	(void)state;
	if (!scratch_small_disk(256)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	scratch_write("a", "pages", 5);
	assert_int_equal(atomic_share(scratch("a"), scratch("small/a"), &why),
			 OK);
	expect_content("small/a", "pages");
	scratch_fill();
	assert_int_equal(atomic_share(scratch("a"), scratch("small/b"), &why),
			 ERR_SPACE);
	assert_non_null(strstr(why.text, "full"));
}

static void a_whole_file_system_is_synced(void **state)
{
	(void)state;
	assert_int_equal(atomic_sync_all(scratch("."), &why), OK);
	assert_int_equal(atomic_sync_all(scratch("gone"), &why), ERR_MISSING);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read),
		TEST(a_file_over_the_cap_is_not_read),
		TEST(a_missing_file_is_missing),
		TEST(a_link_is_not_followed),
		TEST(a_full_disk_leaves_the_old_content),
		TEST(a_writer_that_is_killed_leaves_the_whole_file),
		TEST(folders_are_made_with_their_parents),
		TEST(a_file_in_the_way_of_a_folder_is_told),
		TEST(a_path_that_is_too_long_is_refused),
		TEST(renaming_moves_between_folders),
		TEST(a_folder_of_files_goes_and_one_of_folders_stays),
		TEST(a_new_file_takes_nobodys_place),
		TEST(a_shared_file_is_one_on_disk),
		TEST(a_file_that_cannot_be_shared_is_copied),
		TEST(a_whole_file_system_is_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
