/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/lineup.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/log.h"
#include "io/random.h"

enum {
	SAVE_AGAIN_MS = 5000,
	SAVES_A_TURN = 256,
	DAY_MS = 24 * 60 * 60 * 1000,
};

uint64_t lineup_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The whole address: ben may be at home, and not at south, when ben@south is
 * away for good. */
static uint64_t callee_of(const char *to)
{
	static const uint8_t key[HASH_KEY_SIZE]; /* the names are our user's */

	return hash_keyed(key, to, strlen(to));
}

void lineup_update(struct lineup *l, const struct outbox_job *j)
{
	const struct spool_job *r = &j->record;
	uint64_t first = r->not_before_ms > r->created_ms ? r->not_before_ms
							  : r->created_ms;

	l->entries[j->at] = (struct jobs_entry){
		.next_try_ms = (int64_t)r->next_try_ms,
		.created_ms = (int64_t)first,
		.deadline_ms = j->deadline_ms,
		.held_ms = (int64_t)r->held_ms,
		.callee = l->entries[j->at].callee,
		.reason = r->last_reason,
		.state = j->state,
		.priority = j->priority,
	};
}

void lineup_tell(const struct lineup *l, const struct outbox_job *j)
{
	l->handlers->changed(l->owner, j);
}

/* --- on disk --- */

void lineup_save_later(struct lineup *l, struct outbox_job *j, int64_t wait_ms)
{
	if (list_empty(&j->unsaved))
		list_append(&l->unsaved, &j->unsaved);
	if (l->saving.place == 0)
		timer_set(l->loop, &l->saving, loop_now(l->loop) + wait_ms);
}

static void set_words(struct outbox_job *j)
{
	snprintf(j->record.state, sizeof(j->record.state), "%s",
		 jobs_state_name(j->state));
	list_remove(&j->unsaved);
}

bool lineup_save(struct lineup *l, struct outbox_job *j)
{
	struct why why = { "" };

	if (l->together) {
		lineup_save_later(l, j, 0);
		return true;
	}
	set_words(j);
	if (spool_save(l->spool, &j->record, &why) == OK)
		return true;
	/* Memory is right; the disk follows when it can. A job whose delivery
	 * was not recorded is sent again after a crash, and recognized. */
	log_sentence(LOG_ERROR, why.text, "event=job-not-saved");
	lineup_save_later(l, j, SAVE_AGAIN_MS);
	return false;
}

/* The first of those that wait. False: it failed; they wait still. */
static bool save_some(struct lineup *l)
{
	const struct spool_job *records[SAVES_A_TURN];
	struct outbox_job *jobs[SAVES_A_TURN];
	struct why why = { "" };
	size_t n = 0;

	while (n < SAVES_A_TURN && !list_empty(&l->unsaved)) {
		jobs[n] =
			list_entry(l->unsaved.next, struct outbox_job, unsaved);
		set_words(jobs[n]);
		records[n] = &jobs[n]->record;
		n++;
	}
	if (spool_save_all(l->spool, records, n, &why) == OK)
		return true;
	log_sentence(LOG_ERROR, why.text, "event=job-not-saved");
	while (n > 0)
		list_append(&l->unsaved, &jobs[--n]->unsaved);
	return false;
}

/* A few are written one by one: that is two waits for the disk each, and no
 * wait for what other programs have written. */
static bool save_first(struct lineup *l)
{
	struct list *first = l->unsaved.next;
	struct list *third = first->next->next->next;

	if (first->next != &l->unsaved && first->next->next != &l->unsaved &&
	    third != &l->unsaved)
		return save_some(l);
	return lineup_save(l, list_entry(first, struct outbox_job, unsaved));
}

static void on_saving(struct timer *t)
{
	struct lineup *l = t->owner;
	bool good = true;

	if (!list_empty(&l->unsaved))
		good = save_first(l);
	if (!list_empty(&l->unsaved))
		timer_set(l->loop, t,
			  loop_now(l->loop) + (good ? 0 : SAVE_AGAIN_MS));
}

