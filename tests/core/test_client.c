/* SPDX-License-Identifier: Apache-2.0 */
#include "core/client.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/backoff.h"

enum { LOG_SIZE = 4096 };

static struct client *c;
static struct effects out;
static int64_t now;
static char did[LOG_SIZE];   /* the effects of the last step, in words */
static uint32_t bounds[2];   /* the least and the longest keep-alive */
static uint32_t next_ms[10]; /* as the last PING of each connection says */

static void word(const char *name, uint64_t n)
{
	size_t used = strlen(did);

	snprintf(did + used, sizeof(did) - used, "%s:%" PRIu64 " ", name, n);
}

static void bare_word(const char *name)
{
	size_t used = strlen(did);

	snprintf(did + used, sizeof(did) - used, "%s ", name);
}

static void over(const struct effect_call *call)
{
	size_t used = strlen(did);

	snprintf(did + used, sizeof(did) - used, "over:%u/%u ", call->number,
		 call->reason);
}

static void say_sent(const struct effect *e)
{
	struct message m;
	struct frame f;
	size_t used;

	assert_int_equal(
		frame_decode(&f, effects_bytes(&out, e), e->length, &used),
		FRAME_DONE);
	assert_int_equal(message_decode(&m, &f), MESSAGE_OK);
	if (m.type == MESSAGE_PING && e->conn < 10)
		next_ms[e->conn] = m.ping.next_ms;
	word(message_name((uint8_t)m.type), e->conn);
}

/* Turns the effects into words: "dial:1 HELLO:1 ring:1 " and so on. */
static void read_effects(void)
{
	did[0] = '\0';
	for (size_t i = 0; i < out.count; i++) {
		const struct effect *e = &out.items[i];

		switch (e->kind) {
		case EFFECT_SEND:
			say_sent(e);
			break;
		case EFFECT_DIAL:
			word("dial", e->conn);
			break;
		case EFFECT_CLOSE:
			word("close", e->conn);
			break;
		case EFFECT_RING:
			word("ring", e->call.number);
			break;
		case EFFECT_TALK:
			word("talk", e->call.number);
			break;
		case EFFECT_OVER:
			over(&e->call);
			break;
		case EFFECT_ONLINE:
			bare_word("online");
			break;
		case EFFECT_OFFLINE:
			bare_word("offline");
			break;
		case EFFECT_LOGIN:
		case EFFECT_LISTING:
		case EFFECT_PRESENCE:
		case EFFECT_NOTE:
		case EFFECT_PATIENCE:
		case EFFECT_JOIN:
		case EFFECT_DISCARD:
		case EFFECT_FORBID:
		case EFFECT_RECORD:
		case EFFECT_TRUST:
		case EFFECT_PLACE:
		case EFFECT_FIND:
		case EFFECT_LIST:
		case EFFECT_STATE:
		case EFFECT_KINDS:
			break;
		}
	}
	effects_clear(&out);
}

static void hear(uint64_t conn, struct message m)
{
	client_message(c, conn, &m, now, &out);
	read_effects();
}

static void hear_incoming(uint64_t conn)
{
	hear(conn,
	     (struct message){ .type = MESSAGE_INCOMING,
			       .incoming = { .call = 100 + conn,
					     .from = span_of("ben"),
					     .terms = { 3, 1, { 0 } } } });
}

static void hear_bye(uint64_t conn, uint16_t reason, uint32_t retry_ms)
{
	hear(conn, (struct message){
			   .type = MESSAGE_BYE,
			   .bye = { .reason = reason, .retry_ms = retry_ms } });
}

static void log_in(uint64_t conn)
{
	struct span none = { NULL, 0 };

	client_opened(c, conn, now, &out);
	hear(conn, (struct message){
			   .type = MESSAGE_HELLO,
			   .hello = { .version_min = 1, .version_max = 1 } });
	client_login(c, conn, CLIENT_LOGIN_MORE, span_of("x"), now, &out);
	hear(conn,
	     (struct message){ .type = MESSAGE_WELCOME,
			       .welcome = { .sasl = span_of("v"),
					    .keepalive_ms = 30000,
					    .keepalive_min_ms = bounds[0],
					    .keepalive_max_ms = bounds[1] } });
	client_login(c, conn, CLIENT_LOGIN_OK, none, now, &out);
	read_effects();
}

