/* SPDX-License-Identifier: Apache-2.0 */
/* The address book, and tables in and out of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/csv.h"
#include "cli/commands.h"
#include "cli/screen.h"
#include "store/atomic.h"

enum { TABLE_MAX = 16 * 1024 * 1024 };

/* --- listing --- */

/* A contact with many addresses comes in several lines. */
static void take_contact(void *owner, const json_t *line)
{
	json_t *all = owner;
	json_t *last = json_array_get(all, json_array_size(all) - 1);

	if (!json_object_get(line, "contact"))
		return;
	if (last &&
	    strcmp(ask_text(last, "contact"), ask_text(line, "contact")) == 0)
		json_array_extend(json_object_get(last, "to"),
				  json_object_get(line, "to"));
	else
		json_array_append_new(all, json_deep_copy(line));
}

static int fetch(const struct ask_options *o, json_t **all)
{
	int code;

	*all = json_array();
	code = ask_terminal(
		o, json_pack("{s:s, s:s}", "command", "contacts", "do", "list"),
		NULL, 0, ASK_MS, take_contact, *all);
	if (code != EX_OK)
		json_decref(*all);
	return code;
}

static int list(const struct ask_options *o, const char *const *words,
		size_t count)
{
	json_t *all, *one;
	size_t i;
	int code = fetch(o, &all);

	(void)words;
	(void)count;
	if (code != EX_OK)
		return code;
	if (o->json)
		return ask_print_json(json_pack("{s:o}", "contacts", all));
	if (json_array_size(all) == 0)
		screen_nothing("contacts");
	json_array_foreach(all, i, one)
	{
		const json_t *to = json_object_get(one, "to");
		size_t n = json_array_size(to);

		printf("%s  %-32s ", ask_text(one, "contact"),
		       ask_text(one, "name"));
		if (n == 1)
			printf("%s\n",
			       json_string_value(json_array_get(to, 0)));
		else
			printf("a group of %zu\n", n);
	}
	json_decref(all);
	return EX_OK;
}

/* --- changing --- */

static int add(const struct ask_options *o, const char *const *words,
	       size_t count)
{
	json_t *to = json_array();

	for (size_t i = 1; i < count; i++)
		json_array_append_new(to, json_string(words[i]));
	return ask_terminal(o,
			    json_pack("{s:s, s:s, s:s, s:s, s:o}", "command",
				      "contacts", "do", "add", "name", words[0],
				      "note", o->note ? o->note : "", "to", to),
			    NULL, 0, ASK_MS, NULL, NULL);
}

static int remove_one(const struct ask_options *o, const char *const *words,
		      size_t count)
{
	(void)count;
	return ask_terminal(o,
			    json_pack("{s:s, s:s, s:s}", "command", "contacts",
				      "do", "remove", "contact", words[0]),
			    NULL, 0, ASK_MS, NULL, NULL);
}

/* --- tables: name,address[,note] --- */

static bool is_heading(const struct csv_row *row)
{
	return row->count >= 2 && strcasecmp(row->fields[0], "name") == 0 &&
	       strcasecmp(row->fields[1], "address") == 0;
}

/* NULL after a complaint. */
static json_t *read_table(char *text, size_t len, const char *file)
{
	json_t *rows = json_array();
	struct why why = { "" };
	struct csv_row row;
	struct csv c;
	enum err e;

	csv_init(&c, text, len);
	while ((e = csv_next(&c, &row, &why)) == OK) {
		json_t *one;

		if (c.line == 1 && is_heading(&row))
			continue;
		one = row.count < 2
			      ? NULL
			      : json_pack("{s:s, s:[s], s:s}", "name",
					  row.fields[0], "to", row.fields[1],
					  "note",
					  row.count > 2 ? row.fields[2] : "");
		if (!one) {
			why_set(&why, "Line %u must be name,address in UTF-8.",
				c.line);
			e = ERR_BAD;
			break;
		}
		json_array_append_new(rows, one);
	}
	if (e == ERR_MISSING)
		return rows;
	ask_fail(EX_DATAERR, "%s: %s", file, why.text);
	json_decref(rows);
	return NULL;
}

/* As a file that the terminal reads: one request is bounded. */
static int pass_rows(const struct ask_options *o, json_t *rows)
{
	char *text = json_dumps(rows, JSON_COMPACT);
	int fd = memfd_create("contacts", MFD_CLOEXEC);
	size_t len = text ? strlen(text) : 0;
	size_t count = json_array_size(rows);
	int code;

	json_decref(rows);
	if (!text || fd < 0 || write(fd, text, len) != (ssize_t)len)
		code = ask_fail(EX_OSERR, "The table cannot be passed on: %s.",
				strerror(errno));
	else
		code = ask_terminal(o,
				    json_pack("{s:s, s:s}", "command",
					      "contacts", "do", "import"),
				    &fd, 1, ASK_MS, NULL, NULL);
	if (code == EX_OK && !o->json)
		printf("%zu rows are in the address book.\n", count);
	if (fd >= 0)
		close(fd);
	free(text);
	return code;
}

static int import(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	struct why why = { "" };
	json_t *rows;
	char *text;
	size_t len;
	enum err e = atomic_read(words[0], TABLE_MAX, &text, &len, &why);

	(void)count;
	if (e != OK)
		return ask_fail(err_exit_code(e), "%s",
				*why.text ? why.text : err_text(e));
	rows = read_table(text, len, words[0]);
	free(text);
	return rows ? pass_rows(o, rows) : EX_DATAERR;
}

static void print_field(const char *text, char end)
{
	char out[4096];

	if (csv_field(text, out, sizeof(out)))
		fputs(out, stdout);
	putchar(end);
}

static int export(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	json_t *all, *one, *to;
	size_t i, n;
	int code = fetch(o, &all);

	(void)words;
	(void)count;
	if (code != EX_OK)
		return code;
	printf("name,address,note\n");
	json_array_foreach(all, i, one)
		json_array_foreach(json_object_get(one, "to"), n, to)
	{
		print_field(ask_text(one, "name"), ',');
		print_field(json_string_value(to), ',');
		print_field(n == 0 ? ask_text(one, "note") : "", '\n');
	}
	json_decref(all);
	return EX_OK;
}

int contacts_command(const struct ask_options *o, const char *const *words,
		     size_t count)
{
	static const struct {
		const char *name;
		int (*run)(const struct ask_options *o,
			   const char *const *words, size_t count);
		size_t least, most; /* words it takes */
	} actions[] = {
		{ "list", list, 0, 0 },		{ "add", add, 2, 200 },
		{ "remove", remove_one, 1, 1 }, { "import", import, 1, 1 },
		{ "export", export, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (count > 0 && strcmp(words[0], actions[i].name) == 0 &&
		    count - 1 >= actions[i].least &&
		    count - 1 <= actions[i].most)
			return actions[i].run(o, words + 1, count - 1);
	return ask_fail(EX_USAGE, "Say: faxwire contacts list, add NAME TO..., "
				  "remove NAME, import FILE, or export.");
}
