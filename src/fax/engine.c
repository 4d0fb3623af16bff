/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/engine.h"

#include <stdlib.h>
#include <string.h>

#include <spandsp.h>
#include <spandsp/expose.h>
#include <tiffio.h>

#include "base/text.h"
#include "fax/ifp.h"
#include "fax/rows.h"
#include "fax/sending.h"

enum {
	SAMPLES_PER_MS = 8, /* the engine's only clock */
	STEP_SAMPLES = 160, /* larger steps break the pace of a line */
	SETTLE_STEPS_MAX = 32,
	/* The library waits for some frames without a timer. T.30's longest
	 * wait is T5, 65 s; and then somebody says something. */
	QUIET_SAMPLES_MAX = 90 * 1000 * SAMPLES_PER_MS,
};

struct engine {
	struct engine_handlers handlers;
	t38_terminal_state_t terminal;
	t30_state_t *t30;	/* inside `terminal` */
	t38_core_state_t *core; /* inside `terminal` */
	struct ifp_check check;
	struct rows rows;
	struct sending sending;
	char identity[ENGINE_IDENTIFIER_MAX + 1];
	bool caller;
	bool is_ending; /* `ending` is how */
	bool is_broken; /* whatever T.30 thinks of it */
	bool is_finished;
	bool has_spoken; /* in this step */
	enum outcome ending;
	const char *fault;
	unsigned pages;
	unsigned complaints; /* of libtiff, when the fax began */
	int64_t owed;	     /* samples that are no whole step yet */
	int64_t quiet;	     /* samples since either side said something */
};

/* libtiff tells of errors through one function for the whole program; the
 * engine writes its files through spandsp, which looks at no result. */
static _Thread_local unsigned tiff_complaints;

static void count_complaint(const char *module, const char *format,
			    va_list arguments)
{
	(void)module;
	(void)format;
	(void)arguments;
	tiff_complaints++;
}

/* The engine must not be taken apart inside its own handlers, so what ends
 * it is noted and done when they have returned. */
static void end_as(struct engine *e, enum outcome how)
{
	if (e->is_ending)
		return;
	e->is_ending = true;
	e->ending = how;
}

/* As end_as(), for what T.30 takes for a success: it looks neither at the
 * disk nor at what became of a page. */
static void break_as(struct engine *e, enum outcome how)
{
	end_as(e, how);
	e->is_broken = true;
}

static int take_packet(t38_core_state_t *core, void *user_data,
		       const uint8_t *bytes, int len, int count)
{
	struct engine *e = user_data;

	(void)core;
	e->quiet = 0;
	e->has_spoken = true;
	(void)count; /* how often to say it on a path that loses packets */
	if (sending_is_lost(bytes, (size_t)len))
		end_as(e, OUTCOME_CONFUSED);
	else if (!e->is_ending &&
		 !e->handlers.packet(e->handlers.context, bytes, (size_t)len))
		break_as(e, OUTCOME_MEMORY);
	/* Minus one ends the engine's loop, and T.30 with it. */
	return e->is_ending ? -1 : 0;
}

static int hear_identity(t30_state_t *t30, void *user_data, int result)
{
	struct engine *e = user_data;
	const char *text = t30_get_rx_ident(t30);

	(void)result;
	if (!text || text[0] == '\0' || e->identity[0] != '\0')
		return T30_ERR_OK;
	for (size_t i = 0; i < ENGINE_IDENTIFIER_MAX && text[i] != '\0'; i++) {
		e->identity[i] = text[i];
		if (text[i] < ' ' || text[i] > '~')
			e->identity[i] = '?';
	}
	e->handlers.identity(e->handlers.context, e->identity);
	return T30_ERR_OK;
}

static enum engine_coding coding_of(int encoding)
{
	switch (encoding) {
	case T4_COMPRESSION_ITU_T6:
		return ENGINE_MMR;
	case T4_COMPRESSION_ITU_T4_2D:
		return ENGINE_MR;
	default:
		return ENGINE_MH;
	}
}

