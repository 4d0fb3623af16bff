/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for received faxes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "web/news.h"
#include "web/visit.h"

enum {
	LIST_MAX = 1000,
	LIST_USUAL = 100,
	THUMBNAIL = 400, /* points: nobody reads a page by that */
};

/* A fax's own folder is named by the inbox: no word of a path leads out of
 * it. False: refused. */
static bool find(struct visit *v, struct inbox_entry *e)
{
	if (inbox_get(v->office->inbox, v->words[0], e))
		return true;
	visit_refuse(v, 404, "missing", "There is no such fax (any more).");
	return false;
}

/* The same of one that is in the trash, or is not. */
static bool find_where(struct visit *v, struct inbox_entry *e, bool trash)
{
	if (!find(v, e))
		return false;
	if ((e->number == 0) == trash)
		return true;
	visit_refuse(v, 404, "missing",
		     trash ? "This fax is not in the trash."
			   : "This fax is in the trash: restore it first.");
	return false;
}

/* --- the list --- */

struct search {
	const char *from;   /* NULL: whoever */
	const char *before; /* names under this one; NULL: all */
	int64_t since_ms, until_ms;
	int64_t limit;
	bool unread;
	bool failed; /* memory is out */
	json_int_t total;
	/* Names of those that are found; the newest come last. */
	struct inbox_entry *found;
	size_t count, room;
};

static bool contains(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; strlen(text) >= n; text++)
		if (strncasecmp(text, part, n) == 0)
			return true;
	return false;
}

/* By whatever a person knows of a sender. */
static bool is_from(const struct inbox_fax *f, const char *part)
{
	return contains(f->from, part) || contains(f->far_ident, part) ||
	       contains(f->title, part) || contains(f->relay, part);
}

static void note(void *owner, const struct inbox_entry *e)
{
	struct search *s = owner;
	int64_t at = (int64_t)e->fax.received_ms;

	if ((s->from && !is_from(&e->fax, s->from)) || at < s->since_ms ||
	    at > s->until_ms || (s->unread && !e->unread))
		return;
	s->total++;
	if (s->before && strcmp(e->name, s->before) >= 0)
		return;
	/* A ring of the last `limit`: they come oldest first. */
	s->found[s->count++ % (size_t)s->limit] = *e;
}

static json_t *found_json(const struct search *s)
{
	json_t *all = json_array();
	size_t ring = (size_t)s->limit;
	size_t n = s->count < ring ? s->count : ring;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			all, view_fax(&s->found[(s->count - 1 - i) % ring]));
	return all;
}

static void list_faxes(struct visit *v)
{
	struct search s = {
		.from = http_query(v->request, "from"),
		.before = http_query(v->request, "before"),
		.until_ms = INT64_MAX,
		.limit = LIST_USUAL,
	};
	int64_t unread = 0, trash = 0;
	const struct visit_number numbers[] = {
		{ "since_ms", 0, INT64_MAX, &s.since_ms },
		{ "until_ms", 0, INT64_MAX, &s.until_ms },
		{ "limit", 1, LIST_MAX, &s.limit },
		{ "unread", 0, 1, &unread },
		{ "trash", 0, 1, &trash },
	};

	if (!visit_numbers(v, numbers, sizeof(numbers) / sizeof(numbers[0])))
		return;
	s.unread = unread == 1;
	s.found = calloc((size_t)s.limit, sizeof(*s.found));
	if (!s.found) {
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
		return;
	}
	if (trash == 1)
		inbox_each_deleted(v->office->inbox, note, &s);
	else
		inbox_each(v->office->inbox, note, &s);
	visit_answer(v, 200,
		     json_pack("{s:o, s:I, s:i}", "faxes", found_json(&s),
			       "total", s.total, "unread",
			       (int)inbox_count_unread(v->office->inbox)));
	free(s.found);
}

/* --- one --- */

static void get_fax(struct visit *v)
{
	struct inbox_entry e;

	if (find(v, &e))
		visit_answer(v, 200, view_fax(&e));
}

static void give_file(struct visit *v, const char *file, const char *type)
{
	char path[ATOMIC_PATH_MAX], name[INBOX_NAME_MAX + 8];
	struct inbox_entry e;

	if (!find(v, &e))
		return;
	if (atomic_path(path, NULL, "%s/fax%s", e.folder, file) != OK) {
		visit_refuse(v, 404, "missing", "There is no such file.");
		return;
	}
	(void)snprintf(name, sizeof(name), "%.*s-%s%s", 15, e.name, e.fax.from,
		       file);
	if (visit_audit(v, "downloaded", e.name, e.fax.from))
		visit_path(v, type, path, name);
}

static void get_pdf(struct visit *v)
{
	give_file(v, ".pdf", "application/pdf");
}

