/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/worker.h"

#include <stdlib.h>
#include <string.h>

/* A table that cannot grow has lost what it was told. */
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "io/loop.h"
#include "io/stream.h"
#include "wire/deframe.h"
#include "wire/message.h"

enum {
	/* Room for what one turn may bring beyond the high-water mark. */
	OUTPUT_CAP = 512 * 1024,
	/* What is on its way may take so long to leave after a close. */
	FINISH_MS = 5000,
};

/* What becomes of DATA. */
enum data_rule { DATA_FORBIDDEN, DATA_JOINED, DATA_DISCARDED };

struct connection {
	uint64_t number;
	struct worker *worker;	 /* borrowed */
	struct stream *stream;	 /* owned */
	struct connection *peer; /* borrowed; whose peer is this one */
	enum data_rule rule;
	struct deframe frames;
	struct timer silence;
	int64_t silence_ms;
	int64_t heard_ms;
	int64_t moved_ms; /* when DATA last went either way in its call */
	bool trusted;	  /* another relay: not measured */
	bool held;	  /* not read, because its peer cannot take more */
	bool bad; /* broke the framing, or flooded: nothing more is read */
	struct limit messages;
	UT_hash_handle hh;
};

struct worker {
	struct loop *loop;
	struct mailbox orders;
	struct mailbox *control; /* borrowed */
	struct worker_rules rules;
	struct connection *connections; /* numbers are control's: no stranger
					   chooses them */
};

struct worker_letter *worker_letter_new(int kind, uint64_t conn,
					const void *bytes, size_t length)
{
	struct worker_letter *l = calloc(1, sizeof(*l) + length);

	if (!l)
		return NULL;
	l->kind = kind;
	l->fd = -1;
	l->conn = conn;
	l->length = length;
	if (length > 0)
		memcpy(l->bytes, bytes, length);
	return l;
}

static struct connection *find(struct worker *w, uint64_t number)
{
	struct connection *c;

	HASH_FIND(hh, w->connections, &number, sizeof(number), c);
	return c;
}

/* Tells control. Without memory for that the connection is lost, which
 * control learns when its closing is told. */
static void tell(struct connection *c, enum worker_event event,
		 const void *bytes, size_t length)
{
	struct worker_letter *l =
		worker_letter_new((int)event, c->number, bytes, length);

	if (!l)
		abort(); /* control and worker would disagree for ever */
	l->octets_in = stream_octets_in(c->stream);
	l->octets_out = stream_octets_out(c->stream);
	mailbox_post(c->worker->control, &l->mail);
}

/* Back-pressure: what is not read fills TCP's window back to the sender. */
static void hold(struct connection *c)
{
	c->held = true;
	stream_pause(c->stream);
}

static void let_go_on(struct connection *c)
{
	if (!c->held)
		return;
	c->held = false;
	c->heard_ms = loop_now(c->worker->loop);
	stream_resume(c->stream);
}

/* Both at once: the order for the peer may come after its closing. */
static void unjoin(struct connection *c, enum data_rule rule)
{
	struct connection *peer = c->peer;

	c->rule = rule;
	if (!peer)
		return;
	c->peer = NULL;
	peer->peer = NULL;
	/* Who was held back because of the other may go on. */
	let_go_on(peer);
	let_go_on(c);
}

/* --- what comes from the network --- */

/* Passes a DATA frame on as it is; stops reading while the far side cannot
 * take more. */
static void forward(struct connection *c, const uint8_t *frame, size_t len)
{
	struct connection *peer = c->peer;

	if (!peer)
		return; /* the far side has left the call */
	c->moved_ms = peer->moved_ms = loop_now(c->worker->loop);
	if (stream_write(peer->stream, frame, len) != OK) {
		/* It is going; or it was held back too late, which a turn's
		 * bounds rule out. Either way the call has a hole now. */
		stream_finish(peer->stream, 0);
		return;
	}
	if (stream_above_high_water(peer->stream))
		hold(c);
}

/* To control, which all terminals share: no connection may keep it busy. */
static void pass_on(struct connection *c, const uint8_t *frame, size_t len)
{
	struct worker *w = c->worker;

	if (c->trusted ||
	    limit_take(&c->messages, w->rules.messages, loop_now(w->loop))) {
		tell(c, WORKER_FRAME, frame, len);
		return;
	}
	c->bad = true;
	tell(c, WORKER_FLOOD, NULL, 0);
}

