/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/prepare.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "fax/document.h"
#include "terminal/kind.h"
#include "terminal/selection.h"
#include "terminal/tool.h"
#include "terminal/workshop.h"

/* In the folder: all pages, while some of them are picked. */
#define ALL_PAGES "all.tif"

enum {
	NAME_MAX_BYTES = 120, /* of a file, in sentences */
	COPY_CHUNK = 2 << 20, /* a turn of the loop */
};

struct item {
	int fd; /* borrowed from who asked */
	char name[NAME_MAX_BYTES];
	char copy[16]; /* its name in the work folder */
	bool sheet;    /* a form of ours, whatever is in it */
	enum kind kind;
	struct kind_pdf pdf;	   /* owned; KIND_PDF */
	uint32_t pages;		   /* as far as known before */
	enum paper_size size;	   /* what the largest page needs */
	bool is_fax;		   /* all of it, in this resolution: */
	enum paper_resolution fax; /* KIND_TIFF */
};

struct prepare {
	struct workshop shop;
	prepare_done *done;
	void *owner;	    /* borrowed from who asked */
	struct item *items; /* owned */
	size_t count;
	size_t at;  /* the item at hand */
	size_t run; /* of a PDF */
	struct paper_format format;
	uint32_t pages; /* of the document so far */
	uint32_t cover; /* of them, at the front, a cover page's */
	char *chosen;	/* owned; NULL: all pages of the files */
	char list[SELECTION_LIST_MAX];
	uint32_t picked;
	off_t room; /* bytes that may still be copied */
	int copy;   /* of the item at hand, while it is written, or -1 */
	off_t copied;
	bool office_twice; /* it has been run again for this item */
	enum err result;
	struct why why;
};

static void free_prepare(struct prepare *p)
{
	workshop_fini(&p->shop);
	if (p->copy >= 0)
		close(p->copy);
	for (size_t i = 0; p->items && i < p->count; i++)
		kind_pdf_fini(&p->items[i].pdf);
	free(p->items);
	free(p->chosen);
	free(p);
}

static void finish(void *work)
{
	struct prepare *p = work;
	struct prepare_result result = { p->pages, p->format };
	prepare_done *done = p->done;
	void *owner = p->owner;
	struct why why = p->why;
	enum err e = p->result;

	p->shop.made = e == OK;
	free_prepare(p);
	done(owner, e, &result, &why);
}

static void stop(struct prepare *p, enum err e)
{
	p->result = e;
	workshop_advance(&p->shop, finish);
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
	stop(p, workshop_fault(&p->shop, number, &p->why));
}

static const char busy[] = "cannot be converted now: no memory or no processes "
			   "are left; try again later";
static const char undrawn[] = "is damaged: it cannot be drawn; export it again";
static const char sorry[] = "cannot be converted; export it as PDF";

/* A tool failed so; without a sentence of its own the file is as `about`
 * says. */
static void stop_failed(struct prepare *p, enum err e, const struct why *why,
			const char *about)
{
	if (e == ERR_SPACE || e == ERR_IO) {
		p->why = *why;
		stop(p, e);
	} else {
		refuse(p, e, "%s", why->text[0] ? why->text : about);
	}
}

static void run_tool(struct prepare *p, struct workshop_files f, bool own,
		     workshop_step *next)
{
	struct why why = { "" };
	enum err e = workshop_run(&p->shop, f, own, next, &why);

	if (e != OK)
		stop_failed(p, e, &why, busy);
}

/* True when the tool ended well; else says why not. `about` goes on from the
 * name of the file. */
static bool went_well(struct prepare *p, const char *about)
{
	struct why why = { "" };
	enum err e = workshop_ended(&p->shop, &why);

	if (e != OK)
		stop_failed(p, e, &why, about);
	return e == OK;
}

/* The answer of our own program, after its "0": to be freed; or NULL after a
 * refusal. `about` as for went_well(). */
static char *read_answer(struct prepare *p, const char *about)
{
	struct why why = { "" };
	char *answer;
	enum err e = workshop_answer(&p->shop, &answer, &why);

	if (e != OK)
		stop_failed(p, e, &why, about);
	return answer;
}

/* Leaving pages out, when all are made. */

static void picked(void *work)
{
	struct prepare *p = work;
	char *answer = read_answer(p, sorry);
	unsigned pages = 0;

	if (!answer)
		return;
	if (sscanf(answer, "%u", &pages) == 1 && pages == p->picked) {
		p->pages = pages;
		workshop_advance(&p->shop, finish);
	} else {
		refuse(p, ERR_BAD, "%s", sorry);
	}
	free(answer);
}

