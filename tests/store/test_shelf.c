/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shelf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static struct shelf shelf;

static int set_up(void **state)
{
	struct why why;

	return scratch_set_up(state) == 0 &&
			       mkdir(scratch("shelf"), 0700) == 0 &&
			       shelf_init(&shelf, scratch("shelf"), &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	shelf_fini(&shelf);
	return scratch_tear_down(state);
}

/* The folder of a fax, as another program might put it there. */
static void put(const char *name)
{
	static const char record[] =
		"{\"from\": \"ana\", \"title\": \"\", \"result\": \"\","
		"\"job\": \"000102030405060708090a0b0c0d0e0f\","
		"\"far_ident\": \"\", \"resolution\": \"fine\","
		"\"received_ms\": 1, \"pages\": 1, \"complete\": true}";
	char path[100];

	snprintf(path, sizeof(path), "shelf/%s", name);
	assert_int_equal(mkdir(scratch(path), 0700), 0);
	snprintf(path, sizeof(path), "shelf/%s/fax.json", name);
	scratch_write(path, record, sizeof(record) - 1);
}

/* The folder says that it was changed then. */
static void pretend(struct timespec t)
{
	struct timespec both[2] = { t, t };

	assert_int_equal(utimensat(AT_FDCWD, scratch("shelf"), both, 0), 0);
}

static size_t look(void)
{
	shelf_look(&shelf);
	return shelf.count;
}

static void what_comes_and_goes_is_seen(void **state)
{
	(void)state;
	assert_int_equal(look(), 0);
	put("b");
	assert_int_equal(look(), 1);
	put("a");
	assert_int_equal(look(), 2);
	assert_string_equal(shelf.items[0].name, "a");
	assert_non_null(shelf_find(&shelf, "b"));
	assert_null(shelf_find(&shelf, "c"));
	assert_int_equal(unlink(scratch("shelf/a/fax.json")), 0);
	assert_int_equal(rmdir(scratch("shelf/a")), 0);
	assert_int_equal(look(), 1);
	assert_null(shelf_find(&shelf, "a"));
}

static void damaged_and_hidden_folders_are_left_out(void **state)
{
	(void)state;
	put("a");
	put(".hidden");
	put("broken");
	scratch_write("shelf/broken/fax.json", "{", 1);
	assert_int_equal(look(), 1);
	assert_string_equal(shelf.items[0].name, "a");
}

static void a_change_in_the_same_tick_as_the_one_before_is_seen(void **state)
{
	struct timespec t;

	(void)state;
	put("a");
	/* However slow this machine is, the look comes no tick later. */
	clock_gettime(CLOCK_REALTIME, &t);
	t = (struct timespec){ .tv_sec = t.tv_sec + 60, .tv_nsec = 1 };
	pretend(t);
	assert_int_equal(look(), 1);
	put("b");
	pretend(t);
	assert_int_equal(look(), 2);
}

static void where_times_are_whole_seconds_the_tick_is_longer(void **state)
{
	struct timespec t;

	(void)state;
	put("a");
	clock_gettime(CLOCK_REALTIME, &t);
	t = (struct timespec){ .tv_sec = t.tv_sec };
	pretend(t);
	assert_int_equal(look(), 1);
	put("b");
	pretend(t);
	assert_int_equal(look(), 2);
}

static void what_did_not_change_is_not_read_again(void **state)
{
	struct timespec t;

	(void)state;
	put("a");
	clock_gettime(CLOCK_REALTIME, &t);
	t = (struct timespec){ .tv_sec = t.tv_sec - 10, .tv_nsec = 1 };
	pretend(t);
	assert_int_equal(look(), 1);
	put("b");
	pretend(t);
	assert_int_equal(look(), 1);
	shelf.stale = true;
	assert_int_equal(look(), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_comes_and_goes_is_seen),
		TEST(damaged_and_hidden_folders_are_left_out),
		TEST(a_change_in_the_same_tick_as_the_one_before_is_seen),
		TEST(where_times_are_whole_seconds_the_tick_is_longer),
		TEST(what_did_not_change_is_not_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
