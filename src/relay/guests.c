/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/guests.h"

#include <stdlib.h>
#include <string.h>

/* A table that cannot grow has lost what it was told. */
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "base/text.h"

enum { ADDRESS_TEXT_MAX = 64 };

/* A login. */
struct attempt {
	struct login *login; /* owned; NULL: the database is being asked */
	struct database_account account;  /* id empty: there is none */
	uint8_t first[LOGIN_MESSAGE_MAX]; /* what is to be answered then */
	size_t first_length;
};

struct guest {
	uint64_t conn;
	char address[ADDRESS_TEXT_MAX];
	uint8_t binding[TLS_EXPORTER_SIZE];
	char user[ADDRESS_ID_MAX + 1];
	struct attempt *attempt; /* owned; while it is under way */
	bool member;		 /* the login has succeeded */
	UT_hash_handle hh;
};

struct guests {
	struct database *database; /* borrowed */
	uint8_t secret[32];
	void (*stepped)(void *owner, const struct guests_step *s);
	void *owner;
	struct guest *all; /* numbers are ours: no stranger chooses them */
};

struct guests *guests_new(struct database *database, const uint8_t secret[32],
			  void (*stepped)(void *owner,
					  const struct guests_step *s),
			  void *owner)
{
	struct guests *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->database = database;
	memcpy(g->secret, secret, sizeof(g->secret));
	g->stepped = stepped;
	g->owner = owner;
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
	if (guest->attempt)
		login_free(guest->attempt->login);
	free(guest->attempt);
	guest->attempt = NULL;
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

const char *guests_member(const struct guests *g, uint64_t conn)
{
	const struct guest *guest = find(g, conn);

	return guest && guest->member ? guest->user : NULL;
}

static void step(struct guests *g, const struct guest *guest,
		 enum relay_login result, const struct login_out *out)
{
	g->stepped(g->owner,
		   &(struct guests_step){ .conn = guest->conn,
					  .result = result,
					  .out = out,
					  .user = guest->user,
					  .account = &guest->attempt->account,
					  .why = "" });
}

/* The user's keys; false ones for a user who must not get in. The false ones
 * are made in either case, so that both cost the same. */
static enum err find_keys(struct guests *g, const struct guest *guest,
			  struct login_keys *keys)
{
	const struct database_account *a = &guest->attempt->account;
	enum err e = login_keys_false(g->secret, guest->user, keys);

	if (e != OK || !*a->id || !a->enabled)
		return e;
	memcpy(keys->salt, a->salt, sizeof(keys->salt));
	keys->iterations = a->iterations;
	memcpy(keys->stored_key, a->stored_key, sizeof(keys->stored_key));
	memcpy(keys->server_key, a->server_key, sizeof(keys->server_key));
	return OK;
}

/* The guest may be gone when this returns. */
static void go_on(struct guests *g, struct guest *guest, const void *said,
		  size_t len)
{
	static const enum relay_login results[] = {
		[LOGIN_MORE] = RELAY_LOGIN_MORE,
		[LOGIN_OK] = RELAY_LOGIN_OK,
		[LOGIN_REFUSED] = RELAY_LOGIN_REFUSED,
	};
	struct login_out out = { .length = 0 };
	enum login_status status = LOGIN_REFUSED;
	uint64_t conn = guest->conn;

	if (guest->attempt->login)
		status = login_step(guest->attempt->login, said, len, &out);
	guest->member = status == LOGIN_OK;
	step(g, guest, results[status], &out);
	guest = find(g, conn);
	if (guest && status != LOGIN_MORE)
		end_login(guest);
}

static void on_account(void *owner, const struct database_answer *a)
{
	struct guests *g = owner;
	struct guest *guest = find(g, a->tag);
	struct attempt *attempt = guest ? guest->attempt : NULL;
	struct login_keys keys;

	if (!attempt)
		return; /* it did not wait */
	if (a->err != OK && a->err != ERR_MISSING) {
		g->stepped(g->owner,
			   &(struct guests_step){ .conn = guest->conn,
						  .result = RELAY_LOGIN_UNABLE,
						  .user = guest->user,
						  .why = a->why });
		return;
	}
	if (a->account)
		attempt->account = *a->account;
	if (find_keys(g, guest, &keys) == OK)
		attempt->login =
			login_server_new(guest->user, &keys, guest->binding);
	go_on(g, guest, attempt->first, attempt->first_length);
}

/* What it says is kept until it is known who it says it is. */
static bool begin(struct guests *g, struct guest *guest,
		  const struct message_auth *auth)
{
	struct attempt *attempt;

	if (!span_copy(auth->user, guest->user, sizeof(guest->user)) ||
	    auth->sasl.len > LOGIN_MESSAGE_MAX)
		return false;
	attempt = calloc(1, sizeof(*attempt));
	if (!attempt)
		return false;
	attempt->first_length = auth->sasl.len;
	if (auth->sasl.len > 0)
		memcpy(attempt->first, auth->sasl.at, auth->sasl.len);
	guest->attempt = attempt;
	database_account_get(g->database, guest->user,
			     (struct database_asker){ .done = on_account,
						      .owner = g,
						      .tag = guest->conn });
	return true;
}

void guests_login(struct guests *g, uint64_t conn,
		  const struct message_auth *auth)
{
	struct guest *guest = find(g, conn);

	if (guest && !guest->attempt && begin(g, guest, auth))
		return;
	if (guest && guest->attempt && guest->attempt->login)
		go_on(g, guest, auth->sasl.at, auth->sasl.len);
	else /* it does not wait for its answer, or says nonsense */
		g->stepped(g->owner, &(struct guests_step){
					     .conn = conn,
					     .result = RELAY_LOGIN_REFUSED,
					     .user = guest ? guest->user : "",
					     .why = "" });
}
