/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/pwg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fax/document.h"
#include "sample.h"

enum { HEADER = 1796, STREAM_MAX = 8192 };

static struct {
	uint8_t bytes[STREAM_MAX];
	size_t len;
} stream;

static void put(const void *bytes, size_t n)
{
	assert_true(stream.len + n <= STREAM_MAX);
	memcpy(stream.bytes + stream.len, bytes, n);
	stream.len += n;
}

static void put_at(size_t at, uint32_t value)
{
	uint8_t *b = stream.bytes + at;

	b[0] = (uint8_t)(value >> 24);
	b[1] = (uint8_t)(value >> 16);
	b[2] = (uint8_t)(value >> 8);
	b[3] = (uint8_t)value;
}

struct form {
	uint32_t width, height, bits, space;
};

/* A header, 300 dpi; returns where it stands. */
static size_t put_page(struct form f)
{
	static const uint8_t zeros[HEADER];
	const size_t at = stream.len;

	put(zeros, sizeof zeros);
	memcpy(stream.bytes + at, "PwgRaster", 9);
	put_at(at + 276, 300);
	put_at(at + 280, 300);
	put_at(at + 372, f.width);
	put_at(at + 376, f.height);
	put_at(at + 388, f.bits);
	put_at(at + 392, (f.width * f.bits + 7) / 8);
	put_at(at + 400, f.space);
	return at;
}

static void begin(void)
{
	stream.len = 0;
	put(PWG_SYNC, 4);
}

static enum err read_first(struct picture *page, bool decode, struct why *why)
{
	int fd = sample_bytes(stream.bytes, stream.len);
	struct pwg p;
	enum err e = pwg_open(&p, fd, why);

	page->grey = NULL;
	if (e == OK) {
		bool there = pwg_next(&p, page, decode, &e, why);

		assert_true(there == (e == OK));
		pwg_close(&p);
	}
	close(fd);
	return e;
}

