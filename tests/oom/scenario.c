/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/option.h"
#include "core/client.h"
#include "core/relay.h"
#include "io/dial.h"
#include "io/listen.h"
#include "io/loop.h"
#include "store/atomic.h"
#include "store/database.h"
#include "store/inbox.h"
#include "store/membership.h"
#include "store/spool.h"
#include "trust/identity.h"
#include "trust/login.h"
#include "trust/tls.h"
#include "wire/deframe.h"

/* --- a folder for one run --- */

static char folder[64];

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make_folder(void)
{
	strcpy(folder, "XXXXXX"); /* in the run's own folder */
	if (!mkdtemp(folder))
		_exit(99);
}

static enum scenario_end end_of(enum err e)
{
	return e == OK ? SCENARIO_DONE : SCENARIO_TOLD;
}

static enum scenario_end clear_away(enum scenario_end end)
{
	(void)!atomic_remove_folder(folder);
	return end;
}

/* --- base and wire --- */

static enum scenario_end buffers(void)
{
	static const uint8_t many[70000];
	struct deframe d;
	struct frame f;
	struct buf b;
	enum err e;

	buf_init(&b, 200000);
	deframe_init(&d);
	e = buf_append(&b, many, 100);
	if (e == OK)
		e = buf_append(&b, many, sizeof(many));
	if (e == OK && buf_length(&b) != 100 + sizeof(many))
		return SCENARIO_WRONG;
	if (e == OK && !buf_reserve(&b, 50000))
		e = ERR_MEMORY;
	deframe_feed(&d, (const uint8_t[]){ MESSAGE_DATA, 0, 0, 9, 1 }, 5);
	while (deframe_next(&d, &f) == FRAME_DONE)
		continue;
	deframe_fini(&d);
	buf_fini(&b);
	return end_of(e);
}

static enum scenario_end options(void)
{
	struct {
		const char *text;
		struct option_list list;
	} config = { .text = NULL };
	const struct option table[] = {
		{ .key = "text", .kind = OPTION_TEXT, .at = 0, .max = 99 },
		{ .key = "list",
		  .kind = OPTION_LIST,
		  .at = sizeof(config.text),
		  .max = 99 },
		{ .key = NULL },
	};
	char line[] = "x\0--text\0one\0--list\0two\0--list\0three";
	char *argv[8] = { line };
	const char *words[8];
	size_t count = 0;
	struct option_layer layer = { .table = table, .config = &config };
	enum err e;

	for (int i = 1; i < 7; i++)
		argv[i] = argv[i - 1] + strlen(argv[i - 1]) + 1;
	e = option_parse(&layer, 7, argv, words, &count, NULL);

	option_forget();
	if (e == OK && (config.list.count != 2 || !config.text))
		return SCENARIO_WRONG;
	return end_of(e);
}

/* --- core --- */

static void say(struct relay *r, uint64_t conn, struct message m,
		struct effects *out)
{
	relay_message(r, conn, &m, 1, out);
}

static void let_in(struct relay *r, uint64_t conn, const char *id,
		   struct effects *out)
{
	static const uint8_t place[MESSAGE_PLACE_SIZE];
	const struct relay_address from = { .bytes = { 10 } };

	if (relay_arrived(r, conn, &from, 1, out) != OK)
		return;
	relay_opened(r, conn, 1, out);
	say(r, conn,
	    (struct message){ .type = MESSAGE_HELLO,
			      .hello = { .version_min = 1,
					 .version_max = 1,
					 .features = 1 } },
	    out);
	say(r, conn,
	    (struct message){ .type = MESSAGE_AUTH,
			      .auth = { span_of("n"),
					span_of(id),
					span_of("SCRAM-SHA-256-PLUS"),
					{ place, sizeof(place) } } },
	    out);
	relay_login(r, conn, RELAY_LOGIN_OK, span_of("v"), id, 1, out);
}

/* Two terminals log in, list each other, and have a call. */
static enum scenario_end a_relay(void)
{
	static const uint8_t key[16] = { 7 };
	struct relay *r = relay_new(&relay_limits_default, key, 1);
	struct relay_account a = { .enabled = true,
				   .connections_max = 9,
				   .places_max = 1,
				   .allowed = "ana ben" };
	struct effects out;
	bool lost;

	if (!r)
		return SCENARIO_TOLD;
	effects_init(&out);
	strcpy(a.id, "ana");
	relay_account_set(r, &a, 1, &out);
	strcpy(a.id, "ben");
	relay_account_set(r, &a, 1, &out);
	let_in(r, 1, "ana", &out);
	let_in(r, 2, "ben", &out);
	say(r, 1, (struct message){ .type = MESSAGE_LIST, .list = { 1, true } },
	    &out);
	say(r, 1,
	    (struct message){ .type = MESSAGE_CONNECT,
			      .connect = { .request = 2,
					   .to = span_of("ben"),
					   .terms.procedures = 1 } },
	    &out);
	say(r, 2,
	    (struct message){ .type = MESSAGE_ACCEPT,
			      .accept = { .call = 1, .terms.procedures = 1 } },
	    &out);
	lost = out.out_of_memory;
	if (!lost && relay_counts(r).calls != 1 &&
	    relay_counts(r).connections == 2)
		lost = true; /* FAILED or an empty LISTING said so */
	relay_closed(r, 1, 1, &out);
	relay_closed(r, 2, 1, &out);
	relay_free(r);
	effects_fini(&out);
	return lost ? SCENARIO_TOLD : SCENARIO_DONE;
}

