/* SPDX-License-Identifier: Apache-2.0 */
#include "web/signpost.h"

#include <string.h>

/* Up to the next slash. */
static struct signpost_word next_word(const char *text)
{
	return (struct signpost_word){ text, strcspn(text, "/") };
}

static bool is_any(struct signpost_word w)
{
	return w.len == 1 && *w.at == '*';
}

bool signpost_matches(const char *pattern, const char *path,
		      struct signpost_word *words, size_t room, size_t *count)
{
	*count = 0;
	while (*pattern && *path) {
		struct signpost_word want = next_word(pattern);
		struct signpost_word word = next_word(path);

		if (is_any(want)
			    ? word.len == 0
			    : word.len != want.len ||
				      memcmp(word.at, want.at, want.len) != 0)
			return false;
		if (is_any(want) && *count < room)
			words[(*count)++] = word;
		pattern += want.len;
		path += word.len;
		if (*pattern != *path)
			return false; /* one has more words than the other */
		pattern += *pattern == '/';
		path += *path == '/';
	}
	return !*pattern && !*path;
}
