/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/call.h"

#include <poll.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "endpoint/port.h"
#include "fax/engine.h"
#include "fax/heading.h"
#include "fax/ifp.h"
#include "fax/pace.h"
#include "fax/pdf.h"
#include "io/sandbox.h"

enum {
	TICK_MS = 20,	       /* of the engine's clock while it runs */
	REST_MS = 1000,	       /* between looks while it stands still */
	START_WAIT_MS = 30000, /* the parent is there: it started us */
	LEAVE_WAIT_MS = 30000, /* for it to hear the last words */
	/* Messages that are heard before the engine is asked what it says
	 * to them, so that a flood does not starve our own words. */
	HEAR_MAX = 256,
};

_Static_assert((int)ENDPOINT_IFP_MAX == (int)IFP_MAX, "one packet");
_Static_assert((int)ENDPOINT_NAME_MAX == (int)ENGINE_IDENTIFIER_MAX,
	       "one name");

struct call {
	struct port port;
	struct pace pace;
	struct engine *engine;
	uint64_t told; /* the TAKEN that was last said */
	int64_t patience_ms;
	bool caller;
	bool has_pdf;
	char heading[ENDPOINT_HEADING_MAX + 1]; /* empty: none */
	bool is_broken;				/* the parent speaks nonsense */
	bool is_confined;
	bool is_finished;
	enum outcome how;
	unsigned pages;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool on_packet(void *context, const uint8_t *bytes, size_t len)
{
	struct call *c = context;
	struct endpoint_message m = { .type = ENDPOINT_IFP,
				      .ifp = { bytes, len } };

	pace_sent(&c->pace, len);
	return port_say(&c->port, &m) == OK;
}

static void on_identity(void *context, const char *text)
{
	struct call *c = context;
	struct endpoint_message m = { .type = ENDPOINT_IDENTITY,
				      .identity = span_of(text) };

	if (port_say(&c->port, &m) != OK)
		log_line(LOG_WARN, "event=identity-lost");
}

/* The page counts when it is on disk, whatever happens next. */
static enum err on_page(void *context, const struct engine_page *page)
{
	struct call *c = context;
	struct endpoint_message m = {
		.type = ENDPOINT_PAGE,
		.page = { .number = (uint16_t)page->number,
			  .width = page->width,
			  .length = page->length,
			  .x_resolution = page->x_resolution,
			  .y_resolution = page->y_resolution,
			  .bad_rows = page->bad_rows,
			  .octets = page->octets },
	};

