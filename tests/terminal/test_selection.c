/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, uint32_t before, uint32_t pages,
		   const char *wanted, uint32_t wanted_count)
{
	char list[SELECTION_LIST_MAX];
	struct why why = { "" };
	uint32_t count;
	enum err e = selection_list(text, before, pages, list, &count, &why);

	if (e != OK)
		fail_msg("%s: %s", text, why.text);
	assert_string_equal(list, wanted);
	assert_int_equal(count, wanted_count);
}

static void expect_fault(const char *text, uint32_t before, uint32_t pages,
			 enum err wanted, const char *sentence)
{
	char list[SELECTION_LIST_MAX];
	struct why why = { "" };
	uint32_t count;

	assert_int_equal(
		selection_list(text, before, pages, list, &count, &why),
		wanted);
	assert_string_equal(why.text, sentence);
}

static void pages_come_in_the_order_that_is_said(void **state)
{
	(void)state;
	expect("1", 0, 1, "1", 1);
	expect("3,1", 0, 3, "3,1", 2);
	expect("2-4", 0, 9, "2,3,4", 3);
	expect("4-2,2", 0, 9, "4,3,2,2", 4);
	expect("2,8-", 0, 9, "2,8,9", 3);
	expect("9-", 0, 9, "9", 1);
	expect("5-5", 0, 9, "5", 1);
}

static void a_cover_page_stays_first(void **state)
{
	(void)state;
	expect("2-", 1, 4, "1,3,4", 3);
	expect("3,1", 2, 5, "1,2,5,3", 4);
}

static void a_page_that_is_not_there_is_named(void **state)
{
	(void)state;
	expect_fault("2", 0, 1, ERR_MISSING,
		     "There is no page 2 to be sent: there is only 1.");
	expect_fault("1,4-2", 1, 4, ERR_MISSING,
		     "There is no page 4 to be sent: there are only 3.");
	expect_fault("1-7", 0, 3, ERR_MISSING,
		     "There is no page 7 to be sent: there are only 3.");
	expect_fault("7-", 0, 3, ERR_MISSING,
		     "There is no page 7 to be sent: there are only 3.");
}

static void what_is_no_selection_is_told(void **state)
{
	static const char *const bad[] = {
		"",    "0",   "a",     "1,",	",1",  "1,,2",	"-3",
		"1--", "1-0", "1-2-3", "1 - 2", "1;2", "1000",	"99999999999",
		"1-a", "+1",  "1.5",   " 1",	"1-,", "2-1000"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct why why = { "" };

		if (selection_check(bad[i], &why) != ERR_BAD)
			fail_msg("\"%s\" is taken", bad[i]);
		expect_fault(bad[i], 0, 999, ERR_BAD, why.text);
		assert_string_equal(why.text,
				    "Pages are chosen as in \"1,3-5,9-\", by "
				    "their numbers from 1 to 999.");
	}
}

static void a_fax_has_an_end(void **state)
{
	char list[SELECTION_LIST_MAX];
	struct why why = { "" };
	uint32_t count;

	(void)state;
	assert_int_equal(selection_list("1-999", 0, 999, list, &count, &why),
			 OK);
	assert_int_equal(count, 999);
	assert_string_equal(list + strlen(list) - 8, ",998,999");
	expect_fault("1-999,1", 0, 999, ERR_LIMIT,
		     "A fax can have 999 pages at most; send it in parts.");
	expect_fault("1-500,500-1", 0, 500, ERR_LIMIT,
		     "A fax can have 999 pages at most; send it in parts.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_come_in_the_order_that_is_said),
		cmocka_unit_test(a_cover_page_stays_first),
		cmocka_unit_test(a_page_that_is_not_there_is_named),
		cmocka_unit_test(what_is_no_selection_is_told),
		cmocka_unit_test(a_fax_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
