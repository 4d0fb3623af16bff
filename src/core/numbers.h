/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telephone numbers: whose they are, and where those that begin in some way go
 * to. A number is its digits; a `+` before them changes nothing. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/hash.h"
#include "wire/path.h"

enum { NUMBERS_ROUTES_MAX = 256 };

struct numbers;

/* NULL: out of memory. */
struct numbers *numbers_new(const uint8_t key[HASH_KEY_SIZE]);
void numbers_free(struct numbers *n);

/* `id` has these too, with a blank between; NULL or empty: none. One that
 * another has stays that one's. False: out of memory. */
bool numbers_add(struct numbers *n, const char *id, const char *numbers);
/* It has these no more. */
void numbers_drop(struct numbers *n, const char *id, const char *numbers);
/* The digits of a number, normalized; false when it is none. */
bool numbers_digits(const char *text, size_t len,
		    char out[PATH_NUMBER_MAX + 1]);
/* Whose it is; NULL: nobody's. Borrowed, until the next numbers_drop(). */
const char *numbers_find(const struct numbers *n, const char *number,
			 size_t len);

/* What begins with these digits goes to `target`: an address, or "@RELAY" for
 * the same number there. Of two the longer one counts. ERR_BAD: not what a
 * route may be; ERR_EXISTS; ERR_LIMIT. */
MUST_CHECK enum err numbers_route(struct numbers *n, const char *prefix,
				  const char *target);
/* NULL: nowhere. */
const char *numbers_longest(const struct numbers *n, const char *number,
			    size_t len);
