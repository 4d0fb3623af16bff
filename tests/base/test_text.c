/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static void a_number_is_digits_within_bounds(void **state)
{
	static const struct {
		const char *s;
		int64_t min, max, value;
		bool good;
	} rows[] = {
		{ "0", 0, 0, 0, true },
		{ "7", 1, 9, 7, true },
		{ "1", 1, 9, 1, true },
		{ "9", 1, 9, 9, true },
		{ "0", 1, 9, 0, false },
		{ "10", 1, 9, 0, false },
		{ "007", 0, 9, 7, true },
		{ "-0", 0, 9, 0, true },
		{ "-3", -3, 9, -3, true },
		{ "-4", -3, 9, 0, false },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, true },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, 0, false },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, true },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, 0, false },
		{ "92233720368547758070", INT64_MIN, INT64_MAX, 0, false },
		{ "18446744073709551617", 0, 9, 0, false },
		{ "", INT64_MIN, INT64_MAX, 0, false },
		{ "-", INT64_MIN, INT64_MAX, 0, false },
		{ "--1", INT64_MIN, INT64_MAX, 0, false },
		{ "+1", INT64_MIN, INT64_MAX, 0, false },
		{ " 1", INT64_MIN, INT64_MAX, 0, false },
		{ "1 ", INT64_MIN, INT64_MAX, 0, false },
		{ "1:", INT64_MIN, INT64_MAX, 0, false },
		{ "1/", INT64_MIN, INT64_MAX, 0, false },
		{ "1k", INT64_MIN, INT64_MAX, 0, false },
		{ "0x1", INT64_MIN, INT64_MAX, 0, false },
		{ "1.0", INT64_MIN, INT64_MAX, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t n = 12345;

		assert_int_equal(text_to_number(rows[i].s, rows[i].min,
						rows[i].max, &n),
				 rows[i].good);
		assert_int_equal(n, rows[i].good ? rows[i].value : 12345);
	}
}

static void foreign_text_becomes_one_safe_line(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "plain ~ text", "plain ~ text" },
		{ "a\nb\r\tc\033[1m\177", "a?b??c?[1m?" },
		{ "\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xa0",
		  "\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xa0" },
		{ "\xc2\x80\xc2\x9f\xc2\xa0", "??\xc2\xa0" },    /* C1 */
		{ "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "???" },   /* marks */
		{ "a\xe2\x80\xae" "b\xe2\x81\xa6", "a?b?" },     /* RLO, LRI */
		{ "\xe2\x80\xa8\xe2\x80\xa9", "??" },            /* separators */
		{ "\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf", "???" },
		{ "\xf3\xa0\x81\xa1", "?" },                     /* a tag */
		{ "\xef\xbf\xbd\xee\x80\x80", "\xef\xbf\xbd\xee\x80\x80" },
		{ "\xed\x9f\xbf", "\xed\x9f\xbf" },              /* U+D7FF */
		{ "\xed\xa0\x80", "???" },                       /* a surrogate */
		{ "\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd" },      /* U+10FFFD */
		{ "\xf4\x90\x80\x80", "????" },                  /* too high */
		{ "\xc0\xaf\xc1\xbf", "????" },                  /* overlong */
		{ "\xe0\x9f\xbf\xf0\x8f\xbf\xbf", "???????" },
		{ "\xe0\xa0\x80\xf0\x90\x80\x80",
		  "\xe0\xa0\x80\xf0\x90\x80\x80" },
		{ "\x80\xbf\xff\xfe\xf5\xf8", "??????" },        /* no lead */
		{ "\xc3", "?" },                                 /* cut short */
		{ "\xe2\x82", "??" },
		{ "\xf0\x9f\x93", "???" },
		{ "\xe2\x82" "a", "??a" },
		{ "\xc3\xc3\xbc", "?\xc3\xbc" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[80];

		assert_ptr_equal(text_printable(rows[i].in, strlen(rows[i].in),
						out, sizeof(out)), out);
		assert_string_equal(out, rows[i].out);
	}
}
/* clang-format on */

