/* SPDX-License-Identifier: Apache-2.0 */
#include "core/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/keepalive.h"

static const struct line_self self = { .id = "ana",
				       .place = "0123456789abcde",
				       .software = "faxwire test" };
static const struct effect_call to_ben = { .number = 7, .far_id = "ben" };

static struct line l;
static struct effects out;
static struct message said[16]; /* borrow from `out` */
static int said_count;

/* Everything sent since the last step. */
static void read_effects(void)
{
	said_count = 0;
	for (size_t i = 0; i < out.count; i++) {
		const struct effect *e = &out.items[i];
		struct frame f;
		size_t used;

		if (e->kind != EFFECT_SEND)
			continue;
		assert_int_equal(frame_decode(&f, effects_bytes(&out, e),
					      e->length, &used),
				 FRAME_DONE);
		assert_int_equal(used, e->length);
		assert_int_equal(message_decode(&said[said_count++], &f),
				 MESSAGE_OK);
	}
}

static enum line_news step(struct line_input in)
{
	enum line_news news;

	effects_clear(&out);
	news = line_step(&l, &self, &in, 1000, &out);
	read_effects();
	return news;
}

static enum line_news hear(struct message m)
{
	return step((struct line_input){ .event = line_event_of(m.type),
					 .message = &m });
}

static bool asked_for(enum effect_kind kind)
{
	for (size_t i = 0; i < out.count; i++)
		if (out.items[i].kind == kind)
			return true;
	return false;
}

static const struct message hello = {
	.type = MESSAGE_HELLO, .hello = { .version_min = 1, .version_max = 1 }
};

static struct message incoming(uint64_t call, const char *from)
{
	return (struct message){ .type = MESSAGE_INCOMING,
				 .incoming = { .call = call,
					       .from = span_of(from),
					       .terms = { 1, 1, { 0 } } } };
}

static struct message cancel(uint64_t call)
{
	return (struct message){ .type = MESSAGE_CANCEL,
				 .refuse = { .call = call,
					     .reason = REASON_CANCELLED } };
}

static struct message answer_failed(uint32_t request)
{
	return (struct message){ .type = MESSAGE_FAILED,
				 .failed = { .request = request,
					     .reason = REASON_BUSY } };
}

static struct message connected(uint32_t request)
{
	return (struct message){ .type = MESSAGE_CONNECTED,
				 .connected = {
					 .request = request,
					 .call = 9,
					 .terms = { .procedures = 1 } } };
}

static enum line_news dial(void)
{
	return step((struct line_input){ .event = LINE_DIAL,
					 .call = &to_ben,
					 .terms = { .procedures = 1 } });
}

static void log_in_by(enum line_event proven)
{
	line_init(&l, 5, 0);
	step((struct line_input){ .event = LINE_OPENED });
	hear(hello);
	step((struct line_input){ .event = LINE_SAID,
				  .sasl = span_of("first") });
	assert_int_equal(step((struct line_input){ .event = proven }), LINE_UP);
}

static void log_in(void)
{
	log_in_by(LINE_PROVEN);
}

static void bring_to(enum line_state s)
{
	line_init(&l, 5, 0);
	if (s >= LINE_HELLO)
		step((struct line_input){ .event = LINE_OPENED });
	if (s == LINE_LOGIN)
		hear(hello);
	if (s >= LINE_IDLE)
		log_in_by(s == LINE_LINK ? LINE_PROVEN_LINK : LINE_PROVEN);
	if (s == LINE_CALLING || s == LINE_ENDING)
		dial();
	if (s == LINE_ENDING)
		step((struct line_input){ .event = LINE_HANG_UP });
	if (s == LINE_OFFERED || s == LINE_CALL)
		hear(incoming(3, "ben"));
	if (s == LINE_CALL)
		step((struct line_input){ .event = LINE_ACCEPT,
					  .terms = { .procedures = 1 } });
	if (s == LINE_GOING)
		step((struct line_input){ .event = LINE_LEAVE });
	assert_int_equal(l.state, s);
}

