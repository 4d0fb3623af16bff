/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PURE. The API's paths: a pattern is words with slashes between them, and `*`
 * is any one word that is not empty. It decodes nothing: what %XX stood for is
 * in the path already.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A word of a path, borrowed from it; it ends with no NUL. */
struct signpost_word {
	const char *at;
	size_t len;
};

/* Whether the path is one of the pattern. `words` gets what stood for each
 * `*`, `room` of them at most; *count says how many. */
bool signpost_matches(const char *pattern, const char *path,
		      struct signpost_word *words, size_t room, size_t *count);
