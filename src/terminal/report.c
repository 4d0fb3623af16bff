/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "core/jobs.h"
#include "fax/paper.h"
#include "terminal/workshop.h"

#define FORM_FILE "form"

struct report {
	struct workshop shop;
	report_done *done;
	void *owner; /* borrowed from who asked */
	int document;
	int pdf;
	char folder[ATOMIC_PATH_MAX];
	enum err result;
	struct why why;
};

static void free_report(struct report *r)
{
	workshop_fini(&r->shop);
	if (r->folder[0])
		rmdir(r->folder);
	if (r->document >= 0)
		close(r->document);
	if (r->pdf >= 0)
		close(r->pdf);
	free(r);
}

static void finish(void *work)
{
	struct report *r = work;
	report_done *done = r->done;
	void *owner = r->owner;
	struct why why = r->why;
	enum err e = r->result;
	struct stat st = { .st_size = 0 };
	int pdf = -1;

	if (e == OK && fstat(r->pdf, &st) == 0) {
		pdf = r->pdf;
		r->pdf = -1;
	}
	free_report(r);
	done(owner, e, pdf, st.st_size, &why);
}

static void stop(struct report *r, enum err e, const struct why *why)
{
	if (e == ERR_SPACE || e == ERR_IO)
		r->why = *why;
	else
		why_set(&r->why, "The report %.300s.",
			why->text[0] ? why->text : "cannot be made");
	r->result = e;
	workshop_advance(&r->shop, finish);
}

/* --- what it says --- */

static void put_row(FILE *out, const char *label, const char *value)
{
	char line[512];

	if (!*value)
		return;
	text_printable(value, strlen(value), line, sizeof line);
	fprintf(out, "row: %s\t%s\n", label, line);
}

static void put_time(FILE *out, const char *label, uint64_t at_ms)
{
	time_t at = (time_t)(at_ms / 1000);
	char text[64] = "";
	struct tm tm;

	if (at_ms > 0 && localtime_r(&at, &tm))
		strftime(text, sizeof text, "%a %e %b %Y %H:%M:%S %Z", &tm);
	put_row(out, label, text);
}

static void put_duration(FILE *out, uint64_t from_ms, uint64_t to_ms)
{
	uint64_t s = to_ms > from_ms ? (to_ms - from_ms + 500) / 1000 : 0;
	char text[64];

	if (from_ms == 0 || to_ms < from_ms)
		return;
	if (s < 60)
		snprintf(text, sizeof text, "%u s", (unsigned)s);
	else
		snprintf(text, sizeof text, "%u min %u s", (unsigned)(s / 60),
			 (unsigned)(s % 60));
	put_row(out, "Duration", text);
}

/* "1", "1 and 2", "1 to 7" */
static void put_range(char *text, size_t size, unsigned first, unsigned last)
{
	if (first == last)
		snprintf(text, size, "%u", first);
	else
		snprintf(text, size, "%u %s %u", first,
			 last == first + 1 ? "and" : "to", last);
}

/* The far end confirms pages in their order. */
static void put_pages(FILE *out, const struct spool_job *j)
{
	unsigned good = j->pages_confirmed;
	char text[160], some[32], rest[32], number[32];

	if (good > j->pages)
		good = j->pages;
	put_range(some, sizeof some, 1, good);
	put_range(rest, sizeof rest, good + 1, j->pages);
	text_count(j->pages, "page", number, sizeof number);
	if (good == j->pages)
		snprintf(text, sizeof text, "%s, %s confirmed by the far end",
			 number, good == 1 ? "" : "each");
	else if (good == 0)
		snprintf(text, sizeof text, "%s, none confirmed", number);
	else
		snprintf(text, sizeof text,
			 "%s: %s confirmed by the far end, %s not", number,
			 some, rest);
	put_row(out, "Pages", text);
}

static void put_resolution(FILE *out, const char *name)
{
	enum paper_resolution r;
	char text[64] = "";

	if (paper_resolution_parse(name, &r))
		snprintf(text, sizeof text, "%s (%u x %u points an inch)", name,
			 paper_x_dpi(r), paper_y_dpi(r));
	put_row(out, "Resolution", text);
}

static const char *badge_of(enum jobs_state state)
{
	switch (state) {
	case JOBS_DELIVERED:
		return "Delivered";
	case JOBS_FAILED:
		return "Not delivered";
	case JOBS_CANCELLED:
		return "Cancelled";
	case JOBS_QUEUED:
	case JOBS_CALLING:
	case JOBS_SENDING:
	case JOBS_STATES:
		break;
	}
	return "Not sent yet";
}

