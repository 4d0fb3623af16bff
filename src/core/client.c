/* SPDX-License-Identifier: Apache-2.0 */
#include "core/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/backoff.h"
#include "core/keepalive.h"
#include "core/queue.h"

struct client {
	struct client_settings settings;
	struct line *lines; /* owned; room for `room` */
	size_t count;
	struct queue pending; /* calls that wait for a line */
	size_t room;
	uint32_t needed; /* lines that the far relay asks for */
	uint64_t next_conn;
	uint32_t next_call;
	bool started;
	bool online;
	bool denied;
	struct backoff backoff;
	uint16_t relay_max; /* connections the relay allows us; 0: unknown */
	struct keepalive keepalive;
	bool learning;	/* there is a longer silence to be tried */
	uint64_t probe; /* the line that tries it; 0: none */
};

/* --- small helpers --- */

static struct line *find_line(const struct client *c, uint64_t conn)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->lines[i].conn == conn)
			return &c->lines[i];
	return NULL;
}

static bool has_call(enum line_state s)
{
	return s == LINE_CALLING || s == LINE_OFFERED || s == LINE_CALL;
}

static struct line *find_call(const struct client *c, uint32_t number)
{
	for (size_t i = 0; i < c->count; i++)
		if (has_call(c->lines[i].state) &&
		    c->lines[i].call.number == number)
			return &c->lines[i];
	return NULL;
}

static size_t count_state(const struct client *c, enum line_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->lines[i].state == state;
	return n;
}

static size_t count_up(const struct client *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += line_is_up(&c->lines[i]);
	return n;
}

static uint32_t new_call_number(struct client *c)
{
	if (++c->next_call == 0)
		c->next_call = 1;
	return c->next_call;
}

static void tell_call(struct effects *out, enum effect_kind kind, uint64_t conn,
		      const struct effect_call *call)
{
	struct effect *e = effects_add(out, kind, conn);

	if (e)
		e->call = *call;
}

/* --- how many lines, and when to dial --- */

/* Lines that are, or will soon be, free for a call. */
static size_t free_lines(const struct client *c)
{
	return count_state(c, LINE_IDLE) + count_state(c, LINE_DIALLING) +
	       count_state(c, LINE_HELLO) + count_state(c, LINE_LOGIN);
}

/* Free lines that we want: the spares, one for each call that waits, and
 * always one when there is none at all. */
static size_t wanted_lines(const struct client *c)
{
	size_t wanted = c->settings.spares + c->pending.count + c->needed;
	size_t busy = c->count - free_lines(c) - count_state(c, LINE_GOING);

	if (wanted == 0 && busy == 0)
		return 1;
	/* One to try a longer silence with, beside the one that is safe. */
	return wanted == 1 && busy == 0 && c->learning ? 2 : wanted;
}

static size_t most_lines(const struct client *c)
{
	return c->relay_max > 0 && c->relay_max < c->room ? c->relay_max
							  : c->room;
}

static void dial_one(struct client *c, int64_t now, struct effects *out)
{
	struct line *l = &c->lines[c->count++];

	line_init(l, ++c->next_conn, now);
	effects_add(out, EFFECT_DIAL, l->conn);
}

/* While nothing is logged in, one attempt at a time is enough: a relay that
 * refuses one refuses all. */
static bool lacks_line(const struct client *c)
{
	if (!c->started || c->count >= most_lines(c))
		return false;
	return count_up(c) == 0 ? free_lines(c) == 0
				: free_lines(c) < wanted_lines(c);
}

static void dial_missing(struct client *c, int64_t now, struct effects *out)
{
	while (now >= c->backoff.until_ms && lacks_line(c))
		dial_one(c, now, out);
}

/* The line that has been idle longest, of all but one; else NULL. */
static struct line *longest_idle(const struct client *c, uint64_t but)
{
	struct line *oldest = NULL;

