/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How this terminal gets to its relay: one of the relay's addresses, through
 * the proxy if there is one. Addresses are tried in turn; the one that
 * worked last is kept.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "io/proxy.h"
#include "store/membership.h"
#include "wire/address.h"

struct route {
	struct address_relays relays;
	size_t at; /* the one in use */
	struct proxy proxy;
};

/* Takes what joining left. ERR_BAD: the file was tampered with. */
MUST_CHECK enum err route_init(struct route *r, const struct membership *m,
			       const struct proxy *proxy, struct why *why);

/* Where the next connection goes. Borrowed. */
const struct address_relay *route_now(const struct route *r);

/* No connection could be made to relays.at[way]: if that is still the one in
 * use the next connection goes to the one after it. */
void route_failed(struct route *r, size_t way);
