/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/splitmix.h"
#include "law.h"
#include "relay_node.h"
#include "terminal_node.h"

enum { BEGIN_MS = 1000000 };

/* --- time, dice, words --- */

int64_t world_now(const struct world *w)
{
	return w->now_us / 1000;
}

uint32_t world_dice(struct world *w, enum world_dice d, uint32_t sides)
{
	return (uint32_t)((splitmix(&w->dice[d]) >> 32) % sides);
}

int64_t world_between(struct world *w, enum world_dice d, int64_t from,
		      int64_t to)
{
	if (to <= from)
		return from;
	return from +
	       (int64_t)(splitmix(&w->dice[d]) % (uint64_t)(to - from + 1));
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list args;
	int n;

	if (w->failed)
		return;
	w->failed = true;
	n = snprintf(w->fault, sizeof(w->fault),
		     "at %.3fms: ", (double)(w->now_us - w->zero_us) / 1000);
	va_start(args, format);
	vsnprintf(w->fault + n, sizeof(w->fault) - (size_t)n, format, args);
	va_end(args);
}

void world_trace(struct world *w, const struct node *n, const char *format, ...)
{
	va_list args;

	if (!w->trace)
		return;
	printf("%12.3f %-8s ", (double)(w->now_us - w->zero_us) / 1000,
	       n ? n->name : "-");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* --- nodes --- */

struct node *world_node(struct world *w, const char *name)
{
	for (int i = 0; i < w->node_count; i++)
		if (strcmp(w->nodes[i].name, name) == 0)
			return &w->nodes[i];
	return NULL;
}

struct node *world_called(struct world *w, const char *address)
{
	char name[WORLD_ADDRESS_MAX + 1];
	struct node *n;

	snprintf(name, sizeof(name), "%s", address);
	name[strcspn(name, "@")] = '\0';
	n = world_node(w, name);
	if (n && n->terminal)
		return n;
	for (int i = 0; i < w->node_count; i++)
		if (w->nodes[i].terminal &&
		    strcmp(w->nodes[i].terminal->settings.number, name) == 0)
			return &w->nodes[i];
	return NULL;
}

int world_index(const struct world *w, const struct node *n)
{
	return (int)(n - w->nodes);
}

bool world_trapped(struct world *w, struct node *n, enum world_trap at)
{
	if (n->dying)
		return true;
	if (n->trap != at)
		return false;
	w->seen[SEEN_TRAP]++;
	world_trace(w, n, "crashes here");
	n->trap = TRAP_NONE;
	n->dying = true;
	return true;
}

void world_start(struct world *w, struct node *n)
{
	if (n->up)
		return;
	world_trace(w, n, "starts");
	n->up = true;
	w->touched = world_index(w, n);
	if (n->kind == NODE_RELAY)
		relay_node_start(n->relay);
	else
		terminal_node_start(n->terminal);
}

/* The system closes a dead process's sockets; a dial that has not arrived yet
 * is none of them. */
static void abandon_links(struct world *w, const struct node *n)
{
	for (size_t i = 0; i < w->net.count; i++) {
		struct net_link *l = w->net.links[i];

		for (enum net_end e = NET_DIALLER; e <= NET_LISTENER; e++)
			if (l->sides[e].node == world_index(w, n) &&
			    l->sides[e].number != 0)
				net_abandon(l, e);
	}
}

void world_crash(struct world *w, struct node *n)
{
	n->dying = false;
	if (!n->up)
		return;
	world_trace(w, n, "is gone");
	n->up = false;
	abandon_links(w, n);
	if (n->kind == NODE_RELAY)
		relay_node_stop(n->relay);
	else
		terminal_node_stop(n->terminal);
}

void world_cut(struct world *w, const struct node *n, bool silently)
{
	int index = world_index(w, n);

	for (size_t i = 0; i < w->net.count; i++) {
		struct net_link *l = w->net.links[i];

		if (l->sides[0].node == index || l->sides[1].node == index)
			net_break(l, silently);
	}
}

static bool is_between(const struct net_link *l, int one, int other)
{
	return (l->sides[0].node == one && l->sides[1].node == other) ||
	       (l->sides[0].node == other && l->sides[1].node == one);
}

void world_cut_between(struct world *w, const struct node *a,
		       const struct node *b, bool silently)
{
	for (size_t i = 0; i < w->net.count; i++)
		if (is_between(w->net.links[i], world_index(w, a),
			       world_index(w, b)))
			net_break(w->net.links[i], silently);
}

static bool path_is_down(const struct world *w, const struct net_link *l)
{
	int one = l->sides[0].node, other = l->sides[1].node;

	return w->nodes[one].blocked || w->nodes[other].blocked ||
	       w->parted[one][other];
}

static void hold_links(struct world *w)
{
	for (size_t i = 0; i < w->net.count; i++)
		net_hold(w->net.links[i], path_is_down(w, w->net.links[i]));
}

void world_block(struct world *w, struct node *n, bool blocked)
{
	n->blocked = blocked;
	hold_links(w);
}

void world_block_between(struct world *w, const struct node *a,
			 const struct node *b, bool blocked)
{
	int one = world_index(w, a), other = world_index(w, b);

	w->parted[one][other] = w->parted[other][one] = blocked;
	hold_links(w);
}

struct net_link *world_dial(struct world *w, const struct node *from,
			    uint64_t number, const struct node *to)
{
	struct net_link *l = net_dial(&w->net, world_index(w, from), number,
				      world_index(w, to));

	net_hold(l, path_is_down(w, l));
	return l;
}

void world_heal(struct world *w)
{
	memset(w->parted, 0, sizeof(w->parted));
	for (int i = 0; i < w->node_count; i++) {
		struct node *n = &w->nodes[i];

		n->full = false;
		world_block(w, n, false);
		n->slow_us = 0;
		n->trap = TRAP_NONE;
		world_start(w, n);
		if (n->kind == NODE_RELAY)
			relay_node_heal(n->relay);
		else
			terminal_node_heal(n->terminal);
	}
	w->fault_percent = 0;
}

/* --- the network's news --- */

static struct node *at(struct world *w, const struct net_link *l,
		       enum net_end end)
{
	w->touched = l->sides[end].node;
	return &w->nodes[w->touched];
}

static bool on_arrived(void *owner, struct net_link *l)
{
	struct world *w = owner;
	struct node *n = at(w, l, NET_LISTENER);

	return n->up && n->kind == NODE_RELAY &&
	       relay_node_arrived(n->relay, l);
}

static void on_opened(void *owner, struct net_link *l, enum net_end end)
{
	struct node *n = at(owner, l, end);

	if (n->kind == NODE_RELAY)
		relay_node_opened(n->relay, l);
	else
		terminal_node_opened(n->terminal, l);
}

static void on_frame(void *owner, struct net_link *l, enum net_end end,
		     const uint8_t *bytes, size_t len, uint64_t tag)
{
	struct node *n = at(owner, l, end);

	if (n->kind == NODE_RELAY)
		relay_node_frame(n->relay, l, bytes, len, tag);
	else
		terminal_node_frame(n->terminal, l, bytes, len, tag);
}

static void on_drained(void *owner, struct net_link *l, enum net_end end)
{
	struct node *n = at(owner, l, end);

	if (n->kind == NODE_RELAY)
		relay_node_drained(n->relay, l);
}

static void on_closed(void *owner, struct net_link *l, enum net_end end)
{
	struct node *n = at(owner, l, end);

	if (!n->up)
		return;
	if (n->kind == NODE_RELAY)
		relay_node_closed(n->relay, l);
	else
		terminal_node_closed(n->terminal, l);
}

static int64_t on_delay(void *owner, int one, int other)
{
	struct world *w = owner;

	return world_between(w, DICE_NET, w->delay_min_us, w->delay_max_us) +
	       w->nodes[one].far_us + w->nodes[other].far_us;
}

static int64_t on_reading(void *owner, int node)
{
	return ((struct world *)owner)->nodes[node].slow_us;
}

static const struct net_handlers net_handlers = {
	.arrived = on_arrived,
	.opened = on_opened,
	.frame = on_frame,
	.drained = on_drained,
	.closed = on_closed,
	.delay = on_delay,
	.reading = on_reading,
};

/* --- events --- */

static int64_t node_next(const struct node *n)
{
	if (!n->up)
		return INT64_MAX;
	return n->kind == NODE_RELAY ? relay_node_next(n->relay)
				     : terminal_node_next(n->terminal);
}

/* The source of the next event: a node's index, or node_count for the net. */
static int next_source(const struct world *w, int64_t *when)
{
	int first = w->node_count;

	*when = net_next(&w->net);
	for (int i = 0; i < w->node_count; i++) {
		int64_t due = node_next(&w->nodes[i]);

		if (due >= *when)
			continue;
		*when = due;
		first = i;
	}
	return first;
}

int64_t world_next(const struct world *w)
{
	int64_t when;

	next_source(w, &when);
	return when;
}

static void move_to(struct world *w, int64_t when)
{
	w->spin = when > w->now_us ? 0 : w->spin + 1;
	if (w->spin > WORLD_SPIN_MAX)
		world_fail(w, "the world spins at one instant");
	if (++w->events > WORLD_EVENTS_MAX)
		world_fail(w, "the run has more events than any should");
	if (when > w->now_us)
		w->now_us = when;
	w->net.now_us = w->now_us;
}

bool world_step(struct world *w, int64_t until_us)
{
	int64_t when;
	int source = next_source(w, &when);

	if (w->failed)
		return false;
	if (when > until_us) {
		if (until_us > w->now_us)
			move_to(w, until_us);
		return false;
	}
	move_to(w, when);
	w->touched = -1;
	if (source == w->node_count) {
		net_step(&w->net);
	} else {
		w->touched = source;
		if (w->nodes[source].kind == NODE_RELAY)
			relay_node_step(w->nodes[source].relay);
		else
			terminal_node_step(w->nodes[source].terminal);
	}
	if (w->touched >= 0 && w->nodes[w->touched].dying)
		world_crash(w, &w->nodes[w->touched]);
	law_check(w);
	return !w->failed;
}

void world_run(struct world *w, int64_t until_us)
{
	while (world_step(w, until_us))
		continue;
}

/* --- beginning and end --- */

struct world *world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	for (int i = 0; i < DICES; i++) {
		w->dice[i] = seed * DICES + (uint64_t)i;
		(void)splitmix(&w->dice[i]);
	}
	w->now_us = w->zero_us = BEGIN_MS * 1000;
	net_init(&w->net, &net_handlers, w);
	w->net.now_us = w->now_us;
	w->delay_min_us = 1000;
	w->delay_max_us = 20000;
	w->mail_us = 100;
	w->page_min_us = 200000;
	w->page_max_us = 1000000;
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	for (int i = 0; i < w->node_count; i++) {
		relay_node_free(w->nodes[i].relay);
		terminal_node_free(w->nodes[i].terminal);
	}
	net_fini(&w->net);
	free(w);
}
