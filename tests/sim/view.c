/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "core/whereis.h"
#include "relay_node.h"
#include "terminal_node.h"

enum { FAR = PATH_RELAYS_MAX + 1 };

/* --- ways --- */

static bool stands(const struct node *n)
{
	return n->relay && n->up && !n->blocked && !n->relay->draining;
}

static bool dials(const struct world *w, int from, int to)
{
	const struct relay_node *r = w->nodes[from].relay;

	for (size_t i = 0; r && i < r->settings.peer_count; i++)
		if (r->settings.peers[i].node == to)
			return true;
	return false;
}

bool view_connects(const struct world *w, int from, int to)
{
	return stands(&w->nodes[from]) && stands(&w->nodes[to]) &&
	       !w->parted[from][to] && dials(w, from, to);
}

/* Sets the neighbours of one that are not known to be nearer. */
static void step_on(const struct world *w, int at, int far[WORLD_NODES_MAX])
{
	for (int i = 0; i < w->node_count; i++)
		if (far[i] == FAR &&
		    (view_connects(w, at, i) || view_connects(w, i, at)))
			far[i] = far[at] + 1;
}

/* Steps from one to each other; FAR: too many, or no way. */
static void measure(const struct world *w, int from, int far[WORLD_NODES_MAX])
{
	for (int i = 0; i < w->node_count; i++)
		far[i] = FAR;
	far[from] = 0;
	for (int step = 0; step < PATH_RELAYS_MAX; step++)
		for (int i = 0; i < w->node_count; i++)
			if (far[i] == step)
				step_on(w, i, far);
}

bool view_reaches(const struct world *w, int from, int to)
{
	int far[WORLD_NODES_MAX];

	measure(w, from, far);
	return far[to] < FAR;
}

bool view_is_near(const struct world *w, int one, int other)
{
	return one == other || dials(w, one, other) || dials(w, other, one);
}

/* --- what is true --- */

/* Of one ID, by what its relays know of their own accounts. */
struct truth {
	int relay; /* -1: it is nowhere */
	enum presence_state state;
	uint64_t gen;
	bool known; /* somebody has such an account */
};

static void add_account(struct truth *t, int node,
			const struct registry_account *a)
{
	enum presence_state state = registry_presence(a);

	if (!a->facts.enabled || a->facts.kind != RELAY_TERMINAL)
		return;
	t->known = true;
	if (state == PRESENCE_OFFLINE || (t->relay >= 0 && a->gen < t->gen))
		return;
	t->relay = node;
	t->state = state;
	t->gen = a->gen;
}

static struct truth truth_of(const struct world *w, const char *id,
			     const int far[WORLD_NODES_MAX])
{
	struct truth t = { .relay = -1, .state = PRESENCE_OFFLINE };

	for (int i = 0; i < w->node_count; i++) {
		const struct registry_account *a = NULL;

		if (far[i] < FAR && stands(&w->nodes[i]))
			a = registry_account(w->nodes[i].relay->relay, id,
					     strlen(id));
		if (a)
			add_account(&t, i, a);
	}
	return t;
}

/* --- what is believed --- */

static bool is_so(struct world *w, const struct node *n, const char *id,
		  const struct truth *true_one, char *why, size_t size)
{
	const struct turn turn = { n->relay->relay, world_now(w), NULL };
	struct whereis at = { .state = PRESENCE_OFFLINE };
	bool known = whereis(&turn, id, &at);
	const char *relay = known && at.relay ? at.relay : n->name;

	if (known == true_one->known && at.state == true_one->state &&
	    (true_one->relay < 0 ||
	     strcmp(relay, w->nodes[true_one->relay].name) == 0))
		return true;
	snprintf(why, size, "%s thinks that %s is %s (%d), not %s (%d)",
		 n->name, id, known ? relay : "unknown", (int)at.state,
		 true_one->relay < 0 ? "away" : w->nodes[true_one->relay].name,
		 (int)true_one->state);
	return false;
}

/* The listing names all that are known, once each. */
static bool lists_all(struct world *w, const struct node *n, unsigned known,
		      char *why, size_t size)
{
	const struct turn turn = { n->relay->relay, world_now(w), NULL };
	char id[ADDRESS_ID_MAX + 1] = "";
	unsigned listed = 0;
	struct whereis at;
	size_t here = 0;

	while (whereis_next(&turn, id, &here, &at)) {
		(void)span_copy(span_of(at.id), id, sizeof(id));
		listed++;
	}
	if (listed == known)
		return true;
	snprintf(why, size, "%s lists %u terminals of %u", n->name, listed,
		 known);
	return false;
}

/* Whether another node before this one has the same account. */
static bool is_told(const struct world *w, int node)
{
	for (int i = 0; i < node; i++)
		if (w->nodes[i].terminal &&
		    strcmp(w->nodes[i].terminal->settings.account,
			   w->nodes[node].terminal->settings.account) == 0)
			return true;
	return false;
}

static bool sees_all(struct world *w, const struct node *n, char *why,
		     size_t size)
{
	int far[WORLD_NODES_MAX];
	unsigned known = 0;

	measure(w, world_index(w, n), far);
	for (int i = 0; i < w->node_count; i++) {
		const struct terminal_node *t = w->nodes[i].terminal;
		struct truth is;

		if (!t || is_told(w, i))
			continue;
		is = truth_of(w, t->settings.account, far);
		known += is.known;
		if (!is_so(w, n, t->settings.account, &is, why, size))
			return false;
	}
	return lists_all(w, n, known, why, size);
}

/* Where a path is blocked it may take until a keep-alive is missed before
 * anybody knows. */
static bool is_whole(const struct world *w)
{
	for (int i = 0; i < w->node_count; i++) {
		if (w->nodes[i].relay && w->nodes[i].blocked)
			return false;
		for (int k = 0; k < i; k++)
			if (w->parted[i][k])
				return false;
	}
	return true;
}

bool view_true(struct world *w, char *why, size_t size)
{
	if (!is_whole(w))
		return true;
	for (int i = 0; i < w->node_count; i++)
		if (stands(&w->nodes[i]) &&
		    !sees_all(w, &w->nodes[i], why, size))
			return false;
	return true;
}
