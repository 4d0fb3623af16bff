/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/records.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum {
	GATHER_MS = 500,
	LOGINS_MAX = 512,
	BATCH_MAX = 512,
	CALLS_MAX = 8192, /* some minutes of many */
	AGAIN_MS = 2000,  /* after a failure */
	FORGET_MS = 60000,
	FORGET_MORE_MS = 500, /* while there are old ones */
};

struct records {
	struct loop *loop;	   /* borrowed */
	struct database *database; /* borrowed */
	struct timer flush;
	struct timer forget;
	int64_t keep_ms;
	struct database_call calls[CALLS_MAX];
	size_t calls_count;
	size_t under_way; /* the first so many */
	uint64_t lost;	  /* not told yet */
	struct database_login logins[LOGINS_MAX];
	size_t logins_count;
};

static int64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_flush(struct timer *t)
{
	records_flush(t->owner);
}

/* A database that cannot be written is told of by what is lost. */
static void on_forgotten(void *owner, const struct database_answer *a)
{
	struct records *r = owner;
	bool more = a->err == OK && a->count > 0;

	timer_set(r->loop, &r->forget,
		  loop_now(r->loop) + (more ? FORGET_MORE_MS : FORGET_MS));
}

static void on_forget(struct timer *t)
{
	struct records *r = t->owner;

	database_calls_forget(
		r->database, epoch_ms() - r->keep_ms,
		(struct database_asker){ .done = on_forgotten, .owner = r });
}

struct records *records_new(struct loop *loop, struct database *database)
{
	struct records *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->loop = loop;
	r->database = database;
	r->flush = (struct timer){ .due = on_flush, .owner = r };
	r->forget = (struct timer){ .due = on_forget, .owner = r };
	return r;
}

void records_free(struct records *r)
{
	if (!r)
		return;
	timer_clear(r->loop, &r->flush);
	timer_clear(r->loop, &r->forget);
	free(r);
}

static void await_flush(struct records *r, int64_t wait_ms)
{
	if (r->flush.place == 0)
		timer_set(r->loop, &r->flush, loop_now(r->loop) + wait_ms);
}

/* What could not be written stays, and is tried again. */
static void on_written(void *owner, const struct database_answer *a)
{
	struct records *r = owner;
	size_t n = r->under_way;

	r->under_way = 0;
	if (a->err != OK) {
		log_sentence(LOG_ERROR, a->why, "event=records-wait calls=%zu",
			     r->calls_count);
		await_flush(r, AGAIN_MS);
		return;
	}
	r->calls_count -= n;
	memmove(r->calls, r->calls + n, r->calls_count * sizeof(r->calls[0]));
	if (r->lost > 0)
		log_line(LOG_ERROR,
			 "event=records-lost calls=%llu what=\"the database "
			 "could not be written for too long\"",
			 (unsigned long long)r->lost);
	r->lost = 0;
	if (r->calls_count > 0)
		await_flush(r, 0);
}

static void write_calls(struct records *r)
{
	if (r->calls_count == 0 || r->under_way > 0)
		return;
	r->under_way = r->calls_count < BATCH_MAX ? r->calls_count : BATCH_MAX;
	database_calls_append(
		r->database, r->calls, r->under_way,
		(struct database_asker){ .done = on_written, .owner = r });
}

void records_flush(struct records *r)
{
	const struct database_asker nobody = { .owner = NULL };

	timer_clear(r->loop, &r->flush);
	write_calls(r);
	if (r->logins_count > 0)
		database_logins_append(r->database, r->logins, r->logins_count,
				       nobody);
	r->logins_count = 0;
}

void records_finish(struct records *r)
{
	struct database_result done;

	do {
		size_t before = r->calls_count;

		records_flush(r);
		/* Requests are answered in order. */
		database_count(r->database, database_into(&done));
		if (database_wait(r->database, &done) != OK ||
		    r->calls_count == before)
			break;
	} while (r->calls_count > 0);
	if (r->calls_count > 0)
		log_line(LOG_ERROR, "event=records-lost calls=%zu",
			 r->calls_count);
}

void records_keep(struct records *r, int64_t days)
{
	r->keep_ms = days * 24 * 60 * 60 * 1000;
	timer_set(r->loop, &r->forget, loop_now(r->loop) + FORGET_MORE_MS);
}

void records_call(struct records *r, const struct effect_record *e)
{
	int64_t shift = epoch_ms() - loop_now(r->loop);
	struct database_call *c;

	if (r->calls_count == CALLS_MAX) {
		r->lost++;
		return;
	}
	c = &r->calls[r->calls_count++];
	*c = (struct database_call){
		.call = e->call,
		.began_ms = e->began_ms + shift,
		.connected_ms = e->connected_ms ? e->connected_ms + shift : 0,
		.ended_ms = e->ended_ms + shift,
		.reason = e->reason,
	};
	memcpy(c->caller, e->caller, sizeof(c->caller));
	memcpy(c->callee, e->callee, sizeof(c->callee));
	if (r->calls_count == BATCH_MAX)
		records_flush(r);
	await_flush(r, GATHER_MS);
}

void records_login(struct records *r, const char *user)
{
	struct database_login *l = &r->logins[r->logins_count++];

	memset(l, 0, sizeof(*l));
	memcpy(l->id, user, strnlen(user, sizeof(l->id) - 1));
	l->at_ms = epoch_ms();
	if (r->logins_count == LOGINS_MAX)
		records_flush(r);
	else
		await_flush(r, GATHER_MS);
}
