/* SPDX-License-Identifier: Apache-2.0 */
#include "web/gate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "trust/secret.h"

static const char bearer[] = "Bearer ";

/* An Origin is scheme://host[:port]; that of a page of ours has our Host. */
static bool comes_from_here(const struct visit *v)
{
	const char *origin = http_field(v->request, "Origin");
	const char *host = http_field(v->request, "Host");
	const char *at = origin ? strstr(origin, "://") : NULL;

	return !origin || (at && host && strcasecmp(at + 3, host) == 0);
}

static bool by_token(struct visit *v, const char *token)
{
	uint8_t digest[SECRET_DIGEST_SIZE];
	const struct people_token *t;
	struct timespec now;

	secret_digest(token, strlen(token), digest);
	t = people_token_find(v->office->people, digest);
	if (!t)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	people_token_used(v->office->people, digest,
			  (uint64_t)now.tv_sec * 1000);
	(void)snprintf(v->user, sizeof(v->user), "token:%.30s", t->name);
	v->roles = t->roles;
	return true;
}

bool gate_cookie(const struct visit *v, uint8_t digest[ACCESS_DIGEST_SIZE])
{
	const char *token = http_cookie(v->request, GATE_COOKIE);

	if (!token)
		return false;
	secret_digest(token, strlen(token), digest);
	return true;
}

void gate_digest(const struct visit *v, uint8_t digest[ACCESS_DIGEST_SIZE])
{
	const char *field = http_field(v->request, "Authorization");

	if (v->page)
		(void)gate_cookie(v, digest);
	else
		secret_digest(field + sizeof(bearer) - 1,
			      strlen(field + sizeof(bearer) - 1), digest);
}

static bool by_session(struct visit *v)
{
	uint8_t digest[ACCESS_DIGEST_SIZE];
	const struct access_session *s = NULL;

	if (gate_cookie(v, digest))
		s = access_find(v->office->access, digest,
				loop_now(v->office->loop));
	if (!s)
		return false;
	v->page = true;
	(void)snprintf(v->user, sizeof(v->user), "%s", s->user);
	v->roles = s->roles;
	return true;
}

/* Another site can make a browser send our cookie (so SameSite forbids) and a
 * form (so we want JSON and a header), but not this header. */
static bool is_forged(const struct visit *v)
{
	const char *header = http_field(v->request, "X-Faxwire");

	if (http_method(v->request) == HTTP_GET)
		return false;
	return !header || !comes_from_here(v);
}

bool gate_pass(struct visit *v)
{
	const char *field = http_field(v->request, "Authorization");
	const size_t skip = sizeof(bearer) - 1;
	const bool token = field && strncmp(field, bearer, skip) == 0;
	const bool known = token ? by_token(v, field + skip) : by_session(v);

	if (!token && is_forged(v)) {
		visit_refuse(v, 403, "forged",
			     "A request that changes something must come from "
			     "the page itself, with the header X-Faxwire: 1, "
			     "or carry a token.");
		return false;
	}
	if (v->route->roles == VISIT_PUBLIC)
		return true;
	if (!known) {
		/* RFC 9110 section 15.5.2; no browser asks for one of these. */
		http_header(v->request, "WWW-Authenticate", "Bearer");
		visit_refuse(v, 401, "sign-in",
			     token ? "This token is not known (any more)."
				   : "Sign in first.");
		return false;
	}
	if (v->roles & v->route->roles)
		return true;
	visit_refuse(v, 403, "role",
		     "Your role does not allow this: ask who "
		     "administers this terminal.");
	return false;
}

bool gate_open(struct visit *v, const char *user, unsigned roles)
{
	char token[SECRET_TOKEN_SIZE], cookie[SECRET_TOKEN_SIZE + 100];
	uint8_t digest[SECRET_DIGEST_SIZE], before[ACCESS_DIGEST_SIZE];

	/* What this browser had is of no use any more. */
	if (gate_cookie(v, before))
		(void)access_close(v->office->access, before);
	if (secret_token(token, digest) != OK) {
		visit_fail(v, ERR_IO, &(struct why){ "" });
		return false;
	}
	access_open(v->office->access, digest, user, roles,
		    loop_now(v->office->loop));
	(void)snprintf(cookie, sizeof(cookie),
		       GATE_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s",
		       token, web_tls(v->web) ? "; Secure" : "");
	http_header(v->request, "Set-Cookie", cookie);
	return true;
}
