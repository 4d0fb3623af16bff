/* SPDX-License-Identifier: Apache-2.0 */
#include "io/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

static struct loop *l;

static int set_up(void **state)
{
	(void)state;
	l = loop_new();
	return l ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	loop_free(l);
	return 0;
}

/* --- timers --- */

enum { TIMERS = 500 };

static struct timer timers[TIMERS];
static int64_t last_at;
static unsigned fired;
static bool done;

static void note_order(struct timer *t)
{
	assert_true(t->at_ms >= last_at);
	assert_true(loop_now(l) >= t->at_ms);
	last_at = t->at_ms;
	fired++;
}

static void timers_come_in_order_and_once(void **state)
{
	int64_t now = loop_now(l);
	uint32_t random = 12345;

	(void)state;
	fired = 0;
	last_at = 0;
	for (int i = 0; i < TIMERS; i++) {
		random = random * 1103515245 + 12345;
		timers[i] = (struct timer){ .due = note_order };
		timer_set(l, &timers[i], now + (random >> 16) % 50);
	}
	for (int i = 0; i < TIMERS; i += 5)
		timer_clear(l, &timers[i]);
	for (int i = 1; i < TIMERS; i += 5) /* moved */
		timer_set(l, &timers[i], now + 60 - i % 20);
	turn_for(l, 120);
	assert_int_equal(fired, TIMERS - TIMERS / 5);
	turn_for(l, 20);
	assert_int_equal(fired, TIMERS - TIMERS / 5);
}

static void clear_the_other(struct timer *t)
{
	fired++;
	timer_clear(l, &timers[t == &timers[0] ? 1 : 0]);
}

static void a_timer_cleared_by_another_of_its_moment_does_not_come(void **state)
{
	int64_t at = loop_now(l) + 5;

	(void)state;
	fired = 0;
	for (int i = 0; i < 2; i++) {
		timers[i] = (struct timer){ .due = clear_the_other };
		timer_set(l, &timers[i], at);
	}
	turn_for(l, 30);
	assert_int_equal(fired, 1);
	timer_clear(l, &timers[0]); /* once more does no harm */
}

static void again(struct timer *t)
{
	if (++fired < 5)
		timer_set(l, t, loop_now(l));
	else
		done = true;
}

static void a_timer_may_set_itself(void **state)
{
	(void)state;
	fired = 0;
	done = false;
	timers[0] = (struct timer){ .due = again };
	timer_set(l, &timers[0], 0);
	assert_true(turn_until(l, &done));
}

/* --- descriptors --- */

static unsigned heard;

static void note_what(struct watch *w, unsigned what)
{
	char byte;

	heard |= what;
	if (what & LOOP_READ && read(w->fd, &byte, 1) <= 0)
		loop_unwatch(l, w);
	done = true;
}

