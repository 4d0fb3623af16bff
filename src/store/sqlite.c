/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

enum { BUSY_MS = 5000, COLUMNS_MAX = 32 };

struct sqlite {
	sqlite3 *sql;
	sqlite3_stmt *statements[SCHEMA_STATEMENTS];
};

static enum err err_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return OK;
	case SQLITE_FULL:
		return ERR_SPACE;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_BAD;
	case SQLITE_BUSY:
		return ERR_TIMEOUT;
	default:
		return ERR_IO;
	}
}

/* --- opening --- */

static int version_of(sqlite3 *sql)
{
	sqlite3_stmt *s;
	int version = -1;

	if (sqlite3_prepare_v2(sql, "PRAGMA user_version", -1, &s, NULL) !=
	    SQLITE_OK)
		return -1;
	if (sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return version;
}

/* Two programs may open a new database at once: the lock is taken before the
 * version is looked at. */
static int migrate(sqlite3 *sql)
{
	int code = sqlite3_exec(sql, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	int version = code == SQLITE_OK ? version_of(sql) : -1;
	char set[64];

	if (version < 0 || version > SCHEMA_VERSION) {
		sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
		return code == SQLITE_OK ? SQLITE_MISMATCH : code;
	}
	for (; code == SQLITE_OK && version < SCHEMA_VERSION; version++)
		code = sqlite3_exec(sql, schema_versions[version].sqlite, NULL,
				    NULL, NULL);
	snprintf(set, sizeof(set), "PRAGMA user_version = %d", SCHEMA_VERSION);
	if (code == SQLITE_OK)
		code = sqlite3_exec(sql, set, NULL, NULL, NULL);
	sqlite3_exec(sql, code == SQLITE_OK ? "COMMIT" : "ROLLBACK", NULL, NULL,
		     NULL);
	return code;
}

static int prepare_all(struct sqlite *s)
{
	int code = SQLITE_OK;

	for (unsigned i = 0; code == SQLITE_OK && i < SCHEMA_STATEMENTS; i++) {
		const char *text = schema_sqlite((enum schema_statement)i);

		if (text)
			code = sqlite3_prepare_v3(s->sql, text, -1,
						  SQLITE_PREPARE_PERSISTENT,
						  &s->statements[i], NULL);
	}
	return code;
}

static void explain(struct why *why, const char *path, int code)
{
	switch (code & 0xff) {
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		why_set(why,
			"%s is damaged or not a database of ours: restore "
			"it from a backup, or move it away to begin anew.",
			path);
		break;
	case SQLITE_MISMATCH:
		why_set(why,
			"%s was made by a newer version of Faxwire: "
			"install that one.",
			path);
		break;
	case SQLITE_FULL:
		why_set(why, "Cannot write %s: the disk is full.", path);
		break;
	default:
		why_set(why,
			"Cannot open the database %s: %s; check who owns "
			"its folder and that it may be written.",
			path, sqlite3_errstr(code));
	}
}

enum err sqlite_open(struct sqlite **out, const char *path, struct why *why)
{
	struct sqlite *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return ERR_MEMORY;
	code = sqlite3_open_v2(path, &s->sql,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			       NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(s->sql, BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_exec(s->sql,
				    "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;",
				    NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = migrate(s->sql);
	if (code == SQLITE_OK)
		code = prepare_all(s);
	if (code != SQLITE_OK) {
		explain(why, path, code);
		sqlite_close(s);
		return code == SQLITE_MISMATCH ? ERR_UNSUPPORTED : err_of(code);
	}
	*out = s;
	return OK;
}

void sqlite_close(struct sqlite *s)
{
	if (!s)
		return;
	for (int i = 0; i < SCHEMA_STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->sql);
	free(s);
}

/* --- running --- */

static void bind(sqlite3_stmt *s, const char *kinds, const struct query *q,
		 size_t first)
{
	for (size_t i = 0; kinds[i]; i++) {
		struct query_value v = query_value(q, first + i);
		char name[24];
		int at;

		snprintf(name, sizeof(name), "$%zu", i + 1);
		at = sqlite3_bind_parameter_index(s, name);
		if (kinds[i] == 'n')
			sqlite3_bind_int64(s, at, v.number);
		else if (kinds[i] == 't')
			sqlite3_bind_text(s, at, v.bytes, (int)v.len,
					  SQLITE_STATIC);
		else
			sqlite3_bind_blob(s, at, v.bytes, (int)v.len,
					  SQLITE_STATIC);
	}
}

static void tell_row(sqlite3_stmt *s, const char *kinds, struct query *q)
{
	struct query_value row[COLUMNS_MAX];

	for (int i = 0; kinds[i]; i++) {
		row[i] = (struct query_value){
			.null = sqlite3_column_type(s, i) == SQLITE_NULL
		};
		if (kinds[i] == 'n')
			row[i].number = sqlite3_column_int64(s, i);
		else if (kinds[i] == 't')
			row[i].bytes = (const char *)sqlite3_column_text(s, i);
		else
			row[i].bytes = sqlite3_column_blob(s, i);
		row[i].len = (size_t)sqlite3_column_bytes(s, i);
	}
	query_row(q, row);
}

static enum err run_step(struct sqlite *s, struct query *q, size_t index)
{
	const struct query_step *step = &q->steps[index];
	const struct schema_row *is = &schema_rows[step->statement];
	sqlite3_stmt *statement = s->statements[step->statement];
	size_t rows = 0;
	int code;

	if (!statement)
		return OK; /* not for this engine */
	bind(statement, is->takes, q, step->first);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		rows++;
		if (is->gives)
			tell_row(statement, is->gives, q);
	}
	if (!is->gives)
		rows = (size_t)sqlite3_changes(s->sql);
	query_count(q, index, rows);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return err_of(code);
}

void sqlite_run(struct sqlite *s, struct query *q)
{
	bool many = q->steps_count > 1;
	char why[200] = "";
	enum err e = OK;

	if (many)
		e = err_of(sqlite3_exec(s->sql, "BEGIN IMMEDIATE", NULL, NULL,
					NULL));
	for (size_t i = 0; e == OK && i < q->steps_count; i++) {
		e = run_step(s, q, i);
		if (e != OK)
			q->answer.number = q->steps[i].number;
	}
	if (many && e == OK)
		e = err_of(sqlite3_exec(s->sql, "COMMIT", NULL, NULL, NULL));
	if (e != OK)
		snprintf(why, sizeof(why), "%s", sqlite3_errmsg(s->sql));
	if (many && e != OK)
		sqlite3_exec(s->sql, "ROLLBACK", NULL, NULL, NULL);
	query_end(q, e, why);
}
