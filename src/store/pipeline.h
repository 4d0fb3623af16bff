/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests in libpq's pipeline: how one is sent, as one transaction between
 * two synchronization points, and how its results become its answer. It
 * never reads or writes a socket by itself.
 */
#pragma once

#include "store/query.h"

struct pg_conn; /* libpq's PGconn */
struct pg_result;

/* Prepares every statement; one result each comes, and a synchronization
 * point. False: the connection is lost; so do those that follow. */
bool pipeline_prepare(struct pg_conn *conn);
bool pipeline_send(struct pg_conn *conn, struct query *q);

/* Whether it may be repeated when it is not known whether it was done. */
bool pipeline_may_repeat(const struct query *q);

/* Takes one result of the request's. */
enum pipeline_result {
	PIPELINE_MORE, /* others will come */
	PIPELINE_DONE, /* this was the last: pipeline_end */
	PIPELINE_LOST, /* the server is going down: all is void */
};
enum pipeline_result pipeline_take(struct query *q, struct pg_result *result);
/* Tells rows and end. */
void pipeline_end(struct query *q);
/* Forgets results: it will be sent again, or ended otherwise. */
void pipeline_reset(struct query *q);
