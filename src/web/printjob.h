/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs of the printer, from their first words to the fax or the document
 * of the page that they become. A document that has come is kept by
 * store/prints until the queue or the drafts keep what it has become; a job
 * that was cut off in between goes on at the next start, under its number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "web/printfate.h"
#include "web/printterms.h"
#include "web/web.h"

enum {
	PRINTJOB_KEPT_MAX = 500,   /* documents that wait on the page */
	PRINTJOB_MAX = 500,	   /* remembered; those that are over go */
	PRINTJOB_WAIT_MS = 300000, /* for the document of a job */
};

struct printjob;
struct printjobs;

/* Takes up what was cut off. NULL: memory is out. Everything is borrowed. */
struct printjobs *printjobs_new(const struct web_parts *parts,
				struct news *news);
void printjobs_free(struct printjobs *js);

/* Whose a job is. */
struct printjob_owner {
	const char *user; /* of the page; "": nobody's */
	const char *name; /* for the eye, the queue and the audit log */
	bool proven;	  /* he signed in */
};

/* Takes what `terms` owns. NULL: memory is out, or there are too many. */
struct printjob *printjobs_add(struct printjobs *js, struct printterms *terms,
			       const struct printjob_owner *owner);
/* By its number; NULL. */
struct printjob *printjobs_find(struct printjobs *js, int number);
/* Newest first. */
size_t printjobs_count(const struct printjobs *js);
struct printjob *printjobs_at(struct printjobs *js, size_t i);
/* That are not over. */
size_t printjobs_waiting(struct printjobs *js);

/* Its document is in `fd`, from `offset` on: takes `fd`, and goes to work. A
 * job has one. `taken` comes once, perhaps from inside: the document is on
 * disk, or the job is over. */
typedef void printjob_taken(void *owner, struct printjob *j);
void printjob_print(struct printjob *j, int fd, off_t offset,
		    printjob_taken *taken, void *owner);
/* Who prints has gone before he was told: he will print it again. */
void printjob_leave(struct printjob *j);
bool printjob_has_document(const struct printjob *j);
/* No document will come: what has none is aborted. */
void printjob_close(struct printjob *j);
/* False: it is over, or a document of the page already. */
bool printjob_cancel(struct printjob *j);

struct printjob_view {
	int number;
	enum printjob_state state;
	const char *reason; /* a keyword, job-state-reasons */
	char sentence[400]; /* what happens, for a person; may be "" */
	const char *title;  /* borrowed, as are the rest */
	const char *name;   /* whose */
	const char *user;   /* who signed in; "" */
	int pages;	    /* of the document; 0: not known yet */
	int pages_done;
	int64_t created, begun, ended; /* s since 1970; 0: not yet */
};

void printjob_look(struct printjob *j, struct printjob_view *v);
