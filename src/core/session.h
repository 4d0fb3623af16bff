/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's end of one connection: one table, [state][event], that says
 * what is done and what comes next. An absent cell is a protocol violation.
 * core/relay.c carries the actions out; docs/protocol.md section 6 shows the
 * same table.
 */
#pragma once

#include "wire/message.h"

enum session_state {
	SESSION_ARRIVED, /* TCP stands, TLS does not yet */
	SESSION_HELLO,	 /* waits for HELLO */
	SESSION_AUTH,	 /* waits for an AUTH, or for its being checked */
	SESSION_WAITING, /* proven, but an older place must fail a ping first */
	SESSION_IDLE,
	SESSION_CALLING,  /* its terminal asked for a call and waits */
	SESSION_OFFERED,  /* its terminal was offered a call */
	SESSION_CALL,	  /* joined */
	SESSION_CLEARING, /* its call is over; waits for RELEASE */
	SESSION_LINK,	  /* a relay's, for news; never a call */
	SESSION_GOING,	  /* told to go; waits for the close */
	SESSION_STATES
};

enum session_event {
	SESSION_GOT_HELLO, /* messages, as they come */
	SESSION_GOT_AUTH,
	SESSION_GOT_PING,
	SESSION_GOT_PONG,
	SESSION_GOT_BYE,
	SESSION_GOT_LOGOUT,
	SESSION_GOT_CONNECT,
	SESSION_GOT_ACCEPT,
	SESSION_GOT_REFUSE,
	SESSION_GOT_DATA, /* what the worker did not forward */
	SESSION_GOT_END,
	SESSION_GOT_RELEASE,
	SESSION_GOT_LIST,
	SESSION_GOT_NEWS, /* what relays say on a link */
	SESSION_OPENED,	  /* TLS stands */
	SESSION_EVENTS
};

/* What is to be done; each has one function in core/relay.c. Those that
 * may or may not change the state choose the next state themselves. */
enum session_action {
	SESSION_VIOLATION, /* the absent cell */
	SESSION_IGNORE,
	SESSION_WAIT, /* nothing but the next state */
	SESSION_GREET,
	SESSION_CHECK,
	SESSION_PONG,
	SESSION_NOTE_PONG,
	SESSION_DEPART, /* BYE */
	SESSION_LOG_OUT,
	SESSION_PLACE,	 /* CONNECT */
	SESSION_COLLIDE, /* CONNECT met our offer, or our cancel */
	SESSION_ACCEPT,
	SESSION_REFUSE,
	SESSION_GIVE_UP, /* END while calling */
	SESSION_HANG_UP, /* END in a call */
	SESSION_FREE,	 /* RELEASE */
	SESSION_LISTING,
	SESSION_HEAR, /* news */
	SESSION_ACTIONS
};

enum session_action session_action(enum session_state s, enum session_event e);

/* The event that a message from a terminal, or from another relay, is;
 * SESSION_EVENTS for one that these never send. */
enum session_event session_event_of(enum message_type type);

const char *session_state_name(enum session_state s);
