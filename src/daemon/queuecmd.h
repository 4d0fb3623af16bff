/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands at the control socket that look at the queue or change it:
 *
 *   {"command": "jobs"}                         a line a job, as the API has it
 *   {"command": "cancel"|"hold"|"release"|"remove", "job"}
 *   {"command": "priority", "job", "priority"}
 *   {"command": "again", "job"[, "to"]}         new jobs of the same pages
 *   {"command": "pause"|"resume"}
 *
 * "job" is the ID of a job or of a batch, or the beginning of one: 4 digits or
 * more that no other begins with. Whatever changes something is in the audit
 * log before.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "io/local.h"
#include "store/audit.h"
#include "terminal/outbox.h"

/* False: it is none of these. */
bool queuecmd_run(struct outbox *o, struct audit *a, struct local_session *s,
		  const json_t *in);
