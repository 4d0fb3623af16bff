/* SPDX-License-Identifier: Apache-2.0 */
#include "office/errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/hash.h"
#include "office/porter.h"
#include "office/runner.h"
#include "store/atomic.h"
#include "store/workroom.h"
#include "terminal/report.h"

enum {
	PRINT_MS = 60000,
	FOLDER_MS = 120000,
	WORDS_MAX = RULES_ITEMS_MAX + 1,
	VARIABLES_MAX = 24,
};

struct errand {
	struct loop *loop; /* borrowed */
	enum rules_deed deed;
	int64_t ms;
	struct runner *runner;
	const char *self;      /* borrowed */
	struct report *report; /* that a mail waits for */
	json_t *mail;	       /* owned; that waits */
	int file;	       /* owned; for the porter; -1: none */
	struct deferred late;  /* tells what was known from the beginning */
	enum rules_outcome outcome;
	struct why sentence;
	void (*done)(void *owner, enum rules_outcome outcome,
		     const char *sentence);
	void *owner; /* borrowed */
};

static void release(struct errand *e)
{
	json_decref(e->mail);
	if (e->file >= 0)
		close(e->file);
	free(e);
}

/* --- how it went --- */

static void finish(struct errand *e)
{
	struct errand was = *e;

	release(e);
	was.done(was.owner, was.outcome, was.sentence.text);
}

static void on_late(struct deferred *d)
{
	finish(d->owner);
}

/* It is over before it began. */
static void give_up(struct errand *e, enum rules_outcome outcome,
		    const char *sentence)
{
	why_set(&e->sentence, "%s", sentence);
	e->outcome = outcome;
	loop_defer(e->loop, &e->late);
}

static enum rules_outcome outcome_of(enum rules_deed deed,
				     const struct child_end *end)
{
	if (end->code == EX_OK && end->signal == 0)
		return RULES_WELL;
	/* lp has one code for all: a queue that is away comes back. Of the
	 * others our own programs say what is worth another try. */
	if (deed == RULES_PRINT || end->code == EX_TEMPFAIL)
		return RULES_AGAIN;
	if (deed != RULES_PROGRAM && end->timed_out)
		return RULES_AGAIN;
	return RULES_FAULT;
}

static void on_run(void *owner, const struct runner_end *end)
{
	struct errand *e = owner;
	bool program = e->deed == RULES_PROGRAM;

	e->outcome = outcome_of(e->deed, &end->child);
	if (end->child.timed_out)
		why_set(&e->sentence, "It took longer than %lld seconds.",
			(long long)(e->ms / 1000));
	else if (end->child.code == RUNNER_NOT_STARTED && !*end->line)
		why_set(&e->sentence, "%s",
			e->deed == RULES_PRINT
				? "lp could not be started: install "
				  "cups-client."
				: "The program could not be started.");
	else if (end->child.signal != 0)
		why_set(&e->sentence, "It was ended by signal %d. %s",
			end->child.signal, end->line);
	else if (program && end->child.code != 0)
		why_set(&e->sentence, "Exit %d. %s", end->child.code,
			end->line);
	else
		why_set(&e->sentence, "%s", *end->line ? end->line : "Done.");
	finish(e);
}

static void run(struct errand *e, const char *const *argv,
		const char *const *environment, const char *input, int64_t ms)
{
	const struct runner_spec spec = { .argv = argv,
					  .environment = environment,
					  .input = input,
					  .file = e->file,
					  .ms = ms };

	e->ms = ms;
	e->runner = runner_new(e->loop, &spec, on_run, e);
	if (!e->runner)
		give_up(e, RULES_AGAIN,
			"No memory, processes or descriptors are left.");
}

/* What lp reads a user's settings by, and no more of ours than that. */
static const char *home_variable(char out[ATOMIC_PATH_MAX])
{
	const char *home = getenv("HOME");

	if (!home || atomic_path(out, NULL, "HOME=%s", home) != OK)
		snprintf(out, ATOMIC_PATH_MAX, "HOME=/");
	return out;
}

