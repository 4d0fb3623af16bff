/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "base/text.h"

/* The texts that configurations borrow, newest first. */
static struct copy {
	struct copy *next;
	char text[];
} * copies;

/* Returns NULL when memory is out. */
static const char *keep_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	struct copy *copy = malloc(sizeof(*copy) + size);

	if (!copy)
		return NULL;
	memcpy(copy->text, text, size);
	copy->next = copies;
	copies = copy;
	return copy->text;
}

void option_forget(void)
{
	while (copies) {
		struct copy *next = copies->next;

		free(copies);
		copies = next;
	}
}

static const struct option *find(const struct option *table, const char *key)
{
	for (; table->key; table++)
		if (strcmp(table->key, key) == 0)
			return table;
	return NULL;
}

/* `value` as a sentence may hold it. */
static const char *shown(const char *value, char out[80])
{
	return text_printable(value, strlen(value), out, 80);
}

static enum err set_flag(const char *where, const char *value, bool *out,
			 struct why *why)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "yes", true }, { "true", true },   { "on", true },
		{ "no", false }, { "false", false }, { "off", false },
	};
	char clean[80];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i].word) == 0) {
			*out = words[i].value;
			return OK;
		}
	}
	why_set(why, "%s: \"%s\" is neither yes nor no", where,
		shown(value, clean));
	return ERR_BAD;
}

static enum err set_number(const struct option *o, const char *where,
			   const char *value, int64_t *out, struct why *why)
{
	char clean[80];

	if (text_to_number(value, o->min, o->max, out))
		return OK;
	why_set(why, "%s: \"%s\" is not a number from %" PRId64 " to %" PRId64,
		where, shown(value, clean), o->min, o->max);
	return ERR_BAD;
}

static enum err set_text(const struct option *o, const char *where,
			 const char *value, const char **out, struct why *why)
{
	int64_t len = (int64_t)strlen(value);
	const char *copy;

	if (len > o->max) {
		why_set(why, "%s: the value is longer than %" PRId64 " bytes",
			where, o->max);
		return ERR_BAD;
	}
	if (len < o->min) {
		why_set(why,
			len == 0 ? "%s: the value is empty"
				 : "%s: the value is shorter than %" PRId64
				   " bytes",
			where, o->min);
		return ERR_BAD;
	}
	copy = keep_copy(value);
	if (!copy) {
		why_set(why, "%s: out of memory", where);
		return ERR_MEMORY;
	}
	*out = copy;
	return OK;
}

static enum err add_item(const struct option *o, const char *where,
			 const char *value, struct option_list *list,
			 struct why *why)
{
	enum err e;

	if (list->count == OPTION_LIST_MAX) {
		why_set(why, "%s: given more than %d times", where,
			OPTION_LIST_MAX);
		return ERR_LIMIT;
	}
	e = set_text(o, where, value, &list->items[list->count], why);
	if (e == OK)
		list->count++;
	return e;
}

static enum err set_value(const struct option *o, void *config,
			  const char *where, const char *value, struct why *why)
{
	void *at = (char *)config + o->at;

	switch (o->kind) {
	case OPTION_FLAG:
		return set_flag(where, value, at, why);
	case OPTION_NUMBER:
		return set_number(o, where, value, at, why);
	case OPTION_TEXT:
		return set_text(o, where, value, at, why);
	case OPTION_LIST:
		return add_item(o, where, value, at, why);
	}
	abort(); /* the table is broken */
}

static void clear_value(const struct option *o, void *config)
{
	void *at = (char *)config + o->at;

	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)at = false;
		return;
	case OPTION_NUMBER:
		*(int64_t *)at = 0;
		return;
	case OPTION_TEXT:
		*(const char **)at = NULL;
		return;
	case OPTION_LIST:
		((struct option_list *)at)->count = 0;
		return;
	}
	abort(); /* the table is broken */
}

