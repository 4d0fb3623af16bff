/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of jobs that were handed in, shown as it happens: lines that are
 * drawn anew on a screen, or lines that follow, or JSON. */
#pragma once

#include "cli/ask.h"

struct progress_job;

struct progress {
	bool json;
	bool wait;
	bool screen;
	struct progress_job *all; /* owned */
	size_t count;
};

struct progress progress_of(const struct ask_options *o);
void progress_fini(struct progress *p);
/* For ask_terminal: a line of the answer; `owner` is the progress. */
void progress_take(void *owner, const json_t *line);
