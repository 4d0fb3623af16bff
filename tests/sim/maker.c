/* SPDX-License-Identifier: Apache-2.0 */
#include "maker.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAMES = 5,
	STATEMENTS_MAX = 36,
	/* One seed in so many makes a network, and one a large one that
	 * tells news only. */
	NETWORK_EACH = 4,
	LARGE_EACH = 200,
	RELAYS_MAX = 50,
	LINKS_MAX = 2 * RELAYS_MAX,
	PEOPLE_MAX = 30, /* in a large one */
};

static const char *const names[NAMES] = { "ana", "ben", "carl", "dora",
					  "emil" };

struct maker {
	uint64_t random;
	char *text;
	size_t used;
	unsigned terminals;
	unsigned relays;
	unsigned links[LINKS_MAX][2]; /* relays */
	unsigned link_count;
	int64_t at_ms, span_ms;
};

/* xorshift64 (Marsaglia 2003). */
static unsigned dice(struct maker *m, unsigned sides)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (unsigned)(m->random >> 33) % sides;
}

__attribute__((format(printf, 2, 3))) static void write(struct maker *m,
							const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(m->text + m->used, MAKER_TEXT_MAX - m->used, format,
		      args);
	va_end(args);
	m->used += (size_t)n;
	if (m->used >= MAKER_TEXT_MAX)
		abort();
}

/* Good until the one after the next. */
static const char *name_of(char letter, unsigned i)
{
	static char text[2][16];
	static unsigned next;
	char *out = text[next++ % 2];

	snprintf(out, sizeof(text[0]), "%c%u", letter, i);
	return out;
}

static const char *terminal_name(unsigned i)
{
	return i < NAMES ? names[i] : name_of('t', i);
}

static const char *relay_name_of(unsigned i)
{
	static const char *const relays[] = { "north", "south", "east", "west",
					      "mid" };

	return i < sizeof(relays) / sizeof(relays[0]) ? relays[i]
						      : name_of('r', i);
}

static const char *anyone(struct maker *m)
{
	return terminal_name(dice(m, m->terminals));
}

static const char *any_relay(struct maker *m)
{
	return relay_name_of(m->relays > 1 ? dice(m, m->relays) : 0);
}

/* --- the stage --- */

static void make_terminal(struct maker *m, unsigned i)
{
	static const char *const lines[] = { "",	 "",
					     " lines 1", " lines 1 spares 0",
					     " lines 2", " lines 3 spares 2",
					     " spares 0" };

	static const char *const more[] = { " silent", " refusing", " far 40ms",
					    " far 300ms" };

	write(m, "terminal %s@%s%s%s%s\n", names[i], any_relay(m),
	      dice(m, 3) ? " online" : "",
	      lines[dice(m, sizeof(lines) / sizeof(lines[0]))],
	      dice(m, 6) ? "" : more[dice(m, 4)]);
}

/* In a network. */
static void make_guest(struct maker *m, unsigned i)
{
	static const char *const lines[] = { "", " spares 2", " spares 3",
					     " lines 1", " lines 3" };

	write(m, "terminal %s@%s%s%s", terminal_name(i), any_relay(m),
	      dice(m, 4) ? " online" : "", lines[dice(m, 5)]);
	if (i > 0 && dice(m, 4) == 0)
		write(m, " also %s", any_relay(m));
	if (dice(m, 10) == 0)
		write(m, " %s", dice(m, 2) ? "silent" : "refusing");
	write(m, "\n");
}

static void make_link(struct maker *m, unsigned one, unsigned other)
{
	static const char *const lines[] = { "",	  "",
					     " spares 0", " spares 2",
					     " lines 1",  " lines 2 spares 2" };

	if (one == other || m->link_count == LINKS_MAX)
		return;
	for (unsigned i = 0; i < m->link_count; i++)
		if (m->links[i][0] == one && m->links[i][1] == other)
			return;
	m->links[m->link_count][0] = one;
	m->links[m->link_count++][1] = other;
	write(m, "link %s-%s%s\n", relay_name_of(one), relay_name_of(other),
	      m->relays > NAMES ? "" : lines[dice(m, 6)]);
}

static const char *const relay_options[] = { "", "", " keepalive 5s",
					     " keepalive 2s ring 3s",
					     " stall 10s drain 5s" };

/* A tree that is not deep, so that every relay is within reach of every
 * other, and a few more. */
