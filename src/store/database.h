/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's database: accounts, call records, and the few numbers that must
 * survive a restart; SQLite in a file of the relay's own, or PostgreSQL that
 * relays share (store/shared.h has what only that can do). No SQL shows here.
 *
 * A request is answered once, through its asker. SQLite answers before the
 * request returns, PostgreSQL when database_ready or database_tick hears of
 * it. Nothing here waits but database_wait, which is for the command line
 * and for a program's start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	DATABASE_GROUPS_MAX = 16,
	DATABASE_ALLOWED_MAX = 32, /* user IDs */
	DATABASE_ALLOWED_TEXT = DATABASE_ALLOWED_MAX * 33,
	DATABASE_NUMBERS_MAX = 8,
	DATABASE_NUMBER_DIGITS = 20,
	DATABASE_NUMBERS_TEXT =
		DATABASE_NUMBERS_MAX * (DATABASE_NUMBER_DIGITS + 1),
	/* How long a request may take in all, connecting included; shorter
	 * than a relay waits for a login. */
	DATABASE_PATIENCE_MS = 5000,
	/* Further requests are refused while so many wait. */
	DATABASE_WAITING_MAX = 20000,
};

struct database;

enum database_kind { DATABASE_TERMINAL, DATABASE_RELAY };

/* Times in ms since the epoch. */
struct database_account {
	char id[33];
	enum database_kind kind;
	char numbers[DATABASE_NUMBERS_TEXT];  /* digits, in order, with a
						 blank between */
	char groups[DATABASE_GROUPS_MAX][33]; /* names without spaces */
	unsigned groups_count;
	char allowed[DATABASE_ALLOWED_TEXT]; /* IDs with a blank between */
	bool enabled;
	uint16_t connections_max;
	uint16_t places_max;
	int64_t created_ms;
	int64_t last_login_ms; /* 0: never */
	/* What SCRAM needs; never the password. */
	uint8_t salt[16];
	uint32_t iterations;
	uint8_t stored_key[32];
	uint8_t server_key[32];
};

struct database_call {
	uint64_t call;
	char caller[33];
	char callee[33];
	int64_t began_ms;
	int64_t connected_ms; /* 0: never */
	int64_t ended_ms;
	uint16_t reason;
};

struct database_login {
	char id[33];
	int64_t at_ms;
};

struct database_counts {
	uint64_t accounts, relays, numbers, calls;
};

/* --- asking --- */

struct shared_place;
struct shared_relay;

/* What an asker is told: of each row, where there may be many, and in the
 * end. Pointers are valid during the call; the one that the request is about
 * is set, at the end with the last row, if there was one. */
struct database_answer {
	enum err err;	 /* ERR_TIMEOUT: the database was away for too long;
			    ERR_CLOSED: it went in the middle, and what was
			    asked for may have been done */
	const char *why; /* a sentence; "" when all is well */
	uint64_t tag;	 /* the asker's */
	size_t count;	 /* rows: told of, or changed */
	const char *id;	 /* of a row that is one; at the end what was asked
			    about */
	const struct database_account *account;
	const struct database_call *call;
	const struct database_counts *counts;
	const struct shared_place *place;
	const struct shared_relay *relay;
	uint64_t number;
	const uint8_t *secret;
};

struct database_asker {
	void (*row)(void *owner, const struct database_answer *a);  /* may be
								       NULL */
	void (*done)(void *owner, const struct database_answer *a); /* too */
	void *owner; /* borrowed, until done */
	uint64_t tag;
};

/* For who can wait: where an answer is kept. */
struct database_result {
	bool done;
	enum err err;
	struct why why;
	size_t count;
	bool found;
	struct database_account account;
	struct database_counts counts;
	uint64_t number;
	uint8_t secret[32];
};
struct database_asker database_into(struct database_result *r);
/* The same, with each row told to `row`. */
struct database_asker
database_each_into(struct database_result *r,
		   void (*row)(void *owner, const struct database_answer *a));
/* Until it is done; each request ends by itself. Returns r->err. */
MUST_CHECK enum err database_wait(struct database *d,
				  struct database_result *r);

/* --- opening --- */

/* `where` is a file, made when it is not there, or "postgresql://..." (libpq's
 * URLs). A server is dialled by database_tick: what is wrong with it shows
 * when something is asked. */
