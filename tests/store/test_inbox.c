/* SPDX-License-Identifier: Apache-2.0 */
#include "store/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static const uint64_t now_ms = 1700000000123;
static struct inbox *in;
static struct why why;
static char stands[ATOMIC_PATH_MAX]; /* what was stored last */
static struct inbox_entry entries[4096];
static unsigned entries_count;

static int set_up(void **state)
{
	return scratch_set_up(state) == 0 && inbox_open(&in, scratch("home"),
							now_ms, &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	inbox_close(in);
	return scratch_tear_down(state);
}

static void open_again(void)
{
	inbox_close(in);
	in = NULL;
	assert_int_equal(inbox_open(&in, scratch("home"), now_ms, &why), OK);
}

static void note(void *owner, const struct inbox_entry *e)
{
	(void)owner;
	assert_true(entries_count < 4096);
	entries[entries_count++] = *e;
	assert_int_equal(e->number, entries_count);
}

static unsigned look(void)
{
	entries_count = 0;
	inbox_each(in, note, NULL);
	return entries_count;
}

static struct inbox_fax fax(const char *from, unsigned n, bool complete)
{
	struct inbox_fax f = { .job = { (uint8_t)(n >> 8), (uint8_t)n, 0xcd },
			       .title = "Invoice",
			       .result = "Every page arrived.",
			       .resolution = "fine",
			       .received_ms = now_ms + n,
			       .pages = complete ? 2 : 1,
			       .complete = complete };

	snprintf(f.from, sizeof(f.from), "%s", from);
	return f;
}

static struct inbox_reception *begin(const struct inbox_fax *f)
{
	struct inbox_reception *r = NULL;

	assert_int_equal(inbox_begin(in, &r, f, &why), OK);
	assert_int_equal(write(inbox_tiff(r), "II*", 3), 3);
	return r;
}

static void receive(const char *from, unsigned n, bool complete)
{
	struct inbox_fax f = fax(from, n, complete);

	assert_int_equal(inbox_store(in, begin(&f), &f, stands, &why), OK);
}

static void a_whole_fax_stands_and_is_known(void **state)
{
	struct inbox_fax f = fax("ana", 1, true);
	uint16_t pages = 0;

	(void)state;
	receive("ana", 1, true);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(look(), 1);
		assert_string_equal(entries[0].fax.from, "ana");
		assert_string_equal(entries[0].fax.title, "Invoice");
		assert_true(entries[0].fax.complete);
		assert_non_null(strstr(entries[0].folder,
				       "/20231114T221320.124Z-ana-0001cd"));
		assert_true(inbox_known(in, "ana", f.job, &pages));
		assert_int_equal(pages, 2);
		assert_false(inbox_known(in, "ben", f.job, NULL));
		assert_int_equal(scratch_count("home/incoming"), 0);
		open_again();
	}
}

static void a_pdf_that_was_not_made_is_not_there(void **state)
{
	struct inbox_fax f = fax("ana", 2, true);
	struct inbox_reception *r;
	char path[ATOMIC_PATH_MAX + 16];

	(void)state;
	receive("ana", 1, true);
	r = begin(&f);
	assert_int_equal(write(inbox_pdf(r), "%PDF", 4), 4);
	assert_int_equal(inbox_store(in, r, &f, stands, &why), OK);
	look();
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/fax.pdf", entries[i].folder);
		assert_int_equal(access(path, F_OK) == 0, i == 1);
	}
}

static void a_deleted_fax_is_remembered(void **state)
{
	struct inbox_fax f = fax("ana", 1, true);

	(void)state;
	receive("ana", 1, true);
	look();
	assert_true(atomic_remove_folder(entries[0].folder));
	open_again();
	assert_int_equal(look(), 0);
	assert_true(inbox_known(in, "ana", f.job, NULL));
	receive("ana", 1, true);
	assert_int_equal(look(), 0);
}

static void a_fax_whose_line_was_lost_is_known_by_its_folder(void **state)
{
	struct inbox_fax f = fax("ana", 1, true);

	(void)state;
	receive("ana", 1, true);
	assert_int_equal(unlink(scratch("home/inbox/.delivered")), 0);
	open_again();
	assert_true(inbox_known(in, "ana", f.job, NULL));
}

static void a_job_is_stored_once(void **state)
{
	(void)state;
	receive("ana", 1, true);
	receive("ana", 1, true);
	assert_int_equal(look(), 1);
	receive("ben", 1, true); /* the same number, of another */
	assert_int_equal(look(), 2);
	assert_int_equal(scratch_count("home/incoming"), 0);
}

