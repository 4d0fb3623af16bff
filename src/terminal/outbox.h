/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue of outgoing jobs: accepted, tried, tried again, delivered or given
 * up; on disk before anybody is told of it. core/jobs decides, store/spool
 * keeps.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/jobs.h"
#include "io/loop.h"
#include "store/spool.h"
#include "terminal/config.h"
#include "terminal/exchange.h"
#include "terminal/prepare.h"

struct outbox;

struct outbox_job {
	struct spool_job record;
	enum jobs_state state;
	char document[ATOMIC_PATH_MAX];
	uint32_t call;	       /* while it is tried */
	struct outbox *outbox; /* borrowed */
};

struct outbox_handlers {
	/* A job's state or progress changed. */
	void (*changed)(void *owner, const struct outbox_job *j);
};

/* Loads what was accepted before. Everything is borrowed. */
MUST_CHECK enum err outbox_new(struct outbox **out, struct loop *loop,
			       const struct config *config,
			       const struct outbox_handlers *handlers,
			       void *owner, struct why *why);
void outbox_free(struct outbox *o);

/* Where jobs go out; NULL: nowhere, for now. */
void outbox_connect(struct outbox *o, struct exchange *x);
/* The relay is reached again: who waits because it was not, need not. */
void outbox_online(struct outbox *o);

struct outbox_request {
	const char *to;
	enum paper_resolution resolution;
	uint64_t not_before_ms; /* since the epoch; 0: at once */
	const struct prepare_file *files;
	size_t count;
};

/* Prepares the files and accepts the job. `done` comes once, never from
 * inside: the job (OK: it is on disk and in the queue) or a sentence. The
 * files' descriptors may be closed after it. */
typedef void outbox_done(void *owner, enum err e, const struct outbox_job *j,
			 const char *sentence);
MUST_CHECK enum err outbox_add(struct outbox *o,
			       const struct outbox_request *request,
			       outbox_done *done, void *owner, struct why *why);

/* False: it is over already. */
bool outbox_cancel(struct outbox *o, struct outbox_job *j);

/* By its ID in hexadecimal, or the first 4 digits or more; NULL. */
struct outbox_job *outbox_find(struct outbox *o, const char *hex);
/* In order of creation. */
void outbox_each(struct outbox *o,
		 void (*each)(void *owner, const struct outbox_job *j),
		 void *owner);
