/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry.h"

#include <stdlib.h>
#include <string.h>

#include "core/directory.h"

/* --- accounts --- */

static unsigned hash_of(const struct relay *r, const void *bytes, size_t len)
{
	return (unsigned)hash_keyed(r->key, bytes, len);
}

struct registry_account *registry_account(struct relay *r, const char *id,
					  size_t len)
{
	struct registry_account *a;

	HASH_FIND_BYHASHVALUE(hh, r->accounts, id, len, hash_of(r, id, len), a);
	return a;
}

static void drop(const char *text)
{
	free((char *)(uintptr_t)text);
}

/* Copies a text that may be empty: then NULL. False: no memory. */
static bool keep(const char **copy, const char *text)
{
	*copy = text && *text ? strdup(text) : NULL;
	return *copy || !text || !*text;
}

static void drop_facts(const struct relay_account *f)
{
	drop(f->groups);
	drop(f->allowed);
	drop(f->numbers);
}

bool registry_account_know(struct registry_account *a,
			   const struct relay_account *facts)
{
	struct relay_account fresh = *facts;
	bool kept = keep(&fresh.groups, facts->groups);

	kept &= keep(&fresh.allowed, facts->allowed);
	kept &= keep(&fresh.numbers, facts->numbers);
	if (!kept) {
		drop_facts(&fresh);
		return false;
	}
	drop_facts(&a->facts);
	a->facts = fresh;
	return true;
}

struct registry_account *registry_account_add(struct relay *r,
					      const struct relay_account *facts)
{
	struct registry_account *a = calloc(1, sizeof(*a));
	size_t len = strlen(facts->id);

	if (!a)
		return NULL;
	if (!registry_account_know(a, facts)) {
		free(a);
		return NULL;
	}
	list_init(&a->connections);
	list_init(&a->idle);
	list_init(&a->dirty);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, r->accounts, a->facts.id, len,
				    hash_of(r, a->facts.id, len), a);
	r->sorted_count = 0;
	return a;
}

void registry_account_drop(struct relay *r, struct registry_account *a)
{
	list_remove(&a->dirty);
	HASH_DEL(r->accounts, a);
	r->sorted_count = 0;
	drop_facts(&a->facts);
	free(a);
}

static int by_id(const void *left, const void *right)
{
	const struct registry_account *const *l = left;
	const struct registry_account *const *r = right;

	return strcmp((*l)->facts.id, (*r)->facts.id);
}

struct registry_account **registry_sorted(struct relay *r, size_t *count)
{
	size_t n = HASH_COUNT(r->accounts);
	struct registry_account **sorted;

	*count = n;
	if (n == 0 || r->sorted_count == n)
		return r->sorted;
	sorted = reallocarray(r->sorted, n, sizeof(struct registry_account *));
	if (!sorted)
		return NULL;
	r->sorted = sorted;
	for (struct registry_account *a = r->accounts; a; a = a->hh.next)
		*sorted++ = a;
	qsort(r->sorted, n, sizeof(struct registry_account *), by_id);
	r->sorted_count = n;
	return r->sorted;
}

