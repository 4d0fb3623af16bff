/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/prepare.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "fax/document.h"
#include "io/child.h"
#include "terminal/kind.h"
#include "terminal/tool.h"

enum {
	NAME_MAX_BYTES = 120,	 /* of a file, in sentences */
	COPY_CHUNK = 2 << 20,	 /* a turn of the loop */
	ANSWER_MAX = 256 * 1024, /* of a tool: pdfinfo writes 70 a page */
	FDS = 4,		 /* of a tool */
	CHILD_NOT_STARTED = 127, /* io/child.h */
	TOOL_MS = 10 * 60 * 1000,
	TOOL_CPU_S = 5 * 60,
	TOOL_FILE_BYTES = 512 << 20, /* any one that it writes */
	ROOM_BYTES = 1 << 20,	     /* less than this is a full disk */
};

/* Address space. The shadow of AddressSanitizer alone takes terabytes. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TOOL_MEMORY 0
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TOOL_MEMORY 0
#endif
#ifndef TOOL_MEMORY
#define TOOL_MEMORY ((uint64_t)1 << 30)
#endif

#define LINE_FILE      "line"	   /* what a tool says */
#define COMPLAINT_FILE "complaint" /* what it says to standard error */

struct item {
	int fd; /* borrowed from who asked */
	char name[NAME_MAX_BYTES];
	char copy[16]; /* its name in the work folder */
	enum kind kind;
	struct kind_pdf pdf;	   /* owned; KIND_PDF */
	uint32_t pages;		   /* as far as known before */
	enum paper_size size;	   /* what the largest page needs */
	bool is_fax;		   /* all of it, in this resolution: */
	enum paper_resolution fax; /* KIND_TIFF */
};

struct prepare {
	struct loop *loop; /* borrowed from who asked, as is `owner` */
	prepare_done *done;
	void *owner;
	struct item *items; /* owned */
	size_t count;
	size_t at;  /* the item at hand */
	size_t run; /* of a PDF */
	char *program;
	char *folder_path;
	int folder;
	struct paper_format format;
	uint32_t pages; /* of the document so far */
	off_t room;	/* bytes that may still be copied */
	int copy;	/* of the item at hand, while it is written, or -1 */
	off_t copied;
	struct tool tool;
	struct child *child;  /* owned; what runs, or NULL */
	struct child_end end; /* how the last one ended */
	void (*next)(struct prepare *p);
	struct deferred step; /* runs `next` */
	bool made;	      /* the document stays */
	enum err result;
	struct why why;
};

static void advance(struct prepare *p, void (*next)(struct prepare *p))
{
	p->next = next;
	loop_defer(p->loop, &p->step);
}

/* Removes what was made on the way, a killed tool's too, and the document
 * unless it is whole. */
static void clean_folder(struct prepare *p)
{
	int copy = dup(p->folder);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;

	if (!d && copy >= 0)
		close(copy);
	if (!d)
		return;
	while ((entry = readdir(d)))
		if (!p->made || strcmp(entry->d_name, PREPARE_DOCUMENT) != 0)
			unlinkat(p->folder, entry->d_name, 0);
	closedir(d);
}

static void free_prepare(struct prepare *p)
{
	loop_undefer(&p->step);
	child_kill(p->child);
	if (p->copy >= 0)
		close(p->copy);
	if (p->folder >= 0) {
		clean_folder(p);
		close(p->folder);
	}
	for (size_t i = 0; p->items && i < p->count; i++)
		kind_pdf_fini(&p->items[i].pdf);
	free(p->items);
	free(p->program);
	free(p->folder_path);
	free(p);
}

static void finish(struct prepare *p)
{
	struct prepare_result result = { p->pages, p->format };
	prepare_done *done = p->done;
	void *owner = p->owner;
	struct why why = p->why;
	enum err e = p->result;

	p->made = e == OK;
	free_prepare(p);
	done(owner, e, &result, &why);
}

static void stop(struct prepare *p, enum err e)
{
	p->result = e;
	advance(p, finish);
}

/* The sentence is the file's name and what `format` says of it. */
__attribute__((format(printf, 3, 4))) static void
refuse(struct prepare *p, enum err e, const char *format, ...)
{
	struct why about;
	va_list ap;

	va_start(ap, format);
	vsnprintf(about.text, sizeof about.text, format, ap);
	va_end(ap);
	why_set(&p->why, "%s %s", p->items[p->at].name, about.text);
	stop(p, e);
}

