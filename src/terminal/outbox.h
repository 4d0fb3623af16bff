/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of outgoing jobs: accepted, tried, tried again, delivered or given
 * up; on disk before anybody is told of it. core/jobs decides, store/spool
 * keeps, terminal/intake says what a request becomes. Every way in ends here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "core/jobs.h"
#include "io/loop.h"
#include "store/spool.h"
#include "terminal/config.h"
#include "terminal/exchange.h"
#include "terminal/follow.h"
#include "terminal/intake.h"
#include "terminal/prepare.h"

struct outbox;

struct outbox_job {
	struct spool_job record;
	enum jobs_state state;
	enum jobs_priority priority;
	bool has_pages; /* they can be shown, and sent again */
	int64_t deadline_ms;
	uint32_t call;	       /* while it is tried */
	char *document;	       /* owned; its path, while it is tried */
	size_t at;	       /* its place in the queue */
	struct list unsaved;   /* in a list while the record is newer than the
				  file; else empty */
	struct outbox *outbox; /* borrowed */
};

struct outbox_handlers {
	/* A job is new, or its state or progress changed. */
	void (*changed)(void *owner, const struct outbox_job *j);
	/* It is forgotten: it was over, and is gone after this. */
	void (*gone)(void *owner, const struct outbox_job *j);
	/* The queue was paused, or goes on. */
	void (*paused)(void *owner, bool paused);
};

/* All borrowed; `follow` may be NULL: then who is away is tried by the clock
 * alone. */
struct outbox_parts {
	struct loop *loop;
	const struct config *config;
	struct follow *follow;
	const struct outbox_handlers *handlers;
	void *owner;
};

/* Loads what was accepted before. */
MUST_CHECK enum err outbox_new(struct outbox **out,
			       const struct outbox_parts *parts,
			       struct why *why);
void outbox_free(struct outbox *o);

/* Where jobs go out; NULL: nowhere, for now. What was under way by another
 * exchange, and was not told to have ended, begins anew. */
void outbox_connect(struct outbox *o, struct exchange *x);
/* The relay is reached again: who waits because it was not, need not. */
void outbox_online(struct outbox *o);

/* --- ways in --- */

/* The jobs that a request has become, in the order of its recipients; valid
 * until the handler, or the caller, returns. */
struct outbox_added {
	struct outbox_job *const *jobs;
	size_t count;
};

/* Prepares the files, once for all recipients, and accepts the jobs: all or
 * none. `done` comes once, never from inside: the jobs (OK: they are on disk
 * and in the queue) or a sentence. The files' descriptors may be closed after
 * it. */
typedef void outbox_done(void *owner, enum err e,
			 const struct outbox_added *added,
			 const char *sentence);
MUST_CHECK enum err outbox_add(struct outbox *o,
			       const struct intake_request *request,
			       outbox_done *done, void *owner, struct why *why);

/* The same at once, of pages that are a fax document already: `path` is shared
 * (nobody may write to it any more) or copied. The request has no files. */
struct outbox_document {
	const char *path;
	uint16_t pages;
	enum paper_resolution resolution;
};
MUST_CHECK enum err outbox_add_document(struct outbox *o,
					const struct intake_request *request,
					const struct outbox_document *document,
					struct outbox_added *added,
					struct why *why);

/* New jobs with the pages of this one, and its title, note and priority: to
 * its own recipient when `to` is NULL. ERR_MISSING: its pages are gone. */
struct outbox_repeat {
	const char *const *to;
	size_t to_count;
	const char *user;
};
MUST_CHECK enum err outbox_again(struct outbox *o, const struct outbox_job *j,
				 const struct outbox_repeat *repeat,
				 struct outbox_added *added, struct why *why);

/* --- what a user can do to a job; false: it is over already --- */

/* Between these two, in one turn of the loop, many jobs are changed: they are
 * on disk after the second, with few waits for it. */
void outbox_together(struct outbox *o);
/* False: the disk took nothing, or not all; it is tried again. */
bool outbox_apart(struct outbox *o);
/* Whether what was done to the job is on disk, too. It is done all the same,
 * but a restart before the disk takes it would not know. */
bool outbox_saved(const struct outbox_job *j);
#define OUTBOX_UNSAVED                                                         \
	"It is done, but the disk could not take it: it is written when "      \
	"there "                                                               \
	"is room, and a restart before that would not know of it."
bool outbox_cancel(struct outbox *o, struct outbox_job *j);
/* Held, it waits, and its time stands still. */
bool outbox_hold(struct outbox_job *j, bool held);
bool outbox_priority(struct outbox_job *j, enum jobs_priority p);
/* Not before this moment; 0: as soon as may be. It has as long to go after that
 * as it had before. */
bool outbox_not_before(struct outbox_job *j, uint64_t ms);
/* Forgets it. False: it is not over yet. */
bool outbox_remove(struct outbox_job *j);

/* No job of the queue is begun while it is paused, also after a restart; what
 * is under way goes on. An error leaves it as it is. */
MUST_CHECK enum err outbox_pause(struct outbox *o, bool paused,
				 struct why *why);
bool outbox_paused(const struct outbox *o);

/* --- looking --- */

/* By its ID, all 32 hexadecimal digits of it; NULL. */
struct outbox_job *outbox_find(struct outbox *o, const char *hex);
/* In order of creation. Nothing may be added or removed meanwhile. */
void outbox_each(struct outbox *o,
		 void (*each)(void *owner, const struct outbox_job *j),
		 void *owner);
/* Jobs that are not over. */
size_t outbox_waiting(const struct outbox *o);
/* Where its pages lie, if it has any. */
MUST_CHECK enum err outbox_pages(const struct outbox *o,
				 const struct outbox_job *j,
				 char path[ATOMIC_PATH_MAX]);
