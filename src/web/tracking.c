/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for what became of jobs, and for the queue. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "store/workroom.h"
#include "web/news.h"
#include "web/visit.h"
#include "terminal/report.h"

/* False: refused. */
static bool find(struct visit *v, struct outbox_job **j)
{
	*j = outbox_find(v->office->outbox, v->words[0]);
	if (*j)
		return true;
	visit_refuse(v, 404, "missing", "There is no such job (any more).");
	return false;
}

/* --- looking --- */

struct listing {
	json_t *jobs;
	const char *batch; /* NULL: all */
	const char *state;
};

static void note(void *owner, const struct outbox_job *j)
{
	struct listing *l = owner;
	char batch[2 * SPOOL_ID_SIZE + 1];

	text_to_hex(j->record.batch, SPOOL_ID_SIZE, batch);
	if ((l->batch && strcmp(l->batch, batch) != 0) ||
	    (l->state && strcmp(l->state, jobs_state_name(j->state)) != 0))
		return;
	/* In order of creation: the newest is to come first. */
	json_array_append_new(l->jobs, view_job(j));
}

static void list_jobs(struct visit *v)
{
	struct listing l = { .jobs = json_array(),
			     .batch = http_query(v->request, "batch"),
			     .state = http_query(v->request, "state") };
	json_t *newest;

	if (l.state && jobs_state_of(l.state) == JOBS_STATES) {
		json_decref(l.jobs);
		visit_refuse(v, 400, "bad",
			     "The state must be queued, calling, sending, "
			     "delivered, failed or cancelled.");
		return;
	}
	newest = json_array();
	outbox_each(v->office->outbox, note, &l);
	for (size_t i = json_array_size(l.jobs); i-- > 0;)
		json_array_append(newest, json_array_get(l.jobs, i));
	json_decref(l.jobs);
	visit_answer(v, 200, json_pack("{s:o}", "jobs", newest));
}

static void get_job(struct visit *v)
{
	struct outbox_job *j;

	if (find(v, &j))
		visit_answer(v, 200, view_job(j));
}

static void get_page(struct visit *v)
{
	char path[ATOMIC_PATH_MAX];
	struct outbox_job *j;

	if (!find(v, &j))
		return;
	if (outbox_pages(v->office->outbox, j, path) == OK)
		visit_page(v, path, v->words[1]);
	else
		visit_refuse(v, 404, "missing",
			     "The pages of this job are not kept any more.");
}

/* --- the report --- */

static void on_report(void *owner, enum err e, int pdf, int64_t size,
		      const struct why *why)
{
	struct visit *v = owner;
	char name[40];

	(void)size;
	(void)snprintf(name, sizeof(name), "report-%.8s.pdf", v->words[0]);
	if (e == OK)
		visit_file(v, "application/pdf", pdf, name);
	else
		visit_fail(v, e, why);
}

static void cancel_report(void *pending)
{
	report_cancel(pending);
}

static void get_report(struct visit *v)
{
	const struct web_parts *p = v->office;
	const struct membership *m = p->membership(p->owner);
	char path[ATOMIC_PATH_MAX], folder[ATOMIC_PATH_MAX] = "";
	struct outbox_job *j;
	struct report_request r = { .from = m ? m->id : "",
				    .ident = p->config->name,
				    .folder = folder,
				    .program = p->config->fax_program };

	if (!find(v, &j))
		return;
	(void)!workroom_path(p->config->home, folder, NULL);
	r.job = &j->record;
	if (outbox_pages(p->outbox, j, path) == OK)
		r.document = path;
	if (!*r.ident)
		r.ident = r.from;
	v->pending = report_new(p->loop, &r, on_report, v);
	v->cancel = cancel_report;
	if (!v->pending)
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
}

/* --- changes --- */

static void over(struct visit *v)
{
	visit_refuse(v, 409, "over", "The job is over already.");
}

/* The job as it is now: what was done to it. */
static void answer_changed(struct visit *v, const struct outbox_job *j)
{
	if (outbox_saved(j))
		visit_answer(v, 200, view_job(j));
	else
		visit_refuse(v, 507, "not-kept", OUTBOX_UNSAVED);
}

