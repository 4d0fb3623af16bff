/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for users, tokens and the audit log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "io/random.h"
#include "web/news.h"
#include "web/visit.h"
#include "trust/secret.h"

enum { AUDIT_LIST_MAX = 1000, AUDIT_LIST_USUAL = 100 };

/* False: refused. */
static bool take_roles(struct visit *v, unsigned *roles)
{
	const json_t *list = json_object_get(v->in, "roles");
	const json_t *item;
	size_t i;

	*roles = 0;
	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);
		unsigned role = name ? role_of(name) : 0;

		if (role == 0) {
			*roles = 0;
			break;
		}
		*roles |= role;
	}
	if (*roles != 0)
		return true;
	visit_refuse(v, 422, "roles",
		     "Say which roles: send, read, administer.");
	return false;
}

/* --- users --- */

static json_t *user_json(const struct people_user *u)
{
	return json_pack("{s:s, s:s, s:o, s:I}", "user", u->user, "name",
			 u->name, "roles", visit_roles(u->roles), "created_ms",
			 (json_int_t)u->created_ms);
}

static void list_users(struct visit *v)
{
	const struct people *p = v->office->people;
	json_t *all = json_array();

	for (size_t i = 0; i < people_users(p); i++)
		json_array_append_new(all, user_json(people_user_at(p, i)));
	visit_answer(v, 200, json_pack("{s:o}", "users", all));
}

/* A password that is hashed for a user who is new, or is changed. */
struct hiring {
	struct work_item item;
	struct visit *visit; /* borrowed; NULL: the request is gone */
	char password[SECRET_PASSWORD_MAX + 1];
	char hash[SECRET_HASH_SIZE];
	struct people_user user;
	bool is_new, has_roles, has_name;
	enum err fault;
};

static void run_hiring(struct work_item *w)
{
	struct hiring *h = (struct hiring *)(void *)w;

	h->fault = secret_hash(h->password, h->hash);
}

static void free_hiring(struct hiring *h)
{
	secret_wipe(h, sizeof(*h));
	free(h);
}

static void on_given_up(void *pending)
{
	((struct hiring *)pending)->visit = NULL;
}

/* Whose password or roles are others now, or who is gone. */
static void put_out(struct visit *v, const char *user)
{
	(void)access_close_user(v->office->access, user, NULL);
	news_recheck(web_news(v->web));
}

/* False: refused, or not to be noted. */
static bool keep_new(struct visit *v, const struct people_user *u)
{
	struct people *p = v->office->people;
	char text[ROLE_TEXT_SIZE];
	struct why why = { "" };
	enum err e = people_user_may_add(p, u, &why);

	if (e == OK &&
	    !visit_audit(v, "user-added", u->user, role_text(u->roles, text)))
		return false;
	if (e == OK)
		e = people_user_add(p, u, &why);
	if (e != OK)
		visit_fail(v, e, &why);
	return e == OK;
}

static bool keep_change(struct visit *v, const char *user,
			const struct people_change *c)
{
	struct people *p = v->office->people;
	char text[ROLE_TEXT_SIZE];
	struct why why = { "" };
	enum err e = people_user_may_change(p, user, c, &why);

	if (e == OK && !visit_audit(v, "user-changed", user,
				    c->roles ? role_text(*c->roles, text) : ""))
		return false;
	if (e == OK)
		e = people_user_change(p, user, c, &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return false;
	}
	/* Another name to the eye puts nobody out. */
	if (c->hash || c->roles)
		put_out(v, user);
	return true;
}

/* `hash`: NULL when the password stays. */
static void keep_user(struct visit *v, struct hiring *h, const char *hash)
{
	const struct people_change change = {
		.name = h->has_name ? h->user.name : NULL,
		.hash = hash,
		.roles = h->has_roles ? &h->user.roles : NULL,
	};
	const char *user = h->user.user;

	if (h->is_new)
		(void)snprintf(h->user.hash, sizeof(h->user.hash), "%s", hash);
	if (h->is_new ? keep_new(v, &h->user) : keep_change(v, user, &change))
		visit_answer(
			v, h->is_new ? 201 : 200,
			user_json(people_user_find(v->office->people, user)));
}

