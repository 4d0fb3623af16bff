/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/route.h"

#include <string.h>

#include "base/text.h"

static enum err first_of(const struct membership *m, struct homes_relay *first,
			 struct why *why)
{
	struct address_relays others = { .count = 0 };

	memset(first, 0, sizeof(*first));
	(void)text_copy(first->relays.at[0].host,
			sizeof(first->relays.at[0].host), m->host);
	first->relays.at[0].port = m->port;
	first->relays.count = 1;
	first->pinned = m->pinned;
	memcpy(first->pin, m->pin, sizeof(first->pin));
	if (*m->others) {
		enum err e = address_relays_decode(&others, m->others,
						   ADDRESS_PORT, why);

		if (e != OK)
			return e;
	}
	for (size_t i = 0;
	     i < others.count && first->relays.count < ADDRESS_RELAYS_MAX; i++)
		first->relays.at[first->relays.count++] = others.at[i];
	return OK;
}

enum err route_init(struct route *r, const char *home,
		    const struct membership *m, const struct proxy *proxy,
		    uint64_t seed, struct why *why)
{
	struct homes_relay first;
	enum err e = first_of(m, &first, why);

	memset(r, 0, sizeof(*r));
	if (e != OK)
		return e;
	r->proxy = *proxy;
	r->home = home;
	r->membership = m;
	homes_init(&r->homes, &first, seed);
	/* What cannot be read relays will tell again. */
	if (membership_relays_read(home, m, &r->kept, NULL) == OK)
		homes_restore(&r->homes, r->kept.others, r->kept.now);
	return OK;
}

void route_fini(struct route *r)
{
	for (size_t i = 0; i < ROUTE_TLS_MAX; i++)
		tls_context_free(r->tls[i].context);
}

static bool is_for(const struct route_tls *t, const struct homes_relay *relay)
{
	return t->pinned == relay->pinned &&
	       (!t->pinned || memcmp(t->pin, relay->pin, sizeof(t->pin)) == 0);
}

struct tls_context *route_tls(struct route *r, struct why *why)
{
	const struct homes_relay *relay = homes_now(&r->homes);
	struct route_tls *room = NULL;

	for (size_t i = 0; i < ROUTE_TLS_MAX; i++) {
		struct route_tls *t = &r->tls[i];

		if (t->context && is_for(t, relay))
			return t->context;
		if (!t->context && !room)
			room = t;
	}
	if (!room ||
	    tls_context_client(&room->context,
			       relay->pinned ? relay->pin : NULL, why) != OK)
		return NULL;
	room->pinned = relay->pinned;
	memcpy(room->pin, relay->pin, sizeof(room->pin));
	return room->context;
}

static bool is_known(const struct route *r, const struct route_tls *t)
{
	for (size_t i = 0; i < r->homes.count; i++)
		if (is_for(t, &r->homes.all[i]))
			return true;
	return false;
}

void route_tidy(struct route *r)
{
	for (size_t i = 0; i < ROUTE_TLS_MAX; i++) {
		struct route_tls *t = &r->tls[i];

		if (!t->context || is_known(r, t))
			continue;
		tls_context_free(t->context);
		*t = (struct route_tls){ .context = NULL };
	}
}

bool route_keep(struct route *r, struct why *why)
{
	char others[HOMES_TEXT], now[ADDRESS_OTHER_TEXT];

	homes_encode(&r->homes, others);
	homes_encode_now(&r->homes, now);
	if (strcmp(others, r->kept.others) == 0 &&
	    strcmp(now, r->kept.now) == 0)
		return true;
	(void)text_copy(r->kept.others, sizeof(r->kept.others), others);
	(void)text_copy(r->kept.now, sizeof(r->kept.now), now);
	memcpy(r->kept.place, r->membership->place, sizeof(r->kept.place));
	return membership_relays_write(r->home, &r->kept, why) == OK;
}
