/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/frame, wire/message and wire/news: a stream of any bytes is taken apart
 * without harm, and what decodes encodes to what decodes to the same again.
 */
#include <assert.h>
#include <string.h>

#include "wire/news.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_listing(const struct message_listing *l)
{
	struct reader r = message_listing_reader(l);
	struct listing_entry e;
	uint8_t room[MESSAGE_LISTING_ENTRY_MAX];

	while (message_listing_next(&r, &e)) {
		struct writer w = writer_over(room, sizeof(room));

		message_listing_add(&w, e.id, e.state, e.relay);
		assert(w.ok && writer_used(&w) == 4 + e.id.len + e.relay.len);
	}
}

static void check_entries(struct span entries)
{
	struct reader r = news_reader(entries);
	uint8_t room[NEWS_ENTRY_MAX];
	struct news_entry e, back;

	while (news_next(&r, &e)) {
		struct writer w = writer_over(room, sizeof(room));
		struct reader again;

		news_add(&w, &e);
		assert(w.ok && writer_used(&w) <= entries.len);
		again = news_reader((struct span){ room, writer_used(&w) });
		assert(news_next(&again, &back) && reader_left(&again) == 0);
		assert(span_equal(e.id, back.id) && e.gen == back.gen);
	}
}

static void check_path(struct span bytes)
{
	uint8_t room[PATH_MAX_OCTETS];
	struct writer w = writer_over(room, sizeof(room));
	struct path_names p;

	if (!path_decode(&p, bytes))
		return;
	for (unsigned i = 0; i < p.count; i++)
		path_add(&w, p.names[i]);
	assert(w.ok);
	assert(span_equal(bytes, (struct span){ room, writer_used(&w) }));
}

static void check_inside(const struct message *m)
{
	if (m->type == MESSAGE_LISTING)
		check_listing(&m->listing);
	if (m->type == MESSAGE_NEWS)
		check_entries(m->news.entries);
	if (m->type == MESSAGE_SNAPSHOT)
		check_entries(m->snapshot.entries);
	if (m->type == MESSAGE_ROUTE)
		check_path(m->route.path);
}

static void check_message(const struct message *m, size_t len_before)
{
	uint8_t once[FRAME_MAX];
	uint8_t twice[FRAME_MAX];
	char line[2][2048];
	size_t len = message_encode(m, once, sizeof(once));
	struct message back;
	struct frame f;
	size_t used;

	assert(len >= FRAME_HEADER && len <= len_before);
	assert(frame_decode(&f, once, len, &used) == FRAME_DONE);
	assert(used == len);
	assert(message_decode(&back, &f) == MESSAGE_OK);
	assert(message_encode(&back, twice, sizeof(twice)) == len);
	assert(memcmp(once, twice, len) == 0);
	message_print(m, line[0], sizeof(line[0]));
	message_print(&back, line[1], sizeof(line[1]));
	assert(strcmp(line[0], line[1]) == 0);
	assert(strncmp(line[0], message_name((uint8_t)m->type),
		       strlen(message_name((uint8_t)m->type))) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct message m;
	struct frame f;
	size_t used;

	while (frame_decode(&f, data, len, &used) == FRAME_DONE) {
		enum message_result result = message_decode(&m, &f);

		assert(result != MESSAGE_SKIP || f.type & FRAME_OPTIONAL);
		if (result == MESSAGE_OK) {
			check_message(&m, used);
			check_inside(&m);
		}
		data += used;
		len -= used;
	}
	assert(used == 0);
	return 0;
}
