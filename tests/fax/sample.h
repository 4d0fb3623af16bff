/* SPDX-License-Identifier: Apache-2.0 */
/* TIFF files for the tests: painted, written and read back by libtiff. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sample_page {
	uint32_t width;
	uint32_t rows;
	float x_dpi; /* 0: no resolution is written */
	float y_dpi;
	uint16_t scheme;      /* COMPRESSION_... */
	uint16_t photometric; /* PHOTOMETRIC_... */
	uint16_t fill_order;  /* FILLORDER_... */
	uint32_t strip_rows;
	uint32_t seed; /* what is painted */
};

/* A page of fax: T.6, min-is-white, LSB first, one strip. */
struct sample_page sample_fax(uint32_t width, uint32_t rows, float x_dpi,
			      float y_dpi, uint32_t seed);

/* An empty file without a name. */
int sample_file(void);
int sample_bytes(const void *bytes, size_t len);
/* All that is in `fd`; *len its length. To be freed. */
uint8_t *sample_read(int fd, size_t *len);

/* One row of what is painted for `seed`: 1 is black, (width + 7) / 8 bytes. */
void sample_row(const struct sample_page *p, uint32_t y, uint8_t *bits);
/* A bilevel TIFF of `n` such pages. */
int sample_tiff(const struct sample_page *pages, size_t n);

/* Holds page `index` of `fd` against what is painted for `want`, point for
 * point: `left` more white points at the left, white at the right of it and
 * `below` more white rows. */
void sample_expect(int fd, unsigned index, const struct sample_page *want,
		   uint32_t left, uint32_t below);
/* The size of page `index`; its number of pages. */
void sample_size(int fd, unsigned index, uint32_t *width, uint32_t *rows);
unsigned sample_pages(int fd);
/* Holds every page of `fd` against the form of a fax document. */
void sample_expect_form(int fd, uint32_t width, uint32_t x_dpi, uint32_t y_dpi);
/* Runs a program, its output into `out` (-1: dropped); its exit code, 127 when
 * there is no such program. */
int sample_run(const char *const argv[], int out);
/* A path by which such a program may open `fd`. */
void sample_path(int fd, char *path, size_t size);

/* Black points of page `index`. */
uint64_t sample_black(int fd, unsigned index);
