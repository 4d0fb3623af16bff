/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "terminal/callees.h"
#include "terminal/lineup.h"

enum {
	WAITING_MAX = 10000, /* jobs that are not over */
	TIDY_MS = 60 * 60 * 1000,
	TIDY_A_TURN = 200,
	ENDED_A_TURN = 200,
	NO_CALL_MS = 1000,
	HOUR_MS = 60 * 60 * 1000,
};

struct outbox {
	struct loop *loop; /* borrowed, as the next two */
	const struct config *config;
	struct exchange *exchange; /* NULL: none */
	struct lineup lineup;
	struct callees callees;
	struct spool_queue queue;
	struct list adding; /* requests that are being prepared */
	struct jobs_gait gait;
	struct timer due;
	struct timer tidy;
	const struct outbox_handlers *handlers; /* borrowed */
	void *owner;				/* borrowed */
};

/* A request that is being prepared. */
struct adding {
	struct list link;
	struct outbox *outbox;
	struct spool_job *records; /* owned */
	size_t count;
	struct prepare *prepare;
	outbox_done *done;
	void *owner;
};

static void next_soon(struct outbox *o)
{
	timer_set(o->loop, &o->due, loop_now(o->loop));
}

static struct jobs_queue queue_of(const struct outbox *o)
{
	return (struct jobs_queue){ .all = o->lineup.entries,
				    .count = o->lineup.count,
				    .lines = (size_t)o->config->connections,
				    .paused_ms = (int64_t)o->queue.paused_ms,
				    .ready_ms = o->gait.ready_ms };
}

/* The job is over, or waits again. */
static void settle(struct outbox_job *j, enum jobs_event event)
{
	struct outbox *o = j->outbox;

	lineup_move(&o->lineup, j, event);
	/* A crash before what waits again is saved costs an attempt or its
	 * count; what is over is not told before it is on disk. */
	if (jobs_state_final(j->state))
		(void)lineup_save(&o->lineup, j);
	else
		lineup_save_later(&o->lineup, j, LINEUP_SOON_MS);
	if (jobs_state_final(j->state) && o->config->keep_documents_d == 0)
		timer_set(o->loop, &o->tidy, loop_now(o->loop));
	lineup_tell(&o->lineup, j);
	next_soon(o);
}

/* --- trying --- */

static void on_standing(void *owner)
{
	struct outbox_job *j = owner;
	struct outbox *o = j->outbox;

	j->record.pages_confirmed = 0;
	lineup_move(&o->lineup, j, JOBS_STAND);
	lineup_tell(&o->lineup, j);
	callees_is_there(&o->callees, j);
	next_soon(o); /* the next one to this callee may be tried */
}

static void on_progress(void *owner, uint16_t pages)
{
	struct outbox_job *j = owner;

	j->record.pages_confirmed = pages;
	lineup_move(&j->outbox->lineup, j, JOBS_PAGE);
	lineup_tell(&j->outbox->lineup, j);
}

static struct jobs_terms terms_of(const struct outbox_job *j)
{
	const struct config *c = j->outbox->config;

	return (struct jobs_terms){
		.cancelled = j->record.cancelled,
		.give_up_ms = (int64_t)j->record.give_up_ms,
		.fault_tries = (uint32_t)c->fault_tries,
		.busy_tries = (uint32_t)c->busy_tries,
		.away_most_ms = c->offline_h * HOUR_MS,
	};
}

static void end_attempt(struct outbox_job *j,
			const struct transfer_result *result)
{
	struct outbox *o = j->outbox;
	struct jobs_terms terms = terms_of(j);
	struct jobs_verdict v = lineup_judge(&j->record, result, &terms);
	bool stood = j->state == JOBS_SENDING;
	char hex[2 * SPOOL_ID_SIZE + 1];

	jobs_gait_ended(&o->gait, result->reason, (int64_t)lineup_clock());
	j->call = 0;
	free(j->document);
	j->document = NULL;
	settle(j, v.event);
	text_to_hex(j->record.id, SPOOL_ID_SIZE, hex);
	log_line(LOG_INFO,
		 "job=%s to=%s event=%s attempt=%u pages=%u reason=%s", hex,
		 j->record.to, jobs_state_name(j->state), j->record.attempts,
		 j->record.pages_confirmed, reason_name(j->record.last_reason));
	if (j->state == JOBS_QUEUED)
		callees_learn(&o->callees, j);
	if (stood)
		callees_free_again(&o->callees, j);
}