	for (size_t i = 0; i < c->count; i++) {
		struct line *l = &c->lines[i];

		if (l->state == LINE_IDLE && l->conn != but &&
		    (!oldest || l->idle_ms < oldest->idle_ms))
			oldest = l;
	}
	return oldest;
}

/* When more are idle than wanted, and this one has been so long enough. */
static struct line *surplus_line(const struct client *c, int64_t now)
{
	struct line *l = longest_idle(c, 0);

	return l && count_state(c, LINE_IDLE) > wanted_lines(c) &&
			       l->idle_ms + CLIENT_SURPLUS_MS <= now
		       ? l
		       : NULL;
}

static void drop_surplus(struct client *c, int64_t now, struct effects *out)
{
	struct line_input leave = { .event = LINE_LEAVE,
				    .reason = REASON_SURPLUS };
	struct line *l;

	while ((l = surplus_line(c, now)))
		line_step(l, &c->settings.self, &leave, now, out);
}

/* --- calls that wait for a line --- */

static void start_call(struct client *c, struct line *l,
		       const struct effect_call *call, int64_t now,
		       struct effects *out)
{
	struct line_input dial = {
		.event = LINE_DIAL,
		.call = call,
		.terms = { .procedures = c->settings.procedures,
			   .abilities = c->settings.abilities },
	};

	line_step(l, &c->settings.self, &dial, now, out);
}

static struct line *idle_line(struct client *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->lines[i].state == LINE_IDLE)
			return &c->lines[i];
	return NULL;
}

static void serve_pending(struct client *c, int64_t now, struct effects *out)
{
	struct effect_call call;
	struct line *l;

	while ((l = idle_line(c)) && queue_take_first(&c->pending, &call))
		start_call(c, l, &call, now, out);
}

static void expire_pending(struct client *c, int64_t now, struct effects *out)
{
	struct effect_call call;

	while (queue_take_late(&c->pending, now, &call)) {
		call.reason = c->online ? REASON_TOO_MANY : REASON_UNREACHABLE;
		tell_call(out, EFFECT_OVER, 0, &call);
	}
}

static bool wait_for_line(struct client *c, const struct effect_call *call,
			  int64_t now)
{
	return queue_put(&c->pending, call, now + CLIENT_LINE_WAIT_MS);
}

/* --- news from a line --- */

static void come_up(struct client *c, struct line *l, struct effects *out)
{
	keepalive_bounds(&c->keepalive, (uint32_t)l->start_ms,
			 l->keepalive_min_ms, l->keepalive_max_ms);
	/* The relay expects the first sign of life by its own measure. */
	if (keepalive_safe(&c->keepalive) < l->keepalive_ms)
		l->keepalive_ms = keepalive_safe(&c->keepalive);
	backoff_worked(&c->backoff);
	c->denied = false;
	if (l->connections_max > 0)
		c->relay_max = l->connections_max;
	if (!c->online)
		effects_add(out, EFFECT_ONLINE, l->conn);
	c->online = true;
}

/* A relay must know more of a call than a terminal: all that was said. */
static void tell_call_with(const struct client *c, enum effect_kind kind,
			   const struct line *l, const struct message *m,
			   struct effects *out)
{
	uint8_t frame[FRAME_MAX];
	size_t before = out->count, len = 0;

	if (m && c->settings.self.role != LINE_OF_TERMINAL)
		len = message_encode(m, frame, sizeof(frame));
	effects_bytes_for(out, kind, l->conn, frame, len);
	if (out->count > before)
		out->items[before].call = l->call;
}

static void ring(struct client *c, struct line *l, const struct message *m,
		 struct effects *out)
{
	l->call.number = new_call_number(c);
	tell_call_with(c, EFFECT_RING, l, m, out);
}

static void sent_away(struct client *c, struct line *l, int64_t now)
{
	/* One spare too many: the relay's word is our new maximum. */
	if (l->bye_reason == REASON_SURPLUS && count_up(c) > 0) {
		c->relay_max = (uint16_t)count_up(c);
		return;
	}
	backoff_failed(&c->backoff, l->retry_ms, now);
}

