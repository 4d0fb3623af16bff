/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trunk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net.h"

/* Two relays; the first dials. Ana is at r0, ben at r1. */
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

/* Nothing is left of any call, anywhere. */
static void all_is_over(unsigned relays)
{
	for (unsigned n = 0; n < relays; n++) {
		const struct relay *r = net_of(n);

		assert_int_equal(relay_counts(r).calls, 0);
		assert_true(relay_drained(r));
		for (const struct registry_peer *p = r->peers; p;
		     p = p->hh.next) {
			assert_null(p->legs);
			assert_true(list_empty(&p->waiting));
			if (p->trunk)
				assert_int_equal(client_counts(p->trunk).calls,
						 0);
		}
	}
}

/* A whole call, whoever dialled the trunk. */
static void a_call(unsigned from, const char *from_id, unsigned to,
		   const char *to_id, const char *address)
{
	char words[200];

	net_connect(from, address);
	snprintf(words, sizeof(words), "INCOMING:%s ", to_id);
	net_expect(words);
	net_accept(to);
	assert_non_null(strstr(net_did, "join:0 "));
	assert_non_null(strstr(net_did, "join:1 "));
	snprintf(words, sizeof(words), "CONNECTED:%s ", from_id);
	assert_non_null(strstr(net_did, words));
	/* Every relay has joined before the caller hears of it. */
	assert_string_equal(strstr(net_did, words), words);
	net_hang_up(from, REASON_DONE);
	snprintf(words, sizeof(words), "END:%s ", to_id);
	assert_non_null(strstr(net_did, words));
	assert_non_null(strstr(net_did, "record:0/done "));
	assert_non_null(strstr(net_did, "record:1/done "));
	net_release(from);
	net_release(to);
	all_is_over(2);
}

static void a_call_goes_over_a_line_of_ours(void **state)
{
	(void)state;
	a_call(ana, "ana", ben, "ben", "ben");
	assert_string_equal(net_offer(ben), "ana@r0");
	a_call(ana, "ana", ben, "ben", "ben@r1");
}

static void a_call_goes_over_a_connection_of_its(void **state)
{
	(void)state;
	a_call(ben, "ben", ana, "ana", "ana");
	assert_string_equal(net_offer(ana), "ben@r1");
	a_call(ben, "ben", ana, "ana", "ana@r0@r1");
}

static void a_number_finds_its_terminal_at_another_relay(void **state)
{
	(void)state;
	a_call(ana, "ana", ben, "ben", "8112345");
	a_call(ana, "ana", ben, "ben", "+8112345");
	assert_int_equal(relay_route(net_of(0), "+81", "@r1"), OK);
	a_call(ana, "ana", ben, "ben", "+8112345@r1");
	assert_string_equal(net_offer(ben), "ana@r0 +8112345");
	net_connect(ana, "+819");
	assert_non_null(strstr(net_did, "FAILED:ana/unknown "));
}

static void a_route_leads_to_an_account_which_hears_the_number(void **state)
{
	(void)state;
	assert_int_equal(relay_route(net_of(0), "+4", "ben@r1"), OK);
	net_connect(ana, "+49");
	net_expect("INCOMING:ben ");
}

static void the_far_side_may_hang_up_first(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_accept(ben);
	net_hang_up(ben, REASON_FAILED);
	assert_non_null(strstr(net_did, "END:ana/failed "));
	net_release(ana);
	net_release(ben);
	all_is_over(2);
}

static void reasons_come_from_the_far_relay_as_they_are(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_refuse(ben, REASON_INCOMPATIBLE);
	assert_non_null(strstr(net_did, "FAILED:ana/incompatible "));
	net_connect(ben, "ana");
	net_refuse(ana, REASON_REFUSED);
	assert_non_null(strstr(net_did, "FAILED:ben/refused "));
	net_connect(ana, "nobody@r1");
	assert_non_null(strstr(net_did, "FAILED:ana/unknown "));
	net_connect(ana, "ben@r9");
	assert_non_null(strstr(net_did, "FAILED:ana/unreachable "));
	all_is_over(2);
}

static void a_relay_knows_without_asking_who_is_busy_or_away(void **state)
{
	unsigned other;

	(void)state;
	net_account(0, "cleo", "", NULL);
	other = net_terminal(0, "cleo");
	net_connect(ana, "ben");
	net_hold(); /* nothing is asked of the other relay */
	net_connect(other, "ben");
	net_expect("FAILED:cleo/busy ");
	net_go_on();
	net_lose(ben);
	net_hold();
	net_connect(other, "ben");
	net_expect("FAILED:cleo/offline ");
	net_go_on();
	all_is_over(2);
}

