/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/plain.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

/* The program without its prologue. To be freed. */
static char *set_bytes(const char *bytes, size_t len)
{
	int in = sample_bytes(bytes, len);
	int out = sample_file();
	struct why why = { "" };
	char *all;
	char *body;
	size_t n;

	if (plain_write(in, out, &why) != OK)
		fail_msg("%s", why.text);
	all = (char *)sample_read(out, &n);
	all[n] = '\0';
	body = strstr(all, "{ box } if } def\n");
	assert_non_null(body);
	body = strdup(body + strlen("{ box } if } def\n"));
	free(all);
	close(in);
	close(out);
	return body;
}

static void expect(const char *text, const char *want)
{
	char *body = set_bytes(text, strlen(text));

	assert_string_equal(body, want);
	free(body);
}

static void lines_stand_one_below_the_other(void **state)
{
	(void)state;
	expect("", "");
	expect("one", "(one) 0 0 s\nshowpage\n");
	expect("one\n", "(one) 0 0 s\nshowpage\n");
	expect("one\n\ntwo", "(one) 0 0 s\n(two) 0 2 s\nshowpage\n");
	expect("one\r\ntwo\rthree",
	       "(one) 0 0 s\n(two) 0 1 s\n(three) 0 2 s\nshowpage\n");
}

static void nothing_in_the_text_is_program(void **state)
{
	(void)state;
	expect("(\\) showpage", "(\\(\\\\\\) showpage) 0 0 s\nshowpage\n");
}

static void tabs_go_to_every_eighth_column(void **state)
{
	(void)state;
	expect("\ta", "(        a) 0 0 s\nshowpage\n");
	expect("1234567\ta", "(1234567 a) 0 0 s\nshowpage\n");
	expect("12345678\ta", "(12345678        a) 0 0 s\nshowpage\n");
}

static void a_form_feed_begins_a_page(void **state)
{
	(void)state;
	expect("a\fb", "(a) 0 0 s\nshowpage\n(b) 0 0 s\nshowpage\n");
	expect("\fa\n\f\f", "(a) 0 0 s\nshowpage\n"); /* no empty pages */
}

static void a_page_has_sixty_lines(void **state)
{
	char text[200];
	char *body;

	(void)state;
	memset(text, '\n', sizeof text);
	text[59] = 'x'; /* the 60th line */
	text[60] = '\n';
	text[61] = 'y'; /* the 61st */
	body = set_bytes(text, 62);
	assert_string_equal(body,
			    "(x) 0 59 s\nshowpage\n(y) 0 0 s\nshowpage\n");
	free(body);
}

static void a_long_line_is_broken_between_words(void **state)
{
	char text[200];
	char *body;

	(void)state;
	memset(text, 'a', sizeof text);
	text[70] = ' ';
	body = set_bytes(text, 90);
	assert_non_null(strstr(body, "a) 0 0 s\n(aaaaaaaaaaaaaaaaaaa) 0 1 s"));
	free(body);
	memset(text, 'a', sizeof text); /* no word ends: wherever it is full */
	body = set_bytes(text, 81);
	assert_non_null(strstr(body, "a) 0 0 s\n(a) 0 1 s"));
	free(body);
	text[80] = ' '; /* a blank in column 81 is the break */
	body = set_bytes(text, 82);
	assert_non_null(strstr(body, "a) 0 0 s\n(a) 0 1 s"));
	free(body);
	body = set_bytes(text, 80);
	assert_null(strstr(body, "0 1 s"));
	free(body);
}

static void letters_beyond_ascii_are_shown_by_name(void **state)
{
	(void)state;
	expect("a\xc3\xa9z", "(a) 0 0 s\n/uni00E9 233 1 0 u\n"
			     "(z) 2 0 s\nshowpage\n");
	/* East Asian: two columns; a mark over the letter: none */
	expect("\xe3\x81\x82y", "/uni3042 12354 0 0 u\n(y) 2 0 s\nshowpage\n");
	expect("e\xcc\x81z", "(e) 0 0 s\n/uni0301 769 0 0 u\n"
			     "(z) 1 0 s\nshowpage\n");
	expect("\xef\xbb\xbfz", "(z) 0 0 s\nshowpage\n"); /* byte order mark */
}

