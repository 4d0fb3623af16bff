/* SPDX-License-Identifier: Apache-2.0 */
#include "web/printfate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

static bool is_of(const struct outbox_job *j, const uint8_t *batch)
{
	return memcmp(j->record.batch, batch, SPOOL_ID_SIZE) == 0;
}

/* --- looking --- */

struct tally {
	const uint8_t *batch;
	struct printfate *fate;
	size_t running, later, delivered, cancelled;
};

static void say(struct printfate *f, const struct outbox_job *o)
{
	size_t n = strlen(f->sentence);

	if (o->state == JOBS_DELIVERED || !*o->record.last_result)
		return;
	(void)snprintf(f->sentence + n, sizeof(f->sentence) - n, "%s%s: %s",
		       n > 0 ? " " : "", o->record.to, o->record.last_result);
	text_mend_cut(f->sentence);
}

/* It waits, and not only for a moment: for somebody who is away, for long, or
 * has done so for long. */
static bool is_later(const struct outbox_job *o)
{
	const uint64_t now = (uint64_t)time(NULL) * 1000;

	if (o->state != JOBS_QUEUED)
		return false;
	if (o->record.held_ms != 0 || outbox_paused(o->outbox))
		return true;
	return o->record.attempts > 0 &&
	       (jobs_of_absence(o->record.last_reason) ||
		o->record.next_try_ms > now + PRINTFATE_PATIENCE_MS ||
		o->record.created_ms + PRINTFATE_PATIENCE_MS < now);
}

static void count_one(void *owner, const struct outbox_job *o)
{
	struct tally *t = owner;
	struct printfate *f = t->fate;

	if (!is_of(o, t->batch))
		return;
	f->jobs++;
	f->pages_done += o->record.pages_confirmed;
	t->delivered += o->state == JOBS_DELIVERED;
	t->cancelled += o->state == JOBS_CANCELLED;
	if (!jobs_state_final(o->state))
		*(is_later(o) ? &t->later : &t->running) += 1;
	else if (o->record.finished_ms > f->ended_ms)
		f->ended_ms = o->record.finished_ms;
	say(f, o);
}

static void set(struct printfate *f, enum printjob_state state,
		const char *reason)
{
	f->state = state;
	f->reason = reason;
}

/* Who prints waits for "processing", and for nobody who is away for hours:
 * "pending-held" lets his program go on. */
void printfate_look(struct outbox *o, const uint8_t batch[SPOOL_ID_SIZE],
		    struct printfate *f)
{
	struct tally t = { .batch = batch, .fate = f };

	*f = (struct printfate){ .jobs = 0 };
	outbox_each(o, count_one, &t);
	f->over = t.running + t.later == 0;
	if (t.running > 0)
		set(f, PRINTJOB_PROCESSING, "job-outgoing");
	else if (t.later > 0)
		set(f, PRINTJOB_HELD, "resources-are-not-ready");
	else if (f->jobs == 0)
		set(f, PRINTJOB_COMPLETED, "job-completed-with-warnings");
	else if (t.delivered == f->jobs)
		set(f, PRINTJOB_COMPLETED, "job-completed-successfully");
	else if (t.cancelled == f->jobs)
		set(f, PRINTJOB_CANCELED, "job-canceled-by-user");
	else
		set(f, PRINTJOB_ABORTED, "aborted-by-system");
	if (!*f->sentence && f->state == PRINTJOB_COMPLETED)
		(void)snprintf(f->sentence, sizeof(f->sentence), "%s",
			       f->jobs > 0
				       ? "Delivered."
				       : "It is not in the list of what was "
					 "sent any more.");
}

/* --- cancelling --- */

/* A job's state changes while it is cancelled: first all are found. */
struct cancelling {
	const uint8_t *batch;
	char (*ids)[2 * SPOOL_ID_SIZE + 1];
	size_t count;
};

static void note_to_cancel(void *owner, const struct outbox_job *o)
{
	struct cancelling *c = owner;

	if (is_of(o, c->batch) && !jobs_state_final(o->state) &&
	    c->count < INTAKE_TO_MAX)
		text_to_hex(o->record.id, SPOOL_ID_SIZE, c->ids[c->count++]);
}

bool printfate_cancel(struct outbox *o, const uint8_t batch[SPOOL_ID_SIZE])
{
	struct cancelling c = { batch, calloc(INTAKE_TO_MAX, sizeof(*c.ids)),
				0 };
	bool any = false;

	if (!c.ids)
		return false;
	outbox_each(o, note_to_cancel, &c);
	outbox_together(o);
	for (size_t i = 0; i < c.count; i++) {
		struct outbox_job *j = outbox_find(o, c.ids[i]);

		any = (j && outbox_cancel(o, j)) || any;
	}
	(void)outbox_apart(o); /* the log says what the disk did not take */
	free(c.ids);
	return any;
}
