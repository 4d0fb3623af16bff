/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/numbers.h"
#include "core/registry.h"
#include "wire/reason.h"

enum { WIRES_MAX = 256, MAIL_MAX = 4096, TERMINALS_MAX = 4096 };

/* Between a line of one relay and the connection that it is at another. */
struct wire {
	unsigned from, to;
	uint64_t line, conn;
	bool up;
};

struct mail {
	unsigned to; /* which relay */
	uint64_t conn;
	size_t len;
	uint8_t *bytes; /* owned */
};

struct terminal {
	unsigned relay;
	char id[ADDRESS_ID_MAX + 1];
	uint64_t conn;
	uint64_t call; /* of the last offer, or of CONNECTED */
	char offer[ADDRESS_ID_MAX * 2 + 32];
	char others[MESSAGE_OTHERS_MAX + 1];
	struct roster roster;
};

struct node {
	struct relay *relay;
	struct effects out;
	unsigned peers[8]; /* whom its n-th peer is */
	unsigned peer_count;
	unsigned trusted;
};

char net_did[8192];
int64_t net_now;

static struct node nodes[NET_RELAYS_MAX];
static unsigned node_count;
static struct wire wires[WIRES_MAX];
static unsigned wire_count;
static struct terminal terminals[TERMINALS_MAX];
static unsigned terminal_count;
static struct mail *mails; /* from `mail_head` to `mail_end` */
static unsigned mail_head, mail_end;
static uint64_t next_conn;
static bool cut[NET_RELAYS_MAX][NET_RELAYS_MAX];
static bool held;
static bool database_there, database_silent, database_breaks;
static struct {
	unsigned relay;
	uint64_t call;
	char address[ADDRESS_MAX + 1];
} question; /* the last one */

static void settle(unsigned n);
static void quiet(void);

static void begin_step(void)
{
	net_did[0] = '\0';
}

