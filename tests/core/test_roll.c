/* SPDX-License-Identifier: Apache-2.0 */
#include "core/roll.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct roll roll;
static struct roll_origin north, south, self;

static int set_up(void **state)
{
	static const uint8_t key[HASH_KEY_SIZE] = "0123456789abcde";

	(void)state;
	roll_init(&roll, key, 5);
	roll_origin_init(&north, "north", false);
	roll_origin_init(&south, "south", false);
	roll_origin_init(&self, "self", true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	roll_clear(&roll, &north);
	roll_clear(&roll, &south);
	roll_clear(&roll, &self);
	assert_int_equal(roll.count, 0);
	assert_null(roll.by_id.root);
	assert_null(roll.by_number.root);
	roll_fini(&roll);
	return 0;
}

static struct roll_entry *put(struct roll_origin *o, const char *id,
			      uint8_t state, uint64_t gen, const char *numbers)
{
	const struct news_entry e = { .id = span_of(id),
				      .state = state,
				      .gen = gen,
				      .groups = span_of("law"),
				      .numbers = span_of(numbers),
				      .allowed = span_of("") };

	return roll_put(&roll, o, &e, 1);
}

/* The relay of the best entry of an ID, "" for none. */
static const char *best(const char *id)
{
	const struct roll_entry *e = roll_best(&roll, id);

	return e ? e->origin->name : "";
}

static const char *number(const char *text)
{
	const struct roll_entry *e = roll_best_number(&roll, text);

	return e ? e->text : "";
}

/* The IDs whose best entry has changed, with a blank after each; of one that
 * is no more with how it was seen last, "ben!1 ". */
static const char *changes(void)
{
	static char line[200];
	char id[ADDRESS_ID_MAX + 1];

	line[0] = '\0';
	while (roll_changed(&roll, id)) {
		size_t used = strlen(line);
		char gone[8] = "";

		if (roll.gone)
			snprintf(gone, sizeof(gone), "!%u", roll.gone->state);
		snprintf(line + used, sizeof(line) - used, "%s%s ", id, gone);
	}
	assert_null(roll.gone);
	return line;
}

static void the_latest_login_is_the_best(void **state)
{
	(void)state;
	put(&north, "ben", PRESENCE_FREE, 5, "");
	assert_string_equal(best("ben"), "north");
	put(&south, "ben", PRESENCE_BUSY, 6, "");
	assert_string_equal(best("ben"), "south");
	put(&north, "ben", PRESENCE_FREE, 7, "");
	assert_string_equal(best("ben"), "north");
	assert_string_equal(best("be"), "");
}

static void who_is_offline_counts_only_when_all_are(void **state)
{
	(void)state;
	put(&north, "ben", PRESENCE_OFFLINE, 9, "");
	assert_string_equal(best("ben"), "north");
	put(&south, "ben", PRESENCE_FREE, 1, "");
	assert_string_equal(best("ben"), "south");
	put(&south, "ben", PRESENCE_OFFLINE, 1, "");
	assert_string_equal(best("ben"), "north");
	put(&north, "ben", NEWS_GONE, 0, "");
	assert_string_equal(best("ben"), "south");
	put(&south, "ben", NEWS_GONE, 0, "");
	assert_string_equal(best("ben"), "");
}

static void of_equal_ones_the_first_name_is_the_best(void **state)
{
	(void)state;
	put(&south, "ben", PRESENCE_FREE, 5, "");
	put(&north, "ben", PRESENCE_FREE, 5, "");
	assert_string_equal(best("ben"), "north");
	roll_drop(&roll, roll_at(&south, "ben"));
	put(&south, "ben", PRESENCE_FREE, 5, "");
	assert_string_equal(best("ben"), "north");
}

static void a_number_leads_to_its_best_entry(void **state)
{
	(void)state;
	put(&north, "ben", PRESENCE_OFFLINE, 5, "12 +34");
	put(&south, "cleo", PRESENCE_FREE, 1, "12");
	put(&south, "dora", PRESENCE_FREE, 2, "12");
	assert_string_equal(number("+34"), "ben");
	assert_string_equal(number("12"), "dora");
	assert_string_equal(number("1"), "");
	put(&south, "dora", PRESENCE_FREE, 2, "77");
	assert_string_equal(number("12"), "cleo");
	roll_clear(&roll, &south);
	assert_string_equal(number("12"), "ben");
	assert_string_equal(number("77"), "");
}

static void every_order_of_dropping_a_shared_number_is_fine(void **state)
{
	static const char *const ids[] = { "a", "b", "c" };

	(void)state;
	for (unsigned first = 0; first < 3; first++)
		for (unsigned second = 0; second < 3; second++) {
			if (first == second)
				continue;
			for (unsigned i = 0; i < 3; i++)
				put(&north, ids[i], PRESENCE_FREE, 1, "1 1 2");
			roll_drop(&roll, roll_at(&north, ids[first]));
			roll_drop(&roll, roll_at(&north, ids[second]));
			assert_string_equal(number("1"),
					    ids[3 - first - second]);
			roll_clear(&roll, &north);
			assert_string_equal(number("1"), "");
		}
}

static void what_followers_would_see_is_a_change(void **state)
{
	(void)state;
	put(&north, "ben", PRESENCE_FREE, 5, "");
	assert_string_equal(changes(), "ben ");
	put(&north, "ben", PRESENCE_FREE, 5, "");
	put(&north, "ben", PRESENCE_FREE, 6, "");
	assert_string_equal(changes(), "");
	put(&north, "ben", PRESENCE_BUSY, 6, "");
	put(&north, "cleo", PRESENCE_OFFLINE, 0, "");
	assert_string_equal(changes(), "ben cleo ");
	/* Its groups say who may see it. */
	put(&north, "ben", PRESENCE_BUSY, 6, "12");
	assert_string_equal(changes(), "ben ");
	/* Not the best one, and then it is. */
	put(&south, "ben", PRESENCE_FREE, 1, "");
	assert_string_equal(changes(), "");
	put(&south, "ben", PRESENCE_BUSY, 8, "");
	assert_string_equal(changes(), "ben ");
	put(&south, "ben", NEWS_GONE, 0, "");
	put(&south, "ben", NEWS_GONE, 0, "");
	assert_string_equal(changes(), "ben ");
	roll_clear(&roll, &north);
	assert_int_equal(strlen(changes()), strlen("ben!2 cleo!0 "));
}

static void who_is_no_more_is_told_as_it_was_seen(void **state)
{
	char id[ADDRESS_ID_MAX + 1];
	struct news_entry e;

	(void)state;
	put(&north, "ben", PRESENCE_FREE, 5, "");
	put(&north, "cleo", PRESENCE_FREE, 5, "");
	put(&south, "cleo", PRESENCE_FREE, 6, "");
	(void)changes();
	put(&north, "ben", NEWS_GONE, 0, "");
	put(&south, "cleo", NEWS_GONE, 0, "");
	assert_true(roll_changed(&roll, id));
	assert_string_equal(id, "ben");
	roll_read(roll.gone, &e);
	assert_true(span_equal(e.groups, span_of("law")));
	assert_string_equal(changes(), "cleo "); /* she is in the north */
	put(&north, "cleo", NEWS_GONE, 0, "");
	put(&north, "cleo", PRESENCE_BUSY, 7, "");
	assert_string_equal(changes(), "cleo!1 cleo ");
}

static void nobody_is_free_where_no_way_leads(void **state)
{
	struct news_entry e;

	(void)state;
	put(&north, "ana", PRESENCE_OFFLINE, 1, "");
	put(&north, "ben", PRESENCE_FREE, 5, "");
	put(&north, "cleo", PRESENCE_BUSY, 5, "");
	put(&south, "cleo", PRESENCE_FREE, 2, "");
	(void)changes();
	roll_set_away(&roll, &north, true);
	assert_string_equal(changes(), "ben cleo ");
	assert_string_equal(best("cleo"), "south");
	roll_see(roll_best(&roll, "ben"), &e);
	assert_int_equal(e.state, PRESENCE_OFFLINE);
	roll_read(roll_best(&roll, "ben"), &e); /* is not forgotten */
	assert_int_equal(e.state, PRESENCE_FREE);
	put(&north, "ben", PRESENCE_BUSY, 5, "");
	put(&north, "cleo", PRESENCE_OFFLINE, 5, "");
	assert_string_equal(changes(), "");
	roll_set_away(&roll, &north, true); /* twice is as once */
	roll_set_away(&roll, &north, false);
	assert_string_equal(changes(), "ben ");
	/* What is forgotten was offline already. */
	roll_set_away(&roll, &north, true);
	assert_string_equal(changes(), "ben ");
	put(&north, "ana", NEWS_GONE, 0, "");
	put(&north, "cleo", NEWS_GONE, 0, "");
	(void)changes();
	roll_clear(&roll, &north);
	assert_string_equal(changes(), "ben!0 ");
	put(&north, "ben", PRESENCE_FREE, 5, ""); /* it is back */
	assert_int_equal(roll_best(&roll, "ben")->origin->away, false);
}

static void our_own_are_neither_found_nor_a_change(void **state)
{
	(void)state;
	put(&self, "ben", PRESENCE_FREE, 5, "12");
	assert_string_equal(best("ben"), "");
	assert_string_equal(number("12"), "");
	assert_string_equal(changes(), "");
	assert_non_null(roll_at(&self, "ben"));
	roll_drop(&roll, roll_at(&self, "ben"));
	assert_string_equal(changes(), "");
}

static void the_highest_generation_is_that_of_any_state(void **state)
{
	(void)state;
	assert_int_equal(roll_gen(&roll, "ben"), 0);
	put(&north, "ben", PRESENCE_FREE, 5, "");
	put(&south, "ben", PRESENCE_OFFLINE, 8, "");
	assert_int_equal(roll_gen(&roll, "ben"), 8);
}

static void texts_may_grow_and_shrink(void **state)
{
	struct news_entry e;

	(void)state;
	put(&north, "ben", PRESENCE_FREE, 5, "1");
	put(&north, "ben", PRESENCE_FREE, 5, "123456789");
	put(&north, "ben", PRESENCE_FREE, 5, "");
	put(&north, "ben", PRESENCE_FREE, 5, "12 34");
	roll_read(roll_at(&north, "ben"), &e);
	assert_true(span_equal(e.id, span_of("ben")));
	assert_true(span_equal(e.groups, span_of("law")));
	assert_true(span_equal(e.numbers, span_of("12 34")));
	assert_int_equal(e.allowed.len, 0);
	assert_int_equal(north.count, 1);
}

static void a_sweep_leaves_what_was_named(void **state)
{
	const struct news_entry e = { .id = span_of("ben"),
				      .groups = span_of(""),
				      .numbers = span_of(""),
				      .allowed = span_of("") };

	(void)state;
	put(&north, "ana", PRESENCE_FREE, 1, "");
	put(&north, "ben", PRESENCE_FREE, 1, "");
	put(&north, "cleo", PRESENCE_FREE, 1, "");
	roll_put(&roll, &north, &e, 2);
	roll_sweep(&roll, &north, 2);
	assert_int_equal(north.count, 1);
	assert_non_null(roll_at(&north, "ben"));
}

static void they_come_in_order_of_id(void **state)
{
	const struct roll_entry *e;

	(void)state;
	put(&north, "cleo", PRESENCE_FREE, 1, "");
	put(&south, "ben", PRESENCE_FREE, 1, "");
	put(&north, "ben", PRESENCE_FREE, 2, "");
	put(&south, "ana", PRESENCE_FREE, 1, "");
	e = roll_best_after(&roll, "");
	assert_string_equal(e->text, "ana");
	e = roll_best_after(&roll, e->text);
	assert_string_equal(e->text, "ben");
	assert_ptr_equal(e->origin, &north);
	e = roll_best_after(&roll, e->text);
	assert_string_equal(e->text, "cleo");
	assert_null(roll_best_after(&roll, e->text));
	assert_string_equal(roll_at_after(&south, "ana")->text, "ben");
}

static void beyond_the_cap_nothing_is_put_in(void **state)
{
	char id[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		snprintf(id, sizeof(id), "t%u", i);
		put(i % 2 ? &north : &south, id, PRESENCE_FREE, 1, "");
		put(&self, id, PRESENCE_FREE, 1, "");
	}
	assert_int_equal(roll.count, 5);
	assert_int_equal(self.count, 8);
	assert_true(north.cut && south.cut);
	/* What is in may change, and makes room when it goes. */
	put(&north, "t1", PRESENCE_BUSY, 1, "55");
	assert_string_equal(number("55"), "t1");
	put(&north, "t1", NEWS_GONE, 1, "");
	assert_non_null(put(&north, "t7", PRESENCE_BUSY, 1, ""));
	roll_clear(&roll, &north);
	assert_false(north.cut);
}

#define ROLL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROLL_TEST(the_latest_login_is_the_best),
		ROLL_TEST(who_is_offline_counts_only_when_all_are),
		ROLL_TEST(of_equal_ones_the_first_name_is_the_best),
		ROLL_TEST(a_number_leads_to_its_best_entry),
		ROLL_TEST(every_order_of_dropping_a_shared_number_is_fine),
		ROLL_TEST(what_followers_would_see_is_a_change),
		ROLL_TEST(who_is_no_more_is_told_as_it_was_seen),
		ROLL_TEST(nobody_is_free_where_no_way_leads),
		ROLL_TEST(our_own_are_neither_found_nor_a_change),
		ROLL_TEST(the_highest_generation_is_that_of_any_state),
		ROLL_TEST(texts_may_grow_and_shrink),
		ROLL_TEST(a_sweep_leaves_what_was_named),
		ROLL_TEST(they_come_in_order_of_id),
		ROLL_TEST(beyond_the_cap_nothing_is_put_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
