/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/news.h"

#include <string.h>

#include "base/text.h"

static bool is_id(struct span s)
{
	return address_id_valid((const char *)s.at, s.len);
}

/* Whether all of it are these characters and blanks. */
static bool has_only(struct span s, const char *characters)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != ' ' &&
		    (s.at[i] == '\0' || !strchr(characters, s.at[i])))
			return false;
	return true;
}

static bool is_printable(struct span s)
{
	char same[NEWS_GROUPS_MAX + 1];

	text_printable(s.at, s.len, same, sizeof(same));
	return span_equal(s, span_of(same));
}

static bool is_sound(const struct news_entry *e)
{
	return is_id(e->id) && e->groups.len <= NEWS_GROUPS_MAX &&
	       is_printable(e->groups) && e->numbers.len <= NEWS_NUMBERS_MAX &&
	       has_only(e->numbers, "+0123456789") &&
	       e->allowed.len <= NEWS_ALLOWED_MAX &&
	       has_only(e->allowed, "abcdefghijklmnopqrstuvwxyz0123456789._-");
}

struct reader news_reader(struct span entries)
{
	return reader_over(entries.at, entries.len);
}

static struct span read_text(struct reader *r)
{
	size_t len = read_u16(r);

	return (struct span){ read_bytes(r, len), len };
}

bool news_next(struct reader *r, struct news_entry *e)
{
	struct span whole;
	struct reader in;

	if (!r->ok || reader_left(r) == 0)
		return false;
	whole = read_text(r);
	in = reader_over(whole.at, whole.at ? whole.len : 0);
	e->state = read_u8(&in);
	if (e->state > PRESENCE_BUSY && e->state != NEWS_GONE)
		e->state = PRESENCE_BUSY; /* a later version's */
	e->gen = read_u64(&in);
	e->id.len = read_u8(&in);
	e->id.at = read_bytes(&in, e->id.len);
	e->groups = read_text(&in);
	e->numbers = read_text(&in);
	e->allowed = read_text(&in);
	r->ok = r->ok && in.ok && is_sound(e);
	return r->ok;
}

bool news_sound(struct span entries)
{
	struct reader r = news_reader(entries);
	struct news_entry e;

	while (news_next(&r, &e))
		;
	return r.ok;
}

static void write_text(struct writer *w, struct span s)
{
	write_u16(w, (uint16_t)s.len);
	write_bytes(w, s.at, s.len);
}

void news_add(struct writer *w, const struct news_entry *e)
{
	size_t size = 1 + 8 + 1 + e->id.len + 2 + e->groups.len + 2 +
		      e->numbers.len + 2 + e->allowed.len;

	if (!is_sound(e) || (size_t)(w->end - w->at) < 2 + size) {
		w->ok = false;
		return;
	}
	write_u16(w, (uint16_t)size);
	write_u8(w, e->state);
	write_u64(w, e->gen);
	write_u8(w, (uint8_t)e->id.len);
	write_bytes(w, e->id.at, e->id.len);
	write_text(w, e->groups);
	write_text(w, e->numbers);
	write_text(w, e->allowed);
}
