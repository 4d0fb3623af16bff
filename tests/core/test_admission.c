/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

static int set_up(void **state)
{
	(void)state;
	rig_begin(NULL);
	rig_account("ana", "", 1, 8);
	rig_account("ben", "", 1, 8);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_end();
	return 0;
}

static void begin_with(const struct relay_limits *limits)
{
	rig_end();
	rig_begin(limits);
	rig_account("ana", "", 1, 8);
}

static void pong(uint64_t conn)
{
	rig_say(conn, MESSAGE_PONG);
}

/* --- greeting and login --- */

static void a_login_step_by_step(void **state)
{
	(void)state;
	rig_arrive(1, 1);
	rig_expect("");
	rig_greet(1);
	rig_expect("HELLO:1 ");
	rig_prove(1, "ana", 'a', RELAY_LOGIN_MORE);
	rig_expect("AUTH:1 ");
	assert_int_equal(relay_counts(rig_relay).strangers, 1);
	rig_hear(1, (struct message){ .type = MESSAGE_AUTH,
				      .auth = { .sasl = span_of("c=x") } });
	rig_expect("login:1 ");
	rig_prove(1, "ana", 'a', RELAY_LOGIN_OK);
	rig_expect("WELCOME:1 ");
	assert_int_equal(relay_counts(rig_relay).strangers, 0);
	assert_int_equal(relay_counts(rig_relay).terminals, 1);
	assert_int_equal(relay_deadline(rig_relay), INT64_MAX);
}

static void no_version_in_common_is_incompatible(void **state)
{
	(void)state;
	rig_arrive(1, 1);
	relay_opened(rig_relay, 1, rig_now, &(struct effects){ 0 });
	rig_hear(1, (struct message){
			    .type = MESSAGE_HELLO,
			    .hello = { .version_min = 2, .version_max = 9 } });
	rig_expect("BYE:1/incompatible close:1 ");
}

static void a_wrong_login_is_denied_and_counted(void **state)
{
	(void)state;
	rig_arrive(1, 1);
	rig_greet(1);
	rig_prove(1, "ana", 'a', RELAY_LOGIN_REFUSED);
	rig_expect("DENIED:1 close:1 ");
	assert_int_equal(relay_counts(rig_relay).logins_refused, 1);
	assert_int_equal(relay_counts(rig_relay).strangers, 0);
	rig_prove(1, "ana", 'a', RELAY_LOGIN_OK); /* too late */
	rig_expect("");
}

static void a_login_that_cannot_be_checked_is_nobody_s_fault(void **state)
{
	(void)state;
	for (uint64_t conn = 1; conn <= 200; conn++) {
		rig_arrive(conn, 1);
		rig_greet(conn);
		rig_prove(conn, "ana", 'a', RELAY_LOGIN_UNABLE);
		assert_non_null(strstr(rig_did, "/failed close:"));
		rig_prove(conn, "ana", 'a', RELAY_LOGIN_OK); /* too late */
		rig_expect("");
		rig_lose(conn);
	}
	assert_int_equal(relay_counts(rig_relay).logins_refused, 0);
	rig_up(300, "ana");
	assert_int_equal(relay_counts(rig_relay).terminals, 1);
}

static void an_account_that_went_meanwhile_is_denied(void **state)
{
	(void)state;
	rig_arrive(1, 1);
	rig_greet(1);
	rig_disable("ana");
	rig_prove(1, "ana", 'a', RELAY_LOGIN_OK);
	rig_expect("DENIED:1 close:1 ");
	rig_arrive(2, 1);
	rig_greet(2);
	rig_remove("ben");
	rig_prove(2, "ben", 'a', RELAY_LOGIN_OK);
	rig_expect("DENIED:2 close:2 ");
}

