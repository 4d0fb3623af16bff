/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/portable: a line that is taken for an account says the same account
 * when it is written and read again, and keeps to the bounds.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/portable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct database_account a, b;
	struct why why = { "" };
	char *line;

	if (portable_decode((const char *)data, len, &a, &why) != OK) {
		assert(*why.text);
		return 0;
	}
	assert(*a.id && memchr(a.id, '\0', sizeof(a.id)));
	assert(memchr(a.numbers, '\0', sizeof(a.numbers)));
	assert(memchr(a.allowed, '\0', sizeof(a.allowed)));
	assert(a.groups_count <= DATABASE_GROUPS_MAX);
	line = portable_encode(&a);
	assert(line && !strchr(line, '\n'));
	assert(portable_decode(line, strlen(line), &b, NULL) == OK);
	assert(memcmp(&a, &b, sizeof(a)) == 0);
	free(line);
	return 0;
}
