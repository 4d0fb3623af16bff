/* SPDX-License-Identifier: Apache-2.0 */
#include "core/directory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/supply.h"

enum { TOOK_STEP = 32 * 1024 }; /* an eighth of the window */

/* A network larger than any that is planned, on a machine of 4 GB. */
const struct directory_limits directory_limits_default = {
	.relays = 4096,
	.terminals = 1 << 24,
};

struct directory {
	struct routes routes;
	struct roll roll;
	struct roll_feed untold; /* own IDs that have changed */
	bool holds;
};

enum {
	FORGET_TICKS = 2,  /* what is known of a relay without a way */
	DROP_TICKS = 8640, /* that there is such a relay: a day */
};

/* What every step has at hand. */
struct turn {
	struct directory *d;
	struct effects *out;
};

struct directory *directory_new(const char *name, uint64_t epoch,
				const uint8_t key[16],
				const struct directory_limits *limits)
{
	struct directory *d = calloc(1, sizeof(*d));

	assert(epoch != 0 && address_id_valid(name, strlen(name)));
	if (!limits)
		limits = &directory_limits_default;
	if (!d)
		return NULL;
	if (!routes_init(&d->routes, name, epoch, key, limits->relays)) {
		free(d);
		return NULL;
	}
	roll_init(&d->roll, key, limits->terminals);
	roll_feed_init(&d->untold);
	return d;
}

void directory_free(struct directory *d)
{
	char id[ADDRESS_ID_MAX + 1];

	if (!d)
		return;
	for (struct routes_origin *o = routes_origin_after(&d->routes, ""); o;
	     o = routes_origin_after(&d->routes, o->roll.name))
		roll_clear(&d->roll, &o->roll);
	routes_fini(&d->routes);
	roll_fini(&d->roll);
	while (roll_feed_take(&d->untold, id))
		;
	free(d);
}

/* Every public function that may have run out of memory ends with this. */
static void end_turn(const struct turn *t)
{
	if (t->d->roll.out_of_memory)
		t->out->out_of_memory = true;
}

/* --- the news that we want --- */

static void forget_all(const struct turn *t, struct routes_origin *o)
{
	roll_clear(&t->d->roll, &o->roll);
	routes_past_clear(o);
	o->epoch = 0;
	o->number = 0;
	o->mixed = false;
}

static void ask(const struct turn *t, struct routes_origin *o)
{
	const struct message m = { .type = MESSAGE_WANT,
				   .want = { span_of(o->roll.name), o->epoch,
					     o->number } };

	o->phase = ROUTES_ASKED;
	o->asked_epoch = o->best->epoch;
	effects_send(t->out, o->source->conn, &m);
}

static void follow_epoch(const struct turn *t, struct routes_origin *o)
{
	o->asked_epoch = o->best->epoch;
	/* An answer that has not come yet is of the new epoch. */
	if (o->phase != ROUTES_ASKED)
		ask(t, o);
}

/* Wants the news from the neighbour that the path leads through now. */
static void follow_path(const struct turn *t, struct routes_origin *o)
{
	struct routes_link *now = o->best ? o->best->link : NULL;

	if (now == o->source) {
		if (now && o->asked_epoch != o->best->epoch)
			follow_epoch(t, o);
		return;
	}
	/* Also when the path there was withdrawn: our WANT may have crossed
	 * that, and another ROUTE that came after it. */
	if (o->source) {
		const struct message m = { .type = MESSAGE_UNWANT,
					   .more = { .origin = span_of(
							     o->roll.name) } };

		effects_send(t->out, o->source->conn, &m);
	}
	o->source = now;
	if (now)
		ask(t, o);
}

