/* SPDX-License-Identifier: Apache-2.0 */
#include "io/local.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"

enum {
	BACKLOG = 16,
	RETRY_MS = 200,		       /* when descriptors are out */
	OUTPUT_CAP = 16 * 1024 * 1024, /* a listing of 100,000 terminals */
};

struct local_server {
	struct loop *loop; /* borrowed */
	struct watch watch;
	struct timer retry;
	struct list sessions;
	unsigned count;
	char *path;			       /* owned */
	const struct local_handlers *handlers; /* borrowed */
	void *owner;			       /* borrowed */
};

struct local_session {
	struct local_server *server; /* borrowed */
	struct watch watch;
	struct list link;
	struct deferred closing;
	struct buf in;
	struct buf out;
	int fds[LOCAL_FDS_MAX]; /* that came with the request under way */
	size_t fds_count;
	bool ending; /* closes when `out` is empty */
	bool closed;
	void *user;
};

/* --- addresses --- */

/* A path may be longer than a socket's address: then it is reached through a
 * descriptor of its folder, which the caller closes. */
static bool address_of(const char *path, struct sockaddr_un *at, int *folder)
{
	char copy[4096], name[256];
	int n;

	*folder = -1;
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof(at->sun_path)) {
		memcpy(at->sun_path, path, strlen(path) + 1);
		return true;
	}
	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return false;
	if (snprintf(name, sizeof(name), "%s", basename(copy)) >=
	    (int)sizeof(name))
		return false;
	snprintf(copy, sizeof(copy), "%s", path);
	*folder = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0)
		return false;
	n = snprintf(at->sun_path, sizeof(at->sun_path), "/proc/self/fd/%d/%s",
		     *folder, name);
	return n < (int)sizeof(at->sun_path);
}

static int try_connect(const char *path)
{
	struct sockaddr_un at;
	int folder, fd, error = 0;

	if (!address_of(path, &at, &folder)) {
		if (folder >= 0)
			close(folder);
		errno = ENOENT;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		error = errno;
		close(fd);
		fd = -1;
	}
	if (folder >= 0)
		close(folder);
	if (error)
		errno = error;
	return fd;
}

static int bind_to(const char *path)
{
	struct sockaddr_un at;
	int folder, fd, error = 0;
	mode_t before;

	if (!address_of(path, &at, &folder))
		return -1;
	(void)unlink(path); /* what a dead program left */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	before = umask(0177);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
			listen(fd, BACKLOG) != 0)) {
		error = errno;
		close(fd);
		fd = -1;
	}
	umask(before);
	if (folder >= 0)
		close(folder);
	if (error)
		errno = error;
	return fd;
}

/* --- sessions --- */

static void close_fds(struct local_session *s)
{
	for (size_t i = 0; i < s->fds_count; i++)
		close(s->fds[i]);
	s->fds_count = 0;
}

static void on_closing(struct deferred *d)
{
	struct local_session *s = d->owner;

	s->server->handlers->on_gone(s->server->owner, s);
	s->server->count--;
	list_remove(&s->link);
	buf_fini(&s->in);
	buf_fini(&s->out);
	free(s);
}

static void drop(struct local_session *s)
{
	if (s->closed)
		return;
	s->closed = true;
	loop_unwatch(s->server->loop, &s->watch);
	close(s->watch.fd);
	close_fds(s);
	loop_defer(s->server->loop, &s->closing);
}

static void flush(struct local_session *s)
{
	while (!s->closed && buf_length(&s->out) > 0) {
		ssize_t n = send(s->watch.fd, buf_front(&s->out),
				 buf_length(&s->out), MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			drop(s);
			return;
		}
		buf_consume(&s->out, (size_t)n);
	}
	if (s->closed)
		return;
	if (s->ending && buf_length(&s->out) == 0)
		drop(s);
	else
		loop_rewatch(s->server->loop, &s->watch,
			     buf_length(&s->out) > 0 ? LOOP_READ | LOOP_WRITE
						     : LOOP_READ);
}

static void take_fds(struct local_session *s, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (s->fds_count < LOCAL_FDS_MAX)
				s->fds[s->fds_count++] = fd;
			else
				close(fd);
		}
	}
}

/* Hands out each whole line. The first one gets the descriptors. */
static void take_lines(struct local_session *s)
{
	while (!s->closed && buf_length(&s->in) > 0) {
		char line[LOCAL_LINE_MAX + 1];
		const uint8_t *front = buf_front(&s->in);
		const uint8_t *end = memchr(front, '\n', buf_length(&s->in));
		int fds[LOCAL_FDS_MAX];
		size_t n = s->fds_count, len;

		if (!end) {
			if (buf_room(&s->in) == 0)
				drop(s);
			return;
		}
		len = (size_t)(end - front);
		memcpy(line, front, len);
		line[len] = '\0';
		buf_consume(&s->in, len + 1);
		memcpy(fds, s->fds, n * sizeof(int));
		s->fds_count = 0;
		s->server->handlers->on_request(s->server->owner, s, line, fds,
						n);
	}
}

