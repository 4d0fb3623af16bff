/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be set at a relay: one table for the command line, the
 * configuration file and --help.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "base/option.h"

struct config {
	const char *file;	   /* --config */
	const char *data;	   /* folder of everything the relay keeps */
	const char *database;	   /* a server's URL; empty: in `data` */
	const char *name;	   /* in a network; empty: in none */
	struct option_list listen; /* ADDR:PORT each */
	const char *host;	   /* what join URLs say; empty: found out */
	struct option_list peers;  /* NAME=URL each */
	struct option_list routes; /* PREFIX=TARGET each */
	bool no_distribution;	   /* of presence, with a database */
	int64_t trunks;		   /* kept idle at each of them */
	const char *log_level;
	int64_t keepalive_s;
	int64_t keepalive_min_s; /* 0: a sixth of it */
	int64_t keepalive_max_s; /* 0: four times it */
	int64_t ring_s;
	int64_t idle_call_s;
	int64_t connections;
	int64_t strangers;
	int64_t strangers_per_address;
	int64_t arrivals_per_minute;
	int64_t drain_s;
	int64_t keep_calls_d;
	bool json;
	bool help;
	bool version;
	/* account add */
	struct option_list numbers;
	struct option_list groups;
	bool relay;
	int64_t account_connections;
	int64_t account_places;
	bool qr;      /* account add, passwd */
	bool replace; /* account import */
	int argc;     /* the command line, to be read again; borrowed */
	char **argv;
};

/* Sets defaults, reads the file that --config names, then the command line.
 * The words that are no options go to `words` (argc pointers of room). */
MUST_CHECK enum err config_read(struct config *c, int argc, char **argv,
				const char **words, size_t *count,
				struct why *why);

/* The same command line once more, with what the file says now. */
MUST_CHECK enum err config_read_again(const struct config *c,
				      struct config *fresh, struct why *why);

/* Whether a running relay can go on from `c` with `fresh`. */
bool config_lasts(const struct config *c, const struct config *fresh);

void config_help(void);
