/* SPDX-License-Identifier: Apache-2.0 */
#include "listing.h"

#include <stdio.h>
#include <string.h>

unsigned listing_requests;
bool listing_offline;

enum err listing_asked(void *owner, uint32_t *request)
{
	(void)owner;
	if (listing_offline)
		return ERR_CLOSED;
	*request = ++listing_requests;
	return OK;
}

void listing_say(struct follow *f, const char *terminals, bool more)
{
	uint8_t room[MESSAGE_LISTING_MAX];
	struct writer w = writer_over(room, sizeof(room));
	struct message_listing l = { .request = listing_requests,
				     .more = more };
	char id[33];
	int state, used;

	for (; sscanf(terminals, " %32[^=]=%d%n", id, &state, &used) == 2;
	     terminals += used)
		message_listing_add(&w, span_of(id), (uint8_t)state,
				    span_of(""));
	l.terminals = (struct span){ room, writer_used(&w) };
	(void)follow_listing(f, &l);
}

void listing_news(struct follow *f, const char *id, uint8_t state)
{
	const struct message_presence p = { span_of(id), state, span_of("") };

	follow_presence(f, &p);
}
