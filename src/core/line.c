/* SPDX-License-Identifier: Apache-2.0 */
#include "core/line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/keepalive.h"

enum line_action {
	BREAK, /* the absent cell: the relay broke the protocol */
	IGNORE,
	GREET,
	BEGIN_LOGIN,
	FEED_LOGIN,
	SAY,
	COME_UP,
	TAKE_DENIAL,
	GIVE_UP_LOGIN,
	ANSWER_PING,
	TAKE_BYE,
	TAKE_OFFER,
	CROSS,
	TAKE_CANCEL,
	ANSWER_CANCEL,
	TAKE_CONNECTED,
	TAKE_FAILED,
	TAKE_ANSWER,
	TAKE_END,
	PASS_LISTING,
	PASS_PRESENCE,
	ASK,
	ACCEPT,
	REFUSE,
	HANG_UP,
	WITHDRAW,
	LEAVE,
	ACTIONS
};

struct line_rule {
	enum line_action action;
	enum line_state next;
};

/* clang-format off */
/* What any line that is logged in does with what may come at any time. */
#define UP_ANY_TIME(state) \
	[state][LINE_GOT_PING]     = { ANSWER_PING,   state }, \
	[state][LINE_GOT_PONG]     = { IGNORE,        state }, \
	[state][LINE_GOT_BYE]      = { TAKE_BYE,      LINE_GOING }, \
	[state][LINE_GOT_LISTING]  = { PASS_LISTING,  state }, \
	[state][LINE_GOT_PRESENCE] = { PASS_PRESENCE, state }, \
	[state][LINE_LEAVE]        = { LEAVE,         LINE_GOING }

/* DATA and END of a call that is over may still be on their way. */
#define LATE_WORDS(state) \
	[state][LINE_GOT_DATA]     = { IGNORE,        state }, \
	[state][LINE_GOT_END]      = { IGNORE,        state }

