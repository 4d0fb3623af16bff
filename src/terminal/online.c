/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/online.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "io/random.h"
#include "terminal/link.h"
#include "terminal/route.h"
#include "trust/login.h"
#include "trust/tls.h"

struct slot {
	struct link *link;   /* owned */
	struct login *login; /* owned; while it is under way */
	uint32_t way;	     /* of core/homes, when it was dialled */
	uint32_t moves;
	bool answered; /* by DENIED or BYE, which say more than its end */
	bool up;       /* logged in */
	char *others;  /* owned; what WELCOME named, until it is proven */
	uint8_t binding[TLS_EXPORTER_SIZE];
};

struct online {
	struct loop *loop;		     /* borrowed */
	const struct membership *membership; /* borrowed */
	struct route route;
	struct client *client;
	struct login_secret secret;
	struct slot slots[CLIENT_LINES_MAX];
	struct effects effects;
	bool settling;
	struct timer due;
	struct deferred moving;
	uint64_t followed; /* the connection that brings PRESENCE; 0: none */
	char trouble[800];
	const struct online_handlers *handlers; /* borrowed */
	void *owner;				/* borrowed */
};

static void settle(struct online *o);

/* --- slots --- */

static struct slot *slot_of(struct online *o, uint64_t conn)
{
	for (size_t i = 0; i < CLIENT_LINES_MAX; i++)
		if (o->slots[i].link && link_number(o->slots[i].link) == conn)
			return &o->slots[i];
	return NULL;
}

static struct slot *free_slot(struct online *o)
{
	for (size_t i = 0; i < CLIENT_LINES_MAX; i++)
		if (!o->slots[i].link)
			return &o->slots[i];
	return NULL;
}

static void empty(struct slot *s)
{
	login_free(s->login);
	free(s->others);
	*s = (struct slot){ 0 };
}

static void set_trouble(struct online *o, const char *sentence)
{
	snprintf(o->trouble, sizeof(o->trouble), "%s", sentence);
}

/* --- at which relay --- */

static void keep_relays(struct online *o)
{
	struct why why = { "" };

	if (!route_keep(&o->route, &why))
		log_sentence(LOG_ERROR, why.text, "event=relays-not-kept");
}

/* What is left of the relay that was left: none of it is logged in. */
static void on_moving(struct deferred *d)
{
	struct online *o = d->owner;

	for (size_t i = 0; i < CLIENT_LINES_MAX; i++) {
		struct slot *s = &o->slots[i];
		uint64_t conn;

		if (!s->link || s->moves == o->route.homes.moves)
			continue;
		conn = link_number(s->link);
		link_free(s->link);
		empty(s);
		client_closed(o->client, conn, loop_now(o->loop), &o->effects);
	}
	route_tidy(&o->route);
	settle(o);
	if (o->followed && !slot_of(o, o->followed)) {
		o->followed = 0;
		o->handlers->unfollowed(o->owner);
	}
}

static void moved(struct online *o, const char *why)
{
	const struct address_relay *to = homes_address(&o->route.homes);

	log_line(LOG_WARN, "id=%s relay=%s port=%u event=moved reason=%s",
		 o->membership->id, to->host, to->port, why);
	loop_defer(o->loop, &o->moving);
}

/* The relay names others: they count once it has proven that it knows us. */
static void note_others(struct slot *s, struct span others)
{
	free(s->others);
	s->others = calloc(1, others.len + 1);
	if (s->others)
		span_copy(others, s->others, others.len + 1);
}

static void logged_in(struct online *o, struct slot *s)
{
	struct homes *h = &o->route.homes;

	s->up = true;
	if (s->moves != h->moves) /* it is about to be closed */
		return;
	homes_up(h);
	if (s->others && homes_told(h, span_of(s->others)))
		log_line(LOG_INFO, "id=%s others=%zu event=relays",
			 o->membership->id, h->count - 1);
	keep_relays(o);
}

/* --- what links tell --- */

static void on_opened(void *owner, struct link *l, const uint8_t *binding)
{
	struct online *o = owner;
	struct slot *s = slot_of(o, link_number(l));

	memcpy(s->binding, binding, sizeof(s->binding));
	client_opened(o->client, link_number(l), loop_now(o->loop),
		      &o->effects);
	settle(o);
}

static void take_data(struct online *o, uint64_t conn, const struct frame *f)
{
	uint32_t call = client_call_on(o->client, conn);

	client_heard(o->client, conn, loop_now(o->loop), &o->effects);
	if (call) /* else it is late, and dropped */
		o->handlers->data(o->owner, call, f->payload, f->length);
}

