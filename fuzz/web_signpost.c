/* SPDX-License-Identifier: Apache-2.0 */
/*
 * office/signpost: what matches is, word for word, what the pattern says; the
 * words lie within the path and hold no slash.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/signpost.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ROOM = 3, TEXT_MAX = 400 };

static const char *const patterns[] = {
	"status",	   "rules/test",      "faxes/*",
	"faxes/*/fax.pdf", "faxes/*/pages/*", "*/*/*/*",
};

/* The pattern with the words in place of its stars is the path again. */
static void check_words(const char *pattern, const char *path,
			const struct signpost_word *words, size_t count)
{
	char again[TEXT_MAX * 2];
	size_t n = 0, at = 0;

	for (const char *p = pattern; *p; p++)
		if (*p != '*') {
			again[n++] = *p;
		} else {
			assert(at < count && words[at].len > 0);
			memcpy(again + n, words[at].at, words[at].len);
			assert(!memchr(again + n, '/', words[at].len));
			n += words[at++].len;
		}
	assert(at == count && n == strlen(path) && memcmp(again, path, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct signpost_word words[ROOM + 1];
	char *path;
	size_t count;

	if (len > TEXT_MAX)
		return 0;
	path = malloc(len + 1);
	if (!path)
		return 0;
	memcpy(path, data, len);
	path[len] = '\0';
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (signpost_matches(patterns[i], path, words, ROOM + 1,
				     &count))
			check_words(patterns[i], path, words, count);
		assert(count <= ROOM + 1);
		/* With less room it says the same. */
		(void)signpost_matches(patterns[i], path, words, 1, &count);
		assert(count <= 1);
	}
	free(path);
	return 0;
}
