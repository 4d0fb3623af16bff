/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fax/pwg: whatever is read as PWG raster, there come pages of the size that
 * they say, or a sentence; and as many when their points are not kept.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fax/pwg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum err read_all(int fd, bool decode, uint32_t *pages)
{
	struct why why = { "" };
	struct pwg p;
	struct picture page;
	enum err e = pwg_open(&p, fd, &why);

	*pages = 0;
	if (e != OK)
		return e;
	while (*pages < 8 && pwg_next(&p, &page, decode, &e, &why)) {
		++*pages;
		assert((page.grey != NULL) == decode);
		assert(page.width > 0 && page.width_um > 0);
		picture_fini(&page);
	}
	assert(e == OK || e == ERR_MEMORY || why.text[0]);
	pwg_close(&p);
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fd = memfd_create("in", 0);
	uint32_t kept, passed;
	enum err e;

	assert(fd >= 0);
	assert(write(fd, data, len) == (ssize_t)len);
	e = read_all(fd, true, &kept);
	if (e != ERR_MEMORY) {
		assert(read_all(fd, false, &passed) == e);
		assert(kept == passed);
	}
	close(fd);
	return 0;
}
