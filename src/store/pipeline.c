/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pipeline.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/dialling.h"

/* Of pg_type.dat: part of the protocol, and fixed. */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25 };
enum { TEXT_FORMAT = 0, BINARY_FORMAT = 1 };
enum { VALUES_MAX = 16, COLUMNS_MAX = 32, NAME_MAX_LENGTH = 8 };

static void name_of(enum schema_statement s, char name[NAME_MAX_LENGTH])
{
	snprintf(name, NAME_MAX_LENGTH, "s%u", (unsigned)s);
}

static bool prepare(PGconn *conn, enum schema_statement s)
{
	const char *takes = schema_rows[s].takes;
	char name[NAME_MAX_LENGTH];
	Oid types[VALUES_MAX];
	int n = 0;

	for (; takes[n]; n++)
		types[n] = takes[n] == 'n'   ? OID_INT8
			   : takes[n] == 't' ? OID_TEXT
					     : OID_BYTEA;
	name_of(s, name);
	return PQsendPrepare(conn, name, schema_postgres(s), n, types) == 1;
}

bool pipeline_prepare(PGconn *conn)
{
	for (unsigned s = 0; s < SCHEMA_STATEMENTS; s++)
		if (schema_postgres((enum schema_statement)s) &&
		    !prepare(conn, (enum schema_statement)s))
			return false;
	return PQpipelineSync(conn) == 1;
}

/* Numbers as 8 octets in network order, as everything else in binary. */
static bool send_step(PGconn *conn, const struct query *q,
		      const struct query_step *step)
{
	const char *takes = schema_rows[step->statement].takes;
	const char *values[VALUES_MAX];
	int lengths[VALUES_MAX], formats[VALUES_MAX], n = 0;
	uint64_t numbers[VALUES_MAX];
	char name[NAME_MAX_LENGTH];

	for (; takes[n]; n++) {
		struct query_value v = query_value(q, step->first + (size_t)n);

		formats[n] = BINARY_FORMAT;
		values[n] = v.bytes;
		lengths[n] = (int)v.len;
		if (takes[n] != 'n')
			continue;
		numbers[n] = htobe64((uint64_t)v.number);
		values[n] = (const char *)&numbers[n];
		lengths[n] = sizeof(numbers[n]);
	}
	name_of(step->statement, name);
	return PQsendQueryPrepared(conn, name, n, values, lengths, formats,
				   BINARY_FORMAT) == 1;
}

/* A statement without a text here is passed over, as a step that is done. */
static void pass_over(struct query *q)
{
	while (q->answered < q->steps_count &&
	       !schema_postgres(q->steps[q->answered].statement))
		q->answered++;
}

bool pipeline_send(PGconn *conn, struct query *q)
{
	q->tries++;
	pass_over(q);
	for (size_t i = 0; i < q->steps_count; i++)
		if (schema_postgres(q->steps[i].statement) &&
		    !send_step(conn, q, &q->steps[i]))
			return false;
	return PQpipelineSync(conn) == 1;
}

bool pipeline_may_repeat(const struct query *q)
{
	for (size_t i = 0; i < q->steps_count; i++)
		if (!schema_rows[q->steps[i].statement].again)
			return false;
	return true;
}

/* --- results --- */

static void fail(struct query *q, const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (q->answer.err != OK)
		return;
	q->answer.err = dialling_err(state);
	dialling_message(PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY),
			 q->sentence, sizeof(q->sentence));
	if (q->answered < q->steps_count)
		q->answer.number = q->steps[q->answered].number;
}

static void succeed(struct query *q, PGresult *r)
{
	bool gives;

	if (q->answered >= q->steps_count)
		return; /* never: one result a step */
	gives = schema_rows[q->steps[q->answered].statement].gives != NULL;
	query_count(q, q->answered,
		    gives ? (size_t)PQntuples(r)
			  : (size_t)strtoul(PQcmdTuples(r), NULL, 10));
	for (size_t i = 0; gives && i < QUERY_RESULTS_MAX; i++)
		if (!q->results[i].rows) {
			q->results[i].rows = r;
			q->results[i].gives =
				schema_rows[q->steps[q->answered].statement]
					.gives;
			q->answered++;
			pass_over(q);
			return;
		}
	PQclear(r);
	q->answered++;
	pass_over(q);
}

enum pipeline_result pipeline_take(struct query *q, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
		succeed(q, result);
		return PIPELINE_MORE;
	}
	if (status == PGRES_FATAL_ERROR)
		fail(q, result);
	PQclear(result);
	if (status == PGRES_PIPELINE_SYNC)
		return PIPELINE_DONE;
	return q->answer.err == ERR_CLOSED ? PIPELINE_LOST : PIPELINE_MORE;
}

static int64_t number_of(const char *at, int len)
{
	uint64_t eight;
	uint32_t four;

	if (len == sizeof(eight)) {
		memcpy(&eight, at, sizeof(eight));
		return (int64_t)be64toh(eight);
	}
	if (len != sizeof(four))
		return 0;
	memcpy(&four, at, sizeof(four));
	return (int32_t)be32toh(four);
}

static void tell_row(struct query *q, const PGresult *r, int row,
		     const char *gives)
{
	struct query_value values[COLUMNS_MAX];

	for (int i = 0; gives[i]; i++) {
		const char *at = PQgetvalue(r, row, i);
		int len = PQgetlength(r, row, i);

		values[i] = (struct query_value){
			.bytes = at,
			.len = (size_t)len,
			.null = PQgetisnull(r, row, i) == 1,
			.number = gives[i] == 'n' ? number_of(at, len) : 0,
		};
	}
	query_row(q, values);
}

void pipeline_end(struct query *q)
{
	enum err e = q->answer.err;
	char sentence[sizeof(q->sentence)];

	for (size_t i = 0; e == OK && i < QUERY_RESULTS_MAX; i++) {
		const PGresult *r = q->results[i].rows;
		int rows = r ? PQntuples(r) : 0;

		for (int row = 0; row < rows; row++)
			tell_row(q, r, row, q->results[i].gives);
	}
	memcpy(sentence, q->sentence, sizeof(sentence));
	for (size_t i = 0; i < QUERY_RESULTS_MAX; i++)
		PQclear(q->results[i].rows);
	query_end(q, e, sentence);
}

void pipeline_reset(struct query *q)
{
	for (size_t i = 0; i < QUERY_RESULTS_MAX; i++) {
		PQclear(q->results[i].rows);
		q->results[i].rows = NULL;
	}
	q->answered = 0;
	q->answer.err = OK;
	q->answer.count = 0;
	q->sentence[0] = '\0';
}
