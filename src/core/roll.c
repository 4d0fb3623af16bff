/* SPDX-License-Identifier: Apache-2.0 */
#include "core/roll.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { NUMBER_MAX = 31 }; /* octets of a number that is looked for */

struct roll_number {
	struct order_node node;	  /* the first of its number only */
	struct roll_number *same; /* another entry's of the same number */
	struct roll_number *next; /* another one of the same entry */
	struct roll_entry *entry; /* borrowed */
	uint32_t weight;
	char text[];
};

struct roll_change {
	struct roll_change *next;
	struct roll_entry *gone; /* owned; NULL: there is another one */
	char id[];
};

void roll_init(struct roll *r, const uint8_t key[HASH_KEY_SIZE], uint64_t max)
{
	*r = (struct roll){ .max = max };
	memcpy(r->key, key, sizeof(r->key));
	r->by_id = ORDER_OF(struct roll_entry, by_id, weight, text);
	r->by_number = ORDER_OF(struct roll_number, node, weight, text);
	roll_feed_init(&r->changed);
}

void roll_fini(struct roll *r)
{
	char id[ADDRESS_ID_MAX + 1];

	while (roll_changed(r, id))
		;
}

void roll_origin_init(struct roll_origin *o, const char *name, bool own)
{
	*o = (struct roll_origin){ .own = own };
	(void)text_copy(o->name, sizeof(o->name), name);
	o->entries = ORDER_OF(struct roll_entry, of_origin, weight, text);
}

static uint32_t weight_of(const struct roll *r, const char *text)
{
	return (uint32_t)hash_keyed(r->key, text, strlen(text));
}

/* --- feeds --- */

void roll_feed_init(struct roll_feed *f)
{
	f->first = NULL;
	f->end = &f->first;
}

static struct roll_change *change_add(struct roll_feed *f, const char *id)
{
	size_t size = strlen(id) + 1;
	struct roll_change *c = malloc(sizeof(*c) + size);

	if (!c)
		return NULL;
	c->next = NULL;
	c->gone = NULL;
	memcpy(c->id, id, size);
	*f->end = c;
	f->end = &c->next;
	return c;
}

bool roll_feed_add(struct roll_feed *f, const char *id)
{
	return change_add(f, id) != NULL;
}

/* False: there is none. */
static bool take(struct roll_feed *f, char id[ADDRESS_ID_MAX + 1],
		 struct roll_entry **gone)
{
	struct roll_change *c = f->first;

	if (!c)
		return false;
	f->first = c->next;
	if (!f->first)
		f->end = &f->first;
	memcpy(id, c->id, strlen(c->id) + 1);
	*gone = c->gone;
	free(c);
	return true;
}

bool roll_feed_take(struct roll_feed *f, char id[ADDRESS_ID_MAX + 1])
{
	struct roll_entry *gone; /* of such a feed there is none */

	return take(f, id, &gone);
}

bool roll_changed(struct roll *r, char id[ADDRESS_ID_MAX + 1])
{
	free(r->gone);
	r->gone = NULL;
	return take(&r->changed, id, &r->gone);
}

/* --- which of several is the best --- */

static uint8_t seen_state(const struct roll_entry *e)
{
	return e->origin->away ? PRESENCE_OFFLINE : e->state;
}

/* Whether `a` is better than `b`: logged in, later, and so that all relays
 * agree the one of the relay whose name comes first. */
static bool is_better(const struct roll_entry *a, const struct roll_entry *b)
{
	bool a_here = seen_state(a) != PRESENCE_OFFLINE;
	bool b_here = seen_state(b) != PRESENCE_OFFLINE;

	if (a_here != b_here)
		return a_here;
	if (a->gen != b->gen)
		return a->gen > b->gen;
	return strcmp(a->origin->name, b->origin->name) < 0;
}

static struct roll_entry *first_of(const struct roll *r, const char *id)
{
	struct order_node *n = order_find(&r->by_id, id);

	return n ? order_entry(n, struct roll_entry, by_id) : NULL;
}

static const struct roll_entry *best_of(const struct roll_entry *first)
{
	const struct roll_entry *best = first;

	for (const struct roll_entry *e = first; e; e = e->same)
		if (is_better(e, best))
			best = e;
	return best;
}

const struct roll_entry *roll_best(const struct roll *r, const char *id)
{
	return best_of(first_of(r, id));
}

const struct roll_entry *roll_best_after(const struct roll *r, const char *id)
{
	struct order_node *n = order_after(&r->by_id, id);

	return n ? best_of(order_entry(n, struct roll_entry, by_id)) : NULL;
}

uint64_t roll_gen(const struct roll *r, const char *id)
{
	uint64_t gen = 0;

	for (const struct roll_entry *e = first_of(r, id); e; e = e->same)
		if (e->gen > gen)
			gen = e->gen;
	return gen;
}

/* --- what has changed --- */

