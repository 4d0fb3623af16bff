/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands at the control socket that look at the queue or change it:
 *
 *   {"command": "jobs"}                         a line a job, as the API has it
 *   {"command": "cancel"|"hold"|"release"|"remove", "job"}
 *   {"command": "priority", "job", "priority"}
 *   {"command": "again", "job"[, "to"][, "wait": true]}
 *                                               new jobs of the same pages
 *   {"command": "pause"|"resume"}
 *
 * "job" is the ID of a job or of a batch, or the beginning of one: 4 digits or
 * more that no other begins with. Whatever changes something is in the audit
 * log before.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "daemon/desk.h"
#include "io/local.h"
#include "store/audit.h"
#include "terminal/outbox.h"

/* All borrowed. */
struct queuecmd_rooms {
	struct outbox *outbox;
	struct audit *audit;
	struct desk *desk; /* where one may wait */
};

/* False: it is none of these. */
bool queuecmd_run(const struct queuecmd_rooms *rooms, struct local_session *s,
		  const json_t *in);
/* The one job that "job" means; NULL: there is none, or several, and the
 * session is told. */
struct outbox_job *queuecmd_find(struct outbox *o, struct local_session *s,
				 const json_t *in);
