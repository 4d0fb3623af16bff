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

#define NEW   ".new-"
#define BATCH ".batch-"

enum {
	HEX_SIZE = 2 * SPOOL_ID_SIZE + 1,
	BATCH_FILE_MAX = SPOOL_BATCH_MAX * HEX_SIZE,
};

struct spool {
	char folder[ATOMIC_PATH_MAX]; /* HOME/jobs */
	char queue[ATOMIC_PATH_MAX];  /* HOME/queue.json */
};

static const struct record_field table[] = {
	RECORD(struct spool_job, id, RECORD_HEX),
	RECORD_LATER(struct spool_job, batch, RECORD_HEX),
	RECORD(struct spool_job, to, RECORD_TEXT),
	RECORD(struct spool_job, title, RECORD_TEXT),
	RECORD_LATER(struct spool_job, note, RECORD_TEXT),
	RECORD_LATER(struct spool_job, user, RECORD_TEXT),
	RECORD_LATER(struct spool_job, priority, RECORD_TEXT),
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
	RECORD_LATER(struct spool_job, held_ms, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, away_ms, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, faults, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, busy, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, streak, RECORD_NUMBER),
	RECORD(struct spool_job, pages, RECORD_NUMBER),
	RECORD(struct spool_job, pages_confirmed, RECORD_NUMBER),
	RECORD(struct spool_job, last_reason, RECORD_NUMBER),
	RECORD_LATER(struct spool_job, cancelled, RECORD_FLAG),
	{ .key = NULL },
};

