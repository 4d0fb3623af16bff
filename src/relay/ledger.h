/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Core's accounts kept as the database has them. Of one of our own core knows
 * all accounts. Of one that relays share it knows those that are, or lately
 * were, logged in here; the rest is asked for when it is wanted.
 */
#pragma once

#include "core/relay.h"
#include "io/loop.h"
#include "store/database.h"

struct ledger;

/* All borrowed. `changed` says that there are effects to be carried out: later
 * than now. NULL: memory. */
struct ledger *ledger_new(struct loop *loop, struct database *database,
			  struct relay *relay, struct effects *effects,
			  void (*changed)(void *owner), void *owner);
/* Not while the database may still answer. */
void ledger_free(struct ledger *l);

/* What core must know from the start. */
MUST_CHECK enum err ledger_load(struct ledger *l, struct why *why);
/* From now on follows what others change. */
void ledger_follow(struct ledger *l);

/* A connection has proven to be this account's, and core is about to hear of
 * that; it is over. */
void ledger_joined(struct ledger *l, const struct database_account *a);
void ledger_left(struct ledger *l, const char *id);

/* It has changed; "*": any may have. */
void ledger_changed(struct ledger *l, const char *id);
