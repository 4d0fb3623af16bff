/* SPDX-License-Identifier: Apache-2.0 */
#include "core/transfer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
	/* The far terminal answers from memory; a slow path needs the rest. */
	ANSWER_MS = 30000,
	/* The receiver must sync a whole fax to a disk that may be busy. */
	CONFIRM_MS = 60000,
	/* As ANSWER_MS, for a receiver: OPEN is the caller's first word. */
	OPEN_MS = 30000,
	/* A child that was told to stop has only to close its file. */
	STOP_MS = 10000,
	/* After STORED the caller has only to say END. */
	LEAVE_MS = 15000,
	NEVER = -1,
};

struct step {
	struct transfer *t;
	const struct transfer_input *in;
	int64_t now;
	struct transfer_orders *out;
};

typedef void (*handler)(struct step *s);

static void order(struct step *s, enum transfer_order o)
{
	assert(s->out->count < TRANSFER_ORDERS_MAX);
	s->out->items[s->out->count++] = o;
}

static void enter(struct step *s, enum transfer_state state, int64_t wait_ms)
{
	s->t->state = state;
	s->t->deadline_ms = wait_ms == NEVER ? INT64_MAX : s->now + wait_ms;
}

static void say(struct step *s, struct pipe_message m)
{
	if (!s->t->call_stands)
		return;
	s->out->message = m;
	order(s, TRANSFER_SAY);
}

static void hang_up(struct step *s, uint16_t reason)
{
	if (!s->t->call_stands)
		return;
	s->out->reason = reason;
	s->t->call_stands = false;
	order(s, TRANSFER_HANG_UP);
}

static void set_result(struct step *s, uint16_t reason, bool again,
		       const char *sentence)
{
	struct transfer_result *r = &s->t->result;

	r->delivered = false;
	r->reason = reason;
	r->again = again;
	snprintf(r->sentence, sizeof(r->sentence), "%s",
		 sentence && *sentence ? sentence : reason_sentence(reason));
}

static void finish(struct step *s)
{
	s->t->result.pages = s->t->pages;
	enter(s, TRANSFER_FINISHED, NEVER);
	order(s, TRANSFER_REPORT);
}

static void say_fault(struct step *s)
{
	const struct transfer_result *r = &s->t->result;

	say(s, (struct pipe_message){
		       .type = PIPE_FAULT,
		       .fault = { .reason = r->reason,
				  .again = r->again,
				  .sentence = span_of(r->sentence) } });
}

/* The far end's words for its user become ours for ours. */
static void take_fault(struct step *s)
{
	const struct pipe_fault *f = &s->in->message->fault;
	char sentence[PIPE_SENTENCE_MAX + 1];

	span_copy(f->sentence, sentence, sizeof(sentence));
	set_result(s, f->reason, f->again, sentence);
}

/* A call that is over before the fax is: whatever its end says, not all went
 * well. */
static uint16_t too_soon(const struct step *s)
{
	return s->in->reason == REASON_DONE ? REASON_FAILED : s->in->reason;
}

/* --- the caller --- */

static void delivered(struct step *s, uint16_t pages, const char *sentence)
{
	s->t->pages = pages;
	set_result(s, REASON_DONE, false, sentence);
	s->t->result.delivered = true;
	hang_up(s, REASON_DONE);
	finish(s);
}

static void caller_failed(struct step *s, uint16_t reason, bool again,
			  const char *sentence)
{
	bool child_runs = s->t->state == TRANSFER_SENDING;

	set_result(s, reason, again, sentence);
	if (child_runs)
		order(s, TRANSFER_STOP);
	hang_up(s, reason);
	finish(s);
}

static void take_answer(struct step *s)
{
	const struct pipe_answer *a = &s->in->message->answer;

	if (a->verdict == PIPE_STORED_ALREADY) {
		delivered(s, a->pages, "It had arrived at an earlier attempt.");
	} else if (a->verdict == PIPE_GO) {
		enter(s, TRANSFER_SENDING, NEVER);
		order(s, TRANSFER_START);
	} else {
		caller_failed(s, REASON_PROTOCOL, false, NULL);
	}
}

static void take_page(struct step *s)
{
	uint16_t number = s->in->message->page.number;

	if (number != s->t->pages + 1 || number > s->t->expected) {
		caller_failed(s, REASON_PROTOCOL, true, NULL);
		return;
	}
	s->t->pages = number;
	order(s, TRANSFER_PROGRESS);
}

