/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/pdf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "fax/paper.h"
#include "sample.h"

static int write_pdf(const struct sample_page *pages, size_t n)
{
	int in = sample_tiff(pages, n);
	int out = sample_file();
	struct why why = { "" };

	if (pdf_write(in, out, &why) != OK)
		fail_msg("%s", why.text);
	close(in);
	return out;
}

/* Holds a rendering in PBM, many pages in a row, against the pages. */
static void expect_rendering(int pbm, const struct sample_page *pages, size_t n)
{
	size_t len;
	uint8_t *bytes = sample_read(pbm, &len);
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t row = (pages[i].width + 7) / 8;
		uint8_t *want = malloc(row);
		unsigned width = 0;
		unsigned rows = 0;
		int header = 0;

		assert_non_null(want);
		bytes[len] = 0;
		assert_int_equal(strncmp((char *)bytes + at, "P4\n", 3), 0);
		at += 3;
		if (bytes[at] == '#') /* who wrote it */
			at += strcspn((char *)bytes + at, "\n") + 1;
		assert_int_equal(sscanf((char *)bytes + at, "%u %u%n", &width,
					&rows, &header),
				 2);
		at += (size_t)header + 1;
		assert_int_equal(width, pages[i].width);
		assert_int_equal(rows, pages[i].rows);
		assert_true(at + row * rows <= len);
		for (uint32_t y = 0; y < rows; y++, at += row) {
			sample_row(&pages[i], y, want);
			assert_memory_equal(bytes + at, want, row);
		}
		free(want);
	}
	assert_int_equal(at, len);
	free(bytes);
}

/* Drawn by two programs at its own resolution, the PDF shows each point. */
static void expect_same_points(const struct sample_page *pages, size_t n)
{
	int pdf = write_pdf(pages, n);
	int drawn = sample_file();
	char path[64];
	char both[40];
	char x[16];
	char y[16];
	const char *const gs[] = { "gs",	"-q",
				   "-dSAFER",	"-dBATCH",
				   "-dNOPAUSE", "-sDEVICE=pbmraw",
				   both,	"-sOutputFile=-",
				   path,	NULL };
	const char *const poppler[] = { "pdftoppm", "-mono", "-rx", x,
					"-ry",	    y,	     path,  NULL };

	sample_path(pdf, path, sizeof path);
	snprintf(x, sizeof x, "%g", (double)pages[0].x_dpi);
	snprintf(y, sizeof y, "%g", (double)pages[0].y_dpi);
	snprintf(both, sizeof both, "-r%sx%s", x, y);
	assert_int_equal(sample_run(gs, drawn), 0);
	expect_rendering(drawn, pages, n);
	close(drawn);
	drawn = sample_file();
	assert_int_equal(sample_run(poppler, drawn), 0);
	expect_rendering(drawn, pages, n);
	close(drawn);
	close(pdf);
}

static void every_format_is_drawn_point_for_point(void **state)
{
	(void)state;
	for (unsigned r = 0; r < PAPER_RESOLUTIONS; r++)
		for (unsigned s = 0; s < PAPER_SIZES; s++) {
			struct paper_format f = { (enum paper_resolution)r,
						  (enum paper_size)s };
			struct sample_page pages[2];

			for (unsigned i = 0; i < 2; i++)
				pages[i] = sample_fax(
					paper_width(f), 500 + i * 77,
					(float)paper_x_dpi(f.resolution),
					(float)paper_y_dpi(f.resolution), i);
			expect_same_points(pages, 2);
		}
}

static void strips_bit_order_and_polarity_do_not_matter(void **state)
{
	struct sample_page p = sample_fax(1728, 300, 204, 196, 4);

	(void)state;
	for (unsigned k = 0; k < 8; k++) {
		p.photometric =
			k & 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_MINISWHITE;
		p.fill_order = k & 2 ? FILLORDER_LSB2MSB : FILLORDER_MSB2LSB;
		p.strip_rows = k & 4 ? 64 : 300;
		expect_same_points(&p, 1);
	}
}

