/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/screen.h"
#include "io/local.h"

/* What is known of one job. */
struct sent {
	char job[40];
	char to[256];
	char state[16];
	long long page;
	long long pages;
	char why[300];
};

/* What has been shown so far. */
struct progress {
	bool json;
	bool wait;
	bool screen;
	struct sent *all;
	size_t count;
};

/* --- the files --- */

static int open_file(const char *name, int *fd)
{
	struct stat st;

	*fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return ask_fail(errno == EACCES ? EX_NOPERM : EX_NOINPUT,
				"Cannot read %s: %s.", name, strerror(errno));
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ask_fail(EX_NOINPUT, "%s is not a file.", name);
	if (st.st_size == 0)
		return ask_fail(EX_DATAERR, "%s is empty.", name);
	return EX_OK;
}

/* A page of text before the documents. */
static int open_cover(const char *text, int *fd)
{
	size_t len = strlen(text);

	*fd = memfd_create("cover", MFD_CLOEXEC);
	if (*fd < 0 || write(*fd, text, len) != (ssize_t)len ||
	    write(*fd, "\n", 1) != 1)
		return ask_fail(EX_OSERR,
				"The cover page could not be made: "
				"%s.",
				strerror(errno));
	return EX_OK;
}

/* Opens the cover page, if there is one, and the files; fills `names`. */
static int open_all(const struct ask_options *o, const char *const *words,
		    size_t count, int *fds, json_t *names)
{
	size_t cover = o->cover ? 1 : 0;
	int code = EX_OK;

	if (o->cover) {
		code = open_cover(o->cover, &fds[0]);
		json_array_append_new(names, json_string("the cover page"));
	}
	for (size_t i = 0; code == EX_OK && i < count; i++) {
		code = open_file(words[i], &fds[cover + i]);
		json_array_append_new(names, json_string(words[i]));
	}
	return code;
}

/* --- when --- */

/* "HH:MM" today or tomorrow, or "YYYY-MM-DD HH:MM", in local time. */
static bool parse_time(const char *text, long long *ms)
{
	time_t now = time(NULL);
	struct tm tm;
	const char *end;

	localtime_r(&now, &tm);
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	end = strptime(text, "%Y-%m-%d %H:%M", &tm);
	if (!end || *end) {
		localtime_r(&now, &tm);
		tm.tm_sec = 0;
		end = strptime(text, "%H:%M", &tm);
		if (!end || *end)
			return false;
		if (mktime(&tm) <= now)
			tm.tm_mday++;
		tm.tm_isdst = -1;
	}
	*ms = (long long)mktime(&tm) * 1000;
	return true;
}

/* --- progress --- */

static bool is_in(const struct sent *s, const char *state)
{
	return strcmp(s->state, state) == 0;
}

static bool is_over(const struct sent *s)
{
	return is_in(s, "delivered") || is_in(s, "failed") ||
	       is_in(s, "cancelled");
}

static void print_line(const struct progress *p, const char *text)
{
	char cut[600];

	/* On a screen the line is drawn anew, else lines follow. */
	if (p->screen)
		printf("\r\033[K%s", screen_cut(text, screen_columns() - 1, cut,
						sizeof(cut)));
	else
		printf("%s\n", text);
	fflush(stdout);
}

static void clear_line(const struct progress *p)
{
	if (p->screen)
		printf("\r\033[K");
}

/* Of one job. */
static void show_progress(const struct progress *p, const struct sent *s)
{
	char text[700];

	if (is_in(s, "sending"))
		snprintf(text, sizeof(text),
			 "Sending to %s: page %lld of %lld confirmed.", s->to,
			 s->page, s->pages);
	else if (is_in(s, "calling"))
		snprintf(text, sizeof(text), "Calling %s.", s->to);
	else if (is_in(s, "queued") && *s->why)
		snprintf(text, sizeof(text), "Waiting to try again: %s",
			 s->why);
	else
		return;
	print_line(p, text);
}

/* Of many: on a screen alone, each end has its own line. */
static void show_counts(const struct progress *p)
{
	size_t done = 0, failed = 0, going = 0;
	char text[200];

	if (!p->screen)
		return;
	for (size_t i = 0; i < p->count; i++) {
		const struct sent *s = &p->all[i];

		done += is_in(s, "delivered");
		failed += is_over(s) && !is_in(s, "delivered");
		going += is_in(s, "calling") || is_in(s, "sending");
	}
	snprintf(text, sizeof(text),
		 "%zu of %zu delivered, %zu under way, %zu waiting%s%.0zu%s",
		 done, p->count, going, p->count - done - failed - going,
		 failed ? ", " : "", failed, failed ? " failed" : "");
	print_line(p, text);
}

