/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/prints: what is taken of a damaged record is whole, and what is refused
 * leaves nothing.
 */
#include <assert.h>
#include <string.h>

#include "store/prints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct prints_texts *keeps = NULL;
	struct print p;

	if (prints_decode((const char *)data, len, &p, &keeps) != OK) {
		assert(!keeps);
		return 0;
	}
	assert(p.number > 0 && p.number <= INT32_MAX);
	assert(p.user && p.name && p.title && p.note);
	assert(p.resolution && p.priority);
	assert(p.to_count <= PRINTS_TO_MAX);
	for (size_t i = 0; i < p.to_count; i++)
		assert(p.to[i]);
	prints_free(keeps);
	return 0;
}
