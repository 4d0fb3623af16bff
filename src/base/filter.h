/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A two-way transformation between the bytes on the wire and the bytes that
 * a program reads and writes. TLS is one (trust/tls.h); io/stream.h runs any.
 * So `io` knows no TLS and `trust` knows no socket.
 *
 * Whatever the transformation wants to send is appended to `out`.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum filter_status {
	FILTER_OK,     /* done, or bytes were produced */
	FILTER_MORE,   /* needs more bytes from the peer */
	FILTER_CLOSED, /* the peer closed in good order */
	FILTER_BROKEN, /* the peer broke the rules, or was not who it must be */
};

struct filter_ops {
	/* The bytes that came last from the wire. Borrowed until the next
	 * feed; open and read use them up. */
	void (*feed)(void *self, const uint8_t *bytes, size_t len);
	/* Goes on with the opening exchange; FILTER_OK once it is over. */
	enum filter_status (*open)(void *self, struct buf *out);
	/* FILTER_OK: *got bytes (>= 1) lie in `plain`. */
	enum filter_status (*read)(void *self, uint8_t *plain, size_t size,
				   size_t *got, struct buf *out);
	/* Takes all `len` bytes or none. ERR_LIMIT: `out` has no room. */
	enum err (*write)(void *self, const uint8_t *plain, size_t len,
			  struct buf *out);
	/* Says goodbye (close_notify). */
	void (*close)(void *self, struct buf *out);
	/* Why the last FILTER_BROKEN came, a few words; static storage. */
	const char *(*fault)(void *self);
	void (*free)(void *self);
};

struct filter {
	const struct filter_ops *ops;
	void *self; /* owned: whoever holds the filter frees it */
};
