/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct letter {
	struct letter *next;
	size_t size;
	uint8_t frame[];
};

struct queue {
	struct letter *first, **end;
};

struct terminal {
	bool there;
	uint8_t state;
	uint64_t gen;
};

struct relay_node {
	struct directory *d;
	char name[8];
	uint64_t epoch;
	const struct directory_limits *limits;
	struct terminal terminals[MESH_IDS];
	uint8_t crowd[MESH_CROWD]; /* NEWS_GONE: is not there */
	unsigned changes;
};

struct link_node {
	unsigned ends[2];
	bool up;
	struct queue under_way[2]; /* by the end that sent it */
};

static struct mesh {
	uint64_t random;
	struct relay_node relays[MESH_RELAYS];
	unsigned relays_count;
	struct link_node links[MESH_LINKS];
	unsigned links_count;
	uint64_t clock;
	unsigned counts[UINT8_MAX + 1];
	unsigned violations;
	struct effects out;
	char fault[200];
} w;

static const char *id_name(unsigned id)
{
	static char names[MESH_IDS][8];

	assert_true(id < MESH_IDS);
	snprintf(names[id], sizeof(names[id]), "t%02u", id);
	return names[id];
}

/* xorshift64 (Marsaglia 2003). */
unsigned mesh_dice(unsigned sides)
{
	w.random ^= w.random << 13;
	w.random ^= w.random >> 7;
	w.random ^= w.random << 17;
	return (unsigned)(w.random >> 33) % sides;
}

/* --- letters --- */

static unsigned end_of(const struct link_node *l, unsigned relay)
{
	assert_true(l->ends[0] == relay || l->ends[1] == relay);
	return l->ends[0] == relay ? 0 : 1;
}

static void post(struct queue *q, const uint8_t *frame, size_t size)
{
	struct letter *letter = malloc(sizeof(*letter) + size);

	assert_non_null(letter);
	letter->next = NULL;
	letter->size = size;
	memcpy(letter->frame, frame, size);
	*q->end = letter;
	q->end = &letter->next;
}

static struct letter *take(struct queue *q)
{
	struct letter *letter = q->first;

	if (!letter)
		return NULL;
	q->first = letter->next;
	if (!q->first)
		q->end = &q->first;
	return letter;
}

static void empty(struct queue *q)
{
	struct letter *letter;

	while ((letter = take(q)) != NULL)
		free(letter);
}

/* Carries out what relay `from` has asked for. */
static void carry_out(unsigned from)
{
	struct relay_node *r = &w.relays[from];
	char id[ADDRESS_ID_MAX + 1];

	assert_false(w.out.out_of_memory);
	for (size_t i = 0; i < w.out.count; i++) {
		const struct effect *e = &w.out.items[i];
		struct link_node *l = &w.links[(e->conn - 1) / 2];
		unsigned end = (unsigned)(e->conn - 1) % 2;

		assert_int_equal(e->kind, EFFECT_SEND);
		assert_true(l->up && l->ends[end] == from);
		post(&l->under_way[end], effects_bytes(&w.out, e), e->length);
	}
	effects_clear(&w.out);
	while (directory_changed(r->d, id))
		r->changes++;
}

/* --- relays --- */

void mesh_begin(uint64_t seed)
{
	w = (struct mesh){ .random = seed * 0x9e3779b97f4a7c15 + 1,
			   .clock = 1000 };
	effects_init(&w.out);
}

void mesh_end(void)
{
	for (unsigned i = 0; i < w.links_count; i++)
		for (unsigned end = 0; end < 2; end++)
			empty(&w.links[i].under_way[end]);
	for (unsigned i = 0; i < w.relays_count; i++)
		directory_free(w.relays[i].d);
	effects_fini(&w.out);
}

static void start(struct relay_node *r)
{
	uint8_t key[16];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)mesh_dice(256);
	r->d = directory_new(r->name, r->epoch, key, r->limits);
	assert_non_null(r->d);
}

unsigned mesh_relay(const struct directory_limits *limits)
{
	unsigned relay = w.relays_count++;
	struct relay_node *r = &w.relays[relay];

	assert_true(relay < MESH_RELAYS);
	snprintf(r->name, sizeof(r->name), "r%02u", relay);
	r->limits = limits;
	r->epoch = ++w.clock;
	memset(r->crowd, NEWS_GONE, sizeof(r->crowd));
	start(r);
	return relay;
}

struct directory *mesh_directory(unsigned relay)
{
	return w.relays[relay].d;
}

const char *mesh_name(unsigned relay)
{
	return w.relays[relay].name;
}

