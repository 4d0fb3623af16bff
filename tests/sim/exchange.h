/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of a terminal in the simulation: what src/terminal/exchange.c
 * does between core/client, the queue and the faxes.
 */
#pragma once

#include "terminal_node.h"

void exchange_ring(struct terminal_node *t, const struct effect_call *call);
void exchange_talk(struct terminal_node *t, const struct effect_call *call);
void exchange_over(struct terminal_node *t, const struct effect_call *call);
void exchange_data(struct terminal_node *t, uint32_t number,
		   const uint8_t *bytes, size_t len, uint64_t tag);

/* At an event's end: what the faxes said leaves, those that are over go. */
void exchange_flush(struct terminal_node *t);
/* The process goes, or its client: all faxes at once. */
void exchange_clear(struct terminal_node *t, bool crashed);

int64_t exchange_next(const struct terminal_node *t); /* us */
void exchange_step(struct terminal_node *t);
