/* SPDX-License-Identifier: Apache-2.0 */
/* The queue: looking at it, and what can be done to jobs. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/screen.h"

struct queue {
	json_t *all;
	bool paused;
};

static void gather(void *owner, const json_t *line)
{
	struct queue *q = owner;

	q->paused |= json_is_true(json_object_get(line, "paused"));
	if (json_object_get(line, "job"))
		json_array_append_new(q->all, json_deep_copy(line));
}

/* --- in words --- */

/* "in 12 s", "in 5 min", or the time. */
static const char *when(long long ms, char *out)
{
	long long now = (long long)time(NULL) * 1000;
	long long left = (ms - now + 999) / 1000;

	if (ms <= now)
		snprintf(out, 40, "now");
	else if (left < 120)
		snprintf(out, 40, "in %lld s", left);
	else if (left < 120 * 60LL)
		snprintf(out, 40, "in %lld min", left / 60);
	else
		ask_time(ms, out);
	return out;
}

static bool is_state(const json_t *job, const char *state)
{
	return strcmp(ask_text(job, "state"), state) == 0;
}

static bool is_held(const json_t *job)
{
	return is_state(job, "queued") &&
	       json_is_true(json_object_get(job, "held"));
}

/* What a queued job waits for. */
static void say_wait(const json_t *job, bool paused, char *out, size_t size)
{
	long long now = (long long)time(NULL) * 1000;
	long long next = ask_number(job, "next_try_ms");
	const char *last = ask_text(job, "last_result");
	char at[40];

	if (is_held(job))
		snprintf(out, size, "held: faxwire release %.8s",
			 ask_text(job, "job"));
	else if (paused)
		snprintf(out, size, "the queue is paused");
	else if (next <= now)
		snprintf(out, size, "%s%s", *last ? "next try now: " : "",
			 *last ? last : "waits for its turn");
	else
		snprintf(out, size, "%s %s%s%s",
			 *last ? "next try" : "to be sent", when(next, at),
			 *last ? ": " : "", last);
}

static void say_why(const json_t *job, bool paused, char *out, size_t size)
{
	char at[40];

	out[0] = '\0';
	if (is_state(job, "queued"))
		say_wait(job, paused, out, size);
	else if (is_state(job, "delivered"))
		snprintf(out, size, "at %s",
			 ask_time(ask_number(job, "finished_ms"), at));
	else if (!is_state(job, "calling") && !is_state(job, "sending"))
		snprintf(out, size, "%s", ask_text(job, "last_result"));
}

static enum screen_colour colour_of(const json_t *job)
{
	if (is_state(job, "delivered"))
		return SCREEN_GOOD;
	if (is_state(job, "failed"))
		return SCREEN_BAD;
	if (is_state(job, "calling") || is_state(job, "sending"))
		return SCREEN_BUSY;
	return is_state(job, "cancelled") ? SCREEN_DIM : SCREEN_PLAIN;
}

/* --- rows --- */

/* The words of one job, as far as both forms have them. */
struct row {
	char pages[16];
	char why[400];
	const char *state;
	const char *priority; /* "" for most */
};

static void fill_row(const json_t *job, bool paused, struct row *r)
{
	const char *priority = ask_text(job, "priority");

	say_why(job, paused, r->why, sizeof(r->why));
	snprintf(r->pages, sizeof(r->pages), "%lld/%lld",
		 ask_number(job, "pages_confirmed"), ask_number(job, "pages"));
	r->state = is_held(job) ? "held" : ask_text(job, "state");
	r->priority = strcmp(priority, "normal") == 0 ? "" : priority;
}

/* A line a job. */
static void print_plain(const json_t *job, bool paused)
{
	struct row r;
	char at[32];

	fill_row(job, paused, &r);
	printf("%.8s  %s  %-20s %-9s %7s %3lld  %-6s  %s%s%s\n",
	       ask_text(job, "job"),
	       ask_time(ask_number(job, "created_ms"), at), ask_text(job, "to"),
	       r.state, r.pages, ask_number(job, "attempts"), r.priority,
	       ask_text(job, "title"), *r.why ? ": " : "", r.why);
}

/* The hour, and the day when it is not today. */
static const char *short_time(long long ms, char *out)
{
	char now[32], at[32];

	ask_time((long long)time(NULL) * 1000, now);
	ask_time(ms, at);
	snprintf(out, 32, "%s", strncmp(now, at, 10) == 0 ? at + 11 : at + 5);
	return out;
}

enum { TO_COLUMNS = 16, BEFORE_TITLE = 63 };

/* The same in a table that is no wider than the screen; a second line says why
 * it is not over, or was not delivered. */
static void print_pretty(const json_t *job, bool paused)
{
	size_t columns = screen_columns();
	char at[32], to[80], cut[1200], title[200];
	struct row r;

	fill_row(job, paused, &r);
	snprintf(title, sizeof(title), "%s%s%.120s", r.priority,
		 *r.priority ? ": " : "", ask_text(job, "title"));
	printf("%.8s  %11s  %-*s %s%-9s%s %7s %3lld  %s\n",
	       ask_text(job, "job"),
	       short_time(ask_number(job, "created_ms"), at), TO_COLUMNS,
	       screen_cut(ask_text(job, "to"), TO_COLUMNS, to, sizeof(to)),
	       screen_colour(colour_of(job)), r.state,
	       screen_colour(SCREEN_PLAIN), r.pages,
	       ask_number(job, "attempts"),
	       screen_cut(title,
			  columns > BEFORE_TITLE ? columns - BEFORE_TITLE : 0,
			  cut, sizeof(cut)));
	if (*r.why && !is_state(job, "delivered"))
		printf("          %s%s%s\n", screen_colour(SCREEN_DIM),
		       screen_cut(r.why, columns - 11, cut, sizeof(cut)),
		       screen_colour(SCREEN_PLAIN));
}

