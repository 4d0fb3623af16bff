/* SPDX-License-Identifier: Apache-2.0 */
#include "legs.h"

#include "core/leg.h"

/* --- calls --- */

static void disagree(struct world *w, const struct registry_call *call)
{
	world_fail(w, "call %llx and its sides disagree",
		   (unsigned long long)call->number);
}

static bool is_conn_leg(const struct registry_leg *leg,
			enum session_state state)
{
	return !leg->peer && leg->line == 0 && leg->conn->call == leg->call &&
	       leg->conn->state == state;
}

/* On a line of ours; of a callee it may still wait for one. */
static bool is_line_leg(const struct registry_leg *leg, bool on_conn)
{
	const struct registry_leg *found = NULL;

	if (!leg->peer->trunk || !list_empty(&leg->queued))
		return false;
	HASH_FIND(hh, leg->peer->legs, &leg->line, sizeof(leg->line), found);
	return found == leg && (leg_number(leg) != 0 || !on_conn);
}

/* In the queue for a connection that the other relay is to make. */
static bool is_queued_leg(const struct registry_leg *leg)
{
	return leg->peer && !list_empty(&leg->queued) &&
	       !list_empty(&leg->peer->lacking);
}

static void check_leg(struct world *w, const struct registry_call *call,
		      const struct registry_leg *leg, enum session_state state)
{
	bool callee = leg == &call->callee;
	bool good;

	if (leg->conn)
		good = is_conn_leg(leg, state);
	else if (leg->line)
		good = is_line_leg(leg, !callee || call->connected);
	else
		good = callee && !call->connected && is_queued_leg(leg);
	if (!good || leg->call != call)
		disagree(w, call);
	if (call->connected && leg->joined != leg_number(leg))
		disagree(w, call);
}

static void check_call(struct world *w, const struct registry_call *call)
{
	check_leg(w, call, &call->caller,
		  call->connected ? SESSION_CALL : SESSION_CALLING);
	check_leg(w, call, &call->callee,
		  call->connected ? SESSION_CALL : SESSION_OFFERED);
	if (call->connected && call->caller.joined == call->callee.joined)
		disagree(w, call);
}

/* Each line that is in a call is a side of one; each call that waits, too. */
static void check_peer(struct world *w, const struct relay *r,
		       const struct registry_peer *p)
{
	unsigned lines = 0, standing = 0, waiting = 0, queued = 0;

	for (const struct list *l = r->calls.next; l != &r->calls;
	     l = l->next) {
		const struct registry_call *call =
			list_const_entry(l, struct registry_call, link);
		const struct registry_leg *legs[] = { &call->caller,
						      &call->callee };

		for (int i = 0; i < 2; i++) {
			bool on_line = legs[i]->peer == p && legs[i]->line != 0;

			lines += on_line;
			standing += on_line && call->connected;
			waiting += legs[i]->peer == p && legs[i]->line == 0;
		}
	}
	for (const struct list *l = p->waiting.next; l != &p->waiting;
	     l = l->next)
		queued++;
	if (HASH_COUNT(p->legs) != lines || waiting != queued)
		world_fail(w, "%s: a line to %s is in no call", r->name,
			   p->name);
	if (p->trunk && client_counts(p->trunk).calls != standing)
		world_fail(w, "%s: %u lines to %s are in %u calls", r->name,
			   client_counts(p->trunk).calls, p->name, standing);
}

static bool in_call(enum session_state s)
{
	return s == SESSION_CALLING || s == SESSION_OFFERED ||
	       s == SESSION_CALL;
}

static void check_conns(struct world *w, const struct relay *r)
{
	unsigned conns = 0, idle = 0, strangers = 0;

	for (const struct registry_conn *c = r->conns; c; c = c->hh.next) {
		conns++;
		idle += c->state == SESSION_IDLE;
		strangers += c->origin != NULL;
		if (in_call(c->state) != (c->call != NULL))
			world_fail(w, "connection %llu is %s, its call is not",
				   (unsigned long long)c->number,
				   session_state_name(c->state));
	}
	if (conns != r->counts.connections || idle != r->counts.idle ||
	    strangers != r->counts.strangers)
		world_fail(w, "the relay has lost count");
}