static void on_finished(void *owner, const struct transfer_result *result,
			const char *far_ident)
{
	struct outbox_job *j = owner;

	if (*far_ident)
		snprintf(j->record.far_ident, sizeof(j->record.far_ident), "%s",
			 far_ident);
	end_attempt(j, result);
}

/* A call that cannot be made now is no attempt. */
static void try_job(struct outbox_job *j)
{
	struct outbox *o = j->outbox;
	char path[ATOMIC_PATH_MAX];
	struct exchange_fax fax = {
		.to = j->record.to,
		.job = j->record.id,
		.title = j->record.title,
		.pages = j->record.pages,
		.standing = on_standing,
		.progress = on_progress,
		.finished = on_finished,
		.owner = j,
	};

	if (spool_document_path(o->lineup.spool, j->record.id, path) == OK)
		fax.document = j->document = strdup(path);
	j->call = j->document ? exchange_send(o->exchange, &fax) : 0;
	if (j->call == 0) {
		free(j->document);
		j->document = NULL;
		j->record.next_try_ms = lineup_clock() + NO_CALL_MS;
		lineup_update(&o->lineup, j);
		return;
	}
	j->record.attempts++;
	jobs_gait_began(&o->gait, (int64_t)lineup_clock());
	lineup_move(&o->lineup, j, JOBS_TRY);
	/* A crash before that makes it an attempt that was never counted. */
	lineup_save_later(&o->lineup, j, LINEUP_SOON_MS);
	lineup_tell(&o->lineup, j);
}

/* --- deadlines --- */

static void time_is_over(struct outbox_job *j)
{
	char last[sizeof(j->record.last_result)];

	memcpy(last, j->record.last_result, sizeof(last));
	snprintf(j->record.last_result, sizeof(j->record.last_result),
		 "%s%.150s",
		 j->record.held_ms || j->outbox->queue.paused_ms
			 ? "It was held for too long. "
			 : "Its time was over. ",
		 last);
	text_mend_cut(j->record.last_result);
	settle(j, JOBS_ENOUGH);
}

/* Its end was never told: a fault of ours, which must hold up no fax. */
static void call_is_lost(struct outbox_job *j)
{
	const struct transfer_result lost = {
		.again = true,
		.reason = REASON_FAILED,
		.sentence = "Nothing was heard of the call any more.",
	};

	log_line(LOG_ERROR, "call=%u to=%s event=call-lost", j->call,
		 j->record.to);
	if (j->outbox->exchange)
		exchange_forget(j->outbox->exchange, j->call);
	end_attempt(j, &lost);
}

/* After a long rest they may be thousands: so many in one turn of the loop,
 * and the others in the next. */
static void end_overdue(struct outbox *o, int64_t now)
{
	struct jobs_queue q = queue_of(o);
	size_t i, ended = 0;

	lineup_together(&o->lineup);
	while (ended++ < ENDED_A_TURN &&
	       (i = jobs_overdue(&q, now)) != SIZE_MAX) {
		if (o->lineup.jobs[i]->state == JOBS_QUEUED)
			time_is_over(o->lineup.jobs[i]);
		else
			call_is_lost(o->lineup.jobs[i]);
	}
	(void)lineup_apart(&o->lineup);
}

