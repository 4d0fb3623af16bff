/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for signing in and out. */
#include <stdlib.h>
#include <string.h>

#include "web/gate.h"
#include "web/news.h"
#include "web/visit.h"
#include "trust/secret.h"

/* A password that is looked at, or one that is to be kept. */
struct trial {
	struct work_item item;
	struct visit *visit; /* borrowed; NULL: the request is gone */
	char user[ROLE_USER_SIZE];
	char password[SECRET_PASSWORD_MAX + 1];
	char fresh[SECRET_PASSWORD_MAX + 1]; /* in its place; "": none */
	char hash[SECRET_HASH_SIZE];	     /* "": nobody's */
	char made[SECRET_HASH_SIZE];	     /* of `fresh` */
	bool good;
	enum err fault;
};

static void answer_session(struct visit *v, const char *user, unsigned roles)
{
	visit_answer(v, 200,
		     json_pack("{s:s, s:o}", "user", user, "roles",
			       visit_roles(roles)));
}

static void get_session(struct visit *v)
{
	answer_session(v, v->user, v->roles);
}

static void sign_out(struct visit *v)
{
	uint8_t digest[ACCESS_DIGEST_SIZE];

	if (gate_cookie(v, digest) && access_close(v->office->access, digest) &&
	    !visit_audit(v, "sign-out", v->user, ""))
		return;
	news_recheck(web_news(v->web));
	http_header(v->request, "Set-Cookie",
		    GATE_COOKIE "=; Path=/; HttpOnly; SameSite=Strict; "
				"Max-Age=0");
	http_header(v->request, "Clear-Site-Data", "\"cache\"");
	visit_done(v);
}

/* --- with a ticket --- */

static void use_ticket(struct visit *v, const char *ticket)
{
	uint8_t digest[SECRET_DIGEST_SIZE];
	char user[ROLE_USER_SIZE];
	unsigned roles;

	secret_digest(ticket, strlen(ticket), digest);
	if (!access_ticket_use(v->office->access, digest, user, &roles,
			       loop_now(v->office->loop))) {
		visit_refuse(v, 401, "ticket",
			     "This link was used already, or is older than ten "
			     "minutes: run faxwire page again.");
		return;
	}
	(void)snprintf(v->user, sizeof(v->user), "%s", user);
	if (visit_audit(v, "sign-in", user, http_peer(v->request)) &&
	    gate_open(v, user, roles))
		answer_session(v, user, roles);
}

/* --- with a password --- */

static void run_trial(struct work_item *w)
{
	struct trial *t = (struct trial *)(void *)w;

	t->good = secret_verify(t->password, t->hash);
	if (t->good && *t->fresh)
		t->fault = secret_hash(t->fresh, t->made);
}

static void free_trial(struct trial *t)
{
	secret_wipe(t, sizeof(*t));
	free(t);
}

static void on_given_up(void *pending)
{
	((struct trial *)pending)->visit = NULL;
}

static void try_later(struct visit *v)
{
	visit_refuse(v, 503, "busy", "Too many sign in at once; try again.");
}

/* NULL: refused. The texts are copied. */
static struct trial *new_trial(struct visit *v, const char *user,
			       const char *password)
{
	const struct people_user *u = people_user_find(v->office->people, user);
	struct trial *t = calloc(1, sizeof(*t));

	if (!t) {
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
		return NULL;
	}
	t->visit = v;
	t->item.run = run_trial;
	(void)snprintf(t->user, sizeof(t->user), "%s", user);
	(void)snprintf(t->password, sizeof(t->password), "%s", password);
	if (u)
		(void)snprintf(t->hash, sizeof(t->hash), "%s", u->hash);
	return t;
}

static void start_trial(struct trial *t)
{
	struct visit *v = t->visit;

	v->pending = t;
	v->cancel = on_given_up;
	if (work_add(v->office->work, &t->item) == OK)
		return;
	free_trial(t);
	try_later(v);
}

static void admit(struct visit *v, const char *name)
{
	const struct people_user *u = people_user_find(v->office->people, name);

	access_succeeded(v->office->access, name, http_peer(v->request));
	(void)snprintf(v->user, sizeof(v->user), "%s", name);
	if (!u) /* removed in the meantime */
		visit_refuse(v, 401, "sign-in", "Sign in again.");
	else if (visit_audit(v, "sign-in", name, http_peer(v->request)) &&
		 gate_open(v, name, u->roles))
		answer_session(v, name, u->roles);
}