static void a_first_auth_must_say_who_how_and_where_from(void **state)
{
	static const uint8_t place[MESSAGE_PLACE_SIZE];
	const struct span plus = span_of("SCRAM-SHA-256-PLUS");
	const struct span here = { place, sizeof(place) };
	const struct message_auth bad[] = {
		{ .mechanism = plus, .place = here },
		{ .user = span_of("ana"), .place = here },
		{ .user = span_of("ana"), .mechanism = plus },
		{ .user = span_of("ana"),
		  .mechanism = span_of("SCRAM-SHA-256"),
		  .place = here },
	};

	(void)state;
	for (uint64_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct message m = { .type = MESSAGE_AUTH, .auth = bad[i] };
		char words[40];

		m.auth.sasl = span_of("n=x");
		rig_arrive(i + 1, 1);
		rig_greet(i + 1);
		rig_hear(i + 1, m);
		snprintf(words, sizeof(words), "BYE:%d/protocol close:%d ",
			 (int)i + 1, (int)i + 1);
		rig_expect(words);
	}
}

static void a_login_takes_its_time_and_no_more(void **state)
{
	(void)state;
	rig_arrive(1, 1); /* TLS never stands */
	rig_arrive(2, 1);
	rig_greet(2);
	rig_arrive(3, 1);
	rig_greet(3);
	rig_prove(3, "ana", 'a', RELAY_LOGIN_MORE);
	assert_int_equal(relay_deadline(rig_relay), rig_now + 10000);
	rig_pass(9999);
	rig_expect("");
	rig_pass(1);
	rig_expect("close:1 close:2 close:3 ");
	assert_int_equal(relay_counts(rig_relay).strangers, 0);
	assert_int_equal(relay_counts(rig_relay).connections, 3);
	rig_lose(1);
	rig_lose(2);
	rig_lose(3);
	assert_int_equal(relay_counts(rig_relay).connections, 0);
}

static void a_stranger_that_speaks_out_of_turn_is_sent_away(void **state)
{
	(void)state;
	rig_arrive(1, 1);
	rig_connect(1, 1, "ben");
	rig_expect("close:1 "); /* without TLS nothing can be said */
	rig_arrive(2, 1);
	rig_greet(2);
	rig_connect(2, 1, "ben");
	rig_expect("BYE:2/protocol close:2 ");
	rig_connect(2, 1, "ben");
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).abuse[ABUSE_VIOLATION], 2);
}

/* --- caps on strangers --- */

static void strangers_are_capped_in_all_and_by_address(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.strangers_max = 3;
	few.strangers_per_address = 2;
	begin_with(&few);
	rig_arrive(1, 1);
	rig_arrive(2, 1);
	rig_arrive(3, 1);
	assert_int_equal(rig_arrival, ERR_LIMIT);
	rig_arrive(4, 2);
	assert_int_equal(rig_arrival, OK);
	rig_arrive(5, 3);
	assert_int_equal(rig_arrival, ERR_LIMIT);
	assert_int_equal(relay_counts(rig_relay).turned_away, 2);
	/* Nothing is remembered of who was turned away. */
	rig_hear(5, (struct message){ .type = MESSAGE_HELLO });
	rig_lose(5);
	rig_expect("");
	/* One that logs in is a stranger no more, nor is one that left. */
	rig_greet(1);
	rig_prove(1, "ana", 'a', RELAY_LOGIN_OK);
	rig_arrive(6, 1);
	assert_int_equal(rig_arrival, OK);
	rig_lose(2);
	rig_arrive(7, 1);
	assert_int_equal(rig_arrival, OK);
}

static void all_connections_together_are_capped(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.connections_max = 2;
	begin_with(&few);
	rig_up(1, "ana");
	rig_up(2, "ana");
	rig_arrive(3, 1);
	assert_int_equal(rig_arrival, ERR_LIMIT);
	rig_lose(1);
	rig_arrive(4, 1);
	assert_int_equal(rig_arrival, OK);
}

