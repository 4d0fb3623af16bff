/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission.h"

#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "core/pairing.h"
#include "core/peer.h"

/* --- goodbyes --- */

void admission_leave(struct turn *t, struct registry_conn *c, uint16_t reason)
{
	pairing_leave(t, c, reason);
	if (c->state == SESSION_LINK)
		peer_link_down(t, c->account->peer, c->number);
	registry_wait_over(c);
	list_remove(&c->ping.link);
	list_remove(&c->follower);
	if (c->origin) {
		c->origin->strangers--;
		t->r->counts.strangers--;
		c->origin = NULL;
	}
	registry_enter(t, c, SESSION_GOING);
	list_remove(&c->of_account);
	c->account = NULL;
}

void admission_send_away(struct turn *t, struct registry_conn *c,
			 uint16_t reason, uint32_t retry_ms,
			 const char *elsewhere)
{
	struct registry_account *a = c->account;
	bool speaks = c->state > SESSION_ARRIVED && reason != REASON_DONE &&
		      reason != REASON_LOGOUT;

	if (c->state == SESSION_GOING)
		return;
	if (speaks)
		effects_send(
			t->out, c->number,
			&(struct message){
				.type = MESSAGE_BYE,
				.bye = { .reason = reason,
					 .retry_ms = retry_ms,
					 .elsewhere = span_of(elsewhere) } });
	effects_add(t->out, EFFECT_CLOSE, c->number);
	admission_leave(t, c, reason);
	if (a)
		admission_admit_waiting(t, a);
}

void admission_go(struct turn *t, struct registry_conn *c, uint16_t reason,
		  uint32_t retry_ms)
{
	admission_send_away(t, c, reason, retry_ms, "");
}

/* --- greeting and login --- */

void admission_greet(struct turn *t, struct registry_conn *c,
		     const struct message_hello *m)
{
	if (m->version_min > MESSAGE_VERSION ||
	    m->version_max < MESSAGE_VERSION) {
		admission_go(t, c, REASON_INCOMPATIBLE, 0);
		return;
	}
	c->features =
		m->features & (FEATURE_PRESENCE | FEATURE_LINK | FEATURE_TRUNK);
	registry_enter(t, c, SESSION_AUTH);
	effects_send(t->out, c->number,
		     &(struct message){
			     .type = MESSAGE_HELLO,
			     .hello = { .version_min = MESSAGE_VERSION,
					.version_max = MESSAGE_VERSION,
					.features = c->features,
					.software = span_of("faxwire") } });
}

/* A place that has logged in as this user before. */
static bool knows_place(const struct registry_account *a, const uint8_t *place)
{
	for (int i = 0; i < a->places_known; i++)
		if (memcmp(a->places[i], place, MESSAGE_PLACE_SIZE) == 0)
			return true;
	return false;
}

static void know_place(struct registry_account *a, const uint8_t *place)
{
	if (knows_place(a, place))
		return;
	memcpy(a->places[a->next_place], place, MESSAGE_PLACE_SIZE);
	a->next_place = (uint8_t)((a->next_place + 1) % REGISTRY_PLACES_KNOWN);
	if (a->places_known < REGISTRY_PLACES_KNOWN)
		a->places_known++;
}

/* After too many failed logins as this user only the machines that were in
 * before are heard for a while: guessing is slow from however many
 * addresses, and locks no terminal out. What does not exist is counted in
 * the same way. */
static bool may_guess(struct turn *t, struct registry_conn *c, struct span user)
{
	struct registry_account *a =
		registry_account(t->r, (const char *)user.at, user.len);
	uint64_t hash = hash_keyed(t->r->key, user.at, user.len);
	char name[ADDRESS_ID_MAX + 1] = "";

	c->guess = (uint16_t)(hash % REGISTRY_GUESSES);
	if (limit_wait_ms(&t->r->guesses[c->guess], t->r->limits.guesses,
			  t->now) == 0 ||
	    (a && knows_place(a, c->place)))
		return true;
	(void)span_copy(user, name, sizeof(name));
	abuse_note(&t->r->abuse, ABUSE_USER_GUESSES, "id", name, t->now,
		   t->out);
	admission_deny(t, c, name);
	return false;
}

