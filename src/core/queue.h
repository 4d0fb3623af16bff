/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's calls that wait for a line, the oldest first, each until a time of
 * its own. It knows no line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/effect.h"

struct queue_item {
	struct effect_call call;
	int64_t give_up_ms;
};

struct queue {
	struct queue_item *items; /* owned */
	size_t count;
	size_t room;
};

/* False: out of memory. */
bool queue_init(struct queue *q, size_t room);
void queue_fini(struct queue *q);

/* False: it is full. */
bool queue_put(struct queue *q, const struct effect_call *call,
	       int64_t give_up_ms);
/* Take one out into `call`; false: there is none. The oldest; one whose time
 * is over; the one of this number. */
bool queue_take_first(struct queue *q, struct effect_call *call);
bool queue_take_late(struct queue *q, int64_t now, struct effect_call *call);
bool queue_take(struct queue *q, uint32_t number, struct effect_call *call);

/* When the first one's time is over; INT64_MAX: never. */
int64_t queue_deadline(const struct queue *q);
