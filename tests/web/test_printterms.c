/* SPDX-License-Identifier: Apache-2.0 */
#include "web/printterms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../store/scratch.h"
#include "ippbytes.h"

static struct ippbytes b;
static struct contacts *book;
static struct printterms t;
static const char *attribute;
static struct why why;
static bool sends;

static bool any(const char *address)
{
	(void)address;
	return true;
}

static int set_up(void **state)
{
	static const char *const to[] = { "carl", "dora@south" };
	const struct contacts_entry staff = { .id = { 1 },
					      .name = "The Staff",
					      .note = "",
					      .to = to,
					      .count = 2 };

	if (scratch_set_up(state) != 0 ||
	    contacts_open(&book, scratch(""), any, NULL) != OK)
		return -1;
	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	return contacts_add(book, &staff, 1, NULL) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
	contacts_close(book);
	return scratch_tear_down(state);
}

/* Of the request that stands in `b`. */
static enum err read_terms(void)
{
	size_t used;
	struct ippdata *in;
	enum err e;

	ippbytes_end(&b);
	in = ippdata_decode(b.bytes, b.len, &used);
	assert_non_null(in);
	why.text[0] = '\0';
	sends = printterms_sends(in);
	e = printterms_read(&t, in, book, &attribute, &why);
	ippdata_free(in);
	return e;
}

static enum err read_to(const char *to)
{
	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	ippbytes_text(&b, IPPBYTES_NAME, "to", to);
	return read_terms();
}

static void a_job_that_says_nothing_is_a_fine_draft(void **state)
{
	(void)state;
	assert_int_equal(read_terms(), OK);
	assert_false(sends);
	assert_int_equal(t.to_count, 0);
	assert_int_equal(t.resolution, PAPER_FINE);
	assert_int_equal(t.priority, JOBS_NORMAL);
	assert_string_equal(t.title, "printed");
	assert_string_equal(t.asker, "");
	printterms_fini(&t);
}

static void recipients_stand_one_by_one_or_with_commas(void **state)
{
	(void)state;
	ippbytes_text(&b, IPPBYTES_NAME, "to", "ben, carl@south");
	ippbytes_text(&b, IPPBYTES_NAME, "", "+81123,,The Staff ");
	assert_int_equal(read_terms(), OK);
	assert_true(sends);
	assert_int_equal(t.to_count, 5);
	assert_string_equal(t.to[0], "ben");
	assert_string_equal(t.to[1], "carl@south");
	assert_string_equal(t.to[2], "+81123");
	assert_string_equal(t.to[3], "carl");
	assert_string_equal(t.to[4], "dora@south");
	printterms_fini(&t);
}

static void destinations_are_recipients_too(void **state)
{
	(void)state;
	ippbytes_group(&b, IPPBYTES_JOB);
	ippbytes_collection(&b, "destination-uris", "destination-uri",
			    "tel:+81123");
	ippbytes_collection(&b, "", "destination-uri", "faxwire://ben");
	assert_int_equal(read_terms(), OK);
	assert_true(sends);
	assert_int_equal(t.to_count, 2);
	assert_string_equal(t.to[0], "+81123");
	assert_string_equal(t.to[1], "ben");
	printterms_fini(&t);
}

static void a_destination_without_its_address_is_refused(void **state)
{
	(void)state;
	ippbytes_group(&b, IPPBYTES_JOB);
	ippbytes_collection(&b, "destination-uris", "other", "tel:1");
	assert_int_equal(read_terms(), ERR_BAD);
	assert_string_equal(attribute, "destination-uris");
}

static void nobody_is_no_recipient(void **state)
{
	char text[300];

	(void)state;
	assert_int_equal(read_to("No Body"), ERR_BAD);
	assert_string_equal(attribute, "to");
	assert_non_null(strstr(why.text, "No Body"));
	assert_int_equal(read_to("ben,carl@@"), ERR_BAD);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(read_to(text), ERR_BAD);
	assert_true(why.text[0] != '\0');
	/* An empty word asks on the page. */
	assert_int_equal(read_to(" ,"), OK);
	assert_false(sends);
	assert_int_equal(t.to_count, 0);
	printterms_fini(&t);
}