static const struct line_rule rules[LINE_STATES][LINE_EVENTS] = {
	[LINE_DIALLING][LINE_OPENED]       = { GREET,          LINE_HELLO },
	[LINE_DIALLING][LINE_LEAVE]        = { LEAVE,          LINE_GOING },

	[LINE_HELLO][LINE_GOT_HELLO]       = { BEGIN_LOGIN,    LINE_LOGIN },
	[LINE_HELLO][LINE_GOT_BYE]         = { TAKE_BYE,       LINE_GOING },
	[LINE_HELLO][LINE_LEAVE]           = { LEAVE,          LINE_GOING },

	[LINE_LOGIN][LINE_GOT_AUTH]        = { FEED_LOGIN,     LINE_LOGIN },
	[LINE_LOGIN][LINE_GOT_WELCOME]     = { FEED_LOGIN,     LINE_LOGIN },
	[LINE_LOGIN][LINE_GOT_DENIED]      = { TAKE_DENIAL,    LINE_GOING },
	[LINE_LOGIN][LINE_GOT_PING]        = { ANSWER_PING,    LINE_LOGIN },
	[LINE_LOGIN][LINE_GOT_BYE]         = { TAKE_BYE,       LINE_GOING },
	[LINE_LOGIN][LINE_SAID]            = { SAY,            LINE_LOGIN },
	[LINE_LOGIN][LINE_PROVEN]          = { COME_UP,        LINE_IDLE },
	[LINE_LOGIN][LINE_PROVEN_LINK]     = { COME_UP,        LINE_LINK },
	[LINE_LOGIN][LINE_UNPROVEN]        = { GIVE_UP_LOGIN,  LINE_GOING },
	[LINE_LOGIN][LINE_LEAVE]           = { LEAVE,          LINE_GOING },

	UP_ANY_TIME(LINE_IDLE),
	LATE_WORDS(LINE_IDLE),
	[LINE_IDLE][LINE_GOT_INCOMING]     = { TAKE_OFFER,     LINE_OFFERED },
	/* The answer to a request that an offer had crossed. */
	[LINE_IDLE][LINE_GOT_FAILED]       = { IGNORE,         LINE_IDLE },
	[LINE_IDLE][LINE_GOT_CANCEL]       = { ANSWER_CANCEL,  LINE_IDLE },
	[LINE_IDLE][LINE_DIAL]             = { ASK,            LINE_CALLING },

	UP_ANY_TIME(LINE_CALLING),
	LATE_WORDS(LINE_CALLING),
	[LINE_CALLING][LINE_GOT_INCOMING]  = { CROSS,          LINE_OFFERED },
	[LINE_CALLING][LINE_GOT_CANCEL]    = { ANSWER_CANCEL,  LINE_CALLING },
	[LINE_CALLING][LINE_GOT_CONNECTED] = { TAKE_CONNECTED, LINE_CALL },
	[LINE_CALLING][LINE_GOT_FAILED]    = { TAKE_FAILED,    LINE_IDLE },
	[LINE_CALLING][LINE_HANG_UP]       = { WITHDRAW,       LINE_ENDING },

	UP_ANY_TIME(LINE_ENDING),
	LATE_WORDS(LINE_ENDING),
	[LINE_ENDING][LINE_GOT_INCOMING]   = { TAKE_OFFER,     LINE_OFFERED },
	[LINE_ENDING][LINE_GOT_CANCEL]     = { ANSWER_CANCEL,  LINE_ENDING },
	[LINE_ENDING][LINE_GOT_CONNECTED]  = { TAKE_ANSWER,    LINE_IDLE },
	[LINE_ENDING][LINE_GOT_FAILED]     = { TAKE_ANSWER,    LINE_IDLE },

	UP_ANY_TIME(LINE_OFFERED),
	LATE_WORDS(LINE_OFFERED),
	/* The answer to the request that our offer crossed. */
	[LINE_OFFERED][LINE_GOT_FAILED]    = { IGNORE,         LINE_OFFERED },
	[LINE_OFFERED][LINE_GOT_CANCEL]    = { TAKE_CANCEL,    LINE_IDLE },
	[LINE_OFFERED][LINE_ACCEPT]        = { ACCEPT,         LINE_CALL },
	[LINE_OFFERED][LINE_REFUSE]        = { REFUSE,         LINE_IDLE },
	[LINE_OFFERED][LINE_HANG_UP]       = { REFUSE,         LINE_IDLE },

	UP_ANY_TIME(LINE_CALL),
	[LINE_CALL][LINE_GOT_FAILED]       = { IGNORE,         LINE_CALL },
	[LINE_CALL][LINE_GOT_DATA]         = { IGNORE,         LINE_CALL },
	[LINE_CALL][LINE_GOT_CANCEL]       = { TAKE_CANCEL,    LINE_IDLE },
	[LINE_CALL][LINE_GOT_END]          = { TAKE_END,       LINE_IDLE },
	[LINE_CALL][LINE_HANG_UP]          = { HANG_UP,        LINE_IDLE },

	UP_ANY_TIME(LINE_LINK),
	/* They are for the relay's directory. */
	[LINE_LINK][LINE_GOT_NEWS]         = { IGNORE,         LINE_LINK },

	/* Until the connection is closed nothing matters any more. */
	[LINE_GOING][LINE_GOT_HELLO]       = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_AUTH]        = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_WELCOME]     = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_DENIED]      = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_PING]        = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_PONG]        = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_BYE]         = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_INCOMING]    = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_CANCEL]      = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_CONNECTED]   = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_FAILED]      = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_DATA]        = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_END]         = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_LISTING]     = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_PRESENCE]    = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_GOT_NEWS]        = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_OPENED]          = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_SAID]            = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_PROVEN]          = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_PROVEN_LINK]     = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_UNPROVEN]        = { IGNORE,         LINE_GOING },
	[LINE_GOING][LINE_LEAVE]           = { IGNORE,         LINE_GOING },
};
/* clang-format on */

struct step {
	struct line *line;
	const struct line_self *self;
	const struct line_input *in;
	int64_t now;
	struct effects *out;
};

static void send(struct step *s, const struct message *m)
{
	effects_send(s->out, s->line->conn, m);
	s->line->sent_ms = s->now;
}

static void send_end(struct step *s, uint16_t reason)
{
	send(s, &(struct message){ .type = MESSAGE_END,
				   .end = { .reason = reason } });
}

static void send_release(struct step *s, uint64_t call)
{
	send(s, &(struct message){ .type = MESSAGE_RELEASE,
				   .release = { .call = call } });
}

