/* SPDX-License-Identifier: Apache-2.0 */
#include "core/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[HASH_KEY_SIZE] = { 7, 1, 3 };
static struct access *a;

/* The digest of the i-th token. */
static const uint8_t *digest(unsigned i)
{
	static uint8_t bytes[4][ACCESS_DIGEST_SIZE];
	static unsigned next;
	uint8_t *out = bytes[next++ % 4];

	memset(out, 0, ACCESS_DIGEST_SIZE);
	out[3] = (uint8_t)i;
	out[ACCESS_DIGEST_SIZE - 1] = (uint8_t)(i >> 8);
	return out;
}

static int set_up(void **state)
{
	(void)state;
	a = access_new(key);
	return a ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	access_free(a);
	return 0;
}

/* --- sessions --- */

static void a_session_is_found_by_its_digest_alone(void **state)
{
	const struct access_session *s;

	(void)state;
	access_open(a, digest(1), "ana", ROLE_SEND, 1000);
	access_open(a, digest(2), "ben", ROLE_READ | ROLE_SEND, 2000);
	s = access_find(a, digest(1), 3000);
	assert_non_null(s);
	assert_string_equal(s->user, "ana");
	assert_int_equal(s->roles, ROLE_SEND);
	assert_int_equal(s->opened_ms, 1000);
	s = access_find(a, digest(2), 3000);
	assert_string_equal(s->user, "ben");
	assert_null(access_find(a, digest(3), 3000));
	/* The last octet counts, too. */
	assert_null(access_find(a, digest(1 + 256), 3000));
}

static void an_idle_session_ends_and_a_used_one_goes_on(void **state)
{
	int64_t now = 5000;

	(void)state;
	access_open(a, digest(1), "ana", ROLE_SEND, now);
	for (int i = 0; i < 3; i++) {
		now += ACCESS_IDLE_MS - 1;
		assert_non_null(access_find(a, digest(1), now));
	}
	assert_null(access_find(a, digest(1), now + ACCESS_IDLE_MS));
	/* Over is over, whatever the clock does then. */
	assert_null(access_find(a, digest(1), now));
	assert_int_equal(access_count(a), 0);
}

static void a_look_at_a_session_is_no_use_of_it(void **state)
{
	(void)state;
	access_open(a, digest(1), "ana", ROLE_SEND, 0);
	assert_true(access_peek(a, digest(1), 0));
	assert_true(access_peek(a, digest(1), ACCESS_IDLE_MS - 1));
	assert_false(access_peek(a, digest(1), ACCESS_IDLE_MS));
	assert_false(access_peek(a, digest(2), 0));
	/* Nor its end: it is still there for who expires it. */
	assert_int_equal(access_count(a), 1);
	assert_true(access_close(a, digest(1)));
	assert_false(access_peek(a, digest(1), 0));
}

static void a_look_sees_the_end_of_a_long_life(void **state)
{
	int64_t now = 0;

	(void)state;
	access_open(a, digest(1), "ana", ROLE_SEND, 0);
	for (; now < ACCESS_LIFE_MS; now += ACCESS_IDLE_MS / 2) {
		assert_true(access_peek(a, digest(1), now));
		assert_non_null(access_find(a, digest(1), now));
	}
	assert_false(access_peek(a, digest(1), ACCESS_LIFE_MS));
}

static void no_session_lives_for_ever(void **state)
{
	int64_t now = 0;

	(void)state;
	access_open(a, digest(1), "ana", ROLE_SEND, 0);
	for (; now < ACCESS_LIFE_MS; now += ACCESS_IDLE_MS / 2)
		assert_non_null(access_find(a, digest(1), now));
	assert_null(access_find(a, digest(1), ACCESS_LIFE_MS));
}

static void what_is_over_goes_by_itself(void **state)
{
	(void)state;
	access_open(a, digest(1), "ana", ROLE_SEND, 0);
	access_open(a, digest(2), "ben", ROLE_SEND, 1000);
	access_expire(a, ACCESS_IDLE_MS);
	assert_int_equal(access_count(a), 1);
	assert_non_null(access_find(a, digest(2), ACCESS_IDLE_MS));
}