static void tell_truth(unsigned relay, unsigned id)
{
	const struct terminal *t = &w.relays[relay].terminals[id];
	const struct news_entry e = { .id = span_of(id_name(id)),
				      .state = t->state,
				      .gen = t->gen,
				      .groups = span_of("law"),
				      .numbers = span_of("81") };

	if (t->there)
		assert_true(directory_tell(w.relays[relay].d, &e, &w.out));
	else
		directory_forget(w.relays[relay].d, id_name(id), &w.out);
	carry_out(relay);
}

void mesh_restart(unsigned relay, uint64_t epoch)
{
	struct relay_node *r = &w.relays[relay];

	for (unsigned i = 0; i < w.links_count; i++)
		if (w.links[i].ends[0] == relay || w.links[i].ends[1] == relay)
			mesh_cut(i);
	directory_free(r->d);
	r->epoch = epoch ? epoch : ++w.clock;
	start(r);
	for (unsigned id = 0; id < MESH_IDS; id++) {
		if (r->terminals[id].there)
			r->terminals[id] = (struct terminal){ .there = true };
		tell_truth(relay, id);
	}
	memset(r->crowd, NEWS_GONE, sizeof(r->crowd));
	mesh_flush(relay);
}

/* --- links --- */

void mesh_row(unsigned count)
{
	mesh_relay(NULL);
	for (unsigned i = 1; i < count; i++) {
		mesh_relay(NULL);
		mesh_link(i - 1, i);
	}
}

unsigned mesh_link(unsigned a, unsigned b)
{
	unsigned link = w.links_count++;
	struct link_node *l = &w.links[link];

	assert_true(link < MESH_LINKS);
	*l = (struct link_node){ .ends = { a, b }, .up = true };
	for (unsigned end = 0; end < 2; end++)
		l->under_way[end].end = &l->under_way[end].first;
	for (unsigned end = 0; end < 2; end++) {
		unsigned relay = l->ends[end];

		directory_link_up(w.relays[relay].d, 2 * link + 1 + end,
				  end ? NULL : w.relays[b].name, &w.out);
		carry_out(relay);
	}
	return link;
}

void mesh_cut(unsigned link)
{
	struct link_node *l = &w.links[link];

	if (!l->up)
		return;
	l->up = false;
	for (unsigned end = 0; end < 2; end++) {
		empty(&l->under_way[end]);
		directory_link_down(w.relays[l->ends[end]].d,
				    2 * link + 1 + end, &w.out);
		carry_out(l->ends[end]);
	}
}

bool mesh_linked(unsigned link)
{
	return w.links[link].up;
}

uint64_t mesh_conn(unsigned link, unsigned relay)
{
	return 2 * link + 1 + end_of(&w.links[link], relay);
}

static bool deliver(unsigned link, unsigned end)
{
	struct link_node *l = &w.links[link];
	struct letter *letter = take(&l->under_way[end]);
	unsigned to = l->ends[1 - end];
	enum directory_result result;
	struct message m;
	struct frame f;
	size_t used;

	if (!letter)
		return false;
	assert_int_equal(frame_decode(&f, letter->frame, letter->size, &used),
			 FRAME_DONE);
	assert_int_equal(message_decode(&m, &f), MESSAGE_OK);
	w.counts[m.type]++;
	result = directory_message(w.relays[to].d, 2 * link + 2 - end, &m,
				   &w.out);
	carry_out(to);
	free(letter);
	if (result == DIRECTORY_VIOLATION) {
		w.violations++;
		mesh_cut(link);
	}
	return true;
}

bool mesh_deliver(unsigned link, unsigned from)
{
	return deliver(link, end_of(&w.links[link], from));
}

bool mesh_step(void)
{
	unsigned first = w.links_count ? mesh_dice(2 * w.links_count) : 0;

	for (unsigned i = 0; i < 2 * w.links_count; i++) {
		unsigned at = (first + i) % (2 * w.links_count);

		if (deliver(at / 2, at % 2))
			return true;
	}
	return false;
}

/* A second passes: longer ways may be taken. */
static bool release_all(void)
{
	bool any = false;

	for (unsigned i = 0; i < w.relays_count; i++) {
		if (!directory_holds(w.relays[i].d))
			continue;
		any = true;
		directory_release(w.relays[i].d, &w.out);
		carry_out(i);
	}
	return any;
}

void mesh_quiet(void)
{
	unsigned steps = 0;

	do
		while (mesh_step())
			assert_true(++steps < 3000000);
	while (release_all());
}

void mesh_tick(unsigned relay)
{
	directory_tick(w.relays[relay].d, &w.out);
	carry_out(relay);
}

void mesh_settle(void)
{
	mesh_quiet();
	for (unsigned i = 0; i < 2 * w.relays_count; i++)
		mesh_tick(i / 2);
	assert_false(mesh_step()); /* forgetting is said to nobody */
}

