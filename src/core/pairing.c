/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/callee.h"
#include "core/leg.h"
#include "core/peer.h"
#include "core/trunk.h"

static void say_failed(struct turn *t, struct registry_conn *c,
		       uint32_t request, uint16_t reason)
{
	effects_send(t->out, c->number,
		     &(struct message){ .type = MESSAGE_FAILED,
					.failed = { .request = request,
						    .reason = reason } });
}

/* --- a call's beginning and end --- */

/* What a caller asks for. */
struct request {
	uint32_t number; /* of a connection's CONNECT */
	struct registry_caller who;
	struct span to;
	const struct message_terms *terms; /* borrowed */
};

static struct registry_call *new_call(struct turn *t, const struct request *q)
{
	struct registry_call *call = calloc(1, sizeof(*call));
	struct span rest = q->to, relay;

	if (!call)
		return NULL;
	call->number = t->r->next_call++;
	call->who = q->who;
	call->request = q->number;
	call->due.call = call;
	list_init(&call->due.link);
	list_init(&call->finding);
	list_init(&call->caller.queued);
	list_init(&call->callee.queued);
	call->callee.call = call;
	call->terms = *q->terms;
	if (q->terms->seal.len > 0)
		memcpy(call->seal, q->terms->seal.at, q->terms->seal.len);
	call->terms.seal.at = call->seal;
	call->record.call = call->number;
	call->record.began_ms = t->now;
	memcpy(call->record.caller, q->who.id, sizeof(call->record.caller));
	while (path_address_split(rest, &rest, &relay))
		continue;
	(void)span_copy(rest, call->record.callee, sizeof(call->record.callee));
	list_append(&t->r->calls, &call->link);
	t->r->counts.calls_total++;
	return call;
}

/* Forgets a call that no side is in any more, with its record. */
static void finish(struct turn *t, struct registry_call *call, uint16_t reason)
{
	struct effect *e = effects_add(t->out, EFFECT_RECORD, 0);

	call->record.reason = reason;
	call->record.ended_ms = t->now;
	if (e)
		e->record = call->record;
	if (call->connected)
		t->r->counts.calls--;
	effects_note(t->out, LOG_INFO,
		     "call=%llx caller=%s callee=%s event=ended reason=%s "
		     "ms=%lld",
		     (unsigned long long)call->number, call->record.caller,
		     call->record.callee, reason_name(reason),
		     (long long)(t->now - call->record.began_ms));
	list_remove(&call->due.link);
	list_remove(&call->finding);
	list_remove(&call->link);
	free(call);
}

/* There will be no call: the caller's one answer. */
static void give_up_on(struct turn *t, struct registry_call *call,
		       uint16_t reason)
{
	leg_fail(t, &call->caller, reason);
	finish(t, call, reason);
}

static struct registry_conn *idle_of(struct registry_account *a)
{
	if (a->leaving || list_empty(&a->idle))
		return NULL;
	return list_entry(a->idle.next, struct registry_conn, idle);
}

static uint16_t find(struct turn *t, const struct request *q,
		     struct callee *callee)
{
	if (t->r->draining)
		return REASON_DRAINING;
	return callee_find(t, &q->who, q->to, callee);
}

/* The caller's leg is set; the callee's is to be. */
static void ring(struct turn *t, struct registry_call *call,
		 const struct callee *callee)
{
	memcpy(call->to, callee->to, sizeof(call->to));
	memcpy(call->dialled, callee->number, sizeof(call->dialled));
	if (callee->account)
		leg_offer(t, &call->callee, idle_of(callee->account));
	else if (!peer_place(t, call, callee->peer))
		give_up_on(t, call, REASON_UNREACHABLE);
}

/* It is looked for in the database. */
static void look_for(struct turn *t, struct registry_call *call,
		     const struct callee *callee)
{
	memcpy(call->dialled, callee->number, sizeof(call->dialled));
	list_append(&t->r->finding, &call->finding);
	registry_await_far(t, call);
	effects_bytes_for(t->out, EFFECT_FIND, call->number, callee->to,
			  strlen(callee->to) + 1);
}

