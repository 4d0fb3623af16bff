/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a terminal that follows the list believes of the others (S12) while
 * relays lose and find each other (S13): each story is told again and again,
 * and the list is asked for one moment later each time, before and after each
 * message between relays. Whenever that was, list and news together are true
 * in the end.
 */
#include "core/whereis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

enum { MOMENTS_MAX = 5000, STEP_MS = 500, SEEDS = 3 };

/* ana is at r0 and follows; `other` is a second connection of hers. */
static unsigned ana, other;
static unsigned moment, asks_at; /* and which one she asks at */
static uint64_t seed;

/* xorshift64 (Marsaglia 2003). */
static unsigned dice(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33);
}

/* --- time --- */

static void moment_comes(void)
{
	if (moment++ == asks_at)
		net_list(ana, true);
}

static void flow(void)
{
	moment_comes();
	while (net_step(dice()))
		moment_comes();
}

static void pass(int64_t ms)
{
	flow();
	for (; ms > 0; ms -= STEP_MS) {
		net_pass(STEP_MS);
		flow();
	}
}

/* --- stories --- */

/* Each of them begins with this. Ben may log in at every relay, cleo at all
 * but ana's: she is known there by news alone. */
static void begin(unsigned relays)
{
	net_begin();
	for (unsigned n = 0; n < relays; n++) {
		net_relay();
		net_account(n, "ben", "", NULL);
		if (n > 0)
			net_account(n, "cleo", "", NULL);
	}
	net_account(0, "ana", "", NULL);
	for (unsigned n = 1; n < relays; n++)
		net_peer(n - 1, n, 1);
	ana = net_terminal(0, "ana");
	other = net_terminal(0, "ana");
	net_pong(ana);
	net_hold();
}

static void a_pair(void)
{
	begin(2);
}

static void a_ring(void)
{
	begin(3);
	net_peer(2, 0, 1);
}

static void both_log_in(void)
{
	net_terminal(1, "ben");
	net_terminal(1, "cleo");
}

static const char *a_link_breaks_and_there_is_another_way(void)
{
	a_ring();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	pass(3000);
	return "ben@r1=1 cleo@r1=1 ";
}

static const char *a_link_of_a_ring_breaks_and_comes_back(void)
{
	a_ring();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	pass(500);
	net_mend(0, 1);
	pass(70000);
	return "ben@r1=1 cleo@r1=1 ";
}

static const char *the_only_link_breaks(void)
{
	a_pair();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	pass(2000);
	return "";
}

static const char *the_only_link_breaks_for_long(void)
{
	a_pair();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	pass(30000);
	return "";
}

static const char *the_only_link_comes_back(void)
{
	a_pair();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	net_mend(0, 1);
	pass(70000);
	return "ben@r1=1 cleo@r1=1 ";
}

static const char *the_only_link_comes_back_late(void)
{
	a_pair();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	pass(40000);
	net_mend(0, 1);
	pass(70000);
	return "ben@r1=1 cleo@r1=1 ";
}

static const char *one_goes_while_the_link_is_down(void)
{
	unsigned ben;

	a_pair();
	ben = net_terminal(1, "ben");
	pass(1000);
	net_cut(0, 1);
	pass(1500);
	net_lose(ben);
	net_mend(0, 1);
	pass(70000);
	return "";
}

static const char *one_logs_in_elsewhere_when_his_relay_is_lost(void)
{
	a_ring();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	net_cut(1, 2);
	pass(500);
	net_terminal(2, "ben");
	pass(70000);
	return "ben@r2=1 ";
}

/* Of two machines the first one is still there, and answers when it is asked.
 */
static const char *one_logs_in_elsewhere_and_back_again(void)
{
	unsigned ben;

	a_ring();
	ben = net_terminal(1, "ben");
	net_terminal(1, "cleo");
	pass(1000);
	net_cut(0, 1);
	net_cut(1, 2);
	pass(500);
	net_lose(net_terminal(2, "ben"));
	net_mend(0, 1);
	pass(4000);
	net_pong(ben);
	pass(66000);
	return "ben@r1=1 cleo@r1=1 ";
}

static const char *one_moves_away_and_logs_out_there(void)
{
	unsigned ben;

	a_pair();
	net_lose(net_terminal(0, "ben"));
	ben = net_terminal(1, "ben");
	pass(1000);
	net_lose(ben);
	pass(1000);
	return "";
}

/* He answers at both: two machines of his. */
static const char *one_of_two_logs_out(void)
{
	unsigned here;

	a_pair();
	both_log_in();
	pass(1000);
	here = net_terminal(0, "ben");
	pass(1000);
	net_lose(here);
	pass(1000);
	return "ben@r1=1 cleo@r1=1 ";
}

static const char *one_moves_away_and_his_new_relay_is_lost(void)
{
	a_pair();
	net_lose(net_terminal(0, "ben"));
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	pass(2000);
	return "";
}

