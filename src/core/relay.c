/* SPDX-License-Identifier: Apache-2.0 */
#include "core/relay.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/admission.h"
#include "core/directory.h"
#include "core/keepalive.h"
#include "core/leg.h"
#include "core/numbers.h"
#include "core/pairing.h"
#include "core/peer.h"
#include "core/presence.h"
#include "core/trunk.h"
#include "core/registry.h"

enum {
	DIRECTORY_TICK_MS = 10000, /* as core/directory.h has it */
	DIRECTORY_HOLD_MS = 1000,
};

const struct relay_limits relay_limits_default = {
	.connections_max = 200000,
	/* Some seconds of the fastest logins one machine can check. */
	.strangers_max = 2000,
	/* A company's terminals may share one address behind NAT. */
	.strangers_per_address = 100,
	.arrivals = { .burst = 600, .per_minute = 600 },
	.failures = { .burst = 60, .per_minute = 30 },
	/* A place that has logged in before is not held to this. */
	.guesses = { .burst = 20, .per_minute = 10 },
	.requests = { .burst = 120, .per_minute = 120 },
	/* Of its own: who calls many still sees whom there is to be called. */
	.lists = { .burst = 120, .per_minute = 120 },
	.login_ms = 10000,
	/* Gateways forget idle TCP connections after minutes at the soonest
	 * (RFC 5382 REQ-5 asks for two hours; many keep a few minutes). */
	.keepalive_ms = 30000,
	.keepalive_min_ms = 5000,
	/* Longer would save little and leave a dead path unnoticed. */
	.keepalive_max_ms = 120000,
	.ring_ms = 30000,
	.release_ms = 10000,
	.ping_ms = 5000,
	.far_ms = 10000,
	.denied_retry_ms = 5000,
};

struct relay *relay_new(const struct relay_limits *limits,
			const uint8_t key[16], uint64_t first_call)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->limits = *limits;
	memcpy(r->key, key, sizeof(r->key));
	r->numbers = numbers_new(r->key);
	if (!r->numbers) {
		free(r);
		return NULL;
	}
	r->next_call = first_call ? first_call : 1;
	r->sweep_at = 1024;
	for (int i = 0; i < REGISTRY_WAITS; i++)
		list_init(&r->waits[i]);
	list_init(&r->calls);
	list_init(&r->followers);
	list_init(&r->late);
	list_init(&r->lacking);
	list_init(&r->finding);
	list_init(&r->dirty);
	return r;
}

enum err relay_name(struct relay *r, const char *name, const char *address,
		    int64_t wall_ms, int64_t now)
{
	if (!address_id_valid(name, strlen(name)))
		return ERR_BAD;
	/* Numbers of calls grow from start to start, whatever the clock. */
	r->directory = directory_new(name, r->next_call, r->key, NULL);
	if (!r->directory)
		return ERR_MEMORY;
	directory_address(r->directory, address);
	(void)span_copy(span_of(name), r->name, sizeof(r->name));
	r->wall_ms = wall_ms - now;
	r->directory_ms = now + DIRECTORY_TICK_MS;
	r->links_ms = now;
	return OK;
}

enum err relay_route(struct relay *r, const char *prefix, const char *target)
{
	return numbers_route(r->numbers, prefix, target);
}

void relay_limits_set(struct relay *r, const struct relay_limits *limits)
{
	r->limits = *limits;
}

void relay_free(struct relay *r)
{
	struct registry_conn *c, *next_conn;
	struct registry_account *a, *next_account;
	struct registry_origin *o, *next_origin;

	if (!r)
		return;
	pairing_free_all(r);
	HASH_ITER (hh, r->conns, c, next_conn) {
		registry_conn_drop(r, c);
	}
	HASH_ITER (hh, r->accounts, a, next_account) {
		registry_account_drop(r, a);
	}
	HASH_ITER (hh, r->origins, o, next_origin) {
		HASH_DEL(r->origins, o);
		free(o);
	}
	peer_free_all(r);
	directory_free(r->directory);
	numbers_free(r->numbers);
	free(r->sorted);
	free(r);
}

