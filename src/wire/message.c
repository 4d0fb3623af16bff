/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/message.h"

#include <string.h>

enum { BOTH = MESSAGE_TERMINAL | MESSAGE_RELAY };

#define AT(member) offsetof(struct message, member)

/* The terms have the same tags in every message that carries them. */
#define TERMS(member)                                                          \
	{ "procedures", 16, FIELD_U32, true, .at = AT(member.procedures) },    \
		{ "abilities", 17, FIELD_U32, .at = AT(member.abilities) },    \
	{                                                                      \
		"seal", 18, FIELD_BYTES, .max = MESSAGE_SEAL_MAX,              \
					 .at = AT(member.seal)                 \
	}

/* So has what only relays say. */
#define VIA(member)                                                            \
	{ "home", 5, FIELD_ID, .at = AT(member.home) },                        \
		{ "path", 6, FIELD_BYTES, .max = PATH_MAX_OCTETS,              \
		  .at = AT(member.path) },                                     \
	{                                                                      \
		"groups", 7, FIELD_BYTES, .max = MESSAGE_GROUPS_MAX,           \
					  .at = AT(member.groups)              \
	}

/* clang-format off */
static const struct field none[] = { { 0 } };

static const struct field hello[] = {
	{ "version-min", 1, FIELD_U8, true, .at = AT(hello.version_min) },
	{ "version-max", 2, FIELD_U8, true, .at = AT(hello.version_max) },
	{ "features", 3, FIELD_U32, .at = AT(hello.features) },
	{ "software", 4, FIELD_TEXT, .max = MESSAGE_SOFTWARE_MAX,
	  .at = AT(hello.software) },
	{ 0 }
};

static const struct field auth[] = {
	{ "sasl", 1, FIELD_BYTES, true, 1, MESSAGE_SASL_MAX, AT(auth.sasl) },
	{ "user", 2, FIELD_ID, .at = AT(auth.user) },
	{ "mechanism", 3, FIELD_TEXT, false, 1, MESSAGE_MECHANISM_MAX,
	  AT(auth.mechanism) },
	{ "place", 4, FIELD_BYTES, false, MESSAGE_PLACE_SIZE,
	  MESSAGE_PLACE_SIZE, AT(auth.place) },
	{ 0 }
};

static const struct field welcome[] = {
	{ "sasl", 1, FIELD_BYTES, true, 1, MESSAGE_SASL_MAX,
	  AT(welcome.sasl) },
	{ "keepalive-ms", 2, FIELD_U32, true, .at = AT(welcome.keepalive_ms) },
	{ "connections-max", 3, FIELD_U16, true,
	  .at = AT(welcome.connections_max) },
	{ "keepalive-min-ms", 4, FIELD_U32,
	  .at = AT(welcome.keepalive_min_ms) },
	{ "keepalive-max-ms", 5, FIELD_U32,
	  .at = AT(welcome.keepalive_max_ms) },
	{ "others", 6, FIELD_BYTES, .max = MESSAGE_OTHERS_MAX,
	  .at = AT(welcome.others) },
	{ 0 }
};

static const struct field denied[] = {
	{ "retry-ms", 1, FIELD_U32, .at = AT(denied.retry_ms) },
	{ 0 }
};

static const struct field ping[] = {
	{ "token", 1, FIELD_U32, true, .at = AT(ping.token) },
	{ "next-ms", 2, FIELD_U32, .at = AT(ping.next_ms) },
	{ 0 }
};

static const struct field pong[] = {
	{ "token", 1, FIELD_U32, true, .at = AT(ping.token) },
	{ 0 }
};

static const struct field bye[] = {
	{ "reason", 1, FIELD_U16, true, .at = AT(bye.reason) },
	{ "retry-ms", 2, FIELD_U32, .at = AT(bye.retry_ms) },
	{ "elsewhere", 3, FIELD_TEXT, .max = MESSAGE_ELSEWHERE_MAX,
	  .at = AT(bye.elsewhere) },
	{ 0 }
};

static const struct field connect[] = {
	{ "request", 1, FIELD_U32, true, .at = AT(connect.request) },
	{ "to", 2, FIELD_TEXT, true, 1, ADDRESS_MAX, AT(connect.to) },
	{ "from", 4, FIELD_ID, .at = AT(connect.from) },
	VIA(connect.via),
	TERMS(connect.terms),
	{ 0 }
};

static const struct field incoming[] = {
	{ "call", 1, FIELD_U64, true, .at = AT(incoming.call) },
	{ "from", 2, FIELD_ID, true, .at = AT(incoming.from) },
	{ "to", 3, FIELD_TEXT, false, 1, ADDRESS_MAX, AT(incoming.to) },
	VIA(incoming.via),
	TERMS(incoming.terms),
	{ 0 }
};

static const struct field accept[] = {
	{ "call", 1, FIELD_U64, true, .at = AT(accept.call) },
	TERMS(accept.terms),
	{ 0 }
};

