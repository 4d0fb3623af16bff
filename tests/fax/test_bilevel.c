/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/bilevel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The result, one byte a point, 1 is black. To be freed. */
static uint8_t *convert(const struct picture *p, uint32_t width,
			uint32_t height, bool upright)
{
	uint8_t *all = malloc((size_t)width * height);
	uint8_t *bits = malloc((width + 7) / 8);
	struct bilevel b;

	assert_non_null(all);
	assert_non_null(bits);
	assert_int_equal(bilevel_init(&b, p, width, height, upright), OK);
	for (uint32_t y = 0; y < height; y++) {
		bilevel_row(&b, bits);
		for (uint32_t x = 0; x < width; x++)
			all[(size_t)y * width + x] =
				bits[x / 8] >> (7 - x % 8) & 1;
		for (uint32_t x = width; x < (width + 7) / 8 * 8; x++)
			assert_int_equal(bits[x / 8] >> (7 - x % 8) & 1, 0);
	}
	bilevel_fini(&b);
	free(bits);
	return all;
}

static struct picture blank(uint32_t width, uint32_t height, int grey)
{
	struct picture p = { .width = width, .height = height };

	p.grey = malloc((size_t)width * height);
	assert_non_null(p.grey);
	memset(p.grey, grey, (size_t)width * height);
	return p;
}

static unsigned black_points(const uint8_t *all, size_t n)
{
	unsigned black = 0;

	for (size_t i = 0; i < n; i++)
		black += all[i];
	return black;
}

static void a_drawing_at_its_own_size_stays_as_it_is(void **state)
{
	struct picture p = blank(67, 31, 255);
	uint8_t *all;

	(void)state;
	for (size_t i = 0; i < 67 * 31; i++)
		p.grey[i] = i * i % 7 < 3 ? 0 : 255;
	/* It is the same whether that it is plain is known or found out. */
	for (int known = 0; known < 2; known++) {
		p.plain = known == 1;
		all = convert(&p, 67, 31, true);
		for (size_t i = 0; i < 67 * 31; i++)
			assert_int_equal(all[i], p.grey[i] == 0);
		free(all);
	}
	picture_fini(&p);
}

static void a_drawing_twice_as_large_has_each_point_four_times(void **state)
{
	struct picture p = blank(9, 5, 255);
	uint8_t *all;

	(void)state;
	for (size_t i = 0; i < 9 * 5; i++)
		p.grey[i] = i * i % 5 < 2 ? 0 : 255;
	all = convert(&p, 18, 10, true);
	for (uint32_t y = 0; y < 10; y++)
		for (uint32_t x = 0; x < 18; x++)
			assert_int_equal(all[y * 18 + x],
					 p.grey[y / 2 * 9 + x / 2] == 0);
	free(all);
	picture_fini(&p);
}

static void a_lying_picture_is_turned_clockwise(void **state)
{
	struct picture p = blank(5, 3, 255);
	uint8_t *all;

	(void)state;
	p.grey[0] = 0; /* top left: comes to the top right */
	p.grey[1] = 0; /* beside it: comes below it */
	all = convert(&p, 3, 5, false);
	assert_int_equal(black_points(all, 15), 2);
	assert_int_equal(all[0 * 3 + 2], 1);
	assert_int_equal(all[1 * 3 + 2], 1);
	free(all);
	picture_fini(&p);
}

static void a_hair_line_survives_wherever_it_falls(void **state)
{
	(void)state;
	for (uint32_t at = 0; at < 300; at++) {
		struct picture p = blank(300, 300, 255);
		uint8_t *all;

		for (uint32_t y = 0; y < 300; y++)
			p.grey[y * 300 + at] = 0;
		all = convert(&p, 204, 196, true); /* 300 dpi to fine */
		assert_in_range(black_points(all, 204 * 196), 196, 2 * 196);
		free(all);
		picture_fini(&p);
	}
}

static void a_photograph_keeps_its_brightness(void **state)
{
	(void)state;
	for (int grey = 50; grey < 208; grey += 13) {
		struct picture p = blank(100, 100, grey);
		uint8_t *all = convert(&p, 300, 280, true);
		int want = 300 * 280 * (255 - grey) / 255;

		assert_in_range(black_points(all, 300 * 280), want - want / 50,
				want + want / 50);
		free(all);
		picture_fini(&p);
	}
}

static void white_and_black_areas_have_no_specks(void **state)
{
	struct picture p = blank(200, 90, 128);
	uint8_t *all;

	(void)state;
	memset(p.grey, 245, 200 * 30);		 /* paper, nearly */
	memset(p.grey + 200 * 60, 10, 200 * 30); /* ink, nearly */
	all = convert(&p, 200, 90, true);
	assert_int_equal(black_points(all, 200 * 30), 0);
	assert_int_equal(black_points(all + 200 * 60, 200 * 30), 200 * 30);
	free(all);
	picture_fini(&p);
}

static void any_size_can_be_made_of_any_other(void **state)
{
	static const uint32_t sides[] = { 1, 2, 3, 7, 8, 9, 255, 256, 257 };
	enum { SIDES = sizeof sides / sizeof sides[0] };

	(void)state;
	for (unsigned i = 0; i < SIDES * SIDES * SIDES; i++) {
		uint32_t w = sides[i % SIDES];
		uint32_t h = sides[i / SIDES % SIDES];
		uint32_t to = sides[i / SIDES / SIDES];
		struct picture p = blank(w, h, 0);
		uint8_t *all = convert(&p, to, h, i % 2 == 0);

		assert_int_equal(black_points(all, (size_t)to * h), to * h);
		free(all);
		picture_fini(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drawing_at_its_own_size_stays_as_it_is),
		cmocka_unit_test(
			a_drawing_twice_as_large_has_each_point_four_times),
		cmocka_unit_test(a_lying_picture_is_turned_clockwise),
		cmocka_unit_test(a_hair_line_survives_wherever_it_falls),
		cmocka_unit_test(a_photograph_keeps_its_brightness),
		cmocka_unit_test(white_and_black_areas_have_no_specks),
		cmocka_unit_test(any_size_can_be_made_of_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
