/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/follow.h"

#include <stdlib.h>

#include "base/log.h"

enum {
	ANSWER_MS = 10000, /* the list does not come: asked again */
	/* Connections that break one after another cost no LIST each. */
	AGAIN_MS = 1000,
};

struct follow {
	struct loop *loop; /* borrowed */
	follow_ask *ask;
	void *owner; /* borrowed */
	struct list watchers;
	struct list *next; /* of the walk that is under way */
	struct roster roster;
	uint32_t request; /* that was asked last; 0: none stands */
	struct timer again;
	bool offline; /* and they were told */
};

/* --- telling --- */

static struct follow_watcher *watcher_at(struct list *l)
{
	return list_entry(l, struct follow_watcher, link);
}

/* A watcher may go, or come, while it or another one is told: the next one of
 * the walk is kept where follow_remove finds it. */
static struct follow_watcher *walk(struct follow *f, struct list *from)
{
	if (from == &f->watchers)
		return NULL;
	f->next = from->next;
	return watcher_at(from);
}

static void tell_shown(struct follow *f, const struct roster_entry *e)
{
	struct follow_watcher *w;

	for (w = walk(f, f->watchers.next); w; w = walk(f, f->next))
		if (w->shown)
			w->terminal(w->owner, e, true);
}

static void show_all(struct follow *f, struct follow_watcher *w)
{
	w->shown = true;
	for (size_t i = 0; w->watches && i < f->roster.count; i++)
		w->terminal(w->owner, &f->roster.entries[i], false);
}

/* To those who have seen the list what is new, to the others all of it. */
static void tell_news(struct follow *f)
{
	const struct roster_entry *e;
	struct follow_watcher *w;
	size_t at = 0;

	while ((e = roster_next(&f->roster, &at)))
		tell_shown(f, e);
	roster_sweep(&f->roster);
	for (w = walk(f, f->watchers.next); f->roster.complete && w;
	     w = walk(f, f->next))
		if (!w->shown)
			show_all(f, w);
}

/* --- asking --- */

static bool is_watched(const struct follow *f)
{
	return !list_empty(&f->watchers);
}

static void ask(struct follow *f)
{
	f->request = 0;
	timer_clear(f->loop, &f->again);
	/* When the terminal is not logged in, follow_online asks later. */
	if (!is_watched(f) || f->ask(f->owner, &f->request) != OK)
		return;
	roster_begin(&f->roster);
	timer_set(f->loop, &f->again, loop_now(f->loop) + ANSWER_MS);
}

static void on_again(struct timer *t)
{
	ask(t->owner);
}

bool follow_listing(struct follow *f, const struct message_listing *l)
{
	if (f->request == 0 || l->request != f->request)
		return false;
	if (!roster_list(&f->roster, l) || l->more)
		return true; /* a list that is malformed is asked for again */
	timer_clear(f->loop, &f->again);
	if (f->roster.full)
		log_line(LOG_WARN, "event=list-too-long most=%d", ROSTER_MAX);
	tell_news(f);
	return true;
}

void follow_presence(struct follow *f, const struct message_presence *p)
{
	/* News of a list that is not whole yet: of them its pieces that are
	 * still to come may say nothing. */
	if (!is_watched(f) || (!f->roster.complete && f->request == 0))
		return;
	roster_tell(&f->roster, p);
	if (f->roster.complete)
		tell_news(f);
}

void follow_lost(struct follow *f)
{
	f->request = 0;
	if (is_watched(f))
		timer_set(f->loop, &f->again, loop_now(f->loop) + AGAIN_MS);
}

void follow_online(struct follow *f, bool online)
{
	struct follow_watcher *w;

	if (f->offline == online)
		for (w = walk(f, f->watchers.next); w; w = walk(f, f->next))
			if (w->shown && w->online)
				w->online(w->owner, online);
	f->offline = !online;
	if (online)
		ask(f);
}

const struct roster *follow_roster(const struct follow *f)
{
	return f->roster.complete ? &f->roster : NULL;
}

/* --- who watches --- */

void follow_add(struct follow *f, struct follow_watcher *w)
{
	bool first = !is_watched(f);

	if (w->watches)
		return;
	w->watches = true;
	w->shown = false;
	list_append(&f->watchers, &w->link);
	if (first)
		ask(f);
	else if (f->roster.complete)
		show_all(f, w);
}

void follow_remove(struct follow *f, struct follow_watcher *w)
{
	if (!w->watches)
		return;
	w->watches = false;
	if (f->next == &w->link)
		f->next = w->link.next;
	list_remove(&w->link);
	if (is_watched(f))
		return;
	f->request = 0;
	timer_clear(f->loop, &f->again);
	roster_fini(&f->roster);
}

/* --- making and unmaking --- */

struct follow *follow_new(struct loop *loop, follow_ask *question, void *owner)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->loop = loop;
	f->ask = question;
	f->owner = owner;
	f->again = (struct timer){ .due = on_again, .owner = f };
	list_init(&f->watchers);
	f->next = &f->watchers;
	roster_init(&f->roster);
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	while (!list_empty(&f->watchers))
		follow_remove(f, watcher_at(f->watchers.next));
	free(f);
}
