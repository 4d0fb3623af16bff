/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jobs.h"

#include <string.h>

/* How soon, how often: by what stood in the way. */
struct pace {
	int64_t first_ms;
	int64_t most_ms;
	bool fault;
};

enum {
	CALLEE_IS_BACK_MS = 1000, /* spread over */
	WATCHED_MS = 60 * 1000,
	DAY_MS = 24 * 60 * 60 * 1000,
};

static const char *const names[JOBS_STATES] = {
	[JOBS_QUEUED] = "queued",   [JOBS_CALLING] = "calling",
	[JOBS_SENDING] = "sending", [JOBS_DELIVERED] = "delivered",
	[JOBS_FAILED] = "failed",   [JOBS_CANCELLED] = "cancelled",
};

static const char *const priorities[JOBS_PRIORITIES] = {
	[JOBS_LOW] = "low",
	[JOBS_NORMAL] = "normal",
	[JOBS_HIGH] = "high",
};

/* clang-format off */
static const struct jobs_rule rules[JOBS_STATES][JOBS_EVENTS] = {
	[JOBS_QUEUED][JOBS_BEGIN]    = { true, JOBS_QUEUED,    JOBS_LAST_MOMENT },
	[JOBS_QUEUED][JOBS_TRY]      = { true, JOBS_CALLING,   JOBS_CALL_LIMIT },
	[JOBS_QUEUED][JOBS_ENOUGH]   = { true, JOBS_FAILED,    JOBS_NEVER },
	[JOBS_QUEUED][JOBS_STOP]     = { true, JOBS_CANCELLED, JOBS_NEVER },

	[JOBS_CALLING][JOBS_BEGIN]   = { true, JOBS_QUEUED,    JOBS_LAST_MOMENT },
	[JOBS_CALLING][JOBS_STAND]   = { true, JOBS_SENDING,   JOBS_PAGE_LIMIT },
	[JOBS_CALLING][JOBS_ARRIVE]  = { true, JOBS_DELIVERED, JOBS_NEVER },
	[JOBS_CALLING][JOBS_AGAIN]   = { true, JOBS_QUEUED,    JOBS_LAST_MOMENT },
	[JOBS_CALLING][JOBS_ENOUGH]  = { true, JOBS_FAILED,    JOBS_NEVER },
	[JOBS_CALLING][JOBS_STOP]    = { true, JOBS_CANCELLED, JOBS_NEVER },

	[JOBS_SENDING][JOBS_BEGIN]   = { true, JOBS_QUEUED,    JOBS_LAST_MOMENT },
	[JOBS_SENDING][JOBS_PAGE]    = { true, JOBS_SENDING,   JOBS_PAGE_LIMIT },
	[JOBS_SENDING][JOBS_ARRIVE]  = { true, JOBS_DELIVERED, JOBS_NEVER },
	[JOBS_SENDING][JOBS_AGAIN]   = { true, JOBS_QUEUED,    JOBS_LAST_MOMENT },
	[JOBS_SENDING][JOBS_ENOUGH]  = { true, JOBS_FAILED,    JOBS_NEVER },
	[JOBS_SENDING][JOBS_STOP]    = { true, JOBS_CANCELLED, JOBS_NEVER },

	[JOBS_DELIVERED][JOBS_BEGIN] = { true, JOBS_DELIVERED, JOBS_NEVER },
	[JOBS_FAILED][JOBS_BEGIN]    = { true, JOBS_FAILED,    JOBS_NEVER },
	[JOBS_CANCELLED][JOBS_BEGIN] = { true, JOBS_CANCELLED, JOBS_NEVER },
};
/* clang-format on */

const char *jobs_state_name(enum jobs_state s)
{
	return names[s];
}

enum jobs_state jobs_state_of(const char *name)
{
	for (int s = 0; s < JOBS_STATES; s++)
		if (strcmp(names[s], name) == 0)
			return (enum jobs_state)s;
	return JOBS_STATES;
}