static void tell_page(struct engine *e, const t30_stats_t *stats)
{
	struct engine_page page = {
		.number = ++e->pages,
		.width = (uint32_t)stats->width,
		.length = (uint32_t)stats->length,
		.x_resolution = (uint32_t)stats->x_resolution,
		.y_resolution = (uint32_t)stats->y_resolution,
		.bad_rows = (uint32_t)stats->bad_rows,
		.octets = (uint32_t)stats->image_size,
		.coding = coding_of(stats->encoding),
	};

	if (e->handlers.page(e->handlers.context, &page) != OK) {
		e->pages--;
		break_as(e, OUTCOME_STORAGE);
	}
}

/* A page is over, well or not. What the engine answers leaves only after
 * this has returned. */
static int end_page(t30_state_t *t30, void *user_data, int result)
{
	struct engine *e = user_data;
	t30_stats_t stats;
	int pages;

	(void)result;
	t30_get_transfer_statistics(t30, &stats);
	pages = e->caller ? stats.pages_tx : stats.pages_rx;
	if (e->is_ending)
		return T30_ERR_OK;
	if (!e->caller && tiff_complaints != e->complaints)
		break_as(e, OUTCOME_STORAGE);
	else if (!e->caller && stats.length > ROWS_PAGE_MAX)
		break_as(e, OUTCOME_TOO_LONG);
	else if (pages == (int)e->pages + 1)
		tell_page(e, &stats);
	else if (!e->caller && stats.error_correcting_mode)
		break_as(e, OUTCOME_MALFORMED); /* confirmed, but no image */
	return T30_ERR_OK;
}

static void end_call(t30_state_t *t30, void *user_data, int code)
{
	struct engine *e = user_data;
	enum outcome how = outcome_from_t30(code);

	(void)t30;
	if (how == OUTCOME_DOCUMENT && !e->caller)
		how = OUTCOME_STORAGE;
	if (!e->caller && tiff_complaints != e->complaints)
		how = OUTCOME_STORAGE;
	if (e->is_broken || (e->is_ending && how != OUTCOME_DONE))
		how = e->ending;
	e->is_finished = true;
	e->handlers.finished(e->handlers.context, how, e->pages);
}

static int codings_up_to(enum engine_coding densest)
{
	int codings = T30_SUPPORT_T4_1D_COMPRESSION;

	if (densest >= ENGINE_MR)
		codings |= T30_SUPPORT_T4_2D_COMPRESSION;
	if (densest >= ENGINE_MMR)
		codings |= T30_SUPPORT_T6_COMPRESSION;
	return codings;
}

static void set_up_t30(struct engine *e, const struct engine_setup *setup)
{
	t30_state_t *t30 = e->t30;

	t30_set_ecm_capability(t30, !setup->no_ecm);
	t30_set_supported_compressions(t30, codings_up_to(setup->coding));
	t30_set_supported_resolutions(
		t30,
		T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
			T30_SUPPORT_SUPERFINE_RESOLUTION |
			T30_SUPPORT_R8_RESOLUTION | T30_SUPPORT_R16_RESOLUTION |
			T30_SUPPORT_300_300_RESOLUTION |
			T30_SUPPORT_400_400_RESOLUTION);
	t30_set_supported_image_sizes(
		t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH |
			     T30_SUPPORT_303MM_WIDTH |
			     T30_SUPPORT_UNLIMITED_LENGTH |
			     T30_SUPPORT_A4_LENGTH | T30_SUPPORT_B4_LENGTH |
			     T30_SUPPORT_US_LETTER_LENGTH |
			     T30_SUPPORT_US_LEGAL_LENGTH);
	t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
	t30_set_tx_ident(t30, setup->identifier);
	t30_set_phase_b_handler(t30, hear_identity, e);
	t30_set_phase_d_handler(t30, end_page, e);
	t30_set_phase_e_handler(t30, end_call, e);
	if (setup->caller)
		t30_set_tx_file(t30, setup->path, -1, -1);
	else
		t30_set_rx_file(t30, setup->path, -1);
}