/* --- the files of a fax --- */

struct paper {
	char path[ATOMIC_PATH_MAX];
	bool pdf;
};

/* The PDF if it is wanted and there is one, else the TIFF. */
static bool find_paper(const struct errand_spec *s, bool pdf, struct paper *p)
{
	p->pdf = pdf && s->event->when == RULES_RECEIVED;
	if (p->pdf &&
	    atomic_path(p->path, NULL, "%s/fax.pdf", s->folder) == OK &&
	    access(p->path, R_OK) == 0)
		return true;
	p->pdf = false;
	return atomic_path(p->path, NULL, "%s/%s", s->folder,
			   s->event->when == RULES_RECEIVED
				   ? "fax.tif"
				   : "document.tif") == OK &&
	       access(p->path, R_OK) == 0;
}

/* The same for the same fax and rule, whenever it is tried. */
static void word_of(const struct errand_spec *s, char out[64])
{
	static const uint8_t key[HASH_KEY_SIZE] = { 'e', 'r', 'r' };
	const char *name = s->rule->name;

	snprintf(out, 64, "%.32s-%016llx", s->event->job,
		 (unsigned long long)hash_keyed(key, name, strlen(name)));
}

/* --- mail --- */

static json_t *list_json(const struct rules_list *l)
{
	json_t *out = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(out, json_string(l->items[i]));
	return out;
}

static void attach(const struct errand_spec *s, json_t *mail)
{
	const char *pattern = "fax-{date}-{from}.pdf";
	char name[RULES_FILE_MAX + 1];
	struct paper p;

	if (s->rule->attach == RULES_NOTHING ||
	    (s->job && s->rule->attach == RULES_PDF) ||
	    !find_paper(s, s->rule->attach == RULES_PDF, &p))
		return;
	if (!p.pdf)
		pattern = "fax-{date}-{from}.tif";
	rules_file_name(pattern, s->event, name);
	json_object_set_new(mail, "file", json_string(p.path));
	json_object_set_new(mail, "file_name", json_string(name));
	json_object_set_new(
		mail, "file_type",
		json_string(p.pdf ? "application/pdf" : "image/tiff"));
}

static json_t *mail_json(const struct errand_spec *s)
{
	char subject[2 * RULES_ITEM_MAX], body[2 * RULES_TEXT_MAX], id[64];
	const struct config *c = s->config;
	json_t *mail;

	rules_fill(rules_subject(s->rule), s->event, subject, sizeof(subject));
	rules_fill(rules_body(s->rule), s->event, body, sizeof(body));
	word_of(s, id);
	mail = json_pack("{s:s, s:s, s:b, s:s, s:o, s:s, s:s, s:s}", "do",
			 "mail", "url", c->smtp, "plain", (int)c->smtp_plain,
			 "from", c->smtp_from, "to", list_json(&s->rule->to),
			 "subject", subject, "body", body, "id", id);
	if (mail && *c->smtp_ca)
		json_object_set_new(mail, "ca", json_string(c->smtp_ca));
	if (mail)
		attach(s, mail);
	return mail;
}

/* Takes the object. */
static void run_porter(struct errand *e, json_t *what, int64_t ms)
{
	const char *const argv[] = { e->self, "porter", NULL };
	const char *const environment[] = { "PATH=/usr/bin:/bin",
					    "LC_ALL=C.UTF-8", NULL };
	char *text = what ? json_dumps(what, JSON_COMPACT) : NULL;

	json_decref(what);
	if (text)
		run(e, argv, environment, text, ms);
	else
		give_up(e, RULES_AGAIN, "No memory is left.");
	free(text);
}

static void send_mail(struct errand *e, json_t *mail)
{
	run_porter(e, mail, (int64_t)(PORTER_MAIL_S + 10) * 1000);
}

