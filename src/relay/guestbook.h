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

struct guestbook;

struct guestbook *guestbook_new(void); /* NULL: memory */
void guestbook_free(struct guestbook *r);

/* A connection has logged in as `id`; it is over. */
void guestbook_joined(struct guestbook *r, const char *id);
void guestbook_left(struct guestbook *r, const char *id, int64_t now);

/* It is gone from the database; who is still connected is being closed. */
void guestbook_drop(struct guestbook *r, const char *id);

/* What is known of it, or of all, is not as the database has it any more. */
void guestbook_mark(struct guestbook *r, const char *id);
void guestbook_mark_all(struct guestbook *r);
/* One that was marked and is no more; false: there is none. */
bool guestbook_next(struct guestbook *r, char id[33]);

/* Forgets one that was here too long ago; false: there is none. */
bool guestbook_forget(struct guestbook *r, int64_t now, char id[33]);
