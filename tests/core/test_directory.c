/* SPDX-License-Identifier: Apache-2.0 */
#include "core/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mesh.h"

enum { FREE = PRESENCE_FREE, BUSY = PRESENCE_BUSY, OFF = PRESENCE_OFFLINE };

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

/* "relay state", or "-". */
static const char *where(unsigned at, const char *id)
{
	static char text[40];
	struct directory_found f;

	if (!directory_find(mesh_directory(at), id, &f))
		return "-";
	snprintf(text, sizeof(text), "%s %u", f.relay, f.entry.state);
	return text;
}

/* --- news --- */

static void a_snapshot_comes_first_and_then_each_change(void **state)
{
	(void)state;
	mesh_relay(NULL);
	mesh_relay(NULL);
	mesh_tell(0, 0, FREE, 1);
	mesh_tell(0, 1, OFF, 0);
	mesh_link(0, 1);
	mesh_must_know();
	assert_string_equal(where(1, "t00"), "r00 1");
	assert_string_equal(where(1, "t01"), "r00 0");
	mesh_count_anew();
	mesh_tell(0, 0, BUSY, 1);
	mesh_forget(0, 1);
	mesh_tell(0, 2, FREE, 3);
	mesh_must_know();
	assert_string_equal(where(1, "t00"), "r00 2");
	assert_string_equal(where(1, "t01"), "-");
	assert_int_equal(mesh_count(MESSAGE_NEWS), 3);
	assert_int_equal(mesh_count(MESSAGE_SNAPSHOT), 0);
}

static void in_a_row_of_five_each_change_passes_each_link_once(void **state)
{
	(void)state;
	mesh_row(5);
	mesh_must_know();
	mesh_count_anew();
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_NEWS), 4);
	assert_string_equal(where(4, "t00"), "r00 1");
	mesh_tell(2, 1, FREE, 1);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_NEWS), 8);
}

static void in_a_ring_each_change_reaches_each_relay_once(void **state)
{
	(void)state;
	mesh_row(6);
	mesh_link(5, 0);
	mesh_link(1, 4);
	mesh_must_know();
	mesh_count_anew();
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_NEWS), 5);
}

static void changes_leave_together_when_they_are_flushed(void **state)
{
	(void)state;
	mesh_row(2);
	mesh_must_know();
	mesh_count_anew();
	for (unsigned id = 0; id < 20; id++)
		mesh_tell_later(0, id, FREE, 1);
	mesh_tell_later(0, 5, BUSY, 1);
	mesh_forget_later(0, 6);
	assert_false(mesh_step());
	mesh_flush(0);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_NEWS), 1);
	mesh_flush(0);
	assert_false(mesh_step());
}

static void what_is_told_already_is_not_told_again(void **state)
{
	(void)state;
	mesh_row(2);
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	mesh_count_anew();
	mesh_tell(0, 0, FREE, 1);
	/* There and back between two flushes. */
	mesh_tell_later(0, 0, BUSY, 1);
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_NEWS), 0);
	mesh_tell(0, 0, FREE, 2);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_NEWS), 1);
}

static void gone_and_back_between_flushes_is_told_as_it_is(void **state)
{
	(void)state;
	mesh_row(2);
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	mesh_forget_later(0, 0);
	mesh_tell_later(0, 0, BUSY, 2);
	mesh_forget_later(0, 1);
	mesh_tell_later(0, 1, FREE, 2);
	mesh_forget_later(0, 1);
	mesh_flush(0);
	mesh_must_know();
	assert_string_equal(where(1, "t00"), "r00 2");
	assert_string_equal(where(1, "t01"), "-");
}

static void many_changes_take_as_few_messages_as_hold_them(void **state)
{
	(void)state;
	mesh_row(2);
	mesh_must_know();
	mesh_count_anew();
	mesh_crowd(0, 0, 260, FREE);
	mesh_quiet();
	assert_true(mesh_knows_crowd(1, 0, 0, 260, FREE));
	/* Of 556 octets each; the last room is left for the largest. */
	assert_int_equal(mesh_count(MESSAGE_NEWS), 10);
}

