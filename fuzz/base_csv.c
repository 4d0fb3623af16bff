/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/csv: rows end, stay within the text, and a row that is written out
 * again is read as the same row.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TEXT_MAX = 4096, ROOM = 4 * TEXT_MAX };

static void check_row(const struct csv_row *row)
{
	/* A first field without a comma behind it would make the next
	 * semicolon the separator. */
	static char text[ROOM + 8], field[ROOM];
	struct csv_row again;
	struct csv c;
	size_t used = 2;

	memcpy(text, "x,", 2);
	if (row->count == CSV_FIELDS_MAX)
		return;
	for (size_t i = 0; i < row->count; i++) {
		size_t n;

		assert(csv_field(row->fields[i], field, sizeof(field)));
		n = strlen(field);
		assert(used + n + 1 < ROOM);
		memcpy(text + used, field, n);
		used += n;
		text[used++] = i + 1 < row->count ? ',' : '\n';
	}
	csv_init(&c, text, used);
	assert(csv_next(&c, &again, NULL) == OK);
	assert(again.count == row->count + 1);
	for (size_t i = 0; i < row->count; i++)
		assert(strcmp(again.fields[i + 1], row->fields[i]) == 0);
	assert(csv_next(&c, &again, NULL) == ERR_MISSING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct csv_row row;
	struct why why;
	struct csv c;
	size_t rows = 0;

	if (!text || len > TEXT_MAX) {
		free(text);
		return 0;
	}
	memcpy(text, data, len);
	csv_init(&c, text, len);
	while (csv_next(&c, &row, &why) == OK) {
		assert(++rows <= len);
		for (size_t i = 0; i < row.count; i++)
			assert(row.fields[i] >= text &&
			       row.fields[i] <= text + len);
		check_row(&row);
	}
	free(text);
	return 0;
}
