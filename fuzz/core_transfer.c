/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/transfer: both ends of a fax, each with events of any kind in any
 * order. A report comes once and nothing after it; the callee says STORED
 * and PAGE only of what was saved; the caller calls delivered only what the
 * callee has called stored.
 */
#include <assert.h>
#include <string.h>

#include "base/reader.h"
#include "core/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { STEPS = 100 };

static struct world {
	struct transfer t;
	int64_t now;
	bool reported;
	bool stored;   /* caller: STORED or "stored already" came */
	bool saved;    /* callee: the inbox has it, now or from before */
	bool over;     /* the call */
	uint16_t page; /* callee: the last that the child has on disk */
} w;

static const uint8_t job[PIPE_JOB_SIZE] = "0123456789abcde";

static void check_said(const struct pipe_message *m)
{
	assert(!w.over);
	if (m->type == PIPE_STORED)
		assert(w.saved);
	if (m->type == PIPE_PAGE)
		assert(m->page.number <= w.page);
}

static void check(const struct transfer_orders *o)
{
	assert(o->count >= 0 && o->count <= TRANSFER_ORDERS_MAX);
	assert(o->count == 0 || !w.reported);
	for (int i = 0; i < o->count; i++) {
		assert(!w.reported); /* nothing follows a report */
		if (o->items[i] == TRANSFER_SAY)
			check_said(&o->message);
		if (o->items[i] == TRANSFER_REPORT)
			w.reported = true;
	}
	if (w.reported && w.t.role == TRANSFER_CALLER && w.t.result.delivered)
		assert(w.stored);
	assert(w.reported == (w.t.state == TRANSFER_FINISHED));
	assert(w.t.pages <= 0x7fff);
}

static void hear(struct reader *r, struct transfer_input *in,
		 struct pipe_message *m)
{
	static const enum pipe_type types[] = { PIPE_OPEN, PIPE_ANSWER,
						PIPE_PAGE, PIPE_STORED,
						PIPE_FAULT };

	*m = (struct pipe_message){ .type = types[read_u8(r) % 5] };
	if (m->type == PIPE_OPEN) {
		m->open.job = (struct span){ job, sizeof(job) };
		m->open.pages = read_u8(r);
		m->open.title = span_of("letter.pdf");
	} else if (m->type == PIPE_ANSWER) {
		m->answer.verdict = read_u8(r) & 1;
		m->answer.pages = read_u8(r);
	} else if (m->type == PIPE_PAGE) {
		m->page.number = read_u8(r);
	} else if (m->type == PIPE_STORED) {
		m->stored.pages = read_u8(r);
	} else {
		m->fault.reason = read_u8(r) % 24;
		m->fault.again = read_u8(r) & 1;
		m->fault.sentence = span_of("Broken.");
	}
	in->event = transfer_event_of(m->type);
	in->message = m;
	w.stored |= m->type == PIPE_STORED ||
		    (m->type == PIPE_ANSWER &&
		     m->answer.verdict == PIPE_STORED_ALREADY);
}

/* What a shell may tell only after it was asked. */
static bool may(enum transfer_event e)
{
	bool receives = w.t.state == TRANSFER_RECEIVING ||
			w.t.state == TRANSFER_STOPPING;

	switch ((int)e) {
	case TRANSFER_KNOWN:
	case TRANSFER_NEW:
	case TRANSFER_UNABLE:
		return w.t.state == TRANSFER_WAITING;
	case TRANSFER_SAVED:
	case TRANSFER_UNSAVED:
	case TRANSFER_CHILD_PAGE:
		return receives;
	default:
		return true;
	}
}

static void step(struct reader *r)
{
	struct transfer_orders o = { .count = 0 };
	struct transfer_input in = { .sentence = "It broke." };
	struct pipe_message m;
	uint8_t what = read_u8(r);

	w.now += 100 * read_u8(r);
	if (what >= 0x80) {
		if (w.over)
			return;
		hear(r, &in, &m);
	} else {
		in.event = TRANSFER_KNOWN +
			   what % (TRANSFER_EVENTS - TRANSFER_KNOWN);
		in.pages = read_u8(r);
		in.good = what & 0x40;
		in.again = what & 0x20;
		in.reason = what % 24;
		if (!may(in.event))
			return;
		if (in.event == TRANSFER_CHILD_PAGE)
			in.pages = ++w.page;
		w.over |= in.event == TRANSFER_CALL_OVER;
		w.saved |= in.event == TRANSFER_SAVED ||
			   in.event == TRANSFER_KNOWN;
	}
	transfer_step(&w.t, &in, w.now, &o);
	check(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_over(data, len);
	struct transfer_orders o = { .count = 0 };

	w = (struct world){ .now = 1000000 };
	if (read_u8(&r) & 1)
		transfer_init_caller(&w.t, job, "letter.pdf", read_u8(&r),
				     w.now, &o);
	else
		transfer_init_callee(&w.t, w.now);
	check(&o);
	for (int i = 0; i < STEPS && reader_left(&r) > 0; i++)
		step(&r);
	return 0;
}
