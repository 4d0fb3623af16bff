/* SPDX-License-Identifier: Apache-2.0 */
#include "store/people.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/text.h"
#include "store/atomic.h"

enum { FILE_MAX = 4 * 1024 * 1024 };

struct people {
	char path[ATOMIC_PATH_MAX];
	struct people_user *users; /* owned, PEOPLE_USERS_MAX of them */
	size_t users_count;
	struct people_token *tokens; /* owned, PEOPLE_TOKENS_MAX of them */
	size_t tokens_count;
	bool used_unwritten; /* some token's used_ms */
};

/* --- the file --- */

static json_t *roles_json(unsigned roles)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < ROLES; i++)
		if (roles & 1U << i)
			json_array_append_new(all,
					      json_string(role_name(1U << i)));
	return all;
}

static json_t *user_json(const struct people_user *u)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:I}", "user", u->user, "name",
			 u->name, "hash", u->hash, "roles",
			 roles_json(u->roles), "created_ms",
			 (json_int_t)u->created_ms);
}

static json_t *token_json(const struct people_token *t)
{
	char id[2 * PEOPLE_ID_SIZE + 1], digest[2 * PEOPLE_DIGEST_SIZE + 1];

	text_to_hex(t->id, PEOPLE_ID_SIZE, id);
	text_to_hex(t->digest, PEOPLE_DIGEST_SIZE, digest);
	return json_pack(
		"{s:s, s:s, s:s, s:o, s:I, s:I}", "token", id, "name", t->name,
		"digest", digest, "roles", roles_json(t->roles), "created_ms",
		(json_int_t)t->created_ms, "used_ms", (json_int_t)t->used_ms);
}

static enum err save(struct people *p, struct why *why)
{
	json_t *users = json_array(), *tokens = json_array();
	json_t *root =
		json_pack("{s:o, s:o}", "users", users, "tokens", tokens);
	bool good = root != NULL;
	enum err e = ERR_MEMORY;
	char *text = NULL;

	for (size_t i = 0; good && i < p->users_count; i++)
		good = json_array_append_new(users, user_json(&p->users[i])) ==
		       0;
	for (size_t i = 0; good && i < p->tokens_count; i++)
		good = json_array_append_new(tokens,
					     token_json(&p->tokens[i])) == 0;
	if (good)
		text = json_dumps(root, JSON_INDENT(2));
	if (text)
		e = atomic_write(p->path, text, strlen(text), 0600, why);
	else
		why_set(why, "Out of memory.");
	free(text);
	json_decref(root);
	if (e == OK)
		p->used_unwritten = false;
	return e;
}

static bool read_text(const json_t *object, const char *key, char *out,
		      size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && text_copy(out, size, text);
}

static bool read_hex(const json_t *object, const char *key, uint8_t *out,
		     size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && text_from_hex(text, out, size);
}

static bool read_ms(const json_t *object, const char *key, uint64_t *out)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*out = (uint64_t)json_integer_value(value);
	return true;
}

/* A role that this version does not know is no role of it. */
static bool read_roles(const json_t *object, unsigned *out)
{
	const json_t *all = json_object_get(object, "roles"), *one;
	size_t i;

	*out = 0;
	json_array_foreach(all, i, one)
	{
		if (!json_is_string(one))
			return false;
		*out |= role_of(json_string_value(one));
	}
	return json_is_array(all);
}

static bool read_user(struct people *p, const json_t *object)
{
	struct people_user u = { .roles = 0 };

	if (p->users_count == PEOPLE_USERS_MAX ||
	    !read_text(object, "user", u.user, sizeof(u.user)) ||
	    !read_text(object, "name", u.name, sizeof(u.name)) ||
	    !read_text(object, "hash", u.hash, sizeof(u.hash)) ||
	    !read_roles(object, &u.roles) ||
	    !read_ms(object, "created_ms", &u.created_ms) ||
	    !role_user_valid(u.user) || people_user_find(p, u.user))
		return false;
	p->users[p->users_count++] = u;
	return true;
}

static bool read_token(struct people *p, const json_t *object)
{
	struct people_token t = { .roles = 0 };

	if (p->tokens_count == PEOPLE_TOKENS_MAX ||
	    !read_hex(object, "token", t.id, sizeof(t.id)) ||
	    !read_text(object, "name", t.name, sizeof(t.name)) ||
	    !read_hex(object, "digest", t.digest, sizeof(t.digest)) ||
	    !read_roles(object, &t.roles) ||
	    !read_ms(object, "created_ms", &t.created_ms) ||
	    !read_ms(object, "used_ms", &t.used_ms))
		return false;
	p->tokens[p->tokens_count++] = t;
	return true;
}

static bool read_all(struct people *p, const char *bytes, size_t len)
{
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *users = json_object_get(root, "users");
	const json_t *tokens = json_object_get(root, "tokens"), *one;
	bool good = json_is_array(users) && json_is_array(tokens);
	size_t i;

	json_array_foreach(users, i, one) good = good && read_user(p, one);
	json_array_foreach(tokens, i, one) good = good && read_token(p, one);
	json_decref(root);
	return good;
}