bool mesh_peek(unsigned link, unsigned from, struct message *m)
{
	struct link_node *l = &w.links[link];
	struct letter *letter = l->under_way[end_of(l, from)].first;
	struct frame f;
	size_t used;

	return letter &&
	       frame_decode(&f, letter->frame, letter->size, &used) ==
		       FRAME_DONE &&
	       message_decode(m, &f) == MESSAGE_OK;
}

void mesh_lose(unsigned link, unsigned from)
{
	struct link_node *l = &w.links[link];

	free(take(&l->under_way[end_of(l, from)]));
}

void mesh_say(unsigned link, unsigned from, const struct message *m)
{
	struct link_node *l = &w.links[link];
	uint8_t frame[FRAME_MAX];
	size_t size = message_encode(m, frame, sizeof(frame));

	assert_true(size > 0 && l->up);
	post(&l->under_way[end_of(l, from)], frame, size);
}

/* --- terminals --- */

void mesh_tell_later(unsigned relay, unsigned id, uint8_t state, uint64_t gen)
{
	w.relays[relay].terminals[id] =
		(struct terminal){ .there = true, .state = state, .gen = gen };
	tell_truth(relay, id);
}

void mesh_forget_later(unsigned relay, unsigned id)
{
	w.relays[relay].terminals[id].there = false;
	tell_truth(relay, id);
}

void mesh_flush(unsigned relay)
{
	directory_flush(w.relays[relay].d, &w.out);
	carry_out(relay);
}

void mesh_tell(unsigned relay, unsigned id, uint8_t state, uint64_t gen)
{
	mesh_tell_later(relay, id, state, gen);
	mesh_flush(relay);
}

void mesh_forget(unsigned relay, unsigned id)
{
	mesh_forget_later(relay, id);
	mesh_flush(relay);
}

static const char *crowd_name(unsigned number)
{
	static char name[8];

	snprintf(name, sizeof(name), "c%05u", number);
	return name;
}

void mesh_crowd(unsigned relay, unsigned first, unsigned count, uint8_t state)
{
	struct directory *d = w.relays[relay].d;
	char groups[NEWS_GROUPS_MAX + 1];

	memset(groups, 'g', sizeof(groups) - 1);
	groups[sizeof(groups) - 1] = '\0';
	for (unsigned i = first; i < first + count; i++) {
		const struct news_entry e = { .id = span_of(crowd_name(i)),
					      .state = state,
					      .gen = 1,
					      .groups = span_of(groups),
					      .numbers = span_of(""),
					      .allowed = span_of("") };

		assert_true(i < MESH_CROWD);
		w.relays[relay].crowd[i] = state;
		if (state == NEWS_GONE)
			directory_forget(d, crowd_name(i), &w.out);
		else
			assert_true(directory_tell(d, &e, &w.out));
	}
	mesh_flush(relay);
}

bool mesh_knows_crowd(unsigned at, unsigned relay, unsigned first,
		      unsigned count, uint8_t state)
{
	const char *origin = w.relays[relay].name;
	struct directory_found f;

	for (unsigned i = first; i < first + count; i++)
		if (directory_find_at(w.relays[at].d, origin, crowd_name(i),
				      &f) != (state != NEWS_GONE) ||
		    (state != NEWS_GONE && f.entry.state != state))
			return false;
	return true;
}

void mesh_login(unsigned relay, unsigned id)
{
	uint64_t gen = directory_gen(w.relays[relay].d, id_name(id), 1);

	mesh_tell(relay, id, PRESENCE_FREE, gen);
}

/* --- counts --- */

unsigned mesh_count(enum message_type type)
{
	return w.counts[type];
}

void mesh_count_anew(void)
{
	memset(w.counts, 0, sizeof(w.counts));
}

unsigned mesh_violations(void)
{
	return w.violations;
}

unsigned mesh_changes(unsigned relay)
{
	unsigned changes = w.relays[relay].changes;

	w.relays[relay].changes = 0;
	return changes;
}

/* --- the truth --- */

enum { FAR = 9 }; /* a way of more than eight is none */

/* Over one more link than the ways of length `round` - 1. */
static void measure_link(const struct link_node *l, unsigned round,
			 unsigned distance[MESH_RELAYS])
{
	for (unsigned end = 0; end < 2; end++) {
		unsigned *far = &distance[l->ends[1 - end]];

		if (l->up && distance[l->ends[end]]<round && * far> round)
			*far = round;
	}
}

/* Relays from `from` to each other one. */
static void measure(unsigned from, unsigned distance[MESH_RELAYS])
{
	for (unsigned i = 0; i < w.relays_count; i++)
		distance[i] = i == from ? 0 : FAR;
	for (unsigned round = 1; round < FAR; round++)
		for (unsigned i = 0; i < w.links_count; i++)
			measure_link(&w.links[i], round, distance);
}

