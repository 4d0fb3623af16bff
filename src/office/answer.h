/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said to a session of the control socket: JSON objects, one a line;
 * the last of an answer has "end", or "error" and "code" (sysexits.h).
 */
#pragma once

#include <jansson.h>

#include "io/local.h"

/* What a session waits for: its user (local_set_user), embedded. */
struct answer_waiter {
	/* The session has closed. */
	void (*gone)(struct answer_waiter *w);
};

/* Takes the object. */
void answer_say(struct local_session *s, json_t *object);
/* That was all. */
void answer_end(struct local_session *s);
void answer_refuse(struct local_session *s, int code, const char *sentence);
