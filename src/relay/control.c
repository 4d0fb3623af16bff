/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/control.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "core/keepalive.h"
#include "core/relay.h"
#include "io/local.h"
#include "io/loop.h"
#include "io/mailbox.h"
#include "io/random.h"
#include "io/service.h"
#include "relay/command.h"
#include "relay/doors.h"
#include "relay/guests.h"
#include "relay/home.h"
#include "relay/peers.h"
#include "relay/records.h"
#include "relay/worker.h"
#include "trust/tls.h"

enum {
	/* Other processes' changes to accounts that nobody told us of. */
	LOOK_MS = 2000,
	/* How long what was said at the end may take to leave. */
	LEAVE_MS = 500,
	/* Idle terminals come back over so long after a drain. */
	SPREAD_MS = 5000,
	/* A worker closes what has been silent for as long as core allows and
	 * this. */
	SLACK_MS = 1000,
};

struct control {
	struct config config; /* as last read */
	struct loop *loop;
	struct relay *relay;
	struct effects effects;
	struct database *database;
	struct guests *guests;
	struct records *records;
	struct peers *peers;
	struct mailbox events;
	struct worker *worker; /* one, for now: only this file knows */
	struct doors doors;
	struct command_server *commands;
	uint64_t next_conn;
	uint64_t generation; /* of the database, as last looked at */
	struct timer due;    /* the relay's next deadline */
	struct timer look;
	struct timer leave;
	bool draining;
};

/* --- effects --- */

static void order(struct control *c, enum worker_order kind, uint64_t conn,
		  uint64_t peer, const void *bytes, size_t len)
{
	struct worker_letter *l =
		worker_letter_new((int)kind, conn, bytes, len);

	if (!l)
		abort(); /* control and worker would disagree for ever */
	l->peer = peer;
	worker_post(c->worker, l);
}

static const enum relay_login login_results[] = {
	[LOGIN_MORE] = RELAY_LOGIN_MORE,
	[LOGIN_OK] = RELAY_LOGIN_OK,
	[LOGIN_REFUSED] = RELAY_LOGIN_REFUSED,
};

static void check_login(struct control *c, uint64_t conn, const uint8_t *bytes,
			size_t len)
{
	struct message m;
	struct frame f;
	struct login_out out;
	const char *user = "";
	enum login_status status;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) != FRAME_DONE ||
	    message_decode(&m, &f) != MESSAGE_OK)
		abort(); /* it was encoded a moment ago */
	status = guests_login(c->guests, conn, &m.auth, &out, &user);
	if (status == LOGIN_OK)
		records_login(c->records, user);
	relay_login(c->relay, conn, login_results[status],
		    (struct span){ out.bytes, out.length }, user,
		    loop_now(c->loop), &c->effects);
}

/* On a connection that we have dialled. */
static void go_on_with_login(struct control *c, uint64_t conn,
			     const uint8_t *bytes, size_t len)
{
	struct login_out out;
	enum login_status status =
		peers_login(c->peers, conn, bytes, len, &out);

	relay_login(c->relay, conn, login_results[status],
		    (struct span){ out.bytes, out.length }, "",
		    loop_now(c->loop), &c->effects);
}

static void close_conn(struct control *c, uint64_t conn)
{
	if (peers_give_up(c->peers, conn))
		relay_closed(c->relay, conn, loop_now(c->loop), &c->effects);
	else
		order(c, WORKER_CLOSE, conn, 0, NULL, 0);
}

/* A login's answer appends to the box that is being emptied: so by index,
 * and nothing is held across. */
