/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/registry.h"

char rig_did[16384];
uint64_t rig_call;
int64_t rig_now;
struct relay *rig_relay;
enum err rig_arrival;
unsigned rig_listed, rig_listings;

static struct effects out;

__attribute__((format(printf, 1, 2))) static void word(const char *format, ...)
{
	size_t used = strlen(rig_did);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(rig_did + used, sizeof(rig_did) - used, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(rig_did) - used);
}

static void read_listing(const struct message_listing *l)
{
	struct reader r = message_listing_reader(l);
	struct span before = { NULL, 0 };
	struct listing_entry e;

	rig_listings++;
	while (message_listing_next(&r, &e)) {
		size_t n = before.len < e.id.len ? before.len : e.id.len;

		if (n > 0)
			assert_true(memcmp(before.at, e.id.at, n) <= 0);
		before = e.id;
		rig_listed++;
		if (rig_listed <= 8)
			word("%.*s=%u ", (int)e.id.len, (const char *)e.id.at,
			     e.state);
	}
	assert_true(r.ok);
}

static void say_reason(const char *name, uint64_t conn, uint16_t reason)
{
	word("%s:%" PRIu64 "/%s ", name, conn, reason_name(reason));
}

static void read_message(const struct effect *e, const struct message *m)
{
	const char *name = message_name((uint8_t)m->type);

	assert_true(message_senders((uint8_t)m->type) & MESSAGE_RELAY);
	if (m->type == MESSAGE_FAILED)
		say_reason(name, e->conn, m->failed.reason);
	else if (m->type == MESSAGE_CANCEL)
		say_reason(name, e->conn, m->refuse.reason);
	else if (m->type == MESSAGE_END)
		say_reason(name, e->conn, m->end.reason);
	else if (m->type == MESSAGE_BYE)
		say_reason(name, e->conn, m->bye.reason);
	else if (m->type == MESSAGE_PRESENCE)
		word("%s:%" PRIu64 "/%.*s=%u ", name, e->conn,
		     (int)m->presence.id.len, (const char *)m->presence.id.at,
		     m->presence.state);
	else
		word("%s:%" PRIu64 " ", name, e->conn);
	if (m->type == MESSAGE_INCOMING)
		rig_call = m->incoming.call;
	if (m->type == MESSAGE_LISTING)
		read_listing(&m->listing);
}

static void read_sent(const struct effect *e)
{
	struct message m;
	struct frame f;
	size_t used;

	assert_int_equal(
		frame_decode(&f, effects_bytes(&out, e), e->length, &used),
		FRAME_DONE);
	assert_int_equal(message_decode(&m, &f), MESSAGE_OK);
	read_message(e, &m);
}

static void read_effect(const struct effect *e)
{
	switch (e->kind) {
	case EFFECT_SEND:
		read_sent(e);
		break;
	case EFFECT_CLOSE:
		word("close:%" PRIu64 " ", e->conn);
		break;
	case EFFECT_JOIN:
		word("join:%" PRIu64 "-%" PRIu64 " ", e->conn, e->peer);
		break;
	case EFFECT_DISCARD:
		word("discard:%" PRIu64 " ", e->conn);
		break;
	case EFFECT_FORBID:
		word("forbid:%" PRIu64 " ", e->conn);
		break;
	case EFFECT_PATIENCE:
		word("patience:%" PRIu64 "=%" PRId64 " ", e->conn, e->wait_ms);
		break;
	case EFFECT_LOGIN:
		word("login:%" PRIu64 " ", e->conn);
		break;
	case EFFECT_RECORD:
		word("record/%s ", reason_name(e->record.reason));
		break;
	case EFFECT_TRUST:
		word("trust:%" PRIu64 " ", e->conn);
		break;
	case EFFECT_STATE:
		word("state:%s=%u ", (const char *)effects_bytes(&out, e),
		     e->level);
		break;
	case EFFECT_DIAL:
		word("dial:%" PRIx64 " ", e->conn);
		break;
	case EFFECT_NOTE:
		break;
	case EFFECT_FIND:
		word("find:%s ", (const char *)effects_bytes(&out, e));
		break;
	case EFFECT_LIST:
		word("list:%" PRIu64 " ", e->conn);
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
		fail_msg("effect %d is not a relay's", e->kind);
	}
}

static void read_effects(void)
{
	rig_did[0] = '\0';
	rig_listed = rig_listings = 0;
	assert_false(out.out_of_memory);
	for (size_t i = 0; i < out.count; i++)
		read_effect(&out.items[i]);
	effects_clear(&out);
}

void rig_begin(const struct relay_limits *limits)
{
	static const uint8_t key[16] = "0123456789abcde";

	rig_now = 1000000;
	effects_init(&out);
	rig_relay =
		relay_new(limits ? limits : &relay_limits_default, key, 0x100);
	assert_non_null(rig_relay);
}

void rig_end(void)
{
	relay_free(rig_relay);
	rig_relay = NULL;
	effects_fini(&out);
}

static void set_account(const struct relay_account *a)
{
	relay_account_set(rig_relay, a, rig_now, &out);
	read_effects();
}

