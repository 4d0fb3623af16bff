/* SPDX-License-Identifier: Apache-2.0 */
/* Who may use the page: users, tokens of programs, and the link for whoever
 * has this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/password.h"

static json_t *roles_of(const struct ask_options *o)
{
	json_t *all = json_array();

	for (size_t i = 0; i < o->roles.count; i++)
		json_array_append_new(all, json_string(o->roles.items[i]));
	return all;
}

/* "send, read" */
static const char *roles_text(const json_t *line, char *out, size_t size)
{
	const json_t *one;
	size_t i, used = 0;

	out[0] = '\0';
	json_array_foreach(json_object_get(line, "roles"), i, one) used +=
		(size_t)snprintf(out + used, used < size ? size - used : 0,
				 "%s%s", i > 0 ? ", " : "",
				 json_string_value(one));
	return out;
}

/* A request whose answer is that it was done: `about` is or has `what` now. */
static int done(const struct ask_options *o, json_t *request, const char *about,
		const char *what)
{
	int code = ask_terminal(o, request, NULL, 0, ASK_MS, NULL, NULL);

	if (code == EX_OK && !o->json)
		printf("%s %s\n", about, what);
	return code;
}

/* --- users --- */

static void user_row(const json_t *line)
{
	char roles[64], when[32];

	printf("%-32s %-24s %s  %s\n", ask_text(line, "user"),
	       roles_text(line, roles, sizeof(roles)),
	       ask_time(ask_number(line, "created_ms"), when),
	       ask_text(line, "name"));
}

static int user_list(const struct ask_options *o, const char *user)
{
	(void)user;
	return ask_listing(
		o, json_pack("{s:s, s:s}", "command", "user", "do", "list"),
		"user", "users", user_row);
}

static int with_password(const struct ask_options *o, json_t *request,
			 const char *user, const char *what)
{
	char password[512];
	int code = password_read(o, password, sizeof(password));

	if (code == EX_OK && json_object_set_new(request, "password",
						 json_string(password)) != 0)
		code = ask_fail(EX_DATAERR,
				"The password is no text in UTF-8.");
	if (code == EX_OK)
		code = done(o, request, user, what);
	else
		json_decref(request);
	explicit_bzero(password, sizeof(password));
	return code;
}

static int user_add(const struct ask_options *o, const char *user)
{
	if (o->roles.count == 0)
		return ask_fail(EX_USAGE, "Say what the user may do: --role "
					  "send, --role read, --role "
					  "administer.");
	return with_password(o,
			     json_pack("{s:s, s:s, s:s, s:s, s:o}", "command",
				       "user", "do", "add", "user", user,
				       "name", o->name ? o->name : "", "roles",
				       roles_of(o)),
			     user, "can sign in at the page now.");
}

static int user_passwd(const struct ask_options *o, const char *user)
{
	return with_password(
		o,
		json_pack("{s:s, s:s, s:s}", "command", "user", "do", "passwd",
			  "user", user),
		user, "has a new password, and is signed out everywhere.");
}

static int user_roles(const struct ask_options *o, const char *user)
{
	return done(o,
		    json_pack("{s:s, s:s, s:s, s:o}", "command", "user", "do",
			      "roles", "user", user, "roles", roles_of(o)),
		    user, "has these roles now, and must sign in again.");
}

static int user_remove(const struct ask_options *o, const char *user)
{
	return done(o,
		    json_pack("{s:s, s:s, s:s}", "command", "user", "do",
			      "remove", "user", user),
		    user, "is removed.");
}

/* --- tokens --- */

static void token_row(const json_t *line)
{
	char roles[64], made[32], used[32];

	ask_time(ask_number(line, "created_ms"), made);
	ask_time(ask_number(line, "used_ms"), used);
	printf("%s  %-24s made %s  used %-16s  %s\n", ask_text(line, "token"),
	       roles_text(line, roles, sizeof(roles)), made,
	       *used ? used : "never", ask_text(line, "name"));
}