static void check_registry(struct world *w, const struct relay *r)
{
	unsigned calls = 0;

	check_conns(w, r);
	for (const struct list *l = r->calls.next; l != &r->calls;
	     l = l->next) {
		const struct registry_call *call =
			list_const_entry(l, struct registry_call, link);

		calls += call->connected;
		check_call(w, call);
	}
	if (calls != r->counts.calls)
		world_fail(w, "the relay has lost count of its calls");
	for (const struct registry_peer *p = r->peers; p; p = p->hh.next)
		check_peer(w, r, p);
}

/* --- the worker --- */

/* What the worker joins, both ends know; nobody is joined to what is gone. */
static void check_joins(struct world *w, const struct relay_node *r)
{
	for (size_t i = 0; i < r->guest_count; i++) {
		const struct guest *g = r->guests[i];
		const struct guest *peer = g->peer;

		if (peer && (!peer->link || peer == g))
			world_fail(w,
				   "connection %llu is joined to one that "
				   "is gone",
				   (unsigned long long)g->number);
		else if (peer && peer->peer != g)
			world_fail(w,
				   "connection %llu is joined to %llu, "
				   "which is not joined to it",
				   (unsigned long long)g->number,
				   (unsigned long long)peer->number);
	}
}

/* The connection that its call, if it stands, joins it to; 0: none. */
static uint64_t other_of(const struct relay *r, uint64_t number)
{
	for (const struct list *l = r->calls.next; l != &r->calls;
	     l = l->next) {
		const struct registry_call *call =
			list_const_entry(l, struct registry_call, link);

		if (call->connected && call->caller.joined == number)
			return call->callee.joined;
		if (call->connected && call->callee.joined == number)
			return call->caller.joined;
	}
	return 0;
}

static bool follows_rule(const struct guest *g, const struct registry_conn *c)
{
	if (!c) /* a line of ours */
		return g->rule != GUEST_FORBIDDEN;
	if (c->state == SESSION_CLEARING)
		return g->rule != GUEST_JOINED;
	return c->state != SESSION_IDLE || g->rule == GUEST_FORBIDDEN;
}

static void check_guest(struct world *w, const struct relay_node *r,
			const struct guest *g)
{
	const struct registry_conn *c = registry_conn(r->relay, g->number);
	uint64_t is = g->peer ? g->peer->number : 0;

	if (!c && g->end == NET_LISTENER)
		world_fail(w, "connection %llu is leaked",
			   (unsigned long long)g->number);
	if (is != other_of(r->relay, g->number))
		world_fail(w,
			   "connection %llu is joined otherwise than "
			   "control thinks",
			   (unsigned long long)g->number);
	if (!follows_rule(g, c))
		world_fail(w, "DATA of connection %llu goes wrong ways",
			   (unsigned long long)g->number);
}

static unsigned count_lines(const struct relay *r)
{
	unsigned lines = 0;

	for (uint32_t i = 0; i < r->dialled_count; i++)
		lines += client_counts(r->dialled[i]->link).lines +
			 client_counts(r->dialled[i]->trunk).lines;
	return lines;
}

/* Once no letter is under way, control and worker agree. */
static void check_agreement(struct world *w, const struct relay_node *r)
{
	unsigned lines = 0;

	if (r->orders.head || r->events.head)
		return;
	for (size_t i = 0; i < r->guest_count; i++) {
		check_guest(w, r, r->guests[i]);
		lines += r->guests[i]->end == NET_DIALLER;
	}
	if (lines != count_lines(r->relay))
		world_fail(w, "%s: %u connections are %u lines", r->node->name,
			   lines, count_lines(r->relay));
}

void legs_check(struct world *w, const struct relay_node *r)
{
	check_registry(w, r->relay);
	check_joins(w, r);
	check_agreement(w, r);
}