static void a_caller_that_gives_up_withdraws_the_far_offer(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_hang_up(ana, REASON_CANCELLED);
	assert_non_null(strstr(net_did, "FAILED:ana/cancelled "));
	assert_non_null(strstr(net_did, "CANCEL:ben/cancelled "));
	net_release(ben);
	net_connect(ben, "ana");
	net_hang_up(ben, REASON_CANCELLED);
	assert_non_null(strstr(net_did, "CANCEL:ana/cancelled "));
	net_release(ana);
	all_is_over(2);
}

static void a_terminal_that_is_lost_is_told_of_across_relays(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_accept(ben);
	net_lose(ana);
	assert_non_null(strstr(net_did, "END:ben/peer-lost "));
	net_release(ben);
	all_is_over(2);
}

static void a_callee_that_is_lost_is_offline_to_a_far_caller(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_lose(ben);
	assert_non_null(strstr(net_did, "FAILED:ana/offline "));
	all_is_over(2);
}

static void a_cut_between_relays_ends_their_calls(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_accept(ben);
	net_cut(0, 1);
	assert_non_null(strstr(net_did, "END:ana/peer-lost "));
	assert_non_null(strstr(net_did, "END:ben/peer-lost "));
	net_release(ana);
	net_release(ben);
	all_is_over(2);
	net_connect(ana, "ben");
	net_expect("FAILED:ana/unreachable ");
	net_connect(ana, "ben@r1");
	net_expect("FAILED:ana/unreachable ");
	net_mend(0, 1);
	net_pass(70000);
	net_connect(ana, "ben");
	net_expect("INCOMING:ben ");
}

static void a_cut_while_it_rings_withdraws_the_offer(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_cut(0, 1);
	assert_non_null(strstr(net_did, "FAILED:ana/unreachable "));
	assert_non_null(strstr(net_did, "CANCEL:ben/peer-lost "));
	net_release(ben);
	all_is_over(2);
}

static void nobody_waits_for_a_far_answer_for_ever(void **state)
{
	(void)state;
	net_connect(ana, "ben");
	net_pass(relay_limits_default.ring_ms);
	assert_non_null(strstr(net_did, "FAILED:ana/no-answer "));
	assert_non_null(strstr(net_did, "CANCEL:ben/no-answer "));
	net_release(ben);
	all_is_over(2);
	/* Not even when the far relay says nothing. */
	net_hold();
	net_connect(ana, "ben");
	net_pass(relay_limits_default.ring_ms + relay_limits_default.far_ms);
	assert_non_null(strstr(net_did, "FAILED:ana/no-answer "));
}

/* An unknown callee is not tried again. */
static void nobody_is_unknown_before_all_relays_were_heard(void **state)
{
	(void)state;
	net_connect(ana, "nobody");
	net_expect("FAILED:ana/unreachable ");
	net_pass(20000);
	net_connect(ana, "nobody");
	assert_non_null(strstr(net_did, "FAILED:ana/unknown "));
	net_cut(0, 1);
	net_pass(60000);
	net_connect(ana, "nobody");
	assert_non_null(strstr(net_did, "FAILED:ana/unreachable "));
	/* Here it is known for certain. */
	net_connect(ana, "nobody@r0");
	assert_non_null(strstr(net_did, "FAILED:ana/unknown "));
}

static void groups_count_across_relays(void **state)
{
	(void)state;
	net_account(1, "dora", "law tax", NULL);
	net_account(0, "emil", "tax", NULL);
	net_terminal(1, "dora");
	net_pass(20000); /* all is known by then */
	net_connect(ana, "dora");
	net_expect("FAILED:ana/unknown ");
	net_connect(ana, "dora@r1");
	assert_non_null(strstr(net_did, "FAILED:ana/unknown "));
	net_connect(net_terminal(0, "emil"), "dora");
	net_expect("INCOMING:dora ");
}

static void more_calls_than_trunks_make_more_trunks(void **state)
{
	char id[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		net_account(0, id, "", NULL);
		net_terminal(0, id);
		snprintf(id, sizeof(id), "b%d", i);
		net_account(1, id, "", NULL);
		net_terminal(1, id);
	}
	/* Handles come in the order of login: a0 is 2, b0 is 3. The served
	 * side has to ask for connections. */
	for (int i = 0; i < 8; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		net_connect((unsigned)(3 + 2 * i), id);
		assert_non_null(strstr(net_did, "INCOMING:a"));
		net_accept((unsigned)(2 + 2 * i));
		assert_non_null(strstr(net_did, "CONNECTED:b"));
	}
	assert_int_equal(relay_counts(net_of(0)).calls, 8);
	for (int i = 0; i < 8; i++) {
		net_hang_up((unsigned)(3 + 2 * i), REASON_DONE);
		net_release((unsigned)(3 + 2 * i));
		net_release((unsigned)(2 + 2 * i));
	}
	all_is_over(2);
	net_pass(200000);
	assert_int_equal(client_counts(net_of(0)->peers->trunk).up, 2);
}

