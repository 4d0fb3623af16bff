/* SPDX-License-Identifier: Apache-2.0 */
#include "web/ippdata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ippbytes.h"

static struct ippbytes b;

static struct ippdata *decode(void)
{
	size_t used;
	struct ippdata *m = ippdata_decode(b.bytes, b.len, &used);

	assert_int_equal(used, m ? b.len : 0);
	return m;
}

/* A request that has something of all that we read. */
static void fill(void)
{
	const uint8_t fine[] = { 0, 0, 0, 204, 0, 0, 0, 196, 3 };

	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	ippbytes_text(&b, IPPBYTES_URI, "printer-uri", "ipp://host/ipp/print");
	ippbytes_text(&b, IPPBYTES_KEYWORD, "requested-attributes",
		      "printer-name");
	ippbytes_text(&b, IPPBYTES_KEYWORD, "", "job-template");
	ippbytes_group(&b, IPPBYTES_JOB);
	ippbytes_number(&b, IPPBYTES_ENUM, "print-quality", 5);
	ippbytes_add(&b, IPPBYTES_RESOLUTION, "printer-resolution", fine,
		     sizeof(fine));
	ippbytes_collection(&b, "destination-uris", "destination-uri",
			    "tel:4711");
	ippbytes_end(&b);
}

static void a_request_is_read(void **state)
{
	struct ippdata *m;
	int x, y;

	(void)state;
	fill();
	m = decode();
	assert_non_null(m);
	assert_int_equal(ippdata_operation(m), IPPDATA_PRINT_JOB);
	assert_int_equal(ippdata_version(m), 20);
	assert_true(ippdata_begins_well(m));
	assert_string_equal(ippdata_text(m, "printer-uri", 0),
			    "ipp://host/ipp/print");
	assert_int_equal(ippdata_count(m, "requested-attributes"), 2);
	assert_string_equal(ippdata_text(m, "requested-attributes", 1),
			    "job-template");
	assert_null(ippdata_text(m, "requested-attributes", 2));
	assert_int_equal(ippdata_number(m, "print-quality", 0), 5);
	assert_true(ippdata_resolution(m, "printer-resolution", &x, &y));
	assert_int_equal(x, 204);
	assert_int_equal(y, 196);
	assert_string_equal(
		ippdata_member(m, "destination-uris", 0, "destination-uri"),
		"tel:4711");
	ippdata_free(m);
}

static void what_is_not_there_or_of_another_kind_is_nothing(void **state)
{
	struct ippdata *m;
	int x, y;

	(void)state;
	fill();
	m = decode();
	assert_int_equal(ippdata_count(m, "to"), 0);
	assert_null(ippdata_text(m, "to", 0));
	assert_null(ippdata_text(m, "print-quality", 0));
	assert_int_equal(ippdata_number(m, "printer-uri", 9), 9);
	assert_int_equal(ippdata_number(m, "to", 9), 9);
	assert_true(ippdata_flag(m, "printer-uri", true));
	assert_false(ippdata_resolution(m, "print-quality", &x, &y));
	assert_null(ippdata_member(m, "printer-uri", 0, "destination-uri"));
	assert_null(
		ippdata_member(m, "destination-uris", 1, "destination-uri"));
	assert_null(ippdata_member(m, "destination-uris", 0, "to"));
	ippdata_free(m);
}

