/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's queue as decisions: what a job is after each event and how
 * long it may stay so, which job is tried next, when it is tried again, and
 * when it is forgotten. It keeps no job; the shell and the spool do.
 *
 * Every state but the last ones has a deadline: a job that is queued fails at
 * its last moment, a call that tells nothing is an attempt that ended.
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

enum jobs_priority { JOBS_LOW, JOBS_NORMAL, JOBS_HIGH, JOBS_PRIORITIES };

/* "low", "normal", "high". */
const char *jobs_priority_name(enum jobs_priority p);
/* JOBS_PRIORITIES when `name` is no priority's name. */
enum jobs_priority jobs_priority_of(const char *name);

enum {
	JOBS_RUNNING_MAX = 16,	   /* jobs under way at once */
	JOBS_FAULTS_MAX = 5,	   /* unless set */
	JOBS_FINISHED_MAX = 10000, /* kept of those that are over */
	JOBS_GIVE_UP_MS = 24 * 60 * 60 * 1000,
	/* So much older a job is taken to be by one step of priority. */
	JOBS_STEP_MS = 60 * 60 * 1000,
};

/* --- a job's life: one table, [state][event] --- */

enum jobs_event {
	JOBS_BEGIN,  /* the program, or its way out, begins anew */
	JOBS_TRY,    /* a call is made */
	JOBS_STAND,  /* it stands */
	JOBS_PAGE,   /* a page more is confirmed */
	JOBS_ARRIVE, /* the far end has stored it */
	JOBS_AGAIN,  /* the attempt ended; another one may help */
	JOBS_ENOUGH, /* it did not help, and will not; or the time is over */
	JOBS_STOP, /* its user does not want it any more, and no call has it */
	JOBS_EVENTS
};

/* What ends a state in which nothing happens. */
enum jobs_limit {
	JOBS_NEVER,	  /* the job is over */
	JOBS_LAST_MOMENT, /* the job's give_up_ms */
	JOBS_CALL_LIMIT,
	JOBS_PAGE_LIMIT,
	JOBS_STOP_LIMIT, /* once its user has cancelled the call */
	JOBS_LIMITS
};

enum {
	/* A call waits 15 s for a line and rings for a minute or two; what
	 * takes longer is a call whose end was lost. */
	JOBS_CALL_MS = 5 * 60 * 1000,
	/* Stalled calls are ended after a minute or two by either end and by
	 * the relay; a dense page on a slow path is none. */
	JOBS_PAGE_MS = 60 * 60 * 1000,
	JOBS_STOP_MS = 60 * 1000,
	/* Held, or in a queue that is paused: for so long at most. */
	JOBS_HELD_MAX_DAYS = 90,
};

struct jobs_rule {
	bool may; /* else the event cannot come in this state */
	enum jobs_state next;
	enum jobs_limit limit;
};

/* NULL: the event changes nothing here. */
const struct jobs_rule *jobs_rule(enum jobs_state s, enum jobs_event e);

/* When a state that is entered now ends by itself; INT64_MAX: never. */
int64_t jobs_limit_at(enum jobs_limit limit, int64_t give_up_ms, int64_t now);

/* --- how an attempt ended --- */

/* Whether a call that ended so, before its fax began, is worth trying again:
 * not when the callee refused it, or is nobody we may call. */
bool jobs_worth_again(uint16_t reason);

/* Whether the reason is the callee's, so that other jobs to it need not find
 * out by themselves. */
bool jobs_of_callee(uint16_t reason);
/* Whether the callee has no line free: until one of its calls ends. */
bool jobs_of_busy(uint16_t reason);
/* Whether the callee is away: until it logs in. */
bool jobs_of_absence(uint16_t reason);

/* How a job's attempts have ended so far: kept with its record. */
struct jobs_tries {
	uint32_t faults;      /* in which the fax itself went wrong */
	uint32_t busy;	      /* that found the callee busy */
	uint32_t streak;      /* the last ones in a row with the same reason */
	uint16_t last_reason; /* wire/reason.h */
	int64_t away_ms;      /* since when the callee is away; 0: it is not */
};