/* What says more of the relay than of this connection. */
static void look_at(struct online *o, struct slot *s, const struct message *m)
{
	struct homes *h = &o->route.homes;
	bool now = s->moves == h->moves;

	if (m->type == MESSAGE_WELCOME)
		note_others(s, m->welcome.others);
	if (m->type == MESSAGE_BYE && now)
		homes_sent_away(h, &m->bye);
	s->answered |= m->type == MESSAGE_DENIED || m->type == MESSAGE_BYE;
	if (m->type != MESSAGE_DENIED)
		return;
	set_trouble(o, "The relay does not let this terminal in: the account "
		       "may be disabled or its password changed; ask the "
		       "relay's administrator for a new join URL.");
	log_line(LOG_WARN, "id=%s relay=%s event=denied", o->membership->id,
		 homes_address(h)->host);
	if (now && client_counts(o->client).up == 0 &&
	    homes_denied(h, loop_now(o->loop)))
		moved(o, "denied");
}

static void on_frame(void *owner, struct link *l, const struct frame *f)
{
	struct online *o = owner;
	uint64_t conn = link_number(l);
	struct message m;

	if (f->type == MESSAGE_DATA) {
		take_data(o, conn, f);
		return;
	}
	switch (message_decode(&m, f)) {
	case MESSAGE_OK:
		look_at(o, slot_of(o, conn), &m);
		client_message(o->client, conn, &m, loop_now(o->loop),
			       &o->effects);
		break;
	case MESSAGE_SKIP:
		break;
	case MESSAGE_BAD:
		client_violation(o->client, conn, loop_now(o->loop),
				 &o->effects);
		break;
	}
	settle(o);
}

static void on_bad(void *owner, struct link *l)
{
	struct online *o = owner;

	client_violation(o->client, link_number(l), loop_now(o->loop),
			 &o->effects);
	settle(o);
}

/* A connection is gone, and no other is logged in. */
static void could_not(struct online *o, const struct slot *s,
		      const char *sentence)
{
	/* That a relay denies us is what a person can mend. */
	if (!client_counts(o->client).denied)
		set_trouble(o, sentence);
	log_sentence(LOG_WARN, sentence, "conn=%llu event=dial-failed",
		     (unsigned long long)link_number(s->link));
	if (!s->answered && !s->up &&
	    homes_failed(&o->route.homes, s->way, loop_now(o->loop)))
		moved(o, "unreachable");
}

static void on_closed(void *owner, struct link *l, const char *sentence)
{
	struct online *o = owner;
	uint64_t conn = link_number(l);
	struct slot *s = slot_of(o, conn);

	if (client_counts(o->client).up == 0)
		could_not(o, s, sentence);
	empty(s); /* the link frees itself after this */
	client_closed(o->client, conn, loop_now(o->loop), &o->effects);
	settle(o);
	if (conn != o->followed)
		return;
	o->followed = 0;
	o->handlers->unfollowed(o->owner);
}

static const struct link_handlers link_handlers = {
	.opened = on_opened,
	.frame = on_frame,
	.bad = on_bad,
	.closed = on_closed,
};

/* --- effects --- */

static void dial(struct online *o, uint64_t conn)
{
	const struct address_relay *relay = homes_address(&o->route.homes);
	struct why why = { "" };
	const struct link_target to = { .host = relay->host,
					.port = relay->port,
					.proxy = &o->route.proxy,
					.tls = route_tls(&o->route, &why) };
	struct slot *s = to.tls ? free_slot(o) : NULL;

	if (!to.tls)
		set_trouble(o, why.text);
	if (s)
		*s = (struct slot){ .way = o->route.homes.way,
				    .moves = o->route.homes.moves };
	if (s)
		s->link = link_new(o->loop, conn, &to, &link_handlers, o);
	if (!s || !s->link)
		client_closed(o->client, conn, loop_now(o->loop), &o->effects);
}

static void step_login(struct online *o, uint64_t conn, const uint8_t *bytes,
		       size_t len)
{
	static const enum client_login results[] = {
		[LOGIN_MORE] = CLIENT_LOGIN_MORE,
		[LOGIN_OK] = CLIENT_LOGIN_OK,
		[LOGIN_REFUSED] = CLIENT_LOGIN_BAD,
	};
	struct slot *s = slot_of(o, conn);
	enum login_status status = LOGIN_REFUSED;
	struct login_out out = { .length = 0 };

	if (!s)
		return;
	if (!s->login)
		s->login = login_client_new(o->membership->id, &o->secret,
					    s->binding);
	if (s->login)
		status = login_step(s->login, bytes, len, &out);
	if (status != LOGIN_MORE) {
		login_free(s->login);
		s->login = NULL;
	}
	if (status == LOGIN_OK)
		logged_in(o, s);
	if (status == LOGIN_REFUSED)
		set_trouble(o, "The relay could not prove that it knows this "
			       "account: ask its administrator for a new "
			       "join URL.");
	client_login(o->client, conn, results[status],
		     (struct span){ out.bytes, out.length }, loop_now(o->loop),
		     &o->effects);
}

