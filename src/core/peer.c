/* SPDX-License-Identifier: Apache-2.0 */
#include "core/peer.h"

#include <stdlib.h>
#include <string.h>

#include "core/directory.h"
#include "core/leg.h"
#include "core/trunk.h"

/* So long the first news may take, from relay to relay. */
enum { NEWS_MS = 10000 };

/* --- which relay --- */

struct registry_peer *peer_find(struct relay *r, struct span name)
{
	struct registry_peer *p;

	HASH_FIND(hh, r->peers, name.at, name.len, p);
	return p;
}

/* Names come from the relay's own administrator: no stranger chooses them. */
struct registry_peer *peer_make(struct relay *r, const char *name)
{
	struct registry_peer *p = peer_find(r, span_of(name));

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p || !span_copy(span_of(name), p->name, sizeof(p->name))) {
		free(p);
		return NULL;
	}
	effects_init(&p->box);
	list_init(&p->waiting);
	list_init(&p->lacking);
	HASH_ADD_KEYPTR(hh, r->peers, p->name, strlen(p->name), p);
	return p;
}

struct registry_peer *peer_of_account(struct relay *r,
				      struct registry_account *a)
{
	struct registry_peer *p = a->peer ? a->peer : peer_make(r, a->facts.id);

	a->peer = p;
	if (p)
		p->account = a;
	return p;
}

void peer_account_gone(struct registry_account *a)
{
	if (a->peer)
		a->peer->account = NULL;
	a->peer = NULL;
}

void peer_free_all(struct relay *r)
{
	struct registry_peer *p, *next;

	HASH_ITER (hh, r->peers, p, next) {
		HASH_DEL(r->peers, p);
		client_free(p->link);
		client_free(p->trunk);
		effects_fini(&p->box);
		free(p);
	}
	free(r->dialled);
}

/* --- a call to it --- */

static struct registry_conn *idle_of(const struct registry_peer *p)
{
	struct registry_account *a = p->account;

	if (!a || a->leaving || list_empty(&a->idle))
		return NULL;
	return list_entry(a->idle.next, struct registry_conn, idle);
}

bool peer_is_up(const struct registry_peer *p)
{
	return p->trunk_up || (p->account && p->account->up > 0);
}

/* The other side will make connections: it is asked to over the link. */
static void queue(struct turn *t, struct registry_call *call,
		  struct registry_peer *p)
{
	call->callee.peer = p;
	list_append(&p->waiting, &call->callee.queued);
	if (list_empty(&p->lacking))
		list_append(&t->r->lacking, &p->lacking);
}

void peer_queue_leave(struct registry_leg *leg)
{
	list_remove(&leg->queued);
}

bool peer_place(struct turn *t, struct registry_call *call,
		struct registry_peer *p)
{
	struct registry_conn *idle = idle_of(p);

	if (!peer_is_up(p))
		return false;
	call->callee.call = call;
	registry_await_far(t, call);
	if (p->trunk_up)
		trunk_place(t, p, call);
	else if (idle)
		leg_offer(t, &call->callee, idle);
	else
		queue(t, call, p);
	return true;
}

uint32_t peer_waiting(const struct registry_peer *p)
{
	uint32_t n = 0;

	for (const struct list *l = p->waiting.next; l != &p->waiting;
	     l = l->next)
		n++;
	return n;
}

static void say_need(struct turn *t, struct registry_peer *p, uint32_t count)
{
	uint64_t link = p->links[1]; /* the other side dials */

	if (count == p->needed || !link)
		return;
	p->needed = count;
	effects_send(t->out, link,
		     &(struct message){ .type = MESSAGE_NEED,
					.need = { .count = count } });
}

void peer_serve(struct turn *t)
{
	struct list *next;

	for (struct list *l = t->r->lacking.next; l != &t->r->lacking;
	     l = next) {
		struct registry_peer *p =
			list_entry(l, struct registry_peer, lacking);
		struct registry_conn *c;

		next = l->next;
		while (!list_empty(&p->waiting) && (c = idle_of(p))) {
			struct registry_leg *leg = list_entry(
				p->waiting.next, struct registry_leg, queued);

			peer_queue_leave(leg);
			leg->peer = NULL;
			leg_offer(t, leg, c);
		}
		say_need(t, p, peer_waiting(p));
		if (list_empty(&p->waiting))
			list_remove(&p->lacking);
	}
}

void peer_say_via(const struct relay *r, const struct registry_call *call,
		  uint8_t *path, struct message_via *via)
{
	const struct registry_caller *who = &call->who;
	size_t len = path_append((struct span){ who->path, who->path_length },
				 span_of(r->name), path);

	*via = (struct message_via){
		.home = span_of(*who->home ? who->home : r->name),
		.path = { path, len },
		.groups = span_of(who->groups),
	};
}

/* --- the link --- */

/* Itself has told of itself, whichever way. */
static bool is_known(const struct relay *r, const struct registry_peer *p)
{
	bool ours = p->link || (p->account && p->account->facts.enabled);
	struct directory_relay known;

	return !ours || directory_relay(r->directory, p->name, &known);
}

bool peer_all_told(const struct relay *r, int64_t now)
{
	struct directory_relay known;
	const char *name = "";

	if (!r->directory)
		return true;
	if (now < r->links_ms + NEWS_MS || directory_misses(r->directory))
		return false;
	for (const struct registry_peer *p = r->peers; p; p = p->hh.next)
		if (!is_known(r, p))
			return false;
	while (directory_relay_after(r->directory, name, &known)) {
		if (!known.complete)
			return false;
		name = known.name;
	}
	return true;
}

void peer_link_up(struct turn *t, struct registry_peer *p, uint64_t conn)
{
	p->links[conn < RELAY_LINES_FROM] = conn;
	p->needed = 0; /* on this one nothing has been said yet */
	t->r->links_ms = t->now;
	directory_link_up(t->r->directory, conn, p->name, t->out);
}

void peer_link_down(struct turn *t, struct registry_peer *p, uint64_t conn)
{
	uint64_t *link = &p->links[conn < RELAY_LINES_FROM];

	/* Its successor may have come before it was found dead. */
	if (*link == conn)
		*link = 0;
	t->r->links_ms = t->now;
	directory_link_down(t->r->directory, conn, t->out);
}

bool peer_hear(struct turn *t, struct registry_peer *p, uint64_t conn,
	       const struct message *m)
{
	switch (directory_message(t->r->directory, conn, m, t->out)) {
	case DIRECTORY_DONE:
		return true;
	case DIRECTORY_VIOLATION:
		return false;
	case DIRECTORY_NOT_MINE:
		break;
	}
	if (!p->trunk)
		return false;
	trunk_need(t, p, m->need.count);
	return true;
}

/* --- where else a terminal may go --- */

struct span peer_others(const struct turn *t, const struct registry_account *a,
			char out[MESSAGE_OTHERS_MAX + 1])
{
	const struct directory *d = t->r->directory;
	struct directory_found f;
	struct directory_relay r;
	const char *name = "";
	size_t used = 0;

	if (t->r->shared) /* they know every account */
		return span_of(t->r->others);
	while (d && directory_relay_after(d, name, &r)) {
		size_t len = r.address ? strlen(r.address) : 0;

		name = r.name;
		if (len == 0 || used + 1 + len > MESSAGE_OTHERS_MAX ||
		    !directory_find_at(d, name, a->facts.id, &f))
			continue;
		if (used > 0)
			out[used++] = ' ';
		memcpy(out + used, r.address, len);
		used += len;
	}
	return (struct span){ (const uint8_t *)out, used };
}
