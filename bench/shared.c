/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relays that share a database, as store/shared.h serves them: each relay has
 * its own connection and one batch of presence under way, as src/relay has.
 * Prints a figure a line for bench/directory, those that are measured several
 * times so often; times in us, of one round trip or one thing.
 *
 *   shared fill URL COUNT          accounts, with a number each; an empty
 *                                  database
 *   shared login URL RELAYS COUNT  COUNT terminals, dealt to the relays, log in
 *   shared put URL RELAYS COUNT BATCH
 *                                  the same; then their states change
 *   shared death URL RELAYS COUNT  the same of one relay, which dies; they
 *                                  log in at the others
 *   shared find URL COUNT DEPTH    lookups by ID, DEPTH of them under way
 *   shared list URL                all terminals, page by page
 *   shared bare URL COUNT          libpq's `SELECT 1`, and one row changed,
 *                                  both one by one
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "store/catalog.h"
#include "store/shared.h"

enum {
	RELAYS_MAX = 64,
	ROUNDS = 5,
	ROUND_MS = 1000,
	STRIDE = 7919, /* prime: one after another, but none beside */
	IMPORT = 10000,
	PAGE = 500, /* as src/relay asks for */
};

struct relay {
	struct database *database;
	struct shared_relay self;
	struct shared_presence batch[SHARED_PRESENCES_MAX];
	size_t count; /* of the batch */
	bool under_way;
	double began_us;
	unsigned at, end; /* terminals that it has not said yet; all of them */
	unsigned first;
};

static struct {
	struct relay relays[RELAYS_MAX];
	unsigned count;
	size_t batch;
	uint64_t *gens; /* by a terminal's number */
	uint64_t changes;
	double trips_us;
	uint64_t trips;
	bool log_in; /* they say each terminal once; else again and again */
} all;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "shared: %s\n", what);
	exit(1);
}

static double clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static double cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

static void print(const char *name, double value)
{
	printf("%s %.3f\n", name, value);
}

static unsigned number_of(const char *word)
{
	unsigned long n = strtoul(word, NULL, 10);

	if (n == 0 || n > 10000000)
		fail("that is no number");
	return (unsigned)n;
}

static void terminal_name(char id[33], unsigned number)
{
	snprintf(id, 33, "office-%07u", number);
}

/* --- waiting for answers --- */

static struct database *open_at(const char *url)
{
	struct database *d;
	struct why why;

	if (database_open(&d, url, &why) != OK)
		fail(why.text);
	return d;
}

static void wait_for(struct database *d, struct database_result *r)
{
	if (database_wait(d, r) != OK)
		fail(*r->why.text ? r->why.text : err_text(r->err));
}

/* Whatever comes next, of any of them. */
static void turn(struct database *const *databases, size_t n)
{
	struct pollfd polls[RELAYS_MAX];
	int64_t now = (int64_t)(now_us() / 1000);

	for (size_t i = 0; i < n; i++) {
		struct database_wants w;

		database_tick(databases[i], now);
		database_wants(databases[i], &w);
		polls[i] = (struct pollfd){ .fd = w.fd };
		polls[i].events = (short)((w.read ? POLLIN : 0) |
					  (w.write ? POLLOUT : 0));
	}
	if (poll(polls, n, 100) < 0)
		fail("poll");
	for (size_t i = 0; i < n; i++)
		if (polls[i].revents)
			database_ready(databases[i],
				       (int64_t)(now_us() / 1000));
}

/* --- accounts --- */

static void import(struct database *d, unsigned first, unsigned count)
{
	struct database_import *i = database_import_new(true);
	struct database_account a = { .enabled = true,
				      .connections_max = 8,
				      .places_max = 1,
				      .iterations = 100000,
				      .groups = { "sales" },
				      .groups_count = 1 };
	struct database_result r;

	if (!i)
		fail("out of memory");
	for (unsigned n = first; n < first + count; n++) {
		terminal_name(a.id, n);
		snprintf(a.numbers, sizeof(a.numbers), "4930%07u", n);
		database_import_add(i, &a, n);
	}
	database_import_commit(d, i, database_into(&r));
	wait_for(d, &r);
}

static void run_fill(const char *url, const unsigned *n)
{
	unsigned count = n[0];
	struct database *d;
	struct why why;
	int was;

	if (catalog_init(url, &was, &why) != OK)
		fail(why.text);
	d = open_at(url);
	for (unsigned i = 0; i < count; i += IMPORT)
		import(d, i, count - i < IMPORT ? count - i : IMPORT);
	database_close(d);
}

/* --- presence --- */

static void on_taken(void *owner, const struct database_answer *a)
{
	(void)owner;
	all.gens[atoi(a->id + strlen("office-"))] = a->number;
}

static void on_put(void *owner, const struct database_answer *a)
{
	struct relay *r = owner;

	if (a->err != OK)
		fail(*a->why ? a->why : err_text(a->err));
	r->under_way = false;
	all.changes += r->count;
	all.trips_us += now_us() - r->began_us;
	all.trips++;
}

