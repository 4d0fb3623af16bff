/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PostgreSQL server of a test's own, in a temporary folder, reached through
 * a socket in it; as another user where the test is root, for it refuses to
 * be root. It ends with the test, however that ends.
 */
#pragma once

#include <stdbool.h>

/* False where none is installed. Started once; the rest is for later tests
 * too. */
bool server_start(void);
/* Ends it, and removes all of it; none may have been started. */
void server_end(void);

/* As a power cut would: clients see it go; it comes back with what was
 * committed. */
void server_crash(void);
void server_come_back(void);
/* It stands still, or goes on. */
void server_freeze(void);
void server_thaw(void);

/* A URL of a database that nothing is in, another each time; static. */
const char *server_fresh(void);
/* Runs SQL there. */
void server_run(const char *url, const char *sql);
/* The only value that it gives, as text; static. */
const char *server_value(const char *url, const char *sql);
