/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's database: accounts, call records, and the few numbers that must
 * survive a restart. SQLite behind it, in WAL mode with every commit on disk;
 * the command line writes while the relay runs. No SQL shows here, so that
 * another database can stand behind the same functions. It blocks: it is
 * asked a few times a login, never for a fax.
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
};

struct database;

/* Times in ms since the epoch. */
struct database_account {
	char id[33];
	char number[21];		      /* digits, or empty */
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

/* Makes it when it is not there. The sentence names the file. */
MUST_CHECK enum err database_open(struct database **out, const char *path,
				  struct why *why);
void database_close(struct database *d);

/* ERR_EXISTS: the ID, or the number, is taken. */
MUST_CHECK enum err database_account_add(struct database *d,
					 const struct database_account *a,
					 struct why *why);
/* ERR_MISSING without a sentence. */
MUST_CHECK enum err database_account_get(struct database *d, const char *id,
					 struct database_account *out);
/* All, in order of ID. */
MUST_CHECK enum err database_account_each(
	struct database *d,
	void (*each)(void *owner, const struct database_account *a),
	void *owner);
/* ERR_MISSING when there is no such account. */
MUST_CHECK enum err database_account_enable(struct database *d, const char *id,
					    bool enabled);
MUST_CHECK enum err database_account_remove(struct database *d, const char *id);
/* Who may call it: IDs with a blank between; empty: as the groups say. */
MUST_CHECK enum err database_account_allow(struct database *d, const char *id,
					   const char *allowed);
/* Salt, iterations and keys of `a`. */
MUST_CHECK enum err database_account_keys(struct database *d,
					  const struct database_account *a);
/* May be lost in a crash; cheap. */
MUST_CHECK enum err database_account_touch(struct database *d, const char *id,
					   int64_t last_login_ms);

/* One transaction. */
MUST_CHECK enum err database_calls_append(struct database *d,
					  const struct database_call *calls,
					  size_t n);
/* Removes those that ended before, the oldest first, some thousand at most so
 * that nobody waits; *removed says how many. */
MUST_CHECK enum err database_calls_forget(struct database *d, int64_t before_ms,
					  size_t *removed);
/* The newest `n`, newest first. */
MUST_CHECK enum err
database_calls_each(struct database *d, size_t n,
		    void (*each)(void *owner, const struct database_call *c),
		    void *owner);

/* A number for the first call after this start, greater than any before. */
MUST_CHECK enum err database_first_call(struct database *d, uint64_t *out);

/* The relay's secret: `candidate` the first time, the same ever after. */
MUST_CHECK enum err database_secret(struct database *d,
				    const uint8_t candidate[32],
				    uint8_t out[32]);

/* Changes when another process has changed the database. */
uint64_t database_generation(struct database *d);
