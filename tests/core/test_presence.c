/* SPDX-License-Identifier: Apache-2.0 */
#include "core/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "rig.h"

static int set_up(void **state)
{
	(void)state;
	rig_begin(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_end();
	return 0;
}

/* ana (1), ben and dora in one group; cleo in another. */
static void an_office(void)
{
	rig_account("dora", "law", 1, 8);
	rig_account("ben", "law", 1, 8);
	rig_account("cleo", "tax", 1, 8);
	rig_account("ana", "law", 1, 8);
	rig_up(1, "ana");
}

static void a_list_has_whom_one_may_call_in_order_without_oneself(void **state)
{
	(void)state;
	an_office();
	rig_list(1, false);
	rig_expect("LISTING:1 ben=0 dora=0 ");
}

static void a_list_says_who_is_free_and_who_is_busy(void **state)
{
	(void)state;
	an_office();
	rig_up(2, "ben");
	rig_list(1, false);
	rig_expect("LISTING:1 ben=1 dora=0 ");
	rig_connect(2, 1, "ana");
	rig_list(1, false); /* in any state that is logged in */
	rig_expect("LISTING:1 ben=2 dora=0 ");
}

static void disabled_accounts_are_not_listed(void **state)
{
	(void)state;
	an_office();
	rig_disable("ben");
	rig_list(1, false);
	rig_expect("LISTING:1 dora=0 ");
	rig_remove("dora");
	rig_list(1, false);
	rig_expect("LISTING:1 ");
	assert_int_equal(rig_listings, 1);
}

static void two_thousand_accounts_come_in_pages(void **state)
{
	(void)state;
	rig_account("ana", "", 1, 8);
	rig_up(1, "ana");
	for (int i = 0; i < 2000; i++) {
		char id[40];

		snprintf(id, sizeof(id), "terminal-with-a-long-name.%06d",
			 i * 7919 % 2000);
		rig_account(id, "", 1, 8);
	}
	rig_list(1, false);
	assert_int_equal(rig_listed, 2000);
	assert_int_equal(rig_listings, 5);
}

static void few_lists(struct relay_limits few)
{
	few.lists = (struct limit_rate){ .burst = 1, .per_minute = 60 };
	rig_end();
	rig_begin(&few);
	an_office();
}

static void a_list_too_many_is_answered_when_its_turn_comes(void **state)
{
	(void)state;
	few_lists(relay_limits_default);
	rig_list(1, false);
	rig_expect("LISTING:1 ben=0 dora=0 ");
	rig_list(1, true);  /* and it follows then */
	rig_list(1, false); /* in the other's place */
	rig_expect("");
	rig_pass(999);
	rig_expect("");
	rig_pass(1);
	rig_expect("LISTING:1 ben=0 dora=0 ");
	rig_pass(5000);
	rig_expect("");
	rig_up(2, "ben");
	rig_expect("WELCOME:2 PRESENCE:1/ben=1 ");
}

static void lists_of_many_connections_come_one_after_another(void **state)
{
	(void)state;
	few_lists(relay_limits_default);
	rig_up(2, "ana");
	rig_up(3, "ana");
	for (uint64_t conn = 1; conn <= 3; conn++)
		rig_say(conn, MESSAGE_PONG);
	rig_list(1, false);
	rig_expect("LISTING:1 ben=0 dora=0 ");
	rig_list(2, false);
	rig_list(3, false);
	rig_expect("");
	rig_pass(1000);
	rig_expect("LISTING:2 ben=0 dora=0 ");
	rig_lose(3); /* while it waits */
	rig_pass(5000);
	rig_expect("");
}

static void who_calls_many_still_gets_the_list(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.requests = (struct limit_rate){ .burst = 1, .per_minute = 60 };
	rig_end();
	rig_begin(&few);
	an_office();
	rig_connect(1, 1, "ben");
	rig_expect("FAILED:1/offline ");
	rig_connect(1, 1, "ben");
	rig_expect("FAILED:1/too-many ");
	rig_list(1, false);
	rig_expect("LISTING:1 ben=0 dora=0 ");
}

static void followers_hear_each_change_once(void **state)
{
	(void)state;
	an_office();
	rig_list(1, true);
	rig_up(2, "ben");
	rig_expect("WELCOME:2 PRESENCE:1/ben=1 ");
	rig_up(3, "ben");
	rig_expect("WELCOME:3 PING:2 "); /* still free */
	rig_up(4, "dora");
	rig_connect(4, 1, "ben");
	rig_expect("INCOMING:2 PRESENCE:1/dora=2 ");
	rig_lose(3);
	rig_expect("PRESENCE:1/ben=2 ");
	rig_lose(4);
	rig_expect("CANCEL:2/peer-lost record/peer-lost PRESENCE:1/dora=0 ");
	rig_release(2, rig_call);
	rig_expect("forbid:2 PRESENCE:1/ben=1 ");
	rig_say(2, MESSAGE_LOGOUT);
	rig_expect("close:2 PRESENCE:1/ben=0 ");
}

static void a_request_that_fails_at_once_is_no_change(void **state)
{
	(void)state;
	an_office();
	rig_list(1, true);
	rig_up(2, "ben");
	rig_connect(2, 1, "nobody");
	rig_expect("FAILED:2/unknown ");
}

static void who_may_not_call_does_not_see_either(void **state)
{
	(void)state;
	an_office();
	rig_allow("ben", "cleo an anab");
	rig_list(1, false); /* ana's group is not asked */
	rig_expect("LISTING:1 dora=0 ");
	rig_allow("ben", "cleo ana");
	rig_list(1, false);
	rig_expect("LISTING:1 ben=0 dora=0 ");
	rig_up(3, "cleo"); /* of another group, but allowed */
	rig_list(3, false);
	rig_expect("LISTING:3 ben=0 ");
	rig_allow("ben", "");
	rig_list(3, false);
	rig_expect("LISTING:3 ");
}

static void other_groups_are_nobody_s_business(void **state)
{
	(void)state;
	an_office();
	rig_list(1, true);
	rig_up(2, "cleo");
	rig_expect("WELCOME:2 ");
	rig_list(2, true);
	rig_expect("LISTING:2 ");
	rig_lose(1);
	rig_expect("");
}

static void nobody_hears_without_asking(void **state)
{
	(void)state;
	an_office();
	rig_list(1, false);
	rig_up(2, "ben");
	rig_expect("WELCOME:2 ");
}

static void nobody_hears_without_the_feature(void **state)
{
	(void)state;
	an_office();
	rig_arrive(2, 1);
	relay_opened(rig_relay, 2, rig_now, &(struct effects){ 0 });
	rig_hear(2, (struct message){
			    .type = MESSAGE_HELLO,
			    .hello = { .version_min = 1, .version_max = 1 } });
	rig_prove(2, "ben", 'a', RELAY_LOGIN_OK);
	rig_list(2, true);
	rig_lose(1);
	rig_expect("");
}

static void following_twice_is_following_once(void **state)
{
	(void)state;
	an_office();
	rig_list(1, true);
	rig_list(1, true);
	rig_up(2, "ben");
	rig_expect("WELCOME:2 PRESENCE:1/ben=1 ");
}

static void a_follower_that_left_is_told_nothing(void **state)
{
	(void)state;
	an_office();
	rig_list(1, true);
	rig_lose(1);
	rig_up(2, "ben");
	rig_expect("WELCOME:2 ");
}

static void disabling_a_terminal_is_told_as_its_going(void **state)
{
	(void)state;
	an_office();
	rig_list(1, true);
	rig_up(2, "ben");
	rig_disable("ben");
	rig_expect("BYE:2/disabled close:2 PRESENCE:1/ben=0 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_list_has_whom_one_may_call_in_order_without_oneself),
		TEST(a_list_says_who_is_free_and_who_is_busy),
		TEST(disabled_accounts_are_not_listed),
		TEST(two_thousand_accounts_come_in_pages),
		TEST(a_list_too_many_is_answered_when_its_turn_comes),
		TEST(lists_of_many_connections_come_one_after_another),
		TEST(who_calls_many_still_gets_the_list),
		TEST(followers_hear_each_change_once),
		TEST(a_request_that_fails_at_once_is_no_change),
		TEST(who_may_not_call_does_not_see_either),
		TEST(other_groups_are_nobody_s_business),
		TEST(nobody_hears_without_asking),
		TEST(nobody_hears_without_the_feature),
		TEST(following_twice_is_following_once),
		TEST(a_follower_that_left_is_told_nothing),
		TEST(disabling_a_terminal_is_told_as_its_going),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
