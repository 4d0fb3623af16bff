/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of a call, whatever it is: a connection to us, or a line of ours at
 * another relay. What the rules of a call (core/pairing) say to a side goes
 * through here, and looks the same for both. The inside of core/relay.h.
 */
#pragma once

#include "core/registry.h"

/* A caller is `conn`, or the call `line` that `peer` offers us. */
void leg_set_conn(struct registry_leg *leg, struct registry_call *call,
		  struct registry_conn *conn);
void leg_set_line(struct registry_leg *leg, struct registry_call *call,
		  struct registry_peer *peer, uint32_t line);
/* The one of its call that this connection is. */
struct registry_leg *leg_of(const struct registry_conn *conn);
/* The call forgets this side, to which nothing is said any more. */
void leg_leave(struct registry_leg *leg);

/* The connection's number, for joining; 0: none yet. */
uint64_t leg_number(const struct registry_leg *leg);
/* Who it is, for the log: an account, or a relay. */
const char *leg_id(const struct registry_leg *leg);

/* To a caller: its one answer. After leg_fail it has left. */
void leg_fail(struct turn *t, struct registry_leg *leg, uint16_t reason);
void leg_connect(struct turn *t, struct registry_leg *leg,
		 const struct message_terms *terms);
/* To a callee: the offer on a connection of its. */
void leg_offer(struct turn *t, struct registry_leg *leg,
	       struct registry_conn *conn);
/* The offer is off; it has left. */
void leg_withdraw(struct turn *t, struct registry_leg *leg, uint16_t reason);
/* The call that stood is over; it has left. `told`: the side has said so
 * itself. */
void leg_end(struct turn *t, struct registry_leg *leg, uint16_t reason,
	     bool told);