/* A path to it has come, changed or gone. */
static void settle(const struct turn *t, struct routes_origin *o, bool changed)
{
	const struct routes_tie *before = o->best;
	struct routes *r = &t->d->routes;
	bool was_whole = supply_is_whole(o);

	routes_choose(o);
	t->d->holds |= routes_holds(o);
	if (o->best != before || changed)
		for (struct list *at = r->links.next; at != &r->links;
		     at = at->next) {
			struct routes_link *l =
				list_entry(at, struct routes_link, link);

			if (l->name[0] != '\0')
				routes_say(r, o, l, t->out);
		}
	follow_path(t, o);
	if (o->best)
		o->lost = 0;
	else if (routes_is_cut_off(o))
		roll_set_away(&t->d->roll, &o->roll, true);
	/* The paths between were of another epoch than what we have. */
	if (!was_whole && supply_is_whole(o))
		supply_whole(o, false, t->out);
}

/* Who was out of reach is not seen before this: he may have gone meanwhile. */
static void end_asking(const struct turn *t, struct routes_origin *o)
{
	o->phase = ROUTES_SYNCED;
	o->mixed = false;
	roll_set_away(&t->d->roll, &o->roll, false);
}

/* Puts entries in, and notes the last of their IDs, if any. False: they are
 * malformed. */
static bool take_entries(const struct turn *t, struct routes_origin *o,
			 struct span entries, char last[ADDRESS_ID_MAX + 1])
{
	struct reader r = news_reader(entries);
	struct news_entry e;

	while (news_next(&r, &e)) {
		roll_put(&t->d->roll, &o->roll, &e, o->mark);
		(void)span_copy(e.id, last, ADDRESS_ID_MAX + 1);
	}
	return r.ok;
}

/* News while a snapshot comes, piece by piece: not passed on, since nobody
 * has from us what they build on. */
static void news_between(const struct turn *t, struct routes_origin *o,
			 const struct message_news *m)
{
	char last[ADDRESS_ID_MAX + 1];

	if (m->number <= o->piece_number)
		return;
	if (m->entries.len == 0 || m->number != o->piece_number + 1) {
		ask(t, o);
		return;
	}
	(void)take_entries(t, o, m->entries, last);
	o->piece_number = m->number;
}

static void news_next_in_line(const struct turn *t, struct routes_origin *o,
			      const struct message_news *m)
{
	char last[ADDRESS_ID_MAX + 1];
	bool mended = o->mixed;

	(void)take_entries(t, o, m->entries, last);
	o->number = m->number;
	end_asking(t, o);
	supply_news(o, m->entries, t->out);
	if (mended)
		supply_whole(o, false, t->out);
}

/* The neighbour stands where we do, or behind: the news that we have heard
 * already come once more. So a snapshot that was broken off does no harm:
 * all changes after `number` are still to come. */
static void news_none(const struct turn *t, struct routes_origin *o)
{
	if (o->phase != ROUTES_ASKED)
		return;
	end_asking(t, o);
	supply_whole(o, false, t->out);
}

static void apply_news(const struct turn *t, struct routes_origin *o,
		       const struct message_news *m)
{
	if (o->phase == ROUTES_PIECES)
		news_between(t, o, m);
	else if (o->epoch != m->epoch)
		return; /* nothing to build on: the answer is to come */
	else if (m->entries.len > 0 && m->number == o->number + 1)
		news_next_in_line(t, o, m);
	else if (m->number <= o->number && m->entries.len == 0)
		news_none(t, o);
	else if (m->number > o->number && o->phase == ROUTES_SYNCED)
		ask(t, o);
}

/* The first piece; false: there is nothing new in it. */
static bool begin_snapshot(const struct turn *t, struct routes_origin *o,
			   const struct message_snapshot *m)
{
	if (o->epoch == m->epoch && m->number <= o->number) {
		news_none(t, o);
		return false;
	}
	if (o->epoch != m->epoch) {
		routes_past_clear(o);
		o->epoch = 0; /* what is left of it is mixed with the new */
		o->number = 0;
	}
	o->phase = ROUTES_PIECES;
	o->mixed = true;
	o->mark++;
	o->piece_number = m->number;
	o->after[0] = '\0';
	return true;
}