/* False: it has said all. */
static bool gather(struct relay *r)
{
	r->count = 0;
	while (r->count < all.batch && r->at < r->end) {
		struct shared_presence *p = &r->batch[r->count++];
		unsigned n = r->at++;

		terminal_name(p->id, n);
		p->gen = all.log_in ? 0 : all.gens[n];
		p->state = p->state == SHARED_FREE && !all.log_in ? SHARED_BUSY
								  : SHARED_FREE;
	}
	/* Round and round, as long as somebody asks. */
	if (!all.log_in && r->at == r->end)
		r->at = r->first;
	return r->count > 0;
}

static void put(struct relay *r)
{
	if (r->under_way || !gather(r))
		return;
	r->under_way = true;
	r->began_us = now_us();
	shared_presence_put(r->database, &r->self, r->batch, r->count,
			    (struct database_asker){ .row = on_taken,
						     .done = on_put,
						     .owner = r });
}

static bool is_over(double end_us)
{
	for (unsigned i = 0; i < all.count; i++) {
		const struct relay *r = &all.relays[i];

		if (r->under_way || (r->at < r->end && now_us() < end_us))
			return false;
	}
	return true;
}

/* Until all is said, or until then. */
static void put_until(double end_us)
{
	struct database *databases[RELAYS_MAX];

	for (unsigned i = 0; i < all.count; i++)
		databases[i] = all.relays[i].database;
	while (!is_over(end_us)) {
		for (unsigned i = 0; i < all.count && now_us() < end_us; i++)
			put(&all.relays[i]);
		turn(databases, all.count);
	}
}

static void begin(const char *url, unsigned relays, unsigned count)
{
	struct database_account keys = { .kind = DATABASE_RELAY,
					 .enabled = true,
					 .connections_max = 100,
					 .places_max = 1,
					 .iterations = 100000 };
	struct database_result answer;

	if (relays > RELAYS_MAX)
		fail("so many relays are not provided for");
	all.count = relays;
	all.gens = calloc(count, sizeof(*all.gens));
	if (!all.gens)
		fail("out of memory");
	for (unsigned i = 0; i < relays; i++) {
		struct relay *r = &all.relays[i];

		r->database = open_at(url);
		snprintf(r->self.name, sizeof(r->self.name), "relay%02u", i);
		memcpy(keys.id, r->self.name, sizeof(keys.id));
		snprintf(r->self.addresses, sizeof(r->self.addresses),
			 "relay%02u.example.com:4380", i);
		shared_relay_begin(r->database, &r->self, &keys,
				   database_into(&answer));
		wait_for(r->database, &answer);
		r->self.incarnation = answer.number;
	}
}

static void deal(struct relay *r, unsigned relays, unsigned count)
{
	for (unsigned i = 0; i < relays; i++, r++) {
		r->first = (unsigned)((uint64_t)count * i / relays);
		r->end = (unsigned)((uint64_t)count * (i + 1) / relays);
		r->at = r->first;
	}
}

