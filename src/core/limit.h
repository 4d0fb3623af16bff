/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token buckets: how often something may happen. A plain value; the clock
 * is passed in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct limit_rate {
	uint32_t burst;	     /* tokens a full bucket holds, >= 1 */
	uint32_t per_minute; /* tokens that come back a minute, >= 1 */
};

struct limit {
	int64_t full_at_ms; /* when the bucket is full again; 0 at the start */
};

/* Takes a token; false (and nothing taken) when there is none. */
bool limit_take(struct limit *l, struct limit_rate rate, int64_t now);

/* Whether the bucket is full: an entry that may be forgotten. */
bool limit_full(const struct limit *l, int64_t now);

/* How long until there is a token, ms; 0 when there is one. */
int64_t limit_wait_ms(const struct limit *l, struct limit_rate rate,
		      int64_t now);
