/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/directory: neighbours that say anything at any time, links that come
 * and go, terminals of our own that change. What it says must hang together:
 * only on links that stand, LINK first, news only of what it has told and is
 * wanted, no more than the window; what it knows is in order and within its
 * caps.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/directory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LINKS = 6, NAMES = 6, STEPS = 600, WINDOW = 256 * 1024 };

static const char *const names[NAMES] = {
	"self", "n1", "n2", "n3", "far", "fur"
};

struct neighbour {
	bool up;
	bool greeted; /* it has heard our LINK */
	bool told[NAMES];
	bool wants[NAMES];
	uint64_t sent, took;
};

static struct world {
	struct directory *d;
	struct effects out;
	struct neighbour links[LINKS + 1]; /* from 1 */
	uint8_t room[3][2048];		   /* what a message borrows */
} w;

static int number_of(struct span name)
{
	for (int i = 0; i < NAMES; i++)
		if (span_equal(name, span_of(names[i])))
			return i;
	abort(); /* nobody has ever said that name */
}

static struct span name_from(struct reader *r)
{
	return span_of(names[read_u8(r) % NAMES]);
}

/* --- what it says --- */

static void check_entries(struct neighbour *n, struct span origin,
			  struct span entries)
{
	struct reader r = news_reader(entries);
	struct news_entry e;

	assert(n->told[number_of(origin)] && n->wants[number_of(origin)]);
	while (news_next(&r, &e))
		;
	assert(r.ok);
	n->sent += entries.len;
	assert(n->sent - n->took <= WINDOW);
}

static void check_said(struct neighbour *n, const struct message *m)
{
	assert(n->up && message_senders((uint8_t)m->type) == MESSAGE_PEER);
	assert(n->greeted != (m->type == MESSAGE_LINK));
	n->greeted = true;
	if (m->type == MESSAGE_ROUTE) {
		int origin = number_of(m->route.origin);
		struct path_names path;
		bool told = path_decode(&path, m->route.path) && path.count > 0;

		assert(told || n->told[origin]);
		assert(!told || span_equal(path.names[0], span_of(names[0])));
		n->told[origin] = told;
		n->wants[origin] = n->wants[origin] && told;
	}
	if (m->type == MESSAGE_NEWS)
		check_entries(n, m->news.origin, m->news.entries);
	if (m->type == MESSAGE_SNAPSHOT)
		check_entries(n, m->snapshot.origin, m->snapshot.entries);
}

static void check_out(void)
{
	assert(!w.out.out_of_memory);
	for (size_t i = 0; i < w.out.count; i++) {
		const struct effect *e = &w.out.items[i];
		struct message m;
		struct frame f;
		size_t used;

		assert(e->kind == EFFECT_SEND && e->conn <= LINKS);
		assert(frame_decode(&f, effects_bytes(&w.out, e), e->length,
				    &used) == FRAME_DONE);
		assert(used == e->length &&
		       message_decode(&m, &f) == MESSAGE_OK);
		check_said(&w.links[e->conn], &m);
	}
	effects_clear(&w.out);
}

/* --- what it knows --- */

static void check_known(void)
{
	char id[ADDRESS_ID_MAX + 1] = "";
	struct directory_found f;
	struct directory_relay r = { .name = "" };
	unsigned ids = 0;
	uint64_t in_relays = 0;

	while (directory_changed(w.d, id))
		;
	id[0] = '\0';
	for (; directory_find_after(w.d, id, &f); ids++) {
		assert(strcmp((const char *)f.entry.id.at, id) > 0);
		memcpy(id, f.entry.id.at, f.entry.id.len + 1);
		assert(f.hop <= LINKS && (!f.hop || w.links[f.hop].up));
		assert(directory_find_at(w.d, f.relay, id, &f));
	}
	while (directory_relay_after(w.d, r.name, &r)) {
		assert(strcmp(r.name, names[0]) != 0);
		assert(r.hop && w.links[r.hop].up && r.distance > 0);
		assert(strcmp(r.via, directory_link_name(w.d, r.hop)) == 0);
		in_relays += r.terminals;
	}
	assert(ids <= 30 && in_relays <= 30);
}

/* --- what happens --- */

static struct span path_from(struct reader *r, unsigned link)
{
	struct writer p = writer_over(w.room[0], PATH_MAX_OCTETS);
	unsigned count = read_u8(r) % 5;

	if (count == 0)
		return (struct span){ NULL, 0 };
	if (link >= 1 && link <= 3 && directory_link_name(w.d, link))
		path_add(&p, span_of(directory_link_name(w.d, link)));
	while (--count > 0)
		path_add(&p, name_from(r));
	return (struct span){ p.start, writer_used(&p) };
}

static struct news_entry entry_from(struct reader *r)
{
	static const char *const ids[] = { "a", "b", "c", "d",
					   "e", "f", "g", "h" };
	static const char *const texts[] = { "", "1", "1 22", "+22" };
	static const uint8_t states[] = { 0, 1, 2, NEWS_GONE };
	uint8_t what = read_u8(r);