static void print_queue(const struct queue *q)
{
	json_t *job;
	size_t i;

	if (!screen_is_one()) {
		json_array_foreach(q->all, i, job) print_plain(job, q->paused);
		return;
	}
	if (json_array_size(q->all) > 0)
		printf("%s%-8s  %11s  %-*s %-9s %7s %3s  %s%s\n",
		       screen_colour(SCREEN_BOLD), "JOB", "SINCE", TO_COLUMNS,
		       "TO", "STATE", "PAGES", "TRY", "TITLE",
		       screen_colour(SCREEN_PLAIN));
	else
		screen_nothing("jobs");
	json_array_foreach(q->all, i, job) print_pretty(job, q->paused);
	if (q->paused)
		puts("The queue is paused: faxwire resume lets it go on.");
}

int jobs_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	struct queue q = { .all = json_array() };
	int code = EX_USAGE;

	(void)words;
	if (count > 0)
		ask_fail(code, "faxwire jobs takes no further words.");
	else
		code = ask_terminal(o, json_pack("{s:s}", "command", "jobs"),
				    NULL, 0, ASK_MS, gather, &q);
	if (code == EX_OK && o->json)
		return ask_print_json(json_pack("{s:o, s:b}", "jobs", q.all,
						"paused", (int)q.paused));
	if (code == EX_OK)
		print_queue(&q);
	json_decref(q.all);
	return code;
}

/* --- what is done to jobs --- */

/* Asks (the request is taken), and prints what has become of each job. */
static int change(const struct ask_options *o, json_t *request,
		  const char *sentence)
{
	struct queue q = { .all = json_array() };
	int code = ask_terminal(o, request, NULL, 0, ASK_MS, gather, &q);
	json_t *job;
	size_t i;

	if (code == EX_OK && o->json)
		return ask_print_json(json_pack("{s:o}", "jobs", q.all));
	if (code == EX_OK) {
		json_array_foreach(q.all, i, job)
			printf("Job %.8s to %s is %s.\n", ask_text(job, "job"),
			       ask_text(job, "to"), sentence);
	}
	json_decref(q.all);
	return code;
}

static int change_one(const struct ask_options *o, const char *command,
		      const char *const *words, size_t count,
		      const char *sentence)
{
	if (count != 1)
		return ask_fail(EX_USAGE,
				"Say: faxwire %s JOB, with an ID from faxwire "
				"jobs.",
				command);
	return change(
		o, json_pack("{s:s, s:s}", "command", command, "job", words[0]),
		sentence);
}

int cancel_command(const struct ask_options *o, const char *const *words,
		   size_t count)
{
	return change_one(o, "cancel", words, count, "cancelled");
}

int hold_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	return change_one(o, "hold", words, count, "held");
}

int release_command(const struct ask_options *o, const char *const *words,
		    size_t count)
{
	return change_one(o, "release", words, count, "released");
}

int remove_command(const struct ask_options *o, const char *const *words,
		   size_t count)
{
	return change_one(o, "remove", words, count, "forgotten");
}

int priority_command(const struct ask_options *o, const char *const *words,
		     size_t count)
{
	char sentence[40];

	if (count != 2)
		return ask_fail(EX_USAGE, "Say: faxwire priority JOB "
					  "low|normal|high.");
	snprintf(sentence, sizeof(sentence), "of %.10s priority now", words[1]);
	return change(o,
		      json_pack("{s:s, s:s, s:s}", "command", "priority", "job",
				words[0], "priority", words[1]),
		      sentence);
}

/* Takes the request. */
static int wait_for(const struct ask_options *o, json_t *request)
{
	struct progress p = progress_of(o);
	int code;

	json_object_set_new(request, "wait", json_true());
	code = ask_terminal(o, request, NULL, 0, ASK_FOREVER, progress_take,
			    &p);
	progress_fini(&p);
	return code;
}

int again_command(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	json_t *request;

	if (count < 1 || count > 2)
		return ask_fail(EX_USAGE, "Say: faxwire again JOB, or faxwire "
					  "again JOB TO[,TO...].");
	request = json_pack("{s:s, s:s}", "command", "again", "job", words[0]);
	if (count == 2) {
		json_t *to = ask_addresses(words[1]);

		if (!to) {
			json_decref(request);
			return ask_fail(EX_USAGE, "Between two commas there "
						  "is no recipient.");
		}
		json_object_set_new(request, "to", to);
	}
	return o->wait ? wait_for(o, request) : change(o, request, "accepted");
}

static int set_paused(const struct ask_options *o, const char *command,
		      size_t count, const char *sentence)
{
	int code;

	if (count > 0)
		return ask_fail(EX_USAGE,
				"faxwire %s takes no further words: it is for "
				"all jobs; hold and release are for one.",
				command);
	code = ask_terminal(o, json_pack("{s:s}", "command", command), NULL, 0,
			    ASK_MS, NULL, NULL);
	if (code == EX_OK && !o->json)
		puts(sentence);
	return code;
}

int pause_command(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	(void)words;
	return set_paused(o, "pause", count,
			  "The queue is paused: what is under way goes on, "
			  "and nothing new begins.");
}

int resume_command(const struct ask_options *o, const char *const *words,
		   size_t count)
{
	(void)words;
	return set_paused(o, "resume", count, "The queue goes on.");
}
