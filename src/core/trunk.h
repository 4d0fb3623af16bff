/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of ours at relays that we dial: what a terminal's shell is to its
 * core/client, this is to a peer's two, for the links and for the trunks. What
 * they ask for leaves as effects of the relay; what they tell goes to
 * core/pairing. The inside of core/relay.h.
 */
#pragma once

#include "core/peer.h"

enum { TRUNK_PEERS_MAX = 4096 }; /* that we dial */

/* What happens to such a connection. */
void trunk_opened(struct turn *t, uint64_t conn);
void trunk_message(struct turn *t, uint64_t conn, const struct message *m);
void trunk_violation(struct turn *t, uint64_t conn);
void trunk_login(struct turn *t, uint64_t conn, enum relay_login result,
		 struct span sasl);
void trunk_closed(struct turn *t, uint64_t conn);

/* The side of a call that it is; NULL: of none. */
struct registry_leg *trunk_leg(struct relay *r, uint64_t conn);

/* What is said there. */
void trunk_place(struct turn *t, struct registry_peer *p,
		 struct registry_call *call);
void trunk_refuse(struct turn *t, struct registry_peer *p, uint32_t line,
		  uint16_t reason);
void trunk_accept(struct turn *t, struct registry_peer *p, uint32_t line,
		  const struct message_terms *terms);
void trunk_end(struct turn *t, struct registry_peer *p, uint32_t line,
	       uint16_t reason);

/* The other side has too few lines of ours for so many calls. */
void trunk_need(struct turn *t, struct registry_peer *p, uint32_t count);

int64_t trunk_deadline(const struct relay *r);
void trunk_tick(struct turn *t);
