/* SPDX-License-Identifier: Apache-2.0 */
#include "core/effect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE_MAX = 512 };

void effects_init(struct effects *e)
{
	*e = (struct effects){ 0 };
}

void effects_fini(struct effects *e)
{
	free(e->items);
	free(e->bytes);
	effects_init(e);
}

void effects_clear(struct effects *e)
{
	e->count = 0;
	e->used = 0;
}

const uint8_t *effects_bytes(const struct effects *e, const struct effect *f)
{
	return e->bytes ? e->bytes + f->offset : NULL;
}

/* Makes `*array` hold at least `want` members of `size` octets. */
static bool grow(void *array, size_t *room, size_t want, size_t size)
{
	void **at = array;
	size_t more = *room ? *room : 16;
	void *bigger;

	if (want <= *room)
		return true;
	while (more < want)
		more *= 2;
	bigger = realloc(*at, more * size);
	if (!bigger)
		return false;
	*at = bigger;
	*room = more;
	return true;
}

struct effect *effects_add(struct effects *e, enum effect_kind kind,
			   uint64_t conn)
{
	struct effect *f;

	if (!grow(&e->items, &e->room, e->count + 1, sizeof(*e->items))) {
		e->out_of_memory = true;
		return NULL;
	}
	f = &e->items[e->count++];
	*f = (struct effect){ .kind = kind, .conn = conn };
	return f;
}

void effects_bytes_for(struct effects *e, enum effect_kind kind, uint64_t conn,
		       const void *bytes, size_t len)
{
	struct effect *f;

	if (!grow(&e->bytes, &e->size, e->used + len, 1)) {
		e->out_of_memory = true;
		return;
	}
	f = effects_add(e, kind, conn);
	if (!f)
		return;
	f->offset = e->used;
	f->length = len;
	if (len > 0)
		memcpy(e->bytes + e->used, bytes, len);
	e->used += len;
}

void effects_send(struct effects *e, uint64_t conn, const struct message *m)
{
	uint8_t frame[FRAME_MAX];
	size_t len = message_encode(m, frame, sizeof(frame));

	if (len == 0) /* a value of ours breaks its own rule */
		abort();
	effects_bytes_for(e, EFFECT_SEND, conn, frame, len);
}

void effects_note(struct effects *e, int level, const char *format, ...)
{
	char line[NOTE_MAX];
	size_t before = e->count;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n < 0)
		return;
	/* The final NUL too: a note is a string. */
	effects_bytes_for(e, EFFECT_NOTE, 0, line, strlen(line) + 1);
	if (e->count > before)
		e->items[before].level = (uint8_t)level;
}
