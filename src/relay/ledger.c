/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "relay/guestbook.h"

enum {
	/* Other processes' changes to accounts that nobody told us of. */
	LOOK_MS = 2000,
	MORE_MS = 20,
	/* Accounts that are looked up at a time. */
	FETCHES_MAX = 256,
};

struct ledger {
	struct loop *loop; /* borrowed; so are the next three */
	struct database *database;
	struct relay *relay;
	struct effects *effects;
	void (*changed)(void *owner);
	void *owner;
	struct guestbook *guestbook; /* who of a shared database is known; else
				  NULL */
	struct timer look;
	unsigned fetches; /* under way */
	enum err loaded;
};

static void set(struct ledger *l, const struct database_account *a)
{
	char groups[DATABASE_GROUPS_MAX * 33 + 1] = "";
	size_t used = 0;
	struct relay_account r = { .kind = a->kind == DATABASE_RELAY
						   ? RELAY_RELAY
						   : RELAY_TERMINAL,
				   .enabled = a->enabled,
				   .connections_max = a->connections_max,
				   .places_max = a->places_max,
				   .groups = groups,
				   .allowed = a->allowed,
				   .numbers = a->numbers };

	memcpy(r.id, a->id, sizeof(r.id));
	memcpy(&r.key, a->stored_key, sizeof(r.key));
	for (unsigned i = 0; i < a->groups_count; i++)
		used += (size_t)snprintf(groups + used, sizeof(groups) - used,
					 "%s%s", used ? " " : "", a->groups[i]);
	relay_account_set(l->relay, &r, loop_now(l->loop), l->effects);
}

/* One account, as it is now. What could not be read is read again at the next
 * look. */
static void on_fetched(void *owner, const struct database_answer *a)
{
	struct ledger *l = owner;

	l->fetches--;
	if (a->err == OK) {
		set(l, a->account);
	} else if (a->err == ERR_MISSING) {
		relay_account_remove(l->relay, a->id, loop_now(l->loop),
				     l->effects);
		if (l->guestbook)
			guestbook_drop(l->guestbook, a->id);
	} else if (l->guestbook) {
		guestbook_mark(l->guestbook, a->id);
	}
	l->changed(l->owner);
}

static void fetch(struct ledger *l, const char *id)
{
	l->fetches++;
	database_account_get(
		l->database, id,
		(struct database_asker){ .done = on_fetched, .owner = l });
}

/* Of those that were marked. One that could not be read waits for the next
 * look, so that a database that is away is not asked in circles. */
static void fetch_some(struct ledger *l)
{
	char id[33];

	/* So many at most: they may fail at once, and are marked again. */
	for (int i = 0;
	     i < FETCHES_MAX && l->guestbook && l->fetches < FETCHES_MAX &&
	     guestbook_next(l->guestbook, id);
	     i++)
		fetch(l, id);
}

static void on_account(void *owner, const struct database_answer *a)
{
	set(owner, a->account);
}

static void on_all(void *owner, const struct database_answer *a)
{
	struct ledger *l = owner;

	l->loaded = a->err;
	if (a->err != OK)
		log_line(LOG_ERROR, "event=accounts-unreadable");
	l->changed(l->owner);
}

/* It is not known which have changed. What is gone from a database of our own
 * is found when it next logs in. */
static void fetch_all(struct ledger *l)
{
	if (l->guestbook)
		guestbook_mark_all(l->guestbook);
	else
		database_accounts(l->database, "", INT32_MAX,
				  (struct database_asker){ .row = on_account,
							   .done = on_all,
							   .owner = l });
}

void ledger_changed(struct ledger *l, const char *id)
{
	if (strcmp(id, "*") == 0)
		fetch_all(l);
	else if (l->guestbook)
		guestbook_mark(l->guestbook, id);
	else
		fetch(l, id);
	fetch_some(l);
}

static void on_change(void *owner, const struct database_answer *a)
{
	ledger_changed(owner, a->id);
}

/* The next look is when this one has been answered. */
static void on_looked(void *owner, const struct database_answer *a)
{
	struct ledger *l = owner;
	bool more;

	(void)a;
	if (l->guestbook)
		fetch_some(l);
	/* All of a large database's at once, some at a time. */
	more = l->fetches >= FETCHES_MAX;
	timer_set(l->loop, &l->look,
		  loop_now(l->loop) + (more ? MORE_MS : LOOK_MS));
}

static void forget_old(struct ledger *l)
{
	char id[33];

	while (guestbook_forget(l->guestbook, loop_now(l->loop), id))
		relay_account_remove(l->relay, id, loop_now(l->loop),
				     l->effects);
	l->changed(l->owner);
}

static void on_look(struct timer *t)
{
	struct ledger *l = t->owner;

	if (l->guestbook)
		forget_old(l);
	database_changes(l->database,
			 (struct database_asker){ .row = on_change,
						  .done = on_looked,
						  .owner = l });
}

struct ledger *ledger_new(struct loop *loop, struct database *database,
			  struct relay *relay, struct effects *effects,
			  void (*changed)(void *owner), void *owner)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct ledger){ .loop = loop,
			      .database = database,
			      .relay = relay,
			      .effects = effects,
			      .changed = changed,
			      .owner = owner };
	l->look = (struct timer){ .due = on_look, .owner = l };
	if (!database_shared(database))
		return l;
	l->guestbook = guestbook_new();
	if (l->guestbook)
		return l;
	free(l);
	return NULL;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	timer_clear(l->loop, &l->look);
	guestbook_free(l->guestbook);
	free(l);
}

enum err ledger_load(struct ledger *l, struct why *why)
{
	if (l->guestbook)
		return OK;
	fetch_all(l);
	if (l->loaded != OK)
		why_set(why, "The accounts cannot be read: %s.",
			err_text(l->loaded));
	return l->loaded;
}

void ledger_follow(struct ledger *l)
{
	timer_set(l->loop, &l->look, loop_now(l->loop));
}

void ledger_joined(struct ledger *l, const struct database_account *a)
{
	if (!l->guestbook)
		return;
	set(l, a);
	guestbook_joined(l->guestbook, a->id);
}

void ledger_left(struct ledger *l, const char *id)
{
	if (l->guestbook)
		guestbook_left(l->guestbook, id, loop_now(l->loop));
}