void relay_share(struct relay *r, bool distributes)
{
	r->shared = true;
	r->keeps_to_itself = !distributes;
}

void relay_others(struct relay *r, const char *others)
{
	size_t len = strlen(others);

	if (len > MESSAGE_OTHERS_MAX)
		len = MESSAGE_OTHERS_MAX;
	while (len > 0 && others[len] != '\0' && others[len] != ' ')
		len--;
	memcpy(r->others, others, len);
	r->others[len] = '\0';
}

/* Whether we dialled it, or are about to. */
static bool is_line(uint64_t conn)
{
	return conn >= RELAY_LINES_FROM;
}

static struct turn begin(struct relay *r, int64_t now, struct effects *out)
{
	return (struct turn){ r, now, out };
}

/* Who has come free while the relay drains goes. */
static void send_free_away(struct turn *t)
{
	struct list *dirty = &t->r->dirty;

	for (struct list *l = dirty->next; l != dirty; l = l->next) {
		struct registry_account *a =
			list_entry(l, struct registry_account, dirty);

		while (!list_empty(&a->idle))
			admission_go(t,
				     list_entry(a->idle.next,
						struct registry_conn, idle),
				     REASON_DRAINING,
				     t->r->limits.denied_retry_ms);
	}
}

/* The end of every public function that changes something. */
static void settle(struct turn *t)
{
	if (t->r->draining)
		send_free_away(t);
	peer_serve(t);
	presence_flush(t);
	if (t->r->directory && t->r->hold_ms == 0 &&
	    directory_holds(t->r->directory))
		t->r->hold_ms = t->now + DIRECTORY_HOLD_MS;
}

/* --- accounts --- */

/* While it leaves, none of the account's connections is let in or rung. A
 * logout is not said for another place, which waits for this one's. */
static void close_account(struct turn *t, struct registry_account *a,
			  uint16_t reason)
{
	struct list *next;

	a->leaving = true;
	for (struct list *l = a->connections.next; l != &a->connections;
	     l = next) {
		struct registry_conn *c =
			list_entry(l, struct registry_conn, of_account);

		next = l->next;
		if (reason != REASON_LOGOUT || c->state != SESSION_WAITING)
			admission_go(t, c, reason, 0);
	}
	a->leaving = false;
	admission_admit_waiting(t, a);
}

/* What else knows of it. False: out of memory. */
static bool take_account(struct turn *t, struct registry_account *a)
{
	registry_touch(t, a);
	if (a->facts.kind == RELAY_RELAY)
		return peer_of_account(t->r, a) != NULL;
	return numbers_add(t->r->numbers, a->facts.id, a->facts.numbers);
}

void relay_account_set(struct relay *r, const struct relay_account *facts,
		       int64_t now, struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_account *a =
		registry_account(r, facts->id, strlen(facts->id));
	bool shut_out;

	/* What was counted and linked as one kind is not to be ended as the
	 * other: it is another account. */
	if (a && a->facts.kind != facts->kind) {
		relay_account_remove(r, facts->id, now, out);
		a = NULL;
	}
	if (!a) {
		a = registry_account_add(r, facts);
		if (!a || !take_account(&t, a))
			out->out_of_memory = true;
		settle(&t);
		return;
	}
	shut_out = !facts->enabled || facts->key != a->facts.key;
	numbers_drop(r->numbers, a->facts.id, a->facts.numbers);
	if (!registry_account_know(a, facts) || !take_account(&t, a))
		out->out_of_memory = true;
	if (shut_out)
		close_account(&t, a, REASON_DISABLED);
	settle(&t);
}

void relay_account_remove(struct relay *r, const char *id, int64_t now,
			  struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_account *a = registry_account(r, id, strlen(id));

	if (!a)
		return;
	close_account(&t, a, REASON_DISABLED);
	settle(&t);
	peer_account_gone(a);
	numbers_drop(r->numbers, id, a->facts.numbers);
	if (r->directory)
		directory_forget(r->directory, id, out);
	registry_account_drop(r, a);
	settle(&t);
}

