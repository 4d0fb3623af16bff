/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void every_scan_line_has_the_points_that_T30_names(void **state)
{
	static const uint32_t widths[PAPER_RESOLUTIONS][PAPER_SIZES] = {
		{ 1728, 2048, 2432 },
		{ 1728, 2048, 2432 },
		{ 2592, 3072, 3648 },
		{ 3456, 4096, 4864 },
	};

	(void)state;
	for (unsigned r = 0; r < PAPER_RESOLUTIONS; r++)
		for (unsigned s = 0; s < PAPER_SIZES; s++) {
			struct paper_format f = { (enum paper_resolution)r,
						  (enum paper_size)s };
			struct paper_format found;

			assert_int_equal(paper_width(f), widths[r][s]);
			assert_true(paper_find_format(widths[r][s],
						      f.resolution, &found));
			assert_int_equal(found.resolution, r);
			assert_int_equal(found.size, s);
			assert_false(paper_find_format(widths[r][s] + 1,
						       f.resolution, &found));
		}
}

static void a_resolution_has_a_name(void **state)
{
	enum paper_resolution r;

	(void)state;
	for (unsigned i = 0; i < PAPER_RESOLUTIONS; i++) {
		enum paper_resolution want = (enum paper_resolution)i;

		assert_true(paper_resolution_parse(paper_resolution_name(want),
						   &r));
		assert_int_equal(r, want);
	}
	assert_false(paper_resolution_parse("", &r));
	assert_false(paper_resolution_parse("superfine", &r));
}

static void tags_mean_the_resolution_next_to_them(void **state)
{
	static const struct {
		double x;
		double y;
		int want; /* -1: none */
	} cases[] = {
		{ 204, 98, PAPER_STANDARD },
		{ 200, 100, PAPER_STANDARD },
		{ 204, 196, PAPER_FINE },
		{ 200, 200, PAPER_FINE },
		{ 300, 300, PAPER_300 },
		{ 400, 400, PAPER_400 },
		{ 408, 391, PAPER_400 },
		{ 204, 391, -1 },
		{ 600, 600, -1 },
		{ 0, 0, -1 },
		{ 198, 196, -1 },
		{ 210, 196, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum paper_resolution r = PAPER_RESOLUTIONS;
		bool found = paper_find_resolution(cases[i].x, cases[i].y, &r);

		assert_int_equal(found, cases[i].want >= 0);
		if (found)
			assert_int_equal(r, cases[i].want);
	}
}

static void a_sheet_gets_the_narrowest_paper_that_holds_it(void **state)
{
	(void)state;
	assert_int_equal(paper_size_for(1), PAPER_A4);
	assert_int_equal(paper_size_for(PAPER_A4_WIDTH_UM), PAPER_A4);
	assert_int_equal(paper_size_for(215900), PAPER_A4); /* Letter */
	assert_int_equal(paper_size_for(257000), PAPER_B4);
	assert_int_equal(paper_size_for(297000), PAPER_A3);
	assert_int_equal(paper_size_for(841000), PAPER_A3); /* A0 */
}

static void a_sheet_keeps_its_size_or_shrinks_to_fit(void **state)
{
	struct paper_format fine = { PAPER_FINE, PAPER_A4 };
	struct paper_area a = paper_fit(fine, 210000, 297000);

	(void)state;
	assert_int_equal(a.width, 1687); /* 210 mm at 204 dpi */
	assert_int_equal(a.rows, 2292);	 /* 297 mm at 196 dpi */
	a = paper_fit(fine, 215900, 279400);
	assert_int_equal(a.width, 1728);
	assert_int_equal(a.rows, 2149); /* 279.4 mm, 0.35 % smaller */
	a = paper_fit(fine, 105000, 148000);
	assert_int_equal(a.width, 843);
	assert_int_equal(a.rows, 1142);
	a = paper_fit(fine, 841000, 1189000);
	assert_int_equal(a.width, 1728);
	assert_int_equal(a.rows, 2347);
	a = paper_fit(fine, 80000, 4000000);
	assert_int_equal(a.rows, 4630); /* 600 mm */
	assert_int_equal(a.width, 96);
	a = paper_fit(fine, 1, UINT32_MAX);
	assert_int_equal(a.width, 1);
	a = paper_fit(fine, UINT32_MAX, 1);
	assert_int_equal(a.width, 1728);
	assert_int_equal(a.rows, 1);
}

static void a_picture_without_a_size_fills_a4_but_stays_sharp(void **state)
{
	uint32_t w;
	uint32_t h;

	(void)state;
	paper_guess_size(1728, 2000, &w, &h); /* as wide as the line */
	assert_int_equal(w / 100, 2151);
	paper_guess_size(1000, 4000, &w, &h); /* as long as the sheet */
	assert_int_equal(h, 297000);
	paper_guess_size(4000, 1000, &w, &h); /* the same, lying */
	assert_int_equal(w, 297000);
	paper_guess_size(72, 72, &w, &h); /* an inch, no more */
	assert_int_equal(w, 25400);
	paper_guess_size(1, 1, &w, &h);
	assert_true(w > 0 && h > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scan_line_has_the_points_that_T30_names),
		cmocka_unit_test(a_resolution_has_a_name),
		cmocka_unit_test(tags_mean_the_resolution_next_to_them),
		cmocka_unit_test(
			a_sheet_gets_the_narrowest_paper_that_holds_it),
		cmocka_unit_test(a_sheet_keeps_its_size_or_shrinks_to_fit),
		cmocka_unit_test(
			a_picture_without_a_size_fills_a4_but_stays_sharp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
