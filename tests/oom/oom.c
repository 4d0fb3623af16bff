/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out. Each scenario runs whole, and then again and again
 * with the first, the second, the third ... allocation of our own code
 * failing (ours alone: the linker wraps what the libraries of this program
 * call). Then it must say so: by an error, or where a program that has lost
 * count of what it does must not go on, by abort(); it may not crash, leak
 * (the sanitizer looks), or say that all went well when it did not.
 *
 * usage: oom [SCENARIO...]
 */
#include "scenario.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPTS_MAX = 2000 };

/* How a child ends. */
enum verdict { WENT_WELL = 0, SAID_SO = 3, NO_FAILURE_LEFT = 4, LIED = 5 };

static long allocations; /* until the one that fails; 0: none does */
static bool failed;

static bool fails(void)
{
	if (allocations == 0 || --allocations > 0)
		return false;
	failed = true;
	return true;
}

/* What the linker calls instead (ld's --wrap), and what it would have. The
 * names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static _Noreturn void attempt(const struct scenario *s, long at)
{
	enum scenario_end end;

	allocations = at;
	end = s->run();
	allocations = 0;
	if (at > 0 && !failed)
		exit(NO_FAILURE_LEFT);
	if (end == SCENARIO_WRONG)
		exit(LIED);
	exit(end == SCENARIO_DONE ? WENT_WELL : SAID_SO);
}

/* Runs it in a child; what wait(2) says of it. */
static int run(const struct scenario *s, long at)
{
	int status = -1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0)
		attempt(s, at);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

static bool ended(int status, enum verdict v)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == (int)v;
}

/* Whether a run in which an allocation failed ended as it may. */
static bool is_fine(const struct scenario *s, int status)
{
	bool aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;

	return ended(status, WENT_WELL) || ended(status, SAID_SO) ||
	       (aborted && s->may_abort);
}

/* Each allocation in its turn; the sentence that says what is wrong. */
static const char *try_all(const struct scenario *s, long *count)
{
	static char wrong[100];

	if (!ended(run(s, 0), WENT_WELL))
		return "it does not even go well with memory";
	for (long at = 1; at < ATTEMPTS_MAX; at++) {
		int status = run(s, at);

		if (ended(status, NO_FAILURE_LEFT)) {
			*count = at - 1;
			return at > 1 ? NULL : "it allocates nothing";
		}
		if (is_fine(s, status))
			continue;
		snprintf(wrong, sizeof(wrong), "allocation %ld: %s %d", at,
			 WIFSIGNALED(status) ? "signal" : "exit",
			 WIFSIGNALED(status) ? WTERMSIG(status)
					     : WEXITSTATUS(status));
		return wrong;
	}
	return "it has no end";
}

static bool is_chosen(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc == 1;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

int main(int argc, char **argv)
{
	/* What scenarios that end in abort() have left lies in here. */
	char folder[] = "/tmp/faxwire-oom-XXXXXX";
	int n = 0, bad = 0;

	if (!mkdtemp(folder) || chdir(folder) != 0) {
		perror(folder);
		return 99;
	}
	for (const struct scenario *s = scenarios; s->name; s++) {
		long count = 0;
		const char *wrong;

		if (!is_chosen(s->name, argc, argv))
			continue;
		wrong = try_all(s, &count);
		n++;
		bad += wrong != NULL;
		if (wrong)
			printf("not ok %d - %s: %s\n", n, s->name, wrong);
		else
			printf("ok %d - %s, %ld allocations\n", n, s->name,
			       count);
	}
	printf("1..%d\n", n);
	if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		perror(folder);
	return bad > 0;
}
