/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* How a thing that was tried inside the walls ended. */
enum { DID = 0, FAILED = 1, NO_WALLS = 2, KILLED = 1000 };

/* The sanitizer itself makes these calls, at the end. */
#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

static char folder[64];
static struct sandbox walls;
static int given;
static char outside[64]; /* a file of the same user */

static int set_up(void **state)
{
	char path[100];
	int fd;

	(void)state;
	strcpy(folder, "/tmp/faxwire-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/given", folder);
	given = open(path, O_RDWR | O_CREAT, 0600);
	strcpy(outside, "/tmp/faxwire-test-XXXXXX");
	fd = mkstemp(outside);
	close(fd);
	return given < 0 || fd < 0;
}

static int tear_down(void **state)
{
	char path[100];

	(void)state;
	close(given);
	unlink(outside);
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

/* Signals and bounds reach another process by many calls: none may serve.
 * Signal 0 only asks. */
static bool signal_a_thread(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0;
}

static bool queue_a_signal(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, getppid(), SIGURG, &info) == 0;
}

static bool bound_the_parent(void)
{
	struct rlimit now;

	return syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, NULL, &now) == 0;
}

static bool slow_the_parent(void)
{
	return setpriority(PRIO_PROCESS, (id_t)getppid(), 0) == 0;
}

static bool aim_a_descriptor_at_the_parent(void)
{
	return fcntl(given, F_SETOWN, getppid()) == 0;
}

static bool choose_a_descriptor_s_signal(void)
{
	return fcntl(given, F_SETSIG, SIGKILL) == 0;
}

static bool type_into_the_terminal(void)
{
	return ioctl(given, TIOCSTI, "x") == 0 || errno == ENOTTY;
}

static bool enter_a_namespace(void)
{
	return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0;
}

static bool leave_the_session(void)
{
	pid_t child = fork(); /* a leader of its group may not, anyway */
	int status;

	if (child == 0)
		_exit(setsid() > 0);
	return child < 0 || waitpid(child, &status, 0) != child || status != 0;
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

/* What needs no descriptor to spoil a file. */
static bool truncate_a_file(void)
{
	return truncate(outside, 0) == 0;
}

static bool truncate_while_opening(void)
{
	return open_at(outside, O_RDONLY | O_TRUNC);
}

static bool change_a_file_s_mode(void)
{
	return chmod(outside, 0777) == 0 ||
	       fchmodat(AT_FDCWD, outside, 0777, 0) == 0;
}

static bool change_a_file_s_owner(void)
{
	return chown(outside, getuid(), getgid()) == 0;
}

static bool change_a_file_s_time(void)
{
	return utimensat(AT_FDCWD, outside, NULL, 0) == 0;
}

static bool move_a_file_in(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/new", folder);
	return rename(outside, path) == 0 || link(outside, path) == 0;
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

/* As a TIFF library does. */
static bool make_given_anew(void)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", given);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
	return fd >= 0 && write(fd, "hello", 5) == 5 &&
	       ftruncate(fd, 4096) == 0 &&
	       mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED &&
	       fsync(fd) == 0 && close(fd) == 0;
}

static bool have_a_child(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
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
	assert_int_equal(try(remove_given), KILLED);
	if (!SANITIZED)
		assert_int_equal(try(enter_a_namespace), KILLED);
}

static void an_engine_that_touches_another_process_is_killed(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_ENGINE };
	assert_int_equal(try(signal_others), KILLED);
	assert_int_equal(try(signal_a_thread), KILLED);
	assert_int_equal(try(queue_a_signal), KILLED);
	if (!SANITIZED) {
		assert_int_equal(try(trace_the_parent), KILLED);
		assert_int_equal(try(bound_the_parent), KILLED);
	}
	assert_int_equal(try(slow_the_parent), KILLED);
	assert_int_equal(try(aim_a_descriptor_at_the_parent), KILLED);
	assert_int_equal(try(choose_a_descriptor_s_signal), KILLED);
	assert_int_equal(try(type_into_the_terminal), KILLED);
}