static void on_tried(struct work_item *w, bool ran)
{
	struct trial *t = (struct trial *)(void *)w;
	struct visit *v = t->visit;

	if (v && !ran) {
		try_later(v);
	} else if (v && t->good) {
		admit(v, t->user);
	} else if (v) {
		(void)snprintf(v->user, sizeof(v->user), "%s", t->user);
		if (visit_audit(v, "sign-in-failed", t->user,
				http_peer(v->request)))
			visit_refuse(v, 401, "password",
				     "User or password is wrong.");
	}
	free_trial(t);
}

/* For so many ms. */
static void refuse_for_now(struct visit *v, int64_t wait)
{
	char seconds[24], text[80];

	(void)snprintf(seconds, sizeof(seconds), "%lld",
		       (long long)(wait + 999) / 1000);
	(void)snprintf(text, sizeof(text), "Too many tries; wait %s seconds.",
		       seconds);
	http_header(v->request, "Retry-After", seconds);
	visit_refuse(v, 429, "wait", text);
}

static void sign_in(struct visit *v)
{
	const char *ticket = visit_text(v, "ticket");
	const char *user = visit_text(v, "user");
	const char *password = visit_text(v, "password");
	int64_t wait;
	struct trial *t;

	if (ticket) {
		use_ticket(v, ticket);
		return;
	}
	if (!user || !password || !role_user_valid(user) ||
	    strlen(password) > SECRET_PASSWORD_MAX) {
		visit_refuse(v, 401, "password", "User or password is wrong.");
		return;
	}
	wait = access_try(v->office->access, user, http_peer(v->request),
			  loop_now(v->office->loop));
	if (wait > 0) {
		refuse_for_now(v, wait);
		return;
	}
	t = new_trial(v, user, password);
	if (!t)
		return;
	t->item.done = on_tried;
	start_trial(t);
}

/* --- one's own password --- */

static void keep_password(struct visit *v, const struct trial *t)
{
	const struct people_change change = { .hash = t->made };
	uint8_t digest[ACCESS_DIGEST_SIZE];
	struct why why = { "" };
	enum err e;

	if (!visit_audit(v, "password-changed", t->user, ""))
		return;
	e = people_user_change(v->office->people, t->user, &change, &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	/* Who had the old one is out everywhere else. */
	(void)access_close_user(v->office->access, t->user,
				gate_cookie(v, digest) ? digest : NULL);
	news_recheck(web_news(v->web));
	visit_done(v);
}

static void on_changed(struct work_item *w, bool ran)
{
	struct trial *t = (struct trial *)(void *)w;
	struct visit *v = t->visit;

	if (v && !ran)
		try_later(v);
	else if (v && !t->good)
		visit_refuse(v, 422, "password", "The old password is wrong.");
	else if (v && t->fault != OK)
		visit_fail(v, t->fault, &(struct why){ "" });
	else if (v) {
		access_succeeded(v->office->access, t->user,
				 http_peer(v->request));
		keep_password(v, t);
	}
	free_trial(t);
}

static void change_password(struct visit *v)
{
	const char *old = visit_text(v, "old");
	const char *fresh = visit_text(v, "new");
	struct why why = { "" };
	int64_t wait;
	struct trial *t;

	if (!old || !fresh || !people_user_find(v->office->people, v->user)) {
		visit_refuse(v, 422, "bad",
			     "Say the old and the new password; only a user "
			     "who signed in with one has it.");
		return;
	}
	if (secret_password_check(fresh, &why) != OK) {
		visit_fail(v, ERR_BAD, &why);
		return;
	}
	wait = access_try(v->office->access, v->user, http_peer(v->request),
			  loop_now(v->office->loop));
	if (wait > 0) {
		refuse_for_now(v, wait);
		return;
	}
	t = new_trial(v, v->user, old);
	if (!t)
		return;
	(void)snprintf(t->fresh, sizeof(t->fresh), "%s", fresh);
	t->item.done = on_changed;
	start_trial(t);
}

const struct visit_route session_routes[] = {
	{ HTTP_GET, "session", ROLE_ALL, VISIT_NOTHING, get_session, 0 },
	{ HTTP_POST, "session", VISIT_PUBLIC, VISIT_JSON, sign_in, 0 },
	{ HTTP_DELETE, "session", VISIT_PUBLIC, VISIT_NOTHING, sign_out, 0 },
	{ HTTP_PUT, "session/password", ROLE_ALL, VISIT_JSON, change_password,
	  0 },
	{ .path = NULL },
};