void rig_account(const char *id, const char *group, uint16_t places,
		 uint16_t connections_max)
{
	struct relay_account a = { .enabled = true,
				   .connections_max = connections_max,
				   .places_max = places,
				   .groups = group };

	snprintf(a.id, sizeof(a.id), "%s", id);
	set_account(&a);
}

void rig_allow(const char *id, const char *callers)
{
	struct relay_account a =
		registry_account(rig_relay, id, strlen(id))->facts;

	a.allowed = callers;
	set_account(&a);
}

void rig_new_password(const char *id)
{
	struct relay_account a =
		registry_account(rig_relay, id, strlen(id))->facts;

	a.key++;
	set_account(&a);
}

void rig_disable(const char *id)
{
	struct relay_account a =
		registry_account(rig_relay, id, strlen(id))->facts;

	a.enabled = false;
	set_account(&a);
}

void rig_remove(const char *id)
{
	relay_account_remove(rig_relay, id, rig_now, &out);
	read_effects();
}

void rig_arrive(uint64_t conn, uint8_t address)
{
	struct relay_address from = { .bytes = { 10, address },
				      .text = "10.0.0.1" };

	rig_arrival = relay_arrived(rig_relay, conn, &from, rig_now, &out);
	read_effects();
}

void rig_greet(uint64_t conn)
{
	relay_opened(rig_relay, conn, rig_now, &out);
	rig_hear(conn,
		 (struct message){ .type = MESSAGE_HELLO,
				   .hello = { .version_min = 1,
					      .version_max = 3,
					      .features = 0xff,
					      .software = span_of("test") } });
}

void rig_prove(uint64_t conn, const char *id, char place,
	       enum relay_login result)
{
	uint8_t bytes[MESSAGE_PLACE_SIZE];

	memset(bytes, place, sizeof(bytes));
	rig_hear(conn,
		 (struct message){
			 .type = MESSAGE_AUTH,
			 .auth = { .sasl = span_of("n=x"),
				   .user = span_of(id),
				   .mechanism = span_of("SCRAM-SHA-256-PLUS"),
				   .place = { bytes, sizeof(bytes) } } });
	relay_login(rig_relay, conn, result, span_of("v=x"), id, rig_now, &out);
	read_effects();
}

void rig_up_from(uint64_t conn, const char *id, char place)
{
	rig_arrive(conn, 1);
	assert_int_equal(rig_arrival, OK);
	rig_greet(conn);
	rig_prove(conn, id, place, RELAY_LOGIN_OK);
}

void rig_up(uint64_t conn, const char *id)
{
	rig_up_from(conn, id, 'a');
}

void rig_lose(uint64_t conn)
{
	relay_closed(rig_relay, conn, rig_now, &out);
	read_effects();
}

void rig_stall(uint64_t conn)
{
	relay_stalled(rig_relay, conn, rig_now, &out);
	read_effects();
}

void rig_hear(uint64_t conn, struct message m)
{
	relay_message(rig_relay, conn, &m, rig_now, &out);
	read_effects();
}

void rig_connect(uint64_t conn, uint32_t request, const char *to)
{
	rig_hear(conn, (struct message){
			       .type = MESSAGE_CONNECT,
			       .connect = { .request = request,
					    .to = span_of(to),
					    .terms = { .procedures = 3,
						       .abilities = 1 } } });
}

void rig_accept(uint64_t conn, uint64_t call)
{
	rig_hear(conn, (struct message){
			       .type = MESSAGE_ACCEPT,
			       .accept = { .call = call,
					   .terms = { .procedures = 1 } } });
}

void rig_refuse(uint64_t conn, uint64_t call, uint16_t reason)
{
	rig_hear(conn, (struct message){
			       .type = MESSAGE_REFUSE,
			       .refuse = { .call = call, .reason = reason } });
}

void rig_hang_up(uint64_t conn, uint16_t reason)
{
	rig_hear(conn, (struct message){ .type = MESSAGE_END,
					 .end = { .reason = reason } });
}

void rig_release(uint64_t conn, uint64_t call)
{
	rig_hear(conn, (struct message){ .type = MESSAGE_RELEASE,
					 .release = { .call = call } });
}

void rig_say(uint64_t conn, enum message_type type)
{
	rig_hear(conn, (struct message){ .type = type });
}

void rig_list(uint64_t conn, bool follow)
{
	rig_hear(conn, (struct message){
			       .type = MESSAGE_LIST,
			       .list = { .request = 5, .follow = follow } });
}

void rig_pass(int64_t ms)
{
	rig_now += ms;
	relay_tick(rig_relay, rig_now, &out);
	read_effects();
}

void rig_drain(uint32_t spread_ms)
{
	relay_drain(rig_relay, "relay2.example:4380", spread_ms, rig_now, &out);
	read_effects();
}

void rig_ringing(void)
{
	rig_account("ana", "", 1, 8);
	rig_account("ben", "", 1, 8);
	rig_up(1, "ana");
	rig_up(2, "ben");
	rig_connect(1, 7, "ben");
	rig_expect("INCOMING:2 ");
}

void rig_talking(void)
{
	rig_ringing();
	rig_accept(2, rig_call);
	rig_expect("join:1-2 CONNECTED:1 ");
}
