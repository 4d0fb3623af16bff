/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many terminals in one process: logs in, holds, calls in pairs and pumps
 * bytes, to see what a relay spends. Prints one number a line for bench/relay.
 *
 *   load hold URLS N             N connections; then waits for a line on
 *                                standard input
 *   load pump URLS SECONDS       one call; as many octets as pass
 *   load echo URLS COUNT         one call; round trips of a small frame
 *   load calls URLS PAIRS        calls between neighbours, one after the
 *                                other: round trips 5 ms apart, some 1 s a
 *                                call; prints the seconds of each; until a
 *                                line on standard input
 *
 * URLS is a file of join URLs; connections are dealt to them in turn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/line.h"
#include "io/loop.h"
#include "terminal/link.h"
#include "trust/login.h"
#include "wire/address.h"

enum {
	DIALLING_MAX = 64, /* at once */
	ACCOUNTS_MAX = 20000,
	PUMP_PAYLOAD = 8192,
	ECHO_PAYLOAD = 128, /* about an IFP packet */
	CALL_TRIPS = 150,
	TRIP_MS = 5,
	AGAIN_MS = 100,
	SWEEP_MS = 500,	 /* looks for keep-alives that are due */
	WINDOW = 262144, /* octets under way, as in a real call */
};

struct account {
	struct address_join join;
	struct login_secret secret;
	struct tls_context *tls;
};

struct terminal {
	struct account *account;
	struct line line;
	struct line_self self;
	struct link *link;
	struct login *login;
	uint8_t binding[TLS_EXPORTER_SIZE];
	/* calls: a caller's */
	struct timer next;
	int trips;
	double began;
};

static struct {
	struct loop *loop;
	const char *mode;
	struct account *accounts;
	size_t account_count;
	struct terminal *terminals;
	size_t wanted;
	size_t dialled;
	size_t up;
	long argument;
	uint64_t sent;
	uint64_t received;
	double *trips_us;
	long trips;
	double sent_at;
	double began;
	struct timer over;
	struct timer sweep;
	struct watch input;
} load;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

static struct terminal *terminal_of(const struct link *l)
{
	return &load.terminals[link_number(l)];
}

/* --- what goes in a call --- */

static void send_data(struct terminal *t, size_t payload)
{
	static uint8_t frame[FRAME_HEADER + PUMP_PAYLOAD];

	frame_header(frame, MESSAGE_DATA, payload);
	if (link_send(t->link, frame, FRAME_HEADER + payload) != OK)
		fail("the call broke");
	load.sent += payload;
}

static void pump(void)
{
	while (load.sent - load.received < WINDOW)
		send_data(&load.terminals[0], PUMP_PAYLOAD);
}

static void step(struct terminal *t, struct line_input in);

static void call_neighbour(struct terminal *t)
{
	struct effect_call call = { .number = 1 };

	memcpy(call.far_id, t[1].self.id, sizeof(call.far_id));
	t->began = seconds();
	step(t, (struct line_input){ .event = LINE_DIAL,
				     .call = &call,
				     .terms = { .procedures = 1 } });
}

/* The next trip of a caller's call, its end, or its next call. */
static void on_next(struct timer *timer)
{
	struct terminal *t = timer->owner;

	if (t->line.state == LINE_IDLE) {
		call_neighbour(t);
		return;
	}
	if (t->line.state != LINE_CALL)
		return;
	if (t->trips++ < CALL_TRIPS) {
		send_data(t, ECHO_PAYLOAD);
		return;
	}
	printf("call %.3f\n", seconds() - t->began);
	fflush(stdout);
	step(t, (struct line_input){ .event = LINE_HANG_UP });
}

/* A call is over, or never came to be: the callee was not yet free. */
static void on_call_over(struct terminal *t)
{
	if (strcmp(load.mode, "calls") == 0 && (t - load.terminals) % 2 == 0)
		timer_set(load.loop, &t->next, loop_now(load.loop) + AGAIN_MS);
}

static int by_value(const void *left, const void *right)
{
	const double *l = left, *r = right;

	return (*l > *r) - (*l < *r);
}

static void next_trip(void)
{
	if (load.trips < load.argument) {
		load.sent_at = seconds();
		send_data(&load.terminals[0], ECHO_PAYLOAD);
		return;
	}
	qsort(load.trips_us, (size_t)load.trips, sizeof(double), by_value);
	printf("p50_us %.1f\np99_us %.1f\n", load.trips_us[load.trips / 2],
	       load.trips_us[load.trips * 99 / 100]);
	loop_stop(load.loop);
}

