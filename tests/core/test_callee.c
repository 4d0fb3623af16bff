/* SPDX-License-Identifier: Apache-2.0 */
#include "core/callee.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

/* Two relays with one database; ana is at r0, ben at r1. */
static unsigned ana, ben;

static int set_up(void **state)
{
	(void)state;
	net_begin();
	net_relay();
	net_relay();
	net_account(0, "ana", "", NULL);
	net_account(1, "ben", "", "+8112345");
	net_peer(0, 1, 2);
	net_share(false);
	ana = net_terminal(0, "ana");
	ben = net_terminal(1, "ben");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	net_end();
	return 0;
}

static void the_database_says_at_which_relay_a_callee_is(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_expect("INCOMING:ben ");
	assert_string_equal(net_offer(ben), "ana@r0");
	net_accept(ben);
	net_expect("join:1 join:0 CONNECTED:ana ");
}

static void one_that_is_here_is_rung_here(void **state)
{
	unsigned cleo;

	(void)state;
	net_account(0, "cleo", "", NULL);
	cleo = net_terminal(0, "cleo");
	net_connect(ana, "cleo");
	net_expect("INCOMING:cleo ");
	assert_string_equal(net_offer(cleo), "ana");
}

static void a_number_is_looked_for_too(void **state)
{
	(void)state;
	net_connect(ana, "8112345");
	net_expect("INCOMING:ben ");
	assert_string_equal(net_offer(ben), "ana@r0");
}

static void what_the_database_does_not_know_may_have_a_route(void **state)
{
	(void)state;
	net_connect(ana, "+4912");
	net_expect("FAILED:ana/unknown record:0/unknown ");
	assert_int_equal(relay_route(net_of(0), "+49", "ben@r1"), OK);
	net_connect(ana, "+4912");
	net_expect("INCOMING:ben ");
}

static void each_obstacle_has_its_reason(void **state)
{
	(void)state;
	net_account(1, "cleo", "", NULL);
	net_account(1, "dora", "law", NULL);
	net_account(0, "emil", "", NULL);
	net_connect(ana, "nobody");
	net_expect("FAILED:ana/unknown record:0/unknown ");
	net_connect(ana, "cleo");
	net_expect("FAILED:ana/offline record:0/offline ");
	net_connect(ana, "dora"); /* forbidden: as if she were not there */
	net_expect("FAILED:ana/unknown record:0/unknown ");
	net_connect(ana, "ben");
	net_connect(net_terminal(0, "emil"), "ben");
	net_expect("FAILED:emil/busy record:0/busy ");
}

static void a_relay_that_no_link_leads_to_is_unreachable(void **state)
{
	(void)state;
	net_cut(0, 1);
	net_connect(ana, "ben");
	net_expect("FAILED:ana/unreachable record:0/unreachable ");
}

static void a_database_that_is_away_is_no_unknown_user(void **state)
{
	(void)state;
	net_database(false);
	net_connect(ana, "ben");
	net_expect("FAILED:ana/unreachable record:0/unreachable ");
	net_connect(ana, "ben@r1"); /* asks nobody */
	net_expect("INCOMING:ben ");
}

static void a_caller_may_give_up_while_it_is_looked_for(void **state)
{
	(void)state;
	net_database_silent();
	net_connect(ana, "ben");
	net_expect("");
	net_hang_up(ana, REASON_CANCELLED);
	net_expect("FAILED:ana/cancelled record:0/cancelled ");
	net_database(true);
	net_expect(""); /* the answer comes too late */
}

static void nobody_waits_for_the_database_for_ever(void **state)
{
	(void)state;
	net_database_silent();
	net_connect(ana, "ben");
	net_pass(relay_limits_default.ring_ms + relay_limits_default.far_ms);
	assert_non_null(strstr(net_did, "FAILED:ana/no-answer "));
	net_database_silent();
	net_connect(ana, "ben");
	net_lose(ana);
	assert_non_null(strstr(net_did, "record:0/peer-lost "));
	net_database(true);
	net_expect("");
}

