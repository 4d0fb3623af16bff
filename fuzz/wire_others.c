/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/address: from any text entries of other relays come out, and each
 * encodes to one that means the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_other(const struct address_other *o)
{
	struct address_other same;
	char text[ADDRESS_OTHER_TEXT];

	assert(o->relays.count > 0 && o->relays.count <= ADDRESS_RELAYS_MAX);
	for (size_t i = 0; i < o->relays.count; i++)
		assert(o->relays.at[i].host[0] != '\0' &&
		       o->relays.at[i].port > 0);
	assert(address_other_encode(o, text, sizeof(text)));
	assert(!strchr(text, ' '));
	assert(address_other_decode(&same, text));
	assert(memcmp(o, &same, sizeof(same)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct address_other o;
	char *text = malloc(len + 1);
	const char *rest = text;

	assert(text);
	memcpy(text, data, len);
	text[len] = '\0';
	while (address_other_next(&o, &rest))
		check_other(&o);
	assert(*rest == '\0');
	free(text);
	return 0;
}
