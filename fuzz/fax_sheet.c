/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fax/sheet: whatever a form says, what comes out has balanced strings and
 * one showpage a page at most; else there is a sentence.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fax/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Parentheses nest in PostScript's strings, and a backslash takes one away. */
static void check_strings(const char *text, size_t len)
{
	bool inside = false;

	for (size_t i = 0; i < len; i++) {
		if (inside && text[i] == '\\')
			i++;
		else if (text[i] == '(' || text[i] == ')') {
			assert((text[i] == ')') == inside);
			inside = !inside;
		}
	}
	assert(!inside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct why why = { "" };
	int in = memfd_create("in", 0);
	int out = memfd_create("out", 0);
	enum err e;

	assert(in >= 0 && out >= 0);
	assert(write(in, data, len) == (ssize_t)len);
	e = sheet_write(in, -1, out, &why);
	if (e == OK) {
		off_t size = lseek(out, 0, SEEK_END);
		char *text = malloc((size_t)size + 1);

		assert(text && pread(out, text, (size_t)size, 0) == size);
		check_strings(text, (size_t)size);
		free(text);
	} else {
		assert(why.text[0] != '\0');
	}
	close(in);
	close(out);
	return 0;
}
