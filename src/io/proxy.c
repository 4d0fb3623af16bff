/* SPDX-License-Identifier: Apache-2.0 */
#include "io/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/text.h"

static const char http[] = "http";
static const char socks5[] = "socks5";

enum { SOCKS_PORT = 1080 }; /* RFC 1928 section 3 */

static enum err bad(struct why *why)
{
	why_set(why,
		"The proxy must be http://HOST:PORT or socks5://HOST:PORT, "
		"with USER:PASSWORD@ before the host if it asks for them "
		"(signs in these as %%XX).");
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

/* Nothing may follow the port. */
static bool is_bare(CURLU *u)
{
	char *path = part(u, CURLUPART_PATH, 0);
	bool bare = path && strcmp(path, "/") == 0 &&
		    !has_part(u, CURLUPART_QUERY) &&
		    !has_part(u, CURLUPART_FRAGMENT);

	curl_free(path);
	return bare;
}

/* An HTTP proxy has no port of its own: any guess would send someone looking
 * in the wrong place. */
static bool complete_socks(CURLU *u)
{
	char port[8];

	snprintf(port, sizeof(port), "%d", SOCKS_PORT);
	if (!has_part(u, CURLUPART_PORT) &&
	    curl_url_set(u, CURLUPART_PORT, port, 0) != CURLUE_OK)
		return false;
	/* "h": the proxy resolves names; a LAN's own DNS may know none. */
	return curl_url_set(u, CURLUPART_SCHEME, "socks5h",
			    CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
}

/* The scheme must be one of ours. */
static bool complete(CURLU *u)
{
	char *scheme = part(u, CURLUPART_SCHEME, 0);
	bool good = false;

	if (scheme && strcmp(scheme, socks5) == 0)
		good = complete_socks(u);
	else if (scheme)
		good = strcmp(scheme, http) == 0 && has_part(u, CURLUPART_PORT);
	curl_free(scheme);
	return good && is_bare(u);
}

static bool take(struct proxy *p, CURLU *u)
{
	char *url = part(u, CURLUPART_URL, 0);
	char *host = part(u, CURLUPART_HOST, 0);
	char *port = part(u, CURLUPART_PORT, 0);
	bool good = url && host && port &&
		    text_copy(p->url, sizeof(p->url), url) &&
		    snprintf(p->name, sizeof(p->name), "%s, port %s", host,
			     port) < (int)sizeof(p->name);

	p->has_user = has_part(u, CURLUPART_USER);
	curl_free(url);
	curl_free(host);
	curl_free(port);
	return good;
}

enum err proxy_decode(struct proxy *p, const char *text, struct why *why)
{
	char whole[PROXY_URL_MAX + 16];
	CURLU *u = curl_url();
	bool good;

	memset(p, 0, sizeof(*p));
	if (!u)
		return ERR_MEMORY;
	good = snprintf(whole, sizeof(whole), "%s%s",
			strstr(text, "://") ? "" : "http://",
			text) < (int)sizeof(whole) &&
	       curl_url_set(u, CURLUPART_URL, whole,
			    CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	       complete(u) && take(p, u);
	curl_url_cleanup(u);
	if (good)
		return OK;
	memset(p, 0, sizeof(*p));
	return bad(why);
}

/* The first of these that is set and not empty; its name in *name. */
static const char *first_set(const char *const *names, const char **name)
{
	for (; *names; names++) {
		const char *value = getenv(*names);

		if (value && *value) {
			*name = *names;
			return value;
		}
	}
	return NULL;
}

enum err proxy_from_environment(struct proxy *p, struct why *why)
{
	static const char *const proxies[] = { "https_proxy", "HTTPS_PROXY",
					       "all_proxy", "ALL_PROXY", NULL };
	static const char *const exceptions[] = { "no_proxy", "NO_PROXY",
						  NULL };
	const char *name = NULL;
	const char *text = first_set(proxies, &name);
	struct why wrong = { "" };
	enum err e;

	memset(p, 0, sizeof(*p));
	if (!text)
		return OK;
	e = proxy_decode(p, text, &wrong);
	if (e != OK) {
		why_set(why, "The environment variable %s: %s", name,
			wrong.text);
		return e;
	}
	text = first_set(exceptions, &name);
	if (text && !text_copy(p->except, sizeof(p->except), text)) {
		why_set(why,
			"The environment variable %s is longer than %d "
			"characters.",
			name, PROXY_EXCEPT_MAX);
		return ERR_BAD;
	}
	return OK;
}
