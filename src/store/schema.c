/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

/* clang-format off */
const struct schema_version schema_versions[SCHEMA_VERSION] = {
	{ .sqlite =
		  "CREATE TABLE account ("
		  " id TEXT PRIMARY KEY, number TEXT UNIQUE,"
		  " groups TEXT NOT NULL, enabled INTEGER NOT NULL,"
		  " connections_max INTEGER NOT NULL,"
		  " places_max INTEGER NOT NULL, created INTEGER NOT NULL,"
		  " last_login INTEGER NOT NULL, salt BLOB NOT NULL,"
		  " iterations INTEGER NOT NULL, stored_key BLOB NOT NULL,"
		  " server_key BLOB NOT NULL) WITHOUT ROWID;"
		  "CREATE TABLE call ("
		  " id INTEGER PRIMARY KEY, caller TEXT NOT NULL,"
		  " callee TEXT NOT NULL, began INTEGER NOT NULL,"
		  " connected INTEGER NOT NULL, ended INTEGER NOT NULL,"
		  " reason INTEGER NOT NULL);"
		  "CREATE TABLE relay ("
		  " one INTEGER PRIMARY KEY CHECK (one = 1),"
		  " secret BLOB, starts INTEGER NOT NULL);"
		  "INSERT INTO relay VALUES (1, NULL, 0);" },
	{ .sqlite = "ALTER TABLE account ADD COLUMN allowed TEXT NOT NULL"
		    " DEFAULT '';" },
	/* Kinds of accounts, and more numbers than one of each. */
	{ .sqlite =
		  "CREATE TABLE new_account ("
		  " id TEXT PRIMARY KEY, kind INTEGER NOT NULL,"
		  " groups TEXT NOT NULL, enabled INTEGER NOT NULL,"
		  " connections_max INTEGER NOT NULL,"
		  " places_max INTEGER NOT NULL, created INTEGER NOT NULL,"
		  " last_login INTEGER NOT NULL, salt BLOB NOT NULL,"
		  " iterations INTEGER NOT NULL, stored_key BLOB NOT NULL,"
		  " server_key BLOB NOT NULL, allowed TEXT NOT NULL)"
		  " WITHOUT ROWID;"
		  "INSERT INTO new_account SELECT id, 0, groups, enabled,"
		  " connections_max, places_max, created, last_login, salt,"
		  " iterations, stored_key, server_key, allowed FROM account;"
		  "CREATE TABLE number ("
		  " number TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;"
		  "CREATE INDEX number_id ON number (id);"
		  "INSERT OR IGNORE INTO number SELECT"
		  " replace(number, '+', ''), id FROM account"
		  " WHERE number IS NOT NULL AND replace(number, '+', '') <> '';"
		  "DROP TABLE account;"
		  "ALTER TABLE new_account RENAME TO account;"
		  "ALTER TABLE relay RENAME TO common;"
		  "CREATE INDEX call_ended ON call (ended, id);",
	  /* Names compare octet by octet, as everywhere. Where a terminal is
	   * need not outlive a crash: its relay says it again. */
	  .postgres =
		  "CREATE TABLE account ("
		  " id TEXT COLLATE \"C\" PRIMARY KEY, kind INTEGER NOT NULL,"
		  " groups TEXT NOT NULL, enabled INTEGER NOT NULL,"
		  " connections_max INTEGER NOT NULL,"
		  " places_max INTEGER NOT NULL, created BIGINT NOT NULL,"
		  " last_login BIGINT NOT NULL, salt BYTEA NOT NULL,"
		  " iterations BIGINT NOT NULL, stored_key BYTEA NOT NULL,"
		  " server_key BYTEA NOT NULL, allowed TEXT NOT NULL);"
		  "CREATE TABLE number ("
		  " number TEXT COLLATE \"C\" PRIMARY KEY,"
		  " id TEXT COLLATE \"C\" NOT NULL);"
		  "CREATE INDEX number_id ON number (id);"
		  "CREATE TABLE call ("
		  " id BIGINT PRIMARY KEY, caller TEXT NOT NULL,"
		  " callee TEXT NOT NULL, began BIGINT NOT NULL,"
		  " connected BIGINT NOT NULL, ended BIGINT NOT NULL,"
		  " reason INTEGER NOT NULL);"
		  "CREATE INDEX call_ended ON call (ended, id);"
		  "CREATE TABLE common ("
		  " one INTEGER PRIMARY KEY CHECK (one = 1),"
		  " secret BYTEA, starts BIGINT NOT NULL);"
		  "INSERT INTO common VALUES (1, NULL, 0);"
		  "CREATE TABLE change ("
		  " seq BIGSERIAL PRIMARY KEY, id TEXT NOT NULL,"
		  " at BIGINT NOT NULL);"
		  "CREATE INDEX change_at ON change (at);"
		  "CREATE TABLE relay ("
		  " name TEXT COLLATE \"C\" PRIMARY KEY,"
		  " incarnation BIGINT NOT NULL, addresses TEXT NOT NULL,"
		  " pin BYTEA NOT NULL, lease_until BIGINT NOT NULL);"
		  "CREATE UNLOGGED TABLE presence ("
		  " id TEXT COLLATE \"C\" PRIMARY KEY, relay TEXT NOT NULL,"
		  " incarnation BIGINT NOT NULL, state INTEGER NOT NULL,"
		  " gen BIGINT NOT NULL) WITH (fillfactor = 70);" },
};