/* --- connections come --- */

/* What is too much, if anything: ABUSE_KINDS when it may come in. */
static enum abuse_kind too_much(struct turn *t, struct registry_origin *o)
{
	const struct relay_limits *l = &t->r->limits;
	const struct relay_counts *n = &t->r->counts;

	if (n->connections >= l->connections_max)
		return ABUSE_FULL;
	if (limit_wait_ms(&o->failures, l->failures, t->now) > 0)
		return ABUSE_GUESSES;
	if (o->strangers >= l->strangers_per_address)
		return ABUSE_CROWD;
	if (n->strangers >= l->strangers_max)
		return ABUSE_HALF_OPEN;
	if (!limit_take(&o->arrivals, l->arrivals, t->now))
		return ABUSE_ARRIVALS;
	return ABUSE_KINDS;
}

static bool turned_away(struct turn *t, struct registry_origin *o)
{
	enum abuse_kind kind;

	if (t->r->draining)
		return true;
	kind = too_much(t, o);
	if (kind == ABUSE_KINDS)
		return false;
	abuse_note(&t->r->abuse, kind, "from", o->address.text, t->now, t->out);
	return true;
}

enum err relay_arrived(struct relay *r, uint64_t conn,
		       const struct relay_address *from, int64_t now,
		       struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_origin *o = registry_origin(r, from, now);
	struct registry_conn *c;

	if (!o || turned_away(&t, o)) {
		r->counts.turned_away++;
		return ERR_LIMIT;
	}
	c = registry_conn_add(r, conn);
	if (!c)
		return ERR_LIMIT;
	c->origin = o;
	o->strangers++;
	registry_await(&t, c, REGISTRY_LOGIN);
	return OK;
}

void relay_opened(struct relay *r, uint64_t conn, int64_t now,
		  struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c = registry_conn(r, conn);

	if (is_line(conn)) {
		trunk_opened(&t, conn);
		settle(&t);
	} else if (c &&
		   session_action(c->state, SESSION_OPENED) == SESSION_WAIT) {
		registry_enter(&t, c, SESSION_HELLO);
	}
}

/* --- messages --- */

/* Everybody's own words are for who looks for them: a stranger could fill
 * the log with them. */
static void violation(struct turn *t, struct registry_conn *c, const char *what)
{
	const char *id = c->account ? c->account->facts.id : NULL;

	if (c->state == SESSION_GOING)
		return;
	abuse_note(&t->r->abuse, ABUSE_VIOLATION, id ? "id" : "from",
		   id ? id : c->origin->address.text, t->now, t->out);
	effects_note(t->out, LOG_DEBUG,
		     "conn=%llu id=%s event=violation state=%s what=%s",
		     (unsigned long long)c->number, id ? id : "-",
		     session_state_name(c->state), what);
	admission_go(t, c, REASON_PROTOCOL, 0);
}

static void log_out(struct turn *t, struct registry_conn *c)
{
	effects_note(t->out, LOG_INFO, "conn=%llu id=%s event=logout",
		     (unsigned long long)c->number, c->account->facts.id);
	close_account(t, c->account, REASON_LOGOUT);
}

/* PING may say when the next one comes: the worker waits for so long. */
static void grant_silence(struct turn *t, const struct registry_conn *c,
			  int64_t next_ms)
{
	const struct relay_limits *l = &t->r->limits;
	struct effect *e;

	if (next_ms == 0 || l->keepalive_max_ms == 0)
		return;
	if (next_ms < l->keepalive_min_ms)
		next_ms = l->keepalive_min_ms;
	if (next_ms > l->keepalive_max_ms)
		next_ms = l->keepalive_max_ms;
	e = effects_add(t->out, EFFECT_PATIENCE, c->number);
	if (e)
		e->wait_ms = keepalive_patience(next_ms, l->keepalive_ms);
}

