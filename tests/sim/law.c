/* SPDX-License-Identifier: Apache-2.0 */
#include "law.h"

#include <string.h>

#include "core/registry.h"
#include "relay_node.h"
#include "terminal_node.h"

/* --- a relay --- */

static void check_call(struct world *w, const struct registry_call *call)
{
	enum session_state caller =
		call->connected ? SESSION_CALL : SESSION_CALLING;
	enum session_state callee =
		call->connected ? SESSION_CALL : SESSION_OFFERED;

	const struct registry_conn *a = call->caller.conn;
	const struct registry_conn *b = call->callee.conn;

	if (!a || !b || a == b || a->call != call || b->call != call ||
	    a->state != caller || b->state != callee)
		world_fail(w, "call %llx and its connections disagree",
			   (unsigned long long)call->number);
}

static bool in_call(enum session_state s)
{
	return s == SESSION_CALLING || s == SESSION_OFFERED ||
	       s == SESSION_CALL;
}

static void check_registry(struct world *w, const struct relay *r)
{
	unsigned conns = 0, idle = 0, strangers = 0, calls = 0;

	for (const struct registry_conn *c = r->conns; c; c = c->hh.next) {
		conns++;
		idle += c->state == SESSION_IDLE;
		strangers += c->origin != NULL;
		if (in_call(c->state) != (c->call != NULL))
			world_fail(w, "connection %llu is %s, its call is not",
				   (unsigned long long)c->number,
				   session_state_name(c->state));
	}
	for (const struct list *l = r->calls.next; l != &r->calls;
	     l = l->next) {
		const struct registry_call *call =
			list_const_entry(l, struct registry_call, link);

		calls += call->connected;
		check_call(w, call);
	}
	if (conns != r->counts.connections || idle != r->counts.idle ||
	    strangers != r->counts.strangers || calls != r->counts.calls)
		world_fail(w, "the relay has lost count");
}

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

static bool joined_to(const struct guest *g, const struct registry_conn *other)
{
	return other ? g->peer && g->peer->number == other->number : !g->peer;
}

static void check_rule(struct world *w, const struct guest *g,
		       const struct registry_conn *c)
{
	const struct registry_conn *other = NULL;

	if (c->state == SESSION_CALL)
		other = c->call->caller.conn == c ? c->call->callee.conn
						  : c->call->caller.conn;
	if (!joined_to(g, other) ||
	    (c->state == SESSION_CLEARING && g->rule == GUEST_JOINED))
		world_fail(w,
			   "connection %llu is joined otherwise than "
			   "control thinks",
			   (unsigned long long)g->number);
	if (c->state == SESSION_IDLE && g->rule != GUEST_FORBIDDEN)
		world_fail(w, "connection %llu is idle and may say DATA",
			   (unsigned long long)g->number);
}

/* Once no letter is under way, control and worker agree. */
static void check_agreement(struct world *w, const struct relay_node *r)
{
	if (r->orders.head || r->events.head)
		return;
	for (size_t i = 0; i < r->guest_count; i++) {
		const struct guest *g = r->guests[i];
		const struct registry_conn *c =
			registry_conn(r->relay, g->number);

		if (c)
			check_rule(w, g, c);
		else
			world_fail(w, "connection %llu is leaked",
				   (unsigned long long)g->number);
	}
}

/* --- a terminal --- */

static void check_entries(struct world *w, struct terminal_node *t)
{
	for (size_t i = 0; i < t->entry_count; i++) {
		const struct terminal_entry *e = &t->entries[i];
		const struct queue_job *j = NULL;

		if (!e->number || !e->outgoing || e->job < 0)
			continue;
		j = queue_find(t, e->job);
		if (!j || j->call != e->number)
			world_fail(w, "%s: job %d is in a call of its own",
				   t->node->name, e->job + 1);
	}
}