static void go(struct step *s)
{
	effects_add(s->out, EFFECT_CLOSE, s->line->conn);
}

static enum line_news break_off(struct step *s)
{
	send(s, &(struct message){ .type = MESSAGE_BYE,
				   .bye = { .reason = REASON_PROTOCOL } });
	go(s);
	s->line->state = LINE_GOING;
	return LINE_BROKEN;
}

static enum line_news ignore(struct step *s)
{
	(void)s;
	return LINE_NO_NEWS;
}

static enum line_news greet(struct step *s)
{
	static const uint32_t features[] = {
		[LINE_OF_TERMINAL] = FEATURE_PRESENCE,
		[LINE_OF_TRUNK] = FEATURE_TRUNK,
		[LINE_OF_LINK] = FEATURE_LINK,
	};

	send(s, &(struct message){
			.type = MESSAGE_HELLO,
			.hello = { .version_min = MESSAGE_VERSION,
				   .version_max = MESSAGE_VERSION,
				   .features = features[s->self->role],
				   .software = span_of(s->self->software) } });
	return LINE_NO_NEWS;
}

static enum line_news begin_login(struct step *s)
{
	const struct message_hello *hello = &s->in->message->hello;

	if (hello->version_min != MESSAGE_VERSION ||
	    hello->version_max != MESSAGE_VERSION)
		return break_off(s);
	s->line->features_presence = hello->features & FEATURE_PRESENCE;
	effects_add(s->out, EFFECT_LOGIN, s->line->conn);
	return LINE_NO_NEWS;
}

/* AUTH or WELCOME: what the relay's login said, for ours. */
static enum line_news feed_login(struct step *s)
{
	const struct message *m = s->in->message;
	struct span sasl =
		m->type == MESSAGE_AUTH ? m->auth.sasl : m->welcome.sasl;

	if (m->type == MESSAGE_WELCOME) {
		if (m->welcome.keepalive_ms > 0)
			s->line->start_ms = m->welcome.keepalive_ms;
		s->line->keepalive_ms = s->line->start_ms;
		s->line->connections_max = m->welcome.connections_max;
		s->line->keepalive_min_ms = m->welcome.keepalive_min_ms;
		s->line->keepalive_max_ms = m->welcome.keepalive_max_ms;
	}
	effects_bytes_for(s->out, EFFECT_LOGIN, s->line->conn, sasl.at,
			  sasl.len);
	return LINE_NO_NEWS;
}

static enum line_news say(struct step *s)
{
	struct message m = { .type = MESSAGE_AUTH,
			     .auth = { .sasl = s->in->sasl } };

	if (!s->line->introduced) {
		m.auth.user = span_of(s->self->id);
		m.auth.mechanism = span_of("SCRAM-SHA-256-PLUS");
		m.auth.place =
			(struct span){ s->self->place, MESSAGE_PLACE_SIZE };
		s->line->introduced = true;
	}
	send(s, &m);
	return LINE_NO_NEWS;
}

/* A relay's worker watches over its lines' silence. */
static void grant_silence(struct step *s, int64_t next_ms)
{
	struct effect *e;

	if (s->self->role == LINE_OF_TERMINAL)
		return;
	e = effects_add(s->out, EFFECT_PATIENCE, s->line->conn);
	if (e)
		e->wait_ms = keepalive_patience(next_ms, s->line->start_ms);
}

static enum line_news come_up(struct step *s)
{
	grant_silence(s, s->line->keepalive_ms);
	/* A terminal's measure would make a relay deaf to the news of a whole
	 * office that logs in. */
	if (s->self->role != LINE_OF_TERMINAL)
		effects_add(s->out, EFFECT_TRUST, s->line->conn);
	s->line->heard_ms = s->now;
	s->line->idle_ms = s->now;
	return LINE_UP;
}

static enum line_news take_denial(struct step *s)
{
	s->line->retry_ms = s->in->message->denied.retry_ms;
	go(s);
	return LINE_DENIED;
}

static enum line_news give_up_login(struct step *s)
{
	go(s);
	return LINE_BROKEN;
}

static enum line_news answer_ping(struct step *s)
{
	send(s, &(struct message){
			.type = MESSAGE_PONG,
			.ping = { .token = s->in->message->ping.token } });
	return LINE_NO_NEWS;
}

