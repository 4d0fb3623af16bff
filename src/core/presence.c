/* SPDX-License-Identifier: Apache-2.0 */
#include "core/presence.h"

#include <string.h>

/* Whether the connection's terminal hears of this one: not of itself. */
static bool is_for(const struct registry_conn *c,
		   const struct registry_account *a)
{
	return a != c->account && registry_may_call(c->account, a);
}

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

void presence_list(struct turn *t, struct registry_conn *c,
		   const struct message_list *m)
{
	uint8_t bytes[MESSAGE_LISTING_MAX];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct registry_account **all;
	size_t count;

	all = registry_sorted(t->r, &count);
	for (size_t i = 0; all && i < count; i++) {
		struct registry_account *a = all[i];

		if (!a->facts.enabled || !is_for(c, a))
			continue;
		if (sizeof(bytes) - writer_used(&w) < 3 + ADDRESS_ID_MAX) {
			send_listing(t, c, m->request, &w, true);
			w = writer_over(bytes, sizeof(bytes));
		}
		message_listing_add(&w, span_of(a->facts.id),
				    (uint8_t)registry_presence(a));
	}
	send_listing(t, c, m->request, &w, false);
	if (m->follow && c->features & FEATURE_PRESENCE &&
	    list_empty(&c->follower))
		list_append(&t->r->followers, &c->follower);
}

static void tell_followers(struct turn *t, const struct registry_account *a)
{
	const struct message m = { .type = MESSAGE_PRESENCE,
				   .presence = { .id = span_of(a->facts.id),
						 .state = a->shown } };

	for (struct list *l = t->r->followers.next; l != &t->r->followers;
	     l = l->next) {
		struct registry_conn *c =
			list_entry(l, struct registry_conn, follower);

		if (is_for(c, a))
			effects_send(t->out, c->number, &m);
	}
}

static void tell_state(struct turn *t, const struct registry_account *a)
{
	size_t before = t->out->count;

	effects_bytes_for(t->out, EFFECT_STATE, 0, a->facts.id,
			  strlen(a->facts.id) + 1);
	if (t->out->count > before)
		t->out->items[before].level = a->shown;
}

void presence_flush(struct turn *t)
{
	while (!list_empty(&t->r->dirty)) {
		struct registry_account *a = list_entry(
			t->r->dirty.next, struct registry_account, dirty);
		uint8_t state = (uint8_t)registry_presence(a);

		list_remove(&a->dirty);
		if (a->shown == state)
			continue;
		a->shown = state;
		tell_followers(t, a);
		if (t->r->tells_states)
			tell_state(t, a);
	}
}