void option_defaults(const struct option *table, void *config)
{
	const struct option *first = table;

	for (; table->key; table++) {
		if (table - first >= OPTION_ROWS_MAX)
			abort(); /* the table is too long */
		clear_value(table, config);
		if (table->initial && set_value(table, config, table->key,
						table->initial, NULL) != OK)
			abort(); /* the table is broken, or memory is out */
	}
}

/* Of a table of more rows than that, option_defaults() has aborted. */
static uint64_t bit_of(const struct option_layer *l, const struct option *row)
{
	return UINT64_C(1) << (row - l->table);
}

bool option_is_set(const struct option_layer *l, const struct option *row)
{
	return l->set & bit_of(l, row);
}

static enum err set_in_layer(struct option_layer *l, const struct option *o,
			     const char *where, const char *value,
			     struct why *why)
{
	if (o->kind == OPTION_LIST && !option_is_set(l, o))
		clear_value(o, l->config);
	l->set |= bit_of(l, o);
	return set_value(o, l->config, where, value, why);
}

enum err option_set(struct option_layer *l, const char *where, const char *key,
		    const char *value, struct why *why)
{
	const struct option *o = find(l->table, key);

	if (!o) {
		why_set(why, "%s: there is no such option", where);
		return ERR_MISSING;
	}
	return set_in_layer(l, o, where, value, why);
}

/* Sets the option that argv[*i] is, "--key" or "--key=value". Moves *i on
 * when the value is the next word. */
static enum err parse_option(struct option_layer *l, char **argv, int *i,
			     struct why *why)
{
	const char *word = argv[*i];
	size_t len = strcspn(word, "=");
	const char *value = word[len] == '=' ? word + len + 1 : NULL;
	const struct option *o = NULL;
	char where[80];
	char key[80];

	text_printable(word, len, where, sizeof(where));
	if (strncmp(word, "--", 2) == 0 && len < sizeof(key)) {
		memcpy(key, word + 2, len - 2);
		key[len - 2] = '\0';
		o = find(l->table, key);
	}
	if (!o) {
		why_set(why, "%s: there is no such option; see --help", where);
		return ERR_MISSING;
	}
	if (!value && o->kind == OPTION_FLAG)
		value = "yes";
	if (!value)
		value = argv[++*i];
	if (!value) {
		why_set(why, "%s: a value is missing: %s %s", where, where,
			o->argument ? o->argument : "VALUE");
		return ERR_BAD;
	}
	return set_in_layer(l, o, where, value, why);
}

