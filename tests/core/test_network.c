/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks of 3 to 50 directories, made of seeds: messages are delayed at
 * will and stay in order on each link, links break and are made, relays start
 * anew, terminals come, move and go. When it is quiet everybody knows the
 * truth. usage: test_core_network [FIRST [SEEDS]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mesh.h"

static unsigned long seed_now;
static unsigned relays, links;
static uint64_t epoch_before; /* all that were given */

static void must_know(void)
{
	const char *wrong;

	mesh_settle();
	wrong = mesh_fault();
	if (wrong)
		fail_msg("seed %lu: %s", seed_now, wrong);
}

static void make_link(void)
{
	unsigned a = mesh_dice(relays), b = mesh_dice(relays);

	if (a != b && links < MESH_LINKS) {
		mesh_link(a, b);
		links++;
	}
}

/* A tree that is not deep, and some links across. */
static void make_network(void)
{
	unsigned across;

	relays = mesh_dice(4) ? 3 + mesh_dice(8) : 3 + mesh_dice(48);
	links = 0;
	for (unsigned i = 0; i < relays; i++)
		mesh_relay(NULL);
	for (unsigned i = 1; i < relays; i++, links++)
		mesh_link(i, mesh_dice(i));
	for (across = mesh_dice(relays); across > 0; across--)
		make_link();
}

static void move_terminal(void)
{
	unsigned id = mesh_dice(MESH_IDS);

	mesh_tell(mesh_dice(relays), id, PRESENCE_OFFLINE, 1);
	mesh_login(mesh_dice(relays), id);
}

/* Many at once: snapshots of several pieces, windows that are full. */
static void crowd(void)
{
	static const uint8_t states[] = { PRESENCE_OFFLINE, PRESENCE_FREE,
					  PRESENCE_BUSY, NEWS_GONE };
	unsigned first = mesh_dice(MESH_CROWD - 600);

	if (relays <= 8)
		mesh_crowd(mesh_dice(relays), first,
			   mesh_dice(4) ? mesh_dice(60) : mesh_dice(600),
			   states[mesh_dice(4)]);
}

static void happen(void)
{
	switch (mesh_dice(22)) {
	case 0:
		mesh_cut(mesh_dice(links));
		break;
	case 1:
		make_link();
		break;
	case 2:
		/* Some with a clock that is set back. */
		if (mesh_dice(3) == 0)
			mesh_restart(mesh_dice(relays),
				     mesh_dice(3) ? 0 : epoch_before--);
		break;
	case 3:
		mesh_forget(mesh_dice(relays), mesh_dice(MESH_IDS));
		break;
	case 4:
	case 5:
		move_terminal();
		break;
	case 6:
		mesh_tick(mesh_dice(relays));
		break;
	case 7:
		crowd();
		break;
	case 8:
		mesh_tell(mesh_dice(relays), mesh_dice(MESH_IDS),
			  (uint8_t)mesh_dice(3), 1 + mesh_dice(1000000));
		break;
	default:
		for (unsigned n = mesh_dice(40); n > 0; n--)
			mesh_step();
	}
}

/* What a change costs when nothing breaks: each relay that can be reached
 * hears it once. */
static void count_one_change(void)
{
	unsigned at = mesh_dice(relays), reached = 0;

	for (unsigned i = 0; i < relays; i++)
		reached += mesh_distance(at, i) > 0;
	mesh_count_anew();
	mesh_tell(at, 0, PRESENCE_BUSY, 2000000 + mesh_dice(1000));
	must_know();
	if (mesh_count(MESSAGE_NEWS) != reached ||
	    mesh_count(MESSAGE_WANT) + mesh_count(MESSAGE_ROUTE) +
			    mesh_count(MESSAGE_SNAPSHOT) !=
		    0)
		fail_msg("seed %lu: a change took %u messages to %u relays",
			 seed_now, mesh_count(MESSAGE_NEWS), reached);
}

static void live(unsigned long seed)
{
	seed_now = seed;
	epoch_before = 1000;
	mesh_begin(seed);
	make_network();
	if (mesh_dice(2))
		must_know();
	for (unsigned rounds = 1 + mesh_dice(3); rounds > 0; rounds--) {
		for (unsigned n = 20 + mesh_dice(100); n > 0; n--)
			happen();
		must_know();
	}
	count_one_change();
	mesh_end();
}

static unsigned long first = 1, seeds = 150;

static void whatever_happens_all_know_the_truth_when_it_is_quiet(void **state)
{
	(void)state;
	for (unsigned long seed = first; seed < first + seeds; seed++)
		live(seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			whatever_happens_all_know_the_truth_when_it_is_quiet),
	};

	if (argc > 1)
		first = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seeds = strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
