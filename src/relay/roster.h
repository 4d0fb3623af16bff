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

/* It is gone from the database; who is still connected is being closed. */
void roster_drop(struct roster *r, const char *id);

/* What is known of it, or of all, is not as the database has it any more. */
void roster_mark(struct roster *r, const char *id);
void roster_mark_all(struct roster *r);
/* One that was marked and is no more; false: there is none. */
bool roster_next(struct roster *r, char id[33]);

/* Forgets one that was here too long ago; false: there is none. */
bool roster_forget(struct roster *r, int64_t now, char id[33]);