static void check_slots(struct world *w, const struct terminal_node *t)
{
	struct client_counts n;
	size_t used = 0;

	if (!t->client)
		return;
	n = client_counts(t->client);
	for (size_t i = 0; i < t->slot_count; i++)
		used += t->slots[i].link != NULL;
	if (n.lines != used || n.up > n.lines || n.idle + n.calls > n.up)
		world_fail(w, "%s: %u lines on %zu connections", t->node->name,
			   n.lines, used);
	if (t->settings.lines && n.lines > t->settings.lines)
		world_fail(w, "%s: %u lines, %u at most", t->node->name,
			   n.lines, t->settings.lines);
}

/* Only who does not want it, or cannot be meant, is not asked again; and a
 * fax that has gone wrong often enough. */
static bool may_fail(const struct disk_job *j)
{
	return j->tries.last_reason == REASON_UNKNOWN ||
	       j->tries.last_reason == REASON_REFUSED ||
	       j->tries.last_reason == REASON_DISABLED ||
	       (j->tries.last_reason == REASON_FAILED &&
		j->tries.faults >= JOBS_FAULTS_MAX);
}

static void check_jobs(struct world *w, const struct terminal_node *t)
{
	for (size_t i = 0; i < t->queue.count; i++) {
		const struct queue_job *j = &t->queue.jobs[i];
		enum jobs_state s = j->record.state;
		const struct world_job *job = &w->jobs[j->record.job];
		bool tried = s == JOBS_CALLING || s == JOBS_SENDING;

		if (tried != (j->call != 0))
			world_fail(w, "%s: job %d is %s, its call is %u",
				   t->node->name, j->record.job + 1,
				   jobs_state_name(s), j->call);
		if (s == JOBS_DELIVERED && job->stored != 1)
			world_fail(w, "%s: job %d is not in the inbox",
				   t->node->name, j->record.job + 1);
		if (s == JOBS_FAILED && !may_fail(&j->record))
			world_fail(w, "%s: job %d was given up: %s, %u faults",
				   t->node->name, j->record.job + 1,
				   reason_name(j->record.tries.last_reason),
				   j->record.tries.faults);
	}
}

static bool is_for(const struct world *w, const struct world_job *job,
		   const struct terminal_node *t)
{
	return job->receiver >= 0 &&
	       strcmp(w->nodes[job->receiver].terminal->settings.account,
		      t->settings.account) == 0;
}

/* A fax stands in the inbox once, whole, and where it was sent to. */
static void check_inbox(struct world *w, const struct terminal_node *t)
{
	uint8_t seen[WORLD_JOBS_MAX] = { 0 };

	for (size_t i = 0; i < t->disk.fax_count; i++) {
		const struct disk_fax *f = &t->disk.inbox[i];
		const struct world_job *job = &w->jobs[f->job];

		if (seen[f->job]++)
			world_fail(w, "%s: job %d is in the inbox twice",
				   t->node->name, f->job + 1);
		if (!is_for(w, job, t))
			world_fail(w, "%s: job %d is in the wrong inbox",
				   t->node->name, f->job + 1);
		if (f->complete && f->pages != job->pages)
			world_fail(w, "%s: job %d has %u pages of %u",
				   t->node->name, f->job + 1, f->pages,
				   job->pages);
		if (f->complete && job->stored != 1)
			world_fail(w, "%s: job %d was stored %u times",
				   t->node->name, f->job + 1, job->stored);
	}
}

void law_check(struct world *w)
{
	struct node *n = w->touched < 0 ? NULL : &w->nodes[w->touched];

	if (!n || !n->up || w->failed)
		return;
	if (n->kind == NODE_RELAY) {
		check_registry(w, n->relay->relay);
		check_joins(w, n->relay);
		check_agreement(w, n->relay);
	} else {
		check_slots(w, n->terminal);
		check_entries(w, n->terminal);
		check_jobs(w, n->terminal);
		check_inbox(w, n->terminal);
	}
}
