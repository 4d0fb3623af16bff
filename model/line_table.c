/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <assert.h>

bool table_line_varies(enum line_event e)
{
	return e == LINE_GOT_HELLO || e == LINE_GOT_CANCEL ||
	       e == LINE_GOT_CONNECTED || e == LINE_GOT_FAILED;
}

static struct message message_for(enum line_event e, bool same)
{
	bool by_call = e == LINE_GOT_CANCEL;
	struct message m;
	unsigned type = 0;

	while (line_event_of((enum message_type)type) != e)
		type++;
	m = table_message((enum message_type)type,
			  by_call && same ? TABLE_OWN_CALL : TABLE_HEARD_CALL,
			  same ? TABLE_OWN_REQUEST : TABLE_HEARD_REQUEST);
	if (e == LINE_GOT_HELLO && !same)
		m.hello.version_min = m.hello.version_max = 9;
	return m;
}

static enum table_number call_after(const struct line *l)
{
	if (l->call.relay_call == 0)
		return TABLE_NONE;
	return l->call.relay_call == TABLE_OWN_CALL ? TABLE_OWN : TABLE_HEARD;
}

/* Before its first AUTH a line says what it says later, and who it is: that
 * is no difference to the other end's state. */
static struct line line_in(enum line_state s)
{
	struct line l;

	line_init(&l, 1, 0);
	l.state = s;
	l.request = TABLE_OWN_REQUEST;
	l.call = (struct effect_call){ .number = 1,
				       .relay_call = TABLE_OWN_CALL,
				       .far_id = "ben" };
	return l;
}

struct table_row table_line(enum line_state s, enum line_event e, bool same)
{
	static const struct line_self self = { .id = "ana", .software = "x" };
	static const struct effect_call to_ben = { .number = 2,
						   .far_id = "ben" };
	struct table_row row = { .next = { TABLE_UNKNOWN, TABLE_UNKNOWN,
					   TABLE_UNKNOWN } };
	struct line_input in = { .event = e,
				 .sasl = span_of("n=x"),
				 .call = &to_ben,
				 .terms = { .procedures = 1 } };
	struct line l = line_in(s);
	struct message m;
	struct effects out;

	effects_init(&out);
	if (e < LINE_OPENED) {
		m = message_for(e, same);
		in.message = &m;
	}
	row.legal = true;
	row.before[TABLE_SELF] = (int)s;
	row.news = line_step(&l, &self, &in, 1, &out);
	for (size_t i = 0; i < out.count; i++) {
		struct table_deed *d = table_add(&row, &out, &out.items[i]);

		if (d->type == MESSAGE_BYE && d->reason == REASON_PROTOCOL)
			row.legal = false;
	}
	assert(!out.out_of_memory);
	effects_fini(&out);
	row.next[TABLE_SELF] = (int)l.state;
	row.call = call_after(&l);
	row.asks = l.request != TABLE_OWN_REQUEST;
	/* A new request's number is one's own; one's own that was heard too
	 * need not be told from others. */
	for (unsigned i = 0; i < row.count; i++) {
		struct table_deed *d = &row.deeds[i];

		if (row.asks)
			d->number = TABLE_OWN;
		else if (e == LINE_GOT_CANCEL && d->number == TABLE_OWN)
			d->number = TABLE_HEARD;
	}
	return row;
}
