/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/workshop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"

enum {
	ANSWER_MAX = 256 * 1024, /* of a tool: pdfinfo writes 70 a page */
	FOLDERS_MAX = 32,	 /* one in the other */
	FDS = 5,		 /* of a tool */
	CHILD_NOT_STARTED = 127, /* io/child.h */
	TOOL_MS = 10 * 60 * 1000,
	TOOL_CPU_S = 5 * 60,
	TOOL_FILE_BYTES = 512 << 20, /* any one that it writes */
	ROOM_BYTES = 1 << 20,	     /* less than this is a full disk */
};

static void take_step(struct deferred *d)
{
	struct workshop *w = d->owner;

	w->next(w->owner);
}

void workshop_advance(struct workshop *w, workshop_step *next)
{
	w->next = next;
	loop_defer(w->loop, &w->step);
}

enum err workshop_init(struct workshop *w, struct loop *loop, void *owner,
		       const char *folder, const char *program, struct why *why)
{
	*w = (struct workshop){
		.loop = loop, .owner = owner, .folder = -1, .input = -1
	};
	w->walls = SANDBOX_TOOL;
	w->step = (struct deferred){ .run = take_step, .owner = w };
	list_init(&w->step.link);
	w->folder_path = strdup(folder);
	w->program = strdup(program);
	if (!w->folder_path || !w->program) {
		workshop_fini(w);
		return ERR_MEMORY;
	}
	w->folder = open(w->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return w->folder >= 0 ? OK : workshop_fault(w, errno, why);
}

static bool is_kept(const char *name, const char *keep)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	       (keep && strcmp(name, keep) == 0);
}

/* Empties a folder, `fd` is taken, but for a file named `keep`. A converter
 * may have made folders, and more of them than it should. */
static void empty_folder(int fd, const char *keep, unsigned depth)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (!d && fd >= 0)
		close(fd);
	while (d && (entry = readdir(d))) {
		const char *name = entry->d_name;

		if (is_kept(name, keep) || unlinkat(fd, name, 0) == 0)
			continue;
		if (errno == EISDIR && depth > 0)
			empty_folder(openat(fd, name, flags), NULL, depth - 1);
		unlinkat(fd, name, AT_REMOVEDIR);
	}
	if (d)
		closedir(d);
}

/* Removes what was made on the way, a killed tool's too. */
static void clean_folder(struct workshop *w)
{
	empty_folder(dup(w->folder), w->made ? w->keep : NULL, FOLDERS_MAX);
}

void workshop_fini(struct workshop *w)
{
	loop_undefer(&w->step);
	child_kill(w->child);
	child_kill(w->fed_by);
	if (w->folder >= 0) {
		clean_folder(w);
		close(w->folder);
	}
	free(w->program);
	free(w->folder_path);
	*w = (struct workshop){ .folder = -1 };
	list_init(&w->step.link);
}

enum err workshop_fault(const struct workshop *w, int number, struct why *why)
{
	enum err e = err_from_errno(number);

	if (e == ERR_SPACE)
		why_set(why,
			"no room is left in %s: make room there and try again",
			w->folder_path);
	else
		why_set(why, "the folder %s cannot be used: %s", w->folder_path,
			strerror(number));
	return e == ERR_SPACE ? e : ERR_IO;
}

