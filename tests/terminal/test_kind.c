/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum kind kind(const char *bytes, size_t len)
{
	return kind_of((const uint8_t *)bytes, len);
}

static void each_kind_is_told_by_its_first_bytes(void **state)
{
	char text[2000];

	(void)state;
	assert_int_equal(kind("", 0), KIND_EMPTY);
	assert_int_equal(kind("%PDF-1.4", 8), KIND_PDF);
	assert_int_equal(kind("II*\0", 4), KIND_TIFF);
	assert_int_equal(kind("MM\0*", 4), KIND_TIFF);
	assert_int_equal(kind("II+\0", 4), KIND_TIFF);
	assert_int_equal(kind("MM\0+", 4), KIND_TIFF);
	assert_int_equal(kind("RaS2", 4), KIND_PWG);
	assert_int_equal(kind("\x89PNG\r\n\x1a\n", 8), KIND_PNG);
	assert_int_equal(kind("\xff\xd8\xff\xe0", 4), KIND_JPEG);
	assert_int_equal(kind("%!PS-Adobe-3.0", 14), KIND_POSTSCRIPT);
	assert_int_equal(kind("\x04%!PS", 5), KIND_POSTSCRIPT);
	assert_int_equal(kind("II", 2), KIND_PLAIN);
	assert_int_equal(kind("\x89PNG\r\n\x1a", 7), KIND_PLAIN);
	assert_int_equal(kind("Dear Ben,", 9), KIND_PLAIN);
	memset(text, '\n', sizeof text);
	memcpy(text + KIND_LOOK - 5, "%PDF-", 5);
	assert_int_equal(kind(text, sizeof text), KIND_PDF);
	memset(text, '\n', sizeof text);
	memcpy(text + KIND_LOOK - 4, "%PDF-", 5);
	assert_int_equal(kind(text, sizeof text), KIND_PLAIN);
}

static void pages_of_one_size_are_one_run(void **state)
{
	static const char text[] =
		"Title:           Pages: 7\nPages: 9\n"
		"Pages:           5\nEncrypted:       no\n"
		"Page    1 size:  595.276 x 841.89 pts (A4)\n"
		"Page    1 rot:   0\n"
		"Page    2 size:  595.3 x 841.9 pts\n"
		"Page    2 rot:   0\n"
		"Page    3 size:  841.89 x 595.276 pts (A4)\n"
		"Page    3 rot:   90\n"
		"Page    4 size:  612 x 792 pts (letter)\n"
		"Page    5 size:  595.276 x 841.89 pts (A4)\n";
	struct kind_pdf pdf;

	(void)state;
	assert_int_equal(kind_read_pdfinfo(text, 999, &pdf, NULL), OK);
	assert_int_equal(pdf.pages, 5);
	assert_int_equal(pdf.count, 3);
	assert_int_equal(pdf.runs[0].first, 1);
	assert_int_equal(pdf.runs[0].last, 3); /* lying or upright is one */
	assert_int_equal(pdf.runs[0].width_um, 210000);
	assert_int_equal(pdf.runs[0].height_um, 297000);
	assert_int_equal(pdf.runs[1].first, 4);
	assert_int_equal(pdf.runs[1].last, 4);
	assert_int_equal(pdf.runs[1].width_um, 215900);
	assert_int_equal(pdf.runs[2].first, 5);
	kind_pdf_fini(&pdf);
}

static void what_pdfinfo_cannot_mean_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err want;
		const char *says;
	} cases[] = {
		{ "", ERR_BAD, "has no pages; export it again" },
		{ "Pages: 0\n", ERR_BAD, "has no pages; export it again" },
		{ "Pages: x\n", ERR_BAD, "has no pages; export it again" },
		{ "Pages: 10000\n", ERR_LIMIT,
		  "has 10000 pages, more than a fax can have (999); send it in "
		  "parts" },
		{ "Pages: 2\nPage 1 size: 1 x 1 pts\n", ERR_BAD,
		  "is damaged: it has a page without a size; export it "
		  "again" },
		{ "Pages: 1\nPage 1 size: 0 x 10 pts\n", ERR_BAD,
		  "is damaged: it has a page without a size; export it "
		  "again" },
		{ "Pages: 1\nPage 1 size: nan x 10 pts\n", ERR_BAD,
		  "is damaged: it has a page without a size; export it "
		  "again" },
		{ "Pages: 1\nPage 1 size: 1e30 x 10 pts\n", ERR_BAD,
		  "is damaged: it has a page without a size; export it "
		  "again" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct why why = { "" };
		struct kind_pdf pdf;

		assert_int_equal(
			kind_read_pdfinfo(cases[i].text, 999, &pdf, &why),
			cases[i].want);
		assert_string_equal(why.text, cases[i].says);
		assert_null(pdf.runs);
	}
}

static void expect_kind(const void *bytes, size_t len, enum kind want)
{
	assert_int_equal(kind_of(bytes, len), want);
}

static void office_documents_are_told_by_how_they_begin(void **state)
{
	static const char word[] = "PK\3\4\24\0\6\0\10\0 [Content_Types].xml";
	static const char open[] = "PK\3\4\24\0\0\10\0\0 mimetypeapplication/"
				   "vnd.oasis.opendocument.text";
	static const char other[] = "PK\3\4\24\0\6\0\10\0 photo.jpg";

	(void)state;
	expect_kind(word, sizeof word, KIND_OFFICE);
	expect_kind(open, sizeof open, KIND_OFFICE);
	expect_kind(other, sizeof other, KIND_PLAIN);
	expect_kind(word + 1, sizeof word - 1, KIND_PLAIN);
	expect_kind("{\\rtf1", 6, KIND_OFFICE);
	expect_kind("{\\rt", 4, KIND_PLAIN);
	expect_kind("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, KIND_OFFICE);
	expect_kind("\xd0\xcf\x11\xe0\xa1\xb1\x1a", 7, KIND_PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_told_by_its_first_bytes),
		cmocka_unit_test(pages_of_one_size_are_one_run),
		cmocka_unit_test(what_pdfinfo_cannot_mean_is_refused),
		cmocka_unit_test(office_documents_are_told_by_how_they_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