static void there_is_an_end_to_recipients(void **state)
{
	(void)state;
	for (int i = 0; i < INTAKE_TO_MAX; i++)
		ippbytes_text(&b, IPPBYTES_NAME, i == 0 ? "to" : "", "ben");
	assert_int_equal(read_terms(), OK);
	assert_int_equal(t.to_count, INTAKE_TO_MAX);
	printterms_fini(&t);
	b.len--; /* goes on before the end */
	ippbytes_text(&b, IPPBYTES_NAME, "", "ben");
	assert_int_equal(read_terms(), ERR_LIMIT);
}

static void the_resolution_is_what_comes_nearest(void **state)
{
	static const struct {
		uint8_t x, y; /* a hundredth */
		enum paper_resolution want;
	} cases[] = {
		{ 0, 0, PAPER_FINE }, /* CUPS makes this of words */
		{ 1, 1, PAPER_STANDARD }, { 2, 1, PAPER_STANDARD },
		{ 2, 2, PAPER_FINE },	  { 3, 3, PAPER_300 },
		{ 4, 4, PAPER_400 },	  { 6, 6, PAPER_400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned x = cases[i].x * 100, y = cases[i].y * 100;
		const uint8_t value[] = { 0, 0, (uint8_t)(x >> 8), (uint8_t)x,
					  0, 0, (uint8_t)(y >> 8), (uint8_t)y,
					  3 };

		ippbytes_begin(&b, IPPDATA_PRINT_JOB);
		ippbytes_add(&b, IPPBYTES_RESOLUTION, "printer-resolution",
			     value, sizeof(value));
		assert_int_equal(read_terms(), OK);
		assert_int_equal(t.resolution, cases[i].want);
		printterms_fini(&t);
	}
}

static void quality_stands_for_a_resolution(void **state)
{
	static const enum paper_resolution want[] = {
		[3] = PAPER_STANDARD, [4] = PAPER_FINE, [5] = PAPER_300
	};

	(void)state;
	for (uint32_t q = 3; q <= 5; q++) {
		ippbytes_begin(&b, IPPDATA_PRINT_JOB);
		ippbytes_number(&b, IPPBYTES_ENUM, "print-quality", q);
		assert_int_equal(read_terms(), OK);
		assert_int_equal(t.resolution, want[q]);
	}
	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	ippbytes_text(&b, IPPBYTES_NAME, "cupsPrintQuality", "High");
	assert_int_equal(read_terms(), OK);
	assert_int_equal(t.resolution, PAPER_300);
	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	ippbytes_number(&b, IPPBYTES_ENUM, "print-quality", 3);
	ippbytes_text(&b, IPPBYTES_NAME, "fax-resolution", "400");
	assert_int_equal(read_terms(), OK);
	assert_int_equal(t.resolution, PAPER_400);
	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	ippbytes_text(&b, IPPBYTES_NAME, "fax-resolution", "best");
	assert_int_equal(read_terms(), ERR_BAD);
	assert_string_equal(attribute, "fax-resolution");
}

static void its_texts_are_made_fit_to_show(void **state)
{
	(void)state;
	ippbytes_text(&b, IPPBYTES_NAME, "requesting-user-name", "a\x1b[1m");
	ippbytes_text(&b, IPPBYTES_NAME, "document-name", "letter.pdf");
	ippbytes_text(&b, IPPBYTES_NAME, "note", "for the file");
	ippbytes_number(&b, IPPBYTES_INTEGER, "job-priority", 70);
	assert_int_equal(read_terms(), OK);
	assert_string_equal(t.asker, "a?[1m");
	assert_string_equal(t.title, "letter.pdf");
	assert_string_equal(t.note, "for the file");
	assert_int_equal(t.priority, JOBS_HIGH);
	printterms_fini(&t);
	b.len--;
	ippbytes_text(&b, IPPBYTES_NAME, "job-name", "A letter\n");
	assert_int_equal(read_terms(), OK);
	assert_string_equal(t.title, "A letter?");
	printterms_fini(&t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_that_says_nothing_is_a_fine_draft),
		TEST(recipients_stand_one_by_one_or_with_commas),
		TEST(destinations_are_recipients_too),
		TEST(a_destination_without_its_address_is_refused),
		TEST(nobody_is_no_recipient),
		TEST(there_is_an_end_to_recipients),
		TEST(the_resolution_is_what_comes_nearest),
		TEST(quality_stands_for_a_resolution),
		TEST(its_texts_are_made_fit_to_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