static const struct field refuse[] = {
	{ "call", 1, FIELD_U64, true, .at = AT(refuse.call) },
	{ "reason", 2, FIELD_U16, true, .at = AT(refuse.reason) },
	{ 0 }
};

static const struct field connected[] = {
	{ "request", 1, FIELD_U32, true, .at = AT(connected.request) },
	{ "call", 2, FIELD_U64, true, .at = AT(connected.call) },
	TERMS(connected.terms),
	{ 0 }
};

static const struct field failed[] = {
	{ "request", 1, FIELD_U32, true, .at = AT(failed.request) },
	{ "reason", 2, FIELD_U16, true, .at = AT(failed.reason) },
	{ 0 }
};

static const struct field end[] = {
	{ "reason", 1, FIELD_U16, true, .at = AT(end.reason) },
	{ 0 }
};

static const struct field release[] = {
	{ "call", 1, FIELD_U64, true, .at = AT(release.call) },
	{ 0 }
};

static const struct field list[] = {
	{ "request", 1, FIELD_U32, true, .at = AT(list.request) },
	{ "follow", 2, FIELD_U8, .at = AT(list.follow) },
	{ 0 }
};

static const struct field listing[] = {
	{ "request", 1, FIELD_U32, true, .at = AT(listing.request) },
	{ "more", 2, FIELD_U8, .at = AT(listing.more) },
	{ "terminals", 3, FIELD_BYTES, .max = MESSAGE_LISTING_MAX,
	  .at = AT(listing.terminals) },
	{ 0 }
};

static const struct field presence[] = {
	{ "id", 1, FIELD_ID, true, .at = AT(presence.id) },
	{ "state", 2, FIELD_U8, true, .at = AT(presence.state) },
	{ "relay", 3, FIELD_ID, .at = AT(presence.relay) },
	{ 0 }
};

static const struct field link[] = {
	{ "name", 1, FIELD_ID, true, .at = AT(link.name) },
	{ "epoch", 2, FIELD_U64, true, .at = AT(link.epoch) },
	{ 0 }
};

static const struct field route[] = {
	{ "origin", 1, FIELD_ID, true, .at = AT(route.origin) },
	{ "epoch", 2, FIELD_U64, true, .at = AT(route.epoch) },
	{ "path", 3, FIELD_BYTES, .max = PATH_MAX_OCTETS,
	  .at = AT(route.path) },
	{ "address", 4, FIELD_BYTES, .max = MESSAGE_ADDRESS_MAX,
	  .at = AT(route.address) },
	{ 0 }
};

static const struct field want[] = {
	{ "origin", 1, FIELD_ID, true, .at = AT(want.origin) },
	{ "epoch", 2, FIELD_U64, .at = AT(want.epoch) },
	{ "number", 3, FIELD_U64, .at = AT(want.number) },
	{ 0 }
};

static const struct field unwant[] = {
	{ "origin", 1, FIELD_ID, true, .at = AT(more.origin) },
	{ 0 }
};

static const struct field news[] = {
	{ "origin", 1, FIELD_ID, true, .at = AT(news.origin) },
	{ "epoch", 2, FIELD_U64, true, .at = AT(news.epoch) },
	{ "number", 3, FIELD_U64, true, .at = AT(news.number) },
	{ "entries", 4, FIELD_BYTES, .max = MESSAGE_ENTRIES_MAX,
	  .at = AT(news.entries) },
	{ 0 }
};

static const struct field snapshot[] = {
	{ "origin", 1, FIELD_ID, true, .at = AT(snapshot.origin) },
	{ "epoch", 2, FIELD_U64, true, .at = AT(snapshot.epoch) },
	{ "number", 3, FIELD_U64, true, .at = AT(snapshot.number) },
	{ "entries", 4, FIELD_BYTES, .max = MESSAGE_ENTRIES_MAX,
	  .at = AT(snapshot.entries) },
	{ "last", 5, FIELD_U8, .at = AT(snapshot.last) },
	{ "after", 6, FIELD_ID, .at = AT(snapshot.after) },
	{ 0 }
};

static const struct field more[] = {
	{ "origin", 1, FIELD_ID, true, .at = AT(more.origin) },
	{ "after", 2, FIELD_ID, true, .at = AT(more.after) },
	{ 0 }
};

static const struct field took[] = {
	{ "octets", 1, FIELD_U64, true, .at = AT(took.octets) },
	{ 0 }
};

static const struct field need[] = {
	{ "count", 1, FIELD_U32, true, .at = AT(need.count) },
	{ 0 }
};

