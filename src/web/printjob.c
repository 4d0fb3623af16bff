/* SPDX-License-Identifier: Apache-2.0 */
#include "web/printjob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "io/random.h"
#include "office/logbook.h"
#include "store/prints.h"
#include "store/workroom.h"
#include "web/news.h"
#include "web/papers.h"

#define PRINTED "print" /* a draft's source */

enum { COPY_CHUNK = 1 << 20 };

enum stage {
	WAITING, /* for its document */
	COPYING, /* the document, out of the request */
	MAKING,	 /* its pages */
	KEPT,	 /* a document of the page */
	SENT,	 /* the queue has it */
	ABORTED,
	CANCELED,
};

/* The document, on its way into a file of its own; beside the loop. */
struct copy {
	struct work_item item;
	struct printjob *job; /* borrowed; NULL: nobody wants it */
	int from, to;	      /* owned */
	off_t at;
	int fault; /* an errno */
};

struct printjobs {
	const struct web_parts *office; /* borrowed */
	struct news *news;		/* borrowed */
	struct list jobs;		/* newest first */
	size_t count;
	int number; /* of the last one */
	struct timer timer;
};

struct printjob {
	struct printjobs *all; /* borrowed */
	struct list link;
	int number;
	enum stage stage;
	printjob_taken *taken; /* to be told; NULL: he is, or nobody asks */
	void *taken_owner;     /* borrowed */
	bool is_kept;	       /* by store/prints */
	struct printterms terms;
	char user[ROLE_USER_SIZE + 16];
	char name[65];
	bool proven;
	uint8_t id[DRAFTS_ID_SIZE];   /* here, as a draft, and as a batch */
	struct copy *copy;	      /* COPYING */
	struct prepare *prepare;      /* MAKING */
	int source;		      /* owned; the document, or -1 */
	char folder[ATOMIC_PATH_MAX]; /* a fax's pages in the making; "" */
	unsigned pages;
	char sentence[400];
	int64_t created, begun, ended; /* s since 1970 */
	int64_t deadline_ms;	       /* WAITING */
	/* SENT, and all that it became is over: */
	enum printjob_state state;
	const char *reason;
	int pages_done;
};

static const char kept_sentence[] =
	"It waits on the page, which asks to whom it goes.";

static int64_t seconds(void)
{
	return (int64_t)time(NULL);
}

static const char *hex_of(const struct printjob *j,
			  char hex[2 * DRAFTS_ID_SIZE + 1])
{
	text_to_hex(j->id, DRAFTS_ID_SIZE, hex);
	return hex;
}

/* --- ends --- */

static bool is_over(const struct printjob *j)
{
	return j->stage >= KEPT;
}

/* What only one in the making has. */
static void tidy(struct printjob *j)
{
	if (j->copy)
		j->copy->job = NULL;
	j->copy = NULL;
	if (j->prepare)
		prepare_cancel(j->prepare);
	j->prepare = NULL;
	if (j->stage == MAKING && j->terms.to_count == 0)
		drafts_abandon(j->all->office->drafts, j->id);
	if (j->source >= 0)
		close(j->source);
	j->source = -1;
	if (*j->folder)
		(void)atomic_remove_folder(j->folder);
	j->folder[0] = '\0';
}

static void tell_taken(struct printjob *j)
{
	printjob_taken *taken = j->taken;

	j->taken = NULL;
	if (taken)
		taken(j->taken_owner, j);
}

static void end(struct printjob *j, enum stage stage, const char *sentence)
{
	tidy(j);
	if (j->is_kept)
		prints_remove(j->all->office->config->home, j->id);
	j->is_kept = false;
	j->stage = stage;
	j->ended = seconds();
	(void)snprintf(j->sentence, sizeof(j->sentence), "%s", sentence);
	text_mend_cut(j->sentence);
	log_sentence(LOG_INFO, j->sentence, "print=%d event=%s", j->number,
		     stage == KEPT	 ? "printed"
		     : stage == SENT	 ? "print-sent"
		     : stage == CANCELED ? "print-cancelled"
					 : "print-failed");
	tell_taken(j);
}

static void fail(struct printjob *j, enum err e, const struct why *why)
{
	end(j, ABORTED, *why->text ? why->text : err_text(e));
}

/* --- what its pages become --- */

