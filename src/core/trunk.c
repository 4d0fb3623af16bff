/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/leg.h"
#include "core/pairing.h"

enum {
	INDEX_SHIFT = 40,
	INDEX_MASK = TRUNK_PEERS_MAX - 1,
	TRUNK_SHIFT = 39, /* set: a trunk; else the link */
};

/* --- numbers --- */

static uint64_t first_conn(uint32_t index, bool trunk)
{
	return RELAY_LINES_FROM | (uint64_t)index << INDEX_SHIFT |
	       (uint64_t)trunk << TRUNK_SHIFT;
}

static bool is_trunk(uint64_t conn)
{
	return conn >> TRUNK_SHIFT & 1;
}

uint32_t relay_line_peer(uint64_t conn)
{
	return (uint32_t)(conn >> INDEX_SHIFT) & INDEX_MASK;
}

/* NULL: a number that we never gave. */
static struct registry_peer *peer_of(struct relay *r, uint64_t conn)
{
	uint32_t index = relay_line_peer(conn);

	return index < r->dialled_count ? r->dialled[index] : NULL;
}

static struct client *client_of(struct registry_peer *p, uint64_t conn)
{
	return is_trunk(conn) ? p->trunk : p->link;
}

static struct registry_leg *leg_on(struct registry_peer *p, uint32_t line)
{
	struct registry_leg *leg;

	HASH_FIND(hh, p->legs, &line, sizeof(line), leg);
	return leg;
}

/* --- what the clients ask for and tell --- */

/* The CONNECT of a call that has found a line. One that was given up in this
 * very moment is asked for too: its END comes right behind. */
static void say_connect(struct turn *t, struct registry_peer *p,
			const struct effect *e)
{
	struct registry_leg *leg = leg_on(p, e->call.number);
	struct message m = { .type = MESSAGE_CONNECT,
			     .connect = { .request = e->call.request,
					  .to = span_of(e->call.far_id),
					  .from = span_of(t->r->name),
					  .terms.procedures = PROCEDURE_T38 } };
	uint8_t path[PATH_MAX_OCTETS];

	if (leg) {
		m.connect.from = span_of(leg->call->who.id);
		m.connect.terms = leg->call->terms;
		peer_say_via(t->r, leg->call, path, &m.connect.via);
	}
	effects_send(t->out, e->conn, &m);
}

static bool read_frame(const struct effects *box, const struct effect *e,
		       uint8_t *frame, struct message *m)
{
	struct frame f;
	size_t used;

	if (e->length == 0)
		return false;
	memcpy(frame, effects_bytes(box, e), e->length);
	if (frame_decode(&f, frame, e->length, &used) != FRAME_DONE ||
	    message_decode(m, &f) != MESSAGE_OK)
		abort(); /* it was encoded a moment ago */
	return true;
}

static void take_ring(struct turn *t, struct registry_peer *p,
		      const struct effect *e)
{
	uint8_t frame[FRAME_MAX];
	struct message m;

	if (read_frame(&p->box, e, frame, &m))
		pairing_rings(t, p, e->call.number, &m.incoming);
}

static void take_talk(struct turn *t, struct registry_peer *p,
		      const struct effect *e)
{
	struct registry_leg *leg = leg_on(p, e->call.number);
	uint8_t frame[FRAME_MAX];
	struct message m;

	/* Without a frame it was we who accepted. */
	if (leg && read_frame(&p->box, e, frame, &m))
		pairing_answered(t, leg->call, &m.connected.terms);
}

static void take_over(struct turn *t, struct registry_peer *p,
		      const struct effect *e)
{
	struct registry_leg *leg = leg_on(p, e->call.number);

	if (leg)
		pairing_line_over(t, leg, e->call.reason);
}

static void come_up(struct turn *t, struct registry_peer *p, uint64_t conn)
{
	effects_note(t->out, LOG_INFO, "relay=%s conn=%llx event=%s", p->name,
		     (unsigned long long)conn,
		     is_trunk(conn) ? "trunk-up" : "link-up");
	if (is_trunk(conn)) {
		p->trunk_up = true;
		return;
	}
	peer_link_up(t, p, conn);
	client_start(p->trunk, t->now, &p->box);
}

static void go_down(struct turn *t, struct registry_peer *p, uint64_t conn)
{
	effects_note(t->out, LOG_WARN, "relay=%s conn=%llx event=%s", p->name,
		     (unsigned long long)conn,
		     is_trunk(conn) ? "trunk-down" : "link-down");
	if (is_trunk(conn)) {
		p->trunk_up = false;
		return;
	}
	peer_link_down(t, p, conn);
	/* The other side says anew what it needs, on the next one. */
	client_need(p->trunk, 0, t->now, &p->box);
}

