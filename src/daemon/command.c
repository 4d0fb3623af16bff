/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/command.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/role.h"
#include "base/text.h"
#include "core/roster.h"
#include "io/local.h"
#include "daemon/answer.h"
#include "daemon/desk.h"
#include "daemon/faxcmd.h"
#include "daemon/previewcmd.h"
#include "daemon/queuecmd.h"
#include "daemon/reportcmd.h"
#include "daemon/rulecmd.h"
#include "daemon/setupcmd.h"
#include "office/logbook.h"
#include "office/view.h"

enum { LIST_MS = 10000 };

/* Others of the socket's sessions must find room beside them. */
enum { FOLLOWING_MAX = 16 };

/* A session that waits for the list, or follows it. */
struct waiter {
	struct answer_waiter base;
	struct command *command;
	struct local_session *session;
	struct list link;
	uint32_t listing;  /* the request that it asked; 0: none */
	struct timer late; /* the listing does not come */
	struct follow_watcher watcher;
};

struct command {
	struct command_parts parts;
	struct command_rooms rooms;
	struct faxcmd_rooms faxes;
	struct queuecmd_rooms queue;
	struct setupcmd_rooms setup;
	struct reportcmd_rooms reports;
	struct local_server *local;
	struct desk *desk; /* owned */
	struct list waiters;
	size_t following;
};

/* --- waiting --- */

static void drop_waiter(struct waiter *w)
{
	struct command *c = w->command;

	c->following -= w->watcher.watches;
	follow_remove(c->parts.follow, &w->watcher);
	timer_clear(c->parts.loop, &w->late);
	list_remove(&w->link);
	local_set_user(w->session, NULL);
	free(w);
}

static void on_waiter_gone(struct answer_waiter *base)
{
	drop_waiter((struct waiter *)(void *)base);
}

static void on_late(struct timer *t)
{
	struct waiter *w = t->owner;
	struct local_session *s = w->session;

	drop_waiter(w);
	answer_refuse(s, EX_TEMPFAIL, "The relay did not answer in time.");
}

static struct waiter *new_waiter(struct command *c, struct local_session *s)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->base.gone = on_waiter_gone;
	w->command = c;
	w->session = s;
	w->late = (struct timer){ .due = on_late, .owner = w };
	list_append(&c->waiters, &w->link);
	local_set_user(s, &w->base);
	return w;
}

/* --- list --- */

void command_listing(struct command *c, const struct message_listing *m)
{
	struct local_session *s = NULL;
	struct reader r = message_listing_reader(m);
	struct listing_entry e;
	struct list *next;

	for (struct list *l = c->waiters.next; l != &c->waiters; l = next) {
		struct waiter *w = list_entry(l, struct waiter, link);

		next = l->next;
		if (w->listing != m->request)
			continue;
		s = w->session;
		if (!m->more)
			drop_waiter(w);
		break;
	}
	while (s && message_listing_next(&r, &e)) {
		char id[ADDRESS_ID_MAX + 1], relay[ADDRESS_ID_MAX + 1];

		span_copy(e.id, id, sizeof(id));
		span_copy(e.relay, relay, sizeof(relay));
		answer_say(s, json_pack("{s:s, s:s, s:s}", "id", id, "state",
					roster_state_name(e.state), "relay",
					relay));
	}
	if (s && !m->more)
		answer_end(s);
}

static json_t *terminal_json(const struct roster_entry *e)
{
	return json_pack("{s:s, s:s, s:s}", "id", e->id, "state",
			 roster_state_name(e->state), "relay", e->relay);
}

/* Takes the object: what has changed since the list was shown. */
static void say_news(struct waiter *w, json_t *object)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	json_object_set_new(object, "at_ms",
			    json_integer((json_int_t)t.tv_sec * 1000 +
					 t.tv_nsec / 1000000));
	answer_say(w->session, object);
}

static void on_terminal(void *owner, const struct roster_entry *e, bool news)
{
	struct waiter *w = owner;

	if (news)
		say_news(w, terminal_json(e));
	else
		answer_say(w->session, terminal_json(e));
}

