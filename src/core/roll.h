/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminals of the network as a relay knows them: each relay's own, in
 * order of ID, and over all other relays the best entry of each ID and of
 * each telephone number. It sends nothing and decides no way: directory.c
 * says what to put in. The inside of core/directory.h.
 *
 * An entry is one allocation of 88 octets and its texts. Looking one up,
 * putting, dropping and going on from any ID take O(log n).
 */
#pragma once

#include "base/hash.h"
#include "core/order.h"
#include "wire/news.h"

struct roll_entry {
	struct order_node of_origin;
	struct order_node by_id;    /* the first of its ID only */
	struct roll_entry *same;    /* another relay's of the same ID */
	struct roll_origin *origin; /* borrowed */
	struct roll_number *numbers;
	uint64_t gen;
	uint32_t weight;
	uint32_t mark;	    /* the round of snapshot that named it last */
	uint16_t groups_at; /* each text in `text`, and its NUL */
	uint16_t numbers_at;
	uint16_t allowed_at;
	uint16_t text_size;
	uint8_t state;
	/* Of our own terminals only. */
	uint8_t shown; /* its state as last told; ROLL_NEVER */
	bool told;     /* nothing but its state has changed since */
	bool pending;  /* is to be told */
	char text[];   /* the ID first */
};

enum { ROLL_NEVER = 254 }; /* no state that can be told */

struct roll_origin {
	char name[ADDRESS_ID_MAX + 1];
	bool own;  /* its entries are not looked for by ID or number */
	bool away; /* no way leads there: they count as offline */
	struct order entries;
	uint32_t count;
	bool cut; /* there were more than the caps let in */
};

/* IDs in the order in which they came. */
struct roll_feed {
	struct roll_change *first; /* owned */
	struct roll_change **end;
};

struct roll {
	uint8_t key[HASH_KEY_SIZE];
	struct order by_id;
	struct order by_number;
	uint64_t count, max;	  /* of other relays' entries */
	struct roll_feed changed; /* IDs whose best entry has */
	struct roll_entry *gone;  /* owned; the last one of the ID taken last */
	bool out_of_memory;	  /* something was lost */
};

void roll_init(struct roll *r, const uint8_t key[HASH_KEY_SIZE], uint64_t max);
/* All origins are cleared before. */
void roll_fini(struct roll *r);

void roll_origin_init(struct roll_origin *o, const char *name, bool own);

/* New or changed; gone: drops it. What a cap keeps out is not put in. */
struct roll_entry *roll_put(struct roll *r, struct roll_origin *o,
			    const struct news_entry *from, uint32_t mark);
void roll_drop(struct roll *r, struct roll_entry *e);
/* Drops all that `mark` has not named. */
void roll_sweep(struct roll *r, struct roll_origin *o, uint32_t mark);
void roll_clear(struct roll *r, struct roll_origin *o);
void roll_set_away(struct roll *r, struct roll_origin *o, bool away);

struct roll_entry *roll_at(const struct roll_origin *o, const char *id);
struct roll_entry *roll_at_after(const struct roll_origin *o, const char *id);
/* Of all other relays: where it is logged in last, else where it was; NULL:
 * nowhere. */
const struct roll_entry *roll_best(const struct roll *r, const char *id);
const struct roll_entry *roll_best_after(const struct roll *r, const char *id);
const struct roll_entry *roll_best_number(const struct roll *r,
					  const char *number);
/* The highest generation of an ID at other relays; 0: none. */
uint64_t roll_gen(const struct roll *r, const char *id);

/* Fills `e`, which borrows; its texts end with a NUL. */
void roll_read(const struct roll_entry *from, struct news_entry *e);
/* The same as it is seen here: nobody is free where no way leads. */
void roll_see(const struct roll_entry *from, struct news_entry *e);

/* The next ID whose best entry has changed; false: none. Then r->gone is what
 * it had last, with the state that was seen of it, if it has none any more. */
bool roll_changed(struct roll *r, char id[ADDRESS_ID_MAX + 1]);

void roll_feed_init(struct roll_feed *f);
/* False: no memory. */
bool roll_feed_add(struct roll_feed *f, const char *id);
/* Takes the oldest; false: there is none. */
bool roll_feed_take(struct roll_feed *f, char id[ADDRESS_ID_MAX + 1]);
