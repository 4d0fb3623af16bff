/* SPDX-License-Identifier: Apache-2.0 */
#include "core/supply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mesh.h"

/* The crowd fills a message with some 29 of them. */
enum { FREE = PRESENCE_FREE, BUSY = PRESENCE_BUSY };

static int set_up(void **state)
{
	(void)state;
	mesh_begin(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mesh_end();
	return 0;
}

/* --- snapshots in pieces --- */

static void a_large_snapshot_comes_piece_by_piece(void **state)
{
	(void)state;
	mesh_relay(NULL);
	mesh_relay(NULL);
	mesh_relay(NULL);
	mesh_crowd(0, 0, 1000, FREE);
	mesh_link(0, 1);
	mesh_link(1, 2);
	mesh_must_know();
	assert_true(mesh_knows_crowd(2, 0, 0, 1000, FREE));
	/* 36 pieces of 28, to each of two; and what r01 and r02 have. */
	assert_int_equal(mesh_count(MESSAGE_SNAPSHOT), 72 + 4);
	assert_int_equal(mesh_count(MESSAGE_MORE), 70);
	assert_true(mesh_count(MESSAGE_TOOK) >= 2);
}

/* r01 has some of r00's pieces; the next is under way. */
static void half_a_snapshot(void)
{
	struct message m;

	mesh_relay(NULL);
	mesh_relay(NULL);
	mesh_crowd(0, 0, 300, FREE);
	mesh_link(0, 1);
	while (mesh_count(MESSAGE_SNAPSHOT) < 5)
		assert_true(mesh_step());
	while (!mesh_peek(0, 0, &m))
		assert_true(mesh_deliver(0, 1));
	assert_int_equal(m.type, MESSAGE_SNAPSHOT);
}

static void changes_may_come_between_the_pieces(void **state)
{
	(void)state;
	half_a_snapshot();
	mesh_crowd(0, 0, 10, BUSY);	   /* passed already */
	mesh_crowd(0, 10, 10, NEWS_GONE);  /* the same */
	mesh_crowd(0, 280, 10, BUSY);	   /* to come */
	mesh_crowd(0, 290, 20, NEWS_GONE); /* the same */
	mesh_crowd(0, 1000, 10, FREE);	   /* new, at the end */
	mesh_count_anew();
	mesh_must_know();
	assert_true(mesh_knows_crowd(1, 0, 0, 10, BUSY));
	assert_true(mesh_knows_crowd(1, 0, 10, 10, NEWS_GONE));
	assert_true(mesh_knows_crowd(1, 0, 20, 260, FREE));
	assert_true(mesh_knows_crowd(1, 0, 280, 10, BUSY));
	assert_true(mesh_knows_crowd(1, 0, 290, 10, NEWS_GONE));
	assert_true(mesh_knows_crowd(1, 0, 1000, 10, FREE));
	assert_int_equal(mesh_count(MESSAGE_WANT), 0);
}

static void what_a_second_snapshot_does_not_name_is_dropped(void **state)
{
	(void)state;
	mesh_row(3);
	mesh_crowd(0, 0, 300, FREE);
	mesh_must_know();
	mesh_cut(0);
	/* More than r00 remembers: r01 learns it anew, r02 by it. */
	mesh_crowd(0, 50, 200, NEWS_GONE);
	mesh_crowd(0, 0, 50, BUSY);
	mesh_crowd(0, 250, 50, BUSY);
	mesh_crowd(0, 250, 50, FREE);
	mesh_count_anew();
	mesh_link(0, 1);
	mesh_must_know();
	assert_true(mesh_count(MESSAGE_SNAPSHOT) > 2);
	assert_true(mesh_knows_crowd(2, 0, 0, 50, BUSY));
	assert_true(mesh_knows_crowd(2, 0, 50, 200, NEWS_GONE));
	assert_true(mesh_knows_crowd(2, 0, 250, 50, FREE));
}

static void a_gap_between_the_pieces_begins_anew(void **state)
{
	(void)state;
	half_a_snapshot();
	while (mesh_deliver(0, 0))
		;
	mesh_crowd(0, 0, 1, BUSY);
	mesh_lose(0, 0);
	mesh_crowd(0, 1, 1, BUSY);
	mesh_must_know();
	assert_true(mesh_knows_crowd(1, 0, 0, 2, BUSY));
	assert_true(mesh_knows_crowd(1, 0, 2, 298, FREE));
}

static void
a_piece_that_was_overtaken_is_not_the_first_of_the_next(void **state)
{
	(void)state;
	half_a_snapshot();
	/* NEWS come behind the piece, and one of them is lost: while WANT goes
	 * out, MORE and its piece are still under way. */
	mesh_deliver(0, 0);
	mesh_crowd(0, 0, 1, BUSY);
	mesh_lose(0, 0);
	mesh_crowd(0, 1, 1, BUSY);
	mesh_deliver(0, 1); /* MORE */
	mesh_deliver(0, 0); /* NEWS: WANT */
	mesh_must_know();
	assert_true(mesh_knows_crowd(1, 0, 0, 2, BUSY));
	assert_true(mesh_knows_crowd(1, 0, 2, 298, FREE));
}

static void who_is_not_whole_answers_when_it_is(void **state)
{
	struct directory_relay r;
	struct message m;

	(void)state;
	half_a_snapshot();
	mesh_relay(NULL);
	mesh_link(1, 2);
	while (mesh_deliver(1, 1) || mesh_deliver(1, 2))
		; /* r02 asks r01, and has no answer */
	assert_true(directory_relay(mesh_directory(2), "r00", &r));
	assert_false(r.complete);
	assert_int_equal(r.terminals, 0);
	assert_false(mesh_peek(1, 1, &m));
	mesh_must_know();
	assert_true(mesh_knows_crowd(2, 0, 0, 300, FREE));
}

static void who_is_becoming_whole_again_answers_when_it_is(void **state)
{
	struct message m;

	(void)state;
	mesh_row(3);
	mesh_crowd(0, 0, 300, FREE);
	mesh_must_know();
	mesh_cut(0);
	mesh_cut(1);
	mesh_quiet();
	mesh_crowd(0, 0, 300, BUSY); /* more than r00 remembers */
	mesh_count_anew();
	mesh_link(0, 1); /* 2 */
	while (mesh_count(MESSAGE_SNAPSHOT) < 5)
		assert_true(mesh_step());
	while (!mesh_peek(2, 0, &m))
		assert_true(mesh_deliver(2, 1));
	mesh_link(1, 2); /* 3 */
	while (mesh_deliver(3, 1) || mesh_deliver(3, 2))
		;
	mesh_count_anew();
	mesh_must_know();
	assert_true(mesh_knows_crowd(2, 0, 0, 300, BUSY));
	/* The rest for r01, all of 11 for r02, and no more. */
	assert_true(mesh_count(MESSAGE_SNAPSHOT) < 22);
	/* That of r00 for r02's own. */
	assert_int_equal(mesh_count(MESSAGE_WANT), 1);
}

static void a_snapshot_that_breaks_off_goes_on_the_other_way(void **state)
{
	(void)state;
	half_a_snapshot();
	mesh_relay(NULL);
	mesh_link(0, 2);
	mesh_link(2, 1);
	while (mesh_deliver(1, 0) || mesh_deliver(1, 2) || mesh_deliver(2, 1) ||
	       mesh_deliver(2, 2))
		;
	mesh_crowd(0, 5, 5, BUSY);
	mesh_deliver(0, 0);
	mesh_cut(0);
	mesh_must_know();
	assert_true(mesh_knows_crowd(1, 0, 5, 5, BUSY));
	assert_true(mesh_knows_crowd(1, 0, 10, 290, FREE));
}

/* --- flow control --- */

/* Octets of entries under way from r00 to r01. */
static size_t under_way(void)
{
	struct message m;
	size_t octets = 0;

	while (mesh_peek(0, 0, &m)) {
		if (m.type == MESSAGE_NEWS)
			octets += m.news.entries.len;
		mesh_lose(0, 0);
	}
	return octets;
}

static void no_more_is_under_way_than_the_window(void **state)
{
	size_t octets;

	(void)state;
	mesh_row(2);
	mesh_must_know();
	mesh_crowd(0, 0, 1000, FREE);
	octets = under_way();
	assert_true(octets <= SUPPLY_WINDOW &&
		    octets > SUPPLY_WINDOW - MESSAGE_ENTRIES_MAX);
}

static void what_there_was_no_room_for_comes_later(void **state)
{
	(void)state;
	mesh_row(3);
	mesh_must_know();
	mesh_crowd(0, 0, 1000, FREE);
	mesh_crowd(0, 900, 50, NEWS_GONE);
	mesh_must_know();
	assert_true(mesh_knows_crowd(2, 0, 0, 900, FREE));
	assert_true(mesh_knows_crowd(2, 0, 900, 50, NEWS_GONE));
	assert_true(mesh_knows_crowd(2, 0, 950, 50, FREE));
	mesh_count_anew();
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_NEWS), 2);
}

