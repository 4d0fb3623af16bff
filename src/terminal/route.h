/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How this terminal gets to a relay: core/homes says to which, and by which of
 * its addresses; here are the proxy, the TLS for each relay's key, and what is
 * remembered on disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/homes.h"
#include "io/proxy.h"
#include "store/membership.h"
#include "trust/tls.h"
#include "wire/address.h"

/* For all that are known, and those of a list that was replaced since the
 * last route_tidy. */
enum { ROUTE_TLS_MAX = 2 * HOMES_MAX };

/* Of a relay's key; or of none, which is an authority's certificate. */
struct route_tls {
	bool pinned;
	uint8_t pin[ADDRESS_PIN_SIZE];
	struct tls_context *context; /* owned; NULL: free */
};

struct route {
	struct homes homes;
	struct proxy proxy;
	struct route_tls tls[ROUTE_TLS_MAX];
	const char *home;		     /* borrowed */
	const struct membership *membership; /* borrowed */
	struct membership_relays kept;	     /* as on disk */
};

/* Takes what joining left in `home`, and what was told since. ERR_BAD: the
 * file was tampered with. */
MUST_CHECK enum err route_init(struct route *r, const char *home,
			       const struct membership *m,
			       const struct proxy *proxy, uint64_t seed,
			       struct why *why);
void route_fini(struct route *r);

/* For the next connection. Borrowed until route_tidy. NULL with a sentence. */
struct tls_context *route_tls(struct route *r, struct why *why);
/* Frees the TLS of relays that are not known any more. */
void route_tidy(struct route *r);

/* Writes down what core/homes knows, if that is new. False with a sentence:
 * it will not be known after a restart. */
bool route_keep(struct route *r, struct why *why);