static enum err audit(const struct printjob *j, const char *action,
		      const char *what, struct why *why)
{
	char detail[48];

	(void)snprintf(detail, sizeof(detail), "printed, %zu, %u pages",
		       j->terms.to_count, j->pages);
	return logbook_note(j->all->office->audit, j->name, action, what,
			    detail, why);
}

/* Into the queue. */
static void submit(struct printjob *j, const struct prepare_result *result)
{
	struct outbox *outbox = j->all->office->outbox;
	char path[ATOMIC_PATH_MAX];
	struct outbox_document document = {
		.path = path,
		.pages = (uint16_t)result->pages,
		.resolution = result->format.resolution,
	};
	const struct intake_request r = {
		.to = (const char *const *)j->terms.to,
		.to_count = j->terms.to_count,
		.priority = j->terms.priority,
		.title = j->terms.title,
		.note = *j->terms.note ? j->terms.note : NULL,
		.user = j->name,
		.batch = j->id,
	};
	struct outbox_added added = { NULL, 0 };
	struct why why = { "" };
	enum err e = atomic_path(path, &why, "%s/" PREPARE_DOCUMENT, j->folder);

	if (e == OK)
		e = audit(j, "sent", j->terms.to[0], &why);
	if (e == OK)
		e = outbox_add_document(outbox, &r, &document, &added, &why);
	if (e == OK)
		end(j, SENT, "");
	else
		fail(j, e, &why);
}

/* A document of the page, which asks to whom it goes. */
static void keep(struct printjob *j, const struct prepare_result *result)
{
	struct drafts *drafts = j->all->office->drafts;
	struct draft d = { .created_ms = (uint64_t)seconds() * 1000,
			   .pages = result->pages };
	struct why why = { "" };
	enum err e;

	memcpy(d.id, j->id, sizeof(d.id));
	(void)snprintf(d.name, sizeof(d.name), "%s", j->terms.title);
	(void)snprintf(d.user, sizeof(d.user), "%s", j->user);
	(void)snprintf(d.source, sizeof(d.source), PRINTED);
	(void)snprintf(d.resolution, sizeof(d.resolution), "%s",
		       paper_resolution_name(result->format.resolution));
	(void)snprintf(d.size, sizeof(d.size), "%s",
		       paper_size_name(result->format.size));
	e = drafts_keep(drafts, &d, &why);
	if (e != OK) {
		fail(j, e, &why);
		return;
	}
	news_say(j->all->news, ROLE_SEND, d.user, "document", papers_json(&d));
	news_status(j->all->news);
	end(j, KEPT, kept_sentence);
}

static void on_prepared(void *owner, enum err e,
			const struct prepare_result *result,
			const struct why *why)
{
	struct printjob *j = owner;

	j->prepare = NULL;
	j->pages = result->pages;
	if (e != OK)
		fail(j, e, why);
	else if (j->terms.to_count > 0)
		submit(j, result);
	else
		keep(j, result);
}

/* --- its pages in the making --- */

/* Others than who prints need room for theirs, too. */
static bool is_full(const struct drafts *d)
{
	size_t n = 0;

	for (size_t i = 0; i < drafts_count(d); i++)
		n += strcmp(drafts_at(d, i)->source, PRINTED) == 0;
	return n >= PRINTJOB_KEPT_MAX;
}

/* Where they are made. */
static enum err make_place(struct printjob *j, char folder[ATOMIC_PATH_MAX],
			   struct why *why)
{
	const struct web_parts *office = j->all->office;
	char hex[2 * DRAFTS_ID_SIZE + 1];
	enum err e;

	if (j->terms.to_count == 0 && is_full(office->drafts)) {
		why_set(why,
			"%d printed documents wait on the page: send some, or "
			"delete them.",
			PRINTJOB_KEPT_MAX);
		return ERR_LIMIT;
	}
	if (j->terms.to_count == 0)
		return drafts_begin(office->drafts, j->id, j->source, folder,
				    why);
	e = workroom_folder(office->config->home, hex_of(j, hex), folder, why);
	if (e == OK)
		memcpy(j->folder, folder, sizeof(j->folder));
	return e;
}

