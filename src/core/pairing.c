/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* --- words --- */

static void say_failed(struct turn *t, struct registry_conn *c,
		       uint32_t request, uint16_t reason)
{
	effects_send(t->out, c->number,
		     &(struct message){ .type = MESSAGE_FAILED,
					.failed = { .request = request,
						    .reason = reason } });
}

static void say_cancel(struct turn *t, struct registry_conn *c, uint64_t call,
		       uint16_t reason)
{
	effects_send(t->out, c->number,
		     &(struct message){
			     .type = MESSAGE_CANCEL,
			     .refuse = { .call = call, .reason = reason } });
}

static void say_incoming(struct turn *t, struct registry_conn *c,
			 const struct registry_call *call)
{
	effects_send(t->out, c->number,
		     &(struct message){
			     .type = MESSAGE_INCOMING,
			     .incoming = { .call = call->number,
					   .from = span_of(call->record.caller),
					   .terms = call->terms } });
}

static void say_end(struct turn *t, struct registry_conn *c, uint16_t reason)
{
	effects_send(t->out, c->number,
		     &(struct message){ .type = MESSAGE_END,
					.end = { .reason = reason } });
}

/* --- a call's beginning and end --- */

static struct registry_call *new_call(struct turn *t, struct registry_conn *c,
				      const struct registry_account *callee,
				      const struct message_connect *m)
{
	struct registry_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->number = t->r->next_call++;
	call->caller = c;
	call->request = m->request;
	call->terms = m->terms;
	if (m->terms.seal.len > 0)
		memcpy(call->seal, m->terms.seal.at, m->terms.seal.len);
	call->terms.seal.at = call->seal;
	call->record.call = call->number;
	call->record.began_ms = t->now;
	memcpy(call->record.caller, c->account->facts.id,
	       sizeof(call->record.caller));
	memcpy(call->record.callee, callee->facts.id,
	       sizeof(call->record.callee));
	list_append(&t->r->calls, &call->link);
	t->r->counts.calls_total++;
	return call;
}

/* Forgets a call that no connection is in any more, with its record. */
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
	list_remove(&call->link);
	free(call);
}

static void offer(struct turn *t, struct registry_call *call,
		  struct registry_conn *callee)
{
	call->callee = callee;
	callee->call = call;
	registry_enter(t, callee, SESSION_OFFERED);
	registry_await(t, callee, REGISTRY_RING);
	say_incoming(t, callee, call);
}

static struct registry_conn *idle_of(struct registry_account *a)
{
	if (a->leaving || list_empty(&a->idle))
		return NULL;
	return list_entry(a->idle.next, struct registry_conn, idle);
}

/* Whom a call may go to, or why not. */
static uint16_t find_callee(struct turn *t, struct registry_conn *c,
			    struct span to, struct registry_conn **callee)
{
	struct registry_account *a;

	if (t->r->draining)
		return REASON_DRAINING;
	if (!registry_request(t, c))
		return REASON_TOO_MANY;
	a = registry_account(t->r, (const char *)to.at, to.len);
	if (!a || !a->facts.enabled || !registry_may_call(c->account, a))
		return REASON_UNKNOWN;
	if (a->up == 0)
		return REASON_OFFLINE;
	*callee = idle_of(a);
	return *callee ? REASON_DONE : REASON_BUSY;
}

