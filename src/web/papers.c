/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for documents that shall be sent: files come in, their pages
 * are shown as the far end will get them. */
#include "web/papers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "fax/document.h"
#include "io/random.h"
#include "web/news.h"
#include "terminal/cover.h"

/* A document whose pages are being made. */
struct making {
	struct visit *visit; /* borrowed */
	struct prepare *prepare;
	struct draft draft;
	int source; /* owned */
};

/* --- which --- */

json_t *papers_json(const struct draft *d)
{
	char hex[2 * DRAFTS_ID_SIZE + 1];

	text_to_hex(d->id, DRAFTS_ID_SIZE, hex);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:I}", "document",
			 hex, "name", d->name, "user", d->user, "source",
			 d->source, "resolution", d->resolution, "size",
			 d->size, "pages", (int)d->pages, "created_ms",
			 (json_int_t)d->created_ms);
}

/* One's own, and what was printed without a name: whoever sends it first. */
static bool may_use(const struct visit *v, const struct draft *d)
{
	return !*d->user || strcmp(d->user, v->user) == 0;
}

const struct draft *papers_find(struct visit *v, const char *hex)
{
	const struct draft *d = drafts_find(v->office->drafts, hex);

	if (d && may_use(v, d))
		return d;
	visit_refuse(v, 404, "missing",
		     "There is no such document (any "
		     "more).");
	return NULL;
}

static void tell(struct visit *v, const struct draft *d)
{
	news_say(web_news(v->web), ROLE_SEND, d->user, "document",
		 papers_json(d));
	news_status(web_news(v->web));
}

void papers_forget(struct visit *v, const struct draft *d)
{
	char hex[2 * DRAFTS_ID_SIZE + 1], user[sizeof(d->user)];
	uint8_t id[DRAFTS_ID_SIZE];

	memcpy(id, d->id, sizeof(id));
	memcpy(user, d->user, sizeof(user));
	text_to_hex(id, DRAFTS_ID_SIZE, hex);
	drafts_remove(v->office->drafts, id);
	news_say(web_news(v->web), ROLE_SEND, user, "document-gone",
		 json_pack("{s:s}", "document", hex));
	news_status(web_news(v->web));
}

static void list_documents(struct visit *v)
{
	const struct drafts *all = v->office->drafts;
	json_t *list = json_array();

	for (size_t i = drafts_count(all); i-- > 0;)
		if (may_use(v, drafts_at(all, i)))
			json_array_append_new(list,
					      papers_json(drafts_at(all, i)));
	visit_answer(v, 200, json_pack("{s:o}", "documents", list));
}

static void get_document(struct visit *v)
{
	const struct draft *d = papers_find(v, v->words[0]);

	if (d)
		visit_answer(v, 200, papers_json(d));
}

static void get_page(struct visit *v)
{
	const struct draft *d = papers_find(v, v->words[0]);
	char path[ATOMIC_PATH_MAX];

	if (!d)
		return;
	if (drafts_document(v->office->drafts, d->id, path) == OK)
		visit_page(v, path, v->words[1]);
	else
		visit_fail(v, ERR_LIMIT, &(struct why){ "" });
}

static void delete_document(struct visit *v)
{
	const struct draft *d = papers_find(v, v->words[0]);

	if (!d)
		return;
	papers_forget(v, d);
	visit_done(v);
}

/* --- making pages --- */

static void free_making(struct making *m)
{
	close(m->source);
	free(m);
}

static void on_cancelled(void *pending)
{
	struct making *m = pending;

	prepare_cancel(m->prepare);
	drafts_abandon(m->visit->office->drafts, m->draft.id);
	free_making(m);
}

static bool stands(const struct drafts *all, const struct draft *d)
{
	char hex[2 * DRAFTS_ID_SIZE + 1];

	text_to_hex(d->id, DRAFTS_ID_SIZE, hex);
	return drafts_find(all, hex);
}

