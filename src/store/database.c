/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

enum {
	BUSY_MS = 5000,
	GROUPS_TEXT_MAX = DATABASE_GROUPS_MAX * 33 + 1,
	/* Calls one start can number before it meets the next start's. */
	CALLS_A_START_BITS = 32,
};

/* What each version adds; the index is the version before. */
static const char *const migrations[] = {
	"CREATE TABLE account ("
	" id TEXT PRIMARY KEY, number TEXT UNIQUE, groups TEXT NOT NULL,"
	" enabled INTEGER NOT NULL, connections_max INTEGER NOT NULL,"
	" places_max INTEGER NOT NULL, created INTEGER NOT NULL,"
	" last_login INTEGER NOT NULL, salt BLOB NOT NULL,"
	" iterations INTEGER NOT NULL, stored_key BLOB NOT NULL,"
	" server_key BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE call ("
	" id INTEGER PRIMARY KEY, caller TEXT NOT NULL, callee TEXT NOT NULL,"
	" began INTEGER NOT NULL, connected INTEGER NOT NULL,"
	" ended INTEGER NOT NULL, reason INTEGER NOT NULL);"
	"CREATE TABLE relay ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" secret BLOB, starts INTEGER NOT NULL);"
	"INSERT INTO relay VALUES (1, NULL, 0);",
	"ALTER TABLE account ADD COLUMN allowed TEXT NOT NULL DEFAULT '';",
};
enum { VERSION = sizeof(migrations) / sizeof(migrations[0]) };

enum statement {
	ADD,
	GET,
	EACH,
	ENABLE,
	REMOVE,
	KEYS,
	ALLOW,
	TOUCH,
	ADD_CALL,
	EACH_CALL,
	FORGET_CALLS,
	START,
	FIRST_CALL,
	SET_SECRET,
	GET_SECRET,
	GENERATION,
	STATEMENTS
};

#define ACCOUNT_COLUMNS                                                        \
	"id, number, groups, enabled, connections_max, places_max, created,"   \
	" last_login, salt, iterations, stored_key, server_key, allowed"

static const char *const texts[STATEMENTS] = {
	[ADD] = "INSERT INTO account (" ACCOUNT_COLUMNS ") VALUES"
		" (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	[GET] = "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?1",
	[EACH] = "SELECT " ACCOUNT_COLUMNS " FROM account ORDER BY id",
	[ENABLE] = "UPDATE account SET enabled = ?2 WHERE id = ?1",
	[REMOVE] = "DELETE FROM account WHERE id = ?1",
	[KEYS] = "UPDATE account SET salt = ?2, iterations = ?3,"
		 " stored_key = ?4, server_key = ?5 WHERE id = ?1",
	[ALLOW] = "UPDATE account SET allowed = ?2 WHERE id = ?1",
	[TOUCH] = "UPDATE account SET last_login = ?2 WHERE id = ?1",
	[ADD_CALL] = "INSERT OR REPLACE INTO call VALUES (?1,?2,?3,?4,?5,?6,"
		     "?7)",
	[EACH_CALL] = "SELECT id, caller, callee, began, connected, ended,"
		      " reason FROM call ORDER BY id DESC LIMIT ?1",
	/* Numbers grow with time: the oldest are the first. */
	[FORGET_CALLS] = "DELETE FROM call WHERE ended < ?1 AND id IN"
			 " (SELECT id FROM call ORDER BY id LIMIT 2000)",
	[START] = "UPDATE relay SET starts = starts + 1",
	[FIRST_CALL] = "SELECT starts FROM relay",
	[SET_SECRET] = "UPDATE relay SET secret = ?1 WHERE secret IS NULL",
	[GET_SECRET] = "SELECT secret FROM relay",
	[GENERATION] = "PRAGMA data_version",
};

struct database {
	sqlite3 *sql;
	sqlite3_stmt *statements[STATEMENTS];
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

