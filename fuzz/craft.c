/* SPDX-License-Identifier: Apache-2.0 */
#include "craft.h"

#include <string.h>

#include "wire/news.h"

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
		m->connect =
			(struct message_connect){ .request = read_u8(r) % 8u,
						  .to = span_of(craft_user(r)),
						  .terms = terms };
	else if (m->type == MESSAGE_INCOMING)
		m->incoming = (struct message_incoming){ .call = call_of(r),
							 .from = span_of(
								 craft_user(r)),
							 .terms = terms };
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
		m->presence =
			(struct message_presence){ .id = span_of(craft_user(r)),
						   .state = read_u8(r) % 4 };
}

static bool craft_type(struct reader *r, uint8_t type, struct message *m)
{
	*m = (struct message){ .type = type };
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

	return message_senders(type) & side && craft_type(r, type, m);
}

bool craft_talk(struct reader *r, enum message_side side, struct message *m)
{
	static const uint8_t terminals[] = {
		MESSAGE_CONNECT, MESSAGE_CONNECT, MESSAGE_ACCEPT,
		MESSAGE_REFUSE,	 MESSAGE_END,	  MESSAGE_RELEASE,
		MESSAGE_LIST,	 MESSAGE_PONG,
	};
	static const uint8_t relays[] = {
		MESSAGE_INCOMING,  MESSAGE_INCOMING,  MESSAGE_CANCEL,
		MESSAGE_CONNECTED, MESSAGE_CONNECTED, MESSAGE_FAILED,
		MESSAGE_END,	   MESSAGE_PONG,
	};
	uint8_t which = read_u8(r) % 8;

	return craft_type(
		r, side == MESSAGE_TERMINAL ? terminals[which] : relays[which],
		m);
}

/* --- between relays --- */

static const char *const relays[] = { "r0", "r1", "r2", "far", "fur" };

const char *craft_relay(struct reader *r)
{
	return relays[read_u8(r) % 5];
}

const char *craft_address(struct reader *r)
{
	static const char *const addresses[] = {
		"ana",	  "ben",	"carl",	     "dan",
		"eve",	  "nobody",	"ana@r0",    "dan@r1",
		"eve@r2", "eve@far@r2", "carl@far",  "+8112345",
		"+99",	  "12",		"ben@r0@r2", "zed@@",
	};

	return addresses[read_u8(r) % 16];
}

/* Names, mostly with the neighbour's among them, in the order that the caller
 * wants; both kinds of path have the same form. */
static struct span path(struct reader *r, const char *near, bool near_first)
{
	static uint8_t room[2][PATH_MAX_OCTETS];
	struct writer w = writer_over(room[near_first], PATH_MAX_OCTETS);
	uint8_t what = read_u8(r);

	if (what == 0)
		return (struct span){ NULL, 0 };
	if (near_first && what < 0xf0)
		path_add(&w, span_of(near));
	for (unsigned n = what % 4; n > 0; n--)
		path_add(&w, span_of(craft_relay(r)));
	if (!near_first && what < 0xf0)
		path_add(&w, span_of(near));
	return (struct span){ w.start, writer_used(&w) };
}

void craft_far(struct reader *r, const char *near, struct message *m)
{
	static const char *const groups[] = { "", "g", "g h", "h" };
	struct message_via via = { .home = span_of(craft_relay(r)),
				   .path = path(r, near, false),
				   .groups = span_of(groups[read_u8(r) % 4]) };
	struct span to = span_of(craft_address(r));

	if (m->type == MESSAGE_CONNECT) {
		m->connect.to = to;
		m->connect.from = span_of(craft_user(r));
		m->connect.via = via;
	} else {
		m->incoming.to = to;
		m->incoming.via = via;
	}
}

static struct span entries(struct reader *r)
{
	static const char *const ids[] = { "ana", "ben", "carl", "dan",
					   "eve", "fay", "gil",	 "hal" };
	static const char *const texts[] = { "", "g", "h g", "ana ben" };
	static const char *const numbers[] = { "", "12", "8112345", "99 12" };
	static const uint8_t states[] = { 0, 1, 2, NEWS_GONE };
	static uint8_t room[2048];
	struct writer w = writer_over(room, sizeof(room));

	for (unsigned n = read_u8(r) % 4; n > 0; n--) {
		uint8_t what = read_u8(r), more = read_u8(r);

		news_add(&w, &(struct news_entry){
				     .id = span_of(ids[what % 8]),
				     .state = states[what / 8 % 4],
				     .gen = (uint64_t)(what / 32) << 50,
				     .groups = span_of(texts[more % 4]),
				     .numbers = span_of(numbers[more / 4 % 4]),
				     .allowed = span_of(more & 0x80 ? texts[3]
								    : "") });
	}
	return (struct span){ w.start, writer_used(&w) };
}

static void craft_told(struct reader *r, struct span origin, struct message *m)
{
	uint64_t epoch = read_u8(r) % 4, number = read_u8(r) % 8;

	if (m->type == MESSAGE_WANT)
		m->want = (struct message_want){ origin, epoch, number };
	else if (m->type == MESSAGE_NEWS)
		m->news = (struct message_news){ origin, epoch, number,
						 entries(r) };
	else
		m->snapshot = (struct message_snapshot){
			.origin = origin,
			.epoch = epoch,
			.number = number,
			.entries = entries(r),
			.last = read_u8(r) & 1,
			.after = span_of(read_u8(r) & 1 ? "carl" : ""),
		};
}

bool craft_news(struct reader *r, const char *near, struct message *m)
{
	struct span origin = span_of(craft_relay(r));

	*m = (struct message){ .type = (enum message_type)(MESSAGE_LINK +
							   read_u8(r) % 9) };
	if (m->type == MESSAGE_LINK)
		m->link = (struct message_link){ span_of(near),
						 1 + read_u8(r) % 3 };
	else if (m->type == MESSAGE_ROUTE)
		m->route =
			(struct message_route){ .origin = origin,
						.epoch = read_u8(r) % 4,
						.path = path(r, near, true) };
	else if (m->type == MESSAGE_TOOK)
		m->took.octets = 16u * read_u8(r);
	else if (m->type == MESSAGE_NEED)
		m->need.count = read_u8(r) % 4;
	else if (m->type == MESSAGE_MORE || m->type == MESSAGE_UNWANT)
		m->more.origin = origin;
	else
		craft_told(r, origin, m);
	if (m->type == MESSAGE_MORE)
		m->more.after = span_of(craft_user(r));
	return r->ok;
}
