/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fax/plain: nothing of the text becomes program. What follows the prologue
 * is made of three kinds of line only, within the page.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fax/plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* After the string of "(...) COLUMN ROW s". */
static const char *skip_string(const char *p)
{
	for (; *p != ')'; p++) {
		assert(*p >= ' ' && *p <= '~' && *p != '(');
		if (*p == '\\') {
			p++;
			assert(strchr("()\\", *p));
		}
	}
	return p + 1;
}

static void check_line(const char *line)
{
	unsigned column = 0;
	unsigned row = 0;
	unsigned code;
	unsigned name;
	char end = 0;

	if (strcmp(line, "showpage") == 0)
		return;
	if (line[0] == '(') {
		line = skip_string(line + 1);
		assert(sscanf(line, " %u %u %c", &column, &row, &end) == 3);
		assert(end == 's');
	} else {
		assert(sscanf(line, "/uni%X %u %u %u %c", &name, &code, &column,
			      &row, &end) == 5);
		assert(end == 'u' && name == code && code > 0x7e);
	}
	assert(column < 80 && row < 60);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int in = memfd_create("in", 0);
	int out = memfd_create("out", 0);
	char *line = NULL;
	size_t size = 0;
	int body = 0;
	ssize_t n;
	FILE *f;

	assert(in >= 0 && out >= 0);
	assert(write(in, data, len) == (ssize_t)len);
	if (plain_write(in, out, NULL) == OK) {
		f = fdopen(dup(out), "r");
		assert(f);
		rewind(f);
		while ((n = getline(&line, &size, f)) > 0) {
			line[n - 1] = '\0';
			assert(strlen(line) == (size_t)n - 1);
			if (body)
				check_line(line);
			body = body || strstr(line, "{ box } if } def");
		}
		fclose(f);
	}
	free(line);
	close(in);
	close(out);
	return 0;
}
