/* SPDX-License-Identifier: Apache-2.0 */
#include "store/drafts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "store/record.h"

enum { HEX_SIZE = 2 * DRAFTS_ID_SIZE + 1 };

struct drafts {
	char folder[ATOMIC_PATH_MAX]; /* HOME/drafts */
	struct draft all[DRAFTS_MAX];
	size_t count;
};

static const struct record_field table[] = {
	RECORD(struct draft, id, RECORD_HEX),
	RECORD(struct draft, name, RECORD_TEXT),
	RECORD(struct draft, user, RECORD_TEXT),
	RECORD(struct draft, source, RECORD_TEXT),
	RECORD(struct draft, resolution, RECORD_TEXT),
	RECORD(struct draft, size, RECORD_TEXT),
	RECORD(struct draft, created_ms, RECORD_NUMBER),
	RECORD(struct draft, pages, RECORD_NUMBER),
	{ .key = NULL },
};

/* A path of the draft's folder; `rest` begins with a slash, or is "". */
static enum err path_of(const struct drafts *d, const uint8_t *id,
			const char *rest, char path[ATOMIC_PATH_MAX],
			struct why *why)
{
	char hex[HEX_SIZE];

	text_to_hex(id, DRAFTS_ID_SIZE, hex);
	return atomic_path(path, why, "%s/%s%s", d->folder, hex, rest);
}

static void remove_folder(const struct drafts *d, const char *name)
{
	char path[ATOMIC_PATH_MAX];

	if (atomic_path(path, NULL, "%s/%s/work", d->folder, name) == OK)
		(void)atomic_remove_folder(path);
	if (atomic_path(path, NULL, "%s/%s", d->folder, name) == OK)
		(void)atomic_remove_folder(path);
}

/* --- looking --- */

size_t drafts_count(const struct drafts *d)
{
	return d->count;
}

const struct draft *drafts_at(const struct drafts *d, size_t i)
{
	return &d->all[i];
}

static struct draft *find(struct drafts *d, const uint8_t *id)
{
	for (size_t i = 0; i < d->count; i++)
		if (memcmp(d->all[i].id, id, DRAFTS_ID_SIZE) == 0)
			return &d->all[i];
	return NULL;
}

const struct draft *drafts_find(const struct drafts *d, const char *hex)
{
	uint8_t id[DRAFTS_ID_SIZE];

	for (size_t i = 0;
	     text_from_hex(hex, id, DRAFTS_ID_SIZE) && i < d->count; i++)
		if (memcmp(d->all[i].id, id, DRAFTS_ID_SIZE) == 0)
			return &d->all[i];
	return NULL;
}

enum err drafts_document(const struct drafts *d, const uint8_t *id,
			 char path[ATOMIC_PATH_MAX])
{
	return path_of(d, id, "/document.tif", path, NULL);
}

enum err drafts_source(const struct drafts *d, const uint8_t *id,
		       char path[ATOMIC_PATH_MAX])
{
	return path_of(d, id, "/source", path, NULL);
}

/* --- making --- */

static enum err begin_work(struct drafts *d, const uint8_t *id,
			   char work[ATOMIC_PATH_MAX], struct why *why)
{
	enum err e = path_of(d, id, "/work", work, why);

	if (e != OK)
		return e;
	(void)atomic_remove_folder(work); /* what was cut off */
	return atomic_folder(work, why);
}

enum err drafts_begin(struct drafts *d, const uint8_t *id, int fd,
		      char work[ATOMIC_PATH_MAX], struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e;

	if (d->count == DRAFTS_MAX) {
		why_set(why,
			"%d documents wait to be sent already: send or "
			"remove some.",
			DRAFTS_MAX);
		return ERR_LIMIT;
	}
	e = path_of(d, id, "/source", path, why);
	if (e == OK)
		e = begin_work(d, id, work, why);
	if (e == OK)
		e = atomic_name(fd, path, why);
	if (e != OK)
		drafts_abandon(d, id);
	return e;
}

enum err drafts_begin_again(struct drafts *d, const uint8_t *id,
			    char work[ATOMIC_PATH_MAX], struct why *why)
{
	enum err e;

	if (!find(d, id)) {
		why_set(why, "There is no such document (any more).");
		return ERR_MISSING;
	}
	e = path_of(d, id, "/work", work, why);
	if (e == OK && access(work, F_OK) == 0) {
		why_set(why, "Its pages are being made just now: try again.");
		return ERR_EXISTS;
	}
	return e == OK ? begin_work(d, id, work, why) : e;
}

