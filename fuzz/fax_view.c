/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fax/view: whatever is read as TIFF, there comes a PNG that libpng reads
 * again, no wider than was asked for, or a sentence.
 */
#include <assert.h>
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fax/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_result(int fd, uint32_t width)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	FILE *f = fdopen(fd, "rb");

	assert(f);
	rewind(f);
	assert(png_image_begin_read_from_stdio(&image, f));
	assert(image.width > 0 && image.height > 0);
	assert(width == 0 || image.width <= width);
	png_image_free(&image);
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct why why = { "" };
	int in = memfd_create("in", 0);
	int out = memfd_create("out", 0);
	uint32_t width = len > 0 ? data[len - 1] : 0;
	enum err e;

	assert(in >= 0 && out >= 0);
	assert(write(in, data, len) == (ssize_t)len);
	e = view_write(in, 1 + (uint32_t)(len % 3), width, out, &why);
	assert(e != ERR_IO || why.text[0] == '\0');
	if (e == OK)
		check_result(out, width);
	else
		close(out);
	close(in);
	return 0;
}
