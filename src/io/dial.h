/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbound TCP connections: a name is resolved on a thread of its own, so
 * that no loop waits for DNS; its addresses are tried in turn.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

enum {
	DIAL_ATTEMPT_MS = 5000, /* for one address */
	DIAL_TOTAL_MS = 15000,	/* for all, the name's resolution included */
};

struct dial;

/* `done` comes once, never from inside dial_new: a connected non-blocking
 * descriptor that it owns, or -1 and a sentence. The dial is gone after it.
 * NULL: out of memory or threads. */
struct dial *dial_new(struct loop *loop, const char *host, uint16_t port,
		      void (*done)(void *owner, int fd, const char *sentence),
		      void *owner);
/* Without `done`. */
void dial_cancel(struct dial *d);
