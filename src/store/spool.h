/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's outgoing jobs: HOME/jobs/<32 hex digits>/ with document.tif
 * and job.json. A job is accepted when spool_commit has returned OK; from
 * then on it survives whatever is cut off.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/atomic.h"

enum { SPOOL_ID_SIZE = 16 };

/* Times in ms since the epoch; 0: none. */
struct spool_job {
	uint8_t id[SPOOL_ID_SIZE];
	char to[256];
	char title[121];
	char resolution[16];
	char state[16]; /* the caller's word */
	char last_result[201];
	char far_ident[65];
	uint64_t created_ms;
	uint64_t not_before_ms;
	uint64_t give_up_ms;
	uint64_t next_try_ms;
	uint64_t finished_ms;
	uint32_t attempts;
	uint32_t faults; /* attempts in which the fax itself went wrong */
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
/* Accepts the job; its folder must hold document.tif. On failure it is as if
 * it had never been begun. */
MUST_CHECK enum err spool_commit(struct spool *s, const struct spool_job *j,
				 struct why *why);
void spool_abandon(struct spool *s, const uint8_t id[SPOOL_ID_SIZE]);

MUST_CHECK enum err spool_save(struct spool *s, const struct spool_job *j,
			       struct why *why);
MUST_CHECK enum err spool_document_path(struct spool *s,
					const uint8_t id[SPOOL_ID_SIZE],
					char out[ATOMIC_PATH_MAX]);
/* The record stays. */
void spool_document_remove(struct spool *s, const uint8_t id[SPOOL_ID_SIZE]);
void spool_remove(struct spool *s, const uint8_t id[SPOOL_ID_SIZE]);
