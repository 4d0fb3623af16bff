/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/path.h"

#include <string.h>

#include "base/reader.h"

/* --- addresses --- */

static bool all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return len > 0;
}

bool path_number_valid(const char *text, size_t len)
{
	if (len < 1 || len > PATH_NUMBER_MAX)
		return false;
	return text[0] == '+' ? all_digits(text + 1, len - 1)
			      : all_digits(text, len);
}

bool path_address_split(struct span address, struct span *rest,
			struct span *relay)
{
	size_t at = address.len;

	while (at > 0 && address.at[at - 1] != '@')
		at--;
	*rest = address;
	*relay = (struct span){ NULL, 0 };
	if (at == 0)
		return false;
	*rest = (struct span){ address.at, at - 1 };
	*relay = (struct span){ address.at + at, address.len - at };
	return true;
}

static bool valid_name(struct span name)
{
	return address_id_valid((const char *)name.at, name.len);
}

bool path_address_valid(const char *text, size_t len)
{
	struct span rest = { (const uint8_t *)text, len }, relay;
	uint8_t seen[PATH_MAX_OCTETS];
	struct span path = { seen, 0 };

	if (len > ADDRESS_MAX)
		return false;
	while (path_address_split(rest, &rest, &relay)) {
		if (!valid_name(relay) || path_has(path, relay))
			return false;
		path.len = path_append(path, relay, seen);
		if (path.len == 0)
			return false;
	}
	return valid_name(rest) ||
	       path_number_valid((const char *)rest.at, rest.len);
}

/* --- paths --- */

bool path_names_has(const struct path_names *p, struct span name)
{
	for (unsigned i = 0; i < p->count; i++)
		if (span_equal(p->names[i], name))
			return true;
	return false;
}

bool path_decode(struct path_names *p, struct span path)
{
	struct reader r = reader_over(path.at, path.len);

	p->count = 0;
	while (reader_left(&r) > 0) {
		size_t len = read_u8(&r);
		struct span name = { read_bytes(&r, len), len };

		if (!r.ok || p->count == PATH_RELAYS_MAX || !valid_name(name) ||
		    path_names_has(p, name))
			return false;
		p->names[p->count++] = name;
	}
	return true;
}

void path_add(struct writer *w, struct span name)
{
	if (!valid_name(name)) {
		w->ok = false;
		return;
	}
	write_u8(w, (uint8_t)name.len);
	write_bytes(w, name.at, name.len);
}

bool path_valid(struct span path)
{
	struct path_names p;

	return path_decode(&p, path);
}

size_t path_count(struct span path)
{
	struct path_names p;

	(void)path_decode(&p, path);
	return p.count;
}

bool path_has(struct span path, struct span name)
{
	struct path_names p;

	(void)path_decode(&p, path);
	return path_names_has(&p, name);
}

struct span path_last(struct span path)
{
	struct path_names p;

	(void)path_decode(&p, path);
	return p.count > 0 ? p.names[p.count - 1] : (struct span){ NULL, 0 };
}

size_t path_append(struct span path, struct span name, uint8_t *out)
{
	struct writer w = writer_over(out, PATH_MAX_OCTETS);

	if (path_count(path) >= PATH_RELAYS_MAX)
		return 0;
	if (path.len > 0)
		memmove(out, path.at, path.len);
	w.at += path.len;
	path_add(&w, name);
	return w.ok ? writer_used(&w) : 0;
}
