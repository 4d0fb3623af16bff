/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A table that cannot grow has lost what it was told. */
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "base/text.h"
#include "io/dial.h"
#include "io/random.h"
#include "wire/address.h"

/* One relay. */
struct peer {
	char name[ADDRESS_ID_MAX + 1];
	struct address_join join;
	struct login_secret secret;
	struct tls_context *tls; /* owned */
	uint64_t seed;
	size_t at;    /* which of its addresses is tried */
	bool learned; /* from a shared database */
};

/* One connection to one. */
struct way {
	uint64_t conn;
	struct peers *peers; /* borrowed, as `peer` */
	struct peer *peer;
	struct address_relay to;
	struct dial *dial;   /* owned; until it is connected */
	struct login *login; /* owned; while it is under way */
	bool opened;
	uint8_t binding[TLS_EXPORTER_SIZE];
	UT_hash_handle hh;
};

struct peers {
	struct loop *loop; /* borrowed */
	struct peer **all; /* owned; ways point to them */
	size_t count;
	int64_t trunks;
	uint8_t place[MESSAGE_PLACE_SIZE];
	struct way *ways; /* numbers are core's: no stranger chooses them */
	struct peers_handlers handlers;
	void *owner;
};

static struct way *find(const struct peers *p, uint64_t conn)
{
	struct way *w;

	HASH_FIND(hh, p->ways, &conn, sizeof(conn), w);
	return w;
}

/* --- what is set --- */

/* "NAME=URL". */
static enum err read_peer(struct peer *p, const char *text, struct why *why)
{
	size_t len = strcspn(text, "=");
	struct why wrong = { "" };
	enum err e;

	if (text[len] != '=' || !address_id_valid(text, len)) {
		why_set(why,
			"peer: \"%.60s\" must be NAME=URL, with the name "
			"of the other relay and the join URL that it "
			"made for this one.",
			text);
		return ERR_BAD;
	}
	memcpy(p->name, text, len);
	e = address_join_decode(&p->join, text + len + 1, &wrong);
	if (e == OK)
		e = tls_context_client(
			&p->tls, p->join.pinned ? p->join.pin : NULL, &wrong);
	if (e != OK)
		why_set(why, "peer %s: %s", p->name, wrong.text);
	(void)text_copy(p->secret.text, sizeof(p->secret.text), p->join.secret);
	return e;
}

static struct peer *add(struct peers *p)
{
	struct peer *fresh = calloc(1, sizeof(*fresh));
	struct peer **more =
		reallocarray(p->all, p->count + 1, sizeof(struct peer *));

	if (more)
		p->all = more;
	if (!more || !fresh) {
		free(fresh);
		return NULL;
	}
	random_bytes(&fresh->seed, sizeof(fresh->seed));
	return p->all[p->count++] = fresh;
}

static enum err read_all(struct peers *p, const struct config *config,
			 struct why *why)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < config->peers.count; i++) {
		struct peer *fresh = add(p);

		if (!fresh)
			return ERR_MEMORY;
		e = read_peer(fresh, config->peers.items[i], why);
		if (e == OK && strcmp(fresh->join.id, config->name) != 0) {
			why_set(why,
				"peer %s: its URL is for a relay called %s: "
				"this relay's --name must be that.",
				fresh->name, fresh->join.id);
			e = ERR_BAD;
		}
	}
	return e;
}

enum err peers_new(struct peers **out, const struct config *config,
		   struct loop *loop, const struct peers_handlers *handlers,
		   void *owner, struct why *why)
{
	struct peers *p = calloc(1, sizeof(*p));
	enum err e;

	if (!p)
		return ERR_MEMORY;
	p->loop = loop;
	p->trunks = config->trunks;
	p->handlers = *handlers;
	p->owner = owner;
	random_bytes(p->place, sizeof(p->place));
	e = read_all(p, config, why);
	if (e != OK) {
		peers_free(p);
		return e;
	}
	*out = p;
	return OK;
}

static void drop(struct way *w)
{
	HASH_DEL(w->peers->ways, w);
	dial_cancel(w->dial);
	login_free(w->login);
	free(w);
}

void peers_free(struct peers *p)
{
	struct way *w, *next;

	if (!p)
		return;
	HASH_ITER (hh, p->ways, w, next)
		drop(w);
	for (size_t i = 0; i < p->count; i++) {
		tls_context_free(p->all[i]->tls);
		free(p->all[i]);
	}
	free(p->all);
	free(p);
}

static struct peer *named(const struct peers *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->all[i]->name, name) == 0)
			return p->all[i];
	return NULL;
}

