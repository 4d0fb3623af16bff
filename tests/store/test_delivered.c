/* SPDX-License-Identifier: Apache-2.0 */
#include "store/delivered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "store/inbox.h"

#define DAY_MS (24ull * 3600000)

static const uint64_t now_ms = 1700000000000;
static struct delivered *d;

static int set_up(void **state)
{
	return scratch_set_up(state) == 0 && delivered_open(&d, scratch("log"),
							    now_ms, NULL) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	delivered_close(d);
	return scratch_tear_down(state);
}

static void open_again(uint64_t at_ms)
{
	delivered_close(d);
	d = NULL;
	assert_int_equal(delivered_open(&d, scratch("log"), at_ms, NULL), OK);
}

static const uint8_t *job(unsigned n)
{
	static uint8_t id[16];

	id[0] = (uint8_t)(n >> 8);
	id[1] = (uint8_t)n;
	return id;
}

static void what_was_added_is_known_here_and_after_a_restart(void **state)
{
	uint16_t pages = 0;

	(void)state;
	assert_false(delivered_has(d, "ana", job(1), NULL));
	delivered_add(d, "ana", job(1), 3, now_ms);
	for (int round = 0; round < 2; round++) {
		assert_true(delivered_has(d, "ana", job(1), &pages));
		assert_int_equal(pages, 3);
		assert_false(delivered_has(d, "ana", job(2), NULL));
		assert_false(delivered_has(d, "ben", job(1), NULL));
		open_again(now_ms);
	}
}

static void the_longest_name_fits(void **state)
{
	char from[33];

	(void)state;
	memset(from, 'z', 32);
	from[32] = '\0';
	delivered_add(d, from, job(1), UINT16_MAX, now_ms);
	open_again(now_ms);
	assert_true(delivered_has(d, from, job(1), NULL));
}

static void old_ones_are_forgotten_and_no_others(void **state)
{
	(void)state;
	delivered_add(d, "ana", job(1), 1, now_ms);
	delivered_add(d, "ana", job(2), 1, now_ms + 1);
	open_again(now_ms + INBOX_MEMORY_DAYS * DAY_MS + 1);
	assert_false(delivered_has(d, "ana", job(1), NULL));
	assert_true(delivered_has(d, "ana", job(2), NULL));
}

/* Lines that are no lines, among two that are. */
static void rubbish_is_passed_over(void **state)
{
	static const char text[] =
		"ana 01000000000000000000000000000000 2 1700000000000\n"
		"ana 0200000000000000000000000000\n"
		"\n"
		"ana 0300000000000000000000000000000g 2 1700000000000\n"
		"ana 04000000000000000000000000000000 65536 1700000000000\n"
		"ana 05000000000000000000000000000000 2 1700000000000 x\n"
		"ana 06\0\0\0\0\0\n"
		"ana 07000000000000000000000000000000 2 1700000000000\n"
		"ana 08000000000000000000000000000000 2 17000000";
	uint8_t id[16] = { 0 };

	(void)state;
	scratch_write("log", text, sizeof(text) - 1);
	open_again(now_ms);
	for (id[0] = 1; id[0] <= 8; id[0]++)
		assert_int_equal(delivered_has(d, "ana", id, NULL),
				 id[0] == 1 || id[0] == 7);
}

static void every_torn_end_keeps_the_lines_before(void **state)
{
	static const char text[] =
		"ana 01000000000000000000000000000000 2 1700000000000\n"
		"ben 02000000000000000000000000000000 2 1700000000000\n";
	/* Both lines are of 52 octets. */
	const size_t first = strcspn(text, "\n") + 1;
	uint8_t one[16] = { 1 }, two[16] = { 2 };

	(void)state;
	for (size_t n = 0; n < sizeof(text); n += 4) {
		scratch_write("log", text, n);
		open_again(now_ms);
		assert_int_equal(delivered_has(d, "ana", one, NULL),
				 n >= first);
		assert_int_equal(delivered_has(d, "ben", two, NULL),
				 n == sizeof(text) - 1);
	}
}

static void a_full_disk_spoils_no_later_line(void **state)
{
	(void)state;
	if (!scratch_small_disk(64)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	delivered_close(d);
	d = NULL;
	assert_int_equal(delivered_open(&d, scratch("small/log"), now_ms, NULL),
			 OK);
	delivered_add(d, "ana", job(0), 1, now_ms);
	scratch_fill();
	/* Until the page that the file has already is full. */
	for (unsigned n = 1; n < 200; n++)
		delivered_add(d, "ana", job(n), 1, now_ms);
	scratch_make_room();
	delivered_add(d, "ben", job(1), 1, now_ms);
	delivered_close(d);
	d = NULL;
	assert_int_equal(delivered_open(&d, scratch("small/log"), now_ms, NULL),
			 OK);
	assert_true(delivered_has(d, "ana", job(0), NULL));
	assert_true(delivered_has(d, "ben", job(1), NULL));
}

static unsigned first;

static void add_jobs(void (*done)(void))
{
	for (unsigned n = 0; n < 3000; n++) {
		delivered_add(d, "ana", job(first + n), 1, now_ms);
		done();
	}
}

static void a_kill_at_any_moment_forgets_nothing(void **state)
{
	(void)state;
	first = 0;
	for (int round = 0; round < 10; round++) {
		unsigned said = scratch_kill(add_jobs, 10000);

		open_again(now_ms);
		for (unsigned n = 0; n < first + said; n++)
			assert_true(delivered_has(d, "ana", job(n), NULL));
		first += said;
	}
	assert_true(first > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_added_is_known_here_and_after_a_restart),
		TEST(the_longest_name_fits),
		TEST(old_ones_are_forgotten_and_no_others),
		TEST(rubbish_is_passed_over),
		TEST(every_torn_end_keeps_the_lines_before),
		TEST(a_full_disk_spoils_no_later_line),
		TEST(a_kill_at_any_moment_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
