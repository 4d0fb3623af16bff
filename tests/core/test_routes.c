/* SPDX-License-Identifier: Apache-2.0 */
#include "core/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mesh.h"

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

/* "distance via", or "-" when there is no way. */
static const char *way(unsigned from, unsigned to)
{
	static char text[40];
	struct directory_relay r;

	if (!directory_relay(mesh_directory(from), mesh_name(to), &r))
		return "-";
	snprintf(text, sizeof(text), "%u %s", r.distance, r.via);
	return text;
}

static void a_row_of_five_knows_its_ways(void **state)
{
	(void)state;
	mesh_row(5);
	mesh_must_know();
	assert_string_equal(way(0, 4), "4 r01");
	assert_string_equal(way(4, 1), "3 r03");
	assert_int_equal(directory_next_hop(mesh_directory(2), "r04"),
			 mesh_conn(2, 2));
	assert_int_equal(directory_next_hop(mesh_directory(2), "r02"), 0);
	assert_int_equal(directory_next_hop(mesh_directory(2), "nobody"), 0);
}

static void the_shorter_way_is_taken_then_the_first_name(void **state)
{
	unsigned link;

	(void)state;
	mesh_row(4);
	mesh_must_know();
	link = mesh_link(0, 3);
	mesh_must_know();
	assert_string_equal(way(0, 3), "1 r03");
	/* By r01 and by r03 it is equally far. */
	assert_string_equal(way(0, 2), "2 r01");
	assert_string_equal(way(2, 0), "2 r01");
	mesh_cut(link);
	mesh_must_know();
	assert_string_equal(way(0, 3), "3 r01");
}

static void eight_names_are_a_way_and_nine_are_none(void **state)
{
	(void)state;
	mesh_row(10);
	mesh_must_know();
	assert_string_equal(way(0, 8), "8 r01");
	assert_string_equal(way(0, 9), "-");
	assert_string_equal(way(9, 1), "8 r08");
}

static void nothing_is_told_back_to_whom_it_leads_through(void **state)
{
	(void)state;
	mesh_row(3);
	mesh_must_know();
	/* Each of three tells: itself to each neighbour (4), and the middle
	 * each end to the other (2). */
	assert_int_equal(mesh_count(MESSAGE_ROUTE), 6);
}

static void a_way_is_withdrawn_when_it_breaks(void **state)
{
	(void)state;
	mesh_row(4);
	mesh_must_know();
	mesh_cut(2);
	mesh_must_know();
	assert_string_equal(way(0, 3), "-");
	assert_string_equal(way(3, 0), "-");
	assert_string_equal(way(0, 2), "2 r01");
}

static void two_links_to_one_neighbour_are_as_one(void **state)
{
	struct directory_relay r;
	unsigned second;

	(void)state;
	mesh_row(3);
	mesh_tell(2, 0, PRESENCE_FREE, 1);
	mesh_must_know();
	mesh_count_anew();
	second = mesh_link(1, 0);
	mesh_must_know();
	assert_int_equal(mesh_count(MESSAGE_WANT), 0);
	assert_true(directory_relay(mesh_directory(0), "r02", &r));
	assert_int_equal(r.hop, mesh_conn(0, 0));
	/* The older one goes. */
	mesh_cut(0);
	mesh_must_know();
	assert_true(directory_relay(mesh_directory(0), "r02", &r));
	assert_int_equal(r.hop, mesh_conn(second, 0));
	/* And back, and the newer one goes. */
	mesh_link(0, 1);
	mesh_must_know();
	assert_true(directory_relay(mesh_directory(0), "r02", &r));
	assert_int_equal(r.hop, mesh_conn(second, 0));
	mesh_cut(second);
	mesh_must_know();
}

