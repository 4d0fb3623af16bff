/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/listen.h"
#include "store/database.h"
#include "wire/address.h"

#define AT(field) offsetof(struct config, field)

/* clang-format off */
static const struct option table[] = {
	{ .key = "config", .kind = OPTION_TEXT, .at = AT(file), .max = 4096,
	  .argument = "FILE", .help = "read settings (key = value) from FILE",
	  .command_line_only = true },
	{ .key = "data", .kind = OPTION_TEXT, .at = AT(data), .max = 4096,
	  .argument = "DIR", .help = "keep database, certificate and key in DIR" },
	{ .key = "database", .kind = OPTION_TEXT, .at = AT(database),
	  .max = 1000, .initial = "", .argument = "URL",
	  .help = "a PostgreSQL database (postgresql://...) instead of a file" },
	{ .key = "name", .kind = OPTION_TEXT, .at = AT(name), .max = 32,
	  .initial = "", .argument = "NAME",
	  .help = "what other relays call this one" },
	{ .key = "listen", .kind = OPTION_LIST, .at = AT(listen), .max = 300,
	  .argument = "ADDR:PORT",
	  .help = "where terminals connect to (:4380); may be given often" },
	{ .key = "host", .kind = OPTION_TEXT, .at = AT(host), .max = 1040,
	  .initial = "", .argument = "HOST[:PORT],...",
	  .help = "what join URLs name as the relay's addresses" },
	{ .key = "peer", .kind = OPTION_LIST, .at = AT(peers), .max = 1400,
	  .argument = "NAME=URL",
	  .help = "another relay, and the join URL it made for us; may be given often" },
	{ .key = "route", .kind = OPTION_LIST, .at = AT(routes), .max = 300,
	  .argument = "PREFIX=TO",
	  .help = "numbers that begin so go to ID, ID@RELAY or @RELAY; also often" },
	{ .key = "no-distribution", .kind = OPTION_FLAG,
	  .at = AT(no_distribution),
	  .help = "with a database: lists do not follow other relays' changes" },
	{ .key = "trunks", .kind = OPTION_NUMBER, .at = AT(trunks),
	  .min = 0, .max = 1000, .initial = "2", .argument = "N",
	  .help = "connections kept free for calls at each such relay" },
	{ .key = "log-level", .kind = OPTION_TEXT, .at = AT(log_level), .max = 8,
	  .initial = "info", .argument = "LEVEL",
	  .help = "error, warn, info or debug" },
	{ .key = "keepalive", .kind = OPTION_NUMBER, .at = AT(keepalive_s),
	  .min = 1, .max = 3600, .initial = "30", .argument = "SECONDS",
	  .help = "silence after which terminals give a sign of life" },
	{ .key = "keepalive-min", .kind = OPTION_NUMBER,
	  .at = AT(keepalive_min_s), .min = 0, .max = 3600, .initial = "0",
	  .argument = "SECONDS",
	  .help = "what terminals may shorten it to; 0: a sixth of it" },
	{ .key = "keepalive-max", .kind = OPTION_NUMBER,
	  .at = AT(keepalive_max_s), .min = 0, .max = 3600, .initial = "0",
	  .argument = "SECONDS",
	  .help = "what they may lengthen it to; 0: four times it" },
	{ .key = "ring", .kind = OPTION_NUMBER, .at = AT(ring_s),
	  .min = 1, .max = 600, .initial = "30", .argument = "SECONDS",
	  .help = "how long a callee may take to answer" },
	{ .key = "idle-call", .kind = OPTION_NUMBER, .at = AT(idle_call_s),
	  .min = 10, .max = 3600, .initial = "120", .argument = "SECONDS",
	  .help = "a call in which nothing moves for so long is ended" },
	{ .key = "connections", .kind = OPTION_NUMBER, .at = AT(connections),
	  .min = 1, .max = 10000000, .initial = "200000", .argument = "N",
	  .help = "connections held at most" },
	{ .key = "strangers", .kind = OPTION_NUMBER, .at = AT(strangers),
	  .min = 1, .max = 1000000, .initial = "2000", .argument = "N",
	  .help = "connections not yet logged in, at most" },
	{ .key = "strangers-per-address", .kind = OPTION_NUMBER,
	  .at = AT(strangers_per_address),
	  .min = 1, .max = 1000000, .initial = "100", .argument = "N",
	  .help = "the same, from one address" },
	{ .key = "arrivals-per-minute", .kind = OPTION_NUMBER,
	  .at = AT(arrivals_per_minute),
	  .min = 1, .max = 10000000, .initial = "600", .argument = "N",
	  .help = "new connections a minute from one address" },
	{ .key = "drain", .kind = OPTION_NUMBER, .at = AT(drain_s),
	  .min = 0, .max = 86400, .initial = "30", .argument = "SECONDS",
	  .help = "how long calls may go on after SIGTERM" },
	{ .key = "keep-calls", .kind = OPTION_NUMBER, .at = AT(keep_calls_d),
	  .min = 1, .max = 36500, .initial = "365", .argument = "DAYS",
	  .help = "how long calls stay on record" },
	{ .key = "number", .kind = OPTION_LIST, .at = AT(numbers), .max = 21,
	  .argument = "DIGITS", .command_line_only = true,
	  .help = "account add: a telephone number; may be given often" },
	{ .key = "group", .kind = OPTION_LIST, .at = AT(groups), .max = 32,
	  .argument = "NAME", .command_line_only = true,
	  .help = "account add: a group it is in; may be given often" },
	{ .key = "relay", .kind = OPTION_FLAG, .at = AT(relay),
	  .command_line_only = true,
	  .help = "account add: for another relay, not for a terminal" },
	{ .key = "max-connections", .kind = OPTION_NUMBER,
	  .at = AT(account_connections), .min = 1, .max = 1000,
	  .initial = "64", .argument = "N", .command_line_only = true,
	  .help = "account add: connections it may hold" },
	{ .key = "max-places", .kind = OPTION_NUMBER, .at = AT(account_places),
	  .min = 1, .max = 100, .initial = "1", .argument = "N",
	  .command_line_only = true,
	  .help = "account add: machines that may use it at once" },
	{ .key = "replace", .kind = OPTION_FLAG, .at = AT(replace),
	  .command_line_only = true,
	  .help = "account import: replace accounts that are there" },
	{ .key = "qr", .kind = OPTION_FLAG, .at = AT(qr),
	  .command_line_only = true,
	  .help = "account add, passwd: the join URL as a QR code, too" },
	{ .key = "json", .kind = OPTION_FLAG, .at = AT(json),
	  .command_line_only = true, .help = "listings as JSON" },
	{ .key = "help", .kind = OPTION_FLAG, .at = AT(help),
	  .command_line_only = true, .help = "show this" },
	{ .key = "version", .kind = OPTION_FLAG, .at = AT(version),
	  .command_line_only = true, .help = "show the version" },
	{ .key = NULL },
};
/* clang-format on */