static void each_colour_space_becomes_grey(void **state)
{
	static const struct {
		struct form form;
		const char *rows;
		size_t len;
		uint8_t want[4];
	} cases[] = {
		/* sgray: a run of two; two as they are */
		{ { 4, 1, 8, 18 },
		  "\0\x01\x40\xff\x01\x02",
		  6,
		  { 64, 64, 1, 2 } },
		/* black, one bit: 1010, then white up to the end */
		{ { 4, 1, 1, 3 }, "\0\0\xa0", 3, { 0, 255, 0, 255 } },
		{ { 4, 1, 8, 3 }, "\0\x80", 2, { 255, 255, 255, 255 } },
		{ { 4, 1, 8, 18 }, "\0\x80", 2, { 255, 255, 255, 255 } },
		/* srgb: red, green, then a run of blue */
		{ { 4, 1, 24, 19 },
		  "\0\xff\xff\0\0\0\xff\0\x01\0\0\xff",
		  12,
		  { 76, 150, 29, 29 } },
		/* sgray of 16 bits */
		{ { 2, 2, 16, 18 },
		  "\x01\xff\x10\x99\x20\x99",
		  6,
		  { 16, 32, 16, 32 } },
		/* one row, said once for two */
		{ { 2, 2, 8, 18 }, "\x01\x01\x07", 3, { 7, 7, 7, 7 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct picture page;

		begin();
		put_page(cases[i].form);
		put(cases[i].rows, cases[i].len);
		assert_int_equal(read_first(&page, true, NULL), OK);
		assert_int_equal(page.width, cases[i].form.width);
		assert_int_equal(page.height, cases[i].form.height);
		assert_memory_equal(page.grey, cases[i].want, 4);
		picture_fini(&page);
	}
}

static void a_page_is_as_large_as_its_resolution_says(void **state)
{
	struct picture page;
	size_t at;

	(void)state;
	begin();
	at = put_page((struct form){ 204, 1, 1, 3 });
	put_at(at + 276, 204);
	put_at(at + 280, 98);
	put("\0\x80", 2);
	assert_int_equal(read_first(&page, false, NULL), OK);
	assert_null(page.grey);
	assert_int_equal(page.width_um, 25401);
	assert_int_equal(page.height_um, 260);
}

static void every_prefix_is_refused(void **state)
{
	size_t whole;

	(void)state;
	begin();
	put_page((struct form){ 2, 3, 24, 19 });
	put("\x01\xff"
	    "123456\0\x80",
	    10);
	whole = stream.len;
	for (size_t n = 0; n < whole; n++) {
		struct why why = { "" };
		struct picture page;

		stream.len = n;
		assert_int_equal(read_first(&page, true, &why), ERR_BAD);
		assert_true(why.text[0] != '\0');
		assert_null(page.grey);
	}
}

static void a_header_that_lies_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		enum err want;
	} cases[] = {
		{ 0, 0, ERR_BAD },
		{ 276, 0, ERR_BAD },
		{ 276, 49, ERR_BAD },
		{ 280, 4801, ERR_BAD },
		{ 280, ~0u, ERR_BAD },
		{ 372, 0, ERR_BAD },
		{ 376, 0, ERR_BAD },
		{ 372, 65536, ERR_LIMIT },
		{ 376, 65536, ERR_LIMIT },
		{ 372, ~0u, ERR_LIMIT },
		{ 388, 0, ERR_UNSUPPORTED },
		{ 388, 9, ERR_UNSUPPORTED },
		{ 388, 24, ERR_UNSUPPORTED },
		{ 392, 0, ERR_BAD },
		{ 392, 3, ERR_BAD },
		{ 392, ~0u, ERR_BAD },
		{ 396, 1, ERR_UNSUPPORTED },
		{ 400, 6, ERR_UNSUPPORTED },
		{ 400, ~0u, ERR_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct why why = { "" };
		struct picture page;
		size_t at;

		begin();
		at = put_page((struct form){ 2, 1, 8, 18 });
		put_at(at + cases[i].at, cases[i].value);
		put("\0\x01\x00", 3);
		assert_int_equal(read_first(&page, true, &why), cases[i].want);
		assert_true(why.text[0] != '\0');
	}
}

static void rows_that_are_too_long_or_too_many_are_refused(void **state)
{
	static const struct {
		const char *rows;
		size_t len;
	} cases[] = {
		{ "\0\x02\x00", 3 },	     /* a run of three */
		{ "\0\xfe\x01\x02\x03", 5 }, /* three as they are */
		{ "\x01\x01\x00", 3 },	     /* two rows */
		{ "\xff\x01\x00", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct picture page;

		begin();
		put_page((struct form){ 2, 1, 8, 18 });
		put(cases[i].rows, cases[i].len);
		assert_int_equal(read_first(&page, true, NULL), ERR_BAD);
	}
}

static void its_pages_become_those_of_a_document(void **state)
{
	struct paper_format format = { PAPER_FINE, PAPER_A4 };
	struct document_facts facts;
	struct document *d;
	int in, out = sample_bytes("", 0);

	(void)state;
	begin();
	for (int i = 0; i < 2; i++) {
		put_page((struct form){ 2480, 3508, 1, 3 });
		for (int y = 0; y < 3508; y += 256) {
			uint8_t repeat =
				(uint8_t)(3508 - y < 256 ? 3508 - y - 1 : 255);

			put(&repeat, 1);
			put(i == 0 ? "\x7f\xff\x80" : "\x80", i == 0 ? 3 : 1);
		}
	}
	in = sample_bytes(stream.bytes, stream.len);
	assert_int_equal(document_measure(in, &facts, NULL), OK);
	assert_int_equal(facts.pages, 2);
	assert_int_equal(facts.size, PAPER_A4);
	assert_false(facts.is_fax);
	d = document_open(out, format, 0);
	assert_int_equal(document_add(d, in, NULL), OK);
	assert_int_equal(document_pages(d), 2);
	assert_int_equal(document_close(d), OK);
	assert_int_equal(document_measure(out, &facts, NULL), OK);
	assert_true(facts.is_fax);
	assert_int_equal(facts.pages, 2);
	close(in);
	close(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_colour_space_becomes_grey),
		cmocka_unit_test(a_page_is_as_large_as_its_resolution_says),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(a_header_that_lies_is_refused),
		cmocka_unit_test(
			rows_that_are_too_long_or_too_many_are_refused),
		cmocka_unit_test(its_pages_become_those_of_a_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
