/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

static const struct paper_format fine = { PAPER_FINE, PAPER_A4 };

/* Joins `in` (closed afterwards) into a new document. */
static int join(const struct paper_format format, const int *in, size_t n)
{
	int out = sample_file();
	struct document *d = document_open(out, format, 0);
	struct why why = { "" };

	assert_non_null(d);
	for (size_t i = 0; i < n; i++) {
		if (document_add(d, in[i], &why) != OK)
			fail_msg("%s", why.text);
		close(in[i]);
	}
	assert_int_equal(document_close(d), OK);
	return out;
}

/* What adding `in` (closed afterwards) says. */
static enum err refuse(struct paper_format format, int in, struct why *why)
{
	int out = sample_file();
	struct document *d = document_open(out, format, 0);
	enum err e;
	enum err closed;

	assert_non_null(d);
	*why = (struct why){ "" };
	e = document_add(d, in, why);
	closed = document_close(d);
	(void)closed;
	close(out);
	close(in);
	return e;
}

static void a_page_of_each_format_passes_point_for_point(void **state)
{
	(void)state;
	for (unsigned r = 0; r < PAPER_RESOLUTIONS; r++)
		for (unsigned s = 0; s < PAPER_SIZES; s++) {
			struct paper_format f = { (enum paper_resolution)r,
						  (enum paper_size)s };
			struct sample_page pages[2];
			struct document_facts facts;
			int in;
			int out;

			for (unsigned i = 0; i < 2; i++)
				pages[i] = sample_fax(
					paper_width(f), 40 + i * 300,
					(float)paper_x_dpi(f.resolution),
					(float)paper_y_dpi(f.resolution), i);
			in = sample_tiff(pages, 2);
			assert_int_equal(document_measure(in, &facts, NULL),
					 OK);
			assert_int_equal(facts.pages, 2);
			assert_true(facts.is_fax);
			assert_int_equal(facts.format.resolution, r);
			assert_int_equal(facts.format.size, s);
			assert_int_equal(facts.size, s);
			out = join(f, &in, 1);
			sample_expect_form(out, paper_width(f),
					   paper_x_dpi(f.resolution),
					   paper_y_dpi(f.resolution));
			sample_expect(out, 0, &pages[0], 0, 0);
			sample_expect(out, 1, &pages[1], 0, 0);
			close(out);
		}
}

