/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's outgoing jobs: HOME/jobs/<32 hex digits>/ with document.tif
 * and job.json. Jobs are accepted when spool_commit has returned OK; from
 * then on they survive whatever is cut off. Those of one batch are accepted
 * all or none, and share their pages on disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/atomic.h"

enum { SPOOL_ID_SIZE = 16, SPOOL_BATCH_MAX = 1000 };

/* Times in ms since the epoch; 0: none. */
struct spool_job {
	uint8_t id[SPOOL_ID_SIZE];
	uint8_t batch[SPOOL_ID_SIZE]; /* of those that were accepted at once */
	char to[256];
	char title[121];
	char note[401];	  /* its user's, for himself */
	char user[65];	  /* who sent it; empty: not known */
	char priority[8]; /* the caller's word */
	char resolution[16];
	char state[16]; /* the caller's word */
	char last_result[201];
	char far_ident[65];
	uint64_t created_ms;
	uint64_t not_before_ms;
	uint64_t give_up_ms;
	uint64_t next_try_ms;
	uint64_t finished_ms;
	uint64_t held_ms; /* since when it is held */
	uint64_t away_ms; /* since when its callee is away */
	uint32_t attempts;
	uint32_t faults; /* attempts in which the fax itself went wrong */
	uint32_t busy;	 /* attempts that found the callee busy */
	uint32_t streak; /* the last attempts, with the same reason */
	uint16_t pages;
	uint16_t pages_confirmed;
	uint16_t last_reason;
	bool cancelled; /* its user's wish, while it is tried */
};

struct spool;

MUST_CHECK enum err spool_open(struct spool **out, const char *home,
			       struct why *why);
void spool_close(struct spool *s);

/* Calls `job` for each accepted job, in no order; `damaged` for each that
 * cannot be read, which is set aside under another name. What was never
 * accepted is removed. */
MUST_CHECK enum err
spool_load(struct spool *s, void (*job)(void *owner, const struct spool_job *j),
	   void (*damaged)(void *owner, const char *sentence), void *owner,
	   struct why *why);

/* Makes a folder to prepare a job in and writes its path to `folder`. */
MUST_CHECK enum err spool_begin(struct spool *s,
				const uint8_t id[SPOOL_ID_SIZE],
				char folder[ATOMIC_PATH_MAX], struct why *why);
/* The same with the document of another file: shared with it on disk, or
 * copied where that cannot be. */
MUST_CHECK enum err spool_begin_with(struct spool *s,
				     const uint8_t id[SPOOL_ID_SIZE],
				     const char *document, struct why *why);
/* Accepts these jobs, all or none, whatever is cut off. All have one batch's
 * ID; the folder of the first was begun and holds document.tif, which the
 * others share. On failure it is as if none had ever been begun. */
MUST_CHECK enum err spool_commit(struct spool *s, const struct spool_job *jobs,
				 size_t count, struct why *why);
void spool_abandon(struct spool *s, const uint8_t id[SPOOL_ID_SIZE]);

MUST_CHECK enum err spool_save(struct spool *s, const struct spool_job *j,
			       struct why *why);
/* The same for many, with two waits for the disk, however many they are. On
 * failure some are saved, and some are as they were. */
MUST_CHECK enum err spool_save_all(struct spool *s,
				   const struct spool_job *const *jobs,
				   size_t count, struct why *why);
MUST_CHECK enum err spool_document_path(struct spool *s,
					const uint8_t id[SPOOL_ID_SIZE],
					char out[ATOMIC_PATH_MAX]);
/* The record stays. */
void spool_document_remove(struct spool *s, const uint8_t id[SPOOL_ID_SIZE]);
void spool_remove(struct spool *s, const uint8_t id[SPOOL_ID_SIZE]);

/* --- what is kept of the queue as a whole: HOME/queue.json --- */

struct spool_queue {
	uint64_t paused_ms; /* since when; 0: it is not */
};

/* No such file: nothing of it is set. */
MUST_CHECK enum err spool_queue_load(struct spool *s, struct spool_queue *q,
				     struct why *why);
MUST_CHECK enum err
spool_queue_save(struct spool *s, const struct spool_queue *q, struct why *why);