static void a_caller_in_the_queue_for_a_trunk_may_give_up(void **state)
{
	(void)state;
	net_hold(); /* what it asks for does not come */
	net_account(1, "b1", "", NULL);
	net_account(1, "b2", "", NULL);
	net_connect(ben, "ana");
	net_connect(net_terminal(1, "b1"), "ana");
	net_connect(net_terminal(1, "b2"), "ana");
	net_expect("");
	net_hang_up(3, REASON_CANCELLED);
	net_expect("FAILED:b2/cancelled record:1/cancelled ");
	net_go_on();
	net_pass(40000);
	all_is_over(2);
}

static void lists_have_everybody_and_say_where(void **state)
{
	(void)state;
	net_account(1, "cleo", "", NULL);
	net_account(0, "zoe", "", NULL);
	net_list(ana, true);
	net_expect("LISTING:ana/ben@r1=1/cleo@r1=0/zoe=0 ");
	net_terminal(1, "cleo");
	assert_non_null(strstr(net_did, "PRESENCE:ana/cleo@r1=1 "));
	net_connect(ben, "ana");
	assert_non_null(strstr(net_did, "PRESENCE:ana/ben@r1=2 "));
	net_hang_up(ben, REASON_CANCELLED);
	net_release(ana);
	net_lose(ben);
	assert_non_null(strstr(net_did, "PRESENCE:ana/ben@r1=0 "));
}

/* What was said last of ben to this follower, in the step before: '1' for free;
 * else as it was. */
static void hear_of_ben(const char *follower, char *state)
{
	static const char news[] = "/ben@r1=";

	for (const char *at = net_did; (at = strstr(at, news)); at++) {
		const char *word = at;

		while (word > net_did && word[-1] != ' ')
			word--;
		word = strchr(word, ':') + 1;
		if (strncmp(word, follower, strlen(follower)) == 0)
			*state = at[strlen(news)];
	}
}

/* In whatever moment one asks for the list while relays lose each other for a
 * while: with the news that follow it comes to be true. */
static void a_list_in_the_middle_of_a_cut_comes_to_be_true(void **state)
{
	static const int64_t asked[] = { 0, 500, 2000, 9000, 15000, 40000 };

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		char name[16], ben_is = '-';
		unsigned zoe;

		snprintf(name, sizeof(name), "zoe%zu", i);
		net_account(0, name, "", NULL);
		zoe = net_terminal(0, name);
		net_cut(0, 1);
		net_pass(asked[i]);
		net_list(zoe, true);
		hear_of_ben(name, &ben_is);
		net_mend(0, 1);
		hear_of_ben(name, &ben_is);
		net_pass(70000);
		hear_of_ben(name, &ben_is);
		assert_int_equal(ben_is, '1');
		net_connect(zoe, "ben");
		assert_non_null(strstr(net_did, "INCOMING:ben "));
		net_hang_up(zoe, REASON_CANCELLED);
		net_release(ben);
	}
}

static void who_moves_is_found_at_the_new_relay_at_once(void **state)
{
	unsigned moved;

	(void)state;
	net_account(0, "ben", "", NULL);
	net_pass(5);
	net_connect(ana, "ben"); /* an account here that is offline */
	net_expect("INCOMING:ben ");
	net_hang_up(ana, REASON_CANCELLED);
	net_release(ben);
	net_pass(5);
	moved = net_terminal(0, "ben");
	net_account(1, "cleo", "", NULL);
	net_connect(net_terminal(1, "cleo"), "ben");
	assert_string_equal(net_offer(moved), "cleo@r1");
}

static void relays_are_no_terminals_to_who_follows(void **state)
{
	(void)state;
	net_list(ben, true);
	net_cut(0, 1);
	assert_null(strstr(net_did, "PRESENCE:ben/r0="));
	net_mend(0, 1);
	net_pass(60000);
	assert_null(strstr(net_did, "PRESENCE:ben/r0="));
}

