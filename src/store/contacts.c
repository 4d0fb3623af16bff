/* SPDX-License-Identifier: Apache-2.0 */
#include "store/contacts.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "store/atomic.h"

enum { FILE_MAX = 32 * 1024 * 1024, ADDRESS_MAX_OCTETS = 255 };

struct contacts {
	char path[ATOMIC_PATH_MAX];
	bool (*valid)(const char *address);
	struct contacts_entry *all; /* owned, with what they hold */
	size_t count;
	size_t to_count; /* addresses of all */
};

/* --- one entry --- */

/* The entry owns what it holds, though it says const to who looks at it. */
static void drop_text(const char *text)
{
	union {
		const char *is;
		char *as;
	} it = { text };

	free(it.as);
}

static void drop_entry(const struct contacts_entry *e)
{
	union {
		const char *const *is;
		void *as;
	} to = { e->to };

	for (size_t i = 0; e->to && i < e->count; i++)
		drop_text(e->to[i]);
	free(to.as);
	drop_text(e->name);
	drop_text(e->note);
}

/* A copy that owns its own. False: out of memory, and there is none. */
static bool copy_entry(struct contacts_entry *out,
		       const struct contacts_entry *e)
{
	const char **to = calloc(e->count, sizeof(*to));
	bool good = to != NULL;

	*out = *e;
	out->name = strdup(e->name);
	out->note = strdup(e->note ? e->note : "");
	for (size_t i = 0; good && i < e->count; i++) {
		to[i] = strdup(e->to[i]);
		good = to[i] != NULL;
	}
	out->to = to;
	if (good && out->name && out->note)
		return true;
	drop_entry(out);
	return false;
}

/* `at` becomes a copy of `e`, which may hold what is at's. */
static enum err replace(struct contacts_entry *at,
			const struct contacts_entry *e)
{
	struct contacts_entry copy, before = *at;

	if (!copy_entry(&copy, e))
		return ERR_MEMORY;
	*at = copy;
	drop_entry(&before);
	return OK;
}

static bool has_address(const struct contacts_entry *e, const char *address)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->to[i], address) == 0)
			return true;
	return false;
}

static bool plain(const char *text, size_t most)
{
	char clean[CONTACTS_NAME_MAX + 1];

	if (strlen(text) > most)
		return false;
	text_printable(text, strlen(text), clean, sizeof(clean));
	return strcmp(clean, text) == 0;
}

