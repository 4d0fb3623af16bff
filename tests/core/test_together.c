/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One relay and several terminals in memory, joined by queues of frames that
 * move in a random but repeatable order: what no list of races thinks of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/client.h"
#include "core/relay.h"

enum {
	TERMINALS = 6,
	WIRES = 96,
	QUEUE = 128,
	QUEUE_FULL = 64, /* no more DATA then */
	FRAME_ROOM = 200,
	CALLS = 4096,
	STEPS = 60000,
};

struct queue {
	struct {
		size_t len;
		uint8_t bytes[FRAME_ROOM];
	} frames[QUEUE];
	unsigned head, count;
};

/* Where the relay's worker puts the DATA of a connection. */
enum way { WAY_FORBIDDEN, WAY_JOINED, WAY_DROPPED };

struct wire {
	bool relay_end, client_end; /* not closed yet */
	int who;
	uint64_t conn, client_conn; /* numbers at either end */
	struct queue up, down;
	int relay_login, client_login; /* steps taken */
	enum way way;
	uint64_t peer;
	bool asked; /* a CONNECT is not answered */
	uint32_t request;
};

/* What a terminal knows of one of its calls. */
struct call {
	uint64_t relay_call;
	bool made, talked, over, ringing, caller, heard;
};

struct terminal {
	struct client *client;
	struct effects out;
	struct call calls[CALLS]; /* by number */
	uint32_t last;
};

static struct relay *relay;
static struct effects relay_out;
static struct terminal terminals[TERMINALS];
static struct wire wires[WIRES];
static int64_t now;
static uint64_t next_conn, seed;
static struct {
	unsigned talks, data, refused, broken, collisions, rung_out;
} seen;

/* xorshift64 (Marsaglia 2003). */
static uint32_t dice(uint32_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % sides;
}

static struct wire *wire_of(uint64_t conn)
{
	for (int i = 0; i < WIRES; i++)
		if (wires[i].relay_end && wires[i].conn == conn)
			return &wires[i];
	return NULL;
}

static struct wire *client_wire(int who, uint64_t conn)
{
	for (int i = 0; i < WIRES; i++)
		if (wires[i].client_end && wires[i].who == who &&
		    wires[i].client_conn == conn)
			return &wires[i];
	return NULL;
}

static void put(struct queue *q, const uint8_t *bytes, size_t len)
{
	unsigned at = (q->head + q->count) % QUEUE;

	assert_true(q->count < QUEUE && len <= FRAME_ROOM);
	memcpy(q->frames[at].bytes, bytes, len);
	q->frames[at].len = len;
	q->count++;
}

/* Borrowed until the next put. */
static struct message take(struct queue *q)
{
	struct message m;
	struct frame f;
	size_t used;

	assert_int_equal(frame_decode(&f, q->frames[q->head].bytes,
				      q->frames[q->head].len, &used),
			 FRAME_DONE);
	assert_int_equal(message_decode(&m, &f), MESSAGE_OK);
	q->head = (q->head + 1) % QUEUE;
	q->count--;
	return m;
}

static struct message decode(const struct effects *box, const struct effect *e)
{
	struct message m;
	struct frame f;
	size_t used;

	assert_int_equal(
		frame_decode(&f, effects_bytes(box, e), e->length, &used),
		FRAME_DONE);
	assert_int_equal(message_decode(&m, &f), MESSAGE_OK);
	return m;
}

/* --- the relay's shell --- */

static void lose_relay_end(struct wire *w)
{
	w->relay_end = false;
	w->up.count = 0;
	relay_closed(relay, w->conn, now, &relay_out);
}

static void answered(struct wire *w, uint32_t request)
{
	assert_true(w->asked);
	assert_int_equal(w->request, request);
	w->asked = false;
}

static void relay_sends(struct wire *w, const struct effect *e)
{
	struct message m = decode(&relay_out, e);

	if (m.type == MESSAGE_CONNECTED)
		answered(w, m.connected.request);
	if (m.type == MESSAGE_FAILED) {
		answered(w, m.failed.request);
		seen.refused += m.failed.reason == REASON_REFUSED;
		seen.collisions += m.failed.reason == REASON_COLLISION;
		seen.rung_out += m.failed.reason == REASON_NO_ANSWER;
	}
	put(&w->down, effects_bytes(&relay_out, e), e->length);
}

