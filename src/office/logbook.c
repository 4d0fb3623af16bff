/* SPDX-License-Identifier: Apache-2.0 */
#include "office/logbook.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

/* The page has words for each, in every language. */
static const char *const actions[] = {
	"cancelled",
	"contact-added",
	"contact-changed",
	"contact-removed",
	"contacts-imported",
	"deleted",
	"downloaded",
	"forwarded",
	"job-changed",
	"job-removed",
	"joined",
	"not-sent",
	"password-changed",
	"paused",
	"printed",
	"read",
	"restored",
	"resumed",
	"rule-tested",
	"rules-changed",
	"sent",
	"settings-changed",
	"sign-in",
	"sign-in-failed",
	"sign-out",
	"ticket-made",
	"token-made",
	"token-removed",
	"user-added",
	"user-changed",
	"user-removed",
	"viewed",
};

static bool is_known(const char *action)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i], action) == 0)
			return true;
	return false;
}

enum err logbook_note(struct audit *a, const char *user, const char *action,
		      const char *what, const char *detail, struct why *why)
{
	struct timespec t;
	struct audit_entry entry = {
		.user = user, .action = action, .what = what, .detail = detail
	};
	enum err e;

	assert(is_known(action));
	clock_gettime(CLOCK_REALTIME, &t);
	entry.at_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	e = audit_add(a, &entry, why);
	if (e == OK)
		return OK;
	log_sentence(LOG_ERROR, why->text, "event=not-audited action=%s",
		     action);
	return audit_needed(action) ? e : OK;
}
