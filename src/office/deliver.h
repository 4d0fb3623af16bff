/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out the rules of the house: whatever a rule asks for is noted in
 * the folder of the fax (or of the job that failed) before it is done, and
 * tried until it is done or its time is over. A program that is killed in
 * between finds it again; so a thing may be done twice, and is never left out.
 */
#pragma once

#include <jansson.h>

#include "io/loop.h"
#include "office/ruleset.h"
#include "store/inbox.h"
#include "terminal/config.h"
#include "terminal/outbox.h"

enum { DELIVER_AT_ONCE = 4 };

struct deliver;

struct deliver_parts {
	struct loop *loop; /* all borrowed */
	const struct config *config;
	const char *self; /* ERRAND_SELF */
	struct inbox *inbox;
	struct outbox *outbox;
	/* Our user ID; "": not joined. */
	const char *(*id)(void *owner);
	/* What deliver_state says of the fax or job in this folder is new. */
	void (*changed)(void *owner, const char *folder);
	void *owner;
};

/* Reads the rules and takes up what waits. Rules that cannot be read are a
 * line in the log and a sentence in deliver_rules; nothing is delivered then,
 * and nothing forgotten. NULL: out of memory. */
struct deliver *deliver_new(const struct deliver_parts *parts);
/* What is under way is broken off, and done again another time. */
void deliver_free(struct deliver *d);

/* A fax stands in this folder of the inbox. */
void deliver_received(struct deliver *d, const char *folder);
/* The job has failed for good. */
void deliver_failed(struct deliver *d, const struct outbox_job *j);

/* What has become of what stands in the folder: an array of {rule, state,
 * sentence, attempts, next_try_ms}, the caller's own. NULL: out of memory. */
json_t *deliver_state(const char *folder);
/* Whether something there waits to be tried, or tried again. */
bool deliver_waits(const char *folder);
/* The folder of a job, by its ID. */
MUST_CHECK enum err deliver_job_folder(const struct config *c,
				       const uint8_t id[SPOOL_ID_SIZE],
				       char out[ATOMIC_PATH_MAX]);

/* All rules, the caller's own; NULL: memory is out. `why` says what is wrong
 * with the file, else it is empty. */
json_t *deliver_rules(const struct deliver *d, struct why *why);
/* Takes this array in their place, at once: what waits is tried anew. ERR_BAD
 * with a sentence that names the rule and the field; ERR_DENIED: programs are
 * not allowed; or what writing the file gives. Then all is as before. */
MUST_CHECK enum err deliver_replace_rules(struct deliver *d,
					  const json_t *array, struct why *why);

/* Carries out one rule now, enabled or not, for a fax (by its number, digits
 * or folder's name) or the newest one (NULL, ""); a rule of failures for the
 * newest job that failed. Nothing is noted. ERR_MISSING; ERR_EXISTS: another
 * test is under way. */
MUST_CHECK enum err deliver_test(struct deliver *d, const char *rule,
				 const char *fax, struct why *why);
/* How the last test went: {state: none|running|done|failed, sentence}. */
json_t *deliver_tested(const struct deliver *d);
