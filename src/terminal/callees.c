/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/callees.h"

#include <stdio.h>
#include <string.h>

#include "io/random.h"

enum {
	/* A list costs the relay something: when the news are wanted no more
	 * they are taken for a while longer, as jobs come and go. */
	FOLLOW_MS = 60 * 1000,
};

static bool waits_for_login(const struct jobs_entry *e)
{
	return e->state == JOBS_QUEUED && jobs_of_absence(e->reason);
}

static bool is_there(const struct roster_entry *e)
{
	return e->state == PRESENCE_FREE || e->state == PRESENCE_BUSY;
}

/* Whether the terminal is whom the job is for. A relay that the job names is
 * the first one after the ID. The name of our own nobody says here. */
static bool is_callee(const struct outbox_job *j, const struct roster_entry *e)
{
	const char *to = j->record.to;
	size_t id = strcspn(to, "@");
	const char *relay = to + id + (to[id] == '@');
	size_t len = strcspn(relay, "@");

	if (strlen(e->id) != id || strncmp(e->id, to, id) != 0)
		return false;
	return len == 0 || !*e->relay ||
	       (strlen(e->relay) == len && strncmp(e->relay, relay, len) == 0);
}

static uint32_t some_random(void)
{
	uint32_t r;

	random_bytes(&r, sizeof(r));
	return r;
}

static void set_next_try(struct callees *c, struct outbox_job *j, uint64_t at)
{
	j->record.next_try_ms = at;
	lineup_update(c->lineup, j);
	lineup_tell(c->lineup, j);
	c->soon(c->owner);
}

static void has_logged_in(struct callees *c, struct outbox_job *j)
{
	uint64_t at = (uint64_t)jobs_callee_is_back(some_random(),
						    (int64_t)lineup_clock());

	if (at < j->record.not_before_ms)
		at = j->record.not_before_ms;
	if (at < j->record.next_try_ms)
		set_next_try(c, j, at);
}

/* The relay will say when it comes: no need to ask again and again. */
static void is_watched(struct callees *c, struct outbox_job *j)
{
	uint64_t at = (uint64_t)jobs_callee_is_watched(some_random(),
						       (int64_t)lineup_clock());

	if (at > j->record.next_try_ms && at < j->record.give_up_ms)
		set_next_try(c, j, at);
}

static void on_terminal(void *owner, const struct roster_entry *e, bool news)
{
	struct callees *c = owner;
	struct lineup *l = c->lineup;

	if (!news) {
		c->list_came = true;
		c->soon(c->owner);
		return;
	}
	if (!is_there(e))
		return;
	for (size_t i = 0; i < l->count; i++)
		if (waits_for_login(&l->entries[i]) && is_callee(l->jobs[i], e))
			has_logged_in(c, l->jobs[i]);
}

/* It may have logged in just before it was watched. A list that says so again
 * and again while calls find nobody is behind the times, and not believed. */
static void look_up(struct callees *c, struct outbox_job *j)
{
	const struct roster *r = c->follow ? follow_roster(c->follow) : NULL;
	char id[sizeof(j->record.to)];
	const struct roster_entry *e;

	/* Where no way leads all are listed as offline, and what is found again
	 * in a moment would be waited for. */
	if (!r || j->record.last_reason != REASON_OFFLINE)
		return;
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(j->record.to, "@"),
		 j->record.to);
	e = roster_get(r, id);
	if (!e || !is_callee(j, e))
		return;
	/* So it is the other way round, for one more try: relays that share a
	 * database and do not distribute send no news of who logs in at another
	 * one, as all do within seconds whose relay has died. */
	if (!is_there(e) && j->record.streak > 1)
		is_watched(c, j);
	else if (is_there(e) && j->record.streak <= 1)
		has_logged_in(c, j);
}

void callees_watch(struct callees *c)
{
	struct lineup *l = c->lineup;
	bool wanted = false;

	if (!c->follow)
		return;
	for (size_t i = 0; i < l->count && (!wanted || c->list_came); i++) {
		if (!waits_for_login(&l->entries[i]))
			continue;
		wanted = true;
		if (c->list_came)
			look_up(c, l->jobs[i]);
	}
	c->list_came = false;
	if (wanted) {
		timer_clear(l->loop, &c->unfollow);
		follow_add(c->follow, &c->watcher);
	} else if (c->watcher.watches && c->unfollow.place == 0) {
		timer_set(l->loop, &c->unfollow, loop_now(l->loop) + FOLLOW_MS);
	}
}

static void on_unfollow(struct timer *t)
{
	struct callees *c = t->owner;

	follow_remove(c->follow, &c->watcher);
}

/* --- what one has learnt --- */

/* The others to this callee wait as long as this one, and say why. */
static void share_wait(struct callees *c, const struct outbox_job *j)
{
	struct lineup *l = c->lineup;

	for (size_t i = 0; i < l->count; i++) {
		struct spool_job *r = &l->jobs[i]->record;

		if (!jobs_shares_wait(&l->entries[j->at], &l->entries[i]))
			continue;
		r->next_try_ms = j->record.next_try_ms;
		r->last_reason = j->record.last_reason;
		r->streak = j->record.streak;
		r->away_ms = j->record.away_ms;
		memcpy(r->last_result, j->record.last_result,
		       sizeof(r->last_result));
		lineup_update(l, l->jobs[i]);
		lineup_tell(l, l->jobs[i]);
	}
}

void callees_learn(struct callees *c, struct outbox_job *j)
{
	if (jobs_of_absence(j->record.last_reason))
		look_up(c, j);
	if (jobs_of_callee(j->record.last_reason))
		share_wait(c, j);
}

void callees_is_there(struct callees *c, const struct outbox_job *j)
{
	struct lineup *l = c->lineup;
	uint64_t callee = l->entries[j->at].callee;

	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].callee == callee &&
		    waits_for_login(&l->entries[i]))
			has_logged_in(c, l->jobs[i]);
}

/* One of those that found it busy; the next when that one is through. */
void callees_free_again(struct callees *c, const struct outbox_job *j)
{
	struct lineup *l = c->lineup;
	uint64_t callee = l->entries[j->at].callee;
	struct outbox_job *best = NULL;

	for (size_t i = 0; i < l->count; i++) {
		const struct jobs_entry *e = &l->entries[i];

		if (e->callee == callee && e->state == JOBS_QUEUED &&
		    e->held_ms == 0 && jobs_of_busy(e->reason) &&
		    (!best || l->jobs[i]->priority > best->priority))
			best = l->jobs[i];
	}
	if (!best || best == j)
		return;
	best->record.next_try_ms = best->record.not_before_ms;
	lineup_update(l, best);
	lineup_tell(l, best);
}

/* --- making and unmaking --- */

void callees_init(struct callees *c, struct lineup *l, struct follow *f,
		  void (*soon)(void *owner), void *owner)
{
	*c = (struct callees){
		.lineup = l,
		.follow = f,
		.soon = soon,
		.owner = owner,
		.watcher = { .terminal = on_terminal, .owner = c },
		.unfollow = { .due = on_unfollow, .owner = c },
	};
}

void callees_fini(struct callees *c)
{
	timer_clear(c->lineup->loop, &c->unfollow);
	if (c->follow)
		follow_remove(c->follow, &c->watcher);
}
