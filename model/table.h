/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two ends of a connection do, found by asking them: each state is
 * brought about in the real core/line.c and core/relay.c, each event is put
 * in, and what comes out is a row. Nothing here says what should come out.
 */
#pragma once

#include <stdbool.h>

#include "core/effect.h"
#include "core/line.h"
#include "core/session.h"

/* Who does, or is told, something: the connection that the event is for, the
 * other one of its call, an idle one. A line knows itself only. */
enum table_role { TABLE_SELF, TABLE_MATE, TABLE_THIRD, TABLE_ROLES };

/* Whose number a message carries, of a call or of a request. */
enum table_number {
	TABLE_NONE,
	TABLE_OWN,   /* that of the one who speaks */
	TABLE_HEARD, /* that of the event */
};

struct table_deed {
	enum effect_kind kind;
	enum table_role role;
	enum message_type type; /* EFFECT_SEND */
	enum table_number number;
	int reason; /* -1: the message has none */
};

enum { TABLE_DEEDS_MAX = 8, TABLE_UNKNOWN = -1 };

struct table_row {
	bool legal;
	int before[TABLE_ROLES]; /* states; TABLE_UNKNOWN: no such one */
	int next[TABLE_ROLES];
	struct table_deed deeds[TABLE_DEEDS_MAX];
	unsigned count;
	/* A line's alone. */
	enum line_news news;
	enum table_number call; /* its call's number afterwards */
	bool asks;		/* counts its requests on */
};

/* What may happen to the relay's end and is no message. */
enum table_session_event {
	TABLE_LOGIN_MORE = SESSION_EVENTS, /* the login's verdict */
	TABLE_LOGIN_OK,
	TABLE_LOGIN_BAD,
	TABLE_LOST,	/* the connection is gone */
	TABLE_LATE,	/* what the state waits for did not come */
	TABLE_STALLED,	/* nothing moves in the call */
	TABLE_DISABLED, /* the account is */
	TABLE_SESSION_EVENTS
};

/* Some events come in two ways, `same` or not: whether the number that is
 * heard is one's own; of HELLO, whether the version is; of CONNECT, and of
 * the end of a callee's connection, whether the callee has (another) idle
 * one; of TABLE_LATE, whether the older place is gone. */
bool table_line_varies(enum line_event e);

struct table_row table_line(enum line_state s, enum line_event e, bool same);
/* False: the event cannot come in this state. Stops the program when what is
 * done hangs on more than the state. */
bool table_session(enum session_state s, unsigned e, bool same,
		   struct table_row *row);
/* Whether the two ways of `e` make a difference in this state. */
bool table_session_differs(enum session_state s, unsigned e);

bool table_equal(const struct table_row *a, const struct table_row *b);

/* For the makers of rows: the one message that is the effect `e`, put into
 * row->deeds; stops the program when there are too many. */
struct table_deed *table_add(struct table_row *row, const struct effects *out,
			     const struct effect *e);
/* The message of this event, with numbers; stops when there is none. */
struct message table_message(enum message_type type, uint64_t call,
			     uint32_t request);

/* What the rows are made with: own and heard numbers. */
enum {
	TABLE_OWN_CALL = 101,
	TABLE_HEARD_CALL = 202,
	TABLE_OWN_REQUEST = 5,
	TABLE_HEARD_REQUEST = 6,
};
