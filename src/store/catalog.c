/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/dialling.h"
#include "store/schema.h"

/* A number of our own for PostgreSQL's advisory locks. */
#define LOCK "SELECT pg_advisory_xact_lock(7346297012)"

/* What the only row has, or -1. */
static int number_of(PGconn *conn, const char *query)
{
	PGresult *r = PQexec(conn, query);
	int n = -1;

	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
		n = atoi(PQgetvalue(r, 0, 0));
	PQclear(r);
	return n;
}

static enum err run(PGconn *conn, const char *commands, struct why *why)
{
	PGresult *r = PQexec(conn, commands);
	ExecStatusType status = PQresultStatus(r);
	enum err e = OK;
	char what[200];

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		e = dialling_err(PQresultErrorField(r, PG_DIAG_SQLSTATE));
		dialling_message(PQresultErrorMessage(r), what, sizeof(what));
		why_set(why, "The database refused: %s.", what);
	}
	PQclear(r);
	return e;
}

static enum err connect_to(const char *url, PGconn **out, struct why *why)
{
	struct dialling d;
	enum err e = dialling_init(&d, url, why);
	char what[200];

	if (e != OK)
		return e;
	*out = dialling_wait(&d);
	if (PQstatus(*out) != CONNECTION_OK) {
		dialling_message(PQerrorMessage(*out), what, sizeof(what));
		why_set(why, "The database cannot be reached: %s.", what);
		e = ERR_CLOSED;
	}
	dialling_fini(&d);
	return e;
}

static enum err bring_up(PGconn *conn, int version, struct why *why)
{
	char set[80];
	enum err e = OK;

	for (; e == OK && version < SCHEMA_VERSION; version++)
		if (schema_versions[version].postgres)
			e = run(conn, schema_versions[version].postgres, why);
	snprintf(set, sizeof(set), "UPDATE schema_version SET version = %d",
		 SCHEMA_VERSION);
	return e == OK ? run(conn, set, why) : e;
}

static enum err refuse(int version, bool init, struct why *why)
{
	if (version > SCHEMA_VERSION) {
		why_set(why,
			"The database was made by a newer version of Faxwire: "
			"install that one.");
		return ERR_UNSUPPORTED;
	}
	if (init && version > 0) {
		why_set(why, "The database is set up already.");
		return ERR_EXISTS;
	}
	if (!init && version == 0) {
		why_set(why, "The database is not set up: say faxwire-relay "
			     "database init.");
		return ERR_MISSING;
	}
	return OK;
}

static enum err change(PGconn *conn, bool init, int *was, struct why *why)
{
	enum err e = run(conn, "BEGIN; " LOCK, why);

	if (e == OK)
		e = run(conn,
			"CREATE TABLE IF NOT EXISTS schema_version ("
			" one INTEGER PRIMARY KEY CHECK (one = 1),"
			" version INTEGER NOT NULL);"
			"INSERT INTO schema_version VALUES (1, 0)"
			" ON CONFLICT DO NOTHING",
			why);
	if (e != OK)
		return e;
	*was = number_of(conn, "SELECT version FROM schema_version");
	e = refuse(*was, init, why);
	if (e == OK)
		e = bring_up(conn, *was, why);
	return e == OK ? run(conn, "COMMIT", why) : e;
}

static enum err connect_and_change(const char *url, bool init, int *was,
				   struct why *why)
{
	PGconn *conn = NULL;
	enum err e = connect_to(url, &conn, why);

	if (e == OK)
		e = change(conn, init, was, why);
	PQfinish(conn); /* and rolls back */
	return e;
}

enum err catalog_init(const char *url, int *was, struct why *why)
{
	return connect_and_change(url, true, was, why);
}

enum err catalog_migrate(const char *url, int *was, struct why *why)
{
	return connect_and_change(url, false, was, why);
}