MUST_CHECK enum err database_open(struct database **out, const char *where,
				  struct why *why);
bool database_is_url(const char *where);
/* Requests that are under way are forgotten: their askers hear nothing. */
void database_close(struct database *d);
/* Whether other relays may use it too (store/shared.h). */
bool database_shared(const struct database *d);

/* --- the shell's part; nothing of it is needed for SQLite --- */

struct database_wants {
	int fd; /* -1: none */
	/* Another serial: another socket, even if its number is the same. */
	unsigned serial;
	bool read, write;
	int64_t at_ms; /* when database_tick is due; INT64_MAX: never */
};

/* `wake` is called from within requests: database_tick is due soon, at best
 * once for all requests of a turn. It must not call anything of this file. */
void database_on_wake(struct database *d, void (*wake)(void *owner),
		      void *owner);
void database_wants(const struct database *d, struct database_wants *out);
void database_ready(struct database *d, int64_t now);
void database_tick(struct database *d, int64_t now);
/* Grows each time that it is reached anew: what it forgets with a crash is to
 * be said again. 0: never yet. */
unsigned database_epoch(const struct database *d);
/* What keeps it from being reached, or "". */
const char *database_trouble(const struct database *d);

/* --- accounts --- */

/* ERR_EXISTS: the ID, or one of the numbers, is taken. */
void database_account_add(struct database *d, const struct database_account *a,
			  struct database_asker asker);
/* ERR_MISSING when there is no such account; so do those that follow. */
void database_account_get(struct database *d, const char *id,
			  struct database_asker asker);
/* In order of ID, the `limit` that come after `after` ("": the first). */
void database_accounts(struct database *d, const char *after, size_t limit,
		       struct database_asker asker);
void database_account_enable(struct database *d, const char *id, bool enabled,
			     struct database_asker asker);
void database_account_remove(struct database *d, const char *id,
			     struct database_asker asker);
/* Who may call it: IDs with a blank between; empty: as the groups say. */
void database_account_allow(struct database *d, const char *id,
			    const char *allowed, struct database_asker asker);
/* Its numbers, all of them: digits with a blank between. ERR_EXISTS. */
void database_account_numbers(struct database *d, const char *id,
			      const char *numbers, struct database_asker asker);
/* Salt, iterations and keys of `a`. */
void database_account_keys(struct database *d, const struct database_account *a,
			   struct database_asker asker);
/* Last logins. May be lost in a crash; cheap. Who is gone is passed over. */
void database_logins_append(struct database *d,
			    const struct database_login *logins, size_t n,
			    struct database_asker asker);

/* Many accounts, all or none. NULL: out of memory. */
struct database_import;
struct database_import *database_import_new(bool replace);
/* `number` (a line's) is the answer's when it is this account's fault. */
void database_import_add(struct database_import *i,
			 const struct database_account *a, uint64_t number);
/* Takes the import. ERR_EXISTS: not `replace`, and the account is there; or a
 * number is another account's. */
void database_import_commit(struct database *d, struct database_import *i,
			    struct database_asker asker);
void database_import_free(struct database_import *i);

/* --- calls --- */

/* All or none; one that is there already is left as it is. */
void database_calls_append(struct database *d,
			   const struct database_call *calls, size_t n,
			   struct database_asker asker);
/* Removes those that ended before, the oldest first, some thousand at most so
 * that nobody waits; the answer's count says how many. */
void database_calls_forget(struct database *d, int64_t before_ms,
			   struct database_asker asker);
/* The newest `n`, newest first. */
void database_calls(struct database *d, size_t n, struct database_asker asker);

/* --- what survives a restart --- */

/* A number for the first call after this start, greater than any before at
 * whichever relay. */
void database_first_call(struct database *d, struct database_asker asker);
/* The relays' secret: `candidate` the first time, the same ever after. */
void database_secret(struct database *d, const uint8_t candidate[32],
		     struct database_asker asker);
void database_count(struct database *d, struct database_asker asker);

/* Which accounts others have changed since this was last asked, ours too, some
 * of them more than once; the ID "*": any. SQLite knows no more than that
 * another process has changed something. The first answer is empty. */
void database_changes(struct database *d, struct database_asker asker);