static void arrivals_of_an_address_have_a_rate(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.arrivals = (struct limit_rate){ .burst = 2, .per_minute = 60 };
	begin_with(&few);
	for (uint64_t i = 1; i <= 2; i++) {
		rig_arrive(i, 1);
		rig_lose(i);
	}
	rig_arrive(3, 1);
	assert_int_equal(rig_arrival, ERR_LIMIT);
	rig_arrive(4, 2);
	assert_int_equal(rig_arrival, OK);
	rig_pass(1000);
	rig_arrive(5, 1);
	assert_int_equal(rig_arrival, OK);
}

static void failed_logins_shut_an_address_out_for_a_while(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.failures = (struct limit_rate){ .burst = 2, .per_minute = 60 };
	begin_with(&few);
	for (uint64_t i = 1; i <= 2; i++) {
		rig_arrive(i, 1);
		rig_greet(i);
		rig_prove(i, "ana", 'a', RELAY_LOGIN_REFUSED);
		rig_lose(i);
	}
	rig_arrive(3, 1);
	assert_int_equal(rig_arrival, ERR_LIMIT);
	rig_arrive(4, 2); /* nobody else suffers */
	assert_int_equal(rig_arrival, OK);
	rig_pass(1000);
	rig_arrive(5, 1);
	assert_int_equal(rig_arrival, OK);
}

/* --- guessing --- */

static uint64_t abused(enum abuse_kind kind)
{
	return relay_counts(rig_relay).abuse[kind];
}

/* Wrong passwords for one user, each from another address and place. */
static void guess(uint64_t first, const char *user, int times)
{
	for (int i = 0; i < times; i++) {
		uint64_t conn = first + (uint64_t)i;

		rig_arrive(conn, (uint8_t)(10 + i));
		rig_greet(conn);
		rig_prove(conn, user, (char)('A' + i), RELAY_LOGIN_REFUSED);
		assert_non_null(strstr(rig_did, "DENIED"));
	}
}

/* One more, which is not even looked at. */
static void unheard(uint64_t conn, const char *user, char place)
{
	uint8_t bytes[MESSAGE_PLACE_SIZE];
	char denied[64];

	memset(bytes, place, sizeof(bytes));
	snprintf(denied, sizeof(denied), "DENIED:%u close:%u ", (unsigned)conn,
		 (unsigned)conn);
	rig_arrive(conn, 99);
	rig_greet(conn);
	rig_hear(conn,
		 (struct message){
			 .type = MESSAGE_AUTH,
			 .auth = { .sasl = span_of("n=x"),
				   .user = span_of(user),
				   .mechanism = span_of("SCRAM-SHA-256-PLUS"),
				   .place = { bytes, sizeof(bytes) } } });
	rig_expect(denied);
}

static void
guesses_at_one_user_are_slow_from_however_many_addresses(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.guesses = (struct limit_rate){ .burst = 5, .per_minute = 1 };
	begin_with(&few);
	guess(1, "ana", 5);
	assert_int_equal(abused(ABUSE_USER_GUESSES), 0);
	unheard(50, "ana", 'z');
	assert_int_equal(abused(ABUSE_USER_GUESSES), 1);
	rig_pass(60000);
	rig_arrive(51, 99);
	rig_greet(51);
	rig_prove(51, "ana", 'z', RELAY_LOGIN_OK);
	assert_non_null(strstr(rig_did, "WELCOME:51"));
}

static void guesses_lock_no_machine_out_that_was_in_before(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.guesses = (struct limit_rate){ .burst = 5, .per_minute = 1 };
	begin_with(&few);
	rig_up_from(100, "ana", 'h');
	rig_lose(100);
	guess(1, "ana", 5);
	rig_up_from(101, "ana", 'h');
	assert_non_null(strstr(rig_did, "WELCOME:101"));
	assert_int_equal(abused(ABUSE_USER_GUESSES), 0);
}

static void a_place_of_zeros_is_not_known_from_the_start(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.guesses = (struct limit_rate){ .burst = 5, .per_minute = 1 };
	begin_with(&few);
	guess(1, "ana", 5);
	unheard(50, "ana", '\0');
}

