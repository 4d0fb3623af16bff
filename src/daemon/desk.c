/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/list.h"
#include "base/text.h"
#include "daemon/answer.h"
#include "office/view.h"

struct desk {
	bool (*joined)(void *owner);
	void *owner;	       /* borrowed */
	struct outbox *outbox; /* borrowed */
	struct list waiters;
};

/* A session that hands in a fax, and may wait for what becomes of it. */
struct waiter {
	struct answer_waiter base;
	struct desk *desk;
	struct local_session *session; /* NULL: it has closed */
	struct list link;
	bool wait;		/* to the end of all its jobs */
	bool accepted;		/* and `batch` is theirs */
	int fds[LOCAL_FDS_MAX]; /* of files that are being prepared */
	size_t fds_count;
	uint8_t batch[SPOOL_ID_SIZE];
};

static bool is_of_batch(const struct outbox_job *j,
			const uint8_t batch[SPOOL_ID_SIZE])
{
	return memcmp(j->record.batch, batch, SPOOL_ID_SIZE) == 0;
}

/* --- what a request says --- */

static enum err read_to(const json_t *to, struct intake_request *r,
			struct why *why)
{
	size_t count = json_is_array(to) ? json_array_size(to) : 1;
	const char **all = calloc(count + 1, sizeof(*all));

	r->to = all;
	r->to_count = count;
	if (!all)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		const json_t *one =
			json_is_array(to) ? json_array_get(to, i) : to;

		all[i] = json_string_value(one);
		if (all[i])
			continue;
		why_set(why, "\"to\" must be an address, or several of them "
			     "in an array.");
		return ERR_BAD;
	}
	return OK;
}

static enum err read_words(const json_t *in, struct intake_request *r,
			   struct why *why)
{
	const char *resolution =
		json_string_value(json_object_get(in, "resolution"));
	const char *priority =
		json_string_value(json_object_get(in, "priority"));

	r->resolution = PAPER_FINE;
	r->priority = JOBS_NORMAL;
	if (resolution && !paper_resolution_parse(resolution, &r->resolution)) {
		why_set(why, "The resolution must be standard, fine, 300 or "
			     "400.");
		return ERR_BAD;
	}
	if (priority)
		r->priority = jobs_priority_of(priority);
	if (r->priority < JOBS_PRIORITIES)
		return OK;
	why_set(why, "The priority must be low, normal or high.");
	return ERR_BAD;
}

/* A number of ms, at most the year 9999; absent: 0. */
static enum err read_time(const json_t *in, const char *key, uint64_t *out,
			  struct why *why)
{
	const json_t *value = json_object_get(in, key);
	json_int_t ms = json_integer_value(value);

	*out = 0;
	if (!value)
		return OK;
	if (!json_is_integer(value) || ms < 0 || ms > 253402300799999) {
		why_set(why, "\"%s\" must be a time in ms since 1970.", key);
		return ERR_BAD;
	}
	*out = (uint64_t)ms;
	return OK;
}

enum err desk_read(const json_t *in, struct intake_request *r, struct why *why)
{
	enum err e = read_to(json_object_get(in, "to"), r, why);

	if (e == OK)
		e = read_words(in, r, why);
	if (e == OK)
		e = read_time(in, "not_before_ms", &r->not_before_ms, why);
	if (e == OK)
		e = read_time(in, "give_up_ms", &r->give_up_ms, why);
	r->held = json_is_true(json_object_get(in, "held"));
	r->title = json_string_value(json_object_get(in, "title"));
	r->note = json_string_value(json_object_get(in, "note"));
	return e;
}

void desk_done(struct intake_request *r)
{
	free((void *)(uintptr_t)r->to);
	r->to = NULL;
}

/* --- who waits --- */

static void drop_waiter(struct waiter *w)
{
	for (size_t i = 0; i < w->fds_count; i++)
		close(w->fds[i]);
	list_remove(&w->link);
	if (w->session)
		local_set_user(w->session, NULL);
	free(w);
}

/* While its files are prepared the outbox will still call back. */
static void on_gone(struct answer_waiter *base)
{
	struct waiter *w = (struct waiter *)(void *)base;

	w->session = NULL;
	if (w->accepted)
		drop_waiter(w);
}

