/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `faxwire-relay account export` and `import`: accounts as a file, a line
 * each, from one database to another.
 */
#pragma once

#include "relay/config.h"
#include "store/database.h"

/* To `file`, which only its owner may read, or standard output. Returns the
 * exit code. */
int moving_export(struct database *d, const char *file);
/* From `file`, or standard input: all or none. An account that is there is an
 * error, unless --replace was said. */
int moving_import(struct database *d, const char *file, bool replace);