bool admission_check(struct turn *t, struct registry_conn *c,
		     const struct message *m)
{
	const struct message_auth *auth = &m->auth;
	uint8_t frame[FRAME_MAX];

	if (!c->authed) {
		if (auth->user.len == 0 ||
		    auth->place.len != MESSAGE_PLACE_SIZE ||
		    !span_equal(auth->mechanism, span_of("SCRAM-SHA-256-PLUS")))
			return false;
		memcpy(c->place, auth->place.at, MESSAGE_PLACE_SIZE);
		c->authed = true;
		if (!may_guess(t, c, auth->user))
			return true;
	}
	effects_bytes_for(t->out, EFFECT_LOGIN, c->number, frame,
			  message_encode(m, frame, sizeof(frame)));
	return true;
}

void admission_deny(struct turn *t, struct registry_conn *c, const char *user)
{
	t->r->counts.logins_refused++;
	(void)limit_take(&c->origin->failures, t->r->limits.failures, t->now);
	(void)limit_take(&t->r->guesses[c->guess], t->r->limits.guesses,
			 t->now);
	effects_note(t->out, LOG_WARN, "conn=%llu from=%s id=%s event=denied",
		     (unsigned long long)c->number, c->origin->address.text,
		     *user ? user : "-");
	effects_send(
		t->out, c->number,
		&(struct message){
			.type = MESSAGE_DENIED,
			.denied = { .retry_ms =
					    t->r->limits.denied_retry_ms } });
	admission_go(t, c, REASON_DONE, 0);
}

/* --- places --- */

static struct registry_conn *conn_at(struct list *link)
{
	return list_entry(link, struct registry_conn, of_account);
}

static bool is_up(const struct registry_conn *c)
{
	return c->state >= SESSION_IDLE && c->state <= SESSION_LINK;
}

static bool same_place(const struct registry_conn *a,
		       const struct registry_conn *b)
{
	return memcmp(a->place, b->place, MESSAGE_PLACE_SIZE) == 0;
}

/* Whether `c` is the account's first connection, in its order, of its
 * place. */
static bool first_of_place(struct registry_account *a,
			   const struct registry_conn *c)
{
	for (struct list *l = a->connections.next; l != &a->connections;
	     l = l->next) {
		const struct registry_conn *before = conn_at(l);

		if (before == c)
			return true;
		if (is_up(before) && same_place(before, c))
			return false;
	}
	return true;
}

/* Room for one more connection, from this one's place. */
static bool has_place(struct registry_account *a, const struct registry_conn *c)
{
	unsigned places = 0;

	if (a->leaving || a->up >= a->facts.connections_max)
		return false;
	for (struct list *l = a->connections.next; l != &a->connections;
	     l = l->next) {
		const struct registry_conn *old = conn_at(l);

		if (!is_up(old))
			continue;
		if (same_place(old, c))
			return true;
		places += first_of_place(a, old);
	}
	return places < a->facts.places_max;
}

void admission_ask(struct turn *t, struct registry_account *a,
		   const struct registry_conn *but)
{
	struct list *all = &a->connections;

	for (struct list *l = all->next; l != all; l = l->next) {
		struct registry_conn *old = conn_at(l);

		if (old == but || !is_up(old) || !list_empty(&old->ping.link))
			continue;
		registry_await(t, old, REGISTRY_PING);
		effects_send(t->out, old->number,
			     &(struct message){
				     .type = MESSAGE_PING,
				     .ping = { .token = ++t->r->next_ping } });
	}
}

/* Another relay's connections are links or trunks; of nobody else does it
 * matter what they say to be. */
