/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
	int before;
	struct list link;
	int number;
};

/* The numbers in the list, read forward as decimal digits; -1 when reading
 * backward gives something else. */
static int digits(const struct list *head)
{
	int forward = 0;
	int backward = 0;
	int place = 1;

	for (struct list *l = head->next; l != head; l = l->next)
		forward =
			forward * 10 + list_entry(l, struct item, link)->number;
	for (struct list *l = head->prev; l != head; l = l->prev) {
		backward += list_entry(l, struct item, link)->number * place;
		place *= 10;
	}
	return forward == backward ? forward : -1;
}

static void a_new_list_is_empty(void **state)
{
	struct list head;

	(void)state;
	list_init(&head);
	assert_true(list_empty(&head));
	assert_int_equal(digits(&head), 0);
}

static void members_stand_in_the_order_of_joining(void **state)
{
	struct item items[] = { { .number = 1 },
				{ .number = 2 },
				{ .number = 3 } };
	struct list head;

	(void)state;
	list_init(&head);
	for (size_t i = 0; i < 3; i++)
		list_append(&head, &items[i].link);
	assert_false(list_empty(&head));
	assert_int_equal(digits(&head), 123);
}

static void any_member_can_leave_and_join_again(void **state)
{
	static const int left[] = { 23, 13, 12 };
	static const int joined[] = { 231, 132, 123 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct item items[] = { { .number = 1 },
					{ .number = 2 },
					{ .number = 3 } };
		struct list head;

		list_init(&head);
		for (size_t j = 0; j < 3; j++)
			list_append(&head, &items[j].link);
		list_remove(&items[i].link);
		assert_int_equal(digits(&head), left[i]);
		list_append(&head, &items[i].link);
		assert_int_equal(digits(&head), joined[i]);
	}
}

static void leaving_twice_is_harmless(void **state)
{
	struct item one = { .number = 1 };
	struct item two = { .number = 2 };
	struct list head;

	(void)state;
	list_init(&head);
	list_append(&head, &one.link);
	list_append(&head, &two.link);
	list_remove(&one.link);
	list_remove(&one.link);
	assert_true(list_empty(&one.link));
	assert_int_equal(digits(&head), 2);
	list_remove(&two.link);
	assert_true(list_empty(&head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_list_is_empty),
		cmocka_unit_test(members_stand_in_the_order_of_joining),
		cmocka_unit_test(any_member_can_leave_and_join_again),
		cmocka_unit_test(leaving_twice_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
