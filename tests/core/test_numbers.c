/* SPDX-License-Identifier: Apache-2.0 */
#include "core/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct numbers *n;

static int set_up(void **state)
{
	static const uint8_t key[HASH_KEY_SIZE] = { 3 };

	(void)state;
	n = numbers_new(key);
	return n ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	numbers_free(n);
	return 0;
}

static const char *whose(const char *number)
{
	const char *id = numbers_find(n, number, strlen(number));

	return id ? id : "-";
}

static const char *where(const char *number)
{
	const char *to = numbers_longest(n, number, strlen(number));

	return to ? to : "-";
}

static void an_account_is_found_by_each_of_its_numbers(void **state)
{
	(void)state;
	assert_true(numbers_add(n, "ana", "+8112345 0049 7"));
	assert_string_equal(whose("+8112345"), "ana");
	assert_string_equal(whose("8112345"), "ana");
	assert_string_equal(whose("0049"), "ana");
	assert_string_equal(whose("+7"), "ana");
	assert_string_equal(whose("811234"), "-");
	assert_string_equal(whose("81123456"), "-");
}

static void what_is_no_number_is_nobody_s(void **state)
{
	(void)state;
	assert_true(numbers_add(n, "ana", "x 12a + 123456789012345678901 5"));
	assert_string_equal(whose("5"), "ana");
	assert_string_equal(whose("12"), "-");
	assert_string_equal(whose(""), "-");
	assert_string_equal(whose("+"), "-");
	assert_string_equal(whose("ana"), "-");
}

static void numbers_that_are_dropped_are_free_again(void **state)
{
	(void)state;
	assert_true(numbers_add(n, "ana", "1 2"));
	assert_true(numbers_add(n, "ben", "2 3"));
	assert_string_equal(whose("2"), "ana");
	numbers_drop(n, "ben", "2 3 4");
	assert_string_equal(whose("2"), "ana");
	assert_string_equal(whose("3"), "-");
	numbers_drop(n, "ana", "+2");
	assert_string_equal(whose("2"), "-");
	assert_true(numbers_add(n, "ben", "2 2 3"));
	assert_string_equal(whose("2"), "ben");
	assert_true(numbers_add(n, "ben", NULL));
	assert_true(numbers_add(n, "ben", ""));
	numbers_drop(n, "ben", NULL);
	assert_string_equal(whose("3"), "ben");
	assert_string_equal(whose("1"), "ana");
}

static void the_longest_prefix_wins(void **state)
{
	(void)state;
	assert_int_equal(numbers_route(n, "+81", "@tokyo"), OK);
	assert_int_equal(numbers_route(n, "813", "gateway"), OK);
	assert_int_equal(numbers_route(n, "+8", "ben@south"), OK);
	assert_string_equal(where("+8199"), "@tokyo");
	assert_string_equal(where("+81399"), "gateway");
	assert_string_equal(where("813"), "gateway");
	assert_string_equal(where("+82"), "ben@south");
	assert_string_equal(where("+9"), "-");
	assert_string_equal(where("ana"), "-");
}

static void a_route_that_cannot_be_is_refused(void **state)
{
	(void)state;
	assert_int_equal(numbers_route(n, "+81", "@tokyo"), OK);
	assert_int_equal(numbers_route(n, "81", "ben"), ERR_EXISTS);
	assert_int_equal(numbers_route(n, "8a", "ben"), ERR_BAD);
	assert_int_equal(numbers_route(n, "", "ben"), ERR_BAD);
	assert_int_equal(numbers_route(n, "9", ""), ERR_BAD);
	assert_int_equal(numbers_route(n, "9", "@"), ERR_BAD);
	assert_int_equal(numbers_route(n, "9", "@Tokyo"), ERR_BAD);
	assert_int_equal(numbers_route(n, "9", "a b"), ERR_BAD);
	assert_int_equal(numbers_route(n, "9", "ben@a@a"), ERR_BAD);
}

static void there_is_a_cap_on_routes(void **state)
{
	char prefix[8];

	(void)state;
	for (int i = 0; i < NUMBERS_ROUTES_MAX; i++) {
		snprintf(prefix, sizeof(prefix), "%d", 1000 + i);
		assert_int_equal(numbers_route(n, prefix, "ben"), OK);
	}
	assert_int_equal(numbers_route(n, "9", "ben"), ERR_LIMIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_account_is_found_by_each_of_its_numbers),
		TEST(what_is_no_number_is_nobody_s),
		TEST(numbers_that_are_dropped_are_free_again),
		TEST(the_longest_prefix_wins),
		TEST(a_route_that_cannot_be_is_refused),
		TEST(there_is_a_cap_on_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
