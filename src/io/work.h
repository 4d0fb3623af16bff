/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that compute for long, run beside the loop: at most two at a
 * time, the others wait in a queue with a cap. It knows nothing of what they
 * do; they must touch nothing that the loop's thread touches meanwhile.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "io/loop.h"
#include "io/mailbox.h"

enum { WORK_THREADS = 2, WORK_QUEUE_MAX = 64 };

/* Embedded in what the function needs and makes. */
struct work_item {
	struct mail mail; /* work's own */
	/* In a thread of the pool. */
	void (*run)(struct work_item *w);
	/* In the loop's thread, once, whatever happens; `ran` is false when
	 * the pool went first. It may free the item. */
	void (*done)(struct work_item *w, bool ran);
	bool ran; /* work's own */
};

struct work;

/* The threads start with the first item. NULL: out of memory. */
struct work *work_new(struct loop *loop);
/* Waits for those that run; the others' `done` comes with ran = false. */
void work_free(struct work *w);

/* ERR_LIMIT: the queue is full, ask later; ERR_MEMORY: no thread. `done` does
 * not come then. */
MUST_CHECK enum err work_add(struct work *w, struct work_item *item);