static void on_due(struct timer *t)
{
	struct outbox *o = t->owner;
	int64_t now = (int64_t)lineup_clock();
	struct jobs_queue q;
	int64_t at;
	size_t i;

	end_overdue(o, now);
	q = queue_of(o);
	while (o->exchange && (i = jobs_next(&q, now)) != SIZE_MAX) {
		try_job(o->lineup.jobs[i]);
		q = queue_of(o);
	}
	callees_watch(&o->callees);
	at = jobs_wake_at(&q, now);
	/* What is due but must wait for others is looked at when one of them
	 * ends. The clock may be set: none is trusted for long. */
	if (at > now + HOUR_MS)
		at = now + HOUR_MS;
	if (t->place == 0)
		timer_set(o->loop, t, loop_now(o->loop) + (at - now));
}

/* --- accepting --- */

/* The first one's folder has the pages. After an error nothing is left. */
static enum err accept_jobs(struct outbox *o, struct spool_job *records,
			    size_t count, struct outbox_added *added,
			    struct why *why)
{
	struct lineup *l = &o->lineup;
	size_t first = l->count;
	enum err e = spool_commit(l->spool, records, count, why);

	if (e != OK)
		return e;
	e = lineup_take_in(l, o, records, count);
	for (size_t i = 0; e != OK && i < count; i++)
		spool_remove(l->spool, records[i].id);
	if (e != OK)
		return e;
	*added = (struct outbox_added){ l->jobs + first, count };
	next_soon(o);
	return OK;
}

static void tell_added(const struct outbox *o, const struct outbox_added *added)
{
	for (size_t i = 0; i < added->count; i++)
		lineup_tell(&o->lineup, added->jobs[i]);
}

static void set_pages(struct spool_job *records, size_t count, uint16_t pages,
		      enum paper_resolution resolution)
{
	for (size_t i = 0; i < count; i++) {
		records[i].pages = pages;
		snprintf(records[i].resolution, sizeof(records[i].resolution),
			 "%s", paper_resolution_name(resolution));
	}
}

/* What was made for it goes. */
static void free_adding(struct adding *a)
{
	if (a->prepare)
		prepare_cancel(a->prepare);
	spool_abandon(a->outbox->lineup.spool, a->records[0].id);
	list_remove(&a->link);
	free(a->records);
	free(a);
}

static void on_prepared(void *owner, enum err e,
			const struct prepare_result *result,
			const struct why *why)
{
	struct adding *a = owner;
	struct outbox *o = a->outbox;
	outbox_done *done = a->done;
	void *done_owner = a->owner;
	struct outbox_added added = { .count = 0 };
	struct why reason = e != OK ? *why : (struct why){ "" };

	a->prepare = NULL;
	if (e == OK) {
		set_pages(a->records, a->count, (uint16_t)result->pages,
			  result->format.resolution);
		e = accept_jobs(o, a->records, a->count, &added, &reason);
	}
	free_adding(a);
	if (e == OK)
		tell_added(o, &added);
	done(done_owner, e, &added, reason.text);
}

static enum err records_of(const struct outbox *o,
			   const struct intake_request *r,
			   struct spool_job **records, size_t *count,
			   struct why *why)
{
	enum err e = intake_records(o->config, r, lineup_clock(), records,
				    count, why);

	if (e != OK || o->lineup.waiting + *count <= WAITING_MAX)
		return e;
	free(*records);
	why_set(why,
		"The queue holds %zu jobs, and takes %d at most: wait until "
		"some of them are over, or cancel them.",
		o->lineup.waiting, WAITING_MAX);
	return ERR_LIMIT;
}

enum err outbox_add(struct outbox *o, const struct intake_request *r,
		    outbox_done *done, void *owner, struct why *why)
{
	struct adding *a = calloc(1, sizeof(*a));
	char folder[ATOMIC_PATH_MAX];
	struct prepare_request p = { .files = r->files,
				     .count = r->count,
				     .resolution = r->resolution,
				     .pages = r->pages,
				     .folder = folder,
				     .program = o->config->fax_program };
	enum err e;

	if (!a)
		return ERR_MEMORY;
	*a = (struct adding){ .outbox = o, .done = done, .owner = owner };
	e = records_of(o, r, &a->records, &a->count, why);
	if (e != OK) {
		free(a);
		return e;
	}
	list_append(&o->adding, &a->link);
	e = spool_begin(o->lineup.spool, a->records[0].id, folder, why);
	if (e == OK) {
		a->prepare = prepare_new(o->loop, &p, on_prepared, a);
		e = a->prepare ? OK : ERR_MEMORY;
	}
	if (e != OK)
		free_adding(a);
	return e;
}

