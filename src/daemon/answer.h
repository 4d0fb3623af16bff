/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers on the control socket: one JSON object a line; the last has "end",
 * or "error" and "code" (sysexits.h).
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "base/err.h"
#include "io/local.h"

/* What a session waits for: its user (local_set_user), embedded. */
struct answer_waiter {
	/* The session has closed. */
	void (*gone)(struct answer_waiter *w);
};

/* One line more. Takes the object; NULL (memory was out) is passed over. */
void answer_say(struct local_session *s, json_t *object);
/* That was all. The session ends. */
void answer_end(struct local_session *s);
/* Nothing comes of it. The session ends. */
void answer_refuse(struct local_session *s, int code, const char *sentence);
/* The same, of an error; where `why` is empty a word for it stands. */
void answer_fail(struct local_session *s, enum err e, const struct why *why);

/* --- files that are written for who asks --- */

/* Whether a descriptor that came with a request is a file: this program waits
 * for nobody who reads from a pipe. */
bool answer_is_file(int fd);
/* The rest of `from` into such a one. */
MUST_CHECK enum err answer_copy(int from, int to);
