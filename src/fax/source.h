/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libtiff over a descriptor, tamed: nothing is printed, no count in a file
 * is believed beyond a limit, complaints are counted, a broken list of pages
 * is told from the end of one.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct tiff; /* libtiff's TIFF */

struct source {
	struct tiff *tiff;   /* owned; its first page is open */
	unsigned complaints; /* libtiff's, so far; must not move in memory */
};

/* `fd` stays the caller's. ERR_BAD with a sentence that goes on from the name
 * of the file. */
MUST_CHECK enum err source_open(struct source *s, int fd, struct why *why);
void source_close(struct source *s);

/* Goes to the next page (no thumbnail, no mask). False at the end, and, with
 * *e set and a sentence, when the list of pages is broken. */
bool source_next(struct source *s, enum err *e, struct why *why);

/* A file to be written, as source_open() opens one to be read: quiet, and
 * little-endian. Pages are added after those that it has; it may be empty.
 * `fd`, open for reading and writing, stays the caller's. NULL when it cannot
 * be. */
struct tiff *source_append(int fd);
