/* SPDX-License-Identifier: Apache-2.0 */
#include "store/filing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES_MAX = 9999, CHUNK = 64 * 1024 };

static enum err cannot(struct why *why, const char *what, const char *path)
{
	int number = errno;
	enum err e = err_from_errno(number);

	why_set(why, "Cannot %s %s: %s.", what, path,
		e == ERR_SPACE ? "the disk is full" : strerror(number));
	return e;
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

static enum err copy(int from, int to, const struct filing *f, struct why *why)
{
	static char bytes[CHUNK];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot(why, "read", f->from);
		if (!write_all(to, bytes, (size_t)n))
			return cannot(why, "write", f->folder);
	}
	/* Some shares keep no modes: then it is as private as it was made. */
	(void)fchmod(to, f->mode);
	return fsync(to) == 0 ? OK : cannot(why, "write", f->folder);
}

static enum err copy_in(int dir, const char *tmp, const struct filing *f,
			struct why *why)
{
	int from = open(f->from, O_RDONLY | O_CLOEXEC);
	int to;
	enum err e;

	if (from < 0)
		return cannot(why, "read", f->from);
	/* What a copy that was broken off left is begun anew. */
	(void)unlinkat(dir, tmp, 0);
	to = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0) {
		e = cannot(why, "write", f->folder);
		close(from);
		return e;
	}
	e = copy(from, to, f, why);
	close(from);
	if (close(to) != 0 && e == OK) /* NFS tells of a full disk here */
		e = cannot(why, "write", f->folder);
	return e;
}

/* --- under a free name --- */

static bool same_content(int dir, const char *name, const char *other)
{
	static char left[CHUNK], right[CHUNK];
	int a = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int b = openat(dir, other, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool same = a >= 0 && b >= 0;
	ssize_t n = same ? 1 : 0;

	while (same && n > 0) {
		n = read(a, left, sizeof(left));
		same = n >= 0 && read(b, right, sizeof(right)) == n &&
		       memcmp(left, right, (size_t)n) == 0;
	}
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
	return same;
}

/* Never over another file. Where the system cannot promise that (some shares),
 * the name is taken first and then replaced. */
static bool take_name(int dir, const char *tmp, const char *name)
{
	int fd;

	if (renameat2(dir, tmp, dir, name, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return false;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	close(fd);
	return renameat(dir, tmp, dir, name) == 0;
}

static bool name_it(const struct filing *f, int n,
		    char out[FILING_NAME_MAX + 1])
{
	const char *dot = strrchr(f->name, '.');
	int stem = dot ? (int)(dot - f->name) : (int)strlen(f->name);
	int len;

	if (n == 1)
		len = snprintf(out, FILING_NAME_MAX + 1, "%s", f->name);
	else
		len = snprintf(out, FILING_NAME_MAX + 1, "%.*s-%d%s", stem,
			       f->name, n, f->name + stem);
	return len > 0 && len <= FILING_NAME_MAX;
}

static enum err place(int dir, const char *tmp, const struct filing *f,
		      char out[FILING_NAME_MAX + 1], struct why *why)
{
	for (int n = 1; n <= TRIES_MAX && name_it(f, n, out); n++) {
		if (f->again && same_content(dir, tmp, out)) {
			(void)unlinkat(dir, tmp, 0);
			return OK;
		}
		if (take_name(dir, tmp, out)) {
			/* Some shares cannot do this, and need not. */
			if (fsync(dir) != 0 && errno != EINVAL)
				return cannot(why, "write", f->folder);
			return OK;
		}
		if (errno != EEXIST)
			return cannot(why, "write", f->folder);
	}
	why_set(why, "%s has too many files of this name already.", f->folder);
	return ERR_LIMIT;
}

enum err filing_put(const struct filing *f, char out[FILING_NAME_MAX + 1],
		    struct why *why)
{
	char tmp[FILING_NAME_MAX + 1];
	enum err e;
	int dir;

	if (strchr(f->name, '/') || snprintf(tmp, sizeof(tmp), ".%s.tmp",
					     f->word) >= (int)sizeof(tmp)) {
		why_set(why, "The name of the file cannot be used.");
		return ERR_BAD;
	}
	dir = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return cannot(why, "open", f->folder);
	e = copy_in(dir, tmp, f, why);
	if (e == OK)
		e = place(dir, tmp, f, out, why);
	if (e != OK)
		(void)unlinkat(dir, tmp, 0);
	close(dir);
	return e;
}
