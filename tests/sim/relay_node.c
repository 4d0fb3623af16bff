/* SPDX-License-Identifier: Apache-2.0 */
#include "relay_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "talk.h"
#include "terminal_node.h"
#include "worker.h"

enum {
	LEAVE_MS = 500, /* as in src/relay/control.c */
	SPREAD_MS = 5000,
	CALLS_A_LIFE = 1000000,
};

static const int64_t since_1970_ms = 1700000000000;

/* Control's view: until it has heard of the closing. */
static struct guest *known(struct relay_node *r, uint64_t number)
{
	for (size_t i = 0; i < r->guest_count; i++)
		if (r->guests[i]->number == number)
			return r->guests[i];
	return NULL;
}

static struct guest *of_link(struct relay_node *r, const struct net_link *l)
{
	for (size_t i = 0; i < r->guest_count; i++)
		if (r->guests[i]->link == l)
			return r->guests[i];
	return NULL;
}

/* --- effects --- */

static void order_tagged(struct relay_node *r, enum worker_order kind,
			 const struct effect *e, uint64_t tag)
{
	struct world *w = r->world;
	struct mail m = { .kind = (int)kind,
			  .conn = e->conn,
			  .peer = e->peer,
			  .tag = tag,
			  .len = e->length };

	if (r->node->dying)
		return;
	mail_post(&r->orders,
		  w->now_us + world_between(w, DICE_MAIL, 0, w->mail_us), &m,
		  effects_bytes(&r->effects, e));
}

static void order(struct relay_node *r, enum worker_order kind,
		  const struct effect *e)
{
	order_tagged(r, kind, e, 0);
}

static struct message decode(const uint8_t *bytes, size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) != FRAME_DONE ||
	    message_decode(&m, &f) != MESSAGE_OK)
		abort();
	return m;
}

static void send(struct relay_node *r, const struct effect *e)
{
	struct message m = decode(effects_bytes(&r->effects, e), e->length);
	struct guest *g = known(r, e->conn);
	char text[200];

	message_print(&m, text, sizeof(text));
	world_trace(r->world, r->node, "  to %llu: %s",
		    (unsigned long long)e->conn, text);
	talk_relay_says(r->world, g, &m);
	r->news += m.type == MESSAGE_NEWS && m.news.entries.len > 0;
	order_tagged(r, WORKER_SEND, e, chain_said(r, e->conn, &m));
}

/* --- connections --- */

static struct guest *add_guest(struct relay_node *r, uint64_t number,
			       struct net_link *l, enum net_end end)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (!g)
		abort();
	g->number = number;
	g->end = end;
	g->link = l;
	r->guests[r->guest_count++] = g;
	worker_arrived(r, g);
	return g;
}

static void dial(struct relay_node *r, uint64_t conn)
{
	struct world *w = r->world;
	const struct node *to =
		&w->nodes[r->settings.peers[relay_line_peer(conn)].node];

	if (r->node->dying)
		return;
	if (r->guest_count == RELAY_GUESTS_MAX) {
		relay_closed(r->relay, conn, world_now(w), &r->effects);
		return;
	}
	world_trace(w, r->node, "dials %llx to %s", (unsigned long long)conn,
		    to->name);
	(void)add_guest(r, conn, world_dial(w, r->node, conn, to), NET_DIALLER);
}

/* Two steps and the other relay's last word. */
static void go_on_with_login(struct relay_node *r, uint64_t conn)
{
	struct guest *g = known(r, conn);

	if (g)
		relay_login(r->relay, conn,
			    g->login_steps++ < 2 ? RELAY_LOGIN_MORE
						 : RELAY_LOGIN_OK,
			    span_of("word"), "", world_now(r->world),
			    &r->effects);
}

/* Two steps, as SCRAM has; the name is believed. */
static void check_login(struct relay_node *r, const struct effect *e)
{
	uint8_t frame[FRAME_MAX];
	struct guest *g = known(r, e->conn);
	struct message m;

	memcpy(frame, effects_bytes(&r->effects, e), e->length);
	m = decode(frame, e->length);
	if (!g)
		return;
	if (g->login_steps == 0)
		(void)span_copy(m.auth.user, g->user, sizeof(g->user));
	relay_login(r->relay, e->conn,
		    g->login_steps++ ? RELAY_LOGIN_OK : RELAY_LOGIN_MORE,
		    span_of("word"), g->user, world_now(r->world), &r->effects);
}

