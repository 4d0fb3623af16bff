/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char text[4096];
static struct csv c;
static struct csv_row row;
static struct why why;

static void read_of(const char *from, size_t len)
{
	memcpy(text, from, len);
	memset(text + len, 'X', 8);
	csv_init(&c, text, len);
}

/* All rows, as "a|b/c|d/"; ends with '!' when one was refused. */
static const char *all_of(const char *from)
{
	static char out[8192];
	enum err e;

	out[0] = '\0';
	read_of(from, strlen(from));
	while ((e = csv_next(&c, &row, &why)) == OK) {
		for (size_t i = 0; i < row.count; i++) {
			strcat(out, row.fields[i]);
			strcat(out, i + 1 < row.count ? "|" : "/");
		}
	}
	if (e != ERR_MISSING)
		strcat(out, "!");
	return out;
}

static void rows_and_fields_are_told_apart(void **state)
{
	(void)state;
	assert_string_equal(all_of(""), "");
	assert_string_equal(all_of("a"), "a/");
	assert_string_equal(all_of("a,b\nc,d"), "a|b/c|d/");
	assert_string_equal(all_of("a,b\r\nc,d\r\n"), "a|b/c|d/");
	assert_string_equal(all_of("a,,\n,b"), "a||/|b/");
	assert_string_equal(all_of("\n\na\n\r\n\nb\n"), "a/b/");
	assert_string_equal(all_of("a,"), "a|/");
	assert_string_equal(all_of("\xef\xbb\xbf"
				   "a,b"),
			    "a|b/");
	assert_string_equal(all_of("a\rb,c"), "a\rb|c/");
}

static void quotes_hold_commas_and_lines(void **state)
{
	(void)state;
	assert_string_equal(all_of("\"a,b\",c"), "a,b|c/");
	assert_string_equal(all_of("\"a\nb\",c\nd"), "a\nb|c/d/");
	assert_string_equal(all_of("\"a\"\"b\",\"\"\"\"\r\n"), "a\"b|\"/");
	assert_string_equal(all_of("\"\",x\n\"\""), "|x/");
	assert_string_equal(all_of("a\"b,c"), "a\"b|c/");
}

static void where_commas_are_decimals_semicolons_part(void **state)
{
	(void)state;
	assert_string_equal(all_of("a;b\nc,d;e"), "a|b/c,d|e/");
	assert_string_equal(all_of("a,b;c\nd;e"), "a|b;c/d;e/");
}

static void what_is_no_table_is_told_with_its_line(void **state)
{
	(void)state;
	assert_string_equal(all_of("a\n\"b\nc\"\nd,\"e"), "a/b\nc/!");
	assert_string_equal(why.text,
			    "Line 4 has a quote that is never closed.");
	assert_string_equal(all_of("a\n\"b\"c"), "a/!");
	assert_string_equal(why.text,
			    "Line 2 has text behind a closing quote.");
	assert_string_equal(all_of("a,,,,,,,,,,,,,,,q\n,,,,,,,,,,,,,,,,r"),
			    "a|||||||||||||||q/!");
	assert_string_equal(why.text, "Line 2 has more than 16 fields.");
	read_of("a\0b", 3);
	assert_int_equal(csv_next(&c, &row, &why), ERR_BAD);
	read_of("\"a\0b\"", 5); /* its end shows in the field's length */
	assert_int_equal(csv_next(&c, &row, &why), OK);
	assert_string_equal(row.fields[0], "a");
}

static void every_prefix_ends(void **state)
{
	static const char table[] =
		"na\"me,\"a,d\"\"r\",x\r\n\"q\nr\",,;\n\n\"";

	(void)state;
	for (size_t n = 0; n < sizeof(table); n++) {
		size_t rows = 0;

		read_of(table, n);
		while (csv_next(&c, &row, &why) == OK)
			assert_true(++rows < 5);
		assert_int_equal(text[n + 1], 'X');
	}
}

static void what_is_written_is_read_again(void **state)
{
	static const char *const fields[] = {
		"plain",  "with,comma", "with;semicolon",
		"a\"b",	  "two\nlines", "",
		" blank", "\"",		"\xe4\xba\x8c",
	};
	char line[400], out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		assert_true(csv_field(fields[i], out, sizeof(out)));
		snprintf(line, sizeof(line), "x,%s\n", out);
		read_of(line, strlen(line));
		assert_int_equal(csv_next(&c, &row, &why), OK);
		assert_int_equal(row.count, 2);
		assert_string_equal(row.fields[1], fields[i]);
	}
	assert_false(csv_field("abc", out, 2));
	for (size_t n = 0; n < 12; n++)
		if (csv_field("\"\"\"\"", out, n))
			assert_in_range(strlen(out), 10, n - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_fields_are_told_apart),
		cmocka_unit_test(quotes_hold_commas_and_lines),
		cmocka_unit_test(where_commas_are_decimals_semicolons_part),
		cmocka_unit_test(what_is_no_table_is_told_with_its_line),
		cmocka_unit_test(every_prefix_ends),
		cmocka_unit_test(what_is_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
