/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is signed in at the page: sessions, tickets that sign in once, and how
 * long one who failed must wait. One value in memory; the time, the digests
 * of random tokens and the key of the hash are passed in. It sees no
 * password and no token.
 *
 * Digests are compared in the ordinary way: who does not know a token cannot
 * choose its digest, so the time that it takes tells him nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/role.h"

enum {
	ACCESS_DIGEST_SIZE = 32,
	ACCESS_SESSIONS_MAX = 1000, /* in all; the longest idle one gives way */
	ACCESS_USER_SESSIONS_MAX = 32, /* of one user; the same */
	ACCESS_TICKETS_MAX = 32,       /* the oldest gives way */
	ACCESS_FAILURES_MAX = 4096,    /* remembered; who waits least goes */
	ACCESS_FAMILIAR_MAX = 256,
	ACCESS_IDLE_MS = 8 * 3600 * 1000,
	ACCESS_LIFE_MS = 7 * 24 * 3600 * 1000,
	ACCESS_TICKET_MS = 10 * 60 * 1000,
};

struct access_session {
	uint8_t digest[ACCESS_DIGEST_SIZE];
	char user[ROLE_USER_SIZE];
	unsigned roles;
	int64_t opened_ms, seen_ms;
};

struct access;

/* NULL: out of memory. */
struct access *access_new(const uint8_t key[HASH_KEY_SIZE]);
void access_free(struct access *a);

/* --- sessions --- */

/* Never refused: a session that nobody used for long gives way. */
void access_open(struct access *a, const uint8_t digest[ACCESS_DIGEST_SIZE],
		 const char *user, unsigned roles, int64_t now);
/* The session, which counts as used now; NULL: unknown or expired. Borrowed
 * until the next call that changes something. */
const struct access_session *
access_find(struct access *a, const uint8_t digest[ACCESS_DIGEST_SIZE],
	    int64_t now);
/* Whether it stands, without counting it as used. */
bool access_peek(const struct access *a,
		 const uint8_t digest[ACCESS_DIGEST_SIZE], int64_t now);
/* False: there was none. */
bool access_close(struct access *a, const uint8_t digest[ACCESS_DIGEST_SIZE]);
/* All of a user, whose password or roles have changed or who is removed, but
 * the one in `except` (may be NULL). Returns how many. */
size_t access_close_user(struct access *a, const char *user,
			 const uint8_t *except);
/* What is over goes: for a timer of some minutes. */
void access_expire(struct access *a, int64_t now);
size_t access_count(const struct access *a);

/* --- tickets: each signs in once, within ACCESS_TICKET_MS --- */

void access_ticket_add(struct access *a,
		       const uint8_t digest[ACCESS_DIGEST_SIZE],
		       const char *user, unsigned roles, int64_t now);
/* True: it was good, and is so no more. `user` and `roles` are whose session
 * may be opened now. */
bool access_ticket_use(struct access *a,
		       const uint8_t digest[ACCESS_DIGEST_SIZE],
		       char user[ROLE_USER_SIZE], unsigned *roles, int64_t now);

/* --- tries to sign in --- */

/* Asked before a password is looked at. 0: try, and it counts as a failure
 * until access_succeeded() says otherwise, so that many at once gain nothing.
 * Else: how many ms this user from this address must wait. Waits double from
 * 1 s to 30 s (as one user) and to 5 min (from one address), after some free
 * tries; they are forgotten after an hour without a failure. From an address
 * at which the user has signed in before, what others do in his name costs
 * him nothing. `address`: its text; of IPv6 the first
 * 64 bits count. */
int64_t access_try(struct access *a, const char *user, const char *address,
		   int64_t now);
void access_succeeded(struct access *a, const char *user, const char *address);
