/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked of the printer, each operation of IPP. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "web/printvisit.h"
#include "web/portrait.h"

enum { VERSION_MIN = 10, VERSION_MAX = 29, NAME_SIZE = 64 };

/* --- who may --- */

/* Sending needs a user of the page, unless this machine's programs may. */
static bool may_send(const struct printvisit *v)
{
	return v->known ||
	       (v->local && strcmp(v->office->config->printing, "send") == 0);
}

/* Of who has not signed in: as he says that he is called. */
static void claimed_name(struct printvisit *v, char out[NAME_SIZE])
{
	const char *asker = ippdata_text(v->in, "requesting-user-name", 0);
	char name[NAME_SIZE - 8];

	asker = asker ? asker : "";
	(void)snprintf(
		out, NAME_SIZE, "print:%s",
		text_printable(asker, strlen(asker), name, sizeof(name)));
}

/* All that who signed in sees of the queue at the page, too; who did not, only
 * what was printed under his name. */
static bool is_his(struct printvisit *v, const struct printjob_view *view)
{
	char name[NAME_SIZE];

	if (v->known)
		return true;
	claimed_name(v, name);
	return !*view->user && strcmp(name, view->name) == 0;
}

/* --- which job --- */

static int job_number(struct printvisit *v)
{
	const char *uri = ippdata_text(v->in, "job-uri", 0);
	const char *slash = uri ? strrchr(uri, '/') : NULL;
	int64_t n;

	if (slash)
		return text_to_number(slash + 1, 1, INT32_MAX, &n) ? (int)n : 0;
	return ippdata_number(v->in, "job-id", 0);
}

/* NULL: refused. */
static struct printjob *find_job(struct printvisit *v)
{
	struct printjob *j = printjobs_find(v->jobs, job_number(v));

	if (!j)
		printvisit_refuse(v, IPPDATA_NOT_FOUND,
				  "There is no such job (any more).");
	return j;
}

/* NULL: refused. */
static struct printjob *find_his_job(struct printvisit *v)
{
	struct printjob *j = find_job(v);
	struct printjob_view view;

	if (!j)
		return NULL;
	printjob_look(j, &view);
	if (is_his(v, &view))
		return j;
	printvisit_refuse(v, IPPDATA_FORBIDDEN, "This job is somebody else's.");
	return NULL;
}

/* --- a job, as it is told --- */

static void add_time(struct printvisit *v, struct ippdata *m, const char *what,
		     int64_t at)
{
	char name[40], date[48];

	(void)snprintf(name, sizeof(name), "time-at-%s", what);
	(void)snprintf(date, sizeof(date), "date-time-at-%s", what);
	if (at == 0) {
		ippdata_add_nothing(m, IPPDATA_NO_VALUE, name);
		ippdata_add_nothing(m, IPPDATA_NO_VALUE, date);
		return;
	}
	ippdata_add_number(m, IPPDATA_INTEGER, name, (int)(at - v->started));
	ippdata_add_date(m, date, (time_t)at);
}

/* All that Get-Jobs tells unless it is asked for more. */
static void add_ids(struct printvisit *v, struct ippdata *m, int number)
{
	char uri[PRINTER_URI_SIZE + 16];

	(void)snprintf(uri, sizeof(uri), "%s/%d", v->uri, number);
	ippdata_add_number(m, IPPDATA_INTEGER, "job-id", number);
	ippdata_add_text(m, IPPDATA_URI, "job-uri", uri);
}

static void add_job(struct printvisit *v, struct ippdata *m, struct printjob *j)
{
	char uuid[PORTRAIT_UUID_SIZE];
	struct printjob_view view;

	printjob_look(j, &view);
	add_ids(v, m, view.number);
	ippdata_add_text(m, IPPDATA_URI, "job-uuid",
			 portrait_uuid(v, view.number, uuid));
	ippdata_add_text(m, IPPDATA_URI, "job-printer-uri", v->uri);
	ippdata_add_number(m, IPPDATA_ENUM, "job-state", (int)view.state);
	ippdata_add_text(m, IPPDATA_KEYWORD, "job-state-reasons", view.reason);
	if (is_his(v, &view)) {
		ippdata_add_text(m, IPPDATA_NAME, "job-name", view.title);
		ippdata_add_text(m, IPPDATA_NAME, "job-originating-user-name",
				 *view.user ? view.user
					    : strchr(view.name, ':') + 1);
		ippdata_add_text(m, IPPDATA_TEXT, "job-state-message",
				 view.sentence);
	}
	ippdata_add_number(m, IPPDATA_INTEGER, "job-impressions", view.pages);
	ippdata_add_number(m, IPPDATA_INTEGER, "job-impressions-completed",
			   view.pages_done);
	ippdata_add_number(m, IPPDATA_INTEGER, "job-media-sheets-completed",
			   view.pages_done);
	ippdata_add_number(m, IPPDATA_INTEGER, "job-printer-up-time",
			   (int)(time(NULL) - v->started));
	add_time(v, m, "creation", view.created);
	add_time(v, m, "processing", view.begun);
	add_time(v, m, "completed", view.ended);
}

