/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pattern.h"

#include <string.h>

/* One part of a pattern: what a user ID, a relay or a number is made of, and
 * `*` at its end if more may follow. */
static bool part_valid(const char *text, size_t len)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyz0123456789._-+";

	if (len > 0 && text[len - 1] == '*')
		len--;
	else if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!strchr(signs, text[i]) || text[i] == '\0')
			return false;
	return true;
}

bool pattern_valid(const char *pattern)
{
	size_t len = strcspn(pattern, "@");

	return part_valid(pattern, len) &&
	       (pattern[len] == '\0' ||
		part_valid(pattern + len + 1, strlen(pattern + len + 1)));
}

static bool part_meets(const char *pattern, size_t len, const char *text,
		       size_t text_len)
{
	if (len > 0 && pattern[len - 1] == '*')
		return text_len >= len - 1 &&
		       memcmp(pattern, text, len - 1) == 0;
	return text_len == len && memcmp(pattern, text, len) == 0;
}

bool pattern_meets(const char *pattern, const char *id, const char *relay)
{
	size_t len = strcspn(pattern, "@");

	if (!part_meets(pattern, len, id, strlen(id)))
		return false;
	relay = relay ? relay : "";
	return pattern[len] == '\0' ||
	       part_meets(pattern + len + 1, strlen(pattern + len + 1), relay,
			  strlen(relay));
}
