/* SPDX-License-Identifier: Apache-2.0 */
#include "io/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "turn.h"

enum { SENDERS = 4, LETTERS = 5000 };

struct letter {
	struct mail mail;
	unsigned sender, number;
};

static struct loop *l;
static struct mailbox box;
static unsigned next_of[SENDERS], total;
static bool all;

static void take(void *owner, struct mail *mail)
{
	struct letter *letter =
		(struct letter *)(void *)((char *)mail -
					  offsetof(struct letter, mail));

	assert_ptr_equal(owner, &box);
	assert_int_equal(letter->number, next_of[letter->sender]++);
	free(letter);
	all = ++total == SENDERS * LETTERS;
}

static void post(unsigned sender, unsigned number)
{
	struct letter *letter = calloc(1, sizeof(*letter));

	if (!letter)
		abort();
	letter->sender = sender;
	letter->number = number;
	mailbox_post(&box, &letter->mail);
}

static void *send_many(void *owner)
{
	for (unsigned i = 0; i < LETTERS; i++)
		post((unsigned)(size_t)owner, i);
	return NULL;
}

static int set_up(void **state)
{
	(void)state;
	total = 0;
	all = false;
	for (int i = 0; i < SENDERS; i++)
		next_of[i] = 0;
	l = loop_new();
	return l && mailbox_init(&box, l, take, &box) == OK ? 0 : -1;
}

static void letters_of_many_threads_all_come_in_order(void **state)
{
	pthread_t threads[SENDERS];

	(void)state;
	for (size_t i = 0; i < SENDERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, send_many, (void *)i),
			0);
	assert_true(turn_until(l, &all));
	for (int i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	mailbox_fini(&box);
	loop_free(l);
}

static void letters_left_over_are_handed_out_at_the_end(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++)
		post(0, i);
	assert_int_equal(total, 0); /* never from inside mailbox_post */
	mailbox_fini(&box);
	assert_int_equal(total, 10);
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			letters_of_many_threads_all_come_in_order, set_up),
		cmocka_unit_test_setup(
			letters_left_over_are_handed_out_at_the_end, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
