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
#include "relay/announce.h"
#include "relay/attach.h"
#include "relay/command.h"
#include "relay/doors.h"
#include "relay/guests.h"
#include "relay/home.h"
#include "relay/ledger.h"
#include "relay/network.h"
#include "relay/peers.h"
#include "relay/records.h"
#include "relay/rules.h"
#include "relay/worker.h"
#include "trust/login.h"
#include "trust/tls.h"

enum {
	/* How long what was said at the end may take to leave. */
	LEAVE_MS = 500,
	/* Idle terminals come back over so long after a drain. */
	SPREAD_MS = 5000,
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
	struct network *network; /* of a shared database; else NULL */
	struct mailbox events;
	struct worker *worker; /* one, for now: only this file knows */
	struct doors doors;
	struct command_server *commands;
	uint64_t next_conn;
	struct attach *attach;
	struct ledger *ledger;
	/* With a database that relays share; else NULL. */
	struct announce *announce;
	char secret[LOGIN_SECRET_SIZE]; /* lets us in at those */
	bool settling;
	struct timer due; /* the relay's next deadline */
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

static void note_login(struct control *c, const struct guests_step *s)
{
	records_login(c->records, s->user);
	ledger_joined(c->ledger, s->account);
	if (c->announce && s->account->kind == DATABASE_TERMINAL)
		announce_login(c->announce, s->user);
}

/* From within settle(), or from without: what the database has answered. */
static void want_settling(void *owner)
{
	struct control *c = owner;

	if (!c->settling)
		timer_set(c->loop, &c->due, loop_now(c->loop));
}

static void on_step(void *owner, const struct guests_step *s)
{
	struct control *c = owner;
	struct span sasl = { NULL, 0 };

	if (s->out)
		sasl = (struct span){ s->out->bytes, s->out->length };
	if (s->result == RELAY_LOGIN_OK)
		note_login(c, s);
	else if (s->result == RELAY_LOGIN_UNABLE)
		log_sentence(LOG_WARN, s->why,
			     "conn=%llu id=%s event=login-unable",
			     (unsigned long long)s->conn, s->user);
	relay_login(c->relay, s->conn, s->result, sasl, s->user,
		    loop_now(c->loop), &c->effects);
	want_settling(c);
}

static void check_login(struct control *c, uint64_t conn, const uint8_t *bytes,
			size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, bytes, len, &used) != FRAME_DONE ||
	    message_decode(&m, &f) != MESSAGE_OK)
		abort(); /* it was encoded a moment ago */
	guests_login(c->guests, conn, &m.auth);
}