static void what_no_entry_may_hold_is_not_told(void **state)
{
	struct news_entry e = { .id = span_of("ben"),
				.groups = span_of("law\n"),
				.numbers = span_of(""),
				.allowed = span_of("") };
	struct effects out;

	(void)state;
	mesh_row(1);
	effects_init(&out);
	assert_false(directory_tell(mesh_directory(0), &e, &out));
	e.groups = span_of("law");
	e.state = NEWS_GONE;
	assert_false(directory_tell(mesh_directory(0), &e, &out));
	e.state = PRESENCE_FREE;
	assert_true(directory_tell(mesh_directory(0), &e, &out));
	effects_fini(&out);
}

static void a_gap_is_closed(void **state)
{
	(void)state;
	mesh_row(3);
	mesh_must_know();
	mesh_tell(0, 0, FREE, 1);
	mesh_lose(0, 0);
	mesh_quiet();
	assert_string_equal(where(1, "t00"), "-");
	mesh_tell(0, 1, FREE, 1);
	mesh_must_know();
	assert_string_equal(where(1, "t00"), "r00 1");
	assert_string_equal(where(2, "t00"), "r00 1");
}

static void a_restarted_relay_is_known_anew(void **state)
{
	(void)state;
	mesh_row(3);
	mesh_tell(0, 0, FREE, 7);
	mesh_tell(0, 1, FREE, 7);
	mesh_must_know();
	mesh_restart(0, 0);
	mesh_forget(0, 1);
	mesh_link(0, 1);
	mesh_must_know();
	assert_string_equal(where(2, "t00"), "r00 0");
	assert_string_equal(where(2, "t01"), "-");
}

static void
the_epochs_change_is_noticed_though_a_way_was_always_left(void **state)
{
	unsigned links[2];

	(void)state;
	mesh_row(3);
	mesh_link(2, 0);
	mesh_tell(0, 0, FREE, 7);
	mesh_must_know();
	/* r02 hears of it by r01 before it notices its own loss. */
	mesh_restart(0, 0);
	links[0] = mesh_link(0, 1);
	links[1] = mesh_link(0, 2);
	mesh_must_know();
	assert_true(mesh_linked(links[0]) && mesh_linked(links[1]));
	assert_string_equal(where(2, "t00"), "r00 0");
}

static void a_clock_that_was_set_back_does_no_lasting_harm(void **state)
{
	(void)state;
	mesh_row(4);
	mesh_link(3, 0);
	mesh_tell(0, 0, FREE, 7);
	mesh_must_know();
	mesh_restart(0, 5); /* the first ones are above 1000 */
	mesh_link(0, 1);
	mesh_must_know();
	mesh_link(3, 0);
	mesh_must_know();
	mesh_tell(0, 0, BUSY, 9);
	mesh_must_know();
}

/* --- ways --- */

static void a_ring_that_is_cut_loses_nothing(void **state)
{
	(void)state;
	mesh_row(5);
	mesh_link(4, 0);
	for (unsigned id = 0; id < 10; id++)
		mesh_tell(id % 5, id, FREE, 1);
	mesh_must_know();
	for (unsigned i = 0; i < 5; i++)
		mesh_changes(i);
	mesh_cut(2);
	mesh_count_anew();
	/* Some of it happens while the news of the cut is under way. */
	mesh_tell(3, 3, BUSY, 1);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_SNAPSHOT), 0);
	/* Those at the cut lose sight of each other's two for a moment: who
	 * tells them of the way round has to wait, too. */
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(mesh_changes(i), i == 2 || i == 3 ? 4 : 1);
}

