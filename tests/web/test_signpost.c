/* SPDX-License-Identifier: Apache-2.0 */
#include "web/signpost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 2 };

static struct signpost_word words[ROOM];
static size_t count;

static bool fits(const char *pattern, const char *path)
{
	return signpost_matches(pattern, path, words, ROOM, &count);
}

static void words_must_be_the_same(void **state)
{
	(void)state;
	assert_true(fits("status", "status"));
	assert_true(fits("rules/test", "rules/test"));
	assert_int_equal(count, 0);
	assert_false(fits("status", "statu"));
	assert_false(fits("status", "statuses"));
	assert_false(fits("status", "Status"));
	assert_false(fits("status", ""));
	assert_false(fits("", "status"));
	assert_false(fits("rules/test", "rules"));
	assert_false(fits("rules", "rules/test"));
	assert_false(fits("rules/test", "rules/tests"));
}

static void a_star_is_any_one_word(void **state)
{
	(void)state;
	assert_true(fits("faxes/*", "faxes/2026-ana"));
	assert_int_equal(count, 1);
	assert_int_equal(words[0].len, 8);
	assert_memory_equal(words[0].at, "2026-ana", 8);
	assert_true(fits("faxes/*", "faxes/*"));
	assert_true(fits("faxes/*", "faxes/.."));
	assert_true(fits("faxes/*/pages/*", "faxes/a/pages/12.png"));
	assert_int_equal(count, 2);
	assert_memory_equal(words[1].at, "12.png", 6);
	assert_int_equal(words[1].len, 6);
	assert_false(fits("faxes/*", "faxes/"));
	assert_false(fits("faxes/*", "faxes/a/b"));
	assert_false(fits("faxes/*/fax.pdf", "faxes//fax.pdf"));
	assert_false(fits("faxes/*/fax.pdf", "faxes/a/fax.tif"));
	assert_false(fits("faxes/*/fax.pdf", "faxes/a/b/fax.pdf"));
	/* A star within a word is a sign like others. */
	assert_false(fits("faxes/*x", "faxes/ax"));
}

static void a_slash_more_is_another_path(void **state)
{
	(void)state;
	assert_false(fits("status", "/status"));
	assert_false(fits("status", "status/"));
	assert_false(fits("rules/test", "rules//test"));
	assert_false(fits("faxes/*", "faxes/a/"));
	assert_false(fits("faxes/*", "//a"));
}

static void words_past_the_room_are_left(void **state)
{
	(void)state;
	assert_true(signpost_matches("*/*/*", "a/b/c", words, ROOM, &count));
	assert_int_equal(count, ROOM);
	assert_true(signpost_matches("*/*", "a/b", words, 0, &count));
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_must_be_the_same),
		cmocka_unit_test(a_star_is_any_one_word),
		cmocka_unit_test(a_slash_more_is_another_path),
		cmocka_unit_test(words_past_the_room_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
