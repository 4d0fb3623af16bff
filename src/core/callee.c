/* SPDX-License-Identifier: Apache-2.0 */
#include "core/callee.h"

#include <string.h>

#include "core/peer.h"

static bool may_call(const struct registry_caller *who,
		     const struct registry_account *a)
{
	return a->facts.kind == RELAY_TERMINAL && a->facts.enabled &&
	       registry_may_call(who->id, who->groups, a->facts.groups,
				 a->facts.allowed);
}

/* One of our own. */
static uint16_t find_here(struct turn *t, const struct registry_caller *who,
			  struct span id, struct callee *found)
{
	struct registry_account *a =
		registry_account(t->r, (const char *)id.at, id.len);

	if (!a || !may_call(who, a))
		return REASON_UNKNOWN;
	if (a->up == 0)
		return REASON_OFFLINE;
	if (a->leaving || list_empty(&a->idle))
		return REASON_BUSY;
	found->account = a;
	return REASON_DONE;
}

/* Another relay, by its name. A call never comes back to where it was. */
static uint16_t find_relay(struct turn *t, const struct registry_caller *who,
			   struct span name, struct callee *found)
{
	struct span path = { who->path, who->path_length };
	struct registry_peer *p = peer_find(t->r, name);

	if (!p || !peer_is_up(p) || path_has(path, span_of(p->name)) ||
	    path_count(path) + 1 >= PATH_RELAYS_MAX)
		return REASON_UNREACHABLE;
	found->peer = p;
	return REASON_DONE;
}

uint16_t callee_find(struct turn *t, const struct registry_caller *who,
		     struct span to, struct callee *found)
{
	struct span rest = to, relay, own = span_of(t->r->name);
	bool named = false;

	*found = (struct callee){ .account = NULL };
	if (!path_address_valid((const char *)to.at, to.len))
		return REASON_UNKNOWN;
	if (path_has((struct span){ who->path, who->path_length }, own))
		return REASON_UNREACHABLE;
	/* Our own name at the end says: here. */
	while (path_address_split(to, &rest, &relay) &&
	       span_equal(relay, own)) {
		to = rest;
		named = true;
	}
	(void)named;
	if (relay.len == 0)
		return find_here(t, who, rest, found);
	(void)span_copy(to, found->to, sizeof(found->to));
	return find_relay(t, who, relay, found);
}