static void answer_job(struct printvisit *v, struct printjob *j)
{
	struct ippdata *m = ippdata_answer(v->in, IPPDATA_OK, NULL);

	if (m) {
		ippdata_begin(m, IPPDATA_FOR_JOB);
		ippdata_select(m, v->in, "job-description", false);
		add_job(v, m, j);
	}
	printvisit_answer(v, m);
}

/* What an answer to a new job holds. */
static void answer_new(struct printvisit *v, struct printjob *j)
{
	struct ippdata *m = ippdata_answer(v->in, IPPDATA_OK, NULL);
	struct printjob_view view;

	printjob_look(j, &view);
	if (m) {
		ippdata_begin(m, IPPDATA_FOR_JOB);
		add_ids(v, m, view.number);
		ippdata_add_number(m, IPPDATA_ENUM, "job-state",
				   (int)view.state);
		ippdata_add_text(m, IPPDATA_KEYWORD, "job-state-reasons",
				 view.reason);
		ippdata_add_text(m, IPPDATA_TEXT, "job-state-message",
				 view.sentence);
	}
	printvisit_answer(v, m);
}

/* --- new jobs --- */

/* False: refused. */
static bool check_format(struct printvisit *v)
{
	const char *format = ippdata_text(v->in, "document-format", 0);
	const char *compression = ippdata_text(v->in, "compression", 0);

	if (format && !portrait_takes(format))
		printvisit_refuse(
			v, IPPDATA_BAD_FORMAT,
			"A document of this kind cannot be faxed: print "
			"PDF, PWG raster, JPEG, PNG, TIFF or text.");
	else if (compression && strcmp(compression, "none") != 0)
		printvisit_refuse(v, IPPDATA_BAD_COMPRESSION,
				  "Send the document without compression.");
	else
		return true;
	return false;
}

static void refuse_terms(struct printvisit *v, enum err fault,
			 const char *attribute, const struct why *why)
{
	struct ippdata *m;

	if (fault == ERR_MEMORY) {
		printvisit_answer(v, NULL);
		return;
	}
	log_sentence(LOG_INFO, why->text, "attribute=%s event=print-refused",
		     attribute);
	m = ippdata_answer(v->in, IPPDATA_BAD_VALUE, why->text);
	if (m) {
		ippdata_begin(m, IPPDATA_FOR_UNSUPPORTED);
		ippdata_add_nothing(m, IPPDATA_UNKNOWN, attribute);
	}
	printvisit_answer(v, m);
}

/* False: refused; else the caller owns what `t` holds. */
static bool take_terms(struct printvisit *v, struct printterms *t)
{
	const char *attribute;
	struct why why = { "" };
	enum err fault;

	if (!check_format(v))
		return false;
	if (printterms_sends(v->in) && !may_send(v)) {
		printvisit_challenge(v);
		return false;
	}
	fault = printterms_read(t, v->in, v->office->contacts, &attribute,
				&why);
	if (fault != OK) {
		refuse_terms(v, fault, attribute, &why);
		return false;
	}
	if (t->to_count == 0 || v->office->membership(v->office->owner))
		return true;
	printterms_fini(t);
	printvisit_refuse(
		v, IPPDATA_NOT_POSSIBLE,
		"This terminal is not joined: run faxwire join, or paste "
		"the join URL at the page.");
	return false;
}

static void validate_job(struct printvisit *v)
{
	struct printterms t;

	if (!take_terms(v, &t))
		return;
	printterms_fini(&t);
	printvisit_refuse(v, IPPDATA_OK, NULL);
}

/* Of nobody's jobs those belong to a user of the page whose program says that
 * he prints: only he is asked to whom they go. */
static const char *user_of(const struct printvisit *v,
			   const struct printterms *t)
{
	if (v->known)
		return v->user;
	return people_user_find(v->office->people, t->asker) ? t->asker : "";
}

