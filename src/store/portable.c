/* SPDX-License-Identifier: Apache-2.0 */
#include "store/portable.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"

/* --- out --- */

static json_t *words(const char *text)
{
	json_t *array = json_array();

	while (*text) {
		size_t n = strcspn(text, " ");

		(void)json_array_append_new(array, json_stringn(text, n));
		text += n + strspn(text + n, " ");
	}
	return array;
}

static json_t *groups(const struct database_account *a)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < a->groups_count; i++)
		(void)json_array_append_new(array, json_string(a->groups[i]));
	return array;
}

static json_t *hex(const uint8_t *bytes, size_t len)
{
	char text[65];

	text_to_hex(bytes, len, text);
	return json_string(text);
}

char *portable_encode(const struct database_account *a)
{
	json_t *o = json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:o, s:i, s:i, s:I, s:I, s:o, s:I,"
		" s:o, s:o}",
		"id", a->id, "kind",
		a->kind == DATABASE_RELAY ? "relay" : "terminal", "enabled",
		(int)a->enabled, "numbers", words(a->numbers), "groups",
		groups(a), "allowed", words(a->allowed), "max_connections",
		(int)a->connections_max, "max_places", (int)a->places_max,
		"created_ms", (json_int_t)a->created_ms, "last_login_ms",
		(json_int_t)a->last_login_ms, "salt",
		hex(a->salt, sizeof(a->salt)), "iterations",
		(json_int_t)a->iterations, "stored_key",
		hex(a->stored_key, sizeof(a->stored_key)), "server_key",
		hex(a->server_key, sizeof(a->server_key)));
	char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return line;
}

/* --- in --- */

/* What is read, and the first key of it that is not as it must be. */
struct object {
	const json_t *json;
	const char *wrong;
};

static void fault(struct object *o, const char *key)
{
	if (!o->wrong)
		o->wrong = key;
}

static int64_t number(struct object *o, const char *key, int64_t min,
		      int64_t max)
{
	const json_t *v = json_object_get(o->json, key);
	int64_t n = json_integer_value(v);

	if (json_is_integer(v) && n >= min && n <= max)
		return n;
	fault(o, key);
	return min;
}

static void bytes(struct object *o, const char *key, uint8_t *out, size_t len)
{
	const char *text = json_string_value(json_object_get(o->json, key));

	if (!text || !text_from_hex(text, out, len)) {
		memset(out, 0, len);
		fault(o, key);
	}
}

/* As a user ID is (wire/address.h); groups have the same names. */
static bool is_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(s);

	return len >= 1 && len <= 32 && strchr(letters, s[0]) &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static bool is_number(const char *s)
{
	size_t len = strlen(s);

	return len >= 1 && len <= DATABASE_NUMBER_DIGITS &&
	       strspn(s, "0123456789") == len;
}

/* The words of an array, with a blank between. */
static void list(struct object *o, const char *key,
		 bool (*is_word)(const char *s), char *out, size_t size)
{
	const json_t *array = json_object_get(o->json, key);
	size_t used = 0;

	out[0] = '\0';
	if (!json_is_array(array))
		fault(o, key);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *s = json_string_value(json_array_get(array, i));

		if (!s || !is_word(s) || used + strlen(s) + 2 > size) {
			fault(o, key);
			return;
		}
		used += (size_t)snprintf(out + used, size - used, "%s%s",
					 used > 0 ? " " : "", s);
	}
}

static void read_groups(struct object *o, struct database_account *a)
{
	char text[DATABASE_GROUPS_MAX * 33];
	char *rest = text, *word;

	list(o, "groups", is_name, text, sizeof(text));
	while ((word = strsep(&rest, " ")) && *word) {
		if (a->groups_count == DATABASE_GROUPS_MAX) {
			fault(o, "groups");
			return;
		}
		(void)text_copy(a->groups[a->groups_count++],
				sizeof(a->groups[0]), word);
	}
}

static void read_names(struct object *o, struct database_account *a)
{
	const char *id = json_string_value(json_object_get(o->json, "id"));
	const char *kind = json_string_value(json_object_get(o->json, "kind"));

	if (id && is_name(id))
		(void)text_copy(a->id, sizeof(a->id), id);
	else
		fault(o, "id");
	if (kind && strcmp(kind, "relay") == 0)
		a->kind = DATABASE_RELAY;
	else if (!kind || strcmp(kind, "terminal") != 0)
		fault(o, "kind");
	if (!json_is_boolean(json_object_get(o->json, "enabled")))
		fault(o, "enabled");
	a->enabled = json_is_true(json_object_get(o->json, "enabled"));
}

static void read_account(struct object *o, struct database_account *a)
{
	*a = (struct database_account){ .groups_count = 0 };
	read_names(o, a);
	list(o, "numbers", is_number, a->numbers, sizeof(a->numbers));
	read_groups(o, a);
	list(o, "allowed", is_name, a->allowed, sizeof(a->allowed));
	a->connections_max =
		(uint16_t)number(o, "max_connections", 1, UINT16_MAX);
	a->places_max = (uint16_t)number(o, "max_places", 1, UINT16_MAX);
	a->created_ms = number(o, "created_ms", 0, INT64_MAX);
	a->last_login_ms = number(o, "last_login_ms", 0, INT64_MAX);
	bytes(o, "salt", a->salt, sizeof(a->salt));
	/* Of no use below (RFC 7677 section 4); above, a terminal's time. */
	a->iterations = (uint32_t)number(o, "iterations", 4096, 10000000);
	bytes(o, "stored_key", a->stored_key, sizeof(a->stored_key));
	bytes(o, "server_key", a->server_key, sizeof(a->server_key));
}

enum err portable_decode(const char *line, size_t len,
			 struct database_account *out, struct why *why)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	struct object o = { .json = json };

	if (!json_is_object(json)) {
		json_decref(json);
		why_set(why, "this is not an account as a line of JSON.");
		return ERR_BAD;
	}
	read_account(&o, out);
	json_decref(json);
	if (!o.wrong)
		return OK;
	why_set(why, "\"%s\" is missing or not as it must be.", o.wrong);
	return ERR_BAD;
}
