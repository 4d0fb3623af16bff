/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/tone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 400, HEIGHT = 1500, STROKE = 20 };

static uint8_t *sheet(int grey)
{
	uint8_t *page = malloc((size_t)WIDTH * HEIGHT);

	assert_non_null(page);
	memset(page, grey, (size_t)WIDTH * HEIGHT);
	return page;
}

static void box(uint8_t *page, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
		int grey)
{
	for (uint32_t i = 0; i < h; i++)
		memset(page + (size_t)(y + i) * WIDTH + x, grey, w);
}

/* An O: a ring that is 4 points thick, with its inside. */
static void letter(uint8_t *page, uint32_t x, uint32_t y, int ink, int paper)
{
	box(page, x, y, 16, 24, ink);
	box(page, x + 4, y + 4, 8, 16, paper);
}

static void separate(uint8_t *page)
{
	assert_int_equal(tone_separate(page, WIDTH, HEIGHT, STROKE, STROKE),
			 OK);
}

static void expect_box(const uint8_t *page, uint32_t x, uint32_t y, uint32_t w,
		       uint32_t h, int grey)
{
	for (uint32_t i = 0; i < w * h; i++)
		if (page[(size_t)(y + i / w) * WIDTH + x + i % w] != grey)
			fail_msg("%u, %u is %u, not %d", x + i % w, y + i / w,
				 page[(size_t)(y + i / w) * WIDTH + x + i % w],
				 grey);
}

static void expect_letter(const uint8_t *page, uint32_t x, uint32_t y, int ink,
			  int paper)
{
	expect_box(page, x, y, 16, 4, ink);
	expect_box(page, x, y + 20, 16, 4, ink);
	expect_box(page, x, y, 4, 24, ink);
	expect_box(page, x + 4, y + 4, 8, 16, paper);
}

/* Each in a row of letters that stand close; also where bands meet. */
static void letters_are_black_however_light_they_are(void **state)
{
	static const int inks[] = { 30, 80, 128, 180, 210, 225 };

	(void)state;
	for (size_t i = 0; i < sizeof inks / sizeof inks[0]; i++) {
		uint8_t *page = sheet(255);

		for (uint32_t y = 40; y < HEIGHT - 40; y += 34)
			for (uint32_t x = 40; x < 360; x += 20)
				letter(page, x, y, inks[i], 255);
		separate(page);
		for (uint32_t y = 40; y < HEIGHT - 40; y += 34)
			for (uint32_t x = 40; x < 360; x += 20)
				expect_letter(page, x, y, 0, 255);
		expect_box(page, 0, 0, WIDTH, 40, 255);
		free(page);
	}
}

static void letters_on_something_grey_keep_what_they_stand_on(void **state)
{
	static const struct {
		int ink;
		int paper;
		int becomes;
	} cases[] = { { 0, 200, 0 },	 { 60, 160, 0 },   { 100, 128, 0 },
		      { 255, 128, 255 }, { 220, 60, 255 }, { 160, 128, 255 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t *page = sheet(255);

		box(page, 30, 480, 340, 64, cases[i].paper); /* a seam */
		for (uint32_t x = 40; x < 350; x += 20)
			letter(page, x, 500, cases[i].ink, cases[i].paper);
		separate(page);
		for (uint32_t x = 40; x < 350; x += 20)
			expect_letter(page, x, 500, cases[i].becomes,
				      cases[i].paper);
		expect_box(page, 30, 480, 340, 20, cases[i].paper);
		expect_box(page, 30, 524, 340, 20, cases[i].paper);
		expect_box(page, 0, 0, WIDTH, 480, 255);
		free(page);
	}
}

static void areas_keep_their_grey_to_the_edge(void **state)
{
	uint8_t *page = sheet(255);

	(void)state;
	box(page, 50, 300, 100, 900, 128);
	box(page, 150, 300, 100, 900, 60);
	separate(page);
	/* But for the points where three levels meet. */
	expect_box(page, 50, 301, 100, 898, 128);
	expect_box(page, 150, 301, 100, 898, 60);
	free(page);
}

static void soft_edges_become_sharp(void **state)
{
	uint8_t *page = sheet(255);

	(void)state;
	box(page, 100, 100, 100, 100, 0);
	box(page, 99, 100, 1, 100, 128);  /* half covered: ink */
	box(page, 200, 100, 1, 100, 220); /* hardly covered: paper */
	separate(page);
	expect_box(page, 99, 101, 1, 98, 0);
	expect_box(page, 200, 101, 1, 98, 255);
	free(page);
}

static void a_photograph_is_left_alone(void **state)
{
	uint8_t *page = sheet(255);
	uint8_t *copy = malloc((size_t)WIDTH * HEIGHT);
	uint32_t random = 1;

	(void)state;
	assert_non_null(copy);
	/* Waves, with noise, and dark and light details. */
	for (uint32_t y = 200; y < 1300; y++)
		for (uint32_t x = 50; x < 350; x++) {
			int v = 60 + (int)((x + y / 2) % 120);

			random = random * 1103515245 + 12345;
			v += (int)(random >> 16) % 9;
			if (x % 40 == 7 || y % 50 == 3)
				v -= 40;
			page[y * WIDTH + x] = (uint8_t)v;
		}
	memcpy(copy, page, (size_t)WIDTH * HEIGHT);
	separate(page);
	/* But for its border, which is no cell of its own. */
	for (uint32_t y = 232; y < 1268; y++)
		assert_memory_equal(page + y * WIDTH + 82,
				    copy + y * WIDTH + 82, 236);
	free(copy);
	free(page);
}

static void any_size_can_be_judged(void **state)
{
	static const uint32_t sides[] = { 1,  2,  15, 16,  17,	40,
					  41, 42, 97, 512, 513, 705 };
	enum { SIDES = sizeof sides / sizeof sides[0] };

	(void)state;
	for (unsigned i = 0; i < SIDES * SIDES; i++) {
		uint32_t w = sides[i % SIDES], h = sides[i / SIDES];
		uint8_t *page = malloc((size_t)w * h);

		assert_non_null(page);
		for (uint32_t j = 0; j < w * h; j++)
			page[j] = (uint8_t)(j * j % 251);
		assert_int_equal(tone_separate(page, w, h, 1000, 1000), OK);
		assert_int_equal(tone_separate(page, w, h, 0, 0), OK);
		free(page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_are_black_however_light_they_are),
		cmocka_unit_test(
			letters_on_something_grey_keep_what_they_stand_on),
		cmocka_unit_test(areas_keep_their_grey_to_the_edge),
		cmocka_unit_test(soft_edges_become_sharp),
		cmocka_unit_test(a_photograph_is_left_alone),
		cmocka_unit_test(any_size_can_be_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