/* A fitting message for each event, so that the table alone decides. */
static struct line_input any(enum line_event e, struct message *m)
{
	static const enum message_type types[] = {
		MESSAGE_HELLO,	   MESSAGE_AUTH,     MESSAGE_WELCOME,
		MESSAGE_DENIED,	   MESSAGE_PING,     MESSAGE_PONG,
		MESSAGE_BYE,	   MESSAGE_INCOMING, MESSAGE_CANCEL,
		MESSAGE_CONNECTED, MESSAGE_FAILED,   MESSAGE_DATA,
		MESSAGE_END,	   MESSAGE_LISTING,  MESSAGE_PRESENCE,
		MESSAGE_NEWS,
	};
	struct line_input in = { .event = e,
				 .call = &to_ben,
				 .sasl = span_of("x"),
				 .terms = { .procedures = 1 } };

	if (e > LINE_GOT_NEWS)
		return in;
	*m = (struct message){ .type = types[e] };
	if (e == LINE_GOT_HELLO)
		*m = hello;
	else if (e == LINE_GOT_INCOMING)
		*m = incoming(4, "cleo");
	else if (e == LINE_GOT_CANCEL)
		*m = cancel(3);
	else if (e == LINE_GOT_CONNECTED)
		*m = connected(l.request);
	else if (e == LINE_GOT_FAILED)
		*m = answer_failed(l.request);
	else if (e == LINE_GOT_PRESENCE)
		m->presence.id = span_of("ben");
	in.message = m;
	return in;
}

/* Typed from docs/protocol.md: a column an event, in their order; d dialling,
 * h hello, l login, i idle, c calling, e ending, o offered, t call, k link, g
 * going (of an absent cell, too: then a BYE is said). */
static void every_state_meets_every_event(void **state)
{
	static const char *const next[LINE_STATES] = {
		[LINE_DIALLING] = "gggggggggggggggg"
				  "hgggg"
				  "ggggg",
		[LINE_HELLO] = "lggggggggggggggg"
			       "ggggg"
			       "ggggg",
		[LINE_LOGIN] = "gllglggggggggggg"
			       "glikg"
			       "ggggg",
		[LINE_IDLE] = "ggggiigoigiiiiig"
			      "ggggg"
			      "cgggg",
		[LINE_CALLING] = "ggggccgocticcccg"
				 "ggggg"
				 "gggeg",
		[LINE_ENDING] = "ggggeegoeiieeeeg"
				"ggggg"
				"ggggg",
		[LINE_OFFERED] = "ggggooggigooooog"
				 "ggggg"
				 "gtiig",
		[LINE_CALL] = "ggggttggigttittg"
			      "ggggg"
			      "gggig",
		[LINE_LINK] = "ggggkkgggggggkkk"
			      "ggggg"
			      "ggggg",
		[LINE_GOING] = "gggggggggggggggg"
			       "ggggg"
			       "ggggg",
	};

	(void)state;
	for (enum line_state s = 0; s < LINE_STATES; s++) {
		assert_int_equal(strlen(next[s]), LINE_EVENTS);
		for (enum line_event e = 0; e < LINE_EVENTS; e++) {
			struct message m;
			struct line_input in;
			char is;

			bring_to(s);
			in = any(e, &m);
			step(in);
			is = "dhliceotkg"[l.state];
			if (is != next[s][e])
				fail_msg("%s, event %d: %c, not %c",
					 line_state_name(s), e, is, next[s][e]);
		}
	}
}

static void the_first_auth_says_who_we_are_and_the_next_do_not(void **state)
{
	(void)state;
	bring_to(LINE_LOGIN);
	assert_true(asked_for(EFFECT_LOGIN));
	step((struct line_input){ .event = LINE_SAID,
				  .sasl = span_of("first") });
	assert_int_equal(said_count, 1);
	assert_true(span_equal(said[0].auth.user, span_of("ana")));
	assert_true(span_equal(said[0].auth.mechanism,
			       span_of("SCRAM-SHA-256-PLUS")));
	assert_int_equal(said[0].auth.place.len, MESSAGE_PLACE_SIZE);
	step((struct line_input){ .event = LINE_SAID,
				  .sasl = span_of("final") });
	assert_true(span_equal(said[0].auth.sasl, span_of("final")));
	assert_int_equal(said[0].auth.user.len, 0);
	assert_int_equal(said[0].auth.place.len, 0);
}

