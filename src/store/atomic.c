/* SPDX-License-Identifier: Apache-2.0 */
#include "store/atomic.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_CHUNK = 1 << 20 };

/* The sentence for a system call that failed on `path`. */
static enum err cannot(struct why *why, const char *what, const char *path)
{
	int error = errno;
	enum err e = err_from_errno(error);

	if (e == ERR_SPACE)
		why_set(why,
			"Cannot %s %s: the disk is full; make room and try "
			"again.",
			what, path);
	else if (e == ERR_DENIED || error == EROFS)
		why_set(why,
			"Cannot %s %s: not allowed; check who owns the folder "
			"and that it may be written.",
			what, path);
	else
		why_set(why, "Cannot %s %s: %s.", what, path, strerror(error));
	return error == EROFS ? ERR_DENIED : e;
}

enum err atomic_path(char out[ATOMIC_PATH_MAX], struct why *why,
		     const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out, ATOMIC_PATH_MAX, format, args);
	va_end(args);
	if (n >= 0 && n < ATOMIC_PATH_MAX)
		return OK;
	why_set(why, "The path %.60s... is too long.", out);
	return ERR_LIMIT;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static enum err sync_path(const char *path, int flags, struct why *why)
{
	int fd = open(path, flags | O_CLOEXEC);
	enum err e = OK;

	if (fd < 0)
		return cannot(why, "open", path);
	if (fsync(fd) != 0)
		e = cannot(why, "write", path);
	close(fd);
	return e;
}

enum err atomic_sync_folder(const char *path, struct why *why)
{
	return sync_path(path, O_RDONLY | O_DIRECTORY, why);
}

enum err atomic_sync_file(const char *path, struct why *why)
{
	return sync_path(path, O_RDONLY, why);
}

static enum err sync_parent(const char *path, struct why *why)
{
	char copy[ATOMIC_PATH_MAX];
	enum err e = atomic_path(copy, why, "%s", path);

	return e == OK ? atomic_sync_folder(dirname(copy), why) : e;
}

enum err atomic_write(const char *path, const void *bytes, size_t len,
		      mode_t mode, struct why *why)
{
	char tmp[ATOMIC_PATH_MAX];
	enum err e = atomic_path(tmp, why, "%s.tmp", path);
	int fd;

	if (e != OK)
		return e;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return cannot(why, "write", path);
	if (!write_all(fd, bytes, len) || fsync(fd) != 0)
		e = cannot(why, "write", path);
	close(fd);
	if (e == OK && rename(tmp, path) != 0)
		e = cannot(why, "write", path);
	if (e != OK) {
		unlink(tmp);
		return e;
	}
	return sync_parent(path, why);
}

enum err atomic_new_file(const char *path, const void *bytes, size_t len,
			 mode_t mode, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	enum err e = OK;

	if (fd < 0)
		return cannot(why, "write", path);
	if (!write_all(fd, bytes, len))
		e = cannot(why, "write", path);
	close(fd);
	return e;
}

enum err atomic_new_folder(const char *path, struct why *why)
{
	return mkdir(path, 0700) == 0 ? OK : cannot(why, "make", path);
}

static enum err copy_all(int in, int out)
{
	ssize_t n;

	while ((n = sendfile(out, in, NULL, COPY_CHUNK)) != 0)
		if (n < 0 && errno != EINTR)
			return err_from_errno(errno);
	return OK;
}

static enum err copy_file(const char *from, const char *to, struct why *why)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err e = OK;
	int out;

	if (in < 0)
		return cannot(why, "read", from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 || copy_all(in, out) != OK)
		e = cannot(why, "write", to);
	if (out >= 0)
		close(out);
	close(in);
	return e;
}

enum err atomic_share(const char *from, const char *to, struct why *why)
{
	return link(from, to) == 0 ? OK : copy_file(from, to, why);
}

enum err atomic_sync_all(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e = OK;

	if (fd < 0)
		return cannot(why, "open", path);
	if (syncfs(fd) != 0)
		e = cannot(why, "write", path);
	close(fd);
	return e;
}

static enum err read_fd(int fd, const char *path, size_t cap, char **out,
			size_t *len, struct why *why)
{
	char *bytes = malloc(cap + 2);
	size_t used = 0;
	ssize_t n;

	if (!bytes)
		return ERR_MEMORY;
	while ((n = read(fd, bytes + used, cap + 1 - used)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(bytes);
			return cannot(why, "read", path);
		}
		used += (size_t)n;
		if (used > cap) {
			free(bytes);
			why_set(why, "%s is larger than it can be.", path);
			return ERR_LIMIT;
		}
	}
	bytes[used] = '\0';
	*out = bytes;
	*len = used;
	return OK;
}

enum err atomic_read(const char *path, size_t cap, char **out, size_t *len,
		     struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err e;

	if (fd < 0)
		return cannot(why, "read", path);
	e = read_fd(fd, path, cap, out, len, why);
	close(fd);
	return e;
}

/* There already is fine, whatever it is. */
static enum err make_folder(const char *path, struct why *why)
{
	if (mkdir(path, 0700) == 0)
		return sync_parent(path, why);
	return errno == EEXIST ? OK : cannot(why, "make", path);
}

enum err atomic_name(int fd, const char *path, struct why *why)
{
	char from[32];

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return OK;
	return cannot(why, "make", path);
}

enum err atomic_folder(const char *path, struct why *why)
{
	char part[ATOMIC_PATH_MAX];
	enum err e = atomic_path(part, why, "%s", path);
	struct stat st;

	if (e != OK)
		return e;
	for (char *p = part + 1; e == OK && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		e = make_folder(part, why);
		*p = '/';
	}
	if (e == OK)
		e = make_folder(part, why);
	if (e != OK)
		return e;
	if (stat(part, &st) == 0 && S_ISDIR(st.st_mode))
		return OK;
	why_set(why, "%s is in the way: it is not a folder.", path);
	return ERR_EXISTS;
}

enum err atomic_rename(const char *from, const char *to, struct why *why)
{
	enum err e;

	if (rename(from, to) != 0)
		return cannot(why, "make", to);
	e = sync_parent(to, why);
	return e == OK ? sync_parent(from, why) : e;
}

bool atomic_remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return errno == ENOENT;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(path) == 0;
}
