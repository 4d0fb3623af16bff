/* SPDX-License-Identifier: Apache-2.0 */
#include "web/news.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "web/gate.h"
#include "web/visit.h"

enum {
	BEAT_MS = 15000, /* a proxy must not take the stream for dead */
	STATUS_MS = 200, /* states that change together are told once */
};

struct news {
	const struct web_parts *office; /* borrowed */
	struct list readers;
	size_t count;
	struct timer beat;
	struct timer status; /* set: it is to be told */
	bool listed; /* a list of terminals has come, and is to be told of */
	struct follow_watcher watcher;
};

struct news_reader {
	struct news *news;   /* borrowed */
	struct visit *visit; /* borrowed */
	struct list link;
	uint8_t digest[ACCESS_DIGEST_SIZE]; /* of its session, or token */
	bool over; /* it has been told so, and hears no more */
};

/* --- telling --- */

/* One event as its lines; NULL: memory is out. */
static char *compose(const char *event, const json_t *data, size_t *len)
{
	char *json = json_dumps(data, JSON_COMPACT);
	char *text = NULL;
	int n = -1;

	if (json)
		n = asprintf(&text, "event: %s\ndata: %s\n\n", event, json);
	free(json);
	*len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? NULL : text;
}

static bool may_hear(const struct news_reader *r, unsigned roles,
		     const char *user)
{
	return !r->over && (r->visit->roles & roles) &&
	       (!user || !*user || strcmp(user, r->visit->user) == 0);
}

void news_say(struct news *n, unsigned roles, const char *user,
	      const char *event, json_t *data)
{
	size_t len = 0;
	char *text = data && n->count > 0 ? compose(event, data, &len) : NULL;

	json_decref(data);
	for (struct list *l = n->readers.next; text && l != &n->readers;
	     l = l->next) {
		struct news_reader *r = list_entry(l, struct news_reader, link);

		if (may_hear(r, roles, user))
			http_push(r->visit->request, text, len);
	}
	free(text);
}

void news_job(struct news *n, const struct outbox_job *j)
{
	if (n->count > 0)
		news_say(n, ROLE_SEND, NULL, "job", view_job(j));
	news_status(n);
}

void news_job_gone(struct news *n, const struct outbox_job *j)
{
	char hex[2 * SPOOL_ID_SIZE + 1];

	text_to_hex(j->record.id, SPOOL_ID_SIZE, hex);
	news_say(n, ROLE_SEND, NULL, "job-gone",
		 json_pack("{s:s}", "job", hex));
	news_status(n);
}

void news_fax(struct news *n, json_t *fax)
{
	news_say(n, ROLE_READ, NULL, "fax", fax);
	news_status(n);
}

void news_fax_gone(struct news *n, const char *name)
{
	news_say(n, ROLE_READ, NULL, "fax-gone",
		 json_pack("{s:s}", "fax", name));
}

void news_contacts(struct news *n)
{
	news_say(n, ROLE_SEND, NULL, "contacts", json_object());
}

void news_status(struct news *n)
{
	if (n->count > 0 && n->status.place == 0)
		timer_set(n->office->loop, &n->status,
			  loop_now(n->office->loop) + STATUS_MS);
}

static void on_status(struct timer *t)
{
	struct news *n = t->owner;
	const struct view_office office = web_office(n->office);

	news_say(n, ROLE_ALL, NULL, "status", view_status(&office));
	if (n->listed)
		news_say(n, ROLE_SEND, NULL, "terminals", json_object());
	n->listed = false;
}

/* --- the terminals --- */

static void on_terminal(void *owner, const struct roster_entry *e, bool is_new)
{
	struct news *n = owner;

	if (is_new) {
		news_say(n, ROLE_SEND, NULL, "terminal", view_terminal(e));
		return;
	}
	/* A hundred thousand are better asked for in one piece. */
	n->listed = true;
	news_status(n);
}

static void on_online(void *owner, bool online)
{
	(void)online;
	news_status(owner);
}

/* --- readers --- */

static void drop(void *pending)
{
	struct news_reader *r = pending;
	struct news *n = r->news;

	list_remove(&r->link);
	free(r);
	if (--n->count > 0)
		return;
	timer_clear(n->office->loop, &n->beat);
	timer_clear(n->office->loop, &n->status);
	follow_remove(n->office->follow, &n->watcher);
}

/* Whether its session, or its token, stands. */
static bool stands(const struct news_reader *r)
{
	const struct web_parts *p = r->news->office;

	return r->visit->page
		       ? access_peek(p->access, r->digest, loop_now(p->loop))
		       : people_token_find(p->people, r->digest) != NULL;
}

/* Whose session has ended hears no more. */
static void let_go(struct news_reader *r)
{
	static const char over[] = "event: signed-out\ndata: {}\n\n";

	http_push(r->visit->request, over, sizeof(over) - 1);
	http_end(r->visit->request);
	r->over = true;
}

void news_recheck(struct news *n)
{
	for (struct list *l = n->readers.next; l != &n->readers; l = l->next) {
		struct news_reader *r = list_entry(l, struct news_reader, link);

		if (!r->over && !stands(r))
			let_go(r);
	}
}

static void on_beat(struct timer *t)
{
	static const char beat[] = ":\n\n";
	struct news *n = t->owner;

	news_recheck(n);
	for (struct list *l = n->readers.next; l != &n->readers; l = l->next) {
		struct news_reader *r = list_entry(l, struct news_reader, link);

		if (!r->over)
			http_push(r->visit->request, beat, sizeof(beat) - 1);
	}
	timer_set(n->office->loop, t, loop_now(n->office->loop) + BEAT_MS);
}

static void begin(struct visit *v)
{
	static const char hello[] = "retry: 2000\nevent: hello\ndata: {}\n\n";
	struct news *n = web_news(v->web);
	struct news_reader *r = NULL;

	if (n->count < NEWS_READERS_MAX)
		r = calloc(1, sizeof(*r));
	if (!r) {
		visit_refuse(v, 503, "busy", "Too many look at this page.");
		return;
	}
	r->news = n;
	r->visit = v;
	gate_digest(v, r->digest);
	v->pending = r;
	v->cancel = drop;
	list_append(&n->readers, &r->link);
	http_header(v->request, "Cache-Control", "no-store");
	http_header(v->request, "X-Accel-Buffering", "no");
	http_stream(v->request, "text/event-stream");
	http_push(v->request, hello, sizeof(hello) - 1);
	if (n->count++ == 0)
		timer_set(n->office->loop, &n->beat,
			  loop_now(n->office->loop) + BEAT_MS);
	if (v->roles & ROLE_SEND)
		follow_add(n->office->follow, &n->watcher);
	news_status(n);
}

const struct visit_route news_routes[] = {
	{ HTTP_GET, "events", ROLE_ALL, VISIT_NOTHING, begin, 0 },
	{ .path = NULL },
};

/* --- making and unmaking --- */

struct news *news_new(const struct web_parts *parts)
{
	struct news *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->office = parts;
	list_init(&n->readers);
	n->beat = (struct timer){ .due = on_beat, .owner = n };
	n->status = (struct timer){ .due = on_status, .owner = n };
	n->watcher = (struct follow_watcher){ .terminal = on_terminal,
					      .online = on_online,
					      .owner = n };
	return n;
}

void news_free(struct news *n)
{
	free(n);
}
