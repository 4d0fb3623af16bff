/* SPDX-License-Identifier: Apache-2.0 */
#include "expect.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/registry.h"
#include "relay_node.h"
#include "terminal_node.h"

/* The sum over the node, or over all nodes. */
typedef int64_t quantity(const struct node *n);

static int64_t in_state(const struct node *n, enum jobs_state state)
{
	int64_t count = 0;

	for (size_t i = 0; n->terminal && i < n->terminal->disk.job_count; i++)
		count += n->terminal->disk.jobs[i].state == state;
	return count;
}

static int64_t delivered(const struct node *n)
{
	return in_state(n, JOBS_DELIVERED);
}

static int64_t failed(const struct node *n)
{
	return in_state(n, JOBS_FAILED);
}

static int64_t cancelled(const struct node *n)
{
	return in_state(n, JOBS_CANCELLED);
}

static int64_t queued(const struct node *n)
{
	return in_state(n, JOBS_QUEUED);
}

static int64_t jobs(const struct node *n)
{
	return n->terminal ? (int64_t)n->terminal->disk.job_count : 0;
}

static int64_t attempts(const struct node *n)
{
	int64_t count = 0;

	for (size_t i = 0; n->terminal && i < n->terminal->queue.count; i++)
		count += n->terminal->queue.jobs[i].record.attempts;
	return count;
}

static int64_t faxes(const struct node *n, bool complete)
{
	int64_t count = 0;

	for (size_t i = 0; n->terminal && i < n->terminal->disk.fax_count; i++)
		count += n->terminal->disk.inbox[i].complete == complete;
	return count;
}

static int64_t inbox(const struct node *n)
{
	return faxes(n, true);
}

static int64_t partials(const struct node *n)
{
	return faxes(n, false);
}

/* Of all nodes: those of the relays, or each would count twice. */
static int64_t calls(const struct node *n)
{
	if (n->relay && n->relay->relay)
		return relay_counts(n->relay->relay).calls;
	return 0;
}

static int64_t calls_ever(const struct node *n)
{
	if (n->relay && n->relay->relay)
		return (int64_t)relay_counts(n->relay->relay).calls_total;
	return 0;
}

static int64_t logins(const struct node *n)
{
	if (n->relay && n->relay->relay)
		return (int64_t)relay_counts(n->relay->relay).logins;
	return 0;
}

static int64_t terminals(const struct node *n)
{
	if (n->relay && n->relay->relay)
		return relay_counts(n->relay->relay).terminals;
	return 0;
}

/* Connections to other relays that carry calls; that it dialled. */
static int64_t trunks(const struct node *n)
{
	int64_t count = 0;

	for (uint32_t i = 0;
	     n->relay && n->relay->relay && i < n->relay->relay->dialled_count;
	     i++)
		count += client_counts(n->relay->relay->dialled[i]->trunk).up;
	return count;
}

static int64_t news(const struct node *n)
{
	return n->relay ? (int64_t)n->relay->news : 0;
}

static int64_t lines(const struct node *n)
{
	if (n->terminal && n->terminal->client)
		return client_counts(n->terminal->client).up;
	return 0;
}

static int64_t under_way(const struct node *n)
{
	int64_t count = 0;

	for (size_t i = 0; n->terminal && i < n->terminal->entry_count; i++)
		count += n->terminal->entries[i].number != 0;
	return count;
}

/* The reason of the newest job's last attempt. */
static int64_t reason(const struct node *n)
{
	if (!n->terminal || n->terminal->queue.count == 0)
		return -1;
	return n->terminal->queue.jobs[n->terminal->queue.count - 1]
		.record.tries.last_reason;
}

static const struct {
	const char *name;
	quantity *of;
} quantities[] = {
	{ "jobs", jobs },	    { "queued", queued },
	{ "delivered", delivered }, { "failed", failed },
	{ "cancelled", cancelled }, { "attempts", attempts },
	{ "inbox", inbox },	    { "partials", partials },
	{ "calls", calls },	    { "calls-ever", calls_ever },
	{ "terminals", terminals }, { "under-way", under_way },
	{ "lines", lines },	    { "logins", logins },
	{ "reason", reason },	    { "trunks", trunks },
	{ "news", news },
};

static quantity *find(const char *name)
{
	for (size_t i = 0; i < sizeof(quantities) / sizeof(quantities[0]); i++)
		if (strcmp(quantities[i].name, name) == 0)
			return quantities[i].of;
	return NULL;
}

static bool holds(int64_t left, const char *sign, int64_t right)
{
	bool equal = sign[strlen(sign) - 1] == '=' && left == right;

	if (sign[0] == '<')
		return left < right || equal;
	if (sign[0] == '>')
		return left > right || equal;
	return equal;
}

static bool read_value(const char *word, int64_t *value)
{
	if (text_to_number(word, 0, INT64_MAX, value))
		return true;
	for (uint16_t r = 0; r < REASONS; r++) {
		*value = r;
		if (strcmp(reason_name(r), word) == 0)
			return true;
	}
	return false;
}

static const char *quantity_fault(struct world *w,
				  const struct scenario_statement *s)
{
	static char text[200];
	quantity *of = find(s->what);
	int64_t value, is = 0;

	if (!of)
		return "there is no such quantity";
	if (!read_value(s->other, &value))
		return "this is neither a number nor a reason";
	if (s->kind == SCENARIO_EXPECT_OF) {
		is = of(world_node(w, s->node));
	} else {
		for (int i = 0; i < w->node_count; i++)
			is += of(&w->nodes[i]);
	}
	if (holds(is, s->sign, value))
		return NULL;
	if (of == reason && is >= 0)
		snprintf(text, sizeof(text), "%s is %s, not %s %s", s->what,
			 reason_name((uint16_t)is), s->sign, s->other);
	else
		snprintf(text, sizeof(text), "%s is %lld, not %s %s", s->what,
			 (long long)is, s->sign, s->other);
	return text;
}

const char *expect_fault(struct world *w, const struct scenario_statement *s)
{
	const struct node *n = world_node(w, s->node);
	bool online;

	if (*s->node && !n)
		return "there is no such node";
	if (s->kind == SCENARIO_EXPECT_OF || s->kind == SCENARIO_EXPECT)
		return quantity_fault(w, s);
	online = n->relay ? n->up && !n->relay->draining : lines(n) > 0;
	if (online == (s->kind == SCENARIO_ONLINE))
		return NULL;
	return online ? "it is online" : "it is offline";
}