static void every_way_to_store_a_fax_page_gives_the_same_points(void **state)
{
	static const uint16_t schemes[] = {
		COMPRESSION_NONE,      COMPRESSION_CCITTRLE,
		COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,
		COMPRESSION_LZW,       COMPRESSION_PACKBITS
	};
	struct sample_page p = sample_fax(1728, 200, 204, 196, 3);

	(void)state;
	for (unsigned i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		for (unsigned k = 0; k < 4; k++) {
			int in;
			int out;

			p.scheme = schemes[i];
			p.photometric = k & 1 ? PHOTOMETRIC_MINISBLACK
					      : PHOTOMETRIC_MINISWHITE;
			p.fill_order =
				k & 2 ? FILLORDER_LSB2MSB : FILLORDER_MSB2LSB;
			p.strip_rows = 64;
			in = sample_tiff(&p, 1);
			out = join(fine, &in, 1);
			sample_expect(out, 0, &p, 0, 0);
			close(out);
		}
}

static void a_narrower_page_stands_in_the_middle(void **state)
{
	struct paper_format a3 = { PAPER_FINE, PAPER_A3 };
	struct sample_page p = sample_fax(1687, 300, 204, 196, 5);
	int in = sample_tiff(&p, 1);
	int out = join(fine, &in, 1);

	(void)state;
	sample_expect(out, 0, &p, 16, 0); /* (1728 - 1687) / 16 bytes */
	close(out);
	p = sample_fax(1728, 300, 204, 196, 6);
	in = sample_tiff(&p, 1);
	out = join(a3, &in, 1);
	sample_expect_form(out, 2432, 204, 196);
	sample_expect(out, 0, &p, 352, 0);
	close(out);
}

static void a_short_piece_gets_white_below(void **state)
{
	struct sample_page p = sample_fax(600, 20, 204, 196, 5);
	int in = sample_tiff(&p, 1);
	int out = join(fine, &in, 1);

	(void)state;
	sample_expect(out, 0, &p, 560, 57); /* to 77 rows, 10 mm */
	close(out);
}

static void a_coarse_page_is_brought_to_the_resolution(void **state)
{
	struct sample_page p = sample_fax(1728, 400, 204, 98, 5);
	int in = sample_tiff(&p, 1);
	int out = join(fine, &in, 1);
	uint32_t w;
	uint32_t h;

	(void)state;
	sample_expect_form(out, 1728, 204, 196);
	sample_size(out, 0, &w, &h);
	assert_in_range(h, 799, 801);
	close(out);
}

static void pages_of_another_size_keep_their_size_and_turn_upright(void **state)
{
	static const struct {
		uint32_t width;
		uint32_t rows;
		float dpi;
		uint32_t want_rows; /* at 196 dpi */
	} cases[] = {
		{ 2480, 3508, 300, 2292 }, /* A4 */
		{ 3508, 2480, 300, 2292 }, /* A4 lying */
		{ 2550, 3300, 300, 2149 }, /* Letter */
		{ 1240, 1748, 150, 2284 }, /* A4, coarsely: 296 mm */
		{ 874, 1240, 150, 1620 },  /* A5 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sample_page p =
			sample_fax(cases[i].width, cases[i].rows, cases[i].dpi,
				   cases[i].dpi, 9);
		int in = sample_tiff(&p, 1);
		int out = join(fine, &in, 1);
		uint32_t w;
		uint32_t h;

		sample_expect_form(out, 1728, 204, 196);
		sample_size(out, 0, &w, &h);
		assert_in_range(h, cases[i].want_rows - 2,
				cases[i].want_rows + 2);
		assert_true(sample_black(out, 0) > 100000);
		close(out);
	}
}

static void the_largest_page_says_the_paper(void **state)
{
	struct sample_page pages[3] = {
		sample_fax(1728, 100, 204, 196, 1),
		sample_fax(2048, 100, 204, 196, 1),
		sample_fax(3508, 4961, 300, 300, 1), /* A3 */
	};
	struct document_facts facts;
	int in = sample_tiff(pages, 3);

	(void)state;
	assert_int_equal(document_measure(in, &facts, NULL), OK);
	assert_int_equal(facts.pages, 3);
	assert_false(facts.is_fax);
	assert_int_equal(facts.size, PAPER_A3);
	close(in);
	in = sample_tiff(pages, 2);
	assert_int_equal(document_measure(in, &facts, NULL), OK);
	assert_false(facts.is_fax); /* two widths */
	assert_int_equal(facts.size, PAPER_B4);
	close(in);
}

static void files_of_all_kinds_become_one_document(void **state)
{
	static const char map[] = "P4 16 2\n\xff\x00\x00\xff";
	struct sample_page fax = sample_fax(1728, 300, 204, 196, 1);
	struct sample_page scan = sample_fax(2480, 3508, 300, 300, 2);
	int in[3] = { sample_tiff(&fax, 1), sample_tiff(&scan, 1),
		      sample_bytes(map, sizeof map - 1) };
	int out = join(fine, in, 3);

	(void)state;
	assert_int_equal(sample_pages(out), 3);
	sample_expect_form(out, 1728, 204, 196);
	sample_expect(out, 0, &fax, 0, 0);
	close(out);
}

static void a_document_is_gone_on_with_page_by_page(void **state)
{
	struct sample_page p = sample_fax(1728, 100, 204, 196, 0);
	int out = sample_file();

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct document *d = document_open(out, fine, i);
		int in;

		assert_non_null(d);
		p.seed = i;
		in = sample_tiff(&p, 1);
		assert_int_equal(document_add(d, in, NULL), OK);
		assert_int_equal(document_pages(d), i + 1);
		assert_int_equal(document_close(d), OK);
		close(in);
	}
	assert_int_equal(sample_pages(out), 4);
	sample_expect_form(out, 1728, 204, 196);
	for (uint32_t i = 0; i < 4; i++) {
		p.seed = i;
		sample_expect(out, i, &p, 0, 0);
	}
	close(out);
}

