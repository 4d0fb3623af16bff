/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fax in a call that stands: core/transfer, an endpoint child, and the
 * pipe between this terminal and the far one. It knows no queue and no
 * connection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/transfer.h"
#include "io/loop.h"
#include "store/inbox.h"

struct call;

struct call_setup {
	struct loop *loop;     /* borrowed, as all pointers here */
	uint32_t number;       /* of core/client */
	const char *far_id;    /* copied */
	const char *far_relay; /* the caller's, if not ours; copied */
	const char *fax_program;
	const char *name;    /* TSI, CSI; copied */
	bool unpaced;	     /* both ends can */
	struct inbox *inbox; /* callee */
	/* caller: */
	const uint8_t *job; /* PIPE_JOB_SIZE octets */
	const char *title;
	uint16_t pages;
	const char *document; /* path */
	const char *sender;   /* in a line above each page; NULL: no line */
};

/* May come from inside any function of this file. */
struct call_handlers {
	/* Into the pipe: the payload of one DATA message. False: it is gone. */
	bool (*send)(void *owner, uint32_t call, const uint8_t *bytes,
		     size_t len);
	void (*hang_up)(void *owner, uint32_t call, uint16_t reason);
	/* Pages confirmed (caller) or on disk (callee) so far. */
	void (*progress)(void *owner, struct call *c, uint16_t pages);
	/* Callee: a fax, whole or partial, stands in the inbox in `folder`. */
	void (*received)(void *owner, struct call *c, const char *folder);
	/* The call is gone soon after; it may not be used any more. */
	void (*finished)(void *owner, struct call *c,
			 const struct transfer_result *result);
};

/* NULL: out of memory. */
struct call *call_new(const struct call_setup *setup, enum transfer_role role,
		      const struct call_handlers *handlers, void *owner);
/* At once; kills the child; no handler is called. */
void call_free(struct call *c);

/* The pipe's bytes came. */
void call_data(struct call *c, const uint8_t *bytes, size_t len);
/* The call is over, for this reason. */
void call_over(struct call *c, uint16_t reason);
/* Our user's wish. */
void call_cancel(struct call *c);

uint32_t call_number(const struct call *c);
const char *call_far_id(const struct call *c);
/* What T.30 calls the far end; "" when it has not said. */
const char *call_far_ident(const struct call *c);
