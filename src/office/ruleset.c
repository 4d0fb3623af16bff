/* SPDX-License-Identifier: Apache-2.0 */
#include "office/ruleset.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/atomic.h"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

enum kind { TEXT, LIST, FLAG, SECONDS, ATTACH };

/* A field as people write it, and which kinds of rules have it. */
struct field {
	const char *key;
	enum kind kind;
	size_t at;
	size_t size;
	unsigned deeds; /* bits; 0: all of them */
};

#define FIELD(key, kind, member, deeds)                                        \
	{                                                                      \
		key, kind, offsetof(struct rules_rule, member),                \
			sizeof(((struct rules_rule *)0)->member), deeds        \
	}

enum {
	MAIL = 1 << RULES_MAIL,
	PRINT = 1 << RULES_PRINT,
	FOLDER = 1 << RULES_FOLDER,
	PROGRAM = 1 << RULES_PROGRAM,
};

/* name, when, do and since_ms are looked at by themselves. */
static const struct field fields[] = {
	FIELD("enabled", FLAG, enabled, 0),
	FIELD("last", FLAG, last, 0),
	FIELD("from", LIST, from, 0),
	FIELD("number", LIST, number, 0),
	FIELD("to", LIST, to, MAIL),
	FIELD("subject", TEXT, subject, MAIL),
	FIELD("body", TEXT, body, MAIL),
	FIELD("attach", ATTACH, attach, MAIL),
	FIELD("printer", TEXT, printer, PRINT),
	FIELD("server", TEXT, server, PRINT),
	FIELD("folder", TEXT, folder, FOLDER),
	FIELD("file", TEXT, file, FOLDER),
	FIELD("mode", TEXT, mode, FOLDER),
	FIELD("command", LIST, command, PROGRAM),
	FIELD("seconds", SECONDS, seconds, PROGRAM),
};

static const char *const heads[] = { "name", "when", "do", "since_ms" };

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

/* --- from JSON --- */

static bool take_list(const json_t *value, struct rules_list *out)
{
	size_t count = json_array_size(value);

	if (!json_is_array(value) || count > RULES_ITEMS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(value, i));

		if (!text ||
		    !text_copy(out->items[i], sizeof(out->items[i]), text))
			return false;
	}
	out->count = count;
	return true;
}

static bool take_attach(const json_t *value, enum rules_attach *out)
{
	const char *word = json_string_value(value);

	*out = word ? rules_attach_of(word) : RULES_ATTACHES;
	return *out != RULES_ATTACHES;
}

static bool take_seconds(const json_t *value, uint32_t *out)
{
	json_int_t n = json_integer_value(value);

	*out = (uint32_t)n;
	return json_is_integer(value) && n > 0 && n <= RULES_SECONDS_MAX;
}

static bool take_field(const struct field *f, const json_t *value,
		       struct rules_rule *r)
{
	void *at = (char *)r + f->at;

	switch (f->kind) {
	case TEXT:
		return json_is_string(value) &&
		       text_copy(at, f->size, json_string_value(value));
	case LIST:
		return take_list(value, at);
	case FLAG:
		*(bool *)at = json_is_true(value);
		return json_is_boolean(value);
	case SECONDS:
		return take_seconds(value, at);
	case ATTACH:
		return take_attach(value, at);
	}
	return false;
}

static const char *what_fits(const struct field *f)
{
	switch (f->kind) {
	case TEXT:
		return "is a text, or it is too long";
	case LIST:
		return "is a list of texts, 32 at most of 255 octets each";
	case FLAG:
		return "is true or false";
	case SECONDS:
		return "is a number, 1 to 3600";
	case ATTACH:
		return "is pdf, tiff or nothing";
	}
	return "";
}

static const struct field *field_of(const char *key, enum rules_deed deed)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(fields[i].key, key) == 0 &&
		    (!fields[i].deeds || (fields[i].deeds & 1u << deed)))
			return &fields[i];
	return NULL;
}

static bool is_head(const char *key)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strcmp(heads[i], key) == 0)
			return true;
	return false;
}

