/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/jobs.h"
#include "core/pattern.h"
#include "terminal/call.h"

struct entry {
	uint32_t number; /* 0: free */
	bool outgoing;
	struct exchange_fax fax; /* outgoing */
	struct call *call;	 /* owned; once it stands */
};

struct exchange {
	struct loop *loop; /* borrowed, as all below */
	const struct config *config;
	const struct membership *membership;
	struct inbox *inbox;
	struct online *online; /* owned */
	struct entry entries[EXCHANGE_CALLS_MAX];
	bool closing;
	const struct exchange_handlers *handlers;
	void *owner;
};

static struct entry *find(struct exchange *x, uint32_t number)
{
	for (int i = 0; i < EXCHANGE_CALLS_MAX; i++)
		if (x->entries[i].number == number)
			return &x->entries[i];
	return NULL;
}

/* --- what a call in which a fax goes asks for --- */

static bool on_send(void *owner, uint32_t number, const uint8_t *bytes,
		    size_t len)
{
	struct exchange *x = owner;
	uint8_t frame[FRAME_MAX];

	frame_header(frame, MESSAGE_DATA, len);
	memcpy(frame + FRAME_HEADER, bytes, len);
	return online_send(x->online, number, frame, FRAME_HEADER + len) == OK;
}

static void on_hang_up(void *owner, uint32_t number, uint16_t reason)
{
	struct exchange *x = owner;

	online_end(x->online, number, reason);
}

static void on_progress(void *owner, struct call *c, uint16_t pages)
{
	struct exchange *x = owner;
	struct entry *e = find(x, call_number(c));

	if (e && e->outgoing)
		e->fax.progress(e->fax.owner, pages);
}

static void on_received(void *owner, struct call *c, const char *folder)
{
	struct exchange *x = owner;

	(void)c;
	x->handlers->received(x->owner, folder);
}

static void on_finished(void *owner, struct call *c,
			const struct transfer_result *result)
{
	struct exchange *x = owner;
	struct entry *e = find(x, call_number(c));
	struct entry was;

	if (!e)
		return;
	was = *e;
	*e = (struct entry){ 0 };
	if (was.outgoing)
		was.fax.finished(was.fax.owner, result, call_far_ident(c));
}

static const struct call_handlers call_handlers = {
	.send = on_send,
	.hang_up = on_hang_up,
	.progress = on_progress,
	.received = on_received,
	.finished = on_finished,
};

/* --- what the network tells --- */

/* Nobody in the list: whoever calls. */
static bool may_send(const struct option_list *allow, const char *id,
		     const char *relay)
{
	for (size_t i = 0; i < allow->count; i++)
		if (pattern_meets(allow->items[i], id, relay))
			return true;
	return allow->count == 0;
}

static void on_ring(void *owner, const struct effect_call *call)
{
	struct exchange *x = owner;
	struct entry *e = find(x, 0);

	log_line(LOG_INFO, "call=%u from=%s%s%s event=ring", call->number,
		 call->far_id, *call->home ? "@" : "", call->home);
	if (x->config->refuse ||
	    !may_send(&x->config->allow, call->far_id, call->home)) {
		online_refuse(x->online, call->number, REASON_REFUSED);
	} else if (!e || x->closing) {
		online_refuse(x->online, call->number, REASON_BUSY);
	} else {
		*e = (struct entry){ .number = call->number };
		online_accept(x->online, call->number);
	}
}

/* The line's letters are ASCII: whoever has others is called by his ID. */
static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* Who the line above each page says that we are; NULL: there is none. */
static const char *sender_of(const struct exchange *x, const char *name)
{
	const char *text =
		*x->config->header_text ? x->config->header_text : name;

	if (!x->config->header)
		return NULL;
	return is_ascii(text) ? text : x->membership->id;
}

static void on_talk(void *owner, const struct effect_call *call)
{
	struct exchange *x = owner;
	struct entry *e = find(x, call->number);
	struct call_setup setup = {
		.loop = x->loop,
		.number = call->number,
		.far_id = call->far_id,
		.far_relay = call->home,
		.fax_program = x->config->fax_program,
		.name = *x->config->name ? x->config->name : x->membership->id,
		.unpaced = call->abilities & ABILITY_UNPACED,
		.inbox = x->inbox,
	};

	if (!e || !(call->procedures & PROCEDURE_T38)) {
		online_end(x->online, call->number, REASON_INCOMPATIBLE);
		return;
	}
	if (e->outgoing) {
		setup.job = e->fax.job;
		setup.title = e->fax.title;
		setup.pages = e->fax.pages;
		setup.document = e->fax.document;
		setup.sender = sender_of(x, setup.name);
		e->fax.standing(e->fax.owner);
	}
	e->call = call_new(&setup,
			   e->outgoing ? TRANSFER_CALLER : TRANSFER_CALLEE,
			   &call_handlers, x);
	if (!e->call)
		online_end(x->online, call->number, REASON_FAILED);
}