void lineup_together(struct lineup *l)
{
	l->together = true;
}

bool lineup_apart(struct lineup *l)
{
	bool good = true;

	l->together = false;
	while (good && !list_empty(&l->unsaved))
		good = save_first(l);
	if (!good)
		timer_set(l->loop, &l->saving,
			  loop_now(l->loop) + SAVE_AGAIN_MS);
	return good;
}

/* --- a job's life --- */

void lineup_move(struct lineup *l, struct outbox_job *j, enum jobs_event event)
{
	const struct jobs_rule *rule = jobs_rule(j->state, event);
	bool was_over = jobs_state_final(j->state);
	/* A call that was cancelled is not given more time by what it does. */
	bool stopping = j->record.cancelled && j->call;
	int64_t now = (int64_t)lineup_clock(), at;

	assert(rule);
	at = jobs_limit_at(rule->limit, (int64_t)j->record.give_up_ms, now);
	if (!stopping || at < j->deadline_ms)
		j->deadline_ms = at;
	j->state = rule->next;
	if (jobs_state_final(j->state) && !was_over) {
		j->record.finished_ms = (uint64_t)now;
		l->waiting--;
	}
	lineup_update(l, j);
}

struct jobs_verdict lineup_judge(struct spool_job *r,
				 const struct transfer_result *result,
				 const struct jobs_terms *terms)
{
	struct jobs_tries tries = { .faults = r->faults,
				    .busy = r->busy,
				    .streak = r->streak,
				    .last_reason = r->last_reason,
				    .away_ms = (int64_t)r->away_ms };
	struct jobs_verdict v;
	uint32_t random;

	random_bytes(&random, sizeof(random));
	v = jobs_ended(&tries, result, terms, random, (int64_t)lineup_clock());

	r->faults = tries.faults;
	r->busy = tries.busy;
	r->streak = tries.streak;
	r->last_reason = tries.last_reason;
	r->away_ms = (uint64_t)tries.away_ms;
	/* Its user may have put it off meanwhile. */
	if (v.event == JOBS_AGAIN)
		r->next_try_ms = (uint64_t)v.at_ms > r->not_before_ms
					 ? (uint64_t)v.at_ms
					 : r->not_before_ms;
	if (result->delivered)
		r->pages_confirmed = result->pages;
	snprintf(r->last_result, sizeof(r->last_result), "%s",
		 result->sentence);
	return v;
}

/* --- coming and going --- */

static bool make_room(struct lineup *l, size_t more)
{
	size_t room = l->room ? l->room : 64;
	struct outbox_job **jobs;
	struct jobs_entry *entries;

	while (room < l->count + more)
		room *= 2;
	if (room == l->room)
		return true;
	jobs = reallocarray(l->jobs, room, sizeof(struct outbox_job *));
	if (!jobs)
		return false;
	l->jobs = jobs;
	entries = reallocarray(l->entries, room, sizeof(*entries));
	if (!entries)
		return false;
	l->entries = entries;
	l->room = room;
	return true;
}

static void free_job(struct outbox_job *j)
{
	list_remove(&j->unsaved);
	free(j->document);
	free(j);
}

/* There is room. False: memory is out. */
static bool append(struct lineup *l, struct outbox *o,
		   const struct spool_job *r)
{
	struct outbox_job *j = calloc(1, sizeof(*j));
	enum jobs_priority p = jobs_priority_of(r->priority);

	if (!j)
		return false;
	j->record = *r;
	j->outbox = o;
	j->state = JOBS_QUEUED;
	j->priority = p < JOBS_PRIORITIES ? p : JOBS_NORMAL;
	j->has_pages = true;
	j->deadline_ms = (int64_t)r->give_up_ms;
	j->at = l->count++;
	list_init(&j->unsaved);
	l->jobs[j->at] = j;
	l->entries[j->at].callee = callee_of(r->to);
	lineup_update(l, j);
	return true;
}