static void get_tiff(struct visit *v)
{
	give_file(v, ".tif", "image/tiff");
}

/* Looking is reading: an entry an hour. False: refused. */
static bool audit_look(struct visit *v, const struct inbox_entry *e)
{
	const char *asked = http_query(v->request, "width");
	int64_t width;

	if (asked && text_to_number(asked, 0, THUMBNAIL, &width))
		return true;
	return !web_looks_anew(v->web, v->user, e->name) ||
	       visit_audit(v, "viewed", e->name, e->fax.from);
}

static void get_page(struct visit *v)
{
	char path[ATOMIC_PATH_MAX];
	struct inbox_entry e;

	if (!find(v, &e) || !audit_look(v, &e))
		return;
	if (atomic_path(path, NULL, "%s/fax.tif", e.folder) == OK)
		visit_page(v, path, v->words[1]);
	else
		visit_refuse(v, 404, "missing", "There is no such page.");
}

/* --- changes --- */

/* Answers with the fax as it is now, and tells it. */
static void answer_changed(struct visit *v, const char *name)
{
	struct news *n = web_news(v->web);
	struct inbox_entry e;

	if (!inbox_get(v->office->inbox, name, &e)) {
		visit_refuse(v, 404, "missing", "It is gone.");
		return;
	}
	news_fax(n, view_fax(&e));
	visit_answer(v, 200, view_fax(&e));
}

static void change_fax(struct visit *v)
{
	const json_t *unread = json_object_get(v->in, "unread");
	struct why why = { "" };
	struct inbox_entry e;
	enum err result;

	if (!json_is_boolean(unread)) {
		visit_refuse(v, 400, "bad", "Say {\"unread\": true or false}.");
		return;
	}
	if (!find_where(v, &e, false))
		return;
	if (e.unread && json_is_false(unread) &&
	    !visit_audit(v, "read", e.name, e.fax.from))
		return;
	result = inbox_mark(v->office->inbox, v->words[0], json_is_true(unread),
			    &why);
	if (result == OK)
		answer_changed(v, v->words[0]);
	else
		visit_fail(v, result, &why);
}

static void note_printed(struct visit *v)
{
	struct inbox_entry e;

	if (find(v, &e) && visit_audit(v, "printed", e.name, e.fax.from))
		visit_done(v);
}

static void delete_fax(struct visit *v)
{
	struct why why = { "" };
	struct inbox_entry e;
	enum err result;

	if (!find_where(v, &e, false) ||
	    !visit_audit(v, "deleted", e.name, e.fax.from))
		return;
	result = inbox_delete(v->office->inbox, v->words[0], &why);
	if (result != OK) {
		visit_fail(v, result, &why);
		return;
	}
	news_fax_gone(web_news(v->web), v->words[0]);
	news_status(web_news(v->web));
	visit_done(v);
}

static void restore_fax(struct visit *v)
{
	struct why why = { "" };
	struct inbox_entry e;
	enum err result;

	if (!find_where(v, &e, true) ||
	    !visit_audit(v, "restored", e.name, e.fax.from))
		return;
	result = inbox_restore(v->office->inbox, v->words[0], &why);
	if (result != OK) {
		visit_fail(v, result, &why);
		return;
	}
	/* What its rules had not done when it went is taken up again. */
	if (inbox_get(v->office->inbox, v->words[0], &e))
		deliver_received(v->office->deliver, e.folder);
	answer_changed(v, v->words[0]);
}

const struct visit_route reading_routes[] = {
	{ HTTP_GET, "faxes", ROLE_READ, VISIT_NOTHING, list_faxes, 0 },
	{ HTTP_GET, "faxes/*", ROLE_READ, VISIT_NOTHING, get_fax, 0 },
	{ HTTP_GET, "faxes/*/fax.pdf", ROLE_READ, VISIT_NOTHING, get_pdf, 0 },
	{ HTTP_GET, "faxes/*/fax.tif", ROLE_READ, VISIT_NOTHING, get_tiff, 0 },
	{ HTTP_GET, "faxes/*/pages/*", ROLE_READ, VISIT_NOTHING, get_page, 0 },
	{ HTTP_PATCH, "faxes/*", ROLE_READ, VISIT_JSON, change_fax, 0 },
	{ HTTP_DELETE, "faxes/*", ROLE_READ, VISIT_NOTHING, delete_fax, 0 },
	{ HTTP_POST, "faxes/*/printed", ROLE_READ, VISIT_NOTHING, note_printed,
	  0 },
	{ HTTP_POST, "faxes/*/restore", ROLE_READ, VISIT_NOTHING, restore_fax,
	  0 },
	{ .path = NULL },
};
