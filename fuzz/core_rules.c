/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/rules: whatever a fax says of itself, the name of its file stays in its
 * folder, and a rule that was found good is carried out in its bounds.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The next text, up to a newline. */
static void take(char **at, char *out, size_t size)
{
	size_t n = strcspn(*at, "\n");
	size_t used = n < size ? n : size - 1;

	memcpy(out, *at, used);
	out[used] = '\0';
	*at += n + ((*at)[n] == '\n');
}

static void check_name(const struct rules_rule *r, const struct rules_event *e)
{
	char name[RULES_FILE_MAX + 1];
	size_t n;

	rules_file_name(r->file, e, name);
	n = strlen(name);
	assert(n > 4 && n <= RULES_FILE_MAX);
	assert(!strpbrk(name, "/\\\r\n") && name[0] != '.' && name[0] != '-');
	assert(strcmp(name + n - 4, ".pdf") == 0 ||
	       strcmp(name + n - 4, ".tif") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct rules_rule r;
	char *text = malloc(len + 1), *at = text;
	char title[256], number[65], from[33], out[2 * RULES_TEXT_MAX];
	struct rules_event e = { .when = RULES_RECEIVED,
				 .from = from,
				 .title = title,
				 .number = number,
				 .date = "2026-11-24" };

	assert(text);
	memcpy(text, data, len);
	text[len] = '\0';
	rules_init(&r, RULES_RECEIVED, RULES_FOLDER);
	strcpy(r.name, "r");
	strcpy(r.folder, "/srv");
	take(&at, r.file, sizeof(r.file));
	take(&at, title, sizeof(title));
	take(&at, number, sizeof(number));
	take(&at, from, sizeof(from));
	take(&at, r.from.items[0], sizeof(r.from.items[0]));
	take(&at, r.number.items[0], sizeof(r.number.items[0]));
	r.from.count = *r.from.items[0] != '\0';
	r.number.count = *r.number.items[0] != '\0';
	if (rules_check(&r, NULL)) {
		check_name(&r, &e);
		(void)rules_meets(&r, &e);
	}
	rules_fill(at, &e, out, sizeof(out));
	assert(strlen(out) < sizeof(out));
	free(text);
	return 0;
}
