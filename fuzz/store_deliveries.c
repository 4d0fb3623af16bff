/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/deliveries: what is taken of a damaged record is within its bounds,
 * and what is refused leaves nothing.
 */
#include <assert.h>
#include <string.h>

#include "store/deliveries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct deliveries d;

	if (deliveries_decode((const char *)data, len, &d) != OK) {
		assert(!d.all && d.count == 0);
		return 0;
	}
	assert(d.count <= DELIVERIES_MAX);
	for (size_t i = 0; i < d.count; i++) {
		const struct deliveries_entry *e = &d.all[i];

		assert(memchr(e->rule, '\0', sizeof(e->rule)));
		assert(memchr(e->state, '\0', sizeof(e->state)));
		assert(memchr(e->sentence, '\0', sizeof(e->sentence)));
		assert(e->next_try_ms <= INT64_MAX);
		assert(e->give_up_ms <= INT64_MAX);
	}
	deliveries_fini(&d);
	return 0;
}
