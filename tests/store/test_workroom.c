/* SPDX-License-Identifier: Apache-2.0 */
#include "store/workroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static struct why why;

static void it_is_swept_at_the_start_and_nothing_else_is(void **state)
{
	char path[ATOMIC_PATH_MAX];

	(void)state;
	scratch_write("kept", "x", 1);
	assert_int_equal(workroom_open(scratch(""), &why), OK);
	assert_int_equal(workroom_folder(scratch(""), "one", path, &why), OK);
	scratch_write("work/one/page", "x", 1);
	assert_int_equal(mkdir(scratch("work/one/deep"), 0700), 0);
	scratch_write("work/one/deep/page", "x", 1);
	scratch_write("work/.hidden", "x", 1);
	assert_int_equal(symlink(scratch("kept"), scratch("work/link")), 0);
	assert_int_equal(symlink("..", scratch("work/up")), 0);
	assert_int_equal(workroom_open(scratch(""), &why), OK);
	assert_int_equal(scratch_count("work"), 0);
	assert_true(scratch_exists("work"));
	assert_true(scratch_exists("kept"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			it_is_swept_at_the_start_and_nothing_else_is,
			scratch_set_up, scratch_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
