/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to dial again after a failure: exponential back-off with full jitter,
 * so that terminals that lost the same relay do not return as one. A plain
 * value; the clock is passed in.
 */
#pragma once

#include <stdint.h>

enum {
	BACKOFF_MIN_MS = 500,
	BACKOFF_MAX_MS = 60000,
};

struct backoff {
	uint32_t failures; /* one after another */
	int64_t until_ms;  /* no dialling before */
	uint64_t random;   /* the seed, at first */
};

/* One more failure. The wait is `at_least_ms`, which the relay may have asked
 * for, and anything up to a bound that doubles with each failure, from
 * BACKOFF_MIN_MS to BACKOFF_MAX_MS. */
void backoff_failed(struct backoff *b, uint32_t at_least_ms, int64_t now);
/* It works: the next failure is a first one. */
void backoff_worked(struct backoff *b);