static void end_snapshot(const struct turn *t, struct routes_origin *o,
			 uint64_t epoch)
{
	roll_sweep(&t->d->roll, &o->roll, o->mark);
	routes_past_clear(o);
	o->epoch = epoch;
	o->number = o->piece_number;
	end_asking(t, o);
	supply_whole(o, true, t->out);
}

static bool ask_more(const struct turn *t, struct routes_origin *o,
		     const char *last)
{
	const struct message m = { .type = MESSAGE_MORE,
				   .more = { span_of(o->roll.name),
					     span_of(last) } };

	if (strcmp(last, o->after) <= 0)
		return false; /* it would go round for ever */
	(void)text_copy(o->after, sizeof(o->after), last);
	effects_send(t->out, o->source->conn, &m);
	return true;
}

static bool apply_snapshot(const struct turn *t, struct routes_origin *o,
			   const struct message_snapshot *m)
{
	char last[ADDRESS_ID_MAX + 1] = "";

	if (m->after.len == 0) {
		if (!begin_snapshot(t, o, m))
			return true;
	} else if (o->phase != ROUTES_PIECES ||
		   !span_equal(m->after, span_of(o->after))) {
		return true; /* of an answer that was overtaken */
	} else if (m->number != o->piece_number) {
		ask(t, o);
		return true;
	}
	(void)take_entries(t, o, m->entries, last);
	if (!m->last)
		return ask_more(t, o, last);
	end_snapshot(t, o, m->epoch);
	return true;
}

/* --- messages --- */

/* A text of the message as a string; IDs always fit. */
struct name {
	char text[ADDRESS_ID_MAX + 1];
};

static struct name name_of(struct span s)
{
	struct name n = { "" };

	(void)span_copy(s, n.text, sizeof(n.text));
	return n;
}

static bool on_link(const struct turn *t, struct routes_link *l,
		    const struct message_link *m)
{
	struct routes *r = &t->d->routes;
	struct name name = name_of(m->name);

	if (l->name[0] != '\0' || m->epoch == 0 ||
	    strcmp(name.text, r->self->roll.name) == 0 ||
	    (l->expected[0] != '\0' && strcmp(name.text, l->expected) != 0))
		return false;
	(void)text_copy(l->name, sizeof(l->name), name.text);
	for (struct routes_origin *o = routes_origin_after(r, ""); o;
	     o = routes_origin_after(r, o->roll.name))
		routes_say(r, o, l, t->out);
	return true;
}

/* Drops a relay of which nothing but the name is left. */
static bool make_room(struct routes *r)
{
	struct routes_origin *o = routes_origin_after(r, "");

	while (o && o->lost < FORGET_TICKS)
		o = routes_origin_after(r, o->roll.name);
	if (o)
		routes_origin_drop(r, o);
	return o != NULL;
}

/* Where to keep a path to that relay; NULL: nowhere. */
static struct routes_tie *tie_for(const struct turn *t, struct routes_link *l,
				  const char *name)
{
	struct routes *r = &t->d->routes;
	struct routes_origin *o = routes_origin(r, name);
	struct routes_tie *tie;

	if (!o && r->count >= r->max && !make_room(r))
		return NULL;
	if (!o)
		o = routes_origin_add(r, name);
	tie = o ? routes_tie_add(o, l) : NULL;
	if (!tie)
		t->out->out_of_memory = true;
	return tie;
}

static bool on_route(const struct turn *t, struct routes_link *l,
		     const struct message_route *m)
{
	struct routes *r = &t->d->routes;
	struct name name = name_of(m->origin);
	struct routes_origin *o = routes_origin(r, name.text);
	struct routes_tie *tie = o ? routes_tie(o, l) : NULL;
	struct path_names path;

	switch (routes_read(r, l, m, &path)) {
	case ROUTES_BAD:
		return false;
	case ROUTES_WITHDRAWN:
		path.count = 0;
		break;
	case ROUTES_PATH:
		tie = tie_for(t, l, name.text);
		break;
	}
	if (tie && path.count > 0)
		routes_keep_address(tie->origin, m->address);
	if (!tie || !routes_keep(tie, m->epoch, &path, m->path))
		return true;
	if (path.count > 0 && !tie->path)
		t->out->out_of_memory = true;
	settle(t, tie->origin, tie->origin->best == tie);
	return true;
}