static enum line_news take_bye(struct step *s)
{
	s->line->retry_ms = s->in->message->bye.retry_ms;
	s->line->bye_reason = s->in->message->bye.reason;
	go(s);
	return LINE_BYE;
}

static enum line_news take_offer(struct step *s)
{
	const struct message_incoming *in = &s->in->message->incoming;
	struct effect_call *call = &s->line->call;

	*call = (struct effect_call){
		.relay_call = in->call,
		.procedures = in->terms.procedures,
		.abilities = in->terms.abilities,
	};
	span_copy(in->from, call->far_id, sizeof(call->far_id));
	span_copy(in->via.home, call->home, sizeof(call->home));
	return LINE_RING;
}

/* Glare on one connection: the relay's offer stands, our request is lost
 * (its FAILED is still to come, and ignored). */
static enum line_news cross(struct step *s)
{
	s->line->crossed = s->line->call;
	take_offer(s);
	return LINE_CROSSED;
}

static enum line_news answer_cancel(struct step *s)
{
	send_release(s, s->in->message->refuse.call);
	return LINE_NO_NEWS;
}

static enum line_news over(struct step *s, uint16_t reason)
{
	s->line->call.reason = reason;
	s->line->idle_ms = s->now;
	return LINE_OVER;
}

/* A cancel of an earlier offer is answered and changes nothing. */
static enum line_news take_cancel(struct step *s, enum line_state before)
{
	const struct message_refuse *cancel = &s->in->message->refuse;

	send_release(s, cancel->call);
	if (cancel->call != s->line->call.relay_call) {
		s->line->state = before;
		return LINE_NO_NEWS;
	}
	return over(s, cancel->reason);
}

static enum line_news take_connected(struct step *s)
{
	const struct message_connected *c = &s->in->message->connected;
	struct effect_call *call = &s->line->call;

	if (c->request != s->line->request)
		return break_off(s);
	call->relay_call = c->call;
	call->procedures = c->terms.procedures;
	call->abilities = c->terms.abilities;
	return LINE_TALK;
}

/* The answer to an earlier request of ours, lost to an offer, may come when
 * the next request is out. */
static enum line_news take_failed(struct step *s, enum line_state before)
{
	const struct message_failed *f = &s->in->message->failed;

	if (f->request != s->line->request) {
		s->line->state = before;
		return LINE_NO_NEWS;
	}
	return over(s, f->reason);
}

static enum line_news take_answer(struct step *s, enum line_state before)
{
	const struct message *m = s->in->message;
	uint32_t request = m->type == MESSAGE_FAILED ? m->failed.request
						     : m->connected.request;

	if (request != s->line->request) {
		s->line->state = before;
		return LINE_NO_NEWS;
	}
	if (m->type == MESSAGE_CONNECTED) /* it crossed our END */
		send_release(s, m->connected.call);
	s->line->idle_ms = s->now;
	return LINE_FREE;
}

static enum line_news take_end(struct step *s)
{
	send_release(s, s->line->call.relay_call);
	return over(s, s->in->message->end.reason);
}

static enum line_news pass_listing(struct step *s)
{
	uint8_t frame[FRAME_MAX];
	size_t len = message_encode(s->in->message, frame, sizeof(frame));

	effects_bytes_for(s->out, EFFECT_LISTING, s->line->conn, frame, len);
	return LINE_NO_NEWS;
}

static enum line_news pass_presence(struct step *s)
{
	uint8_t frame[FRAME_MAX];
	size_t len = message_encode(s->in->message, frame, sizeof(frame));

	effects_bytes_for(s->out, EFFECT_PRESENCE, s->line->conn, frame, len);
	return LINE_NO_NEWS;
}

/* What else a relay says of a call its pairing knows. */
static void place(struct step *s)
{
	struct line *l = s->line;
	struct effect *e = effects_add(s->out, EFFECT_PLACE, l->conn);

	l->sent_ms = s->now;
	l->call.request = l->request;
	if (e)
		e->call = l->call;
}

static enum line_news ask(struct step *s)
{
	struct line *l = s->line;

