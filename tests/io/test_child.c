/* SPDX-License-Identifier: Apache-2.0 */
#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

static struct loop *l;
static struct child_end end;
static bool ended;
static char heard[4096];

static int set_up(void **state)
{
	(void)state;
	ended = false;
	l = loop_new();
	return l ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	loop_free(l);
	return 0;
}

static void note(void *owner, const struct child_end *e)
{
	(void)owner;
	assert_false(ended);
	end = *e;
	ended = true;
}

static struct child *start(struct child_spec *spec, const char *script,
			   int *from)
{
	static const char *argv[] = { "/bin/sh", "-c", NULL, NULL };
	struct child *c;
	int ends[2];

	argv[2] = script;
	spec->argv = argv;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (spec->fds_count < 2) {
		spec->fds[0] = -1;
		spec->fds_count = 2;
	}
	spec->fds[1] = ends[1];
	c = child_start(l, spec, note, NULL);
	assert_non_null(c);
	assert_false(ended);
	close(ends[1]);
	*from = ends[0];
	return c;
}

/* Runs it to its end; what it wrote is in `heard`. */
static void run(struct child_spec spec, const char *script)
{
	size_t used = 0;
	ssize_t n;
	int from;

	start(&spec, script, &from);
	assert_true(turn_until(l, &ended));
	while ((n = read(from, heard + used, sizeof(heard) - 1 - used)) > 0)
		used += (size_t)n;
	heard[used] = '\0';
	close(from);
}

static void its_words_and_its_code_are_told(void **state)
{
	(void)state;
	run((struct child_spec){ .ms = 0 }, "echo hello; exit 7");
	assert_string_equal(heard, "hello\n");
	assert_int_equal(end.code, 7);
	assert_int_equal(end.signal, 0);
	assert_false(end.timed_out);
}

static void a_signal_that_ends_it_is_told(void **state)
{
	(void)state;
	run((struct child_spec){ .ms = 0 }, "kill -TERM $$");
	assert_int_equal(end.code, 0);
	assert_int_equal(end.signal, SIGTERM);
}

static void a_program_that_is_not_there_ends_with_127(void **state)
{
	const char *const argv[] = { "/no/such/program", NULL };
	struct child_spec spec = { .argv = argv };

	(void)state;
	assert_non_null(child_start(l, &spec, note, NULL));
	assert_true(turn_until(l, &ended));
	assert_int_equal(end.code, 127);
}

static void its_environment_is_plain(void **state)
{
	(void)state;
	setenv("FAXWIRE_TEST_SECRET", "x", 1);
	run((struct child_spec){ .folder = "/tmp" }, "pwd; /usr/bin/env");
	assert_non_null(strstr(heard, "/tmp\n"));
	assert_non_null(strstr(heard, "HOME=/tmp\n"));
	assert_non_null(strstr(heard, "TMPDIR=/tmp\n"));
	assert_non_null(strstr(heard, "LC_ALL=C.UTF-8\n"));
	assert_null(strstr(heard, "SECRET"));
}

static void another_environment_takes_its_place(void **state)
{
	const char *const own[] = { "FAX=one two", "PATH=/usr/bin:/bin", NULL };

	(void)state;
	run((struct child_spec){ .folder = "/tmp", .environment = own },
	    "exec /usr/bin/env -u PWD -u OLDPWD -u SHLVL -u _");
	assert_non_null(strstr(heard, "FAX=one two\n"));
	assert_null(strstr(heard, "HOME="));
	assert_null(strstr(heard, "SECRET"));
}

static void it_has_its_descriptors_and_no_others(void **state)
{
	int secret = open("/dev/null", O_RDONLY); /* not closed on exec */
	int in[2];
	struct child_spec spec = { .fds_count = 4 };

	(void)state;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(write(in[1], "word\n", 5), 5);
	close(in[1]);
	spec.fds[0] = in[0];
	spec.fds[2] = -1;
	spec.fds[3] = in[0];
	run(spec, "read w; echo $w; for i in 2 3 4 5 6 7 8 9; do "
		  "[ -e /proc/self/fd/$i ] && echo has $i; done");
	assert_string_equal(heard, "word\nhas 2\nhas 3\n");
	close(in[0]);
	close(secret);
}