static void two_receptions_of_one_job_store_one(void **state)
{
	struct inbox_fax f = fax("ana", 1, true);
	struct inbox_reception *a = begin(&f), *b = begin(&f);

	(void)state;
	assert_int_equal(inbox_store(in, a, &f, stands, &why), OK);
	assert_int_equal(look(), 1);
	assert_string_equal(stands, entries[0].folder);
	assert_int_equal(inbox_store(in, b, &f, stands, &why), OK);
	assert_int_equal(look(), 1);
	assert_string_equal(stands, ""); /* nothing new came */
}

static void a_whole_fax_takes_the_place_of_partial_ones(void **state)
{
	struct inbox_fax f = fax("ana", 1, false);

	(void)state;
	receive("ana", 1, false);
	assert_int_equal(look(), 1);
	assert_false(entries[0].fax.complete);
	assert_false(inbox_known(in, "ana", f.job, NULL));
	receive("ana", 1, false);
	assert_int_equal(look(), 1);
	receive("ana", 1, true);
	assert_int_equal(look(), 1);
	assert_true(entries[0].fax.complete);
}

static void partial_faxes_of_others_stay(void **state)
{
	(void)state;
	receive("b-ana", 1, false); /* a name that ends as the other's */
	receive("ben", 1, false);
	receive("ana", 2, false);
	receive("ana", 1, true);
	assert_int_equal(look(), 4);
}

static void an_abandoned_fax_leaves_nothing(void **state)
{
	struct inbox_fax f = fax("ana", 1, true);

	(void)state;
	inbox_abandon(begin(&f));
	inbox_abandon(NULL);
	assert_int_equal(scratch_count("home/incoming"), 0);
	assert_int_equal(look(), 0);
}

static void a_caller_s_name_cannot_leave_the_folder(void **state)
{
	static const char *const bad[] = { "",	   "..",  ".hidden", "a/b",
					   "../x", "Ana", "a b",     "a\n" };
	struct inbox_fax f = fax("ana", 1, true);
	struct inbox_reception *r;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(f.from, sizeof(f.from), "%s", bad[i]);
		assert_int_equal(inbox_begin(in, &r, &f, &why), ERR_BAD);
	}
	f = fax("ana", 1, true);
	r = begin(&f);
	strcpy(f.from, "../x");
	assert_int_equal(inbox_store(in, r, &f, stands, &why), ERR_BAD);
	assert_int_equal(scratch_count("home/incoming"), 0);
}

static void a_caller_at_another_relay_is_the_same_caller(void **state)
{
	struct inbox_fax f = fax("ana", 1, false);

	(void)state;
	strcpy(f.relay, "north");
	assert_int_equal(inbox_store(in, begin(&f), &f, stands, &why), OK);
	assert_int_equal(look(), 1);
	assert_string_equal(entries[0].fax.relay, "north");
	/* It comes whole when he has moved: one fax, and known. */
	f = fax("ana", 1, true);
	strcpy(f.relay, "south");
	assert_int_equal(inbox_store(in, begin(&f), &f, stands, &why), OK);
	assert_int_equal(look(), 1);
	assert_string_equal(entries[0].fax.relay, "south");
	assert_non_null(
		strstr(entries[0].folder, "/20231114T221320.124Z-ana-0001cd"));
	receive("ana", 1, true);
	assert_int_equal(look(), 1);
	assert_true(inbox_known(in, "ana", f.job, NULL));
}

static void a_fax_of_an_earlier_version_has_no_relay(void **state)
{
	static const char old[] =
		"{\"from\":\"ana\",\"job\":"
		"\"000102030405060708090a0b0c0d0e0f\","
		"\"title\":\"\",\"result\":\"\",\"far_ident\":\"\","
		"\"resolution\":\"\",\"received_ms\":1,\"pages\":1,"
		"\"complete\":true}";

	(void)state;
	assert_int_equal(atomic_folder(scratch("home/inbox/x"), &why), OK);
	scratch_write("home/inbox/x/fax.json", old, strlen(old));
	assert_int_equal(look(), 1);
	assert_string_equal(entries[0].fax.relay, "");
}

