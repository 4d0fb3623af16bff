/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to received faxes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/commands.h"

static int say(const char *command, const char *words)
{
	return ask_fail(EX_USAGE,
			"Say: faxwire %s %s, with a number from faxwire inbox.",
			command, words);
}

static void gather(void *owner, const json_t *line)
{
	json_t **last = owner;

	if (json_object_get(line, "end"))
		return;
	json_decref(*last);
	*last = json_deep_copy(line);
}

/* Asks (the request is taken). The last line before the end, or NULL, is the
 * caller's. */
static int ask_one(const struct ask_options *o, json_t *request, json_t **line)
{
	*line = NULL;
	return ask_terminal(o, request, NULL, 0, ASK_MS, gather, line);
}

/* A sentence for a person; what was answered for a program. Takes `line`. */
static int conclude(const struct ask_options *o, int code, json_t *line,
		    const char *sentence)
{
	if (code == EX_OK && o->json && line)
		return ask_print_json(line);
	if (code == EX_OK && !o->json)
		puts(sentence);
	json_decref(line);
	return code;
}

int mark_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	bool unread = count == 2 && strcmp(words[1], "unread") == 0;
	json_t *line;
	int code;

	if (count != 2 || (!unread && strcmp(words[1], "read") != 0))
		return say("mark", "FAX read|unread");
	code = ask_one(o,
		       json_pack("{s:s, s:s, s:b}", "command", "mark", "fax",
				 words[0], "unread", (int)unread),
		       &line);
	return conclude(o, code, line,
			unread ? "Nobody has read it." : "It is read.");
}

int delete_command(const struct ask_options *o, const char *const *words,
		   size_t count)
{
	json_t *line;
	char sentence[200];
	int code;

	if (count != 1)
		return say("delete", "FAX");
	code = ask_one(
		o,
		json_pack("{s:s, s:s}", "command", "delete", "fax", words[0]),
		&line);
	snprintf(sentence, sizeof(sentence),
		 "It lies in the trash: faxwire restore %.100s brings it back.",
		 line ? ask_text(line, "deleted") : "");
	return conclude(o, code, line, sentence);
}

int restore_command(const struct ask_options *o, const char *const *words,
		    size_t count)
{
	json_t *line;
	int code;

	if (count != 1)
		return ask_fail(EX_USAGE,
				"Say: faxwire restore FAX, with a name from "
				"faxwire inbox --trash.");
	code = ask_one(
		o,
		json_pack("{s:s, s:s}", "command", "restore", "fax", words[0]),
		&line);
	return conclude(o, code, line, "It is in the inbox again.");
}

/* --- on to others --- */

static void take_job(void *owner, const json_t *line)
{
	if (json_object_get(line, "job"))
		json_array_append_new(owner, json_deep_copy(line));
}

int forward_command(const struct ask_options *o, const char *const *words,
		    size_t count)
{
	json_t *jobs, *to, *request, *job;
	size_t i;
	int code;

	if (count != 2)
		return say("forward", "FAX TO[,TO...]");
	to = ask_addresses(words[1]);
	if (!to)
		return ask_fail(EX_USAGE, "Between two commas there is no "
					  "recipient.");
	request = json_pack("{s:s, s:s, s:o, s:s}", "command", "forward", "fax",
			    words[0], "to", to, "priority", o->priority);
	if (o->note)
		json_object_set_new(request, "note", json_string(o->note));
	if (o->title)
		json_object_set_new(request, "title", json_string(o->title));
	jobs = json_array();
	code = ask_terminal(o, request, NULL, 0, ASK_MS, take_job, jobs);
	if (code == EX_OK && o->json)
		return ask_print_json(json_pack("{s:o}", "jobs", jobs));
	json_array_foreach(jobs, i, job)
		printf("Accepted as job %.8s to %s.\n", ask_text(job, "job"),
		       ask_text(job, "to"));
	json_decref(jobs);
	return code;
}

/* --- on paper --- */

/* lp's own words are enough of an answer. */
static int run_lp(const char *printer, const char *title, const char *path)
{
	const char *argv[8] = { "lp", "-t", title };
	size_t n = 3;
	int status;
	pid_t pid;

	if (printer) {
		argv[n++] = "-d";
		argv[n++] = printer;
	}
	argv[n++] = "--";
	argv[n] = path;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp("lp", (char *const *)(uintptr_t)argv);
		_exit(errno == ENOENT ? EX_UNAVAILABLE : EX_OSERR);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return ask_fail(EX_OSERR, "lp could not be started: %s.",
				strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_UNAVAILABLE)
		return ask_fail(EX_UNAVAILABLE, "There is no lp here: install "
						"cups-client.");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? EX_OK
							     : EX_UNAVAILABLE;
}

int print_command(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	char title[100];
	const char *path;
	json_t *line;
	int code;

	if (count != 1 && count != 2)
		return say("print", "FAX [PRINTER]");
	code = ask_one(
		o,
		json_pack("{s:s, s:s}", "command", "printed", "fax", words[0]),
		&line);
	if (code != EX_OK) {
		json_decref(line);
		return code;
	}
	path = *ask_text(line, "pdf") ? ask_text(line, "pdf")
				      : ask_text(line, "tiff");
	snprintf(title, sizeof(title), "Fax from %.60s",
		 ask_text(line, "from"));
	code = *path ? run_lp(count == 2 ? words[1] : NULL, title, path)
		     : ask_fail(EX_DATAERR, "This fax has no pages.");
	json_decref(line);
	return code;
}