static bool on_wish(const struct turn *t, struct routes_link *l,
		    const struct message *m)
{
	struct span origin =
		m->type == MESSAGE_WANT ? m->want.origin : m->more.origin;
	struct name name = name_of(origin);
	struct routes_origin *o = routes_origin(&t->d->routes, name.text);
	struct routes_tie *tie = o ? routes_tie(o, l) : NULL;

	if (!tie || tie->told_epoch == 0)
		return true; /* it crossed our ROUTE */
	if (m->type == MESSAGE_WANT)
		supply_want(tie, m->want.epoch, m->want.number, t->out);
	else if (m->type == MESSAGE_UNWANT)
		supply_unwant(tie);
	else
		supply_more(tie, m->more.after, t->out);
	return true;
}

/* So much has come, whether it is of use or not. */
static void count_taken(const struct turn *t, struct routes_link *l,
			struct span entries)
{
	struct message m = { .type = MESSAGE_TOOK };

	l->got += entries.len;
	if (l->got - l->told < TOOK_STEP)
		return;
	l->told = l->got;
	m.took.octets = l->got;
	effects_send(t->out, l->conn, &m);
}

static bool on_entries(const struct turn *t, struct routes_link *l,
		       const struct message *m)
{
	bool news = m->type == MESSAGE_NEWS;
	struct name name = name_of(news ? m->news.origin : m->snapshot.origin);
	struct span entries = news ? m->news.entries : m->snapshot.entries;
	uint64_t epoch = news ? m->news.epoch : m->snapshot.epoch;
	struct routes_origin *o = routes_origin(&t->d->routes, name.text);
	struct routes_tie *tie = o ? routes_tie(o, l) : NULL;

	if (!tie || !tie->path || !news_sound(entries))
		return false; /* no path to it was told to us */
	count_taken(t, l, entries);
	if (o->source != l || o->best->epoch != epoch)
		return true; /* it crossed our UNWANT or WANT */
	if (!news)
		return apply_snapshot(t, o, &m->snapshot);
	apply_news(t, o, &m->news);
	return true;
}

static enum directory_result hear(const struct turn *t, struct routes_link *l,
				  const struct message *m)
{
	bool sound = false;

	if (m->type < MESSAGE_LINK || m->type > MESSAGE_TOOK)
		return DIRECTORY_NOT_MINE;
	if (l->name[0] == '\0' && m->type != MESSAGE_LINK)
		return DIRECTORY_VIOLATION;
	switch ((unsigned)m->type) {
	case MESSAGE_LINK:
		sound = on_link(t, l, &m->link);
		break;
	case MESSAGE_ROUTE:
		sound = on_route(t, l, &m->route);
		break;
	case MESSAGE_NEWS:
	case MESSAGE_SNAPSHOT:
		sound = on_entries(t, l, m);
		break;
	case MESSAGE_TOOK:
		sound = supply_took(l, m->took.octets, t->out);
		break;
	default:
		sound = on_wish(t, l, m);
		break;
	}
	return sound ? DIRECTORY_DONE : DIRECTORY_VIOLATION;
}

enum directory_result directory_message(struct directory *d, uint64_t conn,
					const struct message *m,
					struct effects *out)
{
	const struct turn t = { d, out };
	struct routes_link *l = routes_link(&d->routes, conn);
	enum directory_result result;

	assert(l);
	result = hear(&t, l, m);
	end_turn(&t);
	return result;
}

void directory_address(struct directory *d, const char *address)
{
	routes_keep_address(d->routes.self, span_of(address));
}

/* --- links --- */

void directory_link_up(struct directory *d, uint64_t conn, const char *expected,
		       struct effects *out)
{
	const struct routes_origin *self = d->routes.self;
	const struct message m = { .type = MESSAGE_LINK,
				   .link = { span_of(self->roll.name),
					     self->epoch } };
	struct routes_link *l;

