/* SPDX-License-Identifier: Apache-2.0 */
#include "web/visit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "office/logbook.h"
#include "terminal/render.h"

enum {
	WIDTH_MIN = 50,
	WIDTH_MAX = 4864, /* the widest fax page */
	PAGE_MAX = 1000000,
	NAME_MAX = 120,
};

/* Nothing waits for it any more. */
static void settle(struct visit *v)
{
	v->pending = NULL;
	v->cancel = NULL;
}

void visit_answer(struct visit *v, unsigned status, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	settle(v);
	http_header(v->request, "Cache-Control", "no-store");
	if (text)
		http_answer(v->request, status, "application/json", text,
			    strlen(text));
	else
		visit_refuse(v, 503, "memory", "Out of memory; try again.");
	free(text);
}

void visit_done(struct visit *v)
{
	settle(v);
	http_header(v->request, "Cache-Control", "no-store");
	http_answer_static(v->request, 204, "application/json", "", 0);
}

void visit_refuse(struct visit *v, unsigned status, const char *word,
		  const char *sentence)
{
	static const char none[] = "{\"error\":\"Out of memory; try again.\","
				   "\"code\":\"memory\"}";
	/* What is said of a file comes without its full stop. */
	const size_t len = strlen(sentence);
	const char *stop = len > 0 && sentence[len - 1] == '.' ? "" : ".";
	json_t *object =
		json_pack("{s:o, s:s}", "error",
			  json_sprintf("%s%s", sentence, stop), "code", word);
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	settle(v);
	json_decref(object);
	http_header(v->request, "Cache-Control", "no-store");
	if (text)
		http_answer(v->request, status, "application/json", text,
			    strlen(text));
	else
		http_answer_static(v->request, 503, "application/json", none,
				   sizeof(none) - 1);
	free(text);
}

void visit_fail(struct visit *v, enum err e, const struct why *why)
{
	static const struct {
		unsigned status;
		const char *word, *sentence;
	} all[ERRS] = {
		[OK] = { 500, "internal", "Something went wrong." },
		[ERR_MEMORY] = { 503, "memory", "Out of memory; try again." },
		[ERR_IO] = { 500, "system", "The system refused." },
		[ERR_SPACE] = { 507, "disk-full",
				"No room is left on the "
				"disk." },
		[ERR_BAD] = { 422, "bad", "That cannot be used." },
		[ERR_LIMIT] = { 422, "limit", "That is more than is allowed." },
		[ERR_MISSING] = { 404, "missing", "There is no such thing." },
		[ERR_EXISTS] = { 409, "exists", "That is there already." },
		[ERR_DENIED] = { 409, "denied", "That is not allowed." },
		[ERR_CLOSED] = { 503, "offline",
				 "This terminal is not logged "
				 "in at its relay." },
		[ERR_TIMEOUT] = { 422, "timeout", "That takes too long." },
		[ERR_UNSUPPORTED] = { 422, "unsupported",
				      "That is not "
				      "supported." },
	};

	visit_refuse(v, all[e].status, all[e].word,
		     *why->text ? why->text : all[e].sentence);
}

/* --- files --- */

/* RFC 6266, RFC 8187: in UTF-8, whatever signs are in it. */
static void name_file(struct visit *v, const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789._-";
	char text[64 + 3 * NAME_MAX] = "attachment; filename*=UTF-8''";
	size_t n = strlen(text);

	for (size_t i = 0; i < NAME_MAX && name[i]; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      strchr(plain, name[i]) ? "%c" : "%%%02X",
				      (unsigned char)name[i]);
	http_header(v->request, "Content-Disposition", text);
}

void visit_file(struct visit *v, const char *type, int fd, const char *name)
{
	settle(v);
	if (name)
		name_file(v, name);
	http_header(v->request, "Cache-Control", "no-store");
	http_answer_file(v->request, 200, type, fd);
}

void visit_path(struct visit *v, const char *type, const char *path,
		const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		visit_file(v, type, fd, name);
	else
		visit_refuse(v, 404, "missing", "There is no such file.");
}

/* --- pages --- */

