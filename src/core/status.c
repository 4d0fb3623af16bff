/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What core/relay.h shows of a relay: counts, terminals, calls, other relays.
 * It changes nothing.
 */
#include <string.h>

#include "core/directory.h"
#include "core/peer.h"

struct relay_counts relay_counts(const struct relay *r)
{
	struct relay_counts n = r->counts;

	memcpy(n.abuse, r->abuse.total, sizeof(n.abuse));
	return n;
}

static struct relay_terminal describe(const struct registry_account *a)
{
	struct relay_terminal d = { .id = a->facts.id,
				    .connections = a->up,
				    .since_ms = a->since_ms };

	for (const struct list *l = a->connections.next; l != &a->connections;
	     l = l->next) {
		const struct registry_conn *c =
			list_const_entry(l, struct registry_conn, of_account);

		d.idle += c->state == SESSION_IDLE;
		d.ringing += c->state == SESSION_CALLING ||
			     c->state == SESSION_OFFERED;
		d.in_call += c->state == SESSION_CALL ||
			     c->state == SESSION_CLEARING;
	}
	return d;
}

void relay_each_terminal(const struct relay *r,
			 void (*each)(void *owner,
				      const struct relay_terminal *t),
			 void *owner)
{
	for (const struct registry_account *a = r->accounts; a;
	     a = a->hh.next) {
		struct relay_terminal d;

		if (a->up == 0)
			continue;
		d = describe(a);
		each(owner, &d);
	}
}

void relay_each_call(const struct relay *r,
		     void (*each)(void *owner, const struct relay_call *c),
		     void *owner)
{
	for (const struct list *l = r->calls.next; l != &r->calls;
	     l = l->next) {
		const struct registry_call *call =
			list_const_entry(l, struct registry_call, link);
		struct relay_call c = { .call = call->number,
					.caller = call->record.caller,
					.callee = call->record.callee,
					.connected = call->connected,
					.began_ms = call->record.began_ms };

		each(owner, &c);
	}
}

/* --- other relays --- */

static void count_served(const struct registry_account *a,
			 struct relay_neighbour *n)
{
	for (const struct list *l = a->connections.next; l != &a->connections;
	     l = l->next) {
		const struct registry_conn *c =
			list_const_entry(l, struct registry_conn, of_account);

		n->trunks += c->state >= SESSION_IDLE &&
			     c->state <= SESSION_CLEARING;
		n->idle += c->state == SESSION_IDLE;
		n->calls += c->state == SESSION_CALL;
	}
}

static void count_dialled(const struct registry_peer *p,
			  struct relay_neighbour *n)
{
	struct client_counts trunk = client_counts(p->trunk);

	n->dialled = true;
	n->trunks += trunk.up;
	n->idle += trunk.idle;
	n->calls += trunk.calls;
	n->denied = client_counts(p->link).denied;
}

void relay_each_neighbour(const struct relay *r,
			  void (*each)(void *owner,
				       const struct relay_neighbour *n),
			  void *owner)
{
	for (const struct registry_peer *p = r->peers; p; p = p->hh.next) {
		struct relay_neighbour n = { .name = p->name,
					     .linked =
						     p->links[0] || p->links[1],
					     .waiting = peer_waiting(p) };

		if (p->link)
			count_dialled(p, &n);
		if (p->account)
			count_served(p->account, &n);
		each(owner, &n);
	}
}

void relay_each_known(const struct relay *r,
		      void (*each)(void *owner, const struct relay_known *k),
		      void *owner)
{
	struct directory_relay d;
	const char *name = "";

	while (r->directory && directory_relay_after(r->directory, name, &d)) {
		struct relay_known k = { .name = d.name,
					 .via = d.hop ? d.via : NULL,
					 .distance = d.distance,
					 .terminals = d.terminals,
					 .complete = d.complete };

		each(owner, &k);
		name = d.name;
	}
}