	assert(conn != 0 && !routes_link(&d->routes, conn));
	l = routes_link_add(&d->routes, conn);
	if (!l) {
		out->out_of_memory = true;
		return;
	}
	if (expected)
		(void)text_copy(l->expected, sizeof(l->expected), expected);
	effects_send(out, conn, &m);
}

void directory_link_down(struct directory *d, uint64_t conn,
			 struct effects *out)
{
	const struct turn t = { d, out };
	struct routes_link *l = routes_link(&d->routes, conn);

	if (!l)
		return;
	list_remove(&l->link); /* nothing more is said on it */
	while (!list_empty(&l->ties)) {
		struct routes_tie *tie =
			list_entry(l->ties.next, struct routes_tie, of_link);
		struct routes_origin *o = tie->origin;
		bool led = o->best == tie;

		if (o->source == l)
			o->source = NULL;
		routes_tie_drop(tie);
		if (!o->roll.own)
			settle(&t, o, led);
	}
	routes_link_drop(l);
	end_turn(&t);
}

bool directory_holds(const struct directory *d)
{
	return d->holds;
}

void directory_release(struct directory *d, struct effects *out)
{
	const struct turn t = { d, out };

	d->holds = false;
	for (struct routes_origin *o = routes_origin_after(&d->routes, ""); o;
	     o = routes_origin_after(&d->routes, o->roll.name)) {
		if (!routes_holds(o))
			continue;
		routes_release(o);
		settle(&t, o, false);
	}
	end_turn(&t);
}

void directory_tick(struct directory *d, struct effects *out)
{
	const struct turn t = { d, out };
	struct routes *r = &d->routes;
	struct routes_origin *o, *next;

	for (o = routes_origin_after(r, ""); o; o = next) {
		next = routes_origin_after(r, o->roll.name);
		if (o->roll.own || o->best)
			continue;
		o->lost++;
		if (o->lost == FORGET_TICKS)
			forget_all(&t, o);
		else if (o->lost == DROP_TICKS)
			routes_origin_drop(r, o);
	}
	end_turn(&t);
}

bool directory_misses(const struct directory *d)
{
	const struct routes *r = &d->routes;
	const struct routes_origin *o = routes_origin_after(r, "");

	while (o && (o->best || o->roll.own))
		o = routes_origin_after(r, o->roll.name);
	return o != NULL;
}

const char *directory_link_name(const struct directory *d, uint64_t conn)
{
	const struct routes_link *l = routes_link(&d->routes, conn);

	return l && l->name[0] != '\0' ? l->name : NULL;
}

/* --- our own terminals --- */

static void tell_later(const struct turn *t, const char *id)
{
	if (!roll_feed_add(&t->d->untold, id))
		t->out->out_of_memory = true;
}

bool directory_tell(struct directory *d, const struct news_entry *e,
		    struct effects *out)
{
	const struct turn t = { d, out };
	uint8_t room[NEWS_ENTRY_MAX];
	struct writer w = writer_over(room, sizeof(room));
	struct roll_entry *own;

	news_add(&w, e);
	if (!w.ok || e->state == NEWS_GONE)
		return false;
	own = roll_put(&d->roll, &d->routes.self->roll, e, 0);
	if (own && !own->pending && !(own->told && own->state == own->shown)) {
		own->pending = true;
		tell_later(&t, own->text);
	}
	end_turn(&t);
	return true;
}

void directory_forget(struct directory *d, const char *id, struct effects *out)
{
	const struct turn t = { d, out };
	struct roll_entry *own = roll_at(&d->routes.self->roll, id);

	if (!own)
		return;
	tell_later(&t, own->text);
	roll_drop(&d->roll, own);
}

/* Whether there is something to tell of that ID; then `e` is it. */
static bool to_be_told(struct directory *d, const char *id,
		       struct news_entry *e)
{
	struct roll_entry *own = roll_at(&d->routes.self->roll, id);

