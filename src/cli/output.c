/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/ask.h"

enum { CHUNK = 64 * 1024 };

int output_open(const char *what)
{
	int fd = memfd_create("output", MFD_CLOEXEC);

	if (fd < 0)
		ask_fail(EX_OSERR, "The %s could not be made: %s.", what,
			 strerror(errno));
	return fd;
}

int output_is_free(const char *path)
{
	if (access(path, F_OK) != 0)
		return EX_OK;
	return ask_fail(EX_CANTCREAT, "%s is there already: say --output FILE.",
			path);
}

int output_save(int fd, const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	static char bytes[CHUNK];
	bool good = to >= 0 && lseek(fd, 0, SEEK_SET) == 0;
	ssize_t n = good ? read(fd, bytes, sizeof(bytes)) : -1;

	while (n > 0 && good) {
		good = write(to, bytes, (size_t)n) == n;
		n = good ? read(fd, bytes, sizeof(bytes)) : -1;
	}
	if (to >= 0)
		good = close(to) == 0 && good;
	return good && n == 0 ? EX_OK
			      : ask_fail(EX_CANTCREAT, "Cannot write %s: %s.",
					 path, strerror(errno));
}
