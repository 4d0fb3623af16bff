/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for sending. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "fax/document.h"
#include "io/random.h"
#include "store/workroom.h"
#include "web/news.h"
#include "web/papers.h"
#include "terminal/assemble.h"
#include "wire/path.h"

enum { LIST_MAX = 10000 };

/* --- to whom --- */

struct recipients {
	char *to[INTAKE_TO_MAX]; /* owned: contacts may change meanwhile */
	size_t count;
};

static void free_recipients(struct recipients *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->to[i]);
	r->count = 0;
}

/* False: there are too many, or memory is out. */
static bool add_one(struct recipients *r, const char *to)
{
	if (r->count == INTAKE_TO_MAX)
		return false;
	r->to[r->count] = strdup(to);
	if (!r->to[r->count])
		return false;
	r->count++;
	return true;
}

/* An address, or all those of a contact. False: refused. */
static bool add_recipient(struct visit *v, struct recipients *r, const char *to)
{
	const struct contacts_entry *c = contacts_find(v->office->contacts, to);
	bool fits = true;

	if (!c && !path_address_valid(to, strlen(to))) {
		visit_refuse(v, 422, "recipient",
			     "A recipient is a user ID (1 to 32 of a-z, 0-9, "
			     "dot, dash and underscore), ID@RELAY, a number "
			     "(+ and digits) or a contact.");
		return false;
	}
	if (!c)
		fits = add_one(r, to);
	for (size_t i = 0; c && fits && i < c->count; i++)
		fits = add_one(r, c->to[i]);
	if (!fits)
		visit_refuse(v, 422, "recipients",
			     "A fax can have 1000 recipients at most; send it "
			     "in parts.");
	return fits;
}

/* False: refused. */
static bool take_recipients(struct visit *v, const json_t *list,
			    struct recipients *r)
{
	const json_t *item;
	size_t i;

	r->count = 0;
	json_array_foreach(list, i, item)
	{
		const char *to = json_string_value(item);

		if (!add_recipient(v, r, to ? to : ""))
			return false;
	}
	if (r->count > 0)
		return true;
	visit_refuse(v, 422, "recipient", "Say to whom: {\"to\": [...]}.");
	return false;
}

/* --- what, and how --- */

/* A fax that is being put together from pages. */
struct packing {
	struct visit *visit; /* borrowed */
	struct assemble *assemble;
	char folder[ATOMIC_PATH_MAX];
	struct recipients recipients;
	struct intake_request request;
	char title[121];
};

/* False: refused. */
static bool take_terms(struct visit *v, struct intake_request *r)
{
	static const struct visit_member members[] = {
		{ "title", VISIT_TEXT },
		{ "note", VISIT_TEXT },
		{ "priority", VISIT_TEXT },
		{ "fax", VISIT_TEXT },
		{ "held", VISIT_FLAG },
		{ "keep", VISIT_FLAG },
		{ "not_before_ms", VISIT_MOMENT },
		{ "give_up_ms", VISIT_MOMENT },
	};
	const char *priority = visit_text(v, "priority");

	if (!visit_members(v, members, sizeof(members) / sizeof(members[0])))
		return false;
	r->priority = priority ? jobs_priority_of(priority) : JOBS_NORMAL;
	if (r->priority == JOBS_PRIORITIES) {
		visit_refuse(v, 400, "bad",
			     "The priority must be low, normal or high.");
		return false;
	}
	r->not_before_ms = visit_moment(v, "not_before_ms");
	r->give_up_ms = visit_moment(v, "give_up_ms");
	r->held = json_is_true(json_object_get(v->in, "held"));
	r->note = visit_text(v, "note");
	r->user = v->user;
	return true;
}

static void free_packing(struct packing *p)
{
	if (*p->folder)
		(void)atomic_remove_folder(p->folder);
	free_recipients(&p->recipients);
	free(p);
}

static void on_cancelled(void *pending)
{
	struct packing *p = pending;

	if (p->assemble)
		assemble_cancel(p->assemble);
	free_packing(p);
}

static json_t *added_json(const struct outbox_added *added)
{
	char batch[2 * SPOOL_ID_SIZE + 1] = "";
	json_t *jobs = json_array();

	if (added->count > 0)
		text_to_hex(added->jobs[0]->record.batch, SPOOL_ID_SIZE, batch);
	for (size_t i = 0; i < added->count; i++)
		json_array_append_new(jobs, view_job(added->jobs[i]));
	return json_pack("{s:s, s:o}", "batch", batch, "jobs", jobs);
}

