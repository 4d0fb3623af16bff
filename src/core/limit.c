/* SPDX-License-Identifier: Apache-2.0 */
#include "core/limit.h"

enum { MINUTE_MS = 60000 };

/* How much later the bucket is full again for each token taken. */
static int64_t token_ms(struct limit_rate rate)
{
	int64_t ms = MINUTE_MS / rate.per_minute;

	return ms > 0 ? ms : 1;
}

static int64_t full_at(const struct limit *l, int64_t now)
{
	return l->full_at_ms > now ? l->full_at_ms : now;
}

bool limit_take(struct limit *l, struct limit_rate rate, int64_t now)
{
	if (limit_wait_ms(l, rate, now) > 0)
		return false;
	l->full_at_ms = full_at(l, now) + token_ms(rate);
	return true;
}

bool limit_full(const struct limit *l, int64_t now)
{
	return l->full_at_ms <= now;
}

int64_t limit_wait_ms(const struct limit *l, struct limit_rate rate,
		      int64_t now)
{
	int64_t latest = now + ((int64_t)rate.burst - 1) * token_ms(rate);
	int64_t wait = full_at(l, now) - latest;

	return wait > 0 ? wait : 0;
}
