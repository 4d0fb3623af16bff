/* SPDX-License-Identifier: Apache-2.0 */
#include "base/header.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum {
	TEXT_MAX = 1000, /* of foreign text in one field */
	LINE_MAX = 76,	 /* RFC 2047 section 2, with an encoded word */
	WORD_FRAME = 12, /* =?UTF-8?B? and ?= */
	/* An encoded word is 75 at most (RFC 2047 section 2); 45 octets make
	 * 60 digits. */
	WORD_OCTETS = 45,
	PADDING = 64, /* its place among the digits */
};

static bool local_sign(char c)
{
	/* RFC 5322 section 3.2.3: atext, and the dots between. */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool domain_sign(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static bool domain_valid(const char *text)
{
	size_t len = strlen(text);

	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		return strspn(text + 1, "0123456789abcdefABCDEFIPv:.") ==
		       len - 2;
	for (size_t i = 0; i < len; i++)
		if (!domain_sign(text[i]))
			return false;
	return len > 0 && text[0] != '.' && text[0] != '-' &&
	       text[len - 1] != '.' && text[len - 1] != '-' &&
	       !strstr(text, "..");
}

bool header_address_valid(const char *text)
{
	const char *at = strrchr(text, '@');

	if (!at || at == text || strlen(text) > HEADER_ADDRESS_MAX ||
	    at - text > 64)
		return false;
	for (const char *p = text; p < at; p++)
		if (!local_sign(*p))
			return false;
	return text[0] != '.' && text[0] != '-' && at[-1] != '.' &&
	       !strstr(text, "..") && domain_valid(at + 1);
}

/* RFC 4648 section 4, padded. */
static void encode(const uint8_t *p, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/=";

	for (size_t i = 0; i < len; i += 3) {
		unsigned b = i + 1 < len ? p[i + 1] : 0;
		unsigned c = i + 2 < len ? p[i + 2] : 0;
		unsigned all = (unsigned)p[i] << 16 | b << 8 | c;

		*out++ = digits[all >> 18];
		*out++ = digits[all >> 12 & 63];
		*out++ = digits[i + 1 < len ? all >> 6 & 63 : PADDING];
		*out++ = digits[i + 2 < len ? all & 63 : PADDING];
	}
	*out = '\0';
}

/* Whole characters of UTF-8, `most` octets at most. */
static size_t next_word(const char *text, size_t most)
{
	size_t len = strlen(text);

	if (len <= most)
		return len;
	len = most;
	while (len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static bool is_plain(const char *name, const char *text)
{
	for (const char *p = text; *p; p++)
		if ((uint8_t)*p >= 0x80)
			return false;
	/* A space at an end would be lost; "=?" might be taken for a word. */
	return strlen(name) + strlen(text) + 2 <= LINE_MAX &&
	       !strstr(text, "=?") && text[0] != ' ' &&
	       (text[0] == '\0' || text[strlen(text) - 1] != ' ');
}

bool header_text(const char *name, const char *text, char *out, size_t size)
{
	char line[TEXT_MAX + 1], digits[4 * WORD_OCTETS / 3 + 4];
	const char *at = line;
	size_t used = strlen(name) + 2 + WORD_FRAME;
	/* The first line has the name on it. */
	size_t most = used + 8 < LINE_MAX ? (LINE_MAX - used) / 4 * 3 : 4;

	text_printable(text, strlen(text), line, sizeof(line));
	if (is_plain(name, line))
		return snprintf(out, size, "%s: %s", name, line) < (int)size;
	used = (size_t)snprintf(out, size, "%s:", name);
	while (*at && used < size) {
		size_t len =
			next_word(at, most < WORD_OCTETS ? most : WORD_OCTETS);

		encode((const uint8_t *)at, len, digits);
		/* A word a line, so that no line is too long. */
		used += (size_t)snprintf(
			out + used, size - used,
			"%s =?UTF-8?B?%s?=", at == line ? "" : "\r\n", digits);
		at += len;
		most = WORD_OCTETS;
	}
	return used < size;
}
