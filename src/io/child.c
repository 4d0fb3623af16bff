/* SPDX-License-Identifier: Apache-2.0 */
#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 127 };

struct child {
	struct loop *loop;  /* borrowed */
	struct watch watch; /* of its pidfd */
	struct timer deadline;
	pid_t pid;
	bool timed_out;
	bool forgotten; /* child_kill: nobody waits for its end */
	void (*ended)(void *owner, const struct child_end *end);
	void *owner; /* borrowed */
};

/* --- in the child, between fork and exec --- */

static bool limit(int what, uint64_t value)
{
	struct rlimit r = { value, value };

	return value == 0 || setrlimit((__rlimit_resource_t)what, &r) == 0;
}

static bool set_limits(const struct child_spec *spec)
{
	const struct rlimit no_core = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &no_core) == 0 &&
	       limit(RLIMIT_CPU, spec->cpu_s) &&
	       limit(RLIMIT_AS, spec->memory) &&
	       limit(RLIMIT_FSIZE, spec->file_size);
}

/* First above all targets, so that none overwrites another; then down. */
static bool place_fds(const struct child_spec *spec)
{
	int moved[CHILD_FDS_MAX];
	int count = spec->fds_count > 3 ? spec->fds_count : 3;

	for (int i = 0; i < count; i++) {
		int fd = i < spec->fds_count ? spec->fds[i] : -1;

		if (fd < 0 && i < 3)
			fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		moved[i] =
			fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FDS_MAX);
		if (fd >= 0 && moved[i] < 0)
			return false;
	}
	for (int i = 0; i < count; i++) {
		if (moved[i] < 0)
			close(i);
		else if (dup2(moved[i], i) != i)
			return false;
	}
	return close_range((unsigned)count, ~0U, CLOSE_RANGE_UNSHARE) == 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL); /* some cannot be changed: fine */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const struct child_spec *spec, pid_t parent)
{
	char home[4200], tmp[4200];
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char locale[] = "LC_ALL=C.UTF-8";
	const char *folder = spec->folder ? spec->folder : "/";
	char *const plain[] = { path, locale, home, tmp, NULL };
	/* exec takes what it does not change as not const. */
	union {
		const char *const *is;
		char *const *as;
	} argv = { spec->argv }, environment = { spec->environment };

	if (!environment.is)
		environment.as = plain;
	snprintf(home, sizeof(home), "HOME=%s", folder);
	snprintf(tmp, sizeof(tmp), "TMPDIR=%s", folder);
	reset_signals();
	setsid();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_NOT_STARTED);
	if (!place_fds(spec) || chdir(folder) != 0 || !set_limits(spec))
		_exit(EXIT_NOT_STARTED);
	if (spec->sandbox && sandbox_enter(spec->sandbox, NULL) != OK)
		_exit(EXIT_NOT_STARTED);
	execve(spec->argv[0], argv.as, environment.as);
	_exit(EXIT_NOT_STARTED);
}

/* --- in the parent --- */

static void release(struct child *c)
{
	timer_clear(c->loop, &c->deadline);
	loop_unwatch(c->loop, &c->watch);
	close(c->watch.fd);
	free(c);
}

static void on_end(struct watch *w, unsigned what)
{
	struct child *c = w->owner;
	void (*ended)(void *, const struct child_end *) = c->ended;
	void *owner = c->owner;
	struct child_end end = { 0 };
	bool forgotten = c->forgotten;
	int status;

	(void)what;
	/* What it started goes with it. Until it is waited for, nobody else
	 * can have its number. */
	(void)kill(-c->pid, SIGKILL);
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	if (WIFEXITED(status))
		end.code = WEXITSTATUS(status);
	else
		end.signal = WTERMSIG(status);
	/* It may have ended by itself in that very moment. */
	end.timed_out = c->timed_out && end.signal == SIGKILL;
	release(c);
	if (!forgotten)
		ended(owner, &end);
}

/* Its own session is its process group: what it started goes with it. */
static void kill_group(const struct child *c)
{
	if (kill(-c->pid, SIGKILL) != 0)
		(void)kill(c->pid, SIGKILL);
}

static void on_deadline(struct timer *t)
{
	struct child *c = t->owner;

	c->timed_out = true;
	kill_group(c);
}

struct child *child_start(struct loop *loop, const struct child_spec *spec,
			  void (*ended)(void *owner,
					const struct child_end *end),
			  void *owner)
{
	struct child *c = calloc(1, sizeof(*c));
	pid_t parent = getpid();

	if (!c)
		return NULL;
	c->loop = loop;
	c->ended = ended;
	c->owner = owner;
	c->deadline = (struct timer){ .due = on_deadline, .owner = c };
	c->pid = fork();
	if (c->pid == 0)
		become(spec, parent);
	c->watch = (struct watch){
		.fd = -1, .interest = LOOP_READ, .ready = on_end, .owner = c
	};
	if (c->pid > 0)
		c->watch.fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (c->watch.fd < 0 || loop_watch(loop, &c->watch) != OK) {
		if (c->pid > 0) {
			kill_group(c);
			waitpid(c->pid, NULL, 0);
		}
		if (c->watch.fd >= 0)
			close(c->watch.fd);
		free(c);
		return NULL;
	}
	if (spec->ms > 0)
		timer_set(loop, &c->deadline, loop_now(loop) + spec->ms);
	return c;
}

pid_t child_pid(const struct child *c)
{
	return c->pid;
}

void child_kill(struct child *c)
{
	if (!c)
		return;
	c->forgotten = true;
	timer_clear(c->loop, &c->deadline);
	kill_group(c);
}
