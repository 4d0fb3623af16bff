/* SPDX-License-Identifier: Apache-2.0 */
#include "core/abuse.h"

#include "base/log.h"

void abuse_note(struct abuse *a, enum abuse_kind kind, const char *key,
		const char *value, int64_t now, struct effects *out)
{
	a->total[kind]++;
	a->untold[kind]++;
	if (now < a->quiet_until_ms[kind])
		return;
	effects_note(out, LOG_WARN, "event=abuse kind=%s %s=%s count=%llu",
		     abuse_name(kind), key, value,
		     (unsigned long long)a->untold[kind]);
	a->untold[kind] = 0;
	a->quiet_until_ms[kind] = now + ABUSE_QUIET_MS;
}

const char *abuse_name(enum abuse_kind kind)
{
	static const char *const names[ABUSE_KINDS] = {
		[ABUSE_FULL] = "full",
		[ABUSE_HALF_OPEN] = "half-open",
		[ABUSE_CROWD] = "crowd",
		[ABUSE_ARRIVALS] = "arrivals",
		[ABUSE_GUESSES] = "guesses",
		[ABUSE_USER_GUESSES] = "user-guesses",
		[ABUSE_LATE] = "late",
		[ABUSE_REQUESTS] = "requests",
		[ABUSE_FLOOD] = "flood",
		[ABUSE_VIOLATION] = "violations",
		[ABUSE_STALLED] = "stalled",
	};

	return names[kind];
}
