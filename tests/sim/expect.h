/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scenario may expect: quantities of a world or of one node.
 */
#pragma once

#include "scenario.h"
#include "world.h"

/* NULL when it is so; else a sentence that says what is. */
const char *expect_fault(struct world *w, const struct scenario_statement *s);
