/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between a terminal and its relay, and between two relays,
 * protocol version 1: docs/protocol.md shows the bytes of each. Pure: bytes
 * <-> structs.
 * Decoded structs borrow from the input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/address.h"
#include "wire/field.h"
#include "wire/form.h"
#include "wire/frame.h"
#include "wire/path.h"

enum {
	MESSAGE_VERSION = 1,
	MESSAGE_PLACE_SIZE = 16,
	MESSAGE_SOFTWARE_MAX = 64,
	MESSAGE_MECHANISM_MAX = 32,
	MESSAGE_ELSEWHERE_MAX = 255,
	MESSAGE_SASL_MAX = 1024,
	MESSAGE_SEAL_MAX = 1024,
	MESSAGE_OTHERS_MAX = 1200,
	MESSAGE_LISTING_MAX = 16000,
	/* An entry of a LISTING, with the octet that is its length. */
	MESSAGE_LISTING_ENTRY_MAX = 4 + 2 * ADDRESS_ID_MAX,
	MESSAGE_GROUPS_MAX = 16 * 33,
	MESSAGE_ENTRIES_MAX = 16000,
	MESSAGE_ADDRESS_MAX = ADDRESS_OTHER_TEXT,
};

enum message_type {
	MESSAGE_HELLO = 0x01,	  /* both */
	MESSAGE_AUTH = 0x02,	  /* both */
	MESSAGE_WELCOME = 0x03,	  /* relay -> terminal */
	MESSAGE_DENIED = 0x04,	  /* relay -> terminal */
	MESSAGE_PING = 0x05,	  /* both */
	MESSAGE_PONG = 0x06,	  /* both */
	MESSAGE_BYE = 0x07,	  /* both */
	MESSAGE_LOGOUT = 0x08,	  /* terminal -> relay */
	MESSAGE_CONNECT = 0x10,	  /* terminal -> relay */
	MESSAGE_INCOMING = 0x11,  /* relay -> callee */
	MESSAGE_ACCEPT = 0x12,	  /* callee -> relay */
	MESSAGE_REFUSE = 0x13,	  /* callee -> relay */
	MESSAGE_CANCEL = 0x14,	  /* relay -> callee */
	MESSAGE_CONNECTED = 0x15, /* relay -> caller */
	MESSAGE_FAILED = 0x16,	  /* relay -> caller */
	MESSAGE_DATA = 0x17,	  /* both, in a call: payload is the pipe's */
	MESSAGE_END = 0x18,	  /* both, in a call */
	MESSAGE_RELEASE = 0x19,	  /* terminal -> relay */
	MESSAGE_LIST = 0x20,	  /* terminal -> relay */
	MESSAGE_LISTING = 0x21,	  /* relay -> terminal */
	MESSAGE_LINK = 0x30,	  /* relay <-> relay, and so up to NEED */
	MESSAGE_ROUTE = 0x31,
	MESSAGE_WANT = 0x32,
	MESSAGE_UNWANT = 0x33,
	MESSAGE_NEWS = 0x34,
	MESSAGE_SNAPSHOT = 0x35,
	MESSAGE_MORE = 0x36,
	MESSAGE_TOOK = 0x37,
	MESSAGE_NEED = 0x38,
	MESSAGE_PRESENCE = 0xa2, /* relay -> terminal; optional */
};

/* Feature bits of HELLO. */
enum {
	FEATURE_PRESENCE = 1u << 0, /* LIST with follow, PRESENCE */
	FEATURE_LINK = 1u << 1,	    /* this connection carries relays' news */
	FEATURE_TRUNK = 1u << 2,    /* this connection carries relays' calls */
};

/* Procedure bits: what may run in a call's pipe. */
enum { PROCEDURE_T38 = 1u << 0 }; /* wire/pipe.h version 1, T.30 over T.38 */

/* Ability bits of an end of a call. */
enum { ABILITY_UNPACED = 1u << 0 }; /* need not be fed at line pace */

/* What each end of a call can do. In an offer all bits that the caller
 * can; in an acceptance the one procedure chosen, and the abilities that
 * both have. `seal` is room for what a TLS inside the call will need. */
struct message_terms {
	uint32_t procedures;
	uint32_t abilities;
	struct span seal;
};

struct message_hello {
	uint8_t version_min;
	uint8_t version_max; /* the relay answers with min = max = chosen */
	uint32_t features;
	struct span software; /* "faxwire 0.1.0"; for people only */
};

struct message_auth {
	struct span sasl;      /* SCRAM message */
	struct span user;      /* first one only */
	struct span mechanism; /* first one only */
	struct span place;     /* first one only: MESSAGE_PLACE_SIZE octets */
};

struct message_welcome {
	struct span sasl;	  /* the server's final SCRAM message */
	uint32_t keepalive_ms;	  /* send PING after so much silence */
	uint16_t connections_max; /* at once, for this account */
	/* What PING may change keepalive_ms to; a maximum of 0: nothing. */
	uint32_t keepalive_min_ms;
	uint32_t keepalive_max_ms;
	/* Relays that know this account, too (address_others_next()). */
	struct span others;
};

struct message_denied {
	uint32_t retry_ms; /* do not come back earlier */
};

struct message_ping { /* PONG has the token only */
	uint32_t token;
	uint32_t next_ms; /* the next one follows after so much silence */
};

struct message_bye {
	uint16_t reason;
	uint32_t retry_ms;
	struct span elsewhere; /* "host:port host:port" to try instead */
};

/* Between relays: where a request has been. All empty from a terminal. */
struct message_via {
	struct span home;   /* the relay that the caller is logged in at; to
			       a terminal, too, when it is another one */
	struct span path;   /* relays passed, the first one first
			       (wire/path.h) */
	struct span groups; /* of the caller, with blanks between */
};