static void closing_one_leaves_the_others(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		access_open(a, digest(i), "ana", ROLE_SEND, 0);
	assert_true(access_close(a, digest(1)));
	assert_false(access_close(a, digest(1)));
	assert_null(access_find(a, digest(1), 1));
	assert_non_null(access_find(a, digest(0), 1));
	assert_non_null(access_find(a, digest(2), 1));
}

static void a_new_password_closes_all_sessions_but_the_one_in_hand(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++)
		access_open(a, digest(i), i == 3 ? "ben" : "ana", ROLE_SEND, 0);
	assert_int_equal(access_close_user(a, "ana", digest(2)), 3);
	assert_int_equal(access_count(a), 2);
	assert_non_null(access_find(a, digest(2), 1));
	assert_non_null(access_find(a, digest(3), 1));
	assert_int_equal(access_close_user(a, "ana", NULL), 1);
	assert_null(access_find(a, digest(2), 1));
}

static void the_longest_idle_session_of_a_user_gives_way(void **state)
{
	(void)state;
	access_open(a, digest(999), "ben", ROLE_SEND, 0);
	for (unsigned i = 0; i < ACCESS_USER_SESSIONS_MAX; i++)
		access_open(a, digest(i), "ana", ROLE_SEND, 10 + (int)i);
	assert_non_null(access_find(a, digest(0), 100));
	access_open(a, digest(500), "ana", ROLE_SEND, 101);
	assert_int_equal(access_count(a), ACCESS_USER_SESSIONS_MAX + 1);
	assert_null(access_find(a, digest(1), 102));
	assert_non_null(access_find(a, digest(0), 102));
	/* Whoever has older ones keeps them. */
	assert_non_null(access_find(a, digest(999), 102));
}

static void sessions_have_a_cap_in_all(void **state)
{
	char user[ROLE_USER_SIZE];

	(void)state;
	for (unsigned i = 0; i < ACCESS_SESSIONS_MAX + 5; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		access_open(a, digest(i), user, ROLE_SEND, (int)i);
	}
	assert_int_equal(access_count(a), ACCESS_SESSIONS_MAX);
	assert_null(access_find(a, digest(4), 2000));
	assert_non_null(access_find(a, digest(5), 2000));
	assert_non_null(access_find(a, digest(ACCESS_SESSIONS_MAX + 4), 2000));
}

/* --- tickets --- */

static void a_ticket_signs_in_once(void **state)
{
	char user[ROLE_USER_SIZE] = "";
	unsigned roles = 0;

	(void)state;
	access_ticket_add(a, digest(1), ROLE_LOCAL, ROLE_ALL, 0);
	assert_false(access_ticket_use(a, digest(2), user, &roles, 1));
	assert_true(access_ticket_use(a, digest(1), user, &roles, 1));
	assert_string_equal(user, ROLE_LOCAL);
	assert_int_equal(roles, ROLE_ALL);
	assert_false(access_ticket_use(a, digest(1), user, &roles, 2));
}

static void a_ticket_ages(void **state)
{
	char user[ROLE_USER_SIZE];
	unsigned roles;

	(void)state;
	access_ticket_add(a, digest(1), ROLE_LOCAL, ROLE_ALL, 5);
	access_ticket_add(a, digest(2), ROLE_LOCAL, ROLE_ALL, 5);
	assert_true(access_ticket_use(a, digest(1), user, &roles,
				      ACCESS_TICKET_MS + 4));
	assert_false(access_ticket_use(a, digest(2), user, &roles,
				       ACCESS_TICKET_MS + 5));
}