static void a_piece_waits_for_room(void **state)
{
	(void)state;
	mesh_relay(NULL);
	mesh_relay(NULL);
	mesh_crowd(0, 0, 600, FREE);
	mesh_link(0, 1);
	while (mesh_count(MESSAGE_WANT) < 2)
		assert_true(mesh_step());
	mesh_crowd(0, 1000, 460, FREE); /* all the room is taken */
	mesh_must_know();
	assert_true(mesh_knows_crowd(1, 0, 0, 600, FREE));
	assert_true(mesh_knows_crowd(1, 0, 1000, 460, FREE));
}

static void no_gap_is_told_before_the_answer(void **state)
{
	struct message m, took = { .type = MESSAGE_TOOK };

	(void)state;
	mesh_row(2);
	mesh_relay(NULL);
	mesh_crowd(2, 0, 100, FREE);
	mesh_must_know();
	mesh_crowd(0, 0, 1000, FREE); /* the window to r01 is full */
	mesh_link(0, 2);
	while (mesh_deliver(1, 0) || mesh_deliver(1, 2))
		;
	while (mesh_deliver(0, 0))
		;
	/* r01 wants r02's, and what it says it took is lost. */
	while (mesh_peek(0, 1, &m))
		if (m.type == MESSAGE_TOOK) {
			took = m;
			mesh_lose(0, 1);
		} else {
			mesh_deliver(0, 1);
		}
	mesh_crowd(2, 0, 100, BUSY); /* for this there is no room either */
	while (mesh_deliver(1, 2))
		;
	mesh_say(0, 1, &took);
	mesh_must_know();
	assert_true(mesh_knows_crowd(1, 2, 0, 100, BUSY));
}

#define SUPPLY_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SUPPLY_TEST(a_large_snapshot_comes_piece_by_piece),
		SUPPLY_TEST(changes_may_come_between_the_pieces),
		SUPPLY_TEST(what_a_second_snapshot_does_not_name_is_dropped),
		SUPPLY_TEST(a_gap_between_the_pieces_begins_anew),
		SUPPLY_TEST(
			a_piece_that_was_overtaken_is_not_the_first_of_the_next),
		SUPPLY_TEST(who_is_not_whole_answers_when_it_is),
		SUPPLY_TEST(who_is_becoming_whole_again_answers_when_it_is),
		SUPPLY_TEST(a_snapshot_that_breaks_off_goes_on_the_other_way),
		SUPPLY_TEST(no_more_is_under_way_than_the_window),
		SUPPLY_TEST(what_there_was_no_room_for_comes_later),
		SUPPLY_TEST(a_piece_waits_for_room),
		SUPPLY_TEST(no_gap_is_told_before_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
