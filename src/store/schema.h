/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in the database: its versions, and every statement that is ever
 * sent, for both engines. Statements have $1, $2... for their parameters.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum schema_statement {
	SCHEMA_ADD,
	SCHEMA_PUT,
	SCHEMA_ADD_NUMBER,
	SCHEMA_CLEAR_NUMBERS,
	SCHEMA_GET,
	SCHEMA_PAGE,
	SCHEMA_ENABLE,
	SCHEMA_REMOVE,
	SCHEMA_KEYS,
	SCHEMA_ALLOW,
	SCHEMA_FOUND,
	SCHEMA_TOUCH,
	SCHEMA_ADD_CALL,
	SCHEMA_CALLS,
	SCHEMA_FORGET_CALLS,
	SCHEMA_FIRST_CALL,
	SCHEMA_SECRET,
	SCHEMA_COUNT,
	SCHEMA_CHANGED,
	SCHEMA_CHANGES,
	SCHEMA_FORGET_CHANGES,
	/* PostgreSQL's alone. */
	SCHEMA_LAZY,
	SCHEMA_RELAY_ACCOUNT,
	SCHEMA_RELAY_BEGIN,
	SCHEMA_RELAY_SWEEP,
	SCHEMA_RELAY_RENEW,
	SCHEMA_RELAY_END,
	SCHEMA_RELAYS,
	SCHEMA_PRESENCE_NEW,
	SCHEMA_PRESENCE_KNOWN,
	SCHEMA_PRESENCE_GONE,
	SCHEMA_LOCATE,
	SCHEMA_LOCATE_NUMBER,
	SCHEMA_TERMINALS,
	SCHEMA_STATEMENTS
};

struct schema_row {
	const char *both;   /* the text; NULL: they differ */
	const char *sqlite; /* NULL: not for this engine: passed over */
	const char *postgres;
	const char *takes; /* a letter each: text, number, bytes */
	const char *gives; /* columns; NULL: none of interest */
	bool again; /* twice is as good as once: may be repeated when nobody
		       knows whether it was done */
};

extern const struct schema_row schema_rows[SCHEMA_STATEMENTS];

/* What each version adds; the index is the version before. PostgreSQL begins
 * with the third. */
struct schema_version {
	const char *sqlite;
	const char *postgres;
};
enum { SCHEMA_VERSION = 3 };
extern const struct schema_version schema_versions[SCHEMA_VERSION];

/* An engine's text; NULL: it has none. */
const char *schema_sqlite(enum schema_statement s);
const char *schema_postgres(enum schema_statement s);
