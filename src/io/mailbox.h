/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue into a loop from any thread. Many letters cost one wake-up; each
 * sender's letters keep their order.
 */
#pragma once

#include <pthread.h>

#include "base/err.h"
#include "base/list.h"
#include "io/loop.h"

/* Embedded in what is sent. */
struct mail {
	struct list link;
};

struct mailbox {
	pthread_mutex_t lock;
	struct list letters; /* under the lock */
	struct watch wake;
	struct loop *loop; /* borrowed */
	void (*deliver)(void *owner, struct mail *mail);
	void *owner; /* borrowed */
};

/* `deliver` runs in the loop's thread and takes each letter. */
MUST_CHECK enum err
mailbox_init(struct mailbox *m, struct loop *loop,
	     void (*deliver)(void *owner, struct mail *mail), void *owner);
/* Letters that nobody took are handed to `deliver` first. No thread may post
 * any more. */
void mailbox_fini(struct mailbox *m);

/* From any thread. */
void mailbox_post(struct mailbox *m, struct mail *mail);
