/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/registry.h"

/* Ana calls ben, on connections 1 and 2; ben's other connection is 3, ana's
 * connection at another place is 4. */
enum { ANA = 1, BEN = 2, SPARE = 3, ELSEWHERE = 4 };

struct scene {
	struct relay *r;
	struct effects out;
	int64_t now;
	enum relay_kind kind;	   /* of the accounts */
	uint64_t who[TABLE_ROLES]; /* connections; 0: none */
};

/* --- steps --- */

static void hear(struct scene *s, uint64_t conn, struct message m)
{
	relay_message(s->r, conn, &m, s->now, &s->out);
}

static void hear_type(struct scene *s, uint64_t conn, enum message_type type)
{
	hear(s, conn, table_message(type, TABLE_OWN_CALL, TABLE_OWN_REQUEST));
}

static void arrive(struct scene *s, uint64_t conn)
{
	enum err e = relay_arrived(s->r, conn,
				   &(struct relay_address){ .bytes = { 10 } },
				   s->now, &s->out);

	assert(e == OK);
}

static void greet(struct scene *s, uint64_t conn)
{
	arrive(s, conn);
	relay_opened(s->r, conn, s->now, &s->out);
	hear_type(s, conn, MESSAGE_HELLO);
}

static void prove(struct scene *s, uint64_t conn, const char *id)
{
	uint8_t place[MESSAGE_PLACE_SIZE] = { conn == ELSEWHERE };
	struct message m = table_message(MESSAGE_AUTH, 0, 0);

	m.auth.user = span_of(id);
	m.auth.place = (struct span){ place, sizeof(place) };
	hear(s, conn, m);
	relay_login(s->r, conn, RELAY_LOGIN_OK, span_of("v=x"), id, s->now,
		    &s->out);
}

static void log_in(struct scene *s, uint64_t conn, const char *id)
{
	greet(s, conn);
	prove(s, conn, id);
}

/* As another relay. */
static void link_up(struct scene *s, uint64_t conn)
{
	struct message m = table_message(MESSAGE_HELLO, 0, 0);

	m.hello.features = FEATURE_LINK;
	arrive(s, conn);
	relay_opened(s->r, conn, s->now, &s->out);
	hear(s, conn, m);
	prove(s, conn, "ana");
}

static void set_account(struct scene *s, const char *id, bool enabled)
{
	struct relay_account a = { .enabled = enabled,
				   .kind = s->kind,
				   .connections_max = 8,
				   .places_max = 1 };

	memcpy(a.id, id, strlen(id));
	relay_account_set(s->r, &a, s->now, &s->out);
}

/* --- states --- */

static void ring(struct scene *s)
{
	log_in(s, ANA, "ana");
	log_in(s, BEN, "ben");
	hear_type(s, ANA, MESSAGE_CONNECT);
}

static void talk(struct scene *s)
{
	ring(s);
	hear_type(s, BEN, MESSAGE_ACCEPT);
}

/* A call is over, and ben has released it. */
static void clear_away(struct scene *s)
{
	talk(s);
	hear_type(s, BEN, MESSAGE_END);
	hear_type(s, BEN, MESSAGE_RELEASE);
}

/* Other ways into a state than reach's: at the other end of the call, after
 * a cancel, after a call. False: there is none. */
static bool reach_otherwise(struct scene *s, enum session_state state)
{
	switch ((unsigned)state) {
	case SESSION_IDLE:
		clear_away(s);
		hear_type(s, ANA, MESSAGE_RELEASE);
		relay_closed(s->r, BEN, s->now, &s->out);
		s->who[TABLE_SELF] = ANA;
		return true;
	case SESSION_CALL:
		talk(s);
		s->who[TABLE_SELF] = BEN;
		s->who[TABLE_MATE] = ANA;
		return true;
	case SESSION_CLEARING:
		ring(s);
		hear_type(s, ANA, MESSAGE_END);
		s->who[TABLE_SELF] = BEN;
		return true;
	default:
		return false;
	}
}

