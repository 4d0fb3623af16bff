/* SPDX-License-Identifier: Apache-2.0 */
#include "office/tidy.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "office/deliver.h"
#include "office/logbook.h"

enum {
	TIDY_MS = 60 * 60 * 1000,
	/* Each is two waits for the disk, and other things wait meanwhile. */
	AT_ONCE = 16,
};

static const uint64_t day_ms = UINT64_C(24) * 60 * 60 * 1000;

/* Names of faxes that are due. */
struct due {
	uint64_t before_ms;
	size_t count;
	char names[AT_ONCE][INBOX_NAME_MAX];
};

static void note(void *owner, const struct inbox_entry *e)
{
	struct due *d = owner;

	if (d->count < AT_ONCE && !e->unread &&
	    e->fax.received_ms < d->before_ms && !deliver_waits(e->folder))
		memcpy(d->names[d->count++], e->name, INBOX_NAME_MAX);
}

/* As the audit log would be asked: where did it go? False: it could not be
 * written, so nothing goes. */
static bool say(struct tidy *t, const char *action, const char *what)
{
	struct why why = { "" };

	return logbook_note(t->audit, "expiry", action, what, "", &why) == OK;
}

/* True: there may be more. */
static bool bin_faxes(struct tidy *t, uint64_t now_ms)
{
	uint64_t keep = (uint64_t)t->config->keep_faxes_d * day_ms;
	struct due *d =
		keep > 0 && now_ms > keep ? calloc(1, sizeof(*d)) : NULL;
	struct why why = { "" };
	size_t done = 0;
	bool more;

	if (!d)
		return false;
	d->before_ms = now_ms - keep;
	inbox_each(t->inbox, note, d);
	while (done < d->count && say(t, "deleted", d->names[done]) &&
	       inbox_delete(t->inbox, d->names[done], &why) == OK)
		done++;
	more = done == AT_ONCE;
	free(d);
	return more;
}

static void drop_drafts(struct tidy *t, uint64_t keep, uint64_t now_ms)
{
	for (size_t i = drafts_count(t->drafts); i-- > 0;) {
		const struct draft *d = drafts_at(t->drafts, i);

		if (d->created_ms + keep < now_ms)
			drafts_remove(t->drafts, d->id);
	}
}

bool tidy_up(struct tidy *t, uint64_t now_ms)
{
	bool more;
	uint64_t keep = (uint64_t)t->config->keep_trash_d * day_ms;
	unsigned gone;

	more = bin_faxes(t, now_ms);
	gone = inbox_empty_trash(t->inbox, keep, now_ms);
	if (gone > 0)
		log_line(LOG_INFO, "event=trash-emptied faxes=%u", gone);
	drop_drafts(t, keep, now_ms);
	return more;
}

static void on_due(struct timer *timer)
{
	struct tidy *t = timer->owner;

	bool more = tidy_up(t, (uint64_t)time(NULL) * 1000);

	timer_set(t->loop, timer, loop_now(t->loop) + (more ? 0 : TIDY_MS));
}

void tidy_start(struct tidy *t)
{
	t->timer = (struct timer){ .due = on_due, .owner = t };
	timer_set(t->loop, &t->timer, loop_now(t->loop));
}

void tidy_stop(struct tidy *t)
{
	if (t->timer.owner)
		timer_clear(t->loop, &t->timer);
}