static void join(struct wire *a, uint64_t peer)
{
	struct wire *b = wire_of(peer);

	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	assert_int_equal(a->way, WAY_FORBIDDEN);
	assert_int_equal(b->way, WAY_FORBIDDEN);
	a->way = b->way = WAY_JOINED;
	a->peer = b->conn;
	b->peer = a->conn;
}

static void check_login(struct wire *w)
{
	char id[8];

	snprintf(id, sizeof(id), "t%d", w->who);
	relay_login(relay, w->conn,
		    w->relay_login++ ? RELAY_LOGIN_OK : RELAY_LOGIN_MORE,
		    span_of("word"), id, now, &relay_out);
}

static void carry_out_relay(const struct effect *e)
{
	struct wire *w = wire_of(e->conn);

	if (!w) /* its end closed meanwhile */
		return;
	if (e->kind == EFFECT_SEND)
		relay_sends(w, e);
	else if (e->kind == EFFECT_CLOSE)
		lose_relay_end(w);
	else if (e->kind == EFFECT_LOGIN)
		check_login(w);
	else if (e->kind == EFFECT_JOIN)
		join(w, e->peer);
	else if (e->kind == EFFECT_DISCARD)
		w->way = WAY_DROPPED;
	else if (e->kind == EFFECT_FORBID)
		w->way = WAY_FORBIDDEN;
}

/* --- the terminals' shells --- */

static void dial(int who, uint64_t client_conn)
{
	struct relay_address from = { .bytes = { (uint8_t)who } };

	for (int i = 0; i < WIRES; i++) {
		struct wire *w = &wires[i];

		if (w->relay_end || w->client_end)
			continue;
		*w = (struct wire){ .who = who,
				    .client_conn = client_conn,
				    .conn = ++next_conn,
				    .client_end = true };
		if (relay_arrived(relay, w->conn, &from, now, &relay_out) ==
		    OK) {
			w->relay_end = true;
			relay_opened(relay, w->conn, now, &relay_out);
			client_opened(terminals[who].client, client_conn, now,
				      &terminals[who].out);
		}
		return;
	}
	fail_msg("out of wires");
}

static void go_on_with_login(int who, uint64_t conn)
{
	static const enum client_login results[] = { CLIENT_LOGIN_MORE,
						     CLIENT_LOGIN_MORE,
						     CLIENT_LOGIN_OK };
	struct wire *w = client_wire(who, conn);

	if (!w)
		return;
	assert_in_range(w->client_login, 0, 2);
	client_login(terminals[who].client, conn, results[w->client_login++],
		     span_of("word"), now, &terminals[who].out);
}

static struct call *call_of(struct terminal *t, uint32_t number)
{
	assert_in_range(number, 1, CALLS - 1);
	if (number > t->last)
		t->last = number;
	return &t->calls[number];
}

static void client_closes(struct terminal *t, struct wire *w)
{
	w->client_end = false;
	w->down.count = 0;
	client_closed(t->client, w->client_conn, now, &t->out);
}

static void carry_out_call(struct terminal *t, const struct effect *e)
{
	struct call *c = call_of(t, e->call.number);

	assert_false(c->over);
	if (e->kind == EFFECT_RING) {
		assert_false(c->made);
		*c = (struct call){ .made = true,
				    .ringing = true,
				    .relay_call = e->call.relay_call };
	} else if (e->kind == EFFECT_TALK) {
		assert_false(c->talked);
		c->talked = true;
		c->ringing = false;
		c->relay_call = e->call.relay_call;
		seen.talks++;
	} else {
		c->over = true;
		c->ringing = false;
	}
}

