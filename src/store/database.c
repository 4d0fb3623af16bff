/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/engine.h"
#include "store/postgres.h"
#include "store/sqlite.h"

enum {
	/* Calls one start can number before it meets the next start's. */
	CALLS_A_START_BITS = 32,
	IMPORT_MS = 120000,
	/* No transaction of ours takes longer; commits are not in order. */
	OVERLAP_US = 30000000,
	/* Changes are forgotten after an hour. */
	CHANGES_KNOWN_S = 3000,
};

/* --- opening --- */

bool database_is_url(const char *where)
{
	return strncmp(where, "postgresql://", 13) == 0 ||
	       strncmp(where, "postgres://", 11) == 0;
}

enum err database_open(struct database **out, const char *where,
		       struct why *why)
{
	struct database *d = calloc(1, sizeof(*d));
	enum err e;

	if (!d)
		return ERR_MEMORY;
	if (database_is_url(where))
		e = postgres_open(&d->postgres, where, why);
	else
		e = sqlite_open(&d->sqlite, where, why);
	if (e != OK) {
		free(d);
		return e;
	}
	*out = d;
	return OK;
}

void database_close(struct database *d)
{
	if (!d)
		return;
	sqlite_close(d->sqlite);
	postgres_close(d->postgres);
	free(d);
}

bool database_shared(const struct database *d)
{
	return d->postgres != NULL;
}

void database_on_wake(struct database *d, void (*wake)(void *owner),
		      void *owner)
{
	if (d->postgres)
		postgres_on_wake(d->postgres, wake, owner);
}

void database_wants(const struct database *d, struct database_wants *out)
{
	*out = (struct database_wants){ .fd = -1, .at_ms = INT64_MAX };
	if (d->postgres)
		postgres_wants(d->postgres, out);
}

void database_ready(struct database *d, int64_t now)
{
	if (d->postgres)
		postgres_ready(d->postgres, now);
}

void database_tick(struct database *d, int64_t now)
{
	if (d->postgres)
		postgres_tick(d->postgres, now);
}

unsigned database_epoch(const struct database *d)
{
	return d->postgres ? postgres_epoch(d->postgres) : 1;
}

const char *database_trouble(const struct database *d)
{
	return d->postgres ? postgres_trouble(d->postgres) : "";
}

/* --- for who can wait --- */

static void keep_answer(void *owner, const struct database_answer *a)
{
	struct database_result *r = owner;

	r->done = true;
	r->err = a->err;
	r->count = a->count;
	r->number = a->number;
	why_set(&r->why, "%s", a->why);
	r->found = a->account || a->counts || a->secret;
	if (a->account)
		r->account = *a->account;
	if (a->counts)
		r->counts = *a->counts;
	if (a->secret)
		memcpy(r->secret, a->secret, sizeof(r->secret));
}

struct database_asker database_into(struct database_result *r)
{
	return database_each_into(r, NULL);
}

struct database_asker
database_each_into(struct database_result *r,
		   void (*row)(void *owner, const struct database_answer *a))
{
	memset(r, 0, sizeof(*r));
	return (struct database_asker){ .row = row,
					.done = keep_answer,
					.owner = r };
}

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wait_a_turn(struct database *d)
{
	struct database_wants w;
	struct pollfd p = { .events = 0 };
	int64_t now = clock_ms();

	database_tick(d, now);
	database_wants(d, &w);
	p.fd = w.fd;
	if (w.read)
		p.events |= POLLIN;
	if (w.write)
		p.events |= POLLOUT;
	/* A deadline at most, and none is far. */
	if (w.at_ms > now + 1000)
		w.at_ms = now + 1000;
	if (poll(&p, 1, w.at_ms > now ? (int)(w.at_ms - now) : 0) > 0)
		database_ready(d, clock_ms());
}

enum err database_wait(struct database *d, struct database_result *r)
{
	while (!r->done)
		wait_a_turn(d);
	return r->err;
}

/* --- accounts --- */

static bool account_row(struct query *q, const struct query_value *row)
{
	engine_read_account(row, &q->found.account);
	q->answer.account = &q->found.account;
	return true;
}

static void add_numbers(struct query *q, const char *id, const char *numbers)
{
	while (*numbers) {
		char one[DATABASE_NUMBERS_TEXT];
		size_t len = strcspn(numbers, " ");

		memcpy(one, numbers, len);
		one[len] = '\0';
		query_step(q, SCHEMA_ADD_NUMBER);
		query_text(q, id);
		query_text(q, one);
		numbers += len + strspn(numbers + len, " ");
	}
}

void database_account_add(struct database *d, const struct database_account *a,
			  struct database_asker asker)
{
	struct query *q = query_new(asker, QUERY_ANY);

