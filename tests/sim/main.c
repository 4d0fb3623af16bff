/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim [--trace] FILE...            plays scenarios
 * sim --runs N [--seed S]          plays N scenarios made of seeds from S on
 * sim --print S                    prints the scenario of a seed
 *
 * Speaks TAP. A made scenario that fails is made as short as it can be, and
 * printed; what it prints is a file that fails so again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "maker.h"
#include "play.h"

enum { FILE_MAX = 65536, RUNS_MANY = 5000 };

/* What a child that plays tells, even when it dies of a failed assertion. */
struct told {
	uint64_t seed;
	uint64_t events, jobs, delivered, failed, cancelled;
	int64_t ms;
	uint64_t seen[SEEN_KINDS];
	struct why why;
};

static struct told *told; /* shared with the child */
static bool trace;

static enum err play_text(const char *name, const char *text,
			  struct play_result *r, struct why *why)
{
	struct scenario *s = malloc(sizeof(*s));
	enum err e;

	if (!s)
		abort();
	e = scenario_parse(s, name, text, why);
	if (e == OK)
		e = play(s, trace, r, why);
	free(s);
	return e;
}

/* --- files --- */

static bool read_file(const char *path, char text[FILE_MAX])
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, FILE_MAX - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return f != NULL;
}

static bool play_file(const char *path, int number)
{
	static char text[FILE_MAX];
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct play_result r;
	struct why why = { "it cannot be read" };
	bool good =
		read_file(path, text) && play_text(path, text, &r, &why) == OK;

	if (!good)
		printf("# %s\n", why.text);
	printf("%sok %d - %s\n", good ? "" : "not ", number, name);
	return good;
}

/* --- runs --- */

static void add_up(const struct play_result *r)
{
	told->events += r->events;
	told->ms += r->ms;
	told->jobs += r->jobs;
	told->delivered += r->delivered;
	told->failed += r->failed;
	told->cancelled += r->cancelled;
	for (int i = 0; i < SEEN_KINDS; i++)
		told->seen[i] += r->seen[i];
}

static void play_seeds(uint64_t first, uint64_t runs)
{
	static char text[MAKER_TEXT_MAX];

	for (uint64_t seed = first; seed < first + runs; seed++) {
		struct play_result r;

		told->seed = seed;
		maker_make(seed, text);
		if (play_text("seed", text, &r, &told->why) != OK)
			_exit(1);
		add_up(&r);
	}
	_exit(0);
}