/* The system refused something about the work folder. */
static void stop_system(struct prepare *p, int number)
{
	enum err e = err_from_errno(number);

	if (e == ERR_SPACE)
		why_set(&p->why,
			"no room is left in %s: make room there and try again",
			p->folder_path);
	else
		why_set(&p->why, "the folder %s cannot be used: %s",
			p->folder_path, strerror(number));
	stop(p, e);
}

static int open_work(const struct prepare *p, const char *name, int flags)
{
	return openat(p->folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* What stands in a file of the work folder, as text; to be freed. NULL: memory
 * is out, or it cannot be read. */
static char *read_work(const struct prepare *p, const char *name)
{
	int fd = open_work(p, name, O_RDONLY);
	char *text = calloc(1, ANSWER_MAX + 1);

	if (fd >= 0 && text && read(fd, text, ANSWER_MAX) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* What a tool reads and writes: names in the work folder, or NULL. */
struct files {
	const char *in;	  /* descriptor 0 */
	const char *out;  /* descriptor 1; emptied before */
	const char *file; /* descriptor 3; goes on where it ends */
};

static void ended(void *owner, const struct child_end *end)
{
	struct prepare *p = owner;

	p->child = NULL;
	p->end = *end;
	advance(p, p->next);
}

/* Opens what `f` names: descriptors 0 to 3 of the tool, -1 for none. */
static bool open_files(const struct prepare *p, struct files f, int fds[FDS])
{
	fds[0] = fds[1] = fds[2] = fds[3] = -1;
	unlinkat(p->folder, COMPLAINT_FILE, 0);
	unlinkat(p->folder, f.out, 0);
	if (f.in)
		fds[0] = open_work(p, f.in, O_RDONLY);
	fds[1] = open_work(p, f.out, O_WRONLY | O_CREAT | O_EXCL);
	fds[2] = open_work(p, COMPLAINT_FILE, O_WRONLY | O_CREAT | O_EXCL);
	if (f.file)
		fds[3] = open_work(p, f.file, O_RDWR | O_CREAT);
	return (!f.in || fds[0] >= 0) && fds[1] >= 0 && fds[2] >= 0 &&
	       (!f.file || fds[3] >= 0);
}

/* Runs p->tool; `next` looks at how it went. Our own program enters its
 * walls by itself, at once (endpoint/document.c): it need not be where a
 * converter may look. */
static void run_tool(struct prepare *p, struct files f, bool own,
		     void (*next)(struct prepare *p))
{
	struct sandbox walls = { .level = SANDBOX_TOOL,
				 .folder = p->folder_path };
	struct child_spec spec = { .argv = p->tool.argv,
				   .folder = p->folder_path,
				   .fds_count = FDS,
				   .sandbox = own ? NULL : &walls,
				   .ms = TOOL_MS,
				   .cpu_s = TOOL_CPU_S,
				   .memory = TOOL_MEMORY,
				   .file_size = TOOL_FILE_BYTES };
	bool open = open_files(p, f, spec.fds);
	int number = errno;

	p->next = next;
	if (open)
		p->child = child_start(p->loop, &spec, ended, p);
	if (!open)
		stop_system(p, number);
	else if (!p->child)
		refuse(p, ERR_IO,
		       "cannot be converted now: no memory or no "
		       "processes are left; try again later");
	for (unsigned i = 0; i < FDS; i++)
		if (spec.fds[i] >= 0)
			close(spec.fds[i]);
}

static bool folder_is_full(const struct prepare *p)
{
	struct statvfs v;

	return fstatvfs(p->folder, &v) == 0 &&
	       v.f_bavail * v.f_frsize < ROOM_BYTES;
}

/* True when the tool ended well; else says why not. `about` goes on from the
 * name of the file. */
static bool went_well(struct prepare *p, const char *about)
{
	const struct child_end *end = &p->end;

	if (end->code == 0 && end->signal == 0 && !end->timed_out)
		return true;
	if (folder_is_full(p))
		stop_system(p, ENOSPC);
	else if (end->timed_out || end->signal == SIGXCPU)
		refuse(p, ERR_TIMEOUT,
		       "takes too long to convert; make it "
		       "simpler or send it in parts");
	else if (end->signal == SIGXFSZ)
		refuse(p, ERR_LIMIT,
		       "is too large to be converted; make it smaller");
	else if (end->code == CHILD_NOT_STARTED)
		refuse(p, ERR_MISSING,
		       "cannot be converted: %s is not installed, or this "
		       "kernel cannot confine it",
		       p->tool.argv[0]);
	else
		refuse(p, ERR_BAD, "%s", about);
	return false;
}

static const char sorry[] = "cannot be converted; export it as PDF";

/* Our own program refused: `e`, and perhaps a sentence. */
static void stop_refused(struct prepare *p, enum err e, char *sentence)
{
	size_t n = strcspn(sentence, "\n");

	text_printable(sentence, n, sentence, n + 1);
	if (sentence[0])
		refuse(p, e, "%s", sentence);
	else if (e == ERR_SPACE)
		stop_system(p, ENOSPC);
	else if (e == ERR_MEMORY)
		refuse(p, e, "is too large to be converted; make it smaller");
	else
		refuse(p, e, "%s", sorry);
}

/* The answer of our own program, after its "0": to be freed; or NULL after a
 * refusal. */
static char *read_answer(struct prepare *p)
{
	char *line;
	char *rest;
	long code;

	if (!went_well(p, sorry))
		return NULL;
	line = read_work(p, LINE_FILE);
	if (!line) {
		stop(p, ERR_MEMORY);
		return NULL;
	}
	code = strtol(line, &rest, 10);
	if (rest > line && code == OK)
		return memmove(line, rest, strlen(rest) + 1);
	if (rest == line || code < OK || code >= ERRS)
		code = ERR_BAD;
	stop_refused(p, (enum err)code, rest + strspn(rest, " "));
	free(line);
	return NULL;
}

/* Adding to the document. */

static void convert(struct prepare *p);

static void next_piece(struct prepare *p)
{
	struct item *it = &p->items[p->at];

	if (it->kind == KIND_PDF && ++p->run < it->pdf.count) {
		advance(p, convert);
		return;
	}
	p->run = 0;
	p->at++;
	advance(p, p->at < p->count ? convert : finish);
}

static void added(struct prepare *p)
{
	struct item *it = &p->items[p->at];
	char *answer = read_answer(p);
	unsigned pages = 0;

	if (!answer)
		return;
	if (sscanf(answer, "%u", &pages) != 1 || pages <= p->pages ||
	    pages > DOCUMENT_PAGES_MAX) {
		refuse(p, ERR_BAD, "%s", sorry);
	} else if (it->kind == KIND_PDF &&
		   pages - p->pages != it->pdf.runs[p->run].last -
					       it->pdf.runs[p->run].first + 1) {
		refuse(p, ERR_BAD,
		       "is damaged: one of its pages cannot be drawn; export "
		       "it again");
	} else {
		p->pages = pages;
		next_piece(p);
	}
	free(answer);
}

static void add(struct prepare *p, const char *from)
{
	struct files f = { from, LINE_FILE, PREPARE_DOCUMENT };

	tool_add(&p->tool, p->program, p->format, p->pages);
	run_tool(p, f, true, added);
}

static void drawn(struct prepare *p)
{
	if (went_well(p, "is damaged: it cannot be drawn; export it again"))
		add(p, TOOL_PIECE);
}

static void draw_text(struct prepare *p)
{
	char *answer = read_answer(p);
	struct files f = { NULL, LINE_FILE, NULL };

	free(answer);
	if (!answer)
		return;
	tool_draw_text(&p->tool, p->format);
	run_tool(p, f, false, drawn);
}

static void decoded(struct prepare *p)
{
	static const char damaged[] = "is damaged: the picture cannot be "
				      "decoded; export it again";
	char *complaint;

	if (!went_well(p, damaged))
		return;
	/* jpegtopnm fills up with grey what is missing, and ends well. */
	complaint = read_work(p, COMPLAINT_FILE);
	if (complaint && strstr(complaint, "premature end"))
		refuse(p, ERR_BAD, "%s", damaged);
	else
		add(p, TOOL_PIECE);
	free(complaint);
}

/* Makes a piece of the document of the item at hand. */
static void convert(struct prepare *p)
{
	struct item *it = &p->items[p->at];

	unlinkat(p->folder, TOOL_PIECE, 0);
	switch (it->kind) {
	case KIND_PDF:
		tool_draw_pdf(&p->tool, it->copy, p->format,
			      &it->pdf.runs[p->run]);
		run_tool(p, (struct files){ NULL, LINE_FILE, NULL }, false,
			 drawn);
		return;
	case KIND_PNG:
	case KIND_JPEG:
		tool_decode(&p->tool, it->kind);
		run_tool(p, (struct files){ it->copy, TOOL_PIECE, NULL }, false,
			 decoded);
		return;
	case KIND_PLAIN:
		unlinkat(p->folder, TOOL_TEXT, 0);
		tool_plain(&p->tool, p->program);
		run_tool(p, (struct files){ it->copy, LINE_FILE, TOOL_TEXT },
			 true, draw_text);
		return;
	case KIND_TIFF:
	case KIND_EMPTY:
	case KIND_POSTSCRIPT: /* these two never come so far */
		add(p, it->copy);
	}
}

/* All files are known: chooses what their pages will have in common. */
static void plan(struct prepare *p)
{
	const struct item *first = &p->items[0];
	bool as_it_is = true;
	uint32_t pages = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct item *it = &p->items[i];

		as_it_is = as_it_is && it->is_fax && it->fax == first->fax &&
			   it->size == first->size;
		if (it->size > p->format.size)
			p->format.size = it->size;
		pages += it->pages;
	}
	if (pages > DOCUMENT_PAGES_MAX) {
		why_set(&p->why,
			"the files have %u pages together, more than a fax "
			"can have (%d); send them in parts",
			pages, DOCUMENT_PAGES_MAX);
		stop(p, ERR_LIMIT);
		return;
	}
	if (as_it_is)
		p->format.resolution = first->fax;
	p->at = 0;
	advance(p, convert);
}

/* Taking the files in. */

static void copy_some(struct prepare *p);

static void next_file(struct prepare *p)
{
	p->at++;
	advance(p, p->at < p->count ? copy_some : plan);
}

/* Why pdfinfo failed, from what it said. */
static const char *fault_of_pdf(const char *complaint)
{
	if (complaint && strstr(complaint, "Incorrect password"))
		return "is protected by a password; print it to a PDF without "
		       "one";
	/* "... the first page (1) can not be after the last page (0)" */
	if (complaint && strstr(complaint, "Wrong page range"))
		return "has no pages; export it again";
	return "is damaged: it cannot be read as PDF; export it again";
}

static void pdf_looked_at(struct prepare *p)
{
	struct item *it = &p->items[p->at];
	char *complaint = read_work(p, COMPLAINT_FILE);
	struct why why = { "" };
	bool well = went_well(p, fault_of_pdf(complaint));
	char *answer;
	enum err e;

	free(complaint);
	if (!well)
		return;
	answer = read_work(p, LINE_FILE);
	e = answer ? kind_read_pdfinfo(answer, DOCUMENT_PAGES_MAX, &it->pdf,
				       &why)
		   : ERR_MEMORY;
	free(answer);
	if (e != OK) {
		refuse(p, e, "%s", why.text[0] ? why.text : err_text(e));
		return;
	}
	it->pages = it->pdf.pages;
	for (size_t i = 0; i < it->pdf.count; i++) {
		enum paper_size s = paper_size_for(it->pdf.runs[i].width_um);

		if (s > it->size)
			it->size = s;
	}
	next_file(p);
}

static void tiff_looked_at(struct prepare *p)
{
	struct item *it = &p->items[p->at];
	char *answer = read_answer(p);
	char size[8] = "";
	char fax[16] = "";
	unsigned pages = 0;

	if (!answer)
		return;
	if (sscanf(answer, "%u %7s %15s", &pages, size, fax) == 3 &&
	    pages <= DOCUMENT_PAGES_MAX && paper_size_parse(size, &it->size)) {
		it->pages = pages;
		it->is_fax = paper_resolution_parse(fax, &it->fax);
		next_file(p);
	} else {
		refuse(p, ERR_BAD, "%s", sorry);
	}
	free(answer);
}

/* The copy of the item at hand is whole: what is it? */
static void identify(struct prepare *p)
{
	struct item *it = &p->items[p->at];
	uint8_t head[KIND_LOOK];
	ssize_t n = pread(p->copy, head, sizeof head, 0);

	close(p->copy);
	p->copy = -1;
	if (n < 0) {
		stop_system(p, errno);
		return;
	}
	it->kind = kind_of(head, (size_t)n);
	switch (it->kind) {
	case KIND_EMPTY:
		refuse(p, ERR_BAD, "is empty; choose another file");
		return;
	case KIND_POSTSCRIPT:
		refuse(p, ERR_UNSUPPORTED,
		       "is PostScript; make a PDF of it (ps2pdf) and send "
		       "that");
		return;
	case KIND_PDF:
		tool_pdfinfo(&p->tool, it->copy);
		run_tool(p, (struct files){ NULL, LINE_FILE, NULL }, false,
			 pdf_looked_at);
		return;
	case KIND_TIFF:
		tool_measure(&p->tool, p->program);
		run_tool(p, (struct files){ it->copy, LINE_FILE, NULL }, true,
			 tiff_looked_at);
		return;
	case KIND_PNG:
	case KIND_JPEG:
	case KIND_PLAIN:
		next_file(p);
	}
}

/* False after a refusal. */
static bool begin_copy(struct prepare *p)
{
	const struct item *it = &p->items[p->at];
	struct stat st;

	if (fstat(it->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		refuse(p, ERR_BAD,
		       "is not a file that can be read; choose "
		       "another one");
		return false;
	}
	p->copied = 0;
	p->copy = open_work(p, it->copy, O_RDWR | O_CREAT | O_EXCL);
	if (p->copy < 0)
		stop_system(p, errno);
	return p->copy >= 0;
}

/* A chunk a turn: the loop has other things to do. */
static void copy_some(struct prepare *p)
{
	const struct item *it = &p->items[p->at];
	ssize_t n;

	if (p->copy < 0 && !begin_copy(p))
		return;
	n = sendfile(p->copy, it->fd, &p->copied, COPY_CHUNK);
	if (n == 0) {
		identify(p);
		return;
	}
	if (n > 0 && n <= p->room) {
		p->room -= n;
		advance(p, copy_some);
	} else if (n > 0) {
		why_set(&p->why,
			"the files are larger than %d MB together; send fewer "
			"at a time, or make them smaller",
			PREPARE_BYTES_MAX >> 20);
		stop(p, ERR_LIMIT);
	} else if (err_from_errno(errno) == ERR_SPACE) {
		stop_system(p, errno);
	} else {
		refuse(p, ERR_IO, "cannot be read: %s", strerror(errno));
	}
}

static void take_step(struct deferred *d)
{
	struct prepare *p = d->owner;

	p->next(p);
}

static bool copy_request(struct prepare *p, const struct prepare_request *r)
{
	p->program = strdup(r->program);
	p->folder_path = strdup(r->folder);
	p->items = calloc(r->count, sizeof *p->items);
	if (!p->program || !p->folder_path || !p->items)
		return false;
	p->count = r->count;
	for (size_t i = 0; i < r->count; i++) {
		struct item *it = &p->items[i];
		const char *name = r->files[i].name;

		it->fd = r->files[i].fd;
		text_printable(name, strlen(name), it->name, sizeof it->name);
		snprintf(it->copy, sizeof it->copy, "in-%u", (unsigned)i);
	}
	return true;
}

struct prepare *prepare_new(struct loop *loop,
			    const struct prepare_request *request,
			    prepare_done *done, void *owner)
{
	struct prepare *p = calloc(1, sizeof *p);

	assert(request->count >= 1 && request->count <= PREPARE_FILES_MAX);
	if (!p)
		return NULL;
	p->loop = loop;
	p->done = done;
	p->owner = owner;
	p->format.resolution = request->resolution;
	p->room = PREPARE_BYTES_MAX;
	p->copy = -1;
	p->folder = -1;
	p->step = (struct deferred){ .run = take_step, .owner = p };
	list_init(&p->step.link);
	if (!copy_request(p, request)) {
		free_prepare(p);
		return NULL;
	}
	p->folder = open(p->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->folder < 0)
		stop_system(p, errno);
	else
		advance(p, copy_some);
	return p;
}

void prepare_cancel(struct prepare *p)
{
	free_prepare(p);
}