static void go_on(struct turn *t, struct registry_call *call, uint16_t reason,
		  const struct callee *callee)
{
	if (reason == REASON_DONE)
		ring(t, call, callee);
	else if (reason == CALLEE_ASK)
		look_for(t, call, callee);
	else
		give_up_on(t, call, reason);
}

void pairing_found(struct turn *t, struct registry_call *call,
		   const struct relay_place *place, uint16_t reason)
{
	struct callee callee = { .account = NULL };

	list_remove(&call->finding);
	list_remove(&call->due.link);
	memcpy(callee.number, call->dialled, sizeof(callee.number));
	if (place || reason == REASON_UNKNOWN)
		reason = callee_placed(t, &call->who, place, &callee);
	go_on(t, call, reason, &callee);
}

/* --- a caller's request --- */

static void read_account(const struct registry_account *a,
			 struct registry_caller *who)
{
	memcpy(who->id, a->facts.id, sizeof(who->id));
	if (a->facts.groups)
		(void)span_copy(span_of(a->facts.groups), who->groups,
				sizeof(who->groups));
}

/* Names with a blank between. */
static bool are_names(const char *groups)
{
	return groups[strspn(groups, "abcdefghijklmnopqrstuvwxyz"
				     "0123456789._- ")] == '\0';
}

/* What another relay says of its caller; false when it is not what relays
 * say. `name` is that relay's. */
static bool read_via(const struct message_via *via, struct span from,
		     const char *name, struct registry_caller *who)
{
	if (from.len == 0 || via->home.len == 0 || !path_valid(via->path) ||
	    !span_equal(path_last(via->path), span_of(name)))
		return false;
	(void)span_copy(from, who->id, sizeof(who->id));
	(void)span_copy(via->home, who->home, sizeof(who->home));
	memcpy(who->path, via->path.at, via->path.len);
	who->path_length = via->path.len;
	return span_copy(via->groups, who->groups, sizeof(who->groups)) &&
	       are_names(who->groups);
}

static uint16_t read_request(struct turn *t, const struct registry_conn *c,
			     const struct message_connect *m, struct request *q)
{
	const struct registry_account *a = c->account;

	*q = (struct request){ .number = m->request,
			       .to = m->to,
			       .terms = &m->terms };
	if (a->facts.kind == RELAY_RELAY)
		return read_via(&m->via, m->from, a->facts.id, &q->who)
			       ? REASON_DONE
			       : REASON_PROTOCOL;
	read_account(a, &q->who);
	return registry_request(t, c) ? REASON_DONE : REASON_TOO_MANY;
}

/* Of a call that was not even made: it would have been, with memory. */
static uint16_t failure(uint16_t reason)
{
	return reason == REASON_DONE || reason == CALLEE_ASK ? REASON_TOO_MANY
							     : reason;
}

void pairing_place(struct turn *t, struct registry_conn *c,
		   const struct message_connect *m)
{
	struct registry_call *call = NULL;
	struct callee callee;
	struct request q;
	uint16_t reason;

	/* A terminal may call itself, on another connection. */
	registry_enter(t, c, SESSION_CALLING);
	reason = t->r->draining ? REASON_DRAINING : read_request(t, c, m, &q);
	if (reason == REASON_DONE)
		reason = find(t, &q, &callee);
	if (reason == REASON_DONE || reason == CALLEE_ASK)
		call = new_call(t, &q);
	if (!call) {
		say_failed(t, c, m->request, failure(reason));
		registry_enter(t, c, SESSION_IDLE);
		return;
	}
	leg_set_conn(&call->caller, call, c);
	go_on(t, call, reason, &callee);
}

