/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct proxy none;

static void one_address_is_tried_for_ever(void **state)
{
	const struct membership m = { .host = "a", .port = 1 };
	struct route r;

	(void)state;
	assert_int_equal(route_init(&r, &m, &none, NULL), OK);
	for (int i = 0; i < 3; i++) {
		assert_string_equal(route_now(&r)->host, "a");
		assert_int_equal(route_now(&r)->port, 1);
		route_failed(&r, r.at);
	}
}

static void addresses_are_tried_in_turn(void **state)
{
	const struct membership m = { .host = "a",
				      .port = 1,
				      .others = "b:2,[::3]:3" };
	static const char *const turns[] = { "a", "b", "::3", "a", "b" };
	struct route r;

	(void)state;
	assert_int_equal(route_init(&r, &m, &none, NULL), OK);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(route_now(&r)->host, turns[i]);
		route_failed(&r, r.at);
	}
}

static void connections_that_fail_together_are_one_failure(void **state)
{
	const struct membership m = { .host = "a", .port = 1, .others = "b:2" };
	struct route r;
	size_t way;

	(void)state;
	assert_int_equal(route_init(&r, &m, &none, NULL), OK);
	way = r.at;
	route_failed(&r, way);
	route_failed(&r, way);
	assert_string_equal(route_now(&r)->host, "b");
}

static void a_record_that_was_tampered_with_is_refused(void **state)
{
	const struct membership m = { .host = "a", .port = 1, .others = "b:" };
	struct why why = { "" };
	struct route r;

	(void)state;
	assert_int_equal(route_init(&r, &m, &none, &why), ERR_BAD);
	assert_string_not_equal(why.text, "");
}

static void no_more_addresses_are_taken_than_there_is_room_for(void **state)
{
	const struct membership m = { .host = "a",
				      .port = 1,
				      .others = "b:2,c:3,d:4,e:5" };
	const struct membership full = { .host = "a",
					 .port = 1,
					 .others = "b:2,c:3,d:4" };
	struct route r;

	(void)state;
	assert_int_equal(route_init(&r, &full, &none, NULL), OK);
	assert_int_equal(r.relays.count, ADDRESS_RELAYS_MAX);
	assert_int_equal(route_init(&r, &m, &none, NULL), OK);
	assert_int_equal(r.relays.count, ADDRESS_RELAYS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_address_is_tried_for_ever),
		cmocka_unit_test(addresses_are_tried_in_turn),
		cmocka_unit_test(
			connections_that_fail_together_are_one_failure),
		cmocka_unit_test(a_record_that_was_tampered_with_is_refused),
		cmocka_unit_test(
			no_more_addresses_are_taken_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
