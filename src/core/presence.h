/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of terminals and news of their changes (S12). The inside of
 * core/relay.h.
 */
#pragma once

#include "core/registry.h"

/* Answers LIST: the accounts that this connection's may call, in order. One
 * too soon after others is answered later; the next one on the connection
 * takes its place then. */
void presence_list(struct turn *t, struct registry_conn *c,
		   const struct message_list *m);

/* When presence_tick() is to be called, to give the answers that were put
 * off; INT64_MAX: there is none. */
int64_t presence_deadline(const struct relay *r);
void presence_tick(struct turn *t);

/* The same at once, of what is known without asking a database, from the
 * first ID after this one on. */
void presence_list_known(struct turn *t, struct registry_conn *c,
			 uint32_t request, const char *after);
/* The same from the database, in pieces. */
void presence_listed(struct turn *t, struct registry_conn *c, uint32_t request,
		     const struct relay_place *places, size_t n, bool more);

/* Tells followers what has changed since the last time. To be called at the
 * end of every public function of the relay. */
void presence_flush(struct turn *t);
