/* SPDX-License-Identifier: Apache-2.0 */
#include "home.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char home[] = "/dev/shm/faxwire-fuzz-XXXXXX";
static int folder = -1;

static void remove_home(void)
{
	DIR *dir = opendir(home);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		(void)unlinkat(folder, entry->d_name, 0);
	if (dir)
		closedir(dir);
	(void)rmdir(home);
}

const char *home_path(void)
{
	if (folder >= 0)
		return home;
	assert(mkdtemp(home));
	folder = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(folder >= 0);
	atexit(remove_home);
	return home;
}

void home_put(const char *name, const uint8_t *data, size_t len)
{
	int fd;

	(void)home_path();
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	assert(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

void home_remove(const char *name)
{
	(void)home_path();
	(void)unlinkat(folder, name, 0);
}
