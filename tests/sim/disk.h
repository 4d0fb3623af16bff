/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a terminal keeps over a crash: its spool, its inbox and what was
 * coming in, as src/store/spool.c and inbox.c leave them. Plain values; who
 * writes here has synced.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world.h"

enum { DISK_FAXES_MAX = 512, DISK_INCOMING_MAX = 64 };

/* A job as its record has it. `job` is its number in the world's ledger. */
struct disk_job {
	int job;
	char to[WORLD_ADDRESS_MAX + 1];
	uint16_t pages;
	enum jobs_state state;
	int64_t created_ms, next_try_ms, give_up_ms;
	uint32_t attempts;
	struct jobs_tries tries;
	uint16_t pages_confirmed;
	bool cancelled;
};

struct disk_fax {
	int job;
	uint16_t pages;
	bool complete;
};

/* Its pages are on disk; `recorded`: its record says that it is whole. */
struct disk_incoming {
	bool used;
	int job;
	uint16_t pages;
	bool recorded;
};

struct disk {
	struct disk_job jobs[WORLD_JOBS_MAX];
	size_t job_count;
	struct disk_fax inbox[DISK_FAXES_MAX];
	size_t fax_count;
	struct disk_incoming incoming[DISK_INCOMING_MAX];
};

/* The whole fax of this job; NULL: it has not come. */
const struct disk_fax *disk_find(const struct disk *d, int job);
/* Takes the job's number; -1: no room. */
int disk_begin(struct disk *d, int job);
/* The rename: from incoming into the inbox. A job that stands there whole is
 * not stored again; a whole fax takes the place of a partial one. True: a
 * whole one was added. */
bool disk_move_in(struct disk *d, int incoming, bool complete);
/* When the terminal begins again: leftovers become faxes, or go. Counts
 * those that were whole but for the rename, by job. */
void disk_recover(struct disk *d, struct world *w);