unsigned mesh_distance(unsigned from, unsigned to)
{
	unsigned distance[MESH_RELAYS];

	measure(from, distance);
	return distance[to] == FAR ? 0 : distance[to];
}

__attribute__((format(printf, 1, 2))) static const char *
fault(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w.fault, sizeof(w.fault), format, args);
	va_end(args);
	return w.fault;
}

static bool same(const struct terminal *t, const struct directory_found *f)
{
	return f->entry.state == t->state && f->entry.gen == t->gen &&
	       span_equal(f->entry.groups, span_of("law"));
}

static const char *terminals_fault(unsigned at, unsigned origin)
{
	const struct relay_node *o = &w.relays[origin];
	struct directory_found f;

	for (unsigned id = 0; id < MESH_IDS; id++) {
		const struct terminal *t = &o->terminals[id];
		bool found = directory_find_at(w.relays[at].d, o->name,
					       id_name(id), &f);

		if (found != t->there || (found && !same(t, &f)))
			return fault("%s does not know of %s at %s",
				     w.relays[at].name, id_name(id), o->name);
	}
	return NULL;
}

static unsigned terminals_of(const struct relay_node *r)
{
	unsigned count = 0;

	for (unsigned id = 0; id < MESH_IDS; id++)
		count += r->terminals[id].there;
	for (unsigned i = 0; i < MESH_CROWD; i++)
		count += r->crowd[i] != NEWS_GONE;
	return count;
}

/* That there are no others their number shows. */
static bool knows_crowd(const struct relay_node *a, const struct relay_node *o)
{
	struct directory_found f;

	for (unsigned i = 0; i < MESH_CROWD; i++)
		if (o->crowd[i] != NEWS_GONE &&
		    (!directory_find_at(a->d, o->name, crowd_name(i), &f) ||
		     f.entry.state != o->crowd[i]))
			return false;
	return true;
}

static const char *route_fault(unsigned at, unsigned origin, unsigned distance)
{
	const struct relay_node *a = &w.relays[at], *o = &w.relays[origin];
	struct directory_relay r, next;

	if (directory_relay(a->d, o->name, &r) != (distance < FAR))
		return fault("%s reaches %s or not, wrongly", a->name, o->name);
	if (distance == FAR)
		return NULL;
	if (r.epoch != o->epoch || r.distance != distance || !r.complete ||
	    r.terminals != terminals_of(o))
		return fault("%s knows %s badly", a->name, o->name);
	if (distance > 1 &&
	    (!directory_relay(w.relays[(unsigned)atoi(r.via + 1)].d, o->name,
			      &next) ||
	     next.distance != distance - 1))
		return fault("from %s no way leads to %s", a->name, o->name);
	if (!knows_crowd(a, o))
		return fault("%s does not know the crowd of %s", a->name,
			     o->name);
	return terminals_fault(at, origin);
}

static bool better(const struct terminal *a, const struct terminal *b)
{
	if ((a->state != 0) != (b->state != 0))
		return a->state != 0;
	return a->gen > b->gen;
}

static const char *best_fault(unsigned at, unsigned id,
			      const unsigned distance[MESH_RELAYS])
{
	const struct relay_node *best = NULL;
	struct directory_found f;
	bool found = directory_find(w.relays[at].d, id_name(id), &f);

	for (unsigned i = 0; i < w.relays_count; i++) {
		const struct relay_node *r = &w.relays[i];

		if (i != at && distance[i] < FAR && r->terminals[id].there &&
		    (!best || better(&r->terminals[id], &best->terminals[id])))
			best = r;
	}
	if (found != (best != NULL) ||
	    (found && (strcmp(f.relay, best->name) != 0 ||
		       !same(&best->terminals[id], &f))))
		return fault("%s finds %s at %s", w.relays[at].name,
			     id_name(id), found ? f.relay : "no relay");
	return NULL;
}

static const char *relay_fault(unsigned at)
{
	unsigned distance[MESH_RELAYS];
	const char *wrong;

	measure(at, distance);
	for (unsigned i = 0; i < w.relays_count; i++) {
		wrong = i == at ? NULL : route_fault(at, i, distance[i]);
		if (wrong)
			return wrong;
	}
	for (unsigned id = 0; id < MESH_IDS; id++) {
		wrong = best_fault(at, id, distance);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *mesh_fault(void)
{
	for (unsigned i = 0; i < w.relays_count; i++) {
		const char *wrong = relay_fault(i);

		if (wrong)
			return wrong;
	}
	return w.violations ? "a link was closed" : NULL;
}

void mesh_must_know(void)
{
	const char *wrong;

	mesh_settle();
	wrong = mesh_fault();
	if (wrong)
		fail_msg("%s", wrong);
}
