/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <seccomp.h>

/* --- Landlock --- */

enum {
	READ_ACCESS = LANDLOCK_ACCESS_FS_READ_FILE |
		      LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE,
	FILE_ACCESS =
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
	/* All of Landlock's first version; what later ones add is handled
	 * where the headers know it. */
	ALL_ACCESS = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	FOLDER_ACCESS = ALL_ACCESS & ~(LANDLOCK_ACCESS_FS_MAKE_CHAR |
				       LANDLOCK_ACCESS_FS_MAKE_BLOCK |
				       LANDLOCK_ACCESS_FS_EXECUTE),
};

static bool allow(int ruleset, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access,
						   .parent_fd = fd };

	return syscall(SYS_landlock_add_rule, ruleset,
		       LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* A path that is not there needs no rule. */
static bool allow_path(int ruleset, const char *path, uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return errno == ENOENT;
	good = allow(ruleset, fd, access);
	close(fd);
	return good;
}

static bool allow_engine(int ruleset, const struct sandbox *s)
{
	for (int i = 0; i < s->fds_count; i++) {
		char path[40];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fds[i]);
		if (!allow_path(ruleset, path, FILE_ACCESS))
			return false;
	}
	return true;
}

static bool allow_tool(int ruleset, const struct sandbox *s)
{
	static const char *const readable[] = {
		"/usr",
		"/lib",
		"/lib64",
		"/bin",
		"/etc/fonts",
		"/etc/ld.so.cache",
		"/etc/ld.so.preload",
		"/etc/papersize",
		"/etc/ghostscript",
		"/etc/alternatives",
		"/etc/localtime",
		"/var/lib/ghostscript",
		"/var/cache/fontconfig",
		"/var/lib/defoma",
		"/var/lib/texmf",
	};

	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		struct stat st;

		if (stat(readable[i], &st) == 0 &&
		    !allow_path(ruleset, readable[i],
				S_ISDIR(st.st_mode)
					? READ_ACCESS
					: LANDLOCK_ACCESS_FS_READ_FILE))
			return false;
	}
	return allow_path(ruleset, "/dev/null", FILE_ACCESS) &&
	       allow_path(ruleset, "/dev/urandom",
			  LANDLOCK_ACCESS_FS_READ_FILE) &&
	       (!s->folder || allow_path(ruleset, s->folder, FOLDER_ACCESS));
}

static bool enter_landlock(const struct sandbox *s)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = ALL_ACCESS };
	long ruleset =
		syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool good;

	if (ruleset < 0)
		return false;
	good = s->level == SANDBOX_ENGINE ? allow_engine((int)ruleset, s)
					  : allow_tool((int)ruleset, s);
	good = good &&
	       syscall(SYS_landlock_restrict_self, (int)ruleset, 0) == 0;
	close((int)ruleset);
	return good;
}

/* --- seccomp --- */

/* All that an engine needs: memory, its descriptors, time. Files can only be
 * those that Landlock lets it open. */
static const char *const engine_calls[] = {
	"read",
	"write",
	"readv",
	"writev",
	"pread64",
	"pwrite64",
	"recvmsg",
	"sendmsg",
	"recvfrom",
	"sendto",
	"poll",
	"ppoll",
	"lseek",
	"fstat",
	"newfstatat",
	"fstatfs",
	"stat",
	"lstat",
	"statx",
	"openat",
	"open",
	"close",
	"fsync",
	"fdatasync",
	"ftruncate",
	"mmap",
	"munmap",
	"mprotect",
	"mremap",
	"madvise",
	"brk",
	"clock_gettime",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"getpid",
	"gettid",
	"tgkill",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"futex",
	"getrandom",
	"fcntl",
	"dup",
	"exit",
	"exit_group",
	"set_robust_list",
	"rseq",
	"membarrier",
	"sched_yield",
	"restart_syscall",
	"readlink",
	"readlinkat",
	"access",
	"faccessat",
	"faccessat2",
	"getcwd",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"uname",
	"sysinfo",
	"ioctl",
#ifdef __SANITIZE_ADDRESS__
	"prctl",
	"clone",
	"clone3",
	"wait4",
	"getppid",
	"ptrace",
	"sched_getaffinity",
	"getdents64",
	"process_vm_readv",
	"prlimit64",
	"getrlimit",
	"arch_prctl",
	"set_tid_address",
	"pipe",
	"pipe2",
#endif
};

/* What no converter of documents needs. */
static const char *const tool_denied[] = {
	"socket",
	"socketpair",
	"connect",
	"bind",
	"listen",
	"accept",
	"accept4",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"unshare",
	"setns",
	"keyctl",
	"add_key",
	"request_key",
	"bpf",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"perf_event_open",
	"kexec_load",
	"kexec_file_load",
	"init_module",
	"finit_module",
	"delete_module",
	"reboot",
	"swapon",
	"swapoff",
	"userfaultfd",
	"open_by_handle_at",
	"name_to_handle_at",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"acct",
	"quotactl",
	"syslog",
	"personality",
	"kcmp",
	"fanotify_init",
	"mount_setattr",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsconfig",
	"fsmount",
	"pidfd_getfd",
	"kill",
	"tkill",
};

static bool add_calls(scmp_filter_ctx filter, uint32_t action,
		      const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

		/* A call that this machine does not have needs no rule. */
		if (number < 0)
			continue;
		if (seccomp_rule_add(filter, action, number, 0) != 0)
			return false;
	}
	return true;
}

static bool enter_seccomp(const struct sandbox *s)
{
	bool engine = s->level == SANDBOX_ENGINE;
	scmp_filter_ctx filter =
		seccomp_init(engine ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
	bool good;

	if (!filter)
		return false;
	good = engine ? add_calls(filter, SCMP_ACT_ALLOW, engine_calls,
				  sizeof(engine_calls) /
					  sizeof(engine_calls[0]))
		      : add_calls(filter, SCMP_ACT_ERRNO(EPERM), tool_denied,
				  sizeof(tool_denied) / sizeof(tool_denied[0]));
	good = good && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return good;
}

enum err sandbox_enter(const struct sandbox *s, struct why *why)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !enter_landlock(s)) {
		why_set(why, "This kernel has no Landlock (Linux 5.13 and "
			     "later, enabled): documents from outside cannot "
			     "be read safely.");
		return ERR_UNSUPPORTED;
	}
	if (!enter_seccomp(s)) {
		why_set(why, "This kernel has no seccomp filters: documents "
			     "from outside cannot be read safely.");
		return ERR_UNSUPPORTED;
	}
	return OK;
}