static void on_online(void *owner, bool online)
{
	say_news(owner, json_pack("{s:b}", "online", (int)online));
}

static void run_follow(struct command *c, struct local_session *s)
{
	struct waiter *w = NULL;

	if (c->following < FOLLOWING_MAX)
		w = new_waiter(c, s);
	if (!w) {
		answer_refuse(s, EX_TEMPFAIL,
			      "Too many follow the list already.");
		return;
	}
	c->following++;
	w->watcher = (struct follow_watcher){ .terminal = on_terminal,
					      .online = on_online,
					      .owner = w };
	follow_add(c->parts.follow, &w->watcher);
}

static void run_list(struct command *c, struct local_session *s,
		     const json_t *in)
{
	struct exchange *x = c->parts.exchange(c->parts.owner);
	uint32_t request;
	struct waiter *w;

	if (!x || online_counts(exchange_online(x)).up == 0) {
		answer_refuse(
			s, EX_UNAVAILABLE,
			"This terminal is not logged in at its relay: faxwire "
			"status says why.");
		return;
	}
	if (json_is_true(json_object_get(in, "follow"))) {
		run_follow(c, s);
		return;
	}
	if (online_list(exchange_online(x), false, &request) != OK) {
		answer_refuse(s, EX_UNAVAILABLE,
			      "The relay was lost just now.");
		return;
	}
	w = new_waiter(c, s);
	if (!w) {
		answer_refuse(s, EX_OSERR, "Out of memory.");
		return;
	}
	w->listing = request;
	timer_set(c->parts.loop, &w->late, loop_now(c->parts.loop) + LIST_MS);
}

/* --- the rest --- */

/* Before it is done. False: it is not, and the session is told. */
static bool note(const struct command *c, struct local_session *s,
		 const char *action, const char *what, const char *detail)
{
	struct why why = { "" };
	enum err e = logbook_note(c->rooms.audit, ROLE_LOCAL, action, what,
				  detail, &why);

	if (e != OK)
		answer_fail(s, e, &why);
	return e == OK;
}

static void run_status(struct command *c, struct local_session *s,
		       const json_t *in)
{
	struct view_office office = {
		.config = c->parts.config,
		.membership = c->parts.membership(c->parts.owner),
		.exchange = c->parts.exchange(c->parts.owner),
		.inbox = c->rooms.inbox,
		.outbox = c->rooms.outbox,
	};

	(void)in;
	answer_say(s, view_status(&office));
	answer_end(s);
}

static void run_rejoin(struct command *c, struct local_session *s,
		       const json_t *in)
{
	(void)in;
	if (!note(c, s, "joined", "", ""))
		return;
	c->parts.rejoin(c->parts.owner);
	answer_end(s);
}

static const struct {
	const char *name;
	void (*run)(struct command *c, struct local_session *s,
		    const json_t *in);
} commands[] = {
	{ "list", run_list },
	{ "status", run_status },
	{ "rejoin", run_rejoin },
};

static void on_staff_gone(struct answer_waiter *base)
{
	struct waiter *w = (struct waiter *)(void *)base;

	staff_gone(w->command->rooms.staff, w->session);
	drop_waiter(w);
}

static void ask_staff(struct command *c, struct local_session *s,
		      const json_t *in, const int *fds, size_t n)
{
	struct waiter *w = new_waiter(c, s);

	if (w) {
		w->base.gone = on_staff_gone;
		staff_ask(c->rooms.staff, s, in, fds, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	answer_refuse(s, EX_OSERR, "Out of memory.");
}

/* One of our own, which take no descriptors. False: it is none. */
static bool run_own(struct command *c, struct local_session *s,
		    const char *name, const json_t *in)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0) {
			commands[i].run(c, s, in);
			return true;
		}
	return faxcmd_run(&c->faxes, s, in) || setupcmd_run(&c->setup, s, in) ||
	       queuecmd_run(&c->queue, s, in) ||
	       rulecmd_run(c->rooms.deliver, c->rooms.audit, s, in);
}

static void run_send(struct command *c, struct local_session *s,
		     const json_t *in, const int *fds, size_t n)
{
	desk_send(c->desk, s, in, fds, n);
}