static void news_that_are_behind_never_win(void **state)
{
	(void)state;
	/* r00's news come to r03 by r01, whose name is the first, or r02. */
	for (unsigned i = 0; i < 4; i++)
		mesh_relay(NULL);
	mesh_link(0, 1);
	mesh_link(0, 2);
	mesh_link(1, 3);
	mesh_link(2, 3);
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	mesh_tell(0, 0, BUSY, 1); /* stays under way to r02 */
	mesh_tell(0, 1, FREE, 1);
	while (mesh_deliver(0, 0) || mesh_deliver(2, 1))
		;
	assert_string_equal(where(3, "t00"), "r00 2");
	mesh_changes(3);
	mesh_cut(2);
	/* r03 asks r02, which is behind. */
	while (mesh_deliver(3, 3) || mesh_deliver(3, 2))
		;
	assert_string_equal(where(2, "t00"), "r00 1");
	assert_string_equal(where(3, "t00"), "r00 2");
	assert_string_equal(where(3, "t01"), "r00 1");
	mesh_tell(0, 2, FREE, 1);
	mesh_must_know();
	assert_int_equal(mesh_changes(3), 1); /* t02 */
}

static void a_link_that_comes_back_costs_what_was_missed(void **state)
{
	unsigned link = 0;

	(void)state;
	mesh_row(3);
	mesh_crowd(0, 0, 300, FREE);
	mesh_must_know();
	mesh_changes(2);
	for (unsigned i = 0; i < 5; i++) {
		mesh_cut(link);
		mesh_tell(0, i, FREE, 1);
		mesh_quiet();
		mesh_tick(2);
		mesh_count_anew();
		link = mesh_link(0, 1);
		mesh_quiet();
		assert_int_equal(mesh_count(MESSAGE_SNAPSHOT), 0);
		/* All have been out of reach; the new one perhaps, too. */
		assert_in_range(mesh_changes(2), 2 * (300 + i) + 1,
				2 * (300 + i) + 2);
	}
	mesh_must_know();
}

static void too_much_missed_takes_a_snapshot(void **state)
{
	(void)state;
	mesh_row(2);
	mesh_crowd(0, 0, 300, FREE);
	mesh_must_know();
	mesh_cut(0);
	mesh_crowd(0, 0, 300, BUSY);
	mesh_count_anew();
	mesh_link(0, 1);
	mesh_must_know();
	assert_true(mesh_knows_crowd(1, 0, 0, 300, BUSY));
	assert_true(mesh_count(MESSAGE_SNAPSHOT) > 10);
}

static void without_a_way_its_terminals_are_forgotten(void **state)
{
	struct directory_found f;

	(void)state;
	mesh_row(3);
	mesh_tell(0, 0, FREE, 1);
	mesh_tell(0, 1, BUSY, 1);
	mesh_tell(1, 0, OFF, 0);
	mesh_must_know();
	mesh_changes(2);
	mesh_cut(0);
	mesh_quiet();
	mesh_tick(2);
	/* Not at once: it may come back. But who is there cannot be reached. */
	assert_int_equal(mesh_changes(2), 2);
	assert_string_equal(where(2, "t00"), "r00 0");
	assert_true(directory_find(mesh_directory(2), "t00", &f));
	assert_int_equal(f.hop, 0);
	mesh_must_know();
	assert_string_equal(where(2, "t00"), "r01 0");
	assert_string_equal(where(2, "t01"), "-");
	assert_int_equal(mesh_changes(2), 2);
	/* That it was there is known for a day. */
	assert_true(directory_misses(mesh_directory(2)));
	for (unsigned i = 4; i < 24 * 360; i++)
		mesh_tick(2);
	assert_true(directory_misses(mesh_directory(2)));
	mesh_tick(2);
	assert_false(directory_misses(mesh_directory(2)));
	mesh_link(0, 1);
	mesh_must_know();
	assert_string_equal(where(2, "t01"), "r00 2");
	assert_false(directory_misses(mesh_directory(2)));
}

/* A path of an older life of the origin is all there is, for a while: what we
 * have is whole again when a path of its life comes, and who waits for it is
 * answered. */