static const char *default_data(void)
{
	static char path[4200];
	const char *home = getenv("HOME");

	if (geteuid() == 0 || !home)
		return "/var/lib/faxwire-relay";
	snprintf(path, sizeof(path), "%s/.local/share/faxwire-relay", home);
	return path;
}

static enum err check_name(const struct config *c, struct why *why)
{
	if (*c->name && !address_id_valid(c->name, strlen(c->name))) {
		why_set(why, "name: use 1 to 32 of a-z, 0-9, dot, dash and "
			     "underscore, beginning with a letter or digit.");
		return ERR_BAD;
	}
	if (!*c->name && c->peers.count > 0) {
		why_set(why, "peer: needs --name, by which the other relays "
			     "know this one.");
		return ERR_BAD;
	}
	return OK;
}

static enum err check(const struct config *c, struct why *why)
{
	if (c->listen.count > LISTEN_SOCKETS_MAX) {
		why_set(why, "listen: can be given %d times at most.",
			LISTEN_SOCKETS_MAX);
		return ERR_BAD;
	}
	if (c->keepalive_min_s > c->keepalive_s ||
	    (c->keepalive_max_s > 0 && c->keepalive_max_s < c->keepalive_s)) {
		why_set(why, "keepalive: must be from keepalive-min to "
			     "keepalive-max.");
		return ERR_BAD;
	}
	if (*c->database && !database_is_url(c->database)) {
		why_set(why, "database: must be a URL that begins with "
			     "postgresql://.");
		return ERR_BAD;
	}
	if (log_level_of(c->log_level) < LOG_LEVELS)
		return check_name(c, why);
	why_set(why, "log-level: must be error, warn, info or debug.");
	return ERR_BAD;
}