static void talk(const struct client *c, const struct line *l,
		 const struct message *m, struct effects *out)
{
	tell_call_with(c, EFFECT_TALK, l,
		       m && m->type == MESSAGE_CONNECTED ? m : NULL, out);
}

/* `m`: the message that brought the news, if one did. */
static void take_news(struct client *c, struct line *l, enum line_news news,
		      const struct message *m, int64_t now, struct effects *out)
{
	switch (news) {
	case LINE_NO_NEWS:
	case LINE_FREE:
		break;
	case LINE_UP:
		come_up(c, l, out);
		break;
	case LINE_DENIED:
		c->denied = true;
		backoff_failed(&c->backoff, l->retry_ms, now);
		break;
	case LINE_CROSSED:
		if (!wait_for_line(c, &l->crossed, now)) {
			l->crossed.reason = REASON_TOO_MANY;
			tell_call(out, EFFECT_OVER, 0, &l->crossed);
		}
		ring(c, l, m, out);
		break;
	case LINE_RING:
		ring(c, l, m, out);
		break;
	case LINE_TALK:
		talk(c, l, m, out);
		break;
	case LINE_OVER:
		tell_call(out, EFFECT_OVER, l->conn, &l->call);
		break;
	case LINE_BYE:
		sent_away(c, l, now);
		break;
	case LINE_BROKEN:
		backoff_failed(&c->backoff, BACKOFF_MIN_MS, now);
		break;
	}
	serve_pending(c, now, out);
	dial_missing(c, now, out);
}

/* A line that leaves a call by a way other than its table's: what was going
 * on must still come to an end. */
static void orphan_call(struct line *l, enum line_state before, uint16_t why,
			struct effects *out)
{
	if (!has_call(before))
		return;
	l->call.reason = why;
	tell_call(out, EFFECT_OVER, l->conn, &l->call);
}

static void step(struct client *c, struct line *l, const struct line_input *in,
		 int64_t now, struct effects *out)
{
	enum line_state before = l->state;
	enum line_news news = line_step(l, &c->settings.self, in, now, out);

	if (l->state == LINE_GOING && before != LINE_GOING) {
		orphan_call(l, before,
			    news == LINE_BYE ? l->bye_reason : REASON_PEER_LOST,
			    out);
		if (c->online && count_up(c) == 0) {
			c->online = false;
			effects_add(out, EFFECT_OFFLINE, l->conn);
		}
	}
	take_news(c, l, news, in->message, now, out);
}

/* --- the public side --- */

static size_t room_for(const struct client_settings *s)
{
	size_t most = s->self.role == LINE_OF_TERMINAL ? CLIENT_LINES_MAX
						       : CLIENT_TRUNKS_MAX;

	return s->lines_max > 0 && s->lines_max < most ? s->lines_max : most;
}

struct client *client_new(const struct client_settings *settings, uint64_t seed)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->settings = *settings;
	c->backoff.random = seed;
	c->next_conn = settings->first_conn;
	c->room = room_for(settings);
	c->lines = calloc(c->room, sizeof(*c->lines));
	if (queue_init(&c->pending, c->room) && c->lines)
		return c;
	client_free(c);
	return NULL;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	free(c->lines);
	queue_fini(&c->pending);
	free(c);
}

void client_start(struct client *c, int64_t now, struct effects *out)
{
	c->started = true;
	dial_missing(c, now, out);
}

void client_opened(struct client *c, uint64_t conn, int64_t now,
		   struct effects *out)
{
	struct line *l = find_line(c, conn);

	if (l)
		step(c, l, &(struct line_input){ .event = LINE_OPENED }, now,
		     out);
}

/* --- what the path survives --- */

static void note_keepalive(const struct client *c, int64_t before,
			   struct effects *out)
{
	int64_t safe = keepalive_safe(&c->keepalive);

