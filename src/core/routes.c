/* SPDX-License-Identifier: Apache-2.0 */
#include "core/routes.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* --- origins --- */

struct routes_origin *routes_origin(const struct routes *r, const char *name)
{
	struct order_node *n = order_find(&r->origins, name);

	return n ? order_entry(n, struct routes_origin, node) : NULL;
}

struct routes_origin *routes_origin_after(const struct routes *r,
					  const char *name)
{
	struct order_node *n = order_after(&r->origins, name);

	return n ? order_entry(n, struct routes_origin, node) : NULL;
}

static struct routes_origin *origin_new(struct routes *r, const char *name,
					bool own)
{
	struct routes_origin *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	roll_origin_init(&o->roll, name, own);
	o->weight = (uint32_t)hash_keyed(r->key, name, strlen(name));
	list_init(&o->ties);
	list_init(&o->past);
	order_add(&r->origins, &o->node);
	return o;
}

struct routes_origin *routes_origin_add(struct routes *r, const char *name)
{
	struct routes_origin *o = origin_new(r, name, false);

	if (o)
		r->count++;
	return o;
}

void routes_past_clear(struct routes_origin *o)
{
	struct list *at, *next;

	for (at = o->past.next; at != &o->past; at = next) {
		next = at->next;
		free(list_entry(at, struct routes_past, link));
	}
	list_init(&o->past);
	o->past_count = 0;
	o->past_size = 0;
}

struct routes_past *routes_past_add(struct routes_origin *o,
				    struct span entries)
{
	struct routes_past *p = malloc(sizeof(*p) + entries.len);

	if (!p)
		return NULL;
	p->size = entries.len;
	memcpy(p->entries, entries.at, entries.len);
	o->past_count++;
	o->past_size += sizeof(*p) + p->size;
	list_append(&o->past, &p->link);
	return p;
}

void routes_past_drop(struct routes_origin *o)
{
	struct routes_past *p =
		list_entry(o->past.next, struct routes_past, link);

	o->past_count--;
	o->past_size -= sizeof(*p) + p->size;
	list_remove(&p->link);
	free(p);
}

void routes_origin_drop(struct routes *r, struct routes_origin *o)
{
	struct list *at, *next;

	for (at = o->ties.next; at != &o->ties; at = next) {
		next = at->next;
		routes_tie_drop(list_entry(at, struct routes_tie, of_origin));
	}
	routes_past_clear(o);
	free(o->address);
	order_remove(&r->origins, &o->node);
	if (!o->roll.own)
		r->count--;
	free(o);
}

bool routes_init(struct routes *r, const char *name, uint64_t epoch,
		 const uint8_t key[HASH_KEY_SIZE], uint32_t max)
{
	*r = (struct routes){ .max = max };
	memcpy(r->key, key, sizeof(r->key));
	r->origins = ORDER_OF(struct routes_origin, node, weight, roll.name);
	list_init(&r->links);
	r->self = origin_new(r, name, true);
	if (!r->self)
		return false;
	r->self->epoch = epoch;
	return true;
}

void routes_fini(struct routes *r)
{
	struct list *at, *next;
	struct routes_origin *o;

	while ((o = routes_origin_after(r, "")) != NULL)
		routes_origin_drop(r, o);
	for (at = r->links.next; at != &r->links; at = next) {
		next = at->next;
		routes_link_drop(list_entry(at, struct routes_link, link));
	}
}

/* --- links --- */

struct routes_link *routes_link(const struct routes *r, uint64_t conn)
{
	for (struct list *at = r->links.next; at != &r->links; at = at->next) {
		struct routes_link *l =
			list_entry(at, struct routes_link, link);

		if (l->conn == conn)
			return l;
	}
	return NULL;
}

struct routes_link *routes_link_add(struct routes *r, uint64_t conn)
{
	struct routes_link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->conn = conn;
	list_init(&l->ties);
	list_append(&r->links, &l->link);
	return l;
}

void routes_link_drop(struct routes_link *l)
{
	list_remove(&l->link);
	free(l);
}

/* --- ties --- */

struct routes_tie *routes_tie(const struct routes_origin *o,
			      const struct routes_link *l)
{
	for (struct list *at = o->ties.next; at != &o->ties; at = at->next) {
		struct routes_tie *t =
			list_entry(at, struct routes_tie, of_origin);

		if (t->link == l)
			return t;
	}
	return NULL;
}

struct routes_tie *routes_tie_add(struct routes_origin *o,
				  struct routes_link *l)
{
	struct routes_tie *t = routes_tie(o, l);

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->origin = o;
	t->link = l;
	list_append(&o->ties, &t->of_origin);
	list_append(&l->ties, &t->of_link);
	return t;
}

void routes_owe(struct routes_tie *t, enum routes_due due)
{
	if (t->waits)
		t->link->waiting--;
	t->waits = false;
	t->due = due;
}

void routes_tie_drop(struct routes_tie *t)
{
	routes_owe(t, ROUTES_NOTHING);
	if (t->origin->best == t)
		t->origin->best = NULL;
	list_remove(&t->of_origin);
	list_remove(&t->of_link);
	free(t->path);
	free(t);
}

/* --- paths --- */

