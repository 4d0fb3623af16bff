/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal's process in the simulation: core/client, and around it what
 * src/terminal's online.c, exchange.c and office.c are in the real one. Its
 * disk survives a crash, everything else is lost.
 */
#pragma once

#include "core/client.h"
#include "disk.h"
#include "fax.h"
#include "queue.h"
#include "world.h"

enum {
	TERMINAL_CALLS_MAX = 64,
	TERMINAL_LINKS_MAX = CLIENT_LINES_MAX,
	SETTINGS_NUMBER_MAX = 20,
};

struct terminal_settings {
	int relay; /* node; where it logs in */
	int home;  /* that has its account */
	int also;  /* another one that has it; -1: none */
	char account[ADDRESS_ID_MAX + 1];
	char number[SETTINGS_NUMBER_MAX + 1];
	uint32_t spares, lines;
	bool silent; /* lets every call ring out */
	bool refuse;
};

/* A connection of the client's. */
struct terminal_slot {
	struct net_link *link; /* borrowed; NULL: free */
	uint64_t conn;
	int login_steps;
};

/* A call. */
struct terminal_entry {
	uint32_t number; /* 0: free */
	bool outgoing;
	int job;	 /* outgoing; -1: a call without a fax */
	uint64_t root;	 /* the call, end to end (chain.h) */
	struct fax *fax; /* owned; once it stands */
};

struct terminal_node {
	struct world *world; /* borrowed */
	struct node *node;   /* borrowed */
	struct terminal_settings settings;
	bool disabled;	   /* the account, at its relay */
	bool was_disabled; /* at some time */
	struct disk disk;
	unsigned lives;
	/* Lost in a crash. */
	struct client *client; /* owned; NULL: down */
	struct effects effects;
	struct terminal_slot slots[TERMINAL_LINKS_MAX];
	size_t slot_count; /* slots that were ever used */
	struct terminal_entry entries[TERMINAL_CALLS_MAX];
	size_t entry_count;			      /* the same */
	struct fax *finished[2 * TERMINAL_CALLS_MAX]; /* to be freed */
	size_t finished_count;
	struct queue queue;
	bool joined;	  /* jobs are tried, calls are taken */
	bool stopping;	  /* the process ends after the logout */
	bool coming_back; /* or another client begins */
	int next_relay;	  /* where it logs in from then on */
	int64_t leave_ms; /* INT64_MAX: it does not leave */
};

struct terminal_node *terminal_node_new(struct world *w, struct node *n,
					const struct terminal_settings *s);
void terminal_node_free(struct terminal_node *t);

void terminal_node_start(struct terminal_node *t);
void terminal_node_stop(struct terminal_node *t); /* at once */
void terminal_node_heal(struct terminal_node *t);

/* Whether this relay has its account. */
bool terminal_node_known_at(const struct terminal_node *t, int relay);
/* It was disabled or enabled: they are told. */
void terminal_node_tell_account(const struct terminal_node *t);

/* The user's doing. Call them while the node is up. */
void terminal_node_dial(struct terminal_node *t, const char *to);
/* Every call in which no job of its own goes. */
void terminal_node_hang_up_all(struct terminal_node *t);
/* Logs out; with `stop` the process ends after it. */
void terminal_node_log_out(struct terminal_node *t, bool stop);
void terminal_node_log_in(struct terminal_node *t);
/* Logs out, then in at the other relay that has its account. */
void terminal_node_move(struct terminal_node *t);
/* The engines under way go wrong. */
void terminal_node_fault(struct terminal_node *t);
/* After each of these, and after queue_add and queue_cancel. */
void terminal_node_settle(struct terminal_node *t);

/* From the network. */
void terminal_node_opened(struct terminal_node *t, struct net_link *l);
void terminal_node_frame(struct terminal_node *t, struct net_link *l,
			 const uint8_t *bytes, size_t len, uint64_t tag);
void terminal_node_closed(struct terminal_node *t, struct net_link *l);

/* From the queue and the faxes. The number of the call; 0: none can be. */
uint32_t terminal_node_send(struct terminal_node *t, const char *to, int job);
void terminal_node_cancel(struct terminal_node *t, uint32_t number);
bool terminal_node_say(struct terminal_node *t, uint32_t number,
		       const uint8_t *bytes, size_t len);
void terminal_node_hang_up(struct terminal_node *t, uint32_t number,
			   uint16_t reason);
void terminal_node_progress(struct terminal_node *t, uint32_t number,
			    uint16_t pages);
void terminal_node_finished(struct terminal_node *t, uint32_t number,
			    const struct transfer_result *result);

int64_t terminal_node_next(const struct terminal_node *t); /* us */
void terminal_node_step(struct terminal_node *t);
