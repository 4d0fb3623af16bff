/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/text: what text_printable() lets through it lets through again, is
 * one line, and fits; base64 and hexadecimal come back as they went.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_printable(const uint8_t *data, size_t len)
{
	size_t size = len > 0 ? (size_t)data[0] + 1 : 1;
	char *once = malloc(size);
	char *twice = malloc(size);

	assert(once && twice);
	text_printable(data, len, once, size);
	for (const char *p = once; *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && *p != 0x7f);
	text_printable(once, strlen(once), twice, size);
	assert(strcmp(once, twice) == 0);
	text_mend_cut(twice);
	assert(strcmp(once, twice) == 0);
	free(once);
	free(twice);
}

static void check_base64(const uint8_t *data, size_t len)
{
	size_t size = text_base64_size(len);
	char *text = malloc(size);
	uint8_t *back = malloc(len + 1);
	size_t got = 0;

	assert(text && back);
	text_to_base64(data, len, text);
	assert(strlen(text) + 1 == size);
	assert(text_from_base64(text, size - 1, back, len, &got));
	assert(got == len && memcmp(back, data, len) == 0);
	/* Whatever decodes is the one encoding of its bytes. */
	if (text_from_base64((const char *)data, len, back, len, &got)) {
		assert(text_base64_size(got) == len + 1);
		text_to_base64(back, got, text);
		assert(memcmp(text, data, len) == 0);
	}
	free(back);
	free(text);
}

static void check_hex(const uint8_t *data, size_t len)
{
	char *text = malloc(2 * len + 1);
	uint8_t *back = malloc(len + 1);

	assert(text && back);
	text_to_hex(data, len, text);
	assert(text_from_hex(text, back, len));
	assert(memcmp(back, data, len) == 0);
	free(back);
	free(text);
}

static void check_words(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	char out[40];
	char digits[24];
	int64_t n;

	assert(text);
	memcpy(text, data, len);
	text[len] = '\0';
	assert(strlen(log_value(text, out, sizeof(out))) < sizeof(out));
	if (text_to_number(text, INT64_MIN, INT64_MAX, &n)) {
		snprintf(digits, sizeof(digits), "%" PRId64, n);
		assert(strstr(text, digits[0] == '-' ? digits + 1 : digits));
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_printable(data, len);
	check_base64(data, len);
	check_hex(data, len);
	check_words(data, len);
	return 0;
}