static void say_pong(struct turn *t, struct registry_conn *c,
		     const struct message *m)
{
	grant_silence(t, c, m->ping.next_ms);
	effects_send(t->out, c->number,
		     &(struct message){ .type = MESSAGE_PONG,
					.ping = { .token = m->ping.token } });
}

/* --- one function an action --- */

static void do_violation(struct turn *t, struct registry_conn *c,
			 const struct message *m)
{
	violation(t, c, message_name((uint8_t)m->type));
}

static void do_nothing(struct turn *t, struct registry_conn *c,
		       const struct message *m)
{
	(void)t;
	(void)c;
	(void)m;
}

static void do_greet(struct turn *t, struct registry_conn *c,
		     const struct message *m)
{
	admission_greet(t, c, &m->hello);
}

static void do_check(struct turn *t, struct registry_conn *c,
		     const struct message *m)
{
	if (!admission_check(t, c, m))
		violation(t, c, "AUTH");
}

static void do_note_pong(struct turn *t, struct registry_conn *c,
			 const struct message *m)
{
	(void)t;
	(void)m;
	list_remove(&c->ping.link);
}

static void do_depart(struct turn *t, struct registry_conn *c,
		      const struct message *m)
{
	(void)m;
	admission_go(t, c, REASON_DONE, 0);
}

static void do_log_out(struct turn *t, struct registry_conn *c,
		       const struct message *m)
{
	(void)m;
	log_out(t, c);
}

static void do_place(struct turn *t, struct registry_conn *c,
		     const struct message *m)
{
	pairing_place(t, c, &m->connect);
}

static void do_collide(struct turn *t, struct registry_conn *c,
		       const struct message *m)
{
	pairing_collide(t, c, &m->connect);
}

static void do_accept(struct turn *t, struct registry_conn *c,
		      const struct message *m)
{
	if (!pairing_accept(t, c, &m->accept))
		violation(t, c, "terms");
}

static void do_refuse(struct turn *t, struct registry_conn *c,
		      const struct message *m)
{
	pairing_refuse(t, c, &m->refuse);
}

static void do_give_up(struct turn *t, struct registry_conn *c,
		       const struct message *m)
{
	(void)m;
	pairing_give_up(t, c);
}

static void do_hang_up(struct turn *t, struct registry_conn *c,
		       const struct message *m)
{
	pairing_hang_up(t, c, m->end.reason);
}

static void do_free(struct turn *t, struct registry_conn *c,
		    const struct message *m)
{
	pairing_release(t, c, m->release.call);
}

static void do_listing(struct turn *t, struct registry_conn *c,
		       const struct message *m)
{
	presence_list(t, c, &m->list);
}

static void do_hear(struct turn *t, struct registry_conn *c,
		    const struct message *m)
{
	if (!peer_hear(t, c->account->peer, c->number, m))
		violation(t, c, message_name((uint8_t)m->type));
}

typedef void action(struct turn *t, struct registry_conn *c,
		    const struct message *m);

static action *const actions[SESSION_ACTIONS] = {
	[SESSION_VIOLATION] = do_violation, [SESSION_IGNORE] = do_nothing,
	[SESSION_WAIT] = do_nothing,	    [SESSION_GREET] = do_greet,
	[SESSION_CHECK] = do_check,	    [SESSION_PONG] = say_pong,
	[SESSION_NOTE_PONG] = do_note_pong, [SESSION_DEPART] = do_depart,
	[SESSION_LOG_OUT] = do_log_out,	    [SESSION_PLACE] = do_place,
	[SESSION_COLLIDE] = do_collide,	    [SESSION_ACCEPT] = do_accept,
	[SESSION_REFUSE] = do_refuse,	    [SESSION_GIVE_UP] = do_give_up,
	[SESSION_HANG_UP] = do_hang_up,	    [SESSION_FREE] = do_free,
	[SESSION_LISTING] = do_listing,	    [SESSION_HEAR] = do_hear,
};