static void on_report(void *owner, enum err result, int pdf, int64_t size,
		      const struct why *why)
{
	struct errand *e = owner;
	json_t *mail = e->mail;
	char path[32];

	(void)size;
	e->report = NULL;
	if (result != OK) {
		give_up(e, RULES_AGAIN, why->text);
		return;
	}
	e->file = pdf;
	e->mail = NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", RUNNER_FILE);
	json_object_set_new(mail, "file", json_string(path));
	json_object_set_new(mail, "file_name", json_string("report.pdf"));
	json_object_set_new(mail, "file_type", json_string("application/pdf"));
	send_mail(e, mail);
}

/* Of a job that failed the PDF is its report. */
static void send_with_report(struct errand *e, const struct errand_spec *s)
{
	struct paper p;
	char folder[ATOMIC_PATH_MAX] = "";
	const char *name = s->config->name;
	const struct report_request r = {
		.job = s->job,
		.document = find_paper(s, false, &p) ? p.path : NULL,
		.from = s->id,
		.ident = name && *name ? name : s->id,
		.folder = folder,
		.program = s->config->fax_program,
	};

	(void)!workroom_path(s->config->home, folder, NULL);
	e->mail = mail_json(s);
	e->report = e->mail ? report_new(e->loop, &r, on_report, e) : NULL;
	if (!e->report)
		give_up(e, RULES_AGAIN, "No memory is left.");
}

static void do_mail(struct errand *e, const struct errand_spec *s)
{
	if (!*s->config->smtp)
		give_up(e, RULES_AGAIN,
			"No mail server is set: set smtp and smtp-from.");
	else if (s->job && s->rule->attach == RULES_PDF)
		send_with_report(e, s);
	else
		send_mail(e, mail_json(s));
}

/* --- print --- */

static void do_print(struct errand *e, const struct errand_spec *s)
{
	char home[ATOMIC_PATH_MAX], title[RULES_ITEM_MAX];
	const char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin",
					    "LC_ALL=C.UTF-8", "TMPDIR=/tmp",
					    home_variable(home), NULL };
	const char *argv[12] = { "/usr/bin/lp" };
	struct paper p;
	int n = 1;

	if (!find_paper(s, true, &p)) {
		give_up(e, RULES_FAULT, "The fax has no pages to be printed.");
		return;
	}
	rules_fill("Fax from {from}", s->event, title, sizeof(title));
	if (*s->rule->server) { /* before -d: lp asks it at once */
		argv[n++] = "-h";
		argv[n++] = s->rule->server;
	}
	argv[n++] = "-d";
	argv[n++] = s->rule->printer;
	argv[n++] = "-t";
	argv[n++] = title;
	argv[n++] = "--";
	argv[n] = p.path;
	run(e, argv, environment, NULL, PRINT_MS);
}

/* --- folder --- */

static void do_folder(struct errand *e, const struct errand_spec *s)
{
	char name[RULES_FILE_MAX + 1], word[64];
	size_t len;
	struct paper p;

	rules_file_name(s->rule->file, s->event, name);
	len = strlen(name);
	if (!find_paper(s, strcmp(name + len - 4, ".pdf") == 0, &p)) {
		give_up(e, RULES_FAULT, "The fax has no file to be copied.");
		return;
	}
	if (!p.pdf) /* or the PDF could not be made */
		memcpy(name + len - 4, ".tif", 4);
	word_of(s, word);
	run_porter(e,
		   json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "do",
			     "folder", "from", p.path, "folder",
			     s->rule->folder, "name", name, "word", word,
			     "mode", (json_int_t)strtol(s->rule->mode, NULL, 8),
			     "again", (int)s->again),
		   FOLDER_MS);
}

/* --- program --- */

struct variables {
	const char *all[VARIABLES_MAX + 1]; /* owned, all of them */
	size_t count;
	bool whole;
};

static void put_variable(struct variables *v, const char *name,
			 const char *value)
{
	char *line = NULL;

	if (v->count == VARIABLES_MAX ||
	    asprintf(&line, "%s=%s", name, value ? value : "") < 0)
		v->whole = false;
	else
		v->all[v->count++] = line;
}

