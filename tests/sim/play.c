/* SPDX-License-Identifier: Apache-2.0 */
#include "play.h"

#include <stdio.h>
#include <string.h>

#include "act.h"
#include "base/text.h"
#include "expect.h"
#include "law.h"
#include "quiet.h"
#include "relay_node.h"
#include "terminal_node.h"

enum {
	SECOND_US = 1000000,
	ONLINE_S = 60,	 /* those that begin online are so by then */
	REST_S = 5,	 /* news of what is known already may be under way */
	SETTLE_S = 3600, /* longer than any wait but a job's last moment */
};

struct stage {
	const struct scenario *scenario;
	struct world *world;
	struct why *why;
	const struct scenario_statement *now;
	int64_t rest_us; /* in a network, after all is quiet */
};

static enum err tell(struct stage *s, enum err e, const char *sentence)
{
	why_set(s->why, "%s:%d: %s", s->scenario->name,
		s->now ? s->now->line : 0, sentence);
	return e;
}

/* The world did what it must not. */
static enum err fail(struct stage *s, const char *sentence)
{
	return tell(s, ERR_BAD, sentence);
}

/* The scenario asks for what there is not. */
static enum err wrong(struct stage *s, const char *sentence)
{
	return tell(s, ERR_MISSING, sentence);
}

static enum err world_failed(struct stage *s)
{
	return s->world->failed ? fail(s, s->world->fault) : OK;
}

/* --- the world's making --- */

static struct node *new_node(struct stage *s, enum node_kind kind)
{
	struct world *w = s->world;
	struct node *n;

	if (w->node_count == WORLD_NODES_MAX || world_node(w, s->now->node))
		return NULL;
	n = &w->nodes[w->node_count++];
	n->kind = kind;
	(void)text_copy(n->name, sizeof(n->name), s->now->node);
	return n;
}

static int64_t or_else(int64_t value, int64_t otherwise)
{
	return value < 0 ? otherwise : value;
}

static uint32_t ms_or(int64_t us, uint32_t otherwise)
{
	return us < 0 ? otherwise : (uint32_t)(us / 1000);
}

static enum err make_relay(struct stage *s)
{
	const struct scenario_statement *p = s->now;
	const struct relay_settings settings = {
		.keepalive_ms = ms_or(p->keepalive_us, 30000),
		.ring_ms = ms_or(p->ring_us, 30000),
		.stall_ms = ms_or(p->stall_us, 120000),
		.drain_ms = ms_or(p->drain_us, 30000),
		.clock_ms = p->clock_us / 1000,
	};
	struct node *n = new_node(s, NODE_RELAY);

	if (!n)
		return wrong(s, "there is such a node already");
	n->relay = relay_node_new(s->world, n, &settings);
	return OK;
}

static enum err make_terminal(struct stage *s)
{
	const struct scenario_statement *p = s->now;
	struct node *relay = world_node(s->world, p->other);
	struct node *also = *p->also ? world_node(s->world, p->also) : NULL;
	struct terminal_settings settings = {
		.spares = (uint32_t)or_else(p->spares, 1),
		.lines = (uint32_t)or_else(p->lines, 64),
		.silent = p->silent,
		.refuse = p->refuse,
	};
	struct node *n;

	if (!relay || !relay->relay || (*p->also && (!also || !also->relay)))
		return wrong(s, "there is no such relay");
	n = new_node(s, NODE_TERMINAL);
	if (!n)
		return wrong(s, "there is such a node already");
	n->far_us = p->far_us;
	settings.relay = settings.home = world_index(s->world, relay);
	settings.also = also ? world_index(s->world, also) : -1;
	snprintf(settings.number, sizeof(settings.number), "%s", p->phone);
	snprintf(settings.account, sizeof(settings.account), "%s",
		 *p->account ? p->account : p->node);
	n->terminal = terminal_node_new(s->world, n, &settings);
	return OK;
}

static enum err make_link(struct stage *s)
{
	const struct scenario_statement *p = s->now;
	struct node *from = world_node(s->world, p->node);
	struct node *to = world_node(s->world, p->other);

	if (!from || !from->relay || !to || !to->relay || from == to)
		return wrong(s, "there are no two such relays");
	if (!relay_node_peer(from->relay, to->relay,
			     (uint32_t)or_else(p->spares, 1),
			     (uint32_t)or_else(p->lines, 0)))
		return wrong(s, "it dials too many relays");
	s->rest_us = REST_S * SECOND_US;
	return OK;
}

static enum err set_up(struct stage *s)
{
	const struct scenario_statement *p = s->now;
	struct world *w = s->world;

	if (p->kind == SCENARIO_RELAY)
		return make_relay(s);
	if (p->kind == SCENARIO_TERMINAL)
		return make_terminal(s);
	if (p->kind == SCENARIO_LINK)
		return make_link(s);
	if (p->kind == SCENARIO_DELAY) {
		w->delay_min_us = p->time_us[0];
		w->delay_max_us = p->time_us[1];
	} else if (p->kind == SCENARIO_MAIL) {
		w->mail_us = p->time_us[0];
	} else if (p->kind == SCENARIO_PAGE) {
		w->page_min_us = p->time_us[0];
		w->page_max_us = p->time_us[1];
	}
	return OK;
}

static bool all_online(struct stage *s)
{
	for (size_t i = 0; i < s->scenario->count; i++) {
		const struct scenario_statement *p =
			&s->scenario->statements[i];
		const struct node *n = world_node(s->world, p->node);
		struct client_counts c;

		if (p->kind != SCENARIO_TERMINAL || !p->online)
			continue;
		c = client_counts(n->terminal->client);
		if (c.up == 0 || c.up != c.lines)
			return false;
	}
	return true;
}

