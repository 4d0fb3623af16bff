/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: a thread with one loop that owns connections: TLS, framing,
 * silence, buffers. It forwards the DATA of joined connections by itself and
 * passes everything else to control, which sends it orders. Both ways go
 * through mailboxes; nothing else is shared.
 *
 * It knows no account, no call and no rule of the protocol but one: DATA
 * that belongs to no call is not let through.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/limit.h"
#include "io/mailbox.h"
#include "trust/tls.h"
#include "wire/frame.h"

enum worker_order {
	WORKER_ADOPT,	 /* `fd` is connection `conn`; TLS begins. With `bytes`
			    (struct filter, taken) we have dialled it */
	WORKER_SEND,	 /* `bytes`: whole frames */
	WORKER_CLOSE,	 /* let what was sent leave, then close */
	WORKER_JOIN,	 /* DATA of `conn` goes to `peer`, and back */
	WORKER_DISCARD,	 /* drop DATA of `conn` */
	WORKER_PATIENCE, /* `bytes`: int64_t, ms that `conn` may be silent */
	WORKER_TRUST,	 /* it may say as much as it likes */
	WORKER_FORBID,	 /* pass DATA of `conn` to control: a violation */
	WORKER_RENEW,	 /* `bytes`: struct worker_rules, for who comes next */
	WORKER_STOP,	 /* close all, end the thread */
};

enum worker_event {
	WORKER_OPENED,	/* TLS stands; `bytes` is the channel binding */
	WORKER_FRAME,	/* `bytes` is one frame */
	WORKER_BAD,	/* what came is no frame */
	WORKER_FLOOD,	/* it says more than it may; nothing more is read */
	WORKER_STALLED, /* no DATA has moved in its call for too long */
	WORKER_CLOSED,	/* gone; `octets_in`, `octets_out`; `bytes` says why */
};

/* A letter, either way; made with worker_letter_new, freed by its taker. */
struct worker_letter {
	struct mail mail;
	int kind; /* enum worker_order or enum worker_event */
	int fd;
	uint64_t conn;
	uint64_t peer;
	uint64_t octets_in;
	uint64_t octets_out;
	size_t length;
	uint8_t bytes[];
};

/* NULL when memory is out. `bytes` may be NULL with length 0. */
struct worker_letter *worker_letter_new(int kind, uint64_t conn,
					const void *bytes, size_t length);

struct worker;

/* What a connection is adopted under, and keeps: the keep-alive that its
 * terminal was told, the certificate that it was shown. */
struct worker_rules {
	struct tls_context *tls;    /* the worker's own from then on */
	int64_t silence_ms;	    /* so silent a connection is closed */
	struct limit_rate messages; /* of one connection, DATA left out */
	int64_t stall_ms; /* after so long without DATA a call has stalled;
			     of all calls */
};

/* Starts the thread; `control` is borrowed and gets the events. Takes
 * rules->tls in any case. */
MUST_CHECK enum err worker_start(struct worker **w, struct mailbox *control,
				 const struct worker_rules *rules,
				 struct why *why);

/* Takes the letter. */
void worker_post(struct worker *w, struct worker_letter *letter);

/* Orders the end, waits for the thread, frees. */
void worker_finish(struct worker *w);
