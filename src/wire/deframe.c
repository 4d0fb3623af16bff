/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/deframe.h"

void deframe_init(struct deframe *d)
{
	*d = (struct deframe){ .left = 0 };
	buf_init(&d->partial, FRAME_MAX);
}

void deframe_fini(struct deframe *d)
{
	buf_fini(&d->partial);
}

void deframe_feed(struct deframe *d, const uint8_t *bytes, size_t len)
{
	d->at = bytes;
	d->left = len;
}

/* Moves up to `n` fed octets behind the partial frame. */
static bool keep(struct deframe *d, size_t n)
{
	if (n > d->left)
		n = d->left;
	if (n > 0 && buf_append(&d->partial, d->at, n) != OK)
		return false;
	d->at += n;
	d->left -= n;
	return true;
}

/* A frame that began in an earlier piece: first its header is made whole,
 * then the rest, and not an octet more. */
static enum frame_result complete(struct deframe *d, struct frame *f)
{
	size_t held = buf_length(&d->partial);
	enum frame_result r;

	if (held < FRAME_HEADER && !keep(d, FRAME_HEADER - held))
		return FRAME_BAD;
	held = buf_length(&d->partial);
	r = frame_decode(f, buf_front(&d->partial), held, &d->handed);
	if (r != FRAME_MORE || held < FRAME_HEADER)
		return r;
	if (!keep(d, FRAME_HEADER + f->length - held))
		return FRAME_BAD;
	return frame_decode(f, buf_front(&d->partial), buf_length(&d->partial),
			    &d->handed);
}

enum frame_result deframe_next(struct deframe *d, struct frame *f)
{
	enum frame_result r;
	size_t used;

	buf_consume(&d->partial, d->handed);
	d->handed = 0;
	if (buf_length(&d->partial) > 0)
		return complete(d, f);
	r = frame_decode(f, d->at, d->left, &used);
	d->at += used;
	d->left -= used;
	if (r == FRAME_MORE && !keep(d, d->left))
		return FRAME_BAD;
	return r;
}
