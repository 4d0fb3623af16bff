/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/queuecmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "base/role.h"
#include "base/text.h"
#include "daemon/answer.h"
#include "daemon/request.h"
#include "office/logbook.h"
#include "office/view.h"

enum {
	EACH_MAX = SPOOL_BATCH_MAX,
	DIGITS_MIN = 4,
	HEX_SIZE = 2 * SPOOL_ID_SIZE + 1,
};

/* One request, while it is answered. */
struct request {
	struct outbox *outbox;
	struct audit *audit;
	struct desk *desk;
	struct local_session *session;
	const json_t *in;
};

static void fail(const struct request *r, enum err e, const struct why *why)
{
	answer_fail(r->session, e, why);
}

/* Before it is done. False: it is not, and the session is told. */
static bool note(const struct request *r, const char *action, const char *what,
		 const char *detail)
{
	struct why why = { "" };
	enum err e =
		logbook_note(r->audit, ROLE_LOCAL, action, what, detail, &why);

	if (e != OK)
		fail(r, e, &why);
	return e == OK;
}

static bool note_job(const struct request *r, const char *action,
		     const struct outbox_job *j)
{
	char hex[HEX_SIZE];

	text_to_hex(j->record.id, SPOOL_ID_SIZE, hex);
	return note(r, action, hex, j->record.to);
}

/* --- looking --- */

static void say_job(void *owner, const struct outbox_job *j)
{
	answer_say(owner, view_job(j));
}

static void run_jobs(const struct request *r)
{
	outbox_each(r->outbox, say_job, r->session);
	answer_say(r->session, json_pack("{s:b, s:b}", "end", 1, "paused",
					 (int)outbox_paused(r->outbox)));
	local_end(r->session);
}

/* --- which jobs are meant --- */

/* One job by its ID, or a batch by its own. */
struct meant {
	const char *hex;
	bool batches; /* it is a batch's that is looked for */
	bool several; /* it could be this one or that */
	size_t count;
	uint8_t ids[EACH_MAX][SPOOL_ID_SIZE];
	struct outbox_job *jobs[EACH_MAX];
};

static void consider(void *owner, const struct outbox_job *j)
{
	struct meant *m = owner;
	const uint8_t *id = m->batches ? j->record.batch : j->record.id;
	char hex[HEX_SIZE];

	text_to_hex(id, SPOOL_ID_SIZE, hex);
	if (strncasecmp(hex, m->hex, strlen(m->hex)) != 0 ||
	    m->count == EACH_MAX)
		return;
	memcpy(m->ids[m->count++], j->record.id, SPOOL_ID_SIZE);
	if (m->count > 1 && !m->batches)
		m->several = true;
}

/* Whether those that were found are of one batch. */
static bool are_one_batch(const struct meant *m)
{
	for (size_t i = 1; i < m->count; i++)
		if (memcmp(m->jobs[i]->record.batch, m->jobs[0]->record.batch,
			   SPOOL_ID_SIZE) != 0)
			return false;
	return true;
}

static void look_up(struct outbox *o, struct meant *m)
{
	outbox_each(o, consider, m);
	if (m->count == 0) {
		m->batches = true;
		outbox_each(o, consider, m);
	}
	for (size_t i = 0; i < m->count; i++) {
		char hex[HEX_SIZE];

		text_to_hex(m->ids[i], SPOOL_ID_SIZE, hex);
		m->jobs[i] = outbox_find(o, hex);
	}
	if (m->batches && !are_one_batch(m))
		m->several = true;
}

/* NULL: none, and the session is told. The caller frees it. */
static struct meant *find_meant(const struct request *r)
{
	const char *hex = json_string_value(json_object_get(r->in, "job"));
	struct meant *m = calloc(1, sizeof(*m));
	bool several;

	if (!m) {
		fail(r, ERR_MEMORY, &(struct why){ "" });
		return NULL;
	}
	m->hex = hex ? hex : "";
	if (strlen(m->hex) >= DIGITS_MIN)
		look_up(r->outbox, m);
	if (m->count > 0 && !m->several)
		return m;
	several = m->several;
	free(m);
	answer_refuse(r->session, several ? EX_USAGE : EX_NOINPUT,
		      several ? "The IDs of several jobs begin so: give more "
				"of its digits."
			      : "There is no such job: faxwire jobs lists "
				"them.");
	return NULL;
}

/* --- what is done to them --- */

struct deed {
	const char *action; /* the audit log's word */
	bool (*act)(struct outbox_job *j);
	bool to_over; /* to jobs that are over; else to the others */
	const char *cannot;
};

/* NULL: there is none that it can be done to. */
static const struct outbox_job *first_fit(const struct meant *m,
					  const struct deed *deed)
{
	for (size_t i = 0; i < m->count; i++)
		if (jobs_state_final(m->jobs[i]->state) == deed->to_over)
			return m->jobs[i];
	return NULL;
}

/* Those that it cannot be done to are passed over. What is said of a job that
 * goes is as it was. */
static void act_on(const struct request *r, const struct meant *m,
		   const struct deed *deed)
{
	for (size_t i = 0; i < m->count; i++) {
		bool goes = deed->act == outbox_remove;
		json_t *before = goes ? view_job(m->jobs[i]) : NULL;

		if (deed->act(m->jobs[i]))
			answer_say(r->session,
				   goes ? before : view_job(m->jobs[i]));
		else
			json_decref(before);
	}
}