static void reach(struct scene *s, enum session_state state)
{
	bool mated = state == SESSION_CALLING || state == SESSION_OFFERED ||
		     state == SESSION_CALL;

	s->who[TABLE_SELF] = state == SESSION_OFFERED ? BEN : ANA;
	if (mated)
		s->who[TABLE_MATE] = ANA + BEN - s->who[TABLE_SELF];
	switch (state) {
	case SESSION_ARRIVED:
		arrive(s, ANA);
		break;
	case SESSION_HELLO:
		arrive(s, ANA);
		relay_opened(s->r, ANA, s->now, &s->out);
		break;
	case SESSION_AUTH:
		greet(s, ANA);
		break;
	case SESSION_WAITING:
		log_in(s, ELSEWHERE, "ana");
		log_in(s, ANA, "ana");
		break;
	case SESSION_IDLE:
		log_in(s, ANA, "ana");
		break;
	case SESSION_CALLING:
	case SESSION_OFFERED:
		ring(s);
		break;
	case SESSION_CALL:
		talk(s);
		break;
	case SESSION_CLEARING:
		clear_away(s);
		break;
	case SESSION_LINK:
		link_up(s, ANA);
		break;
	case SESSION_GOING:
		log_in(s, ANA, "ana");
		relay_violation(s->r, ANA, s->now, &s->out);
		break;
	case SESSION_STATES:
		abort();
	}
}

/* --- events --- */

static bool varies(unsigned e)
{
	return e == SESSION_GOT_CONNECT || e == SESSION_GOT_ACCEPT ||
	       e == SESSION_GOT_REFUSE || e == SESSION_GOT_RELEASE ||
	       e == SESSION_GOT_BYE || e == TABLE_LOST || e == TABLE_LATE;
}

/* Its `same` is whether the callee has an idle connection (left). */
static bool is_choice(unsigned e)
{
	return e == SESSION_GOT_CONNECT || e == SESSION_GOT_BYE ||
	       e == TABLE_LOST;
}

static struct message message_for(enum session_state state,
				  enum session_event e, bool same)
{
	unsigned type = 0;
	struct message m;

	while (session_event_of((enum message_type)type) != e)
		type++;
	m = table_message((enum message_type)type,
			  same ? TABLE_OWN_CALL : TABLE_HEARD_CALL,
			  TABLE_HEARD_REQUEST);
	if (e == SESSION_GOT_AUTH) /* the first one says who it is */
		m.auth.user = span_of("ana");
	/* A request on an idle connection is the one that will be answered;
	 * elsewhere another one may be out. */
	if (e == SESSION_GOT_CONNECT && state == SESSION_IDLE && same)
		m.connect.request = TABLE_OWN_REQUEST;
	return m;
}

/* Whether `e`, which is no message, can come in this state. */
static bool can_come(enum session_state state, unsigned e)
{
	bool up = state >= SESSION_IDLE && state <= SESSION_LINK;

	switch (e) {
	case SESSION_OPENED:
		return state == SESSION_ARRIVED;
	case TABLE_LOGIN_MORE:
	case TABLE_LOGIN_OK:
	case TABLE_LOGIN_BAD:
		return state == SESSION_AUTH;
	case TABLE_LATE:
		return !up || state == SESSION_OFFERED ||
		       state == SESSION_CLEARING;
	case TABLE_STALLED:
		return up || state == SESSION_GOING;
	case TABLE_DISABLED:
		return up || state == SESSION_WAITING;
	default:
		return true;
	}
}

static void verdict(struct scene *s, enum relay_login result)
{
	relay_login(s->r, ANA, result, span_of("v=x"), "ana", s->now, &s->out);
}

static void happen(struct scene *s, enum session_state state, unsigned e,
		   bool same)
{
	uint64_t self = s->who[TABLE_SELF];

	if (e < SESSION_OPENED) {
		hear(s, self, message_for(state, (enum session_event)e, same));
		return;
	}
	switch (e) {
	case SESSION_OPENED:
		relay_opened(s->r, self, s->now, &s->out);
		break;
	case TABLE_LOGIN_MORE:
		verdict(s, RELAY_LOGIN_MORE);
		break;
	case TABLE_LOGIN_OK:
		verdict(s, RELAY_LOGIN_OK);
		break;
	case TABLE_LOGIN_BAD:
		verdict(s, RELAY_LOGIN_REFUSED);
		break;
	case TABLE_LOST:
		relay_closed(s->r, self, s->now, &s->out);
		break;
	case TABLE_LATE:
		relay_tick(s->r, relay_deadline(s->r), &s->out);
		break;
	case TABLE_STALLED:
		relay_stalled(s->r, self, s->now, &s->out);
		break;
	case TABLE_DISABLED:
		set_account(s, self == BEN ? "ben" : "ana", false);
		break;
	default:
		abort();
	}
}

