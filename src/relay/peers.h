/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relays that this one dials: where they are, how they are trusted, our
 * logins there. core decides when there is to be a connection; a worker owns it
 * once it stands. Beside control's loop, in its thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/filter.h"
#include "core/relay.h"
#include "io/loop.h"
#include "relay/config.h"
#include "trust/login.h"
#include "wire/address.h"

struct peers;

struct peers_handlers {
	/* TCP stands: the descriptor and the filter (TLS as a client) are the
	 * taker's. */
	void (*dialled)(void *owner, uint64_t conn, int fd,
			struct filter filter);
	/* It could not be made. */
	void (*failed)(void *owner, uint64_t conn, const char *sentence);
};

/* Reads --name and --peer. ERR_BAD with a sentence. */
MUST_CHECK enum err peers_new(struct peers **out, const struct config *config,
			      struct loop *loop,
			      const struct peers_handlers *handlers,
			      void *owner, struct why *why);
void peers_free(struct peers *p);

/* One that a shared database told of: new, or it is reached in another way.
 * True: it is new, and `index` is its. Never one that --peer named. */
bool peers_learn(struct peers *p, const char *name,
		 const struct address_join *join, size_t *index);

size_t peers_count(const struct peers *p);
/* The n-th, as core wants it; borrowed from `p`. */
void peers_facts(const struct peers *p, size_t n, struct relay_peer *out);

/* The relay that a connection is for. */
const char *peers_name(const struct peers *p, uint64_t conn);

/* EFFECT_DIAL: a handler follows, not from inside. */
void peers_dial(struct peers *p, uint64_t conn);
/* EFFECT_CLOSE; true: it was still being dialled, and is no more. */
bool peers_give_up(struct peers *p, uint64_t conn);
/* Its TLS stands. */
void peers_opened(struct peers *p, uint64_t conn,
		  const uint8_t binding[TLS_EXPORTER_SIZE]);
/* EFFECT_LOGIN. */
enum login_status peers_login(struct peers *p, uint64_t conn,
			      const uint8_t *bytes, size_t len,
			      struct login_out *out);
/* The connection is gone; true: before it was one. */
bool peers_left(struct peers *p, uint64_t conn);
