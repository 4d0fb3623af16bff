/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/relay among other relays: r1 dials it, r2 is dialled, terminals log in,
 * and all of them say anything at any time; presence may be in a database that
 * answers late, or never. What the relay asks of its shell must hang together,
 * and whatever happened, silence ends all calls that do not stand, and the end
 * of all connections ends everything.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/relay.h"
#include "craft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	ARRIVALS = 120, /* connections that may come in all */
	LINES = 16,	/* that stand at once, at r2 */
	NEAR = 12,	/* of the latest arrivals something happens to */
	ASKED = 8,	/* questions to the database that may wait */
	STEPS = 400,
	LINES_MAX = 6, /* trunks at r2 */
	SILENCE_MS = 60000,
	HOUR_MS = 3600000,
};

struct conn {
	uint64_t number;
	bool there;    /* it came or was dialled, and its closing is not told */
	bool closing;  /* the relay has had enough of it */
	unsigned asks; /* logins that wait for their answers */
	bool far;      /* it says to be a relay's */
	uint64_t peer; /* joined with it */
};

struct question {
	uint64_t number; /* of a call, or a connection */
	uint32_t request;
};

static struct world {
	struct relay *relay;
	struct effects out;
	int64_t now;
	struct conn arrived[ARRIVALS + 1]; /* from 1 */
	struct conn lines[LINES];
	uint64_t used;
	uint64_t last_link, last_trunk; /* the greatest numbers of lines */
	uint64_t gone;			/* closed in this very step */
	struct question finds[ASKED], lists[ASKED];
	unsigned find_count, list_count;
	uint64_t records;
	bool shares;
} w;

/* --- connections --- */

static struct conn *find(uint64_t number)
{
	if (number < RELAY_LINES_FROM)
		return number >= 1 && number <= ARRIVALS ? &w.arrived[number]
							 : NULL;
	for (unsigned i = 0; i < LINES; i++)
		if (w.lines[i].there && w.lines[i].number == number)
			return &w.lines[i];
	return NULL;
}

static struct conn *there(uint64_t number)
{
	struct conn *c = find(number);

	assert(c && c->there);
	return c;
}

static void part(struct conn *c)
{
	if (c->peer)
		there(c->peer)->peer = 0;
	c->peer = 0;
}

static const char *neighbour(const struct conn *c)
{
	return c->number >= RELAY_LINES_FROM ? "r2" : "r1";
}

static void dial(uint64_t number)
{
	uint64_t *last = number >> 39 & 1 ? &w.last_trunk : &w.last_link;
	unsigned i = 0;

	assert(number >= RELAY_LINES_FROM && relay_line_peer(number) == 0);
	assert(number > *last);
	*last = number;
	while (w.lines[i].there)
		assert(++i < LINES);
	w.lines[i] = (struct conn){ .number = number, .there = true };
}

/* --- what the relay asks for --- */

static void check_sent(const struct conn *c, const struct effect *e)
{
	bool dialled = c->number >= RELAY_LINES_FROM;
	struct message m;
	struct frame f;
	size_t used;

	assert(!c->closing);
	assert(frame_decode(&f, effects_bytes(&w.out, e), e->length, &used) ==
	       FRAME_DONE);
	assert(used == e->length && message_decode(&m, &f) == MESSAGE_OK);
	assert(message_senders((uint8_t)m.type) &
	       ((dialled ? MESSAGE_TERMINAL : MESSAGE_RELAY) | MESSAGE_PEER));
	if (m.type == MESSAGE_INCOMING)
		craft_number(m.incoming.call);
	if (m.type == MESSAGE_CONNECTED)
		craft_number(m.connected.call);
}

static void ask(struct question *q, unsigned *count, const struct effect *e)
{
	assert(w.shares && e->conn != 0);
	if (*count < ASKED)
		q[(*count)++] = (struct question){ e->conn, (uint32_t)e->peer };
}

static void join(const struct effect *e)
{
	struct conn *c = there(e->conn), *peer = there(e->peer);

	assert(c != peer && !c->peer && !peer->peer);
	assert(!c->closing && !peer->closing);
	c->peer = e->peer;
	peer->peer = e->conn;
}