	l->call = *s->in->call;
	l->request++;
	if (s->self->role == LINE_OF_TRUNK) {
		place(s);
		return LINE_NO_NEWS;
	}
	send(s, &(struct message){ .type = MESSAGE_CONNECT,
				   .connect = { .request = l->request,
						.to = span_of(l->call.far_id),
						.terms = s->in->terms } });
	return LINE_NO_NEWS;
}

static enum line_news accept_offer(struct step *s)
{
	struct effect_call *call = &s->line->call;

	call->procedures = s->in->terms.procedures;
	call->abilities = s->in->terms.abilities;
	send(s, &(struct message){ .type = MESSAGE_ACCEPT,
				   .accept = { .call = call->relay_call,
					       .terms = s->in->terms } });
	return LINE_TALK;
}

static enum line_news refuse_offer(struct step *s)
{
	send(s, &(struct message){ .type = MESSAGE_REFUSE,
				   .refuse = { .call = s->line->call.relay_call,
					       .reason = s->in->reason } });
	return over(s, s->in->reason);
}

static enum line_news hang_up(struct step *s)
{
	send_end(s, s->in->reason);
	send_release(s, s->line->call.relay_call);
	return over(s, s->in->reason);
}

/* Of the call that we may yet be told of we do not know the number. */
static enum line_news withdraw(struct step *s)
{
	send_end(s, s->in->reason);
	return over(s, s->in->reason);
}

static enum line_news leave(struct step *s, enum line_state before)
{
	if (before >= LINE_IDLE)
		send(s,
		     &(struct message){ .type = MESSAGE_BYE,
					.bye = { .reason = s->in->reason } });
	go(s);
	return LINE_NO_NEWS;
}

static enum line_news act(struct step *s, enum line_action action,
			  enum line_state before)
{
	/* clang-format off */
	switch (action) {
	case BREAK:          return break_off(s);
	case IGNORE:         return ignore(s);
	case GREET:          return greet(s);
	case BEGIN_LOGIN:    return begin_login(s);
	case FEED_LOGIN:     return feed_login(s);
	case SAY:            return say(s);
	case COME_UP:        return come_up(s);
	case TAKE_DENIAL:    return take_denial(s);
	case GIVE_UP_LOGIN:  return give_up_login(s);
	case ANSWER_PING:    return answer_ping(s);
	case TAKE_BYE:       return take_bye(s);
	case TAKE_OFFER:     return take_offer(s);
	case CROSS:          return cross(s);
	case TAKE_CANCEL:    return take_cancel(s, before);
	case ANSWER_CANCEL:  return answer_cancel(s);
	case TAKE_CONNECTED: return take_connected(s);
	case TAKE_FAILED:    return take_failed(s, before);
	case TAKE_ANSWER:    return take_answer(s, before);
	case TAKE_END:       return take_end(s);
	case PASS_LISTING:   return pass_listing(s);
	case PASS_PRESENCE:  return pass_presence(s);
	case ASK:            return ask(s);
	case ACCEPT:         return accept_offer(s);
	case REFUSE:         return refuse_offer(s);
	case HANG_UP:        return hang_up(s);
	case WITHDRAW:       return withdraw(s);
	case LEAVE:          return leave(s, before);
	case ACTIONS:        break;
	}
	/* clang-format on */
	abort();
}

enum line_news line_step(struct line *l, const struct line_self *self,
			 const struct line_input *in, int64_t now,
			 struct effects *out)
{
	struct step s = { l, self, in, now, out };
	enum line_state before = l->state;
	struct line_rule rule;

	assert(in->event < LINE_EVENTS);
	rule = rules[before][in->event];
	if (rule.action != BREAK)
		l->state = rule.next;
	return act(&s, rule.action, before);
}

