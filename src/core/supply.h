/* SPDX-License-Identifier: Apache-2.0 */
/*
 * News that go out (S15): what each neighbour wants of each origin, snapshots
 * piece by piece, and no more under way on a link than it takes. The inside
 * of core/directory.h.
 */
#pragma once

#include "core/routes.h"

enum {
	SUPPLY_WINDOW = 256 * 1024, /* octets of entries beyond TOOK */
	/* Of an origin's last changes, kept for those whose way changes: they
	 * would need a snapshot of it otherwise. */
	SUPPLY_PAST = 64 * 1024,
};

/* Whether what we have of it is whole, so that others may have it. */
bool supply_is_whole(const struct routes_origin *o);

/* WANT, UNWANT, MORE came; the origin was told on this link. */
void supply_want(struct routes_tie *t, uint64_t epoch, uint64_t number,
		 struct effects *out);
void supply_unwant(struct routes_tie *t);
void supply_more(struct routes_tie *t, struct span after, struct effects *out);
/* False: it took more than it was given. */
bool supply_took(struct routes_link *l, uint64_t octets, struct effects *out);

/* The change `o->number`, to all who want it. */
void supply_news(struct routes_origin *o, struct span entries,
		 struct effects *out);
/* We have it whole, and have jumped over numbers or not: who waited is
 * answered, who flows along sees a gap. */
void supply_whole(struct routes_origin *o, bool jumped, struct effects *out);
