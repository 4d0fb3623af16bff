/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATHS = 8, PATH_ROOM = 512 };

static char folder[64];
static bool mounted;
static int to_parent;
static uint64_t seed = 0x2545f4914f6cdd1d;

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

int scratch_set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/faxwire-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

int scratch_tear_down(void **state)
{
	(void)state;
	if (mounted)
		umount2(scratch("small"), MNT_DETACH);
	mounted = false;
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch(const char *name)
{
	static char paths[PATHS][PATH_ROOM];
	static unsigned next;
	char *path = paths[next++ % PATHS];

	snprintf(path, PATH_ROOM, "%s/%s", folder, name);
	return path;
}

bool scratch_small_disk(unsigned kb)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%uk,mode=0700", kb);
	mounted = mkdir(scratch("small"), 0700) == 0 &&
		  mount("none", scratch("small"), "tmpfs", 0, options) == 0;
	return mounted;
}

void scratch_fill(void)
{
	static const char zeros[4096];
	int fd = open(scratch("small/filler"), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	close(fd);
}

void scratch_make_room(void)
{
	assert_int_equal(unlink(scratch("small/filler")), 0);
}

void scratch_write(const char *name, const void *bytes, size_t len)
{
	FILE *f = fopen(scratch(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

bool scratch_exists(const char *name)
{
	return access(scratch(name), F_OK) == 0;
}

int scratch_count(const char *name)
{
	DIR *dir = opendir(scratch(name));
	int n = -2;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void tell_parent(void)
{
	if (write(to_parent, "x", 1) != 1)
		_exit(1);
}

static unsigned dice(unsigned sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((seed >> 33) % sides);
}

/* Reads as many words of the child's; fewer only when it has ended. */
static unsigned wait_for_some(int fd, unsigned wanted)
{
	unsigned came = 0;
	char word;

	while (came < wanted && read(fd, &word, 1) == 1)
		came++;
	return came;
}

unsigned scratch_kill(void (*work)(void (*done)(void)), unsigned most_us)
{
	char said[4096];
	unsigned times = 0;
	int ends[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		to_parent = ends[1];
		work(tell_parent);
		_exit(0);
	}
	close(ends[1]);
	/* Counted from what it has done: a slow disk delays the kill, too. */
	times = wait_for_some(ends[0], dice(4));
	usleep((useconds_t)dice(most_us));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	/* Killed, or done before: never failed. */
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	while ((n = read(ends[0], said, sizeof(said))) > 0)
		times += (unsigned)n;
	close(ends[0]);
	return times;
}
