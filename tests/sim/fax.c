/* SPDX-License-Identifier: Apache-2.0 */
#include "fax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal_node.h"

enum { OUT_MAX = 65536 };

static void take_orders(struct fax *f, struct transfer_orders *o);

static struct world *world_of(const struct fax *f)
{
	return f->terminal->world;
}

static bool trapped(struct fax *f, enum world_trap at)
{
	return world_trapped(world_of(f), f->terminal->node, at);
}

static void step(struct fax *f, struct transfer_input in)
{
	struct transfer_orders o;

	if (f->over)
		return;
	transfer_step(&f->transfer, &in, world_now(world_of(f)), &o);
	take_orders(f, &o);
}

/* --- what goes into the pipe --- */

void fax_flush(struct fax *f)
{
	while (buf_length(&f->out) > 0) {
		size_t n = buf_length(&f->out);

		if (n > FRAME_PAYLOAD_MAX)
			n = FRAME_PAYLOAD_MAX;
		if (!terminal_node_say(f->terminal, f->number,
				       buf_front(&f->out), n)) {
			buf_consume(&f->out, buf_length(&f->out));
			return;
		}
		buf_consume(&f->out, n);
	}
}

static void say(struct fax *f, const struct pipe_message *m)
{
	uint8_t frame[FRAME_MAX];
	size_t len = pipe_encode(m, frame, sizeof(frame));
	char text[200];

	pipe_print(m, text, sizeof(text));
	if (m->type != PIPE_IFP && m->type != PIPE_TAKEN)
		world_trace(world_of(f), f->terminal->node, "call %u says %s",
			    f->number, text);
	if (len == 0 || buf_append(&f->out, frame, len) != OK)
		abort();
}

/* --- the inbox --- */

/* The title is the job's number in the ledger: both ends know it so. */
static void look_up(struct fax *f)
{
	struct terminal_node *t = f->terminal;
	struct transfer_input in = { .event = TRANSFER_NEW };
	const struct disk_fax *known;

	memcpy(&f->job, f->transfer.job, sizeof(f->job));
	known = disk_find(&t->disk, f->job);
	if (known) {
		in.event = TRANSFER_KNOWN;
		t->world->seen[SEEN_STORED_ALREADY]++;
		in.pages = known->pages;
	} else {
		f->incoming = t->node->full ? -1 : disk_begin(&t->disk, f->job);
		if (f->incoming < 0) {
			t->world->seen[SEEN_FULL]++;
			in.event = TRANSFER_UNABLE;
			in.again = true;
			in.sentence = "The far end cannot store faxes.";
		}
	}
	step(f, in);
}

void fax_abandon(struct fax *f)
{
	if (f->incoming >= 0)
		f->terminal->disk.incoming[f->incoming].used = false;
	f->incoming = -1;
}

static bool move_in(struct fax *f, bool complete)
{
	struct terminal_node *t = f->terminal;
	int incoming = f->incoming;

	t->disk.incoming[incoming].recorded = complete;
	if (complete && trapped(f, TRAP_STORING))
		return false;
	f->incoming = -1;
	if (t->node->full) {
		t->disk.incoming[incoming].used = false;
		return false;
	}
	t->world->seen[SEEN_PARTIAL] += !complete;
	if (disk_move_in(&t->disk, incoming, complete))
		world_of(f)->jobs[f->job].stored++;
	if (complete)
		(void)trapped(f, TRAP_STORED);
	return true;
}

static void store(struct fax *f, bool complete)
{
	struct transfer_input in = { .event = TRANSFER_SAVED };

	if (f->terminal->node->dying)
		return;
	if (!move_in(f, complete)) {
		in.event = TRANSFER_UNSAVED;
		in.again = true;
		in.sentence = "The far end could not store the fax.";
	}
	step(f, in);
}

/* --- orders --- */

static void start_engine(struct fax *f)
{
	engine_start(&f->engine, world_of(f),
		     f->transfer.role == TRANSFER_CALLER, f->job,
		     f->transfer.expected);
}

static void report(struct fax *f)
{
	if (f->over)
		return;
	f->over = true;
	fax_flush(f);
	terminal_node_finished(f->terminal, f->number, &f->transfer.result);
}

static void take_order(struct fax *f, enum transfer_order order,
		       const struct transfer_orders *o)
{
	switch (order) {
	case TRANSFER_SAY:
		say(f, &o->message);
		break;
	case TRANSFER_LOOK_UP:
		look_up(f);
		break;
	case TRANSFER_START:
		start_engine(f);
		break;
	case TRANSFER_STOP:
		engine_stop(&f->engine);
		break;
	case TRANSFER_PROGRESS:
		terminal_node_progress(f->terminal, f->number,
				       f->transfer.pages);
		break;
	case TRANSFER_STORE:
		store(f, true);
		break;
	case TRANSFER_STORE_PARTIAL:
		store(f, false);
		break;
	case TRANSFER_ABANDON:
		fax_abandon(f);
		break;
	case TRANSFER_HANG_UP:
		fax_flush(f);
		terminal_node_hang_up(f->terminal, f->number, o->reason);
		break;
	case TRANSFER_REPORT:
		report(f);
		break;
	}
}

