/* SPDX-License-Identifier: Apache-2.0 */
#include "io/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/header.h"
#include "base/text.h"

enum {
	FIELD_MAX = 4096, /* one field of the header, with all addresses */
	ANSWER_MAX = 200, /* of what the server said, in a sentence */
	CONNECT_S = 20,
};

/* --- the server's name --- */

static enum err bad(struct why *why)
{
	why_set(why,
		"The mail server must be smtp://HOST:PORT or "
		"smtps://HOST:PORT, with USER:PASSWORD@ before the host if "
		"it asks for them (signs in these as %%XX).");
	return ERR_BAD;
}

/* One part of a URL, to be freed with curl_free; NULL when it has none. */
static char *part(CURLU *u, CURLUPart which, unsigned flags)
{
	char *text = NULL;

	return curl_url_get(u, which, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool has_part(CURLU *u, CURLUPart which)
{
	char *text = part(u, which, 0);
	bool has = text != NULL;

	curl_free(text);
	return has;
}

/* Nothing may follow the port: curl would greet the server with it. */
static bool is_bare(CURLU *u)
{
	char *path = part(u, CURLUPART_PATH, 0);
	bool bare = path && strcmp(path, "/") == 0 &&
		    !has_part(u, CURLUPART_QUERY) &&
		    !has_part(u, CURLUPART_FRAGMENT);

	curl_free(path);
	return bare;
}

static bool is_ours(CURLU *u)
{
	char *scheme = part(u, CURLUPART_SCHEME, 0);
	bool ours = scheme && (strcmp(scheme, "smtp") == 0 ||
			       strcmp(scheme, "smtps") == 0);

	curl_free(scheme);
	return ours;
}

static bool take(struct smtp_server *s, CURLU *u)
{
	char *url = part(u, CURLUPART_URL, 0);
	char *host = part(u, CURLUPART_HOST, 0);
	char *port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	bool good = url && host && port &&
		    text_copy(s->url, sizeof(s->url), url) &&
		    snprintf(s->name, sizeof(s->name), "%s, port %s", host,
			     port) < (int)sizeof(s->name);

	curl_free(url);
	curl_free(host);
	curl_free(port);
	return good;
}

enum err smtp_decode(struct smtp_server *s, const char *text, bool plain,
		     struct why *why)
{
	CURLU *u = curl_url();
	bool good, user;

	memset(s, 0, sizeof(*s));
	if (!u)
		return ERR_MEMORY;
	s->plain = plain;
	good = strstr(text, "://") &&
	       curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK &&
	       is_ours(u) && is_bare(u) && take(s, u);
	user = good && has_part(u, CURLUPART_USER);
	curl_url_cleanup(u);
	if (good && !(user && plain))
		return OK;
	memset(s, 0, sizeof(*s));
	if (!good)
		return bad(why);
	why_set(why, "A user name and password are not sent to a mail server "
		     "without TLS: take smtp-plain away, or them.");
	return ERR_BAD;
}

/* --- the message --- */

struct sending {
	CURL *easy;
	curl_mime *mime;
	struct curl_slist *fields;
	struct curl_slist *to;
	char answer[ANSWER_MAX + 1]; /* the server's last line */
	bool broken;		     /* out of memory */
};

static void add_field(struct sending *s, const char *line)
{
	struct curl_slist *longer = curl_slist_append(s->fields, line);

	if (longer)
		s->fields = longer;
	else
		s->broken = true;
}

/* To: each address on a line of its own, so that no line is too long. */
static void add_recipients(struct sending *s, const struct smtp_message *m)
{
	char line[FIELD_MAX * 3];
	size_t used = (size_t)snprintf(line, sizeof(line), "To:");

	for (size_t i = 0; i < m->to_count && used < sizeof(line); i++) {
		char address[HEADER_ADDRESS_MAX + 3];
		struct curl_slist *longer;

		snprintf(address, sizeof(address), "<%s>", m->to[i]);
		longer = curl_slist_append(s->to, address);
		s->broken =
			s->broken || !longer || !header_address_valid(m->to[i]);
		if (longer)
			s->to = longer;
		used += (size_t)snprintf(line + used, sizeof(line) - used,
					 "%s %s", i == 0 ? "" : ",\r\n",
					 m->to[i]);
	}
	s->broken = s->broken || used >= sizeof(line);
	add_field(s, line);
}

/* RFC 5322 section 3.3; the program runs in the C locale. */
static void add_date(struct sending *s)
{
	time_t now = time(NULL);
	char line[80];
	struct tm tm;

	if (gmtime_r(&now, &tm) &&
	    strftime(line, sizeof(line), "Date: %a, %d %b %Y %H:%M:%S +0000",
		     &tm) > 0)
		add_field(s, line);
}

static void add_fields(struct sending *s, const struct smtp_message *m)
{
	const char *host = strrchr(m->from, '@');
	char line[FIELD_MAX];

	add_date(s);
	snprintf(line, sizeof(line), "From: Fax <%s>", m->from);
	add_field(s, line);
	add_recipients(s, m);
	s->broken = s->broken || !host || !header_address_valid(m->from) ||
		    !header_text("Subject", m->subject, line, sizeof(line));
	add_field(s, line);
	/* A message that is sent again is known again. */
	snprintf(line, sizeof(line), "Message-ID: <%s%s>", m->id,
		 host ? host : "");
	add_field(s, line);
	/* RFC 3834: no one's holiday answers this. */
	add_field(s, "Auto-Submitted: auto-generated");
}

/* Lines must end with CR LF (RFC 2045 section 6.7). NULL: out of memory. */
static char *with_line_ends(const char *body)
{
	char *out = malloc(2 * strlen(body) + 1);
	char *to = out;

	for (; out && *body; body++) {
		if (*body == '\r')
			continue;
		if (*body == '\n')
			*to++ = '\r';
		*to++ = *body;
	}
	if (out)
		*to = '\0';
	return out;
}

static void add_body(struct sending *s, const char *body)
{
	curl_mimepart *p = curl_mime_addpart(s->mime);
	char *text = with_line_ends(body);

	if (!p || !text ||
	    curl_mime_data(p, text, CURL_ZERO_TERMINATED) != CURLE_OK ||
	    curl_mime_type(p, "text/plain; charset=utf-8") != CURLE_OK ||
	    curl_mime_encoder(p, "quoted-printable") != CURLE_OK)
		s->broken = true;
	free(text);
}

static bool add_file(struct sending *s, const struct smtp_message *m)
{
	curl_mimepart *p = curl_mime_addpart(s->mime);

	return p && curl_mime_filedata(p, m->file) == CURLE_OK &&
	       curl_mime_filename(p, m->file_name) == CURLE_OK &&
	       curl_mime_type(p, m->file_type) == CURLE_OK &&
	       curl_mime_encoder(p, "base64") == CURLE_OK;
}

/* --- sending --- */

/* CURLOPT_HEADERFUNCTION: what the server says, a line a call. */
static size_t on_answer(char *line, size_t one, size_t len, void *owner)
{
	struct sending *s = owner;
	size_t end = len * one;

	/* curl's goodbye is answered, too: what was said before counts. */
	if (end > 3 && memcmp(line, "221", 3) == 0)
		return end;
	while (end > 0 && (line[end - 1] == '\r' || line[end - 1] == '\n'))
		end--;
	if (end > 0)
		text_printable(line, end, s->answer, sizeof(s->answer));
	return len * one;
}

static size_t on_rest(char *bytes, size_t one, size_t len, void *owner)
{
	(void)bytes;
	(void)owner;
	return len * one;
}

static void set_options(struct sending *s, const struct smtp_server *server,
			const struct smtp_message *m, long timeout_s)
{
	long tls = server->plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL;
	char from[HEADER_ADDRESS_MAX + 3];
	CURLcode bad = CURLE_OK;

	snprintf(from, sizeof(from), "<%s>", m->from);
	bad |= curl_easy_setopt(s->easy, CURLOPT_URL, server->url);
	bad |= curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= curl_easy_setopt(s->easy, CURLOPT_USE_SSL, tls);
	if (server->ca)
		bad |= curl_easy_setopt(s->easy, CURLOPT_CAINFO, server->ca);
	bad |= curl_easy_setopt(s->easy, CURLOPT_MAIL_FROM, from);
	bad |= curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, s->to);
	bad |= curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->fields);
	bad |= curl_easy_setopt(s->easy, CURLOPT_MIMEPOST, s->mime);
	bad |= curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_answer);
	bad |= curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
	bad |= curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_rest);
	bad |= curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT,
				(long)CONNECT_S);
	bad |= curl_easy_setopt(s->easy, CURLOPT_TIMEOUT, timeout_s);
	/* A mail server is the office's own: no proxy of the environment. */
	bad |= curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
	if (bad != CURLE_OK)
		s->broken = true;
}