static enum err load(struct people *p, struct why *why)
{
	struct stat st;
	char *bytes;
	size_t len;
	enum err e;

	if (stat(p->path, &st) == 0 && (st.st_mode & 077) != 0) {
		why_set(why,
			"%s can be read by others and says who may sign in: "
			"run chmod 600 on it.",
			p->path);
		return ERR_DENIED;
	}
	e = atomic_read(p->path, FILE_MAX, &bytes, &len, why);
	if (e == ERR_MISSING)
		return OK;
	if (e != OK)
		return e;
	if (!read_all(p, bytes, len)) {
		why_set(why,
			"%s is damaged: mend it, or move it away and add the "
			"users anew.",
			p->path);
		e = ERR_BAD;
	}
	free(bytes);
	return e;
}

enum err people_open(struct people **out, const char *home, struct why *why)
{
	struct people *p = calloc(1, sizeof(*p));
	enum err e = ERR_MEMORY;

	if (!p)
		return ERR_MEMORY;
	p->users = calloc(PEOPLE_USERS_MAX, sizeof(*p->users));
	p->tokens = calloc(PEOPLE_TOKENS_MAX, sizeof(*p->tokens));
	if (p->users && p->tokens)
		e = atomic_path(p->path, why, "%s/people.json", home);
	if (e == OK)
		e = load(p, why);
	if (e != OK) {
		people_close(p);
		return e;
	}
	*out = p;
	return OK;
}

void people_close(struct people *p)
{
	if (!p)
		return;
	if (p->used_unwritten)
		(void)!save(p, NULL); /* nobody is left to be told */
	free(p->users);
	free(p->tokens);
	free(p);
}

/* --- users --- */

size_t people_users(const struct people *p)
{
	return p->users_count;
}

const struct people_user *people_user_at(const struct people *p, size_t i)
{
	return i < p->users_count ? &p->users[i] : NULL;
}

static struct people_user *find_user(const struct people *p, const char *user)
{
	for (size_t i = 0; i < p->users_count; i++)
		if (strcmp(p->users[i].user, user) == 0)
			return &p->users[i];
	return NULL;
}

const struct people_user *people_user_find(const struct people *p,
					   const char *user)
{
	return find_user(p, user);
}

static enum err check_roles(unsigned roles, struct why *why)
{
	if (roles != 0 && (roles & ~(unsigned)ROLE_ALL) == 0)
		return OK;
	why_set(why, "Say at least one role: send, read or administer.");
	return ERR_BAD;
}

static enum err check_name(const char *name, bool may_be_empty, struct why *why)
{
	char clean[PEOPLE_NAME_SIZE];
	size_t n = strlen(name);

	text_printable(name, n, clean, sizeof(clean));
	if ((n > 0 || may_be_empty) && strcmp(clean, name) == 0)
		return OK;
	why_set(why,
		"The name must be %s%d octets of text that can be printed.",
		may_be_empty ? "at most " : "1 to ", PEOPLE_NAME_SIZE - 1);
	return ERR_BAD;
}

enum err people_user_may_add(const struct people *p,
			     const struct people_user *u, struct why *why)
{
	enum err e;

	if (!role_user_valid(u->user)) {
		why_set(why,
			"A user's name is 1 to %d letters, digits, dots, "
			"dashes and underscores, the first a letter or a "
			"digit%s.",
			ROLE_USER_MAX,
			strcmp(u->user, ROLE_LOCAL) == 0 ? "; \"" ROLE_LOCAL
							   "\" is taken"
							 : "");
		return ERR_BAD;
	}
	if (people_user_find(p, u->user)) {
		why_set(why, "There is a user %s already.", u->user);
		return ERR_EXISTS;
	}
	if (p->users_count == PEOPLE_USERS_MAX) {
		why_set(why, "There are %d users, and more cannot be kept.",
			PEOPLE_USERS_MAX);
		return ERR_LIMIT;
	}
	e = check_name(u->name, true, why);
	return e == OK ? check_roles(u->roles, why) : e;
}

enum err people_user_add(struct people *p, const struct people_user *u,
			 struct why *why)
{
	enum err e = people_user_may_add(p, u, why);

	if (e != OK)
		return e;
	p->users[p->users_count++] = *u;
	e = save(p, why);
	if (e != OK)
		p->users_count--;
	return e;
}

static enum err missing_user(struct why *why)
{
	why_set(why, "There is no such user: faxwire user list names them.");
	return ERR_MISSING;
}

/* Whether somebody else than `u` administers. */
static bool others_administer(const struct people *p,
			      const struct people_user *u)
{
	for (size_t i = 0; i < p->users_count; i++)
		if (&p->users[i] != u && p->users[i].roles & ROLE_ADMINISTER)
			return true;
	return false;
}

static enum err may_lose(const struct people *p, const struct people_user *u,
			 unsigned roles, struct why *why)
{
	if (!(u->roles & ROLE_ADMINISTER) || roles & ROLE_ADMINISTER ||
	    others_administer(p, u))
		return OK;
	why_set(why,
		"%s is the only administrator: give the role to somebody else "
		"first.",
		u->user);
	return ERR_DENIED;
}

