/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relays of one network in one process (core/directory): what they spend to
 * know where terminals are. Messages are encoded and decoded as on the wire,
 * and copied once between. Prints a figure a line for bench/directory, those
 * that are measured several times so often; CPU in ns.
 *
 *   directory changes RELAYS SHAPE EACH BATCH
 *                               EACH terminals a relay, of which some go
 *                               busy and free, BATCH in one message; the
 *                               SHAPE is `full`, a mesh, or `chain`
 *   directory known COUNT       a new link to a relay with COUNT terminals,
 *                               its memory, and looking them up
 *   directory death RELAYS EACH BATCH
 *                               one of a full mesh dies, and its terminals,
 *                               which have an account at another one too,
 *                               log in there
 *   directory ways RELAYS SHAPE one of a network without terminals dies, the
 *                               last; `hubs`: each relay has links with the
 *                               first three only
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/directory.h"

enum {
	RELAYS_MAX = 128,
	LINKS_MAX = RELAYS_MAX * (RELAYS_MAX - 1) / 2,
	ROUNDS = 7,
	BURST = 1000,  /* changes under way: less than a link's window */
	BURSTS = 4,    /* from each relay in a round */
	STRIDE = 7919, /* prime: one after another, but none beside */
	FINDS = 200000,
	HUBS = 3,
	STEPS_MAX = 10000000,
};

struct letter {
	struct letter *next;
	uint64_t conn; /* at its receiver */
	size_t size;
	uint8_t frame[];
};

struct node {
	struct directory *d;
	char name[8];
	double cpu; /* of what it received, where that is asked for */
};

static struct town {
	struct node nodes[RELAYS_MAX];
	unsigned relays;
	struct {
		unsigned ends[2];
		bool up;
	} links[LINKS_MAX];
	unsigned links_count;
	unsigned each; /* terminals a relay */
	bool *busy;
	struct letter *first, **end; /* under way; in order on each link */
	uint64_t messages[UINT8_MAX + 1];
	uint64_t octets;
	bool timed; /* each message by itself */
	struct effects out;
} town;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "directory: %s\n", what);
	exit(1);
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void print(const char *name, double value)
{
	printf("%s %.3f\n", name, value);
}

/* --- messages --- */

static uint64_t other_end(uint64_t conn)
{
	return ((conn - 1) ^ 1) + 1;
}

static void post(uint64_t conn, const uint8_t *frame, size_t size)
{
	struct letter *letter = malloc(sizeof(*letter) + size);

	if (!letter)
		fail("out of memory");
	letter->next = NULL;
	letter->conn = other_end(conn);
	letter->size = size;
	memcpy(letter->frame, frame, size);
	*town.end = letter;
	town.end = &letter->next;
}

/* As a relay does after each event. */
static void carry_out(struct node *n)
{
	char id[ADDRESS_ID_MAX + 1];
	struct directory_found f;

	if (town.out.out_of_memory)
		fail("out of memory");
	for (size_t i = 0; i < town.out.count; i++) {
		const struct effect *e = &town.out.items[i];

		post(e->conn, effects_bytes(&town.out, e), e->length);
	}
	effects_clear(&town.out);
	while (directory_changed(n->d, id))
		(void)directory_find(n->d, id, &f);
}

static void hear(struct node *n, const struct letter *letter)
{
	struct message m;
	struct frame f;
	size_t used;

	if (frame_decode(&f, letter->frame, letter->size, &used) !=
		    FRAME_DONE ||
	    message_decode(&m, &f) != MESSAGE_OK ||
	    directory_message(n->d, letter->conn, &m, &town.out) !=
		    DIRECTORY_DONE)
		fail("a relay does not understand another");
	town.messages[m.type]++;
	town.octets += letter->size;
	carry_out(n);
}

/* Until nothing is under way; false: there is no end. */
static bool deliver(void)
{
	struct letter *letter;

	for (unsigned steps = 0; (letter = town.first) != NULL; steps++) {
		unsigned link = (unsigned)(letter->conn - 1) / 2;
		struct node *n =
			&town.nodes[town.links[link]
					    .ends[(letter->conn - 1) % 2]];
		double began = town.timed ? cpu_ns() : 0;

		if (steps == STEPS_MAX)
			return false;
		town.first = letter->next;
		if (!town.first)
			town.end = &town.first;
		if (town.links[link].up)
			hear(n, letter);
		free(letter);
		if (town.timed)
			n->cpu += cpu_ns() - began;
	}
	return true;
}

