/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What control remembers of a connection from its arrival to its end: where
 * it came from, its channel binding, and its login while that is under way.
 * SCRAM runs here, against the keys in the database; a user who is unknown or
 * disabled meets false keys, and so the same conversation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/database.h"
#include "trust/login.h"
#include "trust/tls.h"
#include "wire/message.h"

struct guests;

/* `database` is borrowed; `secret` makes the false keys. */
struct guests *guests_new(struct database *database, const uint8_t secret[32]);
void guests_free(struct guests *g);

MUST_CHECK enum err guests_arrived(struct guests *g, uint64_t conn,
				   const char *address);
void guests_opened(struct guests *g, uint64_t conn,
		   const uint8_t binding[TLS_EXPORTER_SIZE]);
void guests_left(struct guests *g, uint64_t conn);

/* "198.51.100.7:40312", or "-" when unknown. Borrowed. */
const char *guests_address(const struct guests *g, uint64_t conn);

struct guests_answer {
	enum login_status status;
	uint8_t sasl[LOGIN_MESSAGE_MAX];
	size_t length;
	const char *user; /* borrowed: who it is, once LOGIN_OK */
};

/* One step of a login: what an AUTH message of this connection said. */
struct guests_answer guests_login(struct guests *g, uint64_t conn,
				  const struct message_auth *auth);