static void a_relay_of_another_version_is_left(void **state)
{
	struct message m = hello;

	(void)state;
	bring_to(LINE_HELLO);
	m.hello.version_min = m.hello.version_max = 2;
	assert_int_equal(hear(m), LINE_BROKEN);
	assert_int_equal(l.state, LINE_GOING);
	assert_true(asked_for(EFFECT_CLOSE));
}

static void a_call_out_and_its_end(void **state)
{
	(void)state;
	log_in();
	dial();
	assert_int_equal(said[0].type, MESSAGE_CONNECT);
	assert_true(span_equal(said[0].connect.to, span_of("ben")));
	assert_int_equal(hear(connected(l.request)), LINE_TALK);
	assert_int_equal(l.call.number, 7);
	assert_int_equal(l.call.relay_call, 9);
	assert_int_equal(step((struct line_input){ .event = LINE_HANG_UP }),
			 LINE_OVER);
	assert_int_equal(said_count, 2);
	assert_int_equal(said[0].type, MESSAGE_END);
	assert_int_equal(said[1].type, MESSAGE_RELEASE);
	assert_int_equal(said[1].release.call, 9);
}

static void an_end_from_the_far_side_is_answered_by_release(void **state)
{
	struct message end = { .type = MESSAGE_END,
			       .end = { .reason = REASON_PEER_LOST } };

	(void)state;
	bring_to(LINE_CALL);
	assert_int_equal(hear(end), LINE_OVER);
	assert_int_equal(l.call.reason, REASON_PEER_LOST);
	assert_int_equal(said_count, 1);
	assert_int_equal(said[0].type, MESSAGE_RELEASE);
}

static void every_cancel_is_answered_by_release(void **state)
{
	static const enum line_state states[] = { LINE_IDLE, LINE_CALLING,
						  LINE_ENDING, LINE_OFFERED,
						  LINE_CALL };

	(void)state;
	for (int i = 0; i < 5; i++)
		for (uint64_t call = 3; call < 5; call++) {
			bring_to(states[i]);
			hear(cancel(call));
			assert_int_equal(said_count, 1);
			assert_int_equal(said[0].type, MESSAGE_RELEASE);
			assert_int_equal(said[0].release.call, call);
			if (call == 4) /* of an earlier offer */
				assert_int_equal(l.state, states[i]);
		}
}

static void an_offer_that_crosses_our_request_wins(void **state)
{
	(void)state;
	bring_to(LINE_CALLING);
	assert_int_equal(hear(incoming(4, "cleo")), LINE_CROSSED);
	assert_int_equal(l.crossed.number, 7);
	assert_string_equal(l.crossed.far_id, "ben");
	assert_string_equal(l.call.far_id, "cleo");
	/* The lost request's answer changes nothing, before and after. */
	assert_int_equal(hear(answer_failed(l.request)), LINE_NO_NEWS);
	assert_int_equal(l.state, LINE_OFFERED);
	step((struct line_input){ .event = LINE_REFUSE });
	dial();
	assert_int_equal(hear(answer_failed(l.request - 1)), LINE_NO_NEWS);
	assert_int_equal(l.state, LINE_CALLING);
}

static void an_answer_to_no_request_of_ours_is_a_violation(void **state)
{
	(void)state;
	bring_to(LINE_CALLING);
	assert_int_equal(hear(connected(l.request + 1)), LINE_BROKEN);
}

static void a_given_up_request_still_waits_for_its_one_answer(void **state)
{
	(void)state;
	bring_to(LINE_ENDING);
	assert_int_equal(hear(answer_failed(l.request - 1)), LINE_NO_NEWS);
	assert_int_equal(l.state, LINE_ENDING);
	assert_int_equal(hear(connected(l.request)), LINE_FREE);
	assert_int_equal(said_count, 1); /* END is out already */
	assert_int_equal(said[0].type, MESSAGE_RELEASE);
	assert_int_equal(said[0].release.call, 9);
}