static void the_oldest_ticket_gives_way(void **state)
{
	char user[ROLE_USER_SIZE];
	unsigned roles;

	(void)state;
	for (unsigned i = 0; i <= ACCESS_TICKETS_MAX; i++)
		access_ticket_add(a, digest(i), ROLE_LOCAL, ROLE_ALL, i);
	assert_false(access_ticket_use(a, digest(0), user, &roles, 100));
	for (unsigned i = 1; i <= ACCESS_TICKETS_MAX; i++)
		assert_true(access_ticket_use(a, digest(i), user, &roles, 100));
}

/* --- tries --- */

/* Fails as soon as may be, `times` times; the time when that was done. */
static int64_t slip(const char *user, const char *address, int times,
		    int64_t now)
{
	for (int i = 0; i < times; i++) {
		int64_t wait = access_try(a, user, address, now);

		if (wait > 0) {
			now += wait;
			assert_int_equal(access_try(a, user, address, now), 0);
		}
	}
	return now;
}

static void some_slips_are_free_and_then_waits_double(void **state)
{
	int64_t now = 1000, last = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(access_try(a, "ana", "192.0.2.1", now), 0);
	for (int64_t wait = 1000; wait < 30000; wait *= 2) {
		assert_int_equal(access_try(a, "ana", "192.0.2.1", now), wait);
		/* Asking again costs nothing, and gains nothing. */
		assert_int_equal(access_try(a, "ana", "192.0.2.1", now), wait);
		assert_int_equal(
			access_try(a, "ana", "192.0.2.1", now + wait - 1), 1);
		now += wait;
		assert_int_equal(access_try(a, "ana", "192.0.2.1", now), 0);
	}
	/* From many addresses, so that it is the user's wait that is seen. */
	for (int i = 0; i < 20; i++) {
		char address[32];

		snprintf(address, sizeof(address), "192.0.2.%d", 10 + i);
		last = access_try(a, "ana", address, now);
		assert_true(last <= 30000);
		now += last;
		assert_int_equal(access_try(a, "ana", address, now), 0);
	}
	assert_int_equal(last, 30000);
}

static void an_address_waits_whoever_it_says_to_be(void **state)
{
	char user[16];
	int64_t now = 1000;

	(void)state;
	for (int i = 0; i < 10; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		assert_int_equal(access_try(a, user, "192.0.2.1", now), 0);
	}
	assert_int_equal(access_try(a, "other", "192.0.2.1", now), 1000);
	assert_int_equal(access_try(a, "other", "192.0.2.2", now), 0);
	now = slip("other", "192.0.2.1", 30, now);
	assert_int_equal(access_try(a, "third", "192.0.2.1", now), 300000);
}

static void a_good_password_forgives_the_user_and_not_the_address(void **state)
{
	int64_t now = slip("ana", "192.0.2.1", 12, 1000);
	int64_t wait = access_try(a, "ana", "192.0.2.1", now);

	(void)state;
	assert_true(wait > 0);
	now += wait;
	assert_int_equal(access_try(a, "ana", "192.0.2.1", now), 0);
	access_succeeded(a, "ana", "192.0.2.1");
	assert_int_equal(access_try(a, "ana", "192.0.2.2", now), 0);
	/* Who has one account guesses at others' no faster for it. */
	assert_int_equal(access_try(a, "ben", "192.0.2.1", now), 0);
	assert_true(access_try(a, "ben", "192.0.2.1", now) >= 4000);
}

static void many_successes_in_one_office_never_wait(void **state)
{
	char user[16];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(user, sizeof(user), "u%d", i % 40);
		assert_int_equal(access_try(a, user, "192.0.2.1", 1000), 0);
		access_succeeded(a, user, "192.0.2.1");
	}
}

static void guesses_from_elsewhere_lock_nobody_out(void **state)
{
	char address[32];
	int64_t now = 1000;

	(void)state;
	assert_int_equal(access_try(a, "ana", "10.0.0.5", now), 0);
	access_succeeded(a, "ana", "10.0.0.5");
	for (int i = 0; i < 200; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		now = slip("ana", address, 1, now);
	}
	assert_true(access_try(a, "ana", "10.0.0.6", now) > 0);
	assert_int_equal(access_try(a, "ana", "10.0.0.5", now), 0);
}

