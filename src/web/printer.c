/* SPDX-License-Identifier: Apache-2.0 */
#include "web/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "io/random.h"
#include "office/logbook.h"
#include "web/printvisit.h"
#include "web/news.h"
#include "trust/secret.h"

enum {
	VISITS_MAX = 32, /* requests at once */
	/* Octets from elsewhere, of who does not say who he is, and of who
	 * does, before it is known whether that is true. */
	STRANGER_MAX = IPPDATA_HEAD_MAX,
	TRIAL_MAX = 16 << 20,
	KEY_SIZE = 32,
	FIELD_MAX = 600, /* of Authorization */
};

static const char basic[] = "Basic ", bearer[] = "Bearer ";

struct printer {
	const struct web_parts *office; /* borrowed */
	struct printjobs *jobs;		/* owned */
	bool tls;
	size_t visits;
	time_t started;
	/* What a password that was found right is remembered by: a digest
	 * that nobody can compute beforehand. */
	uint8_t key[KEY_SIZE];
};

/* A password that is looked at, beside the loop. */
struct trial {
	struct work_item item;
	struct printvisit *visit; /* borrowed; NULL: the request is gone */
	char user[ROLE_USER_SIZE];
	char password[SECRET_PASSWORD_MAX + 1];
	char hash[SECRET_HASH_SIZE]; /* "": nobody's */
	uint8_t digest[SECRET_DIGEST_SIZE];
	bool good;
};

/* --- answers --- */

static void say(struct http_request *r, unsigned status, const char *sentence)
{
	http_answer(r, status, "text/plain", sentence, strlen(sentence));
}

void printvisit_answer(struct printvisit *v, struct ippdata *m)
{
	size_t len;
	void *bytes = m ? ippdata_encode(m, &len) : NULL;

	ippdata_free(m);
	http_header(v->request, "Cache-Control", "no-store");
	if (bytes)
		http_answer(v->request, 200, "application/ipp", bytes, len);
	else
		say(v->request, 503, "Out of memory; try again.\n");
	free(bytes);
}

void printvisit_refuse(struct printvisit *v, enum ippdata_status status,
		       const char *sentence)
{
	printvisit_answer(v, ippdata_answer(v->in, status, sentence));
}

static void challenge(struct http_request *r)
{
	http_header(r, "WWW-Authenticate", "Basic realm=\"Faxwire\"");
	say(r, 401,
	    "Sign in as a user of the page; or let this machine's programs "
	    "send, by the setting printing = send.\n");
}

void printvisit_challenge(struct printvisit *v)
{
	challenge(v->request);
}

/* --- who asks --- */

/* From this machine, and not handed on by a proxy that runs here. */
static bool is_local(struct http_request *r)
{
	const char *peer = http_peer(r);

	return (strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0) &&
	       !http_field(r, "Forwarded") &&
	       !http_field(r, "X-Forwarded-For") && !http_field(r, "Via");
}

static void know(struct printvisit *v, const char *user, unsigned roles)
{
	v->known = true;
	v->roles = roles;
	(void)snprintf(v->user, sizeof(v->user), "%s", user);
}

static bool by_token(struct printvisit *v, const char *token)
{
	uint8_t digest[SECRET_DIGEST_SIZE];
	const struct people_token *t;
	char name[sizeof(v->user)];

	secret_digest(token, strlen(token), digest);
	t = people_token_find(v->office->people, digest);
	if (!t)
		return false;
	people_token_used(v->office->people, digest,
			  (uint64_t)time(NULL) * 1000);
	(void)snprintf(name, sizeof(name), "token:%.30s", t->name);
	know(v, name, t->roles);
	return true;
}

/* RFC 7617: base64 of "user:password", in the alphabet of RFC 4648 section 4.
 * False: it is not that. */
static bool read_basic(const char *field, char *user, size_t user_size,
		       char *password, size_t password_size)
{
	char code[FIELD_MAX], text[FIELD_MAX];
	const char *colon;
	size_t len;

	if (!text_copy(code, sizeof(code), field))
		return false;
	for (char *c = code; *c; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
	}
	len = strlen(code);
	while (len > 0 && code[len - 1] == '=')
		len--;
	if (!text_from_base64(code, len, text, sizeof(text) - 1, &len) ||
	    memchr(text, '\0', len))
		return false;
	text[len] = '\0';
	colon = strchr(text, ':');
	if (!colon || (size_t)(colon - text) >= user_size)
		return false;
	memcpy(user, text, (size_t)(colon - text));
	user[colon - text] = '\0';
	return text_copy(password, password_size, colon + 1);
}

/* What a field that was good once is remembered by. */
static void digest_field(const struct printer *p, const char *field,
			 uint8_t digest[SECRET_DIGEST_SIZE])
{
	char text[KEY_SIZE + FIELD_MAX];
	size_t len = strnlen(field, FIELD_MAX);

	memcpy(text, p->key, KEY_SIZE);
	memcpy(text + KEY_SIZE, field, len);
	secret_digest(text, KEY_SIZE + len, digest);
}

