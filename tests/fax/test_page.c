/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

static void rows_come_as_they_were_painted(void **state)
{
	struct sample_page forms[3] = { sample_fax(1728, 40, 204, 196, 1),
					sample_fax(1728, 40, 204, 98, 2),
					sample_fax(1729, 40, 0, 0, 3) };
	static const int stretches[] = { 1041, 2082, 1000 };
	uint8_t want[1729 / 8 + 1];
	int tiff;

	(void)state;
	forms[1].photometric = PHOTOMETRIC_MINISBLACK;
	forms[1].scheme = COMPRESSION_PACKBITS;
	forms[1].strip_rows = 7;
	forms[2].fill_order = FILLORDER_MSB2LSB;
	tiff = sample_tiff(forms, 3);
	for (uint32_t i = 0; i < 3; i++) {
		struct page p;

		assert_int_equal(page_open(&p, tiff, i + 1, NULL), OK);
		assert_int_equal(p.width, forms[i].width);
		assert_int_equal(p.rows, 40);
		assert_in_range(p.stretch * 1000, stretches[i] - 1,
				stretches[i] + 1);
		for (uint32_t y = 0; y < 40; y++) {
			page_read(&p);
			sample_row(&forms[i], y, want);
			assert_memory_equal(p.bits, want, forms[i].width / 8);
		}
		assert_false(p.damaged);
		page_close(&p);
	}
	close(tiff);
}

static void what_is_cut_off_is_white(void **state)
{
	struct sample_page form = sample_fax(1728, 3000, 204, 196, 1);
	static const uint8_t white[1728 / 8];
	size_t len;
	uint8_t *bytes;
	struct page p;
	int tiff, cut;

	(void)state;
	form.scheme = COMPRESSION_NONE;
	form.strip_rows = 1;
	tiff = sample_tiff(&form, 1);
	assert_int_equal(page_open(&p, tiff, 1, NULL), OK);
	/* The file shrinks while it is read. */
	bytes = sample_read(tiff, &len);
	assert_int_equal(ftruncate(tiff, 1000 * 216), 0);
	for (uint32_t y = 0; y < 3000; y++)
		page_read(&p);
	assert_true(p.damaged);
	assert_memory_equal(p.bits, white, sizeof white);
	page_close(&p);
	cut = sample_bytes(bytes, len / 2); /* its directory is gone */
	assert_int_equal(page_open(&p, cut, 1, NULL), ERR_BAD);
	free(bytes);
	close(cut);
	close(tiff);
}

static void what_is_no_page_of_a_fax_is_refused(void **state)
{
	struct sample_page form = sample_fax(1728, 3, 204, 196, 1);
	struct why why = { "" };
	int tiff = sample_tiff(&form, 1);
	struct page p;

	(void)state;
	assert_int_equal(page_open(&p, tiff, 2, &why), ERR_MISSING);
	assert_string_equal(why.text, "has no page 2");
	close(tiff);
	tiff = sample_bytes("", 0);
	assert_int_equal(page_open(&p, tiff, 1, &why), ERR_BAD);
	close(tiff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_as_they_were_painted),
		cmocka_unit_test(what_is_cut_off_is_white),
		cmocka_unit_test(what_is_no_page_of_a_fax_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
