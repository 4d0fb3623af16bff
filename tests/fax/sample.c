/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

struct sample_page sample_fax(uint32_t width, uint32_t rows, float x_dpi,
			      float y_dpi, uint32_t seed)
{
	return (struct sample_page){ .width = width,
				     .rows = rows,
				     .x_dpi = x_dpi,
				     .y_dpi = y_dpi,
				     .scheme = COMPRESSION_CCITTFAX4,
				     .photometric = PHOTOMETRIC_MINISWHITE,
				     .fill_order = FILLORDER_LSB2MSB,
				     .strip_rows = rows,
				     .seed = seed };
}

int sample_file(void)
{
	int fd = memfd_create("sample", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

int sample_bytes(const void *bytes, size_t len)
{
	int fd = sample_file();

	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

uint8_t *sample_read(int fd, size_t *len)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc((size_t)size + 1);

	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
	*len = (size_t)size;
	return bytes;
}

/* Bars of changing width and rows of dots: enough for any shift to show. */
void sample_row(const struct sample_page *p, uint32_t y, uint8_t *bits)
{
	uint32_t bar = 3 + (y / 16 * 7 + p->seed * 5) % 29;

	memset(bits, 0, (p->width + 7) / 8);
	for (uint32_t x = 0; x < p->width; x++) {
		uint32_t i = x + y / 8 + p->seed;
		bool black = y % 16 < 10 ? i / bar % 2 == 1 : i % 37 == y % 5;

		if (black || x == 0 || x == p->width - 1)
			bits[x / 8] |= (uint8_t)(0x80 >> x % 8);
	}
}

int sample_run(const char *const argv[], int out)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(out >= 0 ? out : null, 1);
		if (out >= 0)
			dup2(null, 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void sample_path(int fd, char *path, size_t size)
{
	snprintf(path, size, "/proc/%d/fd/%d", (int)getpid(), fd);
}

static void write_page(TIFF *t, const struct sample_page *p)
{
	uint8_t *row = malloc(p->width / 8 + 1);

	assert_non_null(row);
	TIFFSetField(t, TIFFTAG_IMAGEWIDTH, p->width);
	TIFFSetField(t, TIFFTAG_IMAGELENGTH, p->rows);
	TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 1);
	TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
	TIFFSetField(t, TIFFTAG_COMPRESSION, p->scheme);
	TIFFSetField(t, TIFFTAG_PHOTOMETRIC, p->photometric);
	TIFFSetField(t, TIFFTAG_FILLORDER, p->fill_order);
	TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, p->strip_rows);
	if (p->x_dpi > 0) {
		TIFFSetField(t, TIFFTAG_XRESOLUTION, (double)p->x_dpi);
		TIFFSetField(t, TIFFTAG_YRESOLUTION, (double)p->y_dpi);
		TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
	}
	for (uint32_t y = 0; y < p->rows; y++) {
		sample_row(p, y, row);
		if (p->photometric == PHOTOMETRIC_MINISBLACK)
			for (uint32_t i = 0; i < (p->width + 7) / 8; i++)
				row[i] = (uint8_t)~row[i];
		assert_int_equal(TIFFWriteScanline(t, row, y, 0), 1);
	}
	assert_int_equal(TIFFWriteDirectory(t), 1);
	free(row);
}

int sample_tiff(const struct sample_page *pages, size_t n)
{
	int fd = sample_file();
	TIFF *t = TIFFFdOpen(dup(fd), "", "w");

	assert_non_null(t);
	for (size_t i = 0; i < n; i++)
		write_page(t, &pages[i]);
	TIFFClose(t);
	return fd;
}

static TIFF *open_page(int fd, unsigned index)
{
	TIFF *t;

	lseek(fd, 0, SEEK_SET);
	t = TIFFFdOpen(dup(fd), "", "rm");

	assert_non_null(t);
	assert_int_equal(TIFFSetDirectory(t, (tdir_t)index), 1);
	return t;
}

static int point(const uint8_t *bits, uint32_t x)
{
	return bits[x / 8] >> (7 - x % 8) & 1;
}

void sample_expect(int fd, unsigned index, const struct sample_page *want,
		   uint32_t left, uint32_t below)
{
	TIFF *t = open_page(fd, index);
	uint32_t width = 0;
	uint32_t rows = 0;
	uint8_t *is = malloc((size_t)TIFFScanlineSize(t));
	uint8_t *must = calloc(want->width / 8 + 1, 1);
	uint64_t wrong = 0;

	assert_non_null(is);
	assert_non_null(must);
	TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(t, TIFFTAG_IMAGELENGTH, &rows);
	assert_int_equal(rows, want->rows + below);
	for (uint32_t y = 0; y < rows; y++) {
		assert_int_equal(TIFFReadScanline(t, is, y, 0), 1);
		if (y < want->rows)
			sample_row(want, y, must);
		for (uint32_t x = 0; x < width; x++) {
			int inside = y < want->rows && x >= left &&
				     x - left < want->width;

			wrong += point(is, x) !=
				 (inside ? point(must, x - left) : 0);
		}
	}
	assert_int_equal(wrong, 0);
	free(is);
	free(must);
	TIFFClose(t);
}

void sample_size(int fd, unsigned index, uint32_t *width, uint32_t *rows)
{
	TIFF *t = open_page(fd, index);

	assert_int_equal(TIFFGetField(t, TIFFTAG_IMAGEWIDTH, width), 1);
	assert_int_equal(TIFFGetField(t, TIFFTAG_IMAGELENGTH, rows), 1);
	TIFFClose(t);
}

unsigned sample_pages(int fd)
{
	TIFF *t = open_page(fd, 0);
	unsigned n;

	n = TIFFNumberOfDirectories(t);
	TIFFClose(t);
	return n;
}

static void expect_tag(TIFF *t, uint32_t tag, unsigned value)
{
	uint16_t is = 0;

	assert_int_equal(TIFFGetFieldDefaulted(t, tag, &is), 1);
	assert_int_equal(is, value);
}

void sample_expect_form(int fd, uint32_t width, uint32_t x_dpi, uint32_t y_dpi)
{
	TIFF *t = open_page(fd, 0);
	unsigned page = 0;

	do {
		uint32_t is = 0;
		uint16_t number = 0;
		uint16_t total = 0;
		float dpi = 0;

		TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &is);
		assert_int_equal(is, width);
		expect_tag(t, TIFFTAG_BITSPERSAMPLE, 1);
		expect_tag(t, TIFFTAG_SAMPLESPERPIXEL, 1);
		expect_tag(t, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
		expect_tag(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
		expect_tag(t, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
		expect_tag(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
		TIFFGetField(t, TIFFTAG_XRESOLUTION, &dpi);
		assert_int_equal((int)dpi, x_dpi);
		TIFFGetField(t, TIFFTAG_YRESOLUTION, &dpi);
		assert_int_equal((int)dpi, y_dpi);
		assert_int_equal(TIFFNumberOfStrips(t), 1);
		assert_int_equal(
			TIFFGetField(t, TIFFTAG_PAGENUMBER, &number, &total),
			1);
		assert_int_equal(number, page++);
	} while (TIFFReadDirectory(t));
	TIFFClose(t);
}

uint64_t sample_black(int fd, unsigned index)
{
	TIFF *t = open_page(fd, index);
	size_t size = (size_t)TIFFScanlineSize(t);
	uint8_t *row = malloc(size);
	uint32_t rows = 0;
	uint64_t black = 0;

	assert_non_null(row);
	TIFFGetField(t, TIFFTAG_IMAGELENGTH, &rows);
	for (uint32_t y = 0; y < rows; y++) {
		assert_int_equal(TIFFReadScanline(t, row, y, 0), 1);
		for (size_t i = 0; i < size; i++)
			black += (unsigned)__builtin_popcount(row[i]);
	}
	free(row);
	TIFFClose(t);
	return black;
}
