/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reportcmd.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/answer.h"
#include "daemon/queuecmd.h"
#include "store/workroom.h"
#include "terminal/report.h"

/* A session that waits for its report. */
struct waiter {
	struct answer_waiter base;
	struct local_session *session;
	struct report *report;
	int out; /* owned */
};

static void drop(struct waiter *w)
{
	local_set_user(w->session, NULL);
	close(w->out);
	free(w);
}

static void on_gone(struct answer_waiter *base)
{
	struct waiter *w = (struct waiter *)(void *)base;

	report_cancel(w->report);
	drop(w);
}

static void on_report(void *owner, enum err e, int pdf, int64_t size,
		      const struct why *why)
{
	struct waiter *w = owner;
	struct local_session *s = w->session;
	struct why reason = *why;

	(void)size;
	if (e == OK) {
		e = answer_copy(pdf, w->out);
		close(pdf);
	}
	drop(w);
	if (e == OK)
		answer_end(s);
	else
		answer_fail(s, e, &reason);
}

/* Takes `out`. */
static void begin(const struct reportcmd_rooms *rooms, struct local_session *s,
		  const struct outbox_job *j, int out)
{
	const struct config *c = rooms->config;
	const struct membership *m = rooms->membership(rooms->owner);
	char document[ATOMIC_PATH_MAX], folder[ATOMIC_PATH_MAX] = "";
	const char *id = m ? m->id : "";
	const struct report_request r = {
		.job = &j->record,
		.document = outbox_pages(rooms->outbox, j, document) == OK
				    ? document
				    : NULL,
		.from = id,
		.ident = *c->name ? c->name : id,
		.folder = folder,
		.program = c->fax_program,
	};
	struct waiter *w = calloc(1, sizeof(*w));

	(void)!workroom_path(c->home, folder, NULL);
	if (w) {
		w->base.gone = on_gone;
		w->session = s;
		w->out = out;
		w->report = report_new(rooms->loop, &r, on_report, w);
	}
	if (w && w->report) {
		local_set_user(s, &w->base);
		return;
	}
	free(w);
	close(out);
	answer_fail(s, ERR_MEMORY, &(struct why){ "" });
}

void reportcmd_run(const struct reportcmd_rooms *rooms, struct local_session *s,
		   const json_t *in, const int *fds, size_t n)
{
	const struct outbox_job *j = NULL;

	if (n == 1 && answer_is_file(fds[0]))
		j = queuecmd_find(rooms->outbox, s, in);
	else
		answer_refuse(s, EX_USAGE,
			      "A report needs a file to be written to.");
	if (j) {
		begin(rooms, s, j, fds[0]);
		return;
	}
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}
