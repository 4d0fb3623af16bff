/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caller meets callee: offers, answers, ends and their races (rules in
 * docs/protocol.md section 7). The inside of core/relay.h.
 */
#pragma once

#include "core/registry.h"

/* CONNECT on an idle connection: offers the call, or answers FAILED. */
void pairing_place(struct turn *t, struct registry_conn *c,
		   const struct message_connect *m);
/* CONNECT that met an offer of ours. */
void pairing_collide(struct turn *t, struct registry_conn *c,
		     const struct message_connect *m);
/* ACCEPT and REFUSE on an offered connection; of another call: ignored.
 * False: the terms are not within the offer. */
bool pairing_accept(struct turn *t, struct registry_conn *c,
		    const struct message_accept *m);
void pairing_refuse(struct turn *t, struct registry_conn *c,
		    const struct message_refuse *m);
/* The same of calls on lines of ours: an offer came; the far side took the
 * call; it is over, or never came to be. */
void pairing_rings(struct turn *t, struct registry_peer *p, uint32_t line,
		   const struct message_incoming *m);
void pairing_answered(struct turn *t, struct registry_call *call,
		      const struct message_terms *terms);
void pairing_line_over(struct turn *t, struct registry_leg *leg,
		       uint16_t reason);
/* Where the callee is, as the database says; NULL: it does not know, for this
 * reason (unknown: there is none). */
void pairing_found(struct turn *t, struct registry_call *call,
		   const struct relay_place *place, uint16_t reason);
/* END while calling, and in a call. */
void pairing_give_up(struct turn *t, struct registry_conn *c);
void pairing_hang_up(struct turn *t, struct registry_conn *c, uint16_t reason);
/* Nothing moves in its call: both sides are told the end. */
void pairing_stall(struct turn *t, struct registry_leg *leg);
/* The callee did not answer in time. */
void pairing_rang_out(struct turn *t, struct registry_call *call);
/* RELEASE. */
void pairing_release(struct turn *t, struct registry_conn *c, uint64_t call);
/* The connection leaves whatever call it is in; the other side is told. The
 * connection's own state is left to the caller. */
void pairing_leave(struct turn *t, struct registry_conn *c, uint16_t reason);
/* The end of the relay: nobody is told. */
void pairing_free_all(struct relay *r);