/* The record last: without it a new draft is none. */
static enum err put(struct drafts *d, const struct draft *draft,
		    struct why *why)
{
	char from[ATOMIC_PATH_MAX], to[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	enum err e = path_of(d, draft->id, "/work/document.tif", from, why);

	if (e == OK)
		e = path_of(d, draft->id, "/document.tif", to, why);
	if (e == OK)
		e = path_of(d, draft->id, "/draft.json", path, why);
	if (e == OK)
		e = atomic_sync_file(from, why);
	if (e == OK)
		e = atomic_rename(from, to, why);
	if (e == OK)
		e = record_write(path, table, draft, why);
	return e == OK ? atomic_sync_folder(d->folder, why) : e;
}

enum err drafts_keep(struct drafts *d, const struct draft *draft,
		     struct why *why)
{
	struct draft *known = find(d, draft->id);
	enum err e = ERR_LIMIT;

	if (known || d->count < DRAFTS_MAX)
		e = put(d, draft, why);
	if (e == OK && !known)
		known = &d->all[d->count++];
	if (e == OK)
		*known = *draft;
	drafts_abandon(d, draft->id); /* the work folder */
	return e;
}

void drafts_abandon(struct drafts *d, const uint8_t *id)
{
	char path[ATOMIC_PATH_MAX], hex[HEX_SIZE];

	text_to_hex(id, DRAFTS_ID_SIZE, hex);
	if (!find(d, id))
		remove_folder(d, hex);
	else if (path_of(d, id, "/work", path, NULL) == OK)
		(void)atomic_remove_folder(path);
}

void drafts_remove(struct drafts *d, const uint8_t *id)
{
	struct draft *known = find(d, id);
	char hex[HEX_SIZE];
	size_t after;

	if (!known)
		return;
	text_to_hex(id, DRAFTS_ID_SIZE, hex);
	after = (size_t)(d->all + d->count - known) - 1;
	memmove(known, known + 1, after * sizeof(*known));
	d->count--;
	remove_folder(d, hex);
}

/* --- opening --- */

static int by_creation(const void *left, const void *right)
{
	const struct draft *l = left, *r = right;

	return (l->created_ms > r->created_ms) -
	       (l->created_ms < r->created_ms);
}

/* Out of the way, for a person to look at. */
static void set_aside(const struct drafts *d, const char *name,
		      const char *sentence)
{
	char from[ATOMIC_PATH_MAX], to[ATOMIC_PATH_MAX];

	if (atomic_path(from, NULL, "%s/%s", d->folder, name) == OK &&
	    atomic_path(to, NULL, "%s/.damaged-%s", d->folder, name) == OK)
		(void)rename(from, to);
	log_sentence(LOG_ERROR, sentence, "event=draft-damaged");
}

/* What has no record was never whole. One that cannot be read now may be read
 * another time. */
static void load(struct drafts *d, const char *name)
{
	struct draft draft = { .pages = 0 };
	char path[ATOMIC_PATH_MAX], hex[HEX_SIZE];
	struct why why = { "" };
	enum err e;

	if (d->count == DRAFTS_MAX)
		return;
	e = atomic_path(path, &why, "%s/%s/draft.json", d->folder, name);
	if (e == OK)
		e = record_read(path, table, &draft, &why);
	text_to_hex(draft.id, DRAFTS_ID_SIZE, hex);
	if (e == OK && strcmp(hex, name) == 0) {
		d->all[d->count++] = draft;
		drafts_abandon(d, draft.id);
	} else if (e == ERR_MISSING) {
		remove_folder(d, name);
	} else if (e == OK || e == ERR_BAD) {
		set_aside(d, name,
			  e == OK ? "A draft's folder and record do not agree."
				  : why.text);
	} else {
		log_sentence(LOG_ERROR, why.text, "event=draft-unreadable");
	}
}

enum err drafts_open(struct drafts **out, const char *home, struct why *why)
{
	struct drafts *d = calloc(1, sizeof(*d));
	struct dirent *entry;
	DIR *folder = NULL;
	enum err e;

	if (!d)
		return ERR_MEMORY;
	e = atomic_path(d->folder, why, "%s/drafts", home);
	if (e == OK)
		e = atomic_folder(d->folder, why);
	if (e == OK) {
		folder = opendir(d->folder);
		if (!folder)
			e = err_from_errno(errno);
	}
	if (!folder) {
		free(d);
		return e;
	}
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			load(d, entry->d_name);
	closedir(folder);
	qsort(d->all, d->count, sizeof(d->all[0]), by_creation);
	*out = d;
	return OK;
}

void drafts_close(struct drafts *d)
{
	free(d);
}