static void the_newer_epoch_is_taken_even_when_it_is_further(void **state)
{
	struct directory_relay r;

	(void)state;
	mesh_row(3);
	mesh_link(2, 0);
	mesh_must_know();
	assert_string_equal(way(0, 2), "1 r02");
	/* r01 says that it reaches a later r02, which r00 hears first. */
	mesh_say(0, 1,
		 &(struct message){
			 .type = MESSAGE_ROUTE,
			 .route = { span_of("r02"),
				    5000,
				    { (const uint8_t *)"\3r01\3r02", 8 },
				    { NULL, 0 } } });
	mesh_deliver(0, 1);
	assert_string_equal(way(0, 2), "2 r01");
	assert_true(directory_relay(mesh_directory(0), "r02", &r));
	assert_int_equal(r.epoch, 5000);
	assert_false(r.complete);
}

static void relays_are_iterated_in_order_without_ourselves(void **state)
{
	struct directory_relay r;

	(void)state;
	mesh_row(4);
	mesh_must_know();
	assert_true(directory_relay_after(mesh_directory(1), "", &r));
	assert_string_equal(r.name, "r00");
	assert_true(directory_relay_after(mesh_directory(1), r.name, &r));
	assert_string_equal(r.name, "r02");
	assert_true(directory_relay_after(mesh_directory(1), r.name, &r));
	assert_string_equal(r.name, "r03");
	assert_false(directory_relay_after(mesh_directory(1), r.name, &r));
	assert_true(directory_relay_after(mesh_directory(0), "", &r));
	assert_string_equal(r.name, "r01");
}

static void a_neighbour_is_known_by_name_once_it_has_said_so(void **state)
{
	(void)state;
	mesh_relay(NULL);
	mesh_relay(NULL);
	mesh_link(0, 1);
	assert_null(directory_link_name(mesh_directory(0), 1));
	mesh_quiet();
	assert_string_equal(directory_link_name(mesh_directory(0), 1), "r01");
	assert_null(directory_link_name(mesh_directory(0), 99));
}

/* Says a ROUTE of r01's to r00 and returns the way that r00 then has. */
static const char *told(const char *origin, uint64_t epoch, const char *path)
{
	struct message m = {
		.type = MESSAGE_ROUTE,
		.route = { span_of(origin), epoch, span_of(path), { NULL, 0 } }
	};
	struct directory_relay r;
	static char text[40];

	mesh_end();
	mesh_begin(1);
	mesh_row(2);
	mesh_quiet();
	mesh_say(0, 1, &m);
	mesh_quiet();
	if (mesh_violations() > 0)
		return "violation";
	if (!directory_relay(mesh_directory(0), origin, &r))
		return "-";
	snprintf(text, sizeof(text), "%u %s", r.distance, r.via);
	return text;
}

static void a_path_that_cannot_be_closes_the_link(void **state)
{
	(void)state;
	assert_string_equal(told("far", 1, "\3r01\3far"), "2 r01");
	assert_string_equal(told("far", 0, "\3r01\3far"), "violation");
	assert_string_equal(told("far", 1, "\3r02\3far"), "violation");
	assert_string_equal(told("far", 1, "\3r01\3fur"), "violation");
	assert_string_equal(told("far", 1, "\3r01"), "violation");
	assert_string_equal(told("far", 1, "\3r01\3far\3far"), "violation");
	assert_string_equal(told("far", 1, "\3r01\4far"), "violation");
	assert_string_equal(told("far", 0, ""), "violation");
}

static void a_path_through_us_is_none(void **state)
{
	(void)state;
	assert_string_equal(told("far", 1, "\3r01\3r00\3far"), "-");
	assert_string_equal(told("r00", 1, "\3r01\3r00"), "-");
	assert_string_equal(told("far", 1, ""), "-");
}

