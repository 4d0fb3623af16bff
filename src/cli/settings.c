/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire settings: what is set at the terminal, and setting it. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/commands.h"
#include "cli/screen.h"

enum { VALUE_SIZE = 400 };

/* As one would write it: lists with commas. */
static const char *value_of(const json_t *row, char out[VALUE_SIZE])
{
	const json_t *value = json_object_get(row, "value");
	size_t used = 0;

	out[0] = '\0';
	if (strcmp(ask_text(row, "kind"), "secret") == 0)
		return json_is_true(json_object_get(row, "set")) ? "(set)" : "";
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	if (json_is_integer(value)) {
		snprintf(out, VALUE_SIZE, "%lld",
			 (long long)json_integer_value(value));
		return out;
	}
	if (!json_is_array(value))
		return ask_text(row, "value");
	for (size_t i = 0; i < json_array_size(value) && used < VALUE_SIZE; i++)
		used += (size_t)snprintf(
			out + used, VALUE_SIZE - used, "%s%s", i > 0 ? "," : "",
			json_string_value(json_array_get(value, i)));
	return out;
}

static void print_row(const json_t *row)
{
	bool fixed = json_is_true(json_object_get(row, "fixed"));
	char value[VALUE_SIZE];

	printf("%-16s %-16s %s%s%s%s\n", ask_text(row, "key"),
	       value_of(row, value), screen_colour(SCREEN_DIM),
	       ask_text(row, "help"),
	       fixed ? " (set in the file or on the command line)" : "",
	       screen_colour(SCREEN_PLAIN));
}

/* "allow=ben,cleo": the terminal knows which are lists, numbers, flags. */
static json_t *split(const char *text)
{
	json_t *all = json_array();

	while (*text) {
		size_t n = strcspn(text, ",");

		if (n > 0)
			json_array_append_new(all, json_stringn(text, n));
		text += n + (text[n] == ',');
	}
	return all;
}

/* What kinds there are, by key. */
static void take_kind(void *owner, const json_t *line)
{
	if (json_object_get(line, "key"))
		json_object_set_new(owner, ask_text(line, "key"),
				    json_string(ask_text(line, "kind")));
}

/* One word; false: it is none. */
static bool add_change(json_t *changes, const json_t *kinds, const char *word)
{
	const char *equals = strchr(word, '=');
	char key[64];
	json_t *value;

	if (!equals || equals == word || (size_t)(equals - word) >= sizeof(key))
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)(equals - word), word);
	if (!equals[1])
		value = json_null();
	else if (strcmp(ask_text(kinds, key), "list") == 0)
		value = split(equals + 1);
	else
		value = json_string(equals + 1);
	json_object_set_new(changes, key, value);
	return true;
}

static int change(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	json_t *kinds = json_object(), *changes = json_object();
	int code = ask_terminal(o, json_pack("{s:s}", "command", "settings"),
				NULL, 0, ASK_MS, take_kind, kinds);

	for (size_t i = 0; code == EX_OK && i < count; i++)
		if (!add_change(changes, kinds, words[i]))
			code = ask_fail(
				EX_USAGE,
				"\"%.60s\" sets nothing: say KEY=VALUE, "
				"or KEY= to have it as at first.",
				words[i]);
	json_decref(kinds);
	if (code != EX_OK) {
		json_decref(changes);
		return code;
	}
	return ask_listing(o,
			   json_pack("{s:s, s:o}", "command", "settings-set",
				     "settings", changes),
			   "key", "settings", print_row);
}

int settings_command(const struct ask_options *o, const char *const *words,
		     size_t count)
{
	if (count > 0)
		return change(o, words, count);
	return ask_listing(o, json_pack("{s:s}", "command", "settings"), "key",
			   "settings", print_row);
}
