/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

struct sweep_bytes sweep_hex(const char *hex)
{
	struct sweep_bytes b = { .len = 0 };

	while (*(hex += strspn(hex, " \n")) != '\0') {
		char pair[3] = { hex[0], hex[1], '\0' };

		assert_true(b.len < sizeof(b.at));
		assert_true(text_from_hex(pair, &b.at[b.len++], 1));
		hex += 2;
	}
	return b;
}

static void check_round_trip(const struct sweep *s, const void *m,
			     size_t len_before)
{
	struct sweep_bytes once;
	struct sweep_bytes twice;
	struct frame f;
	char line[2][2048];
	size_t used;
	void *back = calloc(1, s->size);

	assert_non_null(back);
	once.len = s->encode(m, once.at, sizeof(once.at));
	assert_in_range(once.len, FRAME_HEADER, len_before);
	assert_int_equal(frame_decode(&f, once.at, once.len, &used),
			 FRAME_DONE);
	assert_int_equal(used, once.len);
	assert_int_equal(s->decode(back, &f), FORM_OK);
	twice.len = s->encode(back, twice.at, sizeof(twice.at));
	assert_int_equal(once.len, twice.len);
	assert_memory_equal(once.at, twice.at, once.len);
	s->print(m, line[0], sizeof(line[0]));
	s->print(back, line[1], sizeof(line[1]));
	assert_string_equal(line[0], line[1]);
	free(back);
}

enum form_result sweep_decode(const struct sweep *s,
			      const struct sweep_bytes *b)
{
	/* Of the very size, so that a read beyond the end is seen. */
	uint8_t *exact = malloc(b->len > 0 ? b->len : 1);
	void *m = calloc(1, s->size);
	enum form_result result;
	struct frame f;
	size_t used;

	assert_non_null(exact);
	assert_non_null(m);
	memcpy(exact, b->at, b->len);
	assert_int_equal(frame_decode(&f, exact, b->len, &used), FRAME_DONE);
	assert_int_equal(used, b->len);
	result = s->decode(m, &f);
	if (result == FORM_OK)
		check_round_trip(s, m, b->len);
	if (result == FORM_SKIP)
		assert_true(f.type & FRAME_OPTIONAL);
	free(m);
	free(exact);
	return result;
}

void sweep_example(const struct sweep *s, const char *hex, const char *text)
{
	struct sweep_bytes b = sweep_hex(hex);
	void *m = calloc(1, s->size);
	uint8_t again[FRAME_MAX];
	char line[2048];
	struct frame f;
	size_t used;

	assert_non_null(m);
	assert_int_equal(frame_decode(&f, b.at, b.len, &used), FRAME_DONE);
	assert_int_equal(used, b.len);
	assert_int_equal(s->decode(m, &f), FORM_OK);
	assert_int_equal(s->print(m, line, sizeof(line)), strlen(text));
	assert_string_equal(line, text);
	assert_int_equal(s->encode(m, again, sizeof(again)), b.len);
	assert_memory_equal(again, b.at, b.len);
	free(m);
}

void sweep_prefixes(const struct sweep *s, const struct sweep_bytes *b)
{
	struct sweep_bytes cut = *b;
	struct frame f;
	size_t used;

	for (size_t len = 0; len < b->len; len++)
		assert_int_equal(frame_decode(&f, b->at, len, &used),
				 FRAME_MORE);
	for (cut.len = FRAME_HEADER; cut.len < b->len; cut.len++) {
		frame_header(cut.at, b->at[0], cut.len - FRAME_HEADER);
		sweep_decode(s, &cut);
	}
}

void sweep_changes(const struct sweep *s, const struct sweep_bytes *b)
{
	struct sweep_bytes other = *b;

	for (size_t i = 0; i < b->len; i++) {
		if (i == 2 || i == 3) /* the length: test_frame.c */
			continue;
		for (unsigned v = 0; v <= UINT8_MAX; v++) {
			other.at[i] = (uint8_t)v;
			sweep_decode(s, &other);
		}
		other.at[i] = b->at[i];
	}
}

static FILE *open_document(void)
{
	const char *root = getenv("FAXWIRE_SOURCE");
	char path[1024];
	FILE *f;

	assert_non_null(root); /* tests/wire/meson.build sets it */
	snprintf(path, sizeof(path), "%s/docs/protocol.md", root);
	f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

static bool read_line(FILE *f, char *line, size_t size)
{
	if (!fgets(line, (int)size, f))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* Reads the bytes that follow a line, up to the empty line or the block's
 * end; returns whether the block goes on. */
static bool read_image(FILE *f, char *hex, size_t size)
{
	char line[512];

	hex[0] = '\0';
	while (read_line(f, line, sizeof(line))) {
		if (line[0] == '\0' || strcmp(line, "```") == 0)
			return line[0] == '\0';
		assert_true(strlen(hex) + strlen(line) + 2 < size);
		strcat(strcat(hex, line), " ");
	}
	fail_msg("docs/protocol.md: a block has no end");
	return false;
}

void sweep_document(const struct sweep *s, const char *kind,
		    unsigned count[UINT8_MAX + 1])
{
	FILE *f = open_document();
	char line[512];
	char fence[32];
	char hex[8192];

	snprintf(fence, sizeof(fence), "```%s", kind);
	while (read_line(f, line, sizeof(line))) {
		bool inside = strcmp(line, fence) == 0;

		while (inside && read_line(f, line, sizeof(line))) {
			inside = read_image(f, hex, sizeof(hex));
			sweep_example(s, hex, line);
			count[sweep_hex(hex).at[0]]++;
		}
	}
	fclose(f);
}

unsigned sweep_table(const char *kind, bool (*check)(const char *line))
{
	FILE *f = open_document();
	char line[512];
	char mark[32];
	unsigned rows = 0;

	snprintf(mark, sizeof(mark), "<!-- %s -->", kind);
	while (read_line(f, line, sizeof(line)))
		if (strcmp(line, mark) == 0)
			break;
	while (read_line(f, line, sizeof(line)) && line[0] != '\0')
		rows += check(line);
	fclose(f);
	return rows;
}
