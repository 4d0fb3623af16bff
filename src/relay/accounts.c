/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include <jansson.h>

#include "base/text.h"
#include "io/local.h"
#include "io/random.h"
#include "relay/ask.h"
#include "relay/home.h"
#include "trust/identity.h"
#include "trust/login.h"

struct command {
	const struct config *config;
	struct database *database;
	const char *id;		   /* NULL for `list` */
	const char *const *others; /* the IDs after it */
	size_t other_count;
};

static int fail(int code, const char *sentence)
{
	fprintf(stderr, "faxwire-relay: %s\n", sentence);
	return code;
}

static int no_account(const struct command *c)
{
	fprintf(stderr, "faxwire-relay: There is no account %s.\n", c->id);
	return EX_NOUSER;
}

static int64_t now_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

/* --- secrets and URLs --- */

static enum err make_keys(struct database_account *a, const char *secret)
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

/* Prints the join URL alone on standard output, so that it can be piped. */
static int print_url(const struct command *c, const char *secret)
{
	char path[ATOMIC_PATH_MAX], url[ADDRESS_JOIN_TEXT];
	struct address_join join = { .pinned = true };
	struct why why = { "" };
	enum err e = home_address(c->config, &join.relays, &why);

	if (e == OK)
		e = home_path(c->config, HOME_CERTIFICATE, path, &why);
	if (e == OK)
		e = identity_pin(path, join.pin, &why);
	if (e != OK)
		return fail(EX_CONFIG, why.text);
	if (!text_copy(join.id, sizeof(join.id), c->id) ||
	    !text_copy(join.secret, sizeof(join.secret), secret) ||
	    !address_join_encode(&join, url, sizeof(url)))
		return fail(EX_SOFTWARE, "The join URL could not be made.");
	printf("%s\n", url);
	return EX_OK;
}

/* --- the commands --- */

static bool take_options(const struct config *config,
			 struct database_account *a, struct why *why)
{
	if (strspn(config->number, "0123456789+") != strlen(config->number)) {
		why_set(why, "--number takes digits only.");
		return false;
	}
	if (config->groups.count > DATABASE_GROUPS_MAX) {
		why_set(why, "An account can be in %d groups at most.",
			DATABASE_GROUPS_MAX);
		return false;
	}
	(void)text_copy(a->number, sizeof(a->number), config->number);
	for (size_t i = 0; i < config->groups.count; i++) {
		const char *name = config->groups.items[i];

		if (!address_id_valid(name, strlen(name))) {
			why_set(why,
				"\"%.40s\" is no group name: use a-z, "
				"0-9, dot, dash and underscore.",
				name);
			return false;
		}
		(void)text_copy(a->groups[a->groups_count++],
				sizeof(a->groups[0]), name);
	}
	return true;
}

static int add(const struct command *c)
{
	struct database_account a = {
		.enabled = true,
		.connections_max = (uint16_t)c->config->account_connections,
		.places_max = (uint16_t)c->config->account_places,
		.created_ms = now_ms(),
	};
	char secret[LOGIN_SECRET_SIZE];
	struct why why = { "" };
	enum err e;

	(void)text_copy(a.id, sizeof(a.id), c->id);
	if (!take_options(c->config, &a, &why))
		return fail(EX_USAGE, why.text);
	if (login_secret_make(secret) != OK || make_keys(&a, secret) != OK)
		return fail(EX_OSERR, "No secret could be made.");
	e = database_account_add(c->database, &a, &why);
	if (e != OK)
		return fail(e == ERR_EXISTS ? EX_CANTCREAT : EX_IOERR,
			    why.text);
	ask_tell_changed(c->config, c->id);
	return print_url(c, secret);
}

static int new_password(const struct command *c)
{
	struct database_account a;
	char secret[LOGIN_SECRET_SIZE];

	if (database_account_get(c->database, c->id, &a) != OK)
		return no_account(c);
	if (login_secret_make(secret) != OK || make_keys(&a, secret) != OK)
		return fail(EX_OSERR, "No secret could be made.");
	if (database_account_keys(c->database, &a) != OK)
		return fail(EX_IOERR, "The account could not be written.");
	ask_tell_changed(c->config, c->id);
	return print_url(c, secret);
}

static int changed(const struct command *c, enum err e)
{
	if (e == ERR_MISSING)
		return no_account(c);
	if (e != OK)
		return fail(EX_IOERR, "The account could not be written.");
	ask_tell_changed(c->config, c->id);
	return EX_OK;
}

static int disable(const struct command *c)
{
	return changed(c, database_account_enable(c->database, c->id, false));
}

static int enable(const struct command *c)
{
	return changed(c, database_account_enable(c->database, c->id, true));
}

static int remove_account(const struct command *c)
{
	return changed(c, database_account_remove(c->database, c->id));
}

/* --- who may call it --- */

/* The IDs of `text` but for `id`; true when `id` was one of them. */
static bool leave_out(char *text, const char *id)
{
	char kept[DATABASE_ALLOWED_TEXT] = "";
	char *rest = text, *word;
	size_t used = 0;
	bool was_there = false;

	while ((word = strsep(&rest, " "))) {
		bool is_it = strcmp(word, id) == 0;

		was_there |= is_it;
		if (!is_it && *word)
			used += (size_t)snprintf(kept + used,
						 sizeof(kept) - used, "%s%s",
						 used > 0 ? " " : "", word);
	}
	memcpy(text, kept, sizeof(kept));
	return was_there;
}

static bool append(char *text, const char *id)
{
	size_t used = strlen(text);
	int n = snprintf(text + used, DATABASE_ALLOWED_TEXT - used, "%s%s",
			 used > 0 ? " " : "", id);

	return n >= 0 && (size_t)n < DATABASE_ALLOWED_TEXT - used;
}