static void a_list_comes_from_the_database_in_pieces(void **state)
{
	(void)state;
	net_list(ana, false);
	net_expect("LISTING:ana/ben@r1=2 LISTING:ana/zoe=0 ");
	net_account(0, "cleo", "", NULL);
	(void)net_terminal(0, "cleo");
	net_database(false); /* what is known here, and was told by the link */
	net_list(ana, false);
	net_expect("LISTING:ana/ben@r1=0/cleo=1 ");
}

static void
a_list_that_the_database_breaks_off_ends_with_what_is_known(void **state)
{
	(void)state;
	net_account(0, "cleo", "", NULL);
	(void)net_terminal(0, "cleo");
	net_database_breaks();
	net_list(ana, false);
	net_expect("LISTING:ana/ben@r1=2 LISTING:ana/cleo=1 ");
}

/* What was read before the news came that the follower has heard already. */
static void a_list_is_not_behind_the_news_that_follow_it(void **state)
{
	struct relay_place place = { .id = "cleo", .relay = "" };
	unsigned cleo;

	(void)state;
	net_share(true);
	net_account(1, "cleo", "", NULL);
	net_database_silent();
	net_list(ana, true);
	cleo = net_terminal(1, "cleo");
	assert_non_null(strstr(net_did, "PRESENCE:ana/cleo@r1=1 "));
	net_listed(ana, &place, 1, true);
	net_expect("LISTING:ana/cleo@r1=1 ");
	net_lose(cleo);
	net_expect("PRESENCE:ana/cleo@r1=0 ");
	place.relay = "r1";
	place.state = PRESENCE_FREE;
	net_listed(ana, &place, 1, true);
	net_expect("LISTING:ana/cleo@r1=0 ");
	/* A relay that has told nothing of her: news are still to come. */
	place.relay = "r7";
	net_listed(ana, &place, 1, true);
	net_expect("LISTING:ana/cleo@r7=1 ");
	/* She comes here, and the database does not know yet. */
	net_account(0, "cleo", "", NULL);
	(void)net_terminal(0, "cleo");
	place.relay = "";
	place.state = PRESENCE_OFFLINE;
	net_listed(ana, &place, 1, true);
	net_expect("LISTING:ana/cleo=1 ");
	/* Who may call her it is that says. */
	place.allowed = "zoe";
	net_listed(ana, &place, 1, false);
	net_expect("LISTING:ana ");
	assert_int_equal(roster_get(net_roster(ana), "cleo")->state,
			 PRESENCE_FREE);
}

static void the_relays_that_live_are_where_a_terminal_may_go(void **state)
{
	char many[2 * MESSAGE_OTHERS_MAX + 1] = "first:1#x ";

	(void)state;
	assert_string_equal(net_others(ana), "");
	relay_others(net_of(0), "south:4380#a west:4380#b");
	assert_string_equal(net_others(net_terminal(0, "ana")),
			    "south:4380#a west:4380#b");
	relay_others(net_of(0), "");
	assert_string_equal(net_others(net_terminal(0, "ana")), "");

	/* Of more than it holds those that are whole. */
	memset(many + strlen(many), 'y', MESSAGE_OTHERS_MAX);
	relay_others(net_of(0), many);
	assert_string_equal(net_others(net_terminal(0, "ana")), "first:1#x");
	many[MESSAGE_OTHERS_MAX] = '\0';
	relay_others(net_of(0), many);
	assert_string_equal(net_others(net_terminal(0, "ana")), many);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_database_says_at_which_relay_a_callee_is),
		TEST(one_that_is_here_is_rung_here),
		TEST(a_number_is_looked_for_too),
		TEST(what_the_database_does_not_know_may_have_a_route),
		TEST(each_obstacle_has_its_reason),
		TEST(a_relay_that_no_link_leads_to_is_unreachable),
		TEST(a_database_that_is_away_is_no_unknown_user),
		TEST(a_caller_may_give_up_while_it_is_looked_for),
		TEST(nobody_waits_for_the_database_for_ever),
		TEST(a_list_comes_from_the_database_in_pieces),
		TEST(a_list_that_the_database_breaks_off_ends_with_what_is_known),
		TEST(a_list_is_not_behind_the_news_that_follow_it),
		TEST(the_relays_that_live_are_where_a_terminal_may_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
