/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "io/child.h"
#include "io/pair.h"

enum {
	/* More than an honest far end can have under way to us (256 KB, and
	 * what its acknowledgements add). */
	QUEUE_MAX = 1024 * 1024,
	HEARD_A_TURN = 256,
	/* A sandboxed engine needs a fraction of both. */
	MEMORY_MAX = 1024 * 1024 * 1024,
	FILE_MAX = 512 * 1024 * 1024,
};

struct engine {
	struct loop *loop;   /* borrowed */
	struct child *child; /* owned; NULL once it has ended */
	struct watch watch;  /* our end of the socket */
	struct buf queue;    /* messages that did not fit: length (2), octets */
	uint16_t pages;
	bool done; /* told, or to be told, or nobody to tell */
	struct engine_end end;
	struct deferred telling;
	const struct engine_handlers *handlers; /* borrowed */
	void *owner;				/* borrowed */
};

static void on_telling(struct deferred *d)
{
	struct engine *e = d->owner;

	e->handlers->done(e->owner, &e->end);
}

/* Its one end, told after the turn: never from inside a call into us. */
static void finish(struct engine *e, const struct engine_end *end)
{
	if (e->done)
		return;
	e->done = true;
	e->end = *end;
	loop_defer(e->loop, &e->telling);
}

static void fail(struct engine *e, const char *sentence)
{
	struct engine_end end = { .again = true, .pages = e->pages };

	snprintf(end.sentence, sizeof(end.sentence), "%s", sentence);
	finish(e, &end);
}

/* --- to the child --- */

static void update_interest(struct engine *e)
{
	loop_rewatch(e->loop, &e->watch,
		     buf_length(&e->queue) > 0 ? LOOP_READ | LOOP_WRITE
					       : LOOP_READ);
}

static void flush(struct engine *e)
{
	while (buf_length(&e->queue) > 2) {
		const uint8_t *front = buf_front(&e->queue);
		size_t len = (size_t)(front[0] << 8 | front[1]);

		if (pair_send(e->watch.fd, front + 2, len) == PAIR_FULL)
			break;
		/* To one that has gone, too: its end is on the way. */
		buf_consume(&e->queue, 2 + len);
	}
	update_interest(e);
}

