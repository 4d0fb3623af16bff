/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scenario language: text into statements. One table has the form of
 * each; README.md shows them all. What is wrong is told as one sentence with
 * its place, `file:line: sentence`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/address.h"

enum scenario_kind {
	SCENARIO_RELAY, /* before time begins */
	SCENARIO_LINK,
	SCENARIO_TERMINAL,
	SCENARIO_SEED,
	SCENARIO_DELAY,
	SCENARIO_MAIL,
	SCENARIO_PAGE,
	SCENARIO_SETUP_END, /* those below may come at any time */
	SCENARIO_FAULTS,
	SCENARIO_SENDS,
	SCENARIO_CANCELS,
	SCENARIO_DIALS,
	SCENARIO_HANGS_UP,
	SCENARIO_CRASHES,
	SCENARIO_CRASHES_WHEN,
	SCENARIO_STARTS,
	SCENARIO_RESTARTS,
	SCENARIO_STOPS,
	SCENARIO_LOGS_OUT,
	SCENARIO_LOGS_IN,
	SCENARIO_DRAINS,
	SCENARIO_CUT,
	SCENARIO_CUT_SILENTLY,
	SCENARIO_BLOCK,
	SCENARIO_UNBLOCK,
	SCENARIO_SLOW,
	SCENARIO_FILL,
	SCENARIO_EMPTY,
	SCENARIO_MOVES,
	SCENARIO_FAULT,
	SCENARIO_DISABLE,
	SCENARIO_ENABLE,
	SCENARIO_HEAL,
	SCENARIO_SETTLE,
	SCENARIO_COUNT,
	SCENARIO_ONLINE,
	SCENARIO_OFFLINE,
	SCENARIO_EXPECT_OF,
	SCENARIO_EXPECT,
	SCENARIO_KINDS
};

enum {
	SCENARIO_WORD_MAX = 127, /* an address of some relays */
	SCENARIO_PAIR_MAX = 2 * ADDRESS_ID_MAX + 1,
	SCENARIO_PHONE_MAX = 20,
	SCENARIO_STATEMENTS_MAX = 512,
};

struct scenario_statement {
	enum scenario_kind kind;
	int line;
	int64_t at_us;
	char node[SCENARIO_PAIR_MAX + 1];  /* or two, with a - between */
	char other[SCENARIO_WORD_MAX + 1]; /* a second node, or a word */
	char what[ADDRESS_ID_MAX + 1];	   /* EXPECT: the quantity */
	char sign[3];			   /* EXPECT: = < > <= >= */
	int64_t number;
	int64_t time_us[2];
	/* SCENARIO_RELAY, SCENARIO_TERMINAL: what comes after the name. */
	int64_t spares, lines, far_us, keepalive_us, ring_us, stall_us,
		drain_us, clock_us;
	char account[ADDRESS_ID_MAX + 1]; /* "": the node's name */
	char also[ADDRESS_ID_MAX + 1];	  /* a second relay; "": none */
	char phone[SCENARIO_PHONE_MAX + 1];
	bool online, offline, silent, refuse;
};

struct scenario {
	const char *name; /* borrowed: of the file */
	struct scenario_statement statements[SCENARIO_STATEMENTS_MAX];
	size_t count; /* in order of time */
};

MUST_CHECK enum err scenario_parse(struct scenario *s, const char *name,
				   const char *text, struct why *why);
