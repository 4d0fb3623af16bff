/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table per program says what can be set: on the command line as
 * `--key value` or `--key=value`, and in the configuration file as
 * `key = value`. The table is parser, default, bounds, and --help.
 *
 * Values land in a struct of the program's own, by offset. Precedence:
 * default, then file, then command line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum option_kind {
	OPTION_FLAG,   /* bool; takes no value on the command line */
	OPTION_NUMBER, /* int64_t within [min, max] */
	OPTION_TEXT,   /* const char *; at most `max` bytes */
	OPTION_LIST,   /* struct option_list; may be given many times */
};

/* Borrowed strings: argv's, or option_set's copies that live as long as
 * the program. */
struct option_list {
	const char *items[32];
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
};

/* Tables end with a row whose key is NULL. */

/* Sets every default. */
void option_defaults(const struct option *table, void *config);

/* Sets one value from text. `where` ("--spares" or "faxwire.conf:12") starts
 * the sentence in `why`. ERR_MISSING: no such key; ERR_BAD: not a value for
 * it. Copies `value`; the copy lives until the program ends. */
MUST_CHECK enum err option_set(const struct option *table, void *config,
			       const char *where, const char *key,
			       const char *value, struct why *why);

/* Parses argv[1..]: options may stand anywhere, `--` ends them, the other
 * words are moved to the front of `words` (argc pointers of room), whose
 * number goes to *count. ERR_BAD with a sentence that names the option. */
MUST_CHECK enum err option_parse(const struct option *table, void *config,
				 int argc, char **argv, const char **words,
				 size_t *count, struct why *why);

/* Reads a configuration file (INI form, by inih; `#` and `;` begin
 * comments, sections are not used). The sentence begins "FILE:LINE: ". */
MUST_CHECK enum err option_read_file(const struct option *table, void *config,
				     const char *path, struct why *why);

/* Writes the option part of --help into `out`, a line an option; returns
 * the length without the NUL, as snprintf does. */
size_t option_help(const struct option *table, char *out, size_t out_size);
