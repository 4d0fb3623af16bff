/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/pipe: a stream of any bytes is taken apart without harm, and what
 * decodes encodes to what decodes to the same again.
 */
#include <assert.h>
#include <string.h>

#include "wire/pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_message(const struct pipe_message *m, size_t len_before)
{
	uint8_t once[FRAME_MAX];
	uint8_t twice[FRAME_MAX];
	char line[2][2048];
	size_t len = pipe_encode(m, once, sizeof(once));
	struct pipe_message back;
	struct frame f;
	size_t used;

	assert(len >= FRAME_HEADER && len <= len_before);
	assert(frame_decode(&f, once, len, &used) == FRAME_DONE);
	assert(used == len);
	assert(pipe_decode(&back, &f) == PIPE_OK);
	assert(pipe_encode(&back, twice, sizeof(twice)) == len);
	assert(memcmp(once, twice, len) == 0);
	pipe_print(m, line[0], sizeof(line[0]));
	pipe_print(&back, line[1], sizeof(line[1]));
	assert(strcmp(line[0], line[1]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pipe_message m;
	struct frame f;
	size_t used;

	while (frame_decode(&f, data, len, &used) == FRAME_DONE) {
		enum pipe_result result = pipe_decode(&m, &f);

		assert(result != PIPE_SKIP || f.type & FRAME_OPTIONAL);
		if (result == PIPE_OK)
			check_message(&m, used);
		data += used;
		len -= used;
	}
	return 0;
}