static void close_conn(struct online *o, uint64_t conn)
{
	struct slot *s = slot_of(o, conn);

	if (s)
		link_close(s->link);
}

static void send_to(struct online *o, uint64_t conn, const uint8_t *bytes,
		    size_t len)
{
	struct slot *s = slot_of(o, conn);

	if (s && link_send(s->link, bytes, len) == ERR_LIMIT)
		link_close(s->link); /* the relay does not read */
}

static void pass_listing(struct online *o, const uint8_t *bytes, size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) == FRAME_DONE &&
	    message_decode(&m, &f) == MESSAGE_OK)
		o->handlers->listing(o->owner, &m.listing);
}

static void pass_presence(struct online *o, const uint8_t *bytes, size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) == FRAME_DONE &&
	    message_decode(&m, &f) == MESSAGE_OK)
		o->handlers->presence(o->owner, &m.presence);
}

static void tell_online(struct online *o, bool online)
{
	const struct address_relay *at = online_relay(o);

	if (online)
		set_trouble(o, "");
	log_line(online ? LOG_INFO : LOG_WARN,
		 "id=%s relay=%s port=%u event=%s", o->membership->id, at->host,
		 at->port, online ? "online" : "offline");
	o->handlers->changed(o->owner);
}

static void carry_out(struct online *o, size_t i)
{
	const struct effect e = o->effects.items[i];
	uint8_t bytes[FRAME_MAX];

	/* What follows may move the box. */
	if (e.length > 0 && e.length <= sizeof(bytes))
		memcpy(bytes, effects_bytes(&o->effects, &e), e.length);
	switch (e.kind) {
	case EFFECT_SEND:
		send_to(o, e.conn, bytes, e.length);
		break;
	case EFFECT_CLOSE:
		close_conn(o, e.conn);
		break;
	case EFFECT_LOGIN:
		step_login(o, e.conn, bytes, e.length);
		break;
	case EFFECT_DIAL:
		dial(o, e.conn);
		break;
	case EFFECT_RING:
		o->handlers->ring(o->owner, &e.call);
		break;
	case EFFECT_TALK:
		o->handlers->talk(o->owner, &e.call);
		break;
	case EFFECT_OVER:
		o->handlers->over(o->owner, &e.call);
		break;
	case EFFECT_ONLINE:
	case EFFECT_OFFLINE:
		tell_online(o, e.kind == EFFECT_ONLINE);
		break;
	case EFFECT_LISTING:
		pass_listing(o, bytes, e.length);
		break;
	case EFFECT_NOTE:
		log_line(e.level, "%s", (const char *)bytes);
		break;
	case EFFECT_PRESENCE:
		/* One that was asked before brings them, too, and perhaps late:
		 * what is old must not come after what is new. */
		if (e.conn == o->followed)
			pass_presence(o, bytes, e.length);
		break;
	case EFFECT_PATIENCE:
	case EFFECT_PLACE:
	case EFFECT_TRUST:
	case EFFECT_JOIN:
	case EFFECT_DISCARD:
	case EFFECT_FORBID:
	case EFFECT_RECORD:
	case EFFECT_FIND:
	case EFFECT_LIST:
	case EFFECT_STATE:
	case EFFECT_KINDS:
		break;
	}
}

/* Carries out all effects, those too that come of carrying them out. Handlers
 * may call the functions of this file: what these ask for waits its turn. */
static void settle(struct online *o)
{
	int64_t at;

	if (o->settling)
		return;
	o->settling = true;
	for (size_t i = 0; i < o->effects.count; i++)
		carry_out(o, i);
	if (o->effects.out_of_memory)
		abort(); /* what was lost cannot be made up */
	effects_clear(&o->effects);
	o->settling = false;
	if (client_counts(o->client).up == 0 &&
	    homes_down(&o->route.homes, loop_now(o->loop))) {
		moved(o, "sent-away");
		client_afresh(o->client, loop_now(o->loop));
	}
	at = client_deadline(o->client);
	if (at == INT64_MAX)
		timer_clear(o->loop, &o->due);
	else
		timer_set(o->loop, &o->due, at);
}

static void on_due(struct timer *t)
{
	struct online *o = t->owner;

	client_tick(o->client, loop_now(o->loop), &o->effects);
	settle(o);
}

