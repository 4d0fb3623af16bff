/* SPDX-License-Identifier: Apache-2.0 */
#include "core/presence.h"

#include <stdlib.h>
#include <string.h>

#include "core/admission.h"
#include "core/whereis.h"

enum {
	CHANGES_MAX = 1000, /* of others, at a time; more than a message has */
	CHANGES_MS = 10,
	LATE_MS = 1000, /* until a LIST too many is looked at again */
};

static void send_listing(struct turn *t, struct registry_conn *c,
			 uint32_t request, const struct writer *w, bool more)
{
	effects_send(t->out, c->number,
		     &(struct message){
			     .type = MESSAGE_LISTING,
			     .listing = { .request = request,
					  .more = more,
					  .terminals = { w->start,
							 writer_used(w) } } });
}

/* What of a list has not left yet. */
struct page {
	struct registry_conn *conn;
	uint32_t request;
	struct writer w;
	uint8_t bytes[MESSAGE_LISTING_MAX];
};

static void begin_page(struct page *p)
{
	p->w = writer_over(p->bytes, sizeof(p->bytes));
}

static void add(struct turn *t, struct page *p, const struct whereis *at)
{
	const struct relay_account *self = &p->conn->account->facts;

	if (!whereis_may_call(at, self->id, self->groups))
		return;
	if (sizeof(p->bytes) - writer_used(&p->w) < MESSAGE_LISTING_ENTRY_MAX) {
		send_listing(t, p->conn, p->request, &p->w, true);
		begin_page(p);
	}
	message_listing_add(&p->w, span_of(at->id), (uint8_t)at->state,
			    span_of(at->relay ? at->relay : ""));
}

void presence_list_known(struct turn *t, struct registry_conn *c,
			 uint32_t request, const char *after)
{
	struct page p = { .conn = c, .request = request };
	char id[ADDRESS_ID_MAX + 1] = "";
	struct whereis at;
	size_t here = 0;

	begin_page(&p);
	(void)span_copy(span_of(after), id, sizeof(id));
	while (whereis_next(t, id, &here, &at)) {
		(void)span_copy(span_of(at.id), id, sizeof(id));
		add(t, &p, &at);
	}
	send_listing(t, c, request, &p.w, false);
}

void presence_listed(struct turn *t, struct registry_conn *c, uint32_t request,
		     const struct relay_place *places, size_t n, bool more)
{
	struct page p = { .conn = c, .request = request };

	begin_page(&p);
	for (size_t i = 0; i < n; i++) {
		struct whereis at;

		whereis_placed(t, &places[i], &at);
		add(t, &p, &at);
	}
	if (writer_used(&p.w) > 0 || !more)
		send_listing(t, c, request, &p.w, more);
}

static void answer(struct turn *t, struct registry_conn *c,
		   const struct message_list *m)
{
	struct effect *e;

	if (t->r->shared) {
		e = effects_add(t->out, EFFECT_LIST, c->number);
		if (e)
			e->peer = m->request;
	} else {
		presence_list_known(t, c, m->request, "");
	}
	if (m->follow && c->features & FEATURE_PRESENCE &&
	    list_empty(&c->follower))
		list_append(&t->r->followers, &c->follower);
}

/* --- lists that are asked for too often --- */

static void wait_again(struct turn *t, struct registry_late *l)
{
	list_remove(&l->link);
	l->at_ms = t->now + LATE_MS;
	list_append(&t->r->late, &l->link);
}

/* Not even an empty one is sent, which would say that there is nobody. */
static void put_off(struct turn *t, struct registry_conn *c,
		    const struct message_list *m)
{
	if (!c->late) {
		c->late = calloc(1, sizeof(*c->late));
		if (!c->late)
			return;
		list_init(&c->late->link);
		c->late->conn = c;
		wait_again(t, c->late);
	}
	c->late->asked = *m;
}

void presence_list(struct turn *t, struct registry_conn *c,
		   const struct message_list *m)
{
	struct message_list asked = *m;

	if (c->late)
		asked.follow |= c->late->asked.follow;
	if (registry_list(t, c)) {
		registry_late_drop(c);
		answer(t, c, &asked);
	} else {
		put_off(t, c, &asked);
	}
}

static struct registry_late *first_late(const struct relay *r)
{
	return list_empty(&r->late)
		       ? NULL
		       : list_entry(r->late.next, struct registry_late, link);
}

int64_t presence_deadline(const struct relay *r)
{
	const struct registry_late *l = first_late(r);

	return l ? l->at_ms : INT64_MAX;
}

void presence_tick(struct turn *t)
{
	struct registry_late *l;

	while ((l = first_late(t->r)) && l->at_ms <= t->now) {
		struct registry_conn *c = l->conn;

		if (c->state == SESSION_GOING) {
			registry_late_drop(c);
		} else if (limit_take(&c->account->lists, t->r->limits.lists,
				      t->now)) {
			answer(t, c, &l->asked);
			registry_late_drop(c);
		} else {
			wait_again(t, l);
		}
	}
}

