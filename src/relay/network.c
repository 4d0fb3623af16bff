/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "store/shared.h"
#include "wire/path.h"

enum {
	/* Relays are looked for as often as they renew their leases. */
	LOOK_MS = SHARED_RENEW_MS,
	PAGE = 500, /* terminals of a list, at a time */
};

struct network {
	struct network_setup setup;
	struct timer look;
	/* Relays besides this one that live, as WELCOME names them: as the
	 * look that is under way finds them. */
	char others[MESSAGE_OTHERS_MAX + 1];
};

/* A list that is being read. */
struct listing {
	struct network *network; /* borrowed */
	uint64_t conn;
	uint32_t request;
	char after[33]; /* the last one of the pages so far */
	size_t count;
	struct shared_place places[PAGE];
	char groups[PAGE][DATABASE_GROUPS_MAX * 33 + 1];
};

/* --- relays --- */

static void add_peer(struct network *n, size_t index)
{
	struct relay_peer facts;

	peers_facts(n->setup.peers, index, &facts);
	if (relay_peer_add(n->setup.relay, &facts, loop_now(n->setup.loop),
			   n->setup.effects) != OK)
		abort(); /* it is new, and there is memory or none */
}

static void dial(struct network *n, const char *name,
		 const struct address_other *at)
{
	struct address_join join = { .relays = at->relays, .pinned = true };
	size_t index;

	if (!text_copy(join.id, sizeof(join.id), n->setup.name) ||
	    !text_copy(join.secret, sizeof(join.secret), n->setup.secret))
		return;
	memcpy(join.pin, at->pin, sizeof(join.pin));
	if (peers_learn(n->setup.peers, name, &join, &index))
		add_peer(n, index);
}

/* What has no room any more is left out. */
static void note_other(struct network *n, const struct address_other *at)
{
	char text[ADDRESS_OTHER_TEXT];
	size_t used = strlen(n->others);

	if (address_other_encode(at, text, sizeof(text)) &&
	    used + 1 + strlen(text) < sizeof(n->others))
		snprintf(n->others + used, sizeof(n->others) - used, "%s%s",
			 used ? " " : "", text);
}

static void on_relay(void *owner, const struct database_answer *a)
{
	struct network *n = owner;
	int order = strcmp(n->setup.name, a->relay->name);
	struct address_other at;

	if (a->relay->lease_ms <= 0 || order == 0 ||
	    address_relays_decode(&at.relays, a->relay->addresses, ADDRESS_PORT,
				  NULL) != OK)
		return;
	memcpy(at.pin, a->relay->pin, sizeof(at.pin));
	note_other(n, &at);
	if (order < 0)
		dial(n, a->relay->name, &at);
}

static void on_looked(void *owner, const struct database_answer *a)
{
	struct network *n = owner;

	if (a->err == OK) /* else they are what they were */
		relay_others(n->setup.relay, n->others);
	timer_set(n->setup.loop, &n->look, loop_now(n->setup.loop) + LOOK_MS);
	n->setup.changed(n->setup.owner);
}

static void on_look(struct timer *t)
{
	struct network *n = t->owner;

	n->others[0] = '\0';
	shared_relays(n->setup.database,
		      (struct database_asker){
			      .row = on_relay, .done = on_looked, .owner = n });
}

struct network *network_new(const struct network_setup *setup)
{
	struct network *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->setup = *setup;
	n->look = (struct timer){ .due = on_look, .owner = n };
	timer_set(setup->loop, &n->look, loop_now(setup->loop));
	return n;
}

void network_free(struct network *n)
{
	if (!n)
		return;
	timer_clear(n->setup.loop, &n->look);
	free(n);
}

/* --- one terminal --- */

static enum presence_state state_of(enum shared_state s)
{
	static const enum presence_state states[] = {
		[SHARED_OFFLINE] = PRESENCE_OFFLINE,
		[SHARED_FREE] = PRESENCE_FREE,
		[SHARED_BUSY] = PRESENCE_BUSY,
	};

