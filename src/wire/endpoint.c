/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/endpoint.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "base/writer.h"

enum { PARENT = 1, CHILD = 2, BOTH = PARENT | CHILD };

enum start_flags {
	START_CALLER = 1,
	START_UNPACED = 2,
	START_HAS_PDF = 4,
	START_FLAGS = 7,
};

/* Text as foreign text must be: what text_printable() leaves as it is. */
static bool text_is_plain(struct span s, size_t max)
{
	char printable[ENDPOINT_SENTENCE_MAX + 1];

	if (s.len > max)
		return false;
	text_printable(s.at, s.len, printable, sizeof(printable));
	return strlen(printable) == s.len &&
	       memcmp(printable, s.at, s.len) == 0;
}

static struct span read_text(struct reader *r, size_t max)
{
	struct span s = { .len = read_u8(r) };

	s.at = read_bytes(r, s.len);
	if (!s.at)
		s.len = 0;
	else if (!text_is_plain(s, max))
		r->ok = false;
	return s;
}

static void write_text(struct writer *w, struct span s, size_t max)
{
	if (s.len > 0 && !text_is_plain(s, max)) {
		w->ok = false;
		return;
	}
	write_u8(w, (uint8_t)s.len);
	if (s.len > 0)
		write_bytes(w, s.at, s.len);
}

static bool read_bool(struct reader *r)
{
	uint8_t v = read_u8(r);

	if (v > 1)
		r->ok = false;
	return v == 1;
}

static void read_start(struct reader *r, struct endpoint_message *m)
{
	uint8_t flags = read_u8(r);

	if (flags > START_FLAGS)
		r->ok = false;
	m->start.caller = flags & START_CALLER;
	m->start.unpaced = flags & START_UNPACED;
	m->start.has_pdf = flags & START_HAS_PDF;
	m->start.patience_s = read_u16(r);
	m->start.name = read_text(r, ENDPOINT_NAME_MAX);
	m->start.heading = read_text(r, ENDPOINT_HEADING_MAX);
}

static void write_start(struct writer *w, const struct endpoint_message *m)
{
	uint8_t flags = 0;

	if (m->start.caller)
		flags |= START_CALLER;
	if (m->start.unpaced)
		flags |= START_UNPACED;
	if (m->start.has_pdf)
		flags |= START_HAS_PDF;
	write_u8(w, flags);
	write_u16(w, m->start.patience_s);
	write_text(w, m->start.name, ENDPOINT_NAME_MAX);
	write_text(w, m->start.heading, ENDPOINT_HEADING_MAX);
}

static void read_ifp(struct reader *r, struct endpoint_message *m)
{
	m->ifp.len = reader_left(r);
	m->ifp.at = read_bytes(r, m->ifp.len);
	if (m->ifp.len == 0 || m->ifp.len > ENDPOINT_IFP_MAX)
		r->ok = false;
}

static void write_ifp(struct writer *w, const struct endpoint_message *m)
{
	if (m->ifp.len == 0 || m->ifp.len > ENDPOINT_IFP_MAX)
		w->ok = false;
	else
		write_bytes(w, m->ifp.at, m->ifp.len);
}

static void read_taken(struct reader *r, struct endpoint_message *m)
{
	m->taken = read_u64(r);
}

static void write_taken(struct writer *w, const struct endpoint_message *m)
{
	write_u64(w, m->taken);
}

static void read_stop(struct reader *r, struct endpoint_message *m)
{
	m->stop.why = read_u8(r);
	if (m->stop.why > ENDPOINT_STOP_WISH)
		r->ok = false;
}

static void write_stop(struct writer *w, const struct endpoint_message *m)
{
	if (m->stop.why > ENDPOINT_STOP_WISH)
		w->ok = false;
	write_u8(w, m->stop.why);
}

static void read_identity(struct reader *r, struct endpoint_message *m)
{
	m->identity = read_text(r, ENDPOINT_NAME_MAX);
}

