/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The number in a message: the request of an answer and a request, else the
 * call; 0 without one. */
static uint64_t number_of(const struct message *m)
{
	/* clang-format off */
	switch (m->type) {
	case MESSAGE_CONNECT:   return m->connect.request;
	case MESSAGE_INCOMING:  return m->incoming.call;
	case MESSAGE_ACCEPT:    return m->accept.call;
	case MESSAGE_REFUSE:
	case MESSAGE_CANCEL:    return m->refuse.call;
	case MESSAGE_CONNECTED: return m->connected.request;
	case MESSAGE_FAILED:    return m->failed.request;
	case MESSAGE_RELEASE:   return m->release.call;
	case MESSAGE_HELLO:
	case MESSAGE_AUTH:
	case MESSAGE_WELCOME:
	case MESSAGE_DENIED:
	case MESSAGE_PING:
	case MESSAGE_PONG:
	case MESSAGE_BYE:
	case MESSAGE_LOGOUT:
	case MESSAGE_DATA:
	case MESSAGE_END:
	case MESSAGE_LIST:
	case MESSAGE_LISTING:
	case MESSAGE_PRESENCE:
	case MESSAGE_LINK:
	case MESSAGE_ROUTE:
	case MESSAGE_WANT:
	case MESSAGE_UNWANT:
	case MESSAGE_NEWS:
	case MESSAGE_SNAPSHOT:
	case MESSAGE_MORE:
	case MESSAGE_TOOK:
	case MESSAGE_NEED:      break;
	}
	/* clang-format on */
	return 0;
}

static int reason_of(const struct message *m)
{
	switch ((unsigned)m->type) {
	case MESSAGE_BYE:
		return m->bye.reason;
	case MESSAGE_REFUSE:
	case MESSAGE_CANCEL:
		return m->refuse.reason;
	case MESSAGE_FAILED:
		return m->failed.reason;
	case MESSAGE_END:
		return m->end.reason;
	default:
		return -1;
	}
}

static enum table_number whose(const struct message *m)
{
	uint64_t number = number_of(m);

	if (number == 0)
		return TABLE_NONE;
	return number == TABLE_HEARD_CALL || number == TABLE_HEARD_REQUEST
		       ? TABLE_HEARD
		       : TABLE_OWN;
}

struct table_deed *table_add(struct table_row *row, const struct effects *out,
			     const struct effect *e)
{
	struct table_deed *d = &row->deeds[row->count++];
	enum message_result result;
	struct message m;
	struct frame f;
	size_t used;

	assert(row->count <= TABLE_DEEDS_MAX);
	*d = (struct table_deed){ .kind = e->kind, .reason = -1 };
	if (e->kind != EFFECT_SEND)
		return d;
	if (frame_decode(&f, effects_bytes(out, e), e->length, &used) !=
	    FRAME_DONE)
		abort();
	result = message_decode(&m, &f);
	assert(result == MESSAGE_OK);
	d->type = m.type;
	d->number = whose(&m);
	d->reason = reason_of(&m);
	return d;
}

bool table_equal(const struct table_row *a, const struct table_row *b)
{
	if (a->legal != b->legal || a->count != b->count ||
	    a->news != b->news || a->call != b->call || a->asks != b->asks ||
	    memcmp(a->next, b->next, sizeof(a->next)) != 0)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (memcmp(&a->deeds[i], &b->deeds[i], sizeof(a->deeds[i])) !=
		    0)
			return false;
	return true;
}

struct message table_message(enum message_type type, uint64_t call,
			     uint32_t request)
{
	static const struct message_terms terms = { .procedures = 1 };
	static const uint8_t place[MESSAGE_PLACE_SIZE] = { 'a' };
	struct message m = { .type = type };

	/* clang-format off */
	switch (type) {
	case MESSAGE_HELLO:
		m.hello = (struct message_hello){ 1, 1, 0, span_of("x") };
		break;
	case MESSAGE_AUTH:
		m.auth = (struct message_auth){
			span_of("n=x"), span_of(""),
			span_of("SCRAM-SHA-256-PLUS"), { place, sizeof(place) } };
		break;
	case MESSAGE_WELCOME:   m.welcome.sasl = span_of("v=x"); break;
	case MESSAGE_CONNECT:
		m.connect = (struct message_connect){ .request = request,
			.to = span_of("ben"), .terms = terms };
		break;
	case MESSAGE_INCOMING:
		m.incoming = (struct message_incoming){ .call = call,
			.from = span_of("ana"), .terms = terms };
		break;
	case MESSAGE_ACCEPT:    m.accept = (struct message_accept){ call, terms }; break;
	case MESSAGE_REFUSE:
	case MESSAGE_CANCEL:    m.refuse.call = call; break;
	case MESSAGE_CONNECTED:
		m.connected = (struct message_connected){ request, call, terms };
		break;
	case MESSAGE_FAILED:    m.failed.request = request; break;
	case MESSAGE_RELEASE:   m.release.call = call; break;
	case MESSAGE_LIST:      m.list.request = request; break;
	case MESSAGE_LISTING:   m.listing.request = request; break;
	case MESSAGE_PRESENCE:  m.presence.id = span_of("ben"); break;
	case MESSAGE_DATA:      m.data = span_of("x"); break;
	case MESSAGE_LINK:
		m.link = (struct message_link){ span_of("ana"), 1 };
		break;
	case MESSAGE_PING:
	case MESSAGE_PONG:
	case MESSAGE_DENIED:
	case MESSAGE_BYE:
	case MESSAGE_LOGOUT:
	case MESSAGE_END:
	case MESSAGE_ROUTE:
	case MESSAGE_WANT:
	case MESSAGE_UNWANT:
	case MESSAGE_NEWS:
	case MESSAGE_SNAPSHOT:
	case MESSAGE_MORE:
	case MESSAGE_TOOK:
	case MESSAGE_NEED:      break;
	}
	/* clang-format on */
	return m;
}
