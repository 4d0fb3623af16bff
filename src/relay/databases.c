/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/databases.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "relay/home.h"
#include "store/catalog.h"
#include "store/schema.h"
#include "store/shared.h"

static int fail(enum err e, const char *sentence)
{
	fprintf(stderr, "faxwire-relay: %s\n", sentence);
	return e == OK ? EX_USAGE : err_exit_code(e);
}

/* A file is brought up to date whenever it is opened. */
static int open_file(const struct config *c)
{
	struct database *d;
	struct why why = { "" };
	enum err e = home_open(c, &d, &why);

	if (e != OK)
		return fail(e, why.text);
	database_close(d);
	printf("The database in %s is of version %d.\n", c->data,
	       SCHEMA_VERSION);
	return EX_OK;
}

static int init(const struct config *c)
{
	struct why why = { "" };
	enum err e;
	int was;

	if (!*c->database)
		return open_file(c);
	e = catalog_init(c->database, &was, &why);
	if (e != OK)
		return fail(e, why.text);
	printf("The database is set up, with version %d.\n", SCHEMA_VERSION);
	return EX_OK;
}

static int migrate(const struct config *c)
{
	struct why why = { "" };
	enum err e;
	int was;

	if (!*c->database)
		return open_file(c);
	e = catalog_migrate(c->database, &was, &why);
	if (e != OK)
		return fail(e, why.text);
	printf("The database is of version %d; it was of %d.\n", SCHEMA_VERSION,
	       was);
	return EX_OK;
}

static void show_relay(void *owner, const struct database_answer *a)
{
	const struct shared_relay *r = a->relay;

	(void)owner;
	if (r->lease_ms > 0)
		printf("relay      %s at %s, lives, %llu terminals\n", r->name,
		       r->addresses, (unsigned long long)r->terminals);
	else
		printf("relay      %s at %s, its lease is over\n", r->name,
		       r->addresses);
}

static int check_open(struct database *d)
{
	struct database_result r;

	database_count(d, database_into(&r));
	if (database_wait(d, &r) != OK)
		return fail(r.err, *r.why.text ? r.why.text : err_text(r.err));
	printf("version    %d\n", SCHEMA_VERSION);
	printf("accounts   %llu, %llu of them relays'\n",
	       (unsigned long long)r.counts.accounts,
	       (unsigned long long)r.counts.relays);
	printf("numbers    %llu\n", (unsigned long long)r.counts.numbers);
	printf("calls      %llu on record\n",
	       (unsigned long long)r.counts.calls);
	if (!database_shared(d))
		return EX_OK;
	shared_relays(d, database_each_into(&r, show_relay));
	if (database_wait(d, &r) != OK)
		return fail(r.err, r.why.text);
	return EX_OK;
}

static int check(const struct config *c)
{
	struct database *d;
	struct why why = { "" };
	enum err e = home_open(c, &d, &why);
	int code;

	if (e != OK)
		return fail(e, why.text);
	code = check_open(d);
	database_close(d);
	return code;
}

int databases_command(const struct config *c, const char *const *words,
		      size_t count)
{
	static const struct {
		const char *name;
		int (*run)(const struct config *c);
	} commands[] = {
		{ "init", init },
		{ "migrate", migrate },
		{ "check", check },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (count == 1 && strcmp(words[0], commands[i].name) == 0)
			return commands[i].run(c);
	return fail(OK, "Say: database init, database migrate or database "
			"check.");
}
