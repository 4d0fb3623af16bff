/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays a scenario: makes its world, lets time pass, carries its statements
 * out and looks whether what it expects is so.
 */
#pragma once

#include "base/err.h"
#include "scenario.h"
#include "world.h"

struct play_result {
	uint64_t events;
	int64_t ms;    /* of virtual time */
	unsigned jobs; /* accepted */
	unsigned delivered, failed, cancelled;
	uint32_t seen[SEEN_KINDS];
};

/* ERR_BAD: it went wrong; ERR_MISSING: a statement asks for what there is
 * not. `why` is `file:line: sentence`. */
MUST_CHECK enum err play(const struct scenario *s, bool trace,
			 struct play_result *result, struct why *why);
