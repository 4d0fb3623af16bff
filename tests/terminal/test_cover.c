/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/cover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../fax/sample.h"
#include "fax/sheet.h"

static void expect_form(const struct cover *c, const char *want)
{
	int fd = sample_file();
	size_t len;
	char *is;

	assert_int_equal(cover_write(c, fd), OK);
	is = (char *)sample_read(fd, &len);
	is[len] = '\0';
	assert_string_equal(is, want);
	free(is);
	close(fd);
}

static void a_cover_says_what_it_was_told(void **state)
{
	const struct cover full = { .to = "Ben, \xe5\x8d\x97",
				    .from = "Ana",
				    .date = "Fri 27 Nov 2026",
				    .subject = "Offer",
				    .text = "Dear Ben,\r\n\r\nhere it is.\n",
				    .pages = 3 };
	const struct cover empty = { .subject = "" };

	(void)state;
	expect_form(&full, "heading: Fax\nrow: To\tBen, \xe5\x8d\x97\n"
			   "row: From\tAna\nrow: Date\tFri 27 Nov 2026\n"
			   "row: Pages\t3, with this one\n"
			   "row: Subject\tOffer\n\nDear Ben,\n\n"
			   "here it is.\n");
	expect_form(&empty, "heading: Fax\n\n");
}

static void no_value_can_become_another_line_of_the_form(void **state)
{
	const struct cover c = { .to = "Ben\nrow: From\tMallory",
				 .text = "\n\x1b[2J\x01" };

	(void)state;
	expect_form(&c, "heading: Fax\nrow: To\tBen?row: From?Mallory\n\n\n"
			"?[2J?\n");
}

static void a_text_that_is_too_long_is_refused(void **state)
{
	char *text = malloc(SHEET_FORM_MAX + 1);
	struct cover c = { .text = text };
	int fd = sample_file();

	(void)state;
	assert_non_null(text);
	memset(text, 'x', SHEET_FORM_MAX);
	text[SHEET_FORM_MAX] = '\0';
	assert_int_equal(cover_write(&c, fd), ERR_LIMIT);
	text[SHEET_FORM_MAX - 100] = '\0';
	assert_int_equal(cover_write(&c, fd), OK);
	close(fd);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cover_says_what_it_was_told),
		cmocka_unit_test(no_value_can_become_another_line_of_the_form),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
