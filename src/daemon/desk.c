/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/list.h"
#include "base/role.h"
#include "base/text.h"
#include "daemon/answer.h"
#include "daemon/request.h"
#include "office/logbook.h"
#include "office/view.h"
#include "terminal/cover.h"

struct desk {
	bool (*joined)(void *owner);
	void *owner;	       /* borrowed */
	struct outbox *outbox; /* borrowed */
	struct audit *audit;   /* borrowed */
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
	int cover;		/* the cover page's form, or -1 */
	size_t fds_count;
	uint8_t batch[SPOOL_ID_SIZE];
	char first[ADDRESS_MAX + 1]; /* of its recipients, as noted */
};

static bool is_of_batch(const struct outbox_job *j,
			const uint8_t batch[SPOOL_ID_SIZE])
{
	return memcmp(j->record.batch, batch, SPOOL_ID_SIZE) == 0;
}

/* --- who waits --- */

static void drop_waiter(struct waiter *w)
{
	for (size_t i = 0; i < w->fds_count; i++)
		close(w->fds[i]);
	if (w->cover >= 0)
		close(w->cover);
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
	w->cover = -1;
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

static void follow(struct waiter *w, const struct outbox_added *added)
{
	memcpy(w->batch, added->jobs[0]->record.batch, sizeof(w->batch));
	w->accepted = true;
	say_added(w->session, added);
}

/* Before its pages are made. */
static enum err note_sent(const struct desk *d, const struct intake_request *r,
			  struct why *why)
{
	char detail[60];

	(void)snprintf(detail, sizeof(detail), "%zu, %zu files", r->to_count,
		       r->count);
	return logbook_note(d->audit, ROLE_LOCAL, "sent",
			    r->to_count > 0 ? r->to[0] : "", detail, why);
}

/* What was noted as sent is not, after all. */
static void note_not_sent(const struct waiter *w, const char *sentence)
{
	struct why why = { "" };

	(void)!logbook_note(w->desk->audit, ROLE_LOCAL, "not-sent", w->first,
			    sentence, &why);
}

static void on_added(void *owner, enum err e, const struct outbox_added *added,
		     const char *sentence)
{
	struct waiter *w = owner;
	struct local_session *s = w->session;

	if (e != OK)
		note_not_sent(w, sentence);
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
		follow(w, added);
	}
}

void desk_follow(struct desk *d, struct local_session *s,
		 const struct outbox_added *added)
{
	struct waiter *w = new_waiter(d, s);

	if (w)
		follow(w, added);
	else
		answer_refuse(s, EX_OSERR,
			      "It is accepted; but memory is out, "
			      "so look at faxwire jobs.");
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

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* A page from fields before the others, if it is asked for. */
static enum err make_cover(struct waiter *w, const json_t *fields,
			   struct prepare_file *file, struct why *why)
{
	char date[32] = "";
	const struct cover c = { .to = text_of(fields, "to"),
				 .from = text_of(fields, "from"),
				 .date = date,
				 .subject = text_of(fields, "subject"),
				 .text = text_of(fields, "text") };
	time_t now = time(NULL);
	struct tm tm;
	enum err e;

	if (localtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &tm);
	w->cover = memfd_create("cover", MFD_CLOEXEC);
	e = w->cover < 0 ? err_from_errno(errno) : cover_write(&c, w->cover);
	if (e == ERR_LIMIT)
		why_set(why, "The cover page says more than fits on it: make "
			     "it shorter.");
	*file = (struct prepare_file){ .fd = w->cover,
				       .name = "the cover page",
				       .sheet = true };
	return e;
}

static enum err hand_in(struct waiter *w, const json_t *in, struct why *why)
{
	const json_t *cover = json_object_get(in, "cover");
	const size_t first = cover ? 1 : 0;
	struct prepare_file files[LOCAL_FDS_MAX + 1];
	struct intake_request r = { .files = files,
				    .count = w->fds_count + first };
	enum err e = ERR_BAD;

	if (!w->desk->joined(w->desk->owner)) {
		why_set(why, "This terminal is not joined: run faxwire join "
			     "URL first.");
	} else if (!take_files(json_object_get(in, "names"), w,
			       files + first)) {
		why_set(why, "The request is malformed.");
	} else {
		e = request_read(in, &r, why);
		r.user = ROLE_LOCAL;
		if (e == OK && cover)
			e = make_cover(w, cover, &files[0], why);
		if (e == OK)
			e = note_sent(w->desk, &r, why);
		(void)text_copy(w->first, sizeof(w->first), r.to[0]);
		if (e == OK)
			e = outbox_add(w->desk->outbox, &r, on_added, w, why);
		request_done(&r);
	}
	return e;
}

void desk_send(struct desk *d, struct local_session *s, const json_t *in,
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

void desk_ready(struct desk *d, struct outbox *o, struct audit *a)
{
	d->outbox = o;
	d->audit = a;
}

void desk_free(struct desk *d)
{
	if (!d)
		return;
	while (!list_empty(&d->waiters))
		drop_waiter(list_entry(d->waiters.next, struct waiter, link));
	free(d);
}
