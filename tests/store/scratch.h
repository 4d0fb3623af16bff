/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of a test's own, a disk that is full, and a program that is
 * killed at any moment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* For cmocka: make the folder, and remove it with all that is in it. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);

/* Its path; of something in it. Valid for the next few calls. */
const char *scratch(const char *name);

/* A disk of `kb` kilobytes at scratch("small"); false where the test may not
 * mount one. */
bool scratch_small_disk(unsigned kb);
/* Fills it to the last octet; empties it again. */
void scratch_fill(void);
void scratch_make_room(void);

void scratch_write(const char *name, const void *bytes, size_t len);
bool scratch_exists(const char *name);
/* How many names a folder has, besides . and .. */
int scratch_count(const char *name);

/* Runs `work` in a child that calls `done` for each thing that it believes
 * safe, and kills it after a few of them and a moment of its own, up to
 * `most_us`. Returns how many times `done` was called. */
unsigned scratch_kill(void (*work)(void (*done)(void)), unsigned most_us);
