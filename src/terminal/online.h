/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's side of the network: carries out what core/client decides,
 * with links, logins and a timer. Calls are numbered by core/client. It knows
 * no fax.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/client.h"
#include "core/homes.h"
#include "io/loop.h"
#include "store/membership.h"
#include "terminal/config.h"
#include "wire/address.h"

struct online;

/* Nothing of these comes from inside a function of this file. */
struct online_handlers {
	void (*ring)(void *owner, const struct effect_call *call);
	void (*talk)(void *owner, const struct effect_call *call);
	void (*data)(void *owner, uint32_t call, const uint8_t *bytes,
		     size_t len);
	void (*over)(void *owner, const struct effect_call *call);
	void (*listing)(void *owner, const struct message_listing *l);
	void (*presence)(void *owner, const struct message_presence *p);
	/* The connection is gone that online_list was to follow on. */
	void (*unfollowed)(void *owner);
	void (*changed)(void *owner); /* online or offline */
};

/* Borrows config and membership. The sentence in `why` is for a user. */
MUST_CHECK enum err online_new(struct online **out, struct loop *loop,
			       const struct config *config,
			       const struct membership *membership,
			       const struct online_handlers *handlers,
			       void *owner, struct why *why);
/* At once. */
void online_free(struct online *o);

/* Keeps so many idle connections beside calls from now on. */
void online_spares(struct online *o, uint32_t spares);

/* As the functions of core/client.h. */
uint32_t online_call(struct online *o, const char *to);
void online_accept(struct online *o, uint32_t call);
void online_refuse(struct online *o, uint32_t call, uint16_t reason);
void online_end(struct online *o, uint32_t call, uint16_t reason);
MUST_CHECK enum err online_list(struct online *o, bool follow,
				uint32_t *request);
/* Logs out; connections close in a moment. */
void online_logout(struct online *o);

/* DATA of a call that stands. ERR_CLOSED: it does not. */
MUST_CHECK enum err online_send(struct online *o, uint32_t call,
				const uint8_t *bytes, size_t len);

struct client_counts online_counts(const struct online *o);
/* The address that connections are made to now. Borrowed. */
const struct address_relay *online_relay(const struct online *o);
/* All relays that are known. Borrowed. */
const struct homes *online_homes(const struct online *o);
/* Why the last connection could not be made or was refused; "" when all is
 * well. Borrowed. */
const char *online_trouble(const struct online *o);
