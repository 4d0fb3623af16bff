/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <stdio.h>
#include <string.h>

#include "core/leg.h"

enum { RELAYS_PASSED_MAX = PATH_RELAYS_MAX + 1 };

static struct world_call *find(struct world *w, uint64_t number)
{
	unsigned known = w->call_count < WORLD_CALLS_KEPT ? w->call_count
							  : WORLD_CALLS_KEPT;

	for (unsigned i = 0; i < known; i++)
		if (w->calls[i].number == number)
			return &w->calls[i];
	return NULL;
}

struct world_call *chain_call(struct world *w, uint64_t number)
{
	struct world_call *c = find(w, number);

	if (c)
		return c;
	c = &w->calls[w->call_count++ % WORLD_CALLS_KEPT];
	*c = (struct world_call){ .number = number,
				  .root = number,
				  .relay = -1 };
	return c;
}

uint64_t chain_root(struct world *w, uint64_t number)
{
	const struct world_call *c = find(w, number);

	return c ? c->root : number;
}

/* --- one relay's calls --- */

static const struct registry_call *find_call(const struct relay_node *r,
					     uint64_t conn, bool by_caller)
{
	const struct list *all = &r->relay->calls;

	for (const struct list *l = all->next; l != all; l = l->next) {
		const struct registry_call *call =
			list_const_entry(l, struct registry_call, link);

		if (leg_number(by_caller ? &call->caller : &call->callee) ==
		    conn)
			return call;
	}
	return NULL;
}

uint64_t chain_said(const struct relay_node *r, uint64_t conn,
		    const struct message *m)
{
	const struct registry_call *call;

	if (m->type == MESSAGE_INCOMING)
		return m->incoming.call;
	if (m->type != MESSAGE_CONNECT)
		return 0;
	/* None: it was given up in this very moment. */
	call = find_call(r, conn, false);
	return call ? call->number : 0;
}

/* No relay twice, and not too many. */
static void check_way(struct world *w, const struct world_call *c)
{
	const struct world_call *at = c;
	int passed = 1;

	while (at->parent && (at = find(w, at->parent))) {
		if (at->relay == c->relay)
			world_fail(w,
				   "call %llx comes to %s for the second "
				   "time",
				   (unsigned long long)c->root,
				   w->nodes[c->relay].name);
		if (++passed > RELAYS_PASSED_MAX)
			world_fail(w, "call %llx passes too many relays",
				   (unsigned long long)c->root);
	}
}

void chain_heard(struct relay_node *r, const struct guest *g,
		 const struct message *m, uint64_t tag)
{
	struct world *w = r->world;
	const struct registry_call *call;
	struct world_call *c;

	if (!g || (m->type != MESSAGE_CONNECT && m->type != MESSAGE_INCOMING))
		return;
	call = find_call(r, g->number, true);
	if (!call)
		return;
	c = chain_call(w, call->number);
	c->relay = world_index(w, r->node);
	if (tag) {
		c->parent = tag;
		c->root = chain_root(w, tag);
	} else if (call->caller.conn &&
		   call->caller.conn->account->facts.kind == RELAY_TERMINAL) {
		memcpy(c->caller, g->user, sizeof(c->caller));
		(void)span_copy(m->connect.to, c->to, sizeof(c->to));
	}
	check_way(w, c);
}

void chain_stands(struct world *w, const struct world_call *c)
{
	const struct world_call *before = find(w, c->parent);

	if (!c->parent)
		return;
	w->seen[SEEN_FAR]++;
	w->seen[SEEN_THROUGH] += before && before->parent;
}

/* --- who rings --- */

/* "ben@far@south" is ben's at far. */
static bool is_meant(const struct terminal_node *t, const char *to)
{
	size_t len = strcspn(to, "@");
	const char *at = to[len] ? to + len + 1 : "";
	const char *relay = t->world->nodes[t->settings.relay].name;

	if (strncmp(t->settings.account, to, len) != 0 ||
	    t->settings.account[len] != '\0') {
		if (strncmp(t->settings.number, to, len) != 0 ||
		    t->settings.number[len] != '\0')
			return false;
	}
	len = strcspn(at, "@");
	return !*at || (strncmp(relay, at, len) == 0 && relay[len] == '\0');
}

void chain_rings(const struct terminal_node *t, const struct effect_call *call)
{
	struct world *w = t->world;
	const struct world_call *root =
		find(w, chain_root(w, call->relay_call));
	const char *home;

	if (!root || !*root->caller)
		return;
	home = w->nodes[root->relay].name;
	if (!is_meant(t, root->to))
		world_fail(w, "%s: a call for %s rings", t->node->name,
			   root->to);
	if (strcmp(call->far_id, root->caller) != 0)
		world_fail(w, "%s: %s is said to call, not %s", t->node->name,
			   call->far_id, root->caller);
	if (root->relay == t->settings.relay ? *call->home != '\0'
					     : strcmp(call->home, home) != 0)
		world_fail(w, "%s: %s calls from %s, not \"%s\"", t->node->name,
			   call->far_id, home, call->home);
}