static void make_pages(struct printjob *j)
{
	char folder[ATOMIC_PATH_MAX];
	const struct prepare_file file = { .fd = j->source,
					   .name = j->terms.title };
	const struct prepare_request r = {
		.files = &file,
		.count = 1,
		.resolution = j->terms.resolution,
		.folder = folder,
		.program = j->all->office->config->fax_program,
	};
	struct why why = { "" };
	enum err e = make_place(j, folder, &why);

	if (e != OK) {
		fail(j, e, &why);
		return;
	}
	j->stage = MAKING;
	j->prepare = prepare_new(j->all->office->loop, &r, on_prepared, j);
	if (!j->prepare)
		fail(j, ERR_MEMORY, &why);
}

/* --- its document --- */

static void run_copy(struct work_item *w)
{
	struct copy *c = (struct copy *)(void *)w;
	ssize_t n;

	do {
		n = copy_file_range(c->from, &c->at, c->to, NULL, COPY_CHUNK,
				    0);
		if (n < 0)
			c->fault = errno;
	} while (n > 0);
	if (c->fault == 0 && fsync(c->to) != 0)
		c->fault = errno;
}

static void free_copy(struct copy *c)
{
	if (c->from >= 0)
		close(c->from);
	if (c->to >= 0)
		close(c->to);
	free(c);
}

/* So that it is told that the document has come, and that is true. */
static enum err keep_document(struct printjob *j, struct why *why)
{
	const struct printterms *t = &j->terms;
	const struct print p = {
		.number = (uint32_t)j->number,
		.created_ms = (uint64_t)j->created * 1000,
		.user = j->user,
		.name = j->name,
		.proven = j->proven,
		.title = t->title,
		.note = t->note,
		.resolution = paper_resolution_name(t->resolution),
		.priority = jobs_priority_name(t->priority),
		.to = (const char *const *)t->to,
		.to_count = t->to_count,
	};
	struct print kept = p;
	enum err e;

	memcpy(kept.id, j->id, sizeof(kept.id));
	e = prints_keep(j->all->office->config->home, &kept, j->source, why);
	j->is_kept = e == OK;
	return e;
}

static void take(struct printjob *j)
{
	struct why why = { "" };
	enum err e = keep_document(j, &why);

	if (e != OK) {
		fail(j, e, &why);
		return;
	}
	tell_taken(j);
	make_pages(j);
}

static void on_copied(struct work_item *w, bool ran)
{
	struct copy *c = (struct copy *)(void *)w;
	struct printjob *j = c->job;

	if (j)
		j->copy = NULL;
	if (j && ran && c->fault == 0) {
		j->source = c->to;
		c->to = -1;
		take(j);
	} else if (j) {
		fail(j, c->fault ? err_from_errno(c->fault) : ERR_IO,
		     &(struct why){ "" });
	}
	free_copy(c);
}

void printjob_print(struct printjob *j, int fd, off_t offset,
		    printjob_taken *taken, void *owner)
{
	const struct web_parts *office = j->all->office;
	struct copy *c = calloc(1, sizeof(*c));
	enum err e = ERR_MEMORY;

	j->taken = taken;
	j->taken_owner = owner;
	if (!c) {
		close(fd);
		fail(j, e, &(struct why){ "" });
		return;
	}
	c->item.run = run_copy;
	c->item.done = on_copied;
	c->job = j;
	c->from = fd;
	c->at = offset;
	c->to = open(office->config->home, O_TMPFILE | O_RDWR | O_CLOEXEC,
		     0600);
	e = c->to < 0 ? err_from_errno(errno)
		      : work_add(office->work, &c->item);
	if (e != OK) {
		free_copy(c);
		fail(j, e, &(struct why){ "" });
		return;
	}
	j->copy = c;
	j->stage = COPYING;
	j->begun = seconds();
}

void printjob_leave(struct printjob *j)
{
	j->taken = NULL;
	end(j, CANCELED, "Who printed it went away before it had come.");
}

bool printjob_has_document(const struct printjob *j)
{
	return j->stage != WAITING;
}

void printjob_close(struct printjob *j)
{
	if (j->stage == WAITING)
		end(j, ABORTED, "No document came.");
}

/* --- cancelling --- */

bool printjob_cancel(struct printjob *j)
{
	struct why why = { "" };

	if (j->stage == SENT)
		return audit(j, "cancelled", j->terms.to[0], &why) == OK &&
		       printfate_cancel(j->all->office->outbox, j->id);
	if (is_over(j))
		return false;
	end(j, CANCELED, "It was cancelled.");
	return true;
}

