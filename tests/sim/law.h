/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold in every world, whatever happens in it. A breach is told by
 * world_fail.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/effect.h"
#include "wire/message.h"

struct guest;
struct relay_node;
struct terminal_entry;
struct terminal_node;
struct world;

/* After each event, of the node it was at: jobs are neither lost nor doubled,
 * connections are joined in pairs, counts count. */
void law_check(struct world *w);

/* Whether nothing is under way: every terminal that can be is logged in and
 * idle, every job is over or waits for one that is away. If not, why. */
bool law_quiet(struct world *w, char *why, size_t size);

/* --- what is said --- */

/* A request has one answer, a call is offered twice at most. */
void law_relay_says(struct world *w, struct guest *g, const struct message *m);
/* DATA of a call whose ends both stand is not control's. */
void law_relay_hears(struct relay_node *r, struct guest *g,
		     const struct message *m);
/* No honest terminal breaks the protocol, in a relay's eyes. */
void law_relay_notes(struct world *w, const char *text);
/* Nor a relay in a terminal's. */
void law_terminal_says(struct world *w, const struct terminal_node *t,
		       const uint8_t *bytes, size_t len);
/* A call has one caller and, where it stands, one callee. */
void law_call_stands(struct world *w, const struct terminal_node *t,
		     const struct terminal_entry *e,
		     const struct effect_call *call);