static void take_stored(struct step *s)
{
	bool child_runs = s->t->state == TRANSFER_SENDING;

	if (s->in->message->stored.pages != s->t->expected) {
		caller_failed(s, REASON_PROTOCOL, true, NULL);
		return;
	}
	if (child_runs)
		order(s, TRANSFER_STOP);
	delivered(s, s->t->expected, "Every page has been stored.");
}

static void caller_fault(struct step *s)
{
	take_fault(s);
	if (s->t->state == TRANSFER_SENDING)
		order(s, TRANSFER_STOP);
	hang_up(s, s->t->result.reason);
	finish(s);
}

/* T.30 is over at our end. When it went wrong after the last page had been
 * confirmed, the fax may still be stored: the far end's word decides. */
static void sent(struct step *s)
{
	if (s->in->good || s->t->pages == s->t->expected) {
		enter(s, TRANSFER_CONFIRMING, CONFIRM_MS);
		return;
	}
	set_result(s, REASON_FAILED, s->in->again, s->in->sentence);
	say_fault(s);
	hang_up(s, REASON_FAILED);
	finish(s);
}

static void caller_over(struct step *s)
{
	s->t->call_stands = false;
	caller_failed(s, too_soon(s), true, NULL);
}

static void caller_cancel(struct step *s)
{
	caller_failed(s, REASON_CANCELLED, false, NULL);
}

static void caller_due(struct step *s)
{
	caller_failed(s, REASON_IDLE_TOO_LONG, true,
		      "The far end did not confirm in time.");
}

/* --- the callee --- */

static void take_open(struct step *s)
{
	const struct pipe_open *o = &s->in->message->open;

	memcpy(s->t->job, o->job.at, PIPE_JOB_SIZE);
	s->t->expected = o->pages;
	span_copy(o->title, s->t->title, sizeof(s->t->title));
	order(s, TRANSFER_LOOK_UP);
}

static void known(struct step *s)
{
	s->t->pages = s->in->pages;
	set_result(s, REASON_DONE, false, "It had arrived earlier.");
	s->t->result.delivered = true;
	say(s,
	    (struct pipe_message){ .type = PIPE_ANSWER,
				   .answer = { .verdict = PIPE_STORED_ALREADY,
					       .pages = s->in->pages } });
	enter(s, TRANSFER_LEAVING, LEAVE_MS);
}

static void begin(struct step *s)
{
	say(s, (struct pipe_message){ .type = PIPE_ANSWER,
				      .answer = { .verdict = PIPE_GO } });
	order(s, TRANSFER_START);
	enter(s, TRANSFER_RECEIVING, NEVER);
}

/* Something on our side stands in the way: the far end is told. */
static void unable(struct step *s)
{
	set_result(s, REASON_UNABLE, s->in->again, s->in->sentence);
	say_fault(s);
	enter(s, TRANSFER_LEAVING, LEAVE_MS);
}

static void child_page(struct step *s)
{
	s->t->pages = s->in->pages;
	order(s, TRANSFER_PROGRESS);
	say(s, (struct pipe_message){ .type = PIPE_PAGE,
				      .page = { .number = s->t->pages } });
}

static void received(struct step *s)
{
	if (s->in->pages == s->t->expected && s->t->pages == s->in->pages &&
	    (s->in->good || s->t->state == TRANSFER_STOPPING)) {
		order(s, TRANSFER_STORE);
		return;
	}
	if (s->t->state != TRANSFER_STOPPING)
		set_result(s, REASON_FAILED, s->in->again || s->in->good,
			   s->in->good ? "Not all pages arrived."
				       : s->in->sentence);
	order(s, s->t->pages > 0 ? TRANSFER_STORE_PARTIAL : TRANSFER_ABANDON);
	say_fault(s);
	if (s->t->call_stands)
		enter(s, TRANSFER_LEAVING, LEAVE_MS);
	else
		finish(s);
}

static void saved(struct step *s)
{
	set_result(s, REASON_DONE, false, "Every page has been stored.");
	s->t->result.delivered = true;
	say(s, (struct pipe_message){ .type = PIPE_STORED,
				      .stored = { .pages = s->t->expected } });
	if (s->t->call_stands)
		enter(s, TRANSFER_LEAVING, LEAVE_MS);
	else
		finish(s);
}

