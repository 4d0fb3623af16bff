/* SPDX-License-Identifier: Apache-2.0 */
#include "web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "io/http.h"
#include "web/assets.h"
#include "web/gate.h"
#include "web/news.h"
#include "web/printer.h"
#include "web/signpost.h"
#include "web/visit.h"
#include "trust/identity.h"

#define API "/api/v1"

enum {
	LOOKS_MAX = 256, /* remembered: who looked at what */
	LOOK_MS = 60 * 60 * 1000,
};

struct look {
	char user[ROLE_USER_SIZE + 16];
	char fax[INBOX_NAME_MAX];
	int64_t at_ms;
};

enum {
	PEM_MAX = 256 * 1024,
	ADDRESS_SIZE = LISTEN_HOST_MAX + 24,
	ALLOWED_SIZE = 64, /* every method, once */
};

struct web {
	struct web_parts parts;
	struct http *http;
	struct news *news;
	struct printer *printer;
	bool tls;
	char address[ADDRESS_SIZE];
	struct look looks[LOOKS_MAX]; /* a ring */
	size_t looks_next;
};

static const struct visit_route *const rooms[] = {
	session_routes, reading_routes,	 sending_routes,
	papers_routes,	tracking_routes, setup_routes,
	members_routes, news_routes,	 rulebook_routes,
};

/* --- which row --- */

/* NULL: there is none for this method; `allowed` gets those that there are. */
static const struct visit_route *find_route(const char *path,
					    enum http_method method,
					    struct signpost_word *words,
					    size_t *count,
					    char allowed[ALLOWED_SIZE])
{
	size_t n = 0;

	allowed[0] = '\0';
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
		for (const struct visit_route *r = rooms[i]; r->path; r++) {
			if (!signpost_matches(r->path, path, words, VISIT_WORDS,
					      count))
				continue;
			if (r->method == method)
				return r;
			n += (size_t)snprintf(allowed + n, ALLOWED_SIZE - n,
					      n > 0 ? ", %s" : "%s",
					      http_method_name(r->method));
		}
	return NULL;
}

/* False: memory is out. */
static bool take_words(struct visit *v, const struct signpost_word *words,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		v->words[i] = strndup(words[i].at, words[i].len);
		if (!v->words[i])
			return false;
	}
	return true;
}

/* --- a request to the API --- */

static void free_visit(struct visit *v)
{
	for (size_t i = 0; i < VISIT_WORDS; i++)
		free(v->words[i]);
	json_decref(v->in);
	if (v->file >= 0)
		close(v->file);
	free(v);
}

/* Where the body goes; false: refused. */
static bool prepare_body(struct visit *v)
{
	switch (v->route->body) {
	case VISIT_JSON:
		http_body_to_memory(v->request, VISIT_JSON_MAX);
		return true;
	case VISIT_FILE:
		v->file = open(v->office->config->home,
			       O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (v->file < 0) {
			visit_fail(v, err_from_errno(errno),
				   &(struct why){ "" });
			return false;
		}
		http_body_to_file(v->request, v->file, v->route->most);
		return true;
	case VISIT_NOTHING:
		break;
	}
	return true;
}

static void begin_visit(struct web *w, struct http_request *r, const char *path)
{
	struct signpost_word words[VISIT_WORDS];
	struct visit *v = calloc(1, sizeof(*v));
	char allowed[ALLOWED_SIZE];
	size_t count;

	if (!v)
		return; /* `whole` finds no visit, and answers so */
	v->office = &w->parts;
	v->web = w;
	v->request = r;
	v->file = -1;
	http_set_user(r, v);
	v->route = find_route(path, http_method(r), words, &count, allowed);
	if (!v->route && *allowed) {
		http_header(r, "Allow", allowed);
		visit_refuse(v, 405, "method",
			     "This cannot be done with it: see the API's "
			     "description.");
	} else if (!v->route)
		visit_refuse(v, 404, "missing",
			     "The API has no such path: see its description.");
	else if (!take_words(v, words, count))
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
	else if (gate_pass(v))
		(void)prepare_body(v);
}

/* False: refused. */
static bool read_json(struct visit *v)
{
	size_t len;
	const char *text = http_body(v->request, &len);
	json_error_t error;

	v->in = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(v->in))
		return true;
	visit_refuse(v, 400, "json", "The body is no JSON object.");
	return false;
}