/* A note has lines; what is no text of UTF-8 is caught by JSON. */
static bool plain_note(const char *note)
{
	if (!note)
		return true;
	for (const char *c = note; *c; c++)
		if ((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t')
			return false;
	return strlen(note) <= CONTACTS_NOTE_MAX;
}

static enum err check_to(const struct contacts *c,
			 const struct contacts_entry *e, struct why *why)
{
	char clean[80];

	if (e->count < 1 || e->count > CONTACTS_TO_MAX) {
		why_set(why, "A contact has 1 to %d addresses.",
			CONTACTS_TO_MAX);
		return e->count < 1 ? ERR_BAD : ERR_LIMIT;
	}
	for (size_t i = 0; i < e->count; i++) {
		if (strlen(e->to[i]) <= ADDRESS_MAX_OCTETS &&
		    c->valid(e->to[i]))
			continue;
		text_printable(e->to[i], strnlen(e->to[i], 60), clean,
			       sizeof(clean));
		why_set(why,
			"\"%s\" is no address: give a user ID, ID@RELAY, or a "
			"number (+ and digits).",
			clean);
		return ERR_BAD;
	}
	return OK;
}

static enum err check_entry(const struct contacts *c,
			    const struct contacts_entry *e, struct why *why)
{
	if (!*e->name || !plain(e->name, CONTACTS_NAME_MAX)) {
		why_set(why,
			"A contact's name is 1 to %d octets of text that can "
			"be printed.",
			CONTACTS_NAME_MAX);
		return ERR_BAD;
	}
	if (!plain_note(e->note)) {
		why_set(why, "A note is at most %d octets of text.",
			CONTACTS_NOTE_MAX);
		return ERR_BAD;
	}
	return check_to(c, e, why);
}

/* --- the file --- */

static json_t *entry_json(const struct contacts_entry *e)
{
	char hex[2 * CONTACTS_ID_SIZE + 1];
	json_t *to = json_array();

	for (size_t i = 0; i < e->count; i++)
		json_array_append_new(to, json_string(e->to[i]));
	text_to_hex(e->id, CONTACTS_ID_SIZE, hex);
	return json_pack("{s:s, s:s, s:o, s:s}", "contact", hex, "name",
			 e->name, "to", to, "note", e->note);
}

static enum err save(const struct contacts *c, struct why *why)
{
	json_t *all = json_array();
	json_t *root = json_pack("{s:o}", "contacts", all);
	bool good = root != NULL;
	enum err e = ERR_MEMORY;
	char *text = NULL;

	for (size_t i = 0; good && i < c->count; i++)
		good = json_array_append_new(all, entry_json(&c->all[i])) == 0;
	if (good)
		text = json_dumps(root, JSON_INDENT(1));
	if (text)
		e = atomic_write(c->path, text, strlen(text), 0600, why);
	else
		why_set(why, "Out of memory.");
	free(text);
	json_decref(root);
	return e;
}

/* --- changing what is in memory --- */

static const struct contacts_entry *with_id(const struct contacts *c,
					    const uint8_t *id)
{
	for (size_t i = 0; i < c->count; i++)
		if (memcmp(c->all[i].id, id, CONTACTS_ID_SIZE) == 0)
			return &c->all[i];
	return NULL;
}

static enum err insert(struct contacts *c, const struct contacts_entry *e,
		       struct why *why)
{
	struct contacts_entry *more;
	enum err bad = check_entry(c, e, why);

	if (bad != OK)
		return bad;
	if (contacts_named(c, e->name) || with_id(c, e->id)) {
		why_set(why, "There is a contact called %s already.", e->name);
		return ERR_EXISTS;
	}
	if (c->count == CONTACTS_MAX ||
	    c->to_count + e->count > CONTACTS_TO_ALL_MAX) {
		why_set(why,
			"The address book is full: it holds %d contacts and "
			"%d addresses.",
			CONTACTS_MAX, CONTACTS_TO_ALL_MAX);
		return ERR_LIMIT;
	}
	more = reallocarray(c->all, c->count + 1, sizeof(*more));
	if (more)
		c->all = more;
	if (!more || !copy_entry(&c->all[c->count], e))
		return ERR_MEMORY;
	c->count++;
	c->to_count += e->count;
	return OK;
}

/* Takes the last ones out again. */
static void cut_back(struct contacts *c, size_t count)
{
	while (c->count > count) {
		c->count--;
		c->to_count -= c->all[c->count].count;
		drop_entry(&c->all[c->count]);
	}
}

/* --- opening --- */

static bool read_entry(struct contacts *c, const json_t *object)
{
	const char *hex = json_string_value(json_object_get(object, "contact"));
	const json_t *to = json_object_get(object, "to");
	size_t count = json_array_size(to);
	const char **texts = calloc(count + 1, sizeof(*texts));
	struct contacts_entry e = {
		.name = json_string_value(json_object_get(object, "name")),
		.note = json_string_value(json_object_get(object, "note")),
		.to = texts,
		.count = count,
	};
	bool good = texts && hex && e.name && e.note &&
		    text_from_hex(hex, e.id, CONTACTS_ID_SIZE);

	for (size_t i = 0; good && i < count; i++) {
		texts[i] = json_string_value(json_array_get(to, i));
		good = texts[i] != NULL;
	}
	good = good && insert(c, &e, NULL) == OK;
	free(texts);
	return good;
}

static enum err load(struct contacts *c, struct why *why)
{
	const json_t *all, *one;
	json_t *root;
	char *bytes;
	size_t len, i;
	bool good;
	enum err e = atomic_read(c->path, FILE_MAX, &bytes, &len, why);

	if (e == ERR_MISSING)
		return OK;
	if (e != OK)
		return e;
	root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	all = json_object_get(root, "contacts");
	good = json_is_array(all);
	json_array_foreach(all, i, one) good = good && read_entry(c, one);
	json_decref(root);
	free(bytes);
	if (good)
		return OK;
	why_set(why, "%s is damaged: mend it, or move it away.", c->path);
	return ERR_BAD;
}

enum err contacts_open(struct contacts **out, const char *home,
		       bool (*valid)(const char *address), struct why *why)
{
	struct contacts *c = calloc(1, sizeof(*c));
	enum err e;

	if (!c)
		return ERR_MEMORY;
	c->valid = valid;
	e = atomic_path(c->path, why, "%s/contacts.json", home);
	if (e == OK)
		e = load(c, why);
	if (e != OK) {
		contacts_close(c);
		return e;
	}
	*out = c;
	return OK;
}

void contacts_close(struct contacts *c)
{
	if (!c)
		return;
	cut_back(c, 0);
	free(c->all);
	free(c);
}

/* --- looking --- */

size_t contacts_count(const struct contacts *c)
{
	return c->count;
}

const struct contacts_entry *contacts_at(const struct contacts *c, size_t i)
{
	return i < c->count ? &c->all[i] : NULL;
}

const struct contacts_entry *contacts_find(const struct contacts *c,
					   const char *hex)
{
	uint8_t id[CONTACTS_ID_SIZE];

	return text_from_hex(hex, id, sizeof(id)) ? with_id(c, id) : NULL;
}

const struct contacts_entry *contacts_named(const struct contacts *c,
					    const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->all[i].name, name) == 0)
			return &c->all[i];
	return NULL;
}

