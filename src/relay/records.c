/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/records.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum {
	GATHER_MS = 500,
	GATHER_MAX = 512,
	FORGET_MS = 60000,
	FORGET_MORE_MS = 500, /* while there are old ones */
};

struct login_time {
	char user[ADDRESS_ID_MAX + 1];
	int64_t at_ms;
};

struct records {
	struct loop *loop;	   /* borrowed */
	struct database *database; /* borrowed */
	struct timer flush;
	struct timer forget;
	int64_t keep_ms;
	struct database_call calls[GATHER_MAX];
	size_t calls_count;
	struct login_time logins[GATHER_MAX];
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

static void on_forget(struct timer *t)
{
	struct records *r = t->owner;
	size_t removed = 0;
	bool more;

	/* A database that cannot be written is told of by what is lost. */
	more = database_calls_forget(r->database, epoch_ms() - r->keep_ms,
				     &removed) == OK &&
	       removed > 0;
	timer_set(r->loop, t,
		  loop_now(r->loop) + (more ? FORGET_MORE_MS : FORGET_MS));
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
	records_flush(r);
	timer_clear(r->loop, &r->flush);
	timer_clear(r->loop, &r->forget);
	free(r);
}

void records_flush(struct records *r)
{
	timer_clear(r->loop, &r->flush);
	if (r->calls_count > 0 &&
	    database_calls_append(r->database, r->calls, r->calls_count) != OK)
		log_line(LOG_ERROR,
			 "event=records-lost calls=%zu what=\"the database "
			 "cannot be written\"",
			 r->calls_count);
	r->calls_count = 0;
	for (size_t i = 0; i < r->logins_count; i++)
		(void)!database_account_touch(r->database, r->logins[i].user,
					      r->logins[i].at_ms);
	r->logins_count = 0;
}

void records_keep(struct records *r, int64_t days)
{
	r->keep_ms = days * 24 * 60 * 60 * 1000;
	timer_set(r->loop, &r->forget, loop_now(r->loop) + FORGET_MORE_MS);
}

static void gather(struct records *r, size_t count)
{
	if (count == GATHER_MAX)
		records_flush(r);
	else if (r->flush.place == 0)
		timer_set(r->loop, &r->flush, loop_now(r->loop) + GATHER_MS);
}

void records_call(struct records *r, const struct effect_record *e)
{
	int64_t shift = epoch_ms() - loop_now(r->loop);
	struct database_call *c = &r->calls[r->calls_count++];

	*c = (struct database_call){
		.call = e->call,
		.began_ms = e->began_ms + shift,
		.connected_ms = e->connected_ms ? e->connected_ms + shift : 0,
		.ended_ms = e->ended_ms + shift,
		.reason = e->reason,
	};
	memcpy(c->caller, e->caller, sizeof(c->caller));
	memcpy(c->callee, e->callee, sizeof(c->callee));
	gather(r, r->calls_count);
}

void records_login(struct records *r, const char *user)
{
	struct login_time *l = &r->logins[r->logins_count++];

	memset(l, 0, sizeof(*l));
	memcpy(l->user, user, strnlen(user, sizeof(l->user) - 1));
	l->at_ms = epoch_ms();
	gather(r, r->logins_count);
}
