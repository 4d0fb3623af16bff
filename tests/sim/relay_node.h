/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay's process in the simulation: core/relay, and around it what
 * src/relay/control.c and worker.c are in the real one: a worker that owns
 * the connections and forwards DATA, a control that decides, and mail that
 * takes its time between them.
 */
#pragma once

#include "core/relay.h"
#include "mail.h"
#include "world.h"

/* What becomes of DATA at the worker. */
enum guest_rule { GUEST_FORBIDDEN, GUEST_JOINED, GUEST_DISCARDED };

/* A connection: a terminal's or a relay's to us, or one that we dialled. */
struct guest {
	uint64_t number;
	enum net_end end; /* ours */
	/* The worker's. */
	struct net_link *link; /* borrowed; NULL: closed */
	struct guest *peer;    /* borrowed */
	enum guest_rule rule;
	int64_t heard_ms, moved_ms, silence_ms, patience_ms;
	bool held;
	/* Control's. */
	int login_steps;
	char user[ADDRESS_ID_MAX + 1];
	bool asked; /* a CONNECT is not answered */
	uint32_t request;
};

enum { RELAY_GUESTS_MAX = 256, RELAY_PEERS_MAX = 50 };

/* A relay that this one dials. */
struct relay_dialled {
	int node;
	uint32_t spares, lines;
};

struct relay_settings {
	uint32_t keepalive_ms, ring_ms, stall_ms, drain_ms;
	int64_t clock_ms; /* so far its wall clock is ahead */
	bool named;	  /* part of a network */
	struct relay_dialled peers[RELAY_PEERS_MAX]; /* by core's number */
	size_t peer_count;
};

struct relay_node {
	struct world *world; /* borrowed */
	struct node *node;   /* borrowed */
	struct relay_settings settings;
	uint64_t first_call; /* durable: new at each start */
	/* Lost in a crash. */
	struct relay *relay; /* owned; NULL: down */
	struct effects effects;
	struct mailbox orders, events;		/* to the worker; to control */
	struct guest *guests[RELAY_GUESTS_MAX]; /* owned */
	size_t guest_count;
	uint64_t next_conn;
	uint64_t news; /* said to others, and to be counted */
	bool draining;
	int64_t leave_ms; /* INT64_MAX: it stays */
};

struct relay_node *relay_node_new(struct world *w, struct node *n,
				  const struct relay_settings *settings);
void relay_node_free(struct relay_node *r);

void relay_node_start(struct relay_node *r);
void relay_node_stop(struct relay_node *r);
/* After a drain it begins anew. */
void relay_node_heal(struct relay_node *r);
void relay_node_drain(struct relay_node *r);
/* To be called before it starts. False: it dials too many. */
bool relay_node_peer(struct relay_node *r, struct relay_node *to,
		     uint32_t spares, uint32_t lines);
/* A terminal's account was disabled or enabled. */
void relay_node_account(struct relay_node *r, const struct terminal_node *t);

bool relay_node_arrived(struct relay_node *r, struct net_link *l);
void relay_node_opened(struct relay_node *r, struct net_link *l);
void relay_node_frame(struct relay_node *r, struct net_link *l,
		      const uint8_t *bytes, size_t len, uint64_t tag);
void relay_node_drained(struct relay_node *r, struct net_link *l);
void relay_node_closed(struct relay_node *r, struct net_link *l);

int64_t relay_node_next(const struct relay_node *r); /* us */
void relay_node_step(struct relay_node *r);