enum routes_said routes_read(const struct routes *r,
			     const struct routes_link *l,
			     const struct message_route *m,
			     struct path_names *path)
{
	if (m->epoch == 0 || !path_decode(path, m->path))
		return ROUTES_BAD;
	if (path->count == 0)
		return ROUTES_WITHDRAWN;
	if (!span_equal(path->names[0], span_of(l->name)) ||
	    !span_equal(path->names[path->count - 1], m->origin))
		return ROUTES_BAD;
	if (path_names_has(path, span_of(r->self->roll.name)))
		return ROUTES_WITHDRAWN; /* it comes back to us: a loop */
	return ROUTES_PATH;
}

static void forget_path(struct routes_tie *t)
{
	free(t->path);
	t->path = NULL;
	t->path_size = 0;
	t->names = 0;
	t->epoch = 0;
}

bool routes_keep(struct routes_tie *t, uint64_t epoch,
		 const struct path_names *path, struct span bytes)
{
	if (path->count == 0) {
		bool had = t->path != NULL;

		forget_path(t);
		return had;
	}
	if (t->path && t->epoch == epoch &&
	    span_equal((struct span){ t->path, t->path_size }, bytes))
		return false;
	forget_path(t);
	t->path = malloc(bytes.len);
	if (!t->path)
		return true;
	memcpy(t->path, bytes.at, bytes.len);
	t->path_size = (uint16_t)bytes.len;
	t->names = (uint8_t)path->count;
	t->epoch = epoch;
	return true;
}

/* Whether `a` leads better to its origin than `b`. A path to an older epoch
 * is on its way out. */
static bool leads_better(const struct routes_tie *a, const struct routes_tie *b)
{
	if (a->epoch != b->epoch)
		return a->epoch > b->epoch;
	if (a->names != b->names)
		return a->names < b->names;
	return strcmp(a->link->name, b->link->name) < 0;
}

/* When a relay dies each of its neighbours still tells the others of a way
 * through a third, and then of a longer one, and so on: in a full mesh more
 * messages than there could be time for. So who has lost a way takes none that
 * is longer until all have heard of the loss (routes_release), but to a newer
 * start. */
static bool may_lead(const struct routes_origin *o, const struct routes_tie *t)
{
	return t->path && (o->used_names == 0 || t->epoch > o->used_epoch ||
			   t->names <= o->used_names);
}

void routes_choose(struct routes_origin *o)
{
	/* Of two links to one neighbour the one that is in use stays. */
	struct routes_tie *best =
		o->best && may_lead(o, o->best) ? o->best : NULL;

	for (struct list *at = o->ties.next; at != &o->ties; at = at->next) {
		struct routes_tie *t =
			list_entry(at, struct routes_tie, of_origin);

		if (may_lead(o, t) && (!best || leads_better(t, best)))
			best = t;
	}
	o->best = best;
	if (best) {
		o->used_names = best->names;
		o->used_epoch = best->epoch;
	}
}

bool routes_is_cut_off(const struct routes_origin *o)
{
	for (struct list *at = o->ties.next; at != &o->ties; at = at->next)
		if (list_entry(at, struct routes_tie, of_origin)->path)
			return false;
	return true;
}

bool routes_holds(const struct routes_origin *o)
{
	return !o->best && o->used_names > 0;
}

void routes_release(struct routes_origin *o)
{
	o->used_names = 0;
}

/* Our own path to it: us, and that of the neighbour it leads through. False:
 * there is none that this link's neighbour can use. */
static bool own_path(const struct routes *r, const struct routes_origin *o,
		     const struct routes_link *l, struct writer *w)
{
	struct path_names rest = { .count = 0 };
	struct span bytes = { NULL, 0 };

	if (!o->roll.own && !o->best)
		return false;
	if (o->best) {
		bytes = (struct span){ o->best->path, o->best->path_size };
		(void)path_decode(&rest, bytes); /* it was read before */
	}
	if (rest.count == PATH_RELAYS_MAX ||
	    path_names_has(&rest, span_of(l->name)))
		return false;
	path_add(w, span_of(r->self->roll.name));
	write_bytes(w, bytes.at, bytes.len);
	return true;
}

void routes_keep_address(struct routes_origin *o, struct span address)
{
	char text[ADDRESS_OTHER_TEXT + 1];
	struct address_other other;

	if (address.len == 0 || !span_copy(address, text, sizeof(text)) ||
	    !address_other_decode(&other, text))
		return;
	if (o->address && strcmp(o->address, text) == 0)
		return;
	free(o->address);
	o->address = strdup(text); /* without memory: unknown */
}

void routes_say(const struct routes *r, struct routes_origin *o,
		struct routes_link *l, struct effects *out)
{
	uint8_t bytes[PATH_MAX_OCTETS];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct message m = { .type = MESSAGE_ROUTE };
	struct routes_tie *t = routes_tie(o, l);

	m.route.origin = span_of(o->roll.name);
	m.route.address = span_of(o->address ? o->address : "");
	if (own_path(r, o, l, &w)) {
		t = routes_tie_add(o, l);
		if (!t) {
			out->out_of_memory = true;
			return;
		}
		t->told_epoch = o->best ? o->best->epoch : o->epoch;
		m.route.epoch = t->told_epoch;
		m.route.path = (struct span){ bytes, writer_used(&w) };
	} else if (t && t->told_epoch != 0) {
		m.route.epoch = t->told_epoch;
		m.route.address.len = 0;
		t->told_epoch = 0;
		/* News of what is withdrawn would be a violation. */
		t->wants = false;
		routes_owe(t, ROUTES_NOTHING);
	} else {
		return;
	}
	effects_send(out, l->conn, &m);
}
