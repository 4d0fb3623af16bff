/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `faxwire rules` at the control socket:
 *
 *   {"command": "rules"}                      a line a rule, as the API has it
 *   {"command": "rules-set", "rules": [...]}  in place of all that there are
 *   {"command": "rules-test", "rule", "fax"}  carries one out now
 *   {"command": "rules-tested"}               how that went, or goes
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "io/local.h"
#include "office/deliver.h"
#include "store/audit.h"

/* False: it is none of these. */
bool rulecmd_run(struct deliver *d, struct audit *a, struct local_session *s,
		 const json_t *in);
