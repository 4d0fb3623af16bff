/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a relay knows (S4): accounts, connections, calls, other relays, and
 * where strangers come from, with the lists that make each question cheap. The
 * inside of core/relay.h, shared by what makes up a relay only.
 */
#pragma once

#include <stdlib.h>

/* Without memory for its tables a relay cannot know what it does. */
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "base/hash.h"
#include "base/list.h"
#include "core/client.h"
#include "core/relay.h"
#include "core/session.h"

struct registry_call;
struct registry_peer;

/* What a connection, or a call, waits for. All waits of one kind last equally
 * long, so each kind's list is in order of its deadlines. */
enum registry_wait {
	REGISTRY_LOGIN,
	REGISTRY_PLACE, /* WAITING: an older place's answer */
	REGISTRY_RING,
	REGISTRY_RELEASE,
	REGISTRY_PING, /* an answer to our PING */
	REGISTRY_FAR,  /* a call: another relay's answer */
	REGISTRY_WAITS
};

/* The server's final SCRAM message: "v=" and 32 octets in base64. */
enum { REGISTRY_LAST_WORD_MAX = 64 };

enum {
	REGISTRY_PLACES_KNOWN = 4,
	/* Names share these by a keyed hash: whether they exist or not. */
	REGISTRY_GUESSES = 4096,
};

struct registry_due {
	struct list link; /* empty: waits for nothing */
	int64_t at_ms;
	struct registry_conn *conn; /* borrowed; or else */
	struct registry_call *call; /* borrowed */
};

/* A LIST that came too soon after others: its answer is put off. */
struct registry_late {
	struct list link; /* in the relay's, in order of its deadlines */
	int64_t at_ms;
	struct registry_conn *conn; /* borrowed */
	struct message_list asked;
};

struct registry_conn {
	uint64_t number;
	enum session_state state;
	struct registry_origin *origin;	  /* borrowed; while a stranger */
	struct registry_account *account; /* borrowed; once proven */
	struct list of_account;		  /* in the account's connections */
	struct list idle;		  /* in the account's idle ones */
	struct list follower;		  /* in the registry's followers */
	struct registry_late *late;	  /* owned; NULL: none */
	struct registry_due due;	  /* what the state waits for */
	struct registry_due ping;	  /* a PING of ours that is out */
	uint8_t place[MESSAGE_PLACE_SIZE];
	bool authed;	/* the first AUTH has come */
	uint16_t guess; /* whose name it said, in the relay's guesses */
	uint8_t last_word[REGISTRY_LAST_WORD_MAX]; /* WAITING: for WELCOME */
	uint8_t last_word_length;
	uint32_t features;
	struct registry_call *call; /* CALLING to CALL */
	uint64_t clearing;	    /* CLEARING: the call's number */
	UT_hash_handle hh;
};

struct registry_account {
	struct relay_account facts; /* its texts are owned */
	struct registry_peer *peer; /* borrowed; RELAY_RELAY */
	struct list connections;    /* logged in or waiting */
	struct list idle;	    /* the one that is idle longest first */
	uint32_t up;		    /* connections that are logged in */
	bool leaving;		    /* all its connections are being closed */
	uint8_t shown;		    /* enum presence_state, as last told */
	bool moved;		    /* it was last told to be elsewhere */
	struct list dirty;	    /* its presence may have changed */
	struct limit requests;
	struct limit lists;
	/* From where it has logged in before: nobody else knows these. */
	uint8_t places[REGISTRY_PLACES_KNOWN][MESSAGE_PLACE_SIZE];
	uint8_t places_known;
	uint8_t next_place; /* to be overwritten */
	int64_t since_ms;
	uint64_t gen; /* of its login, among all relays' */
	UT_hash_handle hh;
};

/* One side of a call: a connection to us, or a line of ours at another
 * relay; or, of a callee, a place in the queue for one. */
struct registry_leg {
	struct registry_conn *conn; /* borrowed; or else */
	struct registry_peer *peer; /* borrowed */
	uint32_t line;		    /* the number that peer->trunk gave it;
				       0: in the queue */
	uint64_t joined; /* the connection that DATA goes on; 0: none */
	struct registry_call *call; /* borrowed */
	struct list queued;	    /* in peer->waiting */
	UT_hash_handle hh;	    /* in peer->legs */
};

/* Who calls, as his relay says. */
struct registry_caller {
	char id[ADDRESS_ID_MAX + 1];
	char home[ADDRESS_ID_MAX + 1]; /* his relay; "": this one */
	char groups[MESSAGE_GROUPS_MAX + 1];
	uint8_t path[PATH_MAX_OCTETS]; /* relays passed before this one */
	size_t path_length;
};

struct registry_call {
	uint64_t number;
	struct registry_leg caller;
	struct registry_leg callee;
	struct registry_caller who;
	char to[ADDRESS_MAX + 1];	   /* for another relay */
	char dialled[PATH_NUMBER_MAX + 1]; /* a telephone number; or "" */
	uint32_t request;
	struct registry_due due; /* REGISTRY_FAR */
	struct list finding;	 /* in the relay's, while it is looked for */
	bool connected;
	bool offered_again; /* after the first callee connection was lost */
	struct message_terms terms; /* the offer; seal is in `seal` */
	uint8_t seal[MESSAGE_SEAL_MAX];
	struct effect_record record;
	struct list link;
};

