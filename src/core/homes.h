/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At which relay a terminal is: the one that it joined, or, when that fails,
 * one of those that relays have named (WELCOME's `others`). What happens goes
 * in, where the next connection goes comes out. A terminal is at one relay at
 * a time, and stays while that works: it does not wander back. When to dial
 * is core/client's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/address.h"
#include "wire/field.h"
#include "wire/message.h"

enum {
	HOMES_TOLD_MAX = 16, /* more are not remembered */
	HOMES_MAX = HOMES_TOLD_MAX + 2,
	/* How often each address of a relay that worked must fail in a row
	 * before it is left: once may be the path's hiccup. */
	HOMES_ROUNDS = 2,
	/* A relay that does not let us in does not change its mind soon. */
	HOMES_DENIED_MS = 5 * 60 * 1000,
};

struct homes_relay {
	struct address_relays relays; /* its addresses, tried in turn */
	bool pinned;
	uint8_t pin[ADDRESS_PIN_SIZE]; /* when pinned */
	int64_t denied_until_ms;
	bool tried;  /* in vain, since one worked last */
	bool hinted; /* by the relay that sends us away */
};

struct homes {
	struct homes_relay all[HOMES_MAX]; /* the first: that was joined */
	size_t count;
	size_t at;	   /* the one in use */
	size_t address;	   /* of its addresses */
	uint32_t way;	   /* grows whenever one of these changes */
	uint32_t moves;	   /* grows whenever `at` does */
	uint32_t failures; /* of connections to it, in a row */
	bool worked;	   /* it has let us in since we came; or the start */
	bool leaving;	   /* it sends us away */
	uint64_t random;
};

void homes_init(struct homes *h, const struct homes_relay *first,
		uint64_t seed);

/* Where the next connection goes. */
const struct homes_relay *homes_now(const struct homes *h);
const struct address_relay *homes_address(const struct homes *h);

/* The relay in use, which has proven itself, names others. They take the place
 * of those that were named before, but for the first one and the one in use;
 * when it names none they stay. True: something is different. */
bool homes_told(struct homes *h, struct span others);

/* Those but the first, as address_other_next() reads them: to be kept. Empty
 * when there are none. */
enum { HOMES_TEXT = (HOMES_MAX - 1) * ADDRESS_OTHER_TEXT };
void homes_encode(const struct homes *h, char out[HOMES_TEXT]);
/* The one in use, in the same form; empty: the first. */
void homes_encode_now(const struct homes *h, char out[ADDRESS_OTHER_TEXT]);
/* What was kept. */
void homes_restore(struct homes *h, const char *others, const char *now);

/* --- what happens --- */

/* A connection is logged in. */
void homes_up(struct homes *h);

/* The rest comes only while none is logged in, but for homes_sent_away. True:
 * from now on it is another relay; what there is of the old one is to go. */

/* A connection to homes.way, as it was when that was dialled, could not be
 * made or led to no login. Those that fail together are one failure. */
bool homes_failed(struct homes *h, uint32_t way, int64_t now);
/* The relay does not let us in. */
bool homes_denied(struct homes *h, int64_t now);
/* Nothing is logged in any more. */
bool homes_down(struct homes *h, int64_t now);

/* BYE. When the relay is going down, homes_down takes us elsewhere as soon as
 * its calls are over. */
void homes_sent_away(struct homes *h, const struct message_bye *bye);
