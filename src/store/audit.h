/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who did what: HOME/audit.log, one JSON object a line, appended and synced
 * before anybody is told that it was done. Each line carries the digest of
 * the line before, so that one that is changed or missing shows. Full parts
 * are put aside as audit.log.1, audit.log.2, ... (the highest is the newest)
 * and go when they are older than is kept.
 *
 * It changes and removes no line. Who may write the file can also make a
 * whole chain anew: who must know more notes now and then what
 * audit_check() says of the last line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	AUDIT_PART_MAX = 1024 * 1024, /* octets; then a new part begins */
	AUDIT_DIGEST_SIZE = 32,
	AUDIT_USER_MAX = 80, /* octets of each; what is longer is cut */
	AUDIT_ACTION_MAX = 40,
	AUDIT_WHAT_MAX = 300,
	AUDIT_DETAIL_MAX = 600,
};

/* SHA-256 of `len` octets into AUDIT_DIGEST_SIZE of `out`: the library that has
 * it lives elsewhere. */
struct audit_digest {
	void (*of)(const void *bytes, size_t len, uint8_t *out);
};

struct audit_entry {
	uint64_t number; /* from 1; audit_add() gives it */
	uint64_t at_ms;
	const char *user;   /* all borrowed; NULL is "" */
	const char *action; /* a word: "sign-in", "sent", "deleted" */
	const char *what;   /* a job, a fax, a user, a setting */
	const char *detail; /* foreign text is made printable */
};

struct audit;

/* Opens, makes if need be; a last line that was torn by a power cut is taken
 * away, and an entry says so. Parts whose last entry is older than
 * `keep_days` go. */
MUST_CHECK enum err audit_open(struct audit **out, const char *home,
			       struct audit_digest digest, unsigned keep_days,
			       uint64_t now_ms, struct why *why);
void audit_close(struct audit *a);

/* Appends; it is on the disk when this returns OK. ERR_SPACE, ERR_IO: nothing
 * was written, and the next one tries again. */
MUST_CHECK enum err audit_add(struct audit *a, const struct audit_entry *entry,
			      struct why *why);
/* Whether what cannot be told to the log must not happen. Not so of signing in
 * and out, of looking at faxes, and of deleting them: a full disk must shut
 * nobody out, and it is deleting that makes room. When the log can be written
 * again, it first says how many entries it lacks. */
bool audit_needed(const char *action);
/* Why the last audit_add() failed; "" when it did not. */
const char *audit_trouble(const struct audit *a);

/* Entries with numbers under `before` (0: all), newest first, `limit` of them
 * at most. Only the parts that hold them are read, one at a time. */
MUST_CHECK enum err audit_read(struct audit *a, uint64_t before, size_t limit,
			       void (*each)(void *owner,
					    const struct audit_entry *entry),
			       void *owner, struct why *why);

/* What walking the whole chain found. */
struct audit_finding {
	uint64_t entries;
	uint64_t first, last;		   /* their numbers; 0: none */
	uint8_t digest[AUDIT_DIGEST_SIZE]; /* of the last line */
};

/* Reads every part, also while a terminal appends. ERR_BAD, with the part and
 * the line in `why`, when something was changed or is missing. */
MUST_CHECK enum err audit_check(const char *home, struct audit_digest digest,
				struct audit_finding *finding, struct why *why);