static void who_does_not_exist_is_answered_in_the_same_way(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.guesses = (struct limit_rate){ .burst = 5, .per_minute = 1 };
	begin_with(&few);
	guess(1, "ana", 5);
	unheard(50, "ana", 'z');
	guess(60, "nobody", 5);
	unheard(80, "nobody", 'z');
}

static void late_logins_and_floods_are_counted(void **state)
{
	struct effects out = { 0 };

	(void)state;
	rig_arrive(1, 1);
	rig_arrive(2, 1);
	rig_pass(relay_limits_default.login_ms);
	assert_int_equal(abused(ABUSE_LATE), 2);
	rig_up(3, "ana");
	relay_flooded(rig_relay, 3, rig_now, &out);
	relay_flooded(rig_relay, 3, rig_now, &out); /* gone */
	relay_flooded(rig_relay, 99, rig_now, &out);
	effects_fini(&out);
	assert_int_equal(abused(ABUSE_FLOOD), 1);
	assert_int_equal(relay_counts(rig_relay).terminals, 0);
}

static void thousands_of_addresses_are_forgotten_again(void **state)
{
	struct relay_address from = { .bytes = { 0 } };
	struct effects none = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 20000; i++) {
		from.bytes[6] = (uint8_t)(i >> 8);
		from.bytes[7] = (uint8_t)i;
		from.bytes[5] = (uint8_t)(i >> 16);
		assert_int_equal(
			relay_arrived(rig_relay, i, &from, rig_now, &none), OK);
		relay_closed(rig_relay, i, rig_now, &none);
		rig_now += 200;
	}
	/* Only those whose buckets were not full again are kept. */
	assert_in_range(HASH_COUNT(rig_relay->origins), 1, 4096);
	effects_fini(&none);
}

/* --- places --- */

static void many_connections_of_one_place_are_welcome(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ana");
	rig_expect("WELCOME:2 PING:1 "); /* is the older one still there? */
	pong(1);
	rig_pass(5000);
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).terminals, 1);
	assert_int_equal(relay_counts(rig_relay).idle, 2);
}

static void a_silent_older_place_is_replaced(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_expect("PING:1 ");
	assert_int_equal(relay_counts(rig_relay).idle, 1);
	rig_pass(4999);
	rig_expect("");
	rig_pass(1);
	rig_expect("BYE:1/replaced close:1 WELCOME:2 ");
	assert_int_equal(relay_counts(rig_relay).terminals, 1);
}

static void an_older_place_that_answers_stays(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_pass(4000);
	pong(1);
	rig_expect("");
	rig_pass(1000);
	rig_expect("BYE:2/replaced close:2 ");
	assert_int_equal(relay_counts(rig_relay).idle, 1);
}

static void one_answer_of_a_place_speaks_for_it(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ana");
	pong(1);
	rig_up_from(3, "ana", 'b');
	rig_expect("PING:1 PING:2 ");
	pong(2);
	rig_pass(5000);
	rig_expect("BYE:1/replaced close:1 BYE:3/replaced close:3 ");
	assert_int_equal(relay_counts(rig_relay).idle, 1);
}

static void an_older_place_that_closes_makes_room_at_once(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_lose(1);
	rig_expect("WELCOME:2 ");
	rig_pass(5000);
	rig_expect("");
}

static void a_call_of_a_replaced_place_ends_for_its_far_side(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ben");
	rig_connect(1, 1, "ben");
	rig_accept(2, rig_call);
	rig_up_from(3, "ana", 'b');
	rig_pass(5000);
	rig_expect("BYE:1/replaced close:1 END:2/peer-lost discard:2 "
		   "discard:1 record/replaced WELCOME:3 ");
}

static void an_account_may_have_more_places(void **state)
{
	(void)state;
	rig_account("ana", "", 2, 8);
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_expect("WELCOME:2 PING:1 ");
	pong(1);
	rig_up_from(3, "ana", 'c');
	rig_expect("PING:1 PING:2 ");
	rig_up_from(4, "ana", 'b'); /* of a place that is in */
	rig_expect("WELCOME:4 ");
	pong(1);
	pong(2);
	rig_pass(5000);
	rig_expect("BYE:3/replaced close:3 ");
}