/* --- looking --- */

static void set(struct printjob_view *v, enum printjob_state state,
		const char *reason)
{
	v->state = state;
	v->reason = reason;
}

static void look_at_queue(struct printjob *j, struct printjob_view *v)
{
	struct printfate f;

	printfate_look(j->all->office->outbox, j->id, &f);
	set(v, f.state, f.reason);
	memcpy(v->sentence, f.sentence, sizeof(v->sentence));
	v->pages_done = (int)f.pages_done;
	v->ended = 0;
	if (!f.over)
		return;
	/* The queue need not be asked again. */
	if (f.ended_ms > 0)
		j->ended = (int64_t)(f.ended_ms / 1000);
	v->ended = j->ended;
	j->state = v->state;
	j->reason = v->reason;
	j->pages_done = v->pages_done;
	memcpy(j->sentence, f.sentence, sizeof(j->sentence));
}

void printjob_look(struct printjob *j, struct printjob_view *v)
{
	static const struct {
		enum printjob_state state;
		const char *reason;
	} stages[] = {
		[WAITING] = { PRINTJOB_PENDING, "job-incoming" },
		[COPYING] = { PRINTJOB_PROCESSING, "job-incoming" },
		[MAKING] = { PRINTJOB_PROCESSING, "job-transforming" },
		[KEPT] = { PRINTJOB_COMPLETED, "job-completed-successfully" },
		[SENT] = { PRINTJOB_PROCESSING, "job-outgoing" },
		[ABORTED] = { PRINTJOB_ABORTED, "aborted-by-system" },
		[CANCELED] = { PRINTJOB_CANCELED, "job-canceled-by-user" },
	};

	*v = (struct printjob_view){ .number = j->number,
				     .title = j->terms.title,
				     .name = j->name,
				     .user = j->proven ? j->user : "",
				     .pages = (int)j->pages,
				     .created = j->created,
				     .begun = j->begun,
				     .ended = j->ended };
	set(v, stages[j->stage].state, stages[j->stage].reason);
	(void)snprintf(v->sentence, sizeof(v->sentence), "%s", j->sentence);
	if (j->stage == KEPT)
		v->pages_done = v->pages;
	if (j->stage == SENT && !j->reason) {
		look_at_queue(j, v);
	} else if (j->stage == SENT) {
		set(v, j->state, j->reason);
		v->pages_done = j->pages_done;
	}
}

/* --- all of them --- */

static void drop(struct printjob *j)
{
	j->taken = NULL;
	tidy(j);
	list_remove(&j->link);
	j->all->count--;
	printterms_fini(&j->terms);
	free(j);
}

/* False: all are under way. */
static bool make_room(struct printjobs *js)
{
	struct list *l = js->jobs.prev;

	if (js->count < PRINTJOB_MAX)
		return true;
	while (l != &js->jobs && !is_over(list_entry(l, struct printjob, link)))
		l = l->prev;
	if (l == &js->jobs)
		return false;
	drop(list_entry(l, struct printjob, link));
	return true;
}

/* Documents that never come are waited for no longer. */
static void on_due(struct timer *t)
{
	struct printjobs *js = t->owner;
	const int64_t now = loop_now(js->office->loop);
	int64_t next = INT64_MAX;

	for (struct list *l = js->jobs.next; l != &js->jobs; l = l->next) {
		struct printjob *j = list_entry(l, struct printjob, link);

		if (j->stage == WAITING && j->deadline_ms <= now)
			printjob_close(j);
		else if (j->stage == WAITING && j->deadline_ms < next)
			next = j->deadline_ms;
	}
	if (next != INT64_MAX)
		timer_set(js->office->loop, t, next);
}

struct printjob *printjobs_add(struct printjobs *js, struct printterms *terms,
			       const struct printjob_owner *owner)
{
	struct printjob *j = make_room(js) ? calloc(1, sizeof(*j)) : NULL;

	if (!j)
		return NULL;
	j->all = js;
	j->number = ++js->number;
	random_bytes(j->id, sizeof(j->id));
	j->terms = *terms;
	*terms = (struct printterms){ .to = NULL };
	j->source = -1;
	j->proven = owner->proven;
	j->created = seconds();
	(void)snprintf(j->user, sizeof(j->user), "%s", owner->user);
	(void)snprintf(j->name, sizeof(j->name), "%s", owner->name);
	j->deadline_ms = loop_now(js->office->loop) + PRINTJOB_WAIT_MS;
	list_append(js->jobs.next, &j->link); /* before the first */
	js->count++;
	if (js->timer.place == 0)
		timer_set(js->office->loop, &js->timer, j->deadline_ms);
	return j;
}