static struct waiter *new_waiter(struct desk *d, struct local_session *s)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->base.gone = on_gone;
	w->desk = d;
	w->session = s;
	list_append(&d->waiters, &w->link);
	local_set_user(s, &w->base);
	return w;
}

static int exit_code_of(const struct outbox_job *j)
{
	if (j->state == JOBS_DELIVERED)
		return EX_OK;
	return j->record.last_reason == REASON_UNKNOWN ? EX_NOUSER
						       : EX_UNAVAILABLE;
}

/* How a batch stands: the exit code is 0, or that of some job of it. */
struct standing {
	const uint8_t *batch;
	size_t left;
	int code;
};

static void add_standing(void *owner, const struct outbox_job *j)
{
	struct standing *s = owner;

	if (!is_of_batch(j, s->batch))
		return;
	if (!jobs_state_final(j->state))
		s->left++;
	else if (s->code == EX_OK)
		s->code = exit_code_of(j);
}

/* The last word to one who waited. */
static void say_end(struct waiter *w, const struct outbox_job *j, int code)
{
	struct local_session *s = w->session;
	json_t *object = view_job(j);

	json_object_set_new(object, "code", json_integer(code));
	json_object_set_new(object, "end", json_true());
	drop_waiter(w);
	answer_say(s, object);
	local_end(s);
}

static void tell(struct waiter *w, const struct outbox_job *j)
{
	struct standing all = { .batch = w->batch, .left = 1 };

	if (jobs_state_final(j->state)) {
		all.left = 0;
		outbox_each(w->desk->outbox, add_standing, &all);
	}
	if (all.left == 0)
		say_end(w, j, all.code);
	else
		answer_say(w->session, view_job(j));
}

void desk_job_changed(struct desk *d, const struct outbox_job *j)
{
	struct list *next;

	for (struct list *l = d->waiters.next; l != &d->waiters; l = next) {
		struct waiter *w = list_entry(l, struct waiter, link);

		next = l->next;
		if (w->accepted && is_of_batch(j, w->batch))
			tell(w, j);
	}
}

/* --- send --- */

static void say_added(struct local_session *s, const struct outbox_added *added)
{
	for (size_t i = 0; i < added->count; i++)
		answer_say(s, view_job(added->jobs[i]));
}

static void on_added(void *owner, enum err e, const struct outbox_added *added,
		     const char *sentence)
{
	struct waiter *w = owner;
	struct local_session *s = w->session;

	if (!s) { /* nobody is left to tell; the jobs go their way */
		drop_waiter(w);
	} else if (e != OK) {
		drop_waiter(w);
		answer_refuse(s, err_exit_code(e), sentence);
	} else if (!w->wait) {
		drop_waiter(w);
		say_added(s, added);
		answer_end(s);
	} else {
		memcpy(w->batch, added->jobs[0]->record.batch,
		       sizeof(w->batch));
		w->accepted = true;
		say_added(s, added);
	}
}

