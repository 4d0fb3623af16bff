/* SPDX-License-Identifier: Apache-2.0 */
#include "store/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "store/delivered.h"
#include "store/record.h"
#include "store/shelf.h"

enum {
	HEX_SIZE = 2 * INBOX_JOB_SIZE + 1,
	STAMP_SIZE = 32,
	STAMP_LEN = sizeof("20260102T030405.678Z") - 1
};

struct inbox {
	char folder[ATOMIC_PATH_MAX];	/* HOME/inbox */
	char incoming[ATOMIC_PATH_MAX]; /* HOME/incoming */
	struct shelf shelf;		/* of HOME/inbox */
	struct shelf trash;		/* of HOME/trash */
	struct delivered *delivered;	/* owned */
	unsigned receptions;		/* so far: names their folders */
};

struct inbox_reception {
	char folder[ATOMIC_PATH_MAX];
	int tiff;
	int pdf;
};

static const struct record_field table[] = {
	RECORD(struct inbox_fax, from, RECORD_TEXT),
	RECORD_LATER(struct inbox_fax, relay, RECORD_TEXT),
	RECORD(struct inbox_fax, job, RECORD_HEX),
	RECORD(struct inbox_fax, title, RECORD_TEXT),
	RECORD(struct inbox_fax, result, RECORD_TEXT),
	RECORD(struct inbox_fax, far_ident, RECORD_TEXT),
	RECORD(struct inbox_fax, resolution, RECORD_TEXT),
	RECORD(struct inbox_fax, received_ms, RECORD_NUMBER),
	RECORD(struct inbox_fax, pages, RECORD_NUMBER),
	RECORD(struct inbox_fax, complete, RECORD_FLAG),
	{ .key = NULL },
};

/* What may be part of a file name here: a user ID and nothing else. */
static bool from_valid(const char *from)
{
	size_t len = strlen(from);

	return len > 0 && len <= INBOX_FROM_MAX && from[0] != '.' &&
	       strspn(from, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

/* To the millisecond, so that names sort as the faxes came. */
static void stamp(uint64_t ms, char out[STAMP_SIZE])
{
	time_t seconds = (time_t)(ms / 1000);
	char text[STAMP_SIZE - 8];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &tm) == 0)
		text[0] = '\0';
	snprintf(out, STAMP_SIZE, "%s.%03uZ", text, (unsigned)(ms % 1000));
}

/* --- what stands in the inbox --- */

bool inbox_read_record(const char *folder, struct inbox_fax *fax)
{
	char path[ATOMIC_PATH_MAX];

	memset(fax, 0, sizeof(*fax));
	return atomic_path(path, NULL, "%s/fax.json", folder) == OK &&
	       record_read(path, table, fax, NULL) == OK;
}

/* False: its path is too long. */
static bool make_entry(const struct shelf *s, size_t i, struct inbox_entry *e)
{
	const struct shelf_item *item = &s->items[i];

	memcpy(e->name, item->name, sizeof(e->name));
	e->fax = item->fax;
	e->unread = !item->seen;
	return atomic_path(e->folder, NULL, "%s/%s", s->folder, item->name) ==
	       OK;
}

void inbox_each(struct inbox *in,
		void (*each)(void *owner, const struct inbox_entry *e),
		void *owner)
{
	struct inbox_entry e;

	shelf_look(&in->shelf);
	for (size_t i = 0; i < in->shelf.count; i++) {
		e.number = (unsigned)i + 1;
		if (make_entry(&in->shelf, i, &e))
			each(owner, &e);
	}
}

void inbox_each_deleted(struct inbox *in,
			void (*each)(void *owner, const struct inbox_entry *e),
			void *owner)
{
	struct inbox_entry e = { .number = 0 };

	shelf_look(&in->trash);
	for (size_t i = 0; i < in->trash.count; i++)
		if (make_entry(&in->trash, i, &e))
			each(owner, &e);
}

unsigned inbox_count_unread(struct inbox *in)
{
	unsigned n = 0;

	shelf_look(&in->shelf);
	for (size_t i = 0; i < in->shelf.count; i++)
		n += !in->shelf.items[i].seen;
	return n;
}

struct search {
	const char *name;
	size_t length;
	unsigned number; /* 0: by job */
	bool found;
	struct inbox_entry *out;
};

static void compare(void *owner, const struct inbox_entry *e)
{
	struct search *s = owner;
	char hex[HEX_SIZE];

	text_to_hex(e->fax.job, INBOX_JOB_SIZE, hex);
	if (s->found || (s->number > 0 && s->number != e->number) ||
	    (s->number == 0 && strncmp(hex, s->name, s->length) != 0))
		return;
	s->found = true;
	*s->out = *e;
}