static void tell_state(struct control *c, const char *id, uint8_t state)
{
	static const enum shared_state states[] = {
		[PRESENCE_OFFLINE] = SHARED_OFFLINE,
		[PRESENCE_FREE] = SHARED_FREE,
		[PRESENCE_BUSY] = SHARED_BUSY,
	};

	if (c->announce)
		announce_state(c->announce, id, states[state]);
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

static void find(struct control *c, const struct effect *e)
{
	char address[ADDRESS_MAX + 1];

	memcpy(address, effects_bytes(&c->effects, e), e->length);
	network_find(c->network, e->conn, address);
}

/* What its bytes lie in may move. */
static void log_in(struct control *c, const struct effect *e)
{
	uint8_t bytes[FRAME_MAX];

	if (e->length > 0)
		memcpy(bytes, effects_bytes(&c->effects, e), e->length);
	if (e->conn >= RELAY_LINES_FROM)
		go_on_with_login(c, e->conn, bytes, e->length);
	else
		check_login(c, e->conn, bytes, e->length);
}

static const enum worker_order orders[EFFECT_KINDS] = {
	[EFFECT_SEND] = WORKER_SEND,	   [EFFECT_JOIN] = WORKER_JOIN,
	[EFFECT_DISCARD] = WORKER_DISCARD, [EFFECT_FORBID] = WORKER_FORBID,
	[EFFECT_TRUST] = WORKER_TRUST,
};

/* A login's answer appends to the box that is being emptied: so by index,
 * and nothing is held across. */
static void carry_out(struct control *c, size_t i)
{
	const struct effect e = c->effects.items[i];
	const uint8_t *bytes = effects_bytes(&c->effects, &e);
	int64_t wait_ms;

	switch (e.kind) { /* NOLINT: the rest are a terminal's */
	case EFFECT_SEND:
	case EFFECT_JOIN:
	case EFFECT_DISCARD:
	case EFFECT_FORBID:
	case EFFECT_TRUST:
		order(c, orders[e.kind], e.conn, e.peer, bytes, e.length);
		break;
	case EFFECT_CLOSE:
		close_conn(c, e.conn);
		break;
	case EFFECT_DIAL:
		peers_dial(c->peers, e.conn);
		break;
	case EFFECT_PATIENCE:
		wait_ms = e.wait_ms + RULES_SLACK_MS;
		order(c, WORKER_PATIENCE, e.conn, 0, &wait_ms, sizeof(wait_ms));
		break;
	case EFFECT_LOGIN:
		log_in(c, &e);
		break;
	case EFFECT_RECORD:
		records_call(c->records, &e.record);
		break;
	case EFFECT_STATE:
		tell_state(c, (const char *)bytes, e.level);
		break;
	case EFFECT_FIND:
		find(c, &e);
		break;
	case EFFECT_LIST:
		network_list(c->network, e.conn, (uint32_t)e.peer);
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

	c->settling = true;
	for (size_t i = 0; i < c->effects.count; i++)
		carry_out(c, i);
	c->settling = false;
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

static void leave(struct control *c, uint64_t conn)
{
	const char *user = guests_member(c->guests, conn);

	if (user)
		ledger_left(c->ledger, user);
	guests_left(c->guests, conn);
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
		if (peers_left(c->peers, l->conn))
			note_not_dialled(c, l->conn, (const char *)l->bytes);
		leave(c, l->conn);
		break;
	}
	free(l);
	settle(c);
}

/* One account, because a command said so. */
static void on_changed(void *owner, const char *id)
{
	struct control *c = owner;

	ledger_changed(c->ledger, id);
}

/* The database has been away. */
static void on_back(void *owner)
{
	struct control *c = owner;

	if (c->announce)
		announce_again(c->announce);
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

/* --- settings, on SIGHUP --- */

/* What stands in the way of these settings, if anything. */
static enum err check_reload(const struct control *c,
			     const struct config *fresh, struct why *why)
{
	if (c->draining)
		why_set(why, "The relay is being stopped.");
	else if (!config_lasts(&c->config, fresh))
		why_set(why, "data, database, name, peer, trunks, route and "
			     "listen change with a restart only.");
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
		e = rules_worker(fresh, rules, why);
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
	rules_limits(&fresh, &limits);
	relay_limits_set(c->relay, &limits);
	records_keep(c->records, fresh.keep_calls_d);
	order(c, WORKER_RENEW, 0, 0, &rules, sizeof(rules));
	log_line(LOG_INFO, "event=reloaded");
}

/* Another one of our name has begun: it has the terminals from now on. */
static void on_fenced(void *owner)
{
	struct control *c = owner;

	log_line(LOG_ERROR,
		 "event=fenced name=%s what=\"another relay of this name has "
		 "begun: this one stops\"",
		 c->config.name);
	if (!c->draining)
		drain(c);
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

/* The numbers that the database has for us. */
static enum err read_start(struct control *c, uint64_t *first_call,
			   uint8_t secret[32], struct why *why)
{
	struct database_result r;
	uint8_t candidate[32];
	enum err e;

	random_bytes(candidate, sizeof(candidate));
	database_first_call(c->database, database_into(&r));
	e = database_wait(c->database, &r);
	*first_call = r.number;
	if (e == OK) {
		database_secret(c->database, candidate, database_into(&r));
		e = database_wait(c->database, &r);
		memcpy(secret, r.secret, sizeof(r.secret));
	}
	if (e != OK && database_shared(c->database))
		why_set(why, "%s", r.why.text);
	else if (e != OK)
		why_set(why, "The database in %s cannot be written: %s.",
			c->config.data, err_text(e));
	return e;
}

static enum err join_network(struct control *c, struct why *why)
{
	char address[ADDRESS_OTHER_TEXT];
	enum err e;

	if (!*c->config.name)
		return OK;
	e = home_other(&c->config, address, why);
	return e == OK ? relay_name(c->relay, c->config.name, address,
				    wall_ms(), loop_now(c->loop))
		       : e;
}

static enum err open_relay(struct control *c, struct why *why)
{
	uint8_t key[HASH_KEY_SIZE], secret[32];
	struct relay_limits limits;
	uint64_t first_call;
	enum err e = read_start(c, &first_call, secret, why);

	if (e != OK)
		return e;
	random_bytes(key, sizeof(key));
	rules_limits(&c->config, &limits);
	c->relay = relay_new(&limits, key, first_call);
	c->guests = guests_new(c->database, secret, on_step, c);
	c->records = records_new(c->loop, c->database);
	if (!c->relay || !c->guests || !c->records)
		return ERR_MEMORY;
	records_keep(c->records, c->config.keep_calls_d);
	e = join_network(c, why);
	if (e != OK)
		return e;
	if (database_shared(c->database))
		relay_share(c->relay, !c->config.no_distribution);
	c->ledger = ledger_new(c->loop, c->database, c->relay, &c->effects,
			       want_settling, c);
	return c->ledger ? ledger_load(c->ledger, why) : ERR_MEMORY;
}

/* With a database that is shared, and a name: begins a life of this relay. */
static enum err open_announce(struct control *c, struct why *why)
{
	struct shared_relay self;
	enum err e;

	if (!database_shared(c->database))
		return OK;
	if (!*c->config.name) {
		why_set(why, "A relay with a --database needs a --name.");
		return ERR_BAD;
	}
	e = home_begin(&c->config, c->database, &self, c->secret, why);
	if (e != OK)
		return e;
	c->announce = announce_new(c->loop, c->database, &self, on_fenced, c);
	c->network = network_new(&(struct network_setup){
		.loop = c->loop,
		.database = c->database,
		.relay = c->relay,
		.effects = &c->effects,
		.peers = c->peers,
		.name = c->config.name,
		.secret = c->secret,
		.changed = want_settling,
		.owner = c,
	});
	return c->announce && c->network ? OK : ERR_MEMORY;
}

static enum err read_routes(struct control *c, struct why *why)
{
	for (size_t i = 0; i < c->config.routes.count; i++) {
		const char *text = c->config.routes.items[i];
		char prefix[PATH_NUMBER_MAX + 2] = "";
		size_t len = strcspn(text, "=");

		if (len < sizeof(prefix))
			memcpy(prefix, text, len);
		if (text[len] == '=' &&
		    relay_route(c->relay, prefix, text + len + 1) == OK)
			continue;
		why_set(why,
			"route: \"%.80s\" must be PREFIX=TO, each prefix "
			"once: digits, and a user ID, ID@RELAY or @RELAY.",
			text);
		return ERR_BAD;
	}
	return OK;
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
	enum err e = rules_worker(&c->config, &rules, why);

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
	/* It can be reached now. */
	if (e == OK)
		e = open_announce(c, why);
	if (e != OK)
		return e;
	c->attach = attach_new(c->loop, c->database, on_back, c);
	return c->attach ? OK : ERR_MEMORY;
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
		e = read_routes(c, why);
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
	attach_free(c->attach);
	if (c->announce)
		announce_end(c->announce,
			     (struct database_asker){ .owner = NULL });
	if (c->records)
		records_finish(c->records);
	/* From now on nobody is answered. */
	database_close(c->database);
	announce_free(c->announce);
	network_free(c->network);
	ledger_free(c->ledger);
	records_free(c->records);
	guests_free(c->guests);
	peers_free(c->peers);
	relay_free(c->relay);
	effects_fini(&c->effects);
	loop_free(c->loop);
}

enum err control_run(const struct config *config, struct why *why)
{
	struct control c = { .config = *config };
	enum err e;

	effects_init(&c.effects);
	c.due = (struct timer){ .due = on_due, .owner = &c };
	c.leave = (struct timer){ .due = on_leave, .owner = &c };
	e = open_all(&c, why);
	if (e == OK) {
		settle(&c);
		ledger_follow(c.ledger);
		log_line(LOG_INFO, "event=ready data=%s", config->data);
		service_notify("READY=1");
		loop_run(c.loop);
		log_line(LOG_INFO, "event=stopped");
	}
	close_all(&c);
	return e;
}
