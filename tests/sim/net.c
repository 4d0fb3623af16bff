/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include <stdlib.h>
#include <string.h>

enum kind { KIND_CALL, KIND_ANSWER, KIND_READY, KIND_FRAME, KIND_CLOSE };

struct net_item {
	struct net_item *next;
	enum kind kind;
	int64_t arrives_us;
	uint64_t tag;
	size_t len;
	uint8_t bytes[];
};

static enum net_end other(enum net_end end)
{
	return end == NET_DIALLER ? NET_LISTENER : NET_DIALLER;
}

static bool speaks(const struct net_side *s)
{
	return s->state == NET_OPENING || s->state == NET_OPEN;
}

/* --- queues --- */

static void drop_all(struct net_way *w)
{
	while (w->head) {
		struct net_item *i = w->head;

		w->head = i->next;
		free(i);
	}
	*w = (struct net_way){ .last_us = w->last_us };
}

/* What never left is lost; what is under way still arrives. */
static void drop_unsent(struct net_way *w)
{
	struct net_item *kept = NULL;
	struct net_item **at = &w->head;

	while (*at != w->unsent) {
		kept = *at;
		at = &(*at)->next;
	}
	while (w->unsent) {
		struct net_item *i = w->unsent;

		w->unsent = i->next;
		free(i);
	}
	*at = NULL;
	w->tail = kept;
	w->waiting = 0;
}

static void send_ready(struct net_link *l, struct net_way *w)
{
	struct net *n = l->net;

	while (w->unsent && (w->under_way == 0 ||
			     w->under_way + w->unsent->len <= NET_WINDOW)) {
		struct net_item *i = w->unsent;
		int64_t at = n->now_us + n->handlers->delay(n->owner,
							    l->sides[0].node,
							    l->sides[1].node);

		i->arrives_us = at > w->last_us ? at : w->last_us + 1;
		w->last_us = i->arrives_us;
		w->under_way += i->len;
		w->waiting -= i->len;
		w->unsent = i->next;
	}
}

static void append(struct net_link *l, enum net_end from, enum kind kind,
		   const void *bytes, size_t len, uint64_t tag)
{
	struct net_way *w = &l->ways[from];
	struct net_item *i = malloc(sizeof(*i) + len);

	if (!i)
		abort();
	*i = (struct net_item){ .kind = kind, .tag = tag, .len = len };
	if (len > 0)
		memcpy(i->bytes, bytes, len);
	if (w->tail)
		w->tail->next = i;
	else
		w->head = i;
	w->tail = i;
	if (!w->unsent)
		w->unsent = i;
	w->waiting += len;
	send_ready(l, w);
}

/* --- when --- */

static int64_t arrival(const struct net_link *l, enum net_end to)
{
	const struct net_way *w = &l->ways[other(to)];
	const struct net_side *s = &l->sides[to];

	if (l->lost || l->held || s->paused || !w->head || w->head == w->unsent)
		return INT64_MAX;
	return w->head->arrives_us > s->read_us ? w->head->arrives_us
						: s->read_us;
}

static int64_t closing(const struct net_link *l, enum net_end end)
{
	const struct net_side *s = &l->sides[end];

	return s->state == NET_FINISHING ? s->close_us : INT64_MAX;
}

static void refresh(struct net_link *l)
{
	int64_t at = INT64_MAX;

	for (enum net_end e = NET_DIALLER; e <= NET_LISTENER; e++) {
		if (closing(l, e) < at)
			at = closing(l, e);
		if (arrival(l, e) < at)
			at = arrival(l, e);
	}
	l->next_us = at;
}

/* --- ends --- */

static void close_side(struct net_link *l, enum net_end end)
{
	l->sides[end].state = NET_CLOSED;
	l->sides[end].paused = false;
	drop_unsent(&l->ways[end]);
	append(l, end, KIND_CLOSE, NULL, 0, 0);
}

static void tell_closed(struct net_link *l, enum net_end end)
{
	close_side(l, end);
	l->net->handlers->closed(l->net->owner, l, end);
}

static void close_when_flushed(struct net_link *l, enum net_end end)
{
	struct net_side *s = &l->sides[end];

	if (s->state == NET_FINISHING && !l->ways[end].unsent)
		s->close_us = l->net->now_us;
}

static void tell_drained(struct net_link *l, enum net_end end)
{
	struct net_side *s = &l->sides[end];

	if (!s->was_high || l->ways[end].waiting > NET_LOW_WATER ||
	    s->state != NET_OPEN)
		return;
	s->was_high = false;
	l->net->handlers->drained(l->net->owner, l, end);
}

/* --- what arrives --- */

static void take_item(struct net_link *l, enum net_end end,
		      const struct net_item *i)
{
	const struct net_handlers *h = l->net->handlers;
	struct net_side *s = &l->sides[end];

	switch (i->kind) {
	case KIND_CALL:
		if (h->arrived(l->net->owner, l))
			append(l, end, KIND_ANSWER, NULL, 0, 0);
		else
			close_side(l, end);
		break;
	case KIND_ANSWER:
		if (s->state != NET_OPENING)
			break;
		s->state = NET_OPEN;
		append(l, end, KIND_READY, NULL, 0, 0);
		h->opened(l->net->owner, l, end);
		break;
	case KIND_READY:
		if (s->state != NET_OPENING)
			break;
		s->state = NET_OPEN;
		h->opened(l->net->owner, l, end);
		break;
	case KIND_FRAME:
		if (s->state == NET_OPEN)
			h->frame(l->net->owner, l, end, i->bytes, i->len,
				 i->tag);
		break;
	case KIND_CLOSE:
		if (s->state != NET_CLOSED)
			tell_closed(l, end);
		break;
	}
}