	return (struct news_entry){ .id = span_of(ids[what % 8]),
				    .state = states[what / 8 % 4],
				    .gen = what / 32,
				    .groups = span_of(texts[what / 64]),
				    .numbers = span_of(texts[what / 32 % 4]),
				    .allowed = span_of("") };
}

static struct span entries_from(struct reader *r)
{
	struct writer p = writer_over(w.room[1], sizeof(w.room[1]));
	uint8_t count = read_u8(r);

	if (count == 255) /* no entry begins like that */
		write_bytes(&p, "\xff", 1);
	for (count %= 8; count > 0; count--) {
		struct news_entry e = entry_from(r);

		news_add(&p, &e);
	}
	return (struct span){ p.start, writer_used(&p) };
}

static struct message message_from(struct reader *r, unsigned link)
{
	struct message m = { .type = (enum message_type)(MESSAGE_LINK +
							 read_u8(r) % 9) };
	struct span origin = name_from(r);
	struct span after = span_of(read_u8(r) % 2 ? "c" : "f");
	uint64_t epoch = read_u8(r) % 4, number = read_u8(r) % 8;

	switch ((unsigned)m.type) {
	case MESSAGE_LINK:
		m.link = (struct message_link){ origin, epoch };
		break;
	case MESSAGE_ROUTE:
		m.route = (struct message_route){ .origin = origin,
						  .epoch = epoch,
						  .path = path_from(r, link) };
		break;
	case MESSAGE_WANT:
		m.want = (struct message_want){ origin, epoch, number };
		break;
	case MESSAGE_NEWS:
		m.news = (struct message_news){ origin, epoch, number,
						entries_from(r) };
		break;
	case MESSAGE_SNAPSHOT:
		m.snapshot = (struct message_snapshot){
			origin,
			epoch,
			number,
			entries_from(r),
			number & 1,
			read_u8(r) % 2 ? after : (struct span){ NULL, 0 }
		};
		break;
	case MESSAGE_TOOK:
		m.took.octets = w.links[link].took + 32 * number;
		break;
	case MESSAGE_NEED:
		break;
	default:
		m.more = (struct message_more){ origin, after };
	}
	return m;
}

static void cut(unsigned link)
{
	if (!w.links[link].up)
		return;
	w.links[link] = (struct neighbour){ .up = false };
	directory_link_down(w.d, link, &w.out);
}

/* What the neighbour says counts from the moment it is heard. */
static void note_heard(unsigned link, const struct message *m)
{
	struct neighbour *n = &w.links[link];

	if (m->type == MESSAGE_WANT)
		n->wants[number_of(m->want.origin)] =
			n->told[number_of(m->want.origin)];
	if (m->type == MESSAGE_UNWANT)
		n->wants[number_of(m->more.origin)] = false;
	if (m->type == MESSAGE_TOOK && m->took.octets <= n->sent)
		n->took = m->took.octets;
}

static void hear(struct reader *r, unsigned link)
{
	struct message m;
	enum directory_result result;

	if (!w.links[link].up)
		return;
	m = message_from(r, link);
	note_heard(link, &m);
	result = directory_message(w.d, link, &m, &w.out);
	assert((result == DIRECTORY_NOT_MINE) == (m.type == MESSAGE_NEED));
	check_out();
	if (result == DIRECTORY_VIOLATION)
		cut(link);
}

static void make(struct reader *r, unsigned link)
{
	bool expects = read_u8(r) % 2;

	if (w.links[link].up)
		return;
	w.links[link].up = true;
	directory_link_up(w.d, link, expects ? names[1 + link % 3] : NULL,
			  &w.out);
}

static void change_own(struct reader *r)
{
	struct news_entry e = entry_from(r);

	if (e.state == NEWS_GONE)
		directory_forget(w.d, (const char *)e.id.at, &w.out);
	else
		assert(directory_tell(w.d, &e, &w.out));
}

static void step(struct reader *r)
{
	uint8_t what = read_u8(r);
	unsigned link = 1 + what % LINKS;

	if (what >= 0xf8)
		directory_tick(w.d, &w.out);
	else if (what >= 0xf0)
		cut(link);
	else if (what >= 0xe0)
		make(r, link);
	else if (what >= 0xd8)
		directory_flush(w.d, &w.out);
	else if (what >= 0xc0)
		change_own(r);
	else
		hear(r, link);
	check_out();
	check_known();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[16] = "0123456789abcde";
	static const struct directory_limits few = { .relays = 4,
						     .terminals = 30 };
	struct reader r = reader_over(data, len);

	w = (struct world){ .d = directory_new(names[0], 2, key, &few) };
	effects_init(&w.out);
	assert(w.d);
	for (int i = 0; i < STEPS && reader_left(&r) > 0; i++)
		step(&r);
	directory_free(w.d);
	effects_fini(&w.out);
	return 0;
}