enum err lineup_take_in(struct lineup *l, struct outbox *o,
			const struct spool_job *records, size_t count)
{
	size_t before = l->count;

	if (!make_room(l, count))
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		if (append(l, o, &records[i]))
			continue;
		while (l->count > before)
			free_job(l->jobs[--l->count]);
		return ERR_MEMORY;
	}
	l->waiting += count;
	return OK;
}

static int by_creation(const void *left, const void *right)
{
	const struct spool_job *l =
		&(*(const struct outbox_job *const *)left)->record;
	const struct spool_job *r =
		&(*(const struct outbox_job *const *)right)->record;

	if (l->created_ms != r->created_ms)
		return l->created_ms > r->created_ms ? 1 : -1;
	return memcmp(l->id, r->id, sizeof(l->id));
}

void lineup_sort(struct lineup *l)
{
	if (l->count > 0)
		qsort(l->jobs, l->count, sizeof(struct outbox_job *),
		      by_creation);
	for (size_t i = 0; i < l->count; i++) {
		l->jobs[i]->at = i;
		l->entries[i].callee = callee_of(l->jobs[i]->record.to);
		lineup_update(l, l->jobs[i]);
	}
}

static void let_go(struct lineup *l, struct outbox_job *j)
{
	l->handlers->gone(l->owner, j);
	spool_remove(l->spool, j->record.id);
	free_job(j);
}

void lineup_forget(struct lineup *l, struct outbox_job *j)
{
	size_t at = j->at;

	let_go(l, j);
	l->count--;
	for (size_t i = at; i < l->count; i++) {
		l->jobs[i] = l->jobs[i + 1];
		l->jobs[i]->at = i;
		l->entries[i] = l->entries[i + 1];
	}
}

/* --- growing old --- */

static bool is_old(const struct outbox_job *j, int64_t days, size_t younger,
		   uint64_t now)
{
	return jobs_state_final(j->state) &&
	       jobs_is_old(j->record.finished_ms, (uint64_t)days * DAY_MS,
			   younger, now);
}

static void drop_old_pages(struct lineup *l, struct outbox_job *j, int64_t days,
			   uint64_t now)
{
	/* The end is on disk before the pages go: else a crash between the two
	 * would leave a job that waits, of nothing. */
	if (!j->has_pages || !is_old(j, days, 0, now) ||
	    !list_empty(&j->unsaved))
		return;
	spool_document_remove(l->spool, j->record.id);
	j->has_pages = false;
	lineup_tell(l, j);
}

bool lineup_tidy(struct lineup *l, const struct config *config, size_t most)
{
	uint64_t now = lineup_clock();
	size_t over = 0, gone = 0, kept = l->count;

	/* From the newest down: those that stay gather at the end. */
	for (size_t i = l->count; i-- > 0;) {
		struct outbox_job *j = l->jobs[i];

		if (gone < most && is_old(j, config->keep_jobs_d, over, now)) {
			let_go(l, j);
			gone++;
			continue;
		}
		over += jobs_state_final(j->state);
		drop_old_pages(l, j, config->keep_documents_d, now);
		l->entries[--kept] = l->entries[i];
		l->jobs[kept] = j;
	}
	l->count -= kept;
	for (size_t i = 0; i < l->count; i++) {
		l->jobs[i] = l->jobs[i + kept];
		l->jobs[i]->at = i;
		l->entries[i] = l->entries[i + kept];
	}
	return gone == most;
}

/* --- making and unmaking --- */

void lineup_init(struct lineup *l, const struct outbox_parts *parts)
{
	*l = (struct lineup){
		.loop = parts->loop,
		.handlers = parts->handlers,
		.owner = parts->owner,
		.saving = { .due = on_saving, .owner = l },
	};
	list_init(&l->unsaved);
}

void lineup_fini(struct lineup *l)
{
	/* What was put off is not lost to a stop in good order. */
	(void)lineup_apart(l);
	timer_clear(l->loop, &l->saving);
	for (size_t i = 0; i < l->count; i++)
		free_job(l->jobs[i]);
	free(l->jobs);
	free(l->entries);
	spool_close(l->spool);
}
