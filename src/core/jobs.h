/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's queue as decisions: which job is tried next, what it is after
 * an attempt, when it is tried again, and when it is forgotten. It keeps no
 * job; the shell and the spool do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/transfer.h"

enum jobs_state {
	JOBS_QUEUED,	/* waits for its time */
	JOBS_CALLING,	/* a call is being made */
	JOBS_SENDING,	/* pages are going */
	JOBS_DELIVERED, /* the far end has stored it */
	JOBS_FAILED,	/* given up; the last result says why */
	JOBS_CANCELLED, /* by its user */
	JOBS_STATES
};

const char *jobs_state_name(enum jobs_state s);
/* JOBS_STATES when `name` is no state's name. */
enum jobs_state jobs_state_of(const char *name);
bool jobs_state_final(enum jobs_state s);

enum {
	JOBS_RUNNING_MAX = 16, /* jobs under way at once */
	JOBS_FAULTS_MAX = 5,
	JOBS_FINISHED_MAX = 10000, /* kept of those that are over */
	JOBS_GIVE_UP_MS = 24 * 60 * 60 * 1000,
};

/* Whether a call that ended so, before its fax began, is worth trying again:
 * not when the callee refused it, or is nobody we may call. */
bool jobs_worth_again(uint16_t reason);

/* How a job's attempts have ended so far: kept with its record. */
struct jobs_tries {
	uint32_t faults;      /* in which the fax itself went wrong */
	uint32_t streak;      /* the last ones in a row with the same reason */
	uint16_t last_reason; /* wire/reason.h */
};

/* What a job is from now on; JOBS_QUEUED: to be tried again at `at_ms`. */
struct jobs_verdict {
	enum jobs_state state;
	int64_t at_ms;
};

/* The attempt that was under way ended so: counts it, and decides. Who is
 * busy, away or full is waited for, ever longer while nothing changes; a fax
 * that goes wrong itself is given up after JOBS_FAULTS_MAX attempts, as more
 * of the same seldom helps. `cancelled`: its user does not want it any more;
 * `give_up_ms`: its last moment; `random` spreads the retries. Times in ms of
 * one clock. */
struct jobs_verdict jobs_ended(struct jobs_tries *tries,
			       const struct transfer_result *result,
			       bool cancelled, int64_t give_up_ms,
			       uint32_t random, int64_t now);

/* Whether a job that failed so last need wait no longer once the relay is
 * reached again. */
bool jobs_waits_for_relay(uint16_t reason);

/* Whether a job that is over need be kept no longer: it has been for
 * `keep_ms`, or `younger` ones are over, too, and that is enough. A clock that
 * was set back makes nothing old. */
bool jobs_is_old(uint64_t finished_ms, uint64_t keep_ms, size_t younger,
		 uint64_t now);

/* What the queue must know of a job to choose. */
struct jobs_entry {
	enum jobs_state state;
	int64_t next_try_ms;
	int64_t created_ms;
};

/* Index of the job to try now: due, the oldest first; SIZE_MAX when there is
 * none, or JOBS_RUNNING_MAX are under way. */
size_t jobs_next(const struct jobs_entry *jobs, size_t n, int64_t now);

/* When jobs_next is to be asked again: INT64_MAX when nothing waits. */
int64_t jobs_deadline(const struct jobs_entry *jobs, size_t n);
