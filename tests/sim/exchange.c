/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <stdio.h>
#include <string.h>

#include "chain.h"
#include "talk.h"

static struct terminal_entry *find(struct terminal_node *t, uint32_t number)
{
	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i].number == number)
			return &t->entries[i];
	if (number != 0 || t->entry_count == TERMINAL_CALLS_MAX)
		return NULL;
	return &t->entries[t->entry_count++];
}

/* --- what the network tells --- */

void exchange_ring(struct terminal_node *t, const struct effect_call *call)
{
	struct terminal_entry *e = find(t, 0);
	int64_t now = world_now(t->world);

	world_trace(t->world, t->node, "call %u from %s rings", call->number,
		    call->far_id);
	chain_rings(t, call);
	if (world_trapped(t->world, t->node, TRAP_RINGING))
		return;
	if (t->settings.refuse) {
		client_refuse(t->client, call->number, REASON_REFUSED, now,
			      &t->effects);
	} else if (!e || !t->joined) {
		client_refuse(t->client, call->number, REASON_BUSY, now,
			      &t->effects);
	} else {
		*e = (struct terminal_entry){
			.number = call->number,
			.job = -1,
			.root = chain_root(t->world, call->relay_call)
		};
		if (!t->settings.silent)
			client_accept(t->client, call->number, now,
				      &t->effects);
	}
}

void exchange_talk(struct terminal_node *t, const struct effect_call *call)
{
	struct terminal_entry *e = find(t, call->number);

	if (!e) {
		world_fail(t->world, "%s: call %u stands and nobody made it",
			   t->node->name, call->number);
		return;
	}
	e->root = chain_root(t->world, call->relay_call);
	talk_call_stands(t->world, t, e, call);
	if (world_trapped(t->world, t->node, TRAP_CONNECTED))
		return;
	if (e->outgoing && e->job < 0)
		return; /* a call without a fax */
	if (e->outgoing)
		queue_standing(t, e->job);
	e->fax = fax_new(t, call->number, call->far_id, e->job);
}

void exchange_data(struct terminal_node *t, uint32_t number,
		   const uint8_t *bytes, size_t len, uint64_t tag)
{
	struct terminal_entry *e = find(t, number);

	if (!e)
		return;
	if (e->root != tag)
		world_fail(t->world, "%s: DATA of call %llx came in call %llx",
			   t->node->name, (unsigned long long)tag,
			   (unsigned long long)e->root);
	if (e->fax)
		fax_data(e->fax, bytes, len);
}

/* A call that never stood has no fax in it that could tell its end. */
static void never_stood(struct terminal_node *t, struct terminal_entry *e,
			const struct effect_call *call)
{
	struct transfer_result r = { .reason = call->reason,
				     .again = jobs_worth_again(call->reason) };
	struct terminal_entry was = *e;

	*e = (struct terminal_entry){ 0 };
	if (was.job >= 0)
		queue_finished(t, was.job, &r);
}

void exchange_over(struct terminal_node *t, const struct effect_call *call)
{
	struct terminal_entry *e = find(t, call->number);

	world_trace(t->world, t->node, "call %u is over: %s", call->number,
		    reason_name(call->reason));
	if (!e)
		return;
	if (e->fax)
		fax_over(e->fax, call->reason);
	else
		never_stood(t, e, call);
}

/* --- what the faxes and the queue ask for --- */

uint32_t terminal_node_send(struct terminal_node *t, const char *to, int job)
{
	struct terminal_entry *e = find(t, 0);
	uint32_t number;

	if (!e || !t->joined)
		return 0;
	number = client_call(t->client, to, world_now(t->world), &t->effects);
	*e = (struct terminal_entry){ .number = number,
				      .outgoing = true,
				      .job = job };
	return number;
}

void terminal_node_cancel(struct terminal_node *t, uint32_t number)
{
	struct terminal_entry *e = find(t, number);

	if (!e)
		return;
	if (e->fax)
		fax_cancel(e->fax);
	else
		client_end(t->client, number, REASON_CANCELLED,
			   world_now(t->world), &t->effects);
}

void terminal_node_hang_up(struct terminal_node *t, uint32_t number,
			   uint16_t reason)
{
	client_end(t->client, number, reason, world_now(t->world), &t->effects);
}

void terminal_node_progress(struct terminal_node *t, uint32_t number,
			    uint16_t pages)
{
	const struct terminal_entry *e = find(t, number);

	if (e && e->outgoing)
		queue_progress(t, e->job, pages);
}

void terminal_node_finished(struct terminal_node *t, uint32_t number,
			    const struct transfer_result *result)
{
	struct terminal_entry *e = find(t, number);
	struct terminal_entry was;

	if (!e)
		return;
	was = *e;
	*e = (struct terminal_entry){ 0 };
	t->finished[t->finished_count++] = was.fax;
	if (was.outgoing)
		queue_finished(t, was.job, result);
}

/* --- all of them --- */

void exchange_flush(struct terminal_node *t)
{
	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i].fax)
			fax_flush(t->entries[i].fax);
	while (t->finished_count > 0) {
		struct fax *f = t->finished[--t->finished_count];

		if (!t->node->dying)
			fax_abandon(f);
		fax_free(f);
	}
}

void exchange_clear(struct terminal_node *t, bool crashed)
{
	while (t->finished_count > 0)
		fax_free(t->finished[--t->finished_count]);
	for (size_t i = 0; i < t->entry_count; i++) {
		struct terminal_entry *e = &t->entries[i];

		if (e->number && e->outgoing && !crashed)
			world_fail(t->world,
				   "%s: call %u was not ended by the logout",
				   t->node->name, e->number);
		if (e->fax && !crashed)
			fax_abandon(e->fax);
		fax_free(e->fax);
	}
	memset(t->entries, 0, sizeof(t->entries));
	t->entry_count = 0;
}

int64_t exchange_next(const struct terminal_node *t)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i].fax && fax_next(t->entries[i].fax) < at)
			at = fax_next(t->entries[i].fax);
	return at;
}

void exchange_step(struct terminal_node *t)
{
	for (size_t i = 0; i < t->entry_count; i++) {
		struct fax *f = t->entries[i].fax;

		if (!f || fax_next(f) > t->world->now_us)
			continue;
		fax_step(f);
		return;
	}
}
