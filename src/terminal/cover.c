/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/cover.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "fax/sheet.h"

enum { VALUE_MAX = 1024 };

/* One line of what may have several. */
static void put_row(FILE *out, const char *label, const char *value)
{
	char line[VALUE_MAX];

	if (!value || !*value)
		return;
	text_printable(value, strlen(value), line, sizeof line);
	fprintf(out, "row: %s\t%s\n", label, line);
}

/* Line by line, so that line feeds stay. */
static void put_text(FILE *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\r\n");
		char *line = malloc(n + 1);

		if (line)
			fputs(text_printable(text, n, line, n + 1), out);
		free(line);
		putc('\n', out);
		text += n;
		text += text[0] == '\r' && text[1] == '\n' ? 2 : *text != '\0';
	}
}

static void put_form(FILE *out, const struct cover *c)
{
	char pages[64];

	fputs("heading: Fax\n", out);
	put_row(out, "To", c->to);
	put_row(out, "From", c->from);
	put_row(out, "Date", c->date);
	if (c->pages > 0) {
		snprintf(pages, sizeof pages, "%u, with this one", c->pages);
		put_row(out, "Pages", pages);
	}
	put_row(out, "Subject", c->subject);
	putc('\n', out);
	if (c->text)
		put_text(out, c->text);
}

enum err cover_write(const struct cover *c, int fd)
{
	char *form = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&form, &len);
	enum err e = OK;

	if (!out)
		return ERR_MEMORY;
	put_form(out, c);
	if (fclose(out) != 0)
		e = ERR_MEMORY;
	else if (len > SHEET_FORM_MAX)
		e = ERR_LIMIT;
	for (size_t at = 0; e == OK && at < len;) {
		ssize_t n = write(fd, form + at, len - at);

		if (n < 0)
			e = err_from_errno(errno);
		else
			at += (size_t)n;
	}
	free(form);
	return e;
}
