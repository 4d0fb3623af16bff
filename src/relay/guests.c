/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/guests.h"

#include <stdlib.h>
#include <string.h>

/* A table that cannot grow has lost what it was told. */
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "base/text.h"

enum { ADDRESS_TEXT_MAX = 64 };

struct guest {
	uint64_t conn;
	char address[ADDRESS_TEXT_MAX];
	uint8_t binding[TLS_EXPORTER_SIZE];
	char user[ADDRESS_ID_MAX + 1];
	struct login *login; /* owned; while it is under way */
	UT_hash_handle hh;
};

struct guests {
	struct database *database; /* borrowed */
	uint8_t secret[32];
	struct guest *all; /* numbers are ours: no stranger chooses them */
};

struct guests *guests_new(struct database *database, const uint8_t secret[32])
{
	struct guests *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->database = database;
	memcpy(g->secret, secret, sizeof(g->secret));
	return g;
}

static struct guest *find(const struct guests *g, uint64_t conn)
{
	struct guest *guest;

	HASH_FIND(hh, g->all, &conn, sizeof(conn), guest);
	return guest;
}

static void end_login(struct guest *guest)
{
	login_free(guest->login);
	guest->login = NULL;
}

static void drop(struct guests *g, struct guest *guest)
{
	HASH_DEL(g->all, guest);
	end_login(guest);
	free(guest);
}

void guests_free(struct guests *g)
{
	struct guest *guest, *next;

	if (!g)
		return;
	HASH_ITER (hh, g->all, guest, next)
		drop(g, guest);
	free(g);
}

enum err guests_arrived(struct guests *g, uint64_t conn, const char *address)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return ERR_MEMORY;
	guest->conn = conn;
	(void)text_copy(guest->address, sizeof(guest->address), address);
	HASH_ADD(hh, g->all, conn, sizeof(guest->conn), guest);
	return OK;
}

void guests_opened(struct guests *g, uint64_t conn, const uint8_t *binding)
{
	struct guest *guest = find(g, conn);

	if (guest)
		memcpy(guest->binding, binding, TLS_EXPORTER_SIZE);
}

void guests_left(struct guests *g, uint64_t conn)
{
	struct guest *guest = find(g, conn);

	if (guest)
		drop(g, guest);
}

const char *guests_address(const struct guests *g, uint64_t conn)
{
	const struct guest *guest = find(g, conn);

	return guest ? guest->address : "-";
}

/* The user's keys; false ones for a user who must not get in. The false ones
 * are made in either case, so that both cost the same. */
static enum err find_keys(struct guests *g, const char *user,
			  struct login_keys *keys)
{
	struct database_account account;
	enum err e = login_keys_false(g->secret, user, keys);

	if (e != OK)
		return e;
	if (database_account_get(g->database, user, &account) != OK ||
	    !account.enabled)
		return OK;
	memcpy(keys->salt, account.salt, sizeof(keys->salt));
	keys->iterations = account.iterations;
	memcpy(keys->stored_key, account.stored_key, sizeof(keys->stored_key));
	memcpy(keys->server_key, account.server_key, sizeof(keys->server_key));
	return OK;
}

static bool begin(struct guests *g, struct guest *guest, struct span user)
{
	struct login_keys keys;

	if (!span_copy(user, guest->user, sizeof(guest->user)) ||
	    find_keys(g, guest->user, &keys) != OK)
		return false;
	guest->login = login_server_new(guest->user, &keys, guest->binding);
	return guest->login != NULL;
}

enum login_status guests_login(struct guests *g, uint64_t conn,
			       const struct message_auth *auth,
			       struct login_out *out, const char **user)
{
	struct guest *guest = find(g, conn);
	enum login_status status;

	out->length = 0;
	if (!guest || (!guest->login && !begin(g, guest, auth->user)))
		return LOGIN_REFUSED;
	*user = guest->user;
	status = login_step(guest->login, auth->sasl.at, auth->sasl.len, out);
	if (status != LOGIN_MORE)
		end_login(guest);
	return status;
}
