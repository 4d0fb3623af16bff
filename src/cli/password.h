/* SPDX-License-Identifier: Apache-2.0 */
/* A password from who types it, from a file, or from standard input. */
#pragma once

#include <stddef.h>

#include "cli/ask.h"

/* Asks twice where there is a terminal, and shows nothing of it. Returns the
 * exit code; the caller overwrites `out`. */
int password_read(const struct ask_options *o, char *out, size_t size);
