/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/listen.h"
#include "trust/identity.h"

enum { ADDRESS_FILE_MAX = 400 };

enum err home_path(const struct config *c, enum home_file file,
		   char out[ATOMIC_PATH_MAX], struct why *why)
{
	static const char *const names[HOME_FILES] = {
		[HOME_DATABASE] = "relay.db", [HOME_CERTIFICATE] = "relay.crt",
		[HOME_KEY] = "relay.key",     [HOME_ADDRESS] = "address",
		[HOME_CONTROL] = "control",
	};

	return atomic_path(out, why, "%s/%s", c->data, names[file]);
}

static enum err make_identity(const struct config *c, struct why *why)
{
	char certificate[ATOMIC_PATH_MAX], key[ATOMIC_PATH_MAX];
	enum err e = home_path(c, HOME_CERTIFICATE, certificate, why);

	if (e == OK)
		e = home_path(c, HOME_KEY, key, why);
	if (e != OK || access(certificate, F_OK) == 0)
		return e;
	e = identity_make(certificate, key, why);
	/* Another command may have made it at the same moment. */
	return e == ERR_EXISTS && access(certificate, F_OK) == 0 ? OK : e;
}

enum err home_open(const struct config *c, struct database **out,
		   struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = atomic_folder(c->data, why);

	if (e == OK)
		e = make_identity(c, why);
	if (e == OK)
		e = home_path(c, HOME_DATABASE, path, why);
	return e == OK ? database_open(out, path, why) : e;
}

static bool kept_address(const struct config *c, struct address_join *out)
{
	char path[ATOMIC_PATH_MAX];
	char *text;
	size_t len;
	bool good;

	if (home_path(c, HOME_ADDRESS, path, NULL) != OK ||
	    atomic_read(path, ADDRESS_FILE_MAX, &text, &len, NULL) != OK)
		return false;
	text[strcspn(text, "\n")] = '\0';
	good = address_host_decode(out, text);
	free(text);
	return good;
}

/* What the command line or the machine says. */
static enum err own_address(const struct config *c, struct address_join *out,
			    struct why *why)
{
	struct listen_address listen;
	enum err e = listen_parse(&listen, c->listen, why);

	if (e != OK)
		return e;
	out->port = listen.port;
	if (*c->host) {
		if (address_host_decode(out, c->host))
			return OK;
		why_set(why, "host: must be a name, an IPv4 address, or an "
			     "IPv6 address in brackets, with :PORT if need "
			     "be.");
		return ERR_BAD;
	}
	if (*listen.host && strcmp(listen.host, "0.0.0.0") != 0 &&
	    strcmp(listen.host, "::") != 0) {
		(void)text_copy(out->host, sizeof(out->host), listen.host);
		return OK;
	}
	if (gethostname(out->host, sizeof(out->host) - 1) != 0)
		(void)text_copy(out->host, sizeof(out->host), "localhost");
	return OK;
}

enum err home_address(const struct config *c, struct address_join *out,
		      struct why *why)
{
	out->port = ADDRESS_PORT;
	if (!*c->host && kept_address(c, out))
		return OK;
	return own_address(c, out, why);
}

enum err home_keep_address(const struct config *c, uint16_t port,
			   struct why *why)
{
	char path[ATOMIC_PATH_MAX], text[ADDRESS_FILE_MAX];
	struct address_join a = { .port = port };
	enum err e = own_address(c, &a, why);
	bool v6 = strchr(a.host, ':') != NULL;

	/* Port 0 took a free one; --host may name another, behind a NAT. */
	if (a.port == 0)
		a.port = port;
	if (e == OK)
		e = home_path(c, HOME_ADDRESS, path, why);
	if (e != OK)
		return e;
	snprintf(text, sizeof(text), v6 ? "[%s]:%u\n" : "%s:%u\n", a.host,
		 a.port);
	return atomic_write(path, text, strlen(text), 0644, why);
}