enum line_event line_event_of(enum message_type type)
{
	/* clang-format off */
	switch (type) {
	case MESSAGE_HELLO:     return LINE_GOT_HELLO;
	case MESSAGE_AUTH:      return LINE_GOT_AUTH;
	case MESSAGE_WELCOME:   return LINE_GOT_WELCOME;
	case MESSAGE_DENIED:    return LINE_GOT_DENIED;
	case MESSAGE_PING:      return LINE_GOT_PING;
	case MESSAGE_PONG:      return LINE_GOT_PONG;
	case MESSAGE_BYE:       return LINE_GOT_BYE;
	case MESSAGE_INCOMING:  return LINE_GOT_INCOMING;
	case MESSAGE_CANCEL:    return LINE_GOT_CANCEL;
	case MESSAGE_CONNECTED: return LINE_GOT_CONNECTED;
	case MESSAGE_FAILED:    return LINE_GOT_FAILED;
	case MESSAGE_DATA:      return LINE_GOT_DATA;
	case MESSAGE_END:       return LINE_GOT_END;
	case MESSAGE_LISTING:   return LINE_GOT_LISTING;
	case MESSAGE_PRESENCE:  return LINE_GOT_PRESENCE;
	case MESSAGE_LINK:
	case MESSAGE_ROUTE:
	case MESSAGE_WANT:
	case MESSAGE_UNWANT:
	case MESSAGE_NEWS:
	case MESSAGE_SNAPSHOT:
	case MESSAGE_MORE:
	case MESSAGE_TOOK:
	case MESSAGE_NEED:      return LINE_GOT_NEWS;
	case MESSAGE_LOGOUT:
	case MESSAGE_CONNECT:
	case MESSAGE_ACCEPT:
	case MESSAGE_REFUSE:
	case MESSAGE_RELEASE:
	case MESSAGE_LIST:      break;
	}
	/* clang-format on */
	return LINE_EVENTS;
}

void line_init(struct line *l, uint64_t conn, int64_t now)
{
	*l = (struct line){
		.conn = conn,
		.state = LINE_DIALLING,
		.heard_ms = now,
		.sent_ms = now,
		.keepalive_ms = LINE_KEEPALIVE_MS,
		.start_ms = LINE_KEEPALIVE_MS,
	};
}

bool line_is_up(const struct line *l)
{
	return l->state >= LINE_IDLE && l->state < LINE_GOING;
}

/* When the next PING is due: the path, and the relay's patience, need a sign
 * of life both ways in each interval. */
static int64_t ping_at(const struct line *l)
{
	int64_t since = l->heard_ms < l->sent_ms ? l->heard_ms : l->sent_ms;

	return since + l->keepalive_ms;
}

int64_t line_deadline(const struct line *l)
{
	if (!line_is_up(l))
		return l->heard_ms + LINE_LOGIN_MS;
	/* A PING that is out is not repeated: the next thing is its end. */
	return l->waiting ? l->gone_ms : ping_at(l);
}

enum line_duty line_due(const struct line *l, int64_t now)
{
	if (now < line_deadline(l))
		return LINE_NO_DUTY;
	return line_is_up(l) && !l->waiting ? LINE_PING_DUE : LINE_GONE;
}

void line_ping(struct line *l, const struct line_self *self, int64_t next_ms,
	       int64_t now, struct effects *out)
{
	struct step s = { l, self, NULL, now, out };
	int64_t moved = l->heard_ms > l->sent_ms ? l->heard_ms : l->sent_ms;

	l->waiting = true;
	l->silent_ms = now - moved;
	l->gone_ms = now + keepalive_patience(0, l->start_ms);
	l->keepalive_ms = next_ms;
	grant_silence(&s, next_ms);
	send(&s, &(struct message){ .type = MESSAGE_PING,
				    .ping = { .token = (uint32_t)now,
					      .next_ms = (uint32_t)next_ms } });
}

int64_t line_heard(struct line *l, int64_t now)
{
	if (!line_is_up(l))
		return 0;
	l->heard_ms = now;
	if (!l->waiting)
		return 0;
	l->waiting = false;
	return l->silent_ms;
}

void line_sent(struct line *l, int64_t now)
{
	l->sent_ms = now;
}

const char *line_state_name(enum line_state s)
{
	static const char *const names[LINE_STATES] = {
		[LINE_DIALLING] = "dialling", [LINE_HELLO] = "hello",
		[LINE_LOGIN] = "login",	      [LINE_IDLE] = "idle",
		[LINE_CALLING] = "calling",   [LINE_ENDING] = "ending",
		[LINE_OFFERED] = "offered",   [LINE_CALL] = "call",
		[LINE_LINK] = "link",	      [LINE_GOING] = "going",
	};

	return names[s];
}
