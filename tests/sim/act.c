/* SPDX-License-Identifier: Apache-2.0 */
#include "act.h"

#include <string.h>

#include "relay_node.h"
#include "terminal_node.h"

typedef const char *action(struct world *w, struct node *n,
			   const struct scenario_statement *s);

/* --- any node --- */

static const char *crash(struct world *w, struct node *n,
			 const struct scenario_statement *s)
{
	(void)s;
	world_crash(w, n);
	return NULL;
}

static const char *crash_when(struct world *w, struct node *n,
			      const struct scenario_statement *s)
{
	static const char *const moments[TRAPS] = {
		[TRAP_RINGING] = "ringing", [TRAP_CONNECTED] = "connected",
		[TRAP_PAGE] = "page",	    [TRAP_STORING] = "storing",
		[TRAP_STORED] = "stored",   [TRAP_CONFIRMED] = "confirmed",
		[TRAP_ENDING] = "ending",
	};

	(void)w;
	for (int i = TRAP_NONE + 1; i < TRAPS; i++) {
		if (strcmp(moments[i], s->other) != 0)
			continue;
		n->trap = (enum world_trap)i;
		return NULL;
	}
	return "there is no such moment";
}

static const char *start(struct world *w, struct node *n,
			 const struct scenario_statement *s)
{
	(void)s;
	world_start(w, n);
	return NULL;
}

static const char *restart(struct world *w, struct node *n,
			   const struct scenario_statement *s)
{
	(void)s;
	world_crash(w, n);
	world_start(w, n);
	return NULL;
}

static const char *cut(struct world *w, struct node *n,
		       const struct scenario_statement *s)
{
	world_cut(w, n, s->kind == SCENARIO_CUT_SILENTLY);
	return NULL;
}

static const char *block(struct world *w, struct node *n,
			 const struct scenario_statement *s)
{
	world_block(w, n, s->kind == SCENARIO_BLOCK);
	return NULL;
}

static const char *slow(struct world *w, struct node *n,
			const struct scenario_statement *s)
{
	(void)w;
	n->slow_us = s->time_us[0];
	return NULL;
}

static const char *stop(struct world *w, struct node *n,
			const struct scenario_statement *s)
{
	(void)s;
	if (n->relay)
		world_crash(w, n);
	else
		terminal_node_log_out(n->terminal, true);
	return NULL;
}

/* --- relays --- */

static const char *drain(struct world *w, struct node *n,
			 const struct scenario_statement *s)
{
	(void)w;
	(void)s;
	relay_node_drain(n->relay);
	return NULL;
}

/* --- terminals --- */

static const char *fill(struct world *w, struct node *n,
			const struct scenario_statement *s)
{
	(void)w;
	n->full = s->kind == SCENARIO_FILL;
	return NULL;
}

static const char *disable(struct world *w, struct node *n,
			   const struct scenario_statement *s)
{
	struct terminal_node *t = n->terminal;

	t->disabled = s->kind == SCENARIO_DISABLE;
	t->was_disabled |= t->disabled;
	(void)w;
	terminal_node_tell_account(t);
	return NULL;
}

static const char *send(struct world *w, struct node *n,
			const struct scenario_statement *s)
{
	const struct node *to = world_called(w, s->other);

	if (s->number < 1 || s->number > 1000)
		return "a fax has 1 to 1000 pages";
	(void)queue_add(n->terminal, s->other,
			to && to->terminal ? world_index(w, to) : -1,
			(uint16_t)s->number);
	return NULL;
}

static const char *cancel(struct world *w, struct node *n,
			  const struct scenario_statement *s)
{
	(void)w;
	(void)s;
	(void)queue_cancel(n->terminal);
	return NULL;
}

static const char *dial(struct world *w, struct node *n,
			const struct scenario_statement *s)
{
	(void)w;
	if (n->terminal->client)
		terminal_node_dial(n->terminal, s->other);
	return NULL;
}

static const char *hang_up(struct world *w, struct node *n,
			   const struct scenario_statement *s)
{
	(void)w;
	(void)s;
	terminal_node_hang_up_all(n->terminal);
	return NULL;
}

static const char *log_out(struct world *w, struct node *n,
			   const struct scenario_statement *s)
{
	(void)w;
	(void)s;
	terminal_node_log_out(n->terminal, false);
	return NULL;
}

static const char *log_in(struct world *w, struct node *n,
			  const struct scenario_statement *s)
{
	(void)w;
	(void)s;
	terminal_node_log_in(n->terminal);
	return NULL;
}

static const char *move(struct world *w, struct node *n,
			const struct scenario_statement *s)
{
	(void)s;
	w->seen[SEEN_MOVE] += n->terminal->settings.also >= 0;
	terminal_node_move(n->terminal);
	return NULL;
}

static const char *fault(struct world *w, struct node *n,
			 const struct scenario_statement *s)
{
	(void)w;
	(void)s;
	terminal_node_fault(n->terminal);
	return NULL;
}

/* --- the table --- */

enum who {
	NOBODY,
	ANY, /* up or down */
	ANY_UP,
	RELAY,
	TERMINAL,    /* up or down */
	TERMINAL_UP, /* its user's doing */
};

static const struct {
	enum who who;
	action *act;
} acts[SCENARIO_KINDS] = {
	[SCENARIO_CRASHES] = { ANY, crash },
	[SCENARIO_CRASHES_WHEN] = { ANY, crash_when },
	[SCENARIO_STARTS] = { ANY, start },
	[SCENARIO_RESTARTS] = { ANY, restart },
	[SCENARIO_CUT] = { ANY, cut },
	[SCENARIO_CUT_SILENTLY] = { ANY, cut },
	[SCENARIO_BLOCK] = { ANY, block },
	[SCENARIO_UNBLOCK] = { ANY, block },
	[SCENARIO_SLOW] = { ANY, slow },
	[SCENARIO_STOPS] = { ANY_UP, stop },
	[SCENARIO_DRAINS] = { RELAY, drain },
	[SCENARIO_FILL] = { TERMINAL, fill },
	[SCENARIO_EMPTY] = { TERMINAL, fill },
	[SCENARIO_DISABLE] = { TERMINAL, disable },
	[SCENARIO_ENABLE] = { TERMINAL, disable },
	[SCENARIO_SENDS] = { TERMINAL_UP, send },
	[SCENARIO_CANCELS] = { TERMINAL_UP, cancel },
	[SCENARIO_DIALS] = { TERMINAL_UP, dial },
	[SCENARIO_HANGS_UP] = { TERMINAL_UP, hang_up },
	[SCENARIO_LOGS_OUT] = { TERMINAL_UP, log_out },
	[SCENARIO_LOGS_IN] = { TERMINAL_UP, log_in },
	[SCENARIO_MOVES] = { TERMINAL_UP, move },
	[SCENARIO_FAULT] = { TERMINAL_UP, fault },
};

const char *act_on(struct world *w, struct node *n,
		   const struct scenario_statement *s)
{
	enum who who = acts[s->kind].who;
	const char *sentence;

	if (who == NOBODY || (who == RELAY && !n->relay) ||
	    (who >= TERMINAL && !n->terminal))
		return "this is not for such a node";
	if ((who == ANY_UP || who == TERMINAL_UP) && !n->up)
		return NULL;
	sentence = acts[s->kind].act(w, n, s);
	if (n->terminal && n->up)
		terminal_node_settle(n->terminal);
	return sentence;
}