/* ben's machine is at the other relay; what it has lost here goes. */
static void who_has_moved_leaves_nothing_lost_behind(void **state)
{
	unsigned old = ben, lost = net_terminal(1, "ben");

	(void)state;
	net_account(0, "ben", "", NULL);
	(void)net_terminal(0, "ben");
	net_expect("PING:ben PING:ben ");
	net_pong(old); /* this is another machine of his */
	net_pass(relay_limits_default.ping_ms);
	net_expect("BYE:ben ");
	net_lose(lost);
	net_connect(ana, "ben@r1");
	net_expect("INCOMING:ben ");
	assert_string_equal(net_offer(old), "ana@r0");
	net_hang_up(ana, REASON_CANCELLED);
	net_pass(relay_limits_default.ping_ms);
	assert_null(strstr(net_did, "BYE:"));
}

static void in_a_chain_the_middle_relay_joins_two_trunks(void **state)
{
	unsigned zoe;

	(void)state;
	net_relay();
	net_account(2, "zoe", "", NULL);
	zoe = net_terminal(2, "zoe");
	net_peer(1, 2, 1);
	net_connect(ana, "zoe");
	net_expect("INCOMING:zoe ");
	assert_string_equal(net_offer(zoe), "ana@r0");
	net_accept(zoe);
	net_expect("join:2 join:1 join:0 CONNECTED:ana ");
	net_hang_up(zoe, REASON_DONE);
	assert_non_null(strstr(net_did, "END:ana"));
	net_release(zoe);
	net_release(ana);
	all_is_over(3);
	net_connect(zoe, "ana@r0@r1");
	net_expect("INCOMING:ana ");
	net_cut(0, 1);
	assert_non_null(strstr(net_did, "FAILED:zoe/unreachable "));
	assert_non_null(strstr(net_did, "CANCEL:ana"));
}

static void the_middle_may_dial_nobody_or_both(void **state)
{
	unsigned zoe;

	(void)state;
	net_relay();
	net_account(2, "zoe", "", NULL);
	zoe = net_terminal(2, "zoe");
	net_peer(2, 1, 1); /* both dial the middle */
	net_connect(ana, "zoe");
	net_accept(zoe);
	net_expect("join:2 join:1 join:0 CONNECTED:ana ");
	net_hang_up(ana, REASON_DONE);
	net_release(zoe);
	net_release(ana);
	all_is_over(3);
	net_relay();
	net_account(3, "yan", "", NULL);
	net_peer(0, 3, 1); /* r0 dials r1 and r3 */
	net_connect(net_terminal(3, "yan"), "ben");
	net_expect("INCOMING:ben ");
	net_accept(ben);
	net_expect("join:1 join:0 join:3 CONNECTED:yan ");
}

static void no_call_goes_round_in_circles(void **state)
{
	(void)state;
	net_connect(ana, "ana@r0@r1");
	assert_non_null(strstr(net_did, "FAILED:ana/unreachable "));
	net_connect(ana, "ben@r1@r0@r1");
	net_expect("FAILED:ana/unknown "); /* no address */
	all_is_over(2);
}

static void who_is_no_relay_carries_no_trunk(void **state)
{
	struct effects out = { 0 };
	struct relay_peer twice = { .name = "r1", .user = "r0" };

	(void)state;
	assert_int_equal(relay_peer_add(net_of(0), &twice, net_now, &out),
			 ERR_EXISTS);
	effects_fini(&out);
	relay_closed(net_of(0), RELAY_LINES_FROM | (uint64_t)99 << 40, net_now,
		     &out);
	relay_opened(net_of(0), RELAY_LINES_FROM | (uint64_t)99 << 40, net_now,
		     &out);
	relay_violation(net_of(0), RELAY_LINES_FROM | (uint64_t)99 << 40,
			net_now, &out);
	assert_int_equal(out.count, 0);
	effects_fini(&out);
}

static void a_stalled_call_ends_on_both_sides_of_a_trunk(void **state)
{
	struct effects out = { 0 };
	uint64_t line;

	(void)state;
	net_connect(ana, "ben");
	net_accept(ben);
	line = net_of(0)->peers->legs->joined;
	assert_true(line >= RELAY_LINES_FROM);
	relay_stalled(net_of(0), line, net_now, &out);
	assert_int_equal(relay_counts(net_of(0)).calls, 0);
	effects_fini(&out);
}

static bool asks_to_close(const struct effects *out, uint64_t conn)
{
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].kind == EFFECT_CLOSE &&
		    out->items[i].conn == conn)
			return true;
	return false;
}

