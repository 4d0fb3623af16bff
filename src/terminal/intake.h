/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What shall be sent, and the records of the jobs that it becomes: one a
 * recipient, in one batch. Values only: it keeps nothing and starts nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/jobs.h"
#include "store/spool.h"
#include "terminal/config.h"
#include "terminal/prepare.h"

enum { INTAKE_TO_MAX = SPOOL_BATCH_MAX };

/* All borrowed; copied before the function returns that it is given to. */
struct intake_request {
	const char *const *to; /* addresses; the same one twice is one */
	size_t to_count;
	const struct prepare_file *files;
	size_t count;
	enum paper_resolution resolution;
	const char *pages;	/* as prepare_request's; NULL: all */
	uint64_t not_before_ms; /* since the epoch; 0: at once */
	uint64_t give_up_ms;	/* since the epoch; 0: as it is configured */
	enum jobs_priority priority;
	bool held;	   /* until it is released */
	const char *title; /* NULL: the last file's name */
	const char *note;  /* NULL: none */
	const char *user;  /* who sends it; NULL: not known */
	/* The ID of the batch, SPOOL_ID_SIZE octets; NULL: a new one. */
	const uint8_t *batch;
};

/* The records of new jobs, in an array that the caller frees. ERR_BAD,
 * ERR_LIMIT, ERR_MEMORY, with a sentence. */
MUST_CHECK enum err intake_records(const struct config *config,
				   const struct intake_request *r,
				   uint64_t now_ms, struct spool_job **out,
				   size_t *count, struct why *why);

/* When a job is given up that may first go at `not_before_ms`. */
uint64_t intake_give_up(const struct config *config, uint64_t not_before_ms,
			uint64_t now_ms);
/* The same of a job that is put off until then: as long after that as it has
 * now, from the moment on at which it may go. */
uint64_t intake_put_off(const struct config *config, const struct spool_job *j,
			uint64_t not_before_ms, uint64_t now_ms);
