/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/faxcmd.h"

#include <string.h>
#include <sysexits.h>

#include "base/role.h"
#include "daemon/answer.h"
#include "daemon/request.h"
#include "office/logbook.h"
#include "office/view.h"

/* One request, while it is answered. */
struct request {
	const struct faxcmd_rooms *rooms;
	struct local_session *session;
	const json_t *in;
};

static void finish(const struct request *r, enum err e, const struct why *why)
{
	if (e == OK)
		answer_end(r->session);
	else
		answer_fail(r->session, e, why);
}

/* Before it is done. */
static enum err note(const struct request *r, const char *action,
		     const struct inbox_entry *e, struct why *why)
{
	return logbook_note(r->rooms->audit, ROLE_LOCAL, action, e->name,
			    e->fax.from, why);
}

/* --- which --- */

static const char *word_of(const struct request *r)
{
	const char *word = json_string_value(json_object_get(r->in, "fax"));

	return word ? word : "";
}

/* False: the session is told. */
static bool find(const struct request *r, struct inbox_entry *e)
{
	const char *word = word_of(r);

	if (*word && inbox_find(r->rooms->inbox, word, e))
		return true;
	answer_refuse(r->session, EX_NOINPUT,
		      "There is no such fax: faxwire inbox lists them.");
	return false;
}

struct search {
	const char *word;
	size_t count; /* that fit */
	struct inbox_entry *found;
};

static void consider(void *owner, const struct inbox_entry *e)
{
	struct search *s = owner;

	if (strncmp(e->name, s->word, strlen(s->word)) != 0)
		return;
	s->count++;
	*s->found = *e;
}

static bool find_deleted(const struct request *r, struct inbox_entry *e)
{
	struct search s = { .word = word_of(r), .found = e };

	if (*s.word)
		inbox_each_deleted(r->rooms->inbox, consider, &s);
	if (s.count == 1)
		return true;
	answer_refuse(r->session, s.count ? EX_USAGE : EX_NOINPUT,
		      s.count ? "The names of several faxes begin so: give "
				"more of it."
			      : "There is no such fax in the trash: faxwire "
				"inbox --trash lists them.");
	return false;
}

/* --- looking --- */

static void say_fax(void *owner, const struct inbox_entry *e)
{
	json_t *object = view_fax_here(e);

	if (object)
		answer_say(owner, object);
}

static void run_inbox(const struct request *r)
{
	if (json_is_true(json_object_get(r->in, "trash")))
		inbox_each_deleted(r->rooms->inbox, say_fax, r->session);
	else
		inbox_each(r->rooms->inbox, say_fax, r->session);
	answer_end(r->session);
}

static void say_noted(const struct request *r, const char *action)
{
	struct why why = { "" };
	struct inbox_entry e;
	enum err result;

	if (!find(r, &e))
		return;
	result = note(r, action, &e, &why);
	if (result == OK)
		say_fax(r->session, &e);
	finish(r, result, &why);
}

static void run_show(const struct request *r)
{
	say_noted(r, "viewed");
}

static void run_printed(const struct request *r)
{
	say_noted(r, "printed");
}

/* --- changes --- */

static void run_mark(const struct request *r)
{
	const json_t *unread = json_object_get(r->in, "unread");
	const struct faxcmd_rooms *f = r->rooms;
	struct why why = { "" };
	struct inbox_entry e;
	enum err result = OK;

	if (!find(r, &e))
		return;
	if (e.unread && json_is_false(unread))
		result = note(r, "read", &e, &why);
	if (result == OK)
		result = inbox_mark(f->inbox, e.name, json_is_true(unread),
				    &why);
	if (result == OK)
		f->changed(f->owner, e.folder);
	finish(r, result, &why);
}

static void run_delete(const struct request *r)
{
	const struct faxcmd_rooms *f = r->rooms;
	struct why why = { "" };
	struct inbox_entry e;
	enum err result;

	if (!find(r, &e))
		return;
	result = note(r, "deleted", &e, &why);
	if (result == OK)
		result = inbox_delete(f->inbox, e.name, &why);
	if (result == OK) {
		f->gone(f->owner, e.name);
		answer_say(r->session, json_pack("{s:s}", "deleted", e.name));
	}
	finish(r, result, &why);
}

static void run_restore(const struct request *r)
{
	const struct faxcmd_rooms *f = r->rooms;
	struct why why = { "" };
	struct inbox_entry e;
	enum err result;

	if (!find_deleted(r, &e))
		return;
	result = note(r, "restored", &e, &why);
	if (result == OK)
		result = inbox_restore(f->inbox, e.name, &why);
	/* What its rules had not done when it went is taken up again. */
	if (result == OK && inbox_get(f->inbox, e.name, &e)) {
		deliver_received(f->deliver, e.folder);
		f->changed(f->owner, e.folder);
		say_fax(r->session, &e);
	}
	finish(r, result, &why);
}

/* --- on to somebody else, point for point --- */

static enum err forward(const struct request *r, const struct inbox_entry *e,
			const struct intake_request *to,
			struct outbox_added *added, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	struct outbox_document d = { .path = path, .pages = e->fax.pages };
	enum err result = atomic_path(path, why, "%s/fax.tif", e->folder);

	if (!paper_resolution_parse(e->fax.resolution, &d.resolution))
		d.resolution = PAPER_FINE;
	if (result == OK)
		result = note(r, "forwarded", e, why);
	return result == OK ? outbox_add_document(r->rooms->outbox, to, &d,
						  added, why)
			    : result;
}

static void run_forward(const struct request *r)
{
	struct intake_request to = { .to = NULL };
	struct outbox_added added = { NULL, 0 };
	struct why why = { "" };
	struct inbox_entry e;
	enum err result;

	if (!find(r, &e))
		return;
	if (!r->rooms->joined(r->rooms->owner) || e.fax.pages == 0) {
		answer_refuse(r->session, EX_UNAVAILABLE,
			      e.fax.pages == 0
				      ? "This fax has no pages."
				      : "This terminal is not joined: run "
					"faxwire join URL first.");
		return;
	}
	result = request_read(r->in, &to, &why);
	to.user = ROLE_LOCAL;
	if (!to.title || !*to.title)
		to.title = e.fax.title;
	if (result == OK)
		result = forward(r, &e, &to, &added, &why);
	request_done(&to);
	for (size_t i = 0; result == OK && i < added.count; i++)
		answer_say(r->session, view_job(added.jobs[i]));
	finish(r, result, &why);
}

static const struct {
	const char *name;
	void (*run)(const struct request *r);
} commands[] = {
	{ "inbox", run_inbox },	    { "show", run_show },
	{ "printed", run_printed }, { "mark", run_mark },
	{ "delete", run_delete },   { "restore", run_restore },
	{ "forward", run_forward },
};

bool faxcmd_run(const struct faxcmd_rooms *rooms, struct local_session *s,
		const json_t *in)
{
	const struct request r = { rooms, s, in };
	const char *name = json_string_value(json_object_get(in, "command"));

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!name || strcmp(name, commands[i].name) != 0)
			continue;
		commands[i].run(&r);
		return true;
	}
	return false;
}
