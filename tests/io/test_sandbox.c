/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* How a thing that was tried inside the walls ended. */
enum { DID = 0, FAILED = 1, NO_WALLS = 2, KILLED = 1000 };

static char folder[64];
static struct sandbox walls;
static int given;

static int set_up(void **state)
{
	char path[100];

	(void)state;
	strcpy(folder, "/tmp/faxwire-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/given", folder);
	given = open(path, O_RDWR | O_CREAT, 0600);
	return given < 0;
}

static int tear_down(void **state)
{
	char path[100];

	(void)state;
	close(given);
	snprintf(path, sizeof(path), "%s/given", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/new", folder);
	unlink(path);
	return rmdir(folder);
}

static int try(bool (*thing)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (sandbox_enter(&walls, NULL) != OK)
			_exit(NO_WALLS);
		_exit(thing() ? DID : FAILED);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	if (WEXITSTATUS(status) == NO_WALLS) {
		print_message("this kernel has no Landlock or no seccomp\n");
		skip();
	}
	return WEXITSTATUS(status);
}

/* --- things to try --- */

static bool open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool open_local_socket(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}

static bool run_program(void)
{
	char *const argv[] = { folder, NULL };

	execve("/bin/true", argv, NULL);
	return false;
}

static bool make_process(void)
{
	return syscall(SYS_vfork) >= 0;
}

static bool signal_others(void)
{
	return kill(getppid(), 0) == 0;
}

static bool open_at(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600) >= 0;
}

static bool read_passwords(void)
{
	return open_at("/etc/passwd", O_RDONLY);
}

static bool read_a_home(void)
{
	return open_at("/root", O_RDONLY | O_DIRECTORY);
}

static bool read_other_processes(void)
{
	return open_at("/proc/1/status", O_RDONLY);
}

static bool write_to_tmp(void)
{
	return open_at("/tmp/faxwire-test-escaped", O_WRONLY | O_CREAT);
}

static bool write_new(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/new", folder);
	return open_at(path, O_WRONLY | O_CREAT);
}

static bool remove_given(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/given", folder);
	return syscall(SYS_unlinkat, AT_FDCWD, path, 0) == 0;
}

static bool use_given(void)
{
	char back[5];

	return write(given, "hello", 5) == 5 &&
	       lseek(given, 0, SEEK_SET) == 0 && read(given, back, 5) == 5 &&
	       fsync(given) == 0 && ftruncate(given, 2) == 0;
}

static bool open_given_again(void)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", given);
	return open_at(path, O_RDWR);
}

static bool compute(void)
{
	struct timespec now;
	uint8_t *memory = malloc(1 << 22);

	if (!memory || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return false;
	memset(memory, 1, 1 << 22);
	free(memory);
	return true;
}

static bool read_a_library_s_folder(void)
{
	return open_at("/usr/share", O_RDONLY | O_DIRECTORY);
}

static bool trace_the_parent(void)
{
	return syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, getppid(), 0, 0) ==
	       0;
}

/* --- the engine --- */

static void an_engine_that_reaches_out_is_killed(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_ENGINE };
	assert_int_equal(try(open_socket), KILLED);
	assert_int_equal(try(open_local_socket), KILLED);
	assert_int_equal(try(run_program), KILLED);
	assert_int_equal(try(make_process), KILLED);
	assert_int_equal(try(signal_others), KILLED);
	assert_int_equal(try(remove_given), KILLED);
}

static void an_engine_finds_no_files(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_ENGINE };
	assert_int_equal(try(read_passwords), FAILED);
	assert_int_equal(try(read_a_home), FAILED);
	assert_int_equal(try(read_other_processes), FAILED);
	assert_int_equal(try(write_to_tmp), FAILED);
	assert_int_equal(try(write_new), FAILED);
	assert_int_equal(try(read_a_library_s_folder), FAILED);
}

static void an_engine_may_use_what_it_was_given(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_ENGINE };
	assert_int_equal(try(use_given), DID);
	assert_int_equal(try(compute), DID);
	assert_int_equal(try(open_given_again), FAILED);
	walls.fds[0] = given;
	walls.fds_count = 1;
	assert_int_equal(try(open_given_again), DID);
	assert_int_equal(try(write_new), FAILED);
}

/* --- a tool --- */

static void a_tool_reads_the_system_and_writes_its_folder(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_TOOL, .folder = folder };
	assert_int_equal(try(read_a_library_s_folder), DID);
	assert_int_equal(try(write_new), DID);
	assert_int_equal(try(run_program), DID);
	assert_int_equal(try(compute), DID);
}

static void a_tool_reads_nobody_s_files_and_writes_nowhere_else(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_TOOL, .folder = folder };
	assert_int_equal(try(read_passwords), FAILED);
	assert_int_equal(try(read_a_home), FAILED);
	assert_int_equal(try(read_other_processes), FAILED);
	assert_int_equal(try(write_to_tmp), FAILED);
	walls.folder = NULL;
	assert_int_equal(try(write_new), FAILED);
}

static void a_tool_has_no_network_and_touches_no_process(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_TOOL, .folder = folder };
	assert_int_equal(try(open_socket), FAILED);
	assert_int_equal(try(open_local_socket), FAILED);
	assert_int_equal(try(signal_others), FAILED);
	assert_int_equal(try(trace_the_parent), FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_engine_that_reaches_out_is_killed),
		TEST(an_engine_finds_no_files),
		TEST(an_engine_may_use_what_it_was_given),
		TEST(a_tool_reads_the_system_and_writes_its_folder),
		TEST(a_tool_reads_nobody_s_files_and_writes_nowhere_else),
		TEST(a_tool_has_no_network_and_touches_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