static int token_list(const struct ask_options *o, const char *name)
{
	(void)name;
	return ask_listing(
		o, json_pack("{s:s, s:s}", "command", "token", "do", "list"),
		"token", "tokens", token_row);
}

static void take_token(void *owner, const json_t *line)
{
	const struct ask_options *o = owner;

	if (!json_object_get(line, "secret"))
		return;
	if (o->json) {
		(void)ask_print_json(json_deep_copy(line));
		return;
	}
	/* The secret alone on standard output, so that it can be piped. */
	printf("%s\n", ask_text(line, "secret"));
	fprintf(stderr, "This is token %s; its secret is not shown again.\n",
		ask_text(line, "token"));
}

static int token_add(const struct ask_options *o, const char *name)
{
	struct ask_options copy = *o;

	if (o->roles.count == 0)
		return ask_fail(EX_USAGE, "Say what the token may do: --role "
					  "send, --role read, --role "
					  "administer.");
	return ask_terminal(o,
			    json_pack("{s:s, s:s, s:s, s:o}", "command",
				      "token", "do", "add", "name", name,
				      "roles", roles_of(o)),
			    NULL, 0, ASK_MS, take_token, &copy);
}

static int token_remove(const struct ask_options *o, const char *token)
{
	return done(o,
		    json_pack("{s:s, s:s, s:s}", "command", "token", "do",
			      "remove", "token", token),
		    token, "is removed.");
}

/* --- both --- */

struct action {
	const char *name;
	int (*run)(const struct ask_options *o, const char *word);
	size_t words; /* that it takes */
};

/* -1: it is none of these, or the words are too many or too few. */
static int act(const struct action *actions, const struct ask_options *o,
	       const char *const *words, size_t count)
{
	for (const struct action *a = actions; a->name; a++)
		if (count == 1 + a->words && strcmp(words[0], a->name) == 0)
			return a->run(o, a->words > 0 ? words[1] : NULL);
	return -1;
}

int user_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	static const struct action actions[] = {
		{ "list", user_list, 0 },     { "add", user_add, 1 },
		{ "passwd", user_passwd, 1 }, { "roles", user_roles, 1 },
		{ "remove", user_remove, 1 }, { NULL, NULL, 0 },
	};
	int code = act(actions, o, words, count);

	return code >= 0 ? code
			 : ask_fail(EX_USAGE,
				    "Say: faxwire user add NAME --role ROLE, "
				    "list, passwd NAME, roles NAME --role "
				    "ROLE, or remove NAME.");
}

int token_command(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	static const struct action actions[] = {
		{ "list", token_list, 0 },
		{ "add", token_add, 1 },
		{ "remove", token_remove, 1 },
		{ NULL, NULL, 0 },
	};
	int code = act(actions, o, words, count);

	return code >= 0 ? code
			 : ask_fail(EX_USAGE,
				    "Say: faxwire token add NAME --role ROLE, "
				    "list, or remove TOKEN.");
}

/* --- the page --- */

static void take_url(void *owner, const json_t *line)
{
	char **url = owner;

	if (*ask_text(line, "url")) {
		free(*url);
		*url = strdup(ask_text(line, "url"));
	}
}

/* Returns only when there is no such program. */
static void open_browser(const char *url)
{
	execlp("xdg-open", "xdg-open", url, (char *)NULL);
}

int page_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	char *url = NULL;
	int code;

	(void)words;
	if (count > 0)
		return ask_fail(EX_USAGE,
				"faxwire page takes no further words.");
	code = ask_terminal(o, json_pack("{s:s}", "command", "page"), NULL, 0,
			    ASK_MS, take_url, &url);
	if (code != EX_OK || !url) {
		free(url);
		return code;
	}
	if (o->json)
		code = ask_print_json(json_pack("{s:s}", "url", url));
	else
		printf("%s\n", url);
	if (o->open) {
		fflush(stdout);
		open_browser(url);
		code = ask_fail(EX_UNAVAILABLE, "xdg-open is not installed: "
						"open the link above.");
	}
	free(url);
	return code;
}