static void check_of_conn(const struct effect *e)
{
	struct conn *c = there(e->conn);

	switch ((int)e->kind) {
	case EFFECT_SEND:
		check_sent(c, e);
		break;
	case EFFECT_CLOSE:
		assert(!c->closing);
		c->closing = true;
		break;
	case EFFECT_JOIN:
		join(e);
		break;
	case EFFECT_DISCARD:
	case EFFECT_FORBID:
		part(c);
		break;
	case EFFECT_LOGIN:
		assert(!c->closing);
		c->asks++;
		break;
	case EFFECT_PATIENCE:
		assert(!c->closing && e->wait_ms > 0);
		break;
	case EFFECT_TRUST:
		assert(!c->closing);
		break;
	default:
		abort(); /* a terminal's, or the trunk's own */
	}
}

static void check_effect(const struct effect *e)
{
	switch ((int)e->kind) {
	case EFFECT_DIAL:
		dial(e->conn);
		break;
	case EFFECT_FIND:
		assert(e->length > 1);
		ask(w.finds, &w.find_count, e);
		break;
	case EFFECT_LIST:
		assert(!there(e->conn)->closing);
		ask(w.lists, &w.list_count, e);
		break;
	case EFFECT_STATE:
		assert(w.shares && e->level <= PRESENCE_BUSY);
		break;
	case EFFECT_RECORD:
		w.records++;
		break;
	case EFFECT_NOTE:
		break;
	case EFFECT_DISCARD:
		/* Nothing is left to be dropped of one that has gone. */
		if (e->conn == w.gone)
			break;
		check_of_conn(e);
		break;
	default:
		check_of_conn(e);
	}
}

/* --- what there is --- */

struct sums {
	uint32_t calls, connected, terminals, waiting, far_calls;
};

static void add_call(void *owner, const struct relay_call *c)
{
	struct sums *s = owner;

	assert(c->call != 0 && c->began_ms <= w.now);
	s->calls++;
	s->connected += c->connected;
}

static void add_terminal(void *owner, const struct relay_terminal *t)
{
	struct sums *s = owner;

	assert(t->idle + t->ringing + t->in_call <= t->connections);
	s->terminals++;
}

static void add_neighbour(void *owner, const struct relay_neighbour *n)
{
	struct sums *s = owner;

	assert(n->idle + n->calls <= n->trunks);
	s->waiting += n->waiting;
	s->far_calls += n->calls;
}

static struct sums sums(void)
{
	struct sums s = { 0 };

	relay_each_call(w.relay, add_call, &s);
	relay_each_terminal(w.relay, add_terminal, &s);
	relay_each_neighbour(w.relay, add_neighbour, &s);
	return s;
}

static void check_counts(void)
{
	struct relay_counts n = relay_counts(w.relay);
	struct sums s = sums();
	uint32_t there_are = 0, joined = 0;

	for (unsigned i = 1; i <= w.used; i++) {
		there_are += w.arrived[i].there;
		joined += w.arrived[i].peer != 0;
	}
	for (unsigned i = 0; i < LINES; i++)
		joined += w.lines[i].there && w.lines[i].peer;
	assert(n.connections == there_are);
	assert(n.strangers + n.idle <= there_are);
	assert(n.terminals <= s.terminals);
	assert(n.calls == s.connected && joined == 2 * n.calls);
	assert(n.calls_total == w.records + s.calls);
	assert(s.waiting <= s.calls - s.connected);
	assert(relay_drained(w.relay) == (s.calls == 0));
}

static void check(void)
{
	assert(!w.out.out_of_memory);
	for (size_t i = 0; i < w.out.count; i++)
		check_effect(&w.out.items[i]);
	effects_clear(&w.out);
	w.gone = 0;
	check_counts();
}

/* --- what happens to a connection --- */

static void close_it(struct conn *c)
{
	uint64_t number = c->number;

	part(c);
	*c = (struct conn){ .number = number };
	w.gone = number;
	relay_closed(w.relay, number, w.now, &w.out);
}

