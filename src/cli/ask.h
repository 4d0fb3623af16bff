/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all subcommands share: the home, the talk with the running terminal,
 * and printing. All of it blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/option.h"

struct ask_options {
	const char *home;
	bool json;
	bool wait;
	bool follow;
	bool trash;
	const char *output;
	const char *resolution;
	const char *pages; /* NULL: all */
	const char *at;
	const char *cover; /* NULL: none, as the next three */
	const char *cover_to;
	const char *cover_from;
	const char *cover_subject;
	struct option_list roles;
	const char *name;
	const char *note;
	const char *password_file;
	bool check;
	int64_t count;
	bool open;
	const char *title;
	const char *priority;
	int64_t give_up_h; /* 0: as the terminal is set */
	bool hold;
	bool help;
	bool version;
};

/* Prints "faxwire: sentence" to standard error; returns `code`. */
int ask_fail(int code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

enum { ASK_FOREVER = -1, ASK_MS = 30000 };

/* Sends a request (taken) with descriptors, hands each line of the answer to
 * `each` (may be NULL), the last too; a line with "error" is printed and ends
 * it. Returns the exit code: the answer's "code", or EX_OK. */
int ask_terminal(const struct ask_options *o, json_t *request, const int *fds,
		 size_t n, int timeout_ms,
		 void (*each)(void *owner, const json_t *line), void *owner);

/* Asks for a listing: the lines of the answer that have `key`. Prints them as
 * JSON, a list called `name`, or row by row. */
int ask_listing(const struct ask_options *o, json_t *request, const char *key,
		const char *name, void (*row)(const json_t *line));

/* Prints a value with a newline; takes it. */
int ask_print_json(json_t *value);

/* Adds the addresses in "ben,cleo@south" to a new array. NULL: there is an
 * empty one. */
json_t *ask_addresses(const char *words);

const char *ask_text(const json_t *object, const char *key);
long long ask_number(const json_t *object, const char *key);

/* "2026-11-23 19:05" in local time; "" for 0. `out` holds 32. */
const char *ask_time(long long ms, char *out);
