/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where jobs are handed in and asked for: the control socket's requests that
 * concern the queue, and the fields of a request that every way in has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "io/local.h"
#include "terminal/intake.h"
#include "terminal/outbox.h"

/* Reads `to` (an address, or an array of them), `resolution`, `not_before_ms`,
 * `give_up_ms`, `priority`, `held`, `title`, `note`: all but `to` may lack.
 * The strings are borrowed from `in`; desk_done() frees the rest, also after an
 * error. */
MUST_CHECK enum err desk_read(const json_t *in, struct intake_request *r,
			      struct why *why);
void desk_done(struct intake_request *r);

struct desk;

/* NULL: memory is out. Borrows what it is given. */
struct desk *desk_new(bool (*joined)(void *owner), void *owner);
void desk_free(struct desk *d);
/* Before, no request is run. */
void desk_ready(struct desk *d, struct outbox *o);

/* Takes the descriptors if it runs the command. False: it is none of its. */
bool desk_run(struct desk *d, struct local_session *s, const json_t *in,
	      const int *fds, size_t n);

/* A job has changed: who waits for it is told. */
void desk_job_changed(struct desk *d, const struct outbox_job *j);