/* As it would come out of a frame; what no frame can hold never comes. */
static void say(const struct conn *c, const struct message *m)
{
	uint8_t bytes[FRAME_MAX];
	size_t used, len = message_encode(m, bytes, sizeof(bytes));
	struct message decoded;
	struct frame f;

	if (len == 0 || frame_decode(&f, bytes, len, &used) != FRAME_DONE ||
	    message_decode(&decoded, &f) != MESSAGE_OK)
		return;
	relay_message(w.relay, c->number, &decoded, w.now, &w.out);
}

static void say_any(struct reader *r, const struct conn *c, bool of_calls)
{
	bool dialled = c->number >= RELAY_LINES_FROM;
	enum message_side side = dialled ? MESSAGE_RELAY : MESSAGE_TERMINAL;
	struct message m;

	if (of_calls ? !craft_talk(r, side, &m) : !craft_message(r, side, &m))
		return;
	if (c->far && (m.type == MESSAGE_CONNECT || m.type == MESSAGE_INCOMING))
		craft_far(r, neighbour(c), &m);
	else if (m.type == MESSAGE_CONNECT)
		m.connect.to = span_of(craft_address(r));
	say(c, &m);
}

static void say_news(struct reader *r, const struct conn *c)
{
	struct message m;

	if (craft_news(r, neighbour(c), &m))
		say(c, &m);
}

static void answer_login(struct conn *c, enum relay_login result,
			 const char *user)
{
	if (c->asks == 0)
		return;
	c->asks--;
	relay_login(w.relay, c->number, result, span_of("v=x"), user, w.now,
		    &w.out);
}

static void befall(struct reader *r, struct conn *c)
{
	uint8_t what = read_u8(r);

	switch (what % 16) {
	case 0:
		relay_opened(w.relay, c->number, w.now, &w.out);
		break;
	case 1:
		answer_login(c, (enum relay_login)(what / 16 % 4),
			     what & 0x80 ? "r1" : craft_user(r));
		break;
	case 2:
		relay_violation(w.relay, c->number, w.now, &w.out);
		break;
	case 3:
		relay_stalled(w.relay, c->number, w.now, &w.out);
		break;
	case 4:
		relay_flooded(w.relay, c->number, w.now, &w.out);
		break;
	case 5:
	case 6:
		close_it(c);
		break;
	case 7:
	case 8:
	case 9:
		say_news(r, c);
		break;
	default:
		say_any(r, c, what % 16 > 10);
	}
}

/* --- the way in, in one step --- */

static void hello(const struct conn *c, uint32_t features)
{
	say(c, &(struct message){ .type = MESSAGE_HELLO,
				  .hello = { .version_min = 1,
					     .version_max = 1,
					     .features = features } });
	check();
}

static void arrive(struct reader *r)
{
	struct relay_address from = { .bytes = { 10, read_u8(r) % 4 } };
	struct conn *c = &w.arrived[w.used + 1];

	if (w.used == ARRIVALS ||
	    relay_arrived(w.relay, w.used + 1, &from, w.now, &w.out) != OK)
		return;
	w.used++;
	*c = (struct conn){ .number = w.used, .there = true };
	check();
}

static void come_in(struct reader *r)
{
	static const uint32_t relays[] = { FEATURE_LINK, FEATURE_TRUNK,
					   FEATURE_TRUNK, 6 };
	uint64_t before = w.used;
	uint8_t what = read_u8(r);
	const char *user = what & 0x80 ? "r1" : craft_users[what % 3];
	struct message auth = { .type = MESSAGE_AUTH };
	struct conn *c;

	arrive(r);
	if (w.used == before)
		return;
	c = &w.arrived[w.used];
	c->far = what & 0x80;
	relay_opened(w.relay, c->number, w.now, &w.out);
	hello(c, c->far ? relays[what % 4] : FEATURE_PRESENCE);
	auth.auth.sasl = span_of("n=x");
	auth.auth.user = span_of(user);
	auth.auth.mechanism = span_of("SCRAM-SHA-256-PLUS");
	auth.auth.place = (struct span){ (const uint8_t *)"placeplaceplace",
					 MESSAGE_PLACE_SIZE };
	say(c, &auth);
	check();
	answer_login(c, RELAY_LOGIN_OK, user);
}

