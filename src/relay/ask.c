/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "io/local.h"
#include "relay/home.h"
#include "wire/reason.h"

enum { ANSWER_MS = 10000, CALLS_SHOWN = 50 };

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

/* Asks, and gathers the lines of the answer: each is an object; the last has
 * "end". NULL when no relay answers. */
static json_t *ask(const struct config *c, json_t *request)
{
	static struct local_client client;
	char path[ATOMIC_PATH_MAX];
	char *text = json_dumps(request, JSON_COMPACT);
	json_t *lines = json_array();
	const char *line;
	bool ended = false;

	json_decref(request);
	if (home_path(c, HOME_CONTROL, path, NULL) != OK ||
	    local_connect(&client, path) != OK) {
		free(text);
		json_decref(lines);
		return NULL;
	}
	if (local_send(&client, text, NULL, 0) == OK)
		while (!ended &&
		       local_receive(&client, &line, ANSWER_MS) == OK) {
			json_t *object = json_loads(line, 0, NULL);

			ended = json_object_get(object, "end") != NULL;
			json_array_append_new(lines, object);
		}
	free(text);
	local_close(&client);
	if (ended)
		return lines;
	json_decref(lines);
	return NULL;
}

static int not_running(const struct config *c)
{
	fprintf(stderr,
		"faxwire-relay: No relay is running with the data folder %s: "
		"start faxwire-relay, or say --data DIR.\n",
		c->data);
	return EX_UNAVAILABLE;
}

void ask_tell_changed(const struct config *c, const char *id)
{
	json_decref(ask(
		c, json_pack("{s:s, s:s}", "command", "changed", "id", id)));
}

static void print_status(const json_t *status)
{
	const json_t *counts = json_object_get(status, "counts");
	const json_t *terminals = json_object_get(status, "terminals");
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)counts, key, value) printf(
		"%-16s %lld\n", key, (long long)json_integer_value(value));
	json_array_foreach(terminals, i, value)
	{
		const char *id = "";
		int connections = 0, idle = 0, in_call = 0;

		json_unpack(value, "{s:s, s:i, s:i, s:i}", "id", &id,
			    "connections", &connections, "idle", &idle,
			    "in_call", &in_call);
		printf("  %-32s %d connections, %d idle, %d in a call\n", id,
		       connections, idle, in_call);
	}
}

int ask_status(const struct config *c)
{
	json_t *lines = ask(c, json_pack("{s:s}", "command", "status"));
	json_t *status, *terminals = json_array();
	json_t *line, *counts = NULL;
	size_t i;

	if (!lines)
		return not_running(c);
	json_array_foreach(lines, i, line)
	{
		if (json_object_get(line, "id"))
			json_array_append(terminals, line);
		if (json_object_get(line, "counts"))
			counts = json_object_get(line, "counts");
	}
	status = json_pack("{s:O, s:o}", "counts", counts, "terminals",
			   terminals);
	json_decref(lines);
	if (c->json)
		return ask_print_json(status);
	print_status(status);
	json_decref(status);
	return EX_OK;
}

/* --- other relays --- */

static const char *link_word(const json_t *n)
{
	if (json_is_true(json_object_get(n, "linked")))
		return "linked";
	return json_is_true(json_object_get(n, "denied")) ? "refused" : "away";
}

static void print_neighbour(const json_t *n)
{
	const char *name = "";
	int trunks = 0, idle = 0, calls = 0, waiting = 0, dialled = 0;

	json_unpack((json_t *)(uintptr_t)n, "{s:s, s:b, s:i, s:i, s:i, s:i}",
		    "neighbour", &name, "dialled", &dialled, "trunks", &trunks,
		    "idle", &idle, "calls", &calls, "waiting", &waiting);
	printf("%-32s %-8s %s, %d connections, %d idle, %d calls, %d waiting\n",
	       name, link_word(n), dialled ? "we dial it" : "it dials us",
	       trunks, idle, calls, waiting);
}

