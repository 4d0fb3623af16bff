/* SPDX-License-Identifier: Apache-2.0 */
#include "io/stream.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* So much a turn, so that one stream cannot starve the others. */
	READS_A_TURN = 4,
	READ_SIZE = 16 * 1024,
};

enum phase {
	PHASE_OPENING,
	PHASE_OPEN,
	PHASE_FINISHING, /* output is leaving; input is ignored */
	PHASE_CLOSED,	 /* on_closed is due or done */
};

struct stream {
	struct loop *loop; /* borrowed */
	struct watch watch;
	struct filter filter; /* owned */
	struct buf out;
	const struct stream_handlers *handlers; /* borrowed */
	void *owner;				/* borrowed */
	struct deferred closing;		/* tells on_closed, or frees */
	struct timer deadline;			/* while finishing */
	enum phase phase;
	bool paused;
	bool was_high;
	bool in_callback; /* the stream is on the stack: freeing waits */
	bool freed;
	enum err error;
	const char *why; /* static */
	uint64_t octets_in;
	uint64_t octets_out;
};

static void release(struct stream *s)
{
	loop_undefer(&s->closing);
	timer_clear(s->loop, &s->deadline);
	buf_fini(&s->out);
	s->filter.ops->free(s->filter.self);
	free(s);
}

/* Lets go of the socket at once: its number may be used again. */
static void shut(struct stream *s)
{
	if (s->watch.fd < 0)
		return;
	loop_unwatch(s->loop, &s->watch);
	close(s->watch.fd);
	s->watch.fd = -1;
	timer_clear(s->loop, &s->deadline);
}

static void on_closing(struct deferred *d)
{
	struct stream *s = d->owner;

	if (s->freed)
		release(s);
	else
		s->handlers->on_closed(s->owner, s->error, s->why);
}

static void end(struct stream *s, enum err e, const char *why)
{
	if (s->phase == PHASE_CLOSED)
		return;
	s->phase = PHASE_CLOSED;
	s->error = e;
	s->why = why;
	shut(s);
	loop_defer(s->loop, &s->closing);
}

static void update_interest(struct stream *s)
{
	unsigned want = 0;

	if (s->watch.fd < 0)
		return;
	if (!s->paused)
		want |= LOOP_READ;
	if (buf_length(&s->out) > 0)
		want |= LOOP_WRITE;
	loop_rewatch(s->loop, &s->watch, want);
}

/* Gives the system what it takes. */
static void flush(struct stream *s)
{
	while (s->watch.fd >= 0 && buf_length(&s->out) > 0) {
		ssize_t n = send(s->watch.fd, buf_front(&s->out),
				 buf_length(&s->out), MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOTCONN ||
			      errno == EINPROGRESS))
			break;
		if (n < 0) {
			end(s, ERR_CLOSED, "the connection broke");
			return;
		}
		s->octets_out += (uint64_t)n;
		buf_consume(&s->out, (size_t)n);
	}
	if (s->phase == PHASE_FINISHING && buf_length(&s->out) == 0)
		end(s, OK, "closed");
	update_interest(s);
}

static void tell_drained(struct stream *s)
{
	if (!s->was_high || buf_length(&s->out) > STREAM_LOW_WATER ||
	    s->phase == PHASE_CLOSED)
		return;
	s->was_high = false;
	if (s->handlers->on_drained)
		s->handlers->on_drained(s->owner);
}

/* --- what comes in --- */

static void broken(struct stream *s, enum filter_status status)
{
	if (status == FILTER_CLOSED) {
		flush(s);
		end(s, OK, "the peer closed");
		return;
	}
	flush(s); /* the alert that says so */
	end(s, ERR_BAD, s->filter.ops->fault(s->filter.self));
}

static bool go_on_opening(struct stream *s)
{
	enum filter_status status =
		s->filter.ops->open(s->filter.self, &s->out);

	if (status == FILTER_MORE)
		return false;
	if (status != FILTER_OK) {
		broken(s, status);
		return false;
	}
	s->phase = PHASE_OPEN;
	s->handlers->on_open(s->owner);
	return s->phase == PHASE_OPEN && !s->freed;
}

/* Hands the owner every plain byte that the fed input holds. */
static void deliver(struct stream *s)
{
	uint8_t plain[READ_SIZE];

	if (s->phase == PHASE_OPENING && !go_on_opening(s))
		return;
	while (s->phase == PHASE_OPEN && !s->freed) {
		size_t got = 0;
		enum filter_status status = s->filter.ops->read(
			s->filter.self, plain, sizeof(plain), &got, &s->out);

		if (status == FILTER_MORE)
			return;
		if (status != FILTER_OK) {
			broken(s, status);
			return;
		}
		s->handlers->on_data(s->owner, plain, got);
	}
}

