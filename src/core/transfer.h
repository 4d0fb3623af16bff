/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fax inside a call, seen from one end: the job's own words (wire/pipe.h)
 * around the T.30 session that an endpoint child runs. It decides what is
 * said, stored and believed; IFP packets and TAKEN pass it by, they only flow
 * while transfer_flows().
 *
 * The rule it exists for: the receiver says STORED only when the whole fax
 * stands in the inbox, and only that makes a job delivered at the sender.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/pipe.h"
#include "wire/reason.h"

enum transfer_role { TRANSFER_CALLER, TRANSFER_CALLEE };

enum transfer_state {
	TRANSFER_OPENING,    /* caller: OPEN said, waits for ANSWER */
	TRANSFER_SENDING,    /* caller: the child sends */
	TRANSFER_CONFIRMING, /* caller: all sent, waits for STORED */
	TRANSFER_WAITING,    /* callee: waits for OPEN */
	TRANSFER_RECEIVING,  /* callee: the child receives */
	TRANSFER_STOPPING,   /* callee: broken off, the child is finishing */
	TRANSFER_LEAVING,    /* callee: all said, waits for the call's end */
	TRANSFER_FINISHED,
	TRANSFER_STATES
};

enum transfer_event {
	TRANSFER_GOT_OPEN, /* pipe messages */
	TRANSFER_GOT_ANSWER,
	TRANSFER_GOT_PAGE,
	TRANSFER_GOT_STORED,
	TRANSFER_GOT_FAULT,
	TRANSFER_KNOWN,	     /* TRANSFER_LOOK_UP: delivered before */
	TRANSFER_NEW,	     /* TRANSFER_LOOK_UP: not yet; ready to receive */
	TRANSFER_UNABLE,     /* TRANSFER_LOOK_UP: we cannot receive now */
	TRANSFER_CHILD_PAGE, /* the child: one page more is on disk */
	TRANSFER_CHILD_DONE, /* the child: T.30 is over, or the child is */
	TRANSFER_SAVED,	     /* TRANSFER_STORE, _STORE_PARTIAL: done */
	TRANSFER_UNSAVED,    /* TRANSFER_STORE, _STORE_PARTIAL: could not */
	TRANSFER_CALL_OVER,
	TRANSFER_CANCEL, /* our user's wish */
	TRANSFER_DUE,
	TRANSFER_EVENTS
};

/* What the shell is to do, in order. */
enum transfer_order {
	TRANSFER_SAY,		/* `message` into the pipe */
	TRANSFER_LOOK_UP,	/* has this caller's `job` been delivered? */
	TRANSFER_START,		/* start the child in our role */
	TRANSFER_STOP,		/* tell the child to finish what is finished */
	TRANSFER_PROGRESS,	/* `pages` changed */
	TRANSFER_STORE,		/* the whole fax into the inbox */
	TRANSFER_STORE_PARTIAL, /* what came of it, marked so */
	TRANSFER_ABANDON,	/* nothing came: forget it */
	TRANSFER_HANG_UP,	/* end the call with `reason` */
	TRANSFER_REPORT,	/* `result` is final; nothing follows */
};

enum { TRANSFER_ORDERS_MAX = 6 };

struct transfer_result {
	bool delivered;
	bool again;	 /* trying again may help */
	uint16_t reason; /* wire/reason.h, when not delivered */
	uint16_t pages;	 /* confirmed */
	char sentence[PIPE_SENTENCE_MAX + 1]; /* for the user */
};

struct transfer {
	enum transfer_role role;
	enum transfer_state state;
	int64_t deadline_ms;
	uint8_t job[PIPE_JOB_SIZE];
	char title[PIPE_TITLE_MAX + 1];
	uint16_t expected; /* pages the job has */
	uint16_t pages;	   /* caller: confirmed; callee: on disk */
	bool call_stands;
	struct transfer_result result;
};

struct transfer_input {
	enum transfer_event event;
	const struct pipe_message *message; /* TRANSFER_GOT_* */
	uint16_t pages;			    /* KNOWN, CHILD_PAGE, CHILD_DONE */
	bool good;			    /* CHILD_DONE: T.30 ended well */
	bool again;			    /* CHILD_DONE, UNABLE, UNSAVED */
	uint16_t reason;		    /* CALL_OVER */
	const char *sentence; /* CHILD_DONE, UNABLE, UNSAVED; printable */
};

struct transfer_orders {
	enum transfer_order items[TRANSFER_ORDERS_MAX];
	int count;
	struct pipe_message message; /* TRANSFER_SAY: at most one a step;
					borrows from the transfer */
	uint16_t reason;	     /* TRANSFER_HANG_UP */
};

/* The caller's end; its call stands. Says OPEN. */
void transfer_init_caller(struct transfer *t, const uint8_t job[PIPE_JOB_SIZE],
			  const char *title, uint16_t pages, int64_t now,
			  struct transfer_orders *out);
/* The callee's end; its call stands. Says nothing. */
void transfer_init_callee(struct transfer *t, int64_t now);

void transfer_step(struct transfer *t, const struct transfer_input *in,
		   int64_t now, struct transfer_orders *out);

/* The event that a pipe message is; TRANSFER_EVENTS for IFP and TAKEN. */
enum transfer_event transfer_event_of(enum pipe_type type);

/* IFP and TAKEN go between pipe and child; else what comes is late, and
 * dropped. */
bool transfer_flows(const struct transfer *t);

int64_t transfer_deadline(const struct transfer *t);
const char *transfer_state_name(enum transfer_state s);
