/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has become of the jobs of the queue that one job of the printer became:
 * those of one batch, in the words of RFC 8011.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terminal/outbox.h"

enum { PRINTFATE_PATIENCE_MS = 120000 }; /* that a program waits for tries */

/* RFC 8011 5.3.7. */
enum printjob_state {
	PRINTJOB_PENDING = 3,
	PRINTJOB_HELD = 4,
	PRINTJOB_PROCESSING = 5,
	PRINTJOB_CANCELED = 7,
	PRINTJOB_ABORTED = 8,
	PRINTJOB_COMPLETED = 9,
};

struct printfate {
	enum printjob_state state;
	const char *reason; /* a keyword, job-state-reasons; static */
	char sentence[400]; /* what happens, for a person; may be "" */
	unsigned pages_done;
	size_t jobs;	   /* that the queue knows (still) */
	bool over;	   /* nothing will change any more */
	uint64_t ended_ms; /* since the epoch; 0: not known */
};

void printfate_look(struct outbox *o, const uint8_t batch[SPOOL_ID_SIZE],
		    struct printfate *f);
/* False: all have been delivered, or failed, already. */
bool printfate_cancel(struct outbox *o, const uint8_t batch[SPOOL_ID_SIZE]);