static void a_line_whose_login_cannot_be_checked_is_closed(void **state)
{
	static const uint8_t key[16] = "0123456789abcde";
	const struct relay_peer far = { .name = "far", .user = "near" };
	const struct message hello = { .type = MESSAGE_HELLO,
				       .hello = { .version_min = 1,
						  .version_max = 1 } };
	struct relay *r = relay_new(&relay_limits_default, key, 1);
	struct effects out = { 0 };
	uint64_t line;

	(void)state;
	assert_int_equal(relay_name(r, "near", "", 1, net_now), OK);
	assert_int_equal(relay_peer_add(r, &far, net_now, &out), OK);
	assert_int_equal(out.items[0].kind, EFFECT_DIAL);
	line = out.items[0].conn;
	relay_opened(r, line, net_now, &out);
	relay_message(r, line, &hello, net_now, &out);
	assert_false(asks_to_close(&out, line));
	relay_login(r, line, RELAY_LOGIN_UNABLE, span_of(""), "", net_now,
		    &out);
	assert_true(asks_to_close(&out, line));
	relay_free(r);
	effects_fini(&out);
}

/* An ID may be given to the other kind between two looks at the accounts. */
static void an_account_of_another_kind_is_another_account(void **state)
{
	const struct registry_peer *p = net_of(1)->peers;

	(void)state;
	net_connect(ana, "ben");
	net_accept(ben);
	net_account(1, "r0", "", NULL);
	assert_non_null(strstr(net_did, "END:ana/peer-lost "));
	net_release(ben);
	all_is_over(2);
	assert_null(p->account);
	assert_int_equal(p->links[1], 0);

	net_account(0, "r1", "", NULL);
	(void)net_terminal(0, "r1");
	assert_int_equal(relay_counts(net_of(0)).terminals, 2);
	net_peer(1, 0, 1);
	assert_int_equal(relay_counts(net_of(0)).terminals, 1);
}

struct shown {
	unsigned neighbours, linked, relays;
};

static void see_neighbour(void *owner, const struct relay_neighbour *n)
{
	struct shown *s = owner;

	s->neighbours++;
	s->linked += n->linked;
	assert_int_equal(n->trunks, 2);
}

static void see_known(void *owner, const struct relay_known *k)
{
	struct shown *s = owner;

	s->relays++;
	assert_true(k->complete);
	assert_int_equal(k->terminals, 1);
	assert_int_equal(k->distance, 1);
}

static void a_relay_shows_its_neighbours(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct shown s = { 0 };

		relay_each_neighbour(net_of(n), see_neighbour, &s);
		relay_each_known(net_of(n), see_known, &s);
		assert_int_equal(s.neighbours, 1);
		assert_int_equal(s.linked, 1);
		assert_int_equal(s.relays, 1);
	}
}

static void both_let_the_other_say_as_much_as_it_likes(void **state)
{
	(void)state;
	assert_int_equal(net_trusted(0), 3); /* a link, two trunks */
	assert_int_equal(net_trusted(1), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_goes_over_a_line_of_ours),
		TEST(a_call_goes_over_a_connection_of_its),
		TEST(a_number_finds_its_terminal_at_another_relay),
		TEST(a_route_leads_to_an_account_which_hears_the_number),
		TEST(the_far_side_may_hang_up_first),
		TEST(reasons_come_from_the_far_relay_as_they_are),
		TEST(a_relay_knows_without_asking_who_is_busy_or_away),
		TEST(a_caller_that_gives_up_withdraws_the_far_offer),
		TEST(a_terminal_that_is_lost_is_told_of_across_relays),
		TEST(a_callee_that_is_lost_is_offline_to_a_far_caller),
		TEST(a_cut_between_relays_ends_their_calls),
		TEST(a_cut_while_it_rings_withdraws_the_offer),
		TEST(nobody_waits_for_a_far_answer_for_ever),
		TEST(nobody_is_unknown_before_all_relays_were_heard),
		TEST(groups_count_across_relays),
		TEST(more_calls_than_trunks_make_more_trunks),
		TEST(a_caller_in_the_queue_for_a_trunk_may_give_up),
		TEST(lists_have_everybody_and_say_where),
		TEST(a_list_in_the_middle_of_a_cut_comes_to_be_true),
		TEST(who_moves_is_found_at_the_new_relay_at_once),
		TEST(relays_are_no_terminals_to_who_follows),
		TEST(who_has_moved_leaves_nothing_lost_behind),
		TEST(in_a_chain_the_middle_relay_joins_two_trunks),
		TEST(the_middle_may_dial_nobody_or_both),
		TEST(no_call_goes_round_in_circles),
		TEST(who_is_no_relay_carries_no_trunk),
		TEST(a_stalled_call_ends_on_both_sides_of_a_trunk),
		TEST(a_line_whose_login_cannot_be_checked_is_closed),
		TEST(an_account_of_another_kind_is_another_account),
		TEST(a_relay_shows_its_neighbours),
		TEST(both_let_the_other_say_as_much_as_it_likes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
