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

/* The next name off the front; empty at the end, or at what is none. */
static struct span take(struct reader *r)
{
	struct span name = { NULL, 0 };

	if (!r->ok || reader_left(r) == 0)
		return name;
	name.len = read_u8(r);
	name.at = read_bytes(r, name.len);
	if (!name.at || !valid_name(name))
		r->ok = false;
	return r->ok ? name : (struct span){ NULL, 0 };
}

static struct reader over(struct span path)
{
	return reader_over(path.at, path.len);
}

bool path_valid(struct span path)
{
	struct reader r = over(path);
	struct span before = { path.at, 0 };
	size_t count = 0;
	struct span name;

	while ((name = take(&r)).len > 0) {
		if (++count > PATH_RELAYS_MAX || path_has(before, name))
			return false;
		before.len += 1 + name.len;
	}
	return r.ok;
}

size_t path_count(struct span path)
{
	struct reader r = over(path);
	size_t count = 0;

	while (take(&r).len > 0)
		count++;
	return count;
}

bool path_has(struct span path, struct span name)
{
	struct reader r = over(path);
	struct span one;

	while ((one = take(&r)).len > 0)
		if (span_equal(one, name))
			return true;
	return false;
}

struct span path_first(struct span path)
{
	struct reader r = over(path);

	return take(&r);
}

struct span path_last(struct span path)
{
	struct reader r = over(path);
	struct span last = { NULL, 0 }, one;

	while ((one = take(&r)).len > 0)
		last = one;
	return last;
}

size_t path_append(struct span path, struct span name, uint8_t *out)
{
	if (path_count(path) >= PATH_RELAYS_MAX ||
	    path.len + 1 + name.len > PATH_MAX_OCTETS)
		return 0;
	if (path.len > 0)
		memmove(out, path.at, path.len);
	out[path.len] = (uint8_t)name.len;
	memcpy(out + path.len + 1, name.at, name.len);
	return path.len + 1 + name.len;
}