int workshop_open(const struct workshop *w, const char *name, int flags)
{
	return openat(w->folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void workshop_remove(const struct workshop *w, const char *name)
{
	unlinkat(w->folder, name, 0);
}

char *workshop_read(const struct workshop *w, const char *name)
{
	int fd = workshop_open(w, name, O_RDONLY);
	char *text = calloc(1, ANSWER_MAX + 1);

	if (fd >= 0 && text && read(fd, text, ANSWER_MAX) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void ended(void *owner, const struct child_end *end)
{
	struct workshop *w = owner;

	w->child = NULL;
	w->end = *end;
	if (!w->fed_by)
		workshop_advance(w, w->next);
}

static void feeder_ended(void *owner, const struct child_end *end)
{
	struct workshop *w = owner;

	w->fed_by = NULL;
	w->fed = *end;
	if (!w->child)
		workshop_advance(w, w->next);
}

/* Opens what `f` names: the tool's descriptors, -1 for none. */
static bool open_files(const struct workshop *w, struct workshop_files f,
		       int fds[FDS])
{
	int at = f.in ? 4 : 0; /* of what comes from outside */
	bool good;

	fds[0] = fds[1] = fds[2] = fds[3] = fds[4] = -1;
	workshop_remove(w, WORKSHOP_COMPLAINT);
	workshop_remove(w, f.out);
	if (f.in)
		fds[0] = workshop_open(w, f.in, O_RDONLY);
	good = !f.in || fds[0] >= 0;
	if (w->input >= 0)
		fds[at] = fcntl(w->input, F_DUPFD_CLOEXEC, 0);
	good = good && (w->input < 0 || fds[at] >= 0);
	fds[1] = workshop_open(w, f.out, O_WRONLY | O_CREAT | O_EXCL);
	fds[2] = workshop_open(w, WORKSHOP_COMPLAINT,
			       O_WRONLY | O_CREAT | O_EXCL);
	if (f.file)
		fds[3] = workshop_open(w, f.file, O_RDWR | O_CREAT);
	return good && fds[1] >= 0 && fds[2] >= 0 && (!f.file || fds[3] >= 0);
}

static void close_files(const int fds[FDS])
{
	for (unsigned i = 0; i < FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Starts a tool on the descriptors. Our own program enters its walls by
 * itself, at once (endpoint/document.c): it need not be where a converter may
 * look. */
static struct child *
start(struct workshop *w, const struct tool *t, const int fds[FDS], bool own,
      void (*told)(void *owner, const struct child_end *end))
{
	struct sandbox walls = { .level = w->walls, .folder = w->folder_path };
	struct child_spec spec = { .argv = t->argv,
				   .folder = w->folder_path,
				   .fds_count = FDS,
				   .sandbox = own ? NULL : &walls,
				   .ms = TOOL_MS,
				   .cpu_s = TOOL_CPU_S,
				   .memory = CHILD_MEMORY(1 << 30),
				   .file_size = TOOL_FILE_BYTES };

	memcpy(spec.fds, fds, FDS * sizeof *fds);
	return child_start(w->loop, &spec, told, w);
}

enum err workshop_run(struct workshop *w, struct workshop_files f, bool own,
		      workshop_step *next, struct why *why)
{
	int fds[FDS];
	bool open = open_files(w, f, fds);
	enum err e = open ? OK : workshop_fault(w, errno, why);

	w->next = next;
	w->input = -1;
	w->fed = (struct child_end){ .code = 0 };
	if (open) {
		w->child = start(w, &w->tool, fds, own, ended);
		e = w->child ? OK : ERR_MEMORY;
	}
	w->walls = SANDBOX_TOOL;
	close_files(fds);
	return e;
}

static enum err start_both(struct workshop *w, int fds[FDS], int ends[2])
{
	int feeder[FDS] = { -1, ends[1], fds[2], -1, -1 };

	fds[0] = ends[0];
	w->child = start(w, &w->tool, fds, true, ended);
	if (w->child)
		w->fed_by = start(w, &w->feeder, feeder, false, feeder_ended);
	if (w->fed_by)
		return OK;
	child_kill(w->child);
	w->child = NULL;
	return ERR_MEMORY;
}

enum err workshop_pipe(struct workshop *w, struct workshop_files f,
		       workshop_step *next, struct why *why)
{
	int ends[2] = { -1, -1 };
	int fds[FDS];
	enum err e = OK;

	w->next = next;
	w->input = -1;
	w->fed = (struct child_end){ .code = 0 };
	if (!open_files(w, f, fds))
		e = workshop_fault(w, errno, why);
	else if (pipe2(ends, O_CLOEXEC) != 0)
		e = ERR_MEMORY;
	else
		e = start_both(w, fds, ends);
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	fds[0] = -1; /* the pipe's */
	close_files(fds);
	return e;
}

static bool folder_is_full(const struct workshop *w)
{
	struct statvfs v;

	return fstatvfs(w->folder, &v) == 0 &&
	       v.f_bavail * v.f_frsize < ROOM_BYTES;
}

static enum err verdict(struct workshop *w, const struct child_end *end,
			const char *program, struct why *why)
{
	if (end->code == 0 && end->signal == 0 && !end->timed_out)
		return OK;
	if (folder_is_full(w))
		return workshop_fault(w, ENOSPC, why);
	if (end->timed_out || end->signal == SIGXCPU) {
		why_set(why, "takes too long to convert; make it simpler or "
			     "send it in parts");
		return ERR_TIMEOUT;
	}
	if (end->signal == SIGXFSZ) {
		why_set(why, "is too large to be converted; make it smaller");
		return ERR_LIMIT;
	}
	if (end->code != CHILD_NOT_STARTED)
		return ERR_BAD;
	why_set(why,
		"cannot be converted: %s is not installed, or this kernel "
		"cannot confine it",
		program);
	return ERR_MISSING;
}

/* When who reads has had enough, who writes is told by SIGPIPE. */
enum err workshop_ended(struct workshop *w, struct why *why)
{
	enum err e = OK;

	if (w->fed.signal != SIGPIPE)
		e = verdict(w, &w->fed, w->feeder.argv[0], why);
	return e == OK ? verdict(w, &w->end, w->tool.argv[0], why) : e;
}

/* Our own program refused: `e`, and perhaps a sentence. */
static enum err refused(struct workshop *w, enum err e, char *sentence,
			struct why *why)
{
	size_t n = strcspn(sentence, "\n");

	text_printable(sentence, n, sentence, n + 1);
	if (e == ERR_SPACE || (e == ERR_IO && folder_is_full(w)))
		return workshop_fault(w, ENOSPC, why);
	if (sentence[0])
		why_set(why, "%s", sentence);
	else if (e == ERR_MEMORY)
		why_set(why, "is too large to be converted; make it smaller");
	return e == ERR_IO ? ERR_BAD : e;
}

enum err workshop_answer(struct workshop *w, char **answer, struct why *why)
{
	enum err e = workshop_ended(w, why);
	char *line;
	char *rest;
	long code;

	*answer = NULL;
	if (e != OK)
		return e;
	line = workshop_read(w, WORKSHOP_LINE);
	if (!line) {
		why_set(why, "cannot be converted now: no memory is left");
		return ERR_MEMORY;
	}
	code = strtol(line, &rest, 10);
	if (rest > line && code == OK) {
		*answer = memmove(line, rest, strlen(rest) + 1);
		return OK;
	}
	if (rest == line || code < OK || code >= ERRS)
		code = ERR_BAD;
	e = refused(w, (enum err)code, rest + strspn(rest, " "), why);
	free(line);
	return e;
}
