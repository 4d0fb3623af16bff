/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include <string.h>

enum {
	PATIENCE_US = 60000000, /* as PATIENCE_S in src/terminal/call.c */
	UNTAKEN_MAX = 1200,	/* octets under way */
	PACKETS_MAX = 6,	/* a page */
	PACKET_MIN = 40,
	PACKET_MAX = 240,
};

enum word { WORD_PAGE = 1, WORD_CONFIRM = 2 };

/* What a packet says, in its first octets. */
struct packet {
	uint8_t word;
	uint8_t last_packet, last_page, spare;
	uint16_t page, packet;
	int32_t job;
};

static int64_t between(struct engine *e, int64_t from, int64_t to)
{
	return world_between(e->world, DICE_ENGINE, from, to);
}

static void be_patient(struct engine *e)
{
	e->patience_us = e->world->now_us + PATIENCE_US;
}

static void wait_for(struct engine *e, enum engine_state state, int64_t us)
{
	e->state = state;
	e->due_us = us == INT64_MAX ? us : e->world->now_us + us;
}

static bool goes_wrong(struct engine *e)
{
	return world_dice(e->world, DICE_ENGINE, 100) < e->world->fault_percent;
}

static int64_t packet_time(struct engine *e)
{
	return between(e, e->world->page_min_us, e->world->page_max_us) /
	       e->packets;
}

static void next_page(struct engine *e)
{
	e->page++;
	e->packet = 0;
	e->packets =
		(uint16_t)(1 + world_dice(e->world, DICE_ENGINE, PACKETS_MAX));
	if (goes_wrong(e))
		wait_for(e, ENGINE_BREAKING, packet_time(e));
	else
		wait_for(e, ENGINE_SENDING, packet_time(e));
}

void engine_start(struct engine *e, struct world *w, bool caller, int job,
		  uint16_t pages)
{
	*e = (struct engine){ .world = w,
			      .caller = caller,
			      .job = job,
			      .pages = caller ? pages : 0 };
	be_patient(e);
	if (caller)
		next_page(e);
	else
		wait_for(e, ENGINE_LISTENING, INT64_MAX);
}

bool engine_runs(const struct engine *e)
{
	return e->state != ENGINE_IDLE && e->state != ENGINE_OVER;
}

void engine_stop(struct engine *e)
{
	if (engine_runs(e))
		wait_for(e, ENGINE_STOPPING, between(e, 1000, 50000));
}

void engine_break(struct engine *e)
{
	if (engine_runs(e) && e->state != ENGINE_STOPPING)
		wait_for(e, ENGINE_BREAKING, 0);
}

/* --- what comes --- */

static void take_page(struct engine *e, const struct packet *p)
{
	if (e->caller || p->page != e->pages + 1 || p->packet != e->packet + 1)
		world_fail(e->world,
			   "job %d: page %u, packet %u came after %u, %u",
			   e->job + 1, p->page, p->packet, e->pages, e->packet);
	e->packet = p->packet;
	e->last = p->last_page;
	if (!p->last_packet)
		return;
	e->packet = 0;
	if (goes_wrong(e))
		wait_for(e, ENGINE_BREAKING, between(e, 0, 100000));
	else
		wait_for(e, ENGINE_WRITING, between(e, 1000, 100000));
}

static void take_confirm(struct engine *e, const struct packet *p)
{
	if (!e->caller || e->state != ENGINE_CONFIRMED || p->page != e->page)
		world_fail(e->world, "job %d: page %u was confirmed at %u",
			   e->job + 1, p->page, e->page);
	if (e->page == e->pages)
		wait_for(e, ENGINE_ENDING, between(e, 1000, 50000));
	else
		next_page(e);
}

void engine_ifp(struct engine *e, struct span ifp)
{
	struct packet p;

	e->heard += ifp.len;
	if (!engine_runs(e) || e->state == ENGINE_STOPPING ||
	    e->state == ENGINE_BREAKING)
		return;
	be_patient(e);
	memcpy(&p, ifp.at, sizeof(p));
	if (p.job != e->job)
		world_fail(e->world, "a packet of job %d came in job %d's call",
			   p.job + 1, e->job + 1);
	else if (p.word == WORD_PAGE)
		take_page(e, &p);
	else
		take_confirm(e, &p);
}

void engine_taken(struct engine *e, uint64_t octets)
{
	if (octets < e->taken || octets > e->said)
		world_fail(e->world, "job %d: %llu octets taken of %llu",
			   e->job + 1, (unsigned long long)octets,
			   (unsigned long long)e->said);
	e->taken = octets;
	be_patient(e);
}

/* --- what goes --- */

static void say(struct engine *e, struct engine_out *out, struct packet p)
{
	p.job = e->job;
	memset(out->ifp, 0, sizeof(out->ifp));
	memcpy(out->ifp, &p, sizeof(p));
	out->len = p.word == WORD_PAGE
			   ? (size_t)between(e, PACKET_MIN, PACKET_MAX)
			   : sizeof(p);
	e->said += out->len;
}

static void send_packet(struct engine *e, struct engine_out *out)
{
	bool last = ++e->packet == e->packets;

	out->does = ENGINE_SAYS;
	say(e, out,
	    (struct packet){ .word = WORD_PAGE,
			     .last_packet = last,
			     .last_page = e->page == e->pages,
			     .page = e->page,
			     .packet = e->packet });
	if (last)
		wait_for(e, ENGINE_CONFIRMED, INT64_MAX);
	else
		wait_for(e, ENGINE_SENDING, packet_time(e));
}

static void finish_page(struct engine *e, struct engine_out *out)
{
	out->does = ENGINE_PAGE;
	out->pages = ++e->pages;
	say(e, out, (struct packet){ .word = WORD_CONFIRM, .page = e->pages });
	if (e->last)
		wait_for(e, ENGINE_ENDING, between(e, 1000, 50000));
	else
		wait_for(e, ENGINE_LISTENING, INT64_MAX);
}

static void be_done(struct engine *e, struct engine_out *out, bool good)
{
	out->does = ENGINE_DONE;
	out->good = good;
	out->pages = e->caller ? (uint16_t)(e->page - 1) : e->pages;
	if (good && e->caller)
		out->pages = e->pages;
	wait_for(e, ENGINE_OVER, INT64_MAX);
}

static bool held_back(const struct engine *e)
{
	return e->state == ENGINE_SENDING && e->said - e->taken > UNTAKEN_MAX;
}

int64_t engine_next(const struct engine *e)
{
	if (!engine_runs(e))
		return INT64_MAX;
	if (held_back(e) || e->patience_us < e->due_us)
		return e->patience_us;
	return e->due_us;
}

void engine_step(struct engine *e, struct engine_out *out)
{
	out->does = ENGINE_NOTHING;
	if (e->patience_us <= e->world->now_us) {
		be_done(e, out, false);
		return;
	}
	switch (e->state) {
	case ENGINE_SENDING:
		send_packet(e, out);
		break;
	case ENGINE_WRITING:
		finish_page(e, out);
		break;
	case ENGINE_ENDING:
		be_done(e, out, true);
		break;
	case ENGINE_BREAKING:
	case ENGINE_STOPPING:
		be_done(e, out, false);
		break;
	case ENGINE_IDLE:
	case ENGINE_CONFIRMED:
	case ENGINE_LISTENING:
	case ENGINE_OVER:
		break;
	}
}