static void on_hashed(struct work_item *w, bool ran)
{
	struct hiring *h = (struct hiring *)(void *)w;
	struct visit *v = h->visit;

	if (v && (!ran || h->fault != OK))
		visit_fail(v, ran ? h->fault : ERR_MEMORY, &(struct why){ "" });
	else if (v)
		keep_user(v, h, h->hash);
	free_hiring(h);
}

/* False: refused. */
static bool take_user(struct visit *v, struct hiring *h)
{
	const char *password = visit_text(v, "password");
	const char *name = visit_text(v, "name");
	struct why why = { "" };

	h->has_roles = h->is_new || json_object_get(v->in, "roles");
	h->has_name = name != NULL;
	if (name)
		text_printable(name, strlen(name), h->user.name,
			       sizeof(h->user.name));
	if (h->has_roles && !take_roles(v, &h->user.roles))
		return false;
	if (!password && !h->is_new)
		return true;
	if (secret_password_check(password ? password : "", &why) != OK) {
		visit_fail(v, ERR_BAD, &why);
		return false;
	}
	(void)snprintf(h->password, sizeof(h->password), "%s", password);
	return true;
}

/* Of this name; `is_new`: who is not there yet. */
static void hire(struct visit *v, const char *user, bool is_new)
{
	struct hiring *h = calloc(1, sizeof(*h));

	if (!h) {
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
		return;
	}
	h->visit = v;
	h->is_new = is_new;
	h->item.run = run_hiring;
	h->item.done = on_hashed;
	h->user.created_ms = (uint64_t)time(NULL) * 1000;
	(void)snprintf(h->user.user, sizeof(h->user.user), "%s", user);
	if (!take_user(v, h)) {
		free_hiring(h);
	} else if (!*h->password) {
		keep_user(v, h, NULL);
		free_hiring(h);
	} else {
		v->pending = h;
		v->cancel = on_given_up;
		if (work_add(v->office->work, &h->item) == OK)
			return;
		free_hiring(h);
		visit_refuse(v, 503, "busy", "Try again.");
	}
}

static void add_user(struct visit *v)
{
	const char *user = visit_text(v, "user");

	if (!user || !role_user_valid(user))
		visit_refuse(
			v, 422, "user",
			"A user is called by 1 to 32 letters, digits, "
			"dots, dashes and underscores, and not \"local\".");
	else if (people_user_find(v->office->people, user))
		visit_refuse(v, 409, "exists", "There is such a user already.");
	else
		hire(v, user, true);
}

static void change_user(struct visit *v)
{
	if (people_user_find(v->office->people, v->words[0]))
		hire(v, v->words[0], false);
	else
		visit_refuse(v, 404, "missing", "There is no such user.");
}

