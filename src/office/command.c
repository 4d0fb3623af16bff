/* SPDX-License-Identifier: Apache-2.0 */
#include "office/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <jansson.h>

#include "base/text.h"
#include "core/roster.h"
#include "io/local.h"
#include "office/follow.h"
#include "office/view.h"

enum { LIST_MS = 10000 };

/* What a session waits for. */
struct waiter {
	struct command *command;
	struct local_session *session;
	struct list link;
	const struct outbox_job *job; /* its changes; NULL: none (yet) */
	bool wait;		      /* to the job's end */
	uint32_t listing;	      /* the request that it asked; 0: none */
	struct timer late;	      /* the listing does not come */
	int fds[LOCAL_FDS_MAX];	      /* of files that are being prepared */
	size_t fds_count;
	bool adding;	/* the outbox will call back */
	bool following; /* the list, until the session ends */
	bool gone;	/* the session has closed meanwhile */
};

struct command {
	struct command_parts parts;
	struct inbox *inbox;   /* borrowed */
	struct outbox *outbox; /* borrowed */
	struct local_server *local;
	struct follow *follow; /* owned */
	struct list waiters;
};

/* --- answers --- */

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

static void refuse(struct local_session *s, int code, const char *sentence)
{
	say(s, json_pack("{s:s, s:i}", "error", sentence, "code", code));
	local_end(s);
}

/* --- waiting --- */

static void drop_waiter(struct waiter *w)
{
	for (size_t i = 0; i < w->fds_count; i++)
		close(w->fds[i]);
	timer_clear(w->command->parts.loop, &w->late);
	list_remove(&w->link);
	if (!w->gone)
		local_set_user(w->session, NULL);
	free(w);
}

static void on_late(struct timer *t)
{
	struct waiter *w = t->owner;
	struct local_session *s = w->session;

	drop_waiter(w);
	refuse(s, EX_TEMPFAIL, "The relay did not answer in time.");
}

static struct waiter *new_waiter(struct command *c, struct local_session *s)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->command = c;
	w->session = s;
	w->late = (struct timer){ .due = on_late, .owner = w };
	list_append(&c->waiters, &w->link);
	local_set_user(s, w);
	return w;
}

static int exit_code_of(const struct outbox_job *j)
{
	if (j->state == JOBS_DELIVERED)
		return EX_OK;
	return j->record.last_reason == REASON_UNKNOWN ? EX_NOUSER
						       : EX_UNAVAILABLE;
}

/* The last word on a job to one who waited. */
static void say_end(struct waiter *w)
{
	const struct outbox_job *j = w->job;
	struct local_session *s = w->session;
	json_t *object = view_job(j);

	json_object_set_new(object, "code", json_integer(exit_code_of(j)));
	json_object_set_new(object, "end", json_true());
	drop_waiter(w);
	say(s, object);
	local_end(s);
}

void command_job_changed(struct command *c, const struct outbox_job *j)
{
	struct list *next;

	for (struct list *l = c->waiters.next; l != &c->waiters; l = next) {
		struct waiter *w = list_entry(l, struct waiter, link);

		next = l->next;
		if (w->job != j || w->gone)
			continue;
		if (jobs_state_final(j->state))
			say_end(w);
		else
			say(w->session, view_job(j));
	}
}

/* --- send --- */

static void on_added(void *owner, enum err e, const struct outbox_job *j,
		     const char *sentence)
{
	struct waiter *w = owner;
	struct local_session *s = w->session;
	bool wait = w->wait;

	w->adding = false;
	if (w->gone) { /* nobody is left to tell; the job goes its way */
		drop_waiter(w);
	} else if (e != OK) {
		drop_waiter(w);
		refuse(s, err_exit_code(e), sentence);
	} else {
		say(s, view_job(j));
		w->job = j;
		if (!wait) {
			drop_waiter(w);
			finish(s);
		}
	}
}

/* The request's files, with their names. False: the two do not agree. */
static bool take_files(const json_t *names, struct waiter *w,
		       struct prepare_file files[LOCAL_FDS_MAX])
{
	if (json_array_size(names) != w->fds_count || w->fds_count == 0)
		return false;
	for (size_t i = 0; i < w->fds_count; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (!name)
			return false;
		files[i] =
			(struct prepare_file){ .fd = w->fds[i], .name = name };
	}
	return true;
}

