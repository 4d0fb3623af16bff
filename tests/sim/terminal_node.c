/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "relay_node.h"
#include "talk.h"

enum {
	FINISH_US = 2000000, /* as in src/terminal/link.c */
	LEAVE_MS = 1000,     /* as in src/terminal/office.c */
};

static struct terminal_slot *slot_of(struct terminal_node *t, uint64_t conn)
{
	for (size_t i = 0; i < t->slot_count; i++)
		if (t->slots[i].link && t->slots[i].conn == conn)
			return &t->slots[i];
	return NULL;
}

static struct terminal_slot *free_slot(struct terminal_node *t)
{
	for (size_t i = 0; i < t->slot_count; i++)
		if (!t->slots[i].link)
			return &t->slots[i];
	return t->slot_count < TERMINAL_LINKS_MAX ? &t->slots[t->slot_count++]
						  : NULL;
}

/* --- effects --- */

static void dial(struct terminal_node *t, uint64_t conn)
{
	struct world *w = t->world;
	struct terminal_slot *s = free_slot(t);

	if (t->node->dying)
		return;
	if (!s) {
		client_closed(t->client, conn, world_now(w), &t->effects);
		return;
	}
	world_trace(w, t->node, "dials %llu", (unsigned long long)conn);
	*s = (struct terminal_slot){
		.conn = conn,
		.link = world_dial(w, t->node, conn,
				   &w->nodes[t->settings.relay]),
	};
}

/* Two steps and the relay's last word, as SCRAM has. */
static void step_login(struct terminal_node *t, uint64_t conn)
{
	struct terminal_slot *s = slot_of(t, conn);

	if (s)
		client_login(t->client, conn,
			     s->login_steps++ < 2 ? CLIENT_LOGIN_MORE
						  : CLIENT_LOGIN_OK,
			     span_of("word"), world_now(t->world), &t->effects);
}

static void close_conn(struct terminal_node *t, uint64_t conn)
{
	struct terminal_slot *s = slot_of(t, conn);

	if (s && !t->node->dying)
		net_finish(s->link, NET_DIALLER, FINISH_US);
}

static void send_to(struct terminal_node *t, const struct effect *e)
{
	struct terminal_slot *s = slot_of(t, e->conn);
	const uint8_t *bytes = effects_bytes(&t->effects, e);

	talk_terminal_says(t->world, t, bytes, e->length);
	if (s && !t->node->dying &&
	    !net_write(s->link, NET_DIALLER, bytes, e->length, 0))
		net_finish(s->link, NET_DIALLER, FINISH_US);
}

static void on_changed(struct terminal_node *t)
{
	if (t->joined && client_counts(t->client).up > 0)
		queue_online(t);
}

static void carry_out(struct terminal_node *t, size_t i)
{
	const struct effect e = t->effects.items[i];

	switch (e.kind) {
	case EFFECT_SEND:
		send_to(t, &e);
		break;
	case EFFECT_CLOSE:
		close_conn(t, e.conn);
		break;
	case EFFECT_LOGIN:
		step_login(t, e.conn);
		break;
	case EFFECT_DIAL:
		dial(t, e.conn);
		break;
	case EFFECT_RING:
		exchange_ring(t, &e.call);
		break;
	case EFFECT_TALK:
		exchange_talk(t, &e.call);
		break;
	case EFFECT_OVER:
		exchange_over(t, &e.call);
		break;
	case EFFECT_ONLINE:
	case EFFECT_OFFLINE:
		world_trace(t->world, t->node, "%s",
			    e.kind == EFFECT_ONLINE ? "online" : "offline");
		on_changed(t);
		break;
	case EFFECT_LISTING:
	case EFFECT_PRESENCE:
	case EFFECT_NOTE:
		break;
	case EFFECT_PATIENCE:
	case EFFECT_JOIN:
	case EFFECT_DISCARD:
	case EFFECT_FORBID:
	case EFFECT_RECORD:
	case EFFECT_TRUST:
	case EFFECT_PLACE:
	case EFFECT_FIND:
	case EFFECT_LIST:
	case EFFECT_STATE:
	case EFFECT_KINDS:
		world_fail(t->world, "effect %d is not a client's", e.kind);
	}
}

