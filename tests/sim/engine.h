/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint child in the simulation: pages that take their time, in a few
 * packets each, confirmed by the far engine one by one; and that may go
 * wrong. It stands for T.30 and keeps its promises, no more. It checks that
 * what comes is the whole of one fax, in order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/field.h"
#include "world.h"

enum engine_state {
	ENGINE_IDLE, /* was never started */
	ENGINE_SENDING,
	ENGINE_CONFIRMED, /* waits for the far engine's word on a page */
	ENGINE_LISTENING,
	ENGINE_WRITING, /* a page to disk */
	ENGINE_ENDING,
	ENGINE_BREAKING,
	ENGINE_STOPPING, /* was told to */
	ENGINE_OVER,
};

struct engine {
	struct world *world; /* borrowed */
	enum engine_state state;
	bool caller;
	int job;
	uint16_t pages; /* caller: to send; callee: on disk */
	uint16_t page;	/* under way, from 1 */
	uint16_t packet, packets;
	bool last;
	int64_t due_us, patience_us;
	uint64_t said, taken; /* octets */
	uint64_t heard;
};

/* What an engine does when it is due. */
enum engine_does { ENGINE_NOTHING, ENGINE_SAYS, ENGINE_PAGE, ENGINE_DONE };

struct engine_out {
	enum engine_does does;
	uint8_t ifp[256]; /* ENGINE_SAYS, and with ENGINE_PAGE */
	size_t len;
	bool good; /* ENGINE_DONE */
	uint16_t pages;
};

void engine_start(struct engine *e, struct world *w, bool caller, int job,
		  uint16_t pages);
void engine_stop(struct engine *e);
/* It will go wrong at once. */
void engine_break(struct engine *e);
void engine_ifp(struct engine *e, struct span ifp);
void engine_taken(struct engine *e, uint64_t octets);
bool engine_runs(const struct engine *e);
int64_t engine_next(const struct engine *e); /* us */
void engine_step(struct engine *e, struct engine_out *out);