	if (safe != before)
		effects_note(out, LOG_INFO, "id=%s event=keepalive ms=%lld",
			     c->settings.self.id, (long long)safe);
}

static void heard(struct client *c, struct line *l, int64_t now,
		  struct effects *out)
{
	int64_t before = keepalive_safe(&c->keepalive);
	int64_t silent = line_heard(l, now);

	if (silent > 0)
		keepalive_survived(&c->keepalive, silent);
	note_keepalive(c, before, out);
}

static void lost(struct client *c, const struct line *l, int64_t now,
		 struct effects *out)
{
	int64_t before = keepalive_safe(&c->keepalive);

	keepalive_lost(&c->keepalive, l->silent_ms, now);
	note_keepalive(c, before, out);
}

/* After how much silence this line speaks again. One idle line at a time is
 * left alone for longer than is known to be safe, while another is up: if
 * it is lost, calls still come in. */
static int64_t next_silence(struct client *c, const struct line *l, int64_t now)
{
	int64_t longer = keepalive_probe(&c->keepalive, now);
	bool may = l->state == LINE_IDLE && count_up(c) > 1 &&
		   (c->probe == l->conn || !find_line(c, c->probe));

	c->learning = longer > 0;
	if (longer > 0 && may) {
		c->probe = l->conn;
		return longer;
	}
	if (c->probe == l->conn)
		c->probe = 0;
	return keepalive_safe(&c->keepalive);
}

void client_message(struct client *c, uint64_t conn, const struct message *m,
		    int64_t now, struct effects *out)
{
	struct line *l = find_line(c, conn);
	struct line_input in = { .event = line_event_of(m->type),
				 .message = m };

	if (!l)
		return;
	if (in.event == LINE_EVENTS) {
		client_violation(c, conn, now, out);
		return;
	}
	heard(c, l, now, out);
	step(c, l, &in, now, out);
}

void client_violation(struct client *c, uint64_t conn, int64_t now,
		      struct effects *out)
{
	const struct line_input leave = { .event = LINE_LEAVE,
					  .reason = REASON_PROTOCOL };
	struct line *l = find_line(c, conn);

	if (!l || l->state == LINE_GOING)
		return;
	step(c, l, &leave, now, out);
	backoff_failed(&c->backoff, BACKOFF_MIN_MS, now);
}

void client_heard(struct client *c, uint64_t conn, int64_t now,
		  struct effects *out)
{
	struct line *l = find_line(c, conn);

	if (l)
		heard(c, l, now, out);
}

void client_sent(struct client *c, uint64_t conn, int64_t now)
{
	struct line *l = find_line(c, conn);

	if (l)
		line_sent(l, now);
}

void client_closed(struct client *c, uint64_t conn, int64_t now,
		   struct effects *out)
{
	struct line *l = find_line(c, conn);
	bool was_up, told;

	if (!l)
		return;
	was_up = line_is_up(l);
	told = l->state == LINE_GOING;
	orphan_call(l, l->state, REASON_PEER_LOST, out);
	*l = c->lines[--c->count];
	/* A line that was told to go has had its back-off. One that breaks
	 * while others stand is replaced at once, but only once. */
	if (!told && (!was_up || count_up(c) == 0))
		backoff_failed(&c->backoff, 0, now);
	if (!was_up && !told && count_up(c) == 0)
		keepalive_forgive(&c->keepalive);
	if (c->online && count_up(c) == 0) {
		c->online = false;
		effects_add(out, EFFECT_OFFLINE, conn);
	}
	dial_missing(c, now, out);
}

void client_login(struct client *c, uint64_t conn, enum client_login result,
		  struct span sasl, int64_t now, struct effects *out)
{
	const enum line_event events[] = {
		[CLIENT_LOGIN_MORE] = LINE_SAID,
		[CLIENT_LOGIN_OK] = c->settings.self.role == LINE_OF_LINK
					    ? LINE_PROVEN_LINK
					    : LINE_PROVEN,
		[CLIENT_LOGIN_BAD] = LINE_UNPROVEN,
	};
	struct line *l = find_line(c, conn);