/* NULL: refused. */
static struct printjob *new_job(struct printvisit *v)
{
	struct printterms t;
	struct printjob_owner owner;
	struct printjob *j;
	char name[NAME_SIZE], user[sizeof(t.asker) + 32];

	if (!take_terms(v, &t))
		return NULL;
	claimed_name(v, name);
	(void)snprintf(user, sizeof(user), "%s", user_of(v, &t));
	owner = (struct printjob_owner){ .user = user,
					 .name = v->known ? v->user : name,
					 .proven = v->known };
	j = printjobs_add(v->jobs, &t, &owner);
	if (!j) {
		printterms_fini(&t);
		printvisit_refuse(v, IPPDATA_BUSY,
				  "Too many jobs wait here; try again later.");
	}
	return j;
}

/* It is on disk, or will not be: a program that is refused so keeps it, and
 * tries again. */
static void on_taken(void *owner, struct printjob *j)
{
	struct printvisit *v = owner;
	struct printjob_view view;

	v->job = NULL;
	printjob_look(j, &view);
	if (view.state == PRINTJOB_ABORTED)
		printvisit_refuse(v, IPPDATA_BUSY, view.sentence);
	else
		answer_new(v, j);
}

/* The rest of the request is the job's document. It is answered once that is
 * on disk. */
static void print(struct printvisit *v, struct printjob *j)
{
	const int fd = v->file;

	v->file = -1;
	v->job = j;
	printjob_print(j, fd, v->document, on_taken, v);
}

static void print_job(struct printvisit *v)
{
	struct printjob *j;

	if (v->document == v->length) {
		printvisit_refuse(v, IPPDATA_BAD_REQUEST,
				  "There is no document in this request.");
		return;
	}
	j = new_job(v);
	if (j)
		print(v, j);
}

static void create_job(struct printvisit *v)
{
	struct printjob *j = new_job(v);

	if (j)
		answer_new(v, j);
}

static void send_document(struct printvisit *v)
{
	struct printjob *j = find_his_job(v);
	const bool last = ippdata_flag(v->in, "last-document", true);

	if (!j || !check_format(v))
		return;
	if (ippdata_count(v->in, "last-document") == 0)
		printvisit_refuse(v, IPPDATA_BAD_REQUEST,
				  "last-document is missing.");
	else if (v->document == v->length && last) {
		printjob_close(j); /* as RFC 8011 4.3.1 has it */
		answer_new(v, j);
	} else if (v->document == v->length)
		printvisit_refuse(v, IPPDATA_BAD_REQUEST,
				  "There is no document in this request.");
	else if (printjob_has_document(j))
		printvisit_refuse(v, IPPDATA_ONE_DOCUMENT,
				  "A job has one document here.");
	else
		print(v, j);
}

static void close_job(struct printvisit *v)
{
	struct printjob *j = find_his_job(v);

	if (!j)
		return;
	printjob_close(j);
	answer_new(v, j);
}

/* --- the rest --- */

static void cancel_job(struct printvisit *v)
{
	struct printjob *j = find_his_job(v);

	if (!j)
		return;
	if (printjob_cancel(j))
		printvisit_refuse(v, IPPDATA_OK, NULL);
	else
		printvisit_refuse(v, IPPDATA_NOT_POSSIBLE,
				  "The job is over already.");
}

static void cancel_my_jobs(struct printvisit *v)
{
	char name[NAME_SIZE];

	claimed_name(v, name);
	for (size_t i = 0; i < printjobs_count(v->jobs); i++) {
		struct printjob *j = printjobs_at(v->jobs, i);
		struct printjob_view view;

		printjob_look(j, &view);
		if (v->known ? strcmp(view.user, v->user) == 0
			     : is_his(v, &view))
			(void)printjob_cancel(j);
	}
	printvisit_refuse(v, IPPDATA_OK, NULL);
}

static void get_job(struct printvisit *v)
{
	struct printjob *j = find_job(v);

	if (j)
		answer_job(v, j);
}

static bool is_wanted(struct printvisit *v, const struct printjob_view *view,
		      const char *which)
{
	const bool over = view->state > PRINTJOB_PROCESSING;

	if (ippdata_flag(v->in, "my-jobs", false) && !is_his(v, view))
		return false;
	return strcmp(which, "all") == 0 ||
	       over == (strcmp(which, "completed") == 0);
}