static void tell_child(struct engine *e, const struct endpoint_message *m)
{
	uint8_t bytes[ENDPOINT_MESSAGE_MAX];
	size_t len = endpoint_encode(m, bytes, sizeof(bytes));
	uint8_t head[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	if (e->done)
		return;
	if (len == 0 || buf_room(&e->queue) < len + sizeof(head)) {
		fail(e, "The far end sent more than it may.");
		return;
	}
	if (buf_append(&e->queue, head, sizeof(head)) != OK ||
	    buf_append(&e->queue, bytes, len) != OK)
		abort();
	flush(e);
}

void engine_ifp(struct engine *e, struct span ifp)
{
	tell_child(e, &(struct endpoint_message){ .type = ENDPOINT_IFP,
						  .ifp = ifp });
}

void engine_taken(struct engine *e, uint64_t octets)
{
	tell_child(e, &(struct endpoint_message){ .type = ENDPOINT_TAKEN,
						  .taken = octets });
}

void engine_stop(struct engine *e)
{
	tell_child(e, &(struct endpoint_message){
			      .type = ENDPOINT_STOP,
			      .stop = { .why = ENDPOINT_STOP_CUT } });
}

/* --- from the child --- */

static void take_done(struct engine *e, const struct endpoint_done *d)
{
	struct engine_end end = { .good = d->outcome == 0,
				  .again = d->again,
				  .pages = d->pages };

	text_printable(d->sentence.at, d->sentence.len, end.sentence,
		       sizeof(end.sentence));
	finish(e, &end);
}

static void take_message(struct engine *e, const struct endpoint_message *m)
{
	switch (m->type) {
	case ENDPOINT_IFP:
		e->handlers->ifp(e->owner, m->ifp);
		break;
	case ENDPOINT_TAKEN:
		e->handlers->taken(e->owner, m->taken);
		break;
	case ENDPOINT_IDENTITY:
		e->handlers->identity(e->owner, m->identity);
		break;
	case ENDPOINT_PAGE:
		if (m->page.number != e->pages + 1) {
			fail(e, "The fax engine lost count.");
			break;
		}
		e->pages = m->page.number;
		e->handlers->page(e->owner, e->pages);
		break;
	case ENDPOINT_DONE:
		take_done(e, &m->done);
		break;
	case ENDPOINT_START:
	case ENDPOINT_STOP:
		fail(e, "The fax engine spoke out of turn.");
		break;
	}
}

static void on_socket(struct watch *w, unsigned what)
{
	struct engine *e = w->owner;

	if (what & LOOP_WRITE)
		flush(e);
	for (int i = 0; i < HEARD_A_TURN && !e->done; i++) {
		uint8_t bytes[ENDPOINT_MESSAGE_MAX + 1];
		struct endpoint_message m;
		size_t len;
		enum pair_status s =
			pair_receive(w->fd, bytes, sizeof(bytes), &len);

		if (s == PAIR_EMPTY)
			return;
		if (s == PAIR_CLOSED) {
			loop_rewatch(e->loop, w, 0);
			fail(e, "The fax engine stopped.");
			return;
		}
		if (endpoint_decode(&m, bytes, len))
			take_message(e, &m);
		else
			fail(e, "The fax engine spoke nonsense.");
	}
}

static void on_ended(void *owner, const struct child_end *end)
{
	struct engine *e = owner;
	char sentence[100];

	e->child = NULL;
	snprintf(sentence, sizeof(sentence),
		 end->signal ? "The fax engine was stopped by signal %d."
			     : "The fax engine stopped with code %d.",
		 end->signal ? end->signal : end->code);
	/* What it said last is still in the socket. */
	for (int i = 0; i < 64 && !e->done; i++)
		on_socket(&e->watch, LOOP_READ);
	fail(e, sentence);
}

/* --- making and unmaking --- */

struct engine *engine_new(const struct engine_setup *setup,
			  const struct engine_handlers *handlers, void *owner)
{
	const char *const argv[] = { setup->program, "call", NULL };
	int extra = setup->caller ? setup->sent : setup->pdf;
	struct child_spec spec = {
		.argv = argv,
		.fds = { -1, -1, STDERR_FILENO, -1, setup->tiff, extra },
		.fds_count = extra >= 0 ? 6 : 5,
		.file_size = FILE_MAX,
	};
	struct engine *e = calloc(1, sizeof(*e));
	int ends[2];

	if (!e)
		return NULL;
#ifndef __SANITIZE_ADDRESS__
	spec.memory = MEMORY_MAX;
#endif
	if (!pair_new(ends)) {
		free(e);
		return NULL;
	}
	e->loop = setup->loop;
	e->handlers = handlers;
	e->owner = owner;
	e->telling = (struct deferred){ .run = on_telling, .owner = e };
	e->watch = (struct watch){ .fd = ends[0],
				   .interest = LOOP_READ,
				   .ready = on_socket,
				   .owner = e };
	buf_init(&e->queue, QUEUE_MAX);
	spec.fds[ENDPOINT_FD_SOCKET] = ends[1];
	e->child = child_start(setup->loop, &spec, on_ended, e);
	close(ends[1]);
	if (!e->child || loop_watch(setup->loop, &e->watch) != OK) {
		child_kill(e->child);
		close(ends[0]);
		free(e);
		return NULL;
	}
	tell_child(
		e,
		&(struct endpoint_message){
			.type = ENDPOINT_START,
			.start = { .caller = setup->caller,
				   .unpaced = setup->unpaced,
				   .has_pdf = !setup->caller && setup->pdf >= 0,
				   .patience_s = setup->patience_s,
				   .name = span_of(setup->name),
				   .heading = span_of(setup->heading) } });
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	loop_undefer(&e->telling);
	child_kill(e->child);
	loop_unwatch(e->loop, &e->watch);
	close(e->watch.fd);
	buf_fini(&e->queue);
	free(e);
}