/* A line that was dialled. */
static void log_in(struct conn *c)
{
	struct message welcome = { .type = MESSAGE_WELCOME };

	c->far = true;
	relay_opened(w.relay, c->number, w.now, &w.out);
	check();
	hello(c, 0);
	answer_login(c, RELAY_LOGIN_MORE, "");
	check();
	if (c->closing)
		return;
	welcome.welcome.sasl = span_of("v=x");
	welcome.welcome.keepalive_ms = 30000;
	welcome.welcome.connections_max = 50;
	say(c, &welcome);
	check();
	answer_login(c, RELAY_LOGIN_OK, "");
}

/* --- accounts --- */

static void set_account(struct reader *r)
{
	static const char *const groups[] = { "", "", "g", "g h" };
	static const char *const numbers[] = { "", "+8112345", "12", "99 12" };
	uint8_t what = read_u8(r), more = read_u8(r);
	struct relay_account a = { .enabled = what % 8 != 0,
				   .connections_max = 1 + more % 4,
				   .places_max = 1 + more / 4 % 2,
				   .groups = groups[more / 8 % 4],
				   .numbers = numbers[more / 32 % 4],
				   .key = what / 8 % 2 };
	unsigned who = what / 16 % 4;

	strcpy(a.id, who == 3 ? "r1" : craft_users[who]);
	/* Rarely an account of this name is of the other kind. */
	if ((who == 3) != (what >= 0xc0)) {
		a.kind = RELAY_RELAY;
		a.connections_max = 12;
	}
	if (more & 0x80 && who == 0)
		a.allowed = "ben dan";
	relay_account_set(w.relay, &a, w.now, &w.out);
}

/* --- the database --- */

static struct relay_place place(struct reader *r)
{
	static const char *const ids[] = { "ana", "ben", "carl", "dan" };
	static const char *const at[] = { "r0", "r1", "r2", "far", "" };
	static const char *const groups[] = { "", "", "g", "h" };
	uint8_t what = read_u8(r);

	return (struct relay_place){ .id = ids[what % 4],
				     .relay = at[what / 4 % 8 % 5],
				     .state = (enum presence_state)(what % 3),
				     .groups = groups[what / 64],
				     .allowed = "" };
}

static void find_answer(struct reader *r)
{
	struct relay_place p = place(r);
	uint8_t what = read_u8(r);
	uint64_t call = what; /* perhaps nobody's */

	if (w.find_count > 0 && what < 0xf0)
		call = w.finds[what % w.find_count].number;
	if (w.find_count > 0 && what < 0xc0)
		w.finds[what % w.find_count] = w.finds[--w.find_count];
	relay_found(w.relay, call, what % 4 == 3 ? NULL : &p,
		    what & 8 ? REASON_UNKNOWN : REASON_UNREACHABLE, w.now,
		    &w.out);
}

static void list_answer(struct reader *r)
{
	struct relay_place places[3];
	uint8_t what = read_u8(r);
	struct question *q;

	if (w.list_count == 0)
		return;
	for (unsigned i = 0; i < 3; i++)
		places[i] = place(r);
	q = &w.lists[what % w.list_count];
	relay_listed(w.relay, q->number, q->request, places, what / 16 % 4,
		     what & 0x80, &w.out);
	if (!(what & 0x80))
		*q = w.lists[--w.list_count];
}

static void answer(struct reader *r)
{
	if (read_u8(r) % 4 == 0)
		list_answer(r);
	else
		find_answer(r);
}

/* --- time --- */

static void tick(void)
{
	if (relay_deadline(w.relay) > w.now)
		return;
	relay_tick(w.relay, w.now, &w.out);
	assert(relay_deadline(w.relay) > w.now);
	check();
}