static void carry_out(struct relay_node *r, size_t i)
{
	const struct effect e = r->effects.items[i];
	struct effect patient;

	switch (e.kind) {
	case EFFECT_SEND:
		send(r, &e);
		break;
	case EFFECT_CLOSE:
		order(r, WORKER_CLOSE, &e);
		break;
	case EFFECT_JOIN:
		order(r, WORKER_JOIN, &e);
		break;
	case EFFECT_DISCARD:
		order(r, WORKER_DISCARD, &e);
		break;
	case EFFECT_FORBID:
		order(r, WORKER_FORBID, &e);
		break;
	case EFFECT_PATIENCE:
		patient = e;
		patient.peer = (uint64_t)e.wait_ms;
		order(r, WORKER_PATIENCE, &patient);
		break;
	case EFFECT_LOGIN:
		if (e.conn >= RELAY_LINES_FROM)
			go_on_with_login(r, e.conn);
		else
			check_login(r, &e);
		break;
	case EFFECT_DIAL:
		dial(r, e.conn);
		break;
	case EFFECT_RECORD:
	case EFFECT_TRUST:
		break;
	case EFFECT_NOTE:
		talk_relay_notes(r->world,
				 (const char *)effects_bytes(&r->effects, &e));
		break;
	case EFFECT_RING:
	case EFFECT_TALK:
	case EFFECT_OVER:
	case EFFECT_ONLINE:
	case EFFECT_OFFLINE:
	case EFFECT_LISTING:
	case EFFECT_PRESENCE:
	case EFFECT_PLACE:
	case EFFECT_FIND:
	case EFFECT_LIST:
	case EFFECT_STATE:
	case EFFECT_KINDS:
		world_fail(r->world, "effect %d is not a relay's", e.kind);
	}
}

static void settle(struct relay_node *r)
{
	for (size_t i = 0; i < r->effects.count && !r->world->failed; i++) {
		if (i > WORLD_SPIN_MAX)
			world_fail(r->world, "%s: effects without end",
				   r->node->name);
		carry_out(r, i);
	}
	if (r->effects.out_of_memory)
		abort();
	effects_clear(&r->effects);
	if (r->draining && relay_drained(r->relay) &&
	    r->leave_ms > world_now(r->world) + LEAVE_MS)
		r->leave_ms = world_now(r->world) + LEAVE_MS;
}

/* --- what the worker tells --- */

static void take_frame(struct relay_node *r, const struct mail *m)
{
	struct message message = decode(m->bytes, m->len);
	struct guest *g = known(r, m->conn);
	char text[200];

	message_print(&message, text, sizeof(text));
	world_trace(r->world, r->node, "from %llu: %s",
		    (unsigned long long)m->conn, text);
	talk_relay_hears(r, g, &message);
	relay_message(r->relay, m->conn, &message, world_now(r->world),
		      &r->effects);
	chain_heard(r, g, &message, m->tag);
	if (message.type == MESSAGE_END)
		world_trapped(r->world, r->node, TRAP_ENDING);
}

static void forget(struct relay_node *r, uint64_t conn)
{
	for (size_t i = 0; i < r->guest_count; i++) {
		if (r->guests[i]->number != conn)
			continue;
		free(r->guests[i]);
		r->guests[i] = r->guests[--r->guest_count];
		return;
	}
}

static void on_event(struct relay_node *r, const struct mail *m)
{
	int64_t now = world_now(r->world);

	switch ((enum worker_event)m->kind) {
	case WORKER_OPENED:
		relay_opened(r->relay, m->conn, now, &r->effects);
		break;
	case WORKER_FRAME:
		take_frame(r, m);
		break;
	case WORKER_STALLED:
		r->world->seen[SEEN_STALL]++;
		relay_stalled(r->relay, m->conn, now, &r->effects);
		break;
	case WORKER_CLOSED:
		world_trace(r->world, r->node, "%llu closed",
			    (unsigned long long)m->conn);
		relay_closed(r->relay, m->conn, now, &r->effects);
		forget(r, m->conn);
		break;
	}
	settle(r);
}