enum err outbox_add_document(struct outbox *o, const struct intake_request *r,
			     const struct outbox_document *document,
			     struct outbox_added *added, struct why *why)
{
	struct spool_job *records;
	size_t count;
	enum err e = records_of(o, r, &records, &count, why);

	if (e != OK)
		return e;
	set_pages(records, count, document->pages, document->resolution);
	e = spool_begin_with(o->lineup.spool, records[0].id, document->path,
			     why);
	if (e == OK)
		e = accept_jobs(o, records, count, added, why);
	free(records);
	if (e == OK)
		tell_added(o, added);
	return e;
}

enum err outbox_again(struct outbox *o, const struct outbox_job *j,
		      const struct outbox_repeat *repeat,
		      struct outbox_added *added, struct why *why)
{
	const char *const itself[] = { j->record.to };
	char path[ATOMIC_PATH_MAX];
	struct intake_request r = { .to = repeat->to ? repeat->to : itself,
				    .to_count =
					    repeat->to ? repeat->to_count : 1,
				    .priority = j->priority,
				    .title = j->record.title,
				    .note = j->record.note,
				    .user = repeat->user };
	struct outbox_document d = { .path = path, .pages = j->record.pages };

	if (outbox_pages(o, j, path) != OK ||
	    !paper_resolution_parse(j->record.resolution, &d.resolution)) {
		why_set(why, "The pages of this job are not kept any more: "
			     "send the document itself again.");
		return ERR_MISSING;
	}
	return outbox_add_document(o, &r, &d, added, why);
}

/* --- what users do --- */

void outbox_together(struct outbox *o)
{
	lineup_together(&o->lineup);
}

bool outbox_apart(struct outbox *o)
{
	return lineup_apart(&o->lineup);
}

bool outbox_saved(const struct outbox_job *j)
{
	return list_empty(&j->unsaved);
}

bool outbox_cancel(struct outbox *o, struct outbox_job *j)
{
	if (jobs_state_final(j->state))
		return false;
	j->record.cancelled = true;
	snprintf(j->record.last_result, sizeof(j->record.last_result),
		 "Cancelled.");
	if (!j->call) {
		settle(j, JOBS_STOP);
		return true;
	}
	j->deadline_ms =
		jobs_limit_at(JOBS_STOP_LIMIT, 0, (int64_t)lineup_clock());
	lineup_update(&o->lineup, j);
	(void)lineup_save(&o->lineup, j);
	next_soon(o);
	if (o->exchange)
		exchange_cancel(o->exchange, j->call);
	return true;
}

/* After a change to the record that the user made. */
static bool changed(struct outbox_job *j)
{
	struct lineup *l = &j->outbox->lineup;

	if (j->state == JOBS_QUEUED)
		j->deadline_ms = (int64_t)j->record.give_up_ms;
	lineup_update(l, j);
	(void)lineup_save(l, j);
	lineup_tell(l, j);
	next_soon(j->outbox);
	return true;
}

bool outbox_hold(struct outbox_job *j, bool held)
{
	uint64_t now = lineup_clock();

	if (jobs_state_final(j->state))
		return false;
	if ((j->record.held_ms > 0) == held)
		return true;
	if (!held && now > j->record.held_ms)
		j->record.give_up_ms += now - j->record.held_ms;
	j->record.held_ms = held ? now : 0;
	return changed(j);
}

bool outbox_priority(struct outbox_job *j, enum jobs_priority p)
{
	if (jobs_state_final(j->state))
		return false;
	j->priority = p;
	snprintf(j->record.priority, sizeof(j->record.priority), "%s",
		 jobs_priority_name(p));
	return changed(j);
}

