/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/text.h"
#include "io/local.h"
#include "relay/ask.h"
#include "relay/home.h"
#include "relay/moving.h"
#include "relay/qr.h"
#include "trust/identity.h"
#include "trust/login.h"

enum { PAGE = 500 }; /* accounts that are asked for at a time */

struct command {
	const struct config *config;
	struct database *database;
	const char *id;		   /* NULL: it takes none */
	const char *const *others; /* the words after it */
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

/* Waits for what was asked for with database_into(&answer). */
static struct database_result answer;

static enum err wait_for(const struct command *c)
{
	return database_wait(c->database, &answer);
}

/* Why it could not be read or written. */
static int no_answer(const char *what)
{
	fprintf(stderr, "faxwire-relay: %s: %s\n", what,
		*answer.why.text ? answer.why.text : err_text(answer.err));
	return EX_IOERR;
}

/* The exit code; EX_OK: the account is in `answer`. */
static int read_account(const struct command *c)
{
	database_account_get(c->database, c->id, database_into(&answer));
	if (wait_for(c) == OK)
		return EX_OK;
	if (answer.err == ERR_MISSING)
		return no_account(c);
	return no_answer("The account could not be read");
}

static int64_t now_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

/* --- secrets and URLs --- */

/* For the camera of a telephone, on the screen that it is held at. */
static int print_qr(const char *url)
{
	bool screen = isatty(STDOUT_FILENO);
	struct winsize size;
	int columns = qr_columns(url);

	if (screen && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0 && size.ws_col < columns) {
		fprintf(stderr,
			"faxwire-relay: The QR code takes %d columns and this "
			"screen has %d: make it wider, and run account passwd "
			"with --qr.\n",
			columns, size.ws_col);
		return EX_UNAVAILABLE;
	}
	return qr_print(stdout, url, screen) == OK
		       ? EX_OK
		       : fail(EX_SOFTWARE, "The QR code could not be made.");
}

/* Prints the join URL on standard output, alone unless a QR code is asked for,
 * so that it can be piped. */
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
	return c->config->qr ? print_qr(url) : EX_OK;
}

/* --- the commands --- */

/* Adds one to those with a blank between: without the plus that it is
 * dialled with. */
static bool add_number(char numbers[DATABASE_NUMBERS_TEXT], const char *number,
		       struct why *why)
{
	size_t used = strlen(numbers);
	size_t len;

	number += *number == '+';
	len = strlen(number);
	if (len == 0 || len > DATABASE_NUMBER_DIGITS ||
	    strspn(number, "0123456789") != len) {
		why_set(why,
			"A number is 1 to %d digits, after a + if you "
			"like.",
			DATABASE_NUMBER_DIGITS);
		return false;
	}
	if (used + 1 + len >= DATABASE_NUMBERS_TEXT) {
		why_set(why, "An account can have %d numbers at most.",
			DATABASE_NUMBERS_MAX);
		return false;
	}
	snprintf(numbers + used, DATABASE_NUMBERS_TEXT - used, "%s%s",
		 used > 0 ? " " : "", number);
	return true;
}

static bool take_options(const struct config *config,
			 struct database_account *a, struct why *why)
{
	for (size_t i = 0; i < config->numbers.count; i++)
		if (!add_number(a->numbers, config->numbers.items[i], why))
			return false;
	if (config->groups.count > DATABASE_GROUPS_MAX) {
		why_set(why, "An account can be in %d groups at most.",
			DATABASE_GROUPS_MAX);
		return false;
	}
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
		.kind = c->config->relay ? DATABASE_RELAY : DATABASE_TERMINAL,
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
	if (login_secret_make(secret) != OK || home_keys(&a, secret) != OK)
		return fail(EX_OSERR, "No secret could be made.");
	database_account_add(c->database, &a, database_into(&answer));
	e = wait_for(c);
	if (e == ERR_EXISTS) {
		fprintf(stderr,
			"faxwire-relay: There is an account %s, or one with "
			"such a number, already.\n",
			c->id);
		return EX_CANTCREAT;
	}
	if (e != OK)
		return no_answer("The account could not be written");
	ask_tell_changed(c->config, c->id);
	return print_url(c, secret);
}

