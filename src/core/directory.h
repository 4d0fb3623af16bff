/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routing by distribution (S15): what this relay tells the others of its
 * terminals, what they tell of theirs, and by which neighbour each relay is
 * reached. As core/relay.h: events go in, messages come out, each function
 * appends to `out`; no I/O, no clock, no randomness.
 *
 * A terminal that is known costs one allocation, of 88 octets and its texts
 * (some 128 in all), and another of some 64 for each telephone number. The
 * last 64 KB of changes of each relay are kept besides. Looking up, changing
 * and going on from any ID take O(log n); nothing is ever sorted as a whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/effect.h"
#include "wire/news.h"

/* What others can make grow. */
struct directory_limits {
	uint32_t relays;    /* besides us; of more nothing is known */
	uint64_t terminals; /* of all of them; of more nothing is known */
};
extern const struct directory_limits directory_limits_default;

struct directory;

/* `epoch`, never 0, is greater with each start; `key` is 16 octets of
 * randomness. NULL limits: the default ones. NULL: out of memory. */
struct directory *directory_new(const char *name, uint64_t epoch,
				const uint8_t key[16],
				const struct directory_limits *limits);
void directory_free(struct directory *d);

/* Where our own terminals reach us: before there are links. Another text than
 * an entry of WELCOME's others is ignored. */
void directory_address(struct directory *d, const char *address);

/* --- links --- */

/* A link stands, on a connection that is none yet. Its relay must be called
 * `expected`, unless that is NULL. */
void directory_link_up(struct directory *d, uint64_t conn, const char *expected,
		       struct effects *out);
/* It does not any more; nothing is said on it. Unknown ones are ignored. */
void directory_link_down(struct directory *d, uint64_t conn,
			 struct effects *out);
/* To be called every 10 s: the terminals of a relay that no way leads to at
 * two calls in succession are forgotten. Until then they are kept, and seen as
 * offline: when a way is found again only what has changed meanwhile is asked
 * for. */
void directory_tick(struct directory *d, struct effects *out);
/* Whether there is a relay without a way to it, or was within a day: who is
 * known nowhere may be there. */
bool directory_misses(const struct directory *d);
/* A way was lost and a longer one is not taken yet: directory_release() is to
 * be called when all have had time to hear of the loss (a second), so that
 * nobody is led where the way is lost, too. */
bool directory_holds(const struct directory *d);
void directory_release(struct directory *d, struct effects *out);
/* The relay at its other end; NULL: it has not said so yet. */
const char *directory_link_name(const struct directory *d, uint64_t conn);

enum directory_result {
	DIRECTORY_DONE,
	DIRECTORY_NOT_MINE,  /* the message is for somebody else: NEED */
	DIRECTORY_VIOLATION, /* close the link, then directory_link_down() */
};
enum directory_result directory_message(struct directory *d, uint64_t conn,
					const struct message *m,
					struct effects *out);

/* --- our own terminals --- */

/* New or changed; nothing happens when all of it is told already. False: not
 * what an entry may hold (wire/news.h). */
bool directory_tell(struct directory *d, const struct news_entry *e,
		    struct effects *out);
void directory_forget(struct directory *d, const char *id, struct effects *out);
/* What was told since the last time leaves, in as few messages as hold it. */
void directory_flush(struct directory *d, struct effects *out);
/* The generation for a login of this ID here, now (wall clock). */
uint64_t directory_gen(const struct directory *d, const char *id,
		       uint64_t now_us);

/* --- what is known of the others --- */

/* It borrows from the directory, until the next event; its texts end with a
 * NUL. */
struct directory_found {
	struct news_entry entry;
	const char *relay;
	uint64_t hop; /* the link that leads there; 0: none, for the moment */
};

/* Who is at a relay that no neighbour leads to is found, and offline, until one
 * does and has told of it. While all that has happened is that a longer way is
 * not taken yet he is as he was: nobody sees a whole office come and go. */

/* Where a terminal is: of all other relays' entries of this ID the one that
 * logged in last among those not offline, else an offline one. */
bool directory_find(const struct directory *d, const char *id,
		    struct directory_found *f);
/* The same for a telephone number, digits and + as they were told. */
bool directory_find_number(const struct directory *d, const char *number,
			   struct directory_found *f);
/* At that relay, which may be us. */
bool directory_find_at(const struct directory *d, const char *relay,
		       const char *id, struct directory_found *f);
/* What directory_find() finds for the first ID after this one; "" for the
 * first of all. */
bool directory_find_after(const struct directory *d, const char *id,
			  struct directory_found *f);
/* The next ID for which directory_find() gives something else than before;
 * false: no more. To be asked after each event until then. */
bool directory_changed(struct directory *d, char id[ADDRESS_ID_MAX + 1]);
/* What directory_find() gave before for the ID that was said last, when it
 * gives nothing now. Borrowed until the next call of directory_changed(). */
bool directory_gone(const struct directory *d, struct directory_found *f);

struct directory_relay {
	const char *name; /* borrowed, until the next event */
	uint64_t epoch;
	uint64_t hop;	     /* the link that leads there */
	const char *via;     /* the neighbour at its other end, borrowed */
	uint8_t distance;    /* 1: a neighbour */
	uint32_t terminals;  /* that we know of there */
	bool complete;	     /* these are all */
	const char *address; /* where its terminals reach it, borrowed, as an
				entry of WELCOME's others; NULL: unknown */
};
/* How a relay is reached; false: not. */
bool directory_relay(const struct directory *d, const char *name,
		     struct directory_relay *r);
/* The link by which a relay is reached; 0: not. */
uint64_t directory_next_hop(const struct directory *d, const char *name);
/* The first relay after this name; "" for the first of all. */
bool directory_relay_after(const struct directory *d, const char *name,
			   struct directory_relay *r);