static const struct form forms[] = {
	[MESSAGE_HELLO] = { "HELLO", BOTH, hello },
	[MESSAGE_AUTH] = { "AUTH", BOTH, auth },
	[MESSAGE_WELCOME] = { "WELCOME", MESSAGE_RELAY, welcome },
	[MESSAGE_DENIED] = { "DENIED", MESSAGE_RELAY, denied },
	[MESSAGE_PING] = { "PING", BOTH, ping },
	[MESSAGE_PONG] = { "PONG", BOTH, pong },
	[MESSAGE_BYE] = { "BYE", BOTH, bye },
	[MESSAGE_LOGOUT] = { "LOGOUT", MESSAGE_TERMINAL, none },
	[MESSAGE_CONNECT] = { "CONNECT", MESSAGE_TERMINAL, connect },
	[MESSAGE_INCOMING] = { "INCOMING", MESSAGE_RELAY, incoming },
	[MESSAGE_ACCEPT] = { "ACCEPT", MESSAGE_TERMINAL, accept },
	[MESSAGE_REFUSE] = { "REFUSE", MESSAGE_TERMINAL, refuse },
	[MESSAGE_CANCEL] = { "CANCEL", MESSAGE_RELAY, refuse },
	[MESSAGE_CONNECTED] = { "CONNECTED", MESSAGE_RELAY, connected },
	[MESSAGE_FAILED] = { "FAILED", MESSAGE_RELAY, failed },
	[MESSAGE_DATA] = { "DATA", BOTH, NULL },
	[MESSAGE_END] = { "END", BOTH, end },
	[MESSAGE_RELEASE] = { "RELEASE", MESSAGE_TERMINAL, release },
	[MESSAGE_LIST] = { "LIST", MESSAGE_TERMINAL, list },
	[MESSAGE_LISTING] = { "LISTING", MESSAGE_RELAY, listing },
	[MESSAGE_LINK] = { "LINK", MESSAGE_PEER, link },
	[MESSAGE_ROUTE] = { "ROUTE", MESSAGE_PEER, route },
	[MESSAGE_WANT] = { "WANT", MESSAGE_PEER, want },
	[MESSAGE_UNWANT] = { "UNWANT", MESSAGE_PEER, unwant },
	[MESSAGE_NEWS] = { "NEWS", MESSAGE_PEER, news },
	[MESSAGE_SNAPSHOT] = { "SNAPSHOT", MESSAGE_PEER, snapshot },
	[MESSAGE_MORE] = { "MORE", MESSAGE_PEER, more },
	[MESSAGE_TOOK] = { "TOOK", MESSAGE_PEER, took },
	[MESSAGE_NEED] = { "NEED", MESSAGE_PEER, need },
	[MESSAGE_PRESENCE] = { "PRESENCE", MESSAGE_RELAY, presence },
};
/* clang-format on */

static const struct form_family family = {
	.forms = forms,
	.count = sizeof(forms) / sizeof(forms[0]),
	.raw = AT(data),
};

enum message_result message_decode(struct message *m, const struct frame *f)
{
	memset(m, 0, sizeof(*m)); /* the whole union, not a member */
	m->type = f->type;
	return (enum message_result)form_decode(&family, f, m);
}

size_t message_encode(const struct message *m, uint8_t *out, size_t out_size)
{
	return form_encode(&family, m->type, m, out, out_size);
}

size_t message_print(const struct message *m, char *out, size_t out_size)
{
	return form_print(&family, m->type, m, out, out_size);
}

const char *message_name(uint8_t type)
{
	const struct form *form = form_of(&family, type);

	return form ? form->name : NULL;
}

uint8_t message_senders(uint8_t type)
{
	const struct form *form = form_of(&family, type);

	return form ? form->senders : 0;
}

struct reader message_listing_reader(const struct message_listing *l)
{
	return reader_over(l->terminals.at, l->terminals.len);
}

static bool valid_name(struct span name)
{
	return address_id_valid((const char *)name.at, name.len);
}

bool message_listing_next(struct reader *r, struct listing_entry *e)
{
	struct reader entry;
	size_t size;
	const uint8_t *bytes;

	if (!r->ok || reader_left(r) == 0)
		return false;
	size = read_u8(r);
	bytes = read_bytes(r, size);
	entry = reader_over(bytes, bytes ? size : 0);
	e->state = read_u8(&entry);
	e->id.len = read_u8(&entry);
	e->id.at = read_bytes(&entry, e->id.len);
	e->relay = (struct span){ NULL, 0 };
	if (entry.ok && reader_left(&entry) > 0) {
		e->relay.len = read_u8(&entry);
		e->relay.at = read_bytes(&entry, e->relay.len);
	}
	r->ok = r->ok && entry.ok && valid_name(e->id) &&
		(e->relay.len == 0 || valid_name(e->relay));
	return r->ok;
}

void message_listing_add(struct writer *w, struct span id, uint8_t state,
			 struct span relay)
{
	if (!valid_name(id) || (relay.len > 0 && !valid_name(relay)) ||
	    (size_t)(w->end - w->at) < 4 + id.len + relay.len) {
		w->ok = false;
		return;
	}
	write_u8(w, (uint8_t)(3 + id.len + relay.len));
	write_u8(w, state);
	write_u8(w, (uint8_t)id.len);
	write_bytes(w, id.at, id.len);
	write_u8(w, (uint8_t)relay.len);
	write_bytes(w, relay.at, relay.len);
}