static void on_prepared(void *owner, enum err e,
			const struct prepare_result *result,
			const struct why *why)
{
	struct making *m = owner;
	struct visit *v = m->visit;
	struct drafts *drafts = v->office->drafts;
	struct why reason = *why;
	struct draft *d = &m->draft;
	const bool is_new = d->pages == 0;

	if (e == OK) {
		d->pages = result->pages;
		(void)snprintf(
			d->resolution, sizeof(d->resolution), "%s",
			paper_resolution_name(result->format.resolution));
		(void)snprintf(d->size, sizeof(d->size), "%s",
			       paper_size_name(result->format.size));
		e = drafts_keep(drafts, d, &reason);
	} else {
		drafts_abandon(drafts, d->id);
	}
	if (e != OK && !is_new && !stands(drafts, d)) {
		why_set(&reason, "There is no such document (any more).");
		e = ERR_MISSING;
	}
	if (e == OK) {
		tell(v, d);
		visit_answer(v, is_new ? 201 : 200, papers_json(d));
	} else {
		visit_fail(v, e, &reason);
	}
	free_making(m);
}

/* Takes `m`. */
static void make_pages(struct making *m, enum paper_resolution resolution,
		       const char *work)
{
	struct visit *v = m->visit;
	const struct prepare_file file = { .fd = m->source,
					   .name = m->draft.name,
					   .sheet = strcmp(m->draft.source,
							   "cover") == 0 };
	const struct prepare_request r = {
		.files = &file,
		.count = 1,
		.resolution = resolution,
		.folder = work,
		.program = v->office->config->fax_program,
	};

	m->prepare = prepare_new(v->office->loop, &r, on_prepared, m);
	if (m->prepare) {
		v->pending = m;
		v->cancel = on_cancelled;
		return;
	}
	drafts_abandon(v->office->drafts, m->draft.id);
	free_making(m);
	visit_fail(v, ERR_MEMORY, &(struct why){ "" });
}

/* NULL: refused, and `source` is closed. */
static struct making *new_making(struct visit *v, int source)
{
	struct making *m = source < 0 ? NULL : calloc(1, sizeof(*m));

	if (m) {
		m->visit = v;
		m->source = source;
		return m;
	}
	visit_fail(v, source < 0 ? err_from_errno(errno) : ERR_MEMORY,
		   &(struct why){ "" });
	if (source >= 0)
		close(source);
	return NULL;
}

/* What is asked for, or what is usual; false: refused. */
static bool take_resolution(struct visit *v, const char *text,
			    enum paper_resolution *out)
{
	*out = PAPER_FINE;
	if (!text || paper_resolution_parse(text, out))
		return true;
	visit_refuse(v, 400, "bad",
		     "The resolution must be standard, fine, 300 or 400.");
	return false;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A file that is to be a document. */
struct given {
	int fd;
	const char *name;
	const char *source;
};

/* Its descriptor stays the caller's. */
static void add(struct visit *v, const struct given *g,
		enum paper_resolution resolution)
{
	struct making *m = new_making(v, fcntl(g->fd, F_DUPFD_CLOEXEC, 0));
	const char *slash = strrchr(g->name, '/');
	const char *name = slash ? slash + 1 : g->name;
	char work[ATOMIC_PATH_MAX];
	struct why why = { "" };
	enum err e;