static const char *one_comes_home_while_his_new_relay_is_lost(void)
{
	a_pair();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	pass(500);
	net_terminal(0, "ben");
	pass(3000);
	net_mend(0, 1);
	pass(70000);
	return "ben=1 cleo@r1=1 ";
}

static const char *accounts_are_disabled(void)
{
	a_pair();
	both_log_in();
	pass(1000);
	net_disable(1, "ben");
	net_disable(1, "cleo");
	pass(1000);
	return "";
}

static const char *accounts_are_disabled_while_the_link_is_down(void)
{
	a_pair();
	both_log_in();
	pass(1000);
	net_cut(0, 1);
	net_disable(1, "cleo");
	net_mend(0, 1);
	pass(70000);
	return "ben@r1=1 ";
}

/* --- the whole --- */

/* Who is there, "ben@r1=1 ": who is in no list is as good as offline. */
static const char *believed(unsigned terminal)
{
	static char text[2][200];
	char *out = text[terminal == other];
	const struct roster *r = net_roster(terminal);
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->count; i++) {
		const struct roster_entry *e = &r->entries[i];

		if (e->state == PRESENCE_FREE || e->state == PRESENCE_BUSY)
			used += (size_t)snprintf(
				out + used, sizeof(text[0]) - used,
				"%s%s%s=%u ", e->id, *e->relay ? "@" : "",
				e->relay, e->state);
	}
	return out;
}

static void check(const char *expected)
{
	net_list(other, false);
	if (strcmp(believed(ana), expected) != 0 ||
	    strcmp(believed(other), expected) != 0)
		fail_msg("asked at moment %u of %u she knows %s; the list "
			 "has %s; and it is %s",
			 asks_at, moment, believed(ana), believed(other),
			 expected);
}

static void tell(const char *(*story)(void))
{
	for (unsigned s = 1; s <= SEEDS; s++) {
		asks_at = 0;
		do {
			const char *expected;

			assert_true(asks_at < MOMENTS_MAX);
			seed = s * 0x9e3779b97f4a7c15;
			moment = 0;
			expected = story();
			if (asks_at < moment)
				check(expected);
			net_end();
		} while (asks_at++ < moment);
	}
}

#define STORY(name)                                                            \
	static void whenever_the_list_is_asked_for_##name(void **state)        \
	{                                                                      \
		(void)state;                                                   \
		tell(name);                                                    \
	}
STORY(a_link_breaks_and_there_is_another_way)
STORY(a_link_of_a_ring_breaks_and_comes_back)
STORY(the_only_link_breaks)
STORY(the_only_link_breaks_for_long)
STORY(the_only_link_comes_back)
STORY(the_only_link_comes_back_late)
STORY(one_goes_while_the_link_is_down)
STORY(one_logs_in_elsewhere_when_his_relay_is_lost)
STORY(one_logs_in_elsewhere_and_back_again)
STORY(one_moves_away_and_logs_out_there)
STORY(one_of_two_logs_out)
STORY(one_moves_away_and_his_new_relay_is_lost)
STORY(one_comes_home_while_his_new_relay_is_lost)
STORY(accounts_are_disabled)
STORY(accounts_are_disabled_while_the_link_is_down)

static unsigned count_free(unsigned terminal)
{
	const struct roster *r = net_roster(terminal);
	unsigned count = 0;

	for (size_t i = 0; i < r->count; i++)
		count += r->entries[i].state == PRESENCE_FREE;
	return count;
}

static void of_a_large_relay_that_is_lost_some_are_told_at_a_time(void **state)
{
	enum { MANY = 4000 };
	char id[16];

	(void)state;
	a_pair();
	net_go_on();
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(id, sizeof(id), "t%04u", i);
		net_account(1, id, "", NULL);
		net_terminal(1, id);
	}
	net_list(ana, true);
	assert_int_equal(count_free(ana), MANY);
	net_cut(0, 1);
	assert_in_range(count_free(ana), 1, MANY - 1);
	net_list(other, true); /* a list is not behind */
	assert_int_equal(count_free(other), 0);
	net_pass(100);
	assert_int_equal(count_free(ana), 0);
	net_end();
}

#define TEST(name) cmocka_unit_test(whenever_the_list_is_asked_for_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			of_a_large_relay_that_is_lost_some_are_told_at_a_time),
		TEST(a_link_breaks_and_there_is_another_way),
		TEST(a_link_of_a_ring_breaks_and_comes_back),
		TEST(the_only_link_breaks),
		TEST(the_only_link_breaks_for_long),
		TEST(the_only_link_comes_back),
		TEST(the_only_link_comes_back_late),
		TEST(one_goes_while_the_link_is_down),
		TEST(one_logs_in_elsewhere_when_his_relay_is_lost),
		TEST(one_logs_in_elsewhere_and_back_again),
		TEST(one_moves_away_and_logs_out_there),
		TEST(one_of_two_logs_out),
		TEST(one_moves_away_and_his_new_relay_is_lost),
		TEST(one_comes_home_while_his_new_relay_is_lost),
		TEST(accounts_are_disabled),
		TEST(accounts_are_disabled_while_the_link_is_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