	engine_account(q, SCHEMA_ADD, a);
	add_numbers(q, a->id, a->numbers);
	engine_changed(q, a->id);
	engine_submit(d, q, asker);
}

void database_account_get(struct database *d, const char *id,
			  struct database_asker asker)
{
	struct query *q = query_rows(asker, QUERY_ONE, SCHEMA_GET, account_row);

	query_text(q, id);
	engine_submit(d, q, asker);
}

void database_accounts(struct database *d, const char *after, size_t limit,
		       struct database_asker asker)
{
	struct query *q =
		query_rows(asker, QUERY_ANY, SCHEMA_PAGE, account_row);

	query_text(q, after);
	query_number(q, (int64_t)limit);
	engine_submit(d, q, asker);
}

static struct query *change(struct database_asker asker,
			    enum schema_statement s, const char *id)
{
	struct query *q = query_new(asker, QUERY_ONE);

	query_step(q, s);
	query_text(q, id);
	return q;
}

void database_account_enable(struct database *d, const char *id, bool enabled,
			     struct database_asker asker)
{
	struct query *q = change(asker, SCHEMA_ENABLE, id);

	query_number(q, enabled);
	engine_changed(q, id);
	engine_submit(d, q, asker);
}

void database_account_remove(struct database *d, const char *id,
			     struct database_asker asker)
{
	struct query *q = change(asker, SCHEMA_REMOVE, id);

	query_step(q, SCHEMA_CLEAR_NUMBERS);
	query_text(q, id);
	engine_changed(q, id);
	engine_submit(d, q, asker);
}

void database_account_allow(struct database *d, const char *id,
			    const char *allowed, struct database_asker asker)
{
	struct query *q = change(asker, SCHEMA_ALLOW, id);

	query_text(q, allowed);
	engine_changed(q, id);
	engine_submit(d, q, asker);
}

void database_account_numbers(struct database *d, const char *id,
			      const char *numbers, struct database_asker asker)
{
	struct query *q = change(asker, SCHEMA_FOUND, id);

	query_step(q, SCHEMA_CLEAR_NUMBERS);
	query_text(q, id);
	add_numbers(q, id, numbers);
	engine_changed(q, id);
	engine_submit(d, q, asker);
}

void database_account_keys(struct database *d, const struct database_account *a,
			   struct database_asker asker)
{
	struct query *q = change(asker, SCHEMA_KEYS, a->id);

	query_bytes(q, a->salt, sizeof(a->salt));
	query_number(q, a->iterations);
	query_bytes(q, a->stored_key, sizeof(a->stored_key));
	query_bytes(q, a->server_key, sizeof(a->server_key));
	engine_changed(q, a->id);
	engine_submit(d, q, asker);
}

void database_logins_append(struct database *d,
			    const struct database_login *logins, size_t n,
			    struct database_asker asker)
{
	struct query *q = query_new(asker, QUERY_ANY);

	query_step(q, SCHEMA_LAZY);
	for (size_t i = 0; i < n; i++) {
		query_step(q, SCHEMA_TOUCH);
		query_text(q, logins[i].id);
		query_number(q, logins[i].at_ms);
	}
	engine_submit(d, q, asker);
}

/* --- many at once --- */

struct database_import {
	struct query *query; /* owned */
	bool replace;
};

struct database_import *database_import_new(bool replace)
{
	struct database_import *i = calloc(1, sizeof(*i));
	const struct database_asker nobody = { .owner = NULL };

	if (!i)
		return NULL;
	i->replace = replace;
	i->query = query_new(nobody, QUERY_ANY);
	if (i->query)
		return i;
	free(i);
	return NULL;
}

void database_import_free(struct database_import *i)
{
	if (!i)
		return;
	query_free(i->query);
	free(i);
}

void database_import_add(struct database_import *i,
			 const struct database_account *a, uint64_t number)
{
	struct query *q = i->query;
	size_t first = q->steps_count;

	engine_account(q, i->replace ? SCHEMA_PUT : SCHEMA_ADD, a);
	if (i->replace) {
		query_step(q, SCHEMA_CLEAR_NUMBERS);
		query_text(q, a->id);
	}
	add_numbers(q, a->id, a->numbers);
	for (; first < q->steps_count; first++)
		q->steps[first].number = number;
}

void database_import_commit(struct database *d, struct database_import *i,
			    struct database_asker asker)
{
	struct query *q = i->query;

	free(i);
	q->patience_ms = IMPORT_MS;
	q->asker = asker;
	q->answer.tag = asker.tag;
	engine_changed(q, "*");
	engine_submit(d, q, asker);
}

/* --- calls --- */

void database_calls_append(struct database *d,
			   const struct database_call *calls, size_t n,
			   struct database_asker asker)
{
	struct query *q = query_new(asker, QUERY_ANY);