void terminal_node_settle(struct terminal_node *t)
{
	for (size_t i = 0; i < t->effects.count && !t->world->failed; i++) {
		if (i > WORLD_SPIN_MAX)
			world_fail(t->world, "%s: effects without end",
				   t->node->name);
		carry_out(t, i);
	}
	if (t->effects.out_of_memory)
		abort();
	effects_clear(&t->effects);
	exchange_flush(t);
}

bool terminal_node_say(struct terminal_node *t, uint32_t number,
		       const uint8_t *bytes, size_t len)
{
	uint64_t conn = client_conn_of(t->client, number);
	struct terminal_slot *s = slot_of(t, conn);
	uint8_t frame[FRAME_MAX];
	uint64_t tag = 0;

	if (!s || client_call_on(t->client, conn) != number || t->node->dying)
		return false;
	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i].number == number)
			tag = t->entries[i].root;
	frame_header(frame, MESSAGE_DATA, len);
	memcpy(frame + FRAME_HEADER, bytes, len);
	if (!net_write(s->link, NET_DIALLER, frame, FRAME_HEADER + len, tag))
		return false;
	client_sent(t->client, conn, world_now(t->world));
	return true;
}

/* --- from the network --- */

void terminal_node_opened(struct terminal_node *t, struct net_link *l)
{
	client_opened(t->client, l->sides[NET_DIALLER].number,
		      world_now(t->world), &t->effects);
	terminal_node_settle(t);
}

static void take_data(struct terminal_node *t, uint64_t conn,
		      const struct frame *f, uint64_t tag)
{
	uint32_t call = client_call_on(t->client, conn);

	client_heard(t->client, conn, world_now(t->world), &t->effects);
	if (call)
		exchange_data(t, call, f->payload, f->length, tag);
}

void terminal_node_frame(struct terminal_node *t, struct net_link *l,
			 const uint8_t *bytes, size_t len, uint64_t tag)
{
	uint64_t conn = l->sides[NET_DIALLER].number;
	int64_t now = world_now(t->world);
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) != FRAME_DONE)
		abort();
	if (f.type == MESSAGE_DATA)
		take_data(t, conn, &f, tag);
	else if (message_decode(&m, &f) == MESSAGE_OK)
		client_message(t->client, conn, &m, now, &t->effects);
	else
		client_violation(t->client, conn, now, &t->effects);
	terminal_node_settle(t);
}

void terminal_node_closed(struct terminal_node *t, struct net_link *l)
{
	uint64_t conn = l->sides[NET_DIALLER].number;
	struct terminal_slot *s = slot_of(t, conn);

	if (!s)
		return;
	world_trace(t->world, t->node, "%llu closed", (unsigned long long)conn);
	*s = (struct terminal_slot){ 0 };
	client_closed(t->client, conn, world_now(t->world), &t->effects);
	terminal_node_settle(t);
}

/* --- the client's life --- */

bool terminal_node_known_at(const struct terminal_node *t, int relay)
{
	return t->settings.home == relay || t->settings.also == relay;
}

void terminal_node_tell_account(const struct terminal_node *t)
{
	struct node *nodes = t->world->nodes;

	relay_node_account(nodes[t->settings.home].relay, t);
	if (t->settings.also >= 0)
		relay_node_account(nodes[t->settings.also].relay, t);
}

static void join(struct terminal_node *t)
{
	struct world *w = t->world;
	struct client_settings s = {
		.self = { .software = "sim" },
		.spares = t->settings.spares,
		.lines_max = t->settings.lines,
		.procedures = PROCEDURE_T38,
		.abilities = ABILITY_UNPACED,
	};

	t->settings.relay = t->next_relay;
	snprintf(s.self.id, sizeof(s.self.id), "%s", t->settings.account);
	memset(s.self.place, world_index(w, t->node), sizeof(s.self.place));
	t->client = client_new(&s, ((uint64_t)++t->lives << 32) +
					   world_dice(w, DICE_QUEUE, 1 << 30));
	if (!t->client)
		abort();
	t->joined = true;
	client_start(t->client, world_now(w), &t->effects);
	queue_soon(t);
}