/* --- changes --- */

static void tell_followers(struct turn *t, const struct whereis *at)
{
	const struct message m = {
		.type = MESSAGE_PRESENCE,
		.presence = { .id = span_of(at->id),
			      .state = (uint8_t)at->state,
			      .relay = span_of(at->relay ? at->relay : "") }
	};

	for (struct list *l = t->r->followers.next; l != &t->r->followers;
	     l = l->next) {
		struct registry_conn *c =
			list_entry(l, struct registry_conn, follower);
		const struct relay_account *self = &c->account->facts;

		if (whereis_may_call(at, self->id, self->groups))
			effects_send(t->out, c->number, &m);
	}
}

/* Numbers without `+`, so that all are found in one way. */
static struct span digits_only(const char *numbers,
			       char out[NEWS_NUMBERS_MAX + 1])
{
	size_t used = 0;

	for (const char *c = numbers; c && *c && used < NEWS_NUMBERS_MAX; c++)
		if (*c != '+')
			out[used++] = *c;
	out[used] = '\0';
	return span_of(out);
}

/* To the other relays, which tell it from what they know. */
static void tell_relays(struct turn *t, const struct registry_account *a)
{
	const struct relay_account *f = &a->facts;
	char numbers[NEWS_NUMBERS_MAX + 1];
	struct news_entry e = {
		.id = span_of(f->id),
		.state = (uint8_t)registry_presence(a),
		.gen = a->gen,
		.groups = span_of(f->groups ? f->groups : ""),
		.numbers = digits_only(f->numbers, numbers),
		.allowed = span_of(f->allowed ? f->allowed : ""),
	};

	if (!t->r->directory || t->r->keeps_to_itself)
		return;
	if (f->enabled)
		(void)directory_tell(t->r->directory, &e, t->out);
	else
		directory_forget(t->r->directory, f->id, t->out);
}

static void tell_state(struct turn *t, const struct registry_account *a)
{
	size_t before = t->out->count;

	effects_bytes_for(t->out, EFFECT_STATE, 0, a->facts.id,
			  strlen(a->facts.id) + 1);
	if (t->out->count > before)
		t->out->items[before].level = a->shown;
}

/* Tells where one is that has an account here, unless it is known: what it
 * does here is no news while it is elsewhere. */
static void tell_place(struct turn *t, struct registry_account *a,
		       const struct whereis *at, bool changed)
{
	bool moved = at->account != a;

	if (moved ? changed || !a->moved : changed || a->moved)
		tell_followers(t, at);
	a->moved = moved;
}

static void flush_account(struct turn *t, struct registry_account *a)
{
	uint8_t state = (uint8_t)registry_presence(a);
	bool changed = a->shown != state;
	struct whereis at;

	tell_relays(t, a);
	a->shown = state;
	if (!whereis(t, a->facts.id, &at)) /* disabled */
		whereis_account(a, &at);
	tell_place(t, a, &at, changed && at.account == a);
	if (changed && t->r->shared)
		tell_state(t, a);
}

static void flush_own(struct turn *t)
{
	while (!list_empty(&t->r->dirty)) {
		struct registry_account *a = list_entry(
			t->r->dirty.next, struct registry_account, dirty);

		list_remove(&a->dirty);
		if (a->facts.kind == RELAY_TERMINAL) /* no one calls a relay */
			flush_account(t, a);
	}
}

/* It has logged in elsewhere since it did here: connections that it has lost
 * are to go. One that answers stays, for a machine of its own may have it. */
static void ask_old(struct turn *t, struct registry_account *a,
		    const struct whereis *at)
{
	if (!at->account && at->state != PRESENCE_OFFLINE)
		admission_ask(t, a, NULL);
}

/* Another relay's news of one. */
static void flush_change(struct turn *t, const char *id)
{
	struct registry_account *a = registry_account(t->r, id, strlen(id));
	struct directory_found gone;
	struct whereis at;

	if (!whereis(t, id, &at)) {
		if (!directory_gone(t->r->directory, &gone) ||
		    gone.entry.state == PRESENCE_OFFLINE)
			return;
		gone.entry.state = PRESENCE_OFFLINE;
		whereis_found(&gone, &at);
	}
	if (!a || a->facts.kind != RELAY_TERMINAL) {
		tell_followers(t, &at);
		return;
	}
	tell_place(t, a, &at, !at.account);
	ask_old(t, a, &at);
}

/* A whole relay's may be lost at once: they leave some at a time. */
static void flush_others(struct turn *t)
{
	char id[ADDRESS_ID_MAX + 1];

	t->r->changes_ms = 0;
	for (int i = 0; i < CHANGES_MAX; i++) {
		if (!directory_changed(t->r->directory, id))
			return;
		flush_change(t, id);
	}
	t->r->changes_ms = t->now + CHANGES_MS;
}

void presence_flush(struct turn *t)
{
	flush_own(t);
	if (!t->r->directory)
		return;
	directory_flush(t->r->directory, t->out);
	flush_others(t);
}