static void the_file_is_sound(void **state)
{
	struct sample_page pages[3] = { sample_fax(1728, 300, 204, 98, 1),
					sample_fax(2432, 50, 204, 196, 2),
					sample_fax(4864, 100, 408, 391, 3) };
	int pdf = write_pdf(pages, 3);
	char path[64];
	const char *const qpdf[] = { "qpdf", "--check", path, NULL };
	int code;

	(void)state;
	sample_path(pdf, path, sizeof path);
	code = sample_run(qpdf, -1);
	close(pdf);
	if (code == 127)
		skip();
	assert_int_equal(code, 0);
}

static void pages_have_their_true_size(void **state)
{
	struct sample_page p = sample_fax(1728, 2292, 204, 196, 1);
	int pdf = write_pdf(&p, 1);
	size_t len;
	char *bytes = (char *)sample_read(pdf, &len);

	(void)state;
	/* 8.47 by 11.69 inches */
	assert_non_null(memmem(bytes, len, "[0 0 609.8819 841.9587]", 23));
	free(bytes);
	close(pdf);
}

static void the_same_fax_gives_the_same_bytes(void **state)
{
	struct sample_page p = sample_fax(1728, 300, 204, 196, 1);
	int one = write_pdf(&p, 1);
	int two = write_pdf(&p, 1);
	size_t len1;
	size_t len2;
	uint8_t *bytes1 = sample_read(one, &len1);
	uint8_t *bytes2 = sample_read(two, &len2);

	(void)state;
	assert_int_equal(len1, len2);
	assert_memory_equal(bytes1, bytes2, len1);
	free(bytes1);
	free(bytes2);
	close(one);
	close(two);
}

static enum err refuse(int in, struct why *why)
{
	int out = sample_file();
	enum err e;

	*why = (struct why){ "" };
	e = pdf_write(in, out, why);
	close(in);
	close(out);
	return e;
}

static void what_is_not_t6_is_refused(void **state)
{
	struct sample_page p = sample_fax(1728, 30, 204, 196, 1);
	struct why why;

	(void)state;
	p.scheme = COMPRESSION_CCITTFAX3;
	assert_int_equal(refuse(sample_tiff(&p, 1), &why), ERR_UNSUPPORTED);
	assert_string_equal(why.text,
			    "has a page that is not coded as T.6 in strips");
	p = sample_fax(1728, 30, 0, 0, 1);
	assert_int_equal(refuse(sample_tiff(&p, 1), &why), ERR_BAD);
	assert_string_equal(why.text, "has a page of an impossible size");
	assert_int_equal(refuse(sample_file(), &why), ERR_BAD);
	assert_true(why.text[0] != '\0');
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
		for (unsigned bit = 0; bit < 8; bit += 7) {
			struct why why;
			enum err e;

			bytes[i] ^= (uint8_t)(1 << bit);
			e = refuse(sample_bytes(bytes, len), &why);
			if (e != OK && e != ERR_MEMORY && !why.text[0])
				fail_msg("byte %zu: error %d", i, e);
			bytes[i] ^= (uint8_t)(1 << bit);
		}
	for (size_t n = 0; n < len - 20; n++) {
		struct why why;

		assert_int_not_equal(refuse(sample_bytes(bytes, n), &why), OK);
	}
	free(bytes);
}

static void a_full_disk_is_told(void **state)
{
	struct sample_page p = sample_fax(1728, 300, 204, 196, 1);
	int in = sample_tiff(&p, 1);
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(pdf_write(in, full, NULL), ERR_SPACE);
	close(full);
	close(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_drawn_point_for_point),
		cmocka_unit_test(strips_bit_order_and_polarity_do_not_matter),
		cmocka_unit_test(the_file_is_sound),
		cmocka_unit_test(pages_have_their_true_size),
		cmocka_unit_test(the_same_fax_gives_the_same_bytes),
		cmocka_unit_test(what_is_not_t6_is_refused),
		cmocka_unit_test(every_changed_byte_gets_an_answer),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
