/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "fax/source.h"
#include "sample.h"

#define BYTES(text) (text), sizeof(text) - 1

static enum err read_pnm(const void *bytes, size_t len, struct picture *p,
			 struct why *why)
{
	int fd = sample_bytes(bytes, len);
	enum err e = picture_read_pnm(fd, p, why);

	close(fd);
	return e;
}

static void each_kind_of_pnm_is_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint8_t want[2];
	} cases[] = {
		{ BYTES("P4 2 1\n\x40"), { 255, 0 } },
		{ BYTES("P5\n2 1\n255\n\x07\xf0"), { 7, 240 } },
		{ BYTES("P5 2 1 100 \x32\x64"), { 127, 255 } },
		{ BYTES("P5 2 1 100 \x32\xff"), { 127, 255 } }, /* > max */
		{ BYTES("P5 2 1 65535\n\x80\x00\xff\xff"), { 127, 255 } },
		{ BYTES("P6 2 1 255\n\xff\x00\x00\x00\xff\x00"), { 76, 150 } },
		{ BYTES("P5# one\n#two\n 2\t1\r255\n\x07\xf0"), { 7, 240 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct picture p;

		assert_int_equal(
			read_pnm(cases[i].bytes, cases[i].len, &p, NULL), OK);
		assert_int_equal(p.width, 2);
		assert_int_equal(p.height, 1);
		assert_true(p.width_um > 0 && p.height_um > 0);
		assert_memory_equal(p.grey, cases[i].want, 2);
		picture_fini(&p);
	}
}

static void every_prefix_of_a_pnm_is_refused(void **state)
{
	static const char whole[] = "P6 2 2 255\n123456789abc";

	(void)state;
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		struct why why = { "" };
		struct picture p;

		assert_int_equal(read_pnm(whole, n, &p, &why), ERR_BAD);
		assert_true(why.text[0] != '\0');
		assert_null(p.grey);
	}
}

static void a_pnm_that_lies_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		enum err want;
	} cases[] = {
		{ "P5 0 1 255\n1", ERR_BAD },
		{ "P5 1 0 255\n1", ERR_BAD },
		{ "P5 1 1 0\n1", ERR_BAD },
		{ "P5 1 1 65536\n11", ERR_BAD },
		{ "P5 -1 1 255\n1", ERR_BAD },
		{ "P5 65536 1 255\n1", ERR_LIMIT },
		{ "P5 1 65536 255\n1", ERR_LIMIT },
		{ "P5 10001 10000 255\n1", ERR_LIMIT },
		{ "P5 999999999999 1 255\n1", ERR_BAD },
		{ "P3 1 1 255\n1 1 1", ERR_BAD },
		{ "P7 1 1 255\n1", ERR_BAD },
		{ "Q5 1 1 255\n1", ERR_BAD },
		{ "P5 1 1 255#1", ERR_BAD },
		{ "P5 # no end", ERR_BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct why why = { "" };
		struct picture p;

		assert_int_equal(read_pnm(cases[i].bytes,
					  strlen(cases[i].bytes), &p, &why),
				 cases[i].want);
		assert_true(why.text[0] != '\0');
	}
}

struct colour_tiff {
	uint16_t samples;
	uint16_t photometric;
	uint8_t row[8]; /* of two points */
	uint8_t want[2];
};

static int write_colour(const struct colour_tiff *c)
{
	int fd = sample_file();
	TIFF *t = TIFFFdOpen(dup(fd), "", "w");
	uint8_t row[8];

	assert_non_null(t);
	memcpy(row, c->row, sizeof row);
	TIFFSetField(t, TIFFTAG_IMAGEWIDTH, 2);
	TIFFSetField(t, TIFFTAG_IMAGELENGTH, 1);
	TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 8);
	TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, c->samples);
	TIFFSetField(t, TIFFTAG_PHOTOMETRIC, c->photometric);
	TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
	if (c->samples == 4 && c->photometric == PHOTOMETRIC_RGB)
		TIFFSetField(t, TIFFTAG_EXTRASAMPLES, 1,
			     (uint16_t[]){ EXTRASAMPLE_ASSOCALPHA });
	if (c->photometric == PHOTOMETRIC_PALETTE) {
		static uint16_t map[256] = { 0, 65535 };

		TIFFSetField(t, TIFFTAG_COLORMAP, map, map, map);
	}
	assert_int_equal(TIFFWriteScanline(t, row, 0, 0), 1);
	TIFFClose(t);
	return fd;
}

