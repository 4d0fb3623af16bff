/* SPDX-License-Identifier: Apache-2.0 */
#include "craft.h"

#include <string.h>

const char *const craft_users[CRAFT_USERS] = { "ana", "ben", "carl", "nobody" };

static uint64_t last_call;

void craft_number(uint64_t call)
{
	last_call = call;
}

const char *craft_user(struct reader *r)
{
	return craft_users[read_u8(r) % CRAFT_USERS];
}

static uint64_t call_of(struct reader *r)
{
	uint8_t which = read_u8(r);

	return which < 200 ? last_call : which;
}

static void craft_login(struct reader *r, struct message *m)
{
	static uint8_t place[MESSAGE_PLACE_SIZE];

	if (m->type == MESSAGE_HELLO) {
		m->hello.version_min = m->hello.version_max = 1;
		m->hello.features = read_u8(r);
		return;
	}
	if (m->type == MESSAGE_WELCOME) {
		m->welcome.sasl = span_of("v=x");
		m->welcome.keepalive_ms = 10u * read_u16(r);
		m->welcome.keepalive_min_ms = 10u * read_u16(r);
		m->welcome.keepalive_max_ms = 100u * read_u16(r);
		m->welcome.connections_max = read_u8(r);
		return;
	}
	memset(place, read_u8(r) % 3, sizeof(place));
	m->auth.sasl = span_of("n=x");
	m->auth.user = span_of(craft_user(r));
	m->auth.mechanism = span_of("SCRAM-SHA-256-PLUS");
	m->auth.place = (struct span){ place, sizeof(place) };
}

static void craft_call(struct reader *r, struct message *m)
{
	const struct message_terms terms = { .procedures = read_u8(r) % 4,
					     .abilities = 1 };

	if (m->type == MESSAGE_CONNECT)
		m->connect = (struct message_connect){ read_u8(r) % 8u,
						       span_of(craft_user(r)),
						       terms };
	else if (m->type == MESSAGE_INCOMING)
		m->incoming = (struct message_incoming){ call_of(r),
							 span_of(craft_user(r)),
							 terms };
	else if (m->type == MESSAGE_ACCEPT)
		m->accept = (struct message_accept){ call_of(r), terms };
	else if (m->type == MESSAGE_CONNECTED)
		m->connected = (struct message_connected){ read_u8(r) % 8u,
							   call_of(r), terms };
	else if (m->type == MESSAGE_FAILED)
		m->failed = (struct message_failed){ read_u8(r) % 8u,
						     read_u8(r) % 24 };
	else if (m->type == MESSAGE_RELEASE)
		m->release = (struct message_release){ call_of(r) };
	else
		m->refuse =
			(struct message_refuse){ call_of(r), read_u8(r) % 24 };
}

static void craft_rest(struct reader *r, struct message *m)
{
	static const uint8_t bytes[600];

	if (m->type == MESSAGE_PING || m->type == MESSAGE_PONG)
		m->ping = (struct message_ping){ read_u8(r), 0 };
	if (m->type == MESSAGE_PING)
		m->ping.next_ms = 10u * read_u16(r);
	if (m->type == MESSAGE_DENIED)
		m->denied.retry_ms = read_u16(r);
	if (m->type == MESSAGE_BYE)
		m->bye = (struct message_bye){ .reason = read_u8(r) % 24,
					       .retry_ms = read_u16(r) };
	if (m->type == MESSAGE_END)
		m->end.reason = read_u8(r) % 24;
	if (m->type == MESSAGE_DATA)
		m->data = (struct span){ bytes, read_u8(r) };
	if (m->type == MESSAGE_LIST)
		m->list = (struct message_list){ read_u8(r), read_u8(r) & 1 };
	if (m->type == MESSAGE_LISTING)
		m->listing.request = read_u8(r);
	if (m->type == MESSAGE_PRESENCE)
		m->presence = (struct message_presence){ span_of(craft_user(r)),
							 read_u8(r) % 4 };
}

bool craft_message(struct reader *r, enum message_side side, struct message *m)
{
	static const uint8_t types[] = {
		MESSAGE_HELLO,	  MESSAGE_AUTH,	     MESSAGE_WELCOME,
		MESSAGE_DENIED,	  MESSAGE_PING,	     MESSAGE_PONG,
		MESSAGE_BYE,	  MESSAGE_LOGOUT,    MESSAGE_CONNECT,
		MESSAGE_INCOMING, MESSAGE_ACCEPT,    MESSAGE_REFUSE,
		MESSAGE_CANCEL,	  MESSAGE_CONNECTED, MESSAGE_FAILED,
		MESSAGE_DATA,	  MESSAGE_END,	     MESSAGE_RELEASE,
		MESSAGE_LIST,	  MESSAGE_LISTING,   MESSAGE_PRESENCE,
	};
	uint8_t type = types[read_u8(r) % sizeof(types)];

	*m = (struct message){ .type = type };
	if (!(message_senders(type) & side))
		return false;
	if (type == MESSAGE_HELLO || type == MESSAGE_AUTH ||
	    type == MESSAGE_WELCOME)
		craft_login(r, m);
	else if (type >= MESSAGE_CONNECT && type <= MESSAGE_RELEASE &&
		 type != MESSAGE_DATA && type != MESSAGE_END)
		craft_call(r, m);
	else
		craft_rest(r, m);
	return r->ok;
}