void pairing_rings(struct turn *t, struct registry_peer *p, uint32_t line,
		   const struct message_incoming *m)
{
	struct request q = { .to = m->to, .terms = &m->terms };
	struct registry_call *call = NULL;
	struct callee callee;
	uint16_t reason = REASON_PROTOCOL;

	if (read_via(&m->via, m->from, p->name, &q.who))
		reason = find(t, &q, &callee);
	if (reason == REASON_DONE || reason == CALLEE_ASK)
		call = new_call(t, &q);
	if (!call) {
		trunk_refuse(t, p, line, failure(reason));
		return;
	}
	leg_set_line(&call->caller, call, p, line);
	go_on(t, call, reason, &callee);
}

void pairing_collide(struct turn *t, struct registry_conn *c,
		     const struct message_connect *m)
{
	say_failed(t, c, m->request, REASON_COLLISION);
}

/* --- the callee's answer --- */

static bool within(const struct message_terms *chosen,
		   const struct message_terms *offered)
{
	return chosen->procedures != 0 &&
	       (chosen->procedures & (chosen->procedures - 1)) == 0 &&
	       (chosen->procedures & ~offered->procedures) == 0 &&
	       (chosen->abilities & ~offered->abilities) == 0;
}

/* The callee has taken it. */
static void connect(struct turn *t, struct registry_call *call,
		    const struct message_terms *terms)
{
	struct effect *e;

	list_remove(&call->due.link);
	call->connected = true;
	call->record.connected_ms = t->now;
	t->r->counts.calls++;
	/* Joined before the caller hears of it: its DATA finds the way. */
	call->caller.joined = leg_number(&call->caller);
	call->callee.joined = leg_number(&call->callee);
	e = effects_add(t->out, EFFECT_JOIN, call->caller.joined);
	if (e)
		e->peer = call->callee.joined;
	leg_connect(t, &call->caller, terms);
	effects_note(t->out, LOG_INFO,
		     "call=%llx caller=%s callee=%s event=connected",
		     (unsigned long long)call->number, call->record.caller,
		     call->record.callee);
}

bool pairing_accept(struct turn *t, struct registry_conn *c,
		    const struct message_accept *m)
{
	struct registry_call *call = c->call;

	if (m->call != call->number)
		return true;
	if (!within(&m->terms, &call->terms))
		return false;
	registry_wait_over(c);
	registry_enter(t, c, SESSION_CALL);
	connect(t, call, &m->terms);
	return true;
}

void pairing_answered(struct turn *t, struct registry_call *call,
		      const struct message_terms *terms)
{
	if (within(terms, &call->terms)) {
		connect(t, call, terms);
		return;
	}
	leg_withdraw(t, &call->callee, REASON_PROTOCOL);
	give_up_on(t, call, REASON_INCOMPATIBLE);
}

/* What a terminal may say of why it refuses. */
static uint16_t refusal(const struct registry_conn *c, uint16_t reason)
{
	bool known = reason == REASON_BUSY || reason == REASON_INCOMPATIBLE ||
		     reason == REASON_FAILED || reason == REASON_SHUTDOWN ||
		     c->account->facts.kind == RELAY_RELAY;

	return known ? reason : REASON_REFUSED;
}

void pairing_refuse(struct turn *t, struct registry_conn *c,
		    const struct message_refuse *m)
{
	struct registry_call *call = c->call;

	if (m->call != call->number)
		return;
	registry_wait_over(c);
	leg_leave(&call->callee);
	registry_enter(t, c, SESSION_IDLE);
	give_up_on(t, call, refusal(c, m->reason));
}

/* --- ends --- */

void pairing_give_up(struct turn *t, struct registry_conn *c)
{
	struct registry_call *call = c->call;

	leg_withdraw(t, &call->callee, REASON_CANCELLED);
	give_up_on(t, call, REASON_CANCELLED);
}

void pairing_rang_out(struct turn *t, struct registry_call *call)
{
	leg_withdraw(t, &call->callee, REASON_NO_ANSWER);
	give_up_on(t, call, REASON_NO_ANSWER);
}