bool jobs_state_final(enum jobs_state s)
{
	return s == JOBS_DELIVERED || s == JOBS_FAILED || s == JOBS_CANCELLED;
}

const char *jobs_priority_name(enum jobs_priority p)
{
	return priorities[p];
}

enum jobs_priority jobs_priority_of(const char *name)
{
	for (int p = 0; p < JOBS_PRIORITIES; p++)
		if (strcmp(priorities[p], name) == 0)
			return (enum jobs_priority)p;
	return JOBS_PRIORITIES;
}

/* --- a job's life --- */

const struct jobs_rule *jobs_rule(enum jobs_state s, enum jobs_event e)
{
	const struct jobs_rule *r = &rules[s][e];

	return r->may ? r : NULL;
}

int64_t jobs_limit_at(enum jobs_limit limit, int64_t give_up_ms, int64_t now)
{
	switch (limit) {
	case JOBS_LAST_MOMENT:
		return give_up_ms;
	case JOBS_CALL_LIMIT:
		return now + JOBS_CALL_MS;
	case JOBS_PAGE_LIMIT:
		return now + JOBS_PAGE_MS;
	case JOBS_STOP_LIMIT:
		return now + JOBS_STOP_MS;
	case JOBS_NEVER:
	case JOBS_LIMITS:
		break;
	}
	return INT64_MAX;
}

/* --- how an attempt ended --- */

static struct pace pace_of(uint16_t reason)
{
	switch (reason) {
	case REASON_BUSY: /* soon and often: lines come free quickly */
	case REASON_COLLISION:
		return (struct pace){ 3000, 30000, false };
	case REASON_TOO_MANY: /* the whole queue slows down */
		return (struct pace){ 1000, 30000, false };
	case REASON_OFFLINE: /* an office that is closed, or a router's reset */
	case REASON_UNREACHABLE:
	case REASON_NO_ANSWER:
	case REASON_UNABLE: /* somebody must make room there */
		return (struct pace){ 5000, 300000, false };
	case REASON_PEER_LOST: /* the path broke: it may be back at once */
	case REASON_DRAINING:
	case REASON_IDLE_TOO_LONG:
	case REASON_LOGOUT:
	case REASON_SHUTDOWN:
	case REASON_REPLACED:
		return (struct pace){ 1000, 60000, false };
	default: /* the fax itself went wrong: more of the same seldom helps */
		return (struct pace){ 5000, 60000, true };
	}
}

bool jobs_worth_again(uint16_t reason)
{
	return reason != REASON_UNKNOWN && reason != REASON_REFUSED &&
	       reason != REASON_INCOMPATIBLE && reason != REASON_CANCELLED &&
	       reason != REASON_DISABLED;
}

bool jobs_of_busy(uint16_t reason)
{
	return reason == REASON_BUSY || reason == REASON_COLLISION;
}

bool jobs_of_absence(uint16_t reason)
{
	return reason == REASON_OFFLINE || reason == REASON_UNREACHABLE;
}

bool jobs_of_callee(uint16_t reason)
{
	return jobs_of_busy(reason) || jobs_of_absence(reason) ||
	       reason == REASON_NO_ANSWER || reason == REASON_UNABLE;
}

/* Doubling from the first to the most, and up to a half more at random. */
static int64_t wait_of(const struct pace *p, uint32_t streak, uint32_t random)
{
	int64_t wait = p->first_ms;

	for (uint32_t i = 1; i < streak && wait < p->most_ms; i++)
		wait *= 2;
	if (wait > p->most_ms)
		wait = p->most_ms;
	return wait + (int64_t)(random % (uint32_t)(wait / 2 + 1));
}

static void count(struct jobs_tries *tries,
		  const struct transfer_result *result, bool fault, int64_t now)
{
	tries->streak =
		result->reason == tries->last_reason ? tries->streak + 1 : 1;
	tries->last_reason = result->reason;
	tries->faults += !result->delivered && fault;
	tries->busy += jobs_of_busy(result->reason);
	if (!jobs_of_absence(result->reason))
		tries->away_ms = 0;
	else if (tries->away_ms == 0)
		tries->away_ms = now;
}

