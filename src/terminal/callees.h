/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom jobs wait for: what one of them has learnt of a callee is of use to the
 * others. Who is busy is tried again when one of our calls to it ends; who is
 * away, when the relay says that it has logged in. The relay is asked for such
 * news only while somebody waits for it.
 */
#pragma once

#include "terminal/lineup.h"

struct callees {
	struct lineup *lineup;	   /* borrowed, as all here */
	struct follow *follow;	   /* NULL: none */
	void (*soon)(void *owner); /* something has become due */
	void *owner;
	struct follow_watcher watcher;
	struct timer unfollow;
	bool list_came; /* and was not looked at yet */
};

void callees_init(struct callees *c, struct lineup *l, struct follow *f,
		  void (*soon)(void *owner), void *owner);
void callees_fini(struct callees *c);

/* The job is queued again, and its last attempt says why. */
void callees_learn(struct callees *c, struct outbox_job *j);
/* A call to this job's callee stands: it is there for the others, too. */
void callees_is_there(struct callees *c, const struct outbox_job *j);
/* A call to this job's callee, in which a fax went, has ended. */
void callees_free_again(struct callees *c, const struct outbox_job *j);
/* Begins or ends to follow who is there, as the jobs want it now. */
void callees_watch(struct callees *c);