/* Whether `id` is one of the words. */
static bool is_listed(const char *words, const char *id, size_t len)
{
	while (words && *words) {
		size_t n = strcspn(words, " ");

		if (n == len && memcmp(words, id, n) == 0)
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

/* No groups are one group, too. */
static bool share_a_group(const char *a, const char *b)
{
	bool none = !a || !*a;

	if (none)
		return !b || !*b;
	while (*a) {
		size_t n = strcspn(a, " ");

		if (is_listed(b, a, n))
			return true;
		a += n + strspn(a + n, " ");
	}
	return false;
}

bool registry_may_call(const char *id, const char *groups,
		       const char *callee_groups, const char *callee_allowed)
{
	if (callee_allowed && *callee_allowed)
		return is_listed(callee_allowed, id, strlen(id));
	return share_a_group(groups, callee_groups);
}

bool registry_may_meet(const struct registry_account *caller,
		       const struct registry_account *callee)
{
	const struct relay_account *a = &caller->facts, *b = &callee->facts;

	return a->kind == RELAY_TERMINAL && b->kind == RELAY_TERMINAL &&
	       registry_may_call(a->id, a->groups, b->groups, b->allowed);
}

enum presence_state registry_presence(const struct registry_account *a)
{
	if (a->up == 0)
		return PRESENCE_OFFLINE;
	return list_empty(&a->idle) ? PRESENCE_BUSY : PRESENCE_FREE;
}

/* --- connections --- */

struct registry_conn *registry_conn(struct relay *r, uint64_t number)
{
	struct registry_conn *c;

	HASH_FIND(hh, r->conns, &number, sizeof(number), c);
	return c;
}

struct registry_conn *registry_conn_add(struct relay *r, uint64_t number)
{
	struct registry_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->number = number;
	c->due.conn = c->ping.conn = c;
	list_init(&c->of_account);
	list_init(&c->idle);
	list_init(&c->follower);
	list_init(&c->due.link);
	list_init(&c->ping.link);
	HASH_ADD(hh, r->conns, number, sizeof(c->number), c);
	r->counts.connections++;
	r->counts.strangers++;
	return c;
}

void registry_conn_drop(struct relay *r, struct registry_conn *c)
{
	list_remove(&c->of_account);
	list_remove(&c->idle);
	list_remove(&c->follower);
	registry_late_drop(c);
	list_remove(&c->due.link);
	list_remove(&c->ping.link);
	HASH_DEL(r->conns, c);
	r->counts.connections--;
	free(c);
}

static bool is_up(enum session_state s)
{
	return s >= SESSION_IDLE && s <= SESSION_LINK;
}

/* Later than any login of it elsewhere that we know of. */
static uint64_t new_gen(const struct turn *t, const struct registry_account *a)
{
	if (!t->r->directory)
		return 0;
	return directory_gen(t->r->directory, a->facts.id,
			     1000 * (uint64_t)(t->now + t->r->wall_ms));
}

/* A terminal is on the list from its first connection to its last. */
static void count_up(struct turn *t, struct registry_account *a, bool up)
{
	bool counts = a->facts.kind == RELAY_TERMINAL;

	if (up && a->up++ == 0) {
		a->since_ms = t->now;
		a->gen = new_gen(t, a);
		t->r->counts.terminals += counts;
	}
	if (!up && --a->up == 0)
		t->r->counts.terminals -= counts;
}

void registry_enter(struct turn *t, struct registry_conn *c,
		    enum session_state state)
{
	enum session_state before = c->state;
	struct registry_account *a = c->account;

	c->state = state;
	if (!a)
		return;
	if (is_up(before) != is_up(state))
		count_up(t, a, is_up(state));
	if (before == SESSION_IDLE) {
		list_remove(&c->idle);
		t->r->counts.idle--;
	}
	if (state == SESSION_IDLE) {
		list_append(&a->idle, &c->idle);
		t->r->counts.idle++;
	}
	registry_touch(t, a);
}

void registry_touch(struct turn *t, struct registry_account *a)
{
	if (list_empty(&a->dirty))
		list_append(&t->r->dirty, &a->dirty);
}

/* --- deadlines --- */

uint32_t registry_wait_ms(const struct relay *r, enum registry_wait wait)
{
	const uint32_t ms[REGISTRY_WAITS] = {
		[REGISTRY_LOGIN] = r->limits.login_ms,
		/* Its pings are out since the same moment. */
		[REGISTRY_PLACE] = r->limits.ping_ms,
		[REGISTRY_RING] = r->limits.ring_ms,
		[REGISTRY_RELEASE] = r->limits.release_ms,
		[REGISTRY_PING] = r->limits.ping_ms,
		[REGISTRY_FAR] = r->limits.ring_ms + r->limits.far_ms,
	};

	return ms[wait];
}

static void await(struct turn *t, struct registry_due *d,
		  enum registry_wait wait)
{
	list_remove(&d->link);
	d->at_ms = t->now + registry_wait_ms(t->r, wait);
	list_append(&t->r->waits[wait], &d->link);
}

void registry_await(struct turn *t, struct registry_conn *c,
		    enum registry_wait wait)
{
	await(t, wait == REGISTRY_PING ? &c->ping : &c->due, wait);
}

void registry_await_far(struct turn *t, struct registry_call *call)
{
	await(t, &call->due, REGISTRY_FAR);
}

void registry_wait_over(struct registry_conn *c)
{
	list_remove(&c->due.link);
}

static bool take(struct turn *t, const struct registry_account *a,
		 struct limit *l, struct limit_rate rate)
{
	if (limit_take(l, rate, t->now))
		return true;
	abuse_note(&t->r->abuse, ABUSE_REQUESTS, "id", a->facts.id, t->now,
		   t->out);
	return false;
}

bool registry_request(struct turn *t, const struct registry_conn *c)
{
	return take(t, c->account, &c->account->requests,
		    t->r->limits.requests);
}

bool registry_list(struct turn *t, const struct registry_conn *c)
{
	return take(t, c->account, &c->account->lists, t->r->limits.lists);
}

void registry_late_drop(struct registry_conn *c)
{
	if (c->late)
		list_remove(&c->late->link);
	free(c->late);
	c->late = NULL;
}

/* --- origins --- */

/* Forgets addresses that nobody is connected from and whose buckets are full
 * again; called so seldom that it costs nothing on average. */
static void sweep(struct relay *r, int64_t now)
{
	struct registry_origin *o, *next;

	HASH_ITER (hh, r->origins, o, next) {
		if (o->strangers > 0 || !limit_full(&o->arrivals, now) ||
		    !limit_full(&o->failures, now))
			continue;
		HASH_DEL(r->origins, o);
		free(o);
	}
	r->sweep_at = 2 * HASH_COUNT(r->origins) + 1024;
}

struct registry_origin *
registry_origin(struct relay *r, const struct relay_address *a, int64_t now)
{
	unsigned hash = hash_of(r, a->bytes, sizeof(a->bytes));
	struct registry_origin *o;

	HASH_FIND_BYHASHVALUE(hh, r->origins, a->bytes, sizeof(a->bytes), hash,
			      o);
	if (o)
		return o;
	if (HASH_COUNT(r->origins) >= r->sweep_at)
		sweep(r, now);
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	o->address = *a;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, r->origins, o->address.bytes,
				    sizeof(o->address.bytes), hash, o);
	return o;
}