static void begin(uint32_t spares)
{
	struct client_settings settings = {
		.self = { .id = "ana", .software = "test" },
		.spares = spares,
		.procedures = 1,
		.abilities = 1,
	};

	c = client_new(&settings, 42);
	assert_non_null(c);
	client_start(c, now, &out);
	read_effects();
	assert_string_equal(did, "dial:1 ");
}

static uint32_t call(const char *to)
{
	uint32_t number = client_call(c, to, now, &out);

	read_effects();
	return number;
}

static void tick(void)
{
	client_tick(c, now, &out);
	read_effects();
}

static void one_line_first_and_the_spares_once_it_is_up(void **state)
{
	(void)state;
	begin(3);
	assert_int_equal(client_counts(c).lines, 1);
	log_in(1);
	assert_string_equal(did, "online dial:2 dial:3 ");
	log_in(2);
	log_in(3);
	assert_string_equal(did, "");
	assert_int_equal(client_counts(c).idle, 3);
}

static void a_terminal_that_waits_for_its_first_line_has_no_work(void **state)
{
	(void)state;
	begin(3);
	assert_true(client_deadline(c) > now);
}

static void a_call_on_the_last_idle_line_brings_another_login(void **state)
{
	uint32_t number;

	(void)state;
	begin(1);
	log_in(1);
	number = call("ben");
	assert_string_equal(did, "CONNECT:1 dial:2 ");
	assert_int_equal(client_conn_of(c, number), 1);
	assert_int_equal(client_call_on(c, 1), 0); /* not before it stands */
}

static void one_offered_brings_another_login_too(void **state)
{
	(void)state;
	begin(1);
	log_in(1);
	hear_incoming(1);
	assert_string_equal(did, "ring:1 dial:2 ");
	client_accept(c, 1, now, &out);
	read_effects();
	assert_string_equal(did, "ACCEPT:1 talk:1 ");
	assert_int_equal(client_call_on(c, 1), 1);
}

static void without_spares_a_terminal_keeps_one_line(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	assert_string_equal(did, "online ");
	call("ben");
	assert_string_equal(did, "CONNECT:1 ");
}

static void a_second_call_waits_for_a_line_of_its_own(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	call("ben");
	call("cleo");
	assert_string_equal(did, "dial:2 ");
	log_in(2);
	assert_string_equal(did, "CONNECT:2 ");
}

static void a_call_that_finds_no_line_in_time_is_over(void **state)
{
	(void)state;
	begin(0);
	call("ben");
	now += CLIENT_LINE_WAIT_MS;
	tick();
	assert_non_null(strstr(did, "over:1/8 ")); /* unreachable */
}

static void a_call_to_a_name_that_is_too_long_is_over_at_once(void **state)
{
	char name[ADDRESS_MAX + 2] = "";

	(void)state;
	begin(0);
	log_in(1);
	memset(name, 'a', sizeof(name) - 1);
	call(name);
	assert_string_equal(did, "over:1/1 "); /* unknown */
}

static void a_crossed_call_goes_out_again_on_another_line(void **state)
{
	uint32_t number;

	(void)state;
	begin(1);
	log_in(1);
	number = call("ben");
	hear_incoming(1);
	assert_string_equal(did, "ring:2 dial:3 ");
	assert_int_equal(client_conn_of(c, number), 0);
	log_in(2);
	assert_non_null(strstr(did, "CONNECT:2 "));
	assert_int_equal(client_conn_of(c, number), 2);
}

static void an_offer_without_a_common_procedure_is_refused(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	hear(1, (struct message){ .type = MESSAGE_INCOMING,
				  .incoming = { .call = 5,
						.from = span_of("ben"),
						.terms = { 2, 0, { 0 } } } });
	client_accept(c, 1, now, &out);
	read_effects();
	assert_string_equal(did, "REFUSE:1 over:1/14 ");
}

static void a_lost_line_ends_its_call_and_is_replaced(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	hear_incoming(1);
	client_accept(c, 1, now, &out);
	effects_clear(&out);
	client_closed(c, 1, now, &out);
	read_effects();
	assert_string_equal(did, "over:1/10 offline ");
	assert_true(client_deadline(c) <= now + BACKOFF_MIN_MS);
	now = client_deadline(c);
	tick();
	assert_string_equal(did, "dial:2 ");
}

