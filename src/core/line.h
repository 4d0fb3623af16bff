/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's end of one connection: login, keep-alive, and at most one
 * call at a time. One table, [state][event], says what is done and what comes
 * next; an absent cell means that the relay broke the protocol. What the
 * client must know comes back as news.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/effect.h"
#include "wire/message.h"
#include "wire/reason.h"

enum line_state {
	LINE_DIALLING, /* TCP and TLS are being made */
	LINE_HELLO,    /* HELLO sent */
	LINE_LOGIN,    /* SCRAM under way */
	LINE_IDLE,
	LINE_CALLING, /* CONNECT sent, not answered */
	LINE_ENDING,  /* gave that call up; its one answer is still to come */
	LINE_OFFERED, /* INCOMING heard, not answered */
	LINE_CALL,
	LINE_LINK,  /* carries relays' news, never a call */
	LINE_GOING, /* told to close */
	LINE_STATES
};

enum line_event {
	LINE_GOT_HELLO, /* messages, as they come */
	LINE_GOT_AUTH,
	LINE_GOT_WELCOME,
	LINE_GOT_DENIED,
	LINE_GOT_PING,
	LINE_GOT_PONG,
	LINE_GOT_BYE,
	LINE_GOT_INCOMING,
	LINE_GOT_CANCEL,
	LINE_GOT_CONNECTED,
	LINE_GOT_FAILED,
	LINE_GOT_DATA,
	LINE_GOT_END,
	LINE_GOT_LISTING,
	LINE_GOT_PRESENCE,
	LINE_GOT_NEWS,	  /* what relays say on a link */
	LINE_OPENED,	  /* TLS stands */
	LINE_SAID,	  /* the login has something to say */
	LINE_PROVEN,	  /* the login is over and the relay proved itself */
	LINE_PROVEN_LINK, /* the same, of a line that is to be a link */
	LINE_UNPROVEN,	  /* the relay could not prove that it knows us */
	LINE_DIAL,	  /* the user's doing, from here on */
	LINE_ACCEPT,
	LINE_REFUSE,
	LINE_HANG_UP,
	LINE_LEAVE, /* close this connection in good order */
	LINE_EVENTS
};

/* What happened, for the client. */
enum line_news {
	LINE_NO_NEWS,
	LINE_UP,      /* logged in and idle */
	LINE_DENIED,  /* the relay does not let us in */
	LINE_RING,    /* an offer: `call` */
	LINE_TALK,    /* `call` stands */
	LINE_OVER,    /* `call` is over; the line may be idle again */
	LINE_CROSSED, /* an offer took the line from `call`: dial it again */
	LINE_FREE,    /* idle again, nothing else to tell */
	LINE_BYE,     /* the relay sends us away */
	LINE_BROKEN,  /* the relay broke the protocol */
};

struct line {
	uint64_t conn;
	enum line_state state;
	int64_t heard_ms;     /* when the relay last gave a sign of life */
	int64_t sent_ms;      /* when we last did */
	int64_t idle_ms;      /* since when it is idle */
	int64_t keepalive_ms; /* the interval now */
	int64_t start_ms;     /* from WELCOME, as are the next two */
	uint32_t keepalive_min_ms;
	uint32_t keepalive_max_ms;
	bool waiting;	   /* a PING is out, and nothing came since */
	int64_t silent_ms; /* how long nothing moved before it */
	int64_t gone_ms;   /* when waiting ends */
	bool introduced;   /* the first AUTH, with our name, is out */
	uint32_t request;  /* of the CONNECT that is out, or was last */
	bool features_presence;
	struct effect_call call;    /* valid in CALLING, OFFERED, CALL */
	struct effect_call crossed; /* with LINE_CROSSED */
	uint32_t retry_ms;	    /* with LINE_BYE and LINE_DENIED */
	uint16_t bye_reason;	    /* with LINE_BYE */
	uint16_t connections_max;   /* from WELCOME */
};

/* What a line is for. */
enum line_role {
	LINE_OF_TERMINAL,
	LINE_OF_TRUNK, /* a relay's, for calls */
	LINE_OF_LINK,  /* a relay's, for news */
};

/* Who we are: the same for all lines of a client. */
struct line_self {
	enum line_role role;
	char id[ADDRESS_ID_MAX + 1];
	uint8_t place[MESSAGE_PLACE_SIZE];
	const char *software; /* borrowed for ever */
};

struct line_input {
	enum line_event event;
	const struct message *message;	/* LINE_GOT_*: what came */
	struct span sasl;		/* LINE_SAID */
	const struct effect_call *call; /* LINE_DIAL: whom to call */
	struct message_terms terms;	/* LINE_DIAL, LINE_ACCEPT */
	uint16_t reason;		/* LINE_REFUSE, LINE_HANG_UP */
};

enum {
	LINE_LOGIN_MS = 20000,	   /* dial to logged in; relays allow 10 s */
	LINE_KEEPALIVE_MS = 30000, /* until WELCOME says otherwise */
};

void line_init(struct line *l, uint64_t conn, int64_t now);

enum line_news line_step(struct line *l, const struct line_self *self,
			 const struct line_input *in, int64_t now,
			 struct effects *out);

/* The event that a message from the relay is; LINE_EVENTS for one that
 * relays never send. */
enum line_event line_event_of(enum message_type type);

enum line_duty {
	LINE_NO_DUTY,
	LINE_PING_DUE, /* line_ping */
	LINE_GONE,     /* the relay has been silent for too long, or the login
			  takes too long; close the connection */
};

/* What there is to do, and when to ask next. */
enum line_duty line_due(const struct line *l, int64_t now);
int64_t line_deadline(const struct line *l);

/* Gives a sign of life, and the next one after next_ms of silence. */
void line_ping(struct line *l, const struct line_self *self, int64_t next_ms,
	       int64_t now, struct effects *out);

/* A frame came, or one was sent that line_step does not see (DATA). After a
 * PING line_heard returns how long the path had been silent before it, and
 * has survived; otherwise 0. */
int64_t line_heard(struct line *l, int64_t now);
void line_sent(struct line *l, int64_t now);

/* Logged in: idle, or in any stage of a call. */
bool line_is_up(const struct line *l);

const char *line_state_name(enum line_state s);