static void make_relays(struct maker *m)
{
	for (unsigned i = 0; i < m->relays; i++)
		write(m, "relay %s%s%s\n", relay_name_of(i),
		      relay_options[dice(m, 5)],
		      dice(m, 5) ? "" : " clock 10min");
	for (unsigned i = 1; i < m->relays; i++) {
		unsigned up = dice(m, m->relays > NAMES ? 1 + i / 4 : i);

		if (dice(m, 2))
			make_link(m, i, up);
		else
			make_link(m, up, i);
	}
	for (unsigned i = dice(m, m->relays); i > 0; i--)
		make_link(m, dice(m, m->relays), dice(m, m->relays));
}

static void make_network(struct maker *m)
{
	static const char *const delays[] = { "0us to 200us", "1ms to 20ms",
					      "20ms to 90ms", "5ms to 900ms" };

	make_relays(m);
	for (unsigned i = 0; i < m->terminals; i++)
		make_guest(m, i);
	write(m, "delay %s\n", delays[dice(m, 4)]);
	write(m, "mail %s\n", dice(m, 3) ? "100us" : "30ms");
	write(m, "page %s\n", dice(m, 2) ? "10ms to 100ms" : "200ms to 1s");
	write(m, "faults %u percent\n", dice(m, 3) ? 0 : 3);
}

static void make_stage(struct maker *m)
{
	static const char *const delays[] = { "0us to 200us", "1ms to 20ms",
					      "1ms to 20ms", "20ms to 90ms",
					      "5ms to 900ms" };
	static const char *const mails[] = { "0us", "100us", "2ms", "60ms" };
	static const char *const pages[] = { "10ms to 100ms", "200ms to 1s",
					     "1s to 6s" };
	static const unsigned faults[] = { 0, 0, 2, 10 };

	write(m, "relay north%s\n", relay_options[dice(m, 5)]);
	m->terminals = 2 + dice(m, NAMES - 1);
	for (unsigned i = 0; i < m->terminals; i++)
		make_terminal(m, i);
	write(m, "delay %s\n", delays[dice(m, 5)]);
	write(m, "mail %s\n", mails[dice(m, 4)]);
	write(m, "page %s\n", pages[dice(m, 3)]);
	write(m, "faults %u percent\n", faults[dice(m, 4)]);
}

/* --- what happens --- */

static void send(struct maker *m)
{
	unsigned pages = 1 + dice(m, dice(m, 4) ? 3 : 8);

	/* To itself, and to nobody, now and then. */
	write(m, "%s sends %u %s to %s\n", anyone(m), pages,
	      pages == 1 ? "page" : "pages",
	      dice(m, 40) ? anyone(m) : "nobody");
}

static void crash(struct maker *m)
{
	static const char *const moments[] = { "ringing", "connected",
					       "page",	  "storing",
					       "stored",  "confirmed",
					       "ending" };
	const char *who = dice(m, 3) ? anyone(m) : any_relay(m);

	switch (dice(m, 4)) {
	case 0:
		write(m, "%s crashes\n", who);
		break;
	case 1:
		write(m, "%s restarts\n", who);
		break;
	default:
		write(m, "%s crashes when %s\n", who, moments[dice(m, 7)]);
	}
}

static void trouble(struct maker *m)
{
	static const char *const verbs[] = { "cut", "cut", "cut", "block",
					     "unblock" };
	unsigned what = dice(m, 5);

	write(m, "%s %s%s\n", verbs[what],
	      dice(m, 8) ? anyone(m) : any_relay(m),
	      what == 1 || what == 2 ? " silently" : "");
}

static void slow(struct maker *m)
{
	static const unsigned ms[] = { 0, 5, 50, 400 };

	write(m, "slow %s %ums\n", dice(m, 6) ? anyone(m) : any_relay(m),
	      ms[dice(m, 4)]);
}

static void user(struct maker *m)
{
	static const char *const words[] = { "cancels",	 "cancels", "hangs up",
					     "hangs up", "stops",   "logs out",
					     "logs in",	 "starts" };
	if (dice(m, 3) == 0)
		write(m, "%s dials %s\n", anyone(m), anyone(m));
	else
		write(m, "%s %s\n", anyone(m), words[dice(m, 8)]);
}

static void rare(struct maker *m)
{
	static const char *const words[] = { "fill",  "empty",	 "fault",
					     "fault", "disable", "enable" };

	if (dice(m, 4) == 0)
		write(m, "%s %s\n", any_relay(m),
		      dice(m, 2) ? "drains" : "starts");
	else
		write(m, "%s %s\n", words[dice(m, 6)], anyone(m));
}

/* Where it is, or should be. */
static void send_there(struct maker *m)
{
	write(m, "%s sends %u pages to %s", anyone(m), 1 + dice(m, 3),
	      anyone(m));
	if (dice(m, 6) == 0)
		write(m, "@%s", any_relay(m));
	if (dice(m, 30) == 0)
		write(m, "@%s", any_relay(m));
	write(m, "\n");
}