enum err option_parse(struct option_layer *l, int argc, char **argv,
		      const char **words, size_t *count, struct why *why)
{
	bool ended = false;

	*count = 0;
	for (int i = 1; i < argc; i++) {
		enum err e = OK;

		if (ended || argv[i][0] != '-' || argv[i][1] == '\0')
			words[(*count)++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			ended = true;
		else
			e = parse_option(l, argv, &i, why);
		if (e != OK)
			return e;
	}
	return OK;
}

/* A configuration file while inih reads it. */
struct source {
	struct option_layer *layer;
	const char *path;
	FILE *file;
	int line; /* the one being read, from 1 */
	enum err fault;
	struct why *why;
};

static void set_fault(struct source *s, enum err e, const char *sentence)
{
	s->fault = e;
	why_set(s->why, "%s:%d: %s", s->path, s->line, sentence);
}

/* inih reads an indented line as the going on of the line before. */
static int skip_indentation(FILE *file)
{
	int c;

	do
		c = getc(file);
	while (c == ' ' || c == '\t');
	return c;
}

/* inih's fgets, which refuses what fgets would cut in two. */
static char *read_line(char *line, int size, void *stream)
{
	struct source *s = stream;
	const char *fault = NULL;
	int len = 0;
	int c;

	if (s->fault != OK)
		return NULL;
	s->line++;
	c = skip_indentation(s->file);
	for (; c != EOF && c != '\n' && !fault; c = getc(s->file)) {
		if (c == '\0')
			fault = "a NUL byte stands here";
		else if (len == size - 3)
			fault = "the line is too long";
		else
			line[len++] = (char)c;
	}
	if (fault)
		set_fault(s, ERR_BAD, fault);
	if (fault || (c == EOF && len == 0) || ferror(s->file))
		return NULL;
	line[len++] = '\n';
	line[len] = '\0';
	return line;
}

/* inih's handler: 0 for an error. */
static int take_pair(void *user, const char *section, const char *key,
		     const char *value)
{
	struct source *s = user;
	const struct option *o = find(s->layer->table, key);
	char where[240];
	char clean[80];

	if (section[0] != '\0') {
		set_fault(s, ERR_BAD, "sections are not used here");
		return 0;
	}
	if (o && o->command_line_only) {
		set_fault(s, ERR_BAD,
			  "this option belongs on the command line");
		return 0;
	}
	snprintf(where, sizeof(where), "%s:%d: %s", s->path, s->line,
		 shown(key, clean));
	s->fault = option_set(s->layer, where, key, value, s->why);
	return s->fault == OK;
}

enum err option_read_file(struct option_layer *l, const char *path,
			  struct why *why)
{
	struct source s = {
		.layer = l, .path = path, .file = fopen(path, "re"), .why = why
	};
	int number = errno;
	int bad_line;

	if (!s.file) {
		why_set(why, "%s: %s", path, strerror(number));
		return err_from_errno(number);
	}
	errno = 0;
	bad_line = ini_parse_stream(read_line, &s, take_pair, &s);
	number = errno;
	if (s.fault == OK && ferror(s.file)) {
		s.fault = err_from_errno(number);
		why_set(why, "%s: %s", path, strerror(number));
	}
	fclose(s.file);
	if (bad_line > 0 && (s.fault == OK || bad_line < s.line)) {
		s.line = bad_line;
		set_fault(&s, ERR_BAD, "this is not of the form key = value");
	}
	return s.fault;
}

/* snprintf's bookkeeping over several calls. */
struct output {
	char *out;
	size_t size;
	size_t used; /* may pass size */
};

__attribute__((format(printf, 2, 3))) static void put(struct output *o,
						      const char *format, ...)
{
	bool full = o->used >= o->size;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(full ? NULL : o->out + o->used,
		      full ? 0 : o->size - o->used, format, args);
	va_end(args);
	assert(n >= 0);
	o->used += (size_t)n;
}

/* "--spares N" */
static size_t left_width(const struct option *o)
{
	return 2 + strlen(o->key) + (o->argument ? 1 + strlen(o->argument) : 0);
}

size_t option_help(const struct option *table, char *out, size_t out_size)
{
	struct output o = { .out = out, .size = out_size };
	size_t widest = 0;

	for (const struct option *row = table; row->key; row++)
		if (left_width(row) > widest)
			widest = left_width(row);
	if (out_size > 0)
		out[0] = '\0';
	for (const struct option *row = table; row->key; row++) {
		put(&o, "  --%s%s%s%*s  %s", row->key, row->argument ? " " : "",
		    row->argument ? row->argument : "",
		    (int)(widest - left_width(row)), "", row->help);
		if (row->initial && row->kind != OPTION_FLAG)
			put(&o, " (%s)", row->initial);
		put(&o, "\n");
	}
	return o.used;
}

static size_t size_of(const struct option *o)
{
	switch (o->kind) {
	case OPTION_FLAG:
		return sizeof(bool);
	case OPTION_NUMBER:
		return sizeof(int64_t);
	case OPTION_TEXT:
		return sizeof(const char *);
	case OPTION_LIST:
		return sizeof(struct option_list);
	}
	return 0;
}

void option_take_live(const struct option *table, void *config,
		      const void *from)
{
	for (const struct option *o = table; o->key; o++)
		if (o->live)
			memcpy((char *)config + o->at,
			       (const char *)from + o->at, size_of(o));
}
