/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a fax is handed in at the control socket ({"command": "send"}), by one
 * who may wait for what becomes of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "io/local.h"
#include "store/audit.h"
#include "terminal/outbox.h"

struct desk;

/* NULL: memory is out. Borrows what it is given. */
struct desk *desk_new(bool (*joined)(void *owner), void *owner);
void desk_free(struct desk *d);
/* Before, no request is run. */
void desk_ready(struct desk *d, struct outbox *o, struct audit *a);

/* Takes the descriptors: its files. */
void desk_send(struct desk *d, struct local_session *s, const json_t *in,
	       const int *fds, size_t n);

/* The session is told of these jobs, which are of one batch, until all are
 * over; it must wait for nothing else. */
void desk_follow(struct desk *d, struct local_session *s,
		 const struct outbox_added *added);

/* A job has changed: who waits for it is told. */
void desk_job_changed(struct desk *d, const struct outbox_job *j);