static void pick(void *work)
{
	struct prepare *p = work;
	struct workshop_files f = { NULL, WORKSHOP_LINE, PREPARE_DOCUMENT };
	enum err e = selection_list(p->chosen, p->cover, p->pages, p->list,
				    &p->picked, &p->why);
	int all;

	p->at = 0; /* the file that complaints name */
	if (e != OK) {
		stop(p, e);
		return;
	}
	if (renameat(p->shop.folder, PREPARE_DOCUMENT, p->shop.folder,
		     ALL_PAGES) != 0 ||
	    (all = workshop_open(&p->shop, ALL_PAGES, O_RDONLY)) < 0) {
		stop_system(p, errno);
		return;
	}
	p->shop.input = all;
	tool_pick(&p->shop.tool, p->shop.program, p->format, 0, p->list);
	run_tool(p, f, true, picked);
	close(all);
}

/* Adding to the document. */

static void convert(void *work);

static void next_piece(struct prepare *p)
{
	struct item *it = &p->items[p->at];

	if (it->kind == KIND_PDF && ++p->run < it->pdf.count) {
		workshop_advance(&p->shop, convert);
		return;
	}
	if (it->sheet)
		p->cover = p->pages;
	p->run = 0;
	p->at++;
	workshop_advance(&p->shop, p->at < p->count ? convert
				   : p->chosen	    ? pick
						    : finish);
}

static void added(void *work)
{
	struct prepare *p = work;
	struct item *it = &p->items[p->at];
	char *answer = read_answer(p, it->kind == KIND_PDF ? undrawn : sorry);
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
	struct workshop_files f = { from, WORKSHOP_LINE, PREPARE_DOCUMENT };
	const struct item *it = &p->items[p->at];
	int jpeg = -1;

	tool_add(&p->shop.tool, p->shop.program, p->format, p->pages);
	/* It says how the camera was held. */
	if (it->kind == KIND_JPEG)
		p->shop.input = jpeg =
			workshop_open(&p->shop, it->copy, O_RDONLY);
	run_tool(p, f, true, added);
	if (jpeg >= 0)
		close(jpeg);
}

/* Ghostscript draws, and our own program takes in what it draws. */
static void draw_pdf(struct prepare *p, const struct item *it)
{
	struct workshop_files f = { NULL, WORKSHOP_LINE, PREPARE_DOCUMENT };
	struct why why = { "" };
	enum err e;

	tool_draw_pdf(&p->shop.feeder, it->copy, p->format,
		      &it->pdf.runs[p->run]);
	tool_draw(&p->shop.tool, p->shop.program, p->format, p->pages);
	e = workshop_pipe(&p->shop, f, added, &why);
	if (e != OK)
		stop_failed(p, e, &why, busy);
}

static void drawn(void *work)
{
	struct prepare *p = work;
	if (went_well(p, undrawn))
		add(p, TOOL_PIECE);
}

static void draw_text(void *work)
{
	struct prepare *p = work;
	char *answer = read_answer(p, sorry);
	struct workshop_files f = { NULL, WORKSHOP_LINE, NULL };

	free(answer);
	if (!answer)
		return;
	tool_draw_text(&p->shop.tool, p->format);
	run_tool(p, f, false, drawn);
}

static void decoded(void *work)
{
	struct prepare *p = work;
	static const char damaged[] = "is damaged: the picture cannot be "
				      "decoded; export it again";
	char *complaint;

	if (!went_well(p, damaged))
		return;
	/* jpegtopnm fills up with grey what is missing, and ends well. */
	complaint = workshop_read(&p->shop, WORKSHOP_COMPLAINT);
	if (complaint && strstr(complaint, "premature end"))
		refuse(p, ERR_BAD, "%s", damaged);
	else
		add(p, TOOL_PIECE);
	free(complaint);
}

/* Makes a piece of the document of the item at hand. */
static void convert(void *work)
{
	struct prepare *p = work;
	struct item *it = &p->items[p->at];

	workshop_remove(&p->shop, TOOL_PIECE);
	switch (it->kind) {
	case KIND_PDF:
		draw_pdf(p, it);
		return;
	case KIND_PNG:
	case KIND_JPEG:
		tool_decode(&p->shop.tool, it->kind);
		run_tool(p,
			 (struct workshop_files){ it->copy, TOOL_PIECE, NULL },
			 false, decoded);
		return;
	case KIND_SHEET:
	case KIND_PLAIN:
		workshop_remove(&p->shop, TOOL_TEXT);
		if (it->kind == KIND_SHEET)
			tool_sheet(&p->shop.tool, p->shop.program);
		else
			tool_plain(&p->shop.tool, p->shop.program);
		run_tool(p,
			 (struct workshop_files){ it->copy, WORKSHOP_LINE,
						  TOOL_TEXT },
			 true, draw_text);
		return;
	case KIND_TIFF:
	case KIND_PWG:
	case KIND_EMPTY:
	case KIND_OFFICE:
	case KIND_POSTSCRIPT: /* these three never come so far */
		add(p, it->copy);
	}
}

/* All files are known: chooses what their pages will have in common. */
static void plan(void *work)
{
	struct prepare *p = work;
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
	workshop_advance(&p->shop, convert);
}

/* Taking the files in. */

static void copy_some(void *work);

static void next_file(struct prepare *p)
{
	p->at++;
	workshop_advance(&p->shop, p->at < p->count ? copy_some : plan);
}