/* The best entry of an ID, as followers see it. */
struct view {
	const struct roll_origin *origin;
	uint8_t state;
};

static struct view view_of(const struct roll *r, const char *id)
{
	const struct roll_entry *best = roll_best(r, id);

	return best ? (struct view){ best->origin, seen_state(best) }
		    : (struct view){ 0 };
}

static void note_change(struct roll *r, const char *id, struct view before,
			const struct roll_origin *facts_of)
{
	struct view after = view_of(r, id);

	if (before.origin == after.origin && before.state == after.state &&
	    (!facts_of || facts_of != after.origin))
		return;
	if (!roll_feed_add(&r->changed, id))
		r->out_of_memory = true;
}

/* --- numbers --- */

static struct roll_number *first_with(const struct roll *r, const char *number)
{
	struct order_node *n = order_find(&r->by_number, number);

	return n ? order_entry(n, struct roll_number, node) : NULL;
}

const struct roll_entry *roll_best_number(const struct roll *r,
					  const char *number)
{
	const struct roll_entry *best = NULL;

	for (struct roll_number *n = first_with(r, number); n; n = n->same)
		if (!best || is_better(n->entry, best))
			best = n->entry;
	return best;
}

static void number_add(struct roll *r, struct roll_entry *e, const char *text,
		       size_t len)
{
	struct roll_number *n, *first;

	if (len > NUMBER_MAX)
		return;
	n = calloc(1, sizeof(*n) + len + 1);
	if (!n) {
		r->out_of_memory = true;
		return;
	}
	memcpy(n->text, text, len);
	n->weight = weight_of(r, n->text);
	n->entry = e;
	n->next = e->numbers;
	e->numbers = n;
	first = first_with(r, n->text);
	if (first) {
		n->same = first->same;
		first->same = n;
	} else {
		order_add(&r->by_number, &n->node);
	}
}

static void number_drop(struct roll *r, struct roll_number *n)
{
	struct roll_number *at = first_with(r, n->text);

	assert(at);
	if (at == n && n->same) {
		order_replace(&r->by_number, &n->node, &n->same->node);
	} else if (at == n) {
		order_remove(&r->by_number, &n->node);
	} else {
		while (at->same != n)
			at = at->same;
		at->same = n->same;
	}
	free(n);
}

static void numbers_add(struct roll *r, struct roll_entry *e)
{
	const char *words = e->text + e->numbers_at;

	while (*words) {
		size_t len = strcspn(words, " ");

		if (len > 0)
			number_add(r, e, words, len);
		words += len + strspn(words + len, " ");
	}
}

static void numbers_drop(struct roll *r, struct roll_entry *e)
{
	while (e->numbers) {
		struct roll_number *n = e->numbers;

		e->numbers = n->next;
		number_drop(r, n);
	}
}

/* --- entries --- */

static uint16_t put_text(struct roll_entry *e, struct span s)
{
	uint16_t at = e->text_size;

	if (s.len > 0)
		memcpy(e->text + at, s.at, s.len);
	e->text[at + s.len] = '\0';
	e->text_size = (uint16_t)(at + s.len + 1);
	return at;
}

static struct roll_entry *entry_new(const struct roll *r, struct roll_origin *o,
				    const struct news_entry *from)
{
	size_t size = from->id.len + from->groups.len + from->numbers.len +
		      from->allowed.len + 4;
	struct roll_entry *e =
		calloc(1, offsetof(struct roll_entry, text) + size);

	if (!e)
		return NULL;
	put_text(e, from->id);
	e->groups_at = put_text(e, from->groups);
	e->numbers_at = put_text(e, from->numbers);
	e->allowed_at = put_text(e, from->allowed);
	e->origin = o;
	e->weight = weight_of(r, e->text);
	e->shown = ROLL_NEVER;
	return e;
}

void roll_read(const struct roll_entry *from, struct news_entry *e)
{
	*e = (struct news_entry){
		.id = span_of(from->text),
		.state = from->state,
		.gen = from->gen,
		.groups = span_of(from->text + from->groups_at),
		.numbers = span_of(from->text + from->numbers_at),
		.allowed = span_of(from->text + from->allowed_at),
	};
}

void roll_see(const struct roll_entry *from, struct news_entry *e)
{
	roll_read(from, e);
	e->state = seen_state(from);
}

struct roll_entry *roll_at(const struct roll_origin *o, const char *id)
{
	struct order_node *n = order_find(&o->entries, id);

	return n ? order_entry(n, struct roll_entry, of_origin) : NULL;
}

struct roll_entry *roll_at_after(const struct roll_origin *o, const char *id)
{
	struct order_node *n = order_after(&o->entries, id);

	return n ? order_entry(n, struct roll_entry, of_origin) : NULL;
}