/* --- changing --- */

enum err contacts_add(struct contacts *c, const struct contacts_entry *entries,
		      size_t count, struct why *why)
{
	size_t before = c->count;
	enum err e = OK;

	for (size_t i = 0; e == OK && i < count; i++)
		e = insert(c, &entries[i], why);
	if (e == OK)
		e = save(c, why);
	if (e != OK)
		cut_back(c, before);
	return e;
}

/* What a row brings to the contact of its name. */
static enum err merge_row(struct contacts *c, const struct contacts_entry *row,
			  struct why *why)
{
	const struct contacts_entry *found = contacts_named(c, row->name);
	const char **to;
	struct contacts_entry more, *at;
	size_t before;
	enum err e;

	if (!found)
		return insert(c, row, why);
	to = calloc(found->count + row->count, sizeof(*to));
	if (!to)
		return ERR_MEMORY;
	more = *found;
	more.to = to;
	memcpy(to, found->to, found->count * sizeof(*to));
	for (size_t i = 0; i < row->count; i++)
		if (!has_address(&more, row->to[i]))
			to[more.count++] = row->to[i];
	if (row->note && *row->note)
		more.note = row->note;
	at = &c->all[found - c->all];
	before = at->count;
	e = check_entry(c, &more, why);
	if (e == OK)
		e = replace(at, &more);
	if (e == OK)
		c->to_count += at->count - before;
	free(to);
	return e;
}

enum err contacts_merge(struct contacts *c, const struct contacts_entry *rows,
			size_t count, struct why *why)
{
	/* On a copy, so that what is refused has changed nothing. */
	struct contacts next = { .valid = c->valid };
	enum err e = OK;

	memcpy(next.path, c->path, sizeof(next.path));
	next.all = calloc(c->count + 1, sizeof(*next.all));
	if (!next.all)
		return ERR_MEMORY;
	while (e == OK && next.count < c->count) {
		const struct contacts_entry *from = &c->all[next.count];

		if (!copy_entry(&next.all[next.count], from)) {
			e = ERR_MEMORY;
			break;
		}
		next.count++;
		next.to_count += from->count;
	}
	for (size_t i = 0; e == OK && i < count; i++)
		e = merge_row(&next, &rows[i], why);
	if (e == OK && next.to_count > CONTACTS_TO_ALL_MAX) {
		why_set(why, "The address book is full: it holds %d addresses.",
			CONTACTS_TO_ALL_MAX);
		e = ERR_LIMIT;
	}
	if (e == OK)
		e = save(&next, why);
	if (e == OK) {
		struct contacts old = *c;

		*c = next;
		next = old;
	}
	cut_back(&next, 0);
	free(next.all);
	return e;
}

static enum err missing(struct why *why)
{
	why_set(why, "There is no such contact: faxwire contacts list names "
		     "them.");
	return ERR_MISSING;
}

enum err contacts_change(struct contacts *c, const struct contacts_entry *entry,
			 struct why *why)
{
	const struct contacts_entry *found = with_id(c, entry->id), *same;
	struct contacts_entry copy, before;
	size_t at;
	enum err e;

	if (!found)
		return missing(why);
	e = check_entry(c, entry, why);
	if (e != OK)
		return e;
	same = contacts_named(c, entry->name);
	if (same && same != found) {
		why_set(why, "There is a contact called %s already.",
			entry->name);
		return ERR_EXISTS;
	}
	if (c->to_count - found->count + entry->count > CONTACTS_TO_ALL_MAX) {
		why_set(why, "The address book is full: it holds %d addresses.",
			CONTACTS_TO_ALL_MAX);
		return ERR_LIMIT;
	}
	if (!copy_entry(&copy, entry))
		return ERR_MEMORY;
	at = (size_t)(found - c->all);
	before = c->all[at];
	c->all[at] = copy;
	e = save(c, why);
	if (e == OK) {
		c->to_count += copy.count - before.count;
		drop_entry(&before);
	} else {
		c->all[at] = before;
		drop_entry(&copy);
	}
	return e;
}

enum err contacts_remove(struct contacts *c, const char *hex, struct why *why)
{
	const struct contacts_entry *found = contacts_find(c, hex);
	struct contacts_entry gone;
	size_t at, after;
	enum err e;

	if (!found)
		return missing(why);
	at = (size_t)(found - c->all);
	gone = *found;
	after = --c->count - at;
	memmove(&c->all[at], &c->all[at + 1], after * sizeof(gone));
	e = save(c, why);
	if (e == OK) {
		c->to_count -= gone.count;
		drop_entry(&gone);
		return OK;
	}
	memmove(&c->all[at + 1], &c->all[at], after * sizeof(gone));
	c->all[at] = gone;
	c->count++;
	return e;
}
