/* SPDX-License-Identifier: Apache-2.0 */
#include "core/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

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

static void a_ping_says_how_long_its_sender_will_be_silent(void **state)
{
	static const struct {
		uint32_t next_ms;
		const char *does;
	} cases[] = {
		{ 0, "PONG:1 " },
		{ 10000, "patience:1=40000 PONG:1 " },
		{ 60000, "patience:1=90000 PONG:1 " },
		{ 4999, "patience:1=35000 PONG:1 " },
		{ 1, "patience:1=35000 PONG:1 " },
		{ UINT32_MAX, "patience:1=150000 PONG:1 " },
	};

	(void)state;
	rig_account("ana", "", 1, 8);
	rig_up(1, "ana");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_hear(1,
			 (struct message){ .type = MESSAGE_PING,
					   .ping = { 7, cases[i].next_ms } });
		rig_expect(cases[i].does);
	}
}

static void a_ping_is_answered_in_every_logged_in_state(void **state)
{
	struct message ping = { .type = MESSAGE_PING, .ping = { .token = 77 } };

	(void)state;
	rig_ringing();
	rig_hear(1, ping);
	rig_expect("PONG:1 ");
	rig_hear(2, ping);
	rig_expect("PONG:2 ");
	rig_accept(2, rig_call);
	rig_hear(1, ping);
	rig_expect("PONG:1 ");
	rig_hang_up(1, REASON_DONE);
	rig_hear(2, ping);
	rig_expect("PONG:2 ");
}

static void unknown_connections_mean_nothing(void **state)
{
	struct effects none = { 0 };

	(void)state;
	rig_ringing();
	rig_hear(9, (struct message){ .type = MESSAGE_PING });
	relay_opened(rig_relay, 9, rig_now, &none);
	relay_violation(rig_relay, 9, rig_now, &none);
	relay_login(rig_relay, 9, RELAY_LOGIN_OK, span_of("v"), "ana", rig_now,
		    &none);
	relay_closed(rig_relay, 9, rig_now, &none);
	assert_int_equal(none.count, 0);
}

static void
words_of_a_relay_are_violations_when_a_terminal_says_them(void **state)
{
	(void)state;
	rig_account("ana", "", 1, 8);
	for (unsigned type = 0; type < 256; type++) {
		uint64_t conn = 100 + type;

		if (message_senders((uint8_t)type) != MESSAGE_RELAY)
			continue;
		rig_up(conn, "ana");
		rig_say(conn, (enum message_type)type);
		assert_non_null(strstr(rig_did, "/protocol close:"));
		rig_lose(conn);
	}
	assert_int_equal(relay_counts(rig_relay).abuse[ABUSE_VIOLATION], 8);
}

static void a_bad_frame_is_a_violation_once(void **state)
{
	struct effects box = { 0 };

	(void)state;
	rig_ringing();
	relay_violation(rig_relay, 1, rig_now, &box);
	relay_violation(rig_relay, 1, rig_now, &box);
	assert_int_equal(relay_counts(rig_relay).abuse[ABUSE_VIOLATION], 1);
	effects_fini(&box);
}

static void count_connections(void *owner, const struct relay_terminal *t)
{
	unsigned *sum = owner;

	*sum += 1000 + t->connections * 100 + t->idle * 1 + t->ringing * 10 +
		t->in_call * 20;
}

static void status_tells_terminals_and_their_connections(void **state)
{
	unsigned sum = 0;

	(void)state;
	rig_ringing();
	rig_up(3, "ben");
	rig_up_from(4, "ana", 'z'); /* waits: not on the list */
	relay_each_terminal(rig_relay, count_connections, &sum);
	/* ana: one that rings; ben: one that rings, one idle. */
	assert_int_equal(sum, 1000 + 100 + 10 + 1000 + 200 + 10 + 1);
	rig_accept(2, rig_call);
	sum = 0;
	relay_each_terminal(rig_relay, count_connections, &sum);
	assert_int_equal(sum, 1000 + 100 + 20 + 1000 + 200 + 20 + 1);
}

static void check_call(void *owner, const struct relay_call *c)
{
	*(int *)owner += c->connected ? 100 : 1;
	assert_string_equal(c->caller, "ana");
	assert_string_equal(c->callee, "ben");
	assert_int_equal(c->call, rig_call);
	assert_int_equal(c->began_ms, rig_now);
}

