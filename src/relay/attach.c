/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/attach.h"

#include <stdlib.h>

#include "base/log.h"

/* When the system would not let its socket be watched. */
enum { AGAIN_MS = 100 };

struct attach {
	struct loop *loop;	   /* borrowed */
	struct database *database; /* borrowed */
	void (*back)(void *owner);
	void *owner;
	struct watch watch;
	bool watched;
	bool away; /* it was said that it is */
	unsigned serial;
	unsigned epoch;
	struct timer due;
	struct deferred look;
};

static void unwatch(struct attach *a)
{
	if (a->watched)
		loop_unwatch(a->loop, &a->watch);
	a->watched = false;
}

static void watch(struct attach *a, const struct database_wants *w)
{
	unsigned interest = (w->read ? (unsigned)LOOP_READ : 0) |
			    (w->write ? (unsigned)LOOP_WRITE : 0);

	if (w->fd < 0 || w->serial != a->serial)
		unwatch(a);
	a->serial = w->serial;
	if (w->fd < 0)
		return;
	if (a->watched) {
		loop_rewatch(a->loop, &a->watch, interest);
		return;
	}
	a->watch.fd = w->fd;
	a->watch.interest = interest;
	a->watched = loop_watch(a->loop, &a->watch) == OK;
}

/* Once for each time that it goes, and that it comes. */
static void tell(struct attach *a)
{
	const char *trouble = database_trouble(a->database);

	if (*trouble && !a->away)
		log_sentence(LOG_ERROR, trouble, "event=database-away");
	a->away = *trouble != '\0';
	if (database_epoch(a->database) == a->epoch)
		return;
	a->epoch = database_epoch(a->database);
	log_line(LOG_INFO, "event=database-reached");
	a->back(a->owner);
}

static void arm(struct attach *a)
{
	struct database_wants w;

	database_wants(a->database, &w);
	watch(a, &w);
	if (w.fd >= 0 && !a->watched)
		w.at_ms = loop_now(a->loop) + AGAIN_MS;
	if (w.at_ms == INT64_MAX)
		timer_clear(a->loop, &a->due);
	else
		timer_set(a->loop, &a->due, w.at_ms);
}

static void look(struct attach *a)
{
	database_tick(a->database, loop_now(a->loop));
	tell(a);
	arm(a);
}

static void on_ready(struct watch *w, unsigned what)
{
	struct attach *a = w->owner;

	(void)what;
	database_ready(a->database, loop_now(a->loop));
	tell(a);
	arm(a);
}

static void on_due(struct timer *t)
{
	look(t->owner);
}

static void on_look(struct deferred *d)
{
	look(d->owner);
}

static void on_wake(void *owner)
{
	struct attach *a = owner;

	loop_defer(a->loop, &a->look);
}

struct attach *attach_new(struct loop *loop, struct database *database,
			  void (*back)(void *owner), void *owner)
{
	struct attach *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct attach){ .loop = loop,
			      .database = database,
			      .back = back,
			      .owner = owner,
			      .epoch = database_epoch(database) };
	a->watch = (struct watch){ .ready = on_ready, .owner = a };
	a->due = (struct timer){ .due = on_due, .owner = a };
	a->look = (struct deferred){ .run = on_look, .owner = a };
	database_on_wake(database, on_wake, a);
	/* It may have been waited for until now. */
	loop_defer(loop, &a->look);
	return a;
}

void attach_free(struct attach *a)
{
	if (!a)
		return;
	database_on_wake(a->database, NULL, NULL);
	unwatch(a);
	timer_clear(a->loop, &a->due);
	loop_undefer(&a->look);
	free(a);
}