static bool take_fields(const json_t *in, struct rules_rule *r, struct why *why)
{
	char name[RULES_NAME_MAX + 1];
	const char *key;
	json_t *value;

	text_printable(r->name, strlen(r->name), name, sizeof(name));
	/* The iterator takes what it only reads as not const. */
	json_object_foreach((json_t *)(uintptr_t)in, key, value)
	{
		const struct field *f = field_of(key, r->deed);
		char shown[41];

		if (is_head(key))
			continue;
		text_printable(key, strlen(key), shown, sizeof(shown));
		if (!f) {
			why_set(why,
				"The rule \"%s\": %s: a rule of %s has no such "
				"field.",
				name, shown, rules_deed_name(r->deed));
			return false;
		}
		if (!take_field(f, value, r)) {
			why_set(why, "The rule \"%s\": %s: it %s.", name, shown,
				what_fits(f));
			return false;
		}
	}
	return true;
}

/* The fields without which nothing can be said of the others. */
static bool take_heads(const json_t *in, uint64_t now_ms, struct rules_rule *r,
		       struct why *why)
{
	const char *name = json_string_value(json_object_get(in, "name"));
	const char *when = json_string_value(json_object_get(in, "when"));
	const char *deed = json_string_value(json_object_get(in, "do"));
	const json_t *since = json_object_get(in, "since_ms");
	char shown[RULES_NAME_MAX + 1];

	if (!name || !*name || strlen(name) > RULES_NAME_MAX) {
		why_set(why, "Every rule needs a name, of 64 octets at most.");
		return false;
	}
	text_printable(name, strlen(name), shown, sizeof(shown));
	if (when && rules_when_of(when) == RULES_WHENS) {
		why_set(why, "The rule \"%s\": when: it is received or failed.",
			shown);
		return false;
	}
	if (!deed || rules_deed_of(deed) == RULES_DEEDS) {
		why_set(why,
			"The rule \"%s\": do: it is mail, print, folder or "
			"program.",
			shown);
		return false;
	}
	rules_init(r, when ? rules_when_of(when) : RULES_RECEIVED,
		   rules_deed_of(deed));
	(void)text_copy(r->name, sizeof(r->name), name);
	r->since_ms = json_is_integer(since) && json_integer_value(since) >= 0
			      ? (uint64_t)json_integer_value(since)
			      : now_ms;
	return true;
}

static enum err take_rule(const json_t *in, uint64_t now_ms,
			  struct ruleset *out, struct why *why)
{
	struct rules_rule *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_MEMORY;
	out->all[out->count++] = r;
	if (!take_heads(in, now_ms, r, why) || !take_fields(in, r, why) ||
	    !rules_check(r, why))
		return ERR_BAD;
	if (ruleset_find(out, r->name) == r)
		return OK;
	why_set(why, "The rule \"%s\": name: there are two of this name.",
		r->name);
	return ERR_BAD;
}

enum err ruleset_decode(const json_t *array, uint64_t now_ms,
			struct ruleset *out, struct why *why)
{
	size_t count = json_array_size(array);
	enum err e = OK;

	*out = (struct ruleset){ .count = 0 };
	if (!json_is_array(array)) {
		why_set(why, "The rules are a list of rules.");
		return ERR_BAD;
	}
	if (count > RULES_MAX) {
		why_set(why, "There are %zu rules; %d are the most.", count,
			RULES_MAX);
		return ERR_LIMIT;
	}
	for (size_t i = 0; e == OK && i < count; i++)
		e = take_rule(json_array_get(array, i), now_ms, out, why);
	if (e != OK)
		ruleset_fini(out);
	return e;
}

/* --- to JSON --- */

static json_t *list_json(const struct rules_list *l)
{
	json_t *out = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(out, json_string(l->items[i]));
	return out;
}