#define COLUMNS                                                                \
	"account.id, kind, groups, enabled, connections_max, places_max,"      \
	" created, last_login, salt, iterations, stored_key, server_key,"      \
	" allowed, "
#define GIVES "tntnnnnnbnbbtt"
#define NUMBERS_SQLITE                                                         \
	"(SELECT group_concat(number, ' ') FROM (SELECT number FROM number"    \
	" WHERE number.id = account.id ORDER BY number))"
#define NUMBERS_POSTGRES                                                       \
	"(SELECT string_agg(number, ' ' ORDER BY number) FROM number"          \
	" WHERE number.id = account.id)"
#define INSERT                                                                 \
	"INSERT INTO account (id, kind, groups, enabled, connections_max,"     \
	" places_max, created, last_login, salt, iterations, stored_key,"      \
	" server_key, allowed) VALUES"                                         \
	" ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
#define TAKES "tntnnnnnbnbbt"
#define REPLACE                                                                \
	" ON CONFLICT (id) DO UPDATE SET kind = excluded.kind,"                \
	" groups = excluded.groups, enabled = excluded.enabled,"               \
	" connections_max = excluded.connections_max,"                         \
	" places_max = excluded.places_max, created = excluded.created,"       \
	" last_login = excluded.last_login, salt = excluded.salt,"             \
	" iterations = excluded.iterations,"                                   \
	" stored_key = excluded.stored_key,"                                   \
	" server_key = excluded.server_key, allowed = excluded.allowed"
/* The server's clock in us: all that is compared is of this one. */
#define CLOCK "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
#define LEASE "(" CLOCK " + 15000000)"
/* A terminal is where a relay says that lives, and in the same life. */
#define PLACE                                                                  \
	", coalesce(r.name, ''), coalesce(p.state, 0), coalesce(p.gen, 0)"     \
	" FROM account LEFT JOIN (presence p JOIN relay r ON"                  \
	" r.name = p.relay AND r.incarnation = p.incarnation AND"              \
	" r.lease_until > " CLOCK ") ON p.id = account.id "
/* What a fenced relay says changes nothing. */
#define MY_LIFE " JOIN relay r ON r.name = $1 AND r.incarnation = $2"
/* In order: two relays must not wait for each other's rows. */
#define PRESENCE                                                               \
	"INSERT INTO presence AS p (id, relay, incarnation, state, gen)"       \
	" SELECT u.id, r.name, r.incarnation, u.state, "