static void carry_out(struct control *c, size_t i)
{
	const struct effect e = c->effects.items[i];
	const uint8_t *bytes = effects_bytes(&c->effects, &e);
	uint8_t frame[FRAME_MAX];
	int64_t wait_ms;

	switch (e.kind) { /* NOLINT: the rest are a terminal's */
	case EFFECT_SEND:
		order(c, WORKER_SEND, e.conn, 0, bytes, e.length);
		break;
	case EFFECT_CLOSE:
		close_conn(c, e.conn);
		break;
	case EFFECT_DIAL:
		peers_dial(c->peers, e.conn);
		break;
	case EFFECT_JOIN:
		order(c, WORKER_JOIN, e.conn, e.peer, NULL, 0);
		break;
	case EFFECT_DISCARD:
		order(c, WORKER_DISCARD, e.conn, 0, NULL, 0);
		break;
	case EFFECT_FORBID:
		order(c, WORKER_FORBID, e.conn, 0, NULL, 0);
		break;
	case EFFECT_PATIENCE:
		wait_ms = e.wait_ms + SLACK_MS;
		order(c, WORKER_PATIENCE, e.conn, 0, &wait_ms, sizeof(wait_ms));
		break;
	case EFFECT_LOGIN:
		if (e.length > 0)
			memcpy(frame, bytes, e.length);
		if (e.conn >= RELAY_LINES_FROM)
			go_on_with_login(c, e.conn, frame, e.length);
		else
			check_login(c, e.conn, frame, e.length);
		break;
	case EFFECT_TRUST:
		order(c, WORKER_TRUST, e.conn, 0, NULL, 0);
		break;
	case EFFECT_RECORD:
		records_call(c->records, &e.record);
		break;
	case EFFECT_NOTE:
		log_line(e.level, "%s", (const char *)bytes);
		break;
	case EFFECT_PLACE:
	case EFFECT_RING:
	case EFFECT_TALK:
	case EFFECT_OVER:
	case EFFECT_ONLINE:
	case EFFECT_OFFLINE:
	case EFFECT_LISTING:
	case EFFECT_PRESENCE:
	case EFFECT_KINDS:
		abort();
	}
}

/* After every call of the relay's functions. */
static void settle(struct control *c)
{
	int64_t at;

	for (size_t i = 0; i < c->effects.count; i++)
		carry_out(c, i);
	if (c->effects.out_of_memory) {
		log_line(LOG_ERROR, "event=out-of-memory");
		abort(); /* what was lost cannot be made up: start anew */
	}
	effects_clear(&c->effects);
	at = relay_deadline(c->relay);
	if (at == INT64_MAX)
		timer_clear(c->loop, &c->due);
	else
		timer_set(c->loop, &c->due, at);
	if (c->draining && relay_drained(c->relay))
		timer_set(c->loop, &c->leave, loop_now(c->loop) + LEAVE_MS);
}

static void on_due(struct timer *t)
{
	struct control *c = t->owner;

	relay_tick(c->relay, loop_now(c->loop), &c->effects);
	settle(c);
}

/* --- what comes --- */

static void on_accepted(void *owner, int fd, const struct listen_peer *peer)
{
	struct control *c = owner;
	uint64_t conn = ++c->next_conn;
	struct relay_address from;
	struct worker_letter *l;

	memcpy(from.bytes, peer->key, sizeof(from.bytes));
	(void)text_copy(from.text, sizeof(from.text), peer->host);
	if (relay_arrived(c->relay, conn, &from, loop_now(c->loop),
			  &c->effects) != OK) {
		close(fd);
		settle(c);
		return;
	}
	l = worker_letter_new(WORKER_ADOPT, conn, NULL, 0);
	if (!l || guests_arrived(c->guests, conn, peer->text) != OK)
		abort();
	l->fd = fd;
	worker_post(c->worker, l);
	log_line(LOG_DEBUG, "conn=%llu from=%s event=arrived",
		 (unsigned long long)conn, peer->text);
	settle(c);
}

static void on_dialled(void *owner, uint64_t conn, int fd, struct filter filter)
{
	struct control *c = owner;
	struct worker_letter *l =
		worker_letter_new(WORKER_ADOPT, conn, &filter, sizeof(filter));

	if (!l)
		abort();
	l->fd = fd;
	worker_post(c->worker, l);
}

static void note_not_dialled(const struct control *c, uint64_t conn,
			     const char *sentence)
{
	log_sentence(LOG_WARN, sentence, "relay=%s conn=%llx event=dial-failed",
		     peers_name(c->peers, conn), (unsigned long long)conn);
}

static void on_not_dialled(void *owner, uint64_t conn, const char *sentence)
{
	struct control *c = owner;

	note_not_dialled(c, conn, sentence);
	relay_closed(c->relay, conn, loop_now(c->loop), &c->effects);
	settle(c);
}

static void take_frame(struct control *c, const struct worker_letter *l)
{
	int64_t now = loop_now(c->loop);
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, l->bytes, l->length, &used) != FRAME_DONE)
		abort(); /* the worker found it whole */
	switch (message_decode(&m, &f)) {
	case MESSAGE_OK:
		relay_message(c->relay, l->conn, &m, now, &c->effects);
		break;
	case MESSAGE_SKIP:
		break;
	case MESSAGE_BAD:
		relay_violation(c->relay, l->conn, now, &c->effects);
		break;
	}
}

