/* SPDX-License-Identifier: Apache-2.0 */
#include "core/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MEMBERS = 300 };

static struct member {
	char key[8]; /* before the node or behind it */
	struct order_node node;
	uint32_t weight;
	bool in;
} members[MEMBERS];

static uint32_t random_state = 1;

static uint32_t dice(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static int set_up(void **state)
{
	(void)state;
	memset(members, 0, sizeof(members));
	for (unsigned i = 0; i < MEMBERS; i++) {
		snprintf(members[i].key, sizeof(members[i].key), "%03u", i);
		/* Few weights: equal ones must do no harm. */
		members[i].weight = dice() % 50;
	}
	return 0;
}

static struct member *member_of(struct order_node *n)
{
	return n ? order_entry(n, struct member, node) : NULL;
}

/* All that are in come in order, and none besides; finding agrees. */
static void check(const struct order *o)
{
	struct member *at = member_of(order_after(o, ""));

	for (unsigned i = 0; i < MEMBERS; i++) {
		struct member *m = &members[i];

		assert_ptr_equal(member_of(order_find(o, m->key)),
				 m->in ? m : NULL);
		if (!m->in)
			continue;
		assert_ptr_equal(at, m);
		at = member_of(order_after(o, m->key));
	}
	assert_null(at);
}

static unsigned depth(const struct order_node *n)
{
	unsigned left, right;

	if (!n)
		return 0;
	left = depth(n->child[0]);
	right = depth(n->child[1]);
	return 1 + (left > right ? left : right);
}

static void whatever_comes_and_goes_the_order_stands(void **state)
{
	struct order o = ORDER_OF(struct member, node, weight, key);

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		struct member *m = &members[dice() % MEMBERS];

		if (m->in)
			order_remove(&o, &m->node);
		else
			order_add(&o, &m->node);
		m->in = !m->in;
		if (round % 100 == 0 || round < 50)
			check(&o);
	}
	check(&o);
}

static void an_empty_one_has_nothing(void **state)
{
	struct order o = ORDER_OF(struct member, node, weight, key);

	(void)state;
	check(&o);
}

static void sorted_keys_make_no_deep_tree(void **state)
{
	struct order o = ORDER_OF(struct member, node, weight, key);

	(void)state;
	for (unsigned i = 0; i < MEMBERS; i++) {
		members[i].weight = dice();
		members[i].in = true;
		order_add(&o, &members[i].node);
	}
	check(&o);
	assert_true(depth(o.root) < 30); /* of 300 */
}

static void one_takes_the_place_of_another(void **state)
{
	struct order o = ORDER_OF(struct member, node, weight, key);
	struct member other;

	(void)state;
	for (unsigned i = 0; i < MEMBERS; i++)
		order_add(&o, &members[i].node);
	for (unsigned i = 0; i < MEMBERS; i += 7) {
		other = members[i];
		order_replace(&o, &members[i].node, &other.node);
		assert_ptr_equal(order_find(&o, other.key), &other.node);
		order_replace(&o, &other.node, &members[i].node);
	}
	for (unsigned i = 0; i < MEMBERS; i++)
		members[i].in = true;
	check(&o);
}

static void the_next_is_found_from_keys_that_are_not_in(void **state)
{
	struct order o = ORDER_OF(struct member, node, weight, key);

	(void)state;
	order_add(&o, &members[5].node);
	order_add(&o, &members[9].node);
	assert_ptr_equal(order_after(&o, "0"), &members[5].node);
	assert_ptr_equal(order_after(&o, "005a"), &members[9].node);
	assert_null(order_after(&o, "009"));
	assert_null(order_find(&o, "00"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(whatever_comes_and_goes_the_order_stands,
				       set_up),
		cmocka_unit_test_setup(an_empty_one_has_nothing, set_up),
		cmocka_unit_test_setup(sorted_keys_make_no_deep_tree, set_up),
		cmocka_unit_test_setup(one_takes_the_place_of_another, set_up),
		cmocka_unit_test_setup(
			the_next_is_found_from_keys_that_are_not_in, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