static void descriptors_may_be_exchanged(void **state)
{
	int in[2];
	struct child_spec spec = { .fds_count = 3 };

	(void)state;
	/* Ours are 1 and 0 in the child: neither may overwrite the other. */
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(write(in[1], "x\n", 2), 2);
	close(in[1]);
	spec.fds[0] = in[0];
	spec.fds[2] = in[0];
	run(spec, "read w; echo $w");
	assert_string_equal(heard, "x\n");
	close(in[0]);
}

static void one_that_takes_too_long_is_killed_with_all_it_started(void **state)
{
	(void)state;
	/* The pipe closes only when the grandchild is gone too. */
	run((struct child_spec){ .ms = 100 }, "sleep 1000 & sleep 1000");
	assert_true(end.timed_out);
	assert_int_equal(end.signal, SIGKILL);
}

static void what_it_leaves_behind_is_killed_too(void **state)
{
	struct child_spec spec = { .ms = 0 };
	struct pollfd p = { .events = POLLIN };

	(void)state;
	start(&spec, "sleep 1000 & exit 3", &p.fd);
	assert_true(turn_until(l, &ended));
	assert_int_equal(end.code, 3);
	/* The pipe closes when the grandchild is gone. */
	assert_int_equal(poll(&p, 1, 5000), 1);
	close(p.fd);
}

static void what_it_may_use_up_is_bounded(void **state)
{
	(void)state;
	run((struct child_spec){ .cpu_s = 1 }, "while :; do :; done");
	assert_true(end.signal == SIGXCPU || end.signal == SIGKILL);
	ended = false;
	run((struct child_spec){ .file_size = 1000 },
	    "f=$(mktemp); head -c 2000 /dev/zero > $f; stat -c %s $f; rm $f");
	assert_string_equal(heard, "1000\n");
	ended = false;
	run((struct child_spec){ .memory = 64 << 20 },
	    "head -c 200000000 /dev/zero | tail >/dev/null; echo $?");
	assert_string_not_equal(heard, "0\n");
}

static void walls_stand_before_the_program_begins(void **state)
{
	struct sandbox walls = { .level = SANDBOX_TOOL };

	(void)state;
	run((struct child_spec){ .sandbox = &walls },
	    "cat /etc/passwd 2>/dev/null && echo read; "
	    "echo x 2>/dev/null >/tmp/faxwire-test-escaped && echo wrote; "
	    "echo end");
	if (end.code == 127) {
		print_message("this kernel has no Landlock or no seccomp\n");
		skip();
	}
	assert_string_equal(heard, "end\n");
}

static void one_that_is_killed_is_gone_without_a_word(void **state)
{
	struct child_spec spec = { .ms = 0 };
	struct child *c;
	pid_t pid;
	char byte;
	int from;

	(void)state;
	c = start(&spec, "sleep 1000 & sleep 1000", &from);
	pid = child_pid(c);
	child_kill(c);
	child_kill(NULL);
	assert_int_equal(read(from, &byte, 1), 0); /* the group is dead */
	turn_for(l, 100);
	assert_false(ended);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH); /* and no zombie */
	close(from);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_words_and_its_code_are_told),
		TEST(a_signal_that_ends_it_is_told),
		TEST(a_program_that_is_not_there_ends_with_127),
		TEST(its_environment_is_plain),
		TEST(another_environment_takes_its_place),
		TEST(it_has_its_descriptors_and_no_others),
		TEST(descriptors_may_be_exchanged),
		TEST(one_that_takes_too_long_is_killed_with_all_it_started),
		TEST(what_it_leaves_behind_is_killed_too),
		TEST(what_it_may_use_up_is_bounded),
		TEST(walls_stand_before_the_program_begins),
		TEST(one_that_is_killed_is_gone_without_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