static void count_anew(void)
{
	memset(town.messages, 0, sizeof(town.messages));
	town.octets = 0;
}

static uint64_t messages_in_all(void)
{
	uint64_t all = 0;

	for (unsigned i = 0; i <= UINT8_MAX; i++)
		all += town.messages[i];
	return all;
}

/* --- the network --- */

static void build(unsigned relays)
{
	if (relays < 2 || relays > RELAYS_MAX)
		fail("so many relays are not provided for");
	town.relays = relays;
	town.end = &town.first;
	effects_init(&town.out);
	for (unsigned i = 0; i < relays; i++) {
		struct node *n = &town.nodes[i];
		const uint8_t key[16] = { (uint8_t)i, 1 };

		snprintf(n->name, sizeof(n->name), "relay%02u", i % 100);
		n->name[7] = '\0';
		if (i >= 100)
			n->name[0] = 's';
		n->d = directory_new(n->name, 1 + i, key, NULL);
		if (!n->d)
			fail("out of memory");
	}
}

static void link_up(unsigned a, unsigned b)
{
	unsigned link = town.links_count++;

	town.links[link].ends[0] = a;
	town.links[link].ends[1] = b;
	town.links[link].up = true;
	for (unsigned end = 0; end < 2; end++) {
		struct node *n = &town.nodes[town.links[link].ends[end]];

		directory_link_up(n->d, 2 * link + 1 + end, NULL, &town.out);
		carry_out(n);
	}
}

static bool are_linked(const char *shape, unsigned a, unsigned b)
{
	if (strcmp(shape, "chain") == 0)
		return b == a + 1;
	return strcmp(shape, "full") == 0 || a < HUBS;
}

static void link_all(const char *shape)
{
	for (unsigned a = 0; a < town.relays; a++)
		for (unsigned b = a + 1; b < town.relays; b++)
			if (are_linked(shape, a, b))
				link_up(a, b);
	if (!deliver())
		fail("it does not become quiet");
}

/* --- terminals --- */

/* The number is the whole network's. */
static void tell(unsigned relay, unsigned number, uint8_t state, uint64_t login)
{
	char id[ADDRESS_ID_MAX + 1], digits[16];
	struct news_entry e = { .state = state,
				.gen = 1700000000000000 + login,
				.groups = span_of("sales") };

	snprintf(id, sizeof(id), "office-%07u", number);
	snprintf(digits, sizeof(digits), "4930%07u", number);
	e.id = span_of(id);
	e.numbers = span_of(digits);
	if (!directory_tell(town.nodes[relay].d, &e, &town.out))
		fail("that is no entry");
}

static void flush(unsigned relay)
{
	directory_flush(town.nodes[relay].d, &town.out);
	carry_out(&town.nodes[relay]);
}

static void populate(unsigned relay)
{
	unsigned first = relay * town.each;

	for (unsigned i = 0; i < town.each; i++)
		tell(relay, first + i, PRESENCE_FREE, 1);
	flush(relay);
}

static void populate_all(unsigned each)
{
	town.each = each;
	town.busy = calloc((size_t)town.relays * each, sizeof(*town.busy));
	if (!town.busy)
		fail("out of memory");
	for (unsigned i = 0; i < town.relays; i++)
		populate(i);
}

/* --- what encoding and decoding alone take --- */

static void read_news(const uint8_t *frame, size_t size)
{
	struct news_entry e;
	struct message m;
	struct reader r;
	struct frame f;
	size_t used;

	if (frame_decode(&f, frame, size, &used) != FRAME_DONE ||
	    message_decode(&m, &f) != MESSAGE_OK)
		fail("a message cannot be read");
	r = news_reader(m.news.entries);
	while (news_next(&r, &e))
		;
}

