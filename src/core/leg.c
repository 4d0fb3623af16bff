/* SPDX-License-Identifier: Apache-2.0 */
#include "core/leg.h"

#include "core/peer.h"
#include "core/trunk.h"

void leg_set_conn(struct registry_leg *leg, struct registry_call *call,
		  struct registry_conn *conn)
{
	leg->conn = conn;
	leg->call = call;
	conn->call = call;
}

void leg_set_line(struct registry_leg *leg, struct registry_call *call,
		  struct registry_peer *peer, uint32_t line)
{
	leg->peer = peer;
	leg->line = line;
	leg->call = call;
	HASH_ADD(hh, peer->legs, line, sizeof(leg->line), leg);
}

struct registry_leg *leg_of(const struct registry_conn *conn)
{
	struct registry_call *call = conn->call;

	return call->caller.conn == conn ? &call->caller : &call->callee;
}

void leg_leave(struct registry_leg *leg)
{
	if (leg->conn)
		leg->conn->call = NULL;
	if (leg->peer && leg->line)
		HASH_DEL(leg->peer->legs, leg);
	peer_queue_leave(leg);
	leg->conn = NULL;
	leg->peer = NULL;
	leg->line = 0;
}

uint64_t leg_number(const struct registry_leg *leg)
{
	if (leg->conn)
		return leg->conn->number;
	return leg->line ? client_conn_of(leg->peer->trunk, leg->line) : 0;
}

const char *leg_id(const struct registry_leg *leg)
{
	if (leg->conn)
		return leg->conn->account->facts.id;
	return leg->peer ? leg->peer->name : "-";
}

/* --- a caller --- */

void leg_fail(struct turn *t, struct registry_leg *leg, uint16_t reason)
{
	struct registry_conn *c = leg->conn;
	struct registry_peer *peer = leg->peer;
	uint32_t line = leg->line;
	uint32_t request = leg->call->request;

	leg_leave(leg);
	if (!c) {
		trunk_refuse(t, peer, line, reason);
		return;
	}
	effects_send(t->out, c->number,
		     &(struct message){ .type = MESSAGE_FAILED,
					.failed = { .request = request,
						    .reason = reason } });
	registry_enter(t, c, SESSION_IDLE);
}

void leg_connect(struct turn *t, struct registry_leg *leg,
		 const struct message_terms *terms)
{
	struct message m = { .type = MESSAGE_CONNECTED,
			     .connected = { .request = leg->call->request,
					    .call = leg->call->number,
					    .terms = *terms } };

	if (!leg->conn) {
		trunk_accept(t, leg->peer, leg->line, terms);
		return;
	}
	registry_enter(t, leg->conn, SESSION_CALL);
	effects_send(t->out, leg->conn->number, &m);
}

/* --- a callee --- */

void leg_offer(struct turn *t, struct registry_leg *leg,
	       struct registry_conn *conn)
{
	const struct registry_call *call = leg->call;
	struct message m = { .type = MESSAGE_INCOMING,
			     .incoming = { .call = call->number,
					   .from = span_of(call->who.id),
					   .to = span_of(call->dialled),
					   .via.home = span_of(call->who.home),
					   .terms = call->terms } };
	uint8_t path[PATH_MAX_OCTETS];

	leg->conn = conn;
	conn->call = leg->call;
	if (conn->account->facts.kind == RELAY_RELAY) {
		m.incoming.to = span_of(call->to);
		peer_say_via(t->r, call, path, &m.incoming.via);
	}
	registry_enter(t, conn, SESSION_OFFERED);
	if (list_empty(&call->due.link)) /* else a relay's answer is awaited */
		registry_await(t, conn, REGISTRY_RING);
	effects_send(t->out, conn->number, &m);
}

/* Its call is over for this connection; it owes us a RELEASE. */
static void clear_away(struct turn *t, struct registry_conn *c, uint64_t call)
{
	c->clearing = call;
	registry_enter(t, c, SESSION_CLEARING);
	registry_await(t, c, REGISTRY_RELEASE);
}

void leg_withdraw(struct turn *t, struct registry_leg *leg, uint16_t reason)
{
	struct registry_conn *c = leg->conn;
	struct registry_peer *peer = leg->peer;
	uint32_t line = leg->line;
	uint64_t call = leg->call->number;

	leg_leave(leg);
	if (c) {
		effects_send(
			t->out, c->number,
			&(struct message){
				.type = MESSAGE_CANCEL,
				.refuse = { .call = call, .reason = reason } });
		clear_away(t, c, call);
	} else if (line) {
		trunk_end(t, peer, line, reason);
	}
}

void leg_end(struct turn *t, struct registry_leg *leg, uint16_t reason,
	     bool told)
{
	struct registry_conn *c = leg->conn;
	struct registry_peer *peer = leg->peer;
	uint32_t line = leg->line;
	uint64_t call = leg->call->number, number = leg->joined;

	leg_leave(leg);
	if (c && !told)
		effects_send(t->out, number,
			     &(struct message){ .type = MESSAGE_END,
						.end = { .reason = reason } });
	effects_add(t->out, EFFECT_DISCARD, number);
	if (c)
		clear_away(t, c, call);
	else if (!told)
		trunk_end(t, peer, line, reason);
}