	if (version < 0 || version > VERSION) {
		sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
		return code == SQLITE_OK ? SQLITE_MISMATCH : code;
	}
	for (; code == SQLITE_OK && version < VERSION; version++)
		code = sqlite3_exec(sql, migrations[version], NULL, NULL, NULL);
	snprintf(set, sizeof(set), "PRAGMA user_version = %d", VERSION);
	if (code == SQLITE_OK)
		code = sqlite3_exec(sql, set, NULL, NULL, NULL);
	sqlite3_exec(sql, code == SQLITE_OK ? "COMMIT" : "ROLLBACK", NULL, NULL,
		     NULL);
	return code;
}

static int prepare_all(struct database *d)
{
	int code = SQLITE_OK;

	for (int i = 0; code == SQLITE_OK && i < STATEMENTS; i++)
		code = sqlite3_prepare_v3(d->sql, texts[i], -1,
					  SQLITE_PREPARE_PERSISTENT,
					  &d->statements[i], NULL);
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

enum err database_open(struct database **out, const char *path, struct why *why)
{
	struct database *d = calloc(1, sizeof(*d));
	int code;

	if (!d)
		return ERR_MEMORY;
	code = sqlite3_open_v2(path, &d->sql,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			       NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(d->sql, BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_exec(d->sql,
				    "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;",
				    NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = migrate(d->sql);
	if (code == SQLITE_OK)
		code = prepare_all(d);
	if (code != SQLITE_OK) {
		explain(why, path, code);
		database_close(d);
		return code == SQLITE_MISMATCH ? ERR_UNSUPPORTED : err_of(code);
	}
	*out = d;
	return OK;
}

void database_close(struct database *d)
{
	if (!d)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(d->statements[i]);
	sqlite3_close(d->sql);
	free(d);
}

/* --- running statements --- */

static sqlite3_stmt *begin(struct database *d, enum statement which)
{
	sqlite3_stmt *s = d->statements[which];

	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return s;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void bind_blob(sqlite3_stmt *s, int at, const void *bytes, int len)
{
	sqlite3_bind_blob(s, at, bytes, len, SQLITE_STATIC);
}

/* Runs a statement that changes rows. */
static enum err finish(sqlite3_stmt *s)
{
	enum err e = err_of(sqlite3_step(s));

	sqlite3_reset(s);
	return e;
}

/* The same, when it must have met exactly one row. */
static enum err finish_one(struct database *d, sqlite3_stmt *s)
{
	enum err e = finish(s);

	return e == OK && sqlite3_changes(d->sql) == 0 ? ERR_MISSING : e;
}

static void copy_text(sqlite3_stmt *s, int at, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(s, at);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

static void copy_blob(sqlite3_stmt *s, int at, void *out, size_t size)
{
	memset(out, 0, size);
	if ((size_t)sqlite3_column_bytes(s, at) == size)
		memcpy(out, sqlite3_column_blob(s, at), size);
}

/* --- accounts --- */

static void join_groups(const struct database_account *a,
			char out[GROUPS_TEXT_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < a->groups_count; i++)
		used += (size_t)snprintf(out + used, GROUPS_TEXT_MAX - used,
					 i ? " %s" : "%s", a->groups[i]);
}

static void split_groups(struct database_account *a, const char *text)
{
	while (*text && a->groups_count < DATABASE_GROUPS_MAX) {
		size_t len = strcspn(text, " ");

		if (len < sizeof(a->groups[0])) {
			memcpy(a->groups[a->groups_count], text, len);
			a->groups[a->groups_count++][len] = '\0';
		}
		text += len + strspn(text + len, " ");
	}
}

static void read_account(sqlite3_stmt *s, struct database_account *a)
{
	char groups[GROUPS_TEXT_MAX];

	memset(a, 0, sizeof(*a));
	copy_text(s, 0, a->id, sizeof(a->id));
	copy_text(s, 1, a->number, sizeof(a->number));
	copy_text(s, 2, groups, sizeof(groups));
	split_groups(a, groups);
	a->enabled = sqlite3_column_int(s, 3) != 0;
	a->connections_max = (uint16_t)sqlite3_column_int(s, 4);
	a->places_max = (uint16_t)sqlite3_column_int(s, 5);
	a->created_ms = sqlite3_column_int64(s, 6);
	a->last_login_ms = sqlite3_column_int64(s, 7);
	copy_blob(s, 8, a->salt, sizeof(a->salt));
	a->iterations = (uint32_t)sqlite3_column_int64(s, 9);
	copy_blob(s, 10, a->stored_key, sizeof(a->stored_key));
	copy_blob(s, 11, a->server_key, sizeof(a->server_key));
	copy_text(s, 12, a->allowed, sizeof(a->allowed));
}

enum err database_account_add(struct database *d,
			      const struct database_account *a, struct why *why)
{
	sqlite3_stmt *s = begin(d, ADD);
	char groups[GROUPS_TEXT_MAX];
	enum err e;

	join_groups(a, groups);
	bind_text(s, 1, a->id);
	if (*a->number)
		bind_text(s, 2, a->number);
	bind_text(s, 3, groups);
	sqlite3_bind_int(s, 4, a->enabled);
	sqlite3_bind_int(s, 5, a->connections_max);
	sqlite3_bind_int(s, 6, a->places_max);
	sqlite3_bind_int64(s, 7, a->created_ms);
	sqlite3_bind_int64(s, 8, a->last_login_ms);
	bind_blob(s, 9, a->salt, sizeof(a->salt));
	sqlite3_bind_int64(s, 10, a->iterations);
	bind_blob(s, 11, a->stored_key, sizeof(a->stored_key));
	bind_blob(s, 12, a->server_key, sizeof(a->server_key));
	bind_text(s, 13, a->allowed);
	e = finish(s);
	if (e == ERR_EXISTS)
		why_set(why,
			"There is an account %s, or one with the number "
			"%s, already.",
			a->id, *a->number ? a->number : "(none)");
	else if (e != OK)
		why_set(why, "The account could not be written: %s.",
			sqlite3_errmsg(d->sql));
	return e;
}

enum err database_account_get(struct database *d, const char *id,
			      struct database_account *out)
{
	sqlite3_stmt *s = begin(d, GET);
	int code;

	bind_text(s, 1, id);
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		read_account(s, out);
	sqlite3_reset(s);
	return code == SQLITE_DONE ? ERR_MISSING : err_of(code);
}

enum err database_account_each(struct database *d,
			       void (*each)(void *owner,
					    const struct database_account *a),
			       void *owner)
{
	sqlite3_stmt *s = begin(d, EACH);
	struct database_account a;
	int code;

	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		read_account(s, &a);
		each(owner, &a);
	}
	sqlite3_reset(s);
	return err_of(code);
}

enum err database_account_enable(struct database *d, const char *id,
				 bool enabled)
{
	sqlite3_stmt *s = begin(d, ENABLE);

	bind_text(s, 1, id);
	sqlite3_bind_int(s, 2, enabled);
	return finish_one(d, s);
}

enum err database_account_remove(struct database *d, const char *id)
{
	sqlite3_stmt *s = begin(d, REMOVE);

	bind_text(s, 1, id);
	return finish_one(d, s);
}

enum err database_account_allow(struct database *d, const char *id,
				const char *allowed)
{
	sqlite3_stmt *s = begin(d, ALLOW);

	bind_text(s, 1, id);
	bind_text(s, 2, allowed);
	return finish_one(d, s);
}

enum err database_account_keys(struct database *d,
			       const struct database_account *a)
{
	sqlite3_stmt *s = begin(d, KEYS);

	bind_text(s, 1, a->id);
	bind_blob(s, 2, a->salt, sizeof(a->salt));
	sqlite3_bind_int64(s, 3, a->iterations);
	bind_blob(s, 4, a->stored_key, sizeof(a->stored_key));
	bind_blob(s, 5, a->server_key, sizeof(a->server_key));
	return finish_one(d, s);
}

enum err database_account_touch(struct database *d, const char *id,
				int64_t last_login_ms)
{
	sqlite3_stmt *s = begin(d, TOUCH);

	bind_text(s, 1, id);
	sqlite3_bind_int64(s, 2, last_login_ms);
	return finish_one(d, s);
}

/* --- calls --- */

static enum err add_call(struct database *d, const struct database_call *c)
{
	sqlite3_stmt *s = begin(d, ADD_CALL);

	sqlite3_bind_int64(s, 1, (sqlite3_int64)c->call);
	bind_text(s, 2, c->caller);
	bind_text(s, 3, c->callee);
	sqlite3_bind_int64(s, 4, c->began_ms);
	sqlite3_bind_int64(s, 5, c->connected_ms);
	sqlite3_bind_int64(s, 6, c->ended_ms);
	sqlite3_bind_int(s, 7, c->reason);
	return finish(s);
}

enum err database_calls_append(struct database *d,
			       const struct database_call *calls, size_t n)
{
	enum err e = err_of(
		sqlite3_exec(d->sql, "BEGIN IMMEDIATE", NULL, NULL, NULL));

	for (size_t i = 0; e == OK && i < n; i++)
		e = add_call(d, &calls[i]);
	if (e == OK)
		e = err_of(sqlite3_exec(d->sql, "COMMIT", NULL, NULL, NULL));
	if (e != OK)
		sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
	return e;
}

enum err database_calls_forget(struct database *d, int64_t before_ms,
			       size_t *removed)
{
	sqlite3_stmt *s = begin(d, FORGET_CALLS);
	enum err e;

	sqlite3_bind_int64(s, 1, before_ms);
	e = finish(s);
	*removed = e == OK ? (size_t)sqlite3_changes(d->sql) : 0;
	return e;
}

enum err database_calls_each(struct database *d, size_t n,
			     void (*each)(void *owner,
					  const struct database_call *c),
			     void *owner)
{
	sqlite3_stmt *s = begin(d, EACH_CALL);
	int code;

	sqlite3_bind_int64(s, 1, (sqlite3_int64)n);
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		struct database_call c = {
			.call = (uint64_t)sqlite3_column_int64(s, 0),
			.began_ms = sqlite3_column_int64(s, 3),
			.connected_ms = sqlite3_column_int64(s, 4),
			.ended_ms = sqlite3_column_int64(s, 5),
			.reason = (uint16_t)sqlite3_column_int(s, 6),
		};

		copy_text(s, 1, c.caller, sizeof(c.caller));
		copy_text(s, 2, c.callee, sizeof(c.callee));
		each(owner, &c);
	}
	sqlite3_reset(s);
	return err_of(code);
}

/* --- what survives a restart --- */

enum err database_first_call(struct database *d, uint64_t *out)
{
	sqlite3_stmt *s = begin(d, START);
	enum err e = finish(s);

	if (e != OK)
		return e;
	s = begin(d, FIRST_CALL);
	if (sqlite3_step(s) == SQLITE_ROW)
		*out = ((uint64_t)sqlite3_column_int64(s, 0)
			<< CALLS_A_START_BITS) +
		       1;
	else
		e = ERR_BAD;
	sqlite3_reset(s);
	return e;
}

enum err database_secret(struct database *d, const uint8_t candidate[32],
			 uint8_t out[32])
{
	sqlite3_stmt *s = begin(d, SET_SECRET);
	enum err e;

	bind_blob(s, 1, candidate, 32);
	e = finish(s);
	if (e != OK)
		return e;
	s = begin(d, GET_SECRET);
	if (sqlite3_step(s) == SQLITE_ROW)
		copy_blob(s, 0, out, 32);
	else
		e = ERR_BAD;
	sqlite3_reset(s);
	return e;
}

uint64_t database_generation(struct database *d)
{
	sqlite3_stmt *s = begin(d, GENERATION);
	uint64_t generation = 0;

	if (sqlite3_step(s) == SQLITE_ROW)
		generation = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return generation;
}