/* The client and its connections go, without another word. */
static void part(struct terminal_node *t, bool crashed)
{
	for (size_t i = 0; i < t->slot_count; i++)
		if (t->slots[i].link)
			net_abandon(t->slots[i].link, NET_DIALLER);
	memset(t->slots, 0, sizeof(t->slots));
	t->slot_count = 0;
	exchange_clear(t, crashed);
	effects_clear(&t->effects);
	client_free(t->client);
	t->client = NULL;
	t->joined = false;
	t->leave_ms = INT64_MAX;
}

static void on_left(struct terminal_node *t)
{
	part(t, false);
	if (t->stopping)
		world_crash(t->world, t->node);
	else if (t->coming_back)
		join(t);
	terminal_node_settle(t);
}

void terminal_node_start(struct terminal_node *t)
{
	disk_recover(&t->disk, t->world);
	queue_load(t);
	t->stopping = t->coming_back = false;
	t->leave_ms = INT64_MAX;
	join(t);
	terminal_node_settle(t);
}

void terminal_node_stop(struct terminal_node *t)
{
	part(t, true);
}

void terminal_node_heal(struct terminal_node *t)
{
	t->disabled = false;
	t->settings.silent = t->settings.refuse = false;
	terminal_node_tell_account(t);
	if (t->stopping) {
		world_crash(t->world, t->node);
		world_start(t->world, t->node);
	}
	terminal_node_log_in(t);
}

/* --- the user's doing --- */

void terminal_node_dial(struct terminal_node *t, const char *to)
{
	(void)terminal_node_send(t, to, -1);
}

void terminal_node_hang_up_all(struct terminal_node *t)
{
	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i].number && t->entries[i].job < 0)
			terminal_node_cancel(t, t->entries[i].number);
}

void terminal_node_log_out(struct terminal_node *t, bool stop)
{
	t->stopping |= stop;
	t->coming_back = false;
	if (t->joined) {
		t->joined = false;
		client_logout(t->client, world_now(t->world), &t->effects);
		t->leave_ms = world_now(t->world) + LEAVE_MS;
	} else if (!t->client && stop) {
		t->leave_ms = world_now(t->world);
	}
}

void terminal_node_log_in(struct terminal_node *t)
{
	if (t->joined || t->stopping)
		return;
	if (t->client)
		t->coming_back = true; /* once it has left */
	else
		join(t);
}

void terminal_node_move(struct terminal_node *t)
{
	if (t->settings.also < 0)
		return;
	t->next_relay = t->next_relay == t->settings.also ? t->settings.home
							  : t->settings.also;
	terminal_node_log_out(t, false);
	terminal_node_log_in(t);
}

void terminal_node_fault(struct terminal_node *t)
{
	for (size_t i = 0; i < t->entry_count; i++)
		if (t->entries[i].fax)
			engine_break(&t->entries[i].fax->engine);
}

/* --- time --- */

static int64_t earlier(int64_t at, int64_t ms)
{
	return ms != INT64_MAX && ms * 1000 < at ? ms * 1000 : at;
}

int64_t terminal_node_next(const struct terminal_node *t)
{
	int64_t at = exchange_next(t);

	at = earlier(at, t->queue.due_ms);
	at = earlier(at, t->leave_ms);
	return t->client ? earlier(at, client_deadline(t->client)) : at;
}

void terminal_node_step(struct terminal_node *t)
{
	int64_t now = world_now(t->world);

	if (t->leave_ms <= now) {
		on_left(t);
		return;
	}
	if (t->queue.due_ms <= now) {
		queue_tick(t);
	} else if (exchange_next(t) <= t->world->now_us) {
		exchange_step(t);
	} else {
		client_tick(t->client, now, &t->effects);
		if (client_deadline(t->client) <= now)
			world_fail(t->world,
				   "%s: the client's next deadline "
				   "is not in the future",
				   t->node->name);
	}
	terminal_node_settle(t);
}

/* --- making and unmaking --- */

struct terminal_node *terminal_node_new(struct world *w, struct node *n,
					const struct terminal_settings *s)
{
	struct terminal_node *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->world = w;
	t->node = n;
	t->settings = *s;
	t->next_relay = s->relay;
	effects_init(&t->effects);
	return t;
}

void terminal_node_free(struct terminal_node *t)
{
	if (!t)
		return;
	part(t, true);
	effects_fini(&t->effects);
	free(t);
}
