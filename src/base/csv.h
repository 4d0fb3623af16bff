/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as text, as spreadsheets write them (RFC 4180): fields between
 * commas, or semicolons where the first line has no comma; quotes around what
 * has a comma, a quote or a line's end in it. Reads in place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { CSV_FIELDS_MAX = 16 };

struct csv {
	char *at;
	char *end;
	char between;  /* the fields: `,` or `;` */
	unsigned line; /* where the row began, from 1 */
	unsigned next; /* where the next one begins */
};

struct csv_row {
	const char *fields[CSV_FIELDS_MAX]; /* borrowed from the text */
	size_t count;
};

/* `text` of `len` octets, which has room for a NUL behind them, is changed and
 * must live as long as the rows. A mark of UTF-8 at its start is passed. */
void csv_init(struct csv *c, char *text, size_t len);

/* The next row that is not empty; ERR_MISSING: there is none any more;
 * ERR_BAD, with the line: a quote is not closed, or text behind one, or a NUL;
 * ERR_LIMIT: too many fields. */
MUST_CHECK enum err csv_next(struct csv *c, struct csv_row *row,
			     struct why *why);

/* Writes a field, quoted if need be; false: it does not fit. */
bool csv_field(const char *text, char *out, size_t out_size);
