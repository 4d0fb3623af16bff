/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/atomic.h"

enum { FILE_MAX = 256 * 1024 };

static enum err path_of(const char *home, char path[ATOMIC_PATH_MAX],
			struct why *why)
{
	return atomic_path(path, why, "%s/settings.json", home);
}

enum err settings_load(const char *home, json_t **out, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	char *text = NULL;
	size_t len;
	enum err e = path_of(home, path, why);

	*out = NULL;
	if (e == OK)
		e = atomic_read(path, FILE_MAX, &text, &len, why);
	if (e == ERR_MISSING)
		*out = json_object();
	else if (e == OK)
		*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (json_is_object(*out))
		return OK;
	if (e != OK && e != ERR_MISSING)
		return e;
	why_set(why, "%s is no JSON object: mend it, or remove it.", path);
	json_decref(*out);
	return ERR_BAD;
}

enum err settings_save(const char *home, const json_t *settings,
		       struct why *why)
{
	char *text = json_dumps(settings, JSON_INDENT(2) | JSON_SORT_KEYS);
	char path[ATOMIC_PATH_MAX];
	enum err e = text ? path_of(home, path, why) : ERR_MEMORY;

	if (e == OK)
		e = atomic_write(path, text, strlen(text), 0600, why);
	free(text);
	return e;
}

/* --- in --- */

static const struct option *find(const struct option *table, const char *key)
{
	for (; table->key; table++)
		if (table->live && strcmp(table->key, key) == 0)
			return table;
	return NULL;
}

/* As one would write it; NULL: it is nothing that can be written. */
static const char *text_of(const json_t *value, char digits[32])
{
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	if (json_is_integer(value)) {
		(void)snprintf(digits, 32, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
		return digits;
	}
	return json_string_value(value);
}

static enum err set(struct option_layer *l, const char *key,
		    const json_t *value, struct why *why)
{
	char digits[32];
	const char *text = text_of(value, digits);

	if (text)
		return option_set(l, key, key, text, why);
	why_set(why, "%s: must be a text, a number or a flag.", key);
	return ERR_BAD;
}

enum err settings_apply(const json_t *settings, const struct option *table,
			void *config, struct why *why)
{
	struct option_layer layer = { .table = table, .config = config };
	const struct option *o;
	const char *key;
	json_t *value, *item;
	enum err e = OK;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)settings, key, value)
	{
		char shown[60];

		o = find(table, key);
		if (!o) {
			why_set(why, "There is no setting \"%s\" here.",
				text_printable(key, strlen(key), shown,
					       sizeof(shown)));
			return ERR_BAD;
		}
		if (o->kind == OPTION_LIST && json_is_array(value)) {
			memset((char *)config + o->at, 0,
			       sizeof(struct option_list));
			json_array_foreach(value, i, item) if (e == OK) e =
				set(&layer, key, item, why);
		} else {
			e = set(&layer, key, value, why);
		}
		if (e != OK)
			return e;
	}
	return OK;
}

/* --- out --- */

static json_t *list_json(const struct option_list *list)
{
	json_t *all = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(all, json_string(list->items[i]));
	return all;
}

static json_t *value_of(const struct option *o, const void *at)
{
	const char *text;
	int64_t number;
	bool flag;

	switch (o->kind) {
	case OPTION_FLAG:
		memcpy(&flag, at, sizeof(flag));
		return json_boolean(flag);
	case OPTION_NUMBER:
		memcpy(&number, at, sizeof(number));
		return json_integer(number);
	case OPTION_TEXT:
		memcpy(&text, at, sizeof(text));
		return json_string(text ? text : "");
	case OPTION_LIST:
		return list_json(at);
	}
	return json_null();
}

bool settings_keeps(const struct option *table, const char *key,
		    const json_t *value)
{
	const struct option *o = find(table, key);
	const char *text = json_string_value(value);

	return o && o->secret && text && !*text;
}

static json_t *row_json(const struct option *o, const void *config, bool fixed)
{
	static const char *const kinds[] = { [OPTION_FLAG] = "flag",
					     [OPTION_NUMBER] = "number",
					     [OPTION_TEXT] = "text",
					     [OPTION_LIST] = "list" };
	json_t *value = value_of(o, (const char *)config + o->at);
	json_t *row = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:b}", "key", o->key,
		"kind", o->secret ? "secret" : kinds[o->kind], "initial",
		o->initial ? o->initial : "", "min", (json_int_t)o->min, "max",
		(json_int_t)o->max, "help", o->help, "unit",
		o->argument ? o->argument : "", "fixed", (int)fixed);

	if (o->secret) {
		const char *text = json_string_value(value);

		json_object_set_new(row, "set", json_boolean(text && *text));
		json_decref(value);
		value = json_string("");
	}
	json_object_set_new(row, "value", value);
	return row;
}

json_t *settings_list(const struct option *table, const void *config,
		      uint64_t fixed)
{
	const struct option_layer stronger = { .table = table, .set = fixed };
	json_t *all = json_array();

	for (const struct option *o = table; o->key; o++)
		if (o->live)
			json_array_append_new(
				all, row_json(o, config,
					      option_is_set(&stronger, o)));
	return all;
}
