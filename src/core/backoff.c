/* SPDX-License-Identifier: Apache-2.0 */
#include "core/backoff.h"

#include "base/splitmix.h"

enum { DOUBLINGS_MAX = 7 };

void backoff_failed(struct backoff *b, uint32_t at_least_ms, int64_t now)
{
	uint32_t shift =
		b->failures < DOUBLINGS_MAX ? b->failures : DOUBLINGS_MAX;
	uint64_t bound = (uint64_t)BACKOFF_MIN_MS << shift;

	if (bound > BACKOFF_MAX_MS)
		bound = BACKOFF_MAX_MS;
	b->failures++;
	b->until_ms = now + at_least_ms +
		      (int64_t)(splitmix(&b->random) % (bound + 1));
}

void backoff_worked(struct backoff *b)
{
	b->failures = 0;
}
