/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways through the network (S13): which neighbours there are, by which path
 * each tells us that it reaches each other relay (origin), which of the paths
 * is taken and whom we tell of it (a path vector, as in BGP, RFC 4271). The
 * inside of core/directory.h, shared by directory.c and supply.c only.
 */
#pragma once

#include "base/list.h"
#include "core/effect.h"
#include "core/roll.h"

/* A connection to a neighbour that carries news. */
struct routes_link {
	uint64_t conn;
	char expected[ADDRESS_ID_MAX + 1]; /* empty: any */
	char name[ADDRESS_ID_MAX + 1];	   /* empty: has not said LINK */
	struct list link;
	struct list ties;
	/* Octets of entries. */
	uint64_t sent, taken; /* to it; and by its last TOOK */
	uint64_t got, told;   /* from it; and by our last TOOK */
	uint32_t waiting;     /* ties that wait for room */
};

/* What its neighbour is owed of an origin's news. */
enum routes_due { ROUTES_NOTHING, ROUTES_ANSWER, ROUTES_PIECE, ROUTES_NOTICE };

/* All between one link and one origin. */
struct routes_tie {
	struct routes_origin *origin; /* borrowed */
	struct routes_link *link;     /* borrowed */
	struct list of_origin, of_link;
	/* How the neighbour reaches it. */
	uint8_t *path; /* owned; NULL: it does not */
	uint16_t path_size;
	uint8_t names; /* in the path */
	uint64_t epoch;
	uint64_t told_epoch; /* by our last ROUTE; 0: none, or withdrawn */
	/* The news that it wants from us (supply.c). */
	bool wants;
	enum routes_due due;
	bool waits; /* for room on the link */
	uint64_t want_epoch, want_number;
	char after[ADDRESS_ID_MAX + 1]; /* the piece that is due */
};

/* A change as it went round. */
struct routes_past {
	struct list link;
	size_t size;
	uint8_t entries[];
};

/* Where the news that we want stand (directory.c). */
enum routes_phase { ROUTES_ASKED, ROUTES_PIECES, ROUTES_SYNCED };

struct routes_origin {
	struct roll_origin roll;
	struct order_node node;
	uint32_t weight;
	struct list ties;
	struct routes_tie *best; /* borrowed; NULL: no way, or it is us */
	uint8_t used_names;	 /* of the last way; 0: take any */
	uint64_t used_epoch;
	struct routes_link *source; /* borrowed; where we asked for news */
	enum routes_phase phase;
	uint64_t asked_epoch; /* of the path when we asked */
	char *address;	      /* owned; where it is reached; NULL: unknown */
	uint32_t lost;	      /* ticks in succession without a way */
	/* What we have: all changes up to `number` of `epoch`; 0: nothing. */
	uint64_t epoch, number;
	bool mixed; /* and some later ones: a snapshot is under way */
	/* The last changes, up to `number` without a gap. */
	struct list past;
	uint32_t past_count;
	size_t past_size; /* with what each costs besides */
	/* PIECES. */
	uint64_t piece_number;
	uint32_t mark;
	char after[ADDRESS_ID_MAX + 1]; /* as asked by MORE */
};

struct routes {
	struct routes_origin *self; /* owned, by `origins` */
	uint8_t key[HASH_KEY_SIZE];
	struct order origins; /* owned; by name */
	struct list links;    /* owned; the oldest first */
	uint32_t count, max;  /* other origins */
};

/* False: no memory. */
bool routes_init(struct routes *r, const char *name, uint64_t epoch,
		 const uint8_t key[HASH_KEY_SIZE], uint32_t max);
/* All entries of all origins are cleared before. */
void routes_fini(struct routes *r);

struct routes_origin *routes_origin(const struct routes *r, const char *name);
struct routes_origin *routes_origin_after(const struct routes *r,
					  const char *name);
/* NULL: no memory. */
struct routes_origin *routes_origin_add(struct routes *r, const char *name);
void routes_origin_drop(struct routes *r, struct routes_origin *o);

/* One more of its last changes; NULL: no memory. */
struct routes_past *routes_past_add(struct routes_origin *o,
				    struct span entries);
/* Forgets the oldest; all of them. */
void routes_past_drop(struct routes_origin *o);
void routes_past_clear(struct routes_origin *o);

struct routes_link *routes_link(const struct routes *r, uint64_t conn);
/* NULL: no memory. */
struct routes_link *routes_link_add(struct routes *r, uint64_t conn);
/* All its ties are dropped before. */
void routes_link_drop(struct routes_link *l);

struct routes_tie *routes_tie(const struct routes_origin *o,
			      const struct routes_link *l);
/* The one that there is, or a new one; NULL: no memory. */
struct routes_tie *routes_tie_add(struct routes_origin *o,
				  struct routes_link *l);
void routes_tie_drop(struct routes_tie *t);
/* What its neighbour is owed from now on; it waits for room no more. */
void routes_owe(struct routes_tie *t, enum routes_due due);

/* What a ROUTE says. */
enum routes_said {
	ROUTES_BAD,	  /* a violation */
	ROUTES_WITHDRAWN, /* that, or a path that is none for us */
	ROUTES_PATH,
};
enum routes_said routes_read(const struct routes *r,
			     const struct routes_link *l,
			     const struct message_route *m,
			     struct path_names *path);
/* Keeps the path; no names: none. False: it is the one that was kept. Out of
 * memory none is kept. */
bool routes_keep(struct routes_tie *t, uint64_t epoch,
		 const struct path_names *path, struct span bytes);

/* Where its terminals reach it; kept when it is an address. */
void routes_keep_address(struct routes_origin *o, struct span address);

/* Sets o->best anew. While routes_holds() a way that is longer than the one
 * that was lost is not taken; routes_release() ends that. */
void routes_choose(struct routes_origin *o);
/* No neighbour leads there, not even by a way that is not taken yet. */
bool routes_is_cut_off(const struct routes_origin *o);
bool routes_holds(const struct routes_origin *o);
void routes_release(struct routes_origin *o);
/* Says on a link how we reach the origin, or that we do not any more. */
void routes_say(const struct routes *r, struct routes_origin *o,
		struct routes_link *l, struct effects *out);
