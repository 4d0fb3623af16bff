/* SPDX-License-Identifier: Apache-2.0 */
#include "core/homes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire/reason.h"

static struct homes h;
static int64_t now;

/* An entry with a pin of its own: "b:1#BBBB...". */
static const char *entry(const char *addresses, char letter)
{
	static char text[8][128];
	static int turn;
	char *out = text[turn++ % 8];
	size_t len;

	snprintf(out, 128, "%s#", addresses);
	len = strlen(out);
	memset(out + len, letter, 42);
	out[len + 42] = 'A'; /* its last two bits are none of the pin */
	out[len + 43] = '\0';
	return out;
}

static bool told(const char *text)
{
	return homes_told(&h, span_of(text));
}

static const char *at(void)
{
	return homes_address(&h)->host;
}

static void fails(void)
{
	homes_failed(&h, h.way, now);
}

static void start(uint64_t seed)
{
	struct homes_relay first = { .pinned = true, .pin = { 1, 2, 3 } };

	now = 1000;
	assert_int_equal(address_relays_decode(&first.relays, "a:1", 1, NULL),
			 OK);
	homes_init(&h, &first, seed);
}

static int set_up(void **state)
{
	(void)state;
	start(7);
	return 0;
}

static void three(void)
{
	char text[256];

	snprintf(text, sizeof(text), "%s %s", entry("b:1", 'B'),
		 entry("c:1", 'C'));
	assert_true(told(text));
}

static void a_relay_alone_is_tried_for_ever(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_false(homes_failed(&h, h.way, now));
		assert_string_equal(at(), "a");
	}
	assert_false(homes_denied(&h, now));
	homes_sent_away(&h, &(struct message_bye){ .reason = REASON_DRAINING });
	assert_false(homes_down(&h, now));
	assert_string_equal(at(), "a");
}

static void its_addresses_are_tried_in_turn(void **state)
{
	static const char *const turns[] = { "a", "b", "::3", "a", "b" };

	(void)state;
	assert_int_equal(address_relays_decode(&h.all[0].relays,
					       "a:1,b:2,[::3]:3", 1, NULL),
			 OK);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(at(), turns[i]);
		fails();
	}
}

static void connections_that_fail_together_are_one_failure(void **state)
{
	uint32_t way;

	(void)state;
	three();
	way = h.way;
	for (int i = 0; i < 5; i++)
		assert_false(homes_failed(&h, way, now));
	assert_string_equal(at(), "a");
}

static void one_that_fails_twice_is_left(void **state)
{
	(void)state;
	three();
	assert_false(homes_failed(&h, h.way, now));
	assert_true(homes_failed(&h, h.way, now));
	assert_string_not_equal(at(), "a");
	assert_int_equal(h.moves, 1);
}

static void each_of_its_addresses_must_have_failed_twice(void **state)
{
	(void)state;
	assert_int_equal(
		address_relays_decode(&h.all[0].relays, "a:1,d:2", 1, NULL),
		OK);
	three();
	for (int i = 0; i < 3; i++)
		assert_false(homes_failed(&h, h.way, now));
	homes_up(&h); /* in between it worked */
	for (int i = 0; i < 3; i++)
		assert_false(homes_failed(&h, h.way, now));
	assert_true(homes_failed(&h, h.way, now));
}

static void one_that_never_worked_is_left_at_once(void **state)
{
	char seen[4] = "";

	(void)state;
	three();
	fails();
	fails();
	seen[0] = at()[0];
	fails();
	seen[1] = at()[0];
	/* All have been tried: again, the first one included. */
	fails();
	seen[2] = at()[0];
	assert_true(strcmp(seen, "bca") == 0 || strcmp(seen, "bcb") == 0 ||
		    strcmp(seen, "cba") == 0 || strcmp(seen, "cbc") == 0);
	for (int i = 0; i < 20 && at()[0] != 'a'; i++)
		fails();
	assert_string_equal(at(), "a");
}

static void it_stays_where_it_works(void **state)
{
	(void)state;
	three();
	fails();
	fails();
	homes_up(&h);
	assert_string_not_equal(at(), "a");
	assert_false(homes_down(&h, now));
	assert_string_not_equal(at(), "a");
	fails(); /* it worked: once is not enough */
	assert_int_equal(h.moves, 1);
}

static void the_terminals_of_a_dead_relay_spread_evenly(void **state)
{
	unsigned count[2] = { 0, 0 };

	(void)state;
	for (uint64_t seed = 0; seed < 1000; seed++) {
		start(seed);
		three();
		fails();
		fails();
		count[at()[0] - 'b']++;
	}
	assert_in_range(count[0], 430, 570);
	assert_int_equal(count[0] + count[1], 1000);
}

static void a_relay_that_drains_is_left_when_nothing_is_up(void **state)
{
	(void)state;
	three();
	homes_sent_away(&h, &(struct message_bye){ .reason = REASON_REPLACED });
	assert_false(homes_down(&h, now));
	homes_sent_away(&h, &(struct message_bye){ .reason = REASON_DRAINING });
	assert_string_equal(at(), "a");
	assert_true(homes_down(&h, now));
	assert_string_not_equal(at(), "a");
	assert_false(homes_down(&h, now));
}

static void one_that_lets_us_in_again_is_not_left(void **state)
{
	(void)state;
	three();
	homes_sent_away(&h, &(struct message_bye){ .reason = REASON_SHUTDOWN });
	homes_up(&h);
	assert_false(homes_down(&h, now));
	assert_string_equal(at(), "a");
}

