/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/address: a join URL that is taken encodes to one that means the
 * same; any other gets a sentence.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_join(const struct address_join *j)
{
	struct address_join same;
	char url[ADDRESS_JOIN_TEXT];

	assert(address_id_valid(j->id, strlen(j->id)));
	assert(j->secret[0] != '\0' && j->relays.count > 0);
	for (size_t i = 0; i < j->relays.count; i++)
		assert(j->relays.at[i].host[0] != '\0' &&
		       j->relays.at[i].port > 0);
	assert(address_join_encode(j, url, sizeof(url)));
	assert(address_join_decode(&same, url, NULL) == OK);
	assert(memcmp(j, &same, sizeof(same)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct address_join j;
	struct why why = { "" };
	char *url = malloc(len + 1);

	assert(url);
	memcpy(url, data, len);
	url[len] = '\0';
	if (address_join_decode(&j, url, &why) == OK)
		check_join(&j);
	else
		assert(why.text[0] != '\0');
	free(url);
	return 0;
}
