/* SPDX-License-Identifier: Apache-2.0 */
#include "io/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_A_TURN = 64 };

struct loop {
	int epoll_fd;
	bool stopping;
	pthread_t thread; /* loop_start_thread */
	int64_t now_ms;
	struct timer **heap; /* owned; [1] is due first */
	size_t heap_count;
	size_t heap_size;
	struct list deferred;
	struct epoll_event events[EVENTS_A_TURN];
	int events_left; /* of this turn, not yet handed out */
	struct watch signals;
	void (*heard)(void *owner, int signal);
	void *heard_owner;
	uint8_t scratch[LOOP_SCRATCH];
};

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->signals.fd = -1;
	list_init(&l->deferred);
	l->now_ms = clock_ms();
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0) {
		free(l);
		return NULL;
	}
	return l;
}

int64_t loop_now(const struct loop *l)
{
	return l->now_ms;
}

uint8_t *loop_scratch(struct loop *l)
{
	return l->scratch;
}

/* --- file descriptors --- */

/* The system tells of errors and hang-ups whatever is asked for. To one that
 * waits for nothing they are told once, not in every turn. */
/* A hang-up is told to all, wanted or not, and again each turn: who waits for
 * nothing hears of it once (by edge), and of the rest when it asks again. */
static uint32_t to_epoll(unsigned interest)
{
	uint32_t events = 0;

	if (interest & LOOP_READ)
		events |= (uint32_t)EPOLLIN;
	if (interest & LOOP_WRITE)
		events |= (uint32_t)EPOLLOUT;
	return events ? events : (uint32_t)EPOLLET;
}

enum err loop_watch(struct loop *l, struct watch *w)
{
	struct epoll_event e = { .events = to_epoll(w->interest),
				 .data.ptr = w };

	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w->fd, &e) != 0)
		return err_from_errno(errno);
	return OK;
}

void loop_rewatch(struct loop *l, struct watch *w, unsigned interest)
{
	struct epoll_event e = { .events = to_epoll(interest), .data.ptr = w };

	if (w->interest == interest)
		return;
	w->interest = interest;
	/* It was added, so changing it cannot fail. */
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) != 0)
		abort();
}

/* Events that this turn has already fetched for it must not be handed out:
 * its memory may be gone by then. */
void loop_unwatch(struct loop *l, struct watch *w)
{
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = 0; i < l->events_left; i++)
		if (l->events[i].data.ptr == w)
			l->events[i].data.ptr = NULL;
}