/* --- rows --- */

static enum table_role role_of(const struct scene *s, uint64_t conn)
{
	for (unsigned role = 0; role < TABLE_ROLES; role++)
		if (s->who[role] == conn)
			return (enum table_role)role;
	return TABLE_ROLES;
}

static void read_deeds(struct scene *s, struct table_row *row)
{
	assert(!s->out.out_of_memory);
	for (size_t i = 0; i < s->out.count; i++) {
		const struct effect *e = &s->out.items[i];
		enum table_role role = role_of(s, e->conn);
		struct table_deed *d;

		if (role == TABLE_ROLES || e->kind == EFFECT_NOTE ||
		    e->kind == EFFECT_RECORD)
			continue;
		d = table_add(row, &s->out, e);
		d->role = role;
	}
}

static void read_states(const struct scene *s, int states[TABLE_ROLES])
{
	for (unsigned role = 0; role < TABLE_ROLES; role++) {
		const struct registry_conn *c =
			registry_conn(s->r, s->who[role]);

		states[role] = c ? (int)c->state : TABLE_UNKNOWN;
	}
}

static void begin(struct scene *s, enum session_state state)
{
	static const uint8_t key[16] = "0123456789abcde";

	memset(s, 0, sizeof(*s));
	effects_init(&s->out);
	s->r = relay_new(&relay_limits_default, key, TABLE_OWN_CALL);
	assert(s->r);
	s->now = 1000000;
	s->kind = state == SESSION_LINK ? RELAY_RELAY : RELAY_TERMINAL;
	/* Only who has a name lets another relay in. */
	if (state == SESSION_LINK &&
	    relay_name(s->r, "south", "", 1, s->now) != OK)
		abort();
	set_account(s, "ana", true);
	set_account(s, "ben", true);
}

static void end(struct scene *s)
{
	relay_free(s->r);
	effects_fini(&s->out);
}

/* Puts the event in; the state has been reached. */
static void ask(struct scene *s, unsigned e, bool same, struct table_row *row)
{
	enum session_state state =
		registry_conn(s->r, s->who[TABLE_SELF])->state;
	uint64_t violations = relay_counts(s->r).abuse[ABUSE_VIOLATION];

	if (is_choice(e) && same && state != SESSION_LINK) {
		log_in(s, SPARE, "ben");
		s->who[TABLE_THIRD] = SPARE;
	}
	if (state == SESSION_WAITING && !same)
		hear_type(s, ELSEWHERE, MESSAGE_PONG);
	*row = (struct table_row){ .legal = true };
	read_states(s, row->before);
	effects_clear(&s->out);
	happen(s, state, e, same);
	if (e < SESSION_OPENED &&
	    relay_counts(s->r).abuse[ABUSE_VIOLATION] != violations)
		row->legal = false;
	read_states(s, row->next);
	read_deeds(s, row);
}

bool table_session(enum session_state state, unsigned e, bool same,
		   struct table_row *row)
{
	struct table_row again;
	struct scene s;

	if (!can_come(state, e))
		return false;
	begin(&s, state);
	reach(&s, state);
	ask(&s, e, same, row);
	end(&s);
	assert(row->before[TABLE_SELF] == (int)state);

	begin(&s, state);
	if (reach_otherwise(&s, state)) {
		ask(&s, e, same, &again);
		if (!table_equal(row, &again)) {
			fprintf(stderr,
				"The relay's end in state %s, event %u: what "
				"it does is not a matter of its state.\n",
				session_state_name(state), e);
			exit(1);
		}
	}
	end(&s);
	return true;
}

bool table_session_differs(enum session_state s, unsigned e)
{
	struct table_row yes, no;

	if (!varies(e) || !table_session(s, e, true, &yes) ||
	    !table_session(s, e, false, &no))
		return false;
	/* A free one that stays free is nobody's business. */
	if (yes.next[TABLE_THIRD] == yes.before[TABLE_THIRD])
		yes.next[TABLE_THIRD] = TABLE_UNKNOWN;
	return !table_equal(&yes, &no);
}
