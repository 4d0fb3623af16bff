/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Setting up a PostgreSQL database, and bringing it up to date: for commands,
 * for it waits. Each is one transaction under a lock: two at a time do no
 * harm, and what fails leaves all as it was.
 */
#pragma once

#include "base/err.h"

/* *was is the version before, 0: none. ERR_EXISTS: it is set up already (init);
 * ERR_MISSING: it is not (migrate); ERR_UNSUPPORTED: it is newer. */
MUST_CHECK enum err catalog_init(const char *url, int *was, struct why *why);
MUST_CHECK enum err catalog_migrate(const char *url, int *was, struct why *why);