static uint64_t octets(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < all.count; i++) {
		struct database_wants w;
		struct tcp_info info = { 0 };
		socklen_t size = sizeof(info);

		database_wants(all.relays[i].database, &w);
		if (getsockopt(w.fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
			sum += info.tcpi_bytes_acked + info.tcpi_bytes_received;
	}
	return sum;
}

/* What `name` took, since nothing was counted. */
static void report(const char *name, double began_us, double began_cpu,
		   uint64_t began_octets)
{
	double changes = (double)all.changes;

	printf("%s_per_second %.0f\n", name,
	       changes / ((now_us() - began_us) / 1e6));
	printf("%s_cpu_us %.3f\n", name, (cpu_us() - began_cpu) / changes);
	printf("%s_octets %.1f\n", name,
	       (double)(octets() - began_octets) / changes);
	printf("%s_trip_us %.1f\n", name, all.trips_us / (double)all.trips);
	printf("%s_changes %.0f\n", name, changes);
	all.changes = 0;
	all.trips_us = 0;
	all.trips = 0;
}

static void log_all_in(const char *name)
{
	double began = now_us(), cpu = cpu_us();
	uint64_t sent = octets();

	all.log_in = true;
	put_until(1e18);
	report(name, began, cpu, sent);
}

static void put_round(void)
{
	double began = now_us(), cpu = cpu_us();
	uint64_t sent = octets();

	all.log_in = false;
	put_until(began + ROUND_MS * 1000.0);
	report("put", began, cpu, sent);
}

static void run_login(const char *url, const unsigned *n)
{
	unsigned relays = n[0];
	unsigned count = n[1];
	begin(url, relays, count);
	deal(all.relays, relays, count);
	all.batch = SHARED_PRESENCES_MAX;
	log_all_in("login");
}

static void run_put(const char *url, const unsigned *n)
{
	unsigned relays = n[0];
	unsigned count = n[1];
	unsigned batch = n[2];
	run_login(url, n);
	deal(all.relays, relays, count);
	all.batch = batch < SHARED_PRESENCES_MAX ? batch : SHARED_PRESENCES_MAX;
	for (unsigned i = 0; i < ROUNDS; i++)
		put_round();
}

static void run_death(const char *url, const unsigned *n)
{
	unsigned relays = n[0];
	unsigned count = n[1];
	begin(url, relays, count);
	all.batch = SHARED_PRESENCES_MAX;
	all.relays[0].end = count;
	log_all_in("before");
	/* The first one's work is over: it says nothing any more. */
	deal(all.relays + 1, relays - 1, count);
	log_all_in("after");
}

/* --- lookups --- */

struct find {
	unsigned under_way;
	uint64_t found;
};

static void on_found(void *owner, const struct database_answer *a)
{
	struct find *f = owner;

	if (a->err != OK)
		fail(*a->why ? a->why : err_text(a->err));
	f->under_way--;
	f->found++;
}

static void find_round(struct database *d, unsigned count, unsigned depth)
{
	static unsigned number;
	double began = now_us(), cpu = cpu_us();
	struct find f = { 0 };
	char id[33];

	while (now_us() < began + ROUND_MS * 1000.0 || f.under_way > 0) {
		while (f.under_way < depth &&
		       now_us() < began + ROUND_MS * 1000.0) {
			number = (number + STRIDE) % count;
			terminal_name(id, number);
			f.under_way++;
			shared_locate(d, id,
				      (struct database_asker){ .done = on_found,
							       .owner = &f });
		}
		if (f.under_way > 0)
			turn(&d, 1);
	}
	print("find_per_second", (double)f.found * 1e6 / (now_us() - began));
	print("find_cpu_us", (cpu_us() - cpu) / (double)f.found);
	print("find_changes", (double)f.found);
}

static void run_find(const char *url, const unsigned *n)
{
	unsigned count = n[0];
	unsigned depth = n[1];
	struct database *d = open_at(url);

	for (unsigned i = 0; i < ROUNDS; i++)
		find_round(d, count, depth);
	database_close(d);
}

static char last_id[33];

static void on_place(void *owner, const struct database_answer *a)
{
	(void)owner;
	memcpy(last_id, a->place->account.id, sizeof(last_id));
}

static void run_list(const char *url, const unsigned *n)
{
	struct database *d = open_at(url);
	double began = now_us(), cpu = cpu_us();
	struct database_result r;
	size_t listed = 0;

	(void)n;
	do {
		shared_terminals(d, last_id, PAGE,
				 database_each_into(&r, on_place));
		wait_for(d, &r);
		listed += r.count;
	} while (r.count == PAGE);
	print("list_per_second", (double)listed * 1e6 / (now_us() - began));
	print("list_cpu_us", (cpu_us() - cpu) / (double)listed);
	print("list_changes", (double)listed);
	database_close(d);
}

/* --- libpq alone --- */

static double statements(PGconn *c, const char *sql, unsigned count)
{
	double began = now_us();
	unsigned done = 0, number = 0;

	while (now_us() < began + ROUND_MS * 1000.0) {
		char id[33];
		const char *values[] = { id };
		PGresult *r;

		number = (number + STRIDE) % count;
		terminal_name(id, number);
		r = PQexecPrepared(c, sql, *sql == 'u', values, NULL, NULL, 0);
		if (PQresultStatus(r) != PGRES_TUPLES_OK &&
		    PQresultStatus(r) != PGRES_COMMAND_OK)
			fail(PQresultErrorMessage(r));
		PQclear(r);
		done++;
	}
	return (now_us() - began) / done;
}

static void run_bare(const char *url, const unsigned *n)
{
	unsigned count = n[0];
	PGconn *c = PQconnectdb(url);

	if (PQstatus(c) != CONNECTION_OK)
		fail(PQerrorMessage(c));
	PQclear(PQprepare(c, "select", "SELECT 1", 0, NULL));
	PQclear(PQprepare(c, "upsert",
			  "INSERT INTO presence AS p VALUES"
			  " ($1, 'relay00', 1, 1, 1) ON CONFLICT (id)"
			  " DO UPDATE SET state = 3 - p.state",
			  0, NULL));
	PQclear(PQexec(c, "SET synchronous_commit = off"));
	for (unsigned i = 0; i < ROUNDS; i++) {
		print("select_us", statements(c, "select", count));
		print("upsert_us", statements(c, "upsert", count));
	}
	PQfinish(c);
}

static const struct mode {
	const char *name;
	int numbers;
	void (*run)(const char *url, const unsigned *n);
} modes[] = {
	{ "fill", 1, run_fill }, { "login", 2, run_login },
	{ "put", 3, run_put },	 { "death", 2, run_death },
	{ "find", 2, run_find }, { "list", 0, run_list },
	{ "bare", 1, run_bare },
};

int main(int argc, char **argv)
{
	unsigned n[3] = { 0 };

	for (int i = 3; i < argc && i < 6; i++)
		n[i - 3] = number_of(argv[i]);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (argc == 3 + modes[i].numbers &&
		    strcmp(argv[1], modes[i].name) == 0) {
			modes[i].run(argv[2], n);
			return 0;
		}
	fail("see the head of bench/shared.c");
}
