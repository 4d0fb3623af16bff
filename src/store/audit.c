/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/text.h"
#include "store/atomic.h"

enum {
	LINE_ROOM = 8192, /* more than any line of ours */
	READ_MAX = AUDIT_PART_MAX + LINE_ROOM,
	HEX_SIZE = 2 * AUDIT_DIGEST_SIZE + 1,
	DAY_MS = 24 * 3600 * 1000,
	NOW = 0, /* in a row of parts: audit.log itself */
};

struct audit {
	char home[ATOMIC_PATH_MAX];
	char path[ATOMIC_PATH_MAX];
	struct audit_digest digest;
	unsigned keep_days;
	int fd;	    /* of audit.log; -1: not open just now */
	off_t size; /* of the whole lines in it */
	uint64_t next;
	uint8_t last[AUDIT_DIGEST_SIZE]; /* of the last line; zeros: none */
	struct why trouble;
	uint64_t lacking; /* entries that could not be written */
};

/* --- lines --- */

/* One line, read: borrowed from `root`. */
struct line {
	json_t *root;
	struct audit_entry entry;
	uint8_t prev[AUDIT_DIGEST_SIZE];
};

static const char *text_of(const json_t *root, const char *key)
{
	return json_string_value(json_object_get(root, key));
}

/* False: it is none of ours, and nothing is to be freed. */
static bool line_read(const char *bytes, size_t len, struct line *l)
{
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	json_int_t number = json_integer_value(json_object_get(root, "number"));
	json_int_t at_ms = json_integer_value(json_object_get(root, "at_ms"));
	const char *prev = text_of(root, "prev");

	l->root = root;
	l->entry = (struct audit_entry){ .number = (uint64_t)number,
					 .at_ms = (uint64_t)at_ms,
					 .user = text_of(root, "user"),
					 .action = text_of(root, "action"),
					 .what = text_of(root, "what"),
					 .detail = text_of(root, "detail") };
	if (number > 0 && at_ms >= 0 && l->entry.user && l->entry.action &&
	    l->entry.what && l->entry.detail && prev &&
	    text_from_hex(prev, l->prev, AUDIT_DIGEST_SIZE))
		return true;
	json_decref(root);
	return false;
}

static const char *clean(const char *text, char *out, size_t size)
{
	return text_printable(text ? text : "", text ? strlen(text) : 0, out,
			      size);
}

/* The line of an entry, without its newline; NULL: out of memory. */
static char *line_write(const struct audit *a, const struct audit_entry *e)
{
	char user[AUDIT_USER_MAX + 1], action[AUDIT_ACTION_MAX + 1];
	char what[AUDIT_WHAT_MAX + 1], detail[AUDIT_DETAIL_MAX + 1];
	char prev[HEX_SIZE];
	json_t *root;
	char *text;

	text_to_hex(a->last, AUDIT_DIGEST_SIZE, prev);
	root = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "number",
			 (json_int_t)a->next, "at_ms", (json_int_t)e->at_ms,
			 "user", clean(e->user, user, sizeof(user)), "action",
			 clean(e->action, action, sizeof(action)), "what",
			 clean(e->what, what, sizeof(what)), "detail",
			 clean(e->detail, detail, sizeof(detail)), "prev",
			 prev);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

/* The line that ends before `end`; moves `end` to its start. False: there is
 * none. What is behind the last newline is no line. */
static bool line_before(const char *bytes, size_t *end, const char **line,
			size_t *len)
{
	const char *newline = memrchr(bytes, '\n', *end);
	const char *start;

	if (!newline)
		return false;
	start = memrchr(bytes, '\n', (size_t)(newline - bytes));
	start = start ? start + 1 : bytes;
	*line = start;
	*len = (size_t)(newline - start);
	*end = (size_t)(start - bytes);
	return true;
}

/* --- parts --- */

static enum err part_path(const char *home, unsigned part,
			  char out[ATOMIC_PATH_MAX], struct why *why)
{
	if (part == NOW)
		return atomic_path(out, why, "%s/audit.log", home);
	return atomic_path(out, why, "%s/audit.log.%u", home, part);
}

