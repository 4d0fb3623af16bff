/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Received faxes. While one comes it lies in HOME/incoming; when it is whole
 * its folder is renamed to HOME/inbox/<UTC>-<from>-<job>, which is the
 * delivery and records the job's ID in one step. An append-only log,
 * HOME/inbox/.delivered, remembers jobs whose folder a user has deleted.
 * What is deleted here lies in HOME/trash for a while.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/atomic.h"

enum {
	INBOX_JOB_SIZE = 16,
	INBOX_FROM_MAX = 32,
	INBOX_NAME_MAX = 128, /* a folder's name, with its NUL */
	/* Longer than any sender tries again. */
	INBOX_MEMORY_DAYS = 60,
};

struct inbox_fax {
	char from[INBOX_FROM_MAX + 1];
	/* The caller's; empty: ours. Never part of who he is: he may be at
	 * another one when he tries again. */
	char relay[INBOX_FROM_MAX + 1];
	uint8_t job[INBOX_JOB_SIZE];
	char title[121];
	char result[201]; /* a sentence */
	char far_ident[65];
	char resolution[16];
	uint64_t received_ms; /* since the epoch */
	uint16_t pages;
	bool complete;
};

/* A fax that stands in the inbox. */
struct inbox_entry {
	unsigned number;	   /* from 1, the oldest; 0: in the trash */
	char name[INBOX_NAME_MAX]; /* of its folder */
	struct inbox_fax fax;
	bool unread;
	char folder[ATOMIC_PATH_MAX];
};

struct inbox;
struct inbox_reception;

/* Leftovers of receptions that were cut off become partial faxes. `now_ms`
 * is the time since the epoch. */
MUST_CHECK enum err inbox_open(struct inbox **out, const char *home,
			       uint64_t now_ms, struct why *why);
void inbox_close(struct inbox *in);

/* Whether this caller's job has been stored whole before; *pages then. */
bool inbox_known(const struct inbox *in, const char *from,
		 const uint8_t job[INBOX_JOB_SIZE], uint16_t *pages);

/* Makes a place for a fax that begins to come; of `fax` from, relay, job and
 * received_ms are known. ERR_BAD: `from` is no user ID. */
MUST_CHECK enum err inbox_begin(struct inbox *in, struct inbox_reception **out,
				const struct inbox_fax *fax, struct why *why);
/* Descriptors of fax.tif and fax.pdf, open for reading and writing; the
 * reception's own. */
int inbox_tiff(const struct inbox_reception *r);
int inbox_pdf(const struct inbox_reception *r);

/* Stores what came, whole or partial (fax->complete). When OK is returned it
 * stands, whatever is cut off. A whole fax takes the place of a partial one
 * of the same job; a job that is known already is not stored again. The
 * reception is gone, on failure too. `folder` is where it stands now; empty
 * when it was known already. */
MUST_CHECK enum err inbox_store(struct inbox *in, struct inbox_reception *r,
				const struct inbox_fax *fax,
				char folder[ATOMIC_PATH_MAX], struct why *why);
void inbox_abandon(struct inbox_reception *r);

/* Oldest first. Damaged ones are passed over. */
void inbox_each(struct inbox *in,
		void (*each)(void *owner, const struct inbox_entry *e),
		void *owner);
/* The same of what lies in the trash. */
void inbox_each_deleted(struct inbox *in,
			void (*each)(void *owner, const struct inbox_entry *e),
			void *owner);
unsigned inbox_count_unread(struct inbox *in);

/* By its number, or by the first digits (4 or more) of its job. */
bool inbox_find(struct inbox *in, const char *name, struct inbox_entry *out);
/* By its folder's name; in the trash, too (number 0). */
bool inbox_get(struct inbox *in, const char *name, struct inbox_entry *out);

/* Somebody has read it, or wants it to look as if nobody had. ERR_MISSING. */
MUST_CHECK enum err inbox_mark(struct inbox *in, const char *name, bool unread,
			       struct why *why);
/* Into the trash, and back. ERR_MISSING. */
MUST_CHECK enum err inbox_delete(struct inbox *in, const char *name,
				 struct why *why);
MUST_CHECK enum err inbox_restore(struct inbox *in, const char *name,
				  struct why *why);
/* Removes for ever what was deleted more than `keep_ms` ago. Returns how many
 * that were. */
unsigned inbox_empty_trash(struct inbox *in, uint64_t keep_ms, uint64_t now_ms);

/* The record in a fax's folder; false: there is none that can be read. */
bool inbox_read_record(const char *folder, struct inbox_fax *fax);