static void put_form(FILE *out, const struct report_request *request)
{
	const struct spool_job *j = request->job;
	char job[2 * SPOOL_ID_SIZE + 1], attempts[16];

	text_to_hex(j->id, SPOOL_ID_SIZE, job);
	snprintf(attempts, sizeof attempts, "%u", j->attempts);
	fprintf(out, "heading: Fax report\nbadge: %s\n",
		badge_of(jobs_state_of(j->state)));
	put_row(out, "To", j->to);
	put_row(out, "From", request->from);
	put_row(out, "Title", j->title);
	put_time(out, "Accepted", j->created_ms);
	put_time(out, "Ended", j->finished_ms);
	put_duration(out, request->started_ms, j->finished_ms);
	put_pages(out, j);
	put_resolution(out, j->resolution);
	put_row(out, "Far end's name", j->far_ident);
	put_row(out, "Our name", request->ident);
	put_row(out, "Attempts", attempts);
	put_row(out, "Result", j->last_result);
	put_row(out, "Job", job);
	fputs("picture: The first page, reduced\n", out);
}

static enum err write_form(struct report *r,
			   const struct report_request *request,
			   struct why *why)
{
	int fd =
		workshop_open(&r->shop, FORM_FILE, O_WRONLY | O_CREAT | O_EXCL);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!out) {
		enum err e = workshop_fault(&r->shop, errno, why);

		if (fd >= 0)
			close(fd);
		return e;
	}
	put_form(out, request);
	return fclose(out) == 0 ? OK : workshop_fault(&r->shop, errno, why);
}

/* --- making it --- */

static void run_tool(struct report *r, struct workshop_files f, bool own,
		     workshop_step *next)
{
	struct why why = { "" };
	enum err e = workshop_run(&r->shop, f, own, next, &why);

	if (e != OK)
		stop(r, e, &why);
}

static void drawn(void *work)
{
	struct report *r = work;
	struct why why = { "" };
	enum err e = workshop_ended(&r->shop, &why);

	if (e == OK) {
		r->pdf = workshop_open(&r->shop, TOOL_PIECE, O_RDONLY);
		if (r->pdf < 0)
			e = workshop_fault(&r->shop, errno, &why);
	}
	if (e == OK)
		workshop_advance(&r->shop, finish);
	else
		stop(r, e, &why);
}

static void sheet_set(void *work)
{
	struct report *r = work;
	struct workshop_files f = { NULL, WORKSHOP_LINE, NULL };
	struct why why = { "" };
	char *answer;
	enum err e = workshop_answer(&r->shop, &answer, &why);

	free(answer);
	if (e != OK) {
		stop(r, e, &why);
		return;
	}
	tool_text_to_pdf(&r->shop.tool);
	run_tool(r, f, false, drawn);
}

static void set_sheet(void *work)
{
	struct report *r = work;
	struct workshop_files f = { FORM_FILE, WORKSHOP_LINE, TOOL_TEXT };

	r->shop.input = r->document;
	tool_sheet(&r->shop.tool, r->shop.program);
	run_tool(r, f, true, sheet_set);
}

/* The workshop empties its folder at the end: it must be our own. */
static enum err begin(struct report *r, struct loop *loop,
		      const struct report_request *request, struct why *why)
{
	bool made = atomic_path(r->folder, NULL, "%s/report-XXXXXX",
				request->folder) == OK &&
		    mkdtemp(r->folder);
	int number = errno;
	enum err e;

	if (!made)
		r->folder[0] = '\0';
	e = workshop_init(&r->shop, loop, r, r->folder, request->program, why);
	if (made)
		return e == OK ? write_form(r, request, why) : e;
	why_set(why, "the folder %.200s cannot be used: %s", request->folder,
		strerror(number));
	return e == ERR_MEMORY ? e : ERR_IO;
}

struct report *report_new(struct loop *loop,
			  const struct report_request *request,
			  report_done *done, void *owner)
{
	struct report *r = calloc(1, sizeof *r);
	struct why why = { "" };
	enum err e;

	if (!r)
		return NULL;
	r->done = done;
	r->owner = owner;
	r->document = -1;
	r->pdf = -1;
	e = begin(r, loop, request, &why);
	if (e == ERR_MEMORY) {
		free_report(r);
		return NULL;
	}
	if (e == OK && request->document)
		r->document = open(request->document, O_RDONLY | O_CLOEXEC);
	if (e != OK)
		stop(r, e, &why);
	else
		workshop_advance(&r->shop, set_sheet);
	return r;
}

void report_cancel(struct report *r)
{
	free_report(r);
}
