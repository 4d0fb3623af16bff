/* SPDX-License-Identifier: Apache-2.0 */
#include "base/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void each_role_has_its_word_and_back(void **state)
{
	(void)state;
	assert_string_equal(role_name(ROLE_SEND), "send");
	assert_string_equal(role_name(ROLE_READ), "read");
	assert_string_equal(role_name(ROLE_ADMINISTER), "administer");
	for (unsigned bit = 1; bit <= ROLE_ADMINISTER; bit *= 2)
		assert_int_equal(role_of(role_name(bit)), bit);
	assert_string_equal(role_name(0), "");
	assert_string_equal(role_name(ROLE_SEND | ROLE_READ), "");
	assert_string_equal(role_name(8), "");
	assert_int_equal(role_of(""), 0);
	assert_int_equal(role_of("Send"), 0);
	assert_int_equal(role_of("sends"), 0);
}

static void roles_are_told_in_one_line(void **state)
{
	char text[ROLE_TEXT_SIZE];

	(void)state;
	assert_string_equal(role_text(0, text), "none");
	assert_string_equal(role_text(ROLE_READ, text), "read");
	assert_string_equal(role_text(ROLE_ALL, text),
			    "send, read, administer");
	assert_string_equal(role_text(ROLE_SEND | ROLE_ADMINISTER, text),
			    "send, administer");
}

static void a_user_has_a_name_that_is_safe_everywhere(void **state)
{
	static const char *const good[] = {
		"a",	    "Z",       "0",
		"ana.lima", "A-b_c.9", "abcdefghijklmnopqrstuvwxyz012345",
		"local2",   "Local",
	};
	static const char *const bad[] = {
		"",	    ".a",
		"-a",	    "_a",
		"a b",	    "a/b",
		"a\nb",	    "a@b",
		"\xc3\xa9", "abcdefghijklmnopqrstuvwxyz0123456",
		"local",    "a\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(role_user_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(role_user_valid(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_has_its_word_and_back),
		cmocka_unit_test(roles_are_told_in_one_line),
		cmocka_unit_test(a_user_has_a_name_that_is_safe_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