static void status_tells_calls(void **state)
{
	int seen = 0;

	(void)state;
	rig_ringing();
	relay_each_call(rig_relay, check_call, &seen);
	assert_int_equal(seen, 1);
	rig_accept(2, rig_call);
	relay_each_call(rig_relay, check_call, &seen);
	assert_int_equal(seen, 101);
	rig_lose(1);
	relay_each_call(rig_relay, check_call, &seen);
	assert_int_equal(seen, 101);
}

static void calls_are_numbered_from_where_one_says(void **state)
{
	(void)state;
	rig_ringing();
	assert_int_equal(rig_call, 0x100);
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_connect(1, 8, "ben");
	assert_int_equal(rig_call, 0x101);
}

static void a_record_has_the_whole_call(void **state)
{
	struct message end = { .type = MESSAGE_END, .end = { .reason = 0 } };
	struct effects box = { 0 };
	const struct effect_record *is = NULL;

	(void)state;
	rig_ringing();
	rig_pass(1500);
	rig_accept(2, rig_call);
	relay_message(rig_relay, 1, &end, rig_now + 60000, &box);
	for (size_t i = 0; i < box.count; i++)
		if (box.items[i].kind == EFFECT_RECORD)
			is = &box.items[i].record;
	assert_non_null(is);
	assert_int_equal(is->call, rig_call);
	assert_string_equal(is->caller, "ana");
	assert_string_equal(is->callee, "ben");
	assert_int_equal(is->began_ms, rig_now - 1500);
	assert_int_equal(is->connected_ms, rig_now);
	assert_int_equal(is->ended_ms, rig_now + 60000);
	assert_int_equal(is->reason, REASON_DONE);
	effects_fini(&box);
}

static void an_account_removed_in_a_call_leaves_nothing_behind(void **state)
{
	(void)state;
	rig_talking();
	rig_remove("ben");
	rig_expect("BYE:2/disabled close:2 END:1/peer-lost discard:1 "
		   "discard:2 record/disabled ");
	rig_release(1, rig_call);
	rig_connect(1, 8, "ben");
	rig_expect("FAILED:1/unknown ");
	rig_lose(2);
	rig_expect("");
	rig_account("ben", "", 1, 8);
	rig_connect(1, 9, "ben");
	rig_expect("FAILED:1/offline ");
}

static void states_are_told_when_somebody_wants_them(void **state)
{
	(void)state;
	rig_account("ana", "", 1, 8);
	rig_account("ben", "", 1, 8);
	rig_up(1, "ana");
	assert_null(strstr(rig_did, "state:"));
	relay_share(rig_relay, true);
	rig_up(2, "ben");
	assert_non_null(strstr(rig_did, "state:ben=1 "));
	rig_up(3, "ben");
	assert_null(strstr(rig_did, "state:"));
	rig_lose(3);
	assert_null(strstr(rig_did, "state:"));
	rig_connect(1, 1, "ben");
	rig_expect("find:ben state:ana=2 ");
	rig_list(1, false);
	rig_expect("list:1 ");
	rig_lose(2);
	assert_non_null(strstr(rig_did, "state:ben=0 "));
	rig_remove("ana");
	assert_non_null(strstr(rig_did, "state:ana=0 "));
}

static void a_relay_may_be_freed_in_the_middle_of_everything(void **state)
{
	(void)state;
	rig_talking();
	rig_up(3, "ben");
	rig_up(4, "ana");
	rig_list(3, true);
	rig_connect(4, 1, "ben");
	rig_up_from(5, "ben", 'q');
	rig_arrive(6, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ping_says_how_long_its_sender_will_be_silent),
		TEST(a_ping_is_answered_in_every_logged_in_state),
		TEST(unknown_connections_mean_nothing),
		TEST(words_of_a_relay_are_violations_when_a_terminal_says_them),
		TEST(a_bad_frame_is_a_violation_once),
		TEST(status_tells_terminals_and_their_connections),
		TEST(status_tells_calls),
		TEST(calls_are_numbered_from_where_one_says),
		TEST(a_record_has_the_whole_call),
		TEST(an_account_removed_in_a_call_leaves_nothing_behind),
		TEST(states_are_told_when_somebody_wants_them),
		TEST(a_relay_may_be_freed_in_the_middle_of_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
