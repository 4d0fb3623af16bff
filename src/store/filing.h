/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a file into a folder of somebody else's, which may be a share of
 * another machine: whole or not at all, under a name that was free. It may
 * take long, or for ever when a share does not answer.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

enum { FILING_NAME_MAX = 255 };

struct filing {
	const char *from;   /* path */
	const char *folder; /* it must be there: a share that is away is not */
	const char *name;   /* without a slash, 200 octets at most */
	const char *word;   /* of this copy alone: letters, digits, dashes */
	mode_t mode;
	bool again; /* it may have been filed before: then it is not again */
};

/* Names that are taken are passed over: name-2.pdf, name-3.pdf, ... The name
 * that it has now goes to `out`. Sentences name the path. */
MUST_CHECK enum err filing_put(const struct filing *f,
			       char out[FILING_NAME_MAX + 1], struct why *why);
