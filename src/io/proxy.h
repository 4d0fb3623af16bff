/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gateway that is no NAT: the HTTP proxy (CONNECT, RFC 9110 section 9.3.6)
 * or SOCKS5 proxy (RFC 1928) that connections go out through. What one says
 * to it is io/dial's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { PROXY_URL_MAX = 1000, PROXY_NAME_MAX = 300, PROXY_EXCEPT_MAX = 1000 };

struct proxy {
	/* Empty: connections go out directly. It may hold a password: it is
	 * never shown. */
	char url[PROXY_URL_MAX + 1];
	char name[PROXY_NAME_MAX]; /* "proxy.example, port 3128" */
	bool has_user;		   /* and, with it, a password */
	/* Hosts that are reached without it, as curl's CURLOPT_NOPROXY. */
	char except[PROXY_EXCEPT_MAX + 1];
};

/* Reads http://[USER:PASSWORD@]HOST:PORT or
 * socks5://[USER:PASSWORD@]HOST[:PORT]; without a scheme it is http. In user
 * name and password everything that is no letter or digit may be written as
 * %XX (RFC 3986 section 2.1). ERR_BAD with a sentence that repeats nothing
 * of the text; ERR_MEMORY. */
MUST_CHECK enum err proxy_decode(struct proxy *p, const char *text,
				 struct why *why);

/* What the environment names: https_proxy, else all_proxy, with the hosts
 * of no_proxy left out; each also in capitals. None named: an empty url.
 * ERR_BAD with a sentence that says which variable is wrong. */
MUST_CHECK enum err proxy_from_environment(struct proxy *p, struct why *why);
