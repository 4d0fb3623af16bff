/* SPDX-License-Identifier: Apache-2.0 */
/* fax/exif: whatever a file says, the answer is one of eight. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fax/exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + (len == 0));
	unsigned n;

	assert(copy);
	memcpy(copy, data, len);
	n = exif_orientation(copy, len);
	assert(n >= 1 && n <= 8);
	free(copy);
	return 0;
}
