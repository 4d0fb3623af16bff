/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to the API: who asks, what for, and how it is answered. The
 * rooms of the API (session, reading, sending, ...) each have a table of
 * routes; web.c finds the row, lets in whom the row lets in, and reads the
 * body before the row's function runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/role.h"
#include "io/http.h"
#include "web/web.h"

enum {
	VISIT_WORDS = 2,		  /* `*` in one path */
	VISIT_JSON_MAX = 4 * 1024 * 1024, /* octets of a body */
	VISIT_PUBLIC = 0, /* a row's roles: nobody need sign in */
};

enum visit_body { VISIT_NOTHING, VISIT_JSON, VISIT_FILE };

struct visit {
	const struct web_parts *office; /* borrowed */
	struct web *web;		/* borrowed */
	struct http_request *request;	/* borrowed */
	const struct visit_route *route;
	char *words[VISIT_WORDS]; /* owned: what stood for each `*` */
	json_t *in;		  /* owned: the body; NULL unless VISIT_JSON */
	int file;		  /* owned: the body of VISIT_FILE, or -1 */
	char user[ROLE_USER_SIZE + 16]; /* "ana"; "token:backup" */
	unsigned roles;
	bool page; /* by cookie, not by token */
	/* What is under way for it; called when the request is cut off before
	 * it is answered. */
	void *pending;
	void (*cancel)(void *pending);
};

/* A path is that after /api/v1, with `*` for any one word. `roles`: any of
 * them lets in. Tables end with path NULL. */
struct visit_route {
	enum http_method method;
	const char *path;
	unsigned roles;
	enum visit_body body;
	void (*run)(struct visit *v);
	off_t most; /* octets of VISIT_FILE */
};

/* --- answers; each request gets one, and is not to be touched after it --- */

/* Takes `object`; NULL: memory was out. */
void visit_answer(struct visit *v, unsigned status, json_t *object);
void visit_done(struct visit *v); /* 204 */
/* A sentence for a person and a word for a program. */
void visit_refuse(struct visit *v, unsigned status, const char *word,
		  const char *sentence);
/* What an error comes to; `why` may be empty. */
void visit_fail(struct visit *v, enum err e, const struct why *why);
/* Takes `fd`. `name`: it is to be saved under it; NULL: shown. */
void visit_file(struct visit *v, const char *type, int fd, const char *name);
/* The same, by its path; 404 when it is not there. */
void visit_path(struct visit *v, const char *type, const char *path,
		const char *name);

/* The page N of a TIFF as PNG, N the last word of the path, the width that
 * `?width=` says. */
void visit_page(struct visit *v, const char *tiff, const char *word);

/* `?name=N` of a row's query: from `least` to `most`; *out stays as it is
 * when it is not asked for. False: refused. */
struct visit_number {
	const char *name;
	int64_t least, most;
	int64_t *out;
};
bool visit_numbers(struct visit *v, const struct visit_number *all,
		   size_t count);

/* ["send", "read"]; the caller owns it. */
json_t *visit_roles(unsigned roles);

/* Members of the body. The text is borrowed; NULL: none, or no text. */
const char *visit_text(const struct visit *v, const char *key);
/* The same for ms since the epoch; 0: none, or null. */
uint64_t visit_moment(const struct visit *v, const char *key);

/* What members of the body must be, if they are there. A moment that was
 * misunderstood would be sent at once. */
enum visit_kind { VISIT_TEXT, VISIT_FLAG, VISIT_MOMENT };
struct visit_member {
	const char *key;
	enum visit_kind kind;
};
/* False: refused. */
bool visit_members(struct visit *v, const struct visit_member *all,
		   size_t count);

/* Goes to the audit log as done by who asks. False: it could not be written,
 * and what must be (audit_needed) has been refused. */
bool visit_audit(struct visit *v, const char *action, const char *what,
		 const char *detail);

/* --- the rooms --- */
extern const struct visit_route session_routes[];
extern const struct visit_route reading_routes[];
extern const struct visit_route sending_routes[];
extern const struct visit_route papers_routes[];
extern const struct visit_route tracking_routes[];
extern const struct visit_route setup_routes[];
extern const struct visit_route members_routes[];
extern const struct visit_route rulebook_routes[];
extern const struct visit_route news_routes[];
