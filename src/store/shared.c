/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shared.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/engine.h"

/* A list as PostgreSQL reads one: {a,b}. IDs need no quotes. */
enum { ARRAY_ROOM = SHARED_PRESENCES_MAX * 34 + 3 };

struct arrays {
	char ids[ARRAY_ROOM], states[ARRAY_ROOM], gens[ARRAY_ROOM];
	size_t n;
};

static void submit(struct database *d, struct query *q,
		   struct database_asker asker)
{
	if (database_shared(d)) {
		engine_submit(d, q, asker);
		return;
	}
	query_free(q);
	query_refuse(asker, ERR_UNSUPPORTED,
		     "That needs a database that relays share.");
}

/* --- relays --- */

static bool incarnation_row(struct query *q, const struct query_value *row)
{
	q->answer.number = (uint64_t)row[0].number;
	q->answer.count = 1;
	return true;
}

/* The account comes first: a terminal of that name keeps it, and then no
 * relay begins. */
void shared_relay_begin(struct database *d, const struct shared_relay *r,
			const struct database_account *keys,
			struct database_asker asker)
{
	struct query *q = query_new(asker, QUERY_ONE);

	if (q)
		q->read = incarnation_row;
	engine_account(q, SCHEMA_RELAY_ACCOUNT, keys);
	query_step(q, SCHEMA_RELAY_BEGIN);
	query_text(q, r->name);
	query_text(q, r->addresses);
	query_bytes(q, r->pin, sizeof(r->pin));
	query_step(q, SCHEMA_RELAY_SWEEP);
	query_text(q, r->name);
	engine_changed(q, r->name);
	submit(d, q, asker);
}

static void of_incarnation(struct query *q, enum schema_statement s,
			   const char *name, uint64_t incarnation)
{
	query_step(q, s);
	query_text(q, name);
	query_number(q, (int64_t)incarnation);
}

void shared_relay_renew(struct database *d, const char *name,
			uint64_t incarnation, struct database_asker asker)
{
	struct query *q = query_new(asker, QUERY_ONE);

	of_incarnation(q, SCHEMA_RELAY_RENEW, name, incarnation);
	submit(d, q, asker);
}

void shared_relay_end(struct database *d, const char *name,
		      uint64_t incarnation, struct database_asker asker)
{
	struct query *q = query_new(asker, QUERY_ONE);

	of_incarnation(q, SCHEMA_RELAY_END, name, incarnation);
	submit(d, q, asker);
}

static bool relay_row(struct query *q, const struct query_value *row)
{
	struct shared_relay *r = &q->found.relay;

	query_copy(&row[0], r->name, sizeof(r->name));
	r->incarnation = (uint64_t)row[1].number;
	query_copy(&row[2], r->addresses, sizeof(r->addresses));
	query_copy_bytes(&row[3], r->pin, sizeof(r->pin));
	r->lease_ms = row[4].number;
	r->terminals = (uint64_t)row[5].number;
	q->answer.relay = r;
	return true;
}

void shared_relays(struct database *d, struct database_asker asker)
{
	submit(d, query_rows(asker, QUERY_ANY, SCHEMA_RELAYS, relay_row),
	       asker);
}

/* --- presence --- */

static bool presence_row(struct query *q, const struct query_value *row)
{
	query_copy(&row[0], q->found.id, sizeof(q->found.id));
	q->answer.id = q->found.id;
	q->answer.number = (uint64_t)row[1].number;
	return true;
}

static size_t put(char *array, size_t at, bool first, const char *text)
{
	return at + (size_t)snprintf(array + at, ARRAY_ROOM - at, "%c%s",
				     first ? '{' : ',', text);
}

/* Those that `belongs` says. */
static void gather(struct arrays *a, const struct shared_presence *p, size_t n,
		   bool (*belongs)(const struct shared_presence *p))
{
	size_t ids = 0, states = 0, gens = 0;
	char number[24];

	a->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!belongs(&p[i]))
			continue;
		ids = put(a->ids, ids, a->n == 0, p[i].id);
		snprintf(number, sizeof(number), "%d", (int)p[i].state);
		states = put(a->states, states, a->n == 0, number);
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)p[i].gen);
		gens = put(a->gens, gens, a->n == 0, number);
		a->n++;
	}
	memcpy(a->ids + ids, "}", 2);
	memcpy(a->states + states, "}", 2);
	memcpy(a->gens + gens, "}", 2);
}

static bool is_gone(const struct shared_presence *p)
{
	return p->state == SHARED_OFFLINE;
}

static bool is_new(const struct shared_presence *p)
{
	return p->state != SHARED_OFFLINE && p->gen == 0;
}

static bool is_known(const struct shared_presence *p)
{
	return p->state != SHARED_OFFLINE && p->gen > 0;
}

static void add_presences(struct query *q, struct arrays *a,
			  const struct shared_relay *r,
			  const struct shared_presence *presences, size_t n)
{
	gather(a, presences, n, is_gone);
	if (a->n > 0) {
		query_step(q, SCHEMA_PRESENCE_GONE);
		query_text(q, a->ids);
		query_text(q, a->gens);
	}
	gather(a, presences, n, is_new);
	if (a->n > 0) {
		of_incarnation(q, SCHEMA_PRESENCE_NEW, r->name, r->incarnation);
		query_text(q, a->ids);
		query_text(q, a->states);
	}
	gather(a, presences, n, is_known);
	if (a->n > 0) {
		of_incarnation(q, SCHEMA_PRESENCE_KNOWN, r->name,
			       r->incarnation);
		query_text(q, a->ids);
		query_text(q, a->states);
		query_text(q, a->gens);
	}
}

void shared_presence_put(struct database *d, const struct shared_relay *r,
			 const struct shared_presence *presences, size_t n,
			 struct database_asker asker)
{
	struct query *q =
		query_rows(asker, QUERY_ANY, SCHEMA_LAZY, presence_row);
	struct arrays *a = malloc(sizeof(*a));

	assert(n <= SHARED_PRESENCES_MAX);
	if (a) {
		add_presences(q, a, r, presences, n);
	} else {
		query_free(q);
		q = NULL;
	}
	free(a);
	submit(d, q, asker);
}

static bool place_row(struct query *q, const struct query_value *row)
{
	const struct query_value *more = row + ENGINE_ACCOUNT_COLUMNS;
	struct shared_place *p = &q->found.place;

	engine_read_account(row, &p->account);
	query_copy(&more[0], p->relay, sizeof(p->relay));
	p->state = more[1].number == SHARED_FREE   ? SHARED_FREE
		   : more[1].number == SHARED_BUSY ? SHARED_BUSY
						   : SHARED_OFFLINE;
	p->gen = (uint64_t)more[2].number;
	q->answer.place = p;
	return true;
}

void shared_locate(struct database *d, const char *address,
		   struct database_asker asker)
{
	bool by_number = address[0] == '+';
	struct query *q = query_rows(
		asker, QUERY_ONE,
		by_number ? SCHEMA_LOCATE_NUMBER : SCHEMA_LOCATE, place_row);

	query_text(q, by_number ? address + 1 : address);
	submit(d, q, asker);
}

void shared_terminals(struct database *d, const char *after, size_t limit,
		      struct database_asker asker)
{
	struct query *q =
		query_rows(asker, QUERY_ANY, SCHEMA_TERMINALS, place_row);

	query_text(q, after);
	query_number(q, (int64_t)limit);
	submit(d, q, asker);
}