void relay_message(struct relay *r, uint64_t conn, const struct message *m,
		   int64_t now, struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c = registry_conn(r, conn);
	enum session_event e = session_event_of(m->type);

	if (is_line(conn))
		trunk_message(&t, conn, m);
	else if (!c)
		return;
	else if (e == SESSION_EVENTS)
		violation(&t, c, message_name((uint8_t)m->type));
	else
		actions[session_action(c->state, e)](&t, c, m);
	settle(&t);
}

void relay_violation(struct relay *r, uint64_t conn, int64_t now,
		     struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c = registry_conn(r, conn);

	if (is_line(conn))
		trunk_violation(&t, conn);
	else if (c)
		violation(&t, c, "frame");
	settle(&t);
}

void relay_flooded(struct relay *r, uint64_t conn, int64_t now,
		   struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c = registry_conn(r, conn);

	if (!c || c->state == SESSION_GOING)
		return;
	abuse_note(&r->abuse, ABUSE_FLOOD, c->account ? "id" : "from",
		   c->account ? c->account->facts.id : c->origin->address.text,
		   now, out);
	admission_go(&t, c, REASON_TOO_MANY, r->limits.denied_retry_ms);
	settle(&t);
}

void relay_stalled(struct relay *r, uint64_t conn, int64_t now,
		   struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c = registry_conn(r, conn);
	struct registry_leg *leg = NULL;

	if (is_line(conn))
		leg = trunk_leg(r, conn);
	else if (c && c->call)
		leg = leg_of(c);
	if (leg && leg->call->connected) {
		abuse_note(&r->abuse, ABUSE_STALLED, "id", leg_id(leg), now,
			   out);
		pairing_stall(&t, leg);
	}
	settle(&t);
}

void relay_closed(struct relay *r, uint64_t conn, int64_t now,
		  struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c = registry_conn(r, conn);
	struct registry_account *a;

	if (is_line(conn)) {
		trunk_closed(&t, conn);
		settle(&t);
	}
	if (!c)
		return;
	a = c->account;
	if (a && c->state != SESSION_GOING)
		effects_note(out, LOG_INFO, "conn=%llu id=%s event=lost",
			     (unsigned long long)conn, a->facts.id);
	admission_leave(&t, c, REASON_PEER_LOST);
	registry_conn_drop(r, c);
	if (a)
		admission_admit_waiting(&t, a);
	settle(&t);
}

void relay_login(struct relay *r, uint64_t conn, enum relay_login result,
		 struct span sasl, const char *user, int64_t now,
		 struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c = registry_conn(r, conn);

	if (is_line(conn)) {
		trunk_login(&t, conn, result, sasl);
		settle(&t);
	}
	if (!c || c->state != SESSION_AUTH)
		return;
	if (result == RELAY_LOGIN_MORE)
		effects_send(out, conn,
			     &(struct message){ .type = MESSAGE_AUTH,
						.auth = { .sasl = sasl } });
	else if (result == RELAY_LOGIN_OK)
		admission_prove(&t, c, user, sasl);
	else if (result == RELAY_LOGIN_UNABLE)
		admission_go(&t, c, REASON_FAILED, r->limits.denied_retry_ms);
	else
		admission_deny(&t, c, user);
	settle(&t);
}

/* --- what the database says --- */

void relay_found(struct relay *r, uint64_t call,
		 const struct relay_place *place, uint16_t reason, int64_t now,
		 struct effects *out)
{
	struct turn t = begin(r, now, out);

	for (struct list *l = r->finding.next; l != &r->finding; l = l->next) {
		struct registry_call *c =
			list_entry(l, struct registry_call, finding);

		if (c->number != call)
			continue;
		pairing_found(&t, c, place, reason);
		break;
	}
	settle(&t);
}

void relay_listed(struct relay *r, uint64_t conn, uint32_t request,
		  const struct relay_place *places, size_t n, bool more,
		  struct effects *out)
{
	struct turn t = begin(r, 0, out);
	struct registry_conn *c = registry_conn(r, conn);

	if (c && c->account && c->state != SESSION_GOING)
		presence_listed(&t, c, request, places, n, more);
}