static void do_to_each(const struct request *r, const struct deed *deed)
{
	struct meant *m = find_meant(r);
	const struct outbox_job *first;

	if (!m)
		return;
	first = first_fit(m, deed);
	if (!first) {
		answer_refuse(r->session, EX_UNAVAILABLE, deed->cannot);
	} else if (note_job(r, deed->action, first)) {
		outbox_together(r->outbox);
		act_on(r, m, deed);
		if (outbox_apart(r->outbox))
			answer_end(r->session);
		else
			answer_refuse(r->session, EX_CANTCREAT, OUTBOX_UNSAVED);
	}
	free(m);
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

static bool make_low(struct outbox_job *j)
{
	return outbox_priority(j, JOBS_LOW);
}

static bool make_normal(struct outbox_job *j)
{
	return outbox_priority(j, JOBS_NORMAL);
}

static bool make_high(struct outbox_job *j)
{
	return outbox_priority(j, JOBS_HIGH);
}

static const char over[] = "The job is over already.";

static void run_cancel(const struct request *r)
{
	do_to_each(r, &(struct deed){ "cancelled", cancel, false, over });
}

static void run_hold(const struct request *r)
{
	do_to_each(r, &(struct deed){ "job-changed", hold, false, over });
}

static void run_release(const struct request *r)
{
	do_to_each(r, &(struct deed){ "job-changed", release, false, over });
}

static void run_remove(const struct request *r)
{
	do_to_each(r, &(struct deed){
			      "job-removed", outbox_remove, true,
			      "The job is not over yet: cancel it first." });
}

static void run_priority(const struct request *r)
{
	static bool (*const make[JOBS_PRIORITIES])(struct outbox_job *) = {
		[JOBS_LOW] = make_low,
		[JOBS_NORMAL] = make_normal,
		[JOBS_HIGH] = make_high,
	};
	enum jobs_priority p;
	struct why why = { "" };
	enum err e = request_priority(r->in, &p, &why);

	if (e == OK)
		do_to_each(r, &(struct deed){ "job-changed", make[p], false,
					      over });
	else
		fail(r, e, &why);
}

/* --- once more --- */

/* Of a batch: to those who did not get it, and wait for it no more. */
static void again_to_rest(const struct meant *m, struct intake_request *again,
			  const char **to)
{
	again->to = to;
	for (size_t i = 0; i < m->count; i++)
		if (m->jobs[i]->state == JOBS_FAILED ||
		    m->jobs[i]->state == JOBS_CANCELLED)
			to[again->to_count++] = m->jobs[i]->record.to;
}

static void send_again(const struct request *r, const struct meant *m,
		       const struct intake_request *again)
{
	const struct outbox_repeat repeat = { .to = again->to,
					      .to_count = again->to_count,
					      .user = ROLE_LOCAL };
	const char *first = again->to ? again->to[0] : m->jobs[0]->record.to;
	struct outbox_added added;
	struct why why = { "" };
	enum err e;

	if (!note(r, "sent", first, "again, pages of another job"))
		return;
	e = outbox_again(r->outbox, m->jobs[0], &repeat, &added, &why);
	if (e != OK) {
		fail(r, e, &why);
		return;
	}
	if (json_is_true(json_object_get(r->in, "wait"))) {
		desk_follow(r->desk, r->session, &added);
		return;
	}
	for (size_t i = 0; i < added.count; i++)
		say_job(r->session, added.jobs[i]);
	answer_end(r->session);
}

static void run_again(const struct request *r)
{
	bool named = json_object_get(r->in, "to") != NULL;
	struct intake_request again = { .to = NULL };
	struct meant *m = find_meant(r);
	const char *rest[EACH_MAX];
	struct why why = { "" };
	enum err e = OK;

	if (!m)
		return;
	if (named)
		e = request_to(r->in, &again, &why);
	else if (m->count > 1)
		again_to_rest(m, &again, rest);
	if (e != OK)
		fail(r, e, &why);
	else if (named && again.to_count == 0)
		answer_refuse(r->session, EX_USAGE,
			      "Say to whom it shall go again.");
	else if (m->count > 1 && again.to_count == 0)
		answer_refuse(r->session, EX_UNAVAILABLE,
			      "Everybody got it, or will: say to whom it shall "
			      "go again.");
	else
		send_again(r, m, &again);
	if (named)
		request_done(&again);
	free(m);
}

/* --- the queue --- */

static void pause_queue(const struct request *r, bool paused)
{
	struct why why = { "" };
	enum err e;

	if (!note(r, paused ? "paused" : "resumed", "queue", ""))
		return;
	e = outbox_pause(r->outbox, paused, &why);
	if (e == OK)
		answer_end(r->session);
	else
		fail(r, e, &why);
}

static void run_pause(const struct request *r)
{
	pause_queue(r, true);
}

static void run_resume(const struct request *r)
{
	pause_queue(r, false);
}

static const struct {
	const char *name;
	void (*run)(const struct request *r);
} commands[] = {
	{ "jobs", run_jobs },	  { "cancel", run_cancel },
	{ "hold", run_hold },	  { "release", run_release },
	{ "again", run_again },	  { "priority", run_priority },
	{ "pause", run_pause },	  { "resume", run_resume },
	{ "remove", run_remove },
};

struct outbox_job *queuecmd_find(struct outbox *o, struct local_session *s,
				 const json_t *in)
{
	const struct request r = { .outbox = o, .session = s, .in = in };
	struct meant *m = find_meant(&r);
	struct outbox_job *one = m && m->count == 1 ? m->jobs[0] : NULL;

	if (m && !one)
		answer_refuse(s, EX_USAGE,
			      "This is a batch: name one of its jobs.");
	free(m);
	return one;
}

bool queuecmd_run(const struct queuecmd_rooms *rooms, struct local_session *s,
		  const json_t *in)
{
	const struct request r = { rooms->outbox, rooms->audit, rooms->desk, s,
				   in };
	const char *name = json_string_value(json_object_get(in, "command"));

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!name || strcmp(name, commands[i].name) != 0)
			continue;
		commands[i].run(&r);
		return true;
	}
	return false;
}