enum err config_read(struct config *c, int argc, char **argv,
		     const char **words, size_t *count, struct why *why)
{
	struct option_layer first = { .table = table, .config = c };
	struct option_layer from_file = first, from_line = first;
	enum err e;

	memset(c, 0, sizeof(*c));
	option_defaults(table, c);
	/* Twice: the file comes between the defaults and the command line,
	 * and only the command line says which file. */
	e = option_parse(&first, argc, argv, words, count, why);
	if (e == OK && c->file) {
		const char *file = c->file;

		memset(c, 0, sizeof(*c));
		option_defaults(table, c);
		e = option_read_file(&from_file, file, why);
		if (e == OK)
			e = option_parse(&from_line, argc, argv, words, count,
					 why);
	}
	if (e != OK)
		return e;
	if (!c->data)
		c->data = default_data();
	if (c->listen.count == 0)
		c->listen.items[c->listen.count++] = ":4380";
	c->argc = argc;
	c->argv = argv;
	return check(c, why);
}

enum err config_read_again(const struct config *c, struct config *fresh,
			   struct why *why)
{
	const char **words = calloc((size_t)c->argc, sizeof(*words));
	size_t count = 0;
	enum err e = ERR_MEMORY;

	if (words)
		e = config_read(fresh, c->argc, c->argv, words, &count, why);
	free(words);
	return e;
}

static bool same_list(const struct option_list *a, const struct option_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

bool config_lasts(const struct config *c, const struct config *fresh)
{
	return strcmp(c->data, fresh->data) == 0 &&
	       strcmp(c->database, fresh->database) == 0 &&
	       strcmp(c->name, fresh->name) == 0 &&
	       c->trunks == fresh->trunks &&
	       c->no_distribution == fresh->no_distribution &&
	       same_list(&c->listen, &fresh->listen) &&
	       same_list(&c->peers, &fresh->peers) &&
	       same_list(&c->routes, &fresh->routes);
}

void config_help(void)
{
	static char text[8192];

	option_help(table, text, sizeof(text));
	printf("Usage: faxwire-relay [OPTION]...\n"
	       "       faxwire-relay account add ID [--number DIGITS]... "
	       "[--group NAME]... [--relay]\n"
	       "       faxwire-relay account list | show ID | passwd ID\n"
	       "       faxwire-relay account disable ID | enable ID | "
	       "remove ID\n"
	       "       faxwire-relay account allow ID CALLER... | disallow "
	       "ID CALLER...\n"
	       "       faxwire-relay account numbers ID [DIGITS]...\n"
	       "       faxwire-relay account export [FILE] | import [FILE]\n"
	       "       faxwire-relay database init | migrate | check\n"
	       "       faxwire-relay status | peers | calls | drain\n\n"
	       "Joins fax terminals that cannot reach each other. Without a "
	       "word it is the\nserver; it needs no configuration. "
	       "`account add` prints the join URL for a\nterminal.\n\n%s",
	       text);
}
