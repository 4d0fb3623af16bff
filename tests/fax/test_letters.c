/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct letters plain = { 10, false };

static void expect_shown(const char *text, const char *want)
{
	char *is = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&is, &len);

	assert_non_null(out);
	letters_show(out, plain, 1, 2, text, strlen(text));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(is, want);
	free(is);
}

static void text_becomes_strings_and_glyphs(void **state)
{
	(void)state;
	expect_shown("", "1.00 2.00 plain 10.00 set\n");
	expect_shown("Fax", "1.00 2.00 plain 10.00 set\n(Fax) s\n");
	expect_shown("a(b)c\\",
		     "1.00 2.00 plain 10.00 set\n(a\\(b\\)c\\\\) s\n");
	expect_shown("M\xc3\xbcller", "1.00 2.00 plain 10.00 set\n(M) s\n"
				      "/uni00FC 252 u\n(ller) s\n");
	expect_shown("\xe8\xab\x8b", "1.00 2.00 plain 10.00 set\n"
				     "/uni8ACB 35531 u\n");
	expect_shown("\xf0\x9f\x93\xa0", "1.00 2.00 plain 10.00 set\n"
					 "/uni1F4E0 128224 u\n");
}

static void what_is_no_text_cannot_leave_its_string(void **state)
{
	(void)state;
	expect_shown("a\nb\tc", "1.00 2.00 plain 10.00 set\n(a b c) s\n");
	expect_shown("\xff", "1.00 2.00 plain 10.00 set\n/uniFFFD 65533 u\n");
	expect_shown("\xe8\xab", "1.00 2.00 plain 10.00 set\n"
				 "/uniFFFD 65533 u\n/uniFFFD 65533 u\n");
	expect_shown("\xc3)", "1.00 2.00 plain 10.00 set\n/uniFFFD 65533 u\n"
			      "(\\)) s\n");
}

static void letters_have_their_widths(void **state)
{
	const struct letters bold = { 20, true };

	(void)state;
	assert_int_equal(letters_width(plain, "il1", 3) * 1000, 10000);
	assert_int_equal(letters_width(bold, "i", 1) * 1000, 5560);
	assert_int_equal(letters_width(plain, "\xe8\xab\x8b", 3) * 1000, 10000);
	assert_int_equal(letters_width(plain, "", 0) * 1000, 0);
}

static void expect_fit(const char *text, double width, size_t fits, size_t rest)
{
	size_t next = 99;

	assert_int_equal(letters_fit(plain, width, text, strlen(text), &next),
			 fits);
	assert_int_equal(next, rest);
}

static void lines_are_broken_between_words(void **state)
{
	(void)state;
	expect_fit("", 100, 0, 0);
	expect_fit("word", 100, 4, 4);
	expect_fit("one two", 25, 3, 4);
	expect_fit("one   two", 25, 3, 6);
	expect_fit("one two ", 1000, 7, 8);
	expect_fit("longer", 12, 2, 2);	 /* no word fits */
	expect_fit("longer", 0.1, 1, 1); /* at least one letter */
	expect_fit("\xe8\xab\x8b\xe6\xb1\x82\xe6\x9b\xb8", 25, 6, 6);
	expect_fit("a\xe8\xab\x8b\xe6\xb1\x82", 17, 4, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_strings_and_glyphs),
		cmocka_unit_test(what_is_no_text_cannot_leave_its_string),
		cmocka_unit_test(letters_have_their_widths),
		cmocka_unit_test(lines_are_broken_between_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
