/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a statement does to a node: to its process, its path, its disk, or
 * as its user.
 */
#pragma once

#include "scenario.h"
#include "world.h"

/* NULL when it is done; else a sentence that says why it cannot be. What a
 * user does at a terminal that is down does nothing. */
const char *act_on(struct world *w, struct node *n,
		   const struct scenario_statement *s);
