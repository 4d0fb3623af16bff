/* SPDX-License-Identifier: Apache-2.0 */
/* wire/endpoint: what decodes is encoded as the same octets again. */
#include <assert.h>
#include <string.h>

#include "wire/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[ENDPOINT_MESSAGE_MAX];
	struct endpoint_message m;

	if (!endpoint_decode(&m, data, len))
		return 0;
	assert(endpoint_encode(&m, again, sizeof(again)) == len);
	assert(memcmp(again, data, len) == 0);
	return 0;
}