static void one_connection_too_many_is_told_so(void **state)
{
	(void)state;
	rig_account("ana", "", 1, 2);
	rig_up(1, "ana");
	rig_up(2, "ana");
	pong(1);
	rig_up(3, "ana");
	rig_expect("PING:1 PING:2 ");
	pong(1);
	pong(2);
	rig_pass(5000);
	rig_expect("BYE:3/too-many close:3 ");
	assert_int_equal(relay_counts(rig_relay).idle, 2);
}

static void dead_connections_make_room_for_new_ones(void **state)
{
	(void)state;
	rig_account("ana", "", 1, 2);
	rig_up(1, "ana");
	rig_up(2, "ana");
	pong(1);
	rig_up(3, "ana");
	pong(2);
	rig_pass(5000);
	rig_expect("BYE:1/replaced close:1 WELCOME:3 PING:2 ");
}

static void who_waits_for_a_place_may_leave(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_hear(2, (struct message){ .type = MESSAGE_BYE });
	rig_expect("close:2 ");
	rig_up_from(3, "ana", 'b');
	rig_lose(3);
	pong(1);
	rig_pass(5000);
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).strangers, 0);
}

static void who_waits_is_not_logged_in(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_connect(2, 1, "ben");
	rig_expect("BYE:2/protocol close:2 ");
}

/* --- goodbyes --- */

static void logout_closes_all_connections_and_answers_nothing(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ana");
	rig_up(3, "ben");
	rig_connect(1, 1, "ben");
	rig_accept(3, rig_call);
	rig_say(2, MESSAGE_LOGOUT);
	rig_expect("close:1 END:3/logout discard:3 discard:1 record/logout "
		   "close:2 ");
	rig_connect(2, 2, "ben");
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).terminals, 1);
}

static void logout_while_it_rings_offers_nothing_more(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ben");
	rig_up(3, "ben");
	rig_connect(1, 1, "ben");
	rig_expect("INCOMING:2 ");
	rig_say(3, MESSAGE_LOGOUT);
	rig_expect("close:2 FAILED:1/offline record/offline close:3 ");
}

static void a_logout_lets_in_who_waits_elsewhere(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_say(1, MESSAGE_LOGOUT);
	rig_expect("close:1 WELCOME:2 ");
}

static void a_new_password_puts_out_who_came_with_the_old_one(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_allow("ana", "ben"); /* this does not */
	rig_expect("");
	rig_new_password("ana");
	rig_expect("BYE:1/disabled close:1 ");
	rig_lose(1);
	rig_up(2, "ana");
	rig_expect("WELCOME:2 ");
}

static void disabling_puts_out(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ana");
	rig_up(3, "ben");
	rig_connect(1, 1, "ben");
	rig_accept(3, rig_call);
	rig_disable("ana");
	rig_expect("BYE:1/disabled close:1 END:3/peer-lost discard:3 "
		   "discard:1 record/disabled BYE:2/disabled close:2 ");
	rig_arrive(4, 1);
	rig_greet(4);
	rig_prove(4, "ana", 'a', RELAY_LOGIN_OK);
	rig_expect("DENIED:4 close:4 ");
}

static void removing_puts_out_too(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_remove("ana");
	rig_expect("BYE:1/disabled close:1 BYE:2/disabled close:2 ");
	rig_lose(1);
	rig_lose(2);
	rig_remove("ana");
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).connections, 0);
}

/* --- draining --- */