static enum err part_read(const char *home, unsigned part, char **bytes,
			  size_t *len, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = part_path(home, part, path, why);

	return e == OK ? atomic_read(path, READ_MAX, bytes, len, why) : e;
}

static int by_number(const void *a, const void *b)
{
	unsigned one = *(const unsigned *)a, other = *(const unsigned *)b;

	return one < other ? -1 : one > other;
}

/* The numbers of those put aside, the oldest first. The caller frees. */
static enum err parts_list(const char *home, unsigned **out, size_t *count,
			   struct why *why)
{
	DIR *dir = opendir(home);
	const struct dirent *entry;
	enum err e = OK;

	*out = NULL;
	*count = 0;
	if (!dir) {
		why_set(why, "Cannot read %s: %s.", home, strerror(errno));
		return err_from_errno(errno);
	}
	while (e == OK && (entry = readdir(dir))) {
		int64_t number;
		unsigned *more;

		if (strncmp(entry->d_name, "audit.log.", 10) != 0 ||
		    !text_to_number(entry->d_name + 10, 1, 1000000, &number))
			continue;
		more = reallocarray(*out, *count + 1, sizeof(**out));
		if (more) {
			more[(*count)++] = (unsigned)number;
			*out = more;
		} else {
			e = ERR_MEMORY;
		}
	}
	closedir(dir);
	if (e != OK) {
		free(*out);
		*out = NULL;
		*count = 0;
	} else if (*count > 0) {
		qsort(*out, *count, sizeof(**out), by_number);
	}
	return e;
}

/* --- opening --- */

/* Goes back through the lines of one file. True when one was found that says
 * where the count stands; `strange` counts those behind it that do not. */
static bool find_end(struct audit *a, const char *bytes, size_t len,
		     uint64_t *strange)
{
	const char *text;
	size_t end = len, n;

	while (line_before(bytes, &end, &text, &n)) {
		struct line l;

		if (*strange == 0)
			a->digest.of(text, n, a->last);
		if (line_read(text, n, &l)) {
			a->next = l.entry.number + *strange + 1;
			json_decref(l.root);
			return true;
		}
		(*strange)++;
	}
	return false;
}

/* Sets `next` and `last`; *torn: octets behind the last whole line. */
static enum err find_place(struct audit *a, const unsigned *parts, size_t count,
			   size_t *torn, struct why *why)
{
	uint64_t strange = 0;
	bool found = false;

	*torn = 0;
	for (size_t i = count + 1; i-- > 0 && !found;) {
		unsigned part = i == count ? NOW : parts[i];
		char *bytes;
		size_t len;
		enum err e = part_read(a->home, part, &bytes, &len, why);

		if (e == ERR_MISSING)
			continue;
		if (e != OK)
			return e;
		if (part == NOW) {
			const char *last = memrchr(bytes, '\n', len);

			a->size = last ? last + 1 - bytes : 0;
			*torn = len - (size_t)a->size;
		}
		found = find_end(a, bytes, len, &strange);
		free(bytes);
	}
	if (!found)
		a->next = strange + 1;
	return OK;
}

static enum err cannot(const struct audit *a, struct why *why)
{
	enum err e = err_from_errno(errno);

	why_set(why, "Cannot write the audit log %.200s: %s.", a->path,
		e == ERR_SPACE ? "the disk is full; make room"
			       : strerror(errno));
	return e == ERR_MISSING ? ERR_IO : e;
}

/* Opens audit.log, and cuts off what is behind its last whole line. */
static enum err open_file(struct audit *a, struct why *why)
{
	struct stat st;

	a->fd = open(a->path,
		     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		     0600);
	if (a->fd < 0)
		return cannot(a, why);
	if (fstat(a->fd, &st) != 0)
		return cannot(a, why);
	if (st.st_size > a->size &&
	    (ftruncate(a->fd, a->size) != 0 || fdatasync(a->fd) != 0))
		return cannot(a, why);
	return atomic_sync_folder(a->home, why);
}

