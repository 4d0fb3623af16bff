/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/document.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "fax/document.h"
#include "fax/exif.h"
#include "fax/plain.h"
#include "fax/sheet.h"
#include "fax/view.h"
#include "io/sandbox.h"

enum { FILE_IN = 0, LINE_OUT = 1, FILE_OUT = 3, FAX_IN = 4, JPEG_IN = 4 };

static int say(const char *line)
{
	size_t n = strlen(line);

	return write(LINE_OUT, line, n) == (ssize_t)n ? 0 : 1;
}

static int say_fault(enum err e, const struct why *why)
{
	char line[sizeof why->text + 16];

	snprintf(line, sizeof line, "%d %s\n", (int)e, why->text);
	return say(line);
}

static int measure(void)
{
	struct document_facts f;
	struct why why = { "" };
	enum err e = document_measure(FILE_IN, &f, &why);
	char line[64];

	if (e != OK)
		return say_fault(e, &why);
	snprintf(line, sizeof line, "0 %u %s %s\n", f.pages,
		 paper_size_name(f.size),
		 f.is_fax ? paper_resolution_name(f.format.resolution) : "-");
	return say(line);
}

/* Pages of a file, in this order; none: all of it. */
struct list {
	uint32_t pages[DOCUMENT_PAGES_MAX];
	size_t count;
};

/* Where pages come from. */
enum way { WAY_FILE, WAY_DRAWN, WAY_LIST };

/* Of the JPEG file that the picture was decoded from, if there is one. */
static unsigned read_orientation(void)
{
	static uint8_t beginning[256 * 1024];
	ssize_t n = pread(JPEG_IN, beginning, sizeof beginning, 0);

	return exif_orientation(beginning, n > 0 ? (size_t)n : 0);
}

static enum err add_by(enum way way, struct document *d,
		       const struct list *list, struct why *why)
{
	switch (way) {
	case WAY_FILE:
		document_turn(d, read_orientation());
		return document_add(d, FILE_IN, why);
	case WAY_DRAWN:
		return document_draw(d, FILE_IN, why);
	case WAY_LIST:
		return document_pick(d, FILE_IN, list->pages, list->count, why);
	}
	return ERR_BAD;
}

static int add(struct paper_format format, uint32_t pages, enum way way,
	       const struct list *list)
{
	struct document *d = document_open(FILE_OUT, format, pages);
	struct why why = { "" };
	enum err e = d ? add_by(way, d, list, &why) : ERR_IO;
	uint32_t now = d ? document_pages(d) : 0;
	enum err closed = document_close(d);
	char line[64];

	if (e == OK)
		e = closed;
	if (e != OK)
		return say_fault(e, &why);
	snprintf(line, sizeof line, "0 %u\n", now);
	return say(line);
}

static int plain(void)
{
	struct why why = { "" };
	enum err e = plain_write(FILE_IN, FILE_OUT, &why);

	return e == OK ? say("0\n") : say_fault(e, &why);
}

static int sheet(void)
{
	struct why why = { "" };
	enum err e = sheet_write(FILE_IN, FAX_IN, FILE_OUT, &why);

	return e == OK ? say("0\n") : say_fault(e, &why);
}

static int png(uint32_t page, uint32_t width)
{
	struct why why = { "" };
	enum err e = view_write(FILE_IN, page, width, FILE_OUT, &why);

	return e == OK ? say("0\n") : say_fault(e, &why);
}

/* Each takes the words after its own, as many as it said. */
static int run_measure(char **words)
{
	(void)words;
	return measure();
}

static int run_plain(char **words)
{
	(void)words;
	return plain();
}

static int run_sheet(char **words)
{
	(void)words;
	return sheet();
}

static bool read_format(char **words, struct paper_format *format,
			int64_t *pages)
{
	return paper_resolution_parse(words[0], &format->resolution) &&
	       paper_size_parse(words[1], &format->size) &&
	       text_to_number(words[2], 0, DOCUMENT_PAGES_MAX, pages);
}

static int run_add(char **words)
{
	struct paper_format format;
	int64_t pages;

	if (!read_format(words, &format, &pages))
		return EX_USAGE;
	return add(format, (uint32_t)pages, WAY_FILE, NULL);
}

static int run_draw(char **words)
{
	struct paper_format format;
	int64_t pages;

	if (!read_format(words, &format, &pages))
		return EX_USAGE;
	return add(format, (uint32_t)pages, WAY_DRAWN, NULL);
}

/* "1,2,9" */
static bool read_list(char *text, struct list *list)
{
	char *rest = NULL;
	int64_t page;

	for (char *word = strtok_r(text, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		if (list->count == DOCUMENT_PAGES_MAX ||
		    !text_to_number(word, 1, DOCUMENT_PAGES_MAX, &page))
			return false;
		list->pages[list->count++] = (uint32_t)page;
	}
	return list->count > 0;
}

static int run_pick(char **words)
{
	struct paper_format format;
	struct list list = { .count = 0 };
	int64_t pages;

	if (!read_format(words, &format, &pages) || !read_list(words[3], &list))
		return EX_USAGE;
	return add(format, (uint32_t)pages, WAY_LIST, &list);
}

static int run_png(char **words)
{
	int64_t page;
	int64_t width;

	if (!text_to_number(words[0], 1, DOCUMENT_PAGES_MAX, &page) ||
	    !text_to_number(words[1], 0, VIEW_WIDTH_MAX, &width))
		return EX_USAGE;
	return png((uint32_t)page, (uint32_t)width);
}

static const struct {
	const char *name;
	int words;
	int (*run)(char **words);
} verbs[] = {
	{ "measure", 0, run_measure }, { "plain", 0, run_plain },
	{ "sheet", 0, run_sheet },     { "add", 3, run_add },
	{ "draw", 3, run_draw },       { "pick", 4, run_pick },
	{ "png", 2, run_png },
};

static int run(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (argc == 1 + verbs[i].words &&
		    strcmp(argv[0], verbs[i].name) == 0)
			return verbs[i].run(argv + 1);
	return EX_USAGE;
}

int document_main(int argc, char **argv)
{
	const struct sandbox walls = { .level = SANDBOX_ENGINE };
	struct why why = { "" };
	enum err e = sandbox_enter(&walls, &why);

	/* Without the system's own farewell: nothing is left to be flushed,
	 * and what a sanitizer wants to do then is beyond the walls. */
	_exit(e == OK ? run(argc, argv) : say_fault(e, &why));
}
