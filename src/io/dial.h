/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbound TCP connections, directly or through a proxy. Names are resolved
 * beside the loop, which never waits for DNS. When a host has IPv6 and IPv4
 * addresses both families race (RFC 8305). libcurl does all of it; nothing
 * of HTTP is left on the connection that comes out.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "io/proxy.h"

enum {
	/* For all: resolution, every address, the proxy's answer. */
	DIAL_TOTAL_MS = 15000,
	/* The other family's head start; RFC 8305 section 5 recommends it. */
	DIAL_FAMILY_MS = 250,
};

struct dial;

/* `host` is a name, IPv4, or IPv6 without brackets. `proxy` may be NULL; it
 * is read before this returns. `done` comes once, never from inside
 * dial_new: a connected non-blocking descriptor that it owns, or -1 and a
 * sentence. The dial is gone after it. NULL: out of memory. */
struct dial *dial_new(struct loop *loop, const char *host, uint16_t port,
		      const struct proxy *proxy,
		      void (*done)(void *owner, int fd, const char *sentence),
		      void *owner);
/* Without `done`. */
void dial_cancel(struct dial *d);
