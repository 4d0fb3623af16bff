/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/client: a relay that says anything at any time, a user who wants
 * anything, connections that break. The client must ask only for what can
 * be done: it speaks on connections that stand, dials new numbers, closes
 * each once; and every call it was asked for ends once.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/client.h"
#include "craft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CONNS = 200, CALLS = 400, STEPS = 400 };

enum call_stage { CALL_NONE, CALL_ASKED, CALL_RINGS, CALL_TALKS, CALL_OVER };

static struct world {
	struct client *client;
	struct effects out;
	int64_t now;
	bool dialled[CONNS], closing[CONNS], asks[CONNS];
	uint64_t last;
	uint8_t calls[CALLS]; /* enum call_stage */
	uint32_t last_call;
	bool online;
} w;

static void check_conn(uint64_t conn)
{
	assert(conn >= 1 && conn < CONNS && w.dialled[conn]);
}

static void check_sent(const struct effect *e)
{
	struct message m;
	struct frame f;
	size_t used;

	check_conn(e->conn);
	assert(!w.closing[e->conn]);
	assert(frame_decode(&f, effects_bytes(&w.out, e), e->length, &used) ==
	       FRAME_DONE);
	assert(used == e->length && message_decode(&m, &f) == MESSAGE_OK);
	assert(message_senders((uint8_t)m.type) & MESSAGE_TERMINAL);
}

static void check_call(const struct effect *e)
{
	uint8_t *stage;

	assert(e->call.number != 0);
	if (e->call.number >= CALLS)
		return;
	stage = &w.calls[e->call.number];
	w.last_call = e->call.number;
	if (e->kind == EFFECT_RING) {
		assert(*stage == CALL_NONE);
		*stage = CALL_RINGS;
	} else if (e->kind == EFFECT_TALK) {
		assert(*stage == CALL_ASKED || *stage == CALL_RINGS);
		*stage = CALL_TALKS;
	} else { /* of a call that was asked for it may come at once */
		assert(*stage != CALL_OVER);
		*stage = CALL_OVER;
	}
}

static void check_effect(const struct effect *e)
{
	switch ((int)e->kind) {
	case EFFECT_SEND:
		check_sent(e);
		break;
	case EFFECT_CLOSE:
		check_conn(e->conn);
		assert(!w.closing[e->conn]);
		w.closing[e->conn] = true;
		break;
	case EFFECT_DIAL:
		assert(e->conn == ++w.last);
		w.dialled[e->conn % CONNS] = true;
		break;
	case EFFECT_LOGIN:
		check_conn(e->conn);
		w.asks[e->conn] = true;
		break;
	case EFFECT_RING:
	case EFFECT_TALK:
	case EFFECT_OVER:
		check_call(e);
		break;
	case EFFECT_ONLINE:
	case EFFECT_OFFLINE:
		assert(w.online != (e->kind == EFFECT_ONLINE));
		w.online = e->kind == EFFECT_ONLINE;
		break;
	case EFFECT_LISTING:
	case EFFECT_PRESENCE:
	case EFFECT_NOTE:
		break;
	default:
		abort(); /* a relay's */
	}
}

static void check(void)
{
	struct client_counts n = client_counts(w.client);

	assert(!w.out.out_of_memory);
	for (size_t i = 0; i < w.out.count; i++)
		check_effect(&w.out.items[i]);
	effects_clear(&w.out);
	assert(n.up + n.idle <= 2 * n.lines && n.idle <= n.up);
	assert(n.lines <= CLIENT_LINES_MAX);
	assert(w.online == (n.up > 0));
}

static void answer_login(struct reader *r, uint64_t conn)
{
	if (w.asks[conn])
		client_login(w.client, conn,
			     (enum client_login)(read_u8(r) % 3),
			     span_of("n=x"), w.now, &w.out);
	w.asks[conn] = false;
}

static void befall(struct reader *r, uint64_t conn)
{
	struct message m;

	switch (read_u8(r) % 8) {
	case 0:
		client_opened(w.client, conn, w.now, &w.out);
		break;
	case 1:
	case 2:
		answer_login(r, conn);
		break;
	case 3:
		client_violation(w.client, conn, w.now, &w.out);
		break;
	case 4:
		w.dialled[conn] = false;
		client_closed(w.client, conn, w.now, &w.out);
		break;
	case 5:
		client_heard(w.client, conn, w.now, &w.out);
		break;
	default:
		if (!w.closing[conn] && craft_message(r, MESSAGE_RELAY, &m))
			client_message(w.client, conn, &m, w.now, &w.out);
	}
}

static void want(struct reader *r)
{
	uint8_t what = read_u8(r);
	uint32_t number = what & 0x80 ? w.last_call : what & 0x0f;
	uint32_t request;

	switch (what & 0x70) {
	case 0x00:
	case 0x10:
		number = client_call(w.client, craft_user(r), w.now, &w.out);
		if (number < CALLS)
			w.calls[number] = CALL_ASKED;
		break;
	case 0x20:
		client_accept(w.client, number, w.now, &w.out);
		break;
	case 0x30:
		client_refuse(w.client, number, REASON_REFUSED, w.now, &w.out);
		break;
	case 0x40:
		client_end(w.client, number, REASON_DONE, w.now, &w.out);
		break;
	case 0x50:
		(void)!client_list(w.client, true, w.now, &w.out, &request);
		break;
	case 0x60:
		client_logout(w.client, w.now, &w.out);
		break;
	default:
		client_sent(w.client, 1 + number, w.now);
	}
}

static void pass(uint8_t how_long)
{
	w.now += 10 * how_long * how_long;
	if (client_deadline(w.client) <= w.now)
		client_tick(w.client, w.now, &w.out);
}

static void step(struct reader *r)
{
	uint8_t what = read_u8(r);
	/* The newest are the likely ones. */
	uint64_t conn = w.last > what % 8u ? w.last - what % 8u : w.last;

	if (what >= 0xd0)
		pass(read_u8(r));
	else if (what >= 0xa0)
		want(r);
	else if (conn >= 1 && w.dialled[conn])
		befall(r, conn);
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct client_settings settings = {
		.self = { .id = "ana", .software = "fuzz" },
		.procedures = 1,
		.abilities = 1,
	};
	struct reader r = reader_over(data, len);

	w = (struct world){ .now = 1000000 };
	effects_init(&w.out);
	craft_number(1);
	settings.spares = read_u8(&r) % 4;
	settings.lines_max = read_u8(&r) % 8;
	w.client = client_new(&settings, 42);
	assert(w.client);
	client_start(w.client, w.now, &w.out);
	check();
	for (int i = 0; i < STEPS && reader_left(&r) > 0 && w.last < CONNS - 10;
	     i++)
		step(&r);
	client_free(w.client);
	effects_fini(&w.out);
	return 0;
}