static void pass_on(struct turn *t, const struct registry_peer *p,
		    const struct effect *e)
{
	size_t before;

	/* The last word of a call: no DATA of it may follow, and the call's end
	 * is told to us only after it. */
	if (e->kind == EFFECT_SEND &&
	    *effects_bytes(&p->box, e) == MESSAGE_RELEASE)
		effects_add(t->out, EFFECT_DISCARD, e->conn);
	before = t->out->count;
	effects_bytes_for(t->out, e->kind, e->conn, effects_bytes(&p->box, e),
			  e->length);
	if (t->out->count == before)
		return;
	t->out->items[before].level = e->level;
	if (e->kind == EFFECT_PATIENCE)
		t->out->items[before].wait_ms = e->wait_ms;
}

static void carry(struct turn *t, struct registry_peer *p, size_t i)
{
	const struct effect e = p->box.items[i];

	switch (e.kind) {
	case EFFECT_PLACE:
		say_connect(t, p, &e);
		break;
	case EFFECT_RING:
		take_ring(t, p, &e);
		break;
	case EFFECT_TALK:
		take_talk(t, p, &e);
		break;
	case EFFECT_OVER:
		take_over(t, p, &e);
		break;
	case EFFECT_ONLINE:
		come_up(t, p, e.conn);
		break;
	case EFFECT_OFFLINE:
		go_down(t, p, e.conn);
		break;
	case EFFECT_SEND:
	case EFFECT_CLOSE:
	case EFFECT_DIAL:
	case EFFECT_LOGIN:
	case EFFECT_NOTE:
	case EFFECT_PATIENCE:
	case EFFECT_TRUST:
		pass_on(t, p, &e);
		break;
	case EFFECT_FIND:
	case EFFECT_LIST:
	case EFFECT_STATE:
	case EFFECT_JOIN:
	case EFFECT_DISCARD:
	case EFFECT_FORBID:
	case EFFECT_RECORD:
	case EFFECT_LISTING:
	case EFFECT_PRESENCE:
	case EFFECT_KINDS:
		break;
	}
}

/* Carries out what the clients ask for, and what comes of that. What is asked
 * for meanwhile waits its turn. */
static void absorb(struct turn *t, struct registry_peer *p)
{
	if (p->absorbing)
		return;
	p->absorbing = true;
	for (size_t i = 0; i < p->box.count; i++)
		carry(t, p, i);
	t->out->out_of_memory |= p->box.out_of_memory;
	effects_clear(&p->box);
	p->absorbing = false;
}

/* --- what happens to a connection --- */

void trunk_opened(struct turn *t, uint64_t conn)
{
	struct registry_peer *p = peer_of(t->r, conn);

	if (!p)
		return;
	client_opened(client_of(p, conn), conn, t->now, &p->box);
	absorb(t, p);
}

void trunk_violation(struct turn *t, uint64_t conn)
{
	struct registry_peer *p = peer_of(t->r, conn);

	if (!p)
		return;
	effects_note(t->out, LOG_WARN, "relay=%s conn=%llx event=violation",
		     p->name, (unsigned long long)conn);
	client_violation(client_of(p, conn), conn, t->now, &p->box);
	absorb(t, p);
}

/* The other relay does not let us in, or is not the one that made our
 * account. */
static void note_refusal(struct turn *t, const struct registry_peer *p,
			 uint64_t conn, const char *event)
{
	effects_note(t->out, LOG_WARN, "relay=%s conn=%llx event=%s", p->name,
		     (unsigned long long)conn, event);
}

void trunk_message(struct turn *t, uint64_t conn, const struct message *m)
{
	struct registry_peer *p = peer_of(t->r, conn);

	if (!p)
		return;
	if (m->type == MESSAGE_DENIED)
		note_refusal(t, p, conn, "denied");
	client_message(client_of(p, conn), conn, m, t->now, &p->box);
	absorb(t, p);
	if (p->links[0] == conn && line_event_of(m->type) == LINE_GOT_NEWS &&
	    !peer_hear(t, p, conn, m))
		trunk_violation(t, conn);
}

void trunk_login(struct turn *t, uint64_t conn, enum relay_login result,
		 struct span sasl)
{
	static const enum client_login results[] = {
		[RELAY_LOGIN_MORE] = CLIENT_LOGIN_MORE,
		[RELAY_LOGIN_OK] = CLIENT_LOGIN_OK,
		[RELAY_LOGIN_REFUSED] = CLIENT_LOGIN_BAD,
		[RELAY_LOGIN_UNABLE] = CLIENT_LOGIN_BAD,
	};
	struct registry_peer *p = peer_of(t->r, conn);