static void hand_out(const struct epoll_event *e)
{
	struct watch *w = e->data.ptr;
	unsigned what = 0;

	if (!w)
		return;
	if (e->events & (uint32_t)(EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		what |= LOOP_READ;
	if (e->events & (uint32_t)(EPOLLOUT | EPOLLHUP | EPOLLERR))
		what |= LOOP_WRITE;
	w->ready(w, what);
}

/* --- timers: a binary heap whose members know their places --- */

static void put(struct loop *l, size_t place, struct timer *t)
{
	l->heap[place] = t;
	t->place = place;
}

static void sift_up(struct loop *l, size_t place, struct timer *t)
{
	while (place > 1 && l->heap[place / 2]->at_ms > t->at_ms) {
		put(l, place, l->heap[place / 2]);
		place /= 2;
	}
	put(l, place, t);
}

static void sift_down(struct loop *l, size_t place, struct timer *t)
{
	for (;;) {
		size_t child = place * 2;

		if (child > l->heap_count)
			break;
		if (child < l->heap_count &&
		    l->heap[child + 1]->at_ms < l->heap[child]->at_ms)
			child++;
		if (l->heap[child]->at_ms >= t->at_ms)
			break;
		put(l, place, l->heap[child]);
		place = child;
	}
	put(l, place, t);
}

void timer_clear(struct loop *l, struct timer *t)
{
	size_t place = t->place;
	struct timer *last;

	if (place == 0)
		return;
	t->place = 0;
	last = l->heap[l->heap_count--];
	if (last == t)
		return;
	if (place > 1 && l->heap[place / 2]->at_ms > last->at_ms)
		sift_up(l, place, last);
	else
		sift_down(l, place, last);
}

void timer_set(struct loop *l, struct timer *t, int64_t at_ms)
{
	timer_clear(l, t);
	if (l->heap_count + 1 >= l->heap_size) {
		size_t size = l->heap_size ? l->heap_size * 2 : 64;
		struct timer **heap =
			reallocarray(l->heap, size, sizeof(struct timer *));

		if (!heap)
			abort();
		l->heap = heap;
		l->heap_size = size;
	}
	t->at_ms = at_ms;
	sift_up(l, ++l->heap_count, t);
}

/* At most as many as there were: one that sets itself anew for now must not
 * keep the loop from its descriptors. */
static void run_timers(struct loop *l)
{
	for (size_t n = l->heap_count;
	     n > 0 && l->heap_count > 0 && l->heap[1]->at_ms <= l->now_ms;
	     n--) {
		struct timer *t = l->heap[1];

		timer_clear(l, t);
		t->due(t);
	}
}

/* --- after the turn --- */

void loop_defer(struct loop *l, struct deferred *d)
{
	if (d->queued)
		return;
	d->queued = true;
	list_append(&l->deferred, &d->link);
}

void loop_undefer(struct deferred *d)
{
	if (!d->queued)
		return;
	d->queued = false;
	list_remove(&d->link);
}

static void run_deferred(struct loop *l)
{
	while (!list_empty(&l->deferred)) {
		struct deferred *d =
			list_entry(l->deferred.next, struct deferred, link);

		loop_undefer(d);
		d->run(d);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	run_deferred(l); /* what was freed after the last turn */
	if (l->signals.fd >= 0)
		close(l->signals.fd);
	close(l->epoll_fd);
	free(l->heap);
	free(l);
}

/* --- signals --- */

static void on_signal(struct watch *w, unsigned what)
{
	struct loop *l = w->owner;
	struct signalfd_siginfo info;

	(void)what;
	while (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		l->heard(l->heard_owner, (int)info.ssi_signo);
}

enum err loop_signals(struct loop *l, void (*heard)(void *owner, int signal),
		      void *owner)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return ERR_IO;
	l->heard = heard;
	l->heard_owner = owner;
	l->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->signals.fd < 0)
		return err_from_errno(errno);
	l->signals.interest = LOOP_READ;
	l->signals.ready = on_signal;
	l->signals.owner = l;
	return loop_watch(l, &l->signals);
}

/* --- the loop --- */

static int wait_ms(const struct loop *l)
{
	int64_t wait;

	if (l->heap_count == 0)
		return -1;
	wait = l->heap[1]->at_ms - clock_ms();
	if (wait < 0)
		return 0;
	return wait > 3600000 ? 3600000 : (int)wait;
}

static void turn(struct loop *l)
{
	int n = epoll_wait(l->epoll_fd, l->events, EVENTS_A_TURN, wait_ms(l));

	assert(n >= 0 || errno == EINTR);
	l->now_ms = clock_ms();
	l->events_left = n > 0 ? n : 0;
	for (int i = 0; i < n; i++) {
		struct epoll_event e = l->events[i];

		hand_out(&e);
	}
	l->events_left = 0;
	run_timers(l);
	run_deferred(l);
}

void loop_run(struct loop *l)
{
	l->stopping = false;
	run_deferred(l);
	while (!l->stopping)
		turn(l);
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}

static void *run_thread(void *owner)
{
	loop_run(owner);
	return NULL;
}

enum err loop_start_thread(struct loop *l)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&l->thread, NULL, run_thread, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code == 0 ? OK : ERR_MEMORY;
}

void loop_join(struct loop *l)
{
	pthread_join(l->thread, NULL);
}
