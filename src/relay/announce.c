/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/announce.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "base/list.h"
#include "base/log.h"

enum {
	GATHER_MS = 5,
	AGAIN_MS = 1000, /* after a failure */
};

struct terminal {
	char id[33];
	enum shared_state state; /* as it is */
	uint64_t gen;		 /* of its login; 0: not known yet */
	bool unsure;	/* it was said with no generation, and not answered */
	bool told;	/* in the batch that is under way: it was taken */
	bool elsewhere; /* somebody has logged in so at another relay since */
	struct list dirty; /* to be said */
	UT_hash_handle hh;
};

struct announce {
	struct loop *loop;	   /* borrowed */
	struct database *database; /* borrowed */
	struct shared_relay self;
	void (*fenced)(void *owner);
	void *owner;
	struct terminal *all;
	struct list dirty;
	struct timer flush;
	struct timer renew;
	bool is_fenced;
	/* What is under way; one batch at a time keeps each terminal's states
	 * in order. */
	struct terminal *batch[SHARED_PRESENCES_MAX];
	struct shared_presence said[SHARED_PRESENCES_MAX];
	size_t batch_count;
};

static struct terminal *find(struct announce *a, const char *id)
{
	struct terminal *t;

	HASH_FIND_STR(a->all, id, t);
	return t;
}

static void soon(struct announce *a, int64_t wait_ms)
{
	if (a->flush.place == 0 && a->batch_count == 0 && !a->is_fenced &&
	    !list_empty(&a->dirty))
		timer_set(a->loop, &a->flush, loop_now(a->loop) + wait_ms);
}

static void mark(struct announce *a, struct terminal *t)
{
	list_remove(&t->dirty);
	list_append(&a->dirty, &t->dirty);
}

/* Nothing of it is in the database, or will be. */
static bool is_over(const struct terminal *t)
{
	return t->state == SHARED_OFFLINE && t->gen == 0 && !t->unsure;
}

static void drop(struct announce *a, struct terminal *t)
{
	list_remove(&t->dirty);
	HASH_DEL(a->all, t);
	free(t);
}

/* --- batches --- */

static void on_taken(void *owner, const struct database_answer *answer)
{
	struct announce *a = owner;
	struct terminal *t = find(a, answer->id);

	if (!t)
		return;
	t->told = true;
	t->unsure = false;
	t->gen = answer->number;
}

/* What became of one that was said. One that is logged in elsewhere since is
 * not said again before it logs in here. */
static void settle(struct announce *a, size_t i, bool ok)
{
	struct terminal *t = a->batch[i];
	const struct shared_presence *said = &a->said[i];

	if (!ok) {
		mark(a, t);
		return;
	}
	if (said->state == SHARED_OFFLINE) {
		t->gen = 0;
	} else if (!t->told) {
		log_line(LOG_INFO, "event=elsewhere id=%s", t->id);
		t->elsewhere = true;
		t->unsure = false;
		t->gen = 0;
		list_remove(&t->dirty);
	} else if (t->state != said->state) {
		mark(a, t);
	}
	if (is_over(t))
		drop(a, t);
}

static void on_said(void *owner, const struct database_answer *answer)
{
	struct announce *a = owner;
	size_t n = a->batch_count;

	a->batch_count = 0;
	for (size_t i = 0; i < n; i++)
		settle(a, i, answer->err == OK);
	soon(a, answer->err == OK ? 0 : AGAIN_MS);
}

static void put_into_batch(struct announce *a, struct terminal *t)
{
	struct shared_presence *p = &a->said[a->batch_count];

	list_remove(&t->dirty);
	if (is_over(t)) {
		drop(a, t);
		return;
	}
	memcpy(p->id, t->id, sizeof(p->id));
	p->state = t->state;
	p->gen = t->gen;
	/* It may stand there with a generation that was never heard: it is
	 * said once more, to be taken out then. */
	if (t->state == SHARED_OFFLINE && t->gen == 0)
		p->state = SHARED_BUSY;
	t->unsure |= t->gen == 0;
	t->told = false;
	a->batch[a->batch_count++] = t;
}

static void on_flush(struct timer *timer)
{
	struct announce *a = timer->owner;

	while (a->batch_count < SHARED_PRESENCES_MAX && !list_empty(&a->dirty))
		put_into_batch(
			a, list_entry(a->dirty.next, struct terminal, dirty));
	if (a->batch_count > 0)
		shared_presence_put(
			a->database, &a->self, a->said, a->batch_count,
			(struct database_asker){
				.row = on_taken, .done = on_said, .owner = a });
}

/* --- the lease --- */

static void on_renewed(void *owner, const struct database_answer *answer)
{
	struct announce *a = owner;

	if (answer->err != ERR_MISSING || a->is_fenced)
		return; /* away: it is tried again */
	a->is_fenced = true;
	timer_clear(a->loop, &a->renew);
	timer_clear(a->loop, &a->flush);
	a->fenced(a->owner);
}

static void on_renew(struct timer *timer)
{
	struct announce *a = timer->owner;

	shared_relay_renew(
		a->database, a->self.name, a->self.incarnation,
		(struct database_asker){ .done = on_renewed, .owner = a });
	timer_set(a->loop, timer, loop_now(a->loop) + SHARED_RENEW_MS);
}

struct announce *announce_new(struct loop *loop, struct database *database,
			      const struct shared_relay *self,
			      void (*fenced)(void *owner), void *owner)
{
	struct announce *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->loop = loop;
	a->database = database;
	a->self = *self;
	a->fenced = fenced;
	a->owner = owner;
	list_init(&a->dirty);
	a->flush = (struct timer){ .due = on_flush, .owner = a };
	a->renew = (struct timer){ .due = on_renew, .owner = a };
	timer_set(loop, &a->renew, loop_now(loop) + SHARED_RENEW_MS);
	return a;
}

void announce_free(struct announce *a)
{
	struct terminal *t, *next;

	if (!a)
		return;
	timer_clear(a->loop, &a->flush);
	timer_clear(a->loop, &a->renew);
	HASH_ITER (hh, a->all, t, next)
		drop(a, t);
	free(a);
}

/* --- what is to be said --- */

static struct terminal *find_or_add(struct announce *a, const char *id)
{
	struct terminal *t = find(a, id);

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t)
		abort(); /* the others would look for it in vain for ever */
	memcpy(t->id, id, strnlen(id, sizeof(t->id) - 1));
	list_init(&t->dirty);
	HASH_ADD_STR(a->all, id, t);
	return t;
}

void announce_login(struct announce *a, const char *id)
{
	struct terminal *t = find_or_add(a, id);

	t->elsewhere = false;
	t->gen = 0;
	mark(a, t);
	soon(a, GATHER_MS);
}

void announce_state(struct announce *a, const char *id, enum shared_state state)
{
	struct terminal *t = find_or_add(a, id);

	t->state = state;
	if (!t->elsewhere)
		mark(a, t);
	else if (state == SHARED_OFFLINE)
		drop(a, t);
	soon(a, GATHER_MS);
}

void announce_again(struct announce *a)
{
	struct terminal *t, *next;

	if (a->is_fenced)
		return;
	HASH_ITER (hh, a->all, t, next)
		if (!t->elsewhere)
			mark(a, t);
	timer_set(a->loop, &a->renew, loop_now(a->loop));
	soon(a, 0);
}

void announce_end(struct announce *a, struct database_asker asker)
{
	shared_relay_end(a->database, a->self.name, a->self.incarnation, asker);
}