/* True: the child did all it was to do. */
static bool child_ended_well(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	if (WIFSIGNALED(status))
		why_set(&told->why, "the program died of signal %d",
			WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool still_fails(const char *text, bool quietly)
{
	struct play_result r;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		struct scenario *s = malloc(sizeof(*s));

		if (quietly && !freopen("/dev/null", "w", stderr))
			_exit(0);
		/* What is no scenario any more does not count. */
		if (!s || scenario_parse(s, "seed", text, NULL) != OK)
			_exit(0);
		_exit(play(s, false, &r, &told->why) == ERR_BAD ? 1 : 0);
	}
	return !child_ended_well(child);
}

/* Drops line after line while it still fails; the last ones first. */
static void shorten(char *text)
{
	static char shorter[MAKER_TEXT_MAX];
	bool dropped = true;

	while (dropped) {
		dropped = false;
		for (char *line = text + strlen(text); line > text;) {
			char *end = line;

			for (line--; line > text && line[-1] != '\n';)
				line--;
			memcpy(shorter, text, (size_t)(line - text));
			strcpy(shorter + (line - text), end);
			if (strstr(line, "settle") == line ||
			    !still_fails(shorter, true))
				continue;
			strcpy(text, shorter);
			dropped = true;
		}
	}
}

/* Each of these things must have happened in so many runs, or the dice test
 * nothing. */
static bool saw_everything(void)
{
	static const char *const names[SEEN_KINDS] = {
		[SEEN_COLLISION] = "collision",
		[SEEN_BUSY] = "busy",
		[SEEN_OFFLINE] = "offline",
		[SEEN_REFUSED] = "refused",
		[SEEN_NO_ANSWER] = "no-answer",
		[SEEN_CANCELLED] = "cancelled",
		[SEEN_OFFERED_AGAIN] = "offered-again",
		[SEEN_LATE_DATA] = "late-data",
		[SEEN_NO_RELEASE] = "no-release",
		[SEEN_STALL] = "stall",
		[SEEN_HELD] = "held-back",
		[SEEN_STORED_ALREADY] = "stored-already",
		[SEEN_RECOVERED] = "recovered",
		[SEEN_PARTIAL] = "partial",
		[SEEN_TRAP] = "crash-in-a-moment",
		[SEEN_FULL] = "full-disk",
		[SEEN_UNREACHABLE] = "unreachable",
		[SEEN_FAR] = "between-relays",
		[SEEN_THROUGH] = "through-relays",
		[SEEN_CROSSED] = "crossed-between-relays",
		[SEEN_NEED] = "more-lines-needed",
		[SEEN_MOVE] = "move",
	};
	bool all = true;

	for (int i = 0; i < SEEN_KINDS; i++) {
		printf("#   %s=%" PRIu64 "\n", names[i], told->seen[i]);
		all = all && told->seen[i] > 0;
	}
	return all;
}

static void show_failing(void)
{
	static char text[MAKER_TEXT_MAX];

	printf("# seed %" PRIu64 ": %s\n", told->seed, told->why.text);
	maker_make(told->seed, text);
	shorten(text);
	(void)still_fails(text, false);
	printf("# as short as it can be: %s\n", told->why.text);
	for (char *t = strtok(text, "\n"); t; t = strtok(NULL, "\n"))
		printf("#     %s\n", t);
}

static bool play_runs(uint64_t first, uint64_t runs, int number)
{
	pid_t child;
	bool good;

	fflush(stdout);
	child = fork();
	if (child == 0)
		play_seeds(first, runs);
	good = child_ended_well(child);
	if (!good)
		show_failing();
	printf("# %" PRIu64 " events, %" PRId64 " hours, %" PRIu64
	       " jobs: %" PRIu64 " delivered, %" PRIu64 " failed, %" PRIu64
	       " cancelled\n",
	       told->events, told->ms / 3600000, told->jobs, told->delivered,
	       told->failed, told->cancelled);
	if (good && !saw_everything() && runs >= RUNS_MANY)
		good = false;
	printf("%sok %d - %" PRIu64 " runs from seed %" PRIu64 "\n",
	       good ? "" : "not ", number, runs, first);
	return good;
}

static int print_seed(const char *seed)
{
	static char text[MAKER_TEXT_MAX];
	int64_t number;

	if (!text_to_number(seed, 0, INT64_MAX, &number))
		return 64;
	maker_make((uint64_t)number, text);
	fputs(text, stdout);
	return 0;
}

/* Takes the option at argv[*i], and its value if it has one. */
static bool take_option(char **argv, int *i, int64_t *runs, int64_t *seed)
{
	const char *option = argv[*i];
	const char *value = argv[*i + 1];

	if (strcmp(option, "--trace") == 0) {
		trace = true;
		return true;
	}
	(*i)++;
	if (strcmp(option, "--runs") == 0)
		return value && text_to_number(value, 1, INT64_MAX, runs);
	if (strcmp(option, "--seed") == 0)
		return value && text_to_number(value, 0, INT64_MAX, seed);
	if (strcmp(option, "--print") == 0 && value)
		exit(print_seed(value));
	return false;
}

int main(int argc, char **argv)
{
	int64_t runs = 0, seed = 1;
	int number = 0, faults = 0;

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return 71;
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0)
			faults += !play_file(argv[i], ++number);
		else if (!take_option(argv, &i, &runs, &seed))
			return 64;
	}
	if (runs > 0)
		faults += !play_runs((uint64_t)seed, (uint64_t)runs, ++number);
	printf("1..%d\n", number);
	return faults > 0;
}