static void bytes_that_are_no_utf8_are_latin1(void **state)
{
	static const char *const cases[] = {
		"\xe9",
		"\xe9z",
		"\xc0\x80",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xff",
		"\xe3\x81",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char want[32];
		char *body = set_bytes(cases[i], strlen(cases[i]));

		snprintf(want, sizeof want, "/uni00%02X ",
			 (unsigned char)cases[i][0]);
		assert_int_equal(strncmp(body, want, strlen(want)), 0);
		free(body);
	}
}

static enum err refuse(const char *bytes, size_t len, struct why *why)
{
	int in = sample_bytes(bytes, len);
	int out = sample_file();
	enum err e;

	*why = (struct why){ "" };
	e = plain_write(in, out, why);
	close(in);
	close(out);
	return e;
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[3] = { 'a', (char)c, 'b' };
		bool is_text = (c >= ' ' && c != 0x7f) || c == '\t' ||
			       c == '\n' || c == '\r' || c == '\f' || c == 0x1a;
		struct why why;
		enum err e = refuse(text, 3, &why);

		assert_int_equal(e, is_text ? OK : ERR_BAD);
		if (!is_text)
			assert_string_equal(
				why.text,
				"is not a PDF, TIFF, PNG, JPEG or text file "
				"(UTF-8); convert it to one of them");
	}
}

static void page_one_thousand_is_refused(void **state)
{
	char text[2000];
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof text; i += 2) {
		text[i] = 'x';
		text[i + 1] = '\f';
	}
	assert_int_equal(refuse(text, 2 * 999, &why), OK);
	assert_int_equal(refuse(text, 2 * 1000, &why), ERR_LIMIT);
	assert_string_equal(why.text, "has more pages than a fax can have "
				      "(999); send it in parts");
}

static void a_full_disk_is_told(void **state)
{
	int in = sample_bytes("x", 1);
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_equal(plain_write(in, full, NULL), ERR_SPACE);
	close(full);
	close(in);
}

/* Black points of the page that ghostscript makes of the text. */
static uint64_t draw(const char *text)
{
	int in = sample_bytes(text, strlen(text));
	int out = sample_file();
	int tiff = sample_file();
	char from[64];
	char to[80];
	const char *const gs[] = { "gs",	"-q",
				   "-dSAFER",	"-dBATCH",
				   "-dNOPAUSE", "-sDEVICE=tiffg4",
				   "-r204x196", "-sFONTPATH=" PLAIN_FONT_PATH,
				   to,		from,
				   NULL };
	uint64_t black;

	assert_int_equal(plain_write(in, out, NULL), OK);
	sample_path(out, from, sizeof from);
	memcpy(to, "-sOutputFile=", 14);
	sample_path(tiff, to + 13, sizeof to - 13);
	assert_int_equal(sample_run(gs, -1), 0);
	black = sample_black(tiff, 0);
	close(in);
	close(out);
	close(tiff);
	return black;
}

static void every_letter_or_a_box_is_drawn(void **state)
{
	static const char *const letters[] = {
		"A",
		"\xc3\xa9",	    /* e acute */
		"\xd0\x96",	    /* zhe */
		"\xce\xa9",	    /* omega */
		"\xe2\x82\xac",	    /* euro */
		"\xe2\x80\x9c",	    /* a quotation mark */
		"\xe3\x81\x82",	    /* hiragana a, or a box */
		"\xf0\x9f\x98\x80", /* a face, or a box */
	};

	(void)state;
	assert_int_equal(draw(" "), 0);
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
		assert_true(draw(letters[i]) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_stand_one_below_the_other),
		cmocka_unit_test(nothing_in_the_text_is_program),
		cmocka_unit_test(tabs_go_to_every_eighth_column),
		cmocka_unit_test(a_form_feed_begins_a_page),
		cmocka_unit_test(a_page_has_sixty_lines),
		cmocka_unit_test(a_long_line_is_broken_between_words),
		cmocka_unit_test(letters_beyond_ascii_are_shown_by_name),
		cmocka_unit_test(bytes_that_are_no_utf8_are_latin1),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(page_one_thousand_is_refused),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(every_letter_or_a_box_is_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