static void page_one_thousand_is_refused(void **state)
{
	struct sample_page p = sample_fax(1728, 8, 204, 196, 0);
	struct sample_page *many = calloc(DOCUMENT_PAGES_MAX + 1, sizeof p);
	struct document_facts facts;
	struct why why;
	int in;

	(void)state;
	assert_non_null(many);
	for (unsigned i = 0; i <= DOCUMENT_PAGES_MAX; i++)
		many[i] = p;
	in = sample_tiff(many, DOCUMENT_PAGES_MAX);
	assert_int_equal(document_measure(in, &facts, &why), OK);
	assert_int_equal(facts.pages, DOCUMENT_PAGES_MAX);
	in = join(fine, &in, 1);
	assert_int_equal(sample_pages(in), DOCUMENT_PAGES_MAX);
	close(in);
	in = sample_tiff(many, DOCUMENT_PAGES_MAX + 1);
	assert_int_equal(document_measure(in, &facts, &why), ERR_LIMIT);
	assert_string_equal(why.text, "has more pages than a fax can have "
				      "(999); send it in parts");
	assert_int_equal(refuse(fine, in, &why), ERR_LIMIT);
	assert_string_equal(why.text, "has more pages than a fax can have "
				      "(999); send it in parts");
	free(many);
}

/* The place in `bytes` of the value of a tag of the only directory. */
static size_t find_tag(const uint8_t *bytes, size_t len, unsigned tag)
{
	uint32_t at;
	uint16_t n;

	memcpy(&at, bytes + 4, 4);
	memcpy(&n, bytes + at, 2);
	for (unsigned i = 0; i < n; i++) {
		size_t entry = at + 2 + 12 * i;
		uint16_t is;

		assert_true(entry + 12 <= len);
		memcpy(&is, bytes + entry, 2);
		if (is == tag)
			return entry + 8;
	}
	fail_msg("no tag %u", tag);
	return 0;
}

/* A TIFF file of one page whose `tag` is a lie. */
static int liar(unsigned tag, uint32_t value)
{
	struct sample_page p = sample_fax(1728, 100, 204, 196, 1);
	int fd = sample_tiff(&p, 1);
	size_t len;
	uint8_t *bytes = sample_read(fd, &len);
	size_t at = find_tag(bytes, len, tag);

	/* A long, whatever it was. */
	bytes[at - 6] = TIFF_LONG;
	memcpy(bytes + at, &value, 4);
	close(fd);
	fd = sample_bytes(bytes, len);
	free(bytes);
	return fd;
}

