/* SPDX-License-Identifier: Apache-2.0 */
#include "io/patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

enum { LOOK_MS = 10 };

static struct loop *l;
static struct patience p;
static int pairs[3][2];
static struct patience_wait waits[3];

static int set_up(void **state)
{
	(void)state;
	l = loop_new();
	patience_init(&p, l, LOOK_MS);
	for (int i = 0; i < 3; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			       pairs[i]) != 0)
			return -1;
		patience_wait_init(&waits[i], pairs[i][0]);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		patience_over(&p, &waits[i]);
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
	patience_fini(&p);
	loop_free(l);
	return 0;
}

static bool is_shut(int i)
{
	char c;

	return recv(pairs[i][1], &c, 1, 0) == 0;
}

static void who_takes_too_long_is_shut_and_nobody_else(void **state)
{
	(void)state;
	patience_until(&p, &waits[0], loop_now(l) + 100);
	patience_until(&p, &waits[1], loop_now(l) + 60000);
	patience_until(&p, &waits[2], loop_now(l) + 100);
	patience_over(&p, &waits[2]);
	turn_for(l, 30);
	assert_false(is_shut(0));
	turn_for(l, 200);
	assert_true(is_shut(0));
	assert_false(is_shut(1));
	assert_false(is_shut(2));
}

static void time_may_be_given_as_one_goes(void **state)
{
	(void)state;
	patience_until(&p, &waits[0], loop_now(l) + 50);
	for (int i = 0; i < 10; i++) {
		turn_for(l, 20);
		patience_until(&p, &waits[0], loop_now(l) + 60000);
	}
	assert_false(is_shut(0));
	patience_until(&p, &waits[0], loop_now(l));
	turn_for(l, 100);
	assert_true(is_shut(0));
}

static void whom_nobody_waits_for_costs_no_timer(void **state)
{
	(void)state;
	assert_false(p.timer.place > 0);
	patience_until(&p, &waits[0], loop_now(l) + 60000);
	assert_true(p.timer.place > 0);
	patience_over(&p, &waits[0]);
	assert_false(p.timer.place > 0);
	patience_until(&p, &waits[1], loop_now(l) + 20);
	turn_for(l, 100);
	assert_false(p.timer.place > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			who_takes_too_long_is_shut_and_nobody_else, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(time_may_be_given_as_one_goes,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			whom_nobody_waits_for_costs_no_timer, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