static bool fits_its_kind(const struct turn *t,
			  const struct registry_account *a,
			  struct registry_conn *c)
{
	uint32_t relays = c->features & (FEATURE_LINK | FEATURE_TRUNK);

	if (a->facts.kind == RELAY_RELAY && !t->r->directory)
		return false; /* we have no name ourselves */
	if (a->facts.kind == RELAY_RELAY)
		return relays == FEATURE_LINK || relays == FEATURE_TRUNK;
	c->features &= ~relays;
	return true;
}

static void enter_up(struct turn *t, struct registry_conn *c)
{
	bool is_link = c->features & FEATURE_LINK;

	registry_enter(t, c, is_link ? SESSION_LINK : SESSION_IDLE);
	if (c->account->facts.kind == RELAY_RELAY)
		effects_add(t->out, EFFECT_TRUST, c->number);
	if (is_link)
		peer_link_up(t, c->account->peer, c->number);
}

static void welcome(struct turn *t, struct registry_conn *c)
{
	char others[MESSAGE_OTHERS_MAX + 1];
	struct registry_account *a = c->account;

	registry_wait_over(c);
	if (c->origin) {
		c->origin->strangers--;
		t->r->counts.strangers--;
		c->origin = NULL;
	}
	effects_send(
		t->out, c->number,
		&(struct message){
			.type = MESSAGE_WELCOME,
			.welcome = {
				.sasl = { c->last_word, c->last_word_length },
				.keepalive_ms = t->r->limits.keepalive_ms,
				.keepalive_min_ms =
					t->r->limits.keepalive_min_ms,
				.keepalive_max_ms =
					t->r->limits.keepalive_max_ms,
				.others = peer_others(t, a, others),
				.connections_max =
					a->facts.connections_max } });
	enter_up(t, c);
	t->r->counts.logins++;
	effects_note(t->out, LOG_INFO,
		     "conn=%llu id=%s event=login connections=%u",
		     (unsigned long long)c->number, a->facts.id, a->up);
	admission_ask(t, a, c);
}

void admission_prove(struct turn *t, struct registry_conn *c, const char *user,
		     struct span sasl)
{
	struct registry_account *a = registry_account(t->r, user, strlen(user));

	if (!a || !a->facts.enabled || sasl.len > sizeof(c->last_word)) {
		admission_deny(t, c, user);
		return;
	}
	if (!fits_its_kind(t, a, c)) {
		admission_go(t, c, REASON_INCOMPATIBLE, 0);
		return;
	}
	know_place(a, c->place);
	if (sasl.len > 0)
		memcpy(c->last_word, sasl.at, sasl.len);
	c->last_word_length = (uint8_t)sasl.len;
	c->account = a;
	list_append(&a->connections, &c->of_account);
	if (has_place(a, c)) {
		welcome(t, c);
		return;
	}
	registry_enter(t, c, SESSION_WAITING);
	admission_ask(t, a, c);
	registry_await(t, c, REGISTRY_PLACE);
}

void admission_admit_waiting(struct turn *t, struct registry_account *a)
{
	if (t->r->draining)
		return;
	for (struct list *l = a->connections.next; l != &a->connections;
	     l = l->next) {
		struct registry_conn *c = conn_at(l);

		if (c->state == SESSION_WAITING && has_place(a, c))
			welcome(t, c);
	}
}

void admission_no_place(struct turn *t, struct registry_conn *c)
{
	const struct registry_account *a = c->account;

	admission_go(t, c,
		     a->up >= a->facts.connections_max ? REASON_TOO_MANY
						       : REASON_REPLACED,
		     t->r->limits.denied_retry_ms);
}

void admission_silent(struct turn *t, struct registry_conn *c)
{
	effects_note(t->out, LOG_INFO, "conn=%llu id=%s event=silent",
		     (unsigned long long)c->number,
		     c->account ? c->account->facts.id : "-");
	admission_go(t, c, REASON_REPLACED, 0);
}
