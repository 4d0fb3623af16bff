/* SPDX-License-Identifier: Apache-2.0 */
#include "office/tidy.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum { TIDY_MS = 60 * 60 * 1000, AT_ONCE = 1000 };

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

	if (!e->unread && e->fax.received_ms < d->before_ms &&
	    d->count < AT_ONCE)
		memcpy(d->names[d->count++], e->name, INBOX_NAME_MAX);
}

/* As the audit log would be asked: where did it go? False: it could not be
 * written, so nothing goes. */
static bool say(struct tidy *t, const char *action, const char *what,
		uint64_t now_ms)
{
	const struct audit_entry entry = { .at_ms = now_ms,
					   .user = "expiry",
					   .action = action,
					   .what = what };
	struct why why = { "" };

	if (audit_add(t->audit, &entry, &why) == OK)
		return true;
	log_sentence(LOG_ERROR, why.text, "event=not-audited action=%s",
		     action);
	return false;
}

static void bin_faxes(struct tidy *t, uint64_t now_ms)
{
	uint64_t keep = (uint64_t)t->config->keep_faxes_d * day_ms;
	struct due *d =
		keep > 0 && now_ms > keep ? calloc(1, sizeof(*d)) : NULL;
	struct why why = { "" };

	if (!d)
		return;
	d->before_ms = now_ms - keep;
	inbox_each(t->inbox, note, d);
	for (size_t i = 0; i < d->count; i++)
		if (!say(t, "deleted", d->names[i], now_ms) ||
		    inbox_delete(t->inbox, d->names[i], &why) != OK)
			break;
	free(d);
}

static void drop_drafts(struct tidy *t, uint64_t keep, uint64_t now_ms)
{
	for (size_t i = drafts_count(t->drafts); i-- > 0;) {
		const struct draft *d = drafts_at(t->drafts, i);

		if (d->created_ms + keep < now_ms)
			drafts_remove(t->drafts, d->id);
	}
}

void tidy_up(struct tidy *t, uint64_t now_ms)
{
	uint64_t keep = (uint64_t)t->config->keep_trash_d * day_ms;
	unsigned gone;

	bin_faxes(t, now_ms);
	gone = inbox_empty_trash(t->inbox, keep, now_ms);
	if (gone > 0)
		log_line(LOG_INFO, "event=trash-emptied faxes=%u", gone);
	drop_drafts(t, keep, now_ms);
}

static void on_due(struct timer *timer)
{
	struct tidy *t = timer->owner;

	tidy_up(t, (uint64_t)time(NULL) * 1000);
	timer_set(t->loop, timer, loop_now(t->loop) + TIDY_MS);
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
