/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What control remembers of a connection from its arrival to its end: where
 * it came from, its channel binding, and its login while that is under way.
 * SCRAM runs here, against the keys in the database; a user who is unknown or
 * disabled meets false keys, and so the same conversation. The database may
 * take its time to answer; when it does not, the login fails for that reason.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/relay.h"
#include "store/database.h"
#include "trust/login.h"
#include "trust/tls.h"
#include "wire/message.h"

struct guests;

/* What a login came to, for now: perhaps from within guests_login, perhaps
 * later. Everything is borrowed. */
struct guests_step {
	uint64_t conn;
	enum relay_login result;
	const struct login_out *out;
	const char *user;
	const struct database_account *account; /* RELAY_LOGIN_OK */
	const char *why;			/* RELAY_LOGIN_UNABLE */
};

/* `database` is borrowed, and so is `owner`; `secret` makes the false keys.
 * NULL: memory. */
struct guests *guests_new(struct database *database, const uint8_t secret[32],
			  void (*stepped)(void *owner,
					  const struct guests_step *s),
			  void *owner);
/* Not while the database may still answer. */
void guests_free(struct guests *g);

MUST_CHECK enum err guests_arrived(struct guests *g, uint64_t conn,
				   const char *address);
void guests_opened(struct guests *g, uint64_t conn, const uint8_t *binding);
void guests_left(struct guests *g, uint64_t conn);

/* "198.51.100.7:40312", or "-" when unknown. Borrowed. */
const char *guests_address(const struct guests *g, uint64_t conn);

/* Who is logged in on it; NULL: nobody. Borrowed. */
const char *guests_member(const struct guests *g, uint64_t conn);

/* One step of a login: what an AUTH of this connection said. The first names
 * the user. Each is answered by `stepped`, but for one that has gone. */
void guests_login(struct guests *g, uint64_t conn,
		  const struct message_auth *auth);