static void show_end(const struct progress *p, const struct sent *s)
{
	char pages[32];

	clear_line(p);
	fflush(stdout); /* before what goes to the other stream */
	text_count((unsigned long)s->pages, "page", pages, sizeof(pages));
	if (is_in(s, "delivered"))
		printf("%sDelivered to %s%s: %s, every one confirmed and "
		       "stored.\n",
		       screen_colour(SCREEN_GOOD), s->to,
		       screen_colour(SCREEN_PLAIN), pages);
	else
		ask_fail(0, "Not delivered to %s: %s", s->to, s->why);
	fflush(stdout);
}

static void show_sum(const struct progress *p)
{
	size_t done = 0;

	for (size_t i = 0; i < p->count; i++)
		done += is_in(&p->all[i], "delivered");
	printf("%zu of %zu delivered.\n", done, p->count);
}

/* --- what the terminal answers --- */

static struct sent *sent_of(struct progress *p, const char *job)
{
	struct sent *all;

	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->all[i].job, job) == 0)
			return &p->all[i];
	all = reallocarray(p->all, p->count + 1, sizeof(*all));
	if (!all)
		return NULL;
	p->all = all;
	all[p->count] = (struct sent){ .page = -1 };
	snprintf(all[p->count].job, sizeof(all[0].job), "%s", job);
	return &all[p->count++];
}

static void take_job(struct progress *p, const json_t *line)
{
	struct sent *s = sent_of(p, ask_text(line, "job"));
	const char *state = ask_text(line, "state");
	long long page = ask_number(line, "pages_confirmed");

	if (!s || is_over(s) || (is_in(s, state) && page == s->page))
		return;
	snprintf(s->state, sizeof(s->state), "%s", state);
	snprintf(s->to, sizeof(s->to), "%s", ask_text(line, "to"));
	snprintf(s->why, sizeof(s->why), "%s", ask_text(line, "last_result"));
	s->page = page;
	s->pages = ask_number(line, "pages");
	if (!p->wait)
		return;
	if (is_over(s))
		show_end(p, s);
	if (p->count > 1 && json_object_get(line, "end"))
		show_sum(p);
	else if (p->count > 1)
		show_counts(p);
	else if (p->count == 1 && !is_over(s))
		show_progress(p, s);
}

static void say_accepted(const struct progress *p)
{
	const struct sent *first = &p->all[0];
	char pages[32];

	text_count((unsigned long)first->pages, "page", pages, sizeof(pages));
	if (p->count == 1) {
		printf("Accepted as job %.8s: %s to %s.\n", first->job, pages,
		       first->to);
		return;
	}
	printf("Accepted: %s to %zu recipients.\n", pages, p->count);
	for (size_t i = 0; i < p->count; i++)
		printf("%.8s  %s\n", p->all[i].job, p->all[i].to);
}

static void take_line(void *owner, const json_t *line)
{
	struct progress *p = owner;

	if (p->json && json_object_get(line, "job")) {
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		fflush(stdout);
	} else if (json_object_get(line, "job")) {
		take_job(p, line);
	}
	if (!p->json && !p->wait && json_object_get(line, "end") &&
	    p->count > 0)
		say_accepted(p);
}

/* --- the request --- */

static void add_text(json_t *request, const char *key, const char *text)
{
	if (text)
		json_object_set_new(request, key, json_string(text));
}

/* Takes `to` and `names`. */
static json_t *request_of(const struct ask_options *o, json_t *to,
			  json_t *names, long long at)
{
	long long from = at > 0 ? at : (long long)time(NULL) * 1000;
	json_t *request = json_pack(
		"{s:s, s:o, s:o, s:s, s:s, s:b, s:b, s:I}", "command", "send",
		"to", to, "names", names, "resolution", o->resolution,
		"priority", o->priority, "wait", (int)o->wait, "held",
		(int)o->hold, "not_before_ms", (json_int_t)at);

	add_text(request, "title", o->title);
	add_text(request, "note", o->note);
	if (o->give_up_h > 0)
		json_object_set_new(
			request, "give_up_ms",
			json_integer(from + o->give_up_h * 3600000));
	return request;
}

int send_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	struct progress p = { .json = o->json,
			      .wait = o->wait,
			      .screen = screen_is_one() };
	json_t *names, *to;
	long long at = 0;
	int fds[LOCAL_FDS_MAX];
	size_t n = count - 1 + (o->cover ? 1 : 0);
	int code;

	if (count < 2 || n > LOCAL_FDS_MAX)
		return ask_fail(EX_USAGE,
				"Say: faxwire send TO[,TO...] FILE..., with "
				"1 to %d files.",
				LOCAL_FDS_MAX);
	if (o->at && !parse_time(o->at, &at))
		return ask_fail(EX_USAGE, "--at takes HH:MM or \"YYYY-MM-DD "
					  "HH:MM\".");
	to = ask_addresses(words[0]);
	if (!to)
		return ask_fail(EX_USAGE, "Between two commas there is no "
					  "recipient.");
	names = json_array();
	code = open_all(o, words + 1, count - 1, fds, names);
	if (code == EX_OK)
		code = ask_terminal(o, request_of(o, to, names, at), fds, n,
				    ASK_FOREVER, take_line, &p);
	free(p.all);
	return code;
}
