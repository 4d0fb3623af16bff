/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One whole relay as one value: accounts, terminals and their connections
 * (connection information, S4), calls, presence, caps and deadlines. Control
 * events and the time go in, effects come out. It never sees a socket or a
 * byte of a fax, reads no clock and draws no randomness.
 *
 * Every function appends to `out`; the caller carries the effects out in
 * order and clears the box. Times are ms of one monotonic clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/abuse.h"
#include "core/effect.h"
#include "core/limit.h"
#include "wire/message.h"
#include "wire/reason.h"

struct relay_limits {
	uint32_t connections_max; /* in all */
	uint32_t strangers_max;	  /* not logged in, in all */
	uint32_t strangers_per_address;
	struct limit_rate arrivals; /* per address */
	struct limit_rate failures; /* failed logins, per address */
	struct limit_rate guesses;  /* failed logins, per user */
	struct limit_rate requests; /* CONNECT, per account */
	struct limit_rate lists;    /* LIST, per account */
	uint32_t login_ms;	    /* from TCP connect to logged in */
	uint32_t keepalive_ms;	    /* told to terminals; two of them: gone */
	uint32_t keepalive_min_ms;  /* what they may change it to */
	uint32_t keepalive_max_ms;  /* 0: nothing */
	uint32_t ring_ms;
	uint32_t release_ms; /* END to RELEASE */
	uint32_t ping_ms;    /* an older place's time to answer a ping */
	uint32_t far_ms;     /* beside ring_ms, for other relays to answer */
	uint32_t denied_retry_ms;
};

/* Sensible values, each with its reason in relay.c. */
extern const struct relay_limits relay_limits_default;

struct relay;

/* `key` (16 octets of randomness) keys the hashes of what strangers choose;
 * `first_call` numbers the first call and must be new after a restart. */
struct relay *relay_new(const struct relay_limits *limits,
			const uint8_t key[16], uint64_t first_call);
void relay_free(struct relay *r);
/* New limits, from now on: who is in stays in, and a wait that has begun
 * keeps its length. */
void relay_limits_set(struct relay *r, const struct relay_limits *limits);

/* --- accounts: the directory, kept up to date by the shell --- */

enum relay_kind {
	RELAY_TERMINAL,
	RELAY_RELAY, /* another relay logs in with it; its ID is its name */
};

/* Accounts without a group are in the group "" together; two terminals may
 * call each other when they share a group. An account that says who may call
 * it is called by these alone, whatever the groups. Texts are lists with a
 * blank between; NULL is as empty; they are copied. */
struct relay_account {
	char id[ADDRESS_ID_MAX + 1];
	enum relay_kind kind;
	bool enabled;
	uint16_t connections_max;
	uint16_t places_max;
	const char *groups;  /* names */
	const char *allowed; /* IDs; empty: as the groups say */
	const char *numbers; /* telephone numbers */
	uint64_t key;	     /* another one when its password is another */
};

/* New or changed. Disabling closes its connections, and so does another
 * password, or kind. */
void relay_account_set(struct relay *r, const struct relay_account *facts,
		       int64_t now, struct effects *out);
void relay_account_remove(struct relay *r, const char *id, int64_t now,
			  struct effects *out);

/* Accounts and presence live in a database that relays share: from now on
 * EFFECT_STATE says how each account's presence changes, and EFFECT_FIND and
 * EFFECT_LIST ask where terminals are. Other relays still hear of each change
 * over links, so that lists can follow it, if `distributes`. */
void relay_share(struct relay *r, bool distributes);
/* Which other relays of that database live, from now on: what WELCOME's others
 * is to say, of which as many whole entries are taken as it holds. */
void relay_others(struct relay *r, const char *others);

/* Where a terminal is, as the database has it. All borrowed. */
struct relay_place {
	const char *id;
	const char *relay; /* "": nowhere */
	enum presence_state state;
	const char *groups;
	const char *allowed;
};

/* EFFECT_FIND's answer, for the call `call`. NULL: there is none, for this
 * reason. A call that is over is ignored. */
void relay_found(struct relay *r, uint64_t call,
		 const struct relay_place *place, uint16_t reason, int64_t now,
		 struct effects *out);
/* EFFECT_LIST's answer, in order of ID, in as many pieces as there are; the
 * last one without `more`. */
void relay_listed(struct relay *r, uint64_t conn, uint32_t request,
		  const struct relay_place *places, size_t n, bool more,
		  struct effects *out);
/* EFFECT_LIST's answer, or its end, when the database is away: what this
 * relay and its links know of the terminals after this ID, the last one of
 * which relay_listed() has told; "" for all. */
void relay_unlisted(struct relay *r, uint64_t conn, uint32_t request,
		    const char *after, struct effects *out);

/* --- connections --- */

/* Where a stranger comes from. */
struct relay_address {
	uint8_t bytes[8]; /* to count by: IPv4 whole, IPv6 by /64 */
	char text[48];	  /* for the log, without the port */
};

/* A TCP connection came. OK: it is `conn` from now on (a number never used
 * before); ERR_LIMIT: close it at once, nothing is remembered. */
MUST_CHECK enum err relay_arrived(struct relay *r, uint64_t conn,
				  const struct relay_address *from, int64_t now,
				  struct effects *out);
/* Its TLS stands. */
void relay_opened(struct relay *r, uint64_t conn, int64_t now,
		  struct effects *out);
/* A message other than DATA in a call came on it. DATA that the worker did
 * not forward is passed too: it is a violation, or crossed an end. */
void relay_message(struct relay *r, uint64_t conn, const struct message *m,
		   int64_t now, struct effects *out);
