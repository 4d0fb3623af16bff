/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's end of one connection: one table, [state][event], that says
 * what is done and what comes next. An absent cell is a protocol violation,
 * handled in one place. core/relay.c carries the actions out.
 */
#pragma once

#include <stdint.h>

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
	SESSION_GOT_DATA, /* outside a call: the worker forwards the rest */
	SESSION_GOT_END,
	SESSION_GOT_RELEASE,
	SESSION_GOT_LIST,
	SESSION_OPENED,	    /* TLS stands */
	SESSION_PROVEN,	    /* login checked, and right */
	SESSION_REFUSED,    /* login checked, and wrong */
	SESSION_ADMITTED,   /* a place came free for it */
	SESSION_OFFER,	    /* the other side's doing: offer it a call */
	SESSION_ANSWERED,   /* its request was answered: connected */
	SESSION_FAILED,	    /* its request was answered: failed */
	SESSION_WITHDRAWN,  /* the offer is off: cancel */
	SESSION_PEER_ENDED, /* the far side ended the call, or was lost */
	SESSION_DUE,	    /* the state's deadline passed */
	SESSION_LOST,	    /* the connection is gone */
	SESSION_EVENTS
};

/* What core/relay.c is to do; each has one function there. */
enum session_action {
	SESSION_VIOLATION, /* the absent cell: BYE, close */
	SESSION_IGNORE,
	SESSION_GREET, /* answer HELLO */
	SESSION_CHECK, /* have the AUTH checked */
	SESSION_WELCOME,
	SESSION_DENY,
	SESSION_PONG, /* answer PING */
	SESSION_NOTE_PONG,
	SESSION_LOGOUT_ALL,
	SESSION_PLACE_CALL,
	SESSION_COLLIDE, /* CONNECT met our offer: FAILED collision */
	SESSION_RING,	 /* send INCOMING */
	SESSION_JOIN,
	SESSION_DECLINE, /* callee refused: tell the caller */
	SESSION_TELL_CONNECTED,
	SESSION_TELL_FAILED,
	SESSION_TELL_CANCEL,
	SESSION_HANG_UP, /* END in a call: pass it on */
	SESSION_GIVE_UP, /* END while calling: cancel the offer */
	SESSION_TELL_END,
	SESSION_FREE, /* RELEASE: idle again */
	SESSION_LISTING,
	SESSION_EXPIRE, /* deadline: what the state says */
	SESSION_WAIT_FOR_HELLO,
	SESSION_DEPART, /* gone: clean up */
	SESSION_ACTIONS
};

struct session_rule {
	enum session_action action;
	enum session_state next; /* actions may choose another, documented */
};

/* The table's cell. */
struct session_rule session_rule(enum session_state s, enum session_event e);

/* The event that a message from a terminal is; SESSION_EVENTS for one that
 * terminals never send (WELCOME, INCOMING, ...). */
enum session_event session_event_of(enum message_type type);

const char *session_state_name(enum session_state s);
const char *session_event_name(enum session_event e);