	if (l)
		step(c, l,
		     &(struct line_input){ .event = events[result],
					   .sasl = sasl },
		     now, out);
}

uint32_t client_call(struct client *c, const char *to, int64_t now,
		     struct effects *out)
{
	struct effect_call call = { .number = new_call_number(c) };
	size_t len = strlen(to);

	if (len >= sizeof(call.far_id)) {
		call.reason = REASON_UNKNOWN;
		tell_call(out, EFFECT_OVER, 0, &call);
		return call.number;
	}
	memcpy(call.far_id, to, len + 1);
	if (!wait_for_line(c, &call, now)) {
		call.reason = REASON_TOO_MANY;
		tell_call(out, EFFECT_OVER, 0, &call);
		return call.number;
	}
	serve_pending(c, now, out);
	dial_missing(c, now, out);
	return call.number;
}

void client_accept_terms(struct client *c, uint32_t number,
			 const struct message_terms *terms, int64_t now,
			 struct effects *out)
{
	struct line *l = find_call(c, number);

	if (l && l->state == LINE_OFFERED)
		step(c, l,
		     &(struct line_input){ .event = LINE_ACCEPT,
					   .terms = *terms },
		     now, out);
}

void client_accept(struct client *c, uint32_t number, int64_t now,
		   struct effects *out)
{
	const struct line *l = find_call(c, number);
	struct message_terms terms = { 0 };

	if (!l)
		return;
	terms.procedures = l->call.procedures & c->settings.procedures;
	terms.abilities = l->call.abilities & c->settings.abilities;
	/* One procedure: the lowest bit is the one that all understand. */
	terms.procedures &= ~terms.procedures + 1;
	if (terms.procedures == 0)
		client_refuse(c, number, REASON_INCOMPATIBLE, now, out);
	else
		client_accept_terms(c, number, &terms, now, out);
}

void client_need(struct client *c, uint32_t lines, int64_t now,
		 struct effects *out)
{
	c->needed = lines < c->room ? lines : (uint32_t)c->room;
	dial_missing(c, now, out);
}

void client_refuse(struct client *c, uint32_t number, uint16_t reason,
		   int64_t now, struct effects *out)
{
	struct line *l = find_call(c, number);

	if (l && l->state == LINE_OFFERED)
		step(c, l,
		     &(struct line_input){ .event = LINE_REFUSE,
					   .reason = reason },
		     now, out);
}

void client_end(struct client *c, uint32_t number, uint16_t reason, int64_t now,
		struct effects *out)
{
	struct line *l = find_call(c, number);
	struct effect_call call;

	if (l) {
		step(c, l,
		     &(struct line_input){ .event = LINE_HANG_UP,
					   .reason = reason },
		     now, out);
		return;
	}
	if (queue_take(&c->pending, number, &call)) {
		call.reason = reason;
		tell_call(out, EFFECT_OVER, 0, &call);
	}
}

uint64_t client_conn_of(const struct client *c, uint32_t call)
{
	const struct line *l = find_call(c, call);

	return l ? l->conn : 0;
}

uint32_t client_call_on(const struct client *c, uint64_t conn)
{
	const struct line *l = find_line(c, conn);

	return l && l->state == LINE_CALL ? l->call.number : 0;
}

/* For what is no call's: a fax that fills a slow path, and what has not left
 * yet of one that is over, would hold it up for seconds. */
static struct line *quiet_line(struct client *c)
{
	/* The line that tries a longer silence may have lost its path. */
	struct line *l = longest_idle(c, c->probe);

	for (size_t i = 0; !l && i < c->count; i++)
		if (line_is_up(&c->lines[i]))
			l = &c->lines[i];
	return l;
}

enum err client_list(struct client *c, bool follow, int64_t now,
		     struct effects *out, uint32_t *request)
{
	struct line *l = quiet_line(c);