static enum scenario_end a_client(void)
{
	const struct client_settings settings = { .self = { .id = "ana",
							    .software = "oom" },
						  .spares = 2,
						  .procedures = 1 };
	struct client *c = client_new(&settings, 1);
	struct effects out;
	bool lost;

	if (!c)
		return SCENARIO_TOLD;
	effects_init(&out);
	client_start(c, 0, &out);
	client_opened(c, 1, 0, &out);
	for (int i = 0; i < 40; i++)
		(void)client_call(c, "ben", 0, &out);
	client_tick(c, client_deadline(c), &out);
	client_closed(c, 1, 5, &out);
	lost = out.out_of_memory;
	client_free(c);
	effects_fini(&out);
	return lost ? SCENARIO_TOLD : SCENARIO_DONE;
}

/* --- trust --- */

static enum scenario_end a_login(void)
{
	static const uint8_t binding[TLS_EXPORTER_SIZE] = { 1 };
	static const uint8_t salt[LOGIN_SALT_SIZE] = { 2 };
	struct login_secret secret = { .text = "secret" };
	struct login_keys keys;
	struct login *client, *server = NULL;
	struct login_out said = { .length = 0 }, heard;
	enum login_status c = LOGIN_MORE, s = LOGIN_MORE;

	if (login_keys_make("secret", salt, &keys) != OK)
		return SCENARIO_TOLD;
	client = login_client_new("ana", &secret, binding);
	if (client)
		server = login_server_new("ana", &keys, binding);
	for (int i = 0; client && server && i < 5; i++) {
		heard.length = 0;
		if (c == LOGIN_MORE)
			c = login_step(client, said.bytes, said.length, &heard);
		if (c == LOGIN_REFUSED || s != LOGIN_MORE)
			break;
		s = login_step(server, heard.bytes, heard.length, &said);
	}
	login_free(client);
	login_free(server);
	return c == LOGIN_OK && s == LOGIN_OK ? SCENARIO_DONE : SCENARIO_TOLD;
}

static enum scenario_end certificates(void)
{
	struct tls_context *server = NULL, *client = NULL;
	struct filter one, other;
	char certificate[128], key[128];
	uint8_t pin[IDENTITY_PIN_SIZE];
	enum err e;

	make_folder();
	strcpy(certificate, in_folder("crt"));
	strcpy(key, in_folder("key"));
	e = identity_make(certificate, key, NULL);
	if (e == OK)
		e = identity_pin(certificate, pin, NULL);
	if (e == OK)
		e = tls_context_server(&server, certificate, key, NULL);
	if (e == OK)
		e = tls_context_client(&client, pin, NULL);
	if (e == OK)
		e = tls_server(server, &one);
	if (e == OK) {
		e = tls_client(client, "relay.example", &other);
		if (e == OK)
			other.ops->free(other.self);
		one.ops->free(one.self);
	}
	tls_context_free(server);
	tls_context_free(client);
	return clear_away(end_of(e));
}

/* --- store --- */

static enum scenario_end a_membership(void)
{
	struct membership m = { .id = "ana", .secret = "s", .host = "h" }, same;
	enum err e;

	make_folder();
	e = membership_write(folder, &m, NULL);
	if (e == OK)
		e = membership_read(folder, &same, NULL);
	if (e == OK && strcmp(same.id, m.id) != 0)
		return clear_away(SCENARIO_WRONG);
	return clear_away(end_of(e));
}

static enum scenario_end a_database(void)
{
	struct database_account a = { .id = "ana", .allowed = "ben" };
	struct database_result r;
	struct database *d;
	enum err e;

	make_folder();
	e = database_open(&d, in_folder("db"), NULL);
	if (e != OK)
		return clear_away(SCENARIO_TOLD);
	database_account_add(d, &a, database_into(&r));
	e = database_wait(d, &r);
	if (e == OK) {
		database_account_get(d, "ana", database_into(&r));
		e = database_wait(d, &r);
	}
	database_close(d);
	if (e == OK && strcmp(r.account.allowed, "ben") != 0)
		return clear_away(SCENARIO_WRONG);
	return clear_away(end_of(e));
}

static void count_job(void *owner, const struct spool_job *j)
{
	(void)j;
	++*(int *)owner;
}

static void count_damaged(void *owner, const char *sentence)
{
	(void)sentence;
	++*(int *)owner;
}

static enum scenario_end accounts_that_move(void)
{
	const struct database_account a = { .id = "ana", .numbers = "1 2" };
	struct database_import *i;
	struct database_result r;
	struct database *d;
	enum err e;

