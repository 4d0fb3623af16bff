/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "io/random.h"

enum {
	WAITING_MAX = 10000, /* jobs that are not over */
	SAVE_AGAIN_MS = 5000,
	TIDY_MS = 60 * 60 * 1000,
	DAY_MS = 24 * 60 * 60 * 1000,
};

struct outbox {
	struct loop *loop;	     /* borrowed */
	const struct config *config; /* borrowed */
	struct spool *spool;	     /* owned */
	struct exchange *exchange;   /* borrowed; NULL: none */
	struct outbox_job **jobs;    /* owned; in order of creation */
	size_t count;
	size_t room;
	size_t waiting; /* of these, not over */
	struct timer due;
	struct timer tidy;
	bool disk_full; /* a record could not be written: try again */
	const struct outbox_handlers *handlers; /* borrowed */
	void *owner;				/* borrowed */
};

/* A job that is being prepared. */
struct adding {
	struct outbox *outbox;
	struct spool_job record;
	struct prepare *prepare;
	outbox_done *done;
	void *owner;
};

static uint64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void next_soon(struct outbox *o)
{
	timer_set(o->loop, &o->due, loop_now(o->loop));
}

/* --- keeping --- */

static void save(struct outbox_job *j)
{
	struct outbox *o = j->outbox;
	struct why why = { "" };

	snprintf(j->record.state, sizeof(j->record.state), "%s",
		 jobs_state_name(j->state));
	if (spool_save(o->spool, &j->record, &why) == OK)
		return;
	/* Memory is right; the disk follows when it can. A job whose delivery
	 * was not recorded is sent again after a crash, and recognized. */
	log_sentence(LOG_ERROR, why.text, "event=job-not-saved");
	o->disk_full = true;
}

static void set_state(struct outbox_job *j, enum jobs_state state)
{
	j->state = state;
	if (jobs_state_final(state)) {
		j->record.finished_ms = epoch_ms();
		j->outbox->waiting--;
	}
	save(j);
	if (jobs_state_final(state) && !j->outbox->config->keep_documents)
		spool_document_remove(j->outbox->spool, j->record.id);
	j->outbox->handlers->changed(j->outbox->owner, j);
}

static struct outbox_job *append(struct outbox *o, const struct spool_job *r)
{
	struct outbox_job *j = calloc(1, sizeof(*j));

	if (j && o->count == o->room) {
		size_t room = o->room ? 2 * o->room : 64;
		struct outbox_job **jobs = reallocarray(
			o->jobs, room, sizeof(struct outbox_job *));

		if (!jobs) {
			free(j);
			return NULL;
		}
		o->jobs = jobs;
		o->room = room;
	}
	if (!j)
		return NULL;
	j->record = *r;
	j->outbox = o;
	if (spool_document_path(o->spool, r->id, j->document) != OK)
		j->document[0] = '\0';
	o->jobs[o->count++] = j;
	return j;
}

/* --- trying --- */

static void on_standing(void *owner)
{
	struct outbox_job *j = owner;

	j->state = JOBS_SENDING;
	j->record.pages_confirmed = 0;
	j->outbox->handlers->changed(j->outbox->owner, j);
}

static void on_progress(void *owner, uint16_t pages)
{
	struct outbox_job *j = owner;

	j->record.pages_confirmed = pages;
	j->outbox->handlers->changed(j->outbox->owner, j);
}

static uint32_t some_random(void)
{
	uint32_t r;

	random_bytes(&r, sizeof(r));
	return r;
}

