/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a fax ended: the engine's sixty completion codes and our own reasons
 * as one short list, each with a sentence for a person and whether trying
 * again makes sense. Values only.
 */
#pragma once

#include <stdbool.h>

/* The numbers go over sockets and into logs: they never change. */
enum outcome {
	OUTCOME_DONE = 0,
	OUTCOME_NO_FAX = 1,	    /* nobody spoke T.30 */
	OUTCOME_CUT = 2,	    /* the call broke off */
	OUTCOME_CANNOT_RECEIVE = 3, /* the far end sends only */
	OUTCOME_CANNOT_SEND = 4,    /* the far end is no sender */
	OUTCOME_INCOMPATIBLE = 5,   /* no modem or coding in common */
	OUTCOME_RESOLUTION = 6,	    /* the far end cannot take it */
	OUTCOME_WIDTH = 7,	    /* the far end cannot take it */
	OUTCOME_REFUSED = 8,   /* the far end said no to who or what we are */
	OUTCOME_HUNG_UP = 9,   /* the far end disconnected by itself */
	OUTCOME_NO_REPLY = 10, /* the far end stopped answering */
	OUTCOME_BAD_LINE = 11, /* training or retransmission in vain */
	OUTCOME_CONFUSED = 12, /* an answer that T.30 does not know there */
	OUTCOME_DOCUMENT = 13, /* our document cannot be read */
	OUTCOME_STORAGE = 14,  /* what came cannot be written */
	OUTCOME_MEMORY = 15,
	OUTCOME_STALLED = 16,	/* the far end took nothing for too long */
	OUTCOME_MALFORMED = 17, /* the far end broke T.38 or T.30 */
	OUTCOME_TOO_LONG = 18,	/* a page without end */
	OUTCOME_STOPPED = 19,	/* our side ended it */
	OUTCOME_INTERNAL = 20,	/* we could not begin */
	OUTCOMES
};

/* Maps a completion code of the engine (T30_ERR_*); one that it does not
 * know gives OUTCOME_CONFUSED. */
enum outcome outcome_from_t30(int code);

/* "no-fax": for logs. Static storage. */
const char *outcome_name(enum outcome o);
/* One plain sentence with full stop. Static storage. */
const char *outcome_sentence(enum outcome o);
/* May the same document reach the same far end if tried again? */
bool outcome_again(enum outcome o);