static void carry_out_client(int who, const struct effect *e)
{
	struct terminal *t = &terminals[who];
	struct wire *w;

	switch (e->kind) {
	case EFFECT_SEND:
		w = client_wire(who, e->conn);
		if (w && w->relay_end)
			put(&w->up, effects_bytes(&t->out, e), e->length);
		break;
	case EFFECT_CLOSE:
		w = client_wire(who, e->conn);
		if (w)
			client_closes(t, w);
		break;
	case EFFECT_DIAL:
		dial(who, e->conn);
		break;
	case EFFECT_LOGIN:
		go_on_with_login(who, e->conn);
		break;
	case EFFECT_RING:
	case EFFECT_TALK:
	case EFFECT_OVER:
		carry_out_call(t, e);
		break;
	case EFFECT_ONLINE:
	case EFFECT_OFFLINE:
	case EFFECT_LISTING:
	case EFFECT_PRESENCE:
	case EFFECT_NOTE:
		break;
	case EFFECT_PATIENCE:
	case EFFECT_PLACE:
	case EFFECT_TRUST:
	case EFFECT_JOIN:
	case EFFECT_DISCARD:
	case EFFECT_FORBID:
	case EFFECT_RECORD:
	case EFFECT_FIND:
	case EFFECT_LIST:
	case EFFECT_STATE:
	case EFFECT_KINDS:
		fail_msg("effect %d is not a client's", e->kind);
	}
}

/* Effects bring effects; all of a box in order. */
static void carry_out(void)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < relay_out.count; i++, more = true) {
			struct effect e = relay_out.items[i];

			carry_out_relay(&e);
		}
		effects_clear(&relay_out);
		for (int t = 0; t < TERMINALS; t++) {
			for (size_t i = 0; i < terminals[t].out.count;
			     i++, more = true) {
				struct effect e = terminals[t].out.items[i];

				carry_out_client(t, &e);
			}
			effects_clear(&terminals[t].out);
		}
	}
}

/* --- frames move --- */

static void relay_hears_data(struct wire *w, const struct message *m)
{
	struct wire *peer;
	uint8_t frame[FRAME_ROOM];

	if (w->way == WAY_FORBIDDEN)
		relay_message(relay, w->conn, m, now, &relay_out);
	if (w->way != WAY_JOINED)
		return;
	peer = wire_of(w->peer);
	assert_non_null(peer);
	assert_int_equal(peer->way, WAY_JOINED);
	assert_int_equal(peer->peer, w->conn);
	put(&peer->down, frame, message_encode(m, frame, sizeof(frame)));
}

static void move_up(struct wire *w)
{
	struct message m = take(&w->up);

	if (m.type == MESSAGE_CONNECT) {
		assert_false(w->asked);
		w->asked = true;
		w->request = m.connect.request;
	}
	if (m.type == MESSAGE_DATA)
		relay_hears_data(w, &m);
	else
		relay_message(relay, w->conn, &m, now, &relay_out);
}

/* What arrives in a call was said in that call. */
static void client_hears_data(struct terminal *t, struct wire *w,
			      const struct message *m)
{
	uint32_t number = client_call_on(t->client, w->client_conn);
	uint64_t said_in;

	client_heard(t->client, w->client_conn, now, &t->out);
	if (number == 0)
		return;
	assert_int_equal(m->data.len, sizeof(said_in));
	memcpy(&said_in, m->data.at, sizeof(said_in));
	assert_int_equal(said_in, call_of(t, number)->relay_call);
	call_of(t, number)->heard = true;
	seen.data++;
}

static void move_down(struct wire *w)
{
	struct terminal *t = &terminals[w->who];
	struct message m = take(&w->down);

	if (m.type == MESSAGE_DATA)
		client_hears_data(t, w, &m);
	else
		client_message(t->client, w->client_conn, &m, now, &t->out);
}

/* Moves one frame, or a close. False: there was nothing to move. */
static bool moved_up(struct wire *w)
{
	if (!w->relay_end)
		return false;
	if (w->up.count > 0)
		move_up(w);
	else if (!w->client_end)
		lose_relay_end(w);
	else
		return false;
	return true;
}

