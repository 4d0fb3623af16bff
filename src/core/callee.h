/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom an address means: a terminal here, or the relay that the call goes on
 * to. The inside of core/relay.h.
 */
#pragma once

#include "core/registry.h"

/* Exactly one of the two is set when it was found. */
struct callee {
	struct registry_account *account; /* borrowed; it is here */
	struct registry_peer *peer;	  /* borrowed; go on to this relay */
	char to[ADDRESS_MAX + 1];	  /* what to ask it for */
	char number[PATH_NUMBER_MAX + 1]; /* by which it was found; or "" */
};

/* The database is to be asked for `found->to`. */
enum { CALLEE_ASK = UINT16_MAX };

/* REASON_DONE, CALLEE_ASK, or why there is nobody. */
uint16_t callee_find(struct turn *t, const struct registry_caller *who,
		     struct span to, struct callee *found);
/* The same, when the database has said where it is. */
uint16_t callee_placed(struct turn *t, const struct registry_caller *who,
		       const struct relay_place *place, struct callee *found);