static void faxes_are_numbered_from_the_oldest(void **state)
{
	struct inbox_entry e;

	(void)state;
	receive("ben", 3, true);
	receive("ana", 1, true);
	receive("cleo", 0x1234, true);
	look();
	assert_string_equal(entries[0].fax.from, "ana");
	assert_string_equal(entries[2].fax.from, "cleo");
	assert_true(inbox_find(in, "2", &e));
	assert_string_equal(e.fax.from, "ben");
	assert_true(inbox_find(in, "0003cd", &e));
	assert_string_equal(e.fax.from, "ben");
	assert_true(inbox_find(in, "1234", &e)); /* no such number: a job */
	assert_string_equal(e.fax.from, "cleo");
	assert_false(inbox_find(in, "4", &e));
	assert_false(inbox_find(in, "000", &e));
	assert_false(inbox_find(in, "", &e));
	assert_false(inbox_find(in, "0003ce", &e));
}

static void damaged_ones_are_passed_over(void **state)
{
	char path[ATOMIC_PATH_MAX + 16];

	(void)state;
	receive("ana", 1, true);
	receive("ana", 2, true);
	look();
	snprintf(path, sizeof(path), "%s/fax.json", entries[0].folder);
	assert_int_equal(truncate(path, 10), 0);
	scratch_write("home/inbox/notes.txt", "mine", 4);
	open_again();
	assert_int_equal(look(), 1);
	assert_int_equal(entries[0].fax.job[1], 2);
	assert_true(scratch_exists("home/inbox/notes.txt"));
}

static void what_was_cut_off_becomes_a_partial_fax(void **state)
{
	struct inbox_fax f = fax("ana", 1, true);
	struct inbox_reception *r = begin(&f);

	(void)state;
	open_again(); /* as if the program had been killed */
	assert_int_equal(look(), 1);
	assert_false(entries[0].fax.complete);
	assert_string_equal(entries[0].fax.from, "ana");
	assert_non_null(strstr(entries[0].fax.result, "stopped"));
	assert_int_equal(scratch_count("home/incoming"), 0);
	assert_false(inbox_known(in, "ana", f.job, NULL));
	inbox_abandon(r);
}

static void what_never_began_is_swept_away(void **state)
{
	struct inbox_fax f = fax("ana", 1, true);
	struct inbox_reception *r = NULL;

	(void)state;
	assert_int_equal(inbox_begin(in, &r, &f, &why), OK);
	assert_int_equal(atomic_folder(scratch("home/incoming/x"), &why), OK);
	scratch_write("home/incoming/x/fax.tif", "II*", 3);
	open_again();
	assert_int_equal(look(), 0);
	assert_int_equal(scratch_count("home/incoming"), 0);
	inbox_abandon(r);
}

