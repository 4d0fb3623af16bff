/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "core/keepalive.h"
#include "wire/message.h"

enum {
	FINISH_US = 5000000, /* as in src/relay/worker.c */
	SLACK_MS = 1000,     /* as in src/relay/control.c */
};

struct guest *worker_find(struct relay_node *r, uint64_t number)
{
	for (size_t i = 0; i < r->guest_count; i++)
		if (r->guests[i]->number == number && r->guests[i]->link)
			return r->guests[i];
	return NULL;
}

static void tell(struct relay_node *r, const struct guest *g,
		 enum worker_event event)
{
	struct world *w = r->world;
	struct mail m = { .kind = (int)event, .conn = g->number };

	mail_post(&r->events,
		  w->now_us + world_between(w, DICE_MAIL, 0, w->mail_us), &m,
		  NULL);
}

static void tell_frame(struct relay_node *r, const struct guest *g,
		       const uint8_t *bytes, size_t len, uint64_t tag)
{
	struct world *w = r->world;
	struct mail m = {
		.kind = WORKER_FRAME, .conn = g->number, .tag = tag, .len = len
	};

	mail_post(&r->events,
		  w->now_us + world_between(w, DICE_MAIL, 0, w->mail_us), &m,
		  bytes);
}

/* When to look next: at the end of its silence, or of its call's. */
static void watch_silence(const struct relay_node *r, struct guest *g)
{
	int64_t now = world_now(r->world);
	int64_t due = (g->held ? now : g->heard_ms) + g->patience_ms;
	int64_t stalled = g->moved_ms + r->settings.stall_ms;

	if (g->rule == GUEST_JOINED && stalled > now && stalled < due)
		due = stalled;
	g->silence_ms = due;
}

/* --- back-pressure --- */

static void hold(struct relay_node *r, struct guest *g)
{
	r->world->seen[SEEN_HELD]++;
	g->held = true;
	net_pause(g->link, g->end, true);
}

static void let_go_on(struct relay_node *r, struct guest *g)
{
	if (!g->held)
		return;
	g->held = false;
	g->heard_ms = world_now(r->world);
	if (g->link)
		net_pause(g->link, g->end, false);
}

/* Both at once: the order for the peer may come after its closing. */
static void unjoin(struct relay_node *r, struct guest *g, enum guest_rule rule)
{
	struct guest *peer = g->peer;

	g->rule = rule;
	if (!peer)
		return;
	g->peer = NULL;
	peer->peer = NULL;
	let_go_on(r, peer);
	let_go_on(r, g);
}

/* --- what comes from the network --- */

void worker_arrived(struct relay_node *r, struct guest *g)
{
	g->patience_ms = keepalive_patience(r->settings.keepalive_ms,
					    r->settings.keepalive_ms) +
			 SLACK_MS;
	g->heard_ms = world_now(r->world);
	/* What comes late on a line of ours is nobody's fault. */
	if (g->end == NET_DIALLER)
		g->rule = GUEST_DISCARDED;
	watch_silence(r, g);
}

void worker_opened(struct relay_node *r, struct guest *g)
{
	g->heard_ms = world_now(r->world);
	tell(r, g, WORKER_OPENED);
}

static void forward(struct relay_node *r, struct guest *g, const uint8_t *bytes,
		    size_t len, uint64_t tag)
{
	struct guest *peer = g->peer;

	if (!peer)
		return; /* the far side has left the call */
	g->moved_ms = peer->moved_ms = world_now(r->world);
	if (!net_write(peer->link, peer->end, bytes, len, tag)) {
		net_finish(peer->link, peer->end, 0);
		return;
	}
	if (net_above_high_water(peer->link, peer->end))
		hold(r, g);
}

void worker_frame(struct relay_node *r, struct guest *g, const uint8_t *bytes,
		  size_t len, uint64_t tag)
{
	uint8_t type = bytes[0];

	g->heard_ms = world_now(r->world);
	if (type == MESSAGE_DATA && g->rule == GUEST_JOINED)
		forward(r, g, bytes, len, tag);
	else if (type != MESSAGE_DATA || g->rule == GUEST_FORBIDDEN)
		tell_frame(r, g, bytes, len, tag);
}

void worker_drained(struct relay_node *r, struct guest *g)
{
	if (g->peer)
		let_go_on(r, g->peer);
}

void worker_closed(struct relay_node *r, struct guest *g)
{
	tell(r, g, WORKER_CLOSED);
	if (g->peer) {
		let_go_on(r, g->peer);
		g->peer->peer = NULL;
	}
	g->peer = NULL;
	g->link = NULL;
}

/* --- silence --- */

int64_t worker_next(const struct relay_node *r)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < r->guest_count; i++)
		if (r->guests[i]->link && r->guests[i]->silence_ms < at)
			at = r->guests[i]->silence_ms;
	return at;
}

static void on_silence(struct relay_node *r, struct guest *g)
{
	int64_t now = world_now(r->world);

	/* When it is held it is we who do not listen. */
	if (!g->held && g->heard_ms + g->patience_ms <= now) {
		g->silence_ms = INT64_MAX;
		net_finish(g->link, g->end, 0);
		return;
	}
	if (g->rule == GUEST_JOINED &&
	    g->moved_ms + r->settings.stall_ms <= now)
		tell(r, g, WORKER_STALLED);
	watch_silence(r, g);
}

void worker_tick(struct relay_node *r)
{
	for (size_t i = 0; i < r->guest_count; i++) {
		struct guest *g = r->guests[i];

		if (g->link && g->silence_ms <= world_now(r->world))
			on_silence(r, g);
	}
}

/* --- orders --- */

static void join(struct relay_node *r, struct guest *g, struct guest *peer)
{
	if (!peer)
		return; /* it closed; control is about to hear of that */
	g->peer = peer;
	peer->peer = g;
	g->rule = peer->rule = GUEST_JOINED;
	g->moved_ms = peer->moved_ms = world_now(r->world);
	watch_silence(r, g);
	watch_silence(r, peer);
}

static void send(struct relay_node *r, struct guest *g, const struct mail *m)
{
	uint8_t type = m->bytes[0];

	if (!net_write(g->link, g->end, m->bytes, m->len, m->tag))
		net_finish(g->link, g->end, 0);
	if (type == MESSAGE_INCOMING || type == MESSAGE_CONNECT)
		(void)world_trapped(r->world, r->node, TRAP_RINGING);
	if (type == MESSAGE_CONNECTED || type == MESSAGE_ACCEPT)
		(void)world_trapped(r->world, r->node, TRAP_CONNECTED);
}

void worker_order(struct relay_node *r, const struct mail *m)
{
	struct guest *g = worker_find(r, m->conn);

	if (!g)
		return; /* closed meanwhile */
	switch ((enum worker_order)m->kind) {
	case WORKER_SEND:
		send(r, g, m);
		break;
	case WORKER_CLOSE:
		net_finish(g->link, g->end, FINISH_US);
		break;
	case WORKER_JOIN:
		join(r, g, worker_find(r, m->peer));
		break;
	case WORKER_DISCARD:
		unjoin(r, g, GUEST_DISCARDED);
		break;
	case WORKER_PATIENCE:
		g->patience_ms = (int64_t)m->peer + SLACK_MS;
		watch_silence(r, g);
		break;
	case WORKER_FORBID:
		unjoin(r, g, GUEST_FORBIDDEN);
		break;
	}
}