static void run_office(struct prepare *p);

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

static void pdf_looked_at(void *work)
{
	struct prepare *p = work;
	struct item *it = &p->items[p->at];
	char *complaint = workshop_read(&p->shop, WORKSHOP_COMPLAINT);
	struct why why = { "" };
	bool well = went_well(p, fault_of_pdf(complaint));
	char *answer;
	enum err e;

	free(complaint);
	if (!well)
		return;
	answer = workshop_read(&p->shop, WORKSHOP_LINE);
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

static void pages_looked_at(void *work)
{
	struct prepare *p = work;
	struct item *it = &p->items[p->at];
	char *answer = read_answer(p, sorry);
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

static void look_at_pdf(struct prepare *p)
{
	struct workshop_files f = { NULL, WORKSHOP_LINE, NULL };

	tool_pdfinfo(&p->shop.tool, p->items[p->at].copy);
	run_tool(p, f, false, pdf_looked_at);
}

/* The office has made a PDF; or its profile, and wants to be run again. */
static void office_ended(void *work)
{
	struct prepare *p = work;
	struct item *it = &p->items[p->at];
	char pdf[sizeof it->copy + 4];

	if (p->shop.end.code == TOOL_OFFICE_AGAIN && !p->office_twice) {
		p->office_twice = true;
		run_office(p);
		return;
	}
	if (!went_well(p, sorry))
		return;
	snprintf(pdf, sizeof pdf, "%s.pdf", it->copy);
	workshop_remove(&p->shop, it->copy);
	if (renameat(p->shop.folder, pdf, p->shop.folder, it->copy) != 0) {
		refuse(p, ERR_BAD, "%s", sorry);
		return;
	}
	it->kind = KIND_PDF;
	look_at_pdf(p);
}

static void run_office(struct prepare *p)
{
	struct workshop_files f = { NULL, WORKSHOP_LINE, NULL };

	tool_office(&p->shop.tool, p->shop.folder_path, p->items[p->at].copy);
	p->shop.walls = SANDBOX_OFFICE;
	run_tool(p, f, false, office_ended);
}

static void convert_office(struct prepare *p)
{
	p->office_twice = false;
	if (access(TOOL_OFFICE, X_OK) == 0)
		run_office(p);
	else
		refuse(p, ERR_UNSUPPORTED,
		       "is an office document, and no LibreOffice is installed "
		       "here: export it as PDF, or have "
		       "libreoffice-writer-nogui installed");
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
	it->kind = it->sheet ? KIND_SHEET : kind_of(head, (size_t)n);
	switch (it->kind) {
	case KIND_EMPTY:
		refuse(p, ERR_BAD, "is empty; choose another file");
		return;
	case KIND_POSTSCRIPT:
		refuse(p, ERR_UNSUPPORTED,
		       "is PostScript; make a PDF of it (ps2pdf) and send "
		       "that");
		return;
	case KIND_OFFICE:
		convert_office(p);
		return;
	case KIND_PDF:
		look_at_pdf(p);
		return;
	case KIND_TIFF:
	case KIND_PWG:
		tool_measure(&p->shop.tool, p->shop.program);
		run_tool(p,
			 (struct workshop_files){ it->copy, WORKSHOP_LINE,
						  NULL },
			 true, pages_looked_at);
		return;
	case KIND_PNG:
	case KIND_JPEG:
	case KIND_SHEET:
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
	p->copy = workshop_open(&p->shop, it->copy, O_RDWR | O_CREAT | O_EXCL);
	if (p->copy < 0)
		stop_system(p, errno);
	return p->copy >= 0;
}

/* A chunk a turn: the loop has other things to do. */
static void copy_some(void *work)
{
	struct prepare *p = work;
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
		workshop_advance(&p->shop, copy_some);
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

static bool copy_request(struct prepare *p, const struct prepare_request *r)
{
	p->items = calloc(r->count, sizeof *p->items);
	p->chosen = r->pages ? strdup(r->pages) : NULL;
	if (!p->items || (r->pages && !p->chosen))
		return false;
	p->count = r->count;
	for (size_t i = 0; i < r->count; i++) {
		struct item *it = &p->items[i];
		const char *name = r->files[i].name;

		it->fd = r->files[i].fd;
		it->sheet = r->files[i].sheet;
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
	enum err e;

	assert(request->count >= 1 && request->count <= PREPARE_FILES_MAX);
	if (!p)
		return NULL;
	p->done = done;
	p->owner = owner;
	p->format.resolution = request->resolution;
	p->room = PREPARE_BYTES_MAX;
	p->copy = -1;
	e = workshop_init(&p->shop, loop, p, request->folder, request->program,
			  &p->why);
	p->shop.keep = PREPARE_DOCUMENT;
	if (e == ERR_MEMORY || !copy_request(p, request)) {
		free_prepare(p);
		return NULL;
	}
	if (e != OK)
		stop(p, e);
	else
		workshop_advance(&p->shop, copy_some);
	return p;
}

void prepare_cancel(struct prepare *p)
{
	free_prepare(p);
}
