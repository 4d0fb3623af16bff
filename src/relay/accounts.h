/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `faxwire-relay account ...`: accounts in the database, join URLs, and the
 * word to a running relay that one has changed.
 */
#pragma once

#include <stddef.h>

#include "relay/config.h"

/* `words` after "account". Prints; returns the exit code (sysexits.h). */
int accounts_command(const struct config *c, const char *const *words,
		     size_t count);
