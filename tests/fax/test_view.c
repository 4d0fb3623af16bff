/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/view.h"

#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

/* A picture as libpng reads it back. */
struct shown {
	uint32_t width;
	uint32_t rows;
	uint8_t *grey; /* to be freed */
	int bits;      /* a point, in the file */
};

static struct shown show(int tiff, uint32_t page, uint32_t width)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	struct why why = { "" };
	struct shown s = { .width = 0 };
	int out = sample_file();
	size_t len;
	uint8_t *bytes;

	if (view_write(tiff, page, width, out, &why) != OK)
		fail_msg("%s", why.text);
	bytes = sample_read(out, &len);
	s.bits = bytes[24]; /* of IHDR */
	assert_true(png_image_begin_read_from_memory(&image, bytes, len));
	image.format = PNG_FORMAT_GRAY;
	s.grey = malloc(PNG_IMAGE_SIZE(image));
	assert_non_null(s.grey);
	assert_true(png_image_finish_read(&image, NULL, s.grey, 0, NULL));
	s.width = image.width;
	s.rows = image.height;
	free(bytes);
	close(out);
	return s;
}

static void expect_refusal(int tiff, uint32_t page, enum err e,
			   const char *sentence)
{
	struct why why = { "" };
	int out = sample_file();

	assert_int_equal(view_write(tiff, page, 0, out, &why), e);
	assert_string_equal(why.text, sentence);
	close(out);
}

/* Each point across; down, each row as often as makes the points square. */
static void the_natural_width_is_point_for_point(void **state)
{
	struct sample_page page = sample_fax(1728, 1000, 204, 196, 3);
	uint8_t row[1728 / 8];
	int tiff = sample_tiff(&page, 1);
	struct shown s = show(tiff, 1, 0);

	(void)state;
	assert_int_equal(s.width, 1728);
	assert_int_equal(s.rows, 1041); /* 1000 * 204 / 196 */
	assert_int_equal(s.bits, 1);
	for (uint32_t y = 0; y < s.rows; y++) {
		sample_row(&page, y * 1000 / 1041, row);
		for (uint32_t x = 0; x < 1728; x++)
			assert_int_equal(s.grey[y * 1728 + x],
					 row[x / 8] >> (7 - x % 8) & 1 ? 0
								       : 255);
	}
	free(s.grey);
	close(tiff);
}

static void a_page_has_its_true_proportions_at_each_resolution(void **state)
{
	static const struct {
		uint32_t width;
		uint32_t rows;
		float x_dpi;
		float y_dpi;
		uint32_t square; /* rows */
	} pages[] = {
		{ 1728, 1146, 204, 98, 2386 },	{ 1728, 2292, 204, 196, 2386 },
		{ 2592, 3508, 300, 300, 3508 }, { 3456, 4572, 408, 391, 4771 },
		{ 1728, 1000, 0, 0, 1000 }, /* does not say */
	};

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		struct sample_page p =
			sample_fax(pages[i].width, pages[i].rows,
				   pages[i].x_dpi, pages[i].y_dpi, 1);
		int tiff = sample_tiff(&p, 1);
		struct shown s = show(tiff, 1, 0);
		uint32_t want = pages[i].square * 200 / pages[i].width;

		assert_int_equal(s.width, pages[i].width);
		assert_in_range(s.rows, pages[i].square - 1,
				pages[i].square + 1);
		free(s.grey);
		s = show(tiff, 1, 200);
		assert_int_equal(s.width, 200);
		assert_in_range(s.rows, want - 1, want + 1);
		free(s.grey);
		close(tiff);
	}
}

static uint64_t darkness(const struct shown *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < (size_t)s->width * s->rows; i++)
		sum += 255u - s->grey[i];
	return sum / ((uint64_t)s->width * s->rows);
}

static void a_smaller_picture_has_the_greys_of_what_it_covers(void **state)
{
	static const uint32_t widths[] = { 16, 50, 199, 200, 864, 1727 };
	struct sample_page page = sample_fax(1728, 1000, 204, 196, 3);
	int tiff = sample_tiff(&page, 1);
	struct shown whole = show(tiff, 1, 0);
	uint64_t want = darkness(&whole);

	(void)state;
	assert_in_range(want, 60, 130);
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
		struct shown s = show(tiff, 1, widths[i]);

		assert_int_equal(s.width, widths[i]);
		assert_int_equal(s.bits, 4);
		assert_in_range(darkness(&s), want - 4, want + 4);
		free(s.grey);
	}
	free(whole.grey);
	close(tiff);
}