static void failures_spread_dials_further_and_further(void **state)
{
	int64_t longest = 0;

	(void)state;
	begin(0);
	for (uint64_t conn = 1; conn < 60; conn++) {
		int64_t wait;

		client_closed(c, conn, now, &out);
		read_effects();
		assert_string_equal(did, "");
		wait = client_deadline(c) - now;
		assert_in_range(wait, 0, BACKOFF_MAX_MS);
		longest = wait > longest ? wait : longest;
		now = client_deadline(c);
		tick();
		assert_int_equal(client_counts(c).lines, 1);
	}
	assert_true(longest > BACKOFF_MAX_MS / 2);
	log_in(60);
	assert_int_equal(client_counts(c).failures, 0);
}

static void list(const char *effects)
{
	uint32_t request;

	assert_int_equal(client_list(c, true, now, &out, &request), OK);
	read_effects();
	assert_string_equal(did, effects);
}

/* Behind a fax on a slow path it would wait for seconds. */
static void the_list_is_asked_for_where_no_fax_has_been(void **state)
{
	uint32_t request;

	(void)state;
	begin(2);
	assert_int_equal(client_list(c, true, now, &out, &request), ERR_CLOSED);
	log_in(1);
	list("LIST:1 ");
	log_in(2);
	hear_incoming(1);
	client_accept(c, 2, now, &out);
	assert_int_equal(client_call_on(c, 1), 2);
	now += 10;
	log_in(3);
	list("LIST:2 ");
	client_end(c, 2, REASON_DONE, now, &out);
	read_effects();
	assert_int_equal(client_counts(c).idle, 3);
	list("LIST:2 "); /* what was sent by 1 may not have left yet */
}

static void without_an_idle_line_a_busy_one_asks_for_the_list(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	call("ben");
	list("LIST:1 ");
}

static void a_bye_is_obeyed(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	hear_bye(1, REASON_DRAINING, 5000);
	assert_string_equal(did, "close:1 offline ");
	client_closed(c, 1, now, &out);
	read_effects();
	assert_string_equal(did, "");
	assert_in_range(client_deadline(c) - now, 5000, 5000 + BACKOFF_MIN_MS);
}

static void another_relay_does_not_pay_for_the_last_one(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	hear_bye(1, REASON_DRAINING, 5000);
	client_closed(c, 1, now, &out);
	client_afresh(c, now); /* the wait is so that not all go at once */
	assert_in_range(client_deadline(c) - now, 5000, 5000 + BACKOFF_MIN_MS);
	for (uint64_t conn = 2; client_deadline(c) - now < 30000; conn++) {
		now = client_deadline(c);
		tick();
		client_closed(c, conn, now, &out);
	}
	client_afresh(c, now);
	assert_in_range(client_deadline(c) - now, 0, BACKOFF_MIN_MS);
}

static void a_spare_sent_away_as_surplus_is_not_made_again(void **state)
{
	(void)state;
	begin(3);
	log_in(1);
	log_in(2);
	hear_bye(3, REASON_SURPLUS, 0);
	client_closed(c, 3, now, &out);
	hear_bye(2, REASON_SURPLUS, 0);
	client_closed(c, 2, now, &out);
	now += 100000;
	read_effects();
	assert_null(strstr(did, "dial"));
	assert_int_equal(client_counts(c).lines, 1);
}

static void surplus_lines_go_one_by_one_after_a_while(void **state)
{
	(void)state;
	begin(1);
	log_in(1);
	hear_incoming(1);
	log_in(2);
	now = 1000;
	client_refuse(c, 1, REASON_REFUSED, now, &out);
	read_effects();
	assert_int_equal(client_counts(c).idle, 2);
	for (int i = 0; i < 3; i++) { /* keep both alive meanwhile */
		now += 20000;
		client_heard(c, 1, now, &out);
		client_heard(c, 2, now, &out);
		client_sent(c, 1, now);
		client_sent(c, 2, now);
	}
	assert_true(client_deadline(c) <= now);
	tick();
	assert_non_null(strstr(did, "close:2 "));
	assert_null(strstr(did, "close:1 "));
}

static void silence_is_noticed_within_two_keep_alives(void **state)
{
	(void)state;
	begin(0);
	log_in(1);
	now = client_deadline(c);
	tick();
	assert_string_equal(did, "PING:1 ");
	now = client_deadline(c);
	assert_int_equal(now, 60000);
	tick();
	assert_non_null(strstr(did, "close:1 "));
	assert_non_null(strstr(did, "offline "));
}

