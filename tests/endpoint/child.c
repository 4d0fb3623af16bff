/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

enum { OVERHEAD = 8, SPARE_FD = 100 };

struct child_packet {
	struct child_packet *next;
	int64_t due_us;
	size_t len;
	uint8_t bytes[];
};

int child_file(void)
{
	char path[] = "/tmp/faxwire-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

int child_copy(int fd)
{
	int copy = child_file();
	size_t len;
	uint8_t *bytes = sample_read(fd, &len);

	assert_int_equal(write(copy, bytes, len), len);
	free(bytes);
	close(fd);
	return copy;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* In the new process. What it inherits is moved out of the way first. */
static void become(int fd, int tiff, int pdf)
{
	const char *program = getenv("FAXWIRE_FAX");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The search for leaks reads /proc, which the walls do not allow. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	dup2(fd, SPARE_FD);
	dup2(tiff, SPARE_FD + 1);
	if (pdf >= 0)
		dup2(pdf, SPARE_FD + 2);
	dup2(SPARE_FD, ENDPOINT_FD_SOCKET);
	dup2(SPARE_FD + 1, ENDPOINT_FD_TIFF);
	if (pdf >= 0)
		dup2(SPARE_FD + 2, ENDPOINT_FD_PDF);
	close_range(pdf >= 0 ? ENDPOINT_FD_PDF + 1 : ENDPOINT_FD_TIFF + 1, ~0u,
		    0);
	if (program)
		execl(program, program, "call", (char *)NULL);
	_exit(127);
}

void child_start(struct child *c, int tiff, int pdf)
{
	int ends[2];

	memset(c, 0, sizeof(*c));
	c->tiff = tiff;
	c->has_pdf = pdf >= 0;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid == 0)
		become(ends[1], tiff, pdf);
	close(ends[1]);
	c->fd = ends[0];
}

static void pass(struct child *c, const uint8_t *bytes, size_t len)
{
	if (c->is_gone)
		return;
	if (send(c->fd, bytes, len, MSG_NOSIGNAL) < 0)
		c->is_gone = true;
}

void child_say(struct child *c, const struct endpoint_message *m)
{
	uint8_t bytes[ENDPOINT_MESSAGE_MAX];
	size_t len = endpoint_encode(m, bytes, sizeof(bytes));

	assert_true(len > 0);
	pass(c, bytes, len);
}

void child_say_packet(struct child *c, const void *bytes, size_t len)
{
	struct endpoint_message m = { .type = ENDPOINT_IFP,
				      .ifp = { bytes, len } };

	child_say(c, &m);
}

void child_begin(struct child *c, bool caller, bool has_pdf,
		 uint16_t patience_s)
{
	struct endpoint_message m = { .type = ENDPOINT_START };

	m.start.caller = caller;
	m.start.unpaced = true;
	m.start.has_pdf = has_pdf;
	m.start.patience_s = patience_s;
	m.start.name = span_of(caller ? "CALLER" : "CALLEE");
	child_say(c, &m);
}

static void note(struct child *c, const struct endpoint_message *m)
{
	assert_true(endpoint_from_child((uint8_t)m->type));
	assert_false(c->is_done);
	if (m->type == ENDPOINT_IFP)
		c->sent += m->ifp.len;
	if (m->type == ENDPOINT_IDENTITY)
		assert_true(span_copy(m->identity, c->identity,
				      sizeof(c->identity)));
	if (m->type == ENDPOINT_PAGE) {
		assert_true(c->page_count < CHILD_PAGES_MAX);
		c->pages[c->page_count++] = m->page;
		/* Its own end reads the file too when it makes a PDF. */
		if (!c->has_pdf)
			assert_true(sample_pages(c->tiff) >= m->page.number);
	}
	if (m->type == ENDPOINT_DONE) {
		c->is_done = true;
		c->done = m->done;
		assert_true(span_copy(m->done.sentence, c->sentence,
				      sizeof(c->sentence)));
	}
}

/* False when nothing was there. */
static bool hear(struct child *c, uint8_t *bytes, size_t size, size_t *len,
		 struct endpoint_message *m)
{
	ssize_t got = recv(c->fd, bytes, size, MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return false;
	if (got <= 0) {
		c->is_gone = true;
		return false;
	}
	assert_true(endpoint_decode(m, bytes, (size_t)got));
	*len = (size_t)got;
	note(c, m);
	return true;
}

bool child_hear(struct child *c, struct endpoint_message *m)
{
	static uint8_t bytes[ENDPOINT_MESSAGE_MAX + 1];
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	size_t len;

	while (!c->is_gone) {
		if (hear(c, bytes, sizeof(bytes), &len, m))
			return true;
		if (!c->is_gone)
			assert_int_equal(poll(&p, 1, CHILD_WAIT_MS), 1);
	}
	return false;
}

int child_end(struct child *c)
{
	int status = 0;

	close(c->fd);
	while (c->first) {
		struct child_packet *next = c->first->next;

		free(c->first);
		c->first = next;
	}
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	return status;
}

static void put_on_path(struct child *c, const uint8_t *bytes, size_t len,
			uint32_t rate)
{
	struct child_packet *p = calloc(1, sizeof(*p) + len);
	int64_t now = now_us();

	assert_non_null(p);
	if (c->path_free_us < now)
		c->path_free_us = now;
	if (rate > 0)
		c->path_free_us += (int64_t)(len + OVERHEAD) * 1000000 / rate;
	p->due_us = c->path_free_us;
	p->len = len;
	memcpy(p->bytes, bytes, len);
	if (c->last)
		c->last->next = p;
	else
		c->first = p;
	c->last = p;
}

/* What `from` said and is due reaches `to`. Returns the milliseconds to the
 * next, or -1. */
static int carry(struct child *from, struct child *to, uint32_t rate)
{
	static uint8_t bytes[ENDPOINT_MESSAGE_MAX + 1];
	struct endpoint_message m;
	size_t len;

	while (!from->is_gone && hear(from, bytes, sizeof(bytes), &len, &m))
		if (m.type == ENDPOINT_IFP || m.type == ENDPOINT_TAKEN)
			put_on_path(from, bytes, len, rate);
	while (from->first && from->first->due_us <= now_us()) {
		struct child_packet *p = from->first;

		pass(to, p->bytes, p->len);
		from->first = p->next;
		if (!from->first)
			from->last = NULL;
		free(p);
	}
	if (!from->first)
		return -1;
	return (int)((from->first->due_us - now_us()) / 1000) + 1;
}

static bool is_over(const struct child *c)
{
	return c->is_done || c->is_gone;
}

/* A second at most, less when something on the way is due. */
static void wait_for(const struct child *a, const struct child *b, int due_a,
		     int due_b)
{
	struct pollfd p[2] = {
		{ .fd = a->is_gone ? -1 : a->fd, .events = POLLIN },
		{ .fd = b->is_gone ? -1 : b->fd, .events = POLLIN }
	};
	int ms = 1000;

	if (due_a >= 0 && due_a < ms)
		ms = due_a;
	if (due_b >= 0 && due_b < ms)
		ms = due_b;
	poll(p, 2, ms);
}

void child_join(struct child *a, struct child *b, uint32_t octets_per_s)
{
	int64_t limit = now_us() + (int64_t)CHILD_WAIT_MS * 1000;

	for (;;) {
		int due_a = carry(a, b, octets_per_s);
		int due_b = carry(b, a, octets_per_s);

		if (is_over(a) && is_over(b))
			return;
		if (b->stop_at_page && b->page_count >= b->stop_at_page)
			return;
		wait_for(a, b, due_a, due_b);
		assert_true(now_us() < limit);
	}
}
