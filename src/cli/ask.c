/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/screen.h"
#include "io/local.h"
#include "store/atomic.h"

int ask_fail(int code, const char *format, ...)
{
	va_list args;

	fputs("faxwire: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

static int connect_terminal(const struct ask_options *o,
			    struct local_client *client)
{
	char path[ATOMIC_PATH_MAX];
	enum err e;

	if (atomic_path(path, NULL, "%s/control", o->home) != OK)
		return ask_fail(EX_USAGE, "The home's path is too long.");
	e = local_connect(client, path);
	if (e == OK)
		return EX_OK;
	if (e == ERR_MISSING)
		return ask_fail(EX_UNAVAILABLE,
				"No terminal is running for %s: start "
				"faxwire-terminal, or say --home DIR.",
				o->home);
	return ask_fail(EX_NOPERM,
			"The terminal of %s does not let you in: use the "
			"account that it runs under.",
			o->home);
}

/* One line of the answer. True when it was the last. */
static bool take_line(const char *text, int *code,
		      void (*each)(void *owner, const json_t *line),
		      void *owner)
{
	json_t *line = json_loads(text, 0, NULL);
	const json_t *error = json_object_get(line, "error");
	bool last = error || json_object_get(line, "end");

	if (json_object_get(line, "code"))
		*code = (int)ask_number(line, "code");
	if (error)
		ask_fail(*code, "%s", json_string_value(error));
	else if (each)
		each(owner, line);
	json_decref(line);
	return last;
}

int ask_terminal(const struct ask_options *o, json_t *request, const int *fds,
		 size_t n, int timeout_ms,
		 void (*each)(void *owner, const json_t *line), void *owner)
{
	static struct local_client client;
	char *text = json_dumps(request, JSON_COMPACT);
	const char *line;
	int code = connect_terminal(o, &client);
	bool last = false;

	json_decref(request);
	if (code == EX_OK && !text)
		code = ask_fail(EX_DATAERR, "What was said is no text in "
					    "UTF-8.");
	if (code != EX_OK) {
		free(text);
		return code;
	}
	if (local_send(&client, text, fds, n) != OK)
		last = false;
	free(text);
	while (!last && local_receive(&client, &line, timeout_ms) == OK)
		last = take_line(line, &code, each, owner);
	local_close(&client);
	if (!last)
		return ask_fail(EX_TEMPFAIL, "The terminal stopped answering. "
					     "What it has accepted is kept.");
	return code;
}

/* Gathers the lines of an answer that have `key`. */
struct gathering {
	const char *key;
	json_t *all;
};

static void gather(void *owner, const json_t *line)
{
	struct gathering *g = owner;

	if (json_object_get(line, g->key))
		json_array_append_new(g->all, json_deep_copy(line));
}

int ask_listing(const struct ask_options *o, json_t *request, const char *key,
		const char *name, void (*row)(const json_t *line))
{
	struct gathering g = { .key = key, .all = json_array() };
	int code = ask_terminal(o, request, NULL, 0, ASK_MS, gather, &g);
	json_t *line;
	size_t i;

	if (code != EX_OK) {
		json_decref(g.all);
		return code;
	}
	if (o->json)
		return ask_print_json(json_pack("{s:o}", name, g.all));
	if (json_array_size(g.all) == 0)
		screen_nothing(name);
	json_array_foreach(g.all, i, line) row(line);
	json_decref(g.all);
	return EX_OK;
}

int ask_print_json(json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2));

	json_decref(value);
	if (!text)
		return EX_OSERR;
	puts(text);
	free(text);
	return EX_OK;
}

const char *ask_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long ask_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

json_t *ask_addresses(const char *words)
{
	json_t *all = json_array();

	for (const char *at = words; *at || at == words;) {
		size_t len = strcspn(at, ",");

		if (len == 0) {
			json_decref(all);
			return NULL;
		}
		json_array_append_new(all, json_stringn(at, len));
		at += len + (at[len] == ',' && at[len + 1]);
	}
	return all;
}

const char *ask_time(long long ms, char *out)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	out[0] = '\0';
	if (ms > 0 && localtime_r(&seconds, &tm))
		strftime(out, 32, "%Y-%m-%d %H:%M", &tm);
	return out;
}
