/* SPDX-License-Identifier: Apache-2.0 */
#include "office/scan.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "io/child.h"
#include "terminal/kind.h"
#include "terminal/tool.h"
#include "wire/address.h"

enum {
	PIXELS_MAX = 96 << 20, /* octets: 33 million in colour */
	CPU_S = 15,
	NOT_STARTED = 127, /* io/child.h */
	NOTHING_SEEN = 4,  /* zbarimg(1) */
	ANSWER_MAX = ADDRESS_JOIN_TEXT,
};

struct scan {
	struct loop *loop; /* borrowed, as is `owner` */
	scan_done *done;
	void *owner;
	int picture; /* what came */
	int pixels;  /* the same, decoded */
	int answer;
	struct tool tool;
	struct child *child;  /* owned; what runs, or NULL */
	struct child_end end; /* how the last one ended */
	void (*next)(struct scan *s);
	struct deferred step; /* runs `next` */
	struct why why;
	char url[ANSWER_MAX + 1];
	enum err result;
};

static unsigned running;

static void advance(struct scan *s, void (*next)(struct scan *s))
{
	s->next = next;
	loop_defer(s->loop, &s->step);
}

static void take_step(struct deferred *d)
{
	struct scan *s = d->owner;

	s->next(s);
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void scan_cancel(struct scan *s)
{
	if (!s)
		return;
	loop_undefer(&s->step);
	child_kill(s->child);
	close_one(s->picture);
	close_one(s->pixels);
	close_one(s->answer);
	free(s);
	running--;
}

static void finish(struct scan *s)
{
	scan_done *done = s->done;
	void *owner = s->owner;
	enum err e = s->result;
	struct why why = s->why;
	char url[ANSWER_MAX + 1];

	memcpy(url, s->url, sizeof(url));
	scan_cancel(s);
	done(owner, e, e == OK ? url : NULL, &why);
}

static void stop(struct scan *s, enum err e, const char *sentence)
{
	s->result = e;
	why_set(&s->why, "%s", sentence);
	advance(s, finish);
}

static void ended(void *owner, const struct child_end *end)
{
	struct scan *s = owner;

	s->child = NULL;
	s->end = *end;
	s->next(s);
}

/* Runs s->tool from one file to another; `next` looks at how it went. */
static void run(struct scan *s, int from, int to, void (*next)(struct scan *s))
{
	const struct sandbox walls = { .level = SANDBOX_TOOL };
	const struct child_spec spec = { .argv = s->tool.argv,
					 .fds = { from, to, -1 },
					 .fds_count = 3,
					 .sandbox = &walls,
					 .ms = SCAN_MS,
					 .cpu_s = CPU_S,
					 .memory = CHILD_MEMORY(1 << 30),
					 .file_size = PIXELS_MAX };

	s->next = next;
	if (lseek(from, 0, SEEK_SET) == 0)
		s->child = child_start(s->loop, &spec, ended, s);
	if (!s->child)
		stop(s, ERR_MEMORY,
		     "The picture cannot be looked at now: no memory or no "
		     "processes are left; try again later.");
}

/* True when it ended well, or with `code`. */
static bool went_well(struct scan *s, int code, const char *sentence)
{
	const struct child_end *end = &s->end;

	if (!end->timed_out && end->signal == 0 &&
	    (end->code == 0 || end->code == code))
		return true;
	if (end->timed_out || end->signal == SIGXCPU)
		stop(s, ERR_TIMEOUT,
		     "The picture takes too long to look at: send a smaller "
		     "one.");
	else if (end->signal == SIGXFSZ)
		stop(s, ERR_LIMIT,
		     "The picture is too large: send a smaller "
		     "one.");
	else if (end->code == NOT_STARTED)
		stop(s, ERR_MISSING,
		     "Pictures cannot be looked at here: the packages netpbm "
		     "and zbar-tools are needed, and a kernel that can confine "
		     "them. Paste the URL instead.");
	else
		stop(s, ERR_BAD, sentence);
	return false;
}

static void scanned(struct scan *s)
{
	static const char none[] = "No QR code is seen in the picture: come "
				   "closer, hold still, and let the whole code "
				   "be in it.";
	struct address_join join;
	ssize_t n;

	if (!went_well(s, NOTHING_SEEN,
		       "The picture cannot be looked at: paste the URL "
		       "instead."))
		return;
	n = s->end.code == 0 ? pread(s->answer, s->url, ANSWER_MAX, 0) : 0;
	s->url[n > 0 ? n : 0] = '\0';
	s->url[strcspn(s->url, "\r\n")] = '\0';
	if (s->url[0] == '\0') {
		stop(s, ERR_BAD, none);
	} else if (address_join_decode(&join, s->url, NULL) != OK) {
		stop(s, ERR_BAD,
		     "The QR code in the picture is no join URL: it must begin "
		     "with faxwire://, as faxwire-relay account add ID --qr "
		     "prints it.");
	} else {
		s->result = OK;
		advance(s, finish);
	}
	explicit_bzero(&join, sizeof(join));
}

static void decoded(struct scan *s)
{
	/* ImageMagick copies what `-` names to a file of its own first, for
	 * which there is no place. */
	static const char *const argv[] = {
		"/usr/bin/zbarimg", "--quiet",	 "--raw",
		"--nodbus",	    "-Sdisable", "-Sqrcode.enable",
		"pnm:/dev/stdin",   NULL
	};

	if (!went_well(s, 0, "The picture is damaged: take it again."))
		return;
	memcpy(s->tool.argv, argv, sizeof(argv));
	run(s, s->pixels, s->answer, scanned);
}

static void decode(struct scan *s)
{
	uint8_t head[KIND_LOOK];
	ssize_t n = pread(s->picture, head, sizeof(head), 0);
	enum kind kind = kind_of(head, n > 0 ? (size_t)n : 0);
	struct stat st;

	if (fstat(s->picture, &st) == 0 && st.st_size > SCAN_PICTURE_MAX) {
		stop(s, ERR_LIMIT,
		     "The picture is too large: send a smaller one.");
	} else if (kind != KIND_PNG && kind != KIND_JPEG) {
		stop(s, ERR_BAD,
		     "This is no picture in PNG or JPEG: send one of those.");
	} else {
		tool_decode(&s->tool, kind);
		run(s, s->picture, s->pixels, decoded);
	}
}

struct scan *scan_new(struct loop *loop, int fd, scan_done *done, void *owner)
{
	struct scan *s =
		running < SCAN_RUNNING_MAX ? calloc(1, sizeof(*s)) : NULL;

	if (!s) {
		close(fd);
		return NULL;
	}
	running++;
	s->loop = loop;
	s->done = done;
	s->owner = owner;
	s->picture = fd;
	s->pixels = memfd_create("pixels", MFD_CLOEXEC);
	s->answer = memfd_create("answer", MFD_CLOEXEC);
	s->step = (struct deferred){ .run = take_step, .owner = s };
	list_init(&s->step.link);
	if (s->pixels < 0 || s->answer < 0) {
		scan_cancel(s);
		return NULL;
	}
	advance(s, decode);
	return s;
}