static bool setup_is_sound(const struct engine_setup *setup)
{
	size_t path = strlen(setup->path);

	if (path == 0 || path > ENGINE_PATH_MAX)
		return false;
	for (const char *c = setup->identifier; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return strlen(setup->identifier) <= ENGINE_IDENTIFIER_MAX;
}

struct engine *engine_new(const struct engine_setup *setup,
			  const struct engine_handlers *handlers)
{
	struct engine *e;

	if (!setup_is_sound(setup))
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	TIFFSetErrorHandler(count_complaint);
	TIFFSetWarningHandler(NULL);
	e->handlers = *handlers;
	e->caller = setup->caller;
	e->complaints = tiff_complaints;
	ifp_check_init(&e->check, setup->caller ? HDLC_CALLEE : HDLC_CALLER);
	t38_terminal_init(&e->terminal, setup->caller, take_packet, e);
	e->t30 = t38_terminal_get_t30_state(&e->terminal);
	e->core = t38_terminal_get_t38_core_state(&e->terminal);
	/* Never T30_IAF_MODE_NO_TCF with it: the process would abort. */
	t38_terminal_set_config(&e->terminal,
				setup->unpaced ? T38_TERMINAL_OPTION_NO_PACING
					       : 0);
	t38_set_sequence_number_handling(e->core, 0);
	sending_guard(&e->sending, &e->terminal);
	set_up_t30(e, setup);
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	t38_terminal_release(&e->terminal);
	free(e);
}

/* After each thing that was done to the engine: does it still stand? */
static void look_after(struct engine *e)
{
	enum rows_verdict v;

	if (e->is_finished)
		return;
	v = rows_guard(&e->rows, e->t30);
	if (v == ROWS_RUN_AWAY)
		break_as(e, OUTCOME_MALFORMED);
	else if (v == ROWS_TOO_LONG)
		break_as(e, OUTCOME_TOO_LONG);
	else if (v == ROWS_NO_MEMORY)
		break_as(e, OUTCOME_MEMORY);
	if (e->is_ending)
		t30_terminate(e->t30);
}

static void feed(struct engine *e, const struct ifp *p)
{
	uint8_t bytes[IFP_MAX];
	size_t len = ifp_encode(p, bytes, sizeof(bytes));

	t38_core_rx_ifp_packet(e->core, bytes, (int)len, 0);
	look_after(e);
}

static void refuse(struct engine *e, const char *fault)
{
	e->fault = fault;
	engine_stop(e, OUTCOME_MALFORMED);
}

void engine_packet(struct engine *e, const uint8_t *bytes, size_t len)
{
	struct ifp p, out;

	if (e->is_finished)
		return;
	e->quiet = 0;
	if (!ifp_decode(&p, bytes, len)) {
		refuse(e, "a packet is not T.38");
		return;
	}
	for (unsigned i = 0; i < ifp_steps(&p) && !e->is_finished; i++) {
		enum ifp_verdict v = ifp_check_step(&e->check, &p, i, &out);

		if (v == IFP_PASS)
			feed(e, &out);
		else if (v == IFP_REFUSE)
			refuse(e, e->check.fault);
	}
}

static void step(struct engine *e, int samples)
{
	if (e->is_finished)
		return;
	e->quiet += samples;
	if (e->quiet > QUIET_SAMPLES_MAX)
		end_as(e, OUTCOME_NO_REPLY);
	else
		t38_terminal_send_timeout(&e->terminal, samples);
	look_after(e);
}

/* The front end takes one step of several with each call; when unpaced none
 * of them needs time. */
static void settle(struct engine *e)
{
	const t38_terminal_front_end_state_t *fe = &e->terminal.t38_fe;
	int before;

	for (int i = 0; i < SETTLE_STEPS_MAX && !e->is_finished; i++) {
		before = fe->timed_step;
		e->has_spoken = false;
		step(e, 0);
		if (!e->has_spoken && fe->timed_step == before)
			return;
	}
}

void engine_advance(struct engine *e, int64_t ms)
{
	settle(e);
	e->owed += ms * SAMPLES_PER_MS;
	for (; e->owed >= STEP_SAMPLES; e->owed -= STEP_SAMPLES)
		step(e, STEP_SAMPLES);
}

void engine_stop(struct engine *e, enum outcome why)
{
	if (e->is_finished)
		return;
	end_as(e, why);
	look_after(e);
}

bool engine_finished(const struct engine *e)
{
	return e->is_finished;
}

const char *engine_fault(const struct engine *e)
{
	return e->fault;
}
