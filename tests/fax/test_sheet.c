/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fax/plain.h"
#include "sample.h"

static int write_sheet(const char *form, int fax)
{
	struct why why = { "" };
	int in = sample_bytes(form, strlen(form));
	int out = sample_file();

	if (sheet_write(in, fax, out, &why) != OK)
		fail_msg("%s", why.text);
	close(in);
	return out;
}

/* What ghostscript reads off the sheet; to be freed. */
static char *words_on(int postscript)
{
	char path[64];
	const char *const argv[] = { "gs",
				     "-q",
				     "-dSAFER",
				     "-dBATCH",
				     "-dNOPAUSE",
				     "-sDEVICE=txtwrite",
				     "-sFONTPATH=" PLAIN_FONT_PATH,
				     "-sOutputFile=-",
				     "-f",
				     path,
				     NULL };
	int out = sample_file();
	size_t len;
	char *text;

	sample_path(postscript, path, sizeof path);
	assert_int_equal(sample_run(argv, out), 0);
	text = (char *)sample_read(out, &len);
	text[len] = '\0';
	close(out);
	close(postscript);
	return text;
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void everything_of_the_form_is_on_the_sheet(void **state)
{
	char *text = words_on(write_sheet("heading: Fax\nbadge: Sent\n"
					  "row: To\tBen (south)\n"
					  "row: From\tM\xc3\xbcller\n"
					  "\nDear Ben,\n\nhere it is.\n",
					  -1));

	(void)state;
	assert_non_null(strstr(text, "Fax"));
	assert_non_null(strstr(text, "Sent"));
	assert_non_null(strstr(text, "Ben (south)"));
	assert_non_null(strstr(text, "M\xc3\xbcller"));
	assert_non_null(strstr(text, "Dear Ben,"));
	assert_non_null(strstr(text, "here it is."));
	free(text);
}

/* Bytes of the program, as text. */
static char *program_of(int postscript)
{
	size_t len;
	char *text = (char *)sample_read(postscript, &len);

	text[len] = '\0';
	close(postscript);
	return text;
}

static void a_long_text_goes_on_on_further_pages(void **state)
{
	char form[8192] = "heading: Fax\n\n";
	char *text;

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(form, "A line of the text.\n");
	text = program_of(write_sheet(form, -1));
	assert_int_equal(count(text, "showpage"), 3);
	assert_int_equal(count(text, "(A line of the text.) s"), 100);
	free(text);
}

static void a_picture_is_shown_when_there_is_a_fax(void **state)
{
	static const char form[] = "heading: Report\npicture: The page\n";
	struct sample_page page = sample_fax(1728, 1000, 204, 196, 1);
	int fax = sample_tiff(&page, 1);
	int rubbish = sample_bytes("rubbish", 7);
	char *text = program_of(write_sheet(form, fax));

	(void)state;
	assert_int_equal(count(text, "/Width 1728 /Height 1000"), 1);
	assert_true(strlen(text) > (size_t)1728 / 8 * 2 * 1000);
	assert_int_equal(count(text, "(The page) s"), 1);
	free(text);
	text = program_of(write_sheet(form, rubbish));
	assert_int_equal(count(text, "image"), 0);
	assert_int_equal(count(text, "(The page) s"), 0);
	free(text);
	text = program_of(write_sheet(form, -1));
	assert_int_equal(count(text, "showpage"), 1);
	free(text);
	close(fax);
	close(rubbish);
}

static void what_is_no_form_is_refused(void **state)
{
	char *large = malloc(SHEET_FORM_MAX + 1);
	struct why why = { "" };
	int in = sample_bytes("heading: Fax\nrubbish\n", 21);
	int out = sample_file();

	(void)state;
	assert_non_null(large);
	assert_int_equal(sheet_write(in, -1, out, &why), ERR_BAD);
	assert_string_equal(why.text, "is damaged: it is no form of a sheet");
	close(in);
	memset(large, '\n', SHEET_FORM_MAX + 1);
	in = sample_bytes(large, SHEET_FORM_MAX + 1);
	assert_int_equal(sheet_write(in, -1, out, &why), ERR_LIMIT);
	assert_string_equal(why.text,
			    "has more text than 256 KB; make it shorter");
	close(in);
	large[SHEET_FORM_MAX - 1] = 'x';
	in = sample_bytes(large, SHEET_FORM_MAX);
	assert_int_equal(sheet_write(in, -1, out, &why), ERR_LIMIT);
	assert_string_equal(why.text, "has more pages than a fax can have "
				      "(999); make the text shorter");
	close(in);
	close(out);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_of_the_form_is_on_the_sheet),
		cmocka_unit_test(a_long_text_goes_on_on_further_pages),
		cmocka_unit_test(a_picture_is_shown_when_there_is_a_fax),
		cmocka_unit_test(what_is_no_form_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