void pairing_place(struct turn *t, struct registry_conn *c,
		   const struct message_connect *m)
{
	struct registry_conn *callee = NULL;
	struct registry_call *call;
	uint16_t reason;

	/* A terminal may call itself, on another connection. */
	registry_enter(t, c, SESSION_CALLING);
	reason = find_callee(t, c, m->to, &callee);
	if (callee) {
		call = new_call(t, c, callee->account, m);
		if (call) {
			c->call = call;
			offer(t, call, callee);
			return;
		}
		reason = REASON_TOO_MANY;
	}
	say_failed(t, c, m->request, reason);
	registry_enter(t, c, SESSION_IDLE);
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

bool pairing_accept(struct turn *t, struct registry_conn *c,
		    const struct message_accept *m)
{
	struct registry_call *call = c->call;
	struct effect *e;

	if (m->call != call->number)
		return true;
	if (!within(&m->terms, &call->terms))
		return false;
	registry_wait_over(c);
	registry_enter(t, c, SESSION_CALL);
	registry_enter(t, call->caller, SESSION_CALL);
	call->connected = true;
	call->record.connected_ms = t->now;
	t->r->counts.calls++;
	/* Joined before the caller hears of it: its DATA finds the way. */
	e = effects_add(t->out, EFFECT_JOIN, call->caller->number);
	if (e)
		e->peer = c->number;
	effects_send(t->out, call->caller->number,
		     &(struct message){ .type = MESSAGE_CONNECTED,
					.connected = { .request = call->request,
						       .call = call->number,
						       .terms = m->terms } });
	effects_note(t->out, LOG_INFO,
		     "call=%llx caller=%s callee=%s event=connected",
		     (unsigned long long)call->number, call->record.caller,
		     call->record.callee);
	return true;
}

/* The caller's one answer when there will be no call. */
static void fail_caller(struct turn *t, struct registry_call *call,
			uint16_t reason)
{
	struct registry_conn *caller = call->caller;

	say_failed(t, caller, call->request, reason);
	caller->call = NULL;
	registry_enter(t, caller, SESSION_IDLE);
}

static uint16_t refusal(uint16_t reason)
{
	bool known = reason == REASON_BUSY || reason == REASON_INCOMPATIBLE ||
		     reason == REASON_FAILED || reason == REASON_SHUTDOWN;

	return known ? reason : REASON_REFUSED;
}

void pairing_refuse(struct turn *t, struct registry_conn *c,
		    const struct message_refuse *m)
{
	struct registry_call *call = c->call;
	uint16_t reason = refusal(m->reason);

	if (m->call != call->number)
		return;
	registry_wait_over(c);
	c->call = NULL;
	registry_enter(t, c, SESSION_IDLE);
	fail_caller(t, call, reason);
	finish(t, call, reason);
}

/* --- ends --- */

/* Its call is over for this connection; it owes us a RELEASE. */
static void clear_away(struct turn *t, struct registry_conn *c)
{
	c->clearing = c->call->number;
	c->call = NULL;
	registry_enter(t, c, SESSION_CLEARING);
	registry_await(t, c, REGISTRY_RELEASE);
}

static void withdraw(struct turn *t, struct registry_call *call,
		     uint16_t reason)
{
	say_cancel(t, call->callee, call->number, reason);
	clear_away(t, call->callee);
}

void pairing_give_up(struct turn *t, struct registry_conn *c)
{
	struct registry_call *call = c->call;

	withdraw(t, call, REASON_CANCELLED);
	fail_caller(t, call, REASON_CANCELLED);
	finish(t, call, REASON_CANCELLED);
}

void pairing_rang_out(struct turn *t, struct registry_conn *c)
{
	struct registry_call *call = c->call;

	withdraw(t, call, REASON_NO_ANSWER);
	fail_caller(t, call, REASON_NO_ANSWER);
	finish(t, call, REASON_NO_ANSWER);
}

/* The one of a standing call that is not `c`. */
static struct registry_conn *other(const struct registry_call *call,
				   const struct registry_conn *c)
{
	return call->caller == c ? call->callee : call->caller;
}

static void end_for(struct turn *t, struct registry_conn *c, uint16_t reason)
{
	say_end(t, c, reason);
	effects_add(t->out, EFFECT_DISCARD, c->number);
	clear_away(t, c);
}

void pairing_hang_up(struct turn *t, struct registry_conn *c, uint16_t reason)
{
	struct registry_call *call = c->call;

	end_for(t, other(call, c), reason);
	effects_add(t->out, EFFECT_DISCARD, c->number);
	clear_away(t, c);
	finish(t, call, reason);
}

void pairing_stall(struct turn *t, struct registry_conn *c)
{
	struct registry_call *call = c->call;

	end_for(t, other(call, c), REASON_IDLE_TOO_LONG);
	end_for(t, c, REASON_IDLE_TOO_LONG);
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
static bool offer_again(struct turn *t, struct registry_call *call)
{
	struct registry_conn *another = idle_of(call->callee->account);

	if (call->offered_again || !another || t->r->draining)
		return false;
	call->offered_again = true;
	offer(t, call, another);
	return true;
}

/* Why a connection went is for the record. To the far side it is lost, but
 * that a logout was meant so may be said. */
void pairing_leave(struct turn *t, struct registry_conn *c, uint16_t reason)
{
	struct registry_call *call = c->call;

	if (!call)
		return;
	if (reason == REASON_DONE) /* a BYE, in the middle of a call */
		reason = REASON_PEER_LOST;
	c->call = NULL;
	if (call->connected) {
		end_for(t, other(call, c),
			reason == REASON_LOGOUT ? reason : REASON_PEER_LOST);
		effects_add(t->out, EFFECT_DISCARD, c->number);
		finish(t, call, reason);
	} else if (call->caller == c) {
		withdraw(t, call, REASON_PEER_LOST);
		finish(t, call, reason);
	} else if (!offer_again(t, call)) {
		fail_caller(t, call, REASON_OFFLINE);
		finish(t, call, REASON_OFFLINE);
	}
}
