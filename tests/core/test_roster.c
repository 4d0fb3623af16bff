/* SPDX-License-Identifier: Apache-2.0 */
#include "core/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct roster r;
static uint8_t room[MESSAGE_LISTING_MAX];
static struct writer w;
static char said[4096];

static int set_up(void **state)
{
	(void)state;
	roster_init(&r);
	w = writer_over(room, sizeof(room));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	roster_fini(&r);
	return 0;
}

static void add(const char *id, uint8_t state, const char *relay)
{
	message_listing_add(&w, span_of(id), state, span_of(relay));
	assert_true(w.ok);
}

static void list(bool more)
{
	struct message_listing l = { .more = more,
				     .terminals = { room, writer_used(&w) } };

	assert_true(roster_list(&r, &l));
	w = writer_over(room, sizeof(room));
}

static void tell(const char *id, uint8_t state, const char *relay)
{
	const struct message_presence p = { span_of(id), state,
					    span_of(relay) };

	roster_tell(&r, &p);
}

/* What is new, in words. */
static const char *news(void)
{
	const struct roster_entry *e;
	size_t at = 0, used = 0;

	said[0] = '\0';
	while ((e = roster_next(&r, &at)))
		used += (size_t)snprintf(said + used, sizeof(said) - used,
					 "%s=%s%s%s ", e->id,
					 roster_state_name(e->state),
					 *e->relay ? "@" : "", e->relay);
	roster_sweep(&r);
	return said;
}

static void a_list_is_news_once(void **state)
{
	(void)state;
	roster_begin(&r);
	assert_false(r.complete);
	add("ana", PRESENCE_FREE, "");
	list(true);
	assert_false(r.complete);
	add("ben", PRESENCE_OFFLINE, "south");
	list(false);
	assert_true(r.complete);
	assert_string_equal(news(), "ana=free ben=offline@south ");
	assert_string_equal(news(), "");
}

static void a_change_is_told_and_what_is_known_is_not(void **state)
{
	(void)state;
	roster_begin(&r);
	add("ana", PRESENCE_FREE, "");
	add("ben", PRESENCE_FREE, "");
	list(false);
	(void)news();
	tell("ben", PRESENCE_FREE, "");
	assert_string_equal(news(), "");
	tell("ben", PRESENCE_BUSY, "");
	assert_string_equal(news(), "ben=busy ");
	tell("ben", PRESENCE_BUSY, "south");
	assert_string_equal(news(), "ben=busy@south ");
	/* Someone new, between the two; a state of a later version. */
	tell("b", 77, "");
	assert_string_equal(news(), "b=busy ");
	assert_int_equal(r.count, 3);
	assert_string_equal(r.entries[1].id, "b");
}

static void a_list_that_is_asked_for_again_tells_what_changed(void **state)
{
	(void)state;
	roster_begin(&r);
	add("ana", PRESENCE_FREE, "");
	add("ben", PRESENCE_FREE, "");
	add("cleo", PRESENCE_FREE, "");
	list(false);
	(void)news();
	roster_begin(&r);
	add("ana", PRESENCE_FREE, "");
	add("ben", PRESENCE_BUSY, "");
	list(true);
	/* Not yet gone: the list is not over. */
	assert_string_equal(news(), "ben=busy ");
	add("dora", PRESENCE_FREE, "");
	list(false);
	assert_string_equal(news(), "cleo=gone dora=free ");
	assert_int_equal(r.count, 3);
	tell("cleo", PRESENCE_FREE, "");
	assert_string_equal(news(), "cleo=free ");
}

static void news_between_two_pieces_count_as_listed(void **state)
{
	(void)state;
	roster_begin(&r);
	add("ben", PRESENCE_FREE, "");
	list(false);
	(void)news();
	roster_begin(&r);
	list(true);
	tell("ben", PRESENCE_OFFLINE, "");
	list(false);
	assert_string_equal(news(), "ben=offline ");
}

static void a_list_that_was_cut_off_makes_nobody_gone(void **state)
{
	(void)state;
	roster_begin(&r);
	add("ana", PRESENCE_FREE, "");
	add("ben", PRESENCE_FREE, "");
	list(false);
	(void)news();
	roster_begin(&r);
	add("ana", PRESENCE_FREE, "");
	list(true);
	roster_begin(&r); /* the connection was lost: another list */
	add("ana", PRESENCE_BUSY, "");
	add("ben", PRESENCE_FREE, "");
	list(false);
	assert_string_equal(news(), "ana=busy ");
}

static void a_malformed_list_is_found_out(void **state)
{
	const struct message_listing l = {
		.terminals = { (const uint8_t *)"\3\1\1a\1", 5 }
	};

	(void)state;
	roster_begin(&r);
	assert_false(roster_list(&r, &l));
	assert_false(r.complete);
	assert_string_equal(news(), "a=free ");
}

static void there_is_an_end_to_what_is_kept(void **state)
{
	char id[16];

	(void)state;
	roster_begin(&r);
	for (int i = 0; i <= ROSTER_MAX; i++) {
		snprintf(id, sizeof(id), "t%06d", i);
		add(id, PRESENCE_FREE, "");
		list(true);
	}
	assert_true(r.full);
	assert_int_equal(r.count, ROSTER_MAX);
	tell("t000001", PRESENCE_BUSY, "");
	assert_int_equal(r.entries[1].state, PRESENCE_BUSY);
}

static void one_is_found_by_its_id(void **state)
{
	(void)state;
	roster_begin(&r);
	add("ana", PRESENCE_FREE, "");
	add("ben", PRESENCE_OFFLINE, "south");
	list(false);
	assert_string_equal(roster_get(&r, "ben")->relay, "south");
	assert_int_equal(roster_get(&r, "ana")->state, PRESENCE_FREE);
	assert_null(roster_get(&r, "be"));
	assert_null(roster_get(&r, "zoe"));
	assert_null(roster_get(&r, ""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_list_is_news_once),
		TEST(a_change_is_told_and_what_is_known_is_not),
		TEST(a_list_that_is_asked_for_again_tells_what_changed),
		TEST(news_between_two_pieces_count_as_listed),
		TEST(a_list_that_was_cut_off_makes_nobody_gone),
		TEST(a_malformed_list_is_found_out),
		TEST(there_is_an_end_to_what_is_kept),
		TEST(one_is_found_by_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
