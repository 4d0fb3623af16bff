/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's queue as decisions: which job is tried next, and after a
 * failure whether it is tried again, and when. It keeps no job; the shell
 * and the spool do.
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
	JOBS_GIVE_UP_MS = 24 * 60 * 60 * 1000,
};

struct jobs_verdict {
	bool again;
	int64_t at_ms; /* when, if again */
};

/* Whether a call that ended so, before its fax began, is worth trying again:
 * not when the callee refused it, or is nobody we may call. */
bool jobs_worth_again(uint16_t reason);

/* Whether such an end counts as the fax itself having gone wrong: more of the
 * same seldom helps, so JOBS_FAULTS_MAX of them are enough. Who is busy, away
 * or full is waited for. */
bool jobs_is_fault(uint16_t reason);

/* What was tried so far, the attempt in question included. */
struct jobs_tries {
	uint32_t attempts; /* from 1 */
	uint32_t faults;   /* of these, by jobs_is_fault */
	uint32_t streak;   /* the last ones in a row with this reason */
};

/* What follows an attempt that ended so. `give_up_ms` is the job's last
 * moment; `random` spreads the retries. Times in ms of one clock. */
struct jobs_verdict jobs_after(const struct transfer_result *result,
			       const struct jobs_tries *tries,
			       int64_t give_up_ms, uint32_t random,
			       int64_t now);

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