static void start(struct stage *s, enum scenario_kind kind, bool online)
{
	for (size_t i = 0; i < s->scenario->count; i++) {
		const struct scenario_statement *p =
			&s->scenario->statements[i];

		if (p->kind == kind && p->online == online && !p->offline)
			world_start(s->world, world_node(s->world, p->node));
	}
}

/* Time zero is when those that are online from the start are so. */
static enum err begin(struct stage *s)
{
	struct world *w = s->world;

	start(s, SCENARIO_RELAY, false);
	start(s, SCENARIO_TERMINAL, true);
	for (int i = 0; i < 10 * ONLINE_S && !all_online(s); i++)
		world_run(w, w->now_us + SECOND_US / 10);
	if (!w->failed && !all_online(s))
		return fail(s, "somebody does not come online");
	w->zero_us = w->now_us;
	start(s, SCENARIO_TERMINAL, false);
	return world_failed(s);
}

/* --- statements --- */

static enum err settle(struct stage *s)
{
	struct world *w = s->world;
	char what[200] = "";
	char sentence[300];

	for (int i = 0; i < SETTLE_S; i++) {
		if (w->failed || quiet_world(w, what, sizeof(what))) {
			world_run(w, w->now_us + s->rest_us);
			return OK;
		}
		world_run(w, w->now_us + SECOND_US);
	}
	snprintf(sentence, sizeof(sentence), "after an hour %s", what);
	return fail(s, sentence);
}

/* Between two nodes. */
static enum err to_pair(struct stage *s, const struct node *a,
			const struct node *b)
{
	enum scenario_kind k = s->now->kind;

	if (!a || !b)
		return wrong(s, "there are no two such nodes");
	if (k == SCENARIO_CUT || k == SCENARIO_CUT_SILENTLY)
		world_cut_between(s->world, a, b, k == SCENARIO_CUT_SILENTLY);
	else if (k == SCENARIO_BLOCK || k == SCENARIO_UNBLOCK)
		world_block_between(s->world, a, b, k == SCENARIO_BLOCK);
	else
		return wrong(s, "this is not for two nodes");
	return OK;
}

static enum err to_pair_named(struct stage *s, const char *name)
{
	char first[SCENARIO_PAIR_MAX + 1];
	char *second;

	snprintf(first, sizeof(first), "%s", name);
	second = strchr(first, '-');
	*second++ = '\0';
	return to_pair(s, world_node(s->world, first),
		       world_node(s->world, second));
}

static enum err to_node(struct stage *s)
{
	struct node *n = world_node(s->world, s->now->node);
	const char *fault;

	if (!n && strchr(s->now->node, '-'))
		return to_pair_named(s, s->now->node);
	if (!n)
		return wrong(s, "there is no such node");
	s->world->touched = world_index(s->world, n);
	fault = act_on(s->world, n, s->now);
	if (fault)
		return wrong(s, fault);
	if (n->dying)
		world_crash(s->world, n);
	law_check(s->world);
	return OK;
}

static enum err act(struct stage *s)
{
	const struct scenario_statement *p = s->now;
	const char *fault;

	if (p->kind == SCENARIO_ONLINE || p->kind == SCENARIO_OFFLINE ||
	    p->kind == SCENARIO_EXPECT || p->kind == SCENARIO_EXPECT_OF) {
		fault = expect_fault(s->world, p);
		return fault ? fail(s, fault) : OK;
	}
	if (p->kind == SCENARIO_SETTLE)
		return settle(s);
	if (p->kind == SCENARIO_HEAL) {
		world_heal(s->world);
		return OK;
	}
	if (p->kind == SCENARIO_COUNT) {
		for (int i = 0; i < s->world->node_count; i++)
			if (s->world->nodes[i].relay)
				s->world->nodes[i].relay->news = 0;
		return OK;
	}
	if (p->kind == SCENARIO_FAULTS) {
		s->world->fault_percent = (unsigned)p->number;
		return OK;
	}
	return to_node(s);
}

/* --- the whole --- */

static uint64_t seed_of(const struct scenario *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->statements[i].kind == SCENARIO_SEED)
			return (uint64_t)s->statements[i].number;
	return 1;
}

static enum err play_all(struct stage *s)
{
	const struct scenario *all = s->scenario;
	enum err e = OK;

	for (size_t i = 0; e == OK && i < all->count; i++) {
		s->now = &all->statements[i];
		if (s->now->kind < SCENARIO_SETUP_END)
			e = set_up(s);
	}
	if (e == OK)
		e = begin(s);
	for (size_t i = 0; e == OK && i < all->count; i++) {
		s->now = &all->statements[i];
		if (s->now->kind < SCENARIO_SETUP_END)
			continue;
		world_run(s->world, s->world->zero_us + s->now->at_us);
		e = world_failed(s);
		if (e == OK)
			e = act(s);
		if (e == OK)
			e = world_failed(s);
	}
	return e;
}

enum err play(const struct scenario *s, bool trace, struct play_result *result,
	      struct why *why)
{
	struct world *w = world_new(seed_of(s));
	struct stage stage = { .scenario = s, .world = w, .why = why };
	enum err e;

	w->trace = trace;
	e = play_all(&stage);
	*result = (struct play_result){
		.events = w->events,
		.ms = (w->now_us - w->zero_us) / 1000,
		.jobs = (unsigned)w->job_count,
	};
	memcpy(result->seen, w->seen, sizeof(result->seen));
	for (int i = 0; i < w->job_count; i++) {
		result->delivered += w->jobs[i].state == JOBS_DELIVERED;
		result->failed += w->jobs[i].state == JOBS_FAILED;
		result->cancelled += w->jobs[i].state == JOBS_CANCELLED;
	}
	world_free(w);
	return e;
}
