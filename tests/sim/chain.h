/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls through several relays. Each relay numbers its own: what belongs
 * together is told by the tags of the frames that ask for a call, and kept
 * in the world. So it is known of each call who made it and whom he meant,
 * whatever the relays say.
 */
#pragma once

#include "relay_node.h"
#include "terminal_node.h"

/* By a relay's number; made if it is not known. */
struct world_call *chain_call(struct world *w, uint64_t number);
/* The number of the same call at its caller's relay. */
uint64_t chain_root(struct world *w, uint64_t number);

/* A relay asks for a call: the tag of the frame; 0 for any other message. */
uint64_t chain_said(const struct relay_node *r, uint64_t conn,
		    const struct message *m);
/* It has been asked for one, and has decided. */
void chain_heard(struct relay_node *r, const struct guest *g,
		 const struct message *m, uint64_t tag);
/* Its callee has taken it: counts what it passed. */
void chain_stands(struct world *w, const struct world_call *c);
/* It rings at whom its caller meant, and says who calls. */
void chain_rings(const struct terminal_node *t, const struct effect_call *call);