static void take_orders(struct fax *f, struct transfer_orders *o)
{
	for (int i = 0; i < o->count; i++)
		take_order(f, o->items[i], o);
}

/* --- the engine --- */

static void on_page(struct fax *f, uint16_t pages)
{
	if (f->incoming >= 0)
		f->terminal->disk.incoming[f->incoming].pages = pages;
	step(f, (struct transfer_input){ .event = TRANSFER_CHILD_PAGE,
					 .pages = pages });
	(void)trapped(f, TRAP_PAGE);
}

static void step_engine(struct fax *f)
{
	struct engine_out out;

	engine_step(&f->engine, &out);
	if (out.does == ENGINE_PAGE)
		on_page(f, out.pages);
	if (out.does == ENGINE_PAGE || out.does == ENGINE_SAYS)
		say(f, &(struct pipe_message){ .type = PIPE_IFP,
					       .ifp = { out.ifp, out.len } });
	if (out.does == ENGINE_DONE)
		step(f, (struct transfer_input){
				.event = TRANSFER_CHILD_DONE,
				.good = out.good,
				.again = true,
				.pages = out.pages,
				.sentence = out.good ? "" : "The fax broke." });
}

/* --- what comes out of the pipe --- */

static void take_message(struct fax *f, const struct pipe_message *m)
{
	enum transfer_event e = transfer_event_of(m->type);

	if (e != TRANSFER_EVENTS) {
		step(f, (struct transfer_input){ .event = e, .message = m });
	} else if (m->type == PIPE_IFP) {
		engine_ifp(&f->engine, m->ifp);
		say(f, &(struct pipe_message){
			       .type = PIPE_TAKEN,
			       .taken = { .octets = f->engine.heard } });
	} else {
		engine_taken(&f->engine, m->taken.octets);
	}
}

void fax_data(struct fax *f, const uint8_t *bytes, size_t len)
{
	struct pipe_message m;
	struct frame frame;

	if (f->over)
		return;
	deframe_feed(&f->in, bytes, len);
	while (!f->over && deframe_next(&f->in, &frame) == FRAME_DONE) {
		if (pipe_decode(&m, &frame) == PIPE_OK)
			take_message(f, &m);
		else
			world_fail(world_of(f), "%s: call %u: bad pipe",
				   f->terminal->node->name, f->number);
	}
}

void fax_over(struct fax *f, uint16_t reason)
{
	step(f, (struct transfer_input){ .event = TRANSFER_CALL_OVER,
					 .reason = reason });
}

void fax_cancel(struct fax *f)
{
	step(f, (struct transfer_input){ .event = TRANSFER_CANCEL });
}

/* --- time --- */

int64_t fax_next(const struct fax *f)
{
	int64_t at = transfer_deadline(&f->transfer);

	if (f->over)
		return INT64_MAX;
	at = at == INT64_MAX ? at : at * 1000;
	return engine_next(&f->engine) < at ? engine_next(&f->engine) : at;
}

void fax_step(struct fax *f)
{
	if (engine_next(&f->engine) <= world_of(f)->now_us) {
		step_engine(f);
		return;
	}
	step(f, (struct transfer_input){ .event = TRANSFER_DUE });
	if (!f->over &&
	    transfer_deadline(&f->transfer) <= world_now(world_of(f)))
		world_fail(world_of(f), "%s: call %u is due in the past in %s",
			   f->terminal->node->name, f->number,
			   transfer_state_name(f->transfer.state));
}

/* --- making and unmaking --- */

struct fax *fax_new(struct terminal_node *t, uint32_t number,
		    const char *far_id, int job)
{
	struct fax *f = calloc(1, sizeof(*f));
	struct transfer_orders o = { .count = 0 };
	uint8_t id[PIPE_JOB_SIZE] = { 0 };
	int64_t now = world_now(t->world);

	if (!f)
		abort();
	f->terminal = t;
	f->number = number;
	f->job = job;
	f->incoming = -1;
	snprintf(f->far_id, sizeof(f->far_id), "%s", far_id);
	memcpy(id, &job, sizeof(job));
	deframe_init(&f->in);
	buf_init(&f->out, OUT_MAX);
	if (job >= 0)
		transfer_init_caller(&f->transfer, id, "fax",
				     t->world->jobs[job].pages, now, &o);
	else
		transfer_init_callee(&f->transfer, now);
	take_orders(f, &o);
	return f;
}

void fax_free(struct fax *f)
{
	if (!f)
		return;
	deframe_fini(&f->in);
	buf_fini(&f->out);
	free(f);
}
