/* SPDX-License-Identifier: Apache-2.0 */
#include "quiet.h"

#include <stdio.h>
#include <string.h>

#include "core/registry.h"
#include "relay_node.h"
#include "terminal_node.h"
#include "view.h"

/* Whether its account has one place only, and another terminal is there. */
static bool replaced(const struct world *w, const struct terminal_node *t)
{
	for (int i = 0; i < w->node_count; i++) {
		const struct terminal_node *other = w->nodes[i].terminal;

		if (other && other != t && other->client &&
		    other->settings.relay == t->settings.relay &&
		    strcmp(other->settings.account, t->settings.account) == 0 &&
		    client_counts(other->client).up > 0)
			return client_counts(t->client).up == 0;
	}
	return false;
}

static bool reachable(const struct world *w, const struct terminal_node *t)
{
	const struct node *relay = &w->nodes[t->settings.relay];

	return t->node->up && t->joined && !t->disabled && !t->node->blocked &&
	       relay->up && !relay->blocked && !relay->relay->draining &&
	       !replaced(w, t);
}

/* Not where its address says that it is; or the address names a way, which
 * may be none. */
static bool is_elsewhere(const struct world *w, const struct world_job *j,
			 const struct terminal_node *to)
{
	const char *at = strchr(j->to, '@');

	return at && strcmp(at + 1, w->nodes[to->settings.relay].name) != 0;
}

/* Who cannot be sent to now may be waited for. */
static bool may_wait(const struct world *w, const struct world_job *j)
{
	const struct terminal_node *from = w->nodes[j->sender].terminal;
	const struct terminal_node *to =
		j->receiver < 0 ? NULL : w->nodes[j->receiver].terminal;

	/* To itself takes two lines. */
	if (to == from && (to->settings.lines == 1 || to->settings.spares == 0))
		return true;
	return !reachable(w, from) || !to || !reachable(w, to) ||
	       !view_reaches(w, from->settings.relay, to->settings.relay) ||
	       is_elsewhere(w, j, to) || to->node->full || to->settings.silent;
}

static bool quiet_terminal(const struct world *w, const struct terminal_node *t,
			   char *why, size_t size)
{
	struct client_counts n = client_counts(t->client);

	if (reachable(w, t) && (n.up == 0 || n.lines != n.up)) {
		snprintf(why, size, "%s is not logged in", t->node->name);
		return false;
	}
	if (n.idle != n.up) {
		snprintf(why, size, "a line of %s is not idle", t->node->name);
		return false;
	}
	for (size_t i = 0; i < t->queue.count; i++) {
		const struct disk_job *j = &t->queue.jobs[i].record;

		if (jobs_state_final(j->state) ||
		    (j->state == JOBS_QUEUED && may_wait(w, &w->jobs[j->job])))
			continue;
		snprintf(why, size, "job %d of %s is %s (%s, attempt %u)",
			 j->job + 1, t->node->name, jobs_state_name(j->state),
			 reason_name(j->tries.last_reason), j->attempts);
		return false;
	}
	for (size_t i = 0; i < t->entry_count; i++) {
		if (!t->entries[i].number)
			continue;
		snprintf(why, size, "%s has call %u", t->node->name,
			 t->entries[i].number);
		return false;
	}
	return true;
}

static bool is_at_rest(const struct relay_node *r, const struct guest *g)
{
	const struct registry_conn *c = registry_conn(r->relay, g->number);

	return c && (c->state == SESSION_IDLE || c->state == SESSION_LINK) &&
	       g->link && g->link->sides[NET_DIALLER].state == NET_OPEN;
}

/* The lines to a relay that can be reached: the link, and no more than the
 * spares. */
static bool quiet_peer(const struct world *w, const struct relay_node *r,
		       const struct registry_peer *p, char *why, size_t size)
{
	const struct relay_dialled *d = &r->settings.peers[p->index];
	struct client_counts link = client_counts(p->link);
	struct client_counts trunk = client_counts(p->trunk);

	if (!view_connects(w, world_index(w, r->node), d->node) ||
	    (link.up == 1 && link.lines == 1 && trunk.up >= 1 &&
	     trunk.lines == trunk.up && trunk.idle == trunk.up &&
	     trunk.up <= d->spares + 1))
		return true;
	snprintf(why, size,
		 "%s has %u lines at %s, %u of them logged in, %u idle, and "
		 "%u links",
		 r->node->name, trunk.lines, p->name, trunk.up, trunk.idle,
		 link.up);
	return false;
}

static bool quiet_relay(const struct world *w, const struct relay_node *r,
			char *why, size_t size)
{
	const struct relay *relay = r->relay;

	for (size_t i = 0; i < r->guest_count; i++) {
		const struct guest *g = r->guests[i];

		if (g->end == NET_DIALLER || is_at_rest(r, g))
			continue;
		snprintf(why, size, "connection %llu of %s is not at rest",
			 (unsigned long long)g->number, r->node->name);
		return false;
	}
	for (uint32_t i = 0; i < relay->dialled_count; i++)
		if (!quiet_peer(w, r, relay->dialled[i], why, size))
			return false;
	if (list_empty(&relay->calls) && relay->counts.strangers == 0)
		return true;
	snprintf(why, size, "%s has a call or a stranger", r->node->name);
	return false;
}

static bool is_held(const struct net_side *s)
{
	return s->number != 0 && s->state != NET_CLOSED;
}

/* One between relays that is dead, and somebody has not found out. */
static bool is_haunted(const struct world *w)
{
	for (size_t i = 0; i < w->net.count; i++) {
		const struct net_link *l = w->net.links[i];

		if (l->lost && w->nodes[l->sides[NET_DIALLER].node].relay &&
		    (is_held(&l->sides[0]) || is_held(&l->sides[1])))
			return true;
	}
	return false;
}

bool quiet_world(struct world *w, char *why, size_t size)
{
	if (is_haunted(w)) {
		snprintf(why, size, "a dead connection is kept");
		return false;
	}
	for (int i = 0; i < w->node_count; i++) {
		const struct node *n = &w->nodes[i];

		if (!n->up)
			continue;
		if (n->relay && !quiet_relay(w, n->relay, why, size))
			return false;
		if (n->terminal && n->terminal->client &&
		    !quiet_terminal(w, n->terminal, why, size))
			return false;
	}
	return view_true(w, why, size);
}
