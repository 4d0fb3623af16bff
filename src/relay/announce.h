/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this relay says of itself in a database that relays share: its lease,
 * and where its terminals are, gathered for some milliseconds. After each
 * absence of the database all of it is said again.
 */
#pragma once

#include "io/loop.h"
#include "store/shared.h"

struct announce;

/* Begun already: its incarnation is in `self`. `fenced` is called once, when a
 * newer one has begun: from then on nothing is said. NULL: memory. */
struct announce *announce_new(struct loop *loop, struct database *database,
			      const struct shared_relay *self,
			      void (*fenced)(void *owner), void *owner);
void announce_free(struct announce *a);

/* A login here: from now on it counts as the newest. */
void announce_login(struct announce *a, const char *id);
void announce_state(struct announce *a, const char *id,
		    enum shared_state state);
/* The database has been away, and may have forgotten. */
void announce_again(struct announce *a);

/* The end, in good order. */
void announce_end(struct announce *a, struct database_asker asker);