static void readable_writable_and_gone_are_told(void **state)
{
	int ends[2];
	struct watch w = { .interest = LOOP_READ, .ready = note_what };

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	w.fd = ends[0];
	assert_int_equal(loop_watch(l, &w), OK);
	heard = 0;
	turn_for(l, 10);
	assert_int_equal(heard, 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	done = false;
	assert_true(turn_until(l, &done));
	assert_int_equal(heard, LOOP_READ);
	heard = 0;
	loop_rewatch(l, &w, LOOP_WRITE);
	done = false;
	assert_true(turn_until(l, &done));
	assert_int_equal(heard, LOOP_WRITE);
	loop_rewatch(l, &w, 0);
	heard = 0;
	turn_for(l, 10);
	assert_int_equal(heard, 0);
	loop_rewatch(l, &w, LOOP_READ);
	close(ends[1]);
	done = false;
	assert_true(turn_until(l, &done));
	assert_true(heard & LOOP_READ);
	close(ends[0]);
}

static void count_calls(struct watch *w, unsigned what)
{
	(void)w;
	(void)what;
	fired++;
}

/* Else a stream that is held back spins from its peer's death on. */
static void one_that_waits_for_nothing_costs_nothing(void **state)
{
	int ends[2];
	struct watch w = { .ready = count_calls };

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	w.fd = ends[0];
	assert_int_equal(loop_watch(l, &w), OK);
	fired = 0;
	close(ends[1]);
	turn_for(l, 40);
	assert_in_range(fired, 0, 2);
	/* The end is told as soon as somebody wants to know. */
	fired = 0;
	loop_rewatch(l, &w, LOOP_READ);
	turn_for(l, 10);
	assert_true(fired > 0);
	fired = 0;
	loop_rewatch(l, &w, 0);
	turn_for(l, 40);
	assert_in_range(fired, 0, 2);
	loop_unwatch(l, &w);
	close(ends[0]);
}

static struct watch pair[2];

static void unwatch_the_other(struct watch *w, unsigned what)
{
	(void)what;
	fired++;
	loop_unwatch(l, &pair[w == &pair[0] ? 1 : 0]);
	loop_unwatch(l, w);
}

static void one_that_is_unwatched_in_this_turn_is_not_called(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	fired = 0;
	for (int i = 0; i < 2; i++) {
		pair[i] = (struct watch){ .fd = ends[i],
					  .interest = LOOP_WRITE,
					  .ready = unwatch_the_other };
		assert_int_equal(loop_watch(l, &pair[i]), OK);
	}
	turn_for(l, 20);
	assert_int_equal(fired, 1);
	close(ends[0]);
	close(ends[1]);
}

/* --- deferred --- */

static void count(struct deferred *d)
{
	(void)d;
	fired++;
}

static void free_owner(struct deferred *d)
{
	free(d->owner);
	fired++;
}

static void what_is_deferred_runs_once(void **state)
{
	struct deferred twice = { .run = count }, never = { .run = count };
	struct deferred *own = calloc(1, sizeof(*own));

	(void)state;
	fired = 0;
	loop_defer(l, &twice);
	loop_defer(l, &twice);
	loop_defer(l, &never);
	loop_undefer(&never);
	loop_undefer(&never);
	*own = (struct deferred){ .run = free_owner, .owner = own };
	loop_defer(l, own);
	turn_for(l, 10);
	assert_int_equal(fired, 2);
}

/* --- signals, threads --- */

static int signalled;

static void note_signal(void *owner, int signal)
{
	(void)owner;
	signalled = signal;
	done = true;
}

static void signals_are_heard_in_the_loop(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

	(void)state;
	assert_int_equal(loop_signals(l, note_signal, NULL), OK);
	for (int i = 0; i < 3; i++) {
		done = false;
		assert_int_equal(kill(getpid(), signals[i]), 0);
		assert_true(turn_until(l, &done));
		assert_int_equal(signalled, signals[i]);
	}
	assert_int_equal(kill(getpid(), SIGPIPE), 0);
}

static void stop_in_thread(struct timer *t)
{
	(void)t;
	done = true;
	loop_stop(l);
}

static void a_loop_runs_in_a_thread_of_its_own(void **state)
{
	struct timer t = { .due = stop_in_thread };

	(void)state;
	done = false;
	timer_set(l, &t, loop_now(l) + 5);
	assert_int_equal(loop_start_thread(l), OK);
	loop_join(l);
	assert_true(done);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(timers_come_in_order_and_once),
		TEST(a_timer_cleared_by_another_of_its_moment_does_not_come),
		TEST(a_timer_may_set_itself),
		TEST(readable_writable_and_gone_are_told),
		TEST(one_that_waits_for_nothing_costs_nothing),
		TEST(one_that_is_unwatched_in_this_turn_is_not_called),
		TEST(what_is_deferred_runs_once),
		TEST(a_loop_runs_in_a_thread_of_its_own),
		TEST(signals_are_heard_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
