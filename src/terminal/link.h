/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to the relay as the terminal's shell sees it: dialled,
 * wrapped in TLS, cut into frames. It knows no message.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "io/proxy.h"
#include "trust/tls.h"
#include "wire/frame.h"

struct link;

struct link_handlers {
	/* TLS stands; `binding` is the channel's (TLS_EXPORTER_SIZE). */
	void (*opened)(void *owner, struct link *l, const uint8_t *binding);
	/* The frame borrows from what was read. */
	void (*frame)(void *owner, struct link *l, const struct frame *f);
	/* What came is no frame. */
	void (*bad)(void *owner, struct link *l);
	/* Gone, or could not be made; the link is freed after it. */
	void (*closed)(void *owner, struct link *l, const char *sentence);
};

/* Where to, and how. All borrowed until link_new returns, but for tls. */
struct link_target {
	const char *host;
	uint16_t port;
	const struct proxy *proxy; /* may be NULL */
	struct tls_context *tls;   /* borrowed while the link lives */
};

/* NULL: out of memory. `number` is the owner's. */
struct link *link_new(struct loop *loop, uint64_t number,
		      const struct link_target *to,
		      const struct link_handlers *handlers, void *owner);
/* At once; no handler is called. */
void link_free(struct link *l);
/* Lets what was said leave; `closed` follows. */
void link_close(struct link *l);

uint64_t link_number(const struct link *l);

/* Whole frames. ERR_LIMIT: too much waits to leave; ERR_CLOSED. */
MUST_CHECK enum err link_send(struct link *l, const void *bytes, size_t len);
