/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's shell: the one place where core/relay meets the world. It
 * accepts connections and gives them to workers, carries out effects, checks
 * logins against the database, keeps records, and answers commands. It holds
 * no rule of the protocol.
 */
#pragma once

#include "base/err.h"
#include "relay/config.h"

/* Runs the relay until a signal ends it. The sentence in `why` says what kept
 * it from starting. */
MUST_CHECK enum err control_run(const struct config *config, struct why *why);