void relay_unlisted(struct relay *r, uint64_t conn, uint32_t request,
		    const char *after, struct effects *out)
{
	struct turn t = begin(r, 0, out);
	struct registry_conn *c = registry_conn(r, conn);

	if (c && c->account && c->state != SESSION_GOING)
		presence_list_known(&t, c, request, after);
}

/* --- time --- */

static struct registry_due *first_due(const struct relay *r,
				      enum registry_wait wait)
{
	if (list_empty(&r->waits[wait]))
		return NULL;
	return list_entry(r->waits[wait].next, struct registry_due, link);
}

int64_t relay_deadline(const struct relay *r)
{
	int64_t at = trunk_deadline(r);
	int64_t late = presence_deadline(r);

	if (late < at)
		at = late;
	if (r->directory && r->directory_ms < at)
		at = r->directory_ms;
	if (r->hold_ms > 0 && r->hold_ms < at)
		at = r->hold_ms;
	if (r->changes_ms > 0 && r->changes_ms < at)
		at = r->changes_ms;

	for (enum registry_wait w = 0; w < REGISTRY_WAITS; w++) {
		const struct registry_due *d = first_due(r, w);

		if (d && d->at_ms < at)
			at = d->at_ms;
	}
	return at;
}

static void expire(struct turn *t, const struct registry_due *d,
		   enum registry_wait wait)
{
	struct registry_conn *c = d->conn;

	switch (wait) {
	case REGISTRY_LOGIN:
		abuse_note(&t->r->abuse, ABUSE_LATE, "from",
			   c->origin->address.text, t->now, t->out);
		admission_go(t, c, REASON_DONE, 0);
		break;
	case REGISTRY_PLACE:
		admission_no_place(t, c);
		break;
	case REGISTRY_RING:
		pairing_rang_out(t, c->call);
		break;
	case REGISTRY_FAR:
		pairing_rang_out(t, d->call);
		break;
	case REGISTRY_RELEASE:
		violation(t, c, "no-release");
		break;
	case REGISTRY_PING:
		admission_silent(t, c);
		break;
	case REGISTRY_WAITS:
		abort();
	}
}

void relay_tick(struct relay *r, int64_t now, struct effects *out)
{
	/* Silent connections first: their going may admit one that waits. */
	static const enum registry_wait order[] = {
		REGISTRY_PING, REGISTRY_PLACE,	 REGISTRY_LOGIN,
		REGISTRY_RING, REGISTRY_RELEASE, REGISTRY_FAR,
	};
	struct turn t = begin(r, now, out);

	for (int i = 0; i < REGISTRY_WAITS; i++) {
		struct registry_due *d;

		while ((d = first_due(r, order[i])) && d->at_ms <= now) {
			list_remove(&d->link);
			expire(&t, d, order[i]);
		}
	}
	trunk_tick(&t);
	presence_tick(&t);
	if (r->hold_ms > 0 && r->hold_ms <= now) {
		r->hold_ms = 0;
		directory_release(r->directory, out);
	}
	if (r->directory && r->directory_ms <= now) {
		r->directory_ms = now + DIRECTORY_TICK_MS;
		directory_tick(r->directory, out);
	}
	settle(&t);
}

void relay_drain(struct relay *r, const char *elsewhere, uint32_t spread_ms,
		 int64_t now, struct effects *out)
{
	struct turn t = begin(r, now, out);
	struct registry_conn *c, *next;

	r->draining = true;
	HASH_ITER (hh, r->conns, c, next) {
		/* Fibonacci hashing: numbers in a row come far apart. */
		uint64_t mixed = c->number * 0x9e3779b97f4a7c15;
		uint32_t wait =
			spread_ms ? (uint32_t)((mixed >> 32) % spread_ms) : 0;

		if (c->state != SESSION_IDLE && c->state != SESSION_WAITING &&
		    c->account)
			continue;
		admission_send_away(&t, c, REASON_DRAINING, wait, elsewhere);
	}
	settle(&t);
}

bool relay_drained(const struct relay *r)
{
	return list_empty(&r->calls);
}