/* A change in a message of `batch`. */
static double bare_ns(unsigned batch)
{
	const struct news_entry e = { .id = span_of("office-0000001"),
				      .state = PRESENCE_BUSY,
				      .gen = 1700000000000000,
				      .groups = span_of("sales"),
				      .numbers = span_of("49300000001") };
	uint8_t entries[MESSAGE_ENTRIES_MAX], frame[FRAME_MAX];
	double began = cpu_ns();
	unsigned rounds = 100000 / batch;

	for (unsigned i = 0; i < rounds; i++) {
		struct writer w = writer_over(entries, sizeof(entries));
		struct message m = { .type = MESSAGE_NEWS };

		for (unsigned n = 0; n < batch; n++)
			news_add(&w, &e);
		m.news = (struct message_news){ span_of("relay01"),
						1,
						i + 1,
						{ entries, writer_used(&w) } };
		read_news(frame, message_encode(&m, frame, sizeof(frame)));
	}
	return (cpu_ns() - began) / (rounds * batch);
}

/* --- changes --- */

static unsigned next_terminal(void)
{
	static unsigned at;

	at = (at + STRIDE) % town.each;
	return at;
}

static void change(unsigned relay)
{
	unsigned number = relay * town.each + next_terminal();

	town.busy[number] = !town.busy[number];
	tell(relay, number, town.busy[number] ? PRESENCE_BUSY : PRESENCE_FREE,
	     1);
}

static double burst_ns(unsigned relay, unsigned batch)
{
	double began = cpu_ns();

	for (unsigned i = 0; i < BURST; i++) {
		change(relay);
		if ((i + 1) % batch == 0)
			flush(relay);
	}
	flush(relay);
	return cpu_ns() - began;
}

static void changes_round(unsigned batch)
{
	double changes = (double)town.relays * BURST * BURSTS;
	double origin = 0, others = 0, began;

	count_anew();
	for (unsigned i = 0; i < BURSTS * town.relays; i++) {
		origin += burst_ns(i % town.relays, batch);
		began = cpu_ns();
		if (!deliver())
			fail("it does not become quiet");
		others += cpu_ns() - began;
	}
	if (town.messages[MESSAGE_WANT] > 0)
		fail("news were skipped");
	print("bare_ns", bare_ns(batch));
	print("origin_ns", origin / changes);
	print("other_ns", others / changes / (town.relays - 1));
	print("relay_ns", (origin + others) / changes / town.relays);
	print("messages", (double)town.messages[MESSAGE_NEWS] / changes);
	print("octets", (double)town.octets / changes / (town.relays - 1));
}

static void run_changes(unsigned relays, const char *shape, unsigned each,
			unsigned batch)
{
	build(relays);
	populate_all(each);
	link_all(shape);
	changes_round(batch); /* the first ones find the caches cold */
	for (unsigned i = 0; i < ROUNDS; i++)
		changes_round(batch);
}

/* --- what is known --- */

static double heap(void)
{
	return (double)mallinfo2().uordblks;
}

static void find_round(unsigned count)
{
	struct directory *d = town.nodes[0].d;
	struct directory_found f;
	char text[ADDRESS_ID_MAX + 1];
	unsigned number = 0;
	double began = cpu_ns();

	for (unsigned i = 0; i < FINDS; i++) {
		number = (number + STRIDE) % count;
		snprintf(text, sizeof(text), "office-%07u", count + number);
		if (!directory_find(d, text, &f))
			fail("a terminal is not found");
	}
	print("find_ns", (cpu_ns() - began) / FINDS);
	began = cpu_ns();
	for (unsigned i = 0; i < FINDS; i++) {
		number = (number + STRIDE) % count;
		snprintf(text, sizeof(text), "4930%07u", count + number);
		if (!directory_find_number(d, text, &f))
			fail("a number is not found");
	}
	print("find_number_ns", (cpu_ns() - began) / FINDS);
	print("bare_ns", bare_ns(1));
}

static void run_known(unsigned count)
{
	double before;

	build(2);
	town.each = count;
	before = heap();
	populate(1);
	print("own_octets", (heap() - before) / count);
	before = heap();
	town.timed = true;
	link_all("full");
	print("known_octets", (heap() - before) / count);
	print("sender_ns", town.nodes[1].cpu / count);
	print("receiver_ns", town.nodes[0].cpu / count);
	print("snapshot_octets", (double)town.octets / count);
	print("snapshot_pieces", (double)town.messages[MESSAGE_SNAPSHOT]);
	for (unsigned i = 0; i < ROUNDS; i++)
		find_round(count);
}