	for (size_t i = 0; i < n; i++) {
		query_step(q, SCHEMA_ADD_CALL);
		query_number(q, (int64_t)calls[i].call);
		query_text(q, calls[i].caller);
		query_text(q, calls[i].callee);
		query_number(q, calls[i].began_ms);
		query_number(q, calls[i].connected_ms);
		query_number(q, calls[i].ended_ms);
		query_number(q, calls[i].reason);
	}
	engine_submit(d, q, asker);
}

void database_calls_forget(struct database *d, int64_t before_ms,
			   struct database_asker asker)
{
	struct query *q = query_new(asker, QUERY_ANY);

	query_step(q, SCHEMA_FORGET_CALLS);
	query_number(q, before_ms);
	query_step(q, SCHEMA_FORGET_CHANGES);
	engine_submit(d, q, asker);
}

static bool call_row(struct query *q, const struct query_value *row)
{
	struct database_call *c = &q->found.call;

	*c = (struct database_call){ .call = (uint64_t)row[0].number,
				     .began_ms = row[3].number,
				     .connected_ms = row[4].number,
				     .ended_ms = row[5].number,
				     .reason = (uint16_t)row[6].number };
	query_copy(&row[1], c->caller, sizeof(c->caller));
	query_copy(&row[2], c->callee, sizeof(c->callee));
	q->answer.call = c;
	return true;
}

void database_calls(struct database *d, size_t n, struct database_asker asker)
{
	struct query *q = query_rows(asker, QUERY_ANY, SCHEMA_CALLS, call_row);

	query_number(q, (int64_t)n);
	engine_submit(d, q, asker);
}

/* --- what survives a restart --- */

static bool start_row(struct query *q, const struct query_value *row)
{
	q->answer.number = ((uint64_t)row[0].number << CALLS_A_START_BITS) + 1;
	return true;
}

void database_first_call(struct database *d, struct database_asker asker)
{
	engine_submit(
		d, query_rows(asker, QUERY_ONE, SCHEMA_FIRST_CALL, start_row),
		asker);
}

static bool secret_row(struct query *q, const struct query_value *row)
{
	query_copy_bytes(&row[0], q->found.secret, sizeof(q->found.secret));
	q->answer.secret = q->found.secret;
	return true;
}

void database_secret(struct database *d, const uint8_t candidate[32],
		     struct database_asker asker)
{
	struct query *q =
		query_rows(asker, QUERY_ONE, SCHEMA_SECRET, secret_row);

	query_bytes(q, candidate, 32);
	engine_submit(d, q, asker);
}

static bool count_row(struct query *q, const struct query_value *row)
{
	q->found.counts = (struct database_counts){
		.accounts = (uint64_t)row[0].number,
		.relays = (uint64_t)row[1].number,
		.numbers = (uint64_t)row[2].number,
		.calls = (uint64_t)row[3].number,
	};
	q->answer.counts = &q->found.counts;
	return true;
}

void database_count(struct database *d, struct database_asker asker)
{
	engine_submit(d, query_rows(asker, QUERY_ONE, SCHEMA_COUNT, count_row),
		      asker);
}

/* --- what others have changed --- */

/* Whether it was told already; it is from now on. */
static bool is_told(struct database *d, int64_t seq)
{
	for (size_t i = 0; i < ENGINE_TOLD_MAX; i++)
		if (d->told[i] == seq)
			return true;
	d->told[d->told_next++ % ENGINE_TOLD_MAX] = seq;
	return false;
}

/* SQLite's only row is its version. */
static bool version_row(struct query *q, const struct query_value *row)
{
	struct database *d = q->database;
	bool same = d->changes_at == 0 || d->told[0] == row[0].number;

	d->changes_at = 1;
	d->told[0] = row[0].number;
	q->answer.id = "*";
	return !same;
}

static bool change_row(struct query *q, const struct query_value *row)
{
	struct database *d = q->database;
	int64_t before = d->changes_at;

	if (row[0].number > 0) {
		query_copy(&row[1], q->found.id, sizeof(q->found.id));
		q->answer.id = q->found.id;
		return !is_told(d, row[0].number);
	}
	d->changes_at = row[2].number;
	q->answer.id = "*";
	return before > 0 &&
	       (d->changes_at - before) / 1000000 > CHANGES_KNOWN_S;
}

void database_changes(struct database *d, struct database_asker asker)
{
	struct query *q = query_rows(asker, QUERY_ANY, SCHEMA_CHANGES,
				     d->postgres ? change_row : version_row);

	query_number(q, d->changes_at > 0 ? d->changes_at - OVERLAP_US
					  : INT64_MAX);
	engine_submit(d, q, asker);
}
