/* SPDX-License-Identifier: Apache-2.0 */
#include "store/filing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static struct filing f;
static struct why why;
static char name[FILING_NAME_MAX + 1];
static char from[600], folder[600];

static int set_up(void **state)
{
	if (scratch_set_up(state) != 0)
		return -1;
	snprintf(from, sizeof(from), "%s", scratch("fax.pdf"));
	snprintf(folder, sizeof(folder), "%s", scratch("share"));
	scratch_write("fax.pdf", "%PDF", 4);
	f = (struct filing){ .from = from,
			     .folder = folder,
			     .name = "a.pdf",
			     .word = "0123",
			     .mode = 0640 };
	return mkdir(folder, 0700);
}

static void put(const char *expected)
{
	assert_int_equal(filing_put(&f, name, &why), OK);
	assert_string_equal(name, expected);
}

static bool holds(const char *path, const char *text)
{
	char bytes[64] = "";
	FILE *file = fopen(scratch(path), "r");
	size_t n = file ? fread(bytes, 1, sizeof(bytes) - 1, file) : 0;

	if (file)
		fclose(file);
	return n == strlen(text) && memcmp(bytes, text, n) == 0;
}

static void a_copy_has_its_name_its_mode_and_nothing_beside_it(void **state)
{
	struct stat st;

	(void)state;
	put("a.pdf");
	assert_true(holds("share/a.pdf", "%PDF"));
	assert_int_equal(scratch_count("share"), 1);
	assert_int_equal(stat(scratch("share/a.pdf"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void names_that_are_taken_are_passed_over(void **state)
{
	(void)state;
	scratch_write("share/a.pdf", "mine", 4);
	assert_int_equal(mkdir(scratch("share/a-2.pdf"), 0700), 0);
	assert_int_equal(symlink("/nowhere", scratch("share/a-3.pdf")), 0);
	put("a-4.pdf");
	assert_true(holds("share/a.pdf", "mine"));
	f.name = "noending";
	put("noending");
	put("noending-2");
}

static void what_was_filed_before_is_not_filed_again(void **state)
{
	(void)state;
	put("a.pdf");
	put("a-2.pdf"); /* another fax that looks the same */
	f.again = true;
	put("a.pdf");
	scratch_write("share/a.pdf", "%PDX", 4);
	put("a-2.pdf");
	scratch_write("share/a-2.pdf", "%PDF1", 5);
	put("a-3.pdf");
	assert_int_equal(scratch_count("share"), 3);
}

static void a_share_that_is_away_is_not_made(void **state)
{
	char away[700];

	(void)state;
	snprintf(away, sizeof(away), "%s", scratch("away"));
	f.folder = away;
	assert_int_equal(filing_put(&f, name, &why), ERR_MISSING);
	assert_non_null(strstr(why.text, away));
	assert_false(scratch_exists("away"));
	f.folder = from; /* a file */
	assert_int_equal(filing_put(&f, name, &why), ERR_IO);
	f.folder = folder;
	f.from = away;
	assert_int_equal(filing_put(&f, name, &why), ERR_MISSING);
	assert_int_equal(scratch_count("share"), 0);
}

static void a_name_with_a_slash_is_refused(void **state)
{
	(void)state;
	f.name = "../a.pdf";
	assert_int_equal(filing_put(&f, name, &why), ERR_BAD);
	assert_int_equal(scratch_count("share"), 0);
}

static void what_a_copy_left_that_was_killed_is_taken_away(void **state)
{
	(void)state;
	scratch_write("share/.0123.tmp", "%P", 2);
	put("a.pdf");
	assert_int_equal(scratch_count("share"), 1);
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
	static char big[200000];

	(void)state;
	if (!scratch_small_disk(64)) {
		skip();
		return;
	}
	scratch_write("fax.pdf", big, sizeof(big));
	f.folder = scratch("small");
	assert_int_equal(filing_put(&f, name, &why), ERR_SPACE);
	assert_non_null(strstr(why.text, "full"));
	assert_int_equal(scratch_count("small"), 0);
}

/* Whole or not at all, whenever it is killed. */
static void file_on(void (*done)(void))
{
	char word[16];

	for (int i = 0; i < 200; i++) {
		snprintf(word, sizeof(word), "w%d", i);
		f.word = word;
		if (filing_put(&f, name, NULL) != OK)
			_exit(1);
		done();
	}
}

static void whenever_it_is_killed_what_was_filed_is_whole(void **state)
{
	static char big[300000];
	unsigned done, whole = 0;
	struct stat st;

	(void)state;
	memset(big, 'x', sizeof(big));
	scratch_write("fax.pdf", big, sizeof(big));
	done = scratch_kill(file_on, 3000);
	for (unsigned n = 1; n <= 200; n++) {
		char path[64];

		snprintf(path, sizeof(path),
			 n == 1 ? "share/a.pdf" : "share/a-%u.pdf", n);
		if (stat(scratch(path), &st) != 0)
			break;
		assert_int_equal(st.st_size, sizeof(big));
		whole++;
	}
	assert_true(whole == done || whole == done + 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_has_its_name_its_mode_and_nothing_beside_it),
		TEST(names_that_are_taken_are_passed_over),
		TEST(what_was_filed_before_is_not_filed_again),
		TEST(a_share_that_is_away_is_not_made),
		TEST(a_name_with_a_slash_is_refused),
		TEST(what_a_copy_left_that_was_killed_is_taken_away),
		TEST(a_full_disk_leaves_nothing_behind),
		TEST(whenever_it_is_killed_what_was_filed_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