/* In words, what stood in the way; "" when curl's own are best. */
static const char *fault_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return "its name is not known";
	case CURLE_COULDNT_CONNECT:
		return "nothing answers there";
	case CURLE_OPERATION_TIMEDOUT:
		return "it did not answer in time";
	case CURLE_USE_SSL_FAILED:
		return "it offers no TLS: set smtp-plain if it may be used "
		       "without";
	case CURLE_PEER_FAILED_VERIFICATION:
		return "its certificate is not one that we trust: set smtp-ca "
		       "if it is your own";
	case CURLE_LOGIN_DENIED:
		return "it does not take this user name and password";
	case CURLE_READ_ERROR:
	case CURLE_ABORTED_BY_CALLBACK:
		return "the fax could not be read";
	default:
		return "";
	}
}

/* A certificate that is not trusted or a server without TLS may be mended
 * within minutes: these are waited for. */
static enum smtp_end explain(const struct sending *s, CURLcode code,
			     const char *name, struct why *why)
{
	const char *fault = fault_of(code);
	long status = 0;

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK) {
		why_set(why, "Taken by %s: %s", name, s->answer);
		return SMTP_SENT;
	}
	if (status >= 400 && *s->answer && *fault)
		why_set(why, "The mail server %s: %s: %s", name, fault,
			s->answer);
	else if (status >= 400 && *s->answer)
		why_set(why, "The mail server %s said no: %s", name, s->answer);
	else
		why_set(why, "The mail server %s: %s.", name,
			*fault ? fault : curl_easy_strerror(code));
	return status >= 500 && code != CURLE_USE_SSL_FAILED ? SMTP_REFUSED
							     : SMTP_AGAIN;
}