static bool take_request(const json_t *in, struct outbox_request *r,
			 struct why *why)
{
	const char *to = json_string_value(json_object_get(in, "to"));
	const char *resolution =
		json_string_value(json_object_get(in, "resolution"));

	if (!to || !path_address_valid(to, strlen(to))) {
		why_set(why, "The recipient is no user ID (1 to 32 of a-z, "
			     "0-9, dot, dash and underscore), no ID@RELAY "
			     "and no number (+ and digits).");
		return false;
	}
	r->to = to;
	r->resolution = PAPER_FINE;
	if (resolution && !paper_resolution_parse(resolution, &r->resolution)) {
		why_set(why, "The resolution must be standard, fine, 300 or "
			     "400.");
		return false;
	}
	r->not_before_ms = (uint64_t)json_integer_value(
		json_object_get(in, "not_before_ms"));
	return true;
}

static void run_send(struct command *c, struct local_session *s,
		     const json_t *in, const int *fds, size_t n)
{
	struct prepare_file files[LOCAL_FDS_MAX];
	struct outbox_request r = { .files = files, .count = n };
	struct waiter *w = new_waiter(c, s);
	struct why why = { "The request is malformed." };
	enum err e = ERR_BAD;

	if (!w) {
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
		refuse(s, EX_OSERR, "Out of memory.");
		return;
	}
	memcpy(w->fds, fds, n * sizeof(int));
	w->fds_count = n;
	w->wait = json_is_true(json_object_get(in, "wait"));
	if (!c->parts.membership(c->parts.owner))
		why_set(&why, "This terminal is not joined: run faxwire join "
			      "URL first.");
	else if (take_request(in, &r, &why) &&
		 take_files(json_object_get(in, "names"), w, files))
		e = outbox_add(c->outbox, &r, on_added, w, &why);
	w->adding = e == OK;
	if (e != OK) {
		drop_waiter(w);
		refuse(s, err_exit_code(e), why.text);
	}
}

/* --- list --- */

void command_listing(struct command *c, const struct message_listing *m)
{
	struct local_session *s = NULL;
	struct reader r = message_listing_reader(m);
	struct listing_entry e;
	struct list *next;

	if (follow_listing(c->follow, m))
		return;
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
		say(s, json_pack("{s:s, s:s, s:s}", "id", id, "state",
				 roster_state_name(e.state), "relay", relay));
	}
	if (s && !m->more)
		finish(s);
}

void command_presence(struct command *c, const struct message_presence *m)
{
	follow_presence(c->follow, m);
}

void command_unfollowed(struct command *c)
{
	follow_lost(c->follow);
}

void command_online(struct command *c, bool online)
{
	follow_online(c->follow, online);
}

static enum err ask_to_follow(void *owner, uint32_t *request)
{
	struct command *c = owner;
	struct exchange *x = c->parts.exchange(c->parts.owner);

	return x ? online_list(exchange_online(x), true, request) : ERR_CLOSED;
}

static void run_follow(struct command *c, struct local_session *s)
{
	struct waiter *w = new_waiter(c, s);

	if (!w) {
		refuse(s, EX_OSERR, "Out of memory.");
	} else if (!follow_add(c->follow, s)) {
		drop_waiter(w);
		refuse(s, EX_TEMPFAIL, "Too many follow the list already.");
	} else {
		w->following = true;
	}
}

static void run_list(struct command *c, struct local_session *s,
		     const json_t *in)
{
	struct exchange *x = c->parts.exchange(c->parts.owner);
	uint32_t request;
	struct waiter *w;

	if (!x || online_counts(exchange_online(x)).up == 0) {
		refuse(s, EX_UNAVAILABLE,
		       "This terminal is not logged in at its relay: faxwire "
		       "status says why.");
		return;
	}
	if (json_is_true(json_object_get(in, "follow"))) {
		run_follow(c, s);
		return;
	}
	if (online_list(exchange_online(x), false, &request) != OK) {
		refuse(s, EX_UNAVAILABLE, "The relay was lost just now.");
		return;
	}
	w = new_waiter(c, s);
	if (!w) {
		refuse(s, EX_OSERR, "Out of memory.");
		return;
	}
	w->listing = request;
	timer_set(c->parts.loop, &w->late, loop_now(c->parts.loop) + LIST_MS);
}

/* --- the rest --- */

static void say_job(void *owner, const struct outbox_job *j)
{
	say(owner, view_job(j));
}

static void run_jobs(struct command *c, struct local_session *s,
		     const json_t *in)
{
	(void)in;
	outbox_each(c->outbox, say_job, s);
	finish(s);
}