static void on_event(void *owner, struct mail *mail)
{
	struct control *c = owner;
	struct worker_letter *l = list_entry(mail, struct worker_letter, mail);
	int64_t now = loop_now(c->loop);

	switch ((enum worker_event)l->kind) {
	case WORKER_OPENED:
		guests_opened(c->guests, l->conn, l->bytes);
		peers_opened(c->peers, l->conn, l->bytes);
		relay_opened(c->relay, l->conn, now, &c->effects);
		break;
	case WORKER_FRAME:
		take_frame(c, l);
		break;
	case WORKER_BAD:
		relay_violation(c->relay, l->conn, now, &c->effects);
		break;
	case WORKER_FLOOD:
		relay_flooded(c->relay, l->conn, now, &c->effects);
		break;
	case WORKER_STALLED:
		relay_stalled(c->relay, l->conn, now, &c->effects);
		break;
	case WORKER_CLOSED:
		log_line(LOG_DEBUG,
			 "conn=%llu from=%s event=closed why=\"%s\" in=%llu "
			 "out=%llu",
			 (unsigned long long)l->conn,
			 guests_address(c->guests, l->conn),
			 (const char *)l->bytes,
			 (unsigned long long)l->octets_in,
			 (unsigned long long)l->octets_out);
		relay_closed(c->relay, l->conn, now, &c->effects);
		guests_left(c->guests, l->conn);
		if (peers_left(c->peers, l->conn))
			note_not_dialled(c, l->conn, (const char *)l->bytes);
		break;
	}
	free(l);
	settle(c);
}

/* --- accounts --- */

static void set_account(struct control *c, const struct database_account *a)
{
	char groups[DATABASE_GROUPS_MAX * 33 + 1] = "";
	size_t used = 0;
	struct relay_account r = { .enabled = a->enabled,
				   .connections_max = a->connections_max,
				   .places_max = a->places_max,
				   .groups = groups,
				   .allowed = a->allowed,
				   .numbers = a->number };

	if (a->groups_count == 1 && strcmp(a->groups[0], "relays") == 0)
		r.kind = RELAY_RELAY;
	memcpy(r.id, a->id, sizeof(r.id));
	memcpy(&r.key, a->stored_key, sizeof(r.key));
	for (unsigned i = 0; i < a->groups_count; i++)
		used += (size_t)snprintf(groups + used, sizeof(groups) - used,
					 "%s%s", used ? " " : "", a->groups[i]);
	relay_account_set(c->relay, &r, loop_now(c->loop), &c->effects);
}

static void each_account(void *owner, const struct database_account *a)
{
	set_account(owner, a);
}

/* One account, because a command said so. */
static void on_changed(void *owner, const char *id)
{
	struct control *c = owner;
	struct database_account a;
	enum err e = database_account_get(c->database, id, &a);

	if (e == OK)
		set_account(c, &a);
	else if (e == ERR_MISSING)
		relay_account_remove(c->relay, id, loop_now(c->loop),
				     &c->effects);
	c->generation = database_generation(c->database);
	settle(c);
}

/* All of them: somebody changed the database and could not tell us. What is
 * gone is found when it next logs in. */
static void on_look(struct timer *t)
{
	struct control *c = t->owner;
	uint64_t generation = database_generation(c->database);

	timer_set(c->loop, t, loop_now(c->loop) + LOOK_MS);
	if (generation == c->generation)
		return;
	c->generation = generation;
	if (database_account_each(c->database, each_account, c) != OK)
		log_line(LOG_ERROR, "event=accounts-unreadable");
	settle(c);
}

/* --- the end --- */

static void on_leave(struct timer *t)
{
	struct control *c = t->owner;

	loop_stop(c->loop);
}

static void drain(void *owner)
{
	struct control *c = owner;

	if (c->draining) { /* asked twice: at once */
		loop_stop(c->loop);
		return;
	}
	c->draining = true;
	log_line(LOG_INFO, "event=draining calls=%u",
		 relay_counts(c->relay).calls);
	service_notify("STOPPING=1");
	doors_close(&c->doors);
	timer_set(c->loop, &c->leave,
		  loop_now(c->loop) + 1000 * c->config.drain_s + LEAVE_MS);
	relay_drain(c->relay, "", SPREAD_MS, loop_now(c->loop), &c->effects);
	settle(c);
}

