/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/address.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/field.h"

static const char scheme[] = "faxwire://";
static const char pin_key[] = "pin=";
static const char pin_kind[] = "sha256:";

static const char lower_or_digit[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char id_marks[] = "._-";
static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
static const char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.";
static const char ipv6_letters[] = "ABCDEFabcdef0123456789:.";

static bool is_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

static bool all_of(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

bool address_id_valid(const char *id, size_t len)
{
	if (len < 1 || len > ADDRESS_ID_MAX || !is_of(id[0], lower_or_digit))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_of(id[i], lower_or_digit) && !is_of(id[i], id_marks))
			return false;
	return true;
}

/* Cuts the text up to the first of `stops`, or all of it, off the front of
 * *rest. *rest then begins with the stop, or is empty. */
static struct span cut(const char **rest, const char *stops)
{
	struct span piece = { (const uint8_t *)*rest, strcspn(*rest, stops) };

	*rest += piece.len;
	return piece;
}

/* Takes `c` off the front of *rest; false when it is not there. */
static bool skip(const char **rest, char c)
{
	if (**rest != c)
		return false;
	(*rest)++;
	return true;
}

/* The functions below each read one part of the URL off the front of *rest.
 * No sentence repeats a word of the URL: in a damaged one the secret may
 * stand anywhere. */

static bool read_user(struct address_join *j, const char **rest,
		      struct why *why)
{
	struct span id = cut(rest, ":@/?#");

	if (!skip(rest, ':')) {
		why_set(why, "The join URL must begin with "
			     "faxwire://ID:SECRET@; copy the whole of it.");
		return false;
	}
	if (!address_id_valid((const char *)id.at, id.len) ||
	    !span_copy(id, j->id, sizeof(j->id))) {
		why_set(why,
			"The user ID in the join URL is not one: it is 1 "
			"to %d small letters (a-z), digits, dots, hyphens "
			"or underscores and begins with a letter or a "
			"digit.",
			ADDRESS_ID_MAX);
		return false;
	}
	return true;
}

static bool read_secret(struct address_join *j, const char **rest,
			struct why *why)
{
	struct span secret = cut(rest, "@/?#");

	if (!skip(rest, '@')) {
		why_set(why, "The join URL has no @ after its secret; copy "
			     "the whole of it.");
		return false;
	}
	if (secret.len == 0 ||
	    !span_copy(secret, j->secret, sizeof(j->secret)) ||
	    !all_of(j->secret, base64_letters)) {
		why_set(why,
			"The secret in the join URL is not one: it is 1 "
			"to %d letters, digits, hyphens or underscores.",
			ADDRESS_SECRET_MAX);
		return false;
	}
	return true;
}

static bool read_host(struct address_relay *r, const char **rest,
		      struct why *why)
{
	bool ipv6 = skip(rest, '[');
	struct span host = cut(rest, ipv6 ? "],/?#" : ":,/?#");
	const char *letters = ipv6 ? ipv6_letters : name_letters;

	if (host.len == 0 || !span_copy(host, r->host, sizeof(r->host)) ||
	    !all_of(r->host, letters) || (ipv6 && !strchr(r->host, ':')) ||
	    (ipv6 && !skip(rest, ']'))) {
		why_set(why, "The relay's host must be a name, an IPv4 "
			     "address, or an IPv6 address in brackets.");
		return false;
	}
	return true;
}

static bool read_port(struct address_relay *r, const char **rest,
		      uint16_t otherwise, struct why *why)
{
	char text[8];
	int64_t port = otherwise;

	if (skip(rest, ':') &&
	    (!span_copy(cut(rest, ",/?#"), text, sizeof(text)) ||
	     !text_to_number(text, 1, UINT16_MAX, &port))) {
		why_set(why, "The relay's port must be a number from 1 to %d.",
			UINT16_MAX);
		return false;
	}
	r->port = (uint16_t)port;
	return true;
}

static bool read_relays(struct address_relays *r, const char **rest,
			uint16_t port, struct why *why)
{
	r->count = 0;
	do {
		struct address_relay *at = &r->at[r->count];

		if (r->count == ADDRESS_RELAYS_MAX) {
			why_set(why,
				"The relay has more than %d addresses, which "
				"is too many.",
				ADDRESS_RELAYS_MAX);
			return false;
		}
		if (!read_host(at, rest, why) ||
		    !read_port(at, rest, port, why))
			return false;
		r->count++;
	} while (skip(rest, ','));
	return true;
}

enum err address_relays_decode(struct address_relays *r, const char *text,
			       uint16_t port, struct why *why)
{
	const char *rest = text;

	memset(r, 0, sizeof(*r));
	if (!read_relays(r, &rest, port, why))
		return ERR_BAD;
	if (*rest == '\0')
		return OK;
	why_set(why, "The relay's address must be HOST or HOST:PORT, with a "
		     "comma before the next.");
	return ERR_BAD;
}

bool address_relays_encode(const struct address_relays *r, char *out,
			   size_t out_size)
{
	size_t len = 0;

	for (size_t i = 0; i < r->count; i++) {
		bool ipv6 = strchr(r->at[i].host, ':');
		int n = snprintf(out + len, out_size - len, "%s%s%s%s:%u",
				 i > 0 ? "," : "", ipv6 ? "[" : "",
				 r->at[i].host, ipv6 ? "]" : "", r->at[i].port);

		if (n < 0 || (size_t)n >= out_size - len)
			return false;
		len += (size_t)n;
	}
	return len > 0;
}

static bool read_pin(struct address_join *j, struct span value, struct why *why)
{
	const char *text = (const char *)value.at;
	size_t kind = strlen(pin_kind);
	size_t got = 0;

	if (j->pinned || value.len < kind ||
	    strncmp(text, pin_kind, kind) != 0 ||
	    !text_from_base64(text + kind, value.len - kind, j->pin,
			      sizeof(j->pin), &got) ||
	    got != sizeof(j->pin)) {
		why_set(why, "The pin in the join URL is damaged: it is given "
			     "once, as sha256: and 43 characters; copy the "
			     "whole URL.");
		return false;
	}
	j->pinned = true;
	return true;
}

static bool read_query(struct address_join *j, const char **rest,
		       struct why *why)
{
	if (!skip(rest, '?'))
		return true;
	do {
		if (strncmp(*rest, pin_key, strlen(pin_key)) != 0) {
			why_set(why, "The join URL asks, after its question "
				     "mark, for something other than pin=, "
				     "which this version does not know; "
				     "update it.");
			return false;
		}
		*rest += strlen(pin_key);
		if (!read_pin(j, cut(rest, "&/#"), why))
			return false;
	} while (skip(rest, '&'));
	return true;
}

enum err address_join_decode(struct address_join *j, const char *url,
			     struct why *why)
{
	const char *rest = url;

	memset(j, 0, sizeof(*j));
	if (strncmp(url, scheme, strlen(scheme)) != 0) {
		why_set(why, "A join URL begins with faxwire://; copy the "
			     "whole of it.");
		return ERR_BAD;
	}
	rest += strlen(scheme);
	if (!read_user(j, &rest, why) || !read_secret(j, &rest, why) ||
	    !read_relays(&j->relays, &rest, ADDRESS_PORT, why) ||
	    !read_query(j, &rest, why))
		return ERR_BAD;
	if (*rest != '\0') {
		why_set(why, "The join URL has something after its end; "
			     "copy it once more.");
		return ERR_BAD;
	}
	return OK;
}

bool address_join_encode(const struct address_join *j, char *out,
			 size_t out_size)
{
	char relays[ADDRESS_RELAYS_TEXT];
	char pin[64] = ""; /* 43 characters of base64 */
	int n;

	if (!address_relays_encode(&j->relays, relays, sizeof(relays)))
		return false;
	if (j->pinned)
		text_to_base64(j->pin, sizeof(j->pin), pin);
	n = snprintf(out, out_size, "%s%s:%s@%s%s%s%s%s", scheme, j->id,
		     j->secret, relays, j->pinned ? "?" : "",
		     j->pinned ? pin_key : "", j->pinned ? pin_kind : "", pin);
	return n >= 0 && (size_t)n < out_size;
}

bool address_other_decode(struct address_other *o, const char *text)
{
	const char *rest = text;
	size_t got = 0;

	memset(o, 0, sizeof(*o));
	return read_relays(&o->relays, &rest, ADDRESS_PORT, NULL) &&
	       skip(&rest, '#') &&
	       text_from_base64(rest, strlen(rest), o->pin, sizeof(o->pin),
				&got) &&
	       got == sizeof(o->pin);
}

bool address_other_encode(const struct address_other *o, char *out,
			  size_t out_size)
{
	char relays[ADDRESS_RELAYS_TEXT];
	char pin[64]; /* 43 characters of base64 */
	int n;

	if (!address_relays_encode(&o->relays, relays, sizeof(relays)))
		return false;
	text_to_base64(o->pin, sizeof(o->pin), pin);
	n = snprintf(out, out_size, "%s#%s", relays, pin);
	return n >= 0 && (size_t)n < out_size;
}

bool address_other_next(struct address_other *o, const char **rest)
{
	char entry[ADDRESS_OTHER_TEXT];

	while (**rest != '\0') {
		struct span piece = cut(rest, " ");
		bool fits = span_copy(piece, entry, sizeof(entry));

		(void)skip(rest, ' ');
		if (fits && address_other_decode(o, entry))
			return true;
	}
	return false;
}
