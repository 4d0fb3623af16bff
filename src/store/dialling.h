/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a PostgreSQL server is dialled: the URL as libpq's parameters, with our
 * own where the URL says nothing. libpq never blocks but for names: it asks
 * the resolver and waits. So a name is resolved once, and the address that
 * answered is dialled again; only after some failures is the name asked
 * again, for it may have moved.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

struct pg_conn; /* libpq's PGconn */

struct dialling {
	char *url;	  /* owned */
	char address[64]; /* that answered; empty: none */
	unsigned failures;
};

MUST_CHECK enum err dialling_init(struct dialling *d, const char *url,
				  struct why *why);
void dialling_fini(struct dialling *d);

/* Begins; as PQconnectStartParams. */
struct pg_conn *dialling_start(struct dialling *d);
/* The same, and waits for some seconds; for commands. */
struct pg_conn *dialling_wait(const struct dialling *d);
void dialling_succeeded(struct dialling *d, const struct pg_conn *conn);

/* For PQsetNoticeProcessor: libraries never print. */
void dialling_no_notice(void *owner, const char *message);

/* libpq's message in one line without its end, for a sentence. */
void dialling_message(const char *message, char *out, size_t size);
/* What kind of failure an SQLSTATE is; NULL: the connection's. */
enum err dialling_err(const char *sqlstate);
