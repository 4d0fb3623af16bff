/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal's queue in the simulation: what src/terminal/outbox.c does with
 * core/jobs, over a spool in memory.
 */
#pragma once

#include "core/transfer.h"
#include "disk.h"

struct terminal_node;

/* A job in memory; the disk has it as it was last saved. */
struct queue_job {
	struct disk_job record;
	uint32_t call; /* 0: none */
	int64_t deadline_ms;
};

struct queue {
	struct queue_job jobs[WORLD_JOBS_MAX];
	size_t count;
	int64_t due_ms; /* INT64_MAX: nothing waits */
	bool disk_full;
};

/* What was under way when the process died begins anew. */
void queue_load(struct terminal_node *t);
/* False: the disk is full, the job was not accepted. */
bool queue_add(struct terminal_node *t, const char *to, int receiver,
	       uint16_t pages);
/* The newest that is not over; false: there is none. */
bool queue_cancel(struct terminal_node *t);
/* The terminal has come online. */
void queue_online(struct terminal_node *t);
void queue_soon(struct terminal_node *t);
void queue_tick(struct terminal_node *t);

struct queue_job *queue_find(struct terminal_node *t, int job);
void queue_standing(struct terminal_node *t, int job);
void queue_progress(struct terminal_node *t, int job, uint16_t pages);
void queue_finished(struct terminal_node *t, int job,
		    const struct transfer_result *result);
