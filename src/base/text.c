/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

bool text_to_number(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = s[0] == '-';
	int64_t value = 0;

	if (negative)
		s++;
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		int digit = *s - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* Grows away from zero, so that INT64_MIN is reached too. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit,
					   &value))
			return false;
	}
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

/* Bytes in the character that `lead` begins, by the lead alone; 0 when none
 * begins so. */
static size_t character_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

/* Returns the length of the well-formed character at `p` (Unicode, table
 * 3-7) and sets *code; 0 when there is none. */
static size_t decode_utf8(const uint8_t *p, size_t len, uint32_t *code)
{
	static const uint8_t lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = character_length(p[0]);

	if (n == 0 || n > len)
		return 0;
	*code = p[0] & lead_bits[n];
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

/* Characters that move the cursor, turn the direction of the text round or
 * cannot be seen: they would make one line look like another. */
static bool is_deceptive(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x0000, 0x001f },   /* C0 controls */
		{ 0x007f, 0x009f },   /* DEL, C1 controls */
		{ 0x00ad, 0x00ad },   /* soft hyphen */
		{ 0x061c, 0x061c },   /* Arabic letter mark */
		{ 0x200b, 0x200f },   /* zero width, direction marks */
		{ 0x2028, 0x202e },   /* separators, overrides */
		{ 0x2060, 0x206f },   /* invisible operators, isolates */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xfff9, 0xfffb },   /* interlinear annotation */
		{ 0xe0000, 0xe0fff }, /* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return (code & 0xfffe) == 0xfffe; /* noncharacters */
}

const char *text_printable(const void *bytes, size_t len, char *out,
			   size_t out_size)
{
	const uint8_t *p = bytes;
	size_t used = 0;
	size_t at = 0;

	assert(out_size > 0);
	while (at < len) {
		uint32_t code = 0;
		size_t n = decode_utf8(p + at, len - at, &code);
		bool keep = n > 0 && !is_deceptive(code);
		size_t width = keep ? n : 1;

		if (width >= out_size - used)
			break;
		if (keep)
			memmove(out + used, p + at, n);
		else
			out[used] = '?';
		used += width;
		at += n > 0 ? n : 1;
	}
	out[used] = '\0';
	return out;
}

void text_mend_cut(char *text)
{
	size_t len = strlen(text);
	size_t start = len;

	while (start > 0 && ((uint8_t)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 &&
	    character_length((uint8_t)text[start - 1]) > len - start + 1)
		text[start - 1] = '\0';
}

void text_to_hex(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool text_from_hex(const char *s, void *bytes, size_t len)
{
	uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++) {
		int high = hex_value(s[2 * i]);
		int low = high < 0 ? -1 : hex_value(s[2 * i + 1]);

		if (low < 0)
			return false;
		p[i] = (uint8_t)(high << 4 | low);
	}
	return s[2 * len] == '\0';
}

size_t text_base64_size(size_t len)
{
	return len / 3 * 4 + (len % 3 ? len % 3 + 1 : 0) + 1;
}

void text_to_base64(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	const uint8_t *p = bytes;
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | p[i];
		for (held += 8; held >= 6; held -= 6)
			*out++ = digits[bits >> (held - 6) & 63];
	}
	if (held > 0)
		*out++ = digits[bits << (6 - held) & 63];
	*out = '\0';
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

bool text_from_base64(const char *s, size_t n, void *bytes, size_t size,
		      size_t *len)
{
	uint8_t *p = bytes;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		int value = base64_value(s[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held < 8)
			continue;
		if (used == size)
			return false;
		held -= 8;
		p[used++] = (uint8_t)(bits >> held);
	}
	/* A lone last character, or bits that no encoder would have set. */
	if (held >= 6 || (bits & ((1U << held) - 1)) != 0)
		return false;
	*len = used;
	return true;
}

bool text_copy(char *out, size_t out_size, const char *s)
{
	size_t len = strlen(s);

	assert(out_size > 0);
	if (len >= out_size) {
		out[0] = '\0';
		return false;
	}
	memcpy(out, s, len + 1);
	return true;
}

const char *text_count(unsigned long n, const char *word, char *out,
		       size_t out_size)
{
	snprintf(out, out_size, "%lu %s%s", n, word, n == 1 ? "" : "s");
	return out;
}
