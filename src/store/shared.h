/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What relays know of each other through a database that they share: which
 * relays live, and where each terminal is logged in. A relay lives while it
 * renews its lease; each start of it has an incarnation, greater than any
 * before, and what an older one says counts no more. A terminal is where its
 * login with the highest generation is.
 *
 * Only for database_shared(); else the answer is ERR_UNSUPPORTED.
 */
#pragma once

#include "store/database.h"

enum {
	SHARED_LEASE_MS = 15000,
	SHARED_RENEW_MS = 5000,
	SHARED_ADDRESSES_TEXT = 1100,
	SHARED_PIN_SIZE = 32,
	/* Of presence in one request. */
	SHARED_PRESENCES_MAX = 1000,
};

/* One that has begun here, ever. */
struct shared_relay {
	char name[33];
	uint64_t incarnation;
	char addresses[SHARED_ADDRESSES_TEXT]; /* as a join URL has them */
	uint8_t pin[SHARED_PIN_SIZE];
	int64_t lease_ms;   /* what is left of it; not above 0: it is over */
	uint64_t terminals; /* shared_relays() only */
};

enum shared_state { SHARED_OFFLINE, SHARED_FREE, SHARED_BUSY };

/* Where an account's terminal is. */
struct shared_place {
	struct database_account account;
	char relay[33]; /* empty: nowhere */
	enum shared_state state;
	uint64_t gen;
};

struct shared_presence {
	char id[33];
	enum shared_state state;
	uint64_t gen; /* 0: it has just logged in */
};

/* Begins an incarnation of `r->name`: the answer's number. Older ones are
 * fenced from now on. Other relays let in who logs in as this name with the
 * keys of `keys`. ERR_MISSING: a terminal has that name. */
void shared_relay_begin(struct database *d, const struct shared_relay *r,
			const struct database_account *keys,
			struct database_asker asker);
/* ERR_MISSING: fenced: a newer incarnation has begun. */
void shared_relay_renew(struct database *d, const char *name,
			uint64_t incarnation, struct database_asker asker);
/* It goes in good order: its terminals are nowhere at once. */
void shared_relay_end(struct database *d, const char *name,
		      uint64_t incarnation, struct database_asker asker);
/* All, each a row, in order of name. */
void shared_relays(struct database *d, struct database_asker asker);

/* Where terminals are, from this incarnation of a relay; none may come twice.
 * A row (`id`, and `number`, the generation that counts from now on) is told
 * for each that was taken: who is missing is logged in elsewhere since, or
 * the relay is fenced. SHARED_OFFLINE is taken out, if the generation is
 * still its own, and no row is told. At most SHARED_PRESENCES_MAX. */
void shared_presence_put(struct database *d, const struct shared_relay *r,
			 const struct shared_presence *presences, size_t n,
			 struct database_asker asker);

/* Where `address`, a user ID or a number after "+", is. ERR_MISSING: no such
 * account. */
void shared_locate(struct database *d, const char *address,
		   struct database_asker asker);
/* The terminals that may log in, each a row (place), in order of ID; the
 * `limit` that come after `after`. */
void shared_terminals(struct database *d, const char *after, size_t limit,
		      struct database_asker asker);