struct printjob *printjobs_find(struct printjobs *js, int number)
{
	for (struct list *l = js->jobs.next; l != &js->jobs; l = l->next) {
		struct printjob *j = list_entry(l, struct printjob, link);

		if (j->number == number)
			return j;
	}
	return NULL;
}

size_t printjobs_count(const struct printjobs *js)
{
	return js->count;
}

struct printjob *printjobs_at(struct printjobs *js, size_t i)
{
	struct list *l = js->jobs.next;

	while (i-- > 0)
		l = l->next;
	return list_entry(l, struct printjob, link);
}

size_t printjobs_waiting(struct printjobs *js)
{
	size_t n = 0;

	for (struct list *l = js->jobs.next; l != &js->jobs; l = l->next)
		n += list_entry(l, struct printjob, link)->stage < KEPT;
	return n;
}

/* --- what was cut off --- */

/* It was cut off after it had become what it should. */
static bool is_done(struct printjob *j)
{
	const struct web_parts *office = j->all->office;
	struct printfate fate;
	char hex[2 * DRAFTS_ID_SIZE + 1];

	printfate_look(office->outbox, j->id, &fate);
	if (fate.jobs > 0)
		end(j, SENT, "");
	else if (drafts_find(office->drafts, hex_of(j, hex)))
		end(j, KEPT, kept_sentence);
	return is_over(j);
}

static bool copy_terms(struct printterms *t, const struct print *p)
{
	*t = (struct printterms){ .priority = jobs_priority_of(p->priority) };
	if (t->priority == JOBS_PRIORITIES)
		t->priority = JOBS_NORMAL;
	if (!paper_resolution_parse(p->resolution, &t->resolution))
		t->resolution = PAPER_FINE;
	t->to = calloc(p->to_count + 1, sizeof(*t->to));
	for (size_t i = 0; t->to && i < p->to_count; i++) {
		t->to[i] = strdup(p->to[i]);
		if (!t->to[i])
			return false;
		t->to_count++;
	}
	return t->to && text_copy(t->title, sizeof(t->title), p->title) &&
	       text_copy(t->note, sizeof(t->note), p->note);
}

/* Where memory is out, or it fits nothing, it waits for another start. */
static void take_up(void *owner, const struct print *p, int document)
{
	const struct printjob_owner whose = { p->user, p->name, p->proven };
	struct printjobs *js = owner;
	struct printterms terms;
	struct printjob *j = NULL;

	if (copy_terms(&terms, p))
		j = printjobs_add(js, &terms, &whose);
	printterms_fini(&terms);
	if (!j) {
		log_line(LOG_ERROR, "print=%u event=print-postponed",
			 p->number);
		close(document);
		return;
	}
	memcpy(j->id, p->id, sizeof(j->id));
	j->number = (int)p->number;
	if (js->number < j->number)
		js->number = j->number;
	j->created = j->begun = (int64_t)(p->created_ms / 1000);
	j->source = document;
	j->is_kept = true;
	j->stage = COPYING;
	if (!is_done(j))
		make_pages(j);
}

struct printjobs *printjobs_new(const struct web_parts *parts,
				struct news *news)
{
	struct printjobs *js = calloc(1, sizeof(*js));

	if (!js)
		return NULL;
	js->office = parts;
	js->news = news;
	list_init(&js->jobs);
	js->timer = (struct timer){ .due = on_due, .owner = js };
	/* A program that asks for a job of an earlier run must not find
	 * another one: numbers go on from the seconds since 2020. */
	js->number = (int)((seconds() - 1577836800) & 0x3fffffff);
	prints_load(parts->config->home, take_up, js);
	return js;
}

void printjobs_free(struct printjobs *js)
{
	if (!js)
		return;
	timer_clear(js->office->loop, &js->timer);
	while (js->jobs.next != &js->jobs)
		drop(list_entry(js->jobs.next, struct printjob, link));
	free(js);
}
