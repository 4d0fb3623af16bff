/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/listen.h"
#include "io/random.h"
#include "trust/identity.h"
#include "trust/login.h"

enum { ADDRESS_FILE_MAX = ADDRESS_RELAYS_TEXT + 1 };

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
	if (e == OK && *c->database)
		return database_open(out, c->database, why);
	if (e == OK)
		e = home_path(c, HOME_DATABASE, path, why);
	return e == OK ? database_open(out, path, why) : e;
}

static bool kept_address(const struct config *c, struct address_relays *out)
{
	char path[ATOMIC_PATH_MAX];
	char *text;
	size_t len;
	bool good;

	if (home_path(c, HOME_ADDRESS, path, NULL) != OK ||
	    atomic_read(path, ADDRESS_FILE_MAX, &text, &len, NULL) != OK)
		return false;
	text[strcspn(text, "\n")] = '\0';
	good = address_relays_decode(out, text, ADDRESS_PORT, NULL) == OK;
	free(text);
	return good;
}

static void add(struct address_relays *r, const char *host, uint16_t port)
{
	struct address_relay *at = &r->at[r->count];

	if (r->count == ADDRESS_RELAYS_MAX)
		return;
	for (size_t i = 0; i < r->count; i++)
		if (r->at[i].port == port && strcmp(r->at[i].host, host) == 0)
			return; /* IPv4 and IPv6 of one machine */
	(void)text_copy(at->host, sizeof(at->host), host);
	at->port = port;
	r->count++;
}

/* What --listen says, with the machine's name for "any address". */
static enum err listen_address(const struct config *c, const uint16_t *ports,
			       struct address_relays *out, struct why *why)
{
	char name[ADDRESS_HOST_MAX + 1] = "";
	struct listen_address listen;

	if (gethostname(name, sizeof(name) - 1) != 0)
		(void)text_copy(name, sizeof(name), "localhost");
	for (size_t i = 0; i < c->listen.count; i++) {
		enum err e = listen_parse(&listen, c->listen.items[i], why);
		bool any = !*listen.host ||
			   strcmp(listen.host, "0.0.0.0") == 0 ||
			   strcmp(listen.host, "::") == 0;

		if (e != OK)
			return e;
		add(out, any ? name : listen.host,
		    ports ? ports[i] : listen.port);
	}
	return OK;
}

/* What --host says; `port` where it names none. */
static enum err named_address(const struct config *c, uint16_t port,
			      struct address_relays *out, struct why *why)
{
	struct why wrong = { "" };
	enum err e = address_relays_decode(out, c->host, port, &wrong);

	if (e != OK)
		why_set(why, "host: %s", wrong.text);
	return e;
}

/* What the command line or the machine says. */
static enum err own_address(const struct config *c, const uint16_t *ports,
			    struct address_relays *out, struct why *why)
{
	struct address_relays listening = { .count = 0 };
	enum err e = listen_address(c, ports, &listening, why);

	if (e == OK && *c->host)
		return named_address(c, listening.at[0].port, out, why);
	*out = listening;
	return e;
}

enum err home_address(const struct config *c, struct address_relays *out,
		      struct why *why)
{
	struct address_relays kept;

	if (!kept_address(c, &kept))
		return own_address(c, NULL, out, why);
	if (*c->host) /* by another name, where the running relay listens */
		return named_address(c, kept.at[0].port, out, why);
	*out = kept;
	return OK;
}

enum err home_keep_address(const struct config *c, const uint16_t *ports,
			   struct why *why)
{
	char path[ATOMIC_PATH_MAX], relays[ADDRESS_RELAYS_TEXT];
	char text[ADDRESS_FILE_MAX];
	struct address_relays a;
	enum err e = own_address(c, ports, &a, why);

	if (e == OK)
		e = home_path(c, HOME_ADDRESS, path, why);
	if (e != OK)
		return e;
	if (!address_relays_encode(&a, relays, sizeof(relays)))
		return ERR_LIMIT;
	snprintf(text, sizeof(text), "%s\n", relays);
	return atomic_write(path, text, strlen(text), 0644, why);
}

enum err home_keys(struct database_account *a, const char *secret)
{
	struct login_keys keys;
	uint8_t salt[LOGIN_SALT_SIZE];
	enum err e;

	random_bytes(salt, sizeof(salt));
	e = login_keys_make(secret, salt, &keys);
	if (e != OK)
		return e;
	memcpy(a->salt, keys.salt, sizeof(a->salt));
	a->iterations = keys.iterations;
	memcpy(a->stored_key, keys.stored_key, sizeof(a->stored_key));
	memcpy(a->server_key, keys.server_key, sizeof(a->server_key));
	return OK;
}

/* Where others reach it, and what they know it by. */
static enum err describe(const struct config *c, struct shared_relay *self,
			 struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	struct address_relays at;
	enum err e = home_address(c, &at, why);

	if (e == OK)
		e = home_path(c, HOME_CERTIFICATE, path, why);
	if (e == OK)
		e = identity_pin(path, self->pin, why);
	if (e == OK && !address_relays_encode(&at, self->addresses,
					      sizeof(self->addresses)))
		e = ERR_LIMIT;
	return e;
}

enum err home_other(const struct config *c, char out[ADDRESS_OTHER_TEXT],
		    struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	struct address_other self;
	/* Before the doors are open: what was left is of the last life. */
	enum err e = own_address(c, NULL, &self.relays, why);

	if (e == OK)
		e = home_path(c, HOME_CERTIFICATE, path, why);
	if (e == OK)
		e = identity_pin(path, self.pin, why);
	if (e == OK && !address_other_encode(&self, out, ADDRESS_OTHER_TEXT))
		e = ERR_LIMIT;
	return e;
}

enum err home_begin(const struct config *c, struct database *database,
		    struct shared_relay *self, char secret[LOGIN_SECRET_SIZE],
		    struct why *why)
{
	struct database_account keys = { .kind = DATABASE_RELAY,
					 .enabled = true,
					 .connections_max = UINT16_MAX,
					 .places_max = 1 };
	struct database_result r;
	enum err e;

	*self = (struct shared_relay){ .incarnation = 0 };
	(void)text_copy(self->name, sizeof(self->name), c->name);
	(void)text_copy(keys.id, sizeof(keys.id), c->name);
	e = describe(c, self, why);
	if (e == OK)
		e = login_secret_make(secret);
	if (e == OK)
		e = home_keys(&keys, secret);
	if (e != OK)
		return e;
	shared_relay_begin(database, self, &keys, database_into(&r));
	e = database_wait(database, &r);
	self->incarnation = r.number;
	if (e == ERR_MISSING)
		why_set(why,
			"There is a terminal's account %s: a relay needs a "
			"name of its own.",
			c->name);
	else if (e != OK)
		why_set(why, "%s", r.why.text);
	return e;
}
