/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include <stdio.h>
#include <string.h>

#include "terminal_node.h"

enum {
	SAVE_AGAIN_MS = 5000, /* as in src/terminal/outbox.c */
	NO_CALL_MS = 1000,
};

void queue_soon(struct terminal_node *t)
{
	t->queue.due_ms = world_now(t->world);
}

struct queue_job *queue_find(struct terminal_node *t, int job)
{
	for (size_t i = 0; i < t->queue.count; i++)
		if (t->queue.jobs[i].record.job == job)
			return &t->queue.jobs[i];
	return NULL;
}

/* --- keeping --- */

static struct disk_job *on_disk(struct terminal_node *t, int job)
{
	for (size_t i = 0; i < t->disk.job_count; i++)
		if (t->disk.jobs[i].job == job)
			return &t->disk.jobs[i];
	return NULL;
}

static void save(struct terminal_node *t, const struct queue_job *j)
{
	struct disk_job *d = on_disk(t, j->record.job);

	if (t->node->dying || !d)
		return;
	if (t->node->full) {
		t->queue.disk_full = true;
		return;
	}
	*d = j->record;
	t->world->jobs[d->job].state = d->state;
	t->world->jobs[d->job].reason = d->tries.last_reason;
}

/* What the job is now; saved by who calls. */
static void move(struct terminal_node *t, struct queue_job *j,
		 enum jobs_event event)
{
	const struct jobs_rule *rule = jobs_rule(j->record.state, event);

	if (!rule) {
		world_fail(t->world, "%s: job %d is %s, and event %d comes",
			   t->node->name, j->record.job + 1,
			   jobs_state_name(j->record.state), (int)event);
		return;
	}
	j->record.state = rule->next;
	j->deadline_ms = jobs_limit_at(rule->limit, j->record.give_up_ms,
				       world_now(t->world));
}

static void set_state(struct terminal_node *t, struct queue_job *j,
		      enum jobs_event event)
{
	enum jobs_state state;

	if (jobs_state_final(j->record.state))
		world_fail(t->world, "%s: job %d was over", t->node->name,
			   j->record.job + 1);
	move(t, j, event);
	state = j->record.state;
	world_trace(t->world, t->node, "job %d is %s (%s, attempt %u)",
		    j->record.job + 1, jobs_state_name(state),
		    reason_name(j->record.tries.last_reason),
		    j->record.attempts);
	save(t, j);
}

void queue_load(struct terminal_node *t)
{
	t->queue = (struct queue){ .due_ms = INT64_MAX };
	for (size_t i = 0; i < t->disk.job_count; i++) {
		struct queue_job *j = &t->queue.jobs[t->queue.count++];

		*j = (struct queue_job){ .record = t->disk.jobs[i] };
		move(t, j, JOBS_BEGIN);
		if (!jobs_state_final(j->record.state) && j->record.cancelled)
			set_state(t, j, JOBS_STOP);
	}
}

/* --- trying --- */

static uint64_t callee_of(const char *to)
{
	uint64_t sum = 0;

	for (; *to; to++)
		sum = sum * 257 + (unsigned char)*to;
	return sum;
}

static void entry_of(const struct queue_job *j, struct jobs_entry *e)
{
	*e = (struct jobs_entry){ .state = j->record.state,
				  .priority = JOBS_NORMAL,
				  .next_try_ms = j->record.next_try_ms,
				  .created_ms = j->record.created_ms,
				  .deadline_ms = j->deadline_ms,
				  .callee = callee_of(j->record.to) };
}

/* The others to the same callee need not find out by themselves. */
static void share_wait(struct terminal_node *t, const struct queue_job *j)
{
	struct jobs_entry one, other;

	entry_of(j, &one);
	if (one.state != JOBS_QUEUED ||
	    !jobs_of_callee(j->record.tries.last_reason))
		return;
	for (size_t i = 0; i < t->queue.count; i++) {
		struct queue_job *k = &t->queue.jobs[i];

		entry_of(k, &other);
		if (k == j || !jobs_shares_wait(&one, &other))
			continue;
		k->record.next_try_ms = j->record.next_try_ms;
		k->record.tries.last_reason = j->record.tries.last_reason;
		k->record.tries.streak = j->record.tries.streak;
	}
}

void queue_standing(struct terminal_node *t, int job)
{
	struct queue_job *j = queue_find(t, job);

	move(t, j, JOBS_STAND);
	j->record.pages_confirmed = 0;
	queue_soon(t); /* the next one to this callee may be tried */
}

void queue_progress(struct terminal_node *t, int job, uint16_t pages)
{
	struct queue_job *j = queue_find(t, job);

	move(t, j, JOBS_PAGE);
	j->record.pages_confirmed = pages;
	(void)world_trapped(t->world, t->node, TRAP_PAGE);
}