bool inbox_find(struct inbox *in, const char *name, struct inbox_entry *out)
{
	struct search s = { .name = name, .length = strlen(name), .out = out };
	int64_t number;

	if (text_to_number(name, 1, 1000000, &number)) {
		s.number = (unsigned)number;
		inbox_each(in, compare, &s);
	}
	if (!s.found && s.length >= 4 && s.length < HEX_SIZE) {
		s.number = 0;
		inbox_each(in, compare, &s);
	}
	return s.found;
}

bool inbox_get(struct inbox *in, const char *name, struct inbox_entry *out)
{
	const struct shelf_item *item;

	shelf_look(&in->shelf);
	item = shelf_find(&in->shelf, name);
	if (item) {
		size_t i = (size_t)(item - in->shelf.items);

		out->number = (unsigned)i + 1;
		return make_entry(&in->shelf, i, out);
	}
	shelf_look(&in->trash);
	item = shelf_find(&in->trash, name);
	out->number = 0;
	return item &&
	       make_entry(&in->trash, (size_t)(item - in->trash.items), out);
}

bool inbox_known(const struct inbox *in, const char *from,
		 const uint8_t job[INBOX_JOB_SIZE], uint16_t *pages)
{
	return delivered_has(in->delivered, from, job, pages);
}

/* --- receiving --- */

static int open_file(const char *folder, const char *name, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	int fd;

	if (atomic_path(path, why, "%s/%s", folder, name) != OK)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		why_set(why, "Cannot make %s: %s.", path, strerror(errno));
	return fd;
}

static void free_reception(struct inbox_reception *r)
{
	if (r->tiff >= 0)
		close(r->tiff);
	if (r->pdf >= 0)
		close(r->pdf);
	free(r);
}

void inbox_abandon(struct inbox_reception *r)
{
	if (!r)
		return;
	(void)atomic_remove_folder(r->folder);
	free_reception(r);
}

static enum err write_record(const char *folder, const struct inbox_fax *fax,
			     struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = atomic_path(path, why, "%s/fax.json", folder);

	return e == OK ? record_write(path, table, fax, why) : e;
}

/* From the beginning there is a record, so that a fax which is cut off can be
 * told from rubbish. */
static enum err first_record(const struct inbox_reception *r,
			     const struct inbox_fax *known, struct why *why)
{
	struct inbox_fax fax = {
		.received_ms = known->received_ms,
		.result = "The program was stopped while this fax came.",
	};

	memcpy(fax.job, known->job, INBOX_JOB_SIZE);
	memcpy(fax.from, known->from, sizeof(fax.from));
	memcpy(fax.relay, known->relay, sizeof(fax.relay));
	return write_record(r->folder, &fax, why);
}