static int new_password(const struct command *c)
{
	struct database_account a;
	char secret[LOGIN_SECRET_SIZE];
	int code = read_account(c);

	if (code != EX_OK)
		return code;
	a = answer.account;
	if (login_secret_make(secret) != OK || home_keys(&a, secret) != OK)
		return fail(EX_OSERR, "No secret could be made.");
	database_account_keys(c->database, &a, database_into(&answer));
	if (wait_for(c) != OK)
		return no_answer("The account could not be written");
	ask_tell_changed(c->config, c->id);
	return print_url(c, secret);
}

static int changed(const struct command *c)
{
	enum err e = wait_for(c);

	if (e == ERR_MISSING)
		return no_account(c);
	if (e == ERR_EXISTS)
		return fail(EX_CANTCREAT,
			    "Another account has one of these numbers.");
	if (e != OK)
		return no_answer("The account could not be written");
	ask_tell_changed(c->config, c->id);
	return EX_OK;
}

static int disable(const struct command *c)
{
	database_account_enable(c->database, c->id, false,
				database_into(&answer));
	return changed(c);
}

static int enable(const struct command *c)
{
	database_account_enable(c->database, c->id, true,
				database_into(&answer));
	return changed(c);
}

static int remove_account(const struct command *c)
{
	database_account_remove(c->database, c->id, database_into(&answer));
	return changed(c);
}

static int set_numbers(const struct command *c)
{
	char numbers[DATABASE_NUMBERS_TEXT] = "";
	struct why why = { "" };

	for (size_t i = 0; i < c->other_count; i++)
		if (!add_number(numbers, c->others[i], &why))
			return fail(EX_USAGE, why.text);
	database_account_numbers(c->database, c->id, numbers,
				 database_into(&answer));
	return changed(c);
}

static int export_accounts(const struct command *c)
{
	return moving_export(c->database,
			     c->other_count > 0 ? c->others[0] : NULL);
}

static int import_accounts(const struct command *c)
{
	int code = moving_import(c->database,
				 c->other_count > 0 ? c->others[0] : NULL,
				 c->config->replace);

	if (code == EX_OK)
		ask_tell_changed(c->config, "*");
	return code;
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
	int code;

	if (c->other_count == 0)
		return fail(EX_USAGE, "Say whom: account allow ID CALLER... "
				      "or account disallow ID CALLER...");
	code = read_account(c);
	if (code != EX_OK)
		return code;
	a = answer.account;
	for (size_t i = 0; i < c->other_count; i++) {
		(void)leave_out(a.allowed, c->others[i]);
		if (allow && !append(a.allowed, c->others[i]))
			return fail(EX_USAGE,
				    "That are too many callers for one "
				    "account: use a group.");
	}
	database_account_allow(c->database, c->id, a.allowed,
			       database_into(&answer));
	return changed(c);
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
	return json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:o, s:i, s:i, s:I, s:I}", "id",
		a->id, "kind", a->kind == DATABASE_RELAY ? "relay" : "terminal",
		"enabled", (int)a->enabled, "numbers", words_json(a->numbers),
		"groups", groups, "allowed", words_json(a->allowed),
		"max_connections", (int)a->connections_max, "max_places",
		(int)a->places_max, "created_ms", (json_int_t)a->created_ms,
		"last_login_ms", (json_int_t)a->last_login_ms);
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
	int code = read_account(c);

	if (code != EX_OK)
		return code;
	a = answer.account;
	if (c->config->json)
		return ask_print_json(to_json(&a));
	seconds = (time_t)(a.last_login_ms / 1000);
	if (a.last_login_ms > 0)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S",
			 localtime(&seconds));
	printf("%-12s %s\n", "id", a.id);
	printf("%-12s %s\n", "state", a.enabled ? "enabled" : "disabled");
	printf("%-12s %s\n", "kind",
	       a.kind == DATABASE_RELAY ? "relay" : "terminal");
	printf("%-12s %s\n", "numbers", *a.numbers ? a.numbers : "-");
	printf("%-12s ", "groups");
	print_groups(&a);
	printf("\n%-12s %s\n", "callers",
	       *a.allowed ? a.allowed : "as the groups say");
	printf("%-12s at most %u\n", "connections", a.connections_max);
	printf("%-12s at most %u\n", "places", a.places_max);
	printf("%-12s %s\n", "last login", when);
	return EX_OK;
}

