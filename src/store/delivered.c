/* SPDX-License-Identifier: Apache-2.0 */
#include "store/delivered.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A table that cannot grow has lost what it was told. */
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "base/text.h"
#include "store/atomic.h"
#include "store/inbox.h"

enum {
	KEY_SIZE = INBOX_FROM_MAX + 1 + 2 * INBOX_JOB_SIZE + 1,
	LINE_MAX_SIZE = 160,
	FILE_MAX = 64 * 1024 * 1024,
};

struct known {
	char key[KEY_SIZE]; /* "from hex" */
	uint16_t pages;
	uint64_t when_ms;
	UT_hash_handle hh;
};

struct delivered {
	char path[ATOMIC_PATH_MAX];
	struct known *known; /* owned; keys are authenticated users' */
	struct known *room;  /* owned; for the next one */
	bool forgot;	     /* memory was out */
};

static void key_of(const char *from, const uint8_t job[16], char key[KEY_SIZE])
{
	char hex[2 * INBOX_JOB_SIZE + 1];

	text_to_hex(job, INBOX_JOB_SIZE, hex);
	snprintf(key, KEY_SIZE, "%s %s", from, hex);
}

static struct known *find(const struct delivered *d, const char *key)
{
	struct known *k;

	HASH_FIND_STR(d->known, key, k);
	return k;
}

enum err delivered_make_room(struct delivered *d)
{
	if (!d->room)
		d->room = calloc(1, sizeof(*d->room));
	return d->room ? OK : ERR_MEMORY;
}

bool delivered_whole(const struct delivered *d)
{
	return !d->forgot;
}

static bool remember(struct delivered *d, const char *key, uint16_t pages,
		     uint64_t when_ms)
{
	struct known *k = find(d, key);

	if (!k) {
		if (delivered_make_room(d) != OK) {
			d->forgot = true;
			return false;
		}
		k = d->room;
		d->room = NULL;
		memcpy(k->key, key, KEY_SIZE);
		HASH_ADD_STR(d->known, key, k);
	}
	k->pages = pages;
	k->when_ms = when_ms;
	return true;
}

static int print_line(char out[LINE_MAX_SIZE], const struct known *k)
{
	return snprintf(out, LINE_MAX_SIZE, "%s %u %" PRIu64 "\n", k->key,
			k->pages, k->when_ms);
}

/* False for a line that is torn or not ours: it is passed over. */
static bool read_line(struct delivered *d, const char *line, uint64_t oldest_ms)
{
	char from[INBOX_FROM_MAX + 1], hex[2 * INBOX_JOB_SIZE + 1];
	uint8_t job[INBOX_JOB_SIZE];
	char key[KEY_SIZE] = "";
	char end;
	unsigned pages;
	uint64_t when;

	if (sscanf(line, "%32s %32s %u %" SCNu64 "%c", from, hex, &pages, &when,
		   &end) != 4 ||
	    pages > UINT16_MAX || !text_from_hex(hex, job, sizeof(job)))
		return false;
	if (when < oldest_ms)
		return true;
	key_of(from, job, key);
	return remember(d, key, (uint16_t)pages, when);
}

/* Only lines that end are read; a last one without its end is torn. What a
 * power cut left may hold NULs. */
static void read_lines(struct delivered *d, char *text, size_t len,
		       uint64_t oldest_ms)
{
	char *line = text;
	char *end;

	while ((end = memchr(line, '\n', len - (size_t)(line - text)))) {
		*end = '\0';
		(void)read_line(d, line, oldest_ms);
		line = end + 1;
	}
}

static enum err rewrite(const struct delivered *d, struct why *why)
{
	size_t size = (size_t)HASH_COUNT(d->known) * LINE_MAX_SIZE + 1;
	char *text = malloc(size);
	size_t used = 0;
	enum err e;

	if (!text)
		return ERR_MEMORY;
	for (const struct known *k = d->known; k; k = k->hh.next)
		used += (size_t)print_line(text + used, k);
	e = atomic_write(d->path, text, used, 0600, why);
	free(text);
	return e;
}

enum err delivered_open(struct delivered **out, const char *path,
			uint64_t now_ms, struct why *why)
{
	const uint64_t memory_ms = (uint64_t)INBOX_MEMORY_DAYS * 24 * 3600000;
	struct delivered *d = calloc(1, sizeof(*d));
	char *text;
	size_t len;
	enum err e;

	if (!d)
		return ERR_MEMORY;
	e = atomic_path(d->path, why, "%s", path);
	if (e == OK)
		e = atomic_read(path, FILE_MAX, &text, &len, why);
	if (e == OK) {
		read_lines(d, text, len,
			   now_ms > memory_ms ? now_ms - memory_ms : 0);
		free(text);
	}
	if (d->forgot) /* what is not known must not be written away */
		e = ERR_MEMORY;
	if (e == OK || e == ERR_MISSING)
		e = rewrite(d, why);
	if (e != OK) {
		delivered_close(d);
		return e;
	}
	*out = d;
	return OK;
}

void delivered_close(struct delivered *d)
{
	struct known *k, *next;

	if (!d)
		return;
	HASH_ITER (hh, d->known, k, next) {
		HASH_DEL(d->known, k);
		free(k);
	}
	free(d->room);
	free(d);
}

bool delivered_has(const struct delivered *d, const char *from,
		   const uint8_t job[16], uint16_t *pages)
{
	char key[KEY_SIZE];
	const struct known *k;

	key_of(from, job, key);
	k = find(d, key);
	if (k && pages)
		*pages = k->pages;
	return k != NULL;
}

void delivered_add(struct delivered *d, const char *from, const uint8_t job[16],
		   uint16_t pages, uint64_t when_ms)
{
	char key[KEY_SIZE] = "", line[LINE_MAX_SIZE];
	off_t end;
	int fd, n;

	key_of(from, job, key);
	if (!remember(d, key, pages, when_ms))
		return;
	n = print_line(line, find(d, key));
	fd = open(d->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	end = lseek(fd, 0, SEEK_END);
	if (write(fd, line, (size_t)n) == n)
		(void)fsync(fd);
	else if (end >= 0) /* half a line would spoil the next one */
		(void)!ftruncate(fd, end);
	close(fd);
}