enum err inbox_begin(struct inbox *in, struct inbox_reception **out,
		     const struct inbox_fax *fax, struct why *why)
{
	struct inbox_reception *r;
	char hex[HEX_SIZE];
	enum err e;

	if (!from_valid(fax->from)) {
		why_set(why, "The caller has no valid user ID.");
		return ERR_BAD;
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		return ERR_MEMORY;
	r->tiff = r->pdf = -1;
	text_to_hex(fax->job, INBOX_JOB_SIZE, hex);
	e = atomic_path(r->folder, why, "%s/%s-%s.%u", in->incoming, fax->from,
			hex, ++in->receptions);
	if (e == OK)
		e = atomic_folder(r->folder, why);
	if (e == OK)
		e = first_record(r, fax, why);
	if (e == OK) {
		r->tiff = open_file(r->folder, "fax.tif", why);
		r->pdf = open_file(r->folder, "fax.pdf", why);
		if (r->tiff < 0 || r->pdf < 0)
			e = err_from_errno(errno);
	}
	if (e != OK) {
		inbox_abandon(r);
		return e;
	}
	*out = r;
	return OK;
}

int inbox_tiff(const struct inbox_reception *r)
{
	return r->tiff;
}

int inbox_pdf(const struct inbox_reception *r)
{
	return r->pdf;
}

/* --- storing --- */

static enum err sync_files(const struct inbox_reception *r, struct why *why)
{
	char pdf[ATOMIC_PATH_MAX];
	struct stat st;

	if (fsync(r->tiff) != 0 || fsync(r->pdf) != 0) {
		why_set(why, "The fax could not be written to disk: %s.",
			strerror(errno));
		return err_from_errno(errno);
	}
	/* A PDF that was not made is not shown as an empty one. */
	if (fstat(r->pdf, &st) == 0 && st.st_size == 0 &&
	    atomic_path(pdf, NULL, "%s/fax.pdf", r->folder) == OK)
		(void)unlink(pdf);
	return OK;
}

/* Partial faxes of this job, but for the folder `keep`. `ending` is all of
 * their names but the stamp. */
static void remove_partials(const struct inbox *in, const char *ending,
			    const char *keep)
{
	struct dirent **names;
	int n = scandir(in->folder, &names, NULL, alphasort);
	size_t ending_len = strlen(ending);

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		size_t len = strlen(name);
		char path[ATOMIC_PATH_MAX];

		if (len == STAMP_LEN + ending_len &&
		    strcmp(name + len - ending_len, ending) == 0 &&
		    atomic_path(path, NULL, "%s/%s", in->folder, name) == OK &&
		    strcmp(path, keep) != 0)
			(void)atomic_remove_folder(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static enum err move_in(struct inbox *in, const char *folder,
			const struct inbox_fax *fax, char to[ATOMIC_PATH_MAX],
			struct why *why)
{
	char ending[128], hex[HEX_SIZE], when[STAMP_SIZE];
	enum err e;

	stamp(fax->received_ms, when);
	text_to_hex(fax->job, INBOX_JOB_SIZE, hex);
	e = atomic_path(to, why, "%s/%s-%s-%s%s", in->folder, when, fax->from,
			hex, fax->complete ? "" : ".partial");
	if (e != OK)
		return e;
	/* Two tries within one millisecond end at one name. */
	if (!fax->complete)
		(void)atomic_remove_folder(to);
	e = atomic_rename(folder, to, why);
	in->shelf.stale = true;
	if (e != OK)
		return e;
	snprintf(ending, sizeof(ending), "-%s-%s.partial", fax->from, hex);
	remove_partials(in, ending, to);
	return OK;
}

enum err inbox_store(struct inbox *in, struct inbox_reception *r,
		     const struct inbox_fax *fax, char folder[ATOMIC_PATH_MAX],
		     struct why *why)
{
	enum err e;

	folder[0] = '\0';
	if (!from_valid(fax->from)) {
		inbox_abandon(r);
		why_set(why, "The caller has no valid user ID.");
		return ERR_BAD;
	}
	if (inbox_known(in, fax->from, fax->job, NULL)) {
		inbox_abandon(r);
		return OK;
	}
	e = sync_files(r, why);
	if (e == OK)
		e = write_record(r->folder, fax, why);
	if (e == OK)
		e = atomic_sync_folder(r->folder, why);
	/* A fax that stands and is not known would be stored twice. */
	if (e == OK)
		e = delivered_make_room(in->delivered);
	if (e == OK)
		e = move_in(in, r->folder, fax, folder, why);
	if (e != OK) {
		inbox_abandon(r);
		return e;
	}
	/* From here on it stands; the log only has to outlive its folder. */
	if (fax->complete)
		delivered_add(in->delivered, fax->from, fax->job, fax->pages,
			      fax->received_ms);
	free_reception(r);
	return OK;
}

/* --- marks and trash --- */

static enum err missing(struct why *why)
{
	why_set(why, "There is no such fax any more.");
	return ERR_MISSING;
}

enum err inbox_mark(struct inbox *in, const char *name, bool unread,
		    struct why *why)
{
	struct shelf_item *item;
	char path[ATOMIC_PATH_MAX];
	enum err e;

	shelf_look(&in->shelf);
	item = shelf_find(&in->shelf, name);
	if (!item)
		return missing(why);
	if (item->seen == !unread)
		return OK;
	e = atomic_path(path, why, "%s/%s/" SHELF_SEEN, in->shelf.folder, name);
	if (e == OK && !unread)
		e = atomic_write(path, "", 0, 0600, why);
	else if (e == OK && unlink(path) != 0 && errno != ENOENT)
		e = err_from_errno(errno);
	if (e == OK)
		item->seen = !unread;
	return e;
}

static enum err move_between(struct shelf *from, struct shelf *to,
			     const char *name, struct why *why)
{
	char old[ATOMIC_PATH_MAX], new[ATOMIC_PATH_MAX];
	enum err e;

	shelf_look(from);
	if (!shelf_find(from, name))
		return missing(why);
	e = atomic_path(old, why, "%s/%s", from->folder, name);
	if (e == OK)
		e = atomic_path(new, why, "%s/%s", to->folder, name);
	/* Its own time says since when it lies there. */
	if (e == OK)
		(void)utimensat(AT_FDCWD, old, NULL, 0);
	if (e == OK)
		e = atomic_rename(old, new, why);
	from->stale = to->stale = true;
	return e;
}

enum err inbox_delete(struct inbox *in, const char *name, struct why *why)
{
	return move_between(&in->shelf, &in->trash, name, why);
}

enum err inbox_restore(struct inbox *in, const char *name, struct why *why)
{
	return move_between(&in->trash, &in->shelf, name, why);
}

unsigned inbox_empty_trash(struct inbox *in, uint64_t keep_ms, uint64_t now_ms)
{
	char path[ATOMIC_PATH_MAX];
	unsigned removed = 0;
	struct stat st;

	shelf_look(&in->trash);
	for (size_t i = 0; i < in->trash.count; i++)
		if (atomic_path(path, NULL, "%s/%s", in->trash.folder,
				in->trash.items[i].name) == OK &&
		    stat(path, &st) == 0 &&
		    (uint64_t)st.st_mtim.tv_sec * 1000 + keep_ms < now_ms)
			removed += atomic_remove_folder(path);
	in->trash.stale = in->trash.stale || removed > 0;
	return removed;
}

/* --- opening --- */

static void recover(struct inbox *in, const char *name)
{
	char folder[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	char stands[ATOMIC_PATH_MAX];
	struct inbox_fax fax = { .pages = 0 };
	struct stat st;

	if (atomic_path(folder, NULL, "%s/%s", in->incoming, name) != OK ||
	    atomic_path(path, NULL, "%s/fax.json", folder) != OK ||
	    delivered_make_room(in->delivered) != OK)
		return;
	if (record_read(path, table, &fax, NULL) == OK &&
	    from_valid(fax.from) &&
	    atomic_path(path, NULL, "%s/fax.tif", folder) == OK &&
	    stat(path, &st) == 0 && st.st_size > 0 &&
	    !inbox_known(in, fax.from, fax.job, NULL) &&
	    move_in(in, folder, &fax, stands, NULL) == OK) {
		if (fax.complete) /* all but the rename had been done */
			delivered_add(in->delivered, fax.from, fax.job,
				      fax.pages, fax.received_ms);
		return;
	}
	(void)atomic_remove_folder(folder);
}

static void recover_all(struct inbox *in)
{
	struct dirent **names;
	int n = scandir(in->incoming, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			recover(in, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void remember(void *owner, const struct inbox_entry *e)
{
	struct inbox *in = owner;

	if (e->fax.complete && !inbox_known(in, e->fax.from, e->fax.job, NULL))
		delivered_add(in->delivered, e->fax.from, e->fax.job,
			      e->fax.pages, e->fax.received_ms);
}

static enum err open_trash(struct inbox *in, const char *home, struct why *why)
{
	char folder[ATOMIC_PATH_MAX];
	enum err e = atomic_path(folder, why, "%s/trash", home);

	if (e == OK)
		e = atomic_folder(folder, why);
	return e == OK ? shelf_init(&in->trash, folder, why) : e;
}

enum err inbox_open(struct inbox **out, const char *home, uint64_t now_ms,
		    struct why *why)
{
	struct inbox *in = calloc(1, sizeof(*in));
	char log[ATOMIC_PATH_MAX];
	enum err e;

	if (!in)
		return ERR_MEMORY;
	e = atomic_path(in->folder, why, "%s/inbox", home);
	if (e == OK)
		e = atomic_path(in->incoming, why, "%s/incoming", home);
	if (e == OK)
		e = atomic_folder(in->folder, why);
	if (e == OK)
		e = atomic_folder(in->incoming, why);
	if (e == OK)
		e = shelf_init(&in->shelf, in->folder, why);
	if (e == OK)
		e = open_trash(in, home, why);
	if (e == OK)
		e = atomic_path(log, why, "%s/.delivered", in->folder);
	if (e == OK)
		e = delivered_open(&in->delivered, log, now_ms, why);
	if (e != OK) {
		inbox_close(in);
		return e;
	}
	/* What was cut off between a rename and the log's line. */
	inbox_each(in, remember, in);
	recover_all(in);
	if (!delivered_whole(in->delivered)) {
		inbox_close(in);
		return ERR_MEMORY;
	}
	*out = in;
	return OK;
}

void inbox_close(struct inbox *in)
{
	if (!in)
		return;
	shelf_fini(&in->shelf);
	shelf_fini(&in->trash);
	delivered_close(in->delivered);
	free(in);
}