static void a_file_that_lies_about_its_size_is_refused(void **state)
{
	static const struct {
		unsigned tag;
		uint32_t value;
	} lies[] = {
		{ TIFFTAG_IMAGEWIDTH, 0 },
		{ TIFFTAG_IMAGEWIDTH, 70000 },
		{ TIFFTAG_IMAGEWIDTH, UINT32_MAX },
		{ TIFFTAG_IMAGELENGTH, 0 },
		{ TIFFTAG_IMAGELENGTH, 65000 },
		{ TIFFTAG_IMAGELENGTH, UINT32_MAX },
		{ TIFFTAG_STRIPOFFSETS, UINT32_MAX },
		{ TIFFTAG_STRIPOFFSETS, 1000000 },
		{ TIFFTAG_STRIPBYTECOUNTS, UINT32_MAX },
		{ TIFFTAG_STRIPBYTECOUNTS, 1 },
		{ TIFFTAG_ROWSPERSTRIP, 1 },
		{ TIFFTAG_BITSPERSAMPLE, 64 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		struct why why;
		enum err e =
			refuse(fine, liar(lies[i].tag, lies[i].value), &why);

		if (e == OK || why.text[0] == '\0')
			fail_msg("tag %u = %u: error %d, \"%s\"", lies[i].tag,
				 lies[i].value, e, why.text);
	}
}

/* A file of one page that says that the next one is at `next`; 0: at its own
 * place. */
static int chained(uint32_t next)
{
	struct sample_page p = sample_fax(1728, 100, 204, 196, 1);
	int fd = sample_tiff(&p, 1);
	size_t len;
	uint8_t *bytes = sample_read(fd, &len);
	uint32_t at;
	uint16_t n;

	memcpy(&at, bytes + 4, 4);
	memcpy(&n, bytes + at, 2);
	memcpy(bytes + at + 2 + 12 * n, next ? &next : &at, 4);
	close(fd);
	fd = sample_bytes(bytes, len);
	free(bytes);
	return fd;
}

static void a_broken_list_of_pages_is_refused(void **state)
{
	static const uint32_t nexts[] = { 0, 1, 100, 1000000, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof nexts / sizeof nexts[0]; i++) {
		struct document_facts facts;
		struct why why = { "" };
		int fd = chained(nexts[i]);

		assert_int_not_equal(document_measure(fd, &facts, &why), OK);
		assert_non_null(strstr(why.text, "is damaged"));
		assert_int_not_equal(refuse(fine, fd, &why), OK);
		assert_non_null(strstr(why.text, "is damaged"));
	}
}

/* `e` is a plain answer: a sentence for whatever a person must mend. */
static void expect_an_answer(enum err e, const struct why *why,
			     const char *what, size_t i)
{
	if (e == OK || e == ERR_MEMORY || why->text[0] != '\0')
		return;
	fail_msg("%s %zu: error %d without a sentence", what, i, e);
}

static void every_prefix_is_refused_with_a_sentence(void **state)
{
	struct sample_page p = sample_fax(1728, 16, 204, 196, 1);
	int fd = sample_tiff(&p, 1);
	size_t len;
	uint8_t *bytes = sample_read(fd, &len);

	(void)state;
	close(fd);
	for (size_t n = 0; n < len; n++) {
		struct why why;
		enum err e = refuse(fine, sample_bytes(bytes, n), &why);

		/* The last 20 bytes are the resolution and the end of the
		 * list: without them the picture is still whole. */
		if (e == OK && n < len - 20)
			fail_msg("%zu of %zu bytes are enough", n, len);
		expect_an_answer(e, &why, "prefix", n);
	}
	free(bytes);
}

static void every_changed_byte_gets_an_answer(void **state)
{
	struct sample_page p = sample_fax(1728, 16, 204, 196, 1);
	int fd = sample_tiff(&p, 1);
	size_t len;
	uint8_t *bytes = sample_read(fd, &len);

	(void)state;
	close(fd);
	for (size_t i = 0; i < len; i++)
		for (unsigned k = 0; k < 3; k++) {
			static const uint8_t flips[] = { 0x01, 0x80, 0xff };
			struct why why;

			bytes[i] ^= flips[k];
			expect_an_answer(
				refuse(fine, sample_bytes(bytes, len), &why),
				&why, "byte", i);
			bytes[i] ^= flips[k];
		}
	free(bytes);
}

static void pages_are_picked_in_any_order(void **state)
{
	static const uint32_t list[] = { 2, 3, 1, 1, 3 };
	struct paper_format format = { PAPER_FINE, PAPER_A4 };
	struct sample_page pages[3] = { sample_fax(1728, 301, 204, 196, 1),
					sample_fax(1728, 302, 204, 196, 2),
					sample_fax(1728, 303, 204, 196, 3) };
	struct why why = { "" };
	int in = sample_tiff(pages, 3);
	int out = sample_file();
	struct document *d = document_open(out, format, 0);

	(void)state;
	assert_non_null(d);
	assert_int_equal(document_pick(d, in, list, 5, &why), OK);
	assert_int_equal(document_pages(d), 5);
	assert_int_equal(document_close(d), OK);
	for (unsigned i = 0; i < 5; i++)
		sample_expect(out, i, &pages[list[i] - 1], 0, 0);
	close(out);
	out = sample_file();
	d = document_open(out, format, 0);
	assert_int_equal(document_pick(d, in, (const uint32_t[]){ 4 }, 1, &why),
			 ERR_MISSING);
	assert_string_equal(why.text, "has no page 4");
	assert_int_equal(document_close(d), OK);
	close(out);
	close(in);
}

static void pages_come_as_a_stream_point_for_point(void **state)
{
	static const char pages[] = "P5\n16 300\n255\n";
	struct paper_format format = { PAPER_FINE, PAPER_A4 };
	struct why why = { "" };
	uint8_t row[16];
	uint32_t width, rows;
	int out = sample_file();
	int ends[2];
	struct document *d = document_open(out, format, 0);

	(void)state;
	assert_non_null(d);
	assert_int_equal(pipe(ends), 0);
	memset(row, 0, sizeof row);
	for (int page = 0; page < 2; page++) {
		assert_int_equal(write(ends[1], pages, sizeof pages - 1),
				 sizeof pages - 1);
		for (int y = 0; y < 300; y++)
			assert_int_equal(write(ends[1], row, 16), 16);
	}
	close(ends[1]);
	assert_int_equal(document_draw(d, ends[0], &why), OK);
	assert_int_equal(document_pages(d), 2);
	assert_int_equal(document_close(d), OK);
	close(ends[0]);
	sample_size(out, 1, &width, &rows);
	assert_int_equal(width, 1728);
	assert_int_equal(rows, 300);
	assert_int_equal(sample_black(out, 1), 16 * 300);
	close(out);
}

static void a_stream_that_breaks_off_is_refused(void **state)
{
	static const char *const cuts[] = { "P5\n16 300\n255\nxx", "P5\n16 ",
					    "P5\n1729 8\n255\n" };
	struct paper_format format = { PAPER_FINE, PAPER_A4 };

	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct why why = { "" };
		int in = sample_bytes(cuts[i], strlen(cuts[i]));
		int out = sample_file();
		struct document *d = document_open(out, format, 0);

		lseek(in, 0, SEEK_SET);
		assert_int_equal(document_draw(d, in, &why), ERR_BAD);
		assert_string_not_equal(why.text, "");
		assert_int_equal(document_close(d), OK);
		close(in);
		close(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_of_each_format_passes_point_for_point),
		cmocka_unit_test(
			every_way_to_store_a_fax_page_gives_the_same_points),
		cmocka_unit_test(a_narrower_page_stands_in_the_middle),
		cmocka_unit_test(a_short_piece_gets_white_below),
		cmocka_unit_test(a_coarse_page_is_brought_to_the_resolution),
		cmocka_unit_test(
			pages_of_another_size_keep_their_size_and_turn_upright),
		cmocka_unit_test(the_largest_page_says_the_paper),
		cmocka_unit_test(files_of_all_kinds_become_one_document),
		cmocka_unit_test(a_document_is_gone_on_with_page_by_page),
		cmocka_unit_test(page_one_thousand_is_refused),
		cmocka_unit_test(a_file_that_lies_about_its_size_is_refused),
		cmocka_unit_test(a_broken_list_of_pages_is_refused),
		cmocka_unit_test(every_prefix_is_refused_with_a_sentence),
		cmocka_unit_test(every_changed_byte_gets_an_answer),
		cmocka_unit_test(pages_are_picked_in_any_order),
		cmocka_unit_test(pages_come_as_a_stream_point_for_point),
		cmocka_unit_test(a_stream_that_breaks_off_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
