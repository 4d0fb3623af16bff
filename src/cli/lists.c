/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/screen.h"

static int takes_none(const char *command)
{
	return ask_fail(EX_USAGE, "faxwire %s takes no further words.",
			command);
}

/* A word in its colour, and back. */
static void print_in(enum screen_colour c, const char *text)
{
	printf("%s%s%s", screen_colour(c), text, screen_colour(SCREEN_PLAIN));
}

static enum screen_colour state_colour(const char *state)
{
	if (strcmp(state, "free") == 0)
		return SCREEN_GOOD;
	return strcmp(state, "busy") == 0 ? SCREEN_BUSY : SCREEN_DIM;
}

static void list_row(const json_t *line)
{
	const char *relay = ask_text(line, "relay");
	const char *state = ask_text(line, "state");
	char padded[16];

	snprintf(padded, sizeof(padded), "%-*s", *relay ? 8 : 0, state);
	printf("%-32s ", ask_text(line, "id"));
	print_in(state_colour(state), padded);
	puts(relay);
}

/* "12:00:01 ben free at south": a change of what was listed. */
static void print_change(const json_t *line)
{
	time_t seconds = (time_t)(ask_number(line, "at_ms") / 1000);
	const json_t *online = json_object_get(line, "online");
	const char *relay = ask_text(line, "relay");
	char when[16] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%H:%M:%S", &tm);
	if (online)
		printf("%s %s\n", when,
		       json_is_true(online) ? "Logged in at the relay again."
					    : "Not logged in at the relay.");
	else
		printf("%s %s %s%s%s%s%s\n", when, ask_text(line, "id"),
		       screen_colour(state_colour(ask_text(line, "state"))),
		       ask_text(line, "state"), screen_colour(SCREEN_PLAIN),
		       *relay ? " at " : "", relay);
}

static void take_followed(void *owner, const json_t *line)
{
	const struct ask_options *o = owner;

	if (o->json) {
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (json_object_get(line, "at_ms")) {
		print_change(line);
	} else {
		list_row(line);
	}
	fflush(stdout);
}

static int follow(const struct ask_options *o)
{
	struct ask_options copy = *o;

	return ask_terminal(
		o, json_pack("{s:s, s:b}", "command", "list", "follow", 1),
		NULL, 0, ASK_FOREVER, take_followed, &copy);
}

int list_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	(void)words;
	if (count > 0)
		return takes_none("list");
	if (o->follow)
		return follow(o);
	return ask_listing(o, json_pack("{s:s}", "command", "list"), "id",
			   "terminals", list_row);
}

/* "ana", "ana@north". */
static const char *who(const json_t *line, const char *key, char out[80])
{
	const char *relay = ask_text(line, "relay");

	snprintf(out, 80, "%s%s%s", ask_text(line, key), *relay ? "@" : "",
		 relay);
	return out;
}

enum { BEFORE_TITLE = 56 }; /* columns */

/* On a screen what nobody has read stands out, and a line is a line. */
static void inbox_row(const json_t *line)
{
	bool complete = json_is_true(json_object_get(line, "complete"));
	bool unread = json_is_true(json_object_get(line, "unread"));
	const char *partial = complete ? "" : "  (PARTIAL)";
	const char *title = ask_text(line, "title");
	size_t before = BEFORE_TITLE + strlen(partial);
	size_t columns = screen_columns();
	char when[32], from[80], cut[1200];

	if (screen_is_one())
		title = screen_cut(title,
				   columns > before ? columns - before : 0, cut,
				   sizeof(cut));
	printf("%s%4lld  %s  %-20s %3lld %s  %s%s",
	       screen_colour(unread ? SCREEN_BOLD : SCREEN_PLAIN),
	       ask_number(line, "number"),
	       ask_time(ask_number(line, "received_ms"), when),
	       who(line, "from", from), ask_number(line, "pages"),
	       ask_number(line, "pages") == 1 ? "page " : "pages", title,
	       screen_colour(SCREEN_PLAIN));
	print_in(SCREEN_BAD, partial);
	puts("");
}

/* By its folder's name: it has no number there. */
static void trash_row(const json_t *line)
{
	char when[32], from[80];

	printf("%s  %s  %-20s %3lld %s  %s\n", ask_text(line, "fax"),
	       ask_time(ask_number(line, "received_ms"), when),
	       who(line, "from", from), ask_number(line, "pages"),
	       ask_number(line, "pages") == 1 ? "page " : "pages",
	       ask_text(line, "title"));
}

int inbox_command(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	(void)words;
	if (count > 0)
		return takes_none("inbox");
	return ask_listing(o,
			   json_pack("{s:s, s:b}", "command", "inbox", "trash",
				     (int)o->trash),
			   "number", "faxes", o->trash ? trash_row : inbox_row);
}

