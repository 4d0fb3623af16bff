/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/record: what is taken of a damaged file is within its bounds, and a
 * record that may lack a field leaves it as it was.
 */
#include <assert.h>
#include <string.h>

#include "store/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct thing {
	char text[9];
	uint8_t hex[4];
	uint64_t wide;
	uint32_t number;
	uint16_t port;
	bool flag;
	char later[5];
	char end[4];
};

static const struct record_field table[] = {
	RECORD(struct thing, text, RECORD_TEXT),
	RECORD(struct thing, hex, RECORD_HEX),
	RECORD(struct thing, wide, RECORD_NUMBER),
	RECORD(struct thing, number, RECORD_NUMBER),
	RECORD(struct thing, port, RECORD_NUMBER),
	RECORD(struct thing, flag, RECORD_FLAG),
	RECORD_LATER(struct thing, later, RECORD_TEXT),
	{ .key = NULL },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct thing t = { .later = "kept", .end = "end" };

	if (record_decode((const char *)data, len, table, &t)) {
		assert(memchr(t.text, '\0', sizeof(t.text)));
		assert(memchr(t.later, '\0', sizeof(t.later)));
		assert(t.wide <= INT64_MAX);
		assert(memmem(data, len, "later", 5) ||
		       memmem(data, len, "\\u", 2) ||
		       strcmp(t.later, "kept") == 0);
	}
	assert(strcmp(t.end, "end") == 0);
	return 0;
}
