/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/option: any file is read or refused with a sentence that names it,
 * and no value ever leaves its bounds.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct config {
	bool flag;
	int64_t number;
	const char *text;
	struct option_list list;
};

/* clang-format off */
static const struct option table[] = {
	{ .key = "flag", .kind = OPTION_FLAG,
	  .at = offsetof(struct config, flag), .help = "a flag" },
	{ .key = "number", .kind = OPTION_NUMBER,
	  .at = offsetof(struct config, number), .min = -5, .max = 99,
	  .initial = "7", .help = "a number" },
	{ .key = "text", .kind = OPTION_TEXT,
	  .at = offsetof(struct config, text), .min = 1, .max = 20,
	  .help = "a text" },
	{ .key = "list", .kind = OPTION_LIST,
	  .at = offsetof(struct config, list), .min = 2, .max = 9,
	  .help = "a list" },
	{ 0 },
};
/* clang-format on */

static void check_bounds(const struct config *c)
{
	assert(c->number >= -5 && c->number <= 99);
	assert(!c->text || (strlen(c->text) >= 1 && strlen(c->text) <= 20));
	assert(c->list.count <= OPTION_LIST_MAX);
	for (size_t i = 0; i < c->list.count; i++)
		assert(strlen(c->list.items[i]) >= 2 &&
		       strlen(c->list.items[i]) <= 9);
}

/* inih's line is not instrumented: that nothing is written past its end is
 * told by what was accepted. */
static void check_lines(const uint8_t *data, size_t len)
{
	size_t length = 0;

	for (size_t i = 0; i < len; i++) {
		if (length == 0 && (data[i] == ' ' || data[i] == '\t'))
			continue;
		length = data[i] == '\n' ? 0 : length + 1;
		assert(length <= 197 && data[i] != '\0');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char path[40];
	static int fd = -1;
	struct config config;
	struct option_layer layer = { .table = table, .config = &config };
	struct why why = { "" };
	enum err e;

	if (fd < 0) {
		fd = memfd_create("conf", MFD_CLOEXEC);
		assert(fd >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	assert(ftruncate(fd, 0) == 0);
	assert(pwrite(fd, data, len, 0) == (ssize_t)len);
	option_defaults(table, &config);
	e = option_read_file(&layer, path, &why);
	if (e == OK) {
		assert(why.text[0] == '\0');
		check_lines(data, len);
	} else {
		assert(strncmp(why.text, path, strlen(path)) == 0);
	}
	check_bounds(&config);
	option_forget();
	return 0;
}