static void print_known(const json_t *k)
{
	const char *name = "", *via = "";
	int distance = 0, terminals = 0, complete = 0;

	json_unpack((json_t *)(uintptr_t)k, "{s:s, s:s, s:i, s:i, s:b}",
		    "relay", &name, "via", &via, "distance", &distance,
		    "terminals", &terminals, "complete", &complete);
	if (*via)
		printf("  %-32s %d terminals%s, %d away by %s\n", name,
		       terminals, complete ? "" : " so far", distance, via);
	else
		printf("  %-32s no way leads there\n", name);
}

int ask_peers(const struct config *c)
{
	json_t *lines = ask(c, json_pack("{s:s}", "command", "peers"));
	json_t *neighbours = json_array(), *relays = json_array(), *line;
	size_t i;

	if (!lines)
		return not_running(c);
	json_array_foreach(lines, i, line)
	{
		if (json_object_get(line, "neighbour"))
			json_array_append(neighbours, line);
		if (json_object_get(line, "relay"))
			json_array_append(relays, line);
	}
	json_decref(lines);
	if (c->json)
		return ask_print_json(json_pack("{s:o, s:o}", "neighbours",
						neighbours, "relays", relays));
	json_array_foreach(neighbours, i, line) print_neighbour(line);
	if (json_array_size(relays) > 0)
		printf("Relays of the network:\n");
	json_array_foreach(relays, i, line) print_known(line);
	json_decref(neighbours);
	json_decref(relays);
	return EX_OK;
}

/* --- calls --- */

static json_t *call_json(const struct database_call *call)
{
	return json_pack("{s:I, s:s, s:s, s:I, s:I, s:I, s:s}", "call",
			 (json_int_t)call->call, "caller", call->caller,
			 "callee", call->callee, "began_ms",
			 (json_int_t)call->began_ms, "connected_ms",
			 (json_int_t)call->connected_ms, "ended_ms",
			 (json_int_t)call->ended_ms, "reason",
			 reason_name(call->reason));
}

/* Where calls are shown. */
struct listing {
	struct database_result r; /* first: it is the owner */
	json_t *all;		  /* NULL: on standard output */
};

static void show_call(void *owner, const struct database_answer *a)
{
	const struct database_call *call = a->call;
	json_t *all = ((struct listing *)owner)->all;
	time_t began = (time_t)(call->began_ms / 1000);
	char when[32] = "";

	if (all) {
		json_array_append_new(all, call_json(call));
		return;
	}
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime(&began));
	printf("%s  %s -> %s  %lld ms  %s\n", when, call->caller, call->callee,
	       (long long)(call->ended_ms - call->began_ms),
	       reason_name(call->reason));
}

/* Call records come from the database: no relay need run. */
int ask_calls(const struct config *c)
{
	struct listing l = { .all = c->json ? json_array() : NULL };
	struct database *database;
	struct why why = { "" };
	enum err e;

	/* A running relay writes its last records first. */
	json_decref(ask(c, json_pack("{s:s}", "command", "flush")));
	if (home_open(c, &database, &why) != OK) {
		fprintf(stderr, "faxwire-relay: %s\n", why.text);
		return EX_UNAVAILABLE;
	}
	database_calls(database, CALLS_SHOWN,
		       database_each_into(&l.r, show_call));
	e = database_wait(database, &l.r);
	database_close(database);
	if (e != OK) {
		fprintf(stderr, "faxwire-relay: %s\n", l.r.why.text);
		json_decref(l.all);
		return EX_UNAVAILABLE;
	}
	return l.all ? ask_print_json(json_pack("{s:o}", "calls", l.all))
		     : EX_OK;
}

int ask_drain(const struct config *c)
{
	json_t *lines = ask(c, json_pack("{s:s}", "command", "drain"));

	if (!lines)
		return not_running(c);
	json_decref(lines);
	return EX_OK;
}