static bool moved_down(struct wire *w)
{
	if (!w->client_end)
		return false;
	if (w->down.count > 0)
		move_down(w);
	else if (!w->relay_end)
		client_closes(&terminals[w->who], w);
	else
		return false;
	return true;
}

static bool move(struct wire *w, bool up)
{
	bool moved = up ? moved_up(w) : moved_down(w);

	if (moved)
		carry_out();
	return moved;
}

static void move_all(void)
{
	bool more = true;

	while (more) {
		more = false;
		for (int i = 0; i < WIRES; i++)
			while (move(&wires[i], true) || move(&wires[i], false))
				more = true;
	}
}

/* --- users and their days --- */

static void user_calls(int who)
{
	struct terminal *t = &terminals[who];
	uint32_t number;
	char to[8];

	if (t->last > CALLS - 100 || client_counts(t->client).lines == 0)
		return;
	snprintf(to, sizeof(to), "t%u", dice(TERMINALS + 1));
	number = client_call(t->client, to, now, &t->out);
	assert_int_not_equal(number, 0);
	call_of(t, number)->made = true;
	call_of(t, number)->caller = true;
}

static void say_data(int who, uint32_t number)
{
	struct terminal *t = &terminals[who];
	struct call *c = &t->calls[number];
	struct wire *w = client_wire(who, client_conn_of(t->client, number));
	struct message m = { .type = MESSAGE_DATA,
			     .data = { (const uint8_t *)&c->relay_call, 8 } };
	uint8_t frame[FRAME_ROOM];

	/* A callee is silent until the caller has spoken. */
	if (!w || !w->relay_end || (!c->caller && !c->heard) ||
	    w->up.count > QUEUE_FULL)
		return;
	put(&w->up, frame, message_encode(&m, frame, sizeof(frame)));
	client_sent(t->client, w->client_conn, now);
}

/* One of the newest calls: something happens to it. */
static void user_acts(int who)
{
	struct terminal *t = &terminals[who];
	uint32_t back = dice(6);
	uint32_t number = t->last > back ? t->last - back : 0;
	struct call *c = &t->calls[number];

	if (number == 0 || !c->made || c->over)
		return;
	if (dice(20) == 0)
		client_end(t->client, number, REASON_CANCELLED, now, &t->out);
	else if (c->ringing && dice(4) == 0)
		client_refuse(t->client, number, REASON_REFUSED, now, &t->out);
	else if (c->ringing && dice(3) == 0)
		client_accept(t->client, number, now, &t->out);
	else if (c->talked)
		say_data(who, number);
}

static void break_a_wire(void)
{
	struct wire *w = &wires[dice(WIRES)];

	if (!w->relay_end || !w->client_end)
		return;
	seen.broken++;
	w->down.count = 0;
	lose_relay_end(w);
	client_closes(&terminals[w->who], w);
}

static void pass(int64_t ms)
{
	now += ms;
	relay_tick(relay, now, &relay_out);
	carry_out();
	for (int t = 0; t < TERMINALS; t++) {
		client_tick(terminals[t].client, now, &terminals[t].out);
		carry_out();
	}
}

/* Everybody silent until the next deadline: phones ring out. */
static void wait_a_while(void)
{
	int64_t at;

	move_all();
	at = relay_deadline(relay);
	if (at != INT64_MAX && at > now)
		pass(at - now);
	move_all();
}

static void something_happens(void)
{
	uint32_t what = dice(1000);

	if (what < 800)
		(void)move(
			&wires[dice(next_conn < WIRES ? (uint32_t)next_conn + 1
						      : WIRES)],
			dice(2));
	else if (what < 820)
		user_calls((int)dice(TERMINALS));
	else if (what < 970)
		user_acts((int)dice(TERMINALS));
	else if (what < 995)
		pass(dice(20));
	else if (what < 998)
		break_a_wire();
	else
		wait_a_while();
	carry_out();
}

/* --- the whole --- */

