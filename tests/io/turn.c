/* SPDX-License-Identifier: Apache-2.0 */
#include "turn.h"

enum { TURN_BOUND_MS = 10000, TURN_LOOK_MS = 2 };

struct turn {
	struct loop *loop;
	const bool *done;
	struct timer look;
	int left;
};

static void look(struct timer *t)
{
	struct turn *turn = t->owner;

	turn->left -= TURN_LOOK_MS;
	if ((turn->done && *turn->done) || turn->left <= 0)
		loop_stop(turn->loop);
	else
		timer_set(turn->loop, t, loop_now(turn->loop) + TURN_LOOK_MS);
}

static void run(struct turn *turn)
{
	turn->look = (struct timer){ .due = look, .owner = turn };
	timer_set(turn->loop, &turn->look, loop_now(turn->loop));
	loop_run(turn->loop);
}

bool turn_until(struct loop *loop, const bool *done)
{
	struct turn turn = { .loop = loop,
			     .done = done,
			     .left = TURN_BOUND_MS };

	run(&turn);
	return *done;
}

void turn_for(struct loop *loop, int ms)
{
	struct turn turn = { .loop = loop, .left = ms };

	run(&turn);
}
