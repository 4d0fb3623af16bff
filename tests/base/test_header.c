/* SPDX-License-Identifier: Apache-2.0 */
#include "base/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void addresses_that_mail_servers_take_are_taken(void **state)
{
	static const char *const good[] = {
		"a@b",
		"fax@office.example",
		"first.last+fax=x@sub.office-7.example",
		"o'neil@office.example",
		"fax@[192.0.2.1]",
		"fax@[IPv6:2001:db8::1]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(header_address_valid(good[i]));
}

static void nothing_else_is_an_address(void **state)
{
	static const char *const bad[] = {
		"",
		"@",
		"fax",
		"@office.example",
		"fax@",
		"fax@office.example\r\nBcc: eve@x.example",
		"fax@office.example\nX: y",
		"fax\r@office.example",
		"fax@office.example, eve@x.example",
		"fax @office.example",
		"Fax <fax@office.example>",
		"<fax@office.example>",
		"\"fax\"@office.example",
		"fax@office..example",
		"fax..x@office.example",
		".fax@office.example",
		"fax.@office.example",
		"fax@.example",
		"fax@office.",
		"fax@-office",
		"fax@office_7.example",
		"f\303\244x@office.example",
		"a@b@c d",
		"-oQ/tmp@office.example",
		"fax@[]",
		"fax@[1.2.3.4",
		"fax@[1.2.3.4]x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(header_address_valid(bad[i]));
}

static void the_longest_address_is_taken_and_no_longer_one(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[64] = '@';
	text[HEADER_ADDRESS_MAX] = '\0';
	assert_true(header_address_valid(text));
	text[HEADER_ADDRESS_MAX] = 'a';
	text[HEADER_ADDRESS_MAX + 1] = '\0';
	assert_false(header_address_valid(text));
	memset(text, 'a', sizeof(text));
	text[65] = '@';
	text[100] = '\0';
	assert_false(header_address_valid(text));
}

static const char *made(const char *text)
{
	static char out[4096];

	assert_true(header_text("Subject", text, out, sizeof(out)));
	return out;
}

static void plain_text_stays_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(made("Fax from ana, pages: 2"),
			    "Subject: Fax from ana, pages: 2");
	assert_string_equal(made(""), "Subject: ");
}

static void other_text_becomes_encoded_words(void **state)
{
	(void)state;
	assert_string_equal(made("\303\204rger"),
			    "Subject: =?UTF-8?B?w4RyZ2Vy?=");
	/* By another hand: base64 of the same octets, of 1, 2 and 3 left. */
	assert_string_equal(made("\303\204"), "Subject: =?UTF-8?B?w4Q=?=");
	assert_string_equal(made("\303\204ab"),
			    "Subject: =?UTF-8?B?w4RhYg==?=");
	/* What looks like an encoded word must not be taken for one. */
	assert_string_equal(made("=?x?="), "Subject: =?UTF-8?B?PT94Pz0=?=");
	/* Spaces at the ends are kept. */
	assert_string_equal(made("a "), "Subject: =?UTF-8?B?YSA=?=");
}

static void no_text_begins_another_line(void **state)
{
	(void)state;
	assert_string_equal(made("x\r\nBcc: eve@x.example"),
			    "Subject: x??Bcc: eve@x.example");
	assert_string_equal(made("x\ny\rz\vq"), "Subject: x?y?z?q");
	/* U+2028 and U+0085 are ends of lines to some. */
	assert_string_equal(made("a\342\200\250b"), "Subject: a?b");
	assert_string_equal(made("a\302\205b"), "Subject: a?b");
}

/* RFC 2047 section 2: lines of 76 at most, words of 75, whole characters. */
static void long_text_is_folded(void **state)
{
	char text[901] = "";
	const char *line;

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(text, "\343\203\225");
	line = made(text);
	while (*line) {
		size_t len = strcspn(line, "\r");
		const char *word = strstr(line, "=?UTF-8?B?");

		assert_true(len <= 76);
		assert_non_null(word);
		assert_true(len - (size_t)(word - line) <= 75);
		/* Each word begins with a whole character. */
		assert_memory_equal(word + 10, "44OV", 4);
		assert_true(line == word - 9 || line == word - 1);
		line += len + (line[len] == '\r' ? 2 : 0);
	}
}

static void what_does_not_fit_is_refused(void **state)
{
	char out[64];

	(void)state;
	for (size_t size = 1; size <= sizeof(out); size++) {
		bool fits = header_text("S", "\303\204rger", out, size);

		assert_int_equal(fits,
				 size > strlen("S: =?UTF-8?B?w4RyZ2Vy?="));
		assert_int_equal(header_text("S", "abc", out, size), size > 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_that_mail_servers_take_are_taken),
		cmocka_unit_test(nothing_else_is_an_address),
		cmocka_unit_test(
			the_longest_address_is_taken_and_no_longer_one),
		cmocka_unit_test(plain_text_stays_as_it_is),
		cmocka_unit_test(other_text_becomes_encoded_words),
		cmocka_unit_test(no_text_begins_another_line),
		cmocka_unit_test(long_text_is_folded),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