static void on_visit(struct visit *v)
{
	int fault = http_body_fault(v->request);

	if (v->route->body == VISIT_JSON && !read_json(v))
		return;
	if (fault != 0)
		visit_fail(v, err_from_errno(fault), &(struct why){ "" });
	else
		v->route->run(v);
}

/* --- the page's files --- */

static void serve_asset(struct http_request *r, const char *path)
{
	const char *name = *path ? path : "index.html";
	const char *have = http_field(r, "If-None-Match");
	const char *coding = http_field(r, "Accept-Encoding");
	const struct asset *a = assets;

	while (a->name && strcmp(a->name, name) != 0)
		a++;
	if (!a->name || http_method(r) != HTTP_GET) {
		http_answer_static(r, 404, "text/plain", "Not found.\n", 11);
		return;
	}
	http_header(r, "Cache-Control", "no-cache");
	http_header(r, "ETag", a->tag);
	http_header(r, "Vary", "Accept-Encoding");
	if (have && strcmp(have, a->tag) == 0) {
		http_answer_static(r, 304, a->type, "", 0);
	} else if (coding && strstr(coding, "gzip")) {
		http_header(r, "Content-Encoding", "gzip");
		http_answer_static(r, 200, a->type, a->packed, a->packed_len);
	} else {
		http_answer_static(r, 200, a->type, a->bytes, a->len);
	}
}

/* --- what io/http calls --- */

/* A page of ours runs our own files alone and is shown in no other. */
static void harden(struct http_request *r)
{
	http_header(r, "Content-Security-Policy",
		    "default-src 'none'; script-src 'self'; style-src 'self'; "
		    "img-src 'self' blob:; media-src 'self' blob:; "
		    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
		    "frame-ancestors 'none'");
	http_header(r, "X-Content-Type-Options", "nosniff");
	http_header(r, "X-Frame-Options", "DENY");
	http_header(r, "Referrer-Policy", "no-referrer");
	http_header(r, "Cross-Origin-Opener-Policy", "same-origin");
	http_header(r, "Cross-Origin-Resource-Policy", "same-origin");
}

static void on_head(void *owner, struct http_request *r)
{
	struct web *w = owner;
	const char *path = http_path(r);
	const size_t api = sizeof(API) - 1;

	harden(r);
	if (printer_serves(path))
		printer_head(w->printer, r);
	else if (strncmp(path, API "/", api + 1) == 0)
		begin_visit(w, r, path + api + 1);
}

static void on_whole(void *owner, struct http_request *r)
{
	struct web *w = owner;
	struct visit *v = http_user(r);
	const char *path = http_path(r);

	if (printer_serves(path))
		printer_whole(w->printer, r);
	else if (v)
		on_visit(v);
	else if (strncmp(path, API "/", sizeof(API)) == 0)
		http_answer_static(r, 503, "text/plain", "Out of memory.\n",
				   15);
	else
		serve_asset(r, path + 1);
}

static void on_gone(void *owner, struct http_request *r)
{
	struct web *w = owner;
	struct visit *v = http_user(r);

	if (printer_serves(http_path(r))) {
		printer_gone(w->printer, r);
		return;
	}
	if (!v)
		return;
	if (v->cancel)
		v->cancel(v->pending);
	free_visit(v);
}

static const struct http_handlers handlers = { on_head, on_whole, on_gone };

/* --- making and unmaking --- */

/* This machine alone: TLS would protect from nobody. */
static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static enum err read_pem(const char *path, char **out, struct why *why)
{
	size_t len;

	return atomic_read(path, PEM_MAX, out, &len, why);
}