/* What its user allows. */
struct jobs_terms {
	bool cancelled;	      /* he does not want it any more */
	int64_t give_up_ms;   /* the last moment */
	uint32_t fault_tries; /* 0: JOBS_FAULTS_MAX */
	uint32_t busy_tries;  /* 0: until the last moment */
	int64_t away_most_ms; /* 0: until the last moment */
};

struct jobs_verdict {
	enum jobs_event event; /* ARRIVE, AGAIN, ENOUGH or STOP */
	int64_t at_ms;	       /* AGAIN: the next try */
};

/* The attempt that was under way ended so: counts it, and decides. Who is
 * busy, away or full is waited for, ever longer while nothing changes; a fax
 * that goes wrong itself is given up after some attempts, as more of the same
 * seldom helps. `random` spreads the retries. Times in ms of one clock. */
struct jobs_verdict jobs_ended(struct jobs_tries *tries,
			       const struct transfer_result *result,
			       const struct jobs_terms *terms, uint32_t random,
			       int64_t now);

/* Whether a job that failed so last need wait no longer once the relay is
 * reached again. */
bool jobs_waits_for_relay(uint16_t reason);

/* When a job is tried whose callee has just logged in: at once, but not all
 * who waited for it in the same moment. */
int64_t jobs_callee_is_back(uint32_t random, int64_t now);

/* When one is tried whose callee the relay says is away: it will say when that
 * has changed; this is for the case that it does not. */
int64_t jobs_callee_is_watched(uint32_t random, int64_t now);

/* Whether what is over need be kept no longer: it has been for `keep_ms`, or
 * `younger` ones are over, too, and that is enough. A clock that was set back
 * makes nothing old. */
bool jobs_is_old(uint64_t finished_ms, uint64_t keep_ms, size_t younger,
		 uint64_t now);

/* --- how fast calls are made --- */

/* A relay takes so many calls a minute from one account, and says when they
 * are too many: then the queue slows down, and tries what else it bears,
 * instead of spending each job's attempts on finding out. */
struct jobs_gait {
	int64_t gap_ms;	  /* between the beginnings of two calls */
	int64_t ready_ms; /* when the next one may begin */
	int64_t slowed_ms;
};

enum { JOBS_GAP_MIN_MS = 250, JOBS_GAP_MAX_MS = 8000 };

void jobs_gait_began(struct jobs_gait *g, int64_t now);
void jobs_gait_ended(struct jobs_gait *g, uint16_t reason, int64_t now);

/* --- the queue --- */

/* What the queue must know of a job to choose. */
struct jobs_entry {
	int64_t next_try_ms;
	int64_t created_ms;  /* or when it was first to be tried */
	int64_t deadline_ms; /* as jobs_limit_at() gave it */
	int64_t held_ms;     /* since when; 0: it is not */
	uint64_t callee;     /* the same for the same address */
	uint16_t reason;     /* why it waits; wire/reason.h */
	enum jobs_state state;
	enum jobs_priority priority;
};

struct jobs_queue {
	const struct jobs_entry *all;
	size_t count;
	size_t lines;	   /* calls at once; 0: JOBS_RUNNING_MAX */
	int64_t paused_ms; /* since when; 0: it is not */
	int64_t ready_ms;  /* of the gait */
};

/* Index of the job to try now: due, the most urgent, then the one that could go
 * for the longest; a step of priority counts as JOBS_STEP_MS of waiting, so
 * that nobody waits for ever behind those that came later. Some lines are kept
 * for the more urgent. One call at a time is being made to the same callee:
 * what comes of it is of use to the next. SIZE_MAX: none. */
size_t jobs_next(const struct jobs_queue *q, int64_t now);

/* Index of a job whose deadline is over; SIZE_MAX: none. */
size_t jobs_overdue(const struct jobs_queue *q, int64_t now);

/* When the two are to be asked again though nothing happened: after `now`;
 * INT64_MAX when nothing waits. */
int64_t jobs_wake_at(const struct jobs_queue *q, int64_t now);

/* Whether job `other` has the callee of job `one`, waits, and would find out
 * sooner what that one just has. */
bool jobs_shares_wait(const struct jobs_entry *one,
		      const struct jobs_entry *other);