const struct schema_row schema_rows[SCHEMA_STATEMENTS] = {
	[SCHEMA_ADD] = { .both = INSERT, .takes = TAKES },
	[SCHEMA_PUT] = { .both = INSERT REPLACE, .takes = TAKES,
			 .again = true },
	[SCHEMA_ADD_NUMBER] = { .both = "INSERT INTO number (number, id)"
					" SELECT $2, id FROM account"
					" WHERE id = $1",
				.takes = "tt",
				.again = true },
	[SCHEMA_CLEAR_NUMBERS] = { .both = "DELETE FROM number WHERE id = $1",
				   .takes = "t",
				   .again = true },
	[SCHEMA_GET] = { .sqlite = "SELECT " COLUMNS NUMBERS_SQLITE
				   " FROM account WHERE id = $1",
			 .postgres = "SELECT " COLUMNS NUMBERS_POSTGRES
				     " FROM account WHERE id = $1",
			 .takes = "t",
			 .gives = GIVES,
			 .again = true },
	[SCHEMA_PAGE] = { .sqlite = "SELECT " COLUMNS NUMBERS_SQLITE
				    " FROM account WHERE id > $1"
				    " ORDER BY id LIMIT $2",
			  .postgres = "SELECT " COLUMNS NUMBERS_POSTGRES
				      " FROM account WHERE id > $1"
				      " ORDER BY id LIMIT $2",
			  .takes = "tn",
			  .gives = GIVES,
			  .again = true },
	[SCHEMA_ENABLE] = { .both = "UPDATE account SET enabled = $2"
				    " WHERE id = $1",
			    .takes = "tn",
			    .again = true },
	[SCHEMA_REMOVE] = { .both = "DELETE FROM account WHERE id = $1",
			    .takes = "t" },
	[SCHEMA_KEYS] = { .both = "UPDATE account SET salt = $2,"
				  " iterations = $3, stored_key = $4,"
				  " server_key = $5 WHERE id = $1",
			  .takes = "tbnbb",
			  .again = true },
	[SCHEMA_ALLOW] = { .both = "UPDATE account SET allowed = $2"
				   " WHERE id = $1",
			   .takes = "tt",
			   .again = true },
	/* Holds the account still, and says whether it is there. */
	[SCHEMA_FOUND] = { .both = "UPDATE account SET kind = kind"
				   " WHERE id = $1",
			   .takes = "t",
			   .again = true },
	[SCHEMA_TOUCH] = { .both = "UPDATE account SET last_login = $2"
				   " WHERE id = $1",
			   .takes = "tn",
			   .again = true },
	[SCHEMA_ADD_CALL] = { .both = "INSERT INTO call VALUES"
				      " ($1, $2, $3, $4, $5, $6, $7)"
				      " ON CONFLICT (id) DO NOTHING",
			      .takes = "nttnnnn",
			      .again = true },
	[SCHEMA_CALLS] = { .both = "SELECT id, caller, callee, began,"
				   " connected, ended, reason FROM call"
				   " ORDER BY ended DESC, id DESC LIMIT $1",
			   .takes = "n",
			   .gives = "nttnnnn",
			   .again = true },
	[SCHEMA_FORGET_CALLS] = { .both = "DELETE FROM call WHERE id IN"
					  " (SELECT id FROM call"
					  " WHERE ended < $1"
					  " ORDER BY ended, id LIMIT 2000)",
				  .takes = "n",
				  .again = true },
	/* A number that nobody uses is no loss. */
	[SCHEMA_FIRST_CALL] = { .both = "UPDATE common SET starts = starts + 1"
					" RETURNING starts",
				.gives = "n",
				.takes = "",
				.again = true },
	[SCHEMA_SECRET] = { .both = "UPDATE common SET"
				    " secret = coalesce(secret, $1)"
				    " RETURNING secret",
			    .takes = "b",
			    .gives = "b",
			    .again = true },
	[SCHEMA_COUNT] = { .both = "SELECT (SELECT count(*) FROM account),"
				   " (SELECT count(*) FROM account"
				   " WHERE kind = 1),"
				   " (SELECT count(*) FROM number),"
				   " (SELECT count(*) FROM call)",
			   .takes = "",
			   .gives = "nnnn",
			   .again = true },
	[SCHEMA_CHANGED] = { .postgres = "INSERT INTO change (id, at)"
					 " VALUES ($1, " CLOCK ")",
			     .takes = "t",
			     .again = true },
	/* Commits are not in the order of `seq`, nor of `at`: what may have
	 * been on its way at the last look is read again. A first row has
	 * the time of this one. */
	[SCHEMA_CHANGES] = { .sqlite = "SELECT data_version, '', 0"
				       " FROM pragma_data_version"
				       " WHERE $1 = $1",
			     .postgres = "SELECT 0::bigint, '', " CLOCK
					 " UNION ALL SELECT * FROM"
					 " (SELECT seq, id, at FROM change"
					 " WHERE at >= $1 ORDER BY seq) c",
			     .takes = "n",
			     .gives = "ntn",
			     .again = true },
	[SCHEMA_FORGET_CHANGES] = { .postgres = "DELETE FROM change WHERE"
						" at < " CLOCK
						" - 3600000000",
				    .takes = "",
				    .again = true },
	/* For its own transaction alone: what a crash may take is said
	 * again. */
	[SCHEMA_LAZY] = { .postgres = "SELECT set_config("
				      "'synchronous_commit', 'off', true)",
			  .takes = "",
			  .again = true },
	[SCHEMA_RELAY_ACCOUNT] = { .postgres = INSERT REPLACE
				   " WHERE account.kind = 1",
				   .takes = TAKES,
				   .again = true },
	[SCHEMA_RELAY_BEGIN] = { .postgres =
			"INSERT INTO relay AS r (name, incarnation, addresses,"
			" pin, lease_until) SELECT id, " CLOCK ", $2, $3, "
			LEASE " FROM account WHERE id = $1 AND kind = 1"
			" ON CONFLICT (name) DO UPDATE SET incarnation ="
			" greatest(r.incarnation + 1, excluded.incarnation),"
			" addresses = excluded.addresses, pin = excluded.pin,"
			" lease_until = excluded.lease_until"
			" RETURNING incarnation",
				 .takes = "ttb",
				 .gives = "n",
				 .again = true },
	[SCHEMA_RELAY_SWEEP] = { .postgres =
			"DELETE FROM presence USING relay r WHERE r.name = $1"
			" AND presence.relay = r.name AND"
			" presence.incarnation < r.incarnation",
				 .takes = "t",
				 .again = true },
	[SCHEMA_RELAY_RENEW] = { .postgres =
			"UPDATE relay SET lease_until = " LEASE
			" WHERE name = $1 AND incarnation = $2",
				 .takes = "tn",
				 .again = true },
	[SCHEMA_RELAY_END] = { .postgres =
			"UPDATE relay SET lease_until = 0"
			" WHERE name = $1 AND incarnation = $2",
			       .takes = "tn",
			       .again = true },
	[SCHEMA_RELAYS] = { .postgres =
			"SELECT name, incarnation, addresses, pin,"
			" (lease_until - " CLOCK ") / 1000,"
			" (SELECT count(*) FROM presence p WHERE"
			" p.relay = relay.name AND"
			" p.incarnation = relay.incarnation)"
			" FROM relay ORDER BY name",
			    .takes = "",
			    .gives = "tntbnn",
			    .again = true },
	[SCHEMA_PRESENCE_NEW] = { .postgres =
			PRESENCE CLOCK
			" FROM unnest($3::text[], $4::bigint[]) AS"
			" u(id, state)" MY_LIFE " ORDER BY 1"
			" ON CONFLICT (id) DO UPDATE SET relay ="
			" excluded.relay, incarnation = excluded.incarnation,"
			" state = excluded.state,"
			" gen = greatest(p.gen + 1, excluded.gen)"
			" RETURNING id, gen",
				  .takes = "tntt",
				  .gives = "tn",
				  .again = true },
	[SCHEMA_PRESENCE_KNOWN] = { .postgres =
			PRESENCE "u.gen"
			" FROM unnest($3::text[], $4::bigint[], $5::bigint[])"
			" AS u(id, state, gen)" MY_LIFE " ORDER BY 1"
			" ON CONFLICT (id) DO UPDATE SET relay ="
			" excluded.relay, incarnation = excluded.incarnation,"
			" state = excluded.state, gen = excluded.gen"
			" WHERE p.gen <= excluded.gen"
			" RETURNING id, gen",
				    .takes = "tnttt",
				    .gives = "tn",
				    .again = true },
	[SCHEMA_PRESENCE_GONE] = { .postgres =
			"DELETE FROM presence p USING"
			" unnest($1::text[], $2::bigint[]) AS u(id, gen)"
			" WHERE p.id = u.id AND p.gen = u.gen",
				   .takes = "tt",
				   .again = true },
	[SCHEMA_LOCATE] = { .postgres = "SELECT " COLUMNS NUMBERS_POSTGRES
					PLACE "WHERE account.id = $1",
			    .takes = "t",
			    .gives = GIVES "tnn",
			    .again = true },
	[SCHEMA_LOCATE_NUMBER] = { .postgres =
			"SELECT " COLUMNS NUMBERS_POSTGRES PLACE
			"WHERE account.id ="
			" (SELECT n.id FROM number n WHERE n.number = $1)",
				   .takes = "t",
				   .gives = GIVES "tnn",
				   .again = true },
	[SCHEMA_TERMINALS] = { .postgres =
			"SELECT " COLUMNS NUMBERS_POSTGRES PLACE
			"WHERE account.id > $1 AND kind = 0 AND enabled = 1"
			" ORDER BY account.id LIMIT $2",
			       .takes = "tn",
			       .gives = GIVES "tnn",
			       .again = true },
};

/* clang-format on */

const char *schema_sqlite(enum schema_statement s)
{
	const struct schema_row *r = &schema_rows[s];

	return r->both ? r->both : r->sqlite;
}

const char *schema_postgres(enum schema_statement s)
{
	const struct schema_row *r = &schema_rows[s];

	return r->both ? r->both : r->postgres;
}
