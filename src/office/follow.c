/* SPDX-License-Identifier: Apache-2.0 */
#include "office/follow.h"

#include <stdlib.h>
#include <time.h>

#include <jansson.h>

#include "base/log.h"
#include "core/roster.h"

enum {
	ANSWER_MS = 10000, /* the list does not come: asked again */
	/* Connections that break one after another cost no LIST each. */
	AGAIN_MS = 1000,
};

struct watcher {
	struct local_session *session; /* borrowed; NULL: free */
	bool shown;		       /* the whole list, so far */
};

struct follow {
	struct loop *loop; /* borrowed */
	follow_ask *ask;
	void *owner; /* borrowed */
	struct watcher watchers[FOLLOW_MAX];
	size_t count;
	struct roster roster;
	uint32_t request; /* that was asked last; 0: none stands */
	struct timer again;
	bool offline; /* and they were told */
};

static uint64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- telling --- */

static void say(struct local_session *s, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (text)
		local_reply(s, text);
	free(text);
}

static json_t *entry_json(const struct roster_entry *e)
{
	return json_pack("{s:s, s:s, s:s}", "id", e->id, "state",
			 roster_state_name(e->state), "relay", e->relay);
}

/* Takes the object. */
static void tell_shown(struct follow *f, json_t *object)
{
	json_object_set_new(object, "at_ms",
			    json_integer((json_int_t)epoch_ms()));
	for (size_t i = 0; i < FOLLOW_MAX; i++)
		if (f->watchers[i].session && f->watchers[i].shown)
			say(f->watchers[i].session, json_incref(object));
	json_decref(object);
}

static void show_all(struct follow *f, struct watcher *w)
{
	for (size_t i = 0; w->session && i < f->roster.count; i++)
		say(w->session, entry_json(&f->roster.entries[i]));
	w->shown = true;
}

/* To those who have seen the list what is new, to the others all of it. */
static void tell_news(struct follow *f)
{
	const struct roster_entry *e;
	size_t at = 0;

	while ((e = roster_next(&f->roster, &at)))
		tell_shown(f, entry_json(e));
	roster_sweep(&f->roster);
	for (size_t i = 0; f->roster.complete && i < FOLLOW_MAX; i++)
		if (f->watchers[i].session && !f->watchers[i].shown)
			show_all(f, &f->watchers[i]);
}

/* --- asking --- */

static void ask(struct follow *f)
{
	f->request = 0;
	timer_clear(f->loop, &f->again);
	/* When the terminal is not logged in, follow_online asks later. */
	if (f->count == 0 || f->ask(f->owner, &f->request) != OK)
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
	if (f->count == 0 || !f->roster.complete)
		return;
	roster_tell(&f->roster, p);
	tell_news(f);
}

void follow_lost(struct follow *f)
{
	f->request = 0;
	if (f->count > 0)
		timer_set(f->loop, &f->again, loop_now(f->loop) + AGAIN_MS);
}

void follow_online(struct follow *f, bool online)
{
	if (f->offline == online)
		tell_shown(f, json_pack("{s:b}", "online", (int)online));
	f->offline = !online;
	if (online)
		ask(f);
}

/* --- who follows --- */

static struct watcher *watcher_of(struct follow *f,
				  const struct local_session *s)
{
	for (size_t i = 0; i < FOLLOW_MAX; i++)
		if (f->watchers[i].session == s)
			return &f->watchers[i];
	return NULL;
}

bool follow_add(struct follow *f, struct local_session *s)
{
	struct watcher *w = watcher_of(f, NULL);

	if (!w)
		return false;
	*w = (struct watcher){ .session = s };
	if (f->count++ == 0)
		ask(f);
	else if (f->roster.complete)
		show_all(f, w);
	return true;
}

void follow_remove(struct follow *f, const struct local_session *s)
{
	struct watcher *w = watcher_of(f, s);

	if (!w)
		return;
	*w = (struct watcher){ .session = NULL };
	if (--f->count > 0)
		return;
	f->request = 0;
	timer_clear(f->loop, &f->again);
	roster_fini(&f->roster);
}

struct follow *follow_new(struct loop *loop, follow_ask *question, void *owner)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->loop = loop;
	f->ask = question;
	f->owner = owner;
	f->again = (struct timer){ .due = on_again, .owner = f };
	roster_init(&f->roster);
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	timer_clear(f->loop, &f->again);
	roster_fini(&f->roster);
	free(f);
}