static int change_allowed(const struct command *c, bool allow)
{
	struct database_account a;

	if (c->other_count == 0)
		return fail(EX_USAGE, "Say whom: account allow ID CALLER... "
				      "or account disallow ID CALLER...");
	if (database_account_get(c->database, c->id, &a) != OK)
		return no_account(c);
	for (size_t i = 0; i < c->other_count; i++) {
		(void)leave_out(a.allowed, c->others[i]);
		if (allow && !append(a.allowed, c->others[i]))
			return fail(EX_USAGE,
				    "That are too many callers for one "
				    "account: use a group.");
	}
	return changed(c,
		       database_account_allow(c->database, c->id, a.allowed));
}

static int allow(const struct command *c)
{
	return change_allowed(c, true);
}

static int disallow(const struct command *c)
{
	return change_allowed(c, false);
}

/* --- showing --- */

static json_t *words_json(const char *text)
{
	json_t *words = json_array();

	while (*text) {
		size_t n = strcspn(text, " ");

		json_array_append_new(words, json_stringn(text, n));
		text += n + strspn(text + n, " ");
	}
	return words;
}

static json_t *to_json(const struct database_account *a)
{
	json_t *groups = json_array();

	for (unsigned i = 0; i < a->groups_count; i++)
		json_array_append_new(groups, json_string(a->groups[i]));
	return json_pack("{s:s, s:b, s:s, s:o, s:o, s:i, s:i, s:I, s:I}", "id",
			 a->id, "enabled", a->enabled, "number", a->number,
			 "groups", groups, "allowed", words_json(a->allowed),
			 "max_connections", (int)a->connections_max,
			 "max_places", (int)a->places_max, "created_ms",
			 (json_int_t)a->created_ms, "last_login_ms",
			 (json_int_t)a->last_login_ms);
}

static void print_groups(const struct database_account *a)
{
	for (unsigned i = 0; i < a->groups_count; i++)
		printf("%s%s", i ? " " : "", a->groups[i]);
}

static int show(const struct command *c)
{
	struct database_account a;
	char when[32] = "never";
	time_t seconds;

	if (database_account_get(c->database, c->id, &a) != OK)
		return no_account(c);
	if (c->config->json)
		return ask_print_json(to_json(&a));
	seconds = (time_t)(a.last_login_ms / 1000);
	if (a.last_login_ms > 0)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S",
			 localtime(&seconds));
	printf("%-12s %s\n", "id", a.id);
	printf("%-12s %s\n", "state", a.enabled ? "enabled" : "disabled");
	printf("%-12s %s\n", "number", *a.number ? a.number : "-");
	printf("%-12s ", "groups");
	print_groups(&a);
	printf("\n%-12s %s\n", "callers",
	       *a.allowed ? a.allowed : "as the groups say");
	printf("%-12s at most %u\n", "connections", a.connections_max);
	printf("%-12s at most %u\n", "places", a.places_max);
	printf("%-12s %s\n", "last login", when);
	return EX_OK;
}

static void list_one(void *owner, const struct database_account *a)
{
	json_t *all = owner;

	if (all) {
		json_array_append_new(all, to_json(a));
		return;
	}
	printf("%-32s %-9s ", a->id, a->enabled ? "enabled" : "disabled");
	print_groups(a);
	printf("\n");
}

static int list(const struct command *c)
{
	json_t *all = c->config->json ? json_array() : NULL;

	if (database_account_each(c->database, list_one, all) != OK)
		return fail(EX_IOERR, "The accounts could not be read.");
	return all ? ask_print_json(json_pack("{s:o}", "accounts", all))
		   : EX_OK;
}

static const struct {
	const char *name;
	int (*run)(const struct command *c);
	bool takes_id;
	bool takes_others;
} commands[] = {
	{ "add", add, true, false },
	{ "list", list, false, false },
	{ "show", show, true, false },
	{ "disable", disable, true, false },
	{ "enable", enable, true, false },
	{ "remove", remove_account, true, false },
	{ "passwd", new_password, true, false },
	{ "allow", allow, true, true },
	{ "disallow", disallow, true, true },
};

static int run(const struct config *config, size_t which,
	       const char *const *ids, size_t count)
{
	struct command c = { .config = config,
			     .id = count > 0 ? ids[0] : NULL,
			     .others = ids + 1,
			     .other_count = count > 0 ? count - 1 : 0 };
	struct why why = { "" };
	enum err e = home_open(config, &c.database, &why);
	int code;

	if (e != OK)
		return fail(e == ERR_DENIED ? EX_NOPERM : EX_CANTCREAT,
			    why.text);
	code = commands[which].run(&c);
	database_close(c.database);
	return code;
}

static bool all_ids(const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!address_id_valid(words[i], strlen(words[i])))
			return false;
	return true;
}

int accounts_command(const struct config *config, const char *const *words,
		     size_t count)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		size_t ids = commands[i].takes_id ? 1 : 0;

		if (count == 0 || strcmp(words[0], commands[i].name) != 0)
			continue;
		if (count - 1 != ids &&
		    !(commands[i].takes_others && count - 1 > ids))
			break;
		if (!all_ids(words + 1, count - 1))
			return fail(EX_USAGE,
				    "A user ID is 1 to 32 of a-z, 0-9, dot, "
				    "dash and underscore, and begins with a "
				    "letter or digit.");
		return run(config, i, words + 1, count - 1);
	}
	return fail(EX_USAGE, "Say: account add ID, list, show ID, passwd ID, "
			      "disable ID, enable ID, remove ID, allow ID "
			      "CALLER... or disallow ID CALLER...");
}