enum err people_user_may_change(const struct people *p, const char *user,
				const struct people_change *change,
				struct why *why)
{
	const struct people_user *u = find_user(p, user);
	enum err e = OK;

	if (!u)
		return missing_user(why);
	if (change->name)
		e = check_name(change->name, true, why);
	if (e == OK && change->roles)
		e = check_roles(*change->roles, why);
	if (e == OK && change->roles)
		e = may_lose(p, u, *change->roles, why);
	return e;
}

enum err people_user_change(struct people *p, const char *user,
			    const struct people_change *change, struct why *why)
{
	struct people_user *u = find_user(p, user);
	struct people_user before;
	enum err e = people_user_may_change(p, user, change, why);

	if (e != OK)
		return e;
	before = *u;
	if (change->name)
		(void)text_copy(u->name, sizeof(u->name), change->name);
	if (change->hash)
		(void)text_copy(u->hash, sizeof(u->hash), change->hash);
	if (change->roles)
		u->roles = *change->roles;
	e = save(p, why);
	if (e != OK)
		*u = before;
	return e;
}

enum err people_user_may_remove(const struct people *p, const char *user,
				struct why *why)
{
	const struct people_user *u = find_user(p, user);

	return u ? may_lose(p, u, 0, why) : missing_user(why);
}

enum err people_user_remove(struct people *p, const char *user, struct why *why)
{
	struct people_user *u = find_user(p, user);
	struct people_user gone;
	size_t after;
	enum err e = people_user_may_remove(p, user, why);

	if (e != OK)
		return e;
	gone = *u;
	after = --p->users_count - (size_t)(u - p->users);
	memmove(u, u + 1, after * sizeof(*u));
	e = save(p, why);
	if (e == OK)
		return OK;
	memmove(u + 1, u, after * sizeof(*u));
	*u = gone;
	p->users_count++;
	return e;
}

/* --- tokens --- */

size_t people_tokens(const struct people *p)
{
	return p->tokens_count;
}

const struct people_token *people_token_at(const struct people *p, size_t i)
{
	return i < p->tokens_count ? &p->tokens[i] : NULL;
}

static struct people_token *find_token(const struct people *p,
				       const uint8_t *digest)
{
	for (size_t i = 0; i < p->tokens_count; i++)
		if (memcmp(p->tokens[i].digest, digest, PEOPLE_DIGEST_SIZE) ==
		    0)
			return &p->tokens[i];
	return NULL;
}

const struct people_token *
people_token_find(const struct people *p,
		  const uint8_t digest[PEOPLE_DIGEST_SIZE])
{
	return find_token(p, digest);
}

static struct people_token *named_token(const struct people *p, const char *hex)
{
	uint8_t id[PEOPLE_ID_SIZE];

	if (!text_from_hex(hex, id, sizeof(id)))
		return NULL;
	for (size_t i = 0; i < p->tokens_count; i++)
		if (memcmp(p->tokens[i].id, id, sizeof(id)) == 0)
			return &p->tokens[i];
	return NULL;
}

const struct people_token *people_token_named(const struct people *p,
					      const char *hex)
{
	return named_token(p, hex);
}

enum err people_token_may_add(const struct people *p,
			      const struct people_token *t, struct why *why)
{
	enum err e = check_name(t->name, false, why);

	if (e == OK)
		e = check_roles(t->roles, why);
	if (e != OK)
		return e;
	if (p->tokens_count == PEOPLE_TOKENS_MAX) {
		why_set(why,
			"There are %d tokens, and more cannot be kept: remove "
			"those that nobody uses.",
			PEOPLE_TOKENS_MAX);
		return ERR_LIMIT;
	}
	return OK;
}

enum err people_token_add(struct people *p, const struct people_token *t,
			  struct why *why)
{
	enum err e = people_token_may_add(p, t, why);

	if (e != OK)
		return e;
	p->tokens[p->tokens_count++] = *t;
	e = save(p, why);
	if (e != OK)
		p->tokens_count--;
	return e;
}

enum err people_token_remove(struct people *p, const char *hex, struct why *why)
{
	struct people_token *t = named_token(p, hex);
	struct people_token gone;
	size_t after;
	enum err e;

	if (!t) {
		why_set(why, "There is no such token: faxwire token list "
			     "names them.");
		return ERR_MISSING;
	}
	gone = *t;
	after = --p->tokens_count - (size_t)(t - p->tokens);
	memmove(t, t + 1, after * sizeof(*t));
	e = save(p, why);
	if (e == OK)
		return OK;
	memmove(t + 1, t, after * sizeof(*t));
	*t = gone;
	p->tokens_count++;
	return e;
}

void people_token_used(struct people *p,
		       const uint8_t digest[PEOPLE_DIGEST_SIZE],
		       uint64_t now_ms)
{
	struct people_token *t = find_token(p, digest);

	if (!t)
		return;
	t->used_ms = now_ms;
	p->used_unwritten = true;
}
