/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that we run: which descriptors they get, what they may use up, and
 * the moment they end. None outlives us; none is left a zombie.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "io/loop.h"
#include "io/sandbox.h"

enum { CHILD_FDS_MAX = 8 };

/* What to bound the address space of a confined child to. The shadow of
 * AddressSanitizer, under which it is until it has become its program, alone
 * takes terabytes: no bound then. */
#define CHILD_MEMORY(octets) ((uint64_t)(octets))
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef CHILD_MEMORY
#define CHILD_MEMORY(octets) ((uint64_t)0)
#endif
#elif defined(__SANITIZE_ADDRESS__)
#undef CHILD_MEMORY
#define CHILD_MEMORY(octets) ((uint64_t)0)
#endif

struct child_spec {
	const char *const *argv; /* [0] is the program's path; ends with NULL */
	const char *folder;	 /* working directory; NULL: the root */
	/* NULL: a plain one, as below; else all of it, ends with NULL. */
	const char *const *environment;
	/* The child's descriptors 0, 1, 2, ...; -1: /dev/null for the first
	 * three, else none. All others of ours are closed in the child. */
	int fds[CHILD_FDS_MAX];
	int fds_count;
	const struct sandbox *sandbox; /* entered before the program; or NULL */
	int64_t ms;	    /* wall clock: then it is killed; 0: no bound */
	uint32_t cpu_s;	    /* 0: no bound, here and below */
	uint64_t memory;    /* octets of address space */
	uint64_t file_size; /* octets of any one file it writes */
};

struct child_end {
	int code;	/* of its exit; 0 when a signal ended it */
	int signal;	/* that ended it; 0: it exited */
	bool timed_out; /* we killed it because `ms` was over */
};

struct child;

/* The environment unless another is given: a plain PATH, LC_ALL=C.UTF-8, and
 * the folder as HOME and TMPDIR. `ended` comes once, never from inside; the
 * child is gone after it. NULL: out of memory, processes or descriptors. A
 * program that cannot be started ends with code 127. */
struct child *child_start(struct loop *loop, const struct child_spec *spec,
			  void (*ended)(void *owner,
					const struct child_end *end),
			  void *owner);
pid_t child_pid(const struct child *c);

/* Ends it at once; `ended` does not come. */
void child_kill(struct child *c);