/* A frame that is no message. */
void relay_violation(struct relay *r, uint64_t conn, int64_t now,
		     struct effects *out);
/* It says more than any terminal has to say (the worker's measure). */
void relay_flooded(struct relay *r, uint64_t conn, int64_t now,
		   struct effects *out);
/* Nothing has moved in its call for too long. */
void relay_stalled(struct relay *r, uint64_t conn, int64_t now,
		   struct effects *out);
/* Gone, whatever the cause. Unknown numbers are ignored. */
void relay_closed(struct relay *r, uint64_t conn, int64_t now,
		  struct effects *out);

/* --- login: EFFECT_LOGIN's answer --- */

enum relay_login {
	RELAY_LOGIN_MORE,
	RELAY_LOGIN_OK,
	RELAY_LOGIN_REFUSED,
	RELAY_LOGIN_UNABLE, /* it cannot be checked now: nobody's fault */
};

/* May be said later, and for a connection that has gone since. `sasl` is what
 * the login said, to be sent in AUTH or WELCOME. On RELAY_LOGIN_OK `user` is
 * who it is, on RELAY_LOGIN_REFUSED who it said. */
void relay_login(struct relay *r, uint64_t conn, enum relay_login result,
		 struct span sasl, const char *user, int64_t now,
		 struct effects *out);

/* --- other relays --- */

/* Connections that the relay asks for (EFFECT_DIAL) have numbers from here on;
 * those that the shell numbers stay below. Of theirs EFFECT_LOGIN's bytes are
 * what the other side's login said (none at the start). */
#define RELAY_LINES_FROM ((uint64_t)1 << 63)

/* One that we dial. Texts are copied. */
struct relay_peer {
	char name[ADDRESS_ID_MAX + 1];
	const char *user; /* our account there: our name */
	uint8_t place[MESSAGE_PLACE_SIZE];
	uint32_t spares;    /* idle trunk connections kept beside calls */
	uint32_t lines_max; /* of them at most; 0: as many as may be */
	uint64_t seed;	    /* of back-off's dice */
};

/* Makes this relay part of a network: its name there, which others know it by.
 * To be called before accounts and peers are added. `address` is where
 * terminals reach it (struct address_other, encoded); "": not to be told.
 * `wall_ms` is the time since 1970, now. Each start must have given a greater
 * first_call to relay_new. */
MUST_CHECK enum err relay_name(struct relay *r, const char *name,
			       const char *address, int64_t wall_ms,
			       int64_t now);
/* Numbers that begin with these digits go to an address, or with "@RELAY" to
 * the same number there. ERR_BAD: no such thing; ERR_EXISTS; ERR_LIMIT. */
MUST_CHECK enum err relay_route(struct relay *r, const char *prefix,
				const char *target);
/* Begins to dial; the n-th one added is peer n, from 0. ERR_EXISTS: there is
 * one of this name; ERR_MEMORY. */
MUST_CHECK enum err relay_peer_add(struct relay *r,
				   const struct relay_peer *facts, int64_t now,
				   struct effects *out);
/* Which one EFFECT_DIAL and EFFECT_LOGIN of such a connection are about. */
uint32_t relay_line_peer(uint64_t conn);

/* --- time --- */

/* When relay_tick is next due; INT64_MAX: never. */
int64_t relay_deadline(const struct relay *r);
void relay_tick(struct relay *r, int64_t now, struct effects *out);

/* Idle terminals are told to come back (spread over `spread_ms`, by their
 * number) or to go `elsewhere` ("host:port ...", may be empty); calls may
 * finish; new ones fail with draining. relay_drained(): no call is left. */
void relay_drain(struct relay *r, const char *elsewhere, uint32_t spread_ms,
		 int64_t now, struct effects *out);
bool relay_drained(const struct relay *r);

/* --- what status shows --- */

struct relay_counts {
	uint32_t connections, strangers, terminals, idle, calls;
	uint64_t logins, logins_refused, calls_total, turned_away;
	uint64_t abuse[ABUSE_KINDS];
};
struct relay_counts relay_counts(const struct relay *r);

/* One terminal that is logged in (S4). */
struct relay_terminal {
	const char *id; /* borrowed */
	uint32_t connections, idle, ringing, in_call;
	int64_t since_ms;
};
void relay_each_terminal(const struct relay *r,
			 void (*each)(void *owner,
				      const struct relay_terminal *t),
			 void *owner);

struct relay_call {
	uint64_t call;
	const char *caller, *callee; /* borrowed */
	bool connected;
	int64_t began_ms;
};
void relay_each_call(const struct relay *r,
		     void (*each)(void *owner, const struct relay_call *c),
		     void *owner);

/* Another relay that this one is connected with, or would be. */
struct relay_neighbour {
	const char *name; /* borrowed */
	bool dialled;	  /* by us; else it dials us */
	bool linked;
	uint32_t trunks, idle, calls; /* connections for calls; calls on them */
	uint32_t waiting;	      /* calls that wait for one */
	bool denied;		      /* it refused our login the last time */
};
void relay_each_neighbour(const struct relay *r,
			  void (*each)(void *owner,
				       const struct relay_neighbour *n),
			  void *owner);

/* A relay of the network, as the news tell. */
struct relay_known {
	const char *name;  /* borrowed */
	const char *via;   /* the neighbour that leads there; NULL: none */
	uint32_t distance; /* 1: a neighbour */
	uint32_t terminals;
	bool complete; /* all of its terminals are known */
};
void relay_each_known(const struct relay *r,
		      void (*each)(void *owner, const struct relay_known *k),
		      void *owner);