bool outbox_not_before(struct outbox_job *j, uint64_t ms)
{
	if (jobs_state_final(j->state))
		return false;
	j->record.give_up_ms = intake_put_off(j->outbox->config, &j->record, ms,
					      lineup_clock());
	j->record.not_before_ms = ms;
	j->record.next_try_ms = ms;
	return changed(j);
}

bool outbox_remove(struct outbox_job *j)
{
	if (!jobs_state_final(j->state))
		return false;
	lineup_forget(&j->outbox->lineup, j);
	return true;
}

/* The time of those that could not go stood still. False: it is not on disk. */
static bool give_back_time(struct lineup *l, uint64_t paused_ms, uint64_t now)
{
	lineup_together(l);
	for (size_t i = 0; i < l->count; i++) {
		struct outbox_job *j = l->jobs[i];
		uint64_t from = j->record.created_ms > paused_ms
					? j->record.created_ms
					: paused_ms;

		if (j->state != JOBS_QUEUED || j->record.held_ms > 0 ||
		    from >= now)
			continue;
		j->record.give_up_ms += now - from;
		j->deadline_ms = (int64_t)j->record.give_up_ms;
		lineup_update(l, j);
		(void)lineup_save(l, j);
	}
	return lineup_apart(l);
}

/* The queue goes on when its jobs' new times are on disk, and not before: else
 * a power cut would find a queue that goes on, of jobs whose time is over. */
static enum err save_times(struct outbox *o, uint64_t now, struct why *why)
{
	bool saved = give_back_time(&o->lineup, o->queue.paused_ms, now);

	o->queue.paused_ms = now; /* of what was before, it is given back */
	if (saved)
		return OK;
	why_set(why, "The queue stays paused: the disk takes nothing now.");
	return ERR_SPACE;
}

enum err outbox_pause(struct outbox *o, bool paused, struct why *why)
{
	uint64_t now = lineup_clock();
	const struct spool_queue q = { .paused_ms = paused ? now : 0 };
	enum err e = OK;

	if (paused == outbox_paused(o))
		return OK;
	if (!paused)
		e = save_times(o, now, why);
	if (e == OK)
		e = spool_queue_save(o->lineup.spool, &q, why);
	if (e != OK)
		return e;
	o->queue = q;
	log_line(LOG_INFO, "event=%s", paused ? "paused" : "resumed");
	o->handlers->paused(o->owner, paused);
	next_soon(o);
	return OK;
}

bool outbox_paused(const struct outbox *o)
{
	return o->queue.paused_ms > 0;
}

/* --- looking --- */

struct outbox_job *outbox_find(struct outbox *o, const char *hex)
{
	uint8_t id[SPOOL_ID_SIZE];

	if (!text_from_hex(hex, id, sizeof(id)))
		return NULL;
	for (size_t i = 0; i < o->lineup.count; i++)
		if (memcmp(o->lineup.jobs[i]->record.id, id, sizeof(id)) == 0)
			return o->lineup.jobs[i];
	return NULL;
}

void outbox_each(struct outbox *o,
		 void (*each)(void *owner, const struct outbox_job *j),
		 void *owner)
{
	for (size_t i = 0; i < o->lineup.count; i++)
		each(owner, o->lineup.jobs[i]);
}

size_t outbox_waiting(const struct outbox *o)
{
	return o->lineup.waiting;
}

enum err outbox_pages(const struct outbox *o, const struct outbox_job *j,
		      char path[ATOMIC_PATH_MAX])
{
	return j->has_pages ? spool_document_path(o->lineup.spool, j->record.id,
						  path)
			    : ERR_MISSING;
}

/* --- the way out --- */

/* Of another exchange, which is gone. */
static void begin_anew(struct outbox *o)
{
	for (size_t i = 0; i < o->lineup.count; i++) {
		struct outbox_job *j = o->lineup.jobs[i];

		if (!j->call)
			continue;
		j->call = 0;
		free(j->document);
		j->document = NULL;
		settle(j, j->record.cancelled ? JOBS_STOP : JOBS_BEGIN);
	}
}