static void every_single_byte_prints_as_itself_or_a_mark(void **state)
{
	(void)state;
	for (unsigned b = 0; b < 256; b++) {
		uint8_t byte = (uint8_t)b;
		char out[3];

		text_printable(&byte, 1, out, sizeof(out));
		assert_int_equal(out[0], b >= ' ' && b <= '~' ? b : '?');
		assert_int_equal(out[1], '\0');
	}
}

static void printable_text_is_cut_between_characters(void **state)
{
	static const char text[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa0"
				   "b";
	static const size_t fits[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };

	(void)state;
	for (size_t room = 1; room <= sizeof(text); room++) {
		char out[sizeof(text) + 1];

		memset(out, 'z', sizeof(out));
		text_printable(text, strlen(text), out, room);
		assert_int_equal(strlen(out), fits[room - 1]);
		assert_memory_equal(out, text, fits[room - 1]);
		assert_int_equal(out[room], 'z');
	}
}

static void text_can_be_made_printable_in_place(void **state)
{
	char text[] = "a\n\xe2\x80\xae\xc3\xbc\xff!";

	(void)state;
	text_printable(text, strlen(text), text, sizeof(text));
	assert_string_equal(text, "a??\xc3\xbc?!");
}

static void only_the_start_of_a_character_is_mended_away(void **state)
{
	static const struct {
		const char *cut, *mended;
	} rows[] = {
		{ "", "" },
		{ "ab", "ab" },
		{ "a\xc3", "a" },
		{ "a\xc3\xbc", "a\xc3\xbc" },
		{ "a\xe2\x82", "a" },
		{ "a\xe2\x82\xac", "a\xe2\x82\xac" },
		{ "\xf0\x9f\x93", "" },
		{ "\xf0\x9f\x93\xa0", "\xf0\x9f\x93\xa0" },
		{ "\x80\x80", "\x80\x80" }, /* not a cut: left alone */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[8];

		assert_true(text_copy(text, sizeof(text), rows[i].cut));
		text_mend_cut(text);
		assert_string_equal(text, rows[i].mended);
	}
}

static void every_byte_has_its_hexadecimal(void **state)
{
	uint8_t all[256];
	uint8_t back[256];
	char hex[513];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	text_to_hex(all, sizeof(all), hex);
	assert_int_equal(strlen(hex), 512);
	assert_memory_equal(hex, "000102", 6);
	assert_string_equal(hex + 506, "fdfeff");
	assert_true(text_from_hex(hex, back, sizeof(back)));
	assert_memory_equal(all, back, sizeof(all));
	text_to_hex(NULL, 0, hex);
	assert_string_equal(hex, "");
	assert_true(text_from_hex("", back, 0));
}

static void hexadecimal_is_taken_in_either_case_and_exact(void **state)
{
	static const char *const bad[] = { "",	    "a",    "ab",   "abc",
					   "abcde", "0x",   " ab",  "abg0",
					   "gabc",  "ab0-", "ab:c", "@bcd",
					   "`bcd",  "/bcd" };
	uint8_t out[2];

	(void)state;
	assert_true(text_from_hex("aBCd", out, 2));
	assert_memory_equal(out, "\xab\xcd", 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_from_hex(bad[i], out, 2));
	assert_false(text_from_hex("a", out, 0));
}

/* RFC 4648, section 10, without the padding. */
static void base64_gives_the_vectors_of_the_rfc(void **state)
{
	static const struct {
		const char *plain, *coded;
	} rows[] = { { "", "" },
		     { "f", "Zg" },
		     { "fo", "Zm8" },
		     { "foo", "Zm9v" },
		     { "foob", "Zm9vYg" },
		     { "fooba", "Zm9vYmE" },
		     { "foobar", "Zm9vYmFy" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].plain);
		char coded[9];
		char plain[6];
		size_t len = 99;

		assert_int_equal(text_base64_size(n),
				 strlen(rows[i].coded) + 1);
		text_to_base64(rows[i].plain, n, coded);
		assert_string_equal(coded, rows[i].coded);
		assert_true(
			text_from_base64(coded, strlen(coded), plain, n, &len));
		assert_int_equal(len, n);
		assert_memory_equal(plain, rows[i].plain, n);
	}
}

