/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/route.h"

#include <string.h>

#include "base/text.h"

enum err route_init(struct route *r, const struct membership *m,
		    const struct proxy *proxy, struct why *why)
{
	struct address_relays others = { .count = 0 };

	memset(r, 0, sizeof(*r));
	r->proxy = *proxy;
	(void)text_copy(r->relays.at[0].host, sizeof(r->relays.at[0].host),
			m->host);
	r->relays.at[0].port = m->port;
	r->relays.count = 1;
	if (*m->others) {
		enum err e = address_relays_decode(&others, m->others,
						   ADDRESS_PORT, why);

		if (e != OK)
			return e;
	}
	for (size_t i = 0;
	     i < others.count && r->relays.count < ADDRESS_RELAYS_MAX; i++)
		r->relays.at[r->relays.count++] = others.at[i];
	return OK;
}

const struct address_relay *route_now(const struct route *r)
{
	return &r->relays.at[r->at];
}

void route_failed(struct route *r, size_t way)
{
	/* Connections that fail together are one failure. */
	if (way == r->at)
		r->at = (r->at + 1) % r->relays.count;
}
