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
#include "io/local.h"

/* What has been shown of a job so far. */
struct progress {
	bool json;
	bool wait;
	bool tty;
	char state[16];
	long long page;
	char to[256];
	bool ended;
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

static void print_line(struct progress *p, const char *text)
{
	/* On a terminal the line is drawn anew, else lines follow. */
	if (p->tty)
		printf("\r\033[K%s", text);
	else
		printf("%s\n", text);
	fflush(stdout);
}

static void show_progress(struct progress *p, const json_t *line)
{
	const char *state = ask_text(line, "state");
	long long page = ask_number(line, "pages_confirmed");
	long long pages = ask_number(line, "pages");
	char text[600];

	if (strcmp(state, p->state) == 0 && page == p->page)
		return;
	snprintf(p->state, sizeof(p->state), "%s", state);
	p->page = page;
	if (strcmp(state, "sending") == 0)
		snprintf(text, sizeof(text),
			 "Sending to %s: page %lld of %lld "
			 "confirmed.",
			 p->to, page, pages);
	else if (strcmp(state, "calling") == 0)
		snprintf(text, sizeof(text), "Calling %s.", p->to);
	else if (strcmp(state, "queued") == 0 && ask_number(line, "attempts"))
		snprintf(text, sizeof(text), "Waiting to try again: %s",
			 ask_text(line, "last_result"));
	else
		return;
	print_line(p, text);
}

static void show_end(struct progress *p, const json_t *line)
{
	char pages[32];
	bool good = strcmp(ask_text(line, "state"), "delivered") == 0;

	if (p->tty)
		printf("\r\033[K");
	text_count((unsigned long)ask_number(line, "pages"), "page", pages,
		   sizeof(pages));
	if (good)
		printf("Delivered to %s: %s, every one confirmed and "
		       "stored.\n",
		       p->to, pages);
	else
		ask_fail(0, "Not delivered to %s: %s", p->to,
			 ask_text(line, "last_result"));
}

static void take_line(void *owner, const json_t *line)
{
	struct progress *p = owner;

	if (!json_object_get(line, "job"))
		return;
	if (p->json) {
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		fflush(stdout);
	} else if (!p->wait) {
		char pages[32];

		printf("Accepted as job %.8s: %s to %s.\n",
		       ask_text(line, "job"),
		       text_count((unsigned long)ask_number(line, "pages"),
				  "page", pages, sizeof(pages)),
		       p->to);
	} else if (json_object_get(line, "end")) {
		show_end(p, line);
	} else {
		show_progress(p, line);
	}
}

int send_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	struct progress p = { .json = o->json,
			      .wait = o->wait,
			      .tty = isatty(STDOUT_FILENO) };
	json_t *names = json_array();
	long long at = 0;
	int fds[LOCAL_FDS_MAX];
	size_t n = count - 1 + (o->cover ? 1 : 0);
	int code;

	if (count < 2 || n > LOCAL_FDS_MAX)
		return ask_fail(EX_USAGE,
				"Say: faxwire send TO FILE..., with "
				"1 to %d files.",
				LOCAL_FDS_MAX);
	if (o->at && !parse_time(o->at, &at))
		return ask_fail(EX_USAGE, "--at takes HH:MM or \"YYYY-MM-DD "
					  "HH:MM\".");
	code = open_all(o, words + 1, count - 1, fds, names);
	if (code != EX_OK)
		return code;
	snprintf(p.to, sizeof(p.to), "%s", words[0]);
	return ask_terminal(o,
			    json_pack("{s:s, s:s, s:o, s:s, s:b, s:I}",
				      "command", "send", "to", words[0],
				      "names", names, "resolution",
				      o->resolution, "wait", (int)o->wait,
				      "not_before_ms", (json_int_t)at),
			    fds, n, ASK_FOREVER, take_line, &p);
}