	make_folder();
	if (database_open(&d, in_folder("db"), NULL) != OK)
		return clear_away(SCENARIO_TOLD);
	i = database_import_new(false);
	if (!i) {
		database_close(d);
		return clear_away(SCENARIO_TOLD);
	}
	database_import_add(i, &a, 1);
	database_import_commit(d, i, database_into(&r));
	e = database_wait(d, &r);
	if (e == OK) {
		database_count(d, database_into(&r));
		e = database_wait(d, &r);
	}
	database_close(d);
	if (e == OK && (r.counts.accounts != 1 || r.counts.numbers != 2))
		return clear_away(SCENARIO_WRONG);
	return clear_away(end_of(e));
}

/* Nobody is there: what is asked fails, and is freed. */
static enum scenario_end a_server_s_database(void)
{
	struct database_result r;
	struct database *d;

	if (database_open(&d, "postgresql:///x?host=/nowhere", NULL) != OK)
		return SCENARIO_TOLD;
	r.done = false;
	database_account_get(d, "ana", database_into(&r));
	database_tick(d, 1);
	database_tick(d, 100000);
	database_tick(d, 200000);
	database_close(d);
	if (!r.done)
		return SCENARIO_WRONG;
	return r.err == ERR_TIMEOUT ? SCENARIO_DONE : SCENARIO_TOLD;
}

static enum scenario_end a_job(void)
{
	struct spool_job j = { .to = "ben" };
	char path[ATOMIC_PATH_MAX + 16];
	struct spool *s;
	bool accepted = false;
	int jobs = 0;
	enum err e;

	make_folder();
	e = spool_open(&s, folder, NULL);
	if (e != OK)
		return clear_away(SCENARIO_TOLD);
	memset(j.id, 7, sizeof(j.id));
	e = spool_begin(s, j.id, path, NULL);
	if (e == OK) {
		strcat(path, "/document.tif");
		e = atomic_write(path, "II*", 3, 0600, NULL);
		if (e == OK)
			e = spool_commit(s, &j, 1, NULL);
		else
			spool_abandon(s, j.id);
		accepted = e == OK;
	}
	if (e == OK)
		e = spool_load(s, count_job, count_damaged, &jobs, NULL);
	spool_close(s);
	if (accepted && e == OK && jobs != 1)
		return clear_away(SCENARIO_WRONG);
	return clear_away(end_of(e));
}

static enum scenario_end a_fax(void)
{
	static const uint8_t job[INBOX_JOB_SIZE] = { 9 };
	struct inbox_fax fax = { .from = "ana", .pages = 1, .complete = true };
	struct inbox_reception *r;
	char stands[ATOMIC_PATH_MAX];
	struct inbox *in;
	uint16_t pages;
	enum err e;
	bool known;

	make_folder();
	memcpy(fax.job, job, sizeof(job));
	e = inbox_open(&in, folder, 1, NULL);
	if (e != OK)
		return clear_away(SCENARIO_TOLD);
	e = inbox_begin(in, &r, &fax, NULL);
	if (e == OK)
		e = inbox_store(in, r, &fax, stands, NULL);
	known = inbox_known(in, "ana", job, &pages);
	inbox_close(in);
	return clear_away(e == OK && !known ? SCENARIO_WRONG : end_of(e));
}

/* --- io --- */

static void accepted(void *owner, int fd, const struct listen_peer *p)
{
	(void)owner;
	(void)p;
	close(fd);
}

static void dialled(void *owner, int fd, const char *sentence)
{
	(void)sentence;
	if (fd >= 0)
		close(fd);
	loop_stop(owner);
}

static enum scenario_end a_connection(void)
{
	const struct listen_address at = { .host = "127.0.0.1" };
	struct loop *l = loop_new();
	struct listener *listener = NULL;
	struct dial *d;
	enum err e;

	if (!l)
		return SCENARIO_TOLD;
	e = listener_new(l, &at, accepted, NULL, &listener, NULL);
	if (e == OK) {
		d = dial_new(l, "127.0.0.1", listener_port(listener), NULL,
			     dialled, l);
		if (d)
			loop_run(l);
		else
			e = ERR_MEMORY;
	}
	listener_free(listener);
	loop_free(l);
	return end_of(e);
}

const struct scenario scenarios[] = {
	{ "buffers", buffers, false },
	{ "options", options, false },
	/* Its hash tables: a relay that loses an entry knows nothing. */
	{ "a relay", a_relay, true },
	{ "a client", a_client, false },
	{ "a login", a_login, false },
	{ "certificates", certificates, false },
	{ "a membership", a_membership, false },
	{ "a database", a_database, false },
	{ "accounts that move", accounts_that_move, false },
	{ "a server's database", a_server_s_database, false },
	{ "a job", a_job, false },
	{ "a fax", a_fax, true },
	/* Timers: a program without them is broken. */
	{ "a connection", a_connection, true },
	{ NULL, NULL, false },
};