static void close_file(struct audit *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

/* The oldest go while they are too old. Trouble here is no trouble. */
static void drop_old(const struct audit *a, const unsigned *parts, size_t count,
		     uint64_t now_ms)
{
	uint64_t keep_ms = (uint64_t)a->keep_days * DAY_MS;

	for (size_t i = 0; i < count; i++) {
		char path[ATOMIC_PATH_MAX];
		struct stat st;

		if (part_path(a->home, parts[i], path, NULL) != OK ||
		    stat(path, &st) != 0 ||
		    (uint64_t)st.st_mtime * 1000 + keep_ms >= now_ms)
			return;
		(void)unlink(path);
	}
}

enum err audit_open(struct audit **out, const char *home,
		    struct audit_digest digest, unsigned keep_days,
		    uint64_t now_ms, struct why *why)
{
	struct audit *a = calloc(1, sizeof(*a));
	unsigned *parts = NULL;
	size_t count = 0, torn = 0;
	enum err e;

	if (!a)
		return ERR_MEMORY;
	a->fd = -1;
	a->digest = digest;
	a->keep_days = keep_days;
	e = atomic_path(a->home, why, "%s", home);
	if (e == OK)
		e = part_path(home, NOW, a->path, why);
	if (e == OK)
		e = parts_list(home, &parts, &count, why);
	if (e == OK)
		e = find_place(a, parts, count, &torn, why);
	if (e == OK)
		e = open_file(a, why);
	if (e == OK)
		drop_old(a, parts, count, now_ms);
	free(parts);
	if (e == OK && torn > 0) {
		char detail[80];

		snprintf(detail, sizeof(detail),
			 "a torn last line of %zu octets was taken away", torn);
		/* A full disk can wait: the line is gone either way. */
		(void)!audit_add(a,
				 &(struct audit_entry){ .at_ms = now_ms,
							.action = "mended",
							.what = "audit.log",
							.detail = detail },
				 NULL);
	}
	if (e != OK) {
		audit_close(a);
		return e;
	}
	*out = a;
	return OK;
}

void audit_close(struct audit *a)
{
	if (!a)
		return;
	close_file(a);
	free(a);
}

/* --- adding --- */

static enum err put_aside(struct audit *a, uint64_t now_ms, struct why *why)
{
	char aside[ATOMIC_PATH_MAX];
	unsigned *parts;
	size_t count;
	enum err e = parts_list(a->home, &parts, &count, why);

	if (e != OK)
		return e;
	e = part_path(a->home, count > 0 ? parts[count - 1] + 1 : 1, aside,
		      why);
	if (e == OK)
		e = atomic_rename(a->path, aside, why);
	if (e == OK) {
		close_file(a);
		a->size = 0;
		drop_old(a, parts, count, now_ms);
	}
	free(parts);
	return e;
}

static enum err append(struct audit *a, char *line, size_t len, struct why *why)
{
	line[len] = '\n'; /* in the place of the NUL */
	errno = ENOSPC;	  /* what a short write means */
	if (write(a->fd, line, len + 1) == (ssize_t)(len + 1) &&
	    fdatasync(a->fd) == 0) {
		a->size += (off_t)len + 1;
		return OK;
	}
	return cannot(a, why);
}

static enum err add(struct audit *a, const struct audit_entry *entry,
		    struct why *why)
{
	char *line = line_write(a, entry);
	size_t len = line ? strlen(line) : 0;
	enum err e = OK;

	if (!line) {
		why_set(why, "Out of memory for the audit log.");
		return ERR_MEMORY;
	}
	if (a->size > 0 && a->size + (off_t)len >= AUDIT_PART_MAX)
		e = put_aside(a, entry->at_ms, why);
	if (e == OK && a->fd < 0)
		e = open_file(a, why);
	if (e == OK)
		e = append(a, line, len, why);
	if (e == OK) {
		a->digest.of(line, len, a->last);
		a->next++;
	} else {
		/* Opened anew it is cut to its whole lines. */
		close_file(a);
	}
	free(line);
	return e;
}

/* What is missing is told before anything else. */
static enum err add_lacking(struct audit *a, uint64_t at_ms, struct why *why)
{
	char detail[80];
	const struct audit_entry entry = { .at_ms = at_ms,
					   .action = "not-written",
					   .what = "audit.log",
					   .detail = detail };
	enum err e;

	if (a->lacking == 0)
		return OK;
	snprintf(detail, sizeof(detail),
		 "%" PRIu64 " entries before this one could not be written",
		 a->lacking);
	e = add(a, &entry, why);
	if (e == OK)
		a->lacking = 0;
	return e;
}

enum err audit_add(struct audit *a, const struct audit_entry *entry,
		   struct why *why)
{
	enum err e;

	why_set(&a->trouble, "%s", "");
	e = add_lacking(a, entry->at_ms, &a->trouble);
	if (e == OK)
		e = add(a, entry, &a->trouble);
	if (e == OK)
		return OK;
	a->lacking++;
	why_set(why, "%s", a->trouble.text);
	return e;
}

bool audit_needed(const char *action)
{
	static const char *const others[] = { "sign-in",  "sign-in-failed",
					      "sign-out", "read",
					      "viewed",	  "downloaded",
					      "printed",  "deleted" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(action, others[i]) == 0)
			return false;
	return true;
}

const char *audit_trouble(const struct audit *a)
{
	return a->trouble.text;
}

/* --- reading --- */

struct reading {
	uint64_t before;
	size_t left;
	void (*each)(void *owner, const struct audit_entry *entry);
	void *owner;
};

static void read_lines(struct reading *r, const char *bytes, size_t len)
{
	const char *text;
	size_t end = len, n;

	while (r->left > 0 && line_before(bytes, &end, &text, &n)) {
		struct line l;

		if (!line_read(text, n, &l))
			continue; /* audit_check() tells of it */
		if (r->before == 0 || l.entry.number < r->before) {
			r->each(r->owner, &l.entry);
			r->left--;
		}
		json_decref(l.root);
	}
}

/* Whether a part holds anything under `before`: by its first line. */
static bool part_wanted(const struct audit *a, unsigned part, uint64_t before)
{
	char path[ATOMIC_PATH_MAX], bytes[LINE_ROOM];
	const char *end;
	struct line l;
	bool wanted = true;
	ssize_t n;
	int fd;

	if (before == 0 || part_path(a->home, part, path, NULL) != OK)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return true;
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	end = n > 0 ? memchr(bytes, '\n', (size_t)n) : NULL;
	if (end && line_read(bytes, (size_t)(end - bytes), &l)) {
		wanted = l.entry.number < before;
		json_decref(l.root);
	}
	return wanted;
}

enum err audit_read(struct audit *a, uint64_t before, size_t limit,
		    void (*each)(void *owner, const struct audit_entry *entry),
		    void *owner, struct why *why)
{
	struct reading r = { before, limit, each, owner };
	unsigned *parts;
	size_t count;
	enum err e = parts_list(a->home, &parts, &count, why);

	for (size_t i = count + 1; e == OK && i-- > 0 && r.left > 0;) {
		unsigned part = i == count ? NOW : parts[i];
		char *bytes;
		size_t len;

		if (!part_wanted(a, part, before))
			continue;
		e = part_read(a->home, part, &bytes, &len, why);
		if (e == ERR_MISSING) { /* it was just put aside, or dropped */
			e = OK;
			continue;
		}
		if (e != OK)
			break;
		read_lines(&r, bytes, len);
		free(bytes);
	}
	free(parts);
	return e;
}

/* --- checking --- */

struct walk {
	struct audit_digest digest;
	struct audit_finding *finding;
	struct why *why;
};

static enum err broken(const struct walk *w, const char *path, size_t line,
		       const char *what)
{
	why_set(w->why, "The audit log is broken at %.200s, line %zu: %s.",
		path, line, what);
	return ERR_BAD;
}

static enum err walk_line(struct walk *w, const char *path, size_t number,
			  const char *text, size_t len)
{
	static const uint8_t none[AUDIT_DIGEST_SIZE];
	struct audit_finding *f = w->finding;
	const char *fault = NULL;
	struct line l;

	if (!line_read(text, len, &l))
		return broken(w, path, number, "this is no entry of ours");
	/* Old parts may be gone; then the first line names its ancestor. */
	if (f->entries == 0 && l.entry.number == 1 &&
	    memcmp(l.prev, none, sizeof(none)) != 0)
		fault = "the first entry has one before it";
	else if (f->entries > 0 && l.entry.number != f->last + 1)
		fault = "entries are missing before this one";
	else if (f->entries > 0 &&
		 memcmp(l.prev, f->digest, sizeof(f->digest)) != 0)
		fault = "the entry before this one was changed";
	if (f->entries++ == 0)
		f->first = l.entry.number;
	f->last = l.entry.number;
	w->digest.of(text, len, f->digest);
	json_decref(l.root);
	return fault ? broken(w, path, number, fault) : OK;
}

static enum err walk_lines(struct walk *w, const char *path, const char *bytes,
			   size_t len, bool newest)
{
	size_t number = 1;

	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		enum err e;

		if (!end) /* of the newest, one may be on its way */
			return newest ? OK
				      : broken(w, path, number,
					       "the line has no end");
		e = walk_line(w, path, number++, bytes, (size_t)(end - bytes));
		if (e != OK)
			return e;
		len -= (size_t)(end + 1 - bytes);
		bytes = end + 1;
	}
	return OK;
}

