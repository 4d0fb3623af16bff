/* SPDX-License-Identifier: Apache-2.0 */
#include "office/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"

enum { LINE_SIZE = 401 };

struct runner {
	struct loop *loop; /* borrowed */
	struct child *child;
	struct watch out;     /* what it says */
	char line[LINE_SIZE]; /* its first line, so far */
	size_t length;
	bool line_over;
	void (*done)(void *owner, const struct runner_end *end);
	void *owner; /* borrowed */
};

static void release(struct runner *r)
{
	if (r->out.fd >= 0) {
		loop_unwatch(r->loop, &r->out);
		close(r->out.fd);
	}
	free(r);
}

/* An empty line says nothing: the first that does not count. */
static void take(struct runner *r, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && !r->line_over; i++) {
		bool end = bytes[i] == '\n' || bytes[i] == '\r';

		if (end)
			r->line_over = r->length > 0;
		else if (r->length < sizeof(r->line) - 1)
			r->line[r->length++] = bytes[i];
	}
}

/* All that is there. False: nothing more will come. */
static bool drain(struct runner *r)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(r->out.fd, bytes, sizeof(bytes))) > 0)
		take(r, bytes, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void on_ready(struct watch *w, unsigned what)
{
	struct runner *r = w->owner;

	(void)what;
	if (!drain(r)) /* its end is told by the child's own */
		loop_rewatch(r->loop, w, 0);
}

static void on_ended(void *owner, const struct child_end *end)
{
	struct runner *r = owner;
	void (*done)(void *, const struct runner_end *) = r->done;
	void *done_owner = r->owner;
	char line[LINE_SIZE];
	struct runner_end e = { .child = *end, .line = line };

	(void)drain(r);
	text_printable(r->line, r->length, line, sizeof(line));
	release(r);
	done(done_owner, &e);
}

/* A file of memory, so that nobody waits for who reads it; -1. */
static int input_fd(const char *input)
{
	size_t len = input ? strlen(input) : 0;
	int fd = input ? memfd_create("input", MFD_CLOEXEC) : -1;

	if (fd >= 0 && (write(fd, input, len) != (ssize_t)len ||
			lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* A pipe whose one end is watched; the other, for the program, or -1. */
static int open_output(struct runner *r)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	r->out.fd = ends[0];
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 &&
	    loop_watch(r->loop, &r->out) == OK)
		return ends[1];
	close(ends[0]);
	close(ends[1]);
	r->out.fd = -1;
	return -1;
}

static bool start(struct runner *r, const struct runner_spec *spec)
{
	int output = open_output(r);
	int input = input_fd(spec->input);
	const struct child_spec child = {
		.argv = spec->argv,
		.environment = spec->environment,
		.fds = { input, output, output, spec->file },
		.fds_count = spec->file >= 0 ? RUNNER_FILE + 1 : RUNNER_FILE,
		.ms = spec->ms,
	};

	if (output >= 0 && (input >= 0 || !spec->input))
		r->child = child_start(r->loop, &child, on_ended, r);
	if (input >= 0)
		close(input);
	if (output >= 0)
		close(output);
	return r->child != NULL;
}

struct runner *
runner_new(struct loop *loop, const struct runner_spec *spec,
	   void (*done)(void *owner, const struct runner_end *end), void *owner)
{
	struct runner *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->loop = loop;
	r->done = done;
	r->owner = owner;
	r->out = (struct watch){
		.fd = -1, .interest = LOOP_READ, .ready = on_ready, .owner = r
	};
	if (start(r, spec))
		return r;
	release(r);
	return NULL;
}

void runner_cancel(struct runner *r)
{
	if (!r)
		return;
	child_kill(r->child);
	release(r);
}
