/* SPDX-License-Identifier: Apache-2.0 */
#include "office/logbook.h"

#include <time.h>

#include "base/log.h"

enum err logbook_note(struct audit *a, const char *user, const char *action,
		      const char *what, const char *detail, struct why *why)
{
	struct timespec t;
	struct audit_entry entry = {
		.user = user, .action = action, .what = what, .detail = detail
	};
	enum err e;

	clock_gettime(CLOCK_REALTIME, &t);
	entry.at_ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	e = audit_add(a, &entry, why);
	if (e == OK)
		return OK;
	log_sentence(LOG_ERROR, why->text, "event=not-audited action=%s",
		     action);
	return audit_needed(action) ? e : OK;
}
