/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/assemble.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fax/document.h"
#include "store/atomic.h"
#include "terminal/workshop.h"

enum { LIST_MAX = DOCUMENT_PAGES_MAX * 4 + 1 }; /* "999," each */

struct document_known {
	char *path;
	uint32_t pages;
	struct paper_format format;
};

struct pick {
	size_t document;
	uint32_t page;
};

struct assemble {
	struct workshop shop;
	prepare_done *done;
	void *owner;			  /* borrowed from who asked */
	struct document_known *documents; /* owned */
	size_t documents_count;
	struct pick *picks; /* owned */
	size_t count;
	size_t at;  /* the document, then the page, at hand */
	size_t run; /* pages that the child at work adds */
	char list[LIST_MAX];
	struct paper_format format;
	uint32_t pages;
	enum err result;
	struct why why;
};

static void free_assemble(struct assemble *a)
{
	workshop_fini(&a->shop);
	for (size_t i = 0; a->documents && i < a->documents_count; i++)
		free(a->documents[i].path);
	free(a->documents);
	free(a->picks);
	free(a);
}

static void finish(void *work)
{
	struct assemble *a = work;
	struct prepare_result result = { a->pages, a->format };
	prepare_done *done = a->done;
	void *owner = a->owner;
	struct why why = a->why;
	enum err e = a->result;

	a->shop.made = e == OK;
	free_assemble(a);
	done(owner, e, &result, &why);
}

/* `why` goes on from the name of a file, or is a whole sentence. */
static void stop(struct assemble *a, enum err e, const struct why *why)
{
	if (e == ERR_SPACE || e == ERR_IO)
		a->why = *why;
	else if (why->text[0])
		why_set(&a->why, "The document %.300s.", why->text);
	else
		why_set(&a->why, "The pages cannot be put together: %s.",
			err_text(e));
	a->result = e;
	workshop_advance(&a->shop, finish);
}

/* Runs our program on a document. */
static void run_on(struct assemble *a, size_t document, const char *file,
		   workshop_step *next)
{
	struct workshop_files f = { NULL, WORKSHOP_LINE, file };
	int fd = open(a->documents[document].path, O_RDONLY | O_CLOEXEC);
	struct why why = { "is gone; choose the pages again" };
	enum err e = ERR_MISSING;

	if (fd >= 0) {
		why.text[0] = '\0';
		a->shop.input = fd;
		e = workshop_run(&a->shop, f, true, next, &why);
		close(fd);
	}
	if (e != OK)
		stop(a, e, &why);
}

/* The next pages that follow each other in one document's list. */
static void pick_some(void *work);

static void picked(void *work)
{
	struct assemble *a = work;
	struct why why = { "" };
	char *answer;
	unsigned pages = 0;
	enum err e = workshop_answer(&a->shop, &answer, &why);

	if (e == OK &&
	    (sscanf(answer, "%u", &pages) != 1 || pages != a->pages + a->run))
		e = ERR_BAD;
	free(answer);
	if (e != OK) {
		stop(a, e, &why);
		return;
	}
	a->pages = pages;
	a->at += a->run;
	workshop_advance(&a->shop, a->at < a->count ? pick_some : finish);
}

static void pick_some(void *work)
{
	struct assemble *a = work;
	size_t document = a->picks[a->at].document;
	size_t len = 0;

	a->run = 0;
	for (size_t i = a->at; i < a->count && a->picks[i].document == document;
	     i++) {
		len += (size_t)snprintf(a->list + len, sizeof a->list - len,
					"%s%u", a->run ? "," : "",
					a->picks[i].page);
		a->run++;
	}
	tool_pick(&a->shop.tool, a->shop.program, a->format, a->pages, a->list);
	run_on(a, document, PREPARE_DOCUMENT, picked);
}

/* One document, all of it, as it is. */
static bool is_whole(const struct assemble *a)
{
	if (a->documents_count != 1 || a->count != a->documents[0].pages)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->picks[i].page != i + 1)
			return false;
	return true;
}