static void get_jobs(struct printvisit *v)
{
	const char *which = ippdata_text(v->in, "which-jobs", 0);
	const bool asked = ippdata_count(v->in, "requested-attributes") > 0;
	int left = ippdata_number(v->in, "limit", INT32_MAX);
	struct ippdata *m;

	which = which ? which : "not-completed";
	if (strcmp(which, "all") != 0 && strcmp(which, "completed") != 0 &&
	    strcmp(which, "not-completed") != 0) {
		refuse_terms(v, ERR_BAD, "which-jobs",
			     &(struct why){ "which-jobs must be completed, "
					    "not-completed or all." });
		return;
	}
	m = ippdata_answer(v->in, IPPDATA_OK, NULL);
	for (size_t i = 0; m && left > 0 && i < printjobs_count(v->jobs); i++) {
		struct printjob *j = printjobs_at(v->jobs, i);
		struct printjob_view view;

		printjob_look(j, &view);
		if (!is_wanted(v, &view, which))
			continue;
		ippdata_begin(m, IPPDATA_FOR_JOB);
		if (asked) {
			ippdata_select(m, v->in, "job-description", false);
			add_job(v, m, j);
		} else {
			add_ids(v, m, view.number);
		}
		left--;
	}
	printvisit_answer(v, m);
}

static void get_printer(struct printvisit *v)
{
	struct ippdata *m = ippdata_answer(v->in, IPPDATA_OK, NULL);

	if (m)
		portrait_paint(v, m);
	printvisit_answer(v, m);
}

/* It has nothing that could blink. */
static void identify(struct printvisit *v)
{
	printvisit_refuse(v, IPPDATA_OK, NULL);
}

/* --- the table --- */

static const struct {
	unsigned operation;
	bool open; /* also to who is not known, from elsewhere */
	void (*run)(struct printvisit *v);
} operations[] = {
	{ IPPDATA_PRINT_JOB, false, print_job },
	{ IPPDATA_VALIDATE_JOB, false, validate_job },
	{ IPPDATA_CREATE_JOB, false, create_job },
	{ IPPDATA_SEND_DOCUMENT, false, send_document },
	{ IPPDATA_CANCEL_JOB, false, cancel_job },
	{ IPPDATA_GET_JOB, false, get_job },
	{ IPPDATA_GET_JOBS, false, get_jobs },
	{ IPPDATA_GET_PRINTER, true, get_printer },
	{ IPPDATA_CANCEL_MY_JOBS, false, cancel_my_jobs },
	{ IPPDATA_CLOSE_JOB, false, close_job },
	{ IPPDATA_IDENTIFY, false, identify },
};

/* RFC 8011 4.1: what every request must say. False: refused. */
static bool check_request(struct printvisit *v)
{
	const char *charset = ippdata_text(v->in, "attributes-charset", 0);
	const unsigned version = ippdata_version(v->in);

	if (version < VERSION_MIN || version > VERSION_MAX)
		printvisit_refuse(v, IPPDATA_BAD_VERSION,
				  "This printer speaks IPP/1.1 and IPP/2.0.");
	else if (!ippdata_begins_well(v->in))
		printvisit_refuse(v, IPPDATA_BAD_REQUEST,
				  "A request has a number, and begins with "
				  "attributes-charset and "
				  "attributes-natural-language.");
	else if (strcasecmp(charset, "utf-8") != 0 &&
		 strcasecmp(charset, "us-ascii") != 0)
		printvisit_refuse(v, IPPDATA_BAD_CHARSET, "Speak utf-8.");
	else if (ippdata_count(v->in, "printer-uri") == 0 &&
		 ippdata_count(v->in, "job-uri") == 0)
		printvisit_refuse(v, IPPDATA_BAD_REQUEST,
				  "printer-uri is missing.");
	else
		return true;
	return false;
}

void printdesk_run(struct printvisit *v)
{
	const unsigned operation = ippdata_operation(v->in);
	size_t i = 0;

	if (!check_request(v))
		return;
	while (i < sizeof(operations) / sizeof(operations[0]) &&
	       operations[i].operation != operation)
		i++;
	if (i == sizeof(operations) / sizeof(operations[0]))
		printvisit_refuse(v, IPPDATA_BAD_OPERATION,
				  "This printer cannot do that.");
	else if (!operations[i].open && !v->known && !v->local)
		printvisit_challenge(v);
	else if (!operations[i].open && v->known && !(v->roles & ROLE_SEND))
		printvisit_refuse(
			v, IPPDATA_FORBIDDEN,
			"Your role does not allow to send faxes: ask who "
			"administers this terminal.");
	else
		operations[i].run(v);
}