	if (!p)
		return;
	if (result == RELAY_LOGIN_REFUSED)
		note_refusal(t, p, conn, "unproven");
	client_login(client_of(p, conn), conn, results[result], sasl, t->now,
		     &p->box);
	absorb(t, p);
}

void trunk_closed(struct turn *t, uint64_t conn)
{
	struct registry_peer *p = peer_of(t->r, conn);

	if (!p)
		return;
	client_closed(client_of(p, conn), conn, t->now, &p->box);
	absorb(t, p);
}

struct registry_leg *trunk_leg(struct relay *r, uint64_t conn)
{
	struct registry_peer *p = peer_of(r, conn);

	if (!p || !is_trunk(conn))
		return NULL;
	return leg_on(p, client_call_on(p->trunk, conn));
}

/* --- what is said there --- */

void trunk_place(struct turn *t, struct registry_peer *p,
		 struct registry_call *call)
{
	uint32_t line = client_call(p->trunk, call->to, t->now, &p->box);

	leg_set_line(&call->callee, call, p, line);
	absorb(t, p);
}

void trunk_refuse(struct turn *t, struct registry_peer *p, uint32_t line,
		  uint16_t reason)
{
	client_refuse(p->trunk, line, reason, t->now, &p->box);
	absorb(t, p);
}

void trunk_accept(struct turn *t, struct registry_peer *p, uint32_t line,
		  const struct message_terms *terms)
{
	client_accept_terms(p->trunk, line, terms, t->now, &p->box);
	absorb(t, p);
}

void trunk_end(struct turn *t, struct registry_peer *p, uint32_t line,
	       uint16_t reason)
{
	client_end(p->trunk, line, reason, t->now, &p->box);
	absorb(t, p);
}

void trunk_need(struct turn *t, struct registry_peer *p, uint32_t count)
{
	client_need(p->trunk, count, t->now, &p->box);
	absorb(t, p);
}

/* --- time --- */

int64_t trunk_deadline(const struct relay *r)
{
	int64_t at = INT64_MAX;

	for (uint32_t i = 0; i < r->dialled_count; i++) {
		int64_t link = client_deadline(r->dialled[i]->link);
		int64_t trunk = client_deadline(r->dialled[i]->trunk);

		if (link < at)
			at = link;
		if (trunk < at)
			at = trunk;
	}
	return at;
}

void trunk_tick(struct turn *t)
{
	for (uint32_t i = 0; i < t->r->dialled_count; i++) {
		struct registry_peer *p = t->r->dialled[i];

		client_tick(p->link, t->now, &p->box);
		client_tick(p->trunk, t->now, &p->box);
		absorb(t, p);
	}
}

/* --- whom we dial --- */

static void take_settings(const struct relay_peer *facts, uint32_t index,
			  bool trunk, struct client_settings *s)
{
	*s = (struct client_settings){
		.self = { .role = trunk ? LINE_OF_TRUNK : LINE_OF_LINK,
			  .software = "faxwire" },
		.spares = trunk ? facts->spares : 0,
		.lines_max = trunk ? facts->lines_max : 1,
		.first_conn = first_conn(index, trunk),
	};
	(void)span_copy(span_of(facts->user), s->self.id, sizeof(s->self.id));
	memcpy(s->self.place, facts->place, sizeof(s->self.place));
}

static bool make_room(struct relay *r)
{
	struct registry_peer **more;

	if (r->dialled_count == TRUNK_PEERS_MAX)
		return false;
	more = reallocarray(r->dialled, r->dialled_count + 1,
			    sizeof(struct registry_peer *));
	if (more)
		r->dialled = more;
	return more != NULL;
}

static bool make_clients(struct registry_peer *p,
			 const struct relay_peer *facts)
{
	struct client_settings s;

	take_settings(facts, p->index, false, &s);
	p->link = client_new(&s, facts->seed);
	take_settings(facts, p->index, true, &s);
	p->trunk = client_new(&s, facts->seed + 1);
	if (p->link && p->trunk)
		return true;
	client_free(p->link);
	client_free(p->trunk);
	p->link = p->trunk = NULL;
	return false;
}

enum err relay_peer_add(struct relay *r, const struct relay_peer *facts,
			int64_t now, struct effects *out)
{
	struct turn t = { r, now, out };
	struct registry_peer *p = peer_make(r, facts->name);

	if (!p)
		return ERR_MEMORY;
	if (p->link)
		return ERR_EXISTS;
	p->index = r->dialled_count;
	if (!make_room(r) || !make_clients(p, facts))
		return ERR_MEMORY;
	r->dialled[r->dialled_count++] = p;
	client_start(p->link, now, &p->box);
	absorb(&t, p);
	return OK;
}
