/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table per program says what can be set: on the command line as
 * `--key value` or `--key=value`, and in the configuration file as
 * `key = value`. The table is parser, default, bounds, and --help.
 *
 * Values land in a struct of the program's own, by offset. Precedence:
 * default, then file, then command line: each is a layer, and takes the place
 * of what those before it set, also of a whole list. A program whose command
 * line names the file parses it to learn the name, then sets the defaults once
 * more, reads the file, and parses the command line again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum option_kind {
	OPTION_FLAG,   /* bool; yes, true, on or no, false, off */
	OPTION_NUMBER, /* int64_t within [min, max] */
	OPTION_TEXT,   /* const char *; from `min` to `max` bytes */
	OPTION_LIST,   /* struct option_list; each item as OPTION_TEXT */
};

enum { OPTION_LIST_MAX = 128 };

/* The strings are borrowed: from the table, or option_set's copies. */
struct option_list {
	const char *items[OPTION_LIST_MAX];
	size_t count;
};

struct option {
	const char *key;
	enum option_kind kind;
	size_t at; /* offsetof the value in the program's struct */
	int64_t min;
	int64_t max;
	const char *initial;  /* default, as one would write it; NULL: none */
	const char *argument; /* what --help calls the value: "DIR" */
	const char *help;     /* one line, lower case, no full stop */
	bool command_line_only;
	bool live;   /* may be changed while the program runs */
	bool secret; /* is not shown to who may change it */
};

/* Tables end with a row whose key is NULL. */

/* Sets every value to its default; false, 0, NULL or an empty list where the
 * table gives none. A default that its own row refuses is a broken table,
 * and aborts. */
void option_defaults(const struct option *table, void *config);

/* One source of values: what it sets goes over what is there. */
struct option_layer {
	const struct option *table; /* borrowed, as is the next one */
	void *config;
	uint64_t set; /* bit i: row i of the table was set; begin with 0 */
};

enum { OPTION_ROWS_MAX = 64 };

/* Whether this layer has set this row of its table. */
bool option_is_set(const struct option_layer *l, const struct option *row);

/* Sets one value from text. A list is emptied when its layer sets it first,
 * and grows after that. `where` ("--spares", or "faxwire.conf:12: spares")
 * starts the sentence in `why`. ERR_MISSING: no such key; ERR_BAD: not a value
 * for it; ERR_LIMIT: the list is full; ERR_MEMORY. Keeps a copy of `value`
 * until option_forget(). */
MUST_CHECK enum err option_set(struct option_layer *l, const char *where,
			       const char *key, const char *value,
			       struct why *why);

/* Parses argv[1..]: options may stand anywhere, `--` ends them, the other
 * words are moved to the front of `words` (argc pointers of room), whose
 * number goes to *count. A flag takes a value only as `--flag=no`. Fails as
 * option_set() does, and with ERR_BAD where the value is missing; the
 * sentence names the option. */
MUST_CHECK enum err option_parse(struct option_layer *l, int argc, char **argv,
				 const char **words, size_t *count,
				 struct why *why);

/* Reads a configuration file (INI form, by inih; `#` and `;` begin comments,
 * ` ;` ends a value; sections are not used; no line may be longer than inih
 * reads, 197 bytes as Debian builds it). The sentence begins "FILE:LINE: ",
 * or "FILE: " when it cannot be read at all, and then the error is
 * err_from_errno()'s. Stops at the first error. */
MUST_CHECK enum err option_read_file(struct option_layer *l, const char *path,
				     struct why *why);

/* Writes the option part of --help into `out`, a line an option; returns
 * the length without the NUL, as snprintf does. */
size_t option_help(const struct option *table, char *out, size_t out_size);

/* Takes the values of the rows that are `live` from another configuration of
 * the same table; the texts stay shared. */
void option_take_live(const struct option *table, void *config,
		      const void *from);

/* Frees every copy that option_set() has made: the texts in every struct
 * that was filled are gone. For the very end of a program. Like the rest of
 * this file it is meant for one thread. */
void option_forget(void);
