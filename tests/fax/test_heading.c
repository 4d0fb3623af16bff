/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/heading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "fax/document.h"
#include "fax/glyphs.h"
#include "fax/page.h"
#include "sample.h"

static int with_heading(int document, const char *text)
{
	struct why why = { "" };
	int out = sample_file();

	if (heading_write(document, out, text, &why) != OK)
		fail_msg("%s", why.text);
	return out;
}

/* The page below the line is what was painted. */
static void expect_below(int fd, uint32_t number,
			 const struct sample_page *want, uint32_t rows)
{
	uint8_t *row = malloc(want->width / 8);
	struct page p;

	assert_non_null(row);
	assert_int_equal(page_open(&p, fd, number, NULL), OK);
	assert_int_equal(p.width, want->width);
	assert_int_equal(p.rows, rows + want->rows);
	for (uint32_t y = 0; y < rows; y++)
		page_read(&p);
	for (uint32_t y = 0; y < want->rows; y++) {
		page_read(&p);
		sample_row(want, y, row);
		assert_memory_equal(p.bits, row, want->width / 8);
	}
	assert_false(p.damaged);
	page_close(&p);
	free(row);
}

static void
below_the_line_each_page_is_the_same_at_each_resolution(void **state)
{
	(void)state;
	for (unsigned r = 0; r < PAPER_RESOLUTIONS; r++)
		for (unsigned s = 0; s < PAPER_SIZES; s++) {
			struct paper_format f = { (enum paper_resolution)r,
						  (enum paper_size)s };
			float x = (float)paper_x_dpi(f.resolution);
			float y = (float)paper_y_dpi(f.resolution);
			struct sample_page pages[3];
			int in, out;

			for (unsigned i = 0; i < 3; i++)
				pages[i] = sample_fax(paper_width(f), 200 + i,
						      x, y, i);
			in = sample_tiff(pages, 3);
			out = with_heading(in, "ana -> ben");
			sample_expect_form(out, paper_width(f), (uint32_t)x,
					   (uint32_t)y);
			for (unsigned i = 0; i < 3; i++)
				expect_below(out, i + 1, &pages[i],
					     heading_rows(f.resolution));
			close(in);
			close(out);
		}
}

/* Any end of the line's code, in bits, must fit the page's. */
static void the_line_may_be_of_any_length(void **state)
{
	struct sample_page page = sample_fax(1728, 100, 204, 196, 1);
	char text[201] = "";
	int in = sample_tiff(&page, 1);

	(void)state;
	for (unsigned n = 0; n < 200; n++) {
		int out = with_heading(in, text);

		expect_below(out, 1, &page, heading_rows(PAPER_FINE));
		close(out);
		text[n] = (char)('!' + n % 90);
		text[n + 1] = '\0';
	}
	close(in);
}

/* Reads a line at fine resolution letter by letter. */
static void read_line(int fd, uint32_t number, char *line)
{
	uint32_t rows[GLYPHS_ROWS][173] = { { 0 } };
	struct page p;

	assert_int_equal(page_open(&p, fd, number, NULL), OK);
	for (uint32_t y = 0; y < 32; y++) {
		page_read(&p);
		for (uint32_t x = 0; x < p.width; x++) {
			uint32_t black = p.bits[x / 8] >> (7 - x % 8) & 1;

			if (y < 6 || y >= 26)
				assert_int_equal(black, 0);
			else
				rows[y - 6][x / 10] |= black << (9 - x % 10);
		}
	}
	page_close(&p);
	for (unsigned i = 0; i < 172; i++) {
		line[i] = '\a';
		for (int c = GLYPHS_FIRST; c <= GLYPHS_LAST; c++) {
			bool same = true;

			for (unsigned y = 0; y < GLYPHS_ROWS; y++)
				same = same &&
				       rows[y][i] ==
					       glyphs[c - GLYPHS_FIRST][y];
			if (same)
				line[i] = (char)c;
		}
	}
	line[172] = '\0';
}

static void the_line_says_who_when_and_which_page(void **state)
{
	struct sample_page pages[2] = { sample_fax(1728, 90, 204, 196, 1),
					sample_fax(1728, 90, 204, 196, 2) };
	int in = sample_tiff(pages, 2);
	int out = with_heading(in, "Fri 27 Nov 2026 14:05  ana -> M\xc3\xbc.");
	char line[173], want[173];

	(void)state;
	for (unsigned i = 1; i <= 2; i++) {
		snprintf(want, sizeof want, "    %-158sp. %u/2    ",
			 "Fri 27 Nov 2026 14:05  ana -> M?.", i);
		read_line(out, i, line);
		assert_string_equal(line, want);
	}
	close(in);
	close(out);
}

static void a_long_text_leaves_room_for_the_number(void **state)
{
	struct sample_page page = sample_fax(1728, 90, 204, 196, 1);
	int in = sample_tiff(&page, 1);
	char text[301], line[173];
	int out;

	(void)state;
	memset(text, 'x', 300);
	text[300] = '\0';
	out = with_heading(in, text);
	read_line(out, 1, line);
	assert_string_equal(line + 158, "xx  p. 1/1    ");
	close(in);
	close(out);
}

static void what_is_no_document_is_refused(void **state)
{
	struct sample_page page = sample_fax(1728, 90, 204, 196, 1);
	struct why why = { "" };
	int out = sample_file();
	int in;

	(void)state;
	page.scheme = COMPRESSION_CCITTFAX3;
	in = sample_tiff(&page, 1);
	assert_int_equal(heading_write(in, out, "x", &why), ERR_UNSUPPORTED);
	assert_string_equal(why.text, "has a page that is not of the form of "
				      "a document");
	close(in);
	page = sample_fax(1728, 90, 204, 196, 1);
	page.strip_rows = 10;
	in = sample_tiff(&page, 1);
	assert_int_equal(heading_write(in, out, "x", &why), ERR_UNSUPPORTED);
	close(in);
	in = sample_bytes("II*\0rubbish", 11);
	assert_int_equal(heading_write(in, out, "x", &why), ERR_BAD);
	close(in);
	close(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			below_the_line_each_page_is_the_same_at_each_resolution),
		cmocka_unit_test(the_line_may_be_of_any_length),
		cmocka_unit_test(the_line_says_who_when_and_which_page),
		cmocka_unit_test(a_long_text_leaves_room_for_the_number),
		cmocka_unit_test(what_is_no_document_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
