/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io/proxy: a proxy that is taken has a scheme of ours, a host and a port,
 * and its name holds nothing of a password; any other gets a sentence.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct proxy *p)
{
	struct proxy same;

	assert(strncmp(p->url, "http://", 7) == 0 ||
	       strncmp(p->url, "socks5h://", 10) == 0);
	assert(strstr(p->name, ", port ") && !strchr(p->name, '@'));
	assert((strchr(p->url, '@') != NULL) == p->has_user);
	if (p->url[0] == 'h') { /* the other scheme is curl's, not a user's */
		assert(proxy_decode(&same, p->url, NULL) == OK);
		assert(strcmp(p->url, same.url) == 0);
		assert(strcmp(p->name, same.name) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct why why = { "" };
	struct proxy p;
	char *text = malloc(len + 1);

	assert(text);
	memcpy(text, data, len);
	text[len] = '\0';
	if (proxy_decode(&p, text, &why) == OK)
		check(&p);
	else
		assert(why.text[0] != '\0' && p.url[0] == '\0');
	free(text);
	return 0;
}
