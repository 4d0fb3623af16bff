/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <linux/sockios.h>
#include <seccomp.h>

/* --- Landlock --- */

enum {
	READ_ACCESS = LANDLOCK_ACCESS_FS_READ_FILE |
		      LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE,
	/* Of Landlock's later versions (landlock(7)), which the headers of a
	 * system may not know yet. */
	TRUNCATE_ACCESS = 1 << 14,
	SCOPE_SOCKETS = 1 << 0,
	SCOPE_SIGNALS = 1 << 1,
	VERSION_TRUNCATE = 3,
	VERSION_SCOPES = 6,
	FILE_ACCESS = LANDLOCK_ACCESS_FS_READ_FILE |
		      LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE_ACCESS,
	/* All of the first version. What is not handled later, moving files
	 * between folders, is refused in any case. */
	FIRST_ACCESS = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	FOLDER_ACCESS = (FIRST_ACCESS & ~(LANDLOCK_ACCESS_FS_MAKE_CHAR |
					  LANDLOCK_ACCESS_FS_MAKE_BLOCK |
					  LANDLOCK_ACCESS_FS_EXECUTE)) |
			TRUNCATE_ACCESS,
};

/* A rule set being made. */
struct ruleset {
	int fd;
	uint64_t handled; /* what this kernel can refuse */
};

/* landlock_ruleset_attr as of version 6; older kernels take the fields that
 * they do not know while these are 0. */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

static bool new_ruleset(struct ruleset *r)
{
	struct ruleset_attr attr = { .handled_access_fs = FIRST_ACCESS };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1)
		return false;
	if (version >= VERSION_TRUNCATE)
		attr.handled_access_fs |= TRUNCATE_ACCESS;
	if (version >= VERSION_SCOPES)
		attr.scoped = SCOPE_SOCKETS | SCOPE_SIGNALS;
	r->handled = attr.handled_access_fs;
	r->fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr),
			     0);
	return r->fd >= 0;
}

static bool allow(const struct ruleset *r, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access =
							   access & r->handled,
						   .parent_fd = fd };

	return syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH,
		       &rule, 0) == 0;
}

/* A path that is not there needs no rule. */
static bool allow_path(const struct ruleset *r, const char *path,
		       uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return errno == ENOENT;
	good = allow(r, fd, access);
	close(fd);
	return good;
}

static bool allow_engine(const struct ruleset *r, const struct sandbox *s)
{
	for (int i = 0; i < s->fds_count; i++) {
		char path[40];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fds[i]);
		if (!allow_path(r, path, FILE_ACCESS))
			return false;
	}
	return true;
}

static bool allow_tool(const struct ruleset *r, const struct sandbox *s)
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
		"/etc/libreoffice",
		"/etc/alternatives",
		"/etc/localtime",
		"/var/lib/ghostscript",
		"/var/lib/libreoffice",
		"/var/spool/libreoffice",
		"/var/cache/fontconfig",
		"/var/lib/defoma",
		"/var/lib/texmf",
	};

	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		struct stat st;

		if (stat(readable[i], &st) == 0 &&
		    !allow_path(r, readable[i],
				S_ISDIR(st.st_mode)
					? READ_ACCESS
					: LANDLOCK_ACCESS_FS_READ_FILE))
			return false;
	}
	return allow_path(r, "/dev/null", FILE_ACCESS) &&
	       allow_path(r, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE) &&
	       (!s->folder || allow_path(r, s->folder, FOLDER_ACCESS));
}

