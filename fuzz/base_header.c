/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/header: whatever the text, one field comes out and nothing else: lines
 * of 76 octets of printable ASCII, each but the first begun with a space.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/header.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	char out[8192], *text = malloc(len + 1);
	size_t column = 0;

	assert(text);
	memcpy(text, data, len);
	text[len] = '\0';
	if (header_address_valid(text))
		assert(!strpbrk(text, " \r\n\t<>,;:\"()\\") ||
		       strchr(text, '['));
	assert(header_text("Subject", text, out, sizeof(out)));
	assert(strncmp(out, "Subject:", 8) == 0);
	for (const char *p = out; *p; p++) {
		if (p[0] == '\r') {
			assert(p[1] == '\n' && p[2] == ' ' && p[3] != ' ');
			column = 0;
			p++;
			continue;
		}
		assert(*p >= ' ' && *p <= '~');
		assert(++column <= 76);
	}
	free(text);
	return 0;
}