static enum screen_colour delivery_colour(const char *state)
{
	if (strcmp(state, "done") == 0)
		return SCREEN_GOOD;
	return strcmp(state, "failed") == 0 ? SCREEN_BAD : SCREEN_BUSY;
}

static void print_label(const char *label)
{
	char padded[16];

	snprintf(padded, sizeof(padded), "%-10s", label);
	print_in(SCREEN_DIM, padded);
}

static void print_field(const char *label, const char *text)
{
	print_label(label);
	puts(text);
}

static void print_deliveries(const json_t *line)
{
	const json_t *all = json_object_get(line, "deliveries");

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *d = json_array_get(all, i);
		const char *state = ask_text(d, "state");
		char padded[16];

		snprintf(padded, sizeof(padded), "%-10s", state);
		print_label(i == 0 ? "rules" : "");
		print_in(delivery_colour(state), padded);
		printf(" %s: %s\n", ask_text(d, "rule"),
		       ask_text(d, "sentence"));
	}
}

static void show_row(const json_t *line)
{
	bool complete = json_is_true(json_object_get(line, "complete"));
	char when[32], from[80], pages[24];

	snprintf(pages, sizeof(pages), "%lld", ask_number(line, "pages"));
	print_field("from", who(line, "from", from));
	print_field("received",
		    ask_time(ask_number(line, "received_ms"), when));
	print_field("pages", pages);
	print_label("result");
	print_in(complete ? SCREEN_GOOD : SCREEN_BAD, ask_text(line, "result"));
	puts("");
	print_field("title", ask_text(line, "title"));
	print_field("T.30 name", ask_text(line, "far_ident"));
	print_field("job", ask_text(line, "job"));
	print_field("pdf", ask_text(line, "pdf"));
	print_field("tiff", ask_text(line, "tiff"));
	print_deliveries(line);
}

int show_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	if (count != 1)
		return ask_fail(EX_USAGE, "Say: faxwire show FAX, with a "
					  "number from faxwire inbox.");
	return ask_listing(
		o, json_pack("{s:s, s:s}", "command", "show", "fax", words[0]),
		"number", "faxes", show_row);
}

/* --- status --- */

static void take_status(void *owner, const json_t *line)
{
	json_t **out = owner;

	if (json_object_get(line, "online"))
		*out = json_deep_copy(line);
}

static void print_others(const json_t *others)
{
	const json_t *other;
	size_t i;

	if (json_array_size(others) == 0)
		return;
	printf("It can also log in at");
	json_array_foreach(others, i, other)
		printf("%s %s", i > 0 ? "," : "", json_string_value(other));
	puts(".");
}

static const char *plural(long long n)
{
	return n == 1 ? "" : "s";
}

static void print_line(const json_t *s)
{
	if (json_is_true(json_object_get(s, "online"))) {
		print_in(SCREEN_GOOD, "Logged in");
		printf(" as %s at %s, port %lld: %lld connection%s, "
		       "%lld idle, %lld call%s.\n",
		       ask_text(s, "id"), ask_text(s, "relay"),
		       ask_number(s, "port"), ask_number(s, "connections"),
		       plural(ask_number(s, "connections")),
		       ask_number(s, "idle"), ask_number(s, "calls"),
		       plural(ask_number(s, "calls")));
		return;
	}
	print_in(SCREEN_BAD, "Not logged in");
	printf(" as %s at %s, port %lld. %s\n", ask_text(s, "id"),
	       ask_text(s, "relay"), ask_number(s, "port"),
	       ask_text(s, "trouble"));
}

static void print_status(const json_t *s)
{
	long long unread = ask_number(s, "unread");
	long long jobs = ask_number(s, "jobs");

	if (!json_is_true(json_object_get(s, "joined"))) {
		printf("This terminal is not joined: run faxwire join URL.\n");
		return;
	}
	print_line(s);
	print_others(json_object_get(s, "others"));
	if (*ask_text(s, "proxy"))
		printf("Connections go out through the proxy %s.\n",
		       ask_text(s, "proxy"));
	if (json_is_true(json_object_get(s, "paused")))
		puts("The queue is paused: faxwire resume lets it go on.");
	if (unread > 0)
		printf("%lld %s nobody has read.\n", unread,
		       unread == 1 ? "fax has come that"
				   : "faxes have come that");
	printf("%lld %s. Everything is kept in %s.\n", jobs,
	       jobs == 1 ? "job waits" : "jobs wait", ask_text(s, "home"));
}

int status_command(const struct ask_options *o, const char *const *words,
		   size_t count)
{
	json_t *status = NULL;
	int code;

	(void)words;
	if (count > 0)
		return takes_none("status");
	code = ask_terminal(o, json_pack("{s:s}", "command", "status"), NULL, 0,
			    ASK_MS, take_status, &status);
	if (code != EX_OK || !status)
		return code;
	if (o->json)
		return ask_print_json(status);
	print_status(status);
	json_decref(status);
	return EX_OK;
}