void outbox_connect(struct outbox *o, struct exchange *x)
{
	if (x)
		begin_anew(o);
	o->exchange = x;
	next_soon(o);
}

void outbox_online(struct outbox *o)
{
	for (size_t i = 0; i < o->lineup.count; i++) {
		struct outbox_job *j = o->lineup.jobs[i];

		if (j->state != JOBS_QUEUED ||
		    !jobs_waits_for_relay(j->record.last_reason))
			continue;
		j->record.next_try_ms = j->record.not_before_ms;
		lineup_update(&o->lineup, j);
	}
	next_soon(o);
}

/* --- forgetting --- */

static void on_tidy(struct timer *t)
{
	struct outbox *o = t->owner;
	bool more = lineup_tidy(&o->lineup, o->config, TIDY_A_TURN);

	timer_set(o->loop, t, loop_now(o->loop) + (more ? 0 : TIDY_MS));
}

/* --- making and unmaking --- */

static void on_loaded(void *owner, const struct spool_job *r)
{
	struct outbox *o = owner;

	if (lineup_take_in(&o->lineup, o, r, 1) != OK)
		abort(); /* a job that is on disk must not be forgotten */
}

/* What was under way when the program stopped is queued again. */
static void take_up(struct outbox *o, struct outbox_job *j)
{
	enum jobs_state state = jobs_state_of(j->record.state);
	char path[ATOMIC_PATH_MAX];

	j->has_pages = spool_document_path(o->lineup.spool, j->record.id,
					   path) == OK &&
		       access(path, R_OK) == 0;
	if (state < JOBS_STATES && jobs_state_final(state)) {
		j->state = state;
		o->lineup.waiting--;
	}
	lineup_move(&o->lineup, j, JOBS_BEGIN);
	if (!jobs_state_final(j->state) && j->record.cancelled)
		settle(j, JOBS_STOP);
}

static void on_damaged(void *owner, const char *sentence)
{
	(void)owner;
	log_sentence(LOG_ERROR, sentence, "event=job-damaged");
}

static void on_soon(void *owner)
{
	next_soon(owner);
}

static enum err load(struct outbox *o, struct why *why)
{
	enum err e = spool_open(&o->lineup.spool, o->config->home, why);

	if (e == OK)
		e = spool_queue_load(o->lineup.spool, &o->queue, why);
	if (e == OK)
		e = spool_load(o->lineup.spool, on_loaded, on_damaged, o, why);
	if (e != OK)
		return e;
	lineup_sort(&o->lineup);
	for (size_t i = 0; i < o->lineup.count; i++)
		take_up(o, o->lineup.jobs[i]);
	return OK;
}

enum err outbox_new(struct outbox **out, const struct outbox_parts *parts,
		    struct why *why)
{
	struct outbox *o = calloc(1, sizeof(*o));
	enum err e;

	if (!o)
		return ERR_MEMORY;
	o->loop = parts->loop;
	o->config = parts->config;
	o->handlers = parts->handlers;
	o->owner = parts->owner;
	o->due = (struct timer){ .due = on_due, .owner = o };
	o->tidy = (struct timer){ .due = on_tidy, .owner = o };
	list_init(&o->adding);
	lineup_init(&o->lineup, parts);
	callees_init(&o->callees, &o->lineup, parts->follow, on_soon, o);
	e = load(o, why);
	if (e != OK) {
		outbox_free(o);
		return e;
	}
	timer_set(o->loop, &o->tidy, loop_now(o->loop));
	next_soon(o);
	*out = o;
	return OK;
}

void outbox_free(struct outbox *o)
{
	if (!o)
		return;
	timer_clear(o->loop, &o->due);
	timer_clear(o->loop, &o->tidy);
	while (!list_empty(&o->adding))
		free_adding(list_entry(o->adding.next, struct adding, link));
	callees_fini(&o->callees);
	lineup_fini(&o->lineup);
	free(o);
}