/* --- from the network --- */

bool relay_node_arrived(struct relay_node *r, struct net_link *l)
{
	/* One address a terminal. */
	struct relay_address from = {
		.bytes = { 10, (uint8_t)l->sides[NET_DIALLER].node }
	};

	/* A drained relay does not listen. */
	if (r->draining || r->guest_count == RELAY_GUESTS_MAX)
		return false;
	if (relay_arrived(r->relay, r->next_conn + 1, &from,
			  world_now(r->world), &r->effects) != OK)
		return false;
	l->sides[NET_LISTENER].number = ++r->next_conn;
	world_trace(r->world, r->node, "%llu arrives from %s",
		    (unsigned long long)r->next_conn,
		    r->world->nodes[l->sides[NET_DIALLER].node].name);
	(void)add_guest(r, r->next_conn, l, NET_LISTENER);
	settle(r);
	return true;
}

void relay_node_opened(struct relay_node *r, struct net_link *l)
{
	worker_opened(r, of_link(r, l));
}

void relay_node_frame(struct relay_node *r, struct net_link *l,
		      const uint8_t *bytes, size_t len, uint64_t tag)
{
	worker_frame(r, of_link(r, l), bytes, len, tag);
}

void relay_node_drained(struct relay_node *r, struct net_link *l)
{
	worker_drained(r, of_link(r, l));
}

void relay_node_closed(struct relay_node *r, struct net_link *l)
{
	struct guest *g = of_link(r, l);

	if (g) /* else it was turned away */
		worker_closed(r, g);
}

/* --- time --- */

int64_t relay_node_next(const struct relay_node *r)
{
	int64_t ms = relay_deadline(r->relay);
	int64_t at;

	if (worker_next(r) < ms)
		ms = worker_next(r);
	if (r->leave_ms < ms)
		ms = r->leave_ms;
	at = ms == INT64_MAX ? ms : ms * 1000;
	if (mail_next(&r->orders) < at)
		at = mail_next(&r->orders);
	return mail_next(&r->events) < at ? mail_next(&r->events) : at;
}

void relay_node_step(struct relay_node *r)
{
	struct world *w = r->world;
	int64_t now = world_now(w);
	struct mail *m = NULL;

	if (r->leave_ms <= now) {
		world_crash(w, r->node);
	} else if (mail_next(&r->orders) <= w->now_us) {
		m = mail_take(&r->orders);
		worker_order(r, m);
	} else if (mail_next(&r->events) <= w->now_us) {
		m = mail_take(&r->events);
		on_event(r, m);
	} else if (worker_next(r) <= now) {
		worker_tick(r);
	} else {
		relay_tick(r->relay, now, &r->effects);
		settle(r);
		if (relay_deadline(r->relay) <= now)
			world_fail(w,
				   "%s: the next deadline is not in the "
				   "future",
				   r->node->name);
	}
	free(m);
}

/* --- beginning and end --- */

static void set_account(struct relay_node *r, enum relay_kind kind,
			const char *id, const char *number, bool enabled)
{
	struct relay_account a = { .kind = kind,
				   .enabled = enabled,
				   .connections_max = 64,
				   .places_max = 1,
				   .numbers = number };

	memcpy(a.id, id, strlen(id) + 1);
	relay_account_set(r->relay, &a, world_now(r->world), &r->effects);
}

void relay_node_account(struct relay_node *r, const struct terminal_node *t)
{
	if (!r->relay)
		return;
	set_account(r, RELAY_TERMINAL, t->settings.account, t->settings.number,
		    !t->disabled);
	settle(r);
}

static bool dials(const struct relay_node *r, int node)
{
	for (size_t i = 0; i < r->settings.peer_count; i++)
		if (r->settings.peers[i].node == node)
			return true;
	return false;
}

