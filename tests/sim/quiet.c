/* SPDX-License-Identifier: Apache-2.0 */
#include "quiet.h"

#include <stdio.h>
#include <string.h>

#include "core/registry.h"
#include "relay_node.h"
#include "terminal_node.h"

/* Whether its account has one place only, and another terminal is there. */
static bool replaced(const struct world *w, const struct terminal_node *t)
{
	for (int i = 0; i < w->node_count; i++) {
		const struct terminal_node *other = w->nodes[i].terminal;

		if (other && other != t && other->client &&
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
	       to->node->full || to->settings.silent;
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

static bool quiet_relay(const struct relay_node *r, char *why, size_t size)
{
	const struct relay *relay = r->relay;

	for (size_t i = 0; i < r->guest_count; i++) {
		const struct guest *g = r->guests[i];
		const struct registry_conn *c =
			registry_conn(r->relay, g->number);

		if (c && c->state == SESSION_IDLE && g->link &&
		    g->link->sides[NET_DIALLER].state == NET_OPEN)
			continue;
		snprintf(why, size, "connection %llu of %s is %s",
			 (unsigned long long)g->number, r->node->name,
			 c ? session_state_name(c->state) : "gone");
		return false;
	}
	if (list_empty(&relay->calls) && relay->counts.strangers == 0)
		return true;
	snprintf(why, size, "%s has a call or a stranger", r->node->name);
	return false;
}

bool quiet_world(struct world *w, char *why, size_t size)
{
	for (int i = 0; i < w->node_count; i++) {
		const struct node *n = &w->nodes[i];

		if (!n->up)
			continue;
		if (n->relay && !quiet_relay(n->relay, why, size))
			return false;
		if (n->terminal && n->terminal->client &&
		    !quiet_terminal(w, n->terminal, why, size))
			return false;
	}
	return true;
}
