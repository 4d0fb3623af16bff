/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decision may ask of its shell: the closed list, and the box in
 * which effects leave a pure function. Order matters: the shell carries
 * them out first to last.
 *
 * Connections are known by numbers that the shell chose and never uses
 * again. Messages leave encoded, so that nothing borrows from the past.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/message.h"

enum effect_kind {
	EFFECT_SEND,	 /* relay, client: `bytes` to connection `conn` */
	EFFECT_CLOSE,	 /* both: let what was sent leave, then close `conn` */
	EFFECT_JOIN,	 /* relay: DATA of `conn` goes to `peer`, and back */
	EFFECT_DISCARD,	 /* relay: unjoin; drop DATA of `conn` from now on */
	EFFECT_FORBID,	 /* relay: DATA of `conn` is a violation from now on */
	EFFECT_PATIENCE, /* relay: `conn` may be silent for `wait_ms` */
	EFFECT_TRUST,	 /* relay: `conn` may say as much as it likes */
	EFFECT_LOGIN,	 /* relay: `bytes` is the AUTH frame to be checked;
			    client: what the other side's login said */
	EFFECT_FIND,	 /* relay: where is `bytes`, an ID or a number? For the
			    call `conn`: relay_found() */
	EFFECT_LIST,	 /* relay: all terminals, for the request `peer` of
			    `conn`: relay_listed() */
	EFFECT_RECORD,	 /* relay: `record` is a call that is over */
	EFFECT_STATE,	 /* relay: the account `bytes` is now in the presence
			    `level`; if relay_tell_states() wants it */
	EFFECT_NOTE,	 /* both: `bytes` is a log line, `level` its level */
	EFFECT_DIAL,	 /* open a connection to be called `conn` */
	EFFECT_PLACE,	 /* client of a relay: say CONNECT for `call` */
	EFFECT_RING,	 /* client: a call came in: `call`; of a relay's client
			    `bytes` is the INCOMING frame */
	EFFECT_TALK,	 /* client: `call` stands; DATA may flow; of a relay's
			    client `bytes` is the CONNECTED frame, if any */
	EFFECT_OVER,	 /* client: `call` is over, or never came to be */
	EFFECT_ONLINE,	 /* client: logged in */
	EFFECT_OFFLINE,	 /* client: no connection is logged in any more */
	EFFECT_LISTING,	 /* client: `bytes` is a LISTING frame */
	EFFECT_PRESENCE, /* client: `bytes` is a PRESENCE frame */
	EFFECT_KINDS
};

/* A call as the relay's records have it; times in ms, in the clock that
 * was passed in. */
struct effect_record {
	uint64_t call;
	char caller[ADDRESS_ID_MAX + 1];
	char callee[ADDRESS_ID_MAX + 1];
	int64_t began_ms;
	int64_t connected_ms; /* 0: never */
	int64_t ended_ms;
	uint16_t reason;
};

/* A call as a terminal sees it. */
struct effect_call {
	uint32_t number;     /* the client's own number of the call, never 0 */
	uint64_t relay_call; /* the relay's number; 0 while not known */
	char far_id[ADDRESS_MAX + 1];  /* the caller's ID; whom we call */
	char home[ADDRESS_ID_MAX + 1]; /* the caller's relay, if not ours */
	uint32_t procedures;
	uint32_t abilities;
	uint32_t request; /* EFFECT_PLACE */
	uint16_t reason;  /* EFFECT_OVER */
};

struct effect {
	enum effect_kind kind;
	uint8_t level; /* EFFECT_NOTE: enum log_level */
	uint64_t conn;
	uint64_t peer;
	size_t offset; /* of the bytes, in the box */
	size_t length;
	union {
		int64_t wait_ms; /* EFFECT_PATIENCE */
		struct effect_record record;
		struct effect_call call;
	};
};

struct effects {
	struct effect *items; /* owned */
	size_t count;
	size_t room;
	uint8_t *bytes; /* owned */
	size_t used;
	size_t size;
	bool out_of_memory; /* something was lost: the shell must not go on */
};

void effects_init(struct effects *e);
void effects_fini(struct effects *e);
/* Forgets what is in the box, keeps its memory. */
void effects_clear(struct effects *e);

const uint8_t *effects_bytes(const struct effects *e, const struct effect *f);

/* Adds a zeroed effect and returns it, valid until the next one; NULL (and
 * out_of_memory) when there is no room. */
struct effect *effects_add(struct effects *e, enum effect_kind kind,
			   uint64_t conn);
void effects_send(struct effects *e, uint64_t conn, const struct message *m);
void effects_bytes_for(struct effects *e, enum effect_kind kind, uint64_t conn,
		       const void *bytes, size_t len);
void effects_note(struct effects *e, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
