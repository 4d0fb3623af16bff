/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a relay does not put up with: each kind is counted, and told in one
 * log line when it begins and then at most every ABUSE_QUIET_MS, with how
 * often it happened since. It decides nothing: the caps and deadlines are
 * where the thing happens.
 */
#pragma once

#include <stdint.h>

#include "core/effect.h"

enum abuse_kind {
	ABUSE_FULL,	    /* more connections than the relay holds */
	ABUSE_HALF_OPEN,    /* more strangers than it bears */
	ABUSE_CROWD,	    /* more strangers from one address */
	ABUSE_ARRIVALS,	    /* one address connects too often */
	ABUSE_GUESSES,	    /* too many failed logins from one address */
	ABUSE_USER_GUESSES, /* too many failed logins as one user */
	ABUSE_LATE,	    /* no login in time */
	ABUSE_REQUESTS,	    /* one account calls or lists too often */
	ABUSE_FLOOD,	    /* one connection says too much */
	ABUSE_VIOLATION,    /* it broke the protocol */
	ABUSE_STALLED,	    /* a call in which nothing moves */
	ABUSE_KINDS
};

enum { ABUSE_QUIET_MS = 10000 };

/* All zeros: nothing yet. */
struct abuse {
	uint64_t total[ABUSE_KINDS];
	uint64_t untold[ABUSE_KINDS];
	int64_t quiet_until_ms[ABUSE_KINDS];
};

/* `key`=`value` says who: "from" an address, or "id" of a user. */
void abuse_note(struct abuse *a, enum abuse_kind kind, const char *key,
		const char *value, int64_t now, struct effects *out);

/* "half-open", as logs and status say. */
const char *abuse_name(enum abuse_kind kind);