/* What nobody writes to any more need not be written again, page by page. */
static void share(struct assemble *a)
{
	char path[ATOMIC_PATH_MAX];
	struct why why = { "" };
	enum err e = atomic_path(path, &why, "%s/" PREPARE_DOCUMENT,
				 a->shop.folder_path);

	if (e == OK)
		e = atomic_share(a->documents[0].path, path, &why);
	a->pages = a->documents[0].pages;
	a->why = why;
	a->result = e;
	workshop_advance(&a->shop, finish);
}

/* All documents are known: what will their pages have in common? */
static void plan(void *work)
{
	struct assemble *a = work;

	for (size_t i = 0; i < a->documents_count; i++) {
		const struct paper_format *f = &a->documents[i].format;

		if (f->size > a->format.size)
			a->format.size = f->size;
		if (f->resolution > a->format.resolution)
			a->format.resolution = f->resolution;
	}
	for (size_t i = 0; i < a->count; i++) {
		const struct pick *p = &a->picks[i];
		struct why why = { "" };

		if (p->page >= 1 && p->page <= a->documents[p->document].pages)
			continue;
		why_set(&why, "has no page %u; choose the pages again",
			p->page);
		stop(a, ERR_MISSING, &why);
		return;
	}
	a->at = 0;
	if (is_whole(a))
		share(a);
	else
		pick_some(a);
}

static void measure(void *work);

static void measured(void *work)
{
	struct assemble *a = work;
	struct document_known *d = &a->documents[a->at];
	struct why why = { "" };
	char size[8] = "", fax[16] = "";
	char *answer;
	enum err e = workshop_answer(&a->shop, &answer, &why);

	if (e == OK &&
	    (sscanf(answer, "%u %7s %15s", &d->pages, size, fax) != 3 ||
	     !paper_size_parse(size, &d->format.size) ||
	     !paper_resolution_parse(fax, &d->format.resolution))) {
		why_set(&why, "is no fax; prepare it anew");
		e = ERR_BAD;
	}
	free(answer);
	if (e != OK) {
		stop(a, e, &why);
		return;
	}
	a->at++;
	workshop_advance(&a->shop, a->at < a->documents_count ? measure : plan);
}

static void measure(void *work)
{
	struct assemble *a = work;

	tool_measure(&a->shop.tool, a->shop.program);
	run_on(a, a->at, NULL, measured);
}

/* The document of this path; false: memory is out. */
static bool find_document(struct assemble *a, const char *path, size_t *found)
{
	struct document_known *d;

	for (size_t i = a->documents_count; i-- > 0;) {
		assert(a->documents[i].path);
		if (strcmp(a->documents[i].path, path) == 0) {
			*found = i;
			return true;
		}
	}
	d = &a->documents[a->documents_count];
	d->path = strdup(path);
	if (!d->path)
		return false;
	*found = a->documents_count++;
	return true;
}

static bool copy_request(struct assemble *a, const struct assemble_request *r)
{
	a->documents = calloc(r->count, sizeof *a->documents);
	a->picks = calloc(r->count, sizeof *a->picks);
	a->count = r->count;
	if (!a->documents || !a->picks)
		return false;
	for (size_t i = 0; i < r->count; i++) {
		a->picks[i].page = r->pages[i].page;
		if (!find_document(a, r->pages[i].path, &a->picks[i].document))
			return false;
	}
	return true;
}

struct assemble *assemble_new(struct loop *loop,
			      const struct assemble_request *request,
			      prepare_done *done, void *owner)
{
	struct assemble *a = calloc(1, sizeof *a);
	struct why why = { "" };
	enum err e;

	assert(request->count >= 1 && request->count <= DOCUMENT_PAGES_MAX);
	if (!a)
		return NULL;
	a->done = done;
	a->owner = owner;
	e = workshop_init(&a->shop, loop, a, request->folder, request->program,
			  &why);
	a->shop.keep = PREPARE_DOCUMENT;
	if (e == ERR_MEMORY || !copy_request(a, request)) {
		free_assemble(a);
		return NULL;
	}
	if (e != OK)
		stop(a, e, &why);
	else
		workshop_advance(&a->shop, measure);
	return a;
}

void assemble_cancel(struct assemble *a)
{
	free_assemble(a);
}
