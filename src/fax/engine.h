/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fax terminal: ITU-T T.30 over T.38 by spandsp. Packets and time go in;
 * packets, pages and an end come out, through handlers that are called from
 * within engine_packet(), engine_advance() and engine_stop(), and that must
 * not free the engine. It has no sockets and reads no clock; the files that
 * it reads and writes are named by path, because the library wants it so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "fax/outcome.h"

enum { ENGINE_IDENTIFIER_MAX = 20, ENGINE_PATH_MAX = 255 };

/* From the least to the most dense: MH and MR are T.4, MMR is T.6. */
enum engine_coding { ENGINE_MH, ENGINE_MR, ENGINE_MMR };

struct engine_setup {
	bool caller;		   /* sends `path`; else receives into it */
	const char *path;	   /* borrowed; TIFF, at most ENGINE_PATH_MAX */
	const char *identifier;	   /* borrowed; TSI or CSI, printable ASCII, at
				      most ENGINE_IDENTIFIER_MAX; may be empty */
	bool unpaced;		   /* else at 14,400 bit/s */
	bool no_ecm;		   /* without error correction; then no MMR */
	enum engine_coding coding; /* the densest to use or offer */
};

/* A page that the far end has confirmed (caller), or that stands whole in
 * the TIFF (callee). */
struct engine_page {
	unsigned number; /* from 1 */
	uint32_t width;	 /* points */
	uint32_t length;
	uint32_t x_resolution; /* points a metre */
	uint32_t y_resolution;
	uint32_t bad_rows;
	uint32_t octets; /* on its way, coded */
	enum engine_coding coding;
};

struct engine_handlers {
	void *context; /* borrowed; the first argument of each */
	/* A packet for the far end. False when it cannot be kept: ends. */
	bool (*packet)(void *context, const uint8_t *bytes, size_t len);
	/* What the far end calls itself; printable. */
	void (*identity)(void *context, const char *text);
	/* Called before the far end hears that the page has arrived. Not OK:
	 * ends with OUTCOME_STORAGE. */
	enum err (*page)(void *context, const struct engine_page *page);
	/* Once; the TIFF is closed. `pages`: how many page() told of. */
	void (*finished)(void *context, enum outcome how, unsigned pages);
};

struct engine;

/* NULL: memory is out, or the setup is not as described. Sends nothing yet. */
struct engine *engine_new(const struct engine_setup *setup,
			  const struct engine_handlers *handlers);
void engine_free(struct engine *e);

/* A packet from the far end, untrusted. One that is not sound ends the fax
 * with OUTCOME_MALFORMED. */
void engine_packet(struct engine *e, const uint8_t *bytes, size_t len);

/* Time has gone by: `ms` >= 0. With 0 it only says what is to be said now,
 * which is to be asked for after each packet. */
void engine_advance(struct engine *e, int64_t ms);

/* Ends it here and now; pages that are whole are kept. `why` is the outcome,
 * unless T.30 was through already. */
void engine_stop(struct engine *e, enum outcome why);

bool engine_finished(const struct engine *e);

/* What was wrong with the packet that ended it, a few words for a log; NULL
 * when none did. Static storage. */
const char *engine_fault(const struct engine *e);
