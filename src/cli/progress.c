/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/screen.h"

/* What is known of one job. */
struct progress_job {
	char job[40];
	char to[256];
	char state[16];
	long long page;
	long long pages;
	char why[300];
};

static bool is_in(const struct progress_job *s, const char *state)
{
	return strcmp(s->state, state) == 0;
}

static bool is_over(const struct progress_job *s)
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
static void show_progress(const struct progress *p,
			  const struct progress_job *s)
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
		const struct progress_job *s = &p->all[i];

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

static void show_end(const struct progress *p, const struct progress_job *s)
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

static struct progress_job *sent_of(struct progress *p, const char *job)
{
	struct progress_job *all;

	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->all[i].job, job) == 0)
			return &p->all[i];
	all = reallocarray(p->all, p->count + 1, sizeof(*all));
	if (!all)
		return NULL;
	p->all = all;
	all[p->count] = (struct progress_job){ .page = -1 };
	snprintf(all[p->count].job, sizeof(all[0].job), "%s", job);
	return &all[p->count++];
}

static void take_job(struct progress *p, const json_t *line)
{
	struct progress_job *s = sent_of(p, ask_text(line, "job"));
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
	const struct progress_job *first = &p->all[0];
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

void progress_take(void *owner, const json_t *line)
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

struct progress progress_of(const struct ask_options *o)
{
	return (struct progress){ .json = o->json,
				  .wait = o->wait,
				  .screen = screen_is_one() };
}

void progress_fini(struct progress *p)
{
	free(p->all);
}