/* Finds who asks from what is known already. False: he is to be challenged;
 * true, and neither known nor a trial: nobody says who he is. */
static bool identify(struct printvisit *v, const char *field)
{
	const struct access_session *s;
	struct trial *t;

	if (!field)
		return true;
	if (strncmp(field, bearer, sizeof(bearer) - 1) == 0)
		return by_token(v, field + sizeof(bearer) - 1);
	if (strncmp(field, basic, sizeof(basic) - 1) != 0 ||
	    strlen(field) >= FIELD_MAX)
		return false;
	t = calloc(1, sizeof(*t));
	if (!t)
		return false;
	digest_field(v->printer, field, t->digest);
	s = access_find(v->office->access, t->digest,
			loop_now(v->office->loop));
	if (s)
		know(v, s->user, s->roles);
	else if (read_basic(field + sizeof(basic) - 1, t->user, sizeof(t->user),
			    t->password, sizeof(t->password)) &&
		 !by_token(v, t->password) && role_user_valid(t->user))
		v->trial = t;
	if (v->trial)
		return true;
	secret_wipe(t, sizeof(*t));
	free(t);
	return v->known;
}

/* --- a password --- */

static void run_trial(struct work_item *w)
{
	struct trial *t = (struct trial *)(void *)w;

	t->good = secret_verify(t->password, t->hash);
}

static void audit(const struct printvisit *v, const char *action,
		  const char *user)
{
	struct why why = { "" };

	/* What it lets him do is not done without a line of its own. */
	(void)!logbook_note(v->office->audit, user, action, user,
			    http_peer(v->request), &why);
}

static void on_tried(struct work_item *w, bool ran)
{
	struct trial *t = (struct trial *)(void *)w;
	struct printvisit *v = t->visit;
	const struct people_user *u =
		v ? people_user_find(v->office->people, t->user) : NULL;

	if (v)
		v->trial = NULL;
	if (v && ran && t->good && u) {
		access_succeeded(v->office->access, t->user,
				 http_peer(v->request));
		access_open(v->office->access, t->digest, t->user, u->roles,
			    loop_now(v->office->loop));
		audit(v, "sign-in", t->user);
		know(v, t->user, u->roles);
		printdesk_run(v);
	} else if (v && ran) {
		audit(v, "sign-in-failed", t->user);
		printvisit_challenge(v);
	} else if (v) {
		say(v->request, 503, "Stopping.\n");
	}
	secret_wipe(t, sizeof(*t));
	free(t);
}

static void try_later(struct printvisit *v, int64_t wait_ms)
{
	char seconds[24];

	(void)snprintf(seconds, sizeof(seconds), "%lld",
		       (long long)(wait_ms + 999) / 1000);
	http_header(v->request, "Retry-After", seconds);
	say(v->request, 503, "Too many tries to sign in; wait a little.\n");
}

static void start_trial(struct printvisit *v)
{
	struct trial *t = v->trial;
	const struct people_user *u =
		people_user_find(v->office->people, t->user);
	int64_t wait =
		access_try(v->office->access, t->user, http_peer(v->request),
			   loop_now(v->office->loop));

	if (wait > 0) {
		try_later(v, wait);
		return;
	}
	if (u)
		(void)snprintf(t->hash, sizeof(t->hash), "%s", u->hash);
	t->visit = v;
	t->item.run = run_trial;
	t->item.done = on_tried;
	if (work_add(v->office->work, &t->item) == OK)
		return;
	t->visit = NULL;
	try_later(v, 1000);
}

/* --- a request --- */

void printer_uri(const char *page, char out[PRINTER_URI_SIZE])
{
	static const char *const everywhere[] = { "0.0.0.0:", "[::]:" };
	const char *host = strstr(page, "://");
	const char *here = "";

	host = host ? host + 3 : page;
	for (size_t i = 0; i < 2; i++) {
		const size_t n = strlen(everywhere[i]);

		if (strncmp(host, everywhere[i], n) == 0) {
			here = "localhost";
			host += n - 1;
		}
	}
	(void)snprintf(out, PRINTER_URI_SIZE, "%s://%s%s" PRINTER_PATH,
		       strncmp(page, "https", 5) == 0 ? "ipps" : "ipp", here,
		       host);
}