static void run_cancel(struct command *c, struct local_session *s,
		       const json_t *in)
{
	const char *hex = json_string_value(json_object_get(in, "job"));
	struct outbox_job *j = hex ? outbox_find(c->outbox, hex) : NULL;

	if (!j) {
		refuse(s, EX_NOINPUT,
		       "There is no such job: faxwire jobs lists them.");
		return;
	}
	if (!outbox_cancel(c->outbox, j)) {
		refuse(s, EX_UNAVAILABLE, "The job is over already.");
		return;
	}
	say(s, view_job(j));
	finish(s);
}

static void say_fax(void *owner, const struct inbox_entry *e)
{
	json_t *object = view_fax(e);

	if (object)
		say(owner, object);
}

static void run_inbox(struct command *c, struct local_session *s,
		      const json_t *in)
{
	(void)in;
	inbox_each(c->inbox, say_fax, s);
	finish(s);
}

static void run_show(struct command *c, struct local_session *s,
		     const json_t *in)
{
	const char *name = json_string_value(json_object_get(in, "fax"));
	struct inbox_entry e;

	if (!name || !inbox_find(c->inbox, name, &e)) {
		refuse(s, EX_NOINPUT,
		       "There is no such fax: faxwire inbox lists them.");
		return;
	}
	say_fax(s, &e);
	finish(s);
}

static void run_status(struct command *c, struct local_session *s,
		       const json_t *in)
{
	struct view_office office = {
		.config = c->parts.config,
		.membership = c->parts.membership(c->parts.owner),
		.exchange = c->parts.exchange(c->parts.owner),
		.inbox = c->inbox,
		.outbox = c->outbox,
	};

	(void)in;
	say(s, view_status(&office));
	finish(s);
}

static void run_rejoin(struct command *c, struct local_session *s,
		       const json_t *in)
{
	(void)in;
	c->parts.rejoin(c->parts.owner);
	finish(s);
}

static const struct {
	const char *name;
	void (*run)(struct command *c, struct local_session *s,
		    const json_t *in);
} commands[] = {
	{ "list", run_list },	  { "jobs", run_jobs },
	{ "cancel", run_cancel }, { "inbox", run_inbox },
	{ "show", run_show },	  { "status", run_status },
	{ "rejoin", run_rejoin },
};

static void on_request(void *owner, struct local_session *s, const char *line,
		       const int *fds, size_t n)
{
	struct command *c = owner;
	json_t *in = json_loads(line, 0, NULL);
	const char *name = json_string_value(json_object_get(in, "command"));
	bool known = false;

	if (local_user(s)) { /* it waits for something: one thing at a time */
		name = NULL;
	} else if (name && strcmp(name, "send") == 0) {
		run_send(c, s, in, fds, n);
		json_decref(in);
		return;
	}
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	for (size_t i = 0;
	     name && !known && i < sizeof(commands) / sizeof(commands[0]);
	     i++) {
		known = strcmp(name, commands[i].name) == 0;
		if (known)
			commands[i].run(c, s, in);
	}
	if (name && !known)
		known = c->parts.other(c->parts.owner, s, in);
	json_decref(in);
	if (!known)
		refuse(s, EX_USAGE,
		       "The terminal does not know this command; "
		       "is it of the same version?");
}

static void on_gone(void *owner, struct local_session *s)
{
	struct command *c = owner;
	struct waiter *w = local_user(s);

	if (!w)
		return;
	if (w->following)
		follow_remove(c->follow, s);
	w->gone = true;
	w->job = NULL;
	if (!w->adding)
		drop_waiter(w);
}

static const struct local_handlers local_handlers = { on_request, on_gone };

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
	c->follow = follow_new(parts->loop, ask_to_follow, c);
	e = c->follow ? OK : ERR_MEMORY;
	if (e == OK)
		e = atomic_path(path, why, "%s/control", parts->config->home);
	if (e == OK)
		e = local_listen(parts->loop, path, &local_handlers, c,
				 &c->local, why);
	if (e != OK) {
		follow_free(c->follow);
		free(c);
		return e;
	}
	*out = c;
	return OK;
}

void command_ready(struct command *c, struct inbox *inbox,
		   struct outbox *outbox)
{
	c->inbox = inbox;
	c->outbox = outbox;
}

void command_close(struct command *c)
{
	if (!c)
		return;
	local_free(c->local);
	follow_free(c->follow);
	free(c);
}