/* --- the public side --- */

static void take_settings(const struct config *config,
			  const struct membership *m, struct client_settings *s)
{
	*s = (struct client_settings){
		.self = { .software = "faxwire " FAXWIRE_VERSION },
		.lines_max = (uint32_t)config->connections,
		.procedures = PROCEDURE_T38,
		.abilities =
			strcmp(config->pace, "line") == 0 ? 0 : ABILITY_UNPACED,
	};
	(void)text_copy(s->self.id, sizeof(s->self.id), m->id);
	memcpy(s->self.place, m->place, sizeof(s->self.place));
}

void online_spares(struct online *o, uint32_t spares)
{
	client_need(o->client, spares, loop_now(o->loop), &o->effects);
	settle(o);
}

enum err online_new(struct online **out, struct loop *loop,
		    const struct config *config,
		    const struct membership *membership,
		    const struct online_handlers *handlers, void *owner,
		    struct why *why)
{
	struct online *o = calloc(1, sizeof(*o));
	struct client_settings settings;
	uint64_t seed;
	enum err e;

	if (!o)
		return ERR_MEMORY;
	o->loop = loop;
	o->membership = membership;
	o->handlers = handlers;
	o->owner = owner;
	o->due = (struct timer){ .due = on_due, .owner = o };
	o->moving = (struct deferred){ .run = on_moving, .owner = o };
	effects_init(&o->effects);
	(void)text_copy(o->secret.text, sizeof(o->secret.text),
			membership->secret);
	random_bytes(&seed, sizeof(seed));
	take_settings(config, membership, &settings);
	o->client = client_new(&settings, seed);
	e = o->client ? route_init(&o->route, config->home, membership,
				   &config->way_out, ~seed, why)
		      : ERR_MEMORY;
	if (e == OK && !route_tls(&o->route, why))
		e = ERR_BAD;
	if (e != OK) {
		online_free(o);
		return e;
	}
	*out = o;
	online_spares(o, (uint32_t)config->spares);
	client_start(o->client, loop_now(loop), &o->effects);
	settle(o);
	return OK;
}

void online_free(struct online *o)
{
	if (!o)
		return;
	timer_clear(o->loop, &o->due);
	loop_undefer(&o->moving);
	for (size_t i = 0; i < CLIENT_LINES_MAX; i++) {
		link_free(o->slots[i].link);
		empty(&o->slots[i]);
	}
	client_free(o->client);
	route_fini(&o->route);
	effects_fini(&o->effects);
	free(o);
}

uint32_t online_call(struct online *o, const char *to)
{
	uint32_t number =
		client_call(o->client, to, loop_now(o->loop), &o->effects);

	/* Not from inside: the caller must first learn the number. */
	timer_set(o->loop, &o->due, loop_now(o->loop));
	return number;
}

void online_accept(struct online *o, uint32_t call)
{
	client_accept(o->client, call, loop_now(o->loop), &o->effects);
	settle(o);
}

void online_refuse(struct online *o, uint32_t call, uint16_t reason)
{
	client_refuse(o->client, call, reason, loop_now(o->loop), &o->effects);
	settle(o);
}

void online_end(struct online *o, uint32_t call, uint16_t reason)
{
	client_end(o->client, call, reason, loop_now(o->loop), &o->effects);
	settle(o);
}

enum err online_list(struct online *o, bool follow, uint32_t *request)
{
	enum err e = client_list(o->client, follow, loop_now(o->loop),
				 &o->effects, request);

	/* What client_list asked for last is to send LIST. */
	if (e == OK && follow && o->effects.count > 0)
		o->followed = o->effects.items[o->effects.count - 1].conn;
	settle(o);
	return e;
}

void online_logout(struct online *o)
{
	client_logout(o->client, loop_now(o->loop), &o->effects);
	settle(o);
}

enum err online_send(struct online *o, uint32_t call, const uint8_t *bytes,
		     size_t len)
{
	uint64_t conn = client_conn_of(o->client, call);
	struct slot *s = slot_of(o, conn);
	enum err e;

	if (!s || client_call_on(o->client, conn) != call)
		return ERR_CLOSED;
	e = link_send(s->link, bytes, len);
	if (e == OK)
		client_sent(o->client, conn, loop_now(o->loop));
	return e;
}

struct client_counts online_counts(const struct online *o)
{
	return client_counts(o->client);
}

const struct address_relay *online_relay(const struct online *o)
{
	return homes_address(&o->route.homes);
}

const struct homes *online_homes(const struct online *o)
{
	return &o->route.homes;
}

const char *online_trouble(const struct online *o)
{
	return o->trouble;
}