static const struct record_field queue_table[] = {
	RECORD(struct spool_queue, paused_ms, RECORD_NUMBER),
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

/* From one kind of name to the other; not synced. */
static enum err move(const struct spool *s, const char *from, const char *to,
		     const uint8_t id[SPOOL_ID_SIZE], struct why *why)
{
	char old[ATOMIC_PATH_MAX] = "", new[ATOMIC_PATH_MAX] = "";
	enum err e = path_of(s, from, id, "", old, why);

	if (e == OK)
		e = path_of(s, to, id, "", new, why);
	if (e != OK || rename(old, new) == 0)
		return e;
	why_set(why, "Cannot make %s: %s.", new, strerror(errno));
	return err_from_errno(errno);
}

enum err spool_open(struct spool **out, const char *home, struct why *why)
{
	struct spool *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_MEMORY;
	e = atomic_path(s->folder, why, "%s/jobs", home);
	if (e == OK)
		e = atomic_path(s->queue, why, "%s/queue.json", home);
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
	else if (e == OK)
		set_aside(l, name, "A job's folder and record do not agree.");
	else if (e == ERR_BAD || e == ERR_MISSING)
		set_aside(l, name, why.text);
	else /* the fault is not the job's: it waits for another start */
		l->damaged(l->owner, why.text);
}

static void remove_unfinished(const struct spool *s, const char *name)
{
	char path[ATOMIC_PATH_MAX];

	if (atomic_path(path, NULL, "%s/%s", s->folder, name) == OK)
		(void)atomic_remove_folder(path);
}

/* A batch's file lists its jobs, an ID a line. It is there while their folders
 * get their names: what was cut off in that is done now. */
static enum err complete_batch(const struct spool *s, const char *path,
			       struct why *why)
{
	uint8_t id[SPOOL_ID_SIZE];
	char *bytes, *rest, *line;
	size_t len;
	enum err e = atomic_read(path, BATCH_FILE_MAX, &bytes, &len, why);

	if (e != OK)
		return e;
	rest = bytes;
	while (e == OK && (line = strsep(&rest, "\n"))) {
		if (text_from_hex(line, id, sizeof(id)))
			e = move(s, NEW, "", id, why);
		if (e == ERR_MISSING) /* it has its name */
			e = OK;
	}
	free(bytes);
	if (e == OK)
		e = atomic_sync_folder(s->folder, why);
	if (e == OK)
		(void)unlink(path);
	return e;
}

static enum err complete_batches(const struct spool *s, struct dirent **names,
				 int n, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = OK;

	for (int i = 0; e == OK && i < n; i++) {
		const char *name = names[i]->d_name;

		if (strncmp(name, BATCH, strlen(BATCH)) != 0)
			continue;
		e = atomic_path(path, why, "%s/%s", s->folder, name);
		if (e == OK && strcmp(name + strlen(name) - 4, ".tmp") == 0)
			(void)unlink(path); /* never whole: never accepted */
		else if (e == OK)
			e = complete_batch(s, path, why);
	}
	return e;
}

static int list_names(const struct spool *s, struct dirent ***names,
		      struct why *why)
{
	int n = scandir(s->folder, names, NULL, alphasort);

	if (n < 0)
		why_set(why, "Cannot read %s: %s.", s->folder, strerror(errno));
	return n;
}

static void free_names(struct dirent **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

enum err spool_load(struct spool *s,
		    void (*job)(void *owner, const struct spool_job *j),
		    void (*damaged)(void *owner, const char *sentence),
		    void *owner, struct why *why)
{
	struct loading l = { s, job, damaged, owner };
	struct dirent **names;
	int n = list_names(s, &names, why);

	enum err e;

	if (n < 0)
		return err_from_errno(errno);
	e = complete_batches(s, names, n, why);
	free_names(names, n);
	if (e != OK)
		return e;
	n = list_names(s, &names, why);
	if (n < 0)
		return err_from_errno(errno);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (strncmp(name, NEW, strlen(NEW)) == 0)
			remove_unfinished(s, name);
		else if (name[0] != '.')
			load_one(&l, name);
	}
	free_names(names, n);
	return OK;
}

/* --- a job's life --- */

enum err spool_begin(struct spool *s, const uint8_t id[SPOOL_ID_SIZE],
		     char folder[ATOMIC_PATH_MAX], struct why *why)
{
	enum err e = path_of(s, NEW, id, "", folder, why);

	return e == OK ? atomic_folder(folder, why) : e;
}

enum err spool_begin_with(struct spool *s, const uint8_t id[SPOOL_ID_SIZE],
			  const char *document, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = path_of(s, NEW, id, "", path, why);

	if (e == OK)
		e = atomic_new_folder(path, why);
	if (e == OK)
		e = path_of(s, NEW, id, "/document.tif", path, why);
	if (e == OK)
		e = atomic_share(document, path, why);
	if (e != OK)
		spool_abandon(s, id);
	return e;
}

/* Gives the folders their names, or puts them back. */
static enum err move_all(const struct spool *s, const struct spool_job *jobs,
			 size_t count, struct why *why)
{
	enum err e = OK;
	size_t done = 0;

	while (e == OK && done < count)
		e = move(s, NEW, "", jobs[done++].id, why);
	if (e == OK)
		e = atomic_sync_folder(s->folder, why);
	while (e != OK && done-- > 0)
		(void)!move(s, "", NEW, jobs[done].id, NULL);
	return e;
}

static enum err commit_one(struct spool *s, const struct spool_job *j,
			   struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = path_of(s, NEW, j->id, "/document.tif", path, why);

	if (e == OK)
		e = atomic_sync_file(path, why);
	if (e == OK)
		e = path_of(s, NEW, j->id, "/job.json", path, why);
	if (e == OK)
		e = record_write(path, table, j, why);
	return e == OK ? move_all(s, j, 1, why) : e;
}

/* The folders of the others, and all records; nothing is synced. */
static enum err fill_batch(struct spool *s, const struct spool_job *jobs,
			   size_t count, struct why *why)
{
	char document[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	enum err e =
		path_of(s, NEW, jobs[0].id, "/document.tif", document, why);

	for (size_t i = 0; e == OK && i < count; i++) {
		if (i > 0)
			e = spool_begin_with(s, jobs[i].id, document, why);
		if (e == OK)
			e = path_of(s, NEW, jobs[i].id, "/job.json", path, why);
		if (e == OK)
			e = record_new_file(path, table, &jobs[i], why);
	}
	return e;
}

static enum err write_batch(const struct spool_job *jobs, size_t count,
			    const char *path, struct why *why)
{
	char *list = calloc(count, HEX_SIZE);
	enum err e = ERR_MEMORY;

	for (size_t i = 0; list && i < count; i++) {
		char *at = list + i * HEX_SIZE;

		text_to_hex(jobs[i].id, SPOOL_ID_SIZE, at);
		at[HEX_SIZE - 1] = '\n';
	}
	if (list)
		e = atomic_write(path, list, count * HEX_SIZE, 0600, why);
	free(list);
	return e;
}

/* The batch's file is what accepts it: once it is there, spool_load completes
 * what was cut off. However many jobs there are, it is synced four times. */
static enum err commit_batch(struct spool *s, const struct spool_job *jobs,
			     size_t count, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = fill_batch(s, jobs, count, why);

	if (e == OK)
		e = atomic_sync_all(s->folder, why);
	if (e == OK)
		e = path_of(s, BATCH, jobs[0].batch, "", path, why);
	if (e == OK)
		e = write_batch(jobs, count, path, why);
	if (e != OK)
		return e;
	e = move_all(s, jobs, count, why);
	/* It must not come back when some of its jobs are gone: if it does all
	 * the same, those are not missed. The jobs are accepted by now. */
	(void)unlink(path);
	if (e == OK)
		(void)!atomic_sync_folder(s->folder, NULL);
	return e;
}

enum err spool_commit(struct spool *s, const struct spool_job *jobs,
		      size_t count, struct why *why)
{
	enum err e = count == 1 ? commit_one(s, jobs, why)
				: commit_batch(s, jobs, count, why);

	for (size_t i = 0; e != OK && i < count; i++)
		spool_abandon(s, jobs[i].id);
	return e;
}

void spool_abandon(struct spool *s, const uint8_t id[SPOOL_ID_SIZE])
{
	char path[ATOMIC_PATH_MAX];

	if (path_of(s, NEW, id, "", path, NULL) == OK)
		(void)atomic_remove_folder(path);
}

enum err spool_save(struct spool *s, const struct spool_job *j, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = path_of(s, "", j->id, "/job.json", path, why);

	return e == OK ? record_write(path, table, j, why) : e;
}

static enum err write_new(struct spool *s, const struct spool_job *j,
			  struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = path_of(s, "", j->id, "/job.json.new", path, why);

	(void)unlink(path); /* of a crash before */
	return e == OK ? record_new_file(path, table, j, why) : e;
}

static enum err take_new(struct spool *s, const struct spool_job *j,
			 struct why *why)
{
	char from[ATOMIC_PATH_MAX] = "", to[ATOMIC_PATH_MAX] = "";
	enum err e = path_of(s, "", j->id, "/job.json.new", from, why);

	if (e == OK)
		e = path_of(s, "", j->id, "/job.json", to, why);
	if (e != OK || rename(from, to) == 0)
		return e;
	why_set(why, "Cannot write %s: %s.", to, strerror(errno));
	return err_from_errno(errno);
}

enum err spool_save_all(struct spool *s, const struct spool_job *const *jobs,
			size_t count, struct why *why)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < count; i++)
		e = write_new(s, jobs[i], why);
	if (e == OK)
		e = atomic_sync_all(s->folder, why);
	for (size_t i = 0; e == OK && i < count; i++)
		e = take_new(s, jobs[i], why);
	return e == OK ? atomic_sync_all(s->folder, why) : e;
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
	/* Under another name first: half a folder is no job. */
	if (move(s, "", NEW, id, NULL) == OK)
		spool_abandon(s, id);
}

/* --- the queue --- */

enum err spool_queue_load(struct spool *s, struct spool_queue *q,
			  struct why *why)
{
	enum err e;

	*q = (struct spool_queue){ .paused_ms = 0 };
	e = record_read(s->queue, queue_table, q, why);
	return e == ERR_MISSING ? OK : e;
}

enum err spool_queue_save(struct spool *s, const struct spool_queue *q,
			  struct why *why)
{
	return record_write(s->queue, queue_table, q, why);
}