static void word(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void word(const char *format, ...)
{
	size_t used = strlen(net_did);
	va_list args;

	va_start(args, format);
	vsnprintf(net_did + used, sizeof(net_did) - used, format, args);
	va_end(args);
}

/* --- wires --- */

static struct wire *wire_at(unsigned relay, uint64_t conn)
{
	for (unsigned i = 0; i < wire_count; i++) {
		struct wire *w = &wires[i];

		if ((w->from == relay && w->line == conn) ||
		    (w->to == relay && w->conn == conn))
			return w;
	}
	return NULL;
}

/* Addresses differ, as those of relays do. */
static uint64_t arrive(unsigned relay)
{
	uint64_t conn = ++next_conn;
	struct relay_address from = { .bytes = { 10, 0, (uint8_t)(conn >> 8),
						 (uint8_t)conn } };

	assert_int_equal(relay_arrived(nodes[relay].relay, conn, &from, net_now,
				       &nodes[relay].out),
			 OK);
	relay_opened(nodes[relay].relay, conn, net_now, &nodes[relay].out);
	return conn;
}

static void dial(unsigned from, uint64_t line)
{
	unsigned to = nodes[from].peers[relay_line_peer(line)];
	struct wire *w = &wires[wire_count++];

	assert_true(wire_count < WIRES_MAX);
	if (cut[from][to]) {
		wire_count--;
		relay_closed(nodes[from].relay, line, net_now,
			     &nodes[from].out);
		return;
	}
	*w = (struct wire){ .from = from, .to = to, .line = line, .up = true };
	w->conn = arrive(to);
	relay_opened(nodes[from].relay, line, net_now, &nodes[from].out);
	settle(to);
}

static void post(unsigned to, uint64_t conn, const uint8_t *bytes, size_t len)
{
	struct mail *m = &mails[mail_end++];

	assert_true(mail_end < MAIL_MAX);
	m->to = to;
	m->conn = conn;
	m->len = len;
	m->bytes = malloc(len);
	assert_non_null(m->bytes);
	memcpy(m->bytes, bytes, len);
}

static void close_wire(struct wire *w)
{
	if (!w->up)
		return;
	w->up = false;
	relay_closed(nodes[w->from].relay, w->line, net_now,
		     &nodes[w->from].out);
	relay_closed(nodes[w->to].relay, w->conn, net_now, &nodes[w->to].out);
}

/* --- what relays say to terminals --- */

static struct terminal *terminal_at(unsigned relay, uint64_t conn)
{
	for (unsigned i = 0; i < terminal_count; i++)
		if (terminals[i].relay == relay && terminals[i].conn == conn)
			return &terminals[i];
	return NULL;
}

static void note_offer(struct terminal *t, const struct message_incoming *m)
{
	snprintf(t->offer, sizeof(t->offer), "%.*s%s%.*s%s%.*s",
		 (int)m->from.len, (const char *)m->from.at,
		 m->via.home.len ? "@" : "", (int)m->via.home.len,
		 (const char *)m->via.home.at, m->to.len ? " " : "",
		 (int)m->to.len, (const char *)m->to.at);
	assert_int_equal(m->via.path.len, 0);
	assert_int_equal(m->via.groups.len, 0);
	t->call = m->call;
}

static void say_listing(struct terminal *t, const struct message_listing *l)
{
	struct reader r = message_listing_reader(l);
	struct listing_entry e;

	assert_true(roster_list(&t->roster, l));
	word("LISTING:%s", t->id);
	while (message_listing_next(&r, &e))
		word("/%.*s%s%.*s=%u", (int)e.id.len, (const char *)e.id.at,
		     e.relay.len ? "@" : "", (int)e.relay.len,
		     (const char *)e.relay.at, e.state);
	word(" ");
}

static void say(struct terminal *t, const struct message *m)
{
	const char *name = message_name((uint8_t)m->type);
	unsigned reason = 0;

	switch ((unsigned)m->type) {
	case MESSAGE_HELLO:
		return;
	case MESSAGE_WELCOME:
		(void)span_copy(m->welcome.others, t->others,
				sizeof(t->others));
		return;
	case MESSAGE_LISTING:
		say_listing(t, &m->listing);
		return;
	case MESSAGE_PRESENCE:
		roster_tell(&t->roster, &m->presence);
		word("PRESENCE:%s/%.*s%s%.*s=%u ", t->id,
		     (int)m->presence.id.len, (const char *)m->presence.id.at,
		     m->presence.relay.len ? "@" : "",
		     (int)m->presence.relay.len,
		     (const char *)m->presence.relay.at, m->presence.state);
		return;
	case MESSAGE_INCOMING:
		note_offer(t, &m->incoming);
		break;
	case MESSAGE_CONNECTED:
		t->call = m->connected.call;
		break;
	case MESSAGE_FAILED:
		reason = m->failed.reason;
		break;
	case MESSAGE_CANCEL:
		reason = m->refuse.reason;
		break;
	case MESSAGE_END:
		reason = m->end.reason;
		break;
	default:
		break;
	}
	word("%s:%s%s%s ", name, t->id, reason ? "/" : "",
	     reason ? reason_name((uint16_t)reason) : "");
}

static struct message decode(const uint8_t *bytes, size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	assert_int_equal(frame_decode(&f, bytes, len, &used), FRAME_DONE);
	assert_int_equal(message_decode(&m, &f), MESSAGE_OK);
	return m;
}

static void send(unsigned n, uint64_t conn, const uint8_t *bytes, size_t len)
{
	struct wire *w = wire_at(n, conn);
	struct terminal *t = terminal_at(n, conn);
	struct message m = decode(bytes, len);

	if (w && w->up)
		post(w->from == n ? w->to : w->from,
		     w->from == n ? w->conn : w->line, bytes, len);
	else if (t)
		say(t, &m);
}

/* One step of a login, on either side: names are believed. */
static void log_in(unsigned n, uint64_t conn, const uint8_t *bytes, size_t len)
{
	struct message m;
	char user[ADDRESS_ID_MAX + 1];

	if (conn >= RELAY_LINES_FROM) {
		relay_login(nodes[n].relay, conn,
			    len == 0 ? RELAY_LOGIN_MORE : RELAY_LOGIN_OK,
			    span_of("n=x"), "", net_now, &nodes[n].out);
		return;
	}
	m = decode(bytes, len);
	(void)span_copy(m.auth.user, user, sizeof(user));
	relay_login(nodes[n].relay, conn, RELAY_LOGIN_OK, span_of("v=x"), user,
		    net_now, &nodes[n].out);
}

/* --- the database: what all relays know together --- */

static const struct registry_account *
account_of(const char *address, unsigned *relay, const char **groups)
{
	const struct registry_account *found = NULL;

	for (unsigned n = 0; n < node_count; n++) {
		const char *id = numbers_find(nodes[n].relay->numbers, address,
					      strlen(address));
		const struct registry_account *a;

		id = id ? id : address;
		a = registry_account(nodes[n].relay, id, strlen(id));
		if (!a || a->facts.kind != RELAY_TERMINAL ||
		    (found && a->up == 0))
			continue;
		found = a;
		*relay = n;
		*groups = a->facts.groups;
	}
	return found;
}

static void answer(void)
{
	unsigned at = 0;
	const char *groups = NULL;
	const struct registry_account *a =
		account_of(question.address, &at, &groups);
	struct relay_place p = { .groups = groups };
	struct node *n = &nodes[question.relay];

	if (a) {
		p.id = a->facts.id;
		p.relay = a->up > 0 ? nodes[at].relay->name : "";
		p.state = registry_presence(a);
		p.allowed = a->facts.allowed;
	}
	relay_found(n->relay, question.call, a && database_there ? &p : NULL,
		    database_there ? REASON_UNKNOWN : REASON_UNREACHABLE,
		    net_now, &n->out);
}

static void find(unsigned n, uint64_t call, const uint8_t *address)
{
	question.relay = n;
	question.call = call;
	(void)span_copy(span_of((const char *)address), question.address,
			sizeof(question.address));
	if (!database_silent)
		answer();
}

static void list(unsigned n, uint64_t conn, uint64_t request)
{
	const struct relay_place places[] = {
		{ .id = "ana", .relay = "r0", .state = PRESENCE_FREE },
		{ .id = "ben", .relay = "r1", .state = PRESENCE_BUSY },
		{ .id = "law", .relay = "", .groups = "law" },
		{ .id = "zoe", .relay = "" },
	};

	if (database_silent)
		return;
	if (!database_there) {
		relay_unlisted(nodes[n].relay, conn, (uint32_t)request, "",
			       &nodes[n].out);
		return;
	}
	relay_listed(nodes[n].relay, conn, (uint32_t)request, places, 2, true,
		     &nodes[n].out);
	if (database_breaks)
		relay_unlisted(nodes[n].relay, conn, (uint32_t)request,
			       places[1].id, &nodes[n].out);
	else
		relay_listed(nodes[n].relay, conn, (uint32_t)request,
			     places + 2, 2, false, &nodes[n].out);
}

void net_share(bool distributes)
{
	for (unsigned n = 0; n < node_count; n++)
		relay_share(nodes[n].relay, distributes);
	database_there = true;
	database_silent = false;
	database_breaks = false;
}

void net_database(bool there)
{
	database_there = there;
	if (!database_silent)
		return;
	database_silent = false;
	begin_step();
	answer();
	quiet();
}

void net_database_silent(void)
{
	database_silent = true;
}

void net_database_breaks(void)
{
	database_breaks = true;
}

void net_listed(unsigned terminal, const struct relay_place *places, size_t n,
		bool more)
{
	const struct terminal *t = &terminals[terminal];
	struct node *node = &nodes[t->relay];

	begin_step();
	relay_listed(node->relay, t->conn, 1, places, n, more, &node->out);
	quiet();
}

static void carry_out(unsigned n, size_t i)
{
	const struct effect e = nodes[n].out.items[i];
	static uint8_t bytes[FRAME_MAX];
	struct wire *w;

	if (e.length > 0 && e.length <= sizeof(bytes))
		memcpy(bytes, effects_bytes(&nodes[n].out, &e), e.length);
	switch ((unsigned)e.kind) {
	case EFFECT_SEND:
		send(n, e.conn, bytes, e.length);
		break;
	case EFFECT_LOGIN:
		log_in(n, e.conn, bytes, e.length);
		break;
	case EFFECT_DIAL:
		dial(n, e.conn);
		break;
	case EFFECT_FIND:
		find(n, e.conn, bytes);
		break;
	case EFFECT_LIST:
		list(n, e.conn, e.peer);
		break;
	case EFFECT_CLOSE:
		w = wire_at(n, e.conn);
		if (w)
			close_wire(w);
		break;
	case EFFECT_TRUST:
		nodes[n].trusted++;
		break;
	case EFFECT_JOIN:
		word("join:%u ", n);
		break;
	case EFFECT_RECORD:
		word("record:%u/%s ", n, reason_name(e.record.reason));
		break;
	default:
		break;
	}
}

static void settle(unsigned n)
{
	struct node *node = &nodes[n];

	for (size_t i = 0; i < node->out.count; i++)
		carry_out(n, i);
	assert_false(node->out.out_of_memory);
	effects_clear(&node->out);
}

static void settle_all(void)
{
	for (unsigned n = 0; n < node_count; n++)
		settle(n);
}

static void deliver(const struct mail *mail)
{
	struct message m = decode(mail->bytes, mail->len);

	relay_message(nodes[mail->to].relay, mail->conn, &m, net_now,
		      &nodes[mail->to].out);
	free(mail->bytes);
	settle_all();
}

/* Until nothing is left to be done. */
static void quiet(void)
{
	settle_all();
	while (!held && mail_head < mail_end)
		deliver(&mails[mail_head++]);
	if (mail_head == mail_end)
		mail_head = mail_end = 0;
}

/* --- the stage --- */

void net_begin(void)
{
	net_now = 1000000;
	node_count = wire_count = terminal_count = 0;
	mail_head = mail_end = 0;
	next_conn = 0;
	held = false;
	memset(cut, 0, sizeof(cut));
	mails = calloc(MAIL_MAX, sizeof(*mails));
	assert_non_null(mails);
	begin_step();
}

void net_end(void)
{
	for (unsigned n = 0; n < node_count; n++) {
		relay_free(nodes[n].relay);
		effects_fini(&nodes[n].out);
	}
	for (unsigned i = 0; i < terminal_count; i++)
		roster_fini(&terminals[i].roster);
	while (mail_head < mail_end)
		free(mails[mail_head++].bytes);
	free(mails);
}

unsigned net_relay(void)
{
	/* SHA-256 of nothing. */
	static const char pin[] = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
	static const uint8_t key[16] = "0123456789abcde";
	struct node *n = &nodes[node_count];
	char name[3] = { 'r', (char)('0' + node_count), '\0' };

	char address[ADDRESS_OTHER_TEXT];

	snprintf(address, sizeof(address), "%s.example:4380#%s", name, pin);
	assert_true(node_count < NET_RELAYS_MAX);
	*n = (struct node){ .relay = relay_new(&relay_limits_default, key,
					       0x100) };
	assert_non_null(n->relay);
	effects_init(&n->out);
	assert_int_equal(
		relay_name(n->relay, name, address, 1700000000000, net_now),
		OK);
	return node_count++;
}

struct relay *net_of(unsigned relay)
{
	return nodes[relay].relay;
}

unsigned net_trusted(unsigned relay)
{
	return nodes[relay].trusted;
}

static void set_account(unsigned n, const struct relay_account *a)
{
	relay_account_set(nodes[n].relay, a, net_now, &nodes[n].out);
	quiet();
}

void net_peer(unsigned from, unsigned to, uint32_t trunks)
{
	struct relay_account a = { .kind = RELAY_RELAY,
				   .enabled = true,
				   .connections_max = 100,
				   .places_max = 1 };
	struct relay_peer p = { .user = a.id, .spares = trunks, .seed = 1 };

	snprintf(a.id, sizeof(a.id), "r%u", from);
	snprintf(p.name, sizeof(p.name), "r%u", to);
	p.place[0] = (uint8_t)(1 + from);
	set_account(to, &a);
	nodes[from].peers[nodes[from].peer_count++] = to;
	assert_int_equal(relay_peer_add(nodes[from].relay, &p, net_now,
					&nodes[from].out),
			 OK);
	quiet();
}

void net_account(unsigned relay, const char *id, const char *groups,
		 const char *numbers)
{
	struct relay_account a = { .enabled = true,
				   .connections_max = 9,
				   .places_max = 1,
				   .groups = groups,
				   .numbers = numbers };

	snprintf(a.id, sizeof(a.id), "%s", id);
	set_account(relay, &a);
}

void net_disable(unsigned relay, const char *id)
{
	struct relay_account a = { .connections_max = 9, .places_max = 1 };

	snprintf(a.id, sizeof(a.id), "%s", id);
	set_account(relay, &a);
}

/* --- terminals --- */

static void hear(const struct terminal *t, struct message m)
{
	struct node *n = &nodes[t->relay];

	relay_message(n->relay, t->conn, &m, net_now, &n->out);
	quiet();
}

unsigned net_terminal(unsigned relay, const char *id)
{
	static const uint8_t place[MESSAGE_PLACE_SIZE] = { 'a' };
	struct terminal *t = &terminals[terminal_count++];

	assert_true(terminal_count < TERMINALS_MAX);
	*t = (struct terminal){ .relay = relay, .offer = "-" };
	snprintf(t->id, sizeof(t->id), "%s", id);
	t->conn = arrive(relay);
	hear(t, (struct message){ .type = MESSAGE_HELLO,
				  .hello = { .version_min = 1,
					     .version_max = 1,
					     .features = FEATURE_PRESENCE } });
	hear(t, (struct message){
			.type = MESSAGE_AUTH,
			.auth = { .sasl = span_of("n=x"),
				  .user = span_of(id),
				  .mechanism = span_of("SCRAM-SHA-256-PLUS"),
				  .place = { place, sizeof(place) } } });
	return (unsigned)(t - terminals);
}

void net_connect(unsigned terminal, const char *to)
{
	begin_step();
	hear(&terminals[terminal],
	     (struct message){ .type = MESSAGE_CONNECT,
			       .connect = { .request = 1,
					    .to = span_of(to),
					    .terms = { .procedures = 1,
						       .abilities = 1 } } });
}

void net_accept(unsigned terminal)
{
	const struct terminal *t = &terminals[terminal];

	begin_step();
	hear(t, (struct message){ .type = MESSAGE_ACCEPT,
				  .accept = { .call = t->call,
					      .terms = { .procedures = 1,
							 .abilities = 1 } } });
}

void net_refuse(unsigned terminal, uint16_t reason)
{
	const struct terminal *t = &terminals[terminal];

	begin_step();
	hear(t, (struct message){ .type = MESSAGE_REFUSE,
				  .refuse = { t->call, reason } });
}

void net_hang_up(unsigned terminal, uint16_t reason)
{
	begin_step();
	hear(&terminals[terminal],
	     (struct message){ .type = MESSAGE_END, .end = { reason } });
}

void net_release(unsigned terminal)
{
	const struct terminal *t = &terminals[terminal];

	begin_step();
	hear(t, (struct message){ .type = MESSAGE_RELEASE,
				  .release = { t->call } });
}

void net_pong(unsigned terminal)
{
	begin_step();
	hear(&terminals[terminal], (struct message){ .type = MESSAGE_PONG });
}

void net_lose(unsigned terminal)
{
	const struct terminal *t = &terminals[terminal];
	struct node *n = &nodes[t->relay];

	begin_step();
	relay_closed(n->relay, t->conn, net_now, &n->out);
	quiet();
}

void net_list(unsigned terminal, bool follow)
{
	begin_step();
	roster_begin(&terminals[terminal].roster);
	hear(&terminals[terminal],
	     (struct message){ .type = MESSAGE_LIST, .list = { 1, follow } });
}

struct roster *net_roster(unsigned terminal)
{
	return &terminals[terminal].roster;
}

const char *net_offer(unsigned terminal)
{
	return terminals[terminal].offer;
}

const char *net_others(unsigned terminal)
{
	return terminals[terminal].others;
}

/* --- what happens to relays --- */

void net_cut(unsigned a, unsigned b)
{
	begin_step();
	cut[a][b] = cut[b][a] = true;
	for (unsigned i = 0; i < wire_count; i++)
		if ((wires[i].from == a && wires[i].to == b) ||
		    (wires[i].from == b && wires[i].to == a))
			close_wire(&wires[i]);
	quiet();
}

void net_mend(unsigned a, unsigned b)
{
	cut[a][b] = cut[b][a] = false;
}

void net_hold(void)
{
	held = true;
}

void net_go_on(void)
{
	begin_step();
	held = false;
	quiet();
}

bool net_step(unsigned dice)
{
	struct mail *chosen, mail;
	unsigned first = mail_head;

	begin_step();
	if (mail_head == mail_end)
		return false;
	chosen = &mails[mail_head + dice % (mail_end - mail_head)];
	while (mails[first].to != chosen->to ||
	       mails[first].conn != chosen->conn)
		first++;
	mail = mails[first];
	memmove(&mails[mail_head + 1], &mails[mail_head],
		(first - mail_head) * sizeof(mail));
	mail_head++;
	deliver(&mail);
	quiet();
	return true;
}

void net_pass(int64_t ms)
{
	int64_t end = net_now + ms;

	begin_step();
	while (net_now < end) {
		int64_t next = end;

		for (unsigned n = 0; n < node_count; n++) {
			int64_t at = relay_deadline(nodes[n].relay);

			if (at < next)
				next = at > net_now ? at : net_now + 1;
		}
		net_now = next;
		for (unsigned n = 0; n < node_count; n++)
			relay_tick(nodes[n].relay, net_now, &nodes[n].out);
		quiet();
	}
}