static void a_path_that_comes_back_to_us_withdraws_the_one_before(void **state)
{
	struct message m = { .type = MESSAGE_ROUTE };

	(void)state;
	assert_string_equal(told("far", 1, "\3r01\3far"), "2 r01");
	m.route = (struct message_route){ .origin = span_of("far"),
					  .epoch = 1,
					  .path = span_of("\3r01\3r00\3far") };
	mesh_say(0, 1, &m);
	mesh_quiet();
	assert_string_equal(way(0, 1), "1 r01");
	assert_int_equal(directory_next_hop(mesh_directory(0), "far"), 0);
}

static void beyond_the_cap_no_relay_is_known(void **state)
{
	static const struct directory_limits few = { .relays = 2,
						     .terminals = 100 };
	struct directory_relay r;
	unsigned known = 0;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		mesh_relay(NULL);
	mesh_relay(&few);
	for (unsigned i = 0; i < 4; i++)
		mesh_link(i, 4);
	mesh_quiet();
	for (r.name = ""; directory_relay_after(mesh_directory(4), r.name, &r);)
		known++;
	assert_int_equal(known, 2);
	assert_int_equal(mesh_violations(), 0);
}

#define ROUTES_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* All linked with all; then one is gone. Without holding back, each would try
 * a way through each other one. */
static void a_death_in_a_full_mesh_is_told_once_to_each(void **state)
{
	enum { RELAYS = 16 };
	unsigned links[RELAYS];

	(void)state;
	for (unsigned i = 0; i < RELAYS; i++)
		mesh_relay(NULL);
	for (unsigned a = 0; a < RELAYS; a++)
		for (unsigned b = 0; b < a; b++) {
			unsigned link = mesh_link(a, b);

			if (b == 0)
				links[a] = link;
		}
	mesh_must_know();
	mesh_count_anew();
	for (unsigned a = 1; a < RELAYS; a++)
		mesh_cut(links[a]);
	mesh_quiet();
	assert_int_equal(directory_next_hop(mesh_directory(1), mesh_name(0)),
			 0);
	assert_true(mesh_count(MESSAGE_ROUTE) <= 2 * RELAYS * RELAYS);
	mesh_must_know();
}

static void a_longer_way_is_taken_when_all_have_heard_of_the_loss(void **state)
{
	unsigned direct;

	(void)state;
	mesh_row(3);
	direct = mesh_link(0, 2);
	mesh_must_know();
	mesh_cut(direct);
	while (mesh_step())
		continue;
	assert_true(directory_holds(mesh_directory(0)));
	assert_int_equal(directory_next_hop(mesh_directory(0), mesh_name(2)),
			 0);
	mesh_quiet(); /* a second passes */
	assert_false(directory_holds(mesh_directory(0)));
	assert_int_not_equal(
		directory_next_hop(mesh_directory(0), mesh_name(2)), 0);
	mesh_must_know();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUTES_TEST(a_row_of_five_knows_its_ways),
		ROUTES_TEST(the_shorter_way_is_taken_then_the_first_name),
		ROUTES_TEST(eight_names_are_a_way_and_nine_are_none),
		ROUTES_TEST(nothing_is_told_back_to_whom_it_leads_through),
		ROUTES_TEST(a_way_is_withdrawn_when_it_breaks),
		ROUTES_TEST(two_links_to_one_neighbour_are_as_one),
		ROUTES_TEST(the_newer_epoch_is_taken_even_when_it_is_further),
		ROUTES_TEST(relays_are_iterated_in_order_without_ourselves),
		ROUTES_TEST(a_neighbour_is_known_by_name_once_it_has_said_so),
		ROUTES_TEST(a_path_that_cannot_be_closes_the_link),
		ROUTES_TEST(a_path_through_us_is_none),
		ROUTES_TEST(
			a_path_that_comes_back_to_us_withdraws_the_one_before),
		ROUTES_TEST(beyond_the_cap_no_relay_is_known),
		ROUTES_TEST(a_death_in_a_full_mesh_is_told_once_to_each),
		ROUTES_TEST(
			a_longer_way_is_taken_when_all_have_heard_of_the_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