static void take_frame(struct connection *c, const struct frame *f)
{
	const uint8_t *bytes = f->payload - FRAME_HEADER;
	size_t len = FRAME_HEADER + (size_t)f->length;

	if (f->type == MESSAGE_DATA && c->rule == DATA_JOINED)
		forward(c, bytes, len);
	else if (f->type != MESSAGE_DATA || c->rule == DATA_FORBIDDEN)
		pass_on(c, bytes, len);
}

static void on_data(void *owner, const uint8_t *bytes, size_t len)
{
	struct connection *c = owner;
	enum frame_result r = FRAME_MORE;
	struct frame f;

	c->heard_ms = loop_now(c->worker->loop);
	if (c->bad)
		return;
	deframe_feed(&c->frames, bytes, len);
	while (!c->bad && (r = deframe_next(&c->frames, &f)) == FRAME_DONE)
		take_frame(c, &f);
	if (!c->bad && r == FRAME_BAD) {
		c->bad = true;
		tell(c, WORKER_BAD, NULL, 0);
	}
}

static void on_open(void *owner)
{
	struct connection *c = owner;
	uint8_t binding[TLS_EXPORTER_SIZE];

	c->heard_ms = loop_now(c->worker->loop);
	if (!tls_exporter(stream_filter(c->stream), binding)) {
		stream_finish(c->stream, 0);
		return;
	}
	tell(c, WORKER_OPENED, binding, sizeof(binding));
}

static void on_drained(void *owner)
{
	struct connection *c = owner;

	if (c->peer)
		let_go_on(c->peer);
}

static void on_closed(void *owner, enum err e, const char *why)
{
	struct connection *c = owner;

	(void)e;
	tell(c, WORKER_CLOSED, why, strlen(why) + 1);
	if (c->peer) {
		let_go_on(c->peer);
		c->peer->peer = NULL;
	}
	timer_clear(c->worker->loop, &c->silence);
	HASH_DEL(c->worker->connections, c);
	deframe_fini(&c->frames);
	stream_free(c->stream);
	free(c);
}

static const struct stream_handlers handlers = {
	.on_open = on_open,
	.on_data = on_data,
	.on_drained = on_drained,
	.on_closed = on_closed,
};

/* When to look next: at the end of its silence, or of its call's. */
static void watch_silence(struct connection *c)
{
	struct worker *w = c->worker;
	int64_t now = loop_now(w->loop);
	int64_t due = (c->held ? now : c->heard_ms) + c->silence_ms;
	int64_t stalled = c->moved_ms + w->rules.stall_ms;

	if (c->rule == DATA_JOINED && stalled > now && stalled < due)
		due = stalled;
	timer_set(w->loop, &c->silence, due);
}

/* One timer a connection, moved only when it is due: hearing costs nothing. */
static void on_silence(struct timer *t)
{
	struct connection *c = t->owner;
	struct worker *w = c->worker;
	int64_t now = loop_now(w->loop);

	/* When it is held it is we who do not listen. */
	if (!c->held && c->heard_ms + c->silence_ms <= now) {
		stream_finish(c->stream, 0);
		return;
	}
	if (c->rule == DATA_JOINED && c->moved_ms + w->rules.stall_ms <= now)
		tell(c, WORKER_STALLED, NULL, 0);
	watch_silence(c);
}

/* --- orders --- */

static void adopt(struct worker *w, struct worker_letter *l)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct filter filter;

	if (!c)
		abort();
	if (l->length == sizeof(filter))
		memcpy(&filter, l->bytes, sizeof(filter));
	else if (tls_server(w->rules.tls, &filter) != OK)
		abort();
	c->number = l->conn;
	/* What comes late on a line of ours is nobody's fault: there the other
	 * side is the relay. */
	if (l->length > 0)
		c->rule = DATA_DISCARDED;
	c->worker = w;
	c->silence_ms = w->rules.silence_ms;
	c->heard_ms = loop_now(w->loop);
	deframe_init(&c->frames);
	c->stream =
		stream_new(w->loop, l->fd, filter, OUTPUT_CAP, &handlers, c);
	if (!c->stream)
		abort();
	/* What the far end does not take for as long as a call may stand
	 * still is not sent for ever, not even after we closed. */
	stream_user_timeout(c->stream, (uint32_t)w->rules.stall_ms);
	c->silence = (struct timer){ .due = on_silence, .owner = c };
	watch_silence(c);
	HASH_ADD(hh, w->connections, number, sizeof(c->number), c);
}

