/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../store/scratch.h"

#define OTHER "b:1#47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

static const struct proxy none;
static struct route r;
static struct why why;
static char home[ATOMIC_PATH_MAX];

static int set_up(void **state)
{
	if (scratch_set_up(state) != 0)
		return -1;
	snprintf(home, sizeof(home), "%s", scratch("home"));
	return atomic_folder(home, &why) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
	route_fini(&r);
	memset(&r, 0, sizeof(r));
	return scratch_tear_down(state);
}

static enum err init(const struct membership *m)
{
	route_fini(&r);
	return route_init(&r, home, m, &none, 1, &why);
}

static void the_first_relay_has_the_addresses_of_the_join_url(void **state)
{
	const struct membership m = { .host = "a",
				      .port = 1,
				      .others = "b:2,[::3]:3" };

	(void)state;
	assert_int_equal(init(&m), OK);
	assert_int_equal(r.homes.count, 1);
	assert_int_equal(homes_now(&r.homes)->relays.count, 3);
	assert_string_equal(homes_address(&r.homes)->host, "a");
	assert_false(homes_now(&r.homes)->pinned);
}

static void a_record_that_was_tampered_with_is_refused(void **state)
{
	const struct membership m = { .host = "a", .port = 1, .others = "b:" };

	(void)state;
	assert_int_equal(init(&m), ERR_BAD);
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

	(void)state;
	assert_int_equal(init(&full), OK);
	assert_int_equal(homes_now(&r.homes)->relays.count, ADDRESS_RELAYS_MAX);
	assert_int_equal(init(&m), OK);
	assert_int_equal(homes_now(&r.homes)->relays.count, ADDRESS_RELAYS_MAX);
}

static void what_was_told_outlives_a_restart_but_not_a_join(void **state)
{
	struct membership m = { .host = "a", .port = 1, .place = { 5 } };

	(void)state;
	assert_int_equal(init(&m), OK);
	assert_true(route_keep(&r, &why));
	assert_false(scratch_exists("home/relays.json"));
	assert_true(homes_told(&r.homes, span_of(OTHER)));
	assert_true(route_keep(&r, &why));
	assert_int_equal(init(&m), OK);
	assert_int_equal(r.homes.count, 2);
	/* It was there, too, when it was stopped. */
	homes_failed(&r.homes, r.homes.way, 0);
	homes_failed(&r.homes, r.homes.way, 0);
	assert_string_equal(homes_address(&r.homes)->host, "b");
	assert_true(route_keep(&r, &why));
	assert_int_equal(init(&m), OK);
	assert_string_equal(homes_address(&r.homes)->host, "b");
	m.place[0]++;
	assert_int_equal(init(&m), OK);
	assert_int_equal(r.homes.count, 1);
}

static void each_key_has_a_tls_of_its_own(void **state)
{
	const struct membership m = { .host = "a", .port = 1, .pinned = true };
	struct tls_context *first, *second;

	(void)state;
	assert_int_equal(init(&m), OK);
	assert_true(homes_told(&r.homes, span_of(OTHER)));
	first = route_tls(&r, &why);
	assert_non_null(first);
	assert_ptr_equal(route_tls(&r, &why), first);
	homes_failed(&r.homes, r.homes.way, 0);
	homes_failed(&r.homes, r.homes.way, 0);
	second = route_tls(&r, &why);
	assert_non_null(second);
	assert_ptr_not_equal(first, second);
	route_tidy(&r); /* both are known */
	assert_ptr_equal(route_tls(&r, &why), second);
	homes_failed(&r.homes, r.homes.way, 0);
	assert_ptr_equal(route_tls(&r, &why), first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_relay_has_the_addresses_of_the_join_url),
		TEST(a_record_that_was_tampered_with_is_refused),
		TEST(no_more_addresses_are_taken_than_there_is_room_for),
		TEST(what_was_told_outlives_a_restart_but_not_a_join),
		TEST(each_key_has_a_tls_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