/* Lets time pass until the next thing is due, and do it. */
static void pass(void)
{
	now = client_deadline(c);
	tick();
}

static void pong(uint64_t conn)
{
	hear(conn, (struct message){ .type = MESSAGE_PONG });
}

/* Two idle lines of a relay that lets the keep-alive be changed. */
static void begin_to_learn(void)
{
	bounds[0] = 5000;
	bounds[1] = 120000;
	begin(2);
	log_in(1);
	log_in(2);
	pass(); /* both have been silent for as long */
	assert_string_equal(did, "PING:1 PING:2 ");
	assert_int_equal(next_ms[1], 30000);
	assert_int_equal(next_ms[2], 30000);
}

/* The 30 s are proven, and line 1 is being silent for 60. */
static void begin_to_probe(void)
{
	begin_to_learn();
	pong(1);
	pong(2);
	pass();
	assert_string_equal(did, "PING:1 PING:2 ");
	assert_int_equal(next_ms[1], 60000);
	assert_int_equal(next_ms[2], 30000);
	pong(1);
	pong(2);
	pass();
	assert_string_equal(did, "PING:2 ");
	pong(2);
}

static void one_idle_line_is_left_silent_for_longer_than_is_safe(void **state)
{
	(void)state;
	begin_to_probe();
	pass(); /* now both, after 60 s and 30 s */
	assert_string_equal(did, "PING:1 PING:2 ");
	assert_int_equal(client_counts(c).keepalive_ms, 30000);
	pong(1);
	assert_int_equal(client_counts(c).keepalive_ms, 60000 - 60000 / 8);
	pong(2);
	pass();
	assert_string_equal(did, "PING:2 ");
	assert_int_equal(next_ms[2], 52500);
}

static void what_does_not_survive_is_replaced_and_remembered(void **state)
{
	(void)state;
	begin_to_probe();
	pass();
	pong(2); /* the other one's PING is never answered */
	pass();
	assert_non_null(strstr(did, "close:1 "));
	assert_non_null(strstr(did, "dial:3 "));
	client_closed(c, 1, now, &out);
	assert_int_equal(client_counts(c).keepalive_ms, 30000);
	log_in(3);
	next_ms[3] = 0;
	while (next_ms[3] <= 30000) { /* it is the one to try, in its turn */
		pass();
		pong(2);
		pong(3);
		if (next_ms[2] > 30000)
			break;
	}
	/* Half-way between what is safe and what was lost. */
	assert_true(next_ms[2] == 45000 || next_ms[3] == 45000);
}

static void a_path_that_forgets_soon_gets_signs_of_life_sooner(void **state)
{
	int64_t begun;

	(void)state;
	begin_to_learn();
	pass(); /* neither PING was answered */
	assert_non_null(strstr(did, "close:1 "));
	assert_non_null(strstr(did, "close:2 "));
	assert_non_null(strstr(did, "dial:3 "));
	client_closed(c, 1, now, &out);
	client_closed(c, 2, now, &out);
	assert_int_equal(client_counts(c).keepalive_ms, 15000);
	log_in(3);
	begun = now;
	while (!strstr(did, "PING:3 "))
		pass();
	assert_int_equal(now - begun, 15000);
}

static void an_outage_teaches_nothing(void **state)
{
	(void)state;
	begin_to_learn();
	pass();
	client_closed(c, 1, now, &out);
	client_closed(c, 2, now, &out);
	assert_int_equal(client_counts(c).keepalive_ms, 15000);
	client_closed(c, 3, now, &out); /* the relay is not to be reached */
	assert_int_equal(client_counts(c).keepalive_ms, 30000);
}

static void the_only_line_is_not_put_at_risk(void **state)
{
	(void)state;
	bounds[0] = 5000;
	bounds[1] = 120000;
	begin(0);
	log_in(1);
	for (int i = 0; i < 5; i++) {
		pass();
		assert_string_equal(did, "PING:1 ");
		assert_int_equal(next_ms[1], 30000);
		pong(1);
	}
}

/* Each PING of the last step. */
static void answer(void)
{
	bool first = strstr(did, "PING:1 ");
	bool second = strstr(did, "PING:2 ");

	if (first)
		pong(1);
	if (second)
		pong(2);
}