static void remove_user(struct visit *v)
{
	struct people *p = v->office->people;
	struct why why = { "" };
	enum err e = people_user_may_remove(p, v->words[0], &why);

	if (e == OK && !visit_audit(v, "user-removed", v->words[0], ""))
		return;
	if (e == OK)
		e = people_user_remove(p, v->words[0], &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	put_out(v, v->words[0]);
	visit_done(v);
}

/* --- tokens --- */

static json_t *token_json(const struct people_token *t)
{
	char hex[2 * PEOPLE_ID_SIZE + 1];

	text_to_hex(t->id, PEOPLE_ID_SIZE, hex);
	return json_pack("{s:s, s:s, s:o, s:I, s:I}", "token", hex, "name",
			 t->name, "roles", visit_roles(t->roles), "created_ms",
			 (json_int_t)t->created_ms, "used_ms",
			 (json_int_t)t->used_ms);
}

static void list_tokens(struct visit *v)
{
	const struct people *p = v->office->people;
	json_t *all = json_array();

	for (size_t i = 0; i < people_tokens(p); i++)
		json_array_append_new(all, token_json(people_token_at(p, i)));
	visit_answer(v, 200, json_pack("{s:o}", "tokens", all));
}

static void add_token(struct visit *v)
{
	const char *name = visit_text(v, "name");
	struct people_token t = { .created_ms = (uint64_t)time(NULL) * 1000 };
	char secret[SECRET_TOKEN_SIZE], text[ROLE_TEXT_SIZE];
	struct why why = { "" };
	json_t *answer;
	enum err e;

	if (!take_roles(v, &t.roles))
		return;
	if (!name || !*name) {
		visit_refuse(v, 422, "name",
			     "Give the token a name that says what uses it.");
		return;
	}
	text_printable(name, strlen(name), t.name, sizeof(t.name));
	random_bytes(t.id, sizeof(t.id));
	e = secret_token(secret, t.digest);
	if (e == OK)
		e = people_token_may_add(v->office->people, &t, &why);
	if (e == OK &&
	    !visit_audit(v, "token-made", t.name, role_text(t.roles, text)))
		return;
	if (e == OK)
		e = people_token_add(v->office->people, &t, &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	answer = token_json(&t);
	json_object_set_new(answer, "secret", json_string(secret));
	secret_wipe(secret, sizeof(secret));
	visit_answer(v, 201, answer);
}

static void remove_token(struct visit *v)
{
	const struct people_token *t =
		people_token_named(v->office->people, v->words[0]);
	struct why why = { "" };
	enum err e;

	if (!t) {
		visit_refuse(v, 404, "missing", "There is no such token.");
		return;
	}
	if (!visit_audit(v, "token-removed", t->name, ""))
		return;
	e = people_token_remove(v->office->people, v->words[0], &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	news_recheck(web_news(v->web));
	visit_done(v);
}

/* --- the audit log --- */

static void add_entry(void *owner, const struct audit_entry *e)
{
	json_array_append_new(owner,
			      json_pack("{s:I, s:I, s:s, s:s, s:s, s:s}",
					"number", (json_int_t)e->number,
					"at_ms", (json_int_t)e->at_ms, "user",
					e->user, "action", e->action, "what",
					e->what, "detail", e->detail));
}

static void list_audit(struct visit *v)
{
	int64_t before = 0, limit = AUDIT_LIST_USUAL;
	const struct visit_number numbers[] = {
		{ "before", 0, INT64_MAX, &before },
		{ "limit", 1, AUDIT_LIST_MAX, &limit },
	};
	json_t *entries;
	struct why why = { "" };
	enum err e;

	if (!visit_numbers(v, numbers, sizeof(numbers) / sizeof(numbers[0])))
		return;
	entries = json_array();
	e = audit_read(v->office->audit, (uint64_t)before, (size_t)limit,
		       add_entry, entries, &why);
	if (e == OK) {
		visit_answer(v, 200, json_pack("{s:o}", "entries", entries));
		return;
	}
	json_decref(entries);
	visit_fail(v, e, &why);
}

const struct visit_route members_routes[] = {
	{ HTTP_GET, "users", ROLE_ADMINISTER, VISIT_NOTHING, list_users, 0 },
	{ HTTP_POST, "users", ROLE_ADMINISTER, VISIT_JSON, add_user, 0 },
	{ HTTP_PATCH, "users/*", ROLE_ADMINISTER, VISIT_JSON, change_user, 0 },
	{ HTTP_DELETE, "users/*", ROLE_ADMINISTER, VISIT_NOTHING, remove_user,
	  0 },
	{ HTTP_GET, "tokens", ROLE_ADMINISTER, VISIT_NOTHING, list_tokens, 0 },
	{ HTTP_POST, "tokens", ROLE_ADMINISTER, VISIT_JSON, add_token, 0 },
	{ HTTP_DELETE, "tokens/*", ROLE_ADMINISTER, VISIT_NOTHING, remove_token,
	  0 },
	{ HTTP_GET, "audit", ROLE_ADMINISTER, VISIT_NOTHING, list_audit, 0 },
	{ .path = NULL },
};
