/* SPDX-License-Identifier: Apache-2.0 */
#include "store/deliveries.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "store/atomic.h"

enum { FILE_BYTES_MAX = 256 * 1024 };

void deliveries_fini(struct deliveries *d)
{
	free(d->all);
	*d = (struct deliveries){ .count = 0 };
}

static bool take_number(const json_t *in, const char *key, json_int_t most,
			json_int_t *out)
{
	const json_t *value = json_object_get(in, key);

	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= 0 && *out <= most;
}

static bool take_text(const json_t *in, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(in, key));

	return text && text_copy(out, size, text);
}

static bool take_entry(const json_t *in, struct deliveries_entry *e)
{
	json_int_t attempts, next, give_up;

	if (!take_text(in, "rule", e->rule, sizeof(e->rule)) ||
	    !take_text(in, "state", e->state, sizeof(e->state)) ||
	    !take_text(in, "sentence", e->sentence, sizeof(e->sentence)) ||
	    !take_number(in, "attempts", UINT32_MAX, &attempts) ||
	    !take_number(in, "next_try_ms", INT64_MAX, &next) ||
	    !take_number(in, "give_up_ms", INT64_MAX, &give_up))
		return false;
	e->attempts = (uint32_t)attempts;
	e->next_try_ms = (uint64_t)next;
	e->give_up_ms = (uint64_t)give_up;
	return true;
}

static enum err take_all(const json_t *list, struct deliveries *d)
{
	size_t count = json_array_size(list);
	enum err e = OK;

	if (!json_is_array(list) || count > DELIVERIES_MAX)
		return ERR_BAD;
	d->all = calloc(count ? count : 1, sizeof(*d->all));
	if (!d->all)
		return ERR_MEMORY;
	for (; e == OK && d->count < count; d->count++)
		if (!take_entry(json_array_get(list, d->count),
				&d->all[d->count]))
			e = ERR_BAD;
	return e;
}

enum err deliveries_decode(const char *bytes, size_t len, struct deliveries *d)
{
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	enum err e;

	*d = (struct deliveries){ .count = 0 };
	e = take_all(json_object_get(root, "deliveries"), d);
	json_decref(root);
	if (e != OK)
		deliveries_fini(d);
	return e;
}

enum err deliveries_read(const char *folder, struct deliveries *d,
			 struct why *why)
{
	char path[ATOMIC_PATH_MAX], *bytes;
	size_t len;
	enum err e = atomic_path(path, why, "%s/deliveries.json", folder);

	*d = (struct deliveries){ .count = 0 };
	if (e == OK)
		e = atomic_read(path, FILE_BYTES_MAX, &bytes, &len, why);
	if (e != OK)
		return e;
	e = deliveries_decode(bytes, len, d);
	free(bytes);
	if (e == ERR_BAD)
		why_set(why, "%s is damaged: it is not a record of ours.",
			path);
	return e;
}

static json_t *encode(const struct deliveries *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->count; i++) {
		const struct deliveries_entry *e = &d->all[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "rule",
				  e->rule, "state", e->state, "sentence",
				  e->sentence, "attempts",
				  (json_int_t)e->attempts, "next_try_ms",
				  (json_int_t)e->next_try_ms, "give_up_ms",
				  (json_int_t)e->give_up_ms));
	}
	/* One that could not be made must not be missing in silence. */
	if (json_array_size(list) != d->count) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:o}", "deliveries", list);
}

enum err deliveries_write(const char *folder, const struct deliveries *d,
			  struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	json_t *root = encode(d);
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	enum err e = text ? atomic_path(path, why, "%s/deliveries.json", folder)
			  : ERR_MEMORY;

	if (e == OK)
		e = atomic_write(path, text, strlen(text), 0600, why);
	free(text);
	json_decref(root);
	return e;
}