static void a_second_line_is_held_while_it_learns(void **state)
{
	(void)state;
	bounds[0] = 5000;
	bounds[1] = 60000;
	begin(1);
	log_in(1);
	pass();
	assert_string_equal(did, "PING:1 ");
	pong(1);
	pass(); /* 30 s are proven */
	assert_string_equal(did, "PING:1 dial:2 ");
	pong(1);
	log_in(2);
	while (client_counts(c).keepalive_ms == 30000) {
		pass();
		assert_null(strstr(did, "close"));
		answer();
	}
	while (client_counts(c).lines > 1) { /* no more than that */
		pass();
		if (strstr(did, "close:1"))
			client_closed(c, 1, now, &out);
		else if (strstr(did, "close:2"))
			client_closed(c, 2, now, &out);
		else
			answer();
	}
	assert_true(now < 600000);
	assert_int_equal(client_counts(c).up, 1);
}

static void a_denied_login_is_known_and_waits(void **state)
{
	(void)state;
	begin(0);
	client_opened(c, 1, now, &out);
	hear(1, (struct message){
			.type = MESSAGE_HELLO,
			.hello = { .version_min = 1, .version_max = 1 } });
	hear(1, (struct message){ .type = MESSAGE_DENIED,
				  .denied = { .retry_ms = 9000 } });
	client_closed(c, 1, now, &out);
	assert_true(client_counts(c).denied);
	assert_true(client_deadline(c) >= now + 9000);
}

static void logout_is_said_once_and_closes_all(void **state)
{
	(void)state;
	begin(2);
	log_in(1);
	log_in(2);
	client_logout(c, now, &out);
	read_effects();
	assert_string_equal(did, "LOGOUT:1 BYE:1 close:1 BYE:2 close:2 "
				 "offline ");
	client_closed(c, 1, now, &out);
	client_closed(c, 2, now, &out);
	assert_int_equal(client_deadline(c), INT64_MAX);
}

static void every_call_has_one_end(void **state)
{
	uint32_t a, b;

	(void)state;
	begin(0);
	a = call("ben"); /* waits for the line */
	client_end(c, a, REASON_CANCELLED, now, &out);
	read_effects();
	assert_string_equal(did, "over:1/9 ");
	log_in(1);
	b = call("ben");
	client_end(c, b, REASON_CANCELLED, now, &out);
	read_effects();
	assert_string_equal(did, "END:1 over:2/9 ");
	client_end(c, b, REASON_CANCELLED, now, &out);
	read_effects();
	assert_string_equal(did, "");
}

static int set_up(void **state)
{
	(void)state;
	now = 0;
	bounds[0] = bounds[1] = 0;
	effects_init(&out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	client_free(c);
	effects_fini(&out);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_line_first_and_the_spares_once_it_is_up),
		TEST(a_terminal_that_waits_for_its_first_line_has_no_work),
		TEST(a_call_on_the_last_idle_line_brings_another_login),
		TEST(one_offered_brings_another_login_too),
		TEST(without_spares_a_terminal_keeps_one_line),
		TEST(a_second_call_waits_for_a_line_of_its_own),
		TEST(a_call_that_finds_no_line_in_time_is_over),
		TEST(a_call_to_a_name_that_is_too_long_is_over_at_once),
		TEST(a_crossed_call_goes_out_again_on_another_line),
		TEST(an_offer_without_a_common_procedure_is_refused),
		TEST(a_lost_line_ends_its_call_and_is_replaced),
		TEST(failures_spread_dials_further_and_further),
		TEST(the_list_is_asked_for_where_no_fax_has_been),
		TEST(without_an_idle_line_a_busy_one_asks_for_the_list),
		TEST(a_bye_is_obeyed),
		TEST(another_relay_does_not_pay_for_the_last_one),
		TEST(a_spare_sent_away_as_surplus_is_not_made_again),
		TEST(surplus_lines_go_one_by_one_after_a_while),
		TEST(silence_is_noticed_within_two_keep_alives),
		TEST(one_idle_line_is_left_silent_for_longer_than_is_safe),
		TEST(what_does_not_survive_is_replaced_and_remembered),
		TEST(a_path_that_forgets_soon_gets_signs_of_life_sooner),
		TEST(an_outage_teaches_nothing),
		TEST(the_only_line_is_not_put_at_risk),
		TEST(a_second_line_is_held_while_it_learns),
		TEST(a_denied_login_is_known_and_waits),
		TEST(logout_is_said_once_and_closes_all),
		TEST(every_call_has_one_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