/* The drafts that were sent are of no use any more. */
static void forget_drafts(struct visit *v)
{
	static const char *const lists[] = { "pages", "documents" };
	const json_t *item;
	size_t at;

	if (json_is_true(json_object_get(v->in, "keep")))
		return;
	for (size_t i = 0; i < 2; i++) {
		json_array_foreach(json_object_get(v->in, lists[i]), at, item)
		{
			const char *hex = json_string_value(
				i == 0 ? json_object_get(item, "document")
				       : item);
			const struct draft *d =
				hex ? drafts_find(v->office->drafts, hex)
				    : NULL;

			if (d)
				papers_forget(v, d);
		}
	}
}

/* All its pages are in one document: into the queue. Takes `p`. */
static void submit(struct packing *p, const struct outbox_document *document)
{
	struct visit *v = p->visit;
	struct outbox_added added = { NULL, 0 };
	struct why why = { "" };
	char count[40];
	enum err e;

	p->request.to = (const char *const *)p->recipients.to;
	p->request.to_count = p->recipients.count;
	p->request.title = p->title;
	(void)snprintf(count, sizeof(count), "%zu, %u pages",
		       p->recipients.count, document->pages);
	if (!visit_audit(v,
			 json_object_get(v->in, "fax") ? "forwarded" : "sent",
			 p->recipients.to[0], count)) {
		free_packing(p);
		return;
	}
	e = outbox_add_document(v->office->outbox, &p->request, document,
				&added, &why);
	free_packing(p);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	forget_drafts(v);
	visit_answer(v, 201, added_json(&added));
}

static void on_assembled(void *owner, enum err e,
			 const struct prepare_result *result,
			 const struct why *why)
{
	struct packing *p = owner;
	struct visit *v = p->visit;
	char path[ATOMIC_PATH_MAX];
	struct outbox_document document = { .path = path };

	p->assemble = NULL;
	if (e == OK)
		e = atomic_path(path, NULL, "%s/" PREPARE_DOCUMENT, p->folder);
	if (e != OK) {
		free_packing(p);
		visit_fail(v, e, why);
		return;
	}
	document.pages = (uint16_t)result->pages;
	document.resolution = result->format.resolution;
	submit(p, &document);
}

/* --- its pages --- */

struct picking {
	struct assemble_page pages[DOCUMENT_PAGES_MAX];
	char *paths[DOCUMENT_PAGES_MAX]; /* owned */
	size_t count;
};

static void free_picking(struct picking *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->paths[i]);
	free(k);
}

static bool pick(struct picking *k, const char *path, uint32_t page)
{
	if (k->count == DOCUMENT_PAGES_MAX)
		return false;
	k->paths[k->count] = strdup(path);
	if (!k->paths[k->count])
		return false;
	k->pages[k->count] = (struct assemble_page){ .path = k->paths[k->count],
						     .page = page };
	k->count++;
	return true;
}

/* Page `page` of a document, or all of them: 0. False: refused. */
static bool pick_document(struct visit *v, struct picking *k, const char *hex,
			  json_int_t page)
{
	const struct draft *d = papers_find(v, hex ? hex : "");
	char path[ATOMIC_PATH_MAX];
	bool fits = true;

	if (!d)
		return false;
	if (page < 0 || page > d->pages) {
		visit_refuse(v, 422, "page", "The document has no such page.");
		return false;
	}
	if (drafts_document(v->office->drafts, d->id, path) != OK)
		fits = false;
	for (uint32_t i = 1; fits && i <= d->pages; i++)
		if (page == 0 || page == (json_int_t)i)
			fits = pick(k, path, i);
	if (!fits)
		visit_refuse(v, 422, "pages",
			     "A fax can have 999 pages at most; send it in "
			     "parts.");
	return fits;
}

static bool pick_documents(struct visit *v, struct picking *k)
{
	const json_t *pages = json_object_get(v->in, "pages");
	const json_t *documents = json_object_get(v->in, "documents");
	const json_t *item;
	size_t i;

	json_array_foreach(pages, i, item)
	{
		json_int_t page =
			json_integer_value(json_object_get(item, "page"));

		if (!pick_document(v, k,
				   json_string_value(
					   json_object_get(item, "document")),
				   page > 0 ? page : -1))
			return false;
	}
	json_array_foreach(documents, i,
			   item) if (!pick_document(v, k,
						    json_string_value(item),
						    0)) return false;
	if (k->count > 0)
		return true;
	visit_refuse(v, 422, "pages",
		     "There is nothing to send: say pages, documents or fax.");
	return false;
}

/* What the fax is called: as asked, or as its last document; a cover page
 * comes first. */
static void choose_title(const struct visit *v, struct packing *p,
			 const char *last)
{
	const char *title = visit_text(v, "title");

	if (!title || !*title)
		title = last;
	text_printable(title, strlen(title), p->title, sizeof(p->title));
}

