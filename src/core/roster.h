/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminals that this one can call, as its relay tells them while it is
 * followed: lists and single changes go in, what is different comes out. A
 * list that is asked for again, after a connection was lost, changes only
 * what really changed. It asks for nothing itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/message.h"

enum { ROSTER_MAX = 100000 }; /* more are not followed */

/* Of an entry: as enum presence_state, and no longer to be called. */
enum { ROSTER_GONE = PRESENCE_BUSY + 1 };

struct roster_entry {
	char id[ADDRESS_ID_MAX + 1];
	char relay[ADDRESS_ID_MAX + 1]; /* empty: our relay */
	uint8_t state;
	bool changed; /* and not taken yet */
	uint32_t listed;
};

struct roster {
	struct roster_entry *entries; /* owned; in order of their IDs */
	size_t count;
	size_t room;
	uint32_t list; /* which list is being read, or was last */
	bool complete; /* a whole list has been read */
	bool full;     /* something had no room */
};

void roster_init(struct roster *r);
void roster_fini(struct roster *r);

/* A list begins; what came of one that was not read to its end stays. */
void roster_begin(struct roster *r);
/* A piece of it. After the last one what was not in the list is gone. False:
 * it is malformed; what was read until then stays. */
bool roster_list(struct roster *r, const struct message_listing *l);
/* One change. */
void roster_tell(struct roster *r, const struct message_presence *p);

/* The next entry from *at on that has changed since it was taken, or NULL;
 * valid until the next call. Begin with *at = 0; roster_sweep() at the end. */
const struct roster_entry *roster_next(struct roster *r, size_t *at);
/* Who has this ID, or NULL; valid as above. */
const struct roster_entry *roster_get(const struct roster *r, const char *id);
/* Forgets those that are gone and were taken. */
void roster_sweep(struct roster *r);

const char *roster_state_name(uint8_t state);
