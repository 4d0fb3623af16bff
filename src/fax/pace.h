/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much time the engine is told has gone by: what really has, but none
 * while something that it sent has not yet been taken by the far engine. T.30's
 * timers start when a packet is handed over, and a relay may hold 60 KB of
 * them: without this rule a slow path breaks a fax instead of delaying it. It
 * reads no clock; `now` is milliseconds of any steady one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	/* A process that did not run for a while must not fail a fax. */
	PACE_STEP_MAX_MS = 100,
	/* At the pace of a line, packets leave all the time; half a second of
	 * 14,400 bit/s may be under way, much less than any timer. */
	PACE_LINE_OCTETS = 1024,
};

struct pace {
	uint64_t sent;	   /* octets of packets, since the call began */
	uint64_t taken;	   /* of them, by the far engine */
	uint64_t received; /* octets that our engine has taken */
	uint64_t ahead;	   /* octets under way that do not stop the clock */
	int64_t last_ms;   /* when it was last asked */
	int64_t moved_ms;  /* when the far end last took something, or had
			      nothing to take */
};

/* `ahead`: 0 when unpaced, else PACE_LINE_OCTETS. */
void pace_init(struct pace *p, uint64_t ahead, int64_t now);

void pace_sent(struct pace *p, uint64_t octets);
void pace_received(struct pace *p, uint64_t octets);

/* The far end says what it has taken in all. False when that is less than
 * before, or more than was sent. */
bool pace_taken(struct pace *p, uint64_t total, int64_t now);

bool pace_stands_still(const struct pace *p);

/* The milliseconds to tell the engine since the last call of this. */
int64_t pace_step(struct pace *p, int64_t now);

/* For how long the far end has taken nothing of what it was sent; 0 when
 * there is nothing to take. */
int64_t pace_stalled_ms(const struct pace *p, int64_t now);