/* Another relay: it logs in here, or we do there, or both. */
struct registry_peer {
	char name[ADDRESS_ID_MAX + 1];
	uint32_t index;
	struct registry_account *account; /* borrowed; NULL: none */
	struct client *link;		  /* owned; NULL: we do not dial it */
	struct client *trunk;		  /* owned; with `link` */
	bool trunk_up;
	uint64_t links[2];  /* that we dialled, that it did; 0: none */
	uint32_t needed;    /* as it was last told */
	struct effects box; /* the clients' effects on their way */
	bool absorbing;
	struct registry_leg *legs; /* calls on lines of ours */
	struct list waiting; /* legs of calls that wait for a connection */
	struct list lacking; /* in the relay's, while some wait */
	UT_hash_handle hh;
};

struct registry_origin {
	struct relay_address address;
	uint32_t strangers;
	struct limit arrivals;
	struct limit failures;
	UT_hash_handle hh;
};

struct relay {
	char name[ADDRESS_ID_MAX + 1]; /* ""; part of no network */
	struct directory *directory;   /* owned; NULL: part of no network */
	struct numbers *numbers;       /* owned */
	int64_t directory_ms;	       /* when its next tick is due */
	int64_t hold_ms;    /* when a longer way may be taken; 0: any time */
	int64_t links_ms;   /* when a link last came or went */
	int64_t changes_ms; /* when more is told of other relays; 0: all is */
	int64_t wall_ms;    /* to be added to the clock: since 1970 */
	struct relay_limits limits;
	uint8_t key[HASH_KEY_SIZE];
	struct registry_account *accounts;
	struct registry_account **sorted; /* owned; by ID */
	size_t sorted_count;		  /* 0: to be made */
	struct registry_conn *conns;
	struct registry_peer *peers;
	struct registry_peer **dialled; /* owned; by index */
	uint32_t dialled_count;
	struct list lacking; /* peers whose calls wait */
	struct list finding; /* calls whose callee is looked for */
	struct registry_origin *origins;
	struct limit guesses[REGISTRY_GUESSES];
	struct abuse abuse;
	uint32_t sweep_at; /* origins: when to forget old ones */
	struct list waits[REGISTRY_WAITS];
	struct list calls;
	struct list followers;
	struct list late; /* LISTs whose answers are put off */
	struct list dirty;
	uint64_t next_call;
	uint32_t next_ping;
	bool draining;
	bool shared;	      /* presence is in a database, too */
	bool keeps_to_itself; /* and there alone */
	char others[MESSAGE_OTHERS_MAX + 1]; /* shared: its other relays */
	struct relay_counts counts;
};

/* What every step has at hand. */
struct turn {
	struct relay *r;
	int64_t now;
	struct effects *out;
};

struct registry_account *registry_account(struct relay *r, const char *id,
					  size_t len);
/* NULL: out of memory. */
struct registry_account *
registry_account_add(struct relay *r, const struct relay_account *facts);
/* What is known of it from now on. False, and nothing changed: no memory. */
bool registry_account_know(struct registry_account *a,
			   const struct relay_account *facts);
void registry_account_drop(struct relay *r, struct registry_account *a);
/* All accounts in order of ID; NULL when memory is out. */
struct registry_account **registry_sorted(struct relay *r, size_t *count);
/* Whether one of these ID and groups may call what has these groups and
 * callers. */
bool registry_may_call(const char *id, const char *groups,
		       const char *callee_groups, const char *callee_allowed);
/* The same of two terminals here. */
bool registry_may_meet(const struct registry_account *caller,
		       const struct registry_account *callee);

/* Takes one CONNECT of its account; false: there were too many. */
bool registry_request(struct turn *t, const struct registry_conn *c);
/* The same of a LIST. */
bool registry_list(struct turn *t, const struct registry_conn *c);
/* Another LIST of its connection is answered in its stead, or it goes. */
void registry_late_drop(struct registry_conn *c);

struct registry_conn *registry_conn(struct relay *r, uint64_t number);
struct registry_conn *registry_conn_add(struct relay *r, uint64_t number);
void registry_conn_drop(struct relay *r, struct registry_conn *c);

/* NULL: out of memory. */
struct registry_origin *
registry_origin(struct relay *r, const struct relay_address *a, int64_t now);

/* Moves a connection into a state: keeps the account's idle list, and marks
 * the account's presence as perhaps changed. */
void registry_enter(struct turn *t, struct registry_conn *c,
		    enum session_state state);
/* What is told of it may have changed. */
void registry_touch(struct turn *t, struct registry_account *a);

void registry_await(struct turn *t, struct registry_conn *c,
		    enum registry_wait wait);
/* Another relay owes this call an answer. */
void registry_await_far(struct turn *t, struct registry_call *call);
void registry_wait_over(struct registry_conn *c);
uint32_t registry_wait_ms(const struct relay *r, enum registry_wait wait);

enum presence_state registry_presence(const struct registry_account *a);