	if (!l)
		return ERR_CLOSED;
	*request = new_call_number(c);
	effects_send(out, l->conn,
		     &(struct message){ .type = MESSAGE_LIST,
					.list = { .request = *request,
						  .follow = follow } });
	line_sent(l, now);
	return OK;
}

void client_logout(struct client *c, int64_t now, struct effects *out)
{
	struct effect_call call;
	bool said = false;

	c->started = false;
	for (size_t i = 0; i < c->count; i++) {
		struct line *l = &c->lines[i];
		struct line_input leave = { .event = LINE_LEAVE,
					    .reason = REASON_LOGOUT };

		if (line_is_up(l) && !said) {
			effects_send(
				out, l->conn,
				&(struct message){ .type = MESSAGE_LOGOUT });
			said = true;
		}
		step(c, l, &leave, now, out);
	}
	while (queue_take_first(&c->pending, &call)) {
		call.reason = REASON_LOGOUT;
		tell_call(out, EFFECT_OVER, 0, &call);
	}
}

/* When one line wants attention: a ping, its end, or its going as surplus. */
static int64_t line_wants(const struct client *c, const struct line *l)
{
	int64_t at = line_deadline(l);

	if (l->state == LINE_GOING)
		return INT64_MAX;
	if (l->state == LINE_IDLE && l->idle_ms + CLIENT_SURPLUS_MS < at &&
	    count_state(c, LINE_IDLE) > wanted_lines(c))
		at = l->idle_ms + CLIENT_SURPLUS_MS;
	return at;
}

void client_afresh(struct client *c, int64_t now)
{
	backoff_worked(&c->backoff);
	if (c->backoff.until_ms > now + CLIENT_AFRESH_MS)
		backoff_failed(&c->backoff, 0, now);
}

int64_t client_deadline(const struct client *c)
{
	int64_t due = queue_deadline(&c->pending);

	for (size_t i = 0; i < c->count; i++) {
		int64_t at = line_wants(c, &c->lines[i]);

		if (at < due)
			due = at;
	}
	if (lacks_line(c) && c->backoff.until_ms < due)
		due = c->backoff.until_ms;
	return due;
}

/* In a call of a relay's line an answer may wait behind DATA that the worker
 * holds back: there the worker alone says when it is gone. */
static bool is_watched(const struct client *c, const struct line *l)
{
	return c->settings.self.role == LINE_OF_TRUNK && l->state == LINE_CALL;
}

void client_tick(struct client *c, int64_t now, struct effects *out)
{
	for (size_t i = 0; i < c->count; i++) {
		struct line *l = &c->lines[i];
		struct line_input leave = { .event = LINE_LEAVE,
					    .reason = REASON_PEER_LOST };
		enum line_duty duty = line_due(l, now);
		bool was_up = line_is_up(l);

		if (l->state == LINE_GOING || duty == LINE_NO_DUTY)
			continue;
		if (duty == LINE_PING_DUE || is_watched(c, l)) {
			line_ping(l, &c->settings.self, next_silence(c, l, now),
				  now, out);
			continue;
		}
		if (was_up)
			lost(c, l, now, out);
		step(c, l, &leave, now, out);
		if (!was_up || count_up(c) == 0)
			backoff_failed(&c->backoff, 0, now);
	}
	expire_pending(c, now, out);
	drop_surplus(c, now, out);
	serve_pending(c, now, out);
	dial_missing(c, now, out);
}

struct client_counts client_counts(const struct client *c)
{
	bool waits = c->started && count_up(c) == 0 && free_lines(c) == 0;

	return (struct client_counts){
		.lines = (uint32_t)c->count,
		.up = (uint32_t)count_up(c),
		.idle = (uint32_t)count_state(c, LINE_IDLE),
		.calls = (uint32_t)count_state(c, LINE_CALL),
		.denied = c->denied,
		.failures = c->backoff.failures,
		.keepalive_ms = keepalive_safe(&c->keepalive),
		.next_dial_ms = waits ? c->backoff.until_ms : 0,
	};
}
