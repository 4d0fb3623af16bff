/* SPDX-License-Identifier: Apache-2.0 */
#include "io/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

enum {
	BACKLOG = 4096,
	ACCEPTS_A_TURN = 64,
	RETRY_MS = 200, /* when descriptors are out */
};

struct listener {
	struct loop *loop; /* borrowed */
	struct watch watch;
	struct timer retry;
	int spare_fd; /* given up to turn someone away when all are used */
	uint16_t port;
	void (*accepted)(void *owner, int fd, const struct listen_peer *p);
	void *owner; /* borrowed */
};

static enum err bad(struct why *why, const char *text)
{
	char shown[120];

	text_printable(text, strlen(text), shown, sizeof(shown));
	why_set(why,
		"\"%s\" is no address to listen on: write ADDR:PORT, "
		"[IPV6]:PORT or PORT, with a port from 0 to 65535.",
		shown);
	return ERR_BAD;
}

/* IPv6 only within brackets: "2001:db8::1:2" may mean either. */
static bool valid_host(const char *host, bool bracketed)
{
	uint8_t bytes[16];

	if (bracketed)
		return inet_pton(AF_INET6, host, bytes) == 1;
	return !*host || inet_pton(AF_INET, host, bytes) == 1;
}

enum err listen_parse(struct listen_address *a, const char *text,
		      struct why *why)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t host_len = colon ? (size_t)(colon - text) : 0;
	bool bracketed = false;
	int64_t port;

	if (!text_to_number(colon ? colon + 1 : text, 0, 65535, &port))
		return bad(why, text);
	if (host_len >= 2 && host[0] == '[' && host[host_len - 1] == ']') {
		bracketed = true;
		host++;
		host_len -= 2;
	}
	if (host_len > LISTEN_HOST_MAX)
		return bad(why, text);
	memcpy(a->host, host, host_len);
	a->host[host_len] = '\0';
	a->port = (uint16_t)port;
	return valid_host(a->host, bracketed) ? OK : bad(why, text);
}

/* --- who came --- */

static void describe_v4(struct listen_peer *p, const struct in_addr *from,
			uint16_t port)
{
	memcpy(p->key, from, sizeof(*from));
	inet_ntop(AF_INET, from, p->host, sizeof(p->host));
	snprintf(p->text, sizeof(p->text), "%s:%u", p->host, port);
}

static void describe(struct listen_peer *p, const struct sockaddr_in6 *from)
{
	static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct in_addr v4;
	uint16_t port = ntohs(from->sin6_port);

	memset(p, 0, sizeof(*p));
	if (from->sin6_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)from;

		describe_v4(p, &in->sin_addr, port);
		return;
	}
	if (memcmp(&from->sin6_addr, v4_mapped, sizeof(v4_mapped)) == 0) {
		memcpy(&v4, from->sin6_addr.s6_addr + 12, sizeof(v4));
		describe_v4(p, &v4, port);
		return;
	}
	memcpy(p->key, &from->sin6_addr, sizeof(p->key));
	inet_ntop(AF_INET6, &from->sin6_addr, p->host, sizeof(p->host));
	snprintf(p->text, sizeof(p->text), "[%s]:%u", p->host, port);
}

/* --- accepting --- */

static bool out_of_descriptors(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* Without a descriptor to spare a waiting connection cannot even be refused:
 * the spare one is given up for that, and taken back. */
static void turn_away(struct listener *l)
{
	close(l->spare_fd);
	l->spare_fd = accept4(l->watch.fd, NULL, NULL, SOCK_CLOEXEC);
	if (l->spare_fd >= 0)
		close(l->spare_fd);
	l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	loop_rewatch(l->loop, &l->watch, 0);
	timer_set(l->loop, &l->retry, loop_now(l->loop) + RETRY_MS);
}

static void on_retry(struct timer *t)
{
	struct listener *l = t->owner;

	loop_rewatch(l->loop, &l->watch, LOOP_READ);
}

static void on_ready(struct watch *w, unsigned what)
{
	struct listener *l = w->owner;

	(void)what;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_in6 from = { 0 };
		socklen_t len = sizeof(from);
		struct listen_peer peer;
		int fd = accept4(w->fd, (struct sockaddr *)&from, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (out_of_descriptors(errno))
				turn_away(l);
			return;
		}
		describe(&peer, &from);
		l->accepted(l->owner, fd, &peer);
	}
}

/* --- making one --- */

static socklen_t fill(struct sockaddr_storage *out,
		      const struct listen_address *a)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, a->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(a->port);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(a->port);
	if (*a->host)
		inet_pton(AF_INET6, a->host, &v6->sin6_addr);
	return sizeof(*v6);
}

static enum err explain(int error, const struct listen_address *a,
			struct why *why)
{
	const char *host = *a->host ? a->host : "any address";

	if (error == EADDRINUSE) {
		why_set(why,
			"Port %u (%s) is in use: stop the other program or "
			"choose another port with --listen.",
			a->port, host);
		return ERR_EXISTS;
	}
	if (error == EACCES) {
		why_set(why,
			"Port %u needs privileges: run as root or choose a "
			"port above 1023 with --listen.",
			a->port);
		return ERR_DENIED;
	}
	why_set(why, "Cannot listen on %s, port %u: %s.", host, a->port,
		strerror(error));
	return err_from_errno(error);
}

/* A socket bound and listening, or -1 with errno. */
static int open_socket(const struct listen_address *a, bool dual)
{
	struct sockaddr_storage at;
	socklen_t len = fill(&at, a);
	int on = 1, off = 0, error;
	int fd;

	if (!*a->host && !dual) { /* a machine without IPv6 */
		struct listen_address v4 = { .host = "0.0.0.0",
					     .port = a->port };
		len = fill(&at, &v4);
	}
	fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at.ss_family == AF_INET6 && dual)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
				 sizeof(off));
	if (bind(fd, (struct sockaddr *)&at, len) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_in6 at = { 0 };
	socklen_t len = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return 0;
	return ntohs(at.sin6_port); /* the same place in IPv4's */
}

enum err listener_new(struct loop *loop, const struct listen_address *a,
		      void (*accepted)(void *owner, int fd,
				       const struct listen_peer *p),
		      void *owner, struct listener **out, struct why *why)
{
	struct listener *l = calloc(1, sizeof(*l));
	enum err e;
	int fd;

	if (!l)
		return ERR_MEMORY;
	fd = open_socket(a, true);
	if (fd < 0 && !*a->host &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		fd = open_socket(a, false);
	if (fd < 0) {
		e = explain(errno, a, why);
		free(l);
		return e;
	}
	l->loop = loop;
	l->accepted = accepted;
	l->owner = owner;
	l->port = bound_port(fd);
	l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	l->retry = (struct timer){ .due = on_retry, .owner = l };
	l->watch = (struct watch){
		.fd = fd, .interest = LOOP_READ, .ready = on_ready, .owner = l
	};
	e = loop_watch(loop, &l->watch);
	if (e != OK) {
		close(fd);
		close(l->spare_fd);
		free(l);
		return e;
	}
	*out = l;
	return OK;
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	timer_clear(l->loop, &l->retry);
	loop_unwatch(l->loop, &l->watch);
	close(l->watch.fd);
	if (l->spare_fd >= 0)
		close(l->spare_fd);
	free(l);
}

uint16_t listener_port(const struct listener *l)
{
	return l->port;
}