static void arrive(struct net_link *l, enum net_end end)
{
	struct net *n = l->net;
	struct net_way *w = &l->ways[other(end)];
	struct net_item *i = w->head;

	w->head = i->next;
	if (!w->head)
		w->tail = NULL;
	w->under_way -= i->len;
	if (i->kind == KIND_FRAME)
		l->sides[end].read_us =
			n->now_us +
			n->handlers->reading(n->owner, l->sides[end].node);
	send_ready(l, w);
	close_when_flushed(l, other(end));
	tell_drained(l, other(end));
	take_item(l, end, i);
	free(i);
}

static bool finished(const struct net_link *l)
{
	return l->sides[0].state == NET_CLOSED &&
	       l->sides[1].state == NET_CLOSED;
}

static void free_link(struct net_link *l)
{
	drop_all(&l->ways[0]);
	drop_all(&l->ways[1]);
	free(l);
}

static void step_link(struct net_link *l)
{
	int64_t now = l->net->now_us;

	for (enum net_end e = NET_DIALLER; e <= NET_LISTENER; e++) {
		if (closing(l, e) <= now) {
			tell_closed(l, e);
			break;
		}
		if (arrival(l, e) <= now) {
			arrive(l, e);
			break;
		}
	}
	refresh(l);
}

int64_t net_next(const struct net *n)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < n->count; i++)
		if (n->links[i]->next_us < at)
			at = n->links[i]->next_us;
	return at;
}

void net_step(struct net *n)
{
	for (size_t i = 0; i < n->count; i++) {
		struct net_link *l = n->links[i];

		if (l->next_us > n->now_us)
			continue;
		step_link(l);
		break;
	}
	for (size_t i = 0; i < n->count;) {
		struct net_link *l = n->links[i];

		if (!finished(l)) {
			i++;
			continue;
		}
		memmove(&n->links[i], &n->links[i + 1],
			(--n->count - i) * sizeof(struct net_link *));
		free_link(l);
	}
}

/* --- the public side --- */

void net_init(struct net *n, const struct net_handlers *handlers, void *owner)
{
	*n = (struct net){ .handlers = handlers, .owner = owner };
}

void net_fini(struct net *n)
{
	for (size_t i = 0; i < n->count; i++)
		free_link(n->links[i]);
	free(n->links);
}

struct net_link *net_dial(struct net *n, int from, uint64_t number, int to)
{
	struct net_link *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	if (n->count == n->room) {
		n->room = n->room ? 2 * n->room : 32;
		n->links = reallocarray(n->links, n->room,
					sizeof(struct net_link *));
		if (!n->links)
			abort();
	}
	l->net = n;
	l->sides[NET_DIALLER] =
		(struct net_side){ .node = from, .number = number };
	l->sides[NET_LISTENER] = (struct net_side){ .node = to };
	n->links[n->count++] = l;
	append(l, NET_DIALLER, KIND_CALL, NULL, 0, 0);
	refresh(l);
	return l;
}

bool net_write(struct net_link *l, enum net_end end, const void *bytes,
	       size_t len, uint64_t tag)
{
	struct net_way *w = &l->ways[end];

	if (l->sides[end].state != NET_OPEN || w->waiting + len > NET_CAP)
		return false;
	append(l, end, KIND_FRAME, bytes, len, tag);
	if (w->waiting > NET_HIGH_WATER)
		l->sides[end].was_high = true;
	refresh(l);
	return true;
}

bool net_above_high_water(const struct net_link *l, enum net_end end)
{
	return l->ways[end].waiting > NET_HIGH_WATER;
}

void net_pause(struct net_link *l, enum net_end end, bool paused)
{
	l->sides[end].paused = paused;
	refresh(l);
}

void net_finish(struct net_link *l, enum net_end end, int64_t within_us)
{
	struct net_side *s = &l->sides[end];

	if (!speaks(s))
		return;
	s->state = NET_FINISHING;
	s->paused = false;
	s->close_us = l->net->now_us + within_us;
	close_when_flushed(l, end);
	refresh(l);
}

void net_abandon(struct net_link *l, enum net_end end)
{
	if (l->sides[end].state == NET_CLOSED)
		return;
	close_side(l, end);
	refresh(l);
}

void net_break(struct net_link *l, bool silently)
{
	if (silently) {
		l->lost = true;
		refresh(l);
		return;
	}
	for (enum net_end e = NET_DIALLER; e <= NET_LISTENER; e++) {
		drop_all(&l->ways[e]);
		l->sides[e].read_us = 0;
		if (!speaks(&l->sides[e]))
			continue;
		l->sides[e].state = NET_FINISHING;
		l->sides[e].close_us = l->net->now_us;
	}
	refresh(l);
}

void net_hold(struct net_link *l, bool held)
{
	l->held = held;
	refresh(l);
}