	if (page->number > UINT16_MAX)
		return ERR_LIMIT;
	if (!c->caller && fsync(ENDPOINT_FD_TIFF) != 0)
		return ERR_IO;
	return port_say(&c->port, &m);
}

static void on_finished(void *context, enum outcome how, unsigned pages)
{
	struct call *c = context;

	c->is_finished = true;
	c->how = how;
	c->pages = pages;
}

static bool start_engine(struct call *c, const struct endpoint_start *start)
{
	struct engine_handlers handlers = { c, on_packet, on_identity, on_page,
					    on_finished };
	char name[ENDPOINT_NAME_MAX + 1];
	struct engine_setup setup = {
		.caller = start->caller,
		.path = "/proc/self/fd/4", /* ENDPOINT_FD_TIFF */
		.identifier = name,
		.unpaced = start->unpaced,
		.coding = ENGINE_MMR,
	};

	if (!span_copy(start->name, name, sizeof(name)))
		return false;
	if (!span_copy(start->heading, c->heading, sizeof(c->heading)))
		return false;
	if (start->caller && c->heading[0])
		setup.path = "/proc/self/fd/5"; /* ENDPOINT_FD_SENT */
	c->caller = start->caller;
	c->has_pdf = start->has_pdf;
	c->patience_ms = (int64_t)start->patience_s * 1000;
	pace_init(&c->pace, start->unpaced ? 0 : PACE_LINE_OCTETS, now_ms());
	c->engine = engine_new(&setup, &handlers);
	return c->engine != NULL;
}

/* Nothing of the far end is read before this. The engine opens its file by
 * itself, and later. */
static void confine(struct call *c)
{
	struct sandbox s = { .level = SANDBOX_ENGINE,
			     .fds = { ENDPOINT_FD_TIFF, ENDPOINT_FD_SENT },
			     .fds_count = c->heading[0] ? 2 : 1 };
	struct why why;

	c->is_confined = sandbox_enter(&s, &why) == OK;
	if (c->is_confined)
		return;
	log_line(LOG_ERROR, "event=not-confined why=\"%s\"", why.text);
	engine_stop(c->engine, OUTCOME_INTERNAL);
}

/* Makes the pages as they are sent, before T.30 asks for the first. */
static void add_headings(struct call *c)
{
	struct why why = { "" };
	enum err e;

	if (!c->caller || !c->heading[0])
		return;
	e = heading_write(ENDPOINT_FD_TIFF, ENDPOINT_FD_SENT, c->heading, &why);
	if (e == OK)
		return;
	log_line(LOG_ERROR, "event=no-headings why=\"%s\"",
		 why.text[0] ? why.text : err_text(e));
	engine_stop(c->engine, e == ERR_BAD || e == ERR_UNSUPPORTED
				       ? OUTCOME_DOCUMENT
				       : OUTCOME_MEMORY);
}

/* Waits for something to hear, or for room to speak. */
static void rest(const struct call *c, int ms)
{
	struct pollfd p = { .fd = c->port.fd, .events = POLLIN };

	if (port_wants_room(&c->port))
		p.events |= POLLOUT;
	poll(&p, 1, ms);
}

static bool hear_start(struct call *c)
{
	struct endpoint_message m;
	enum port_status s;

	rest(c, START_WAIT_MS);
	s = port_hear(&c->port, &m);
	return s == PORT_MESSAGE && m.type == ENDPOINT_START &&
	       start_engine(c, &m.start);
}

static void hear_packet(struct call *c, struct span packet)
{
	engine_packet(c->engine, packet.at, packet.len);
	engine_advance(c->engine, 0);
	pace_received(&c->pace, packet.len);
}

static void hear_message(struct call *c, const struct endpoint_message *m)
{
	switch (m->type) {
	case ENDPOINT_IFP:
		hear_packet(c, m->ifp);
		return;
	case ENDPOINT_TAKEN:
		if (!pace_taken(&c->pace, m->taken, now_ms()))
			engine_stop(c->engine, OUTCOME_MALFORMED);
		else
			c->port.taken = m->taken;
		return;
	case ENDPOINT_STOP:
		engine_stop(c->engine, m->stop.why == ENDPOINT_STOP_WISH
					       ? OUTCOME_STOPPED
					       : OUTCOME_CUT);
		return;
	case ENDPOINT_START:
	case ENDPOINT_IDENTITY:
	case ENDPOINT_PAGE:
	case ENDPOINT_DONE:
		break;
	}
	c->is_broken = true;
}

static void hear_all(struct call *c)
{
	for (int i = 0; i < HEAR_MAX && !c->is_finished; i++) {
		struct endpoint_message m;
		enum port_status s = port_hear(&c->port, &m);

		if (s == PORT_NOTHING)
			return;
		if (s == PORT_MESSAGE)
			hear_message(c, &m);
		if (s == PORT_BAD)
			c->is_broken = true;
		if (s == PORT_CLOSED || c->is_broken)
			engine_stop(c->engine, OUTCOME_CUT);
	}
}

/* What the packets gave rise to goes first: then the far end has it when it
 * hears that they were taken, and its clock starts again. */
static void say_taken(struct call *c)
{
	struct endpoint_message m = { .type = ENDPOINT_TAKEN,
				      .taken = c->pace.received };

	port_flush(&c->port);
	if (c->told == c->pace.received)
		return;
	if (port_say(&c->port, &m) == OK)
		c->told = c->pace.received;
	port_flush(&c->port);
}

static void run(struct call *c)
{
	while (!c->is_finished) {
		int64_t now;

		rest(c, pace_stands_still(&c->pace) ? REST_MS : TICK_MS);
		hear_all(c);
		now = now_ms();
		engine_advance(c->engine, pace_step(&c->pace, now));
		if (pace_stalled_ms(&c->pace, now) > c->patience_ms)
			engine_stop(c->engine, OUTCOME_STALLED);
		say_taken(c);
	}
}

/* The TIFF is the fax. A PDF that cannot be written is left empty. */
static void write_pdf(const struct call *c)
{
	struct why why;

	if (!c->has_pdf || c->pages == 0)
		return;
	if (pdf_write(ENDPOINT_FD_TIFF, ENDPOINT_FD_PDF, &why) == OK &&
	    fsync(ENDPOINT_FD_PDF) == 0)
		return;
	log_line(LOG_WARN, "event=no-pdf why=\"%s\"", why.text);
	if (ftruncate(ENDPOINT_FD_PDF, 0) != 0)
		log_line(LOG_WARN, "event=pdf-left-unfinished");
}

/* What still comes is heard until the parent closes: a socket that is closed
 * on unread words takes the last ones with it. */
static void leave(struct call *c, int64_t limit)
{
	struct endpoint_message m;

	while (!c->port.is_closed && now_ms() < limit) {
		if (port_hear(&c->port, &m) == PORT_NOTHING)
			rest(c, REST_MS);
		port_flush(&c->port);
	}
}

static void say_done(struct call *c)
{
	struct endpoint_message m = {
		.type = ENDPOINT_DONE,
		.done = { .outcome = (uint8_t)c->how,
			  .again = outcome_again(c->how),
			  .pages = (uint16_t)c->pages,
			  .sentence = span_of(outcome_sentence(c->how)) },
	};
	int64_t limit = now_ms() + LEAVE_WAIT_MS;

	c->port.taken = c->port.passed; /* the last words wait for nobody */
	if (port_say(&c->port, &m) == OK)
		leave(c, limit);
}

static void finish(struct call *c)
{
	const char *fault = engine_fault(c->engine);

	if (fault)
		log_line(LOG_WARN, "event=bad-packet why=\"%s\"", fault);
	if (!c->caller && fsync(ENDPOINT_FD_TIFF) != 0 &&
	    c->how == OUTCOME_DONE)
		c->how = OUTCOME_STORAGE;
	write_pdf(c);
	say_done(c);
}

int call_main(void)
{
	struct call *c = calloc(1, sizeof(*c));
	int code = EX_OK;

	if (!c || port_init(&c->port, ENDPOINT_FD_SOCKET) != OK) {
		log_line(LOG_ERROR, "event=cannot-start");
		free(c);
		return EX_OSERR;
	}
	if (hear_start(c)) {
		confine(c);
		if (!c->is_finished)
			add_headings(c);
		run(c);
		finish(c);
	} else {
		c->is_broken = !c->port.is_closed;
	}
	if (c->is_broken) {
		log_line(LOG_ERROR, "event=parent-speaks-nonsense");
		code = EX_PROTOCOL;
	}
	engine_free(c->engine);
	port_fini(&c->port);
	free(c);
	return code;
}