/* --- settings, at the beginning and on SIGHUP --- */

/* What is not set follows from what is. */
static void take_keepalive(const struct config *config, struct relay_limits *l)
{
	int64_t start = 1000 * config->keepalive_s;
	int64_t min = 1000 * config->keepalive_min_s;
	int64_t max = 1000 * config->keepalive_max_s;

	l->keepalive_ms = (uint32_t)start;
	l->keepalive_min_ms = (uint32_t)(min > 0 ? min : start / 6);
	l->keepalive_max_ms = (uint32_t)(max > 0 ? max : 4 * start);
	if (l->keepalive_max_ms > 3600000)
		l->keepalive_max_ms = 3600000;
}

static void take_limits(const struct config *config, struct relay_limits *l)
{
	*l = relay_limits_default;
	l->connections_max = (uint32_t)config->connections;
	l->strangers_max = (uint32_t)config->strangers;
	l->strangers_per_address = (uint32_t)config->strangers_per_address;
	l->arrivals.burst = (uint32_t)config->arrivals_per_minute;
	l->arrivals.per_minute = (uint32_t)config->arrivals_per_minute;
	take_keepalive(config, l);
	l->ring_ms = (uint32_t)config->ring_s * 1000;
	/* An older place must answer sooner than its keep-alive would. */
	if (l->ping_ms > l->keepalive_ms)
		l->ping_ms = l->keepalive_ms;
}

/* A callee of many short calls says some sixty a second at most. */
static const struct limit_rate messages_allowed = { .burst = 1000,
						    .per_minute = 6000 };

/* The caller owns rules->tls. */
static enum err read_rules(const struct config *config,
			   struct worker_rules *rules, struct why *why)
{
	char certificate[ATOMIC_PATH_MAX], key[ATOMIC_PATH_MAX];
	enum err e = home_path(config, HOME_CERTIFICATE, certificate, why);

	*rules = (struct worker_rules){
		.messages = messages_allowed,
		.silence_ms = keepalive_patience(1000 * config->keepalive_s,
						 1000 * config->keepalive_s) +
			      SLACK_MS,
		.stall_ms = 1000 * config->idle_call_s,
	};
	if (e == OK)
		e = home_path(config, HOME_KEY, key, why);
	if (e == OK)
		e = tls_context_server(&rules->tls, certificate, key, why);
	return e;
}

/* What stands in the way of these settings, if anything. */
static enum err check_reload(const struct control *c,
			     const struct config *fresh, struct why *why)
{
	if (c->draining)
		why_set(why, "The relay is being stopped.");
	else if (strcmp(c->config.data, fresh->data) != 0 ||
		 !doors_same(&c->config, fresh))
		why_set(why, "data and listen change with a restart only.");
	else
		return OK;
	return ERR_BAD;
}

/* All that may fail; what is left then is as it was. */
static enum err read_again(struct control *c, struct config *fresh,
			   struct worker_rules *rules, struct why *why)
{
	enum err e = config_read_again(&c->config, fresh, why);

	if (e == OK)
		e = check_reload(c, fresh, why);
	if (e == OK)
		e = read_rules(fresh, rules, why);
	if (e != OK)
		return e;
	e = doors_keep_address(&c->doors, fresh, why);
	if (e != OK)
		tls_context_free(rules->tls);
	return e;
}

static void reload(struct control *c)
{
	struct config fresh;
	struct relay_limits limits;
	struct worker_rules rules;
	struct why why = { "" };

	if (read_again(c, &fresh, &rules, &why) != OK) {
		log_sentence(LOG_ERROR, why.text, "event=not-reloaded");
		return;
	}
	c->config = fresh;
	log_set_level(log_level_of(fresh.log_level));
	take_limits(&fresh, &limits);
	relay_limits_set(c->relay, &limits);
	records_keep(c->records, fresh.keep_calls_d);
	order(c, WORKER_RENEW, 0, 0, &rules, sizeof(rules));
	log_line(LOG_INFO, "event=reloaded");
}

static void on_signal(void *owner, int number)
{
	if (number == SIGHUP)
		reload(owner);
	else
		drain(owner);
}

