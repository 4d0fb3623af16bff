/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: file descriptors, timers, signals, one thread each. The
 * only epoll in the program. Structs are embedded in their owners; nothing
 * is freed inside its own callback (loop_defer runs after the turn).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

struct loop;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* A file descriptor that is watched. Errors and hang-ups count as both
 * readable and writable, so that the next system call tells of them. */
struct watch {
	int fd;
	unsigned interest; /* LOOP_READ | LOOP_WRITE */
	void (*ready)(struct watch *w, unsigned what);
	void *owner; /* borrowed */
};

struct timer {
	void (*due)(struct timer *t);
	void *owner; /* borrowed */
	int64_t at_ms;
	size_t place; /* in the heap, from 1; 0: not set */
};

struct deferred {
	void (*run)(struct deferred *d);
	void *owner; /* borrowed */
	struct list link;
	bool queued;
};

/* NULL when memory or descriptors are out. */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/* Runs until loop_stop. */
void loop_run(struct loop *l);
/* From a callback in the same thread. */
void loop_stop(struct loop *l);

/* Runs the loop in a thread of its own; loop_join waits until it has been
 * stopped there. Signals stay with the caller's thread. */
MUST_CHECK enum err loop_start_thread(struct loop *l);
void loop_join(struct loop *l);

/* Monotonic ms, read once a turn. */
int64_t loop_now(const struct loop *l);

/* Room for one read, shared by all streams of the loop: valid until the
 * callback returns. */
enum { LOOP_SCRATCH = 64 * 1024 };
uint8_t *loop_scratch(struct loop *l);

/* ERR_MEMORY, ERR_IO. */
MUST_CHECK enum err loop_watch(struct loop *l, struct watch *w);
/* Changes what is waited for: set `interest` first or give it here. */
void loop_rewatch(struct loop *l, struct watch *w, unsigned interest);
void loop_unwatch(struct loop *l, struct watch *w);

/* Sets or moves. Aborts when memory for the heap is out: a program without
 * its timers is broken. */
void timer_set(struct loop *l, struct timer *t, int64_t at_ms);
void timer_clear(struct loop *l, struct timer *t);

/* Runs `d` once, after the callbacks of this turn. */
void loop_defer(struct loop *l, struct deferred *d);
void loop_undefer(struct deferred *d);

/* SIGINT, SIGTERM and SIGHUP go to `heard` from now on, in this loop's
 * thread; SIGPIPE is ignored. Call before other threads start. */
MUST_CHECK enum err loop_signals(struct loop *l,
				 void (*heard)(void *owner, int signal),
				 void *owner);
