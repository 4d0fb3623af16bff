/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a terminal is: here, at another relay, or away. One and the same may
 * have an account at several relays: it is where it logged in last. The inside
 * of core/relay.h.
 */
#pragma once

#include "core/directory.h"
#include "core/registry.h"

struct whereis {
	struct registry_account *account; /* borrowed; it is here; or else */
	const char *relay;		  /* borrowed; it is there */
	uint64_t hop; /* the link that leads there; 0: none, for the moment */
	const char *id;
	enum presence_state state;
	const char *groups; /* all borrowed */
	const char *allowed;
};

/* False: no such terminal, anywhere. What it borrows is good until the next
 * event. */
bool whereis(const struct turn *t, const char *id, struct whereis *w);
/* What is known of it here, alone. */
void whereis_account(struct registry_account *a, struct whereis *w);
/* What another relay told of it, alone. */
void whereis_found(const struct directory_found *f, struct whereis *w);
/* What a database said, which may be some time ago: what is told here of the
 * relay that it names is newer. Who may call it the database says. */
void whereis_placed(const struct turn *t, const struct relay_place *place,
		    struct whereis *w);
/* The first terminal after this ID, in order of ID; "" for the first of all.
 * False: no more. Here ones come from `here`, which is where the last call
 * left off (0 at the start). */
bool whereis_next(const struct turn *t, const char *id, size_t *here,
		  struct whereis *w);

/* Whether it may be called by one of these ID and groups; not by itself. */
bool whereis_may_call(const struct whereis *w, const char *id,
		      const char *groups);
