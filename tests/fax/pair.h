/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two engines and the path between them, in memory and in virtual time: a
 * fax of an hour passes in a second, and the same way each time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fax/engine.h"
#include "fax/pace.h"

enum { PAIR_PAGES_MAX = 64 };

struct pair_message;

struct pair_end {
	struct engine *engine;
	struct pace pace;
	struct pair_end *far;
	struct pair *pair;
	struct pair_message *first; /* on their way to this end */
	struct pair_message *last;
	int64_t path_free_us; /* when the path to this end is idle again */
	uint64_t told;	      /* TAKEN that was last sent */
	/* What came of it. */
	struct engine_page pages[PAIR_PAGES_MAX];
	unsigned page_count;
	char identity[ENGINE_IDENTIFIER_MAX + 1];
	unsigned identities;
	bool finished;
	enum outcome how;
	unsigned finished_pages;
	size_t longest_packet;
	enum err page_answer; /* what page() says */
};

/* What is done to one packet, counted over both directions from 1. */
enum pair_tamper { PAIR_DROP, PAIR_DOUBLE };

struct pair {
	struct pair_end caller;
	struct pair_end callee;
	int64_t now_ms;
	/* Set before pair_run(). */
	uint32_t octets_per_s;	 /* of the path, each way; 0: no limit */
	bool clock_never_stands; /* the mistake that pace.h prevents */
	unsigned stop_after;	 /* pages at the callee; 0: never */
	unsigned tamper_at;	 /* the packet; 0: none */
	enum pair_tamper tamper;
	unsigned packets; /* delivered so far */
};

/* Sends the TIFF `from` into the TIFF `to`; both are borrowed. `setup` is
 * completed for each end. */
void pair_init(struct pair *p, const struct engine_setup *setup, int from,
	       int to);
void pair_fini(struct pair *p);

/* Until both have finished, or the virtual time is up. */
void pair_run(struct pair *p, int64_t limit_ms);
