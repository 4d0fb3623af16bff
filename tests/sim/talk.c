/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

#include <string.h>

#include "chain.h"
#include "core/registry.h"
#include "terminal_node.h"
#include "worker.h"

static void count_failed(struct world *w, const struct guest *g,
			 uint16_t reason)
{
	const struct node *from = world_node(w, g->user);

	static const struct {
		uint16_t reason;
		enum world_seen seen;
	} kinds[] = {
		{ REASON_COLLISION, SEEN_COLLISION },
		{ REASON_BUSY, SEEN_BUSY },
		{ REASON_OFFLINE, SEEN_OFFLINE },
		{ REASON_REFUSED, SEEN_REFUSED },
		{ REASON_NO_ANSWER, SEEN_NO_ANSWER },
		{ REASON_CANCELLED, SEEN_CANCELLED },
		{ REASON_UNREACHABLE, SEEN_UNREACHABLE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		w->seen[kinds[i].seen] += kinds[i].reason == reason;
	w->seen[SEEN_CROSSED] +=
		reason == REASON_COLLISION && from && from->relay;
}

static void offered(struct world *w, struct world_call *c)
{
	c->offers++;
	w->seen[SEEN_OFFERED_AGAIN] += c->offers == 2;
	if (c->offers > 2)
		world_fail(w, "call %llx is offered for the third time",
			   (unsigned long long)c->number);
}

static void answered(struct world *w, struct guest *g, uint32_t request)
{
	if (!g->asked || g->request != request)
		world_fail(w, "request %u is answered twice, or was never made",
			   request);
	g->asked = false;
}

void talk_relay_says(struct world *w, struct guest *g, const struct message *m)
{
	if (!g)
		world_fail(w, "the relay speaks to a connection that is gone");
	else if (m->type == MESSAGE_CONNECTED)
		answered(w, g, m->connected.request);
	else if (m->type == MESSAGE_FAILED)
		answered(w, g, m->failed.request);
	else if (m->type == MESSAGE_INCOMING)
		offered(w, chain_call(w, m->incoming.call));
	if (g && m->type == MESSAGE_FAILED)
		count_failed(w, g, m->failed.reason);
	w->seen[SEEN_NEED] += m->type == MESSAGE_NEED && m->need.count > 0;
}

static void hears_data(struct relay_node *r, const struct guest *g)
{
	const struct registry_conn *c = registry_conn(r->relay, g->number);
	const struct registry_conn *other;

	r->world->seen[SEEN_LATE_DATA] += c && c->state == SESSION_CLEARING;
	if (!c || c->state != SESSION_CALL)
		return;
	other = c->call->caller.conn == c ? c->call->callee.conn
					  : c->call->caller.conn;
	if (worker_find(r, other->number) && worker_find(r, g->number))
		world_fail(r->world, "call %llx has a hole",
			   (unsigned long long)c->call->number);
}

/* It was told to go, and says what it likes until it hears of that. */
static bool is_going(const struct relay_node *r, const struct guest *g)
{
	const struct registry_conn *c = registry_conn(r->relay, g->number);

	return c && c->state == SESSION_GOING;
}

void talk_relay_hears(struct relay_node *r, struct guest *g,
		      const struct message *m)
{
	if (g && m->type == MESSAGE_DATA)
		hears_data(r, g);
	if (!g || m->type != MESSAGE_CONNECT || is_going(r, g))
		return;
	if (g->asked)
		world_fail(r->world,
			   "request %u was not answered before request %u",
			   g->request, m->connect.request);
	g->asked = true;
	g->request = m->connect.request;
}

/* A RELEASE that does not come in time is no breach: the path may be slow. */
void talk_relay_notes(struct world *w, const char *text)
{
	world_trace(w, NULL, "%s", text);
	if (strstr(text, "what=no-release"))
		w->seen[SEEN_NO_RELEASE]++;
	else if (strstr(text, "event=violation"))
		world_fail(w, "%s", text);
}

void talk_terminal_says(struct world *w, const struct terminal_node *t,
			const uint8_t *bytes, size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) != FRAME_DONE ||
	    message_decode(&m, &f) != MESSAGE_OK)
		world_fail(w, "%s says what is no message", t->node->name);
	else if (m.type == MESSAGE_BYE && m.bye.reason == REASON_PROTOCOL)
		world_fail(w, "%s: the relay broke the protocol",
			   t->node->name);
}

void talk_call_stands(struct world *w, const struct terminal_node *t,
		      const struct terminal_entry *e,
		      const struct effect_call *call)
{
	struct world_call *c = chain_call(w, call->relay_call);

	if (!e->outgoing)
		chain_stands(w, c);
	c->callers += e->outgoing;
	c->callees += !e->outgoing;
	/* An offer whose connection is lost is made again, once; so a callee
	 * may have accepted on a connection that was lost already. */
	if (c->callers > 1 || c->callees > 2)
		world_fail(w, "%s: call %llx stands twice", t->node->name,
			   (unsigned long long)call->relay_call);
}
