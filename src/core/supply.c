/* SPDX-License-Identifier: Apache-2.0 */
#include "core/supply.h"

#include <string.h>

bool supply_is_whole(const struct routes_origin *o)
{
	return o->roll.own || (o->epoch != 0 && !o->mixed && o->best &&
			       o->best->epoch == o->epoch);
}

static bool has_room(const struct routes_link *l, size_t octets)
{
	return l->sent - l->taken + octets <= SUPPLY_WINDOW;
}

/* Its due comes when the link's neighbour has taken more. */
static void wait_for_room(struct routes_tie *t)
{
	if (!t->waits)
		t->link->waiting++;
	t->waits = true;
}

static void send_news(struct routes_tie *t, uint64_t number,
		      struct span entries, struct effects *out)
{
	const struct routes_origin *o = t->origin;
	const struct message m = { .type = MESSAGE_NEWS,
				   .news = { span_of(o->roll.name), o->epoch,
					     number, entries } };

	t->link->sent += entries.len;
	effects_send(out, t->link->conn, &m);
}

static void send_piece(struct routes_tie *t, struct effects *out)
{
	const struct routes_origin *o = t->origin;
	uint8_t bytes[MESSAGE_ENTRIES_MAX];
	struct writer w = writer_over(bytes, sizeof(bytes));
	struct roll_entry *e = roll_at_after(&o->roll, t->after);
	struct message m = { .type = MESSAGE_SNAPSHOT };

	for (; e; e = roll_at_after(&o->roll, e->text)) {
		struct news_entry entry;

		roll_read(e, &entry);
		news_add(&w, &entry);
		if (!w.ok)
			break;
	}
	m.snapshot = (struct message_snapshot){
		.origin = span_of(o->roll.name),
		.epoch = o->epoch,
		.number = o->number,
		.entries = { bytes, writer_used(&w) },
		.last = !e,
		.after = span_of(t->after),
	};
	t->link->sent += writer_used(&w);
	effects_send(out, t->link->conn, &m);
}

/* Octets of entries between what it has and what we have; 0: nothing is
 * between, or it cannot be told by the past alone. */
static size_t behind(const struct routes_tie *t)
{
	const struct routes_origin *o = t->origin;
	uint64_t first = o->number - o->past_count; /* what the past follows */

	if (t->want_epoch != o->epoch || t->want_number < first ||
	    t->want_number >= o->number)
		return 0;
	return o->past_size; /* or less: enough for whether there is room */
}

static void send_past(struct routes_tie *t, struct effects *out)
{
	const struct routes_origin *o = t->origin;
	uint64_t number = o->number - o->past_count;

	for (struct list *at = o->past.next; at != &o->past; at = at->next) {
		const struct routes_past *p =
			list_entry(at, struct routes_past, link);

		if (++number > t->want_number)
			send_news(t, number,
				  (struct span){ p->entries, p->size }, out);
	}
}

/* Answers WANT. Until there is room for it nothing else is owed: who asks
 * hears of no gap before the answer. */
static void answer(struct routes_tie *t, struct effects *out)
{
	const struct routes_origin *o = t->origin;
	bool has_all = t->want_epoch == o->epoch && t->want_number >= o->number;
	size_t octets = behind(t);

	if (!has_room(t->link, octets > 0 ? octets
			       : has_all  ? 0
					  : MESSAGE_ENTRIES_MAX)) {
		wait_for_room(t);
		return;
	}
	routes_owe(t, ROUTES_NOTHING);
	if (octets > 0) {
		send_past(t, out);
	} else if (has_all) {
		send_news(t, o->number, (struct span){ NULL, 0 }, out);
	} else {
		t->after[0] = '\0';
		send_piece(t, out);
	}
}

static void next_piece(struct routes_tie *t, struct effects *out)
{
	if (!has_room(t->link, MESSAGE_ENTRIES_MAX)) {
		wait_for_room(t);
		return;
	}
	routes_owe(t, ROUTES_NOTHING);
	send_piece(t, out);
}

/* Gives it what it is owed, if that can be now. */
static void serve(struct routes_tie *t, struct effects *out)
{
	if (!supply_is_whole(t->origin))
		return;
	switch (t->due) {
	case ROUTES_NOTHING:
		break;
	case ROUTES_ANSWER:
		answer(t, out);
		break;
	case ROUTES_PIECE:
		next_piece(t, out);
		break;
	case ROUTES_NOTICE:
		routes_owe(t, ROUTES_NOTHING);
		send_news(t, t->origin->number, (struct span){ NULL, 0 }, out);
		break;
	}
}

void supply_want(struct routes_tie *t, uint64_t epoch, uint64_t number,
		 struct effects *out)
{
	t->wants = true;
	t->want_epoch = epoch;
	t->want_number = number;
	routes_owe(t, ROUTES_ANSWER);
	serve(t, out);
}

void supply_unwant(struct routes_tie *t)
{
	t->wants = false;
	routes_owe(t, ROUTES_NOTHING);
}

void supply_more(struct routes_tie *t, struct span after, struct effects *out)
{
	/* Owed an answer or a notice, it begins anew anyhow. */
	if (!t->wants || (t->due != ROUTES_NOTHING && t->due != ROUTES_PIECE))
		return;
	(void)span_copy(after, t->after, sizeof(t->after)); /* an ID fits */
	routes_owe(t, ROUTES_PIECE);
	serve(t, out);
}

bool supply_took(struct routes_link *l, uint64_t octets, struct effects *out)
{
	if (octets < l->taken || octets > l->sent)
		return false;
	l->taken = octets;
	for (struct list *at = l->ties.next; at != &l->ties && l->waiting > 0;
	     at = at->next) {
		struct routes_tie *t =
			list_entry(at, struct routes_tie, of_link);

		if (!t->waits)
			continue;
		if (!has_room(l, MESSAGE_ENTRIES_MAX))
			return true;
		serve(t, out);
	}
	return true;
}

static void pass_news(struct routes_tie *t, struct span entries,
		      struct effects *out)
{
	if (!t->wants || t->due == ROUTES_ANSWER || t->due == ROUTES_NOTICE)
		return; /* it learns of this one then */
	if (has_room(t->link, entries.len)) {
		send_news(t, t->origin->number, entries, out);
		return;
	}
	routes_owe(t, ROUTES_NOTICE);
	wait_for_room(t);
}

void supply_news(struct routes_origin *o, struct span entries,
		 struct effects *out)
{
	if (!routes_past_add(o, entries))
		routes_past_clear(o); /* without it snapshots do */
	while (o->past_size > SUPPLY_PAST)
		routes_past_drop(o);
	for (struct list *at = o->ties.next; at != &o->ties; at = at->next)
		pass_news(list_entry(at, struct routes_tie, of_origin), entries,
			  out);
}

void supply_whole(struct routes_origin *o, bool jumped, struct effects *out)
{
	for (struct list *at = o->ties.next; at != &o->ties; at = at->next) {
		struct routes_tie *t =
			list_entry(at, struct routes_tie, of_origin);

		if (jumped && t->wants && t->due != ROUTES_ANSWER)
			routes_owe(t, ROUTES_NOTICE);
		serve(t, out);
	}
}