static void on_data(void *owner, uint32_t number, const uint8_t *bytes,
		    size_t len)
{
	struct exchange *x = owner;
	struct entry *e = find(x, number);

	if (e && e->call)
		call_data(e->call, bytes, len);
}

/* A call that never stood has no fax in it that could tell its end. */
static void never_stood(struct entry *e, const struct effect_call *call)
{
	struct transfer_result r = { .reason = call->reason,
				     .again = jobs_worth_again(call->reason) };
	struct entry was = *e;

	*e = (struct entry){ 0 };
	snprintf(r.sentence, sizeof(r.sentence), "%s",
		 reason_sentence(call->reason));
	if (was.outgoing)
		was.fax.finished(was.fax.owner, &r, "");
}

static void on_over(void *owner, const struct effect_call *call)
{
	struct exchange *x = owner;
	struct entry *e = find(x, call->number);

	log_line(LOG_INFO, "call=%u peer=%s%s%s event=over reason=%s",
		 call->number, call->far_id, *call->home ? "@" : "", call->home,
		 reason_name(call->reason));
	if (!e)
		return;
	if (e->call)
		call_over(e->call, call->reason);
	else
		never_stood(e, call);
}

static void on_listing(void *owner, const struct message_listing *l)
{
	struct exchange *x = owner;

	x->handlers->listing(x->owner, l);
}

static void on_presence(void *owner, const struct message_presence *p)
{
	struct exchange *x = owner;

	x->handlers->presence(x->owner, p);
}

static void on_unfollowed(void *owner)
{
	struct exchange *x = owner;

	x->handlers->unfollowed(x->owner);
}

static void on_changed(void *owner)
{
	struct exchange *x = owner;

	x->handlers->changed(x->owner);
}

static const struct online_handlers online_handlers = {
	.ring = on_ring,
	.talk = on_talk,
	.data = on_data,
	.over = on_over,
	.listing = on_listing,
	.presence = on_presence,
	.unfollowed = on_unfollowed,
	.changed = on_changed,
};

/* --- the public side --- */

enum err exchange_new(struct exchange **out, struct loop *loop,
		      const struct config *config,
		      const struct membership *membership, struct inbox *inbox,
		      const struct exchange_handlers *handlers, void *owner,
		      struct why *why)
{
	struct exchange *x = calloc(1, sizeof(*x));
	enum err e;

	if (!x)
		return ERR_MEMORY;
	x->loop = loop;
	x->config = config;
	x->membership = membership;
	x->inbox = inbox;
	x->handlers = handlers;
	x->owner = owner;
	e = online_new(&x->online, loop, config, membership, &online_handlers,
		       x, why);
	if (e != OK) {
		free(x);
		return e;
	}
	*out = x;
	return OK;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	for (int i = 0; i < EXCHANGE_CALLS_MAX; i++)
		call_free(x->entries[i].call);
	online_free(x->online);
	free(x);
}

uint32_t exchange_send(struct exchange *x, const struct exchange_fax *fax)
{
	struct entry *e = find(x, 0);
	uint32_t number;

	if (!e || x->closing)
		return 0;
	number = online_call(x->online, fax->to);
	if (number)
		*e = (struct entry){ .number = number,
				     .outgoing = true,
				     .fax = *fax };
	return number;
}

void exchange_cancel(struct exchange *x, uint32_t number)
{
	struct entry *e = find(x, number);

	if (!e || number == 0)
		return;
	if (e->call)
		call_cancel(e->call);
	else
		online_end(x->online, number, REASON_CANCELLED);
}

void exchange_forget(struct exchange *x, uint32_t number)
{
	struct entry *e = number ? find(x, number) : NULL;
	struct entry was;

	if (!e)
		return;
	was = *e;
	*e = (struct entry){ 0 };
	call_free(was.call);
	online_end(x->online, number, REASON_FAILED);
}

void exchange_close(struct exchange *x)
{
	x->closing = true;
	/* Each call hears its end from the logout. */
	online_logout(x->online);
}

struct online *exchange_online(struct exchange *x)
{
	return x->online;
}
