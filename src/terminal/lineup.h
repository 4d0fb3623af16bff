/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox's jobs: in memory, in order of creation; as core/jobs sees them;
 * and on disk, at once or a little later. What is done with them is
 * terminal/outbox.c's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terminal/outbox.h"

struct lineup {
	struct loop *loop;	    /* borrowed */
	struct spool *spool;	    /* owned */
	struct outbox_job **jobs;   /* owned; in order of creation */
	struct jobs_entry *entries; /* owned; the same to core/jobs */
	size_t count;
	size_t room;
	size_t waiting;	     /* of these, not over */
	struct list unsaved; /* of jobs whose records are newer than on disk */
	struct timer saving;
	bool together;				/* and not each at once */
	const struct outbox_handlers *handlers; /* borrowed */
	void *owner;				/* borrowed */
};

enum { LINEUP_SOON_MS = 1000 };

void lineup_init(struct lineup *l, const struct outbox_parts *parts);
void lineup_fini(struct lineup *l);

/* Jobs that are on disk, in their order; all are queued. ERR_MEMORY: none. */
MUST_CHECK enum err lineup_take_in(struct lineup *l, struct outbox *o,
				   const struct spool_job *records,
				   size_t count);
/* In order of creation from now on. */
void lineup_sort(struct lineup *l);

/* The record has changed: core/jobs shall know. */
void lineup_update(struct lineup *l, const struct outbox_job *j);
/* Writes it; later again when that fails. False: it failed. */
bool lineup_save(struct lineup *l, struct outbox_job *j);
/* Writes it in so many ms, unless something else does before. */
void lineup_save_later(struct lineup *l, struct outbox_job *j, int64_t wait_ms);

/* What is saved between these two is saved at the end, with few waits for the
 * disk. */
void lineup_together(struct lineup *l);
/* False: some are not; they are written later. */
bool lineup_apart(struct lineup *l);

/* What the job is after this event, which must be one that can come to it.
 * Neither saved nor told. */
void lineup_move(struct lineup *l, struct outbox_job *j, enum jobs_event event);
/* What core/jobs says of an attempt that ended so; the record counts it. */
struct jobs_verdict lineup_judge(struct spool_job *r,
				 const struct transfer_result *result,
				 const struct jobs_terms *terms);
/* To the handler. */
void lineup_tell(const struct lineup *l, const struct outbox_job *j);

/* From memory and disk; the handler hears of it before. */
void lineup_forget(struct lineup *l, struct outbox_job *j);
/* The same for up to `most` that are over and old, or too many; pages go
 * earlier. True: there may be more. */
bool lineup_tidy(struct lineup *l, const struct config *config, size_t most);

/* Ms since 1970, as records have them. */
uint64_t lineup_clock(void);