static void write_identity(struct writer *w, const struct endpoint_message *m)
{
	write_text(w, m->identity, ENDPOINT_NAME_MAX);
}

static void read_page(struct reader *r, struct endpoint_message *m)
{
	m->page.number = read_u16(r);
	m->page.width = read_u32(r);
	m->page.length = read_u32(r);
	m->page.x_resolution = read_u32(r);
	m->page.y_resolution = read_u32(r);
	m->page.bad_rows = read_u32(r);
	m->page.octets = read_u32(r);
	if (m->page.number == 0)
		r->ok = false;
}

static void write_page(struct writer *w, const struct endpoint_message *m)
{
	if (m->page.number == 0)
		w->ok = false;
	write_u16(w, m->page.number);
	write_u32(w, m->page.width);
	write_u32(w, m->page.length);
	write_u32(w, m->page.x_resolution);
	write_u32(w, m->page.y_resolution);
	write_u32(w, m->page.bad_rows);
	write_u32(w, m->page.octets);
}

static void read_done(struct reader *r, struct endpoint_message *m)
{
	m->done.outcome = read_u8(r);
	m->done.again = read_bool(r);
	m->done.pages = read_u16(r);
	m->done.sentence = read_text(r, ENDPOINT_SENTENCE_MAX);
}

static void write_done(struct writer *w, const struct endpoint_message *m)
{
	write_u8(w, m->done.outcome);
	write_u8(w, m->done.again);
	write_u16(w, m->done.pages);
	write_text(w, m->done.sentence, ENDPOINT_SENTENCE_MAX);
}

struct kind {
	const char *name;
	uint8_t senders;
	void (*read)(struct reader *r, struct endpoint_message *m);
	void (*write)(struct writer *w, const struct endpoint_message *m);
};

/* clang-format off */
static const struct kind kinds[] = {
	[ENDPOINT_START] = { "START", PARENT, read_start, write_start },
	[ENDPOINT_IFP] = { "IFP", BOTH, read_ifp, write_ifp },
	[ENDPOINT_TAKEN] = { "TAKEN", BOTH, read_taken, write_taken },
	[ENDPOINT_STOP] = { "STOP", PARENT, read_stop, write_stop },
	[ENDPOINT_IDENTITY] = { "IDENTITY", CHILD, read_identity,
				write_identity },
	[ENDPOINT_PAGE] = { "PAGE", CHILD, read_page, write_page },
	[ENDPOINT_DONE] = { "DONE", CHILD, read_done, write_done },
};
/* clang-format on */

static const struct kind *kind_of(unsigned type)
{
	if (type >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[type].name)
		return NULL;
	return &kinds[type];
}

bool endpoint_decode(struct endpoint_message *m, const uint8_t *bytes,
		     size_t len)
{
	struct reader r = reader_over(bytes, len);
	uint8_t type = read_u8(&r);
	const struct kind *kind = kind_of(type);

	if (!kind)
		return false;
	memset(m, 0, sizeof(*m));
	m->type = type;
	kind->read(&r, m);
	return r.ok && reader_left(&r) == 0;
}

size_t endpoint_encode(const struct endpoint_message *m, uint8_t *out,
		       size_t out_size)
{
	struct writer w = writer_over(out, out_size);
	const struct kind *kind = kind_of(m->type);

	if (!kind)
		return 0;
	write_u8(&w, (uint8_t)m->type);
	kind->write(&w, m);
	return w.ok ? writer_used(&w) : 0;
}

const char *endpoint_type_name(uint8_t type)
{
	const struct kind *kind = kind_of(type);

	return kind ? kind->name : NULL;
}

bool endpoint_from_child(uint8_t type)
{
	const struct kind *kind = kind_of(type);

	return kind && kind->senders & CHILD;
}

bool endpoint_from_parent(uint8_t type)
{
	const struct kind *kind = kind_of(type);

	return kind && kind->senders & PARENT;
}
