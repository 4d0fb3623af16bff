/* SPDX-License-Identifier: Apache-2.0 */
#include "law.h"

#include <string.h>

#include "legs.h"
#include "view.h"
#include "terminal_node.h"

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

/* There is such an account, and has always been, at a relay that the sender's
 * must know of: others may have been forgotten in its restart. */
static bool is_known(const struct world *w, const struct world_job *job)
{
	const char *at = strchr(job->to, '@');
	const struct terminal_node *to =
		job->receiver < 0 ? NULL : w->nodes[job->receiver].terminal;

	const struct terminal_settings *from =
		&w->nodes[job->sender].terminal->settings;

	return to && !at && !to->was_disabled &&
	       view_is_near(w, from->home, to->settings.home) &&
	       (from->also < 0 ||
		view_is_near(w, from->also, to->settings.home));
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
		if (s == JOBS_FAILED &&
		    j->record.tries.last_reason == REASON_UNKNOWN &&
		    is_known(w, job))
			world_fail(w,
				   "%s: job %d is to nobody, but there is %s",
				   t->node->name, j->record.job + 1, job->to);
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
		legs_check(w, n->relay);
	} else {
		check_slots(w, n->terminal);
		check_entries(w, n->terminal);
		check_jobs(w, n->terminal);
		check_inbox(w, n->terminal);
	}
}