/* --- a relay dies --- */

/* The last one; it hears nothing more. CPU of the others. */
static double die(void)
{
	unsigned dead = town.relays - 1;
	double began = cpu_ns();

	for (unsigned i = 0; i < town.links_count; i++) {
		struct node *n = &town.nodes[town.links[i].ends[0]];

		if (town.links[i].ends[1] != dead)
			continue;
		town.links[i].up = false;
		directory_link_down(n->d, 2 * i + 1, &town.out);
		carry_out(n);
	}
	if (!deliver())
		print("endless", 1);
	/* A second later the ways that are left may be taken. */
	for (unsigned i = 0; i < dead; i++) {
		directory_release(town.nodes[i].d, &town.out);
		carry_out(&town.nodes[i]);
	}
	if (!deliver())
		print("endless", 1);
	return cpu_ns() - began;
}

/* Of those that are left, what is known of it is forgotten. */
static double forget(void)
{
	double began = cpu_ns();

	for (unsigned i = 0; i < 2 * (town.relays - 1); i++) {
		struct node *n = &town.nodes[i / 2];

		directory_tick(n->d, &town.out);
		carry_out(n);
	}
	return cpu_ns() - began;
}

static double log_in_elsewhere(unsigned batch)
{
	unsigned others = town.relays - 1, under_way = 0;
	unsigned number = others * town.each;
	double began = cpu_ns();

	for (unsigned i = 0; i < town.each; i++) {
		tell(i % others, number + i, PRESENCE_FREE, 2);
		if ((i / others + 1) % batch == 0)
			flush(i % others);
		if (++under_way < BURST)
			continue;
		under_way = 0;
		if (!deliver())
			fail("it does not become quiet");
	}
	for (unsigned i = 0; i < others; i++)
		flush(i);
	if (!deliver())
		fail("it does not become quiet");
	return cpu_ns() - began;
}

static void print_ways(const char *what)
{
	printf("%s_messages %llu\n", what,
	       (unsigned long long)messages_in_all());
	printf("%s_octets %llu\n", what, (unsigned long long)town.octets);
}

static void run_death(unsigned relays, unsigned each, unsigned batch)
{
	unsigned others = relays - 1;

	build(relays);
	populate_all(each);
	for (unsigned i = 0; i < each; i++)
		tell(i % others, others * each + i, PRESENCE_OFFLINE, 1);
	for (unsigned i = 0; i < others; i++)
		flush(i);
	link_all("full");
	count_anew();
	print("die_ns", die() / others);
	print_ways("die");
	print("forget_ns", forget() / others);
	count_anew();
	print("login_ns", log_in_elsewhere(batch) / others);
	print_ways("login");
	print("news", (double)town.messages[MESSAGE_NEWS]);
	print("wants", (double)town.messages[MESSAGE_WANT]);
}

static void run_ways(unsigned relays, const char *shape)
{
	double began;

	build(relays);
	town.each = 1;
	began = cpu_ns();
	for (unsigned i = 0; i < relays; i++)
		populate(i);
	link_all(shape);
	print("up_ns", (cpu_ns() - began) / relays);
	print_ways("up");
	count_anew();
	print("die_ns", die() / (relays - 1));
	print_ways("die");
	print("routes", (double)town.messages[MESSAGE_ROUTE]);
}

static unsigned number_of(const char *word)
{
	unsigned long n = strtoul(word, NULL, 10);

	if (n == 0 || n > 10000000)
		fail("that is no number");
	return (unsigned)n;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "changes") == 0 && argc == 6)
		run_changes(number_of(argv[2]), argv[3], number_of(argv[4]),
			    number_of(argv[5]));
	else if (strcmp(mode, "known") == 0 && argc == 3)
		run_known(number_of(argv[2]));
	else if (strcmp(mode, "death") == 0 && argc == 5)
		run_death(number_of(argv[2]), number_of(argv[3]),
			  number_of(argv[4]));
	else if (strcmp(mode, "ways") == 0 && argc == 4)
		run_ways(number_of(argv[2]), argv[3]);
	else
		fail("see the head of bench/directory.c");
	return 0;
}