static void unsaved(struct step *s)
{
	set_result(s, REASON_UNABLE, s->in->again, s->in->sentence);
	say_fault(s);
	if (s->t->call_stands)
		enter(s, TRANSFER_LEAVING, LEAVE_MS);
	else
		finish(s);
}

static void waiting_over(struct step *s)
{
	s->t->call_stands = false;
	set_result(s, too_soon(s), false, NULL);
	finish(s);
}

static void waiting_due(struct step *s)
{
	set_result(s, REASON_IDLE_TOO_LONG, false, NULL);
	hang_up(s, REASON_IDLE_TOO_LONG);
	finish(s);
}

/* The call is over; pages that came are kept. */
static void stop(struct step *s)
{
	if (s->in->event == TRANSFER_GOT_FAULT) {
		take_fault(s);
	} else if (s->in->event == TRANSFER_CANCEL) {
		set_result(s, REASON_CANCELLED, false, NULL);
		hang_up(s, REASON_CANCELLED);
	} else {
		s->t->call_stands = false;
		set_result(s, too_soon(s), true, NULL);
	}
	order(s, TRANSFER_STOP);
	enter(s, TRANSFER_STOPPING, STOP_MS);
}

static void call_gone(struct step *s)
{
	s->t->call_stands = false;
}

static void stopping_due(struct step *s)
{
	order(s, s->t->pages > 0 ? TRANSFER_STORE_PARTIAL : TRANSFER_ABANDON);
	hang_up(s, REASON_FAILED);
	finish(s);
}

static void leaving_over(struct step *s)
{
	s->t->call_stands = false;
	finish(s);
}

static void leave(struct step *s)
{
	hang_up(s, REASON_DONE);
	finish(s);
}

static void ignore(struct step *s)
{
	(void)s;
}

/* clang-format off */
static const handler rules[TRANSFER_STATES][TRANSFER_EVENTS] = {
	[TRANSFER_OPENING] = {
		[TRANSFER_GOT_ANSWER] = take_answer,
		[TRANSFER_GOT_FAULT]  = caller_fault,
		[TRANSFER_CALL_OVER]  = caller_over,
		[TRANSFER_CANCEL]     = caller_cancel,
		[TRANSFER_DUE]        = caller_due,
	},
	[TRANSFER_SENDING] = {
		[TRANSFER_GOT_PAGE]   = take_page,
		[TRANSFER_GOT_STORED] = take_stored,
		[TRANSFER_GOT_FAULT]  = caller_fault,
		[TRANSFER_CHILD_PAGE] = ignore, /* T.30's word is not ours */
		[TRANSFER_CHILD_DONE] = sent,
		[TRANSFER_CALL_OVER]  = caller_over,
		[TRANSFER_CANCEL]     = caller_cancel,
	},
	[TRANSFER_CONFIRMING] = {
		[TRANSFER_GOT_PAGE]   = take_page,
		[TRANSFER_GOT_STORED] = take_stored,
		[TRANSFER_GOT_FAULT]  = caller_fault,
		[TRANSFER_CALL_OVER]  = caller_over,
		[TRANSFER_CANCEL]     = caller_cancel,
		[TRANSFER_DUE]        = caller_due,
	},
	[TRANSFER_WAITING] = {
		[TRANSFER_GOT_OPEN]   = take_open,
		[TRANSFER_GOT_FAULT]  = leave,
		[TRANSFER_KNOWN]      = known,
		[TRANSFER_NEW]        = begin,
		[TRANSFER_UNABLE]     = unable,
		[TRANSFER_CALL_OVER]  = waiting_over,
		[TRANSFER_CANCEL]     = leave,
		[TRANSFER_DUE]        = waiting_due,
	},
	[TRANSFER_RECEIVING] = {
		[TRANSFER_GOT_FAULT]  = stop,
		[TRANSFER_CHILD_PAGE] = child_page,
		[TRANSFER_CHILD_DONE] = received,
		[TRANSFER_SAVED]      = saved,
		[TRANSFER_UNSAVED]    = unsaved,
		[TRANSFER_CALL_OVER]  = stop,
		[TRANSFER_CANCEL]     = stop,
	},
	[TRANSFER_STOPPING] = {
		[TRANSFER_GOT_FAULT]  = ignore,
		[TRANSFER_CHILD_PAGE] = child_page,
		[TRANSFER_CHILD_DONE] = received,
		[TRANSFER_SAVED]      = saved,
		[TRANSFER_UNSAVED]    = unsaved,
		[TRANSFER_CALL_OVER]  = call_gone,
		[TRANSFER_CANCEL]     = ignore,
		[TRANSFER_DUE]        = stopping_due,
	},
	[TRANSFER_LEAVING] = {
		[TRANSFER_GOT_FAULT]  = ignore,
		[TRANSFER_CHILD_PAGE] = ignore,
		[TRANSFER_CHILD_DONE] = ignore,
		[TRANSFER_SAVED]      = ignore, /* the partial fax */
		[TRANSFER_UNSAVED]    = ignore,
		[TRANSFER_CALL_OVER]  = leaving_over,
		[TRANSFER_CANCEL]     = leave,
		[TRANSFER_DUE]        = leave,
	},
};
/* clang-format on */

