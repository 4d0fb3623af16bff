/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/call.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "terminal/engine.h"
#include "wire/deframe.h"
#include "wire/endpoint.h"
#include "wire/message.h"

enum {
	/* How long the far engine may take nothing (s). */
	PATIENCE_S = 60,
	OUT_MAX = 65536,
};

struct call {
	struct call_setup setup;
	char far_id[ADDRESS_MAX + 1];
	char far_relay[ADDRESS_ID_MAX + 1];
	char name[ENDPOINT_NAME_MAX + 1];
	char far_ident[65];
	struct transfer transfer;
	struct engine *engine; /* owned; the child while there is one */
	struct inbox_reception *reception; /* owned; callee */
	uint64_t ifp_heard;		   /* octets, from the pipe */
	bool engine_done;
	bool over;	   /* nothing more is carried out */
	struct deframe in; /* the pipe */
	struct buf out;	   /* pipe frames, to leave at the turn's end */
	struct deferred flush;
	struct deferred freeing;
	struct timer due;
	const struct call_handlers *handlers; /* borrowed */
	void *owner;			      /* borrowed */
};

static void take_orders(struct call *c, struct transfer_orders *o);

static void step(struct call *c, struct transfer_input in)
{
	struct transfer_orders o;

	if (c->over)
		return;
	transfer_step(&c->transfer, &in, loop_now(c->setup.loop), &o);
	take_orders(c, &o);
}

/* --- what goes into the pipe --- */

static void send_out(struct call *c)
{
	while (buf_length(&c->out) > 0) {
		size_t n = buf_length(&c->out);

		if (n > FRAME_PAYLOAD_MAX)
			n = FRAME_PAYLOAD_MAX;
		if (!c->handlers->send(c->owner, c->setup.number,
				       buf_front(&c->out), n)) {
			buf_consume(&c->out, buf_length(&c->out));
			return;
		}
		buf_consume(&c->out, n);
	}
}

static void on_flush(struct deferred *d)
{
	send_out(d->owner);
}

static void say(struct call *c, const struct pipe_message *m)
{
	uint8_t frame[FRAME_MAX];
	size_t len = pipe_encode(m, frame, sizeof(frame));

	if (len == 0)
		abort(); /* a value of ours breaks its own rule */
	if (buf_append(&c->out, frame, len) != OK) {
		send_out(c);
		if (buf_append(&c->out, frame, len) != OK)
			abort();
	}
	loop_defer(c->setup.loop, &c->flush);
}

static void say_taken(struct call *c, uint64_t octets)
{
	say(c, &(struct pipe_message){ .type = PIPE_TAKEN,
				       .taken = { .octets = octets } });
}

/* --- the child --- */

static void on_engine_ifp(void *owner, struct span ifp)
{
	say(owner, &(struct pipe_message){ .type = PIPE_IFP, .ifp = ifp });
}

static void on_engine_taken(void *owner, uint64_t octets)
{
	say_taken(owner, octets);
}

static void on_engine_identity(void *owner, struct span text)
{
	struct call *c = owner;

	span_copy(text, c->far_ident, sizeof(c->far_ident));
}

static void on_engine_page(void *owner, uint16_t number)
{
	step(owner, (struct transfer_input){ .event = TRANSFER_CHILD_PAGE,
					     .pages = number });
}

static void on_engine_done(void *owner, const struct engine_end *end)
{
	struct call *c = owner;

	c->engine_done = true;
	step(c, (struct transfer_input){ .event = TRANSFER_CHILD_DONE,
					 .good = end->good,
					 .again = end->again,
					 .pages = end->pages,
					 .sentence = end->sentence });
}

static const struct engine_handlers engine_handlers = {
	.ifp = on_engine_ifp,
	.taken = on_engine_taken,
	.identity = on_engine_identity,
	.page = on_engine_page,
	.done = on_engine_done,
};

