/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include <assert.h>

#include "base/reader.h"

enum frame_result frame_decode(struct frame *f, const uint8_t *bytes,
			       size_t len, size_t *used)
{
	struct reader r = reader_over(bytes, len);

	*used = 0;
	f->type = read_u8(&r);
	read_u8(&r); /* reserved */
	f->length = read_u16(&r);
	if (r.ok && f->length > FRAME_PAYLOAD_MAX)
		return FRAME_BAD;
	f->payload = read_bytes(&r, f->length);
	if (!r.ok)
		return FRAME_MORE;
	*used = len - reader_left(&r);
	return FRAME_DONE;
}

void frame_header(uint8_t out[FRAME_HEADER], uint8_t type, size_t length)
{
	assert(length <= FRAME_PAYLOAD_MAX);
	out[0] = type;
	out[1] = 0;
	out[2] = (uint8_t)(length >> 8);
	out[3] = (uint8_t)length;
}