/* Between two relays that are connected. */
static void part(struct maker *m)
{
	static const char *const verbs[] = { "cut", "cut", "block", "unblock" };
	unsigned what = dice(m, 4);
	const unsigned *link = m->links[dice(m, m->link_count)];

	write(m, "%s %s-%s%s\n", verbs[what], relay_name_of(link[0]),
	      relay_name_of(link[1]), what == 1 ? " silently" : "");
}

static void later(struct maker *m)
{
	/* Much happens at once, or nearly. */
	if (dice(m, 3))
		m->at_ms += dice(m, dice(m, 2) ? 60 : (unsigned)m->span_ms);
	write(m, "at %" PRId64 "ms ", m->at_ms);
}

static void something_far(struct maker *m)
{
	unsigned what = dice(m, 100);

	later(m);
	if (what < 45)
		send_there(m);
	else if (what < 65)
		part(m);
	else if (what < 72)
		write(m, "%s moves\n", anyone(m));
	else if (what < 82)
		crash(m);
	else if (what < 90)
		user(m);
	else if (what < 94)
		trouble(m);
	else if (what < 97)
		slow(m);
	else if (what < 98)
		rare(m);
	else
		write(m, "%s restarts\n", any_relay(m));
}

/* Nobody sends anything. */
static void something_new(struct maker *m)
{
	static const char *const words[] = { "logs out", "logs in", "moves",
					     "restarts" };
	unsigned what = dice(m, 10);

	later(m);
	if (what < 3)
		part(m);
	else if (what < 5)
		write(m, "%s restarts\n", any_relay(m));
	else if (what < 6)
		write(m, "%s %s\n", dice(m, 2) ? "disable" : "enable",
		      anyone(m));
	else
		write(m, "%s %s\n", anyone(m), words[dice(m, 4)]);
}

static void something(struct maker *m)
{
	unsigned what = dice(m, 100);

	later(m);
	if (what < 40)
		send(m);
	else if (what < 54)
		crash(m);
	else if (what < 68)
		trouble(m);
	else if (what < 81)
		user(m);
	else if (what < 88)
		slow(m);
	else if (what < 95)
		rare(m);
	else
		write(m, "%s starts\n", dice(m, 2) ? anyone(m) : any_relay(m));
}

/* --- the kinds --- */

static void mend(struct maker *m)
{
	write(m, "at %" PRId64 "ms heal; settle\n", m->at_ms + dice(m, 20000));
}

static void make_one(struct maker *m)
{
	unsigned statements;

	make_stage(m);
	statements = 2 + dice(m, STATEMENTS_MAX - 2);
	for (unsigned i = 0; i < statements; i++)
		something(m);
	mend(m);
}

static void make_small(struct maker *m)
{
	unsigned statements;

	m->relays = 2 + dice(m, 4);
	m->terminals = 2 + dice(m, NAMES - 1);
	make_network(m);
	statements = 2 + dice(m, STATEMENTS_MAX - 2);
	for (unsigned i = 0; i < statements; i++)
		something_far(m);
	mend(m);
}

/* At the end one change is told, and counted. */
static void make_large(struct maker *m)
{
	unsigned statements;

	m->relays = NAMES + 1 + dice(m, RELAYS_MAX - NAMES);
	m->terminals = 2 + dice(m, PEOPLE_MAX - 1);
	make_network(m);
	statements = 2 + dice(m, 2 * STATEMENTS_MAX);
	for (unsigned i = 0; i < statements; i++)
		something_new(m);
	mend(m);
	write(m, "at %" PRId64 "ms count anew;  disable %s;  settle\n",
	      m->at_ms + 20000, names[0]);
	write(m, "at %" PRId64 "ms expect news = %u\n", m->at_ms + 20000,
	      m->relays - 1);
}

void maker_make(uint64_t seed, char text[MAKER_TEXT_MAX])
{
	struct maker m = { .random = (seed + 1) * 0x9e3779b97f4a7c15,
			   .text = text };
	static const unsigned spans[] = { 300, 2000, 10000 };

	for (int i = 0; i < 4; i++) /* seeds in a row must not look alike */
		(void)dice(&m, 2);
	write(&m, "seed %u\n", (unsigned)(seed % 1000000));
	m.span_ms = spans[dice(&m, 3)];
	if (seed % LARGE_EACH == LARGE_EACH - 1)
		make_large(&m);
	else if (seed % NETWORK_EACH == NETWORK_EACH - 1)
		make_small(&m);
	else
		make_one(&m);
}