static void a_resolution_is_told_by_the_inch(void **state)
{
	static const struct {
		uint8_t value[9];
		int x, y; /* 0: none */
	} cases[] = {
		{ { 0, 0, 0, 204, 0, 0, 0, 98, 3 }, 204, 98 },
		{ { 0, 0, 0, 80, 0, 0, 0, 77, 4 }, 203, 195 },
		{ { 0xef, 0, 0, 204, 0, 0, 0, 196, 4 }, 0, 0 },
		{ { 0, 0, 0, 204, 0x7f, 0xff, 0xff, 0xff, 4 }, 0, 0 },
		{ { 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1, 3 }, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int x = 0, y = 0;
		struct ippdata *m;

		ippbytes_begin(&b, IPPDATA_PRINT_JOB);
		ippbytes_add(&b, IPPBYTES_RESOLUTION, "printer-resolution",
			     cases[i].value, sizeof(cases[i].value));
		ippbytes_end(&b);
		m = decode();
		assert_int_equal(
			ippdata_resolution(m, "printer-resolution", &x, &y),
			cases[i].x > 0);
		if (cases[i].x > 0) {
			assert_int_equal(x, cases[i].x);
			assert_int_equal(y, cases[i].y);
		}
		ippdata_free(m);
	}
}

static void the_document_begins_where_the_attributes_end(void **state)
{
	struct ippdata *m;
	size_t used, head;

	(void)state;
	fill();
	head = b.len;
	memcpy(b.bytes + b.len, "%PDF-1.4", 8);
	b.len += 8;
	m = ippdata_decode(b.bytes, b.len, &used);
	assert_non_null(m);
	assert_int_equal(used, head);
	ippdata_free(m);
}

static void every_prefix_is_refused(void **state)
{
	size_t whole;

	(void)state;
	fill();
	whole = b.len;
	for (b.len = 0; b.len < whole; b.len++)
		assert_null(decode());
}

/* Whatever is in it: no harm is done. */
static void every_changed_byte_gets_an_answer(void **state)
{
	(void)state;
	fill();
	for (size_t at = 0; at < b.len; at++)
		for (unsigned value = 0; value < 256; value++) {
			const uint8_t before = b.bytes[at];
			size_t used;
			struct ippdata *m;

			b.bytes[at] = (uint8_t)value;
			m = ippdata_decode(b.bytes, b.len, &used);
			if (m) {
				(void)ippdata_begins_well(m);
				(void)ippdata_text(m, "printer-uri", 0);
				(void)ippdata_member(m, "destination-uris", 0,
						     "destination-uri");
			}
			ippdata_free(m);
			b.bytes[at] = before;
		}
}

/* libcups goes into itself for each. */
static void nest(unsigned depth)
{
	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	for (unsigned i = 0; i < depth; i++) {
		ippbytes_text(&b, IPPBYTES_BEGIN, i == 0 ? "media-col" : "",
			      "");
		ippbytes_text(&b, IPPBYTES_MEMBER, "", "m");
	}
	ippbytes_text(&b, IPPBYTES_URI, "", "u");
	for (unsigned i = 0; i < depth; i++)
		ippbytes_text(&b, IPPBYTES_FINISH, "", "");
	ippbytes_end(&b);
}

static void collections_in_collections_have_an_end(void **state)
{
	struct ippdata *m;

	(void)state;
	nest(8);
	m = decode();
	assert_non_null(m);
	ippdata_free(m);
	nest(9);
	assert_null(decode());
	nest(10000);
	assert_null(decode());
}

static void a_request_with_too_many_values_is_refused(void **state)
{
	struct ippdata *m;

	(void)state;
	ippbytes_begin(&b, IPPDATA_PRINT_JOB);
	for (int i = 0; i < 4990; i++)
		ippbytes_text(&b, IPPBYTES_KEYWORD, i == 0 ? "k" : "", "v");
	ippbytes_end(&b);
	m = decode();
	assert_non_null(m);
	assert_int_equal(ippdata_count(m, "k"), 4990);
	ippdata_free(m);
	b.len--;
	for (int i = 0; i < 20; i++)
		ippbytes_text(&b, IPPBYTES_KEYWORD, "", "v");
	ippbytes_end(&b);
	assert_null(decode());
}

static void a_request_without_what_comes_first_begins_badly(void **state)
{
	struct ippdata *m;

	(void)state;
	ippbytes_begin(&b, IPPDATA_GET_PRINTER);
	b.len = 9; /* the head and the group */
	ippbytes_text(&b, IPPBYTES_URI, "printer-uri", "ipp://host/ipp/print");
	ippbytes_end(&b);
	m = decode();
	assert_non_null(m);
	assert_false(ippdata_begins_well(m));
	ippdata_free(m);
	fill();
	memset(b.bytes + 4, 0, 4); /* its number */
	m = decode();
	assert_false(ippdata_begins_well(m));
	ippdata_free(m);
}

/* --- answers --- */

/* What is written, read again. */
static struct ippdata *again(struct ippdata *m)
{
	size_t len, used;
	void *bytes = ippdata_encode(m, &len);
	struct ippdata *read;

	assert_non_null(bytes);
	read = ippdata_decode(bytes, len, &used);
	assert_non_null(read);
	assert_int_equal(used, len);
	free(bytes);
	ippdata_free(m);
	return read;
}

static void an_answer_can_be_read(void **state)
{
	static const int dpi[][2] = { { 300, 300 }, { 204, 98 } };
	static const struct ippdata_paper paper = { "iso_a4_210x297mm", 21000,
						    29700 };
	struct ippdata *in, *out;
	int x, y;

	(void)state;
	fill();
	in = decode();
	out = ippdata_answer(in, IPPDATA_NOT_FOUND, "There is none.");
	ippdata_begin(out, IPPDATA_FOR_PRINTER);
	ippdata_add_number(out, IPPDATA_ENUM, "printer-state", 3);
	ippdata_add_flag(out, "color-supported", true);
	ippdata_add_resolutions(out, "printer-resolution", dpi, 2);
	ippdata_add_papers(out, "media-col-default", &paper, 1, false);
	ippdata_add_text(out, IPPDATA_NAME, "printer-name", "fax");
	out = again(out);
	assert_int_equal(ippdata_operation(out), IPPDATA_NOT_FOUND);
	assert_string_equal(ippdata_text(out, "status-message", 0),
			    "There is none.");
	assert_int_equal(ippdata_number(out, "printer-state", 0), 3);
	assert_true(ippdata_flag(out, "color-supported", false));
	assert_true(ippdata_resolution(out, "printer-resolution", &x, &y));
	assert_int_equal(x, 300);
	assert_int_equal(y, 300);
	assert_int_equal(ippdata_count(out, "printer-resolution"), 2);
	assert_string_equal(
		ippdata_member(out, "media-col-default", 0, "media-size-name"),
		"iso_a4_210x297mm");
	assert_string_equal(ippdata_text(out, "printer-name", 0), "fax");
	ippdata_free(out);
	ippdata_free(in);
}

static void only_what_was_asked_for_is_answered(void **state)
{
	static const char *const sets[] = { "printer-description",
					    "job-template" };
	struct ippdata *in, *out;

	(void)state;
	fill(); /* asks for printer-name, and for the set job-template */
	in = decode();
	out = ippdata_answer(in, IPPDATA_OK, NULL);
	ippdata_begin(out, IPPDATA_FOR_PRINTER);
	for (size_t i = 0; i < 2; i++) {
		ippdata_select(out, in, sets[i], false);
		ippdata_add_text(out, IPPDATA_NAME,
				 i == 0 ? "printer-name" : "media-default",
				 "x");
		ippdata_add_number(
			out, IPPDATA_INTEGER,
			i == 0 ? "pages-per-minute" : "copies-default", 1);
	}
	out = again(out);
	assert_int_equal(ippdata_count(out, "printer-name"), 1);
	assert_int_equal(ippdata_count(out, "pages-per-minute"), 0);
	assert_int_equal(ippdata_count(out, "media-default"), 1);
	assert_int_equal(ippdata_count(out, "copies-default"), 1);
	ippdata_free(out);
	ippdata_free(in);
}

static void what_is_only_named_is_not_meant_by_all(void **state)
{
	struct ippdata *in, *out;

	(void)state;
	ippbytes_begin(&b, IPPDATA_GET_PRINTER);
	ippbytes_text(&b, IPPBYTES_KEYWORD, "requested-attributes", "all");
	ippbytes_end(&b);
	in = decode();
	out = ippdata_answer(in, IPPDATA_OK, NULL);
	ippdata_begin(out, IPPDATA_FOR_PRINTER);
	ippdata_select(out, in, "media-col-database", true);
	ippdata_add_text(out, IPPDATA_KEYWORD, "media-col-database", "x");
	ippdata_select(out, in, "printer-description", false);
	ippdata_add_text(out, IPPDATA_NAME, "printer-name", "x");
	out = again(out);
	assert_int_equal(ippdata_count(out, "media-col-database"), 0);
	assert_int_equal(ippdata_count(out, "printer-name"), 1);
	ippdata_free(out);
	ippdata_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read),
		cmocka_unit_test(
			what_is_not_there_or_of_another_kind_is_nothing),
		cmocka_unit_test(a_resolution_is_told_by_the_inch),
		cmocka_unit_test(the_document_begins_where_the_attributes_end),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(every_changed_byte_gets_an_answer),
		cmocka_unit_test(collections_in_collections_have_an_end),
		cmocka_unit_test(a_request_with_too_many_values_is_refused),
		cmocka_unit_test(
			a_request_without_what_comes_first_begins_badly),
		cmocka_unit_test(an_answer_can_be_read),
		cmocka_unit_test(only_what_was_asked_for_is_answered),
		cmocka_unit_test(what_is_only_named_is_not_meant_by_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
