/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program for a rule: what it reads, how long it may take, and the
 * first line that it says.
 */
#pragma once

#include <stdbool.h>

#include "io/child.h"

struct runner;

struct runner_spec {
	const char *const *argv;	/* as child_spec; copied by the child */
	const char *const *environment; /* all of it */
	const char *input;		/* NULL: nothing */
	int file; /* its descriptor RUNNER_FILE; -1: none */
	int64_t ms;
};

struct runner_end {
	struct child_end child;
	const char *line; /* printable, without its end; may be empty */
};

enum { RUNNER_NOT_STARTED = 127, RUNNER_FILE = 3 };

/* `done` comes once, never from inside; the runner is gone after it. NULL:
 * out of memory, processes or descriptors. */
struct runner *runner_new(struct loop *loop, const struct runner_spec *spec,
			  void (*done)(void *owner,
				       const struct runner_end *end),
			  void *owner);
/* Ends the program at once, without `done`. */
void runner_cancel(struct runner *r);