bool printer_serves(const char *path)
{
	const size_t n = sizeof(PRINTER_PATH) - 1;

	/* One without a path was cut off as memory ran out. */
	return path && strncmp(path, PRINTER_PATH, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/');
}

/* A browser says where a page is from that sends something: no page, whose
 * ever, prints. */
static const char *why_not(const struct printer *p, struct http_request *r,
			   unsigned *status)
{
	const char *type = http_field(r, "Content-Type");

	*status = 403;
	if (strcmp(p->office->config->printing, "off") == 0)
		return "Printing is switched off here: see the setting "
		       "printing.\n";
	if (http_field(r, "Origin"))
		return "No web page can print here.\n";
	*status = 405;
	if (http_method(r) != HTTP_POST)
		return "This is a printer: add it to your system's, with this "
		       "address.\n";
	*status = 415;
	if (!type || strncasecmp(type, "application/ipp", 15) != 0)
		return "A printer speaks application/ipp.\n";
	*status = 503;
	if (p->visits >= VISITS_MAX)
		return "Too many print at once; try again.\n";
	return NULL;
}

/* How he calls the printer; the Host that he says, if that can be one. */
static void find_uri(struct printvisit *v, const char *host)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_:[]";

	if (!host || !*host || strlen(host) > 255 ||
	    host[strspn(host, good)] != '\0')
		host = "localhost";
	(void)snprintf(v->uri, sizeof(v->uri), "%s://%s" PRINTER_PATH,
		       v->printer->tls ? "ipps" : "ipp", host);
}

static struct printvisit *new_visit(struct printer *p, struct http_request *r)
{
	struct printvisit *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->office = p->office;
	v->printer = p;
	v->jobs = p->jobs;
	v->request = r;
	v->started = p->started;
	v->local = is_local(r);
	v->file = open(p->office->config->home, O_TMPFILE | O_RDWR | O_CLOEXEC,
		       0600);
	if (v->file < 0) {
		free(v);
		return NULL;
	}
	find_uri(v, http_field(r, "Host"));
	p->visits++;
	return v;
}

static off_t most_of(const struct printvisit *v)
{
	if (v->local || v->known)
		return PREPARE_BYTES_MAX + IPPDATA_HEAD_MAX;
	return v->trial ? TRIAL_MAX : STRANGER_MAX;
}

/* A program that comes with its document at once is to be told that it must
 * sign in, not that the document is too large. */
static bool is_large(struct http_request *r)
{
	const char *length = http_field(r, "Content-Length");
	int64_t n;

	return !length || !text_to_number(length, 0, STRANGER_MAX, &n);
}

void printer_head(struct printer *p, struct http_request *r)
{
	unsigned status;
	const char *sentence = why_not(p, r, &status);
	struct printvisit *v;

	if (sentence) {
		say(r, status, sentence);
		return;
	}
	v = new_visit(p, r);
	if (!v) {
		say(r, 503, "The system refused; try again.\n");
		return;
	}
	http_set_user(r, v);
	if (identify(v, http_field(r, "Authorization")) &&
	    (most_of(v) > STRANGER_MAX || !is_large(r)))
		http_body_to_file(r, v->file, most_of(v));
	else
		challenge(r);
}

/* False: there is no request in it. */
static bool read_request(struct printvisit *v)
{
	uint8_t *head = malloc(IPPDATA_HEAD_MAX);
	struct stat st;
	size_t used = 0;
	ssize_t n = -1;

	if (head && fstat(v->file, &st) == 0)
		n = pread(v->file, head, IPPDATA_HEAD_MAX, 0);
	if (n > 0)
		v->in = ippdata_decode(head, (size_t)n, &used);
	free(head);
	v->document = (off_t)used;
	v->length = n > 0 ? st.st_size : 0;
	return v->in;
}

void printer_whole(struct printer *p, struct http_request *r)
{
	struct printvisit *v = http_user(r);

	(void)p;
	if (!v)
		say(r, 503, "Out of memory; try again.\n");
	else if (http_body_fault(r) != 0)
		say(r, http_body_fault(r) == ENOSPC ? 507 : 500,
		    "What was printed cannot be kept: the disk refused.\n");
	else if (!read_request(v))
		say(r, 400, "This is no request of IPP.\n");
	else if (v->trial)
		start_trial(v);
	else
		printdesk_run(v);
}

void printer_gone(struct printer *p, struct http_request *r)
{
	struct printvisit *v = http_user(r);

	if (!v)
		return;
	p->visits--;
	if (v->trial && v->trial->visit) {
		v->trial->visit = NULL; /* it goes when it is done */
	} else if (v->trial) {
		secret_wipe(v->trial, sizeof(*v->trial));
		free(v->trial);
	}
	if (v->job)
		printjob_leave(v->job);
	if (v->file >= 0)
		close(v->file);
	ippdata_free(v->in);
	free(v);
}

/* --- making and unmaking --- */

struct printer *printer_new(const struct web_parts *parts, struct news *news,
			    bool tls)
{
	struct printer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->office = parts;
	p->tls = tls;
	p->started = time(NULL) - 1;
	random_bytes(p->key, sizeof(p->key));
	p->jobs = printjobs_new(parts, news);
	if (p->jobs)
		return p;
	free(p);
	return NULL;
}

void printer_free(struct printer *p)
{
	if (!p)
		return;
	printjobs_free(p->jobs);
	free(p);
}
