/* SPDX-License-Identifier: Apache-2.0 */
/* The whole running terminal: its parts, their wiring, beginning and end. */
#pragma once

#include "base/err.h"
#include "terminal/config.h"

/* Runs until a signal ends it. The sentence in `why` says what kept it from
 * starting. */
MUST_CHECK enum err daemon_run(struct config *config, struct why *why);