static void who_waited_while_a_path_was_stale_is_answered(void **state)
{
	static const struct message stale = {
		.type = MESSAGE_ROUTE,
		.route = { { (const uint8_t *)"r00", 3 },
			   1,
			   { (const uint8_t *)"\3r03\3r00", 8 },
			   { NULL, 0 } }
	};
	unsigned link;

	(void)state;
	mesh_row(3);
	mesh_relay(NULL);
	link = mesh_link(1, 3);
	mesh_tell(0, 0, FREE, 1);
	mesh_must_know();
	mesh_say(link, 3, &stale);
	mesh_quiet();
	mesh_cut(0);
	mesh_quiet();
	mesh_tell(0, 0, BUSY, 1);
	mesh_link(0, 1);
	mesh_must_know();
}

static void a_terminal_is_where_it_logged_in_last(void **state)
{
	struct directory_found f;
	uint64_t gen;

	(void)state;
	mesh_row(4);
	mesh_login(0, 0);
	mesh_must_know();
	assert_string_equal(where(3, "t00"), "r00 1");
	/* Its old relay has not noticed yet that it is gone. */
	mesh_login(2, 0);
	mesh_must_know();
	assert_string_equal(where(3, "t00"), "r02 1");
	assert_string_equal(where(1, "t00"), "r02 1");
	assert_string_equal(where(0, "t00"), "r02 1");
	assert_true(directory_find(mesh_directory(3), "t00", &f));
	gen = f.entry.gen;
	mesh_tell(0, 0, OFF, 1);
	mesh_must_know();
	assert_string_equal(where(3, "t00"), "r02 1");
	mesh_tell(2, 0, OFF, gen);
	mesh_login(0, 0);
	mesh_must_know();
	assert_string_equal(where(3, "t00"), "r00 1");
	assert_true(directory_find(mesh_directory(3), "t00", &f));
	assert_true(f.entry.gen > gen);
}

static void a_generation_is_the_clocks_or_beyond_the_last(void **state)
{
	(void)state;
	mesh_row(2);
	assert_int_equal(directory_gen(mesh_directory(0), "t00", 500), 500);
	mesh_tell(1, 0, FREE, 900);
	mesh_must_know();
	assert_int_equal(directory_gen(mesh_directory(0), "t00", 500), 901);
	assert_int_equal(directory_gen(mesh_directory(0), "t00", 901), 901);
	assert_int_equal(directory_gen(mesh_directory(0), "t00", 902), 902);
	mesh_tell(0, 0, FREE, 950);
	assert_int_equal(directory_gen(mesh_directory(0), "t00", 500), 951);
	mesh_tell(1, 0, FREE, UINT64_MAX);
	mesh_must_know();
	assert_true(directory_gen(mesh_directory(0), "t00", 5) == UINT64_MAX);
}

static void all_terminals_come_in_order_each_once(void **state)
{
	struct directory_found f = { .relay = NULL };
	char id[ADDRESS_ID_MAX + 1] = "";
	unsigned count = 0;

	(void)state;
	mesh_row(3);
	for (unsigned i = 0; i < 20; i++)
		mesh_tell(i % 3, i, FREE, 1);
	mesh_tell(2, 0, FREE, 2);
	mesh_must_know();
	while (directory_find_after(mesh_directory(1), id, &f)) {
		assert_true(strcmp((const char *)f.entry.id.at, id) > 0);
		memcpy(id, f.entry.id.at, f.entry.id.len + 1);
		count++;
	}
	/* All but our own, of which one is elsewhere too. */
	assert_int_equal(count, 20 - 7);
	assert_true(directory_find_number(mesh_directory(1), "81", &f));
	assert_string_equal((const char *)f.entry.id.at, "t00");
	assert_false(directory_find_number(mesh_directory(1), "82", &f));
	assert_true(directory_find_at(mesh_directory(1), "r01", "t01", &f));
	assert_false(directory_find_at(mesh_directory(1), "r09", "t01", &f));
}

/* --- who does not behave --- */

/* Whether r01's message closes the link to r00, which knows of far by it. */
static bool closes(const struct message *m)
{
	static const struct message route = {
		.type = MESSAGE_ROUTE,
		.route = { { (const uint8_t *)"far", 3 },
			   9,
			   { (const uint8_t *)"\3r01\3far", 8 },
			   { NULL, 0 } }
	};

	mesh_end();
	mesh_begin(1);
	mesh_row(2);
	mesh_quiet();
	mesh_say(0, 1, &route);
	mesh_quiet();
	assert_int_equal(mesh_violations(), 0);
	mesh_say(0, 1, m);
	mesh_quiet();
	return mesh_violations() > 0;
}

