/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a request at the control socket that concern the queue. Each
 * function returns ERR_BAD, with a sentence, for what is not as it should be.
 */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "terminal/intake.h"

/* Reads `to` (an address, or an array of them), `resolution`, `pages`,
 * `not_before_ms`, `give_up_ms`, `priority`, `held`, `title`, `note`: all but
 * `to` may lack.
 * The strings are borrowed from `in`; request_done() frees the rest, also after
 * an error. */
MUST_CHECK enum err request_read(const json_t *in, struct intake_request *r,
				 struct why *why);
/* `to` alone. */
MUST_CHECK enum err request_to(const json_t *in, struct intake_request *r,
			       struct why *why);
/* `priority` alone; normal where it lacks. */
MUST_CHECK enum err request_priority(const json_t *in, enum jobs_priority *out,
				     struct why *why);
/* `resolution` alone; fine where it lacks. */
MUST_CHECK enum err request_resolution(const json_t *in,
				       enum paper_resolution *out,
				       struct why *why);
/* `pages` alone, as terminal/selection.h reads it; NULL where it lacks. */
MUST_CHECK enum err request_pages(const json_t *in, const char **out,
				  struct why *why);
void request_done(struct intake_request *r);