static void join(struct connection *c, struct connection *peer)
{
	if (!peer)
		return; /* it closed; control is about to hear of that */
	c->peer = peer;
	peer->peer = c;
	c->rule = DATA_JOINED;
	peer->rule = DATA_JOINED;
	c->moved_ms = peer->moved_ms = loop_now(c->worker->loop);
	watch_silence(c);
	watch_silence(peer);
}

static void carry_out(struct worker *w, struct worker_letter *l)
{
	struct connection *c = find(w, l->conn);

	if (!c)
		return; /* closed meanwhile */
	switch ((enum worker_order)l->kind) {
	case WORKER_SEND:
		/* A terminal that does not read what it is told is gone. */
		if (stream_write(c->stream, l->bytes, l->length) != OK)
			stream_finish(c->stream, 0);
		break;
	case WORKER_CLOSE:
		stream_finish(c->stream, FINISH_MS);
		break;
	case WORKER_JOIN:
		join(c, find(w, l->peer));
		break;
	case WORKER_DISCARD:
		unjoin(c, DATA_DISCARDED);
		break;
	case WORKER_FORBID:
		unjoin(c, DATA_FORBIDDEN);
		break;
	case WORKER_TRUST:
		c->trusted = true;
		break;
	case WORKER_PATIENCE:
		memcpy(&c->silence_ms, l->bytes, sizeof(c->silence_ms));
		watch_silence(c);
		break;
	case WORKER_ADOPT:
	case WORKER_RENEW:
	case WORKER_STOP:
		abort(); /* not an order to one connection */
	}
}

static void renew(struct worker *w, const struct worker_letter *l)
{
	tls_context_free(w->rules.tls);
	memcpy(&w->rules, l->bytes, sizeof(w->rules));
}

static void stop(struct worker *w)
{
	while (w->connections) {
		struct connection *c = w->connections;

		timer_clear(w->loop, &c->silence);
		HASH_DEL(w->connections, c);
		deframe_fini(&c->frames);
		stream_free(c->stream);
		free(c);
	}
	loop_stop(w->loop);
}

static void on_order(void *owner, struct mail *mail)
{
	struct worker *w = owner;
	struct worker_letter *l = list_entry(mail, struct worker_letter, mail);

	if (l->kind == WORKER_ADOPT)
		adopt(w, l);
	else if (l->kind == WORKER_RENEW)
		renew(w, l);
	else if (l->kind == WORKER_STOP)
		stop(w);
	else
		carry_out(w, l);
	free(l);
}

enum err worker_start(struct worker **out, struct mailbox *control,
		      const struct worker_rules *rules, struct why *why)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w) {
		tls_context_free(rules->tls);
		return ERR_MEMORY;
	}
	w->control = control;
	w->rules = *rules;
	w->loop = loop_new();
	if (!w->loop || mailbox_init(&w->orders, w->loop, on_order, w) != OK)
		goto fail;
	if (loop_start_thread(w->loop) != OK)
		goto fail_mailbox;
	*out = w;
	return OK;
fail_mailbox:
	mailbox_fini(&w->orders);
fail:
	loop_free(w->loop);
	tls_context_free(w->rules.tls);
	free(w);
	why_set(why, "A worker thread could not be started: out of memory "
		     "or threads.");
	return ERR_MEMORY;
}

void worker_post(struct worker *w, struct worker_letter *letter)
{
	mailbox_post(&w->orders, &letter->mail);
}

void worker_finish(struct worker *w)
{
	struct worker_letter *l = worker_letter_new(WORKER_STOP, 0, NULL, 0);

	if (!l)
		abort();
	worker_post(w, l);
	loop_join(w->loop);
	mailbox_fini(&w->orders);
	loop_free(w->loop);
	tls_context_free(w->rules.tls);
	free(w);
}
