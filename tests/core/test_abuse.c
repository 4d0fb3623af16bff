/* SPDX-License-Identifier: Apache-2.0 */
#include "core/abuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct abuse a;
static struct effects out;

static int set_up(void **state)
{
	(void)state;
	a = (struct abuse){ 0 };
	effects_init(&out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	effects_fini(&out);
	return 0;
}

/* The only line of the box, which is then empty. */
static void said(const char *line)
{
	assert_int_equal(out.count, *line ? 1 : 0);
	if (*line)
		assert_string_equal(
			(const char *)effects_bytes(&out, &out.items[0]), line);
	effects_clear(&out);
}

static void the_first_is_told_at_once_the_rest_together(void **state)
{
	(void)state;
	abuse_note(&a, ABUSE_ARRIVALS, "from", "198.51.100.66", 5000, &out);
	said("event=abuse kind=arrivals from=198.51.100.66 count=1");
	for (int i = 0; i < 1000; i++)
		abuse_note(&a, ABUSE_ARRIVALS, "from", "x", 5001 + i, &out);
	said("");
	abuse_note(&a, ABUSE_ARRIVALS, "from", "y", 5000 + ABUSE_QUIET_MS,
		   &out);
	said("event=abuse kind=arrivals from=y count=1001");
	assert_int_equal(a.total[ABUSE_ARRIVALS], 1002);
}

static void each_kind_is_told_for_itself(void **state)
{
	(void)state;
	for (enum abuse_kind k = 0; k < ABUSE_KINDS; k++) {
		abuse_note(&a, k, "id", "ana", 1, &out);
		assert_int_equal(out.count, 1);
		assert_non_null(
			strstr((const char *)effects_bytes(&out, &out.items[0]),
			       abuse_name(k)));
		effects_clear(&out);
		assert_int_equal(a.total[k], 1);
		for (enum abuse_kind other = 0; other < k; other++)
			assert_string_not_equal(abuse_name(k),
						abuse_name(other));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_is_told_at_once_the_rest_together),
		TEST(each_kind_is_told_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
