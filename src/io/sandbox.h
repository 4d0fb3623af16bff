/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walls around a process that reads what strangers wrote: Landlock for the
 * file system, seccomp for the rest (no network, no other processes). Once
 * entered there is no way out, for its children neither.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum sandbox_level {
	/* Computes, and uses descriptors it holds. Anything else kills it. */
	SANDBOX_ENGINE,
	/* A converter that is about to be exec'd: reads the system's own
	 * files, writes in one folder. Anything else is refused. */
	SANDBOX_TOOL,
	/* The same for one that insists on a socket by which later starts of
	 * it would find it (LibreOffice): it may make a local one, and is told
	 * that it has a name and listens, which is not true. */
	SANDBOX_OFFICE,
};

enum { SANDBOX_FDS_MAX = 4 };

struct sandbox {
	enum sandbox_level level;
	const char *folder; /* of a converter: may be written; or NULL */
	/* SANDBOX_ENGINE: files that may be opened again, for reading and
	 * writing, as /proc/self/fd/N. */
	int fds[SANDBOX_FDS_MAX];
	int fds_count;
};

/* ERR_UNSUPPORTED: the kernel lacks one of the two; nothing may run then. */
MUST_CHECK enum err sandbox_enter(const struct sandbox *s, struct why *why);
