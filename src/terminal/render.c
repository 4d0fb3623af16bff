/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/render.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/text.h"
#include "fax/view.h"
#include "io/child.h"

enum {
	CHILD_MS = 30000,
	CHILD_CPU_S = 20,
	CHILD_FILE_BYTES = 64 << 20,
};

struct render {
	struct list link;  /* in `waiting` while it waits */
	struct loop *loop; /* borrowed, as is `owner` */
	char *path;
	char *program;
	char page[16];
	char width[16];
	int answer; /* what the child says */
	int png;
	struct child *child; /* owned; NULL: it waits, or has ended */
	bool running;	     /* counts among the children */
	enum err result;
	struct why why;
	struct deferred telling;
	render_done *done;
	void *owner;
};

/* Of all the process, because all of it shares its processors. */
static struct list waiting = { &waiting, &waiting };
static unsigned running;
static unsigned known;

static void start_next(void);

static void release(struct render *r)
{
	if (r->running)
		running--;
	known--;
	list_remove(&r->link);
	loop_undefer(&r->telling);
	child_kill(r->child);
	if (r->answer >= 0)
		close(r->answer);
	if (r->png >= 0)
		close(r->png);
	free(r->path);
	free(r->program);
	free(r);
}

static void on_telling(struct deferred *d)
{
	struct render *r = d->owner;
	render_done *done = r->done;
	void *owner = r->owner;
	struct why why = r->why;
	enum err e = r->result;
	struct stat st = { .st_size = 0 };
	int png = -1;

	if (e == OK) {
		png = r->png;
		r->png = -1;
		lseek(png, 0, SEEK_SET);
		fstat(png, &st);
	}
	release(r);
	start_next();
	done(owner, e, png, st.st_size, &why);
}

__attribute__((format(printf, 3, 4))) static void
finish(struct render *r, enum err e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->why.text, sizeof r->why.text, format, ap);
	va_end(ap);
	r->result = e;
	loop_defer(r->loop, &r->telling);
}

/* The child's line: a number of enum err, and then perhaps what it has to say
 * of the file. */
static void read_answer(struct render *r)
{
	char line[sizeof r->why.text];
	char about[sizeof r->why.text];
	ssize_t n = pread(r->answer, line, sizeof line - 1, 0);
	char *rest = line;
	long code;

	line[n > 0 ? n : 0] = '\0';
	code = strtol(line, &rest, 10);
	if (rest > line && code == OK) {
		finish(r, OK, "%s", "");
		return;
	}
	if (rest == line || code < OK || code >= ERRS)
		code = ERR_BAD;
	rest += strspn(rest, " ");
	text_printable(rest, strcspn(rest, "\n"), about, sizeof about);
	if (about[0])
		finish(r, (enum err)code, "The fax %.180s.", about);
	else
		finish(r, (enum err)code, "The page cannot be shown: %s.",
		       err_text((enum err)code));
}

static void on_ended(void *owner, const struct child_end *end)
{
	struct render *r = owner;

	r->child = NULL;
	if (end->timed_out || end->signal == SIGXCPU)
		finish(r, ERR_TIMEOUT, "The page takes too long to draw.");
	else if (end->signal || end->code)
		finish(r, ERR_BAD, "The page cannot be drawn.");
	else
		read_answer(r);
}

static void run_child(struct render *r, int tiff)
{
	const char *const argv[] = { r->program, "document", "png",
				     r->page,	 r->width,   NULL };
	struct child_spec spec = { .argv = argv,
				   .fds = { tiff, r->answer, -1, r->png },
				   .fds_count = 4,
				   .ms = CHILD_MS,
				   .cpu_s = CHILD_CPU_S,
				   .memory = CHILD_MEMORY(512 << 20),
				   .file_size = CHILD_FILE_BYTES };

	/* It enters its walls by itself, at once (endpoint/document.c). */
	r->child = child_start(r->loop, &spec, on_ended, r);
	if (!r->child)
		finish(r, ERR_MEMORY,
		       "The page cannot be drawn now: no memory or no "
		       "processes are left; try again later.");
}

static void start(struct render *r)
{
	int tiff = open(r->path, O_RDONLY | O_CLOEXEC);
	int number = errno;

	running++;
	r->running = true;
	r->answer = memfd_create("answer", MFD_CLOEXEC);
	r->png = memfd_create("page", MFD_CLOEXEC);
	if (tiff < 0)
		finish(r, err_from_errno(number),
		       number == ENOENT ? "The pages are not kept any more."
					: "The pages cannot be read.");
	else if (r->answer < 0 || r->png < 0)
		finish(r, ERR_MEMORY, "Out of memory.");
	else
		run_child(r, tiff);
	if (tiff >= 0)
		close(tiff);
}

static void start_next(void)
{
	while (running < RENDER_CHILDREN && !list_empty(&waiting)) {
		struct render *r =
			list_entry(waiting.next, struct render, link);

		list_remove(&r->link);
		start(r);
	}
}

struct render *render_new(struct loop *loop,
			  const struct render_request *request,
			  render_done *done, void *owner)
{
	struct render *r;

	if (known >= RENDER_WAITING)
		return NULL;
	r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	known++;
	r->loop = loop;
	r->done = done;
	r->owner = owner;
	r->answer = -1;
	r->png = -1;
	r->telling = (struct deferred){ .run = on_telling, .owner = r };
	list_init(&r->telling.link);
	list_init(&r->link);
	snprintf(r->page, sizeof r->page, "%u", request->page);
	snprintf(r->width, sizeof r->width, "%u",
		 request->width > VIEW_WIDTH_MAX ? VIEW_WIDTH_MAX
						 : request->width);
	r->path = strdup(request->path);
	r->program = strdup(request->program);
	if (!r->path || !r->program) {
		release(r);
		return NULL;
	}
	list_append(&waiting, &r->link);
	start_next();
	return r;
}

void render_cancel(struct render *r)
{
	release(r);
	start_next();
}
