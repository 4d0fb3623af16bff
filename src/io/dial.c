/* SPDX-License-Identifier: Apache-2.0 */
#include "io/dial.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the resolving thread and the dial share. Each drops its hold; the last
 * frees. The thread writes before it rings, the dial reads after. */
struct lookup {
	atomic_int holds;
	int bell; /* the thread's end of a socket pair */
	char *host;
	char port[8];
	struct addrinfo *found;
	int error; /* of getaddrinfo */
};

struct dial {
	struct loop *loop; /* borrowed */
	struct lookup *lookup;
	bool resolved;
	const struct addrinfo *next; /* borrowed from the lookup */
	struct watch watch;	     /* the lookup's bell, then the socket */
	struct timer attempt;
	struct timer total;
	int last_error;
	char name[300]; /* "host, port n": for sentences */
	void (*done)(void *owner, int fd, const char *sentence);
	void *owner; /* borrowed */
};

static void let_go(struct lookup *k)
{
	if (atomic_fetch_sub(&k->holds, 1) != 1)
		return;
	if (k->found)
		freeaddrinfo(k->found);
	free(k->host);
	free(k);
}

static void drop_socket(struct dial *d)
{
	if (d->watch.fd < 0)
		return;
	loop_unwatch(d->loop, &d->watch);
	close(d->watch.fd);
	d->watch.fd = -1;
}

static void release(struct dial *d)
{
	drop_socket(d);
	timer_clear(d->loop, &d->attempt);
	timer_clear(d->loop, &d->total);
	let_go(d->lookup);
	free(d);
}

static void succeed(struct dial *d)
{
	void (*done)(void *, int, const char *) = d->done;
	void *owner = d->owner;
	int fd = d->watch.fd;

	loop_unwatch(d->loop, &d->watch);
	d->watch.fd = -1;
	release(d);
	done(owner, fd, NULL);
}

static void fail(struct dial *d, const char *what)
{
	void (*done)(void *, int, const char *) = d->done;
	void *owner = d->owner;
	char sentence[500];

	snprintf(sentence, sizeof(sentence), "Cannot connect to %s: %s.",
		 d->name, what);
	release(d);
	done(owner, -1, sentence);
}

static void try_next(struct dial *d);

static void on_ready(struct watch *w, unsigned what)
{
	struct dial *d = w->owner;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0) {
		succeed(d);
		return;
	}
	d->last_error = error;
	drop_socket(d);
	try_next(d);
}

static void on_attempt_over(struct timer *t)
{
	struct dial *d = t->owner;

	d->last_error = ETIMEDOUT;
	drop_socket(d);
	try_next(d);
}

static void on_total_over(struct timer *t)
{
	struct dial *d = t->owner;

	fail(d, d->resolved ? "no answer"
			    : "its name could not be resolved "
			      "in time");
}

/* Begins a connection; false when this address cannot even be tried. */
static bool begin(struct dial *d, const struct addrinfo *a)
{
	int fd = socket(a->ai_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		d->last_error = errno;
		return false;
	}
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0 &&
	    errno != EINPROGRESS) {
		d->last_error = errno;
		close(fd);
		return false;
	}
	d->watch.fd = fd;
	d->watch.interest = LOOP_WRITE;
	if (loop_watch(d->loop, &d->watch) == OK) {
		timer_set(d->loop, &d->attempt,
			  loop_now(d->loop) + DIAL_ATTEMPT_MS);
		return true;
	}
	d->watch.fd = -1;
	close(fd);
	return false;
}

static void try_next(struct dial *d)
{
	timer_clear(d->loop, &d->attempt);
	while (d->next) {
		const struct addrinfo *a = d->next;

		d->next = a->ai_next;
		if (begin(d, a))
			return;
	}
	fail(d, d->last_error == ETIMEDOUT ? "no answer"
					   : strerror(d->last_error));
}

static void on_bell(struct watch *w, unsigned what)
{
	struct dial *d = w->owner;
	char rung;

	(void)what;
	/* Reading orders what the thread wrote before what we read of it. */
	(void)recv(w->fd, &rung, 1, 0);
	drop_socket(d);
	d->resolved = true;
	d->watch.ready = on_ready;
	if (d->lookup->error != 0) {
		fail(d, gai_strerror(d->lookup->error));
		return;
	}
	d->next = d->lookup->found;
	try_next(d);
}

static void *resolve(void *owner)
{
	struct lookup *k = owner;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_ADDRCONFIG };

	k->error = getaddrinfo(k->host, k->port, &hints, &k->found);
	(void)send(k->bell, "", 1, MSG_NOSIGNAL); /* nobody may listen */
	close(k->bell);
	let_go(k);
	return NULL;
}

/* Starts the thread; returns our end of the bell, or -1. */
static int look_up(struct lookup *k)
{
	pthread_t thread;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       ends) != 0)
		return -1;
	k->bell = ends[1];
	if (pthread_create(&thread, NULL, resolve, k) != 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	pthread_detach(thread);
	return ends[0];
}

static struct lookup *new_lookup(const char *host, uint16_t port)
{
	struct lookup *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->host = strdup(host);
	if (!k->host) {
		free(k);
		return NULL;
	}
	snprintf(k->port, sizeof(k->port), "%u", port);
	atomic_init(&k->holds, 2);
	return k;
}

struct dial *dial_new(struct loop *loop, const char *host, uint16_t port,
		      void (*done)(void *owner, int fd, const char *sentence),
		      void *owner)
{
	struct dial *d = calloc(1, sizeof(*d));
	struct lookup *k = new_lookup(host, port);

	if (!d || !k)
		goto fail;
	d->loop = loop;
	d->done = done;
	d->owner = owner;
	d->lookup = k;
	d->last_error = EHOSTUNREACH;
	snprintf(d->name, sizeof(d->name), "%s, port %u", host, port);
	d->watch = (struct watch){ .interest = LOOP_READ,
				   .ready = on_bell,
				   .owner = d };
	d->attempt = (struct timer){ .due = on_attempt_over, .owner = d };
	d->total = (struct timer){ .due = on_total_over, .owner = d };
	d->watch.fd = look_up(k);
	if (d->watch.fd < 0)
		goto fail;
	if (loop_watch(loop, &d->watch) != OK) {
		close(d->watch.fd);
		let_go(k); /* the thread still has its hold */
		free(d);
		return NULL;
	}
	timer_set(loop, &d->total, loop_now(loop) + DIAL_TOTAL_MS);
	return d;
fail:
	if (k) {
		atomic_store(&k->holds, 1);
		let_go(k);
	}
	free(d);
	return NULL;
}

void dial_cancel(struct dial *d)
{
	if (d)
		release(d);
}