static bool same_way(const struct address_join *a, const struct address_join *b)
{
	char one[ADDRESS_JOIN_TEXT], other[ADDRESS_JOIN_TEXT];

	return address_join_encode(a, one, sizeof(one)) &&
	       address_join_encode(b, other, sizeof(other)) &&
	       strcmp(one, other) == 0;
}

/* From its next connection on. */
static bool reach_by(struct peer *peer, const struct address_join *join)
{
	struct tls_context *tls;

	if (peer->tls && same_way(&peer->join, join))
		return true;
	if (tls_context_client(&tls, join->pin, NULL) != OK)
		return false;
	tls_context_free(peer->tls);
	peer->tls = tls;
	peer->join = *join;
	memset(&peer->secret, 0, sizeof(peer->secret));
	return text_copy(peer->secret.text, sizeof(peer->secret.text),
			 join->secret);
}

bool peers_learn(struct peers *p, const char *name,
		 const struct address_join *join, size_t *index)
{
	struct peer *peer = named(p, name);
	bool is_new = !peer;

	if (peer && !peer->learned)
		return false;
	if (is_new)
		peer = add(p);
	if (!peer || !reach_by(peer, join))
		abort(); /* no memory, or no TLS: nothing would go on */
	peer->learned = true;
	(void)text_copy(peer->name, sizeof(peer->name), name);
	*index = p->count - 1;
	return is_new;
}

size_t peers_count(const struct peers *p)
{
	return p->count;
}

void peers_facts(const struct peers *p, size_t n, struct relay_peer *out)
{
	const struct peer *peer = p->all[n];

	*out = (struct relay_peer){ .user = peer->join.id,
				    .spares = (uint32_t)p->trunks,
				    .seed = peer->seed };
	memcpy(out->name, peer->name, sizeof(out->name));
	memcpy(out->place, p->place, sizeof(out->place));
}

const char *peers_name(const struct peers *p, uint64_t conn)
{
	return p->all[relay_line_peer(conn)]->name;
}

/* --- dialling --- */

static void on_dialled(void *owner, int fd, const char *sentence)
{
	struct way *w = owner;
	struct peers *p = w->peers;
	struct peer *peer = w->peer;
	uint64_t conn = w->conn;
	struct filter filter;

	w->dial = NULL;
	if (fd < 0) {
		peer->at++; /* another of its addresses, the next time */
		drop(w);
		p->handlers.failed(p->owner, conn, sentence);
		return;
	}
	if (tls_client(peer->tls, w->to.host, &filter) != OK)
		abort();
	p->handlers.dialled(p->owner, conn, fd, filter);
}

void peers_dial(struct peers *p, uint64_t conn)
{
	struct peer *peer = p->all[relay_line_peer(conn)];
	struct way *w = calloc(1, sizeof(*w));

	if (!w)
		abort(); /* core would wait for it for ever */
	w->conn = conn;
	w->peers = p;
	w->peer = peer;
	w->to = peer->join.relays.at[peer->at % peer->join.relays.count];
	w->dial =
		dial_new(p->loop, w->to.host, w->to.port, NULL, on_dialled, w);
	if (!w->dial)
		abort();
	HASH_ADD(hh, p->ways, conn, sizeof(w->conn), w);
}

bool peers_give_up(struct peers *p, uint64_t conn)
{
	struct way *w = find(p, conn);

	if (!w || !w->dial)
		return false;
	drop(w);
	return true;
}

/* --- login --- */

void peers_opened(struct peers *p, uint64_t conn,
		  const uint8_t binding[TLS_EXPORTER_SIZE])
{
	struct way *w = find(p, conn);

	if (!w)
		return;
	w->opened = true;
	memcpy(w->binding, binding, sizeof(w->binding));
}

enum login_status peers_login(struct peers *p, uint64_t conn,
			      const uint8_t *bytes, size_t len,
			      struct login_out *out)
{
	struct way *w = find(p, conn);
	enum login_status status = LOGIN_REFUSED;

	out->length = 0;
	if (!w)
		return status;
	if (!w->login)
		w->login = login_client_new(w->peer->join.id, &w->peer->secret,
					    w->binding);
	if (w->login)
		status = login_step(w->login, bytes, len, out);
	if (status != LOGIN_MORE) {
		login_free(w->login);
		w->login = NULL;
	}
	return status;
}

bool peers_left(struct peers *p, uint64_t conn)
{
	struct way *w = find(p, conn);
	bool failed = w && !w->opened;

	if (failed)
		w->peer->at++;
	if (w)
		drop(w);
	return failed;
}
