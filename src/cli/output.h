/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a command makes of what the terminal gives it. */
#pragma once

/* A file of memory for the terminal to write to; -1, and it is said. */
int output_open(const char *what);
/* What is in `fd` becomes this file, which must be new. Returns the exit
 * code. */
int output_save(int fd, const char *path);
/* EX_OK while there is no such file. */
int output_is_free(const char *path);