static const char *last_name(const struct visit *v)
{
	const json_t *pages = json_object_get(v->in, "pages");
	const json_t *list = json_object_get(v->in, "documents");
	size_t n = json_array_size(list);
	const json_t *item = n > 0 ? json_array_get(list, n - 1) : NULL;
	const struct draft *d;

	if (!item && json_array_size(pages) > 0)
		item = json_object_get(
			json_array_get(pages, json_array_size(pages) - 1),
			"document");
	d = json_is_string(item)
		    ? drafts_find(v->office->drafts, json_string_value(item))
		    : NULL;
	return d ? d->name : "";
}

/* Takes `p`. */
static void assemble(struct packing *p, const struct picking *k)
{
	struct visit *v = p->visit;
	const struct assemble_request r = {
		.pages = k->pages,
		.count = k->count,
		.folder = p->folder,
		.program = v->office->config->fax_program,
	};
	char hex[2 * SPOOL_ID_SIZE + 1];
	uint8_t id[SPOOL_ID_SIZE];
	struct why why = { "" };
	enum err e;

	random_bytes(id, sizeof(id));
	text_to_hex(id, sizeof(id), hex);
	e = workroom_folder(v->office->config->home, hex, p->folder, &why);
	if (e == OK) {
		p->assemble =
			assemble_new(v->office->loop, &r, on_assembled, p);
		e = p->assemble ? OK : ERR_MEMORY;
	}
	if (e == OK) {
		v->pending = p;
		v->cancel = on_cancelled;
		return;
	}
	free_packing(p);
	visit_fail(v, e, &why);
}

static void send_documents(struct packing *p)
{
	struct visit *v = p->visit;
	struct picking *k = calloc(1, sizeof(*k));

	if (!k) {
		free_packing(p);
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
		return;
	}
	if (pick_documents(v, k)) {
		choose_title(v, p, last_name(v));
		assemble(p, k);
	} else {
		free_packing(p);
	}
	free_picking(k);
}

/* On to somebody else, point for point. Takes `p`. */
static void forward(struct packing *p, const char *name)
{
	struct visit *v = p->visit;
	char path[ATOMIC_PATH_MAX];
	struct outbox_document document = { .path = path };
	struct inbox_entry e;

	if (!(v->roles & ROLE_READ))
		visit_refuse(v, 403, "role",
			     "Your role does not allow to "
			     "read faxes.");
	else if (!inbox_get(v->office->inbox, name, &e) || e.fax.pages == 0 ||
		 atomic_path(path, NULL, "%s/fax.tif", e.folder) != OK)
		visit_refuse(v, 404, "missing",
			     "There is no such fax (any "
			     "more).");
	else {
		choose_title(v, p, e.fax.title);
		document.pages = e.fax.pages;
		if (!paper_resolution_parse(e.fax.resolution,
					    &document.resolution))
			document.resolution = PAPER_FINE;
		submit(p, &document);
		return;
	}
	free_packing(p);
}

static void add_jobs(struct visit *v)
{
	const char *fax = visit_text(v, "fax");
	struct packing *p = calloc(1, sizeof(*p));

	if (!p) {
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
		return;
	}
	p->visit = v;
	if (!v->office->membership(v->office->owner))
		visit_refuse(v, 409, "not-joined",
			     "This terminal is not joined: paste the join URL "
			     "in the set-up first.");
	else if (take_recipients(v, json_object_get(v->in, "to"),
				 &p->recipients) &&
		 take_terms(v, &p->request)) {
		if (fax)
			forward(p, fax);
		else
			send_documents(p);
		return;
	}
	free_packing(p);
}

/* --- once more --- */

static void send_again(struct visit *v)
{
	const json_t *to = json_object_get(v->in, "to");
	struct recipients *r = calloc(1, sizeof(*r));
	struct outbox_repeat repeat = { .user = v->user };
	struct outbox_added added = { NULL, 0 };
	struct why why = { "" };
	struct outbox_job *j = outbox_find(v->office->outbox, v->words[0]);
	enum err e;

	if (!r) {
		visit_fail(v, ERR_MEMORY, &why);
		return;
	}
	if (!j)
		visit_refuse(v, 404, "missing",
			     "There is no such job (any "
			     "more).");
	if (!j || (to && !take_recipients(v, to, r)) ||
	    !visit_audit(v, "sent", to ? r->to[0] : j->record.to,
			 "again, pages of another job")) {
		free_recipients(r);
		free(r);
		return;
	}
	repeat.to = to ? (const char *const *)r->to : NULL;
	repeat.to_count = r->count;
	e = outbox_again(v->office->outbox, j, &repeat, &added, &why);
	free_recipients(r);
	free(r);
	if (e == OK)
		visit_answer(v, 201, added_json(&added));
	else
		visit_fail(v, e, &why);
}

const struct visit_route sending_routes[] = {
	{ HTTP_POST, "jobs", ROLE_SEND, VISIT_JSON, add_jobs, 0 },
	{ HTTP_POST, "jobs/*/again", ROLE_SEND, VISIT_JSON, send_again, 0 },
	{ .path = NULL },
};