/* --- the beginning --- */

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum err open_relay(struct control *c, struct why *why)
{
	uint8_t key[HASH_KEY_SIZE], candidate[32], secret[32];
	struct relay_limits limits;
	uint64_t first_call;
	enum err e = database_first_call(c->database, &first_call);

	random_bytes(key, sizeof(key));
	random_bytes(candidate, sizeof(candidate));
	if (e == OK)
		e = database_secret(c->database, candidate, secret);
	if (e != OK) {
		why_set(why, "The database in %s cannot be written: %s.",
			c->config.data, err_text(e));
		return e;
	}
	take_limits(&c->config, &limits);
	c->relay = relay_new(&limits, key, first_call);
	c->guests = guests_new(c->database, secret);
	c->records = records_new(c->loop, c->database);
	if (!c->relay || !c->guests || !c->records)
		return ERR_MEMORY;
	records_keep(c->records, c->config.keep_calls_d);
	if (*c->config.name)
		e = relay_name(c->relay, c->config.name, wall_ms(),
			       loop_now(c->loop));
	if (e != OK)
		return e;
	return database_account_each(c->database, each_account, c);
}

static enum err open_peers(struct control *c, struct why *why)
{
	static const struct peers_handlers handlers = {
		.dialled = on_dialled,
		.failed = on_not_dialled,
	};
	enum err e =
		peers_new(&c->peers, &c->config, c->loop, &handlers, c, why);

	for (size_t i = 0; e == OK && i < peers_count(c->peers); i++) {
		struct relay_peer facts;

		peers_facts(c->peers, i, &facts);
		e = relay_peer_add(c->relay, &facts, loop_now(c->loop),
				   &c->effects);
		if (e == ERR_EXISTS)
			why_set(why, "peer: %s is given twice.", facts.name);
	}
	return e;
}

static enum err open_worker(struct control *c, struct why *why)
{
	struct worker_rules rules;
	enum err e = read_rules(&c->config, &rules, why);

	if (e != OK)
		return e;
	e = mailbox_init(&c->events, c->loop, on_event, c);
	if (e != OK) {
		tls_context_free(rules.tls);
		return e;
	}
	return worker_start(&c->worker, &c->events, &rules, why);
}

static enum err open_doors(struct control *c, struct why *why)
{
	const struct command_handlers handlers = { .changed = on_changed,
						   .drain = drain };
	enum err e = command_open(&c->commands, &c->config, c->loop, c->relay,
				  c->records, &handlers, c, why);

	if (e == OK)
		e = doors_open(&c->doors, &c->config, c->loop, on_accepted, c,
			       why);
	if (e == OK)
		e = doors_keep_address(&c->doors, &c->config, why);
	return e;
}

static enum err open_all(struct control *c, struct why *why)
{
	enum err e;

	c->loop = loop_new();
	if (!c->loop)
		return ERR_MEMORY;
	e = loop_signals(c->loop, on_signal, c);
	if (e == OK)
		e = home_open(&c->config, &c->database, why);
	if (e == OK)
		e = open_relay(c, why);
	if (e == OK)
		e = open_worker(c, why);
	if (e == OK)
		e = open_peers(c, why);
	if (e == OK)
		e = open_doors(c, why);
	return e;
}

static void close_all(struct control *c)
{
	doors_close(&c->doors);
	command_close(c->commands);
	if (c->worker) {
		worker_finish(c->worker);
		mailbox_fini(&c->events);
	}
	peers_free(c->peers);
	records_free(c->records);
	guests_free(c->guests);
	relay_free(c->relay);
	effects_fini(&c->effects);
	database_close(c->database);
	loop_free(c->loop);
}

enum err control_run(const struct config *config, struct why *why)
{
	struct control c = { .config = *config };
	enum err e;

	effects_init(&c.effects);
	c.due = (struct timer){ .due = on_due, .owner = &c };
	c.look = (struct timer){ .due = on_look, .owner = &c };
	c.leave = (struct timer){ .due = on_leave, .owner = &c };
	e = open_all(&c, why);
	if (e == OK) {
		settle(&c);
		c.generation = database_generation(c.database);
		timer_set(c.loop, &c.look, loop_now(c.loop) + LOOK_MS);
		log_line(LOG_INFO, "event=ready data=%s", config->data);
		service_notify("READY=1");
		loop_run(c.loop);
		log_line(LOG_INFO, "event=stopped");
	}
	close_all(&c);
	return e;
}
