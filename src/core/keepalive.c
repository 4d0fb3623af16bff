/* SPDX-License-Identifier: Apache-2.0 */
#include "core/keepalive.h"

static int64_t within(int64_t value, int64_t min, int64_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

void keepalive_bounds(struct keepalive *k, uint32_t start_ms, uint32_t min_ms,
		      uint32_t max_ms)
{
	int64_t min = max_ms > 0 && min_ms > 0 ? min_ms : start_ms;
	int64_t max = max_ms > 0 ? max_ms : start_ms;

	/* A relay that contradicts itself is held to its start. */
	if (min > start_ms)
		min = start_ms;
	if (max < start_ms)
		max = start_ms;
	if (k->start_ms == start_ms && k->min_ms == min && k->max_ms == max)
		return;
	*k = (struct keepalive){ .start_ms = start_ms,
				 .min_ms = min,
				 .max_ms = max,
				 .facts = { .safe_ms = start_ms },
				 .before = { .safe_ms = start_ms } };
}

int64_t keepalive_safe(const struct keepalive *k)
{
	return k->facts.safe_ms;
}

/* Signs of life come late now and then: an eighth is kept back. */
static int64_t kept(int64_t silent_ms)
{
	return silent_ms - silent_ms / 8;
}

static bool is_lost(const struct keepalive *k, int64_t now)
{
	return k->facts.lost_ms > 0 &&
	       now < k->facts.lost_at + KEEPALIVE_RETRY_MS;
}

int64_t keepalive_probe(const struct keepalive *k, int64_t now)
{
	int64_t safe = k->facts.safe_ms;
	int64_t lost = k->facts.lost_ms;
	int64_t probe = 2 * safe;

	if (!k->facts.proven)
		return 0;
	if (is_lost(k, now)) {
		/* Close enough: to know better would cost a connection. */
		if (lost - safe <= lost / 4)
			return 0;
		probe = safe + (lost - safe) / 2;
	}
	probe = within(probe, k->min_ms, k->max_ms);
	/* What survival would gain must be worth the trouble. */
	return kept(probe) > safe + safe / 16 ? probe : 0;
}

void keepalive_survived(struct keepalive *k, int64_t silent_ms)
{
	struct keepalive_facts *f = &k->facts;

	if (silent_ms >= f->safe_ms)
		f->proven = true;
	if (kept(silent_ms) > f->safe_ms)
		f->safe_ms = within(kept(silent_ms), k->min_ms, k->max_ms);
	if (f->lost_ms <= silent_ms)
		f->lost_ms = 0;
	k->before = *f; /* the path stands: what was lost is lost */
}

void keepalive_lost(struct keepalive *k, int64_t silent_ms, int64_t now)
{
	struct keepalive_facts *f = &k->facts;

	/* It was not silence that broke it. */
	if (silent_ms < k->min_ms || k->min_ms == k->max_ms)
		return;
	if (is_lost(k, now) && f->lost_ms <= silent_ms)
		return; /* lost with another, or by an older interval */
	k->before = *f;
	f->lost_ms = silent_ms;
	f->lost_at = now;
	if (f->safe_ms < silent_ms)
		return;
	f->safe_ms = within(silent_ms / 2, k->min_ms, k->max_ms);
	f->proven = false;
}

void keepalive_forgive(struct keepalive *k)
{
	k->facts = k->before;
}

int64_t keepalive_patience(int64_t interval_ms, int64_t start_ms)
{
	return interval_ms + (start_ms < KEEPALIVE_ANSWER_MS
				      ? start_ms
				      : KEEPALIVE_ANSWER_MS);
}