	if (!own) {
		*e = (struct news_entry){ .id = span_of(id),
					  .state = NEWS_GONE };
		return true;
	}
	if (!own->pending)
		return false;
	own->pending = false;
	if (own->told && own->state == own->shown)
		return false; /* it has changed there and back */
	own->told = true;
	own->shown = own->state;
	roll_read(own, e);
	return true;
}

static void send_own(struct directory *d, struct writer *w, struct effects *out)
{
	struct routes_origin *self = d->routes.self;

	if (writer_used(w) == 0)
		return;
	self->number++;
	supply_news(self, (struct span){ w->start, writer_used(w) }, out);
	w->at = w->start;
}

void directory_flush(struct directory *d, struct effects *out)
{
	uint8_t bytes[MESSAGE_ENTRIES_MAX];
	struct writer w = writer_over(bytes, sizeof(bytes));
	char id[ADDRESS_ID_MAX + 1];
	struct news_entry e;

	while (roll_feed_take(&d->untold, id)) {
		if (!to_be_told(d, id, &e))
			continue;
		if ((size_t)(w.end - w.at) < NEWS_ENTRY_MAX)
			send_own(d, &w, out);
		news_add(&w, &e);
	}
	send_own(d, &w, out);
}

uint64_t directory_gen(const struct directory *d, const char *id,
		       uint64_t now_us)
{
	const struct roll_entry *own = roll_at(&d->routes.self->roll, id);
	uint64_t known = roll_gen(&d->roll, id);

	if (own && own->gen > known)
		known = own->gen;
	if (known == UINT64_MAX)
		return known;
	return known >= now_us ? known + 1 : now_us;
}

/* --- what is known --- */

static bool describe(const struct routes_origin *o, struct directory_relay *r)
{
	if (!o || !o->best)
		return false;
	*r = (struct directory_relay){
		.name = o->roll.name,
		.epoch = o->best->epoch,
		.hop = o->best->link->conn,
		.via = o->best->link->name,
		.distance = o->best->names,
		.terminals = o->roll.count,
		.complete = supply_is_whole(o) && !o->roll.cut,
		.address = o->address,
	};
	return true;
}

bool directory_relay(const struct directory *d, const char *name,
		     struct directory_relay *r)
{
	return describe(routes_origin(&d->routes, name), r);
}

uint64_t directory_next_hop(const struct directory *d, const char *name)
{
	struct directory_relay r;

	return directory_relay(d, name, &r) ? r.hop : 0;
}

static bool found(const struct directory *d, const struct roll_entry *e,
		  struct directory_found *f)
{
	if (!e)
		return false;
	roll_see(e, &f->entry);
	f->relay = e->origin->name;
	f->hop = directory_next_hop(d, f->relay);
	return true;
}

bool directory_find(const struct directory *d, const char *id,
		    struct directory_found *f)
{
	return found(d, roll_best(&d->roll, id), f);
}

bool directory_find_number(const struct directory *d, const char *number,
			   struct directory_found *f)
{
	return found(d, roll_best_number(&d->roll, number), f);
}

bool directory_find_at(const struct directory *d, const char *relay,
		       const char *id, struct directory_found *f)
{
	const struct routes_origin *o = routes_origin(&d->routes, relay);

	return o && found(d, roll_at(&o->roll, id), f);
}

bool directory_find_after(const struct directory *d, const char *id,
			  struct directory_found *f)
{
	return found(d, roll_best_after(&d->roll, id), f);
}

bool directory_changed(struct directory *d, char id[ADDRESS_ID_MAX + 1])
{
	return roll_changed(&d->roll, id);
}

bool directory_gone(const struct directory *d, struct directory_found *f)
{
	*f = (struct directory_found){ .relay = "" };
	if (d->roll.gone)
		roll_read(d->roll.gone, &f->entry);
	return d->roll.gone != NULL;
}

bool directory_relay_after(const struct directory *d, const char *name,
			   struct directory_relay *r)
{
	const struct routes_origin *o = routes_origin_after(&d->routes, name);

	while (o && !o->best)
		o = routes_origin_after(&d->routes, o->roll.name);
	return describe(o, r);
}