/* The request's files, with their names. False: the two do not agree. */
static bool take_files(const json_t *names, const struct waiter *w,
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

static enum err hand_in(struct waiter *w, const json_t *in, struct why *why)
{
	struct prepare_file files[LOCAL_FDS_MAX];
	struct intake_request r = { .files = files, .count = w->fds_count };
	enum err e = ERR_BAD;

	if (!w->desk->joined(w->desk->owner)) {
		why_set(why, "This terminal is not joined: run faxwire join "
			     "URL first.");
	} else if (!take_files(json_object_get(in, "names"), w, files)) {
		why_set(why, "The request is malformed.");
	} else {
		e = desk_read(in, &r, why);
		if (e == OK)
			e = outbox_add(w->desk->outbox, &r, on_added, w, why);
		desk_done(&r);
	}
	return e;
}

static void run_send(struct desk *d, struct local_session *s, const json_t *in,
		     const int *fds, size_t n)
{
	struct waiter *w = new_waiter(d, s);
	struct why why = { "" };
	enum err e;

	if (!w) {
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
		answer_refuse(s, EX_OSERR, "Out of memory.");
		return;
	}
	memcpy(w->fds, fds, n * sizeof(int));
	w->fds_count = n;
	w->wait = json_is_true(json_object_get(in, "wait"));
	e = hand_in(w, in, &why);
	if (e == OK)
		return;
	drop_waiter(w);
	answer_refuse(s, err_exit_code(e),
		      *why.text ? why.text : "Out of memory.");
}

/* --- listing, and what is done to jobs --- */

static void say_job(void *owner, const struct outbox_job *j)
{
	answer_say(owner, view_job(j));
}

static void run_jobs(struct desk *d, struct local_session *s, const json_t *in)
{
	(void)in;
	outbox_each(d->outbox, say_job, s);
	answer_say(s, json_pack("{s:b, s:b}", "end", 1, "paused",
				(int)outbox_paused(d->outbox)));
	local_end(s);
}

enum { EACH_MAX = SPOOL_BATCH_MAX };

/* The jobs that a user means: one by its ID, or a batch by its own. */
struct meant {
	struct outbox *outbox;
	const char *hex;
	struct outbox_job *jobs[EACH_MAX];
	size_t count;
};

static void add_meant(void *owner, const struct outbox_job *j)
{
	struct meant *m = owner;
	char job[2 * SPOOL_ID_SIZE + 1], batch[2 * SPOOL_ID_SIZE + 1];

	text_to_hex(j->record.id, SPOOL_ID_SIZE, job);
	text_to_hex(j->record.batch, SPOOL_ID_SIZE, batch);
	if (strncmp(batch, m->hex, strlen(m->hex)) == 0 && m->count < EACH_MAX)
		m->jobs[m->count++] = outbox_find(m->outbox, job);
}

/* NULL: none, and the session is told. The caller frees it. */
static struct meant *find_meant(struct desk *d, struct local_session *s,
				const json_t *in)
{
	const char *hex = json_string_value(json_object_get(in, "job"));
	struct meant *m = calloc(1, sizeof(*m));

	if (m && hex && strlen(hex) >= 4) {
		m->outbox = d->outbox;
		m->hex = hex;
		m->jobs[0] = outbox_find(d->outbox, hex);
		m->count = m->jobs[0] ? 1 : 0;
		if (m->count == 0)
			outbox_each(d->outbox, add_meant, m);
	}
	if (m && m->count > 0)
		return m;
	free(m);
	answer_refuse(s, EX_NOINPUT,
		      "There is no such job: faxwire jobs lists them.");
	return NULL;
}

/* Does it to each; those that it cannot be done to are passed over if it is
 * done to others. */
static void do_to_each(struct desk *d, struct local_session *s,
		       const json_t *in, bool (*act)(struct outbox_job *j),
		       const char *cannot)
{
	struct meant *m = find_meant(d, s, in);
	size_t done = 0;

	if (!m)
		return;
	outbox_together(d->outbox);
	for (size_t i = 0; i < m->count; i++) {
		json_t *before = view_job(m->jobs[i]);
		bool removes = act == outbox_remove;

		if (!act(m->jobs[i])) {
			json_decref(before);
			continue;
		}
		done++;
		if (removes)
			answer_say(s, before);
		else
			answer_say(s, view_job(m->jobs[i]));
		if (!removes)
			json_decref(before);
	}
	outbox_apart(d->outbox);
	free(m);
	if (done > 0)
		answer_end(s);
	else
		answer_refuse(s, EX_UNAVAILABLE, cannot);
}

static bool cancel(struct outbox_job *j)
{
	return outbox_cancel(j->outbox, j);
}

static bool hold(struct outbox_job *j)
{
	return outbox_hold(j, true);
}

static bool release(struct outbox_job *j)
{
	return outbox_hold(j, false);
}

static const char over[] = "The job is over already.";

static void run_cancel(struct desk *d, struct local_session *s,
		       const json_t *in)
{
	do_to_each(d, s, in, cancel, over);
}

static void run_hold(struct desk *d, struct local_session *s, const json_t *in)
{
	do_to_each(d, s, in, hold, over);
}

static void run_release(struct desk *d, struct local_session *s,
			const json_t *in)
{
	do_to_each(d, s, in, release, over);
}

static void run_remove(struct desk *d, struct local_session *s,
		       const json_t *in)
{
	do_to_each(d, s, in, outbox_remove,
		   "The job is not over yet: cancel it first.");
}

/* Of a batch: to those who did not get it, and wait for it no more. */
static void again_to_rest(const struct meant *m, struct intake_request *r,
			  const char **to)
{
	r->to = to;
	for (size_t i = 0; i < m->count; i++)
		if (m->jobs[i]->state == JOBS_FAILED ||
		    m->jobs[i]->state == JOBS_CANCELLED)
			to[r->to_count++] = m->jobs[i]->record.to;
}

static void send_again(struct desk *d, struct local_session *s,
		       const struct meant *m, const struct intake_request *r)
{
	const struct outbox_repeat repeat = { .to = r->to,
					      .to_count = r->to_count };
	struct outbox_added added;
	struct why why = { "Out of memory." };
	enum err e = outbox_again(d->outbox, m->jobs[0], &repeat, &added, &why);

	if (e != OK) {
		answer_refuse(s, err_exit_code(e), why.text);
		return;
	}
	say_added(s, &added);
	answer_end(s);
}

static void run_again(struct desk *d, struct local_session *s, const json_t *in)
{
	const json_t *to = json_object_get(in, "to");
	struct intake_request r = { .to = NULL };
	struct meant *m = find_meant(d, s, in);
	const char *rest[EACH_MAX];
	struct why why = { "Out of memory." };
	enum err e = OK;

	if (!m)
		return;
	if (to)
		e = read_to(to, &r, &why);
	else if (m->count > 1)
		again_to_rest(m, &r, rest);
	if (e != OK)
		answer_refuse(s, err_exit_code(e), why.text);
	else if (m->count > 1 && r.to_count == 0)
		answer_refuse(s, EX_UNAVAILABLE,
			      "Everybody got it, or will: say to whom it shall "
			      "go again.");
	else
		send_again(d, s, m, &r);
	if (to)
		desk_done(&r);
	free(m);
}

static void run_priority(struct desk *d, struct local_session *s,
			 const json_t *in)
{
	struct intake_request r = { .priority = JOBS_NORMAL };
	struct why why = { "" };
	struct meant *m = NULL;

	if (read_words(in, &r, &why) != OK)
		answer_refuse(s, EX_USAGE, why.text);
	else
		m = find_meant(d, s, in);
	if (!m)
		return;
	outbox_together(d->outbox);
	for (size_t i = 0; i < m->count; i++)
		if (outbox_priority(m->jobs[i], r.priority))
			answer_say(s, view_job(m->jobs[i]));
	outbox_apart(d->outbox);
	free(m);
	answer_end(s);
}

static void pause_queue(struct desk *d, struct local_session *s, bool paused)
{
	struct why why = { "" };
	enum err e = outbox_pause(d->outbox, paused, &why);

	if (e == OK)
		answer_end(s);
	else
		answer_refuse(s, err_exit_code(e), why.text);
}

static void run_pause(struct desk *d, struct local_session *s, const json_t *in)
{
	(void)in;
	pause_queue(d, s, true);
}

static void run_resume(struct desk *d, struct local_session *s,
		       const json_t *in)
{
	(void)in;
	pause_queue(d, s, false);
}

static const struct {
	const char *name;
	void (*run)(struct desk *d, struct local_session *s, const json_t *in);
} commands[] = {
	{ "jobs", run_jobs },	  { "cancel", run_cancel },
	{ "hold", run_hold },	  { "release", run_release },
	{ "again", run_again },	  { "priority", run_priority },
	{ "pause", run_pause },	  { "resume", run_resume },
	{ "remove", run_remove },
};

bool desk_run(struct desk *d, struct local_session *s, const json_t *in,
	      const int *fds, size_t n)
{
	const char *name = json_string_value(json_object_get(in, "command"));

	if (strcmp(name, "send") == 0) {
		run_send(d, s, in, fds, n);
		return true;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		for (size_t k = 0; k < n; k++)
			close(fds[k]);
		commands[i].run(d, s, in);
		return true;
	}
	return false;
}

/* --- making and unmaking --- */

struct desk *desk_new(bool (*joined)(void *owner), void *owner)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->joined = joined;
	d->owner = owner;
	list_init(&d->waiters);
	return d;
}

void desk_ready(struct desk *d, struct outbox *o)
{
	d->outbox = o;
}

void desk_free(struct desk *d)
{
	if (!d)
		return;
	while (!list_empty(&d->waiters))
		drop_waiter(list_entry(d->waiters.next, struct waiter, link));
	free(d);
}