static void on_rendered(void *owner, enum err e, int png, int64_t size,
			const struct why *why)
{
	struct visit *v = owner;

	(void)size;
	if (e != OK) {
		visit_fail(v, e, why);
		return;
	}
	settle(v);
	/* Pages do not change; signing out clears them (web/session). */
	http_header(v->request, "Cache-Control",
		    "private, max-age=3600, immutable");
	http_answer_file(v->request, 200, "image/png", png);
}

static void cancel_render(void *pending)
{
	render_cancel(pending);
}

void visit_page(struct visit *v, const char *tiff, const char *word)
{
	const char *asked = http_query(v->request, "width");
	struct render_request r = { .path = tiff,
				    .program = v->office->config->fax_program };
	int64_t page = 0, width = 0;
	char digits[8] = "";

	if (!text_copy(digits, sizeof(digits), word) ||
	    strcspn(digits, ".") + strlen(".png") != strlen(word) ||
	    strcmp(word + strcspn(digits, "."), ".png") != 0)
		digits[0] = '\0';
	digits[strcspn(digits, ".")] = '\0';
	if (!text_to_number(digits, 1, PAGE_MAX, &page) ||
	    (asked && !text_to_number(asked, WIDTH_MIN, WIDTH_MAX, &width))) {
		visit_refuse(v, 400, "bad",
			     "Say pages/N.png, N from 1, and a width from 50 "
			     "to 4864.");
		return;
	}
	r.page = (uint32_t)page;
	r.width = (uint32_t)width;
	v->pending = render_new(v->office->loop, &r, on_rendered, v);
	v->cancel = cancel_render;
	if (!v->pending)
		visit_refuse(v, 503, "busy",
			     "Too many pages are being drawn; "
			     "try again.");
}

/* --- the rest --- */

bool visit_numbers(struct visit *v, const struct visit_number *all,
		   size_t count)
{
	char text[160];

	for (size_t i = 0; i < count; i++) {
		const char *asked = http_query(v->request, all[i].name);

		if (!asked || text_to_number(asked, all[i].least, all[i].most,
					     all[i].out))
			continue;
		(void)snprintf(text, sizeof(text),
			       "?%s= must be a number from %lld to %lld.",
			       all[i].name, (long long)all[i].least,
			       (long long)all[i].most);
		visit_refuse(v, 400, "bad", text);
		return false;
	}
	return true;
}

json_t *visit_roles(unsigned roles)
{
	json_t *all = json_array();

	for (unsigned bit = 1; bit < ROLE_ALL; bit <<= 1)
		if (roles & bit)
			json_array_append_new(all, json_string(role_name(bit)));
	return all;
}

const char *visit_text(const struct visit *v, const char *key)
{
	return json_string_value(json_object_get(v->in, key));
}

/* A number of JSON may have come with a fraction. */
static bool is_moment(const json_t *value)
{
	const double ms = json_number_value(value);

	return json_is_number(value) && ms >= 0 && ms < 9e15;
}

uint64_t visit_moment(const struct visit *v, const char *key)
{
	const json_t *value = json_object_get(v->in, key);

	return is_moment(value) ? (uint64_t)json_number_value(value) : 0;
}

static bool fits(const json_t *value, enum visit_kind kind)
{
	switch (kind) {
	case VISIT_TEXT:
		return json_is_string(value) || json_is_null(value);
	case VISIT_FLAG:
		return json_is_boolean(value);
	case VISIT_MOMENT:
		return is_moment(value) || json_is_null(value);
	}
	return false;
}

bool visit_members(struct visit *v, const struct visit_member *all,
		   size_t count)
{
	static const char *const kinds[] = {
		[VISIT_TEXT] = "a text",
		[VISIT_FLAG] = "true or false",
		[VISIT_MOMENT] = "a time in ms since 1970, UTC",
	};
	char text[120];

	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(v->in, all[i].key);

		if (!value || fits(value, all[i].kind))
			continue;
		(void)snprintf(text, sizeof(text), "\"%s\" must be %s.",
			       all[i].key, kinds[all[i].kind]);
		visit_refuse(v, 400, "bad", text);
		return false;
	}
	return true;
}

bool visit_audit(struct visit *v, const char *action, const char *what,
		 const char *detail)
{
	struct why why = { "" };
	enum err e = logbook_note(v->office->audit, v->user, action, what,
				  detail, &why);

	if (e != OK)
		visit_fail(v, e, &why);
	return e == OK;
}
