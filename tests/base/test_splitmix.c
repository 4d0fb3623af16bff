/* SPDX-License-Identifier: Apache-2.0 */
#include "base/splitmix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The first numbers of two seeds, as the authors' reference code gives them. */
static void the_authors_numbers_come_out(void **state)
{
	uint64_t zero = 0, other = 1234567;

	(void)state;
	assert_true(splitmix(&zero) == 0xe220a8397b1dcdaf);
	assert_true(splitmix(&zero) == 0x6e789e6aa1b965f4);
	assert_true(splitmix(&other) == 6457827717110365317U);
	assert_true(splitmix(&other) == 3203168211198807973U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_authors_numbers_come_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
