/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All connections of one terminal to its relay, or of one relay to another, as
 * one value: how many it keeps, when it
 * dials again, which call goes on which, who called. Events and the time go
 * in, effects come out (core/effect.h). It never sees a socket or a byte of
 * a fax, reads no clock and draws no randomness (a seed is passed in).
 *
 * The shell numbers nothing: EFFECT_DIAL carries the number that a new
 * connection shall have, EFFECT_RING and client_call that of a call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/effect.h"
#include "core/line.h"

enum {
	CLIENT_SPARES_MAX = 64,
	CLIENT_LINES_MAX = 128,	     /* lines a terminal ever holds */
	CLIENT_TRUNKS_MAX = 1024,    /* and a relay at another */
	CLIENT_AFRESH_MS = 6000,     /* relays that end spread us over 5 s */
	CLIENT_SURPLUS_MS = 60000,   /* a line idle for longer may go */
	CLIENT_LINE_WAIT_MS = 15000, /* a call waits so long for a line */
};

struct client_settings {
	struct line_self self;
	uint32_t spares;     /* idle lines to keep beside calls, 0-64 */
	uint32_t lines_max;  /* never more than these; 0: as many as may be */
	uint32_t procedures; /* what our ends of calls can do; of a terminal */
	uint32_t abilities;
	uint64_t first_conn; /* connections are numbered from here on */
};

struct client;

struct client *client_new(const struct client_settings *settings,
			  uint64_t seed);
void client_free(struct client *c);

/* Begins to dial. */
void client_start(struct client *c, int64_t now, struct effects *out);

/* --- what happens to a connection; unknown numbers are ignored --- */

void client_opened(struct client *c, uint64_t conn, int64_t now,
		   struct effects *out);
void client_message(struct client *c, uint64_t conn, const struct message *m,
		    int64_t now, struct effects *out);
/* A frame that is no message. */
void client_violation(struct client *c, uint64_t conn, int64_t now,
		      struct effects *out);
/* DATA came or went: a sign of life. core/keepalive learns from it, too. */
void client_heard(struct client *c, uint64_t conn, int64_t now,
		  struct effects *out);
void client_sent(struct client *c, uint64_t conn, int64_t now);
/* Gone, or could not be made. */
void client_closed(struct client *c, uint64_t conn, int64_t now,
		   struct effects *out);

/* EFFECT_LOGIN's answer. The effect's bytes are what the relay's login said
 * (none at the start). */
enum client_login { CLIENT_LOGIN_MORE, CLIENT_LOGIN_OK, CLIENT_LOGIN_BAD };
void client_login(struct client *c, uint64_t conn, enum client_login result,
		  struct span sasl, int64_t now, struct effects *out);

/* --- calls --- */

/* Calls `to`. Returns the call's number: EFFECT_TALK or EFFECT_OVER will
 * name it, even at once. Of a relay's client EFFECT_PLACE asks for the CONNECT
 * as soon as there is a line. 0: out of memory. */
uint32_t client_call(struct client *c, const char *to, int64_t now,
		     struct effects *out);

/* Answers EFFECT_RING. A number that has gone is ignored: EFFECT_OVER has
 * said so. */
void client_accept(struct client *c, uint32_t number, int64_t now,
		   struct effects *out);
/* The same, of a relay's client: the far terminal has chosen these terms. */
void client_accept_terms(struct client *c, uint32_t number,
			 const struct message_terms *terms, int64_t now,
			 struct effects *out);
void client_refuse(struct client *c, uint32_t number, uint16_t reason,
		   int64_t now, struct effects *out);

/* Ends a call in whatever stage it is. EFFECT_OVER follows at once. */
void client_end(struct client *c, uint32_t number, uint16_t reason, int64_t now,
		struct effects *out);

/* The connection that carries a call; 0 when none does (yet). */
uint64_t client_conn_of(const struct client *c, uint32_t call);
/* The call on a connection that is in the stage where DATA belongs to it;
 * 0 when there is none: such DATA is late and is dropped. */
uint32_t client_call_on(const struct client *c, uint64_t conn);

/* --- the rest --- */

/* Keep so many idle lines beside the settings' spares: a far relay lacks them
 * for calls, or a user wants them. */
void client_need(struct client *c, uint32_t lines, int64_t now,
		 struct effects *out);

/* Asks for the terminals that we may call; EFFECT_LISTING answers, with the
 * request's number. ERR_CLOSED when no line is up. */
MUST_CHECK enum err client_list(struct client *c, bool follow, int64_t now,
				struct effects *out, uint32_t *request);

/* Leaves the relay's list: all connections go, none is made again. */
void client_logout(struct client *c, int64_t now, struct effects *out);

/* From now on it is another relay, and the last one is well: failures there
 * do not count here. What that one asked us to wait does. */
void client_afresh(struct client *c, int64_t now);

int64_t client_deadline(const struct client *c);
void client_tick(struct client *c, int64_t now, struct effects *out);

struct client_counts {
	uint32_t lines, up, idle, calls;
	bool denied;	      /* the last login was refused */
	int64_t next_dial_ms; /* when dialling goes on; 0: not waiting */
	uint32_t failures;    /* dials that failed in a row */
	int64_t keepalive_ms; /* the silence that the path survives, as far as
				 it was measured; 0: never logged in */
};
struct client_counts client_counts(const struct client *c);
