/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	TICK_MS = 20,
	OVERHEAD = 8, /* octets that frame a message on the path */
};

struct pair_message {
	struct pair_message *next;
	int64_t due_us;
	bool is_taken;
	uint64_t taken;
	size_t len;
	uint8_t bytes[];
};

static void post(struct pair_end *to, bool is_taken, uint64_t taken,
		 const uint8_t *bytes, size_t len)
{
	struct pair_message *m = calloc(1, sizeof(*m) + len);
	int64_t now_us = to->pair->now_ms * 1000;
	uint32_t rate = to->pair->octets_per_s;

	assert_non_null(m);
	m->is_taken = is_taken;
	m->taken = taken;
	m->len = len;
	if (len > 0)
		memcpy(m->bytes, bytes, len);
	if (to->path_free_us < now_us)
		to->path_free_us = now_us;
	if (rate > 0)
		to->path_free_us += (int64_t)(len + OVERHEAD) * 1000000 / rate;
	m->due_us = to->path_free_us;
	if (to->last)
		to->last->next = m;
	else
		to->first = m;
	to->last = m;
}

static bool on_packet(void *context, const uint8_t *bytes, size_t len)
{
	struct pair_end *e = context;

	if (len > e->longest_packet)
		e->longest_packet = len;
	pace_sent(&e->pace, len);
	post(e->far, false, 0, bytes, len);
	return true;
}

static void on_identity(void *context, const char *text)
{
	struct pair_end *e = context;

	snprintf(e->identity, sizeof(e->identity), "%s", text);
	e->identities++;
}

static enum err on_page(void *context, const struct engine_page *page)
{
	struct pair_end *e = context;

	assert_true(e->page_count < PAIR_PAGES_MAX);
	if (e->page_answer == OK)
		e->pages[e->page_count++] = *page;
	return e->page_answer;
}

static void on_finished(void *context, enum outcome how, unsigned pages)
{
	struct pair_end *e = context;

	assert_false(e->finished);
	e->finished = true;
	e->how = how;
	e->finished_pages = pages;
}

static void init_end(struct pair_end *e, struct pair *p,
		     const struct engine_setup *setup, int fd, bool caller)
{
	struct engine_setup mine = *setup;
	struct engine_handlers handlers = { e, on_packet, on_identity, on_page,
					    on_finished };
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	mine.caller = caller;
	mine.path = path;
	mine.identifier =
		caller ? "+1 555 0100 CALLER" : "CALLEE 1234567890123";
	e->pair = p;
	pace_init(&e->pace, setup->unpaced ? 0 : PACE_LINE_OCTETS, 0);
	e->engine = engine_new(&mine, &handlers);
	assert_non_null(e->engine);
}

void pair_init(struct pair *p, const struct engine_setup *setup, int from,
	       int to)
{
	memset(p, 0, sizeof(*p));
	p->caller.far = &p->callee;
	p->callee.far = &p->caller;
	init_end(&p->caller, p, setup, from, true);
	init_end(&p->callee, p, setup, to, false);
}

static void drop_messages(struct pair_end *e)
{
	while (e->first) {
		struct pair_message *next = e->first->next;

		free(e->first);
		e->first = next;
	}
	e->last = NULL;
}

void pair_fini(struct pair *p)
{
	struct pair_end *ends[] = { &p->caller, &p->callee };

	for (int i = 0; i < 2; i++) {
		engine_free(ends[i]->engine);
		drop_messages(ends[i]);
	}
}

static void deliver(struct pair_end *e, const struct pair_message *m)
{
	int times = 1;

	if (m->is_taken) {
		assert_true(pace_taken(&e->pace, m->taken, e->pair->now_ms));
		return;
	}
	if (++e->pair->packets == e->pair->tamper_at)
		times = e->pair->tamper == PAIR_DROP ? 0 : 2;
	for (int i = 0; i < times; i++)
		engine_packet(e->engine, m->bytes, m->len);
	engine_advance(e->engine, 0);
	pace_received(&e->pace, m->len);
}

/* True when something arrived. */
static bool run_end(struct pair_end *e, int64_t step_ms)
{
	bool moved = false;

	while (e->first && e->first->due_us <= e->pair->now_ms * 1000) {
		struct pair_message *m = e->first;

		e->first = m->next;
		if (!e->first)
			e->last = NULL;
		deliver(e, m);
		free(m);
		moved = true;
	}
	if (!e->pair->clock_never_stands)
		step_ms = pace_step(&e->pace, e->pair->now_ms);
	engine_advance(e->engine, step_ms);
	if (e->pace.received > e->told) {
		e->told = e->pace.received;
		post(e->far, true, e->told, NULL, 0);
	}
	return moved;
}

void pair_run(struct pair *p, int64_t limit_ms)
{
	int64_t step_ms = 0;

	while (!p->caller.finished || !p->callee.finished) {
		bool moved = run_end(&p->caller, step_ms);

		moved |= run_end(&p->callee, step_ms);
		if (p->stop_after && p->callee.page_count >= p->stop_after) {
			engine_stop(p->caller.engine, OUTCOME_CUT);
			engine_stop(p->callee.engine, OUTCOME_CUT);
		}
		step_ms = moved ? 0 : TICK_MS;
		p->now_ms += step_ms;
		if (p->now_ms > limit_ms)
			return;
	}
}
