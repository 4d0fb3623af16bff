/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a connection may be silent. Gateways forget what is idle, after
 * minutes or after seconds, and do not say when (RFC 5382 section 5, REQ-5
 * asks for two hours; many keep less). So it is measured: one spare
 * connection is left silent for longer than is known to be safe. It
 * survives, or it is lost and replaced; all others keep to what was
 * survived. It never speaks itself: core/line does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	/* An answer that takes longer than this will not come, whatever the
	 * relay's own interval. */
	KEEPALIVE_ANSWER_MS = 30000,
	/* Gateways change: what was lost once is tried again so much later. */
	KEEPALIVE_RETRY_MS = 6 * 60 * 60 * 1000,
};

/* What is known of one path. All zeros: nothing yet. Times in ms. */
struct keepalive_facts {
	int64_t safe_ms; /* so long a silence is survived */
	bool proven;	 /* seen; else it is a guess */
	int64_t lost_ms; /* so long a one was not; 0: none known */
	int64_t lost_at;
};

struct keepalive {
	int64_t start_ms, min_ms, max_ms; /* the relay's */
	struct keepalive_facts facts;
	struct keepalive_facts before; /* the last loss */
};

/* The relay's bounds, as WELCOME says them; max 0: it lets nothing be
 * changed. Other bounds than before: all is forgotten. */
void keepalive_bounds(struct keepalive *k, uint32_t start_ms, uint32_t min_ms,
		      uint32_t max_ms);

/* The interval that is safe. */
int64_t keepalive_safe(const struct keepalive *k);

/* The interval that one spare connection should try; 0: nothing to learn. */
int64_t keepalive_probe(const struct keepalive *k, int64_t now);

/* The path carried something again after it had been silent for so long. */
void keepalive_survived(struct keepalive *k, int64_t silent_ms);
/* It did not: the connection is lost. */
void keepalive_lost(struct keepalive *k, int64_t silent_ms, int64_t now);
/* The relay cannot be reached at all: the last losses were no gateway's
 * forgetting. */
void keepalive_forgive(struct keepalive *k);

/* How long a side waits for a sign of life that is due each `interval_ms`:
 * that, and time for an answer, which is the relay's own interval, or
 * KEEPALIVE_ANSWER_MS when that is less. It does not shrink with the
 * interval: a gateway that forgets soon makes no path faster. */
int64_t keepalive_patience(int64_t interval_ms, int64_t start_ms);
