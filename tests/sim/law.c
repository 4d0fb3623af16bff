/* SPDX-License-Identifier: Apache-2.0 */
#include "law.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/registry.h"
#include "relay_node.h"
#include "terminal_node.h"
#include "worker.h"

/* --- what is said --- */

static struct world_call *call_of(struct world *w, uint64_t number)
{
	struct world_call *c;

	for (int i = 0; i < WORLD_CALLS_KEPT; i++)
		if (w->calls[i].number == number)
			return &w->calls[i];
	c = &w->calls[w->call_count++ % WORLD_CALLS_KEPT];
	*c = (struct world_call){ .number = number };
	return c;
}

static void answered(struct world *w, struct guest *g, uint32_t request)
{
	if (!g->asked || g->request != request)
		world_fail(w, "request %u is answered twice, or was never made",
			   request);
	g->asked = false;
}

void law_relay_says(struct world *w, struct guest *g, const struct message *m)
{
	if (!g)
		world_fail(w, "the relay speaks to a connection that is gone");
	else if (m->type == MESSAGE_CONNECTED)
		answered(w, g, m->connected.request);
	else if (m->type == MESSAGE_FAILED)
		answered(w, g, m->failed.request);
	else if (m->type == MESSAGE_INCOMING &&
		 ++call_of(w, m->incoming.call)->offers > 2)
		world_fail(w, "call %llx is offered for the third time",
			   (unsigned long long)m->incoming.call);
}

static void hears_data(struct relay_node *r, const struct guest *g)
{
	const struct registry_conn *c = registry_conn(r->relay, g->number);
	const struct registry_conn *other;

	if (!c || c->state != SESSION_CALL)
		return;
	other = c->call->caller == c ? c->call->callee : c->call->caller;
	if (worker_find(r, other->number) && worker_find(r, g->number))
		world_fail(r->world, "call %llx has a hole",
			   (unsigned long long)c->call->number);
}

void law_relay_hears(struct relay_node *r, struct guest *g,
		     const struct message *m)
{
	if (g && m->type == MESSAGE_DATA)
		hears_data(r, g);
	if (!g || m->type != MESSAGE_CONNECT)
		return;
	if (g->asked)
		world_fail(r->world,
			   "request %u was not answered before request %u",
			   g->request, m->connect.request);
	g->asked = true;
	g->request = m->connect.request;
}

/* A RELEASE that does not come in time is no breach: the path may be slow. */
void law_relay_notes(struct world *w, const char *text)
{
	world_trace(w, NULL, "%s", text);
	if (strstr(text, "event=violation") && !strstr(text, "what=no-release"))
		world_fail(w, "%s", text);
}

void law_terminal_says(struct world *w, const struct terminal_node *t,
		       const uint8_t *bytes, size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) != FRAME_DONE ||
	    message_decode(&m, &f) != MESSAGE_OK)
		world_fail(w, "%s says what is no message", t->node->name);
	else if (m.type == MESSAGE_BYE && m.bye.reason == REASON_PROTOCOL)
		world_fail(w, "%s: the relay broke the protocol",
			   t->node->name);
}

void law_call_stands(struct world *w, const struct terminal_node *t,
		     const struct terminal_entry *e,
		     const struct effect_call *call)
{
	struct world_call *c = call_of(w, call->relay_call);

	c->callers += e->outgoing;
	c->callees += !e->outgoing;
	/* An offer whose connection is lost is made again, once; so a callee
	 * may have accepted on a connection that was lost already. */
	if (c->callers > 1 || c->callees > 2)
		world_fail(w, "%s: call %llx stands twice", t->node->name,
			   (unsigned long long)call->relay_call);
}

/* --- a relay --- */

static void check_call(struct world *w, const struct registry_call *call)
{
	enum session_state caller =
		call->connected ? SESSION_CALL : SESSION_CALLING;
	enum session_state callee =
		call->connected ? SESSION_CALL : SESSION_OFFERED;

	if (!call->caller || !call->callee || call->caller == call->callee ||
	    call->caller->call != call || call->callee->call != call ||
	    call->caller->state != caller || call->callee->state != callee)
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

/* Once no letter is under way, control and worker agree. */
static void check_agreement(struct world *w, const struct relay_node *r)
{
	if (r->orders.head || r->events.head)
		return;
	for (size_t i = 0; i < r->guest_count; i++) {
		const struct guest *g = r->guests[i];
		const struct registry_conn *c =
			registry_conn(r->relay, g->number);
		const struct registry_conn *other = NULL;

		if (!c) {
			world_fail(w, "connection %llu is leaked",
				   (unsigned long long)g->number);
			return;
		}
		if (c->state == SESSION_CALL)
			other = c->call->caller == c ? c->call->callee
						     : c->call->caller;
		if (other ? !g->peer || g->peer->number != other->number
			  : g->peer != NULL)
			world_fail(w,
				   "connection %llu is joined otherwise "
				   "than control thinks",
				   (unsigned long long)g->number);
		if (c->state == SESSION_CLEARING && g->rule == GUEST_JOINED)
			world_fail(w, "connection %llu is joined in no call",
				   (unsigned long long)g->number);
		if (c->state == SESSION_IDLE && g->rule != GUEST_FORBIDDEN)
			world_fail(w,
				   "connection %llu is idle and may say "
				   "DATA",
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
	return j->last_reason == REASON_UNKNOWN ||
	       j->last_reason == REASON_REFUSED ||
	       j->last_reason == REASON_DISABLED ||
	       (j->last_reason == REASON_FAILED &&
		j->faults >= JOBS_FAULTS_MAX);
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
				   reason_name(j->record.last_reason),
				   j->record.faults);
	}
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
		if (job->receiver != world_index(w, t->node))
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

/* --- quiet --- */

static bool reachable(const struct world *w, const struct terminal_node *t)
{
	const struct node *relay = &w->nodes[t->settings.relay];

	return t->node->up && t->joined && !t->disabled && !t->node->blocked &&
	       relay->up && !relay->blocked && !relay->relay->draining;
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
			 reason_name(j->last_reason), j->attempts);
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

bool law_quiet(struct world *w, char *why, size_t size)
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