/* Whether its user would have it tried once more, at `at_ms`. */
static bool is_allowed(const struct jobs_tries *tries,
		       const struct jobs_terms *terms, bool fault,
		       int64_t at_ms)
{
	uint32_t faults =
		terms->fault_tries > 0 ? terms->fault_tries : JOBS_FAULTS_MAX;

	if (fault && tries->faults >= faults)
		return false;
	if (terms->busy_tries > 0 && tries->busy >= terms->busy_tries &&
	    jobs_of_busy(tries->last_reason))
		return false;
	if (terms->away_most_ms > 0 && tries->away_ms > 0 &&
	    at_ms >= tries->away_ms + terms->away_most_ms)
		return false;
	return at_ms < terms->give_up_ms;
}

struct jobs_verdict jobs_ended(struct jobs_tries *tries,
			       const struct transfer_result *result,
			       const struct jobs_terms *terms, uint32_t random,
			       int64_t now)
{
	struct pace pace = pace_of(result->reason);
	struct jobs_verdict v = { .event = JOBS_ENOUGH };

	count(tries, result, pace.fault, now);
	v.at_ms = now + wait_of(&pace, tries->streak, random);
	if (result->delivered)
		v.event = JOBS_ARRIVE;
	else if (terms->cancelled)
		v.event = JOBS_STOP;
	else if (result->again && is_allowed(tries, terms, pace.fault, v.at_ms))
		v.event = JOBS_AGAIN;
	return v;
}

bool jobs_waits_for_relay(uint16_t reason)
{
	return reason == REASON_UNREACHABLE || reason == REASON_PEER_LOST;
}

int64_t jobs_callee_is_back(uint32_t random, int64_t now)
{
	return now + random % CALLEE_IS_BACK_MS;
}

int64_t jobs_callee_is_watched(uint32_t random, int64_t now)
{
	return now + WATCHED_MS + random % (WATCHED_MS / 2);
}

bool jobs_is_old(uint64_t finished_ms, uint64_t keep_ms, size_t younger,
		 uint64_t now)
{
	return younger >= JOBS_FINISHED_MAX || finished_ms + keep_ms <= now;
}

/* --- how fast calls are made --- */

void jobs_gait_began(struct jobs_gait *g, int64_t now)
{
	g->ready_ms = now + g->gap_ms;
}

void jobs_gait_ended(struct jobs_gait *g, uint16_t reason, int64_t now)
{
	if (reason != REASON_TOO_MANY) {
		g->gap_ms -= g->gap_ms / 16;
		if (g->gap_ms < JOBS_GAP_MIN_MS)
			g->gap_ms = 0;
		return;
	}
	/* Those that were under way at once are told one thing, not many. */
	if (g->gap_ms > 0 && now >= g->slowed_ms &&
	    now < g->slowed_ms + g->gap_ms)
		return;
	g->slowed_ms = now;
	g->gap_ms =
		g->gap_ms > 0 ? 2 * g->gap_ms : 2 * (int64_t)JOBS_GAP_MIN_MS;
	if (g->gap_ms > JOBS_GAP_MAX_MS)
		g->gap_ms = JOBS_GAP_MAX_MS;
	g->ready_ms = now + g->gap_ms;
}

/* --- the queue --- */

/* What is under way, as far as it matters to those that wait. */
struct under_way {
	size_t running;
	uint64_t callees[JOBS_RUNNING_MAX]; /* that are being called */
	size_t calling;
};

static bool is_under_way(const struct jobs_entry *j)
{
	return j->state == JOBS_CALLING || j->state == JOBS_SENDING;
}

static struct under_way look(const struct jobs_queue *q)
{
	struct under_way u = { .running = 0 };

	for (size_t i = 0; i < q->count; i++) {
		const struct jobs_entry *j = &q->all[i];

		u.running += is_under_way(j);
		if (j->state == JOBS_CALLING && u.calling < JOBS_RUNNING_MAX)
			u.callees[u.calling++] = j->callee;
	}
	return u;
}

