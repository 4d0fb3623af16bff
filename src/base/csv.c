/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include <string.h>

void csv_init(struct csv *c, char *text, size_t len)
{
	const char *line;

	text[len] = '\0';
	*c = (struct csv){
		.at = text, .end = text + len, .between = ',', .next = 1
	};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		c->at += 3;
	line = memchr(c->at, '\n', (size_t)(c->end - c->at));
	if (!line)
		line = c->end;
	if (!memchr(c->at, ',', (size_t)(line - c->at)) &&
	    memchr(c->at, ';', (size_t)(line - c->at)))
		c->between = ';';
}

static bool at_end_of_field(const struct csv *c)
{
	return c->at == c->end || *c->at == c->between || *c->at == '\n' ||
	       (*c->at == '\r' && (c->at + 1 == c->end || c->at[1] == '\n'));
}

static enum err wrong(const struct csv *c, struct why *why, const char *what)
{
	why_set(why, "Line %u %s.", c->line, what);
	return ERR_BAD;
}

/* Behind the opening quote. The text moves together over doubled ones. */
static enum err quoted(struct csv *c, struct why *why)
{
	char *to = c->at;

	for (; c->at < c->end; c->at++) {
		if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"'))
			break;
		if (*c->at == '"')
			c->at++;
		if (*c->at == '\n')
			c->next++;
		*to++ = *c->at;
	}
	if (c->at == c->end)
		return wrong(c, why, "has a quote that is never closed");
	c->at++;
	if (!at_end_of_field(c))
		return wrong(c, why, "has text behind a closing quote");
	/* The closing quote is no longer needed. */
	*to = '\0';
	return OK;
}

/* Leaves `at` on what ends the field, which is then overwritten. */
static enum err take_field(struct csv *c, struct csv_row *row, struct why *why)
{
	bool has_quotes = c->at < c->end && *c->at == '"';
	char *start = c->at + has_quotes;

	if (row->count == CSV_FIELDS_MAX) {
		why_set(why, "Line %u has more than %d fields.", c->line,
			CSV_FIELDS_MAX);
		return ERR_LIMIT;
	}
	row->fields[row->count++] = start;
	if (has_quotes) {
		c->at++;
		return quoted(c, why);
	}
	while (!at_end_of_field(c))
		c->at++;
	return memchr(start, '\0', (size_t)(c->at - start))
		       ? wrong(c, why, "has an octet that is no text")
		       : OK;
}

/* False: the line goes on. */
static bool end_line(struct csv *c)
{
	char *end = c->at;

	if (c->at < c->end && *c->at == c->between) {
		*end = '\0';
		c->at++;
		return false;
	}
	if (c->at < c->end && *c->at == '\r')
		c->at++;
	if (c->at < c->end && *c->at == '\n') {
		c->at++;
		c->next++;
	}
	*end = '\0'; /* behind the text there is room for one */
	return true;
}

enum err csv_next(struct csv *c, struct csv_row *row, struct why *why)
{
	for (;;) {
		bool over = false;

		row->count = 0;
		c->line = c->next;
		if (c->at == c->end)
			return ERR_MISSING;
		while (!over) {
			enum err e = take_field(c, row, why);

			if (e != OK)
				return e;
			over = end_line(c);
		}
		if (row->count > 1 || *row->fields[0])
			return OK;
	}
}

bool csv_field(const char *text, char *out, size_t out_size)
{
	bool quote = strpbrk(text, ",;\"\r\n") || *text == ' ';
	size_t used = 0;

	if (out_size < 3)
		return false;
	if (quote)
		out[used++] = '"';
	for (const char *c = text; *c; c++) {
		if (used + 4 > out_size) /* two, the quote, the NUL */
			return false;
		if (quote && *c == '"')
			out[used++] = '"';
		out[used++] = *c;
	}
	if (quote)
		out[used++] = '"';
	out[used] = '\0';
	return true;
}