static bool news_close(const char *origin, uint64_t epoch, uint64_t number,
		       const char *entries)
{
	return closes(&(struct message){
		.type = MESSAGE_NEWS,
		.news = { span_of(origin), epoch, number, span_of(entries) } });
}

static bool snapshot_closes(const char *origin, const char *entries,
			    uint8_t last, const char *after)
{
	return closes(&(struct message){ .type = MESSAGE_SNAPSHOT,
					 .snapshot = { span_of(origin), 9, 3,
						       span_of(entries), last,
						       span_of(after) } });
}

static void news_of_what_was_not_announced_close_the_link(void **state)
{
	(void)state;
	assert_false(news_close("far", 9, 0, ""));
	assert_true(news_close("fur", 9, 0, ""));
	assert_true(news_close("r00", 9, 0, "")); /* ourselves */
	assert_true(snapshot_closes("fur", "", 1, ""));
}

static void news_that_are_not_next_are_ignored_or_asked_for(void **state)
{
	(void)state;
	assert_false(news_close("far", 8, 1, ""));
	assert_false(news_close("far", 10, 1, ""));
	assert_false(news_close("far", 9, UINT64_MAX, ""));
}

static void malformed_entries_close_the_link(void **state)
{
	(void)state;
	assert_true(news_close("far", 9, 1, "x"));
	assert_true(news_close("far", 7, 1, "x")); /* ignored or not */
	assert_true(snapshot_closes("far", "x", 1, ""));
	assert_false(snapshot_closes("far", "", 1, ""));
}

static void a_snapshot_that_would_never_end_closes_the_link(void **state)
{
	(void)state;
	assert_true(snapshot_closes("far", "", 0, ""));
	assert_false(snapshot_closes("far", "", 0, "a")); /* nobody asked */
}

/* r01 says a piece of far's, behind what it said before; the entries are of
 * these IDs, a letter each. */
static void say_piece(uint64_t number, const char *ids, uint8_t state,
		      bool last, const char *after)
{
	uint8_t bytes[MESSAGE_ENTRIES_MAX];
	struct writer w = writer_over(bytes, sizeof(bytes));

	for (; *ids; ids++)
		news_add(&w, &(struct news_entry){
				     .id = { (const uint8_t *)ids, 1 },
				     .state = state,
				     .groups = span_of(""),
				     .numbers = span_of(""),
				     .allowed = span_of("") });
	assert_true(w.ok);
	mesh_say(0, 1,
		 &(struct message){ .type = MESSAGE_SNAPSHOT,
				    .snapshot = { span_of("far"),
						  9,
						  number,
						  { bytes, writer_used(&w) },
						  last,
						  span_of(after) } });
	while (mesh_deliver(0, 1))
		;
}

static bool is_complete(const char *name)
{
	struct directory_relay r;

	return directory_relay(mesh_directory(0), name, &r) && r.complete;
}

static void a_piece_that_nobody_asked_for_is_ignored(void **state)
{
	(void)state;
	assert_false(news_close("far", 9, 0, ""));
	say_piece(3, "ac", FREE, false, "");
	say_piece(3, "z", FREE, true, "b");
	assert_false(is_complete("far"));
	assert_string_equal(where(0, "z"), "-");
	say_piece(3, "z", FREE, true, "c");
	assert_true(is_complete("far"));
	assert_string_equal(where(0, "z"), "far 1");
	say_piece(3, "x", FREE, true, "c");
	assert_string_equal(where(0, "x"), "-");
}