static json_t *field_json(const struct field *f, const struct rules_rule *r)
{
	const void *at = (const char *)r + f->at;

	switch (f->kind) {
	case TEXT:
		return json_string(at);
	case LIST:
		return list_json(at);
	case FLAG:
		return json_boolean(*(const bool *)at);
	case SECONDS:
		return json_integer(*(const uint32_t *)at);
	case ATTACH:
		return json_string(
			rules_attach_name(*(const enum rules_attach *)at));
	}
	return NULL;
}

static json_t *rule_json(const struct rules_rule *r)
{
	json_t *out = json_pack("{s:s, s:s, s:s, s:I}", "name", r->name, "when",
				rules_when_name(r->when), "do",
				rules_deed_name(r->deed), "since_ms",
				(json_int_t)r->since_ms);
	bool whole = out != NULL;

	for (size_t i = 0; i < FIELDS && whole; i++)
		if (field_of(fields[i].key, r->deed) == &fields[i])
			whole = json_object_set_new(
					out, fields[i].key,
					field_json(&fields[i], r)) == 0;
	if (whole)
		return out;
	json_decref(out);
	return NULL;
}

json_t *ruleset_encode(const struct ruleset *s)
{
	json_t *out = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(out, rule_json(s->all[i]));
	if (json_array_size(out) == s->count)
		return out;
	json_decref(out);
	return NULL;
}

/* --- the set --- */

void ruleset_fini(struct ruleset *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->all[i]);
	*s = (struct ruleset){ .count = 0 };
}

const struct rules_rule *ruleset_find(const struct ruleset *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->all[i]->name, name) == 0)
			return s->all[i];
	return NULL;
}

void ruleset_continue(struct ruleset *s, const struct ruleset *before,
		      uint64_t now_ms)
{
	for (size_t i = 0; i < s->count; i++) {
		struct rules_rule *r = s->all[i];
		const struct rules_rule *was = ruleset_find(before, r->name);

		r->since_ms = was && rules_same_terms(was, r) ? was->since_ms
							      : now_ms;
	}
}

/* --- the file --- */

static enum err check_owner(const char *path, struct stat *st, struct why *why)
{
	if (stat(path, st) != 0) {
		st->st_mtim.tv_sec = 0;
		return OK; /* reading it says why */
	}
	if (st->st_uid == geteuid() && (st->st_mode & 022) == 0)
		return OK;
	why_set(why,
		"%s must belong to the user that the terminal runs as, and "
		"nobody else may write to it: rules send faxes away.",
		path);
	return ERR_DENIED;
}

enum err ruleset_read(const char *home, struct ruleset *out, struct why *why)
{
	char path[ATOMIC_PATH_MAX], *bytes = NULL;
	struct why wrong = { "" };
	json_error_t error;
	struct stat st;
	json_t *root;
	size_t len;
	enum err e = atomic_path(path, why, "%s/rules.json", home);

	*out = (struct ruleset){ .count = 0 };
	if (e == OK)
		e = check_owner(path, &st, why);
	if (e == OK)
		e = atomic_read(path, FILE_BYTES_MAX, &bytes, &len, why);
	if (e == ERR_MISSING) {
		why_set(why, "%s", "");
		return OK;
	}
	if (e != OK)
		return e;
	root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	free(bytes);
	if (!root) {
		why_set(why, "%s:%d: this is no JSON.", path, error.line);
		return ERR_BAD;
	}
	/* Rules written by hand count from when the file was. */
	e = ruleset_decode(json_object_get(root, "rules"),
			   (uint64_t)st.st_mtim.tv_sec * 1000, out, &wrong);
	json_decref(root);
	if (e != OK)
		why_set(why, "%s: %s", path, wrong.text);
	return e;
}

enum err ruleset_write(const char *home, const struct ruleset *s,
		       struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	json_t *list = ruleset_encode(s);
	json_t *root = list ? json_pack("{s:o}", "rules", list) : NULL;
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	enum err e = text ? atomic_path(path, why, "%s/rules.json", home)
			  : ERR_MEMORY;

	if (e == OK)
		e = atomic_write(path, text, strlen(text), 0600, why);
	free(text);
	json_decref(root);
	return e;
}
