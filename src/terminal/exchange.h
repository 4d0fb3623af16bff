/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of this terminal, made and taken: brings core/client's calls and
 * the faxes in them together. It knows the inbox, and no queue.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/transfer.h"
#include "io/loop.h"
#include "store/inbox.h"
#include "store/membership.h"
#include "terminal/config.h"
#include "terminal/online.h"

enum { EXCHANGE_CALLS_MAX = 64 };

/* A fax to be sent. Everything is borrowed until `finished`. */
struct exchange_fax {
	const char *to;
	const uint8_t *job; /* PIPE_JOB_SIZE octets */
	const char *title;
	uint16_t pages;
	const char *document; /* path */
	/* The call stands; the pages go. */
	void (*standing)(void *owner);
	void (*progress)(void *owner, uint16_t pages);
	/* Once, never from inside exchange_send. */
	void (*finished)(void *owner, const struct transfer_result *result,
			 const char *far_ident);
	void *owner;
};

struct exchange;

/* A fax that stands in the inbox, or a list that was asked for. */
struct exchange_handlers {
	void (*listing)(void *owner, const struct message_listing *l);
	void (*presence)(void *owner, const struct message_presence *p);
	void (*unfollowed)(void *owner); /* as in terminal/online.h */
	void (*changed)(void *owner);	 /* online or offline */
	/* A fax, whole or partial, stands in the inbox in `folder`. */
	void (*received)(void *owner, const char *folder);
};

MUST_CHECK enum err exchange_new(struct exchange **out, struct loop *loop,
				 const struct config *config,
				 const struct membership *membership,
				 struct inbox *inbox,
				 const struct exchange_handlers *handlers,
				 void *owner, struct why *why);
/* At once: faxes under way are broken off; `finished` does not come. */
void exchange_free(struct exchange *x);

/* Calls and sends. 0: too many calls, or out of memory. */
uint32_t exchange_send(struct exchange *x, const struct exchange_fax *fax);
/* Breaks it off; `finished` comes. */
void exchange_cancel(struct exchange *x, uint32_t number);

/* Drops a call that tells nothing any more; `finished` does not come. */
void exchange_forget(struct exchange *x, uint32_t number);

/* Ends all calls and logs out; in a moment it is quiet. */
void exchange_close(struct exchange *x);

struct online *exchange_online(struct exchange *x);
