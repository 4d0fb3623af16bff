/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With a database that relays share, this one knows only the accounts that
 * are, or lately were, logged in here: which these are, and whose time is
 * over. Who was here lately is kept, because core remembers from where it
 * came.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct roster;

struct roster *roster_new(void); /* NULL: memory */
void roster_free(struct roster *r);

/* A connection has logged in as `id`; it is over. */
void roster_joined(struct roster *r, const char *id);
void roster_left(struct roster *r, const char *id, int64_t now);

bool roster_knows(const struct roster *r, const char *id);
/* It is gone from the database; who is still connected is being closed. */
void roster_drop(struct roster *r, const char *id);
void roster_each(struct roster *r, void (*each)(void *owner, const char *id),
		 void *owner);

/* Forgets one that was here too long ago; false: there is none. */
bool roster_forget(struct roster *r, int64_t now, char id[33]);