static void on_data(struct terminal *t, const struct frame *f)
{
	bool caller = (t - load.terminals) % 2 == 0;

	if (strcmp(load.mode, "calls") == 0 && caller) {
		timer_set(load.loop, &t->next, loop_now(load.loop) + TRIP_MS);
		return;
	}
	if (strcmp(load.mode, "pump") == 0) {
		load.received += f->length;
		pump();
	} else if (!caller) {
		send_data(t, ECHO_PAYLOAD);
	} else {
		load.trips_us[load.trips++] = (seconds() - load.sent_at) * 1e6;
		next_trip();
	}
}

static void on_talk(struct terminal *t)
{
	if (strcmp(load.mode, "calls") == 0 && (t - load.terminals) % 2 == 0) {
		t->trips = 0;
		on_next(&t->next);
		return;
	}
	if (t != &load.terminals[0])
		return; /* the callee waits for the caller's first word */
	load.began = seconds();
	if (strcmp(load.mode, "pump") == 0) {
		timer_set(load.loop, &load.over,
			  loop_now(load.loop) + 1000 * load.argument);
		pump();
	} else {
		load.trips_us =
			calloc((size_t)load.argument + 1, sizeof(double));
		next_trip();
	}
}

static void on_over(struct timer *timer)
{
	(void)timer;
	printf("octets %llu\nseconds %.3f\n", (unsigned long long)load.received,
	       seconds() - load.began);
	loop_stop(load.loop);
}

/* --- logging in --- */

static void dial_more(void);

static void step_login(struct terminal *t, const uint8_t *bytes, size_t len)
{
	static const enum line_event events[] = {
		[LOGIN_MORE] = LINE_SAID,
		[LOGIN_OK] = LINE_PROVEN,
		[LOGIN_REFUSED] = LINE_UNPROVEN,
	};
	struct login_out out;
	enum login_status s;

	if (!t->login)
		t->login = login_client_new(t->self.id, &t->account->secret,
					    t->binding);
	s = login_step(t->login, bytes, len, &out);
	if (s != LOGIN_MORE) {
		login_free(t->login);
		t->login = NULL;
	}
	step(t, (struct line_input){ .event = events[s],
				     .sasl = { out.bytes, out.length } });
}

static void carry_out(struct terminal *t, const struct effects *done)
{
	for (size_t i = 0; i < done->count; i++) {
		const struct effect *e = &done->items[i];

		if (e->kind == EFFECT_SEND) {
			if (link_send(t->link, effects_bytes(done, e),
				      e->length) != OK)
				fail("a connection broke");
		} else if (e->kind == EFFECT_LOGIN) {
			step_login(t, effects_bytes(done, e), e->length);
		} else if (e->kind == EFFECT_CLOSE) {
			fail("the relay does not let us in");
		}
	}
}

static void on_all_up(void)
{
	printf("up %zu\nlogin_seconds %.3f\n", load.up, seconds() - load.began);
	fflush(stdout);
	if (strcmp(load.mode, "hold") == 0)
		return;
	for (size_t i = 0; i < load.wanted; i += 2)
		call_neighbour(&load.terminals[i]);
}

static void step(struct terminal *t, struct line_input in)
{
	struct effects done;
	enum line_news news;

	effects_init(&done);
	news = line_step(&t->line, &t->self, &in, loop_now(load.loop), &done);
	carry_out(t, &done);
	effects_fini(&done);
	if (news == LINE_RING)
		step(t, (struct line_input){ .event = LINE_ACCEPT,
					     .terms = { .procedures = 1 } });
	else if (news == LINE_TALK)
		on_talk(t);
	else if (news == LINE_OVER)
		on_call_over(t);
	else if (news == LINE_UP && ++load.up == load.wanted)
		on_all_up();
	else if (news == LINE_UP)
		dial_more();
}

static void on_opened(void *owner, struct link *l, const uint8_t *binding)
{
	struct terminal *t = terminal_of(l);

	(void)owner;
	memcpy(t->binding, binding, sizeof(t->binding));
	step(t, (struct line_input){ .event = LINE_OPENED });
}

