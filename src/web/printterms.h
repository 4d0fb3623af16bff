/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program says of a job that it prints: to whom, how fine, under which
 * name. Values only: it starts nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "core/jobs.h"
#include "fax/paper.h"
#include "web/ippdata.h"
#include "store/contacts.h"
#include "terminal/intake.h"

struct printterms {
	char title[121];
	char note[401];
	char asker[65]; /* who prints, as the program says; not proven */
	enum paper_resolution resolution;
	enum jobs_priority priority;
	char **to; /* owned; addresses */
	size_t to_count;
};

/* `contacts` may be meant by their names. ERR_BAD: *attribute (static) says
 * which one cannot be used, and `why` how; ERR_LIMIT: too many recipients;
 * ERR_MEMORY. On failure there is nothing to free. */
MUST_CHECK enum err printterms_read(struct printterms *t, struct ippdata *in,
				    const struct contacts *contacts,
				    const char **attribute, struct why *why);
void printterms_fini(struct printterms *t);

/* Whether it says to whom, without looking who that is. */
bool printterms_sends(struct ippdata *in);
