/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something was refused or ended: one list for failed connect requests,
 * refusals, ends and byes. Numbers are the protocol's and never change.
 */
#pragma once

#include <stdint.h>

enum reason {
	REASON_DONE = 0,	/* the call did what it was for */
	REASON_UNKNOWN = 1,	/* no such user, or not for you: same answer */
	REASON_OFFLINE = 2,	/* callee is not logged in */
	REASON_BUSY = 3,	/* callee has no idle connection */
	REASON_REFUSED = 4,	/* callee does not want the call */
	REASON_NO_ANSWER = 5,	/* callee rang out */
	REASON_COLLISION = 6,	/* an offer crossed the request */
	REASON_TOO_MANY = 7,	/* the account's or the relay's cap */
	REASON_UNREACHABLE = 8, /* the callee's relay, for now */
	REASON_CANCELLED = 9,	/* the caller gave up */
	REASON_PEER_LOST = 10,	/* the other terminal's connection broke */
	REASON_DRAINING = 11,	/* the relay is going down in good order */
	REASON_IDLE_TOO_LONG = 12, /* a call in which nothing moved */
	REASON_PROTOCOL = 13,	   /* a peer broke the protocol */
	REASON_INCOMPATIBLE = 14,  /* no procedure or version in common */
	REASON_REPLACED = 15,	   /* a newer login of the same account */
	REASON_DISABLED = 16,	   /* the account was disabled or removed */
	REASON_LOGOUT = 17,
	REASON_FAILED = 18,   /* the sender of this could not go on */
	REASON_SHUTDOWN = 19, /* the sender of this is being stopped */
	REASON_SURPLUS = 20,  /* one spare connection too many */
	REASON_UNABLE = 21,   /* callee cannot keep a fax now: a full disk */
	REASONS
};

/* "busy", "no-answer": for logs and JSON. Numbers we do not know give
 * "unknown-reason". Static storage. */
const char *reason_name(uint16_t reason);

/* A plain sentence for the caller's user, with full stop. Static storage. */
const char *reason_sentence(uint16_t reason);