static bool enter_landlock(const struct sandbox *s)
{
	struct ruleset r;
	bool good;

	if (!new_ruleset(&r))
		return false;
	good = s->level == SANDBOX_ENGINE ? allow_engine(&r, s)
					  : allow_tool(&r, s);
	good = good && syscall(SYS_landlock_restrict_self, r.fd, 0) == 0;
	close(r.fd);
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
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"futex",
	"getrandom",
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

/* A call, when one argument says the one or the other. Only the low half of
 * an argument is looked at, as by the kernel: these are ints. */
struct condition {
	const char *call;
	unsigned argument;
	uint32_t mask;
	uint32_t value;
};

enum {
	/* Nobody opens a file for reading to make it empty, but older Landlocks
	 * take it for reading. */
	OPEN_BITS = O_ACCMODE | O_TRUNC,
};

/* Files can only be those that Landlock lets it open. A descriptor must not
 * send signals (F_SETOWN), nor type into a terminal (TIOCSTI). */
static const struct condition engine_conditions[] = {
	{ "open", 1, OPEN_BITS, O_RDONLY },
	{ "open", 1, OPEN_BITS, O_WRONLY },
	{ "open", 1, OPEN_BITS, O_WRONLY | O_TRUNC },
	{ "open", 1, OPEN_BITS, O_RDWR },
	{ "open", 1, OPEN_BITS, O_RDWR | O_TRUNC },
	{ "openat", 2, OPEN_BITS, O_RDONLY },
	{ "openat", 2, OPEN_BITS, O_WRONLY },
	{ "openat", 2, OPEN_BITS, O_WRONLY | O_TRUNC },
	{ "openat", 2, OPEN_BITS, O_RDWR },
	{ "openat", 2, OPEN_BITS, O_RDWR | O_TRUNC },
	{ "fcntl", 1, UINT32_MAX, F_GETFD },
	{ "fcntl", 1, UINT32_MAX, F_SETFD },
	{ "fcntl", 1, UINT32_MAX, F_GETFL },
	{ "fcntl", 1, UINT32_MAX, F_SETFL },
	{ "fcntl", 1, UINT32_MAX, F_DUPFD },
	{ "fcntl", 1, UINT32_MAX, F_DUPFD_CLOEXEC },
	{ "ioctl", 1, UINT32_MAX, TCGETS }, /* is it a terminal? */
};

static const struct condition tool_conditions[] = {
	{ "open", 1, OPEN_BITS, O_RDONLY | O_TRUNC },
	{ "openat", 2, OPEN_BITS, O_RDONLY | O_TRUNC },
	{ "fcntl", 1, UINT32_MAX, F_SETOWN },
	{ "fcntl", 1, UINT32_MAX, F_SETOWN_EX },
	{ "fcntl", 1, UINT32_MAX, F_SETSIG },
	{ "ioctl", 1, UINT32_MAX, FIOSETOWN },
	{ "ioctl", 1, UINT32_MAX, SIOCSPGRP },
	{ "ioctl", 1, UINT32_MAX, TIOCSTI },
	{ "ioctl", 1, UINT32_MAX, TIOCLINUX },
	{ "clone", 0, CLONE_NEWNS, CLONE_NEWNS },
	{ "clone", 0, CLONE_NEWCGROUP, CLONE_NEWCGROUP },
	{ "clone", 0, CLONE_NEWUTS, CLONE_NEWUTS },
	{ "clone", 0, CLONE_NEWIPC, CLONE_NEWIPC },
	{ "clone", 0, CLONE_NEWUSER, CLONE_NEWUSER },
	{ "clone", 0, CLONE_NEWPID, CLONE_NEWPID },
	{ "clone", 0, CLONE_NEWNET, CLONE_NEWNET },
};

/* Their flags lie in memory, where no filter sees them; a C library that
 * hears they are unknown does with the older call. */
static const char *const tool_unknown[] = {
	"clone3",
	"openat2",
};

/* What is answered as if it had been done. */
static const char *const office_feigned[] = {
	"bind",
	"listen",
};

static const char *const socket_denied[] = {
	"socket",
	"bind",
	"listen",
};

/* What no converter of documents needs. */
static const char *const tool_denied[] = {
	"socketpair",
	"connect",
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
	/* signals and bounds of other processes */
	"kill",
	"tkill",
	"tgkill",
	"rt_sigqueueinfo",
	"rt_tgsigqueueinfo",
	"pidfd_open",
	"pidfd_send_signal",
	"prlimit64",
	"setpriority",
	"ioprio_set",
	"sched_setaffinity",
	"sched_setattr",
	"sched_setparam",
	"sched_setscheduler",
	"migrate_pages",
	"move_pages",
	"process_madvise",
	"process_mrelease",
	/* leaving the group that is killed together */
	"setsid",
	"setpgid",
	/* files of the same user, which Landlock does not guard from these */
	"truncate",
	"chmod",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"chown",
	"lchown",
	"fchown",
	"fchownat",
	"utime",
	"utimes",
	"futimesat",
	"utimensat",
	"setxattr",
	"lsetxattr",
	"fsetxattr",
	"removexattr",
	"lremovexattr",
	"fremovexattr",
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

static bool add_conditions(scmp_filter_ctx filter, uint32_t action,
			   const struct condition *conditions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct condition *c = &conditions[i];
		int number = seccomp_syscall_resolve_name(c->call);
		struct scmp_arg_cmp is = SCMP_CMP(
			c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value);

		if (number < 0)
			continue;
		if (seccomp_rule_add_array(filter, action, number, 1, &is) != 0)
			return false;
	}
	return true;
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool allow_engine_calls(scmp_filter_ctx filter)
{
	/* abort() signals itself. */
	const struct condition self = { "tgkill", 0, UINT32_MAX,
					(uint32_t)getpid() };

	return add_calls(filter, SCMP_ACT_ALLOW, engine_calls,
			 COUNT(engine_calls)) &&
	       add_conditions(filter, SCMP_ACT_ALLOW, engine_conditions,
			      COUNT(engine_conditions)) &&
	       add_conditions(filter, SCMP_ACT_ALLOW, &self, 1);
}

static bool refuse_tool_calls(scmp_filter_ctx filter)
{
	return add_calls(filter, SCMP_ACT_ERRNO(EPERM), tool_denied,
			 COUNT(tool_denied)) &&
	       add_calls(filter, SCMP_ACT_ERRNO(ENOSYS), tool_unknown,
			 COUNT(tool_unknown)) &&
	       add_conditions(filter, SCMP_ACT_ERRNO(EPERM), tool_conditions,
			      COUNT(tool_conditions));
}

/* A stream of this machine, which can reach nobody without connect() and be
 * reached by nobody without bind(). */
static bool feign_socket(scmp_filter_ctx filter)
{
	enum { LOCAL = 1, STREAM = 1, TYPES = 0xf }; /* socket(2) */
	int number = seccomp_syscall_resolve_name("socket");
	struct scmp_arg_cmp foreign = SCMP_A0(SCMP_CMP_NE, LOCAL, 0);
	bool good = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM),
					   number, 1, &foreign) == 0;

	for (unsigned type = 0; good && type <= TYPES; type++) {
		struct scmp_arg_cmp is =
			SCMP_A1(SCMP_CMP_MASKED_EQ, TYPES, type);

		if (type != STREAM)
			good = seccomp_rule_add_array(filter,
						      SCMP_ACT_ERRNO(EPERM),
						      number, 1, &is) == 0;
	}
	return good && add_calls(filter, SCMP_ACT_ERRNO(0), office_feigned,
				 COUNT(office_feigned));
}

static bool guard_sockets(scmp_filter_ctx filter, bool office)
{
	return office ? feign_socket(filter)
		      : add_calls(filter, SCMP_ACT_ERRNO(EPERM), socket_denied,
				  COUNT(socket_denied));
}

static bool enter_seccomp(const struct sandbox *s)
{
	bool engine = s->level == SANDBOX_ENGINE;
	scmp_filter_ctx filter =
		seccomp_init(engine ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
	bool good;

	if (!filter)
		return false;
	good = engine ? allow_engine_calls(filter)
		      : refuse_tool_calls(filter) &&
				guard_sockets(filter,
					      s->level == SANDBOX_OFFICE);
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