static void a_hint_chooses_among_the_known(void **state)
{
	const struct message_bye bye = {
		.reason = REASON_DRAINING,
		.elsewhere = span_of("evil:1 c:1 x"),
	};

	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		start(seed);
		three();
		homes_sent_away(&h, &bye);
		assert_true(homes_down(&h, now));
		assert_string_equal(at(), "c");
	}
}

static void one_that_denies_is_left_alone_for_minutes(void **state)
{
	(void)state;
	three();
	assert_true(homes_denied(&h, now));
	for (int i = 0; i < 20; i++) {
		fails();
		assert_string_not_equal(at(), "a");
	}
	now += HOMES_DENIED_MS;
	for (int i = 0; i < 20 && at()[0] != 'a'; i++)
		fails();
	assert_string_equal(at(), "a");
}

static void denied_everywhere_it_asks_one_after_another(void **state)
{
	char seen[7] = "";

	(void)state;
	three();
	for (int i = 0; i < 6; i++) {
		seen[i] = at()[0];
		now += 1000;
		homes_denied(&h, now);
	}
	/* Round and round, in the same order. */
	assert_int_equal(seen[0], 'a');
	assert_int_not_equal(seen[1], seen[2]);
	assert_memory_equal(seen, seen + 3, 3);
}

static void what_is_told_takes_the_place_of_what_was(void **state)
{
	char text[HOMES_TEXT];

	(void)state;
	three();
	assert_int_equal(h.count, 3);
	assert_false(told(""));
	assert_false(told("rubbish"));
	assert_int_equal(h.count, 3);
	assert_true(told(entry("d:1", 'D')));
	assert_int_equal(h.count, 2);
	homes_encode(&h, text);
	assert_string_equal(text, entry("d:1", 'D'));
	assert_false(told(entry("d:1", 'D')));
	/* The same key at another address is the same relay. */
	assert_true(told(entry("e:1", 'D')));
	assert_int_equal(h.count, 2);
}

static void where_it_is_it_does_not_forget(void **state)
{
	char here[ADDRESS_HOST_MAX + 1];

	(void)state;
	three();
	fails();
	fails();
	homes_up(&h);
	snprintf(here, sizeof(here), "%s", at());
	assert_true(told(entry("d:1", 'D')));
	assert_string_equal(at(), here);
	assert_int_equal(h.count, 3); /* the first, here, and d */
	assert_false(told(entry("d:1", 'D')));
	assert_string_equal(at(), here);
}

static void the_first_is_known_by_its_key_or_its_address(void **state)
{
	char first[128] = "x:9#AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	(void)state;
	assert_false(told(first));
	assert_int_equal(h.count, 1);
	h.all[0].pinned = false;
	assert_true(told(first));
	assert_int_equal(h.count, 2);
	assert_true(told(entry("x:9,a:1", 'X')));
	assert_int_equal(h.count, 1);
	assert_string_equal(at(), "a");
}

static void what_was_kept_is_restored(void **state)
{
	char others[HOMES_TEXT], here[ADDRESS_OTHER_TEXT];
	char again[HOMES_TEXT];

	(void)state;
	three();
	homes_encode_now(&h, here);
	assert_string_equal(here, "");
	fails();
	fails();
	homes_encode(&h, others);
	homes_encode_now(&h, here);
	start(7);
	homes_restore(&h, others, here);
	homes_encode(&h, again);
	assert_string_equal(again, others);
	homes_encode_now(&h, again);
	assert_string_equal(again, here);
	assert_string_not_equal(at(), "a");
	start(7);
	homes_restore(&h, "rubbish", "rubbish");
	assert_int_equal(h.count, 1);
	assert_string_equal(at(), "a");
	homes_restore(&h, others, entry("z:1", 'Z'));
	assert_string_equal(at(), "a");
}

static void no_more_are_kept_than_there_is_room_for(void **state)
{
	char text[MESSAGE_OTHERS_MAX + 1] = "", kept[HOMES_TEXT];
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 24; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s ", entry("h:1", (char)('B' + i)));
	assert_true(used <= MESSAGE_OTHERS_MAX);
	assert_true(told(text));
	assert_int_equal(h.count, HOMES_MAX);
	homes_encode(&h, kept);
	start(1);
	homes_restore(&h, kept, "");
	assert_int_equal(h.count, HOMES_MAX);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_relay_alone_is_tried_for_ever),
		TEST(its_addresses_are_tried_in_turn),
		TEST(connections_that_fail_together_are_one_failure),
		TEST(one_that_fails_twice_is_left),
		TEST(each_of_its_addresses_must_have_failed_twice),
		TEST(one_that_never_worked_is_left_at_once),
		TEST(it_stays_where_it_works),
		TEST(the_terminals_of_a_dead_relay_spread_evenly),
		TEST(a_relay_that_drains_is_left_when_nothing_is_up),
		TEST(one_that_lets_us_in_again_is_not_left),
		TEST(a_hint_chooses_among_the_known),
		TEST(one_that_denies_is_left_alone_for_minutes),
		TEST(denied_everywhere_it_asks_one_after_another),
		TEST(what_is_told_takes_the_place_of_what_was),
		TEST(where_it_is_it_does_not_forget),
		TEST(the_first_is_known_by_its_key_or_its_address),
		TEST(what_was_kept_is_restored),
		TEST(no_more_are_kept_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
