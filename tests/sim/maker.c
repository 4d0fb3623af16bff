/* SPDX-License-Identifier: Apache-2.0 */
#include "maker.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 5, STATEMENTS_MAX = 36 };

static const char *const names[NAMES] = { "ana", "ben", "carl", "dora",
					  "emil" };

struct maker {
	uint64_t random;
	char *text;
	size_t used;
	unsigned terminals;
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

static const char *anyone(struct maker *m)
{
	return names[dice(m, m->terminals)];
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

	write(m, "terminal %s@north%s%s%s\n", names[i],
	      dice(m, 3) ? " online" : "",
	      lines[dice(m, sizeof(lines) / sizeof(lines[0]))],
	      dice(m, 6) ? "" : more[dice(m, 4)]);
}

static void make_stage(struct maker *m)
{
	static const char *const relays[] = { "", "", " keepalive 5s",
					      " keepalive 2s ring 3s",
					      " stall 10s drain 5s" };
	static const char *const delays[] = { "0us to 200us", "1ms to 20ms",
					      "1ms to 20ms", "20ms to 90ms",
					      "5ms to 900ms" };
	static const char *const mails[] = { "0us", "100us", "2ms", "60ms" };
	static const char *const pages[] = { "10ms to 100ms", "200ms to 1s",
					     "1s to 6s" };
	static const unsigned faults[] = { 0, 0, 2, 10 };

	write(m, "relay north%s\n", relays[dice(m, 5)]);
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
	const char *who = dice(m, 3) ? anyone(m) : "north";

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

	write(m, "%s %s%s\n", verbs[what], dice(m, 8) ? anyone(m) : "north",
	      what == 1 || what == 2 ? " silently" : "");
}

static void slow(struct maker *m)
{
	static const unsigned ms[] = { 0, 5, 50, 400 };

	write(m, "slow %s %ums\n", dice(m, 6) ? anyone(m) : "north",
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
		write(m, "north %s\n", dice(m, 2) ? "drains" : "starts");
	else
		write(m, "%s %s\n", words[dice(m, 6)], anyone(m));
}

static void something(struct maker *m)
{
	unsigned what = dice(m, 100);

	/* Much happens at once, or nearly. */
	if (dice(m, 3))
		m->at_ms += dice(m, dice(m, 2) ? 60 : (unsigned)m->span_ms);
	write(m, "at %" PRId64 "ms ", m->at_ms);
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
		write(m, "%s starts\n", dice(m, 2) ? anyone(m) : "north");
}

void maker_make(uint64_t seed, char text[MAKER_TEXT_MAX])
{
	struct maker m = { .random = (seed + 1) * 0x9e3779b97f4a7c15,
			   .text = text };
	static const unsigned spans[] = { 300, 2000, 10000 };
	unsigned statements;

	for (int i = 0; i < 4; i++) /* seeds in a row must not look alike */
		(void)dice(&m, 2);
	write(&m, "seed %u\n", (unsigned)(seed % 1000000));
	make_stage(&m);
	m.span_ms = spans[dice(&m, 3)];
	statements = 2 + dice(&m, STATEMENTS_MAX - 2);
	for (unsigned i = 0; i < statements; i++)
		something(&m);
	write(&m, "at %" PRId64 "ms heal; settle\n", m.at_ms + dice(&m, 20000));
}
