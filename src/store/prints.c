/* SPDX-License-Identifier: Apache-2.0 */
#include "store/prints.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/log.h"
#include "base/text.h"
#include "store/atomic.h"

enum {
	HEX_SIZE = 2 * PRINTS_ID_SIZE + 1,
	FILE_MAX = 512 * 1024, /* a thousand addresses of 255 octets */
};

/* A path of its folder; `rest` begins with a slash, or is "". */
static enum err path_of(const char *home, const uint8_t *id, const char *rest,
			char path[ATOMIC_PATH_MAX], struct why *why)
{
	char hex[HEX_SIZE];

	text_to_hex(id, PRINTS_ID_SIZE, hex);
	return atomic_path(path, why, "%s/printing/%s%s", home, hex, rest);
}

/* --- the record --- */

struct prints_texts {
	json_t *record;
	const char *to[PRINTS_TO_MAX];
};

static char *encode(const struct print *p)
{
	json_t *to = json_array(), *record;
	char hex[HEX_SIZE], *text;

	for (size_t i = 0; i < p->to_count; i++)
		json_array_append_new(to, json_string(p->to[i]));
	text_to_hex(p->id, PRINTS_ID_SIZE, hex);
	record = json_pack("{s:s, s:I, s:I, s:s, s:s, s:b, s:s, s:s, s:s, s:s, "
			   "s:o}",
			   "id", hex, "number", (json_int_t)p->number,
			   "created_ms", (json_int_t)p->created_ms, "user",
			   p->user, "name", p->name, "proven", (int)p->proven,
			   "title", p->title, "note", p->note, "resolution",
			   p->resolution, "priority", p->priority, "to", to);
	text = record ? json_dumps(record, JSON_COMPACT) : NULL;
	json_decref(record);
	return text;
}

static bool take_to(const json_t *to, struct prints_texts *keeps,
		    struct print *p)
{
	p->to = keeps->to;
	p->to_count = json_array_size(to);
	if (!json_is_array(to) || p->to_count > PRINTS_TO_MAX)
		return false;
	for (size_t i = 0; i < p->to_count; i++) {
		keeps->to[i] = json_string_value(json_array_get(to, i));
		if (!keeps->to[i])
			return false;
	}
	return true;
}

static bool take_record(struct prints_texts *keeps, struct print *p)
{
	json_int_t number, created_ms;
	const char *hex;
	json_t *to;
	int proven;

	if (json_unpack(keeps->record,
			"{s:s, s:I, s:I, s:s, s:s, s:b, s:s, s:s, s:s, s:s, "
			"s:o !}",
			"id", &hex, "number", &number, "created_ms",
			&created_ms, "user", &p->user, "name", &p->name,
			"proven", &proven, "title", &p->title, "note", &p->note,
			"resolution", &p->resolution, "priority", &p->priority,
			"to", &to) != 0)
		return false;
	p->number = (uint32_t)number;
	p->created_ms = (uint64_t)created_ms;
	p->proven = proven;
	return number > 0 && number <= INT32_MAX && created_ms >= 0 &&
	       text_from_hex(hex, p->id, sizeof(p->id)) &&
	       take_to(to, keeps, p);
}

enum err prints_decode(const char *bytes, size_t len, struct print *p,
		       struct prints_texts **keeps)
{
	struct prints_texts *k = calloc(1, sizeof(*k));

	if (!k)
		return ERR_MEMORY;
	k->record = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	*p = (struct print){ .number = 0 };
	if (take_record(k, p)) {
		*keeps = k;
		return OK;
	}
	prints_free(k);
	return ERR_BAD;
}

void prints_free(struct prints_texts *keeps)
{
	if (!keeps)
		return;
	json_decref(keeps->record);
	free(keeps);
}

/* --- keeping --- */

/* The record last: it is what makes it one. */
static enum err write_all(const char *home, const struct print *p, int fd,
			  struct why *why)
{
	char path[ATOMIC_PATH_MAX], *record = encode(p);
	enum err e = record ? OK : ERR_MEMORY;

	if (e == OK)
		e = path_of(home, p->id, "", path, why);
	if (e == OK)
		e = atomic_folder(path, why);
	if (e == OK)
		e = path_of(home, p->id, "/document", path, why);
	if (e == OK)
		e = atomic_name(fd, path, why);
	if (e == OK)
		e = path_of(home, p->id, "/print.json", path, why);
	if (e == OK)
		e = atomic_write(path, record, strlen(record), 0600, why);
	free(record);
	return e;
}

enum err prints_keep(const char *home, const struct print *p, int fd,
		     struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = write_all(home, p, fd, why);

	if (e == OK)
		e = atomic_path(path, why, "%s/printing", home);
	if (e == OK)
		e = atomic_sync_folder(path, why);
	if (e != OK)
		prints_remove(home, p->id);
	return e;
}

void prints_remove(const char *home, const uint8_t id[PRINTS_ID_SIZE])
{
	char path[ATOMIC_PATH_MAX];

	/* The record first: a folder without one is none. */
	if (path_of(home, id, "/print.json", path, NULL) == OK)
		(void)unlink(path);
	if (path_of(home, id, "", path, NULL) == OK)
		(void)atomic_remove_folder(path);
}

/* --- loading --- */

struct loading {
	char folder[ATOMIC_PATH_MAX];
	void (*each)(void *owner, const struct print *p, int document);
	void *owner;
};

static void set_aside(const struct loading *l, const char *name)
{
	char from[ATOMIC_PATH_MAX], to[ATOMIC_PATH_MAX];

	if (atomic_path(from, NULL, "%s/%s", l->folder, name) == OK &&
	    atomic_path(to, NULL, "%s/.damaged-%s", l->folder, name) == OK)
		(void)rename(from, to);
	log_line(LOG_ERROR, "print=%s event=print-damaged", name);
}

static void hand_over(const struct loading *l, const char *name,
		      const struct print *p)
{
	char path[ATOMIC_PATH_MAX], hex[HEX_SIZE];
	int fd = -1;

	text_to_hex(p->id, PRINTS_ID_SIZE, hex);
	if (strcmp(hex, name) == 0 &&
	    atomic_path(path, NULL, "%s/%s/document", l->folder, name) == OK)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		l->each(l->owner, p, fd);
	else
		set_aside(l, name);
}

static void load_one(const struct loading *l, const char *name)
{
	struct prints_texts *keeps = NULL;
	char path[ATOMIC_PATH_MAX], *bytes = NULL;
	struct print p;
	size_t len = 0;
	enum err e =
		atomic_path(path, NULL, "%s/%s/print.json", l->folder, name);

	if (e == OK)
		e = atomic_read(path, FILE_MAX, &bytes, &len, NULL);
	if (e == OK)
		e = prints_decode(bytes, len, &p, &keeps);
	free(bytes);
	if (e == OK)
		hand_over(l, name, &p);
	else if (e == ERR_BAD || e == ERR_LIMIT)
		set_aside(l, name);
	else if (e == ERR_MISSING &&
		 atomic_path(path, NULL, "%s/%s", l->folder, name) == OK)
		(void)atomic_remove_folder(path);
	else /* it waits for another start */
		log_line(LOG_ERROR, "print=%s event=print-unreadable", name);
	prints_free(keeps);
}

void prints_load(const char *home,
		 void (*each)(void *owner, const struct print *p, int document),
		 void *owner)
{
	struct loading l = { .each = each, .owner = owner };
	struct dirent **names;
	int n;

	if (atomic_path(l.folder, NULL, "%s/printing", home) != OK)
		return;
	n = scandir(l.folder, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			load_one(&l, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}