static void free_variables(struct variables *v)
{
	for (size_t i = 0; i < v->count; i++)
		free((void *)(uintptr_t)v->all[i]);
}

/* Foreign text goes as it is: the program must know that it is foreign. A
 * record's text has no line ends (store/inbox). */
static void put_fax(struct variables *v, const struct errand_spec *s)
{
	const struct rules_event *ev = s->event;
	bool received = ev->when == RULES_RECEIVED;
	time_t seconds = (time_t)(s->at_ms / 1000);
	char pages[16], when[32] = "";
	struct paper pdf = { "", false }, tiff = { "", false };
	struct tm tm;

	snprintf(pages, sizeof(pages), "%u", ev->pages);
	if (gmtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	put_variable(v, "FAXWIRE_EVENT", rules_when_name(ev->when));
	put_variable(v, "FAXWIRE_RULE", s->rule->name);
	put_variable(v, received ? "FAXWIRE_FROM" : "FAXWIRE_TO", ev->from);
	put_variable(v, "FAXWIRE_RELAY", ev->relay);
	put_variable(v, "FAXWIRE_NUMBER", ev->number);
	put_variable(v, "FAXWIRE_TITLE", ev->title);
	put_variable(v, "FAXWIRE_PAGES", pages);
	put_variable(v, "FAXWIRE_JOB", ev->job);
	put_variable(v, received ? "FAXWIRE_RECEIVED" : "FAXWIRE_FAILED", when);
	put_variable(v, "FAXWIRE_RESULT", ev->result);
	put_variable(v, "FAXWIRE_COMPLETE", s->complete ? "yes" : "no");
	put_variable(v, "FAXWIRE_PDF",
		     find_paper(s, true, &pdf) && pdf.pdf ? pdf.path : "");
	put_variable(v, "FAXWIRE_TIFF",
		     find_paper(s, false, &tiff) ? tiff.path : "");
}

static void do_program(struct errand *e, const struct errand_spec *s)
{
	struct variables v = { .whole = true };
	const char *argv[WORDS_MAX] = { NULL };
	const char *home = getenv("HOME");

	if (!s->config->allow_programs) {
		give_up(e, RULES_AGAIN,
			"Rules may not run programs here: set "
			"allow-programs.");
		return;
	}
	for (size_t i = 0; i < s->rule->command.count; i++)
		argv[i] = s->rule->command.items[i];
	put_variable(&v, "PATH", "/usr/local/bin:/usr/bin:/bin");
	put_variable(&v, "LC_ALL", "C.UTF-8");
	put_variable(&v, "HOME", home ? home : "/");
	put_variable(&v, "TMPDIR", "/tmp");
	put_fax(&v, s);
	if (v.whole)
		run(e, argv, v.all, NULL, (int64_t)s->rule->seconds * 1000);
	else
		give_up(e, RULES_AGAIN, "No memory is left.");
	free_variables(&v);
}

struct errand *errand_new(const struct errand_spec *spec,
			  void (*done)(void *owner, enum rules_outcome outcome,
				       const char *sentence),
			  void *owner)
{
	static void (*const deeds[])(struct errand *,
				     const struct errand_spec *) = {
		[RULES_MAIL] = do_mail,
		[RULES_PRINT] = do_print,
		[RULES_FOLDER] = do_folder,
		[RULES_PROGRAM] = do_program,
	};
	struct errand *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->loop = spec->loop;
	e->deed = spec->rule->deed;
	e->self = spec->self;
	e->file = -1;
	e->done = done;
	e->owner = owner;
	e->late = (struct deferred){ .run = on_late, .owner = e };
	deeds[e->deed](e, spec);
	return e;
}

void errand_cancel(struct errand *e)
{
	if (!e)
		return;
	loop_undefer(&e->late);
	runner_cancel(e->runner);
	if (e->report)
		report_cancel(e->report);
	release(e);
}
