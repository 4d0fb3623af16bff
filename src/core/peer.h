/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other relays: who dials whom, the connections that calls between relays go
 * on (trunks), and the one that news go through (link). One side dials both
 * with a core/client; to the other they are connections of an account of kind
 * RELAY_RELAY. The inside of core/relay.h.
 */
#pragma once

#include "core/registry.h"

/* By name; NULL: unknown. */
struct registry_peer *peer_find(struct relay *r, struct span name);
/* The one that this account is; made if need be. NULL: out of memory. */
struct registry_peer *peer_of_account(struct relay *r,
				      struct registry_account *a);
/* The named one, made if need be; NULL: out of memory. */
struct registry_peer *peer_make(struct relay *r, const char *name);
/* The account is no more. */
void peer_account_gone(struct registry_account *a);
void peer_free_all(struct relay *r);

/* Whether each other relay's terminals are known, and no link has come or gone
 * lately. Else who is not known may still be somewhere. */
bool peer_all_told(const struct relay *r, int64_t now);

/* Whether calls can go there, or could in a moment. */
bool peer_is_up(const struct registry_peer *p);

/* Sends the call there: on a line of ours, on a connection of its, or into the
 * queue for one. False: it is not up. */
bool peer_place(struct turn *t, struct registry_call *call,
		struct registry_peer *p);
/* Calls that wait, and connections that have come free since. To be called at
 * the end of every public function of the relay. */
void peer_serve(struct turn *t);
/* How many wait. */
uint32_t peer_waiting(const struct registry_peer *p);
/* A callee's leg is in no queue any more. */
void peer_queue_leave(struct registry_leg *leg);

/* What a request to another relay says of its caller. `path` is room for it
 * (PATH_MAX_OCTETS), borrowed by `via`. */
void peer_say_via(const struct relay *r, const struct registry_call *call,
		  uint8_t *path, struct message_via *via);

/* The relays besides this one that know the account, as WELCOME's others has
 * them; borrowed from `out`, or from the relay. */
struct span peer_others(const struct turn *t, const struct registry_account *a,
			char out[MESSAGE_OTHERS_MAX + 1]);

/* The link stands: a connection of ours, or of its account. */
void peer_link_up(struct turn *t, struct registry_peer *p, uint64_t conn);
void peer_link_down(struct turn *t, struct registry_peer *p, uint64_t conn);
/* What came on its link. False: not what a relay may say. */
bool peer_hear(struct turn *t, struct registry_peer *p, uint64_t conn,
	       const struct message *m);