static void cancel_job(struct visit *v)
{
	struct outbox_job *j;

	if (!find(v, &j))
		return;
	if (jobs_state_final(j->state))
		over(v);
	else if (visit_audit(v, "cancelled", v->words[0], j->record.to) &&
		 outbox_cancel(v->office->outbox, j))
		answer_changed(v, j);
}

/* It is not over. */
static void apply(struct visit *v, struct outbox_job *j, enum jobs_priority p)
{
	const json_t *held = json_object_get(v->in, "held");

	if (p != JOBS_PRIORITIES)
		(void)outbox_priority(j, p);
	if (held)
		(void)outbox_hold(j, json_is_true(held));
	if (json_object_get(v->in, "not_before_ms"))
		(void)outbox_not_before(j, visit_moment(v, "not_before_ms"));
}

static void change_job(struct visit *v)
{
	static const struct visit_member members[] = {
		{ "held", VISIT_FLAG },
		{ "priority", VISIT_TEXT },
		{ "not_before_ms", VISIT_MOMENT },
	};
	const char *priority = visit_text(v, "priority");
	enum jobs_priority p = JOBS_PRIORITIES;
	struct outbox_job *j;

	if (!find(v, &j) || !visit_members(v, members, 3))
		return;
	if (priority) {
		p = jobs_priority_of(priority);
		if (p == JOBS_PRIORITIES) {
			visit_refuse(v, 400, "bad",
				     "The priority must be low, normal or "
				     "high.");
			return;
		}
	}
	if (jobs_state_final(j->state))
		over(v);
	else if (visit_audit(v, "job-changed", v->words[0], j->record.to)) {
		apply(v, j, p);
		answer_changed(v, j);
	}
}

static void delete_job(struct visit *v)
{
	struct outbox_job *j;

	if (!find(v, &j))
		return;
	if (!jobs_state_final(j->state))
		visit_refuse(v, 409, "not-over",
			     "The job is not over: cancel it first.");
	else if (visit_audit(v, "job-removed", v->words[0], j->record.to) &&
		 outbox_remove(j))
		visit_done(v);
}

/* --- the queue --- */

static void get_queue(struct visit *v)
{
	visit_answer(v, 200,
		     json_pack("{s:b}", "paused",
			       (int)outbox_paused(v->office->outbox)));
}

static void change_queue(struct visit *v)
{
	const json_t *paused = json_object_get(v->in, "paused");
	struct why why = { "" };
	enum err e;

	if (!json_is_boolean(paused)) {
		visit_refuse(v, 400, "bad", "Say {\"paused\": true or false}.");
		return;
	}
	if (!visit_audit(v, json_is_true(paused) ? "paused" : "resumed",
			 "queue", ""))
		return;
	e = outbox_pause(v->office->outbox, json_is_true(paused), &why);
	if (e == OK)
		get_queue(v);
	else
		visit_fail(v, e, &why);
}

const struct visit_route tracking_routes[] = {
	{ HTTP_GET, "jobs", ROLE_SEND, VISIT_NOTHING, list_jobs, 0 },
	{ HTTP_GET, "jobs/*", ROLE_SEND, VISIT_NOTHING, get_job, 0 },
	{ HTTP_PATCH, "jobs/*", ROLE_SEND, VISIT_JSON, change_job, 0 },
	{ HTTP_DELETE, "jobs/*", ROLE_SEND, VISIT_NOTHING, delete_job, 0 },
	{ HTTP_POST, "jobs/*/cancel", ROLE_SEND, VISIT_NOTHING, cancel_job, 0 },
	{ HTTP_GET, "jobs/*/pages/*", ROLE_SEND, VISIT_NOTHING, get_page, 0 },
	{ HTTP_GET, "jobs/*/report.pdf", ROLE_SEND, VISIT_NOTHING, get_report,
	  0 },
	{ HTTP_GET, "queue", ROLE_SEND, VISIT_NOTHING, get_queue, 0 },
	{ HTTP_PUT, "queue", ROLE_SEND, VISIT_JSON, change_queue, 0 },
	{ .path = NULL },
};