/* False when there is nothing more to read now. */
static bool read_some(struct stream *s)
{
	uint8_t *input = loop_scratch(s->loop);
	ssize_t n = recv(s->watch.fd, input, READ_SIZE, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		/* Without the filter's goodbye the end may be an attacker's;
		 * the protocol's own words decide what it means. */
		end(s, ERR_CLOSED,
		    n == 0 ? "the peer is gone" : "the connection broke");
		return false;
	}
	s->octets_in += (uint64_t)n;
	if (s->phase == PHASE_FINISHING)
		return true;
	s->filter.ops->feed(s->filter.self, input, (size_t)n);
	deliver(s);
	return n == READ_SIZE;
}

static void on_ready(struct watch *w, unsigned what)
{
	struct stream *s = w->owner;

	s->in_callback = true;
	if (what & LOOP_WRITE)
		flush(s);
	for (int i = 0; i < READS_A_TURN && what & LOOP_READ; i++) {
		if (s->freed || s->paused || s->watch.fd < 0 || !read_some(s))
			break;
	}
	if (!s->freed && s->phase != PHASE_CLOSED) {
		flush(s);
		tell_drained(s);
	}
	s->in_callback = false;
	if (s->freed)
		loop_defer(s->loop, &s->closing);
}

static void on_deadline(struct timer *t)
{
	struct stream *s = t->owner;

	end(s, OK, "closed");
}

/* --- the public side --- */

static void no_delay(int fd)
{
	int on = 1;

	/* Fails on sockets that are not TCP, where there is no delay. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

struct stream *stream_new(struct loop *loop, int fd, struct filter filter,
			  size_t cap, const struct stream_handlers *handlers,
			  void *owner)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		goto fail;
	s->loop = loop;
	s->filter = filter;
	s->handlers = handlers;
	s->owner = owner;
	s->watch = (struct watch){ .fd = fd,
				   .interest = LOOP_READ | LOOP_WRITE,
				   .ready = on_ready,
				   .owner = s };
	s->closing = (struct deferred){ .run = on_closing, .owner = s };
	s->deadline = (struct timer){ .due = on_deadline, .owner = s };
	buf_init(&s->out, cap);
	no_delay(fd);
	if (loop_watch(loop, &s->watch) != OK)
		goto fail;
	/* A client speaks first. What it says leaves when the socket is
	 * writable, which the first turn tells. */
	if (filter.ops->open(filter.self, &s->out) == FILTER_BROKEN)
		end(s, ERR_BAD, filter.ops->fault(filter.self));
	return s;
fail:
	close(fd);
	filter.ops->free(filter.self);
	free(s);
	return NULL;
}

void stream_free(struct stream *s)
{
	if (!s || s->freed)
		return;
	s->freed = true;
	s->phase = PHASE_CLOSED;
	shut(s);
	if (!s->in_callback)
		loop_defer(s->loop, &s->closing);
}

enum err stream_write(struct stream *s, const void *bytes, size_t len)
{
	enum err e;

	if (s->phase != PHASE_OPEN || s->freed)
		return ERR_CLOSED;
	e = s->filter.ops->write(s->filter.self, bytes, len, &s->out);
	if (e != OK)
		return e;
	if (buf_length(&s->out) > STREAM_HIGH_WATER)
		s->was_high = true;
	/* What is written in one turn leaves together at its end. */
	update_interest(s);
	return OK;
}

bool stream_above_high_water(const struct stream *s)
{
	return buf_length(&s->out) > STREAM_HIGH_WATER;
}

size_t stream_pending(const struct stream *s)
{
	return buf_length(&s->out);
}

void stream_pause(struct stream *s)
{
	s->paused = true;
	update_interest(s);
}

void stream_resume(struct stream *s)
{
	s->paused = false;
	update_interest(s);
}

void stream_finish(struct stream *s, int64_t within_ms)
{
	if (s->phase == PHASE_CLOSED || s->phase == PHASE_FINISHING)
		return;
	if (s->phase == PHASE_OPEN)
		s->filter.ops->close(s->filter.self, &s->out);
	s->phase = PHASE_FINISHING;
	s->paused = false;
	timer_set(s->loop, &s->deadline, loop_now(s->loop) + within_ms);
	flush(s);
}

struct filter *stream_filter(struct stream *s)
{
	return &s->filter;
}

uint64_t stream_octets_in(const struct stream *s)
{
	return s->octets_in;
}

uint64_t stream_octets_out(const struct stream *s)
{
	return s->octets_out;
}

void stream_user_timeout(struct stream *s, uint32_t ms)
{
	if (s->watch.fd >= 0)
		(void)setsockopt(s->watch.fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
				 &ms, sizeof(ms));
}