/* Where accounts are listed. */
struct listing {
	struct database_result r; /* first: it is the owner */
	json_t *all;		  /* NULL: on standard output */
};

static void list_one(void *owner, const struct database_answer *answered)
{
	const struct database_account *a = answered->account;
	json_t *all = ((struct listing *)owner)->all;

	if (all) {
		json_array_append_new(all, to_json(a));
		return;
	}
	printf("%-32s %-9s ", a->id, a->enabled ? "enabled" : "disabled");
	print_groups(a);
	printf("%s\n", a->kind == DATABASE_RELAY ? " (relay)" : "");
}

static int list(const struct command *c)
{
	struct listing l = { .all = c->config->json ? json_array() : NULL };
	char after[33] = "";

	do {
		database_accounts(c->database, after, PAGE,
				  database_each_into(&l.r, list_one));
		if (database_wait(c->database, &l.r) != OK) {
			answer = l.r;
			json_decref(l.all);
			return no_answer("The accounts could not be read");
		}
		memcpy(after, l.r.account.id, sizeof(after));
	} while (l.r.count == PAGE);
	return l.all ? ask_print_json(json_pack("{s:o}", "accounts", l.all))
		     : EX_OK;
}

enum words { NO_ID, ID, ID_AND_IDS, ID_AND_NUMBERS, A_FILE };

static const struct {
	const char *name;
	int (*run)(const struct command *c);
	enum words takes;
} commands[] = {
	{ "add", add, ID },
	{ "list", list, NO_ID },
	{ "show", show, ID },
	{ "disable", disable, ID },
	{ "enable", enable, ID },
	{ "remove", remove_account, ID },
	{ "passwd", new_password, ID },
	{ "allow", allow, ID_AND_IDS },
	{ "disallow", disallow, ID_AND_IDS },
	{ "numbers", set_numbers, ID_AND_NUMBERS },
	{ "export", export_accounts, A_FILE },
	{ "import", import_accounts, A_FILE },
};

static int run(const struct config *config, size_t which,
	       const char *const *words, size_t count)
{
	size_t ids = commands[which].takes == A_FILE ? 0 : 1;
	struct command c = { .config = config,
			     .id = count > 0 && ids > 0 ? words[0] : NULL,
			     .others = words + ids,
			     .other_count = count > ids ? count - ids : 0 };
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

/* Whether there are as many words as it takes. */
static bool count_fits(enum words takes, size_t count)
{
	switch (takes) {
	case NO_ID:
		return count == 0;
	case ID:
		return count == 1;
	case ID_AND_IDS:
	case ID_AND_NUMBERS:
		return count >= 1;
	case A_FILE:
		return count <= 1;
	}
	return false;
}

static bool ids_fit(enum words takes, const char *const *words, size_t count)
{
	size_t ids = takes == ID_AND_IDS ? count : 1;

	if (takes == A_FILE || takes == NO_ID)
		return true;
	for (size_t i = 0; i < ids; i++)
		if (!address_id_valid(words[i], strlen(words[i])))
			return false;
	return true;
}

int accounts_command(const struct config *config, const char *const *words,
		     size_t count)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		enum words takes = commands[i].takes;

		if (count == 0 || strcmp(words[0], commands[i].name) != 0)
			continue;
		if (!count_fits(takes, count - 1))
			break;
		if (!ids_fit(takes, words + 1, count - 1))
			return fail(EX_USAGE,
				    "A user ID is 1 to 32 of a-z, 0-9, dot, "
				    "dash and underscore, and begins with a "
				    "letter or digit.");
		return run(config, i, words + 1, count - 1);
	}
	return fail(EX_USAGE, "Say: account add ID, list, show ID, passwd ID, "
			      "disable ID, enable ID, remove ID, allow ID "
			      "CALLER..., disallow ID CALLER..., numbers ID "
			      "[DIGITS]..., export [FILE] or import [FILE]");
}
