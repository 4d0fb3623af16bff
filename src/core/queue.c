/* SPDX-License-Identifier: Apache-2.0 */
#include "core/queue.h"

#include <stdlib.h>
#include <string.h>

bool queue_init(struct queue *q, size_t room)
{
	*q = (struct queue){ .items = calloc(room, sizeof(*q->items)),
			     .room = room };
	return q->items != NULL;
}

void queue_fini(struct queue *q)
{
	free(q->items);
}

bool queue_put(struct queue *q, const struct effect_call *call,
	       int64_t give_up_ms)
{
	if (q->count == q->room)
		return false;
	q->items[q->count++] =
		(struct queue_item){ .call = *call, .give_up_ms = give_up_ms };
	return true;
}

static void take_at(struct queue *q, size_t i, struct effect_call *call)
{
	*call = q->items[i].call;
	memmove(&q->items[i], &q->items[i + 1],
		(--q->count - i) * sizeof(q->items[0]));
}

bool queue_take_first(struct queue *q, struct effect_call *call)
{
	if (q->count == 0)
		return false;
	take_at(q, 0, call);
	return true;
}

bool queue_take_late(struct queue *q, int64_t now, struct effect_call *call)
{
	for (size_t i = 0; i < q->count; i++) {
		if (q->items[i].give_up_ms > now)
			continue;
		take_at(q, i, call);
		return true;
	}
	return false;
}

bool queue_take(struct queue *q, uint32_t number, struct effect_call *call)
{
	for (size_t i = 0; i < q->count; i++) {
		if (q->items[i].call.number != number)
			continue;
		take_at(q, i, call);
		return true;
	}
	return false;
}

int64_t queue_deadline(const struct queue *q)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < q->count; i++)
		if (q->items[i].give_up_ms < at)
			at = q->items[i].give_up_ms;
	return at;
}
