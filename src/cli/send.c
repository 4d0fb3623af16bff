/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "io/local.h"

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

static int open_all(const char *const *words, size_t count, int *fds,
		    json_t *names)
{
	int code = EX_OK;

	for (size_t i = 0; code == EX_OK && i < count; i++) {
		code = open_file(words[i], &fds[i]);
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

/* --- the request --- */

static void add_text(json_t *request, const char *key, const char *text)
{
	if (text)
		json_object_set_new(request, key, json_string(text));
}

static void add_cover(json_t *request, const struct ask_options *o)
{
	json_t *cover = json_object();

	add_text(cover, "to", o->cover_to);
	add_text(cover, "from", o->cover_from);
	add_text(cover, "subject", o->cover_subject);
	add_text(cover, "text", o->cover);
	if (json_object_size(cover) > 0)
		json_object_set(request, "cover", cover);
	json_decref(cover);
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

	add_text(request, "pages", o->pages);
	add_text(request, "title", o->title);
	add_text(request, "note", o->note);
	add_cover(request, o);
	if (o->give_up_h > 0)
		json_object_set_new(
			request, "give_up_ms",
			json_integer(from + o->give_up_h * 3600000));
	return request;
}

int preview_command(const struct ask_options *o, const char *const *words,
		    size_t count)
{
	const char *path = o->output ? o->output : "preview.tif";
	json_t *names = json_array();
	int fds[LOCAL_FDS_MAX];
	json_t *request;
	int code;

	if (count < 1 || count >= LOCAL_FDS_MAX)
		code = ask_fail(EX_USAGE,
				"Say: faxwire preview FILE..., with 1 to %d "
				"files.",
				LOCAL_FDS_MAX - 1);
	else
		code = output_is_free(path);
	if (code == EX_OK)
		code = open_all(words, count, fds, names);
	if (code == EX_OK) {
		fds[count] = output_open("preview");
		code = fds[count] < 0 ? EX_OSERR : EX_OK;
	}
	if (code != EX_OK) {
		json_decref(names);
		return code;
	}
	request = json_pack("{s:s, s:o, s:s}", "command", "preview", "names",
			    names, "resolution", o->resolution);
	add_text(request, "pages", o->pages);
	code = ask_terminal(o, request, fds, count + 1, ASK_FOREVER, NULL,
			    NULL);
	if (code == EX_OK)
		code = output_save(fds[count], path);
	if (code == EX_OK && o->json)
		return ask_print_json(json_pack("{s:s}", "preview", path));
	if (code == EX_OK)
		printf("The pages, as the far end would get them, are in %s.\n",
		       path);
	return code;
}

int send_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	struct progress p = progress_of(o);
	json_t *names, *to;
	long long at = 0;
	int fds[LOCAL_FDS_MAX];
	int code;

	if (count < 2 || count - 1 > LOCAL_FDS_MAX)
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
	code = open_all(words + 1, count - 1, fds, names);
	if (code == EX_OK)
		code = ask_terminal(o, request_of(o, to, names, at), fds,
				    count - 1, ASK_FOREVER, progress_take, &p);
	progress_fini(&p);
	return code;
}
