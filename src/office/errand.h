/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does once what a rule says: a mail, a print, a file in a folder, a program.
 * Each is a process of its own; the loop never waits.
 */
#pragma once

#include <stdbool.h>

#include "core/rules.h"
#include "io/loop.h"
#include "store/spool.h"
#include "terminal/config.h"

/* How the terminal's own program is started again, as porter. */
#define ERRAND_SELF "/proc/self/exe"

/* All borrowed; but for loop and self not needed any more once errand_new has
 * returned. */
struct errand_spec {
	struct loop *loop;
	const struct config *config;
	/* ERRAND_SELF, unless a test has it elsewhere; it outlives the errand.
	 */
	const char *self;
	const struct rules_rule *rule;
	const struct rules_event *event;
	const char *folder;	     /* of the fax, or of the job that failed */
	uint64_t at_ms;		     /* when it came, or failed */
	const struct spool_job *job; /* that failed; or NULL */
	const char *id;		     /* our user ID, or "" */
	bool complete;
	bool again; /* it may have been done already, and only not noted */
};

struct errand;

/* `done` comes once, never from inside; the errand is gone after it.
 * `sentence` is one printable line. NULL: out of memory. */
struct errand *errand_new(const struct errand_spec *spec,
			  void (*done)(void *owner, enum rules_outcome outcome,
				       const char *sentence),
			  void *owner);
/* At once, without `done`. */
void errand_cancel(struct errand *e);