	if (!m)
		return;
	random_bytes(m->draft.id, sizeof(m->draft.id));
	text_printable(name, strlen(name), m->draft.name,
		       sizeof(m->draft.name));
	(void)snprintf(m->draft.user, sizeof(m->draft.user), "%s", v->user);
	(void)snprintf(m->draft.source, sizeof(m->draft.source), "%s",
		       g->source);
	m->draft.created_ms = now_ms();
	e = drafts_begin(v->office->drafts, m->draft.id, g->fd, work, &why);
	if (e == OK) {
		make_pages(m, resolution, work);
		return;
	}
	free_making(m);
	visit_fail(v, e, &why);
}

static void add_document(struct visit *v)
{
	const char *name = http_query(v->request, "name");
	enum paper_resolution resolution;

	if (!take_resolution(v, http_query(v->request, "resolution"),
			     &resolution))
		return;
	if (!name || !*name)
		visit_refuse(v, 400, "bad", "Say ?name=, the file's name.");
	else
		add(v,
		    &(struct given){ v->file, name,
				     v->page ? "page" : "script" },
		    resolution);
}

static void change_document(struct visit *v)
{
	const struct draft *d = papers_find(v, v->words[0]);
	const char *text = visit_text(v, "resolution");
	char source[ATOMIC_PATH_MAX], work[ATOMIC_PATH_MAX];
	enum paper_resolution resolution;
	struct why why = { "" };
	struct making *m;
	enum err e;

	if (!d || !take_resolution(v, text ? text : "", &resolution))
		return;
	e = drafts_source(v->office->drafts, d->id, source);
	if (e == OK)
		e = drafts_begin_again(v->office->drafts, d->id, work, &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	m = new_making(v, open(source, O_RDONLY | O_CLOEXEC));
	if (!m) {
		drafts_abandon(v->office->drafts, d->id);
		return;
	}
	m->draft = *d;
	make_pages(m, resolution, work);
}

/* --- cover pages --- */

/* Its form, in a file without a name; -1: refused. */
static int write_form(struct visit *v)
{
	const json_int_t pages =
		json_integer_value(json_object_get(v->in, "pages"));
	char date[32] = "";
	struct cover cover = { .to = visit_text(v, "to"),
			       .from = visit_text(v, "from"),
			       .date = date,
			       .subject = visit_text(v, "subject"),
			       .text = visit_text(v, "text") };
	int fd = open(v->office->config->home, O_TMPFILE | O_RDWR | O_CLOEXEC,
		      0600);
	enum err e = fd < 0 ? err_from_errno(errno) : OK;
	struct why why = { "" };
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &tm);
	if (pages > 0 && pages <= DOCUMENT_PAGES_MAX)
		cover.pages = (uint32_t)pages;
	if (e == OK)
		e = cover_write(&cover, fd);
	if (e == OK)
		return fd;
	if (e == ERR_LIMIT)
		why_set(&why, "The cover page says more than fits on it: make "
			      "it shorter.");
	visit_fail(v, e, &why);
	if (fd >= 0)
		close(fd);
	return -1;
}

static void add_cover(struct visit *v)
{
	static const struct visit_member members[] = {
		{ "to", VISIT_TEXT },	      { "from", VISIT_TEXT },
		{ "subject", VISIT_TEXT },    { "text", VISIT_TEXT },
		{ "resolution", VISIT_TEXT },
	};
	enum paper_resolution resolution;
	int fd;

	if (!visit_members(v, members, sizeof(members) / sizeof(members[0])) ||
	    !take_resolution(v, visit_text(v, "resolution"), &resolution))
		return;
	fd = write_form(v);
	if (fd < 0)
		return;
	add(v, &(struct given){ fd, "cover page", "cover" }, resolution);
	close(fd);
}

const struct visit_route papers_routes[] = {
	{ HTTP_GET, "documents", ROLE_SEND, VISIT_NOTHING, list_documents, 0 },
	{ HTTP_POST, "documents", ROLE_SEND, VISIT_FILE, add_document,
	  PREPARE_BYTES_MAX },
	{ HTTP_GET, "documents/*", ROLE_SEND, VISIT_NOTHING, get_document, 0 },
	{ HTTP_PATCH, "documents/*", ROLE_SEND, VISIT_JSON, change_document,
	  0 },
	{ HTTP_DELETE, "documents/*", ROLE_SEND, VISIT_NOTHING, delete_document,
	  0 },
	{ HTTP_GET, "documents/*/pages/*", ROLE_SEND, VISIT_NOTHING, get_page,
	  0 },
	{ HTTP_POST, "covers", ROLE_SEND, VISIT_JSON, add_cover, 0 },
	{ .path = NULL },
};
