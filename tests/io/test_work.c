/* SPDX-License-Identifier: Apache-2.0 */
#include "io/work.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

enum { ITEMS = 40 };

struct task {
	struct work_item item;
	unsigned input, output;
	pthread_t where;
};

static struct loop *l;
static struct work *w;
static struct task tasks[WORK_QUEUE_MAX + WORK_THREADS + 1];
static unsigned done, not_run, wanted;
static bool all, ended_here;
static pthread_t here;
static atomic_int at_once, most_at_once, gate_open;

static struct task *task_of(struct work_item *item)
{
	return (struct task *)(void *)((char *)item -
				       offsetof(struct task, item));
}

static void compute(struct work_item *item)
{
	struct task *t = task_of(item);
	int now = atomic_fetch_add(&at_once, 1) + 1;
	int most = atomic_load(&most_at_once);

	while (now > most &&
	       !atomic_compare_exchange_weak(&most_at_once, &most, now))
		;
	while (!atomic_load(&gate_open))
		usleep(500);
	t->where = pthread_self();
	t->output = t->input * 3;
	atomic_fetch_sub(&at_once, 1);
}

static void count(struct work_item *item, bool ran)
{
	ended_here = ended_here && pthread_equal(pthread_self(), here);
	if (ran)
		assert_int_equal(task_of(item)->output,
				 task_of(item)->input * 3);
	not_run += !ran;
	all = ++done == wanted;
}

static enum err add(unsigned i)
{
	tasks[i] = (struct task){ .item = { .run = compute, .done = count },
				  .input = i };
	return work_add(w, &tasks[i].item);
}

static int set_up(void **state)
{
	(void)state;
	done = not_run = 0;
	all = false;
	ended_here = true;
	here = pthread_self();
	atomic_store(&most_at_once, 0);
	atomic_store(&gate_open, 1);
	l = loop_new();
	w = l ? work_new(l) : NULL;
	return w ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	work_free(w);
	loop_free(l);
	return 0;
}

static void each_is_run_elsewhere_and_answered_here(void **state)
{
	(void)state;
	wanted = ITEMS;
	for (unsigned i = 0; i < ITEMS; i++)
		assert_int_equal(add(i), OK);
	assert_true(turn_until(l, &all));
	assert_true(ended_here);
	assert_int_equal(not_run, 0);
	for (unsigned i = 0; i < ITEMS; i++) {
		assert_int_equal(tasks[i].output, 3 * i);
		assert_false(pthread_equal(tasks[i].where, here));
	}
	assert_in_range(atomic_load(&most_at_once), 1, WORK_THREADS);
}

/* Nothing ends, so the queue fills: those that run, and those that wait. */
static void the_queue_has_a_cap(void **state)
{
	unsigned taken = 0;

	(void)state;
	atomic_store(&gate_open, 0);
	while (atomic_load(&at_once) < WORK_THREADS) {
		if (taken < WORK_THREADS)
			assert_int_equal(add(taken++), OK);
		usleep(500);
	}
	while (taken < WORK_THREADS + WORK_QUEUE_MAX)
		assert_int_equal(add(taken++), OK);
	assert_int_equal(add(taken), ERR_LIMIT);
	assert_int_equal(done, 0);
	assert_int_equal(atomic_load(&most_at_once), WORK_THREADS);
	wanted = taken;
	atomic_store(&gate_open, 1);
	assert_true(turn_until(l, &all));
	assert_int_equal(not_run, 0);
}

static void *open_gate(void *owner)
{
	(void)owner;
	usleep(20000);
	atomic_store(&gate_open, 1);
	return NULL;
}

static void the_end_waits_for_what_runs_and_gives_the_rest_back(void **state)
{
	pthread_t opener;

	(void)state;
	atomic_store(&gate_open, 0);
	wanted = 20;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(add(i), OK);
	while (atomic_load(&at_once) < WORK_THREADS)
		usleep(500);
	assert_int_equal(pthread_create(&opener, NULL, open_gate, NULL), 0);
	work_free(w);
	w = NULL;
	assert_int_equal(done, 20);
	assert_int_equal(not_run, 20 - WORK_THREADS);
	assert_true(ended_here);
	pthread_join(opener, NULL);
}

static void a_pool_that_nobody_uses_has_no_threads_to_wait_for(void **state)
{
	(void)state;
	work_free(NULL);
	work_free(w);
	w = NULL;
	assert_int_equal(done, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_is_run_elsewhere_and_answered_here),
		TEST(the_queue_has_a_cap),
		TEST(the_end_waits_for_what_runs_and_gives_the_rest_back),
		TEST(a_pool_that_nobody_uses_has_no_threads_to_wait_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