void queue_finished(struct terminal_node *t, int job,
		    const struct transfer_result *r)
{
	struct queue_job *j = queue_find(t, job);
	const struct jobs_terms terms = { .cancelled = j->record.cancelled,
					  .give_up_ms = j->record.give_up_ms };
	struct jobs_verdict v;

	if (r->delivered)
		(void)world_trapped(t->world, t->node, TRAP_CONFIRMED);
	v = jobs_ended(&j->record.tries, r, &terms,
		       world_dice(t->world, DICE_QUEUE, UINT32_MAX),
		       world_now(t->world));
	j->call = 0;
	if (v.event == JOBS_AGAIN)
		j->record.next_try_ms = v.at_ms;
	if (r->delivered)
		j->record.pages_confirmed = r->pages;
	set_state(t, j, v.event);
	share_wait(t, j);
	queue_soon(t);
}

static void try_job(struct terminal_node *t, struct queue_job *j)
{
	j->call = terminal_node_send(t, j->record.to, j->record.job);
	if (j->call == 0) {
		j->record.next_try_ms = world_now(t->world) + NO_CALL_MS;
		return;
	}
	j->record.attempts++;
	set_state(t, j, JOBS_TRY);
}

/* A job's time is over; a call is never lost track of. */
static void end_overdue(struct terminal_node *t, struct queue_job *j)
{
	if (j->record.state != JOBS_QUEUED)
		world_fail(t->world, "%s: job %d is %s for ever", t->node->name,
			   j->record.job + 1, jobs_state_name(j->record.state));
	set_state(t, j, JOBS_ENOUGH);
}

void queue_tick(struct terminal_node *t)
{
	struct queue *q = &t->queue;
	struct jobs_entry all[WORLD_JOBS_MAX];
	int64_t now = world_now(t->world);
	struct jobs_queue view = { .all = all, .count = q->count };
	int64_t at;
	size_t i;

	if (q->disk_full) {
		q->disk_full = false;
		for (i = 0; i < q->count && !q->disk_full; i++)
			save(t, &q->jobs[i]);
	}
	for (i = 0; i < q->count; i++)
		entry_of(&q->jobs[i], &all[i]);
	while ((i = jobs_overdue(&view, now)) != SIZE_MAX) {
		end_overdue(t, &q->jobs[i]);
		entry_of(&q->jobs[i], &all[i]);
	}
	while (t->joined && (i = jobs_next(&view, now)) != SIZE_MAX) {
		try_job(t, &q->jobs[i]);
		entry_of(&q->jobs[i], &all[i]);
	}
	at = jobs_wake_at(&view, now);
	if (q->disk_full && at > now + SAVE_AGAIN_MS)
		at = now + SAVE_AGAIN_MS;
	/* A job that is due but must wait for others is looked at when one of
	 * them ends. */
	q->due_ms = at > now ? at : INT64_MAX;
}

/* --- the user's doing --- */

bool queue_add(struct terminal_node *t, const char *to, int receiver,
	       uint16_t pages)
{
	struct world *w = t->world;
	struct disk_job d = { .job = w->job_count,
			      .pages = pages,
			      .created_ms = world_now(w),
			      .give_up_ms = world_now(w) + JOBS_GIVE_UP_MS };

	if (t->node->full || w->job_count == WORLD_JOBS_MAX)
		return false;
	snprintf(d.to, sizeof(d.to), "%s", to);
	w->jobs[w->job_count] =
		(struct world_job){ .sender = world_index(w, t->node),
				    .receiver = receiver,
				    .pages = pages };
	memcpy(w->jobs[w->job_count++].to, d.to, sizeof(d.to));
	t->disk.jobs[t->disk.job_count++] = d;
	t->queue.jobs[t->queue.count++] =
		(struct queue_job){ .record = d, .deadline_ms = d.give_up_ms };
	world_trace(w, t->node, "job %d: %u pages to %s", d.job + 1, pages, to);
	queue_soon(t);
	return true;
}

bool queue_cancel(struct terminal_node *t)
{
	for (size_t i = t->queue.count; i-- > 0;) {
		struct queue_job *j = &t->queue.jobs[i];

		if (jobs_state_final(j->record.state))
			continue;
		j->record.cancelled = true;
		if (j->call) {
			save(t, j);
			terminal_node_cancel(t, j->call);
		} else {
			set_state(t, j, JOBS_STOP);
		}
		return true;
	}
	return false;
}

void queue_online(struct terminal_node *t)
{
	for (size_t i = 0; i < t->queue.count; i++) {
		struct disk_job *r = &t->queue.jobs[i].record;

		if (r->state == JOBS_QUEUED &&
		    jobs_waits_for_relay(r->tries.last_reason))
			r->next_try_ms = 0;
	}
	queue_soon(t);
}