static void a_piece_of_other_numbers_is_not_the_next(void **state)
{
	struct message m;

	(void)state;
	assert_false(news_close("far", 9, 0, ""));
	say_piece(3, "ac", FREE, false, "");
	say_piece(4, "z", FREE, true, "c");
	assert_false(is_complete("far"));
	while (mesh_peek(0, 0, &m) && m.type != MESSAGE_WANT)
		mesh_lose(0, 0);
	assert_true(mesh_peek(0, 0, &m)); /* it asks anew */
	say_piece(4, "acz", FREE, true, "");
	assert_true(is_complete("far"));
}

static void an_older_snapshot_is_not_applied(void **state)
{
	(void)state;
	assert_false(news_close("far", 9, 0, ""));
	say_piece(5, "a", BUSY, true, "");
	assert_string_equal(where(0, "a"), "far 2");
	say_piece(4, "ab", FREE, true, "");
	assert_string_equal(where(0, "a"), "far 2");
	assert_string_equal(where(0, "b"), "-");
	say_piece(6, "b", FREE, true, "");
	assert_string_equal(where(0, "a"), "-");
	assert_string_equal(where(0, "b"), "far 1");
}

static void more_taken_than_given_closes_the_link(void **state)
{
	(void)state;
	assert_false(closes(&(struct message){ .type = MESSAGE_TOOK }));
	assert_true(closes(
		&(struct message){ .type = MESSAGE_TOOK, .took = { 1 } }));
	assert_true(closes(&(struct message){ .type = MESSAGE_TOOK,
					      .took = { UINT64_MAX } }));
}

static void wishes_for_what_is_unknown_are_ignored(void **state)
{
	static const enum message_type types[] = { MESSAGE_UNWANT,
						   MESSAGE_MORE };

	(void)state;
	assert_false(closes(&(struct message){
		.type = MESSAGE_WANT, .want = { span_of("fur"), 1, 1 } }));
	/* It leads through r01 itself. */
	assert_false(closes(&(struct message){
		.type = MESSAGE_WANT, .want = { span_of("far"), 1, 1 } }));
	assert_false(closes(&(struct message){
		.type = MESSAGE_WANT, .want = { span_of("r00"), 1, 1 } }));
	for (size_t i = 0; i < 2; i++) {
		assert_false(closes(&(struct message){
			.type = types[i],
			.more = { span_of("r00"), span_of("a") } }));
		assert_false(closes(&(struct message){
			.type = types[i],
			.more = { span_of("fur"), span_of("a") } }));
	}
}

/* What r00 makes of this as the first word on a new link, whose relay it
 * expects to be r01. */
static enum directory_result first_word(const struct message *m,
					const char *expected)
{
	struct effects out;
	enum directory_result result;

	effects_init(&out);
	directory_link_up(mesh_directory(0), 77, expected, &out);
	result = directory_message(mesh_directory(0), 77, m, &out);
	directory_link_down(mesh_directory(0), 77, &out);
	effects_fini(&out);
	return result;
}

static enum directory_result link_as(const char *name, uint64_t epoch,
				     const char *expected)
{
	return first_word(&(struct message){ .type = MESSAGE_LINK,
					     .link = { span_of(name), epoch } },
			  expected);
}

static void a_link_begins_with_the_name_that_is_expected(void **state)
{
	static const enum message_type types[] = {
		MESSAGE_ROUTE,	  MESSAGE_WANT, MESSAGE_UNWANT, MESSAGE_NEWS,
		MESSAGE_SNAPSHOT, MESSAGE_MORE, MESSAGE_TOOK
	};

	(void)state;
	mesh_row(1);
	assert_int_equal(link_as("r01", 1, "r01"), DIRECTORY_DONE);
	assert_int_equal(link_as("r01", 1, NULL), DIRECTORY_DONE);
	assert_int_equal(link_as("r02", 1, "r01"), DIRECTORY_VIOLATION);
	assert_int_equal(link_as("r00", 1, NULL), DIRECTORY_VIOLATION);
	assert_int_equal(link_as("r01", 0, NULL), DIRECTORY_VIOLATION);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct message m = { .type = types[i] };

		assert_int_equal(first_word(&m, NULL), DIRECTORY_VIOLATION);
	}
}