static void each_kind_of_colour_becomes_grey(void **state)
{
	static const struct colour_tiff cases[] = {
		{ 1, PHOTOMETRIC_MINISBLACK, { 10, 200 }, { 10, 200 } },
		{ 1, PHOTOMETRIC_MINISWHITE, { 10, 200 }, { 245, 55 } },
		{ 1, PHOTOMETRIC_PALETTE, { 0, 1 }, { 0, 255 } },
		{ 3, PHOTOMETRIC_RGB, { 255, 0, 0, 0, 255, 0 }, { 76, 150 } },
		/* half of black on nothing, and nothing: on white paper */
		{ 4, PHOTOMETRIC_RGB, { 0, 0, 0, 128 }, { 127, 255 } },
		{ 4, PHOTOMETRIC_SEPARATED, { 0, 0, 0, 255 }, { 0, 255 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int fd = write_colour(&cases[i]);
		struct picture p;
		struct source s;

		assert_int_equal(source_open(&s, fd, NULL), OK);
		assert_int_equal(picture_read_tiff(s.tiff, &p, NULL), OK);
		assert_memory_equal(p.grey, cases[i].want, 2);
		picture_fini(&p);
		source_close(&s);
		close(fd);
	}
}

static void the_size_on_paper_is_believed_when_it_can_be(void **state)
{
	static const struct {
		float dpi;
		uint32_t want_um; /* of 3000 points; 0: guessed */
	} cases[] = {
		{ 300, 254000 }, { 600, 127000 }, { 0, 0 },
		{ 72, 0 },	 { 100, 0 }, /* wider than A3: a picture */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sample_page page =
			sample_fax(3000, 4000, cases[i].dpi, cases[i].dpi, 1);
		int fd = sample_tiff(&page, 1);
		struct picture p;
		struct source s;

		assert_int_equal(source_open(&s, fd, NULL), OK);
		assert_int_equal(picture_measure_tiff(s.tiff, &p, NULL), OK);
		if (cases[i].want_um)
			assert_in_range(p.width_um, cases[i].want_um,
					cases[i].want_um + 2);
		else
			assert_in_range(p.width_um, 200000, 216000);
		source_close(&s);
		close(fd);
	}
}

static void a_picture_is_turned_as_exif_says(void **state)
{
	/* abc / def, as it should be seen, from each orientation's file. */
	static const char *const files[] = { "abcdef", "cbafed", "fedcba",
					     "defabc", "adbecf", "cfbead",
					     "fcebda", "daebfc" };

	(void)state;
	for (unsigned n = 1; n <= 8; n++) {
		struct picture p = { .grey = (uint8_t *)strdup(files[n - 1]),
				     .width = n < 5 ? 3 : 2,
				     .height = n < 5 ? 2 : 3,
				     .width_um = n < 5 ? 300 : 200,
				     .height_um = n < 5 ? 200 : 300 };

		assert_int_equal(picture_turn(&p, n), OK);
		assert_int_equal(p.width, 3);
		assert_int_equal(p.height, 2);
		assert_int_equal(p.width_um, 300);
		assert_memory_equal(p.grey, "abcdef", 6);
		picture_fini(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_pnm_is_read),
		cmocka_unit_test(every_prefix_of_a_pnm_is_refused),
		cmocka_unit_test(a_pnm_that_lies_is_refused),
		cmocka_unit_test(each_kind_of_colour_becomes_grey),
		cmocka_unit_test(the_size_on_paper_is_believed_when_it_can_be),
		cmocka_unit_test(a_picture_is_turned_as_exif_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
