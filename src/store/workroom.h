/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HOME/work: what is being made and is nothing yet, such as the pages of a fax
 * that nobody was told of. Whoever makes a folder here removes it; what a kill
 * has left is swept at the next start.
 */
#pragma once

#include "base/err.h"
#include "store/atomic.h"

/* Makes it, and empties it: nothing may be under way. */
MUST_CHECK enum err workroom_open(const char *home, struct why *why);
/* Where it is. */
MUST_CHECK enum err workroom_path(const char *home, char path[ATOMIC_PATH_MAX],
				  struct why *why);
/* Makes a folder in it, under a name that is used but once. */
MUST_CHECK enum err workroom_folder(const char *home, const char *name,
				    char path[ATOMIC_PATH_MAX],
				    struct why *why);