static void on_finished(void *owner, const struct transfer_result *result,
			const char *far_ident)
{
	struct outbox_job *j = owner;
	struct spool_job *r = &j->record;
	struct jobs_tries tries = { r->faults, r->streak, r->last_reason };
	struct jobs_verdict v =
		jobs_ended(&tries, result, r->cancelled, (int64_t)r->give_up_ms,
			   some_random(), (int64_t)epoch_ms());
	char hex[2 * SPOOL_ID_SIZE + 1];

	j->call = 0;
	r->faults = tries.faults;
	r->streak = tries.streak;
	r->last_reason = tries.last_reason;
	if (v.state == JOBS_QUEUED)
		r->next_try_ms = (uint64_t)v.at_ms;
	if (result->delivered)
		r->pages_confirmed = result->pages;
	snprintf(r->last_result, sizeof(r->last_result), "%s",
		 result->sentence);
	if (*far_ident)
		snprintf(r->far_ident, sizeof(r->far_ident), "%s", far_ident);
	set_state(j, v.state);
	text_to_hex(r->id, SPOOL_ID_SIZE, hex);
	log_line(LOG_INFO,
		 "job=%s to=%s event=%s attempt=%u pages=%u reason=%s", hex,
		 r->to, jobs_state_name(j->state), r->attempts,
		 r->pages_confirmed, reason_name(r->last_reason));
	next_soon(j->outbox);
}

static void try_job(struct outbox_job *j)
{
	struct outbox *o = j->outbox;
	const struct exchange_fax fax = {
		.to = j->record.to,
		.job = j->record.id,
		.title = j->record.title,
		.pages = j->record.pages,
		.document = j->document,
		.standing = on_standing,
		.progress = on_progress,
		.finished = on_finished,
		.owner = j,
	};

	j->call = exchange_send(o->exchange, &fax);
	if (j->call == 0) {
		j->record.next_try_ms = epoch_ms() + 1000;
		return;
	}
	j->record.attempts++;
	set_state(j, JOBS_CALLING);
}

static struct jobs_entry *entries_of(const struct outbox *o)
{
	struct jobs_entry *all = calloc(o->count ? o->count : 1, sizeof(*all));

	for (size_t i = 0; all && i < o->count; i++) {
		const struct outbox_job *j = o->jobs[i];

		all[i] = (struct jobs_entry){
			.state = j->state,
			.next_try_ms = (int64_t)j->record.next_try_ms,
			.created_ms = (int64_t)j->record.created_ms,
		};
	}
	return all;
}

static void save_all(struct outbox *o)
{
	o->disk_full = false;
	for (size_t i = 0; i < o->count && !o->disk_full; i++)
		save(o->jobs[i]);
}

static void on_due(struct timer *t)
{
	struct outbox *o = t->owner;
	struct jobs_entry *all = entries_of(o);
	int64_t now = (int64_t)epoch_ms();
	int64_t at;
	size_t i;

	if (o->disk_full)
		save_all(o);
	while (all && o->exchange &&
	       (i = jobs_next(all, o->count, now)) != SIZE_MAX) {
		try_job(o->jobs[i]);
		all[i].state = o->jobs[i]->state;
		all[i].next_try_ms = (int64_t)o->jobs[i]->record.next_try_ms;
	}
	at = all && o->exchange ? jobs_deadline(all, o->count) : INT64_MAX;
	free(all);
	if (o->disk_full && at > now + SAVE_AGAIN_MS)
		at = now + SAVE_AGAIN_MS;
	/* A job that is due but must wait for others is looked at when one of
	 * them ends. */
	if (at != INT64_MAX && at > now)
		timer_set(o->loop, t, loop_now(o->loop) + (at - now));
}

/* --- accepting --- */

static void finish_adding(struct adding *a, enum err e,
			  const struct outbox_job *j, const char *sentence)
{
	outbox_done *done = a->done;
	void *owner = a->owner;

	if (e != OK)
		spool_abandon(a->outbox->spool, a->record.id);
	free(a);
	done(owner, e, j, sentence);
}