static void close_some(bool all)
{
	for (unsigned i = 0; i < w.used + LINES; i++) {
		struct conn *c =
			i < LINES ? &w.lines[i] : &w.arrived[i - LINES + 1];

		if (!c->there || !(all || c->closing))
			continue;
		close_it(c);
		check();
	}
}

/* Nobody says a word; what is to be closed is. The clock may be late by so
 * much. */
static void be_silent(int64_t ms, int64_t late_ms)
{
	int64_t end = w.now + ms;

	while (w.now < end) {
		int64_t at = relay_deadline(w.relay);

		if (at < w.now + late_ms)
			at = w.now + late_ms;
		w.now = at < end ? at : end;
		tick();
		close_some(false);
	}
}

static void all_ends(void)
{
	struct relay_counts n;
	struct sums s;

	be_silent(SILENCE_MS, 0);
	s = sums();
	assert(s.calls == s.connected && s.waiting == 0);
	close_some(true);
	s = sums();
	assert(s.calls == 0 && s.waiting == 0 && s.terminals == 0);
	be_silent(HOUR_MS, HOUR_MS / 60);
	close_some(true);
	n = relay_counts(w.relay);
	s = sums();
	assert(n.connections == 0 && n.strangers == 0 && n.idle == 0);
	assert(n.calls == 0 && n.terminals == 0 && s.far_calls == 0);
	assert(s.calls == 0 && relay_drained(w.relay));
}

/* --- a run --- */

static void pass(uint8_t how_long)
{
	w.now += 10 * how_long * how_long;
	tick();
}

static struct conn *one_of(uint8_t what)
{
	unsigned n = what % (NEAR + LINES);

	if (n >= NEAR)
		return &w.lines[n - NEAR];
	return w.used > n ? &w.arrived[w.used - n] : &w.arrived[0];
}

static void step(struct reader *r)
{
	uint8_t what = read_u8(r);
	struct conn *c = one_of(what);

	if (what >= 0xf8)
		pass(read_u8(r));
	else if (what >= 0xf5)
		set_account(r);
	else if (what == 0xf4)
		relay_account_remove(w.relay, what & 1 ? "r1" : craft_user(r),
				     w.now, &w.out);
	else if (what == 0xf3)
		relay_drain(w.relay, "", read_u8(r), w.now, &w.out);
	else if (what == 0xf2)
		arrive(r);
	else if (what >= 0xec)
		come_in(r);
	else if (what >= 0xe8)
		answer(r);
	else if (what >= 0xe0 && w.lines[what % 8].there)
		log_in(&w.lines[what % 8]);
	else if (c->there)
		befall(r, c);
	check();
}

static void begin(uint8_t mode)
{
	static const uint8_t key[16] = "0123456789abcde";
	/* Ana, ben, carl, r1. */
	static const uint8_t facts[] = { 1, 3, 17, 32 + 3, 33, 3, 49, 12 };
	struct reader start = reader_over(facts, sizeof(facts));
	struct relay_peer r2 = { .name = "r2",
				 .user = "r0",
				 .spares = mode / 2 % 4,
				 .lines_max = LINES_MAX,
				 .seed = 42 };

	w = (struct world){ .now = 1000000, .shares = mode & 1 };
	effects_init(&w.out);
	craft_number(1);
	w.relay = relay_new(&relay_limits_default, key, 1);
	assert(w.relay &&
	       relay_name(w.relay, "r0", "", 1700000000000, w.now) == OK);
	if (w.shares)
		relay_share(w.relay, mode & 8);
	assert(relay_route(w.relay, "+9", "@r2") == OK);
	assert(relay_route(w.relay, "+81", "dan@r1") == OK);
	for (int i = 0; i < 4; i++)
		set_account(&start);
	assert(relay_peer_add(w.relay, &r2, w.now, &w.out) == OK);
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_over(data, len);

	begin(read_u8(&r));
	for (int i = 0; i < STEPS && reader_left(&r) > 0; i++)
		step(&r);
	all_ends();
	relay_free(w.relay);
	effects_fini(&w.out);
	return 0;
}