static void a_drain_sends_the_idle_away_and_lets_calls_finish(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ben");
	rig_up(3, "ben");
	pong(2);
	rig_connect(1, 1, "ben");
	rig_accept(2, rig_call);
	rig_arrive(4, 1);
	rig_greet(4);
	rig_drain(2000);
	rig_expect("BYE:3/draining close:3 BYE:4/draining close:4 ");
	assert_false(relay_drained(rig_relay));
	rig_arrive(5, 1);
	assert_int_equal(rig_arrival, ERR_LIMIT);
	rig_hang_up(1, REASON_DONE);
	assert_true(relay_drained(rig_relay));
	rig_release(1, rig_call);
	rig_expect("forbid:1 BYE:1/draining close:1 ");
	rig_release(2, rig_call);
	rig_expect("forbid:2 BYE:2/draining close:2 ");
}

static void a_ringing_call_may_begin_while_draining(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ben");
	rig_connect(1, 1, "ben");
	rig_drain(0);
	rig_expect("");
	rig_accept(2, rig_call);
	rig_expect("join:1-2 CONNECTED:1 ");
}

static void one_that_is_free_again_while_draining_goes(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up(2, "ben");
	rig_connect(1, 1, "ben");
	rig_drain(0);
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_expect("FAILED:1/refused record/refused BYE:2/draining close:2 "
		   "BYE:1/draining close:1 ");
	assert_int_equal(relay_counts(rig_relay).idle, 0);
}

static void a_drain_sends_away_those_that_wait_for_a_place(void **state)
{
	(void)state;
	rig_up(1, "ana");
	rig_up_from(2, "ana", 'b');
	rig_up_from(3, "ana", 'b');
	rig_up_from(4, "ana", 'b');
	rig_drain(0);
	rig_expect("BYE:1/draining close:1 BYE:2/draining close:2 "
		   "BYE:3/draining close:3 BYE:4/draining close:4 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_step_by_step),
		TEST(no_version_in_common_is_incompatible),
		TEST(a_wrong_login_is_denied_and_counted),
		TEST(a_login_that_cannot_be_checked_is_nobody_s_fault),
		TEST(an_account_that_went_meanwhile_is_denied),
		TEST(a_first_auth_must_say_who_how_and_where_from),
		TEST(a_login_takes_its_time_and_no_more),
		TEST(a_stranger_that_speaks_out_of_turn_is_sent_away),
		TEST(strangers_are_capped_in_all_and_by_address),
		TEST(all_connections_together_are_capped),
		TEST(arrivals_of_an_address_have_a_rate),
		TEST(failed_logins_shut_an_address_out_for_a_while),
		TEST(guesses_at_one_user_are_slow_from_however_many_addresses),
		TEST(guesses_lock_no_machine_out_that_was_in_before),
		TEST(a_place_of_zeros_is_not_known_from_the_start),
		TEST(who_does_not_exist_is_answered_in_the_same_way),
		TEST(late_logins_and_floods_are_counted),
		TEST(thousands_of_addresses_are_forgotten_again),
		TEST(many_connections_of_one_place_are_welcome),
		TEST(a_silent_older_place_is_replaced),
		TEST(an_older_place_that_answers_stays),
		TEST(one_answer_of_a_place_speaks_for_it),
		TEST(an_older_place_that_closes_makes_room_at_once),
		TEST(a_call_of_a_replaced_place_ends_for_its_far_side),
		TEST(an_account_may_have_more_places),
		TEST(one_connection_too_many_is_told_so),
		TEST(dead_connections_make_room_for_new_ones),
		TEST(who_waits_for_a_place_may_leave),
		TEST(who_waits_is_not_logged_in),
		TEST(logout_closes_all_connections_and_answers_nothing),
		TEST(logout_while_it_rings_offers_nothing_more),
		TEST(a_logout_lets_in_who_waits_elsewhere),
		TEST(a_new_password_puts_out_who_came_with_the_old_one),
		TEST(disabling_puts_out),
		TEST(removing_puts_out_too),
		TEST(a_drain_sends_the_idle_away_and_lets_calls_finish),
		TEST(a_ringing_call_may_begin_while_draining),
		TEST(one_that_is_free_again_while_draining_goes),
		TEST(a_drain_sends_away_those_that_wait_for_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
