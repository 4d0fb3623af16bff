/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void an_id_or_its_beginning_is_a_pattern(void **state)
{
	(void)state;
	assert_true(pattern_valid("ana"));
	assert_true(pattern_valid("ana*"));
	assert_true(pattern_valid("*"));
	assert_true(pattern_valid("ana@north"));
	assert_true(pattern_valid("*@no*"));
	assert_true(pattern_valid("+8112*"));
	assert_false(pattern_valid(""));
	assert_false(pattern_valid("Ana"));
	assert_false(pattern_valid("a*a"));
	assert_false(pattern_valid("ana@"));
	assert_false(pattern_valid("@north"));
	assert_false(pattern_valid("ana@north@south"));
	assert_false(pattern_valid("ana north"));
}

static void a_pattern_meets_whom_it_names(void **state)
{
	(void)state;
	assert_true(pattern_meets("ana", "ana", ""));
	assert_false(pattern_meets("ana", "anna", ""));
	assert_false(pattern_meets("ana", "an", ""));
	assert_true(pattern_meets("an*", "ana", NULL));
	assert_true(pattern_meets("an*", "an", NULL));
	assert_false(pattern_meets("an*", "a", NULL));
	assert_true(pattern_meets("*", "anybody", "north"));
}

static void a_relay_counts_where_the_pattern_names_one(void **state)
{
	(void)state;
	assert_true(pattern_meets("ana", "ana", "north"));
	assert_true(pattern_meets("ana@north", "ana", "north"));
	assert_false(pattern_meets("ana@north", "ana", "south"));
	assert_false(pattern_meets("ana@north", "ana", ""));
	assert_false(pattern_meets("ana@north", "ana", NULL));
	assert_true(pattern_meets("*@n*", "ben", "north"));
	assert_false(pattern_meets("*@n*", "ben", "south"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_or_its_beginning_is_a_pattern),
		cmocka_unit_test(a_pattern_meets_whom_it_names),
		cmocka_unit_test(a_relay_counts_where_the_pattern_names_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