static void silence_brings_a_ping_and_then_the_end(void **state)
{
	const int64_t due = 1000 + LINE_KEEPALIVE_MS;

	(void)state;
	log_in(); /* at 1000 */
	assert_int_equal(line_deadline(&l), due);
	assert_int_equal(line_due(&l, due - 1), LINE_NO_DUTY);
	assert_int_equal(line_due(&l, due), LINE_PING_DUE);
	effects_clear(&out);
	line_ping(&l, &self, 45000, due, &out);
	read_effects();
	assert_int_equal(said_count, 1);
	assert_int_equal(said[0].type, MESSAGE_PING);
	assert_int_equal(said[0].ping.next_ms, 45000);
	assert_int_equal(line_deadline(&l), 1000 + 2 * LINE_KEEPALIVE_MS);
	assert_int_equal(line_due(&l, 999 + 2 * LINE_KEEPALIVE_MS),
			 LINE_NO_DUTY);
	assert_int_equal(line_due(&l, 1000 + 2 * LINE_KEEPALIVE_MS), LINE_GONE);
}

static void any_frame_is_a_sign_of_life(void **state)
{
	int64_t later = 1000 + LINE_KEEPALIVE_MS + 5;

	(void)state;
	log_in();
	line_ping(&l, &self, LINE_KEEPALIVE_MS, 1000 + LINE_KEEPALIVE_MS, &out);
	assert_int_equal(line_heard(&l, later), LINE_KEEPALIVE_MS);
	assert_int_equal(line_heard(&l, later), 0); /* said once */
	assert_int_equal(line_deadline(&l),
			 1000 + 2 * (int64_t)LINE_KEEPALIVE_MS);
	assert_int_equal(line_due(&l, 1000 + 2 * LINE_KEEPALIVE_MS),
			 LINE_PING_DUE);
}

static void hearing_alone_does_not_spare_us_the_ping(void **state)
{
	(void)state;
	log_in();
	assert_int_equal(line_heard(&l, 1000 + LINE_KEEPALIVE_MS - 1), 0);
	assert_int_equal(line_due(&l, 1000 + LINE_KEEPALIVE_MS), LINE_PING_DUE);
	/* The path was not silent: no more than a moment was survived. */
	line_ping(&l, &self, LINE_KEEPALIVE_MS, 1000 + LINE_KEEPALIVE_MS, &out);
	assert_int_equal(line_heard(&l, 1000 + LINE_KEEPALIVE_MS + 9), 1);
}

static void a_long_interval_does_not_make_the_answer_s_wait_longer(void **state)
{
	const int64_t next = 1000 + LINE_KEEPALIVE_MS + 100000;

	(void)state;
	log_in();
	line_ping(&l, &self, 100000, 1000 + LINE_KEEPALIVE_MS, &out);
	line_heard(&l, 1000 + LINE_KEEPALIVE_MS);
	assert_int_equal(line_deadline(&l), next);
	line_ping(&l, &self, 100000, next, &out);
	assert_int_equal(line_deadline(&l), next + KEEPALIVE_ANSWER_MS);
}

static void a_login_that_takes_too_long_is_given_up(void **state)
{
	(void)state;
	line_init(&l, 1, 500);
	assert_int_equal(line_deadline(&l), 500 + LINE_LOGIN_MS);
	assert_int_equal(line_due(&l, 499 + LINE_LOGIN_MS), LINE_NO_DUTY);
	assert_int_equal(line_due(&l, 500 + LINE_LOGIN_MS), LINE_GONE);
	assert_int_equal(line_heard(&l, 600), 0);
	assert_int_equal(line_deadline(&l), 500 + LINE_LOGIN_MS);
}

static int set_up(void **state)
{
	(void)state;
	effects_init(&out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	effects_fini(&out);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_state_meets_every_event),
		TEST(the_first_auth_says_who_we_are_and_the_next_do_not),
		TEST(a_relay_of_another_version_is_left),
		TEST(a_call_out_and_its_end),
		TEST(an_end_from_the_far_side_is_answered_by_release),
		TEST(every_cancel_is_answered_by_release),
		TEST(an_offer_that_crosses_our_request_wins),
		TEST(an_answer_to_no_request_of_ours_is_a_violation),
		TEST(a_given_up_request_still_waits_for_its_one_answer),
		TEST(silence_brings_a_ping_and_then_the_end),
		TEST(any_frame_is_a_sign_of_life),
		TEST(hearing_alone_does_not_spare_us_the_ping),
		TEST(a_long_interval_does_not_make_the_answer_s_wait_longer),
		TEST(a_login_that_takes_too_long_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