static bool is_called(const struct under_way *u, uint64_t callee)
{
	for (size_t i = 0; i < u->calling; i++)
		if (u->callees[i] == callee)
			return true;
	return false;
}

/* An urgent fax finds a line though many that are not fill the others. */
static bool has_line(const struct jobs_queue *q, const struct under_way *u,
		     enum jobs_priority p)
{
	size_t lines = q->lines > 0 && q->lines < JOBS_RUNNING_MAX
			       ? q->lines
			       : JOBS_RUNNING_MAX;

	if (p != JOBS_HIGH && lines > 4)
		lines -= p == JOBS_LOW ? lines / 2 : lines / 8;
	return u->running < lines;
}

/* Since when it could go, had it no priority. A job that was tried goes behind
 * those that have waited for longer since. */
static int64_t rank(const struct jobs_entry *j)
{
	int64_t since =
		j->next_try_ms > j->created_ms ? j->next_try_ms : j->created_ms;

	return since - ((int64_t)j->priority - JOBS_NORMAL) * JOBS_STEP_MS;
}

static bool goes_before(const struct jobs_entry *one,
			const struct jobs_entry *other)
{
	int64_t left = rank(one), right = rank(other);

	return left != right ? left < right
			     : one->created_ms < other->created_ms;
}

static bool is_due(const struct jobs_entry *j, int64_t now)
{
	return j->state == JOBS_QUEUED && j->held_ms == 0 &&
	       j->next_try_ms <= now;
}

/* A clock that was set back makes nobody wait for long. */
static bool is_ready(const struct jobs_queue *q, int64_t now)
{
	return q->ready_ms <= now || q->ready_ms > now + JOBS_GAP_MAX_MS;
}

size_t jobs_next(const struct jobs_queue *q, int64_t now)
{
	struct under_way u = look(q);
	size_t best = SIZE_MAX;

	if (q->paused_ms > 0 || !is_ready(q, now))
		return SIZE_MAX;
	for (size_t i = 0; i < q->count; i++) {
		const struct jobs_entry *j = &q->all[i];

		if (!is_due(j, now) ||
		    (best != SIZE_MAX && !goes_before(j, &q->all[best])) ||
		    !has_line(q, &u, j->priority) || is_called(&u, j->callee))
			continue;
		best = i;
	}
	return best;
}

/* When this job is over if nothing happens to it. A job's time stands still
 * while it is held, but not for ever. */
static int64_t end_of(const struct jobs_queue *q, const struct jobs_entry *j)
{
	int64_t since = j->held_ms > q->paused_ms ? j->held_ms : q->paused_ms;

	if (j->state != JOBS_QUEUED || since == 0)
		return j->deadline_ms;
	return since + (int64_t)JOBS_HELD_MAX_DAYS * DAY_MS;
}

size_t jobs_overdue(const struct jobs_queue *q, int64_t now)
{
	for (size_t i = 0; i < q->count; i++)
		if (end_of(q, &q->all[i]) <= now)
			return i;
	return SIZE_MAX;
}

int64_t jobs_wake_at(const struct jobs_queue *q, int64_t now)
{
	int64_t at = is_ready(q, now) ? INT64_MAX : q->ready_ms;

	for (size_t i = 0; i < q->count; i++) {
		const struct jobs_entry *j = &q->all[i];
		int64_t end = end_of(q, j);

		if (end > now && end < at)
			at = end;
		if (j->state == JOBS_QUEUED && j->held_ms == 0 &&
		    q->paused_ms == 0 && j->next_try_ms > now &&
		    j->next_try_ms < at)
			at = j->next_try_ms;
	}
	return at;
}

bool jobs_shares_wait(const struct jobs_entry *one,
		      const struct jobs_entry *other)
{
	return one != other && other->state == JOBS_QUEUED &&
	       other->callee == one->callee &&
	       other->next_try_ms < one->next_try_ms;
}
