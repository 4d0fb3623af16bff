/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/relay: terminals that log in and then say anything at any time, and
 * whatever befalls their connections. What the relay asks of its shell must
 * hang together: it speaks only to connections that are there, joins only
 * two that are free, closes each once, and counts what there is.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/relay.h"
#include "craft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CONNS = 12, STEPS = 400 };

struct conn {
	bool there;   /* arrived, and its closing not yet told */
	bool closing; /* the relay has had enough of it */
	bool asks;    /* a login waits for its answer */
	uint64_t peer;
};

static struct world {
	struct relay *relay;
	struct effects out;
	int64_t now;
	struct conn conns[CONNS + 1]; /* from 1 */
	uint64_t used;
} w;

static struct conn *there(uint64_t number)
{
	assert(number >= 1 && number <= CONNS && w.conns[number].there);
	return &w.conns[number];
}

static void part(struct conn *c)
{
	if (c->peer)
		w.conns[c->peer].peer = 0;
	c->peer = 0;
}

static void check_sent(struct conn *c, const struct effect *e)
{
	struct message m;
	struct frame f;
	size_t used;

	assert(!c->closing);
	assert(frame_decode(&f, effects_bytes(&w.out, e), e->length, &used) ==
	       FRAME_DONE);
	assert(used == e->length && message_decode(&m, &f) == MESSAGE_OK);
	assert(message_senders((uint8_t)m.type) & MESSAGE_RELAY);
	if (m.type == MESSAGE_INCOMING)
		craft_number(m.incoming.call);
}

static void check_effect(const struct effect *e)
{
	struct conn *c = e->conn ? there(e->conn) : NULL;

	switch ((int)e->kind) {
	case EFFECT_SEND:
		check_sent(c, e);
		break;
	case EFFECT_CLOSE:
		assert(!c->closing);
		c->closing = true;
		break;
	case EFFECT_JOIN:
		assert(!c->peer && !there(e->peer)->peer);
		c->peer = e->peer;
		there(e->peer)->peer = e->conn;
		break;
	case EFFECT_DISCARD:
	case EFFECT_FORBID:
		part(c);
		break;
	case EFFECT_LOGIN:
		assert(!c->closing);
		c->asks = true;
		break;
	case EFFECT_PATIENCE:
		assert(!c->closing && e->wait_ms > 0);
		break;
	case EFFECT_RECORD:
	case EFFECT_NOTE:
		break;
	default:
		abort(); /* a terminal's */
	}
}

static void check(void)
{
	struct relay_counts n = relay_counts(w.relay);
	uint32_t there_are = 0, joined = 0;

	assert(!w.out.out_of_memory);
	for (size_t i = 0; i < w.out.count; i++)
		check_effect(&w.out.items[i]);
	effects_clear(&w.out);
	for (int i = 1; i <= CONNS; i++) {
		there_are += w.conns[i].there;
		joined += w.conns[i].peer != 0;
	}
	assert(n.connections == there_are);
	assert(n.strangers + n.idle <= there_are);
	assert(joined / 2 <= n.calls);
}

static void set_account(struct reader *r, bool enabled)
{
	struct relay_account a = { .enabled = enabled,
				   .connections_max = 1 + read_u8(r) % 4,
				   .places_max = 1 + read_u8(r) % 2 };

	strcpy(a.id, craft_users[read_u8(r) % (CRAFT_USERS - 1)]);
	relay_account_set(w.relay, &a, w.now, &w.out);
}

static void arrive(struct reader *r)
{
	struct relay_address from = { .bytes = { 10, read_u8(r) % 2 } };

	if (w.used == CONNS)
		return;
	if (relay_arrived(w.relay, w.used + 1, &from, w.now, &w.out) == OK)
		w.conns[++w.used].there = true;
}

static void answer_login(struct reader *r, uint64_t number)
{
	static const enum relay_login results[] = { RELAY_LOGIN_MORE,
						    RELAY_LOGIN_OK,
						    RELAY_LOGIN_OK,
						    RELAY_LOGIN_REFUSED };
	enum relay_login result = results[read_u8(r) % 4];
	const char *user = craft_user(r);

	if (w.conns[number].asks)
		relay_login(w.relay, number, result, span_of("v=x"), user,
			    w.now, &w.out);
	w.conns[number].asks = false;
}

static void befall(struct reader *r, uint64_t number)
{
	struct message m;

	switch (read_u8(r) % 8) {
	case 0:
		relay_opened(w.relay, number, w.now, &w.out);
		break;
	case 1:
		answer_login(r, number);
		break;
	case 2:
		relay_violation(w.relay, number, w.now, &w.out);
		break;
	case 3:
		relay_stalled(w.relay, number, w.now, &w.out);
		break;
	case 4:
		relay_flooded(w.relay, number, w.now, &w.out);
		break;
	case 5:
		part(&w.conns[number]);
		w.conns[number].there = false;
		relay_closed(w.relay, number, w.now, &w.out);
		break;
	default:
		if (craft_message(r, MESSAGE_TERMINAL, &m))
			relay_message(w.relay, number, &m, w.now, &w.out);
	}
}

static void pass(uint8_t how_long)
{
	w.now += 10 * how_long * how_long;
	if (relay_deadline(w.relay) <= w.now)
		relay_tick(w.relay, w.now, &w.out);
	assert(relay_deadline(w.relay) > w.now);
}

static void step(struct reader *r)
{
	uint8_t what = read_u8(r);
	uint64_t number = 1 + what % CONNS;

	if (what >= 0xf8)
		pass(read_u8(r));
	else if (what >= 0xf4)
		set_account(r, what & 3);
	else if (what == 0xf3)
		relay_account_remove(w.relay, craft_user(r), w.now, &w.out);
	else if (what == 0xf2)
		relay_drain(w.relay, "", read_u8(r), w.now, &w.out);
	else if (what >= 0xe0)
		arrive(r);
	else if (w.conns[number].there)
		befall(r, number);
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[16] = "0123456789abcde";
	static const uint8_t facts[] = { 3, 0, 0, 3, 0, 1, 3, 1, 2 };
	struct reader r = reader_over(data, len);
	struct reader start = reader_over(facts, sizeof(facts));

	w = (struct world){ .now = 1000000 };
	effects_init(&w.out);
	craft_number(1);
	w.relay = relay_new(&relay_limits_default, key, 1);
	assert(w.relay);
	for (int i = 0; i < 3; i++)
		set_account(&start, true);
	for (int i = 0; i < STEPS && reader_left(&r) > 0; i++)
		step(&r);
	relay_free(w.relay);
	effects_fini(&w.out);
	return 0;
}
