/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/link.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/dial.h"
#include "io/stream.h"
#include "wire/deframe.h"

enum {
	/* An engine has at most 256 KB under way (docs/protocol.md section
	 * 9), each way; so this is never reached by an honest call. */
	OUTPUT_CAP = 1024 * 1024,
	FINISH_MS = 2000,
	/* As long as nothing may move in a call (docs/protocol.md section 8):
	 * a far end whose window stays shut for so long is gone, too. */
	UNTAKEN_MS = 120000,
};

struct link {
	struct loop *loop; /* borrowed */
	uint64_t number;
	char host[256];
	struct tls_context *tls; /* borrowed */
	struct dial *dial;	 /* owned; until it is connected */
	struct stream *stream;	 /* owned; from then on */
	struct deframe frames;
	struct deferred failing; /* tells `closed` without a stream */
	char sentence[800];
	bool bad;
	bool freed;			      /* while in a handler */
	bool in_data;			      /* a handler may be running */
	const struct link_handlers *handlers; /* borrowed */
	void *owner;			      /* borrowed */
};

static void release(struct link *l)
{
	loop_undefer(&l->failing);
	deframe_fini(&l->frames);
	free(l);
}

void link_free(struct link *l)
{
	if (!l || l->freed)
		return;
	dial_cancel(l->dial);
	stream_free(l->stream);
	l->dial = NULL;
	l->stream = NULL;
	l->freed = true;
	if (!l->in_data)
		release(l);
}

static void tell_closed(struct link *l)
{
	l->handlers->closed(l->owner, l, l->sentence);
	link_free(l);
}

static void on_failing(struct deferred *d)
{
	tell_closed(d->owner);
}

/* --- the stream --- */

static void take_bytes(struct link *l, const uint8_t *bytes, size_t len)
{
	enum frame_result r = FRAME_DONE;
	struct frame f;

	if (l->bad)
		return;
	deframe_feed(&l->frames, bytes, len);
	while (!l->freed && (r = deframe_next(&l->frames, &f)) == FRAME_DONE)
		l->handlers->frame(l->owner, l, &f);
	if (!l->freed && r == FRAME_BAD) {
		l->bad = true;
		l->handlers->bad(l->owner, l);
	}
}

static void on_data(void *owner, const uint8_t *bytes, size_t len)
{
	struct link *l = owner;

	l->in_data = true;
	take_bytes(l, bytes, len);
	l->in_data = false;
	if (l->freed)
		release(l);
}

static void on_open(void *owner)
{
	struct link *l = owner;
	uint8_t binding[TLS_EXPORTER_SIZE];

	if (tls_exporter(stream_filter(l->stream), binding))
		l->handlers->opened(l->owner, l, binding);
}

static void on_closed(void *owner, enum err e, const char *why)
{
	struct link *l = owner;

	(void)e;
	snprintf(l->sentence, sizeof(l->sentence),
		 "The connection to %s ended: %s.", l->host, why);
	tell_closed(l);
}

static const struct stream_handlers stream_handlers = {
	.on_open = on_open,
	.on_data = on_data,
	.on_closed = on_closed,
};

static void fail(struct link *l, const char *sentence)
{
	snprintf(l->sentence, sizeof(l->sentence), "%s", sentence);
	loop_defer(l->loop, &l->failing);
}

static void on_dialled(void *owner, int fd, const char *sentence)
{
	struct link *l = owner;
	struct filter filter;

	l->dial = NULL;
	if (fd < 0) {
		fail(l, sentence);
		return;
	}
	if (tls_client(l->tls, l->host, &filter) != OK)
		abort();
	l->stream = stream_new(l->loop, fd, filter, OUTPUT_CAP,
			       &stream_handlers, l);
	if (!l->stream)
		fail(l, "Out of memory.");
	else
		stream_user_timeout(l->stream, UNTAKEN_MS);
}

/* --- the public side --- */

struct link *link_new(struct loop *loop, uint64_t number,
		      const struct link_target *to,
		      const struct link_handlers *handlers, void *owner)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->loop = loop;
	l->number = number;
	l->tls = to->tls;
	l->handlers = handlers;
	l->owner = owner;
	l->failing = (struct deferred){ .run = on_failing, .owner = l };
	snprintf(l->host, sizeof(l->host), "%s", to->host);
	deframe_init(&l->frames);
	l->dial = dial_new(loop, to->host, to->port, to->proxy, on_dialled, l);
	if (!l->dial) {
		free(l);
		return NULL;
	}
	return l;
}

void link_close(struct link *l)
{
	if (l->stream) {
		stream_finish(l->stream, FINISH_MS);
	} else {
		dial_cancel(l->dial);
		l->dial = NULL;
		fail(l, "Given up.");
	}
}

uint64_t link_number(const struct link *l)
{
	return l->number;
}

enum err link_send(struct link *l, const void *bytes, size_t len)
{
	return l->stream ? stream_write(l->stream, bytes, len) : ERR_CLOSED;
}
