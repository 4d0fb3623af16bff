/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of what is said: relays and terminals of ours keep the
 * protocol, in each other's eyes. A breach is told by world_fail.
 */
#pragma once

#include "relay_node.h"
#include "terminal_node.h"

/* A request has one answer, a call is offered twice at most. */
void talk_relay_says(struct world *w, struct guest *g, const struct message *m);
/* DATA of a call whose ends both stand is not control's. */
void talk_relay_hears(struct relay_node *r, struct guest *g,
		      const struct message *m);
/* No honest terminal breaks the protocol, in a relay's eyes. */
void talk_relay_notes(struct world *w, const char *text);
/* Nor a relay in a terminal's. */
void talk_terminal_says(struct world *w, const struct terminal_node *t,
			const uint8_t *bytes, size_t len);
/* A call has one caller and, where it stands, one callee. */
void talk_call_stands(struct world *w, const struct terminal_node *t,
		      const struct terminal_entry *e,
		      const struct effect_call *call);
