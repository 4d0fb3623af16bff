/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine that relays share: PostgreSQL by libpq, one connection, never
 * blocking. Requests go out in a pipeline, each a transaction of its own.
 * When the connection breaks, those that may be repeated are, once; the
 * others fail. A server is dialled again and again, for ever.
 */
#pragma once

#include "store/query.h"

struct postgres;

/* ERR_BAD: that is no URL of a database. */
MUST_CHECK enum err postgres_open(struct postgres **out, const char *url,
				  struct why *why);
void postgres_close(struct postgres *p);

/* Takes the request. */
void postgres_submit(struct postgres *p, struct query *q);

/* As store/database.h's. */
void postgres_on_wake(struct postgres *p, void (*wake)(void *owner),
		      void *owner);
void postgres_wants(const struct postgres *p, struct database_wants *out);
void postgres_ready(struct postgres *p, int64_t now);
void postgres_tick(struct postgres *p, int64_t now);
unsigned postgres_epoch(const struct postgres *p);
const char *postgres_trouble(const struct postgres *p);