static void begin(uint64_t random)
{
	static const uint8_t key[16] = "fedcba987654321";

	seed = random;
	now = 1000;
	next_conn = 0;
	memset(wires, 0, sizeof(wires));
	memset(&seen, 0, sizeof(seen));
	effects_init(&relay_out);
	relay = relay_new(&relay_limits_default, key, 1);
	assert_non_null(relay);
	for (int i = 0; i < TERMINALS; i++) {
		struct client_settings s = { .self = { .software = "test" },
					     .spares = dice(4),
					     .lines_max = 6,
					     .procedures = 1 };
		struct relay_account a = { .enabled = true,
					   .connections_max = 8,
					   .places_max = 1 };
		struct terminal *t = &terminals[i];

		snprintf(a.id, sizeof(a.id), "t%d", i);
		snprintf(s.self.id, sizeof(s.self.id), "t%d", i);
		memset(s.self.place, i, sizeof(s.self.place));
		relay_account_set(relay, &a, now, &relay_out);
		memset(t, 0, sizeof(*t));
		effects_init(&t->out);
		t->client = client_new(&s, random + (uint64_t)i);
		assert_non_null(t->client);
		client_start(t->client, now, &t->out);
	}
	carry_out();
}

static void end(void)
{
	for (int i = 0; i < TERMINALS; i++) {
		client_free(terminals[i].client);
		effects_fini(&terminals[i].out);
	}
	relay_free(relay);
	effects_fini(&relay_out);
}

static void end_all_calls(void)
{
	for (int i = 0; i < TERMINALS; i++)
		for (uint32_t n = 1; n <= terminals[i].last; n++)
			if (terminals[i].calls[n].made &&
			    !terminals[i].calls[n].over)
				client_end(terminals[i].client, n,
					   REASON_SHUTDOWN, now,
					   &terminals[i].out);
	carry_out();
	move_all();
}

static void check_that_all_is_idle(void)
{
	struct relay_counts n = relay_counts(relay);

	assert_true(relay_drained(relay));
	assert_int_equal(n.abuse[ABUSE_VIOLATION], 0);
	assert_int_equal(n.calls, 0);
	assert_int_equal(n.strangers, 0);
	assert_int_equal(n.idle, n.connections);
	for (int i = 0; i < WIRES; i++) {
		assert_false(wires[i].relay_end && wires[i].asked);
		assert_false(wires[i].relay_end &&
			     wires[i].way != WAY_FORBIDDEN);
	}
	for (int i = 0; i < TERMINALS; i++) {
		struct client_counts c = client_counts(terminals[i].client);

		assert_int_equal(c.calls, 0);
		assert_int_equal(c.idle, c.up);
		for (uint32_t k = 1; k <= terminals[i].last; k++)
			assert_int_equal(terminals[i].calls[k].made,
					 terminals[i].calls[k].over);
	}
}

static void many_days_end_in_peace(void **state)
{
	(void)state;
	for (uint64_t random = 1; random <= 3; random++) {
		begin(random * 0x9e3779b97f4a7c15);
		for (int i = 0; i < STEPS; i++)
			something_happens();
		end_all_calls();
		for (int i = 0; i < 50; i++)
			wait_a_while();
		check_that_all_is_idle();
		/* Each of these things must have happened, or the dice test
		 * nothing. */
		assert_true(seen.talks > 50);
		assert_true(seen.data > 50);
		assert_true(seen.refused > 5);
		assert_true(seen.broken > 10);
		assert_true(seen.collisions > 0);
		assert_true(seen.rung_out > 0);
		end();
	}
}

static void a_drain_in_the_middle_ends_when_the_calls_do(void **state)
{
	(void)state;
	begin(4711);
	for (int i = 0; i < STEPS / 4; i++)
		something_happens();
	relay_drain(relay, "", 1000, now, &relay_out);
	carry_out();
	end_all_calls();
	for (int i = 0; i < 50; i++)
		wait_a_while();
	assert_true(relay_drained(relay));
	assert_int_equal(relay_counts(relay).abuse[ABUSE_VIOLATION], 0);
	assert_int_equal(relay_counts(relay).connections, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_days_end_in_peace),
		cmocka_unit_test(a_drain_in_the_middle_ends_when_the_calls_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
