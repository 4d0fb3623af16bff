/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker of a relay in the simulation: what src/relay/worker.c does with
 * connections, frames, DATA and silence.
 */
#pragma once

#include "relay_node.h"

enum worker_order {
	WORKER_SEND,
	WORKER_CLOSE,
	WORKER_JOIN,
	WORKER_DISCARD,
	WORKER_PATIENCE, /* peer: ms */
	WORKER_FORBID,
};

enum worker_event {
	WORKER_OPENED,
	WORKER_FRAME,
	WORKER_STALLED,
	WORKER_CLOSED,
};

/* From the network. */
void worker_arrived(struct relay_node *r, struct guest *g);
void worker_opened(struct relay_node *r, struct guest *g);
void worker_frame(struct relay_node *r, struct guest *g, const uint8_t *bytes,
		  size_t len, uint64_t tag);
void worker_drained(struct relay_node *r, struct guest *g);
void worker_closed(struct relay_node *r, struct guest *g);

/* From control. */
void worker_order(struct relay_node *r, const struct mail *m);

int64_t worker_next(const struct relay_node *r); /* ms: silence */
void worker_tick(struct relay_node *r);

/* The guest whose connection stands; NULL: none. */
struct guest *worker_find(struct relay_node *r, uint64_t number);