/* A file without a name, beside the document: there is room on that disk, and
 * nothing is left of it. Not in memory: the child's walls know no such file.
 * -1: there is none. */
static int open_sent(const char *document)
{
	char path[ATOMIC_PATH_MAX];
	int at = (int)(strrchr(document, '/') - document);
	int fd = -1;

	if (atomic_path(path, NULL, "%.*s/", at, document) == OK)
		fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* Not every file system can. */
	if (fd < 0 &&
	    atomic_path(path, NULL, "%.*s/.sent-XXXXXX", at, document) == OK) {
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	return fd;
}

/* "Fri 27 Nov 2026 14:05  ana -> ben" */
static void write_heading(const struct call *c,
			  char heading[ENDPOINT_HEADING_MAX + 1])
{
	time_t now = time(NULL);
	char date[40];
	struct tm tm;

	heading[0] = '\0';
	if (!c->setup.sender || !localtime_r(&now, &tm))
		return;
	strftime(date, sizeof(date), "%a %d %b %Y %H:%M", &tm);
	snprintf(heading, ENDPOINT_HEADING_MAX + 1, "%.24s  %.50s -> %.80s",
		 date, c->setup.sender, c->far_id);
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* As caller: what `setup` lacks to send. False: a file is missing. */
static bool set_up_sending(struct call *c, struct engine_setup *setup,
			   char heading[ENDPOINT_HEADING_MAX + 1])
{
	setup->tiff = open(c->setup.document, O_RDONLY | O_CLOEXEC);
	if (setup->tiff < 0)
		return false;
	write_heading(c, heading);
	if (*heading)
		setup->sent = open_sent(c->setup.document);
	return !*heading || setup->sent >= 0;
}

static void start_engine(struct call *c)
{
	char heading[ENDPOINT_HEADING_MAX + 1] = "";
	bool caller = c->transfer.role == TRANSFER_CALLER;
	struct engine_setup setup = {
		.loop = c->setup.loop,
		.program = c->setup.fax_program,
		.caller = caller,
		.unpaced = c->setup.unpaced,
		.patience_s = PATIENCE_S,
		.name = c->name,
		.heading = heading,
		.tiff = caller ? -1 : inbox_tiff(c->reception),
		.pdf = caller ? -1 : inbox_pdf(c->reception),
		.sent = -1,
	};

	if (!caller || set_up_sending(c, &setup, heading))
		c->engine = engine_new(&setup, &engine_handlers, c);
	if (caller) {
		close_if_open(setup.tiff);
		close_if_open(setup.sent);
	}
	if (c->engine)
		return;
	step(c,
	     (struct transfer_input){
		     .event = TRANSFER_CHILD_DONE,
		     .again = true,
		     .sentence = setup.tiff < 0 ? "The document is gone."
						: "The fax engine could not be "
						  "started." });
}

/* --- the inbox --- */

static uint64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* What is known from the beginning. */
static void fill_fax(const struct call *c, struct inbox_fax *fax)
{
	memcpy(fax->job, c->transfer.job, sizeof(fax->job));
	(void)text_copy(fax->from, sizeof(fax->from), c->far_id);
	(void)text_copy(fax->relay, sizeof(fax->relay), c->far_relay);
}

static void look_up(struct call *c)
{
	struct transfer_input in = { .event = TRANSFER_NEW };
	struct inbox_fax fax = { .received_ms = epoch_ms() };
	struct why why = { "" };

	fill_fax(c, &fax);
	if (inbox_known(c->setup.inbox, c->far_id, c->transfer.job,
			&in.pages)) {
		in.event = TRANSFER_KNOWN;
	} else if (inbox_begin(c->setup.inbox, &c->reception, &fax, &why) !=
		   OK) {
		c->reception = NULL;
		log_sentence(LOG_ERROR, why.text,
			     "call=%u event=cannot-receive", c->setup.number);
		in.event = TRANSFER_UNABLE;
		in.again = true;
		/* Paths of ours are not for the far end. */
		in.sentence = "The far end cannot store faxes at the moment.";
	}
	step(c, in);
}

static void store(struct call *c, bool complete)
{
	struct inbox_reception *reception = c->reception;
	struct inbox_fax fax = { .complete = complete,
				 .pages = c->transfer.pages,
				 .received_ms = epoch_ms() };
	struct transfer_input in = { .event = TRANSFER_SAVED };
	char folder[ATOMIC_PATH_MAX];
	struct why why = { "" };

	fill_fax(c, &fax);
	snprintf(fax.title, sizeof(fax.title), "%s", c->transfer.title);
	snprintf(fax.far_ident, sizeof(fax.far_ident), "%s", c->far_ident);
	snprintf(fax.result, sizeof(fax.result), "%s",
		 complete			? "Complete."
		 : *c->transfer.result.sentence ? c->transfer.result.sentence
						: "The call broke off.");
	c->reception = NULL;
	if (inbox_store(c->setup.inbox, reception, &fax, folder, &why) != OK) {
		log_sentence(LOG_ERROR, why.text, "call=%u event=cannot-store",
			     c->setup.number);
		in.event = TRANSFER_UNSAVED;
		in.again = true;
		in.sentence = "The far end could not store the fax.";
	} else {
		log_line(LOG_INFO,
			 "call=%u from=%s%s%s event=%s pages=%u expected=%u",
			 c->setup.number, c->far_id, *c->far_relay ? "@" : "",
			 c->far_relay,
			 complete ? "received" : "received-partial", fax.pages,
			 c->transfer.expected);
		if (*folder)
			c->handlers->received(c->owner, c, folder);
	}
	step(c, in);
}

/* --- orders --- */

static void report(struct call *c)
{
	if (c->over)
		return;
	c->over = true;
	send_out(c);
	timer_clear(c->setup.loop, &c->due);
	c->handlers->finished(c->owner, c, &c->transfer.result);
	loop_defer(c->setup.loop, &c->freeing);
}

static void take_order(struct call *c, enum transfer_order order,
		       const struct transfer_orders *o)
{
	switch (order) {
	case TRANSFER_SAY:
		say(c, &o->message);
		break;
	case TRANSFER_LOOK_UP:
		look_up(c);
		break;
	case TRANSFER_START:
		start_engine(c);
		break;
	case TRANSFER_STOP:
		if (c->engine)
			engine_stop(c->engine);
		break;
	case TRANSFER_PROGRESS:
		c->handlers->progress(c->owner, c, c->transfer.pages);
		break;
	case TRANSFER_STORE:
		store(c, true);
		break;
	case TRANSFER_STORE_PARTIAL:
		store(c, false);
		break;
	case TRANSFER_ABANDON:
		inbox_abandon(c->reception);
		c->reception = NULL;
		break;
	case TRANSFER_HANG_UP:
		send_out(c);
		c->handlers->hang_up(c->owner, c->setup.number, o->reason);
		break;
	case TRANSFER_REPORT:
		report(c);
		break;
	}
}

static void take_orders(struct call *c, struct transfer_orders *o)
{
	int64_t at;

	for (int i = 0; i < o->count; i++)
		take_order(c, o->items[i], o);
	at = transfer_deadline(&c->transfer);
	if (c->over || at == INT64_MAX)
		timer_clear(c->setup.loop, &c->due);
	else
		timer_set(c->setup.loop, &c->due, at);
}

static void on_due(struct timer *t)
{
	step(t->owner, (struct transfer_input){ .event = TRANSFER_DUE });
}

/* --- what comes out of the pipe --- */

/* An engine that is done takes nothing any more; but the far engine's clock
 * waits for our word. */
static void take_ifp(struct call *c, struct span ifp)
{
	c->ifp_heard += ifp.len;
	if (c->engine && !c->engine_done)
		engine_ifp(c->engine, ifp);
	else
		say_taken(c, c->ifp_heard);
}

static void take_message(struct call *c, const struct pipe_message *m)
{
	enum transfer_event e = transfer_event_of(m->type);

	if (e != TRANSFER_EVENTS)
		step(c, (struct transfer_input){ .event = e, .message = m });
	else if (m->type == PIPE_IFP)
		take_ifp(c, m->ifp);
	else if (c->engine)
		engine_taken(c->engine, m->taken.octets);
}

/* What is no pipe frame: a far end that lies, or is not one. */
static void broken(struct call *c)
{
	log_line(LOG_WARN, "call=%u peer=%s event=bad-pipe", c->setup.number,
		 c->far_id);
	c->handlers->hang_up(c->owner, c->setup.number, REASON_PROTOCOL);
	step(c, (struct transfer_input){ .event = TRANSFER_CALL_OVER,
					 .reason = REASON_PROTOCOL });
}

static void take_frame(struct call *c, const struct frame *f)
{
	struct pipe_message m;

	switch (pipe_decode(&m, f)) {
	case PIPE_OK:
		take_message(c, &m);
		break;
	case PIPE_SKIP:
		break;
	case PIPE_BAD:
		broken(c);
		break;
	}
}

void call_data(struct call *c, const uint8_t *bytes, size_t len)
{
	enum frame_result r = FRAME_DONE;
	struct frame f;

	if (c->over)
		return;
	deframe_feed(&c->in, bytes, len);
	while (!c->over && (r = deframe_next(&c->in, &f)) == FRAME_DONE)
		take_frame(c, &f);
	if (r == FRAME_BAD)
		broken(c);
}

void call_over(struct call *c, uint16_t reason)
{
	step(c, (struct transfer_input){ .event = TRANSFER_CALL_OVER,
					 .reason = reason });
}

void call_cancel(struct call *c)
{
	step(c, (struct transfer_input){ .event = TRANSFER_CANCEL });
}

/* --- making and unmaking --- */

static void on_freeing(struct deferred *d)
{
	call_free(d->owner);
}

struct call *call_new(const struct call_setup *setup, enum transfer_role role,
		      const struct call_handlers *handlers, void *owner)
{
	struct call *c = calloc(1, sizeof(*c));
	struct transfer_orders o = { .count = 0 };
	int64_t now = loop_now(setup->loop);

	if (!c)
		return NULL;
	c->setup = *setup;
	c->handlers = handlers;
	c->owner = owner;
	snprintf(c->far_id, sizeof(c->far_id), "%s", setup->far_id);
	snprintf(c->far_relay, sizeof(c->far_relay), "%s", setup->far_relay);
	snprintf(c->name, sizeof(c->name), "%s", setup->name);
	c->flush = (struct deferred){ .run = on_flush, .owner = c };
	c->freeing = (struct deferred){ .run = on_freeing, .owner = c };
	c->due = (struct timer){ .due = on_due, .owner = c };
	deframe_init(&c->in);
	buf_init(&c->out, OUT_MAX);
	if (role == TRANSFER_CALLER)
		transfer_init_caller(&c->transfer, setup->job, setup->title,
				     setup->pages, now, &o);
	else
		transfer_init_callee(&c->transfer, now);
	take_orders(c, &o);
	return c;
}

void call_free(struct call *c)
{
	if (!c)
		return;
	loop_undefer(&c->flush);
	loop_undefer(&c->freeing);
	timer_clear(c->setup.loop, &c->due);
	engine_free(c->engine);
	inbox_abandon(c->reception);
	deframe_fini(&c->in);
	buf_fini(&c->out);
	free(c);
}

uint32_t call_number(const struct call *c)
{
	return c->setup.number;
}

const char *call_far_id(const struct call *c)
{
	return c->far_id;
}

const char *call_far_ident(const struct call *c)
{
	return c->far_ident;
}