static void an_engine_that_fails_an_assertion_still_aborts(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_ENGINE };
	assert_true(child >= 0);
	if (child == 0) {
		if (sandbox_enter(&walls, NULL) == OK)
			abort();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status))
		skip();
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void an_engine_spoils_no_files(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_ENGINE };
	assert_int_equal(try(truncate_while_opening), KILLED);
	assert_int_equal(try(truncate_a_file), KILLED);
	assert_int_equal(try(change_a_file_s_mode), KILLED);
	assert_int_equal(try(change_a_file_s_owner), KILLED);
	assert_int_equal(try(change_a_file_s_time), KILLED);
	assert_int_equal(try(move_a_file_in), KILLED);
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
	assert_int_equal(try(make_given_anew), DID);
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
	assert_int_equal(try(make_given_anew), DID);
	assert_int_equal(try(have_a_child), DID);
}

static void a_tool_spoils_no_files(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_TOOL, .folder = folder };
	assert_int_equal(try(truncate_while_opening), FAILED);
	assert_int_equal(try(truncate_a_file), FAILED);
	assert_int_equal(try(change_a_file_s_mode), FAILED);
	assert_int_equal(try(change_a_file_s_owner), FAILED);
	assert_int_equal(try(change_a_file_s_time), FAILED);
	assert_int_equal(try(move_a_file_in), FAILED);
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
	assert_int_equal(try(signal_a_thread), FAILED);
	assert_int_equal(try(queue_a_signal), FAILED);
	assert_int_equal(try(trace_the_parent), FAILED);
	assert_int_equal(try(bound_the_parent), FAILED);
	assert_int_equal(try(slow_the_parent), FAILED);
	assert_int_equal(try(aim_a_descriptor_at_the_parent), FAILED);
	assert_int_equal(try(choose_a_descriptor_s_signal), FAILED);
	assert_int_equal(try(enter_a_namespace), FAILED);
	assert_int_equal(try(leave_the_session), FAILED);
}

/* Its socket stays without a name, whatever it is told. */
static bool listen_in_name_only(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct sockaddr_un is = { .sun_family = 0 };
	socklen_t len = sizeof(is);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%.80s/socket", folder);
	return fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	       listen(fd, 1) == 0 && accept(fd, NULL, NULL) < 0 &&
	       getsockname(fd, (struct sockaddr *)&is, &len) == 0 &&
	       len == sizeof(is.sun_family) && access(a.sun_path, F_OK) != 0;
}

static bool open_datagrams(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0;
}

static bool open_packets(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) >= 0;
}

static bool reach_somebody(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/x" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ||
	       errno != EPERM;
}

static void an_office_gets_a_socket_that_reaches_nobody(void **state)
{
	(void)state;
	walls = (struct sandbox){ .level = SANDBOX_OFFICE, .folder = folder };
	assert_int_equal(try(listen_in_name_only), DID);
	assert_int_equal(try(open_socket), FAILED);
	assert_int_equal(try(open_datagrams), FAILED);
	assert_int_equal(try(open_packets), FAILED);
	assert_int_equal(try(reach_somebody), FAILED);
	assert_int_equal(try(read_passwords), FAILED);
	assert_int_equal(try(write_to_tmp), FAILED);
	assert_int_equal(try(signal_others), FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_office_gets_a_socket_that_reaches_nobody),
		TEST(an_engine_that_reaches_out_is_killed),
		TEST(an_engine_that_touches_another_process_is_killed),
		TEST(an_engine_that_fails_an_assertion_still_aborts),
		TEST(an_engine_spoils_no_files),
		TEST(an_engine_finds_no_files),
		TEST(an_engine_may_use_what_it_was_given),
		TEST(a_tool_reads_the_system_and_writes_its_folder),
		TEST(a_tool_spoils_no_files),
		TEST(a_tool_reads_nobody_s_files_and_writes_nowhere_else),
		TEST(a_tool_has_no_network_and_touches_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
