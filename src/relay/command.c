/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "io/local.h"
#include "relay/home.h"

struct command_server {
	const struct relay *relay;
	struct records *records;
	struct command_handlers handlers;
	void *owner;
	struct local_server *local;
};

static void say(struct local_session *s, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (text)
		local_reply(s, text);
	free(text);
}

static void finish(struct local_session *s)
{
	say(s, json_pack("{s:b}", "end", 1));
	local_end(s);
}

static void say_terminal(void *owner, const struct relay_terminal *t)
{
	say(owner,
	    json_pack("{s:s, s:i, s:i, s:i, s:i}", "id", t->id, "connections",
		      (int)t->connections, "idle", (int)t->idle, "ringing",
		      (int)t->ringing, "in_call", (int)t->in_call));
}

static void status(struct command_server *c, struct local_session *s,
		   const json_t *request)
{
	struct relay_counts n = relay_counts(c->relay);
	json_t *counts = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "connections",
		(json_int_t)n.connections, "strangers", (json_int_t)n.strangers,
		"terminals", (json_int_t)n.terminals, "idle",
		(json_int_t)n.idle, "calls", (json_int_t)n.calls, "logins",
		(json_int_t)n.logins, "logins_refused",
		(json_int_t)n.logins_refused, "calls_total",
		(json_int_t)n.calls_total, "turned_away",
		(json_int_t)n.turned_away);

	(void)request;
	for (int i = 0; i < ABUSE_KINDS; i++)
		(void)json_object_set_new(counts,
					  abuse_name((enum abuse_kind)i),
					  json_integer((json_int_t)n.abuse[i]));
	say(s, json_pack("{s:o}", "counts", counts));
	relay_each_terminal(c->relay, say_terminal, s);
}

static void say_neighbour(void *owner, const struct relay_neighbour *n)
{
	say(owner, json_pack("{s:s, s:b, s:b, s:i, s:i, s:i, s:i, s:b}",
			     "neighbour", n->name, "dialled", n->dialled,
			     "linked", n->linked, "trunks", (int)n->trunks,
			     "idle", (int)n->idle, "calls", (int)n->calls,
			     "waiting", (int)n->waiting, "denied", n->denied));
}

static void say_known(void *owner, const struct relay_known *k)
{
	say(owner,
	    json_pack("{s:s, s:s, s:i, s:i, s:b}", "relay", k->name, "via",
		      k->via ? k->via : "", "distance", (int)k->distance,
		      "terminals", (int)k->terminals, "complete", k->complete));
}

static void peers(struct command_server *c, struct local_session *s,
		  const json_t *request)
{
	(void)request;
	relay_each_neighbour(c->relay, say_neighbour, s);
	relay_each_known(c->relay, say_known, s);
}

static void changed(struct command_server *c, struct local_session *s,
		    const json_t *request)
{
	const char *id = json_string_value(json_object_get(request, "id"));

	(void)s;
	if (id)
		c->handlers.changed(c->owner, id);
}

static void flush(struct command_server *c, struct local_session *s,
		  const json_t *request)
{
	(void)s;
	(void)request;
	records_flush(c->records);
}

static void drain(struct command_server *c, struct local_session *s,
		  const json_t *request)
{
	(void)s;
	(void)request;
	c->handlers.drain(c->owner);
}

static const struct {
	const char *name;
	void (*run)(struct command_server *c, struct local_session *s,
		    const json_t *request);
} commands[] = {
	{ "status", status }, { "peers", peers }, { "changed", changed },
	{ "flush", flush },   { "drain", drain },
};

static void on_request(void *owner, struct local_session *s, const char *line,
		       const int *fds, size_t n)
{
	struct command_server *c = owner;
	json_t *request = json_loads(line, 0, NULL);
	const char *name =
		json_string_value(json_object_get(request, "command"));

	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	for (size_t i = 0; name && i < sizeof(commands) / sizeof(commands[0]);
	     i++)
		if (strcmp(name, commands[i].name) == 0)
			commands[i].run(c, s, request);
	json_decref(request);
	finish(s);
}

static void on_gone(void *owner, struct local_session *s)
{
	(void)owner;
	(void)s;
}

static const struct local_handlers local_handlers = { on_request, on_gone };

enum err command_open(struct command_server **out, const struct config *config,
		      struct loop *loop, const struct relay *relay,
		      struct records *records,
		      const struct command_handlers *handlers, void *owner,
		      struct why *why)
{
	struct command_server *c = calloc(1, sizeof(*c));
	char path[ATOMIC_PATH_MAX];
	enum err e;

	if (!c)
		return ERR_MEMORY;
	*c = (struct command_server){ .relay = relay,
				      .records = records,
				      .handlers = *handlers,
				      .owner = owner };
	e = home_path(config, HOME_CONTROL, path, why);
	if (e == OK)
		e = local_listen(loop, path, &local_handlers, c, &c->local,
				 why);
	if (e != OK) {
		free(c);
		return e;
	}
	*out = c;
	return OK;
}

void command_close(struct command_server *c)
{
	if (!c)
		return;
	local_free(c->local);
	free(c);
}