static void run_report(struct command *c, struct local_session *s,
		       const json_t *in, const int *fds, size_t n)
{
	reportcmd_run(&c->reports, s, in, fds, n);
}

static void run_preview(struct command *c, struct local_session *s,
			const json_t *in, const int *fds, size_t n)
{
	previewcmd_run(c->parts.loop, c->parts.config, s, in, fds, n);
}

/* Those that take descriptors. False: it is none of them. */
static bool run_with_files(struct command *c, struct local_session *s,
			   const char *name, const json_t *in, const int *fds,
			   size_t n)
{
	static const struct {
		const char *name;
		void (*run)(struct command *c, struct local_session *s,
			    const json_t *in, const int *fds, size_t n);
	} all[] = { { "send", run_send },
		    { "report", run_report },
		    { "preview", run_preview } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(name, all[i].name) != 0)
			continue;
		all[i].run(c, s, in, fds, n);
		return true;
	}
	return false;
}

static void on_request(void *owner, struct local_session *s, const char *line,
		       const int *fds, size_t n)
{
	struct command *c = owner;
	json_t *in = json_loads(line, 0, NULL);
	const char *name = json_string_value(json_object_get(in, "command"));
	bool known = false;

	if (local_user(s)) /* it waits for something: one thing at a time */
		name = NULL;
	if (name && run_with_files(c, s, name, in, fds, n)) {
		known = true;
	} else if (name && staff_knows(name)) {
		ask_staff(c, s, in, fds, n);
		known = true;
	} else {
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
		known = name && run_own(c, s, name, in);
	}
	json_decref(in);
	if (!known)
		answer_refuse(s, EX_USAGE,
			      "The terminal does not know this command; "
			      "is it of the same version?");
}

static void on_gone(void *owner, struct local_session *s)
{
	struct answer_waiter *w = local_user(s);

	(void)owner;
	if (w)
		w->gone(w);
}

static const struct local_handlers local_handlers = { on_request, on_gone };

void command_job_changed(struct command *c, const struct outbox_job *j)
{
	desk_job_changed(c->desk, j);
}

enum err command_open(struct command **out, const struct command_parts *parts,
		      struct why *why)
{
	struct command *c = calloc(1, sizeof(*c));
	char path[ATOMIC_PATH_MAX];
	enum err e;

	if (!c)
		return ERR_MEMORY;
	c->parts = *parts;
	list_init(&c->waiters);
	c->desk = desk_new(parts->joined, parts->owner);
	e = c->desk ? OK : ERR_MEMORY;
	if (e == OK)
		e = atomic_path(path, why, "%s/control", parts->config->home);
	if (e == OK)
		e = local_listen(parts->loop, path, &local_handlers, c,
				 &c->local, why);
	if (e != OK) {
		desk_free(c->desk);
		free(c);
		return e;
	}
	*out = c;
	return OK;
}

void command_ready(struct command *c, const struct command_rooms *rooms)
{
	const struct command_parts *p = &c->parts;

	c->rooms = *rooms;
	c->faxes = (struct faxcmd_rooms){ .inbox = rooms->inbox,
					  .outbox = rooms->outbox,
					  .deliver = rooms->deliver,
					  .audit = rooms->audit,
					  .joined = p->joined,
					  .changed = p->fax_changed,
					  .gone = p->fax_gone,
					  .owner = p->owner };
	c->queue = (struct queuecmd_rooms){ .outbox = rooms->outbox,
					    .audit = rooms->audit,
					    .desk = c->desk };
	c->reports = (struct reportcmd_rooms){ .loop = p->loop,
					       .config = p->config,
					       .outbox = rooms->outbox,
					       .membership = p->membership,
					       .owner = p->owner };
	c->setup = (struct setupcmd_rooms){ .config = p->config,
					    .audit = rooms->audit,
					    .reconfigured = p->reconfigured,
					    .owner = p->owner };
	desk_ready(c->desk, rooms->outbox, rooms->audit);
}

void command_close(struct command *c)
{
	if (!c)
		return;
	local_free(c->local);
	desk_free(c->desk);
	free(c);
}