static void a_full_disk_stores_nothing_and_says_so(void **state)
{
	struct inbox_fax f = fax("ana", 1, true), g = fax("ana", 2, true);
	struct inbox_reception *r, *none;

	(void)state;
	if (!scratch_small_disk(256)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	inbox_close(in);
	in = NULL;
	assert_int_equal(inbox_open(&in, scratch("small"), now_ms, &why), OK);
	r = begin(&f);
	scratch_fill();
	assert_int_equal(inbox_store(in, r, &f, stands, &why), ERR_SPACE);
	scratch_fill(); /* what was given up has made some room */
	assert_int_equal(inbox_begin(in, &none, &g, &why), ERR_SPACE);
	scratch_make_room();
	assert_int_equal(look(), 0);
	assert_false(inbox_known(in, "ana", f.job, NULL));
	assert_int_equal(scratch_count("small/incoming"), 0);
	receive("ana", 1, true);
	assert_int_equal(look(), 1);
}

static unsigned first;

static void receive_faxes(void (*done)(void))
{
	for (unsigned n = 0; n < 300; n++) {
		struct inbox_fax f = fax("ana", first + n, true);
		struct inbox_reception *r;

		if (inbox_begin(in, &r, &f, NULL) != OK ||
		    write(inbox_tiff(r), "II*", 3) != 3 ||
		    inbox_store(in, r, &f, stands, NULL) != OK)
			_exit(1);
		done();
	}
}

/* What was said to be stored stands, once, and is known; what was cut off is
 * whole or partial, and asking again makes it whole. */
static void a_kill_at_any_moment_neither_loses_nor_doubles(void **state)
{
	(void)state;
	first = 0;
	for (int round = 0; round < 10; round++) {
		unsigned said = scratch_kill(receive_faxes, 40000);

		open_again();
		assert_int_equal(scratch_count("home/incoming"), 0);
		for (unsigned n = 0; n < first + said; n++) {
			struct inbox_fax f = fax("ana", n, true);

			assert_true(inbox_known(in, "ana", f.job, NULL));
		}
		first += said;
		receive("ana", first, true); /* it may stand already */
		first++;
		assert_int_equal(look(), first);
		for (unsigned i = 0; i < first; i++)
			assert_true(entries[i].fax.complete);
	}
	assert_true(first > 10);
}

static const char *name_of(unsigned i)
{
	static char name[INBOX_NAME_MAX];

	assert_true(i < look());
	snprintf(name, sizeof(name), "%s", entries[i].name);
	return name;
}

static void test_a_fax_is_unread_until_somebody_has_read_it(void **state)
{
	struct inbox_entry e;

	(void)state;
	receive("ana", 1, true);
	receive("ben", 2, true);
	assert_int_equal(inbox_count_unread(in), 2);
	assert_int_equal(inbox_mark(in, name_of(0), false, &why), OK);
	assert_int_equal(inbox_count_unread(in), 1);
	open_again();
	assert_int_equal(look(), 2);
	assert_false(entries[0].unread);
	assert_true(entries[1].unread);
	assert_int_equal(inbox_mark(in, name_of(0), true, &why), OK);
	assert_true(inbox_get(in, name_of(0), &e));
	assert_true(e.unread);
	assert_int_equal(inbox_mark(in, "none", true, &why), ERR_MISSING);
	assert_false(inbox_get(in, "../inbox", &e));
	assert_false(inbox_get(in, "", &e));
}

static void test_what_is_deleted_can_be_restored_until_its_time(void **state)
{
	struct inbox_entry e;
	char name[INBOX_NAME_MAX];
	uint64_t soon = (uint64_t)time(NULL) * 1000 + 60000;

	(void)state;
	receive("ana", 1, true);
	receive("ben", 2, true);
	snprintf(name, sizeof(name), "%s", name_of(0));
	assert_int_equal(inbox_delete(in, name, &why), OK);
	assert_int_equal(look(), 1);
	assert_true(inbox_get(in, name, &e));
	assert_int_equal(e.number, 0);
	assert_int_equal(inbox_delete(in, name, &why), ERR_MISSING);
	assert_int_equal(inbox_empty_trash(in, 3600000, soon), 0);
	open_again();
	assert_int_equal(inbox_restore(in, name, &why), OK);
	assert_int_equal(look(), 2);
	assert_string_equal(entries[0].name, name);
	assert_int_equal(inbox_delete(in, name, &why), OK);
	assert_int_equal(inbox_empty_trash(in, 30000, soon), 1);
	assert_int_equal(inbox_restore(in, name, &why), ERR_MISSING);
	assert_int_equal(look(), 1);
}

static void test_folders_that_others_moved_are_noticed(void **state)
{
	char path[ATOMIC_PATH_MAX];

	(void)state;
	receive("ana", 1, true);
	receive("ben", 2, true);
	assert_int_equal(look(), 2);
	snprintf(path, sizeof(path), "%s", entries[0].folder);
	assert_true(atomic_remove_folder(path));
	assert_int_equal(look(), 1);
	assert_string_equal(entries[0].fax.from, "ben");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_fax_stands_and_is_known),
		TEST(a_pdf_that_was_not_made_is_not_there),
		TEST(a_deleted_fax_is_remembered),
		TEST(a_fax_whose_line_was_lost_is_known_by_its_folder),
		TEST(a_job_is_stored_once),
		TEST(two_receptions_of_one_job_store_one),
		TEST(a_whole_fax_takes_the_place_of_partial_ones),
		TEST(partial_faxes_of_others_stay),
		TEST(an_abandoned_fax_leaves_nothing),
		TEST(a_caller_s_name_cannot_leave_the_folder),
		TEST(a_caller_at_another_relay_is_the_same_caller),
		TEST(a_fax_of_an_earlier_version_has_no_relay),
		TEST(faxes_are_numbered_from_the_oldest),
		TEST(damaged_ones_are_passed_over),
		TEST(what_was_cut_off_becomes_a_partial_fax),
		TEST(what_never_began_is_swept_away),
		TEST(a_full_disk_stores_nothing_and_says_so),
		TEST(a_kill_at_any_moment_neither_loses_nor_doubles),
		TEST(test_a_fax_is_unread_until_somebody_has_read_it),
		TEST(test_what_is_deleted_can_be_restored_until_its_time),
		TEST(test_folders_that_others_moved_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