static void many_tries_at_once_gain_nothing(void **state)
{
	int allowed = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		allowed += access_try(a, "ana", "192.0.2.1", 1000) == 0;
	assert_int_equal(allowed, 5);
}

static void failures_are_forgotten_after_an_hour(void **state)
{
	int64_t now = slip("ana", "192.0.2.1", 8, 1000);

	(void)state;
	assert_true(access_try(a, "ana", "192.0.2.1", now) > 0);
	now += 3600000;
	for (int i = 0; i < 5; i++)
		assert_int_equal(access_try(a, "ana", "192.0.2.1", now), 0);
	assert_int_equal(access_try(a, "ana", "192.0.2.1", now), 1000);
}

static void
a_flood_of_names_is_bounded_and_keeps_who_waits_longest(void **state)
{
	char address[32];
	int64_t now = slip("ana", "192.0.2.1", 40, 1000);

	(void)state;
	for (int i = 0; i < 3 * ACCESS_FAILURES_MAX; i++) {
		snprintf(address, sizeof(address), "10.%d.%d.1", i / 200,
			 i % 200);
		assert_int_equal(access_try(a, address, address, now), 0);
	}
	assert_true(access_try(a, "zoe", "192.0.2.1", now) > 200000);
}

static void an_office_of_ipv6_counts_as_one_address(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} pairs[] = {
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff:4:5:6", true },
		{ "2001:db8:1:2::6", "2001:db8:1:2:3:4:5:6", true },
		{ "2001:db8::1", "2001:db8::2:2", true },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:3:3:4:5:6", false },
		{ "2001:db8::1", "2001:db9::1", false },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
		{ "192.0.2.1", "192.0.2.2", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char user[16];

		access_free(a);
		a = access_new(key);
		assert_non_null(a);
		for (int n = 0; n < 10; n++) {
			snprintf(user, sizeof(user), "u%d", n);
			assert_int_equal(access_try(a, user, pairs[i].one, 5),
					 0);
		}
		assert_int_equal(access_try(a, "other", pairs[i].other, 5),
				 pairs[i].same ? 1000 : 0);
	}
}

static void names_of_any_length_are_taken(void **state)
{
	static char name[5000];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(access_try(a, name, "192.0.2.1", 0), 0);
	assert_int_equal(access_try(a, name, "192.0.2.2", 0), 1000);
	assert_int_equal(access_try(a, "", "", 0), 0);
	/* A user called as an address is another matter. */
	assert_int_equal(access_try(a, "192.0.2.1", "192.0.2.3", 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_is_found_by_its_digest_alone),
		TEST(an_idle_session_ends_and_a_used_one_goes_on),
		TEST(a_look_at_a_session_is_no_use_of_it),
		TEST(a_look_sees_the_end_of_a_long_life),
		TEST(no_session_lives_for_ever),
		TEST(what_is_over_goes_by_itself),
		TEST(closing_one_leaves_the_others),
		TEST(a_new_password_closes_all_sessions_but_the_one_in_hand),
		TEST(the_longest_idle_session_of_a_user_gives_way),
		TEST(sessions_have_a_cap_in_all),
		TEST(a_ticket_signs_in_once),
		TEST(a_ticket_ages),
		TEST(the_oldest_ticket_gives_way),
		TEST(some_slips_are_free_and_then_waits_double),
		TEST(an_address_waits_whoever_it_says_to_be),
		TEST(a_good_password_forgives_the_user_and_not_the_address),
		TEST(many_successes_in_one_office_never_wait),
		TEST(guesses_from_elsewhere_lock_nobody_out),
		TEST(many_tries_at_once_gain_nothing),
		TEST(failures_are_forgotten_after_an_hour),
		TEST(a_flood_of_names_is_bounded_and_keeps_who_waits_longest),
		TEST(an_office_of_ipv6_counts_as_one_address),
		TEST(names_of_any_length_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