	return states[s];
}

static const char *join_groups(const struct database_account *a, char *out,
			       size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < a->groups_count; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s",
					 used ? " " : "", a->groups[i]);
	return out;
}

static struct relay_place describe(const struct shared_place *p, char *groups,
				   size_t size)
{
	return (struct relay_place){
		.id = p->account.id,
		.relay = p->relay,
		.state = state_of(p->state),
		.groups = join_groups(&p->account, groups, size),
		.allowed = p->account.allowed,
	};
}

/* Relays have accounts, too, and what is disabled is nobody's business. */
static bool is_terminal(const struct shared_place *p)
{
	return p->account.kind == DATABASE_TERMINAL && p->account.enabled;
}

static void on_found(void *owner, const struct database_answer *a)
{
	struct network *n = owner;
	char groups[DATABASE_GROUPS_MAX * 33 + 1];
	struct relay_place place;
	uint16_t reason = REASON_UNREACHABLE;
	bool found = a->err == OK && a->place && is_terminal(a->place);

	if (found)
		place = describe(a->place, groups, sizeof(groups));
	else if (a->err == OK || a->err == ERR_MISSING)
		reason = REASON_UNKNOWN;
	else
		log_sentence(LOG_WARN, a->why, "call=%llx event=not-found",
			     (unsigned long long)a->tag);
	relay_found(n->setup.relay, a->tag, found ? &place : NULL, reason,
		    loop_now(n->setup.loop), n->setup.effects);
	n->setup.changed(n->setup.owner);
}

static void locate(struct network *n, uint64_t call, const char *address,
		   void (*done)(void *owner, const struct database_answer *a))
{
	shared_locate(n->setup.database, address,
		      (struct database_asker){
			      .done = done, .owner = n, .tag = call });
}

/* Digits that are no user's ID are a number. */
static void on_found_id(void *owner, const struct database_answer *a)
{
	char number[PATH_NUMBER_MAX + 2];

	if (a->err != ERR_MISSING || !path_number_valid(a->id, strlen(a->id))) {
		on_found(owner, a);
		return;
	}
	snprintf(number, sizeof(number), "+%.*s", PATH_NUMBER_MAX, a->id);
	locate(owner, a->tag, number, on_found);
}

void network_find(struct network *n, uint64_t call, const char *address)
{
	locate(n, call, address, *address == '+' ? on_found : on_found_id);
}

/* --- all of them --- */

static void ask_page(struct listing *l);

static void on_row(void *owner, const struct database_answer *a)
{
	struct listing *l = owner;

	if (l->count < PAGE)
		l->places[l->count++] = *a->place;
}

static void on_page(void *owner, const struct database_answer *a)
{
	struct listing *l = owner;
	const struct network_setup *s = &l->network->setup;
	struct relay_place places[PAGE] = { { 0 } };
	bool failed = a->err != OK;
	bool more = !failed && l->count == PAGE;
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		if (is_terminal(&l->places[i]))
			places[n++] = describe(&l->places[i], l->groups[i],
					       sizeof(l->groups[i]));
	if (l->count > 0)
		(void)text_copy(l->after, sizeof(l->after),
				l->places[l->count - 1].account.id);
	relay_listed(s->relay, l->conn, l->request, places, n, more || failed,
		     s->effects);
	if (failed)
		relay_unlisted(s->relay, l->conn, l->request, l->after,
			       s->effects);
	s->changed(s->owner);
	if (more)
		ask_page(l);
	else
		free(l);
}

static void ask_page(struct listing *l)
{
	l->count = 0;
	shared_terminals(l->network->setup.database, l->after, PAGE,
			 (struct database_asker){
				 .row = on_row, .done = on_page, .owner = l });
}

void network_list(struct network *n, uint64_t conn, uint32_t request)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (!l) {
		relay_unlisted(n->setup.relay, conn, request, "",
			       n->setup.effects);
		return;
	}
	l->network = n;
	l->conn = conn;
	l->request = request;
	ask_page(l);
}