/* The configured certificate, or one of our own. */
static enum err find_certificate(const struct config *c,
				 char certificate[ATOMIC_PATH_MAX],
				 char key[ATOMIC_PATH_MAX], struct why *why)
{
	bool ours = !*c->page_certificate;
	enum err e;

	if (ours != !*c->page_key) {
		why_set(why, "page-certificate and page-key go together: set "
			     "both or none.");
		return ERR_BAD;
	}
	e = ours ? atomic_path(certificate, why, "%s/page.crt", c->home)
		 : atomic_path(certificate, why, "%s", c->page_certificate);
	if (e == OK)
		e = ours ? atomic_path(key, why, "%s/page.key", c->home)
			 : atomic_path(key, why, "%s", c->page_key);
	if (e == OK && ours)
		e = identity_make(certificate, key, why);
	return e == ERR_EXISTS ? OK : e;
}

static enum err start_tls(struct http_config *http, const struct config *c,
			  char **certificate, char **key, struct why *why)
{
	char certificate_path[ATOMIC_PATH_MAX], key_path[ATOMIC_PATH_MAX];
	enum err e = find_certificate(c, certificate_path, key_path, why);

	if (e == OK)
		e = read_pem(certificate_path, certificate, why);
	if (e == OK)
		e = read_pem(key_path, key, why);
	http->certificate = *certificate;
	http->key = *key;
	return e;
}

static enum err listen_at(struct web *w, const char *text, struct why *why)
{
	struct listen_address at;
	struct http_config http = { .address = &at };
	char *certificate = NULL, *key = NULL;
	enum err e = listen_parse(&at, text, why);

	w->tls = e == OK && !is_loopback(at.host);
	if (w->tls)
		e = start_tls(&http, w->parts.config, &certificate, &key, why);
	if (e == OK)
		e = http_new(w->parts.loop, &http, &handlers, w, &w->http, why);
	free(certificate);
	free(key);
	if (e != OK)
		return e;
	(void)snprintf(w->address, sizeof(w->address),
		       strchr(at.host, ':') ? "%s://[%s]:%u" : "%s://%s:%u",
		       w->tls ? "https" : "http",
		       *at.host ? at.host : "0.0.0.0", http_port(w->http));
	return OK;
}

enum err web_new(struct web **out, const struct web_parts *parts,
		 struct why *why)
{
	const char *page = parts->config->page;
	struct web *w = calloc(1, sizeof(*w));
	enum err e;

	if (!w)
		return ERR_MEMORY;
	w->parts = *parts;
	w->news = news_new(&w->parts);
	e = w->news ? listen_at(w, *page ? page : WEB_ADDRESS, why)
		    : ERR_MEMORY;
	if (e == OK) {
		w->printer = printer_new(&w->parts, w->news, w->tls);
		e = w->printer ? OK : ERR_MEMORY;
	}
	if (e != OK) {
		web_free(w);
		return e;
	}
	*out = w;
	return OK;
}

void web_free(struct web *w)
{
	if (!w)
		return;
	http_free(w->http);
	printer_free(w->printer);
	news_free(w->news);
	free(w);
}

struct view_office web_office(const struct web_parts *p)
{
	return (struct view_office){ .config = p->config,
				     .membership = p->membership(p->owner),
				     .exchange = p->exchange(p->owner),
				     .inbox = p->inbox,
				     .outbox = p->outbox,
				     .drafts = p->drafts };
}

const char *web_address(const struct web *w)
{
	return w->address;
}

bool web_tls(const struct web *w)
{
	return w->tls;
}

bool web_looks_anew(struct web *w, const char *user, const char *fax)
{
	const int64_t now = loop_now(w->parts.loop);
	struct look *l;

	for (size_t i = 0; i < LOOKS_MAX; i++) {
		l = &w->looks[i];
		if (*l->user && now - l->at_ms < LOOK_MS &&
		    strcmp(l->user, user) == 0 && strcmp(l->fax, fax) == 0)
			return false;
	}
	l = &w->looks[w->looks_next++ % LOOKS_MAX];
	(void)snprintf(l->user, sizeof(l->user), "%s", user);
	(void)snprintf(l->fax, sizeof(l->fax), "%s", fax);
	l->at_ms = now;
	return true;
}

struct news *web_news(struct web *w)
{
	return w->news;
}
