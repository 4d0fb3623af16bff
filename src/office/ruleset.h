/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the house: HOME/rules.json, and rules as JSON to people and
 * programs. core/rules says what they mean.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "core/rules.h"

struct ruleset {
	struct rules_rule *all[RULES_MAX]; /* owned */
	size_t count;
};

/* Takes an array of rules as people write it. ERR_BAD with a sentence that
 * names the rule and the field, ERR_LIMIT, ERR_MEMORY; then `out` is empty.
 * A rule that says nothing of `since_ms` counts from `now_ms` on. */
MUST_CHECK enum err ruleset_decode(const json_t *array, uint64_t now_ms,
				   struct ruleset *out, struct why *why);
/* The array again, with every field that the rule's kind has; the caller's
 * own. NULL: out of memory. */
json_t *ruleset_encode(const struct ruleset *s);
void ruleset_fini(struct ruleset *s);

/* NULL: there is none of this name. */
const struct rules_rule *ruleset_find(const struct ruleset *s,
				      const char *name);

/* Lets each rule of `s` that was in `before`, for the same faxes, count from
 * when it counted there, and every other one from `now_ms` on: what came
 * before a rule was made is not its business. */
void ruleset_continue(struct ruleset *s, const struct ruleset *before,
		      uint64_t now_ms);

/* No file is no rules. A file that others may write to, or that is not ours,
 * is refused (ERR_DENIED): rules run programs. */
MUST_CHECK enum err ruleset_read(const char *home, struct ruleset *out,
				 struct why *why);
MUST_CHECK enum err ruleset_write(const char *home, const struct ruleset *s,
				  struct why *why);
