/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One simulated world: virtual time, dice, the network, the nodes by name,
 * and the ledger of all jobs that were ever accepted. It moves one event at a
 * time; what must always hold (law.h) is asked after each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/jobs.h"
#include "net.h"
#include "wire/address.h"

enum {
	WORLD_NODES_MAX = 96,
	WORLD_ADDRESS_MAX = 127, /* octets of an address that is called */
	WORLD_JOBS_MAX = 128,
	WORLD_SPIN_MAX = 20000,	    /* events at one instant */
	WORLD_EVENTS_MAX = 3000000, /* in one run */
};

/* One dice each, so that one part's throws do not move another's. */
enum world_dice { DICE_NET, DICE_MAIL, DICE_ENGINE, DICE_QUEUE, DICES };

enum node_kind { NODE_RELAY, NODE_TERMINAL };

struct relay_node;
struct terminal_node;

/* What happened, for who asks whether the dice bring everything about. */
enum world_seen {
	SEEN_COLLISION, /* requests that failed so */
	SEEN_BUSY,
	SEEN_OFFLINE,
	SEEN_REFUSED,
	SEEN_NO_ANSWER,
	SEEN_CANCELLED,
	SEEN_OFFERED_AGAIN,
	SEEN_LATE_DATA,	     /* it crossed an end */
	SEEN_NO_RELEASE,     /* in time */
	SEEN_STALL,	     /* a call in which nothing moved */
	SEEN_HELD,	     /* who sends faster than the far side reads */
	SEEN_STORED_ALREADY, /* was said */
	SEEN_RECOVERED,	     /* whole but for the rename */
	SEEN_PARTIAL,
	SEEN_TRAP, /* a crash in a moment that was waited for */
	SEEN_FULL, /* a disk */
	SEEN_UNREACHABLE,
	SEEN_FAR,     /* a call that stands between relays */
	SEEN_THROUGH, /* one through others */
	SEEN_CROSSED, /* two relays called on one line between them */
	SEEN_NEED,    /* a relay asked for more lines */
	SEEN_MOVE,
	SEEN_KINDS
};

/* Where a crash that was asked for strikes. */
enum world_trap {
	TRAP_NONE,
	TRAP_RINGING,	/* relay: an offer is out; terminal: it rings */
	TRAP_CONNECTED, /* the call stands, the first word is not said */
	TRAP_PAGE,	/* a page was confirmed, or is on disk */
	TRAP_STORING,	/* all but the rename into the inbox is done */
	TRAP_STORED,	/* it stands in the inbox, STORED is not said */
	TRAP_CONFIRMED, /* STORED was heard, and is not recorded */
	TRAP_ENDING,	/* relay: an END came */
	TRAPS
};

struct node {
	enum node_kind kind;
	char name[ADDRESS_ID_MAX + 1];
	bool up;	 /* its process runs */
	bool dying;	 /* crashed in the event that is under way */
	bool blocked;	 /* nothing passes to or from it */
	bool full;	 /* its disk is */
	int64_t far_us;	 /* more delay than others have, each way */
	int64_t slow_us; /* to read one frame */
	enum world_trap trap;
	struct relay_node *relay;	/* owned; NODE_RELAY */
	struct terminal_node *terminal; /* owned; NODE_TERMINAL */
};

/* What really became of a job, whatever the nodes believe. */
struct world_job {
	int sender, receiver; /* nodes; receiver -1: no such */
	char to[WORLD_ADDRESS_MAX + 1];
	uint16_t pages;
	unsigned stored;       /* whole, in the receiver's inbox */
	enum jobs_state state; /* as the sender last recorded */
	uint16_t reason;
};

/* A call, by the relay's number. */
struct world_call {
	uint64_t number;
	uint64_t parent; /* at the relay before this one; 0: none */
	uint64_t root;	 /* at the caller's relay */
	int relay;	 /* node; -1: not known */
	/* Of the root. */
	char caller[ADDRESS_ID_MAX + 1]; /* "": not known */
	char to[WORLD_ADDRESS_MAX + 1];
	unsigned offers;
	unsigned callers, callees; /* who said that it stands */
};

enum { WORLD_CALLS_KEPT = 256 };

struct world {
	int64_t now_us;
	int64_t zero_us; /* when the scenario's clock began */
	bool parted[WORLD_NODES_MAX][WORLD_NODES_MAX]; /* paths that are down */
	struct net net;
	struct node nodes[WORLD_NODES_MAX];
	int node_count;
	int touched; /* node that the last event was at; -1: none */
	struct world_job jobs[WORLD_JOBS_MAX];
	int job_count;
	struct world_call calls[WORLD_CALLS_KEPT]; /* the newest */
	unsigned call_count;
	uint64_t dice[DICES];
	int64_t delay_min_us, delay_max_us;
	int64_t mail_us; /* at most, between a relay's threads */
	int64_t page_min_us, page_max_us;
	unsigned fault_percent; /* of pages that break the engine */
	uint64_t events;
	uint32_t seen[SEEN_KINDS];
	unsigned spin;
	bool trace;
	bool failed;
	char fault[512];
};

struct world *world_new(uint64_t seed);
void world_free(struct world *w);

int64_t world_now(const struct world *w); /* ms, for the code under test */
uint32_t world_dice(struct world *w, enum world_dice d, uint32_t sides);
int64_t world_between(struct world *w, enum world_dice d, int64_t from,
		      int64_t to);

/* Remembers the first thing that went wrong; the run is over then. */
void world_fail(struct world *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void world_trace(struct world *w, const struct node *n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* NULL: no such. */
struct node *world_node(struct world *w, const char *name);
/* The terminal whose ID or number an address begins with. */
struct node *world_called(struct world *w, const char *address);
int world_index(const struct world *w, const struct node *n);

/* Strikes if this is the point the node's crash waits for. What a dying node
 * does until the event is over reaches neither the net nor a disk. */
bool world_trapped(struct world *w, struct node *n, enum world_trap at);

/* Processes begin and end. */
void world_start(struct world *w, struct node *n);
void world_crash(struct world *w, struct node *n);

/* Breaks all connections of a node. */
void world_cut(struct world *w, const struct node *n, bool silently);
/* The path to a node is down, or up again. */
void world_block(struct world *w, struct node *n, bool blocked);
/* The same of all connections between two nodes. */
void world_cut_between(struct world *w, const struct node *a,
		       const struct node *b, bool silently);
void world_block_between(struct world *w, const struct node *a,
			 const struct node *b, bool blocked);
/* A connection, held at once if the path is down. */
struct net_link *world_dial(struct world *w, const struct node *from,
			    uint64_t number, const struct node *to);
/* Everything that is broken, down, slow or full no more is. */
void world_heal(struct world *w);

/* When the next event is; INT64_MAX: never. */
int64_t world_next(const struct world *w);
/* Moves to it and lets it happen. False: there is none before `until_us`,
 * which is now, or the run has failed. */
bool world_step(struct world *w, int64_t until_us);
void world_run(struct world *w, int64_t until_us);