static void on_prepared(void *owner, enum err e,
			const struct prepare_result *result,
			const struct why *why)
{
	struct adding *a = owner;
	struct outbox *o = a->outbox;
	struct why reason = { "" };
	struct outbox_job *j;

	if (e != OK) {
		finish_adding(a, e, NULL, why->text);
		return;
	}
	a->record.pages = (uint16_t)result->pages;
	snprintf(a->record.resolution, sizeof(a->record.resolution), "%s",
		 paper_resolution_name(result->format.resolution));
	e = spool_commit(o->spool, &a->record, &reason);
	j = e == OK ? append(o, &a->record) : NULL;
	if (e == OK && !j) {
		spool_remove(o->spool, a->record.id);
		e = ERR_MEMORY;
	}
	if (e != OK) {
		finish_adding(a, e, NULL, reason.text);
		return;
	}
	o->waiting++;
	finish_adding(a, OK, j, "");
	next_soon(o);
}

static void fill_record(struct outbox *o, const struct outbox_request *r,
			struct spool_job *j)
{
	/* The last file names the fax: a cover page comes first. */
	const char *name = r->files[r->count - 1].name;
	const char *slash = strrchr(name, '/');
	const char *title = slash ? slash + 1 : name;

	memset(j, 0, sizeof(*j));
	random_bytes(j->id, sizeof(j->id));
	snprintf(j->to, sizeof(j->to), "%s", r->to);
	text_printable(title, strlen(title), j->title, sizeof(j->title));
	snprintf(j->state, sizeof(j->state), "%s",
		 jobs_state_name(JOBS_QUEUED));
	j->created_ms = epoch_ms();
	j->not_before_ms = r->not_before_ms;
	j->next_try_ms = r->not_before_ms;
	j->give_up_ms = (r->not_before_ms > j->created_ms ? r->not_before_ms
							  : j->created_ms) +
			(uint64_t)o->config->give_up_h * 3600000;
}

enum err outbox_add(struct outbox *o, const struct outbox_request *r,
		    outbox_done *done, void *owner, struct why *why)
{
	struct adding *a;
	char folder[ATOMIC_PATH_MAX];
	struct prepare_request p = { .files = r->files,
				     .count = r->count,
				     .resolution = r->resolution,
				     .folder = folder,
				     .program = o->config->fax_program };
	enum err e;

	if (o->waiting >= WAITING_MAX) {
		why_set(why, "The queue holds %d jobs already.", WAITING_MAX);
		return ERR_LIMIT;
	}
	a = calloc(1, sizeof(*a));
	if (!a)
		return ERR_MEMORY;
	a->outbox = o;
	a->done = done;
	a->owner = owner;
	fill_record(o, r, &a->record);
	e = spool_begin(o->spool, a->record.id, folder, why);
	if (e == OK) {
		a->prepare = prepare_new(o->loop, &p, on_prepared, a);
		if (a->prepare)
			return OK;
		e = ERR_MEMORY;
	}
	spool_abandon(o->spool, a->record.id);
	free(a);
	return e;
}

bool outbox_cancel(struct outbox *o, struct outbox_job *j)
{
	if (jobs_state_final(j->state))
		return false;
	j->record.cancelled = true;
	snprintf(j->record.last_result, sizeof(j->record.last_result),
		 "Cancelled.");
	if (j->call) {
		save(j);
		exchange_cancel(o->exchange, j->call);
	} else {
		set_state(j, JOBS_CANCELLED);
	}
	return true;
}

/* --- looking --- */

struct outbox_job *outbox_find(struct outbox *o, const char *hex)
{
	size_t len = strlen(hex);

	for (size_t i = 0; len >= 4 && i < o->count; i++) {
		char id[2 * SPOOL_ID_SIZE + 1];

		text_to_hex(o->jobs[i]->record.id, SPOOL_ID_SIZE, id);
		if (len < sizeof(id) && strncmp(id, hex, len) == 0)
			return o->jobs[i];
	}
	return NULL;
}

void outbox_each(struct outbox *o,
		 void (*each)(void *owner, const struct outbox_job *j),
		 void *owner)
{
	for (size_t i = 0; i < o->count; i++)
		each(owner, o->jobs[i]);
}