/* A word that does not belong here: the far end is lost. */
static void violation(struct step *s)
{
	enum transfer_state before = s->t->state;

	if (before == TRANSFER_FINISHED || before == TRANSFER_STOPPING)
		return;
	if (before == TRANSFER_LEAVING) { /* what is stored is stored */
		leave(s);
		return;
	}
	if (before == TRANSFER_RECEIVING) {
		set_result(s, REASON_PROTOCOL, false, NULL);
		hang_up(s, REASON_PROTOCOL);
		order(s, TRANSFER_STOP);
		enter(s, TRANSFER_STOPPING, STOP_MS);
		return;
	}
	caller_failed(s, REASON_PROTOCOL, false, NULL);
}

void transfer_init_caller(struct transfer *t, const uint8_t job[PIPE_JOB_SIZE],
			  const char *title, uint16_t pages, int64_t now,
			  struct transfer_orders *out)
{
	struct step s = { t, NULL, now, out };

	*t = (struct transfer){ .role = TRANSFER_CALLER,
				.expected = pages,
				.call_stands = true };
	memcpy(t->job, job, PIPE_JOB_SIZE);
	snprintf(t->title, sizeof(t->title), "%s", title);
	*out = (struct transfer_orders){ 0 };
	enter(&s, TRANSFER_OPENING, ANSWER_MS);
	say(&s,
	    (struct pipe_message){ .type = PIPE_OPEN,
				   .open = { .job = { t->job, PIPE_JOB_SIZE },
					     .pages = pages,
					     .title = span_of(t->title) } });
}

void transfer_init_callee(struct transfer *t, int64_t now)
{
	*t = (struct transfer){ .role = TRANSFER_CALLEE,
				.state = TRANSFER_WAITING,
				.deadline_ms = now + OPEN_MS,
				.call_stands = true };
}

void transfer_step(struct transfer *t, const struct transfer_input *in,
		   int64_t now, struct transfer_orders *out)
{
	struct step s = { t, in, now, out };
	handler h;

	assert(in->event < TRANSFER_EVENTS);
	*out = (struct transfer_orders){ 0 };
	h = rules[t->state][in->event];
	if (h)
		h(&s);
	else if (in->message)
		violation(&s);
}

enum transfer_event transfer_event_of(enum pipe_type type)
{
	switch (type) {
	case PIPE_OPEN:
		return TRANSFER_GOT_OPEN;
	case PIPE_ANSWER:
		return TRANSFER_GOT_ANSWER;
	case PIPE_PAGE:
		return TRANSFER_GOT_PAGE;
	case PIPE_STORED:
		return TRANSFER_GOT_STORED;
	case PIPE_FAULT:
		return TRANSFER_GOT_FAULT;
	case PIPE_IFP:
	case PIPE_TAKEN:
		break;
	}
	return TRANSFER_EVENTS;
}

bool transfer_flows(const struct transfer *t)
{
	return t->state == TRANSFER_SENDING || t->state == TRANSFER_RECEIVING;
}

int64_t transfer_deadline(const struct transfer *t)
{
	return t->deadline_ms;
}

const char *transfer_state_name(enum transfer_state s)
{
	static const char *const names[TRANSFER_STATES] = {
		[TRANSFER_OPENING] = "opening",
		[TRANSFER_SENDING] = "sending",
		[TRANSFER_CONFIRMING] = "confirming",
		[TRANSFER_WAITING] = "waiting",
		[TRANSFER_RECEIVING] = "receiving",
		[TRANSFER_STOPPING] = "stopping",
		[TRANSFER_LEAVING] = "leaving",
		[TRANSFER_FINISHED] = "finished",
	};

	return names[s];
}
