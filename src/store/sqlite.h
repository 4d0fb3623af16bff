/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded engine: one file, in WAL mode, with every commit on disk; the
 * command line writes while the relay runs. It blocks for as long as the disk
 * does, and answers at once.
 */
#pragma once

#include "store/query.h"

struct sqlite;

MUST_CHECK enum err sqlite_open(struct sqlite **out, const char *path,
				struct why *why);
void sqlite_close(struct sqlite *s);

/* Takes the request, and ends it. */
void sqlite_run(struct sqlite *s, struct query *q);