static void a_second_link_word_closes_the_link(void **state)
{
	(void)state;
	assert_true(closes(&(struct message){
		.type = MESSAGE_LINK, .link = { span_of("r01"), 1001 } }));
}

static void other_messages_are_for_somebody_else(void **state)
{
	(void)state;
	mesh_row(1);
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		const struct message m = { .type = (enum message_type)type };

		if (type < MESSAGE_LINK || type > MESSAGE_TOOK)
			assert_int_equal(first_word(&m, NULL),
					 DIRECTORY_NOT_MINE);
	}
}

static void beyond_the_cap_no_terminal_is_known(void **state)
{
	static const struct directory_limits few = { .relays = 9,
						     .terminals = 100 };
	struct directory_relay r;

	(void)state;
	mesh_relay(NULL);
	mesh_relay(&few);
	mesh_relay(NULL);
	mesh_link(0, 1);
	mesh_link(1, 2);
	mesh_crowd(0, 0, 150, FREE);
	mesh_quiet();
	assert_int_equal(mesh_violations(), 0);
	assert_true(directory_relay(mesh_directory(1), "r00", &r));
	assert_int_equal(r.terminals, 100);
	assert_false(r.complete);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	directory_free(NULL);
}

#define DIRECTORY_TEST(name)                                                   \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(a_snapshot_comes_first_and_then_each_change),
		DIRECTORY_TEST(
			in_a_row_of_five_each_change_passes_each_link_once),
		DIRECTORY_TEST(in_a_ring_each_change_reaches_each_relay_once),
		DIRECTORY_TEST(changes_leave_together_when_they_are_flushed),
		DIRECTORY_TEST(what_is_told_already_is_not_told_again),
		DIRECTORY_TEST(gone_and_back_between_flushes_is_told_as_it_is),
		DIRECTORY_TEST(many_changes_take_as_few_messages_as_hold_them),
		DIRECTORY_TEST(what_no_entry_may_hold_is_not_told),
		DIRECTORY_TEST(a_gap_is_closed),
		DIRECTORY_TEST(a_restarted_relay_is_known_anew),
		DIRECTORY_TEST(
			the_epochs_change_is_noticed_though_a_way_was_always_left),
		DIRECTORY_TEST(a_clock_that_was_set_back_does_no_lasting_harm),
		DIRECTORY_TEST(a_ring_that_is_cut_loses_nothing),
		DIRECTORY_TEST(news_that_are_behind_never_win),
		DIRECTORY_TEST(a_link_that_comes_back_costs_what_was_missed),
		DIRECTORY_TEST(too_much_missed_takes_a_snapshot),
		DIRECTORY_TEST(without_a_way_its_terminals_are_forgotten),
		DIRECTORY_TEST(who_waited_while_a_path_was_stale_is_answered),
		DIRECTORY_TEST(a_terminal_is_where_it_logged_in_last),
		DIRECTORY_TEST(a_generation_is_the_clocks_or_beyond_the_last),
		DIRECTORY_TEST(all_terminals_come_in_order_each_once),
		DIRECTORY_TEST(news_of_what_was_not_announced_close_the_link),
		DIRECTORY_TEST(news_that_are_not_next_are_ignored_or_asked_for),
		DIRECTORY_TEST(malformed_entries_close_the_link),
		DIRECTORY_TEST(a_snapshot_that_would_never_end_closes_the_link),
		DIRECTORY_TEST(a_piece_that_nobody_asked_for_is_ignored),
		DIRECTORY_TEST(a_piece_of_other_numbers_is_not_the_next),
		DIRECTORY_TEST(an_older_snapshot_is_not_applied),
		DIRECTORY_TEST(more_taken_than_given_closes_the_link),
		DIRECTORY_TEST(wishes_for_what_is_unknown_are_ignored),
		DIRECTORY_TEST(a_link_begins_with_the_name_that_is_expected),
		DIRECTORY_TEST(a_second_link_word_closes_the_link),
		DIRECTORY_TEST(other_messages_are_for_somebody_else),
		DIRECTORY_TEST(beyond_the_cap_no_terminal_is_known),
		DIRECTORY_TEST(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