static void set_accounts(struct relay_node *r)
{
	struct world *w = r->world;
	int self = world_index(w, r->node);

	for (int i = 0; i < w->node_count; i++) {
		const struct node *n = &w->nodes[i];

		if (n->terminal && terminal_node_known_at(n->terminal, self))
			set_account(r, RELAY_TERMINAL,
				    n->terminal->settings.account,
				    n->terminal->settings.number,
				    !n->terminal->disabled);
		else if (n->relay && dials(n->relay, self))
			set_account(r, RELAY_RELAY, n->name, NULL, true);
	}
}

static void join_network(struct relay_node *r)
{
	struct world *w = r->world;
	int64_t now = world_now(w);

	if (r->settings.named &&
	    relay_name(r->relay, r->node->name, "",
		       now + since_1970_ms + r->settings.clock_ms, now) != OK)
		abort();
}

static void dial_peers(struct relay_node *r)
{
	struct world *w = r->world;

	for (size_t i = 0; i < r->settings.peer_count; i++) {
		const struct relay_dialled *d = &r->settings.peers[i];
		struct relay_peer p = { .user = r->node->name,
					.spares = d->spares,
					.lines_max = d->lines,
					.seed = world_dice(w, DICE_QUEUE,
							   1 << 30) };

		snprintf(p.name, sizeof(p.name), "%s", w->nodes[d->node].name);
		memset(p.place, world_index(w, r->node), sizeof(p.place));
		if (relay_peer_add(r->relay, &p, world_now(w), &r->effects) !=
		    OK)
			abort();
	}
}

void relay_node_start(struct relay_node *r)
{
	static const uint8_t key[16] = "fedcba987654321";
	struct relay_limits limits = relay_limits_default;

	limits.keepalive_ms = r->settings.keepalive_ms;
	limits.keepalive_min_ms = limits.keepalive_ms / 6;
	limits.keepalive_max_ms = 4 * limits.keepalive_ms;
	limits.ring_ms = r->settings.ring_ms;
	if (limits.ping_ms > limits.keepalive_ms)
		limits.ping_ms = limits.keepalive_ms;
	r->first_call += CALLS_A_LIFE;
	r->draining = false;
	r->leave_ms = INT64_MAX;
	r->relay = relay_new(&limits, key, r->first_call);
	if (!r->relay)
		abort();
	join_network(r);
	set_accounts(r);
	dial_peers(r);
	settle(r);
}

void relay_node_stop(struct relay_node *r)
{
	relay_free(r->relay);
	r->relay = NULL;
	effects_clear(&r->effects);
	mail_drop(&r->orders);
	mail_drop(&r->events);
	while (r->guest_count > 0)
		free(r->guests[--r->guest_count]);
}

void relay_node_heal(struct relay_node *r)
{
	if (!r->draining)
		return;
	world_crash(r->world, r->node);
	world_start(r->world, r->node);
}

void relay_node_drain(struct relay_node *r)
{
	if (!r->relay || r->draining)
		return;
	r->draining = true;
	r->leave_ms = world_now(r->world) + r->settings.drain_ms + LEAVE_MS;
	relay_drain(r->relay, "", SPREAD_MS, world_now(r->world), &r->effects);
	settle(r);
}

bool relay_node_peer(struct relay_node *r, struct relay_node *to,
		     uint32_t spares, uint32_t lines)
{
	if (r->settings.peer_count == RELAY_PEERS_MAX)
		return false;
	r->settings.named = to->settings.named = true;
	r->settings.peers[r->settings.peer_count++] =
		(struct relay_dialled){ .node = world_index(r->world, to->node),
					.spares = spares,
					.lines = lines };
	return true;
}

struct relay_node *relay_node_new(struct world *w, struct node *n,
				  const struct relay_settings *settings)
{
	struct relay_node *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->world = w;
	r->node = n;
	r->settings = *settings;
	/* No two relays number calls alike. */
	r->first_call = (uint64_t)(world_index(w, n) + 1) << 32;
	effects_init(&r->effects);
	return r;
}

void relay_node_free(struct relay_node *r)
{
	if (!r)
		return;
	relay_node_stop(r);
	effects_fini(&r->effects);
	free(r);
}