static void on_session(struct watch *w, unsigned what)
{
	struct local_session *s = w->owner;
	union {
		char bytes[CMSG_SPACE(LOCAL_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	char bytes[4096];
	struct iovec v = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n;

	if (what & LOOP_WRITE)
		flush(s);
	if (s->closed || !(what & LOOP_READ))
		return;
	n = recvmsg(w->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		take_fds(s, &m);
	if (n <= 0 || buf_append(&s->in, bytes, (size_t)n) != OK) {
		drop(s);
		return;
	}
	take_lines(s);
}

/* The same user, or root, and nobody else. */
static bool is_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void on_retry(struct timer *t)
{
	struct local_server *l = t->owner;

	loop_rewatch(l->loop, &l->watch, LOOP_READ);
}

static void on_arrival(struct watch *w, unsigned what)
{
	struct local_server *l = w->owner;
	struct local_session *s;
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd < 0) {
		/* Who waits is told in every turn: look again later. */
		if (errno != EAGAIN && errno != ECONNABORTED) {
			loop_rewatch(l->loop, w, 0);
			timer_set(l->loop, &l->retry,
				  loop_now(l->loop) + RETRY_MS);
		}
		return;
	}
	s = calloc(1, sizeof(*s));
	if (!s || l->count >= LOCAL_SESSIONS_MAX || !is_ours(fd)) {
		close(fd);
		free(s);
		return;
	}
	s->server = l;
	s->watch = (struct watch){
		.fd = fd, .interest = LOOP_READ, .ready = on_session, .owner = s
	};
	s->closing = (struct deferred){ .run = on_closing, .owner = s };
	buf_init(&s->in, LOCAL_LINE_MAX);
	buf_init(&s->out, OUTPUT_CAP);
	if (loop_watch(l->loop, &s->watch) != OK) {
		close(fd);
		free(s);
		return;
	}
	l->count++;
	list_append(&l->sessions, &s->link);
}

/* --- the server --- */

enum err local_listen(struct loop *loop, const char *path,
		      const struct local_handlers *handlers, void *owner,
		      struct local_server **out, struct why *why)
{
	struct local_server *l;
	int fd = try_connect(path);

	if (fd >= 0) {
		close(fd);
		why_set(why, "It is already running: something answers on %s.",
			path);
		return ERR_EXISTS;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_MEMORY;
	l->loop = loop;
	l->handlers = handlers;
	l->owner = owner;
	l->path = strdup(path);
	list_init(&l->sessions);
	l->retry = (struct timer){ .due = on_retry, .owner = l };
	l->watch = (struct watch){ .fd = l->path ? bind_to(path) : -1,
				   .interest = LOOP_READ,
				   .ready = on_arrival,
				   .owner = l };
	if (l->watch.fd < 0 || loop_watch(loop, &l->watch) != OK) {
		why_set(why, "Cannot make the socket %s: %s.", path,
			strerror(errno));
		if (l->watch.fd >= 0)
			close(l->watch.fd);
		free(l->path);
		free(l);
		return ERR_IO;
	}
	*out = l;
	return OK;
}

void local_free(struct local_server *l)
{
	if (!l)
		return;
	while (!list_empty(&l->sessions)) {
		struct local_session *s = list_entry(
			l->sessions.next, struct local_session, link);

		flush(s);
		drop(s);
		loop_undefer(&s->closing);
		on_closing(&s->closing);
	}
	timer_clear(l->loop, &l->retry);
	loop_unwatch(l->loop, &l->watch);
	close(l->watch.fd);
	(void)unlink(l->path);
	free(l->path);
	free(l);
}

void local_reply(struct local_session *s, const char *line)
{
	if (s->closed)
		return;
	if (buf_append(&s->out, line, strlen(line)) != OK ||
	    buf_append(&s->out, "\n", 1) != OK)
		drop(s);
	else
		flush(s);
}

void local_end(struct local_session *s)
{
	s->ending = true;
	flush(s);
}

void local_set_user(struct local_session *s, void *user)
{
	s->user = user;
}

void *local_user(const struct local_session *s)
{
	return s->user;
}

/* --- the command's side --- */

enum err local_connect(struct local_client *c, const char *path)
{
	c->used = c->taken = 0;
	c->fd = try_connect(path);
	if (c->fd >= 0)
		return OK;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return ERR_MISSING;
	return err_from_errno(errno);
}

static bool send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

enum err local_send(struct local_client *c, const char *line, const int *fds,
		    size_t n)
{
	union {
		char bytes[CMSG_SPACE(LOCAL_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	char first = '\n';
	struct iovec v = { &first, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (*line)
		first = *line;
	if (n > LOCAL_FDS_MAX)
		return ERR_LIMIT;
	if (n > 0) {
		struct cmsghdr *h;

		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	}
	/* The first octet carries the descriptors. */
	if (sendmsg(c->fd, &m, MSG_NOSIGNAL) != 1)
		return ERR_CLOSED;
	if (!*line)
		return OK;
	return send_all(c->fd, line + 1, strlen(line + 1)) &&
			       send_all(c->fd, "\n", 1)
		       ? OK
		       : ERR_CLOSED;
}

enum err local_receive(struct local_client *c, const char **line,
		       int timeout_ms)
{
	memmove(c->bytes, c->bytes + c->taken, c->used - c->taken);
	c->used -= c->taken;
	c->taken = 0;
	for (;;) {
		char *end = memchr(c->bytes, '\n', c->used);
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		ssize_t n;

		if (end) {
			*end = '\0';
			*line = c->bytes;
			c->taken = (size_t)(end - c->bytes) + 1;
			return OK;
		}
		if (c->used == LOCAL_LINE_MAX)
			return ERR_LIMIT;
		if (poll(&p, 1, timeout_ms) == 0)
			return ERR_TIMEOUT;
		n = recv(c->fd, c->bytes + c->used, LOCAL_LINE_MAX - c->used,
			 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_CLOSED;
		c->used += (size_t)n;
	}
}

void local_close(struct local_client *c)
{
	close(c->fd);
	c->fd = -1;
}