void outbox_connect(struct outbox *o, struct exchange *x)
{
	o->exchange = x;
	next_soon(o);
}

void outbox_online(struct outbox *o)
{
	for (size_t i = 0; i < o->count; i++) {
		struct outbox_job *j = o->jobs[i];

		if (j->state == JOBS_QUEUED &&
		    jobs_waits_for_relay(j->record.last_reason))
			j->record.next_try_ms = j->record.not_before_ms;
	}
	next_soon(o);
}

/* --- forgetting --- */

static void on_tidy(struct timer *t)
{
	struct outbox *o = t->owner;
	uint64_t keep = (uint64_t)o->config->keep_jobs_d * DAY_MS;
	uint64_t now = epoch_ms();
	size_t finished = 0, kept = o->count;

	/* From the newest down: those that stay gather at the end. */
	for (size_t i = o->count; i-- > 0;) {
		struct outbox_job *j = o->jobs[i];
		bool final = jobs_state_final(j->state);

		if (final &&
		    jobs_is_old(j->record.finished_ms, keep, finished, now)) {
			spool_remove(o->spool, j->record.id);
			free(j);
			continue;
		}
		finished += final;
		o->jobs[--kept] = j;
	}
	o->count -= kept;
	if (o->count > 0)
		memmove(o->jobs, o->jobs + kept,
			o->count * sizeof(struct outbox_job *));
	timer_set(o->loop, t, loop_now(o->loop) + TIDY_MS);
}

/* --- making and unmaking --- */

static void on_loaded(void *owner, const struct spool_job *r)
{
	struct outbox *o = owner;
	struct outbox_job *j = append(o, r);
	enum jobs_state state = jobs_state_of(r->state);

	if (!j)
		abort(); /* a job that is on disk must not be forgotten */
	j->state = JOBS_QUEUED;
	o->waiting++;
	if (state < JOBS_STATES && jobs_state_final(state)) {
		j->state = state;
		o->waiting--;
	} else if (j->record.cancelled) {
		set_state(j, JOBS_CANCELLED);
	} /* else what was under way when the program stopped begins anew */
}

static void on_damaged(void *owner, const char *sentence)
{
	(void)owner;
	log_sentence(LOG_ERROR, sentence, "event=job-damaged");
}

static int by_creation(const void *left, const void *right)
{
	const struct outbox_job *const *l = left;
	const struct outbox_job *const *r = right;

	return ((*l)->record.created_ms > (*r)->record.created_ms) -
	       ((*l)->record.created_ms < (*r)->record.created_ms);
}

enum err outbox_new(struct outbox **out, struct loop *loop,
		    const struct config *config,
		    const struct outbox_handlers *handlers, void *owner,
		    struct why *why)
{
	struct outbox *o = calloc(1, sizeof(*o));
	enum err e;

	if (!o)
		return ERR_MEMORY;
	o->loop = loop;
	o->config = config;
	o->handlers = handlers;
	o->owner = owner;
	o->due = (struct timer){ .due = on_due, .owner = o };
	o->tidy = (struct timer){ .due = on_tidy, .owner = o };
	e = spool_open(&o->spool, config->home, why);
	if (e == OK)
		e = spool_load(o->spool, on_loaded, on_damaged, o, why);
	if (e != OK) {
		outbox_free(o);
		return e;
	}
	if (o->count > 0)
		qsort(o->jobs, o->count, sizeof(struct outbox_job *),
		      by_creation);
	timer_set(loop, &o->tidy, loop_now(loop));
	*out = o;
	return OK;
}

void outbox_free(struct outbox *o)
{
	if (!o)
		return;
	timer_clear(o->loop, &o->due);
	timer_clear(o->loop, &o->tidy);
	for (size_t i = 0; i < o->count; i++)
		free(o->jobs[i]);
	free(o->jobs);
	spool_close(o->spool);
	free(o);
}