static enum err walk_fd(struct walk *w, const char *path, int fd, bool newest)
{
	char *bytes = malloc(READ_MAX);
	size_t used = 0;
	ssize_t n = 1;
	enum err e;

	if (!bytes)
		return ERR_MEMORY;
	while (n > 0 && used < READ_MAX) {
		n = read(fd, bytes + used, READ_MAX - used);
		if (n > 0)
			used += (size_t)n;
	}
	if (n != 0) {
		why_set(w->why, "Cannot read %s%s.", path,
			n < 0 ? "" : ": it is larger than it can be");
		e = n < 0 ? ERR_IO : ERR_BAD;
	} else {
		e = walk_lines(w, path, bytes, used, newest);
	}
	free(bytes);
	return e;
}

/* `newest` is open already: put aside meanwhile, it is not read twice. */
static enum err walk_part(struct walk *w, const char *home, unsigned part,
			  const struct stat *newest)
{
	char path[ATOMIC_PATH_MAX];
	struct stat st;
	enum err e = part_path(home, part, path, w->why);
	int fd;

	if (e != OK)
		return e;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0) {
		why_set(w->why, "Cannot read %s: %s.", path, strerror(errno));
		e = err_from_errno(errno);
	} else if (!newest || st.st_ino != newest->st_ino) {
		e = walk_fd(w, path, fd, false);
	}
	if (fd >= 0)
		close(fd);
	return e;
}

enum err audit_check(const char *home, struct audit_digest digest,
		     struct audit_finding *finding, struct why *why)
{
	struct walk w = { digest, finding, why };
	char path[ATOMIC_PATH_MAX];
	unsigned *parts = NULL;
	size_t count = 0;
	struct stat st = { .st_ino = 0 };
	enum err e = part_path(home, NOW, path, why);
	int fd;

	memset(finding, 0, sizeof(*finding));
	if (e != OK)
		return e;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0) {
		why_set(why, "Cannot read %s: %s.", path, strerror(errno));
		e = err_from_errno(errno);
	}
	if (e == OK)
		e = parts_list(home, &parts, &count, why);
	for (size_t i = 0; e == OK && i < count; i++)
		e = walk_part(&w, home, parts[i], &st);
	if (e == OK)
		e = walk_fd(&w, path, fd, true);
	if (fd >= 0)
		close(fd);
	free(parts);
	return e;
}
