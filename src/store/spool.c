/* SPDX-License-Identifier: Apache-2.0 */
#include "store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/record.h"

enum { HEX_SIZE = 2 * SPOOL_ID_SIZE + 1 };

struct spool {
	char folder[ATOMIC_PATH_MAX]; /* HOME/jobs */
};

static const struct record_field table[] = {
	RECORD(struct spool_job, id, RECORD_HEX),
	RECORD(struct spool_job, to, RECORD_TEXT),
	RECORD(struct spool_job, title, RECORD_TEXT),
	RECORD(struct spool_job, resolution, RECORD_TEXT),
	RECORD(struct spool_job, state, RECORD_TEXT),
	RECORD(struct spool_job, last_result, RECORD_TEXT),
	RECORD(struct spool_job, far_ident, RECORD_TEXT),
	RECORD(struct spool_job, created_ms, RECORD_NUMBER),
	RECORD(struct spool_job, not_before_ms, RECORD_NUMBER),
	RECORD(struct spool_job, give_up_ms, RECORD_NUMBER),
	RECORD(struct spool_job, next_try_ms, RECORD_NUMBER),
	RECORD(struct spool_job, finished_ms, RECORD_NUMBER),
	RECORD(struct spool_job, attempts, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, faults, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, streak, RECORD_NUMBER),
	RECORD(struct spool_job, pages, RECORD_NUMBER),
	RECORD(struct spool_job, pages_confirmed, RECORD_NUMBER),
	RECORD(struct spool_job, last_reason, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, cancelled, RECORD_FLAG),
	{ .key = NULL },
};

static enum err path_of(const struct spool *s, const char *prefix,
			const uint8_t id[SPOOL_ID_SIZE], const char *file,
			char out[ATOMIC_PATH_MAX], struct why *why)
{
	char hex[HEX_SIZE];

	text_to_hex(id, SPOOL_ID_SIZE, hex);
	return atomic_path(out, why, "%s/%s%s%s", s->folder, prefix, hex, file);
}

enum err spool_open(struct spool **out, const char *home, struct why *why)
{
	struct spool *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_MEMORY;
	e = atomic_path(s->folder, why, "%s/jobs", home);
	if (e == OK)
		e = atomic_folder(s->folder, why);
	if (e != OK) {
		free(s);
		return e;
	}
	*out = s;
	return OK;
}

void spool_close(struct spool *s)
{
	free(s);
}

/* --- loading --- */

struct loading {
	struct spool *spool;
	void (*job)(void *owner, const struct spool_job *j);
	void (*damaged)(void *owner, const char *sentence);
	void *owner;
};

static void set_aside(const struct loading *l, const char *name,
		      const char *sentence)
{
	char from[ATOMIC_PATH_MAX], to[ATOMIC_PATH_MAX];

	if (atomic_path(from, NULL, "%s/%s", l->spool->folder, name) == OK &&
	    atomic_path(to, NULL, "%s/.damaged-%s", l->spool->folder, name) ==
		    OK)
		(void)rename(from, to);
	l->damaged(l->owner, sentence);
}

static void load_one(const struct loading *l, const char *name)
{
	char path[ATOMIC_PATH_MAX];
	struct spool_job job;
	uint8_t id[SPOOL_ID_SIZE];
	struct why why = { "" };
	enum err e;

	memset(&job, 0, sizeof(job));
	e = atomic_path(path, &why, "%s/%s/job.json", l->spool->folder, name);
	if (e == OK)
		e = record_read(path, table, &job, &why);
	if (e == OK && text_from_hex(name, id, sizeof(id)) &&
	    memcmp(id, job.id, sizeof(id)) == 0)
		l->job(l->owner, &job);
	else
		set_aside(l, name,
			  e != OK ? why.text
				  : "A job's folder and record do not agree.");
}

static void remove_unfinished(const struct spool *s, const char *name)
{
	char path[ATOMIC_PATH_MAX];

	if (atomic_path(path, NULL, "%s/%s", s->folder, name) == OK)
		(void)atomic_remove_folder(path);
}

enum err spool_load(struct spool *s,
		    void (*job)(void *owner, const struct spool_job *j),
		    void (*damaged)(void *owner, const char *sentence),
		    void *owner, struct why *why)
{
	struct loading l = { s, job, damaged, owner };
	struct dirent **names;
	int n = scandir(s->folder, &names, NULL, alphasort);

	if (n < 0) {
		why_set(why, "Cannot read %s: %s.", s->folder, strerror(errno));
		return err_from_errno(errno);
	}
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (strncmp(name, ".new-", 5) == 0)
			remove_unfinished(s, name);
		else if (name[0] != '.')
			load_one(&l, name);
		free(names[i]);
	}
	free(names);
	return OK;
}

/* --- a job's life --- */

enum err spool_begin(struct spool *s, const uint8_t id[SPOOL_ID_SIZE],
		     char folder[ATOMIC_PATH_MAX], struct why *why)
{
	enum err e = path_of(s, ".new-", id, "", folder, why);

	return e == OK ? atomic_folder(folder, why) : e;
}

enum err spool_commit(struct spool *s, const struct spool_job *j,
		      struct why *why)
{
	char begun[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	enum err e = path_of(s, ".new-", j->id, "/document.tif", path, why);

	if (e == OK)
		e = atomic_sync_file(path, why);
	if (e == OK)
		e = path_of(s, ".new-", j->id, "/job.json", path, why);
	if (e == OK)
		e = record_write(path, table, j, why);
	if (e == OK)
		e = path_of(s, ".new-", j->id, "", begun, why);
	if (e == OK)
		e = path_of(s, "", j->id, "", path, why);
	if (e == OK)
		e = atomic_rename(begun, path, why);
	if (e != OK)
		spool_abandon(s, j->id);
	return e;
}

void spool_abandon(struct spool *s, const uint8_t id[SPOOL_ID_SIZE])
{
	char path[ATOMIC_PATH_MAX];

	if (path_of(s, ".new-", id, "", path, NULL) == OK)
		(void)atomic_remove_folder(path);
}

enum err spool_save(struct spool *s, const struct spool_job *j, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = path_of(s, "", j->id, "/job.json", path, why);

	return e == OK ? record_write(path, table, j, why) : e;
}

enum err spool_document_path(struct spool *s, const uint8_t id[SPOOL_ID_SIZE],
			     char out[ATOMIC_PATH_MAX])
{
	return path_of(s, "", id, "/document.tif", out, NULL);
}

void spool_document_remove(struct spool *s, const uint8_t id[SPOOL_ID_SIZE])
{
	char path[ATOMIC_PATH_MAX];

	if (spool_document_path(s, id, path) == OK)
		(void)unlink(path);
}

void spool_remove(struct spool *s, const uint8_t id[SPOOL_ID_SIZE])
{
	char path[ATOMIC_PATH_MAX], gone[ATOMIC_PATH_MAX];

	/* Under another name first: half a folder is no job. */
	if (path_of(s, "", id, "", path, NULL) == OK &&
	    path_of(s, ".new-", id, "", gone, NULL) == OK &&
	    rename(path, gone) == 0)
		(void)atomic_remove_folder(gone);
}
