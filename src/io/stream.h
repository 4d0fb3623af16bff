/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connected socket, with a transformation (base/filter.h: TLS) between
 * it and its owner, who sees plain bytes only. Output is buffered up to a
 * cap; an idle stream owns no buffer. It never resolves, connects or accepts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/filter.h"
#include "io/loop.h"

struct stream;

/* The owner may call anything on the stream from inside these, stream_free
 * too. After on_closed nothing comes any more; the owner frees the stream. */
struct stream_handlers {
	/* The filter's opening exchange is over. */
	void (*on_open)(void *owner);
	/* Borrowed bytes, at least one. */
	void (*on_data)(void *owner, const uint8_t *bytes, size_t len);
	/* Output fell below the low-water mark after it had been above the
	 * high-water mark. May be NULL. */
	void (*on_drained)(void *owner);
	/* OK: closed in good order, by either side. `why`: a few words. */
	void (*on_closed)(void *owner, enum err e, const char *why);
};

enum {
	STREAM_HIGH_WATER = 128 * 1024,
	STREAM_LOW_WATER = 32 * 1024,
};

/* Takes `fd` (connected or connecting, non-blocking) and the filter, even on
 * failure. `cap` bounds the output held (ciphertext octets). NULL: memory. */
struct stream *stream_new(struct loop *loop, int fd, struct filter filter,
			  size_t cap, const struct stream_handlers *handlers,
			  void *owner);
/* At once, without a word to the peer; no handler is called. */
void stream_free(struct stream *s);

/* ERR_LIMIT: the output would pass its cap, nothing is taken; ERR_CLOSED: it
 * is finishing or closed. */
MUST_CHECK enum err stream_write(struct stream *s, const void *bytes,
				 size_t len);
bool stream_above_high_water(const struct stream *s);
/* Octets not yet given to the system. */
size_t stream_pending(const struct stream *s);

/* Stops reading, so that TCP holds the peer back; and goes on. */
void stream_pause(struct stream *s);
void stream_resume(struct stream *s);

/* Lets pending output leave, says goodbye, closes; `within_ms` bounds it (0:
 * what the socket takes at once). on_closed follows, never from inside. */
void stream_finish(struct stream *s, int64_t within_ms);

/* Borrowed. */
struct filter *stream_filter(struct stream *s);
uint64_t stream_octets_in(const struct stream *s);
uint64_t stream_octets_out(const struct stream *s);

/* Unacknowledged data breaks the connection after so long (RFC 5482). */
void stream_user_timeout(struct stream *s, uint32_t ms);