static enum smtp_end perform(struct sending *s,
			     const struct smtp_server *server,
			     const struct smtp_message *m, long timeout_s,
			     struct why *why)
{
	s->easy = curl_easy_init();
	s->mime = s->easy ? curl_mime_init(s->easy) : NULL;
	if (!s->mime) {
		why_set(why, "No memory is left.");
		return SMTP_AGAIN;
	}
	add_fields(s, m);
	add_body(s, m->body);
	if (m->file && !add_file(s, m)) {
		why_set(why, "The fax could not be read.");
		return SMTP_AGAIN;
	}
	set_options(s, server, m, timeout_s);
	if (s->broken) {
		why_set(why, "The mail could not be made: its sender, a "
			     "recipient or its subject is malformed.");
		return SMTP_REFUSED;
	}
	return explain(s, curl_easy_perform(s->easy), server->name, why);
}

enum smtp_end smtp_send(const struct smtp_server *server,
			const struct smtp_message *m, long timeout_s,
			struct why *why)
{
	struct sending s = { .broken = m->to_count == 0 };
	enum smtp_end end = perform(&s, server, m, timeout_s, why);

	curl_mime_free(s.mime);
	curl_easy_cleanup(s.easy);
	curl_slist_free_all(s.fields);
	curl_slist_free_all(s.to);
	return end;
}