static void a_half_as_wide_picture_has_means_of_four_points(void **state)
{
	struct sample_page page = sample_fax(1728, 1728, 300, 300, 9);
	uint8_t rows[2][1728 / 8];
	int tiff = sample_tiff(&page, 1);
	struct shown s = show(tiff, 1, 864);

	(void)state;
	assert_int_equal(s.rows, 864);
	for (uint32_t y = 0; y < 864; y++) {
		sample_row(&page, 2 * y, rows[0]);
		sample_row(&page, 2 * y + 1, rows[1]);
		for (uint32_t x = 0; x < 1728; x += 2) {
			int ink = 0;

			for (uint32_t i = 0; i < 4; i++)
				ink += rows[i / 2][x / 8] >>
					       (7 - (x + i % 2) % 8) &
				       1;
			assert_in_range(s.grey[y * 864 + x / 2],
					255 - ink * 255 / 4 < 9
						? 0
						: 255 - ink * 255 / 4 - 9,
					255 - ink * 255 / 4 + 9);
		}
	}
	free(s.grey);
	close(tiff);
}

static void no_picture_is_larger_than_its_page(void **state)
{
	struct sample_page page = sample_fax(1728, 100, 204, 196, 0);
	int tiff = sample_tiff(&page, 1);
	struct shown s = show(tiff, 1, 4864);

	(void)state;
	assert_int_equal(s.width, 1728);
	assert_int_equal(s.bits, 1);
	free(s.grey);
	close(tiff);
}

static void each_page_can_be_shown(void **state)
{
	struct sample_page pages[3] = { sample_fax(1728, 100, 300, 300, 1),
					sample_fax(2048, 200, 300, 300, 2),
					sample_fax(2432, 300, 300, 300, 3) };
	int tiff = sample_tiff(pages, 3);

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct shown s = show(tiff, i + 1, 0);

		assert_int_equal(s.width, pages[i].width);
		assert_int_equal(s.rows, pages[i].rows);
		free(s.grey);
	}
	expect_refusal(tiff, 4, ERR_MISSING, "has no page 4");
	close(tiff);
}

static void other_forms_of_black_and_white_look_the_same(void **state)
{
	struct sample_page page = sample_fax(1728, 300, 300, 300, 5);
	struct sample_page other = page;
	int one = sample_tiff(&page, 1);
	struct shown a = show(one, 1, 0);
	struct shown b;
	int two;

	(void)state;
	other.photometric = PHOTOMETRIC_MINISBLACK;
	other.fill_order = FILLORDER_MSB2LSB;
	other.scheme = COMPRESSION_LZW;
	other.strip_rows = 7;
	two = sample_tiff(&other, 1);
	b = show(two, 1, 0);
	assert_int_equal(a.rows, b.rows);
	assert_memory_equal(a.grey, b.grey, a.width * a.rows);
	free(a.grey);
	free(b.grey);
	close(one);
	close(two);
}

static void what_is_cut_off_is_white(void **state)
{
	struct sample_page page = sample_fax(1728, 1000, 300, 300, 5);
	int tiff;
	struct shown s;

	(void)state;
	page.scheme = COMPRESSION_NONE;
	page.strip_rows = 500;
	tiff = sample_tiff(&page, 1);
	s = show(tiff, 1, 100);
	free(s.grey);
	close(tiff);
	tiff = sample_bytes("II*\0rubbish", 11);
	expect_refusal(tiff, 1, ERR_BAD,
		       "is damaged: it begins like a TIFF file but cannot be "
		       "read as one; scan or export it again");
	close(tiff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_natural_width_is_point_for_point),
		cmocka_unit_test(
			a_page_has_its_true_proportions_at_each_resolution),
		cmocka_unit_test(
			a_smaller_picture_has_the_greys_of_what_it_covers),
		cmocka_unit_test(
			a_half_as_wide_picture_has_means_of_four_points),
		cmocka_unit_test(no_picture_is_larger_than_its_page),
		cmocka_unit_test(each_page_can_be_shown),
		cmocka_unit_test(other_forms_of_black_and_white_look_the_same),
		cmocka_unit_test(what_is_cut_off_is_white),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
