/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network in memory: connections between nodes, each two queues of frames
 * with delays, a window as TCP has it (who does not read holds the sender
 * back), and ways to break. It knows no message; the tag of a frame travels
 * beside it, unseen by the code under test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Small, so that small faxes fill them. */
	NET_WINDOW = 300,     /* octets under way or unread */
	NET_HIGH_WATER = 240, /* octets that wait to leave */
	NET_LOW_WATER = 80,
	NET_CAP = 65536,
};

/* The ends of a connection, and the direction that begins there. */
enum net_end { NET_DIALLER, NET_LISTENER };

enum net_state {
	NET_OPENING,
	NET_OPEN,
	NET_FINISHING, /* what was written leaves; what comes is dropped */
	NET_CLOSED,
};

struct net_item;

struct net_way {
	struct net_item *head, *tail; /* owned */
	struct net_item *unsent;      /* borrowed: the first one */
	size_t under_way;	      /* octets sent and not read */
	size_t waiting;		      /* octets not sent */
	int64_t last_us;	      /* when the last one sent arrives */
};

struct net_side {
	enum net_state state;
	int node;
	uint64_t number;  /* the node's own of this connection */
	bool paused;	  /* does not read */
	bool was_high;	  /* drained is to be told */
	int64_t close_us; /* FINISHING: at the latest */
	int64_t read_us;  /* a slow reader reads no sooner */
};

struct net_link {
	struct net_side sides[2];
	struct net_way ways[2];
	bool lost; /* nothing arrives any more, and nobody is told */
	bool held; /* nothing arrives at the moment */
	int64_t next_us;
	struct net *net; /* borrowed */
};

/* What the nodes are told. Nothing of these comes from inside a function of
 * this file other than net_step. */
struct net_handlers {
	/* False: refused. */
	bool (*arrived)(void *owner, struct net_link *l);
	void (*opened)(void *owner, struct net_link *l, enum net_end end);
	/* Borrowed. */
	void (*frame)(void *owner, struct net_link *l, enum net_end end,
		      const uint8_t *bytes, size_t len, uint64_t tag);
	void (*drained)(void *owner, struct net_link *l, enum net_end end);
	/* The last; the node forgets the link. */
	void (*closed)(void *owner, struct net_link *l, enum net_end end);
	/* Of one frame between two nodes, us. */
	int64_t (*delay)(void *owner, int one, int other);
	/* How long the node takes to read one frame, us. */
	int64_t (*reading)(void *owner, int node);
};

struct net {
	struct net_link **links; /* owned */
	size_t count, room;
	int64_t now_us; /* set by the owner */
	const struct net_handlers *handlers;
	void *owner;
};

void net_init(struct net *n, const struct net_handlers *handlers, void *owner);
void net_fini(struct net *n);

/* When net_step has something to do; INT64_MAX: never. */
int64_t net_next(const struct net *n);
/* Does what is due at now_us, one thing. */
void net_step(struct net *n);

/* `numbers` are the two nodes' own names of it; the listener's is 0 until it
 * sets it in `arrived`. */
struct net_link *net_dial(struct net *n, int from, uint64_t number, int to);
/* A whole frame. False: the end is not open, or too much waits. */
bool net_write(struct net_link *l, enum net_end end, const void *bytes,
	       size_t len, uint64_t tag);
bool net_above_high_water(const struct net_link *l, enum net_end end);
void net_pause(struct net_link *l, enum net_end end, bool paused);
/* Lets what was written leave, at most so long; `closed` follows. */
void net_finish(struct net_link *l, enum net_end end, int64_t within_us);
/* The process at this end is dead: nothing is told to it. */
void net_abandon(struct net_link *l, enum net_end end);
/* Breaks: both ends hear of it at once, or neither ever. */
void net_break(struct net_link *l, bool silently);
/* The path is down: what is sent arrives once it is up again. */
void net_hold(struct net_link *l, bool held);