/* The other side of a call. */
static struct registry_leg *other(struct registry_call *call,
				  const struct registry_leg *leg)
{
	return &call->caller == leg ? &call->callee : &call->caller;
}

/* A call that stood: this side has said so, the other is told. */
static void hang_up(struct turn *t, struct registry_leg *leg, uint16_t reason)
{
	struct registry_call *call = leg->call;

	leg_end(t, other(call, leg), reason, false);
	leg_end(t, leg, reason, true);
	finish(t, call, reason);
}

void pairing_hang_up(struct turn *t, struct registry_conn *c, uint16_t reason)
{
	hang_up(t, leg_of(c), reason);
}

void pairing_stall(struct turn *t, struct registry_leg *leg)
{
	struct registry_call *call = leg->call;

	leg_end(t, other(call, leg), REASON_IDLE_TOO_LONG, false);
	leg_end(t, leg, REASON_IDLE_TOO_LONG, false);
	finish(t, call, REASON_IDLE_TOO_LONG);
}

void pairing_release(struct turn *t, struct registry_conn *c, uint64_t call)
{
	if (c->clearing != call)
		return;
	c->clearing = 0;
	registry_wait_over(c);
	effects_add(t->out, EFFECT_FORBID, c->number);
	registry_enter(t, c, SESSION_IDLE);
}

/* A callee's connection was lost while it rang: another may ring, once. */
static bool offer_again(struct turn *t, struct registry_call *call,
			struct registry_account *a)
{
	struct registry_conn *another = idle_of(a);

	if (call->offered_again || !another || t->r->draining)
		return false;
	call->offered_again = true;
	leg_offer(t, &call->callee, another);
	return true;
}

/* Whoever was lost has left already, with its connection (0: none of ours). To
 * the far side it is lost, but that a logout was meant so may be said. */
static void lose(struct turn *t, struct registry_call *call, bool was_caller,
		 uint16_t reason, uint64_t conn)
{
	struct registry_leg *left = was_caller ? &call->callee : &call->caller;

	if (call->connected)
		leg_end(t, left,
			reason == REASON_LOGOUT ? reason : REASON_PEER_LOST,
			false);
	else if (was_caller)
		leg_withdraw(t, left,
			     reason == REASON_CANCELLED ? reason
							: REASON_PEER_LOST);
	else
		leg_fail(t, left, reason);
	if (call->connected)
		effects_add(t->out, EFFECT_DISCARD, conn);
	finish(t, call, reason);
}

/* Why a connection went is for the record. */
void pairing_leave(struct turn *t, struct registry_conn *c, uint16_t reason)
{
	struct registry_call *call = c->call;
	bool was_caller;

	if (!call)
		return;
	if (reason == REASON_DONE) /* a BYE, in the middle of a call */
		reason = REASON_PEER_LOST;
	was_caller = call->caller.conn == c;
	leg_leave(leg_of(c));
	if (!call->connected && !was_caller) {
		if (offer_again(t, call, c->account))
			return;
		reason = c->account->facts.kind == RELAY_RELAY
				 ? REASON_UNREACHABLE
				 : REASON_OFFLINE;
	}
	lose(t, call, was_caller, reason, c->number);
}

void pairing_line_over(struct turn *t, struct registry_leg *leg,
		       uint16_t reason)
{
	struct registry_call *call = leg->call;
	bool was_caller = leg == &call->caller;

	if (call->connected) {
		hang_up(t, leg, reason);
		return;
	}
	leg_leave(leg);
	if (!was_caller && reason == REASON_PEER_LOST)
		reason = REASON_UNREACHABLE;
	lose(t, call, was_caller, reason, 0);
}

void pairing_free_all(struct relay *r)
{
	while (!list_empty(&r->calls)) {
		struct registry_call *call =
			list_entry(r->calls.next, struct registry_call, link);

		leg_leave(&call->caller);
		leg_leave(&call->callee);
		list_remove(&call->link);
		free(call);
	}
}
