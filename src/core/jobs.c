/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jobs.h"

#include <string.h>

/* How soon, how often: by what stood in the way. */
struct pace {
	int64_t first_ms;
	int64_t most_ms;
	bool fault;
};

static const char *const names[JOBS_STATES] = {
	[JOBS_QUEUED] = "queued",   [JOBS_CALLING] = "calling",
	[JOBS_SENDING] = "sending", [JOBS_DELIVERED] = "delivered",
	[JOBS_FAILED] = "failed",   [JOBS_CANCELLED] = "cancelled",
};

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

static struct pace pace_of(uint16_t reason)
{
	switch (reason) {
	case REASON_BUSY: /* soon and often: lines come free quickly */
	case REASON_COLLISION:
	case REASON_TOO_MANY:
		return (struct pace){ 3000, 30000, false };
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

/* Whether trying again makes sense, were there time. */
static bool has_hope(const struct jobs_tries *tries,
		     const struct transfer_result *result,
		     const struct pace *pace)
{
	return result->again &&
	       !(pace->fault && tries->faults >= JOBS_FAULTS_MAX);
}

struct jobs_verdict jobs_ended(struct jobs_tries *tries,
			       const struct transfer_result *result,
			       bool cancelled, int64_t give_up_ms,
			       uint32_t random, int64_t now)
{
	struct pace pace = pace_of(result->reason);
	struct jobs_verdict v = { .state = JOBS_FAILED };

	tries->streak =
		result->reason == tries->last_reason ? tries->streak + 1 : 1;
	tries->last_reason = result->reason;
	tries->faults += !result->delivered && pace.fault;
	v.at_ms = now + wait_of(&pace, tries->streak, random);
	if (result->delivered)
		v.state = JOBS_DELIVERED;
	else if (cancelled)
		v.state = JOBS_CANCELLED;
	else if (has_hope(tries, result, &pace) && v.at_ms < give_up_ms)
		v.state = JOBS_QUEUED;
	return v;
}

bool jobs_waits_for_relay(uint16_t reason)
{
	return reason == REASON_UNREACHABLE || reason == REASON_PEER_LOST;
}

bool jobs_is_old(uint64_t finished_ms, uint64_t keep_ms, size_t younger,
		 uint64_t now)
{
	return younger >= JOBS_FINISHED_MAX || finished_ms + keep_ms < now;
}

static bool under_way(const struct jobs_entry *j)
{
	return j->state == JOBS_CALLING || j->state == JOBS_SENDING;
}

size_t jobs_next(const struct jobs_entry *jobs, size_t n, int64_t now)
{
	size_t best = SIZE_MAX;
	size_t running = 0;

	for (size_t i = 0; i < n; i++) {
		const struct jobs_entry *j = &jobs[i];

		running += under_way(j);
		if (j->state != JOBS_QUEUED || j->next_try_ms > now)
			continue;
		if (best == SIZE_MAX || j->created_ms < jobs[best].created_ms)
			best = i;
	}
	return running < JOBS_RUNNING_MAX ? best : SIZE_MAX;
}

int64_t jobs_deadline(const struct jobs_entry *jobs, size_t n)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (jobs[i].state == JOBS_QUEUED && jobs[i].next_try_ms < due)
			due = jobs[i].next_try_ms;
	return due;
}