/* Among those that are looked for by ID and number. */
static void index_add(struct roll *r, struct roll_entry *e)
{
	struct roll_entry *first = first_of(r, e->text);

	if (first) {
		e->same = first->same;
		first->same = e;
	} else {
		order_add(&r->by_id, &e->by_id);
	}
	numbers_add(r, e);
}

static void index_drop(struct roll *r, struct roll_entry *e)
{
	struct roll_entry *at = first_of(r, e->text);

	assert(at);
	numbers_drop(r, e);
	if (at == e && e->same) {
		order_replace(&r->by_id, &e->by_id, &e->same->by_id);
	} else if (at == e) {
		order_remove(&r->by_id, &e->by_id);
	} else {
		while (at->same != e)
			at = at->same;
		at->same = e->same;
	}
	e->same = NULL;
}

/* Takes it out of everything; tells nobody. */
static void take_out(struct roll *r, struct roll_entry *e)
{
	order_remove(&e->origin->entries, &e->of_origin);
	e->origin->count--;
	if (!e->origin->own) {
		index_drop(r, e);
		r->count--;
	}
}

static struct roll_entry *take_in(struct roll *r, struct roll_origin *o,
				  const struct news_entry *from)
{
	struct roll_entry *e = entry_new(r, o, from);

	if (!e) {
		r->out_of_memory = true;
		return NULL;
	}
	order_add(&o->entries, &e->of_origin);
	o->count++;
	if (!o->own) {
		index_add(r, e);
		r->count++;
	}
	return e;
}

/* Of this ID there is none any more. Who could see it is in its texts. */
static void note_gone(struct roll *r, struct roll_entry *e)
{
	struct roll_change *c = change_add(&r->changed, e->text);

	e->state = seen_state(e);
	if (c) {
		c->gone = e;
	} else {
		r->out_of_memory = true;
		free(e);
	}
}

void roll_drop(struct roll *r, struct roll_entry *e)
{
	bool own = e->origin->own;
	struct view before = { 0 };

	if (!own)
		before = view_of(r, e->text);
	take_out(r, e);
	if (!own && !first_of(r, e->text)) {
		note_gone(r, e);
		return;
	}
	if (!own)
		note_change(r, e->text, before, NULL);
	free(e);
}

static bool same_facts(const struct roll_entry *e, const struct news_entry *n)
{
	struct news_entry has;

	roll_read(e, &has);
	return span_equal(has.groups, n->groups) &&
	       span_equal(has.numbers, n->numbers) &&
	       span_equal(has.allowed, n->allowed);
}

/* Another entry in the place of `old`, if any: its texts are others. */
static struct roll_entry *renew(struct roll *r, struct roll_origin *o,
				struct roll_entry *old,
				const struct news_entry *from)
{
	uint8_t shown = old ? old->shown : ROLL_NEVER;
	bool pending = old && old->pending;
	struct roll_entry *e;

	if (old)
		take_out(r, old);
	free(old);
	if (!o->own && r->count >= r->max) {
		o->cut = true;
		return NULL;
	}
	e = take_in(r, o, from);
	if (e) {
		e->shown = shown;
		e->pending = pending;
	}
	return e;
}

struct roll_entry *roll_put(struct roll *r, struct roll_origin *o,
			    const struct news_entry *from, uint32_t mark)
{
	char id[ADDRESS_ID_MAX + 1];
	struct roll_entry *e;
	struct view before = { 0 };
	bool other, copied = span_copy(from->id, id, sizeof(id));

	assert(copied);
	e = roll_at(o, id);
	if (from->state == NEWS_GONE) {
		if (e)
			roll_drop(r, e);
		return NULL;
	}
	if (!o->own)
		before = view_of(r, id);
	other = !e || !same_facts(e, from);
	if (other)
		e = renew(r, o, e, from);
	if (e) {
		e->told = e->told && e->gen == from->gen;
		e->state = from->state;
		e->gen = from->gen;
		e->mark = mark;
	}
	if (!o->own)
		note_change(r, id, before, other ? o : NULL);
	return e;
}

void roll_sweep(struct roll *r, struct roll_origin *o, uint32_t mark)
{
	struct roll_entry *e, *next;

	for (e = roll_at_after(o, ""); e; e = next) {
		next = roll_at_after(o, e->text);
		if (e->mark != mark)
			roll_drop(r, e);
	}
}

void roll_clear(struct roll *r, struct roll_origin *o)
{
	while (o->entries.root)
		roll_drop(r, order_entry(o->entries.root, struct roll_entry,
					 of_origin));
	o->cut = false;
	o->away = false;
}

void roll_set_away(struct roll *r, struct roll_origin *o, bool away)
{
	if (o->away == away)
		return;
	for (struct roll_entry *e = roll_at_after(o, ""); e;
	     e = roll_at_after(o, e->text)) {
		struct view before;

		o->away = !away;
		before = view_of(r, e->text);
		o->away = away;
		note_change(r, e->text, before, NULL);
	}
	o->away = away;
}
