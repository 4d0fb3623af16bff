/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of jobs that were delivered: an append-only file, a line a job,
 * `from job-in-hex pages time`, and the same in memory. A line that was torn
 * by a power cut is passed over; old ones go when the file is opened.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct delivered;

MUST_CHECK enum err delivered_open(struct delivered **out, const char *path,
				   uint64_t now_ms, struct why *why);
void delivered_close(struct delivered *d);

/* `pages` may be NULL. */
bool delivered_has(const struct delivered *d, const char *from,
		   const uint8_t job[16], uint16_t *pages);

/* Memory for the next delivered_add, which then cannot lack it. */
MUST_CHECK enum err delivered_make_room(struct delivered *d);
/* False: memory was out, and something that was added is not known. */
bool delivered_whole(const struct delivered *d);

/* Remembers, and appends and syncs. A line that cannot be written is no
 * loss while the fax's folder stands: it is written when next opened. */
void delivered_add(struct delivered *d, const char *from, const uint8_t job[16],
		   uint16_t pages, uint64_t when_ms);
