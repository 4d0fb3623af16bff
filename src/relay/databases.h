/* SPDX-License-Identifier: Apache-2.0 */
/* `faxwire-relay database init | migrate | check`. */
#pragma once

#include <stddef.h>

#include "relay/config.h"

/* `words` after "database". Prints; returns the exit code (sysexits.h). */
int databases_command(const struct config *c, const char *const *words,
		      size_t count);