static void on_frame(void *owner, struct link *l, const struct frame *f)
{
	struct terminal *t = terminal_of(l);
	struct message m;

	(void)owner;
	(void)line_heard(&t->line, loop_now(load.loop));
	if (f->type == MESSAGE_DATA)
		on_data(t, f);
	else if (message_decode(&m, f) == MESSAGE_OK)
		step(t, (struct line_input){ .event = line_event_of(m.type),
					     .message = &m });
}

static void on_bad(void *owner, struct link *l)
{
	(void)owner;
	(void)l;
	fail("the relay sent no frame");
}

static void on_closed(void *owner, struct link *l, const char *sentence)
{
	(void)owner;
	(void)l;
	fail(sentence);
}

static const struct link_handlers handlers = { on_opened, on_frame, on_bad,
					       on_closed };

static void dial_more(void)
{
	while (load.dialled < load.wanted &&
	       load.dialled - load.up < DIALLING_MAX) {
		struct terminal *t = &load.terminals[load.dialled];
		struct link_target to;

		t->account = &load.accounts[load.dialled % load.account_count];
		t->self.software = "load";
		t->next = (struct timer){ .due = on_next, .owner = t };
		memcpy(t->self.id, t->account->join.id, sizeof(t->self.id));
		line_init(&t->line, load.dialled, loop_now(load.loop));
		to = (struct link_target){
			.host = t->account->join.relays.at[0].host,
			.port = t->account->join.relays.at[0].port,
			.tls = t->account->tls,
		};
		t->link = link_new(load.loop, load.dialled++, &to, &handlers,
				   NULL);
		if (!t->link)
			fail("out of memory");
	}
}

/* --- the program --- */

static void read_urls(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024];
	struct why why;

	if (!file)
		fail("no such file of URLs");
	load.accounts = calloc(ACCOUNTS_MAX, sizeof(*load.accounts));
	while (load.account_count < ACCOUNTS_MAX &&
	       fgets(line, sizeof(line), file)) {
		struct account *a = &load.accounts[load.account_count++];

		line[strcspn(line, "\n")] = '\0';
		if (address_join_decode(&a->join, line, &why) != OK)
			fail(why.text);
		memcpy(a->secret.text, a->join.secret, sizeof(a->secret.text));
		/* One context will do: they pin the same relay. */
		a->tls = load.accounts[0].tls;
		if (!a->tls &&
		    tls_context_client(&a->tls, a->join.pin, &why) != OK)
			fail(why.text);
	}
	fclose(file);
}

static void on_input(struct watch *w, unsigned what)
{
	(void)w;
	(void)what;
	loop_stop(load.loop);
}

/* Signs of life of those that are idle. */
static void on_sweep(struct timer *timer)
{
	int64_t now = loop_now(load.loop);
	struct effects out;

	effects_init(&out);
	for (size_t i = 0; i < load.dialled; i++) {
		struct terminal *t = &load.terminals[i];

		if (line_due(&t->line, now) == LINE_PING_DUE)
			line_ping(&t->line, &t->self, t->line.keepalive_ms, now,
				  &out);
		carry_out(t, &out);
		effects_clear(&out);
	}
	effects_fini(&out);
	timer_set(load.loop, timer, now + SWEEP_MS);
}

static size_t terminals_wanted(void)
{
	if (strcmp(load.mode, "hold") == 0)
		return (size_t)load.argument;
	return strcmp(load.mode, "calls") == 0 ? 2 * (size_t)load.argument : 2;
}

int main(int argc, char **argv)
{
	bool told;

	if (argc != 4)
		fail("see the head of bench/load.c");
	load.loop = loop_new();
	load.mode = argv[1];
	load.argument = atol(argv[3]);
	load.wanted = terminals_wanted();
	load.terminals = calloc(load.wanted, sizeof(*load.terminals));
	load.over = (struct timer){ .due = on_over };
	read_urls(argv[2]);
	load.began = seconds();
	load.input = (struct watch){ .fd = STDIN_FILENO,
				     .interest = LOOP_READ,
				     .ready = on_input };
	told = strcmp(load.mode, "hold") == 0 ||
	       strcmp(load.mode, "calls") == 0;
	if (told && loop_watch(load.loop, &load.input) != OK)
		fail("standard input cannot be watched");
	load.sweep = (struct timer){ .due = on_sweep };
	timer_set(load.loop, &load.sweep, loop_now(load.loop) + SWEEP_MS);
	dial_more();
	loop_run(load.loop);
	return 0;
}