struct message_connect {
	uint32_t request; /* chosen by the asker; the answer repeats it */
	struct span to;	  /* an address (wire/address.h) */
	struct span from; /* between relays: a user ID */
	struct message_via via;
	struct message_terms terms;
};

struct message_incoming {
	uint64_t call;	  /* the relay's number of the call, never 0 */
	struct span from; /* a user ID */
	struct span to;	  /* between relays: the address that is left */
	struct message_via via;
	struct message_terms terms;
};

struct message_accept {
	uint64_t call;
	struct message_terms terms;
};

struct message_refuse { /* CANCEL has the same form */
	uint64_t call;
	uint16_t reason;
};

struct message_connected {
	uint32_t request;
	uint64_t call;
	struct message_terms terms;
};

struct message_failed {
	uint32_t request;
	uint16_t reason;
};

struct message_end {
	uint16_t reason;
};

struct message_release {
	uint64_t call; /* a late one must not free the next call */
};

struct message_list {
	uint32_t request;
	uint8_t follow; /* not 0: PRESENCE for each change from now on */
};

struct message_listing {
	uint32_t request;
	uint8_t more; /* not 0: another LISTING of this request follows */
	struct span terminals; /* message_listing_next() */
};

enum presence_state { PRESENCE_OFFLINE, PRESENCE_FREE, PRESENCE_BUSY };

struct message_presence {
	struct span id;
	uint8_t state;
	struct span relay; /* where it is; empty: at the one that says so */
};

/* --- between relays; paths and entries are wire/news.h's --- */

struct message_link {
	struct span name;
	uint64_t epoch; /* greater with each start of the relay */
};

struct message_route {
	struct span origin; /* a relay */
	uint64_t epoch;	    /* its own */
	struct span path;   /* empty: withdrawn */
	/* Where its terminals reach it, as an entry of WELCOME's others;
	 * empty: it has not said. */
	struct span address;
};

struct message_want {
	struct span origin;
	uint64_t epoch; /* what the asker has; 0, 0: nothing */
	uint64_t number;
};

struct message_news {
	struct span origin;
	uint64_t epoch;
	uint64_t number;     /* of the change */
	struct span entries; /* empty: that number is the last one */
};

struct message_snapshot {
	struct span origin;
	uint64_t epoch;
	uint64_t number; /* of the last change in it */
	struct span entries;
	uint8_t last;	   /* not 0: nothing comes after it */
	struct span after; /* as asked by MORE; empty: the first piece */
};

struct message_more { /* UNWANT has the origin only */
	struct span origin;
	struct span after; /* an ID */
};

struct message_took {
	uint64_t octets; /* of entries, on this link so far */
};

struct message_need {
	uint32_t count; /* of trunks, beyond those that stand */
};

struct message {
	enum message_type type;
	union {
		struct message_hello hello;
		struct message_auth auth;
		struct message_welcome welcome;
		struct message_denied denied;
		struct message_ping ping; /* and PONG */
		struct message_bye bye;
		struct message_connect connect;
		struct message_incoming incoming;
		struct message_accept accept;
		struct message_refuse refuse; /* and CANCEL */
		struct message_connected connected;
		struct message_failed failed;
		struct span data;
		struct message_end end;
		struct message_release release;
		struct message_list list;
		struct message_listing listing;
		struct message_presence presence;
		struct message_link link;
		struct message_route route;
		struct message_want want;
		struct message_news news;
		struct message_snapshot snapshot;
		struct message_more more; /* and UNWANT */
		struct message_took took;
		struct message_need need;
	};
};

enum message_result {
	MESSAGE_OK = FORM_OK,
	MESSAGE_SKIP = FORM_SKIP, /* unknown, but marked optional: go on */
	MESSAGE_BAD = FORM_BAD,	  /* unknown and not optional, or malformed */
};

/* Whether it was for the sender to send is not asked: message_senders(). */
enum message_result message_decode(struct message *m, const struct frame *f);

/* Writes the whole frame. Returns its length, 0 when it does not fit or a
 * value breaks its rule. FRAME_MAX octets are always room enough. */
size_t message_encode(const struct message *m, uint8_t *out, size_t out_size);

/* "CONNECT request=7 to=ben procedures=1": for logs at debug level. */
size_t message_print(const struct message *m, char *out, size_t out_size);

/* "CONNECT", or NULL for a number that is no message of this version. */
const char *message_name(uint8_t type);

/* Who may send it: bits of enum message_side; 0 for what is no message of
 * this version. */
enum message_side {
	MESSAGE_TERMINAL = 1,
	MESSAGE_RELAY = 2,
	MESSAGE_PEER = 4, /* either relay of a link */
};
uint8_t message_senders(uint8_t type);

/* The terminals of a LISTING, one after another. An entry is: length of
 * what follows (1 octet), state (1), length of the ID (1), ID, length of the
 * relay's name (1), name; it may end after the ID, and what it holds beyond
 * the name is skipped. False at the end, or (r->ok false) when the list is
 * malformed. Begin with message_listing_reader(). */
struct listing_entry {
	struct span id;
	uint8_t state;	   /* enum presence_state; unknown values: as busy */
	struct span relay; /* where it is; empty: at the one that says so */
};
struct reader message_listing_reader(const struct message_listing *l);
bool message_listing_next(struct reader *r, struct listing_entry *e);
/* Appends an entry; w->ok is false when it does not fit, `id` is no user ID or
 * `relay` no relay's name. */
void message_listing_add(struct writer *w, struct span id, uint8_t state,
			 struct span relay);
