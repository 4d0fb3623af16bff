/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other relays of a database that relays share: which live, so that this
 * one has links to them, and where their terminals are. Of two relays the one
 * whose name comes first dials. Beside control's loop, in its thread.
 */
#pragma once

#include "core/relay.h"
#include "io/loop.h"
#include "relay/peers.h"
#include "store/database.h"

struct network;

struct network_setup {
	struct loop *loop; /* borrowed, as all pointers here */
	struct database *database;
	struct relay *relay;
	struct effects *effects;
	struct peers *peers;
	const char *name;   /* ours */
	const char *secret; /* what the other relays let us in with */
	/* There are effects to be carried out. */
	void (*changed)(void *owner);
	void *owner;
};

/* NULL: memory. Begins to look for relays. */
struct network *network_new(const struct network_setup *setup);
void network_free(struct network *n);

/* EFFECT_FIND and EFFECT_LIST. */
void network_find(struct network *n, uint64_t call, const char *address);
void network_list(struct network *n, uint64_t conn, uint32_t request);
