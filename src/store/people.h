/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use this terminal: HOME/people.json, users with the hash of their
 * password and tokens of programs with their digest. Whole in memory; each
 * change is on the disk before it returns, or has not happened. It makes and
 * checks no password.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/role.h"

enum {
	PEOPLE_USERS_MAX = 1000,
	PEOPLE_TOKENS_MAX = 1000,
	PEOPLE_NAME_SIZE = 129, /* a token's, UTF-8 */
	PEOPLE_HASH_SIZE = 128,
	PEOPLE_DIGEST_SIZE = 32,
	PEOPLE_ID_SIZE = 8, /* a token's; shown as hexadecimal */
};

struct people_user {
	char user[ROLE_USER_SIZE];
	char name[PEOPLE_NAME_SIZE]; /* for the eye; may be empty */
	char hash[PEOPLE_HASH_SIZE]; /* of the password; a text */
	unsigned roles;
	uint64_t created_ms;
};

struct people_token {
	uint8_t id[PEOPLE_ID_SIZE];
	char name[PEOPLE_NAME_SIZE];
	uint8_t digest[PEOPLE_DIGEST_SIZE];
	unsigned roles;
	uint64_t created_ms;
	uint64_t used_ms; /* last; 0: never */
};

struct people;

/* No file is no people. ERR_DENIED: others may read the file; ERR_BAD: it is
 * damaged, and is left as it is. */
MUST_CHECK enum err people_open(struct people **out, const char *home,
				struct why *why);
void people_close(struct people *p);

/* In the order in which they were added. Borrowed until the next change. */
size_t people_users(const struct people *p);
const struct people_user *people_user_at(const struct people *p, size_t i);
/* NULL: nobody is called so. */
const struct people_user *people_user_find(const struct people *p,
					   const char *user);

/* ERR_BAD (the name, no roles), ERR_EXISTS, ERR_LIMIT; or the disk refused. */
MUST_CHECK enum err
people_user_add(struct people *p, const struct people_user *u, struct why *why);
/* What is NULL stays. ERR_MISSING; ERR_DENIED: nobody would be left to
 * administer. */
struct people_change {
	const char *name;
	const char *hash;
	const unsigned *roles;
};
MUST_CHECK enum err people_user_change(struct people *p, const char *user,
				       const struct people_change *change,
				       struct why *why);
/* ERR_MISSING, ERR_DENIED as above. */
MUST_CHECK enum err people_user_remove(struct people *p, const char *user,
				       struct why *why);

size_t people_tokens(const struct people *p);
const struct people_token *people_token_at(const struct people *p, size_t i);
/* By the digest of what a program showed; NULL: it is no token. */
const struct people_token *
people_token_find(const struct people *p,
		  const uint8_t digest[PEOPLE_DIGEST_SIZE]);
/* By its ID in hexadecimal. */
const struct people_token *people_token_named(const struct people *p,
					      const char *hex);
MUST_CHECK enum err people_token_add(struct people *p,
				     const struct people_token *t,
				     struct why *why);
MUST_CHECK enum err people_token_remove(struct people *p, const char *hex,
					struct why *why);
/* It was used; written with the next change, and when the people close: a
 * file is not worth its fsync for each request of a program. */
void people_token_used(struct people *p,
		       const uint8_t digest[PEOPLE_DIGEST_SIZE],
		       uint64_t now_ms);

/* Whether a change would be refused for what it is, not by the disk: to be
 * asked before it is told to the audit log, which comes first. */
MUST_CHECK enum err people_user_may_add(const struct people *p,
					const struct people_user *u,
					struct why *why);
MUST_CHECK enum err people_user_may_change(const struct people *p,
					   const char *user,
					   const struct people_change *change,
					   struct why *why);
MUST_CHECK enum err people_user_may_remove(const struct people *p,
					   const char *user, struct why *why);
MUST_CHECK enum err people_token_may_add(const struct people *p,
					 const struct people_token *t,
					 struct why *why);