static void base64_uses_the_url_alphabet(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t bytes[48];
	char back[sizeof(alphabet)];
	size_t len = 0;

	(void)state;
	assert_true(text_from_base64(alphabet, 64, bytes, 48, &len));
	assert_int_equal(len, 48);
	text_to_base64(bytes, len, back);
	assert_string_equal(back, alphabet);
}

/* A decoder that takes two spellings of the same bytes lets a copy pass
 * for something new. */
static void base64_takes_one_spelling_only(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++)
		for (unsigned second = 0; second < 256; second++) {
			char pair[2] = { (char)first, (char)second };
			uint8_t byte = 0;
			char back[3];
			size_t len = 0;

			if (!text_from_base64(pair, 2, &byte, 1, &len))
				continue;
			assert_int_equal(len, 1);
			text_to_base64(&byte, 1, back);
			assert_memory_equal(back, pair, 2);
		}
}

static void base64_refuses_what_is_not_its_own(void **state)
{
	static const char *const bad[] = {
		"A",	 "AAAAA", "Z",	  "Zg==", "Zg=",  "Zh",	   "Zm9",
		"Zm9v=", "Zm9vY", "Zm 8", "Zm+v", "Zm/v", "Zm9v\n"
	};
	uint8_t out[16];
	size_t len = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_from_base64(bad[i], strlen(bad[i]), out,
					      sizeof(out), &len));
	assert_int_equal(len, 99);
}

static void base64_never_passes_the_room(void **state)
{
	uint8_t out[6];
	size_t len = 99;

	(void)state;
	for (size_t size = 0; size < sizeof(out); size++) {
		memset(out, 0xaa, sizeof(out));
		assert_false(text_from_base64("Zm9vYmFy", 8, out, size, &len));
		for (size_t i = size; i < sizeof(out); i++)
			assert_int_equal(out[i], 0xaa);
	}
	assert_true(text_from_base64("Zm9vYmFy", 8, out, 6, &len));
}

static void a_copy_is_whole_or_empty(void **state)
{
	char out[4] = "zzz";

	(void)state;
	assert_true(text_copy(out, sizeof(out), "abc"));
	assert_string_equal(out, "abc");
	assert_false(text_copy(out, sizeof(out), "abcd"));
	assert_string_equal(out, "");
	assert_true(text_copy(out, 1, ""));
	assert_false(text_copy(out, 1, "a"));
}

static void one_is_singular_and_all_else_plural(void **state)
{
	char out[40];

	(void)state;
	assert_string_equal(text_count(0, "page", out, 40), "0 pages");
	assert_string_equal(text_count(1, "page", out, 40), "1 page");
	assert_string_equal(text_count(2, "page", out, 40), "2 pages");
	assert_string_equal(text_count(11, "page", out, 40), "11 pages");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_digits_within_bounds),
		cmocka_unit_test(foreign_text_becomes_one_safe_line),
		cmocka_unit_test(every_single_byte_prints_as_itself_or_a_mark),
		cmocka_unit_test(printable_text_is_cut_between_characters),
		cmocka_unit_test(text_can_be_made_printable_in_place),
		cmocka_unit_test(only_the_start_of_a_character_is_mended_away),
		cmocka_unit_test(every_byte_has_its_hexadecimal),
		cmocka_unit_test(hexadecimal_is_taken_in_either_case_and_exact),
		cmocka_unit_test(base64_gives_the_vectors_of_the_rfc),
		cmocka_unit_test(base64_uses_the_url_alphabet),
		cmocka_unit_test(base64_takes_one_spelling_only),
		cmocka_unit_test(base64_refuses_what_is_not_its_own),
		cmocka_unit_test(base64_never_passes_the_room),
		cmocka_unit_test(a_copy_is_whole_or_empty),
		cmocka_unit_test(one_is_singular_and_all_else_plural),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
