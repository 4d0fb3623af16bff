/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account as a line of JSON: how accounts move from one database to
 * another. What SCRAM needs is in it, so that terminals keep their join URLs;
 * a password is not. The line comes from a file that anybody may have
 * written: nothing of it is believed.
 */
#pragma once

#include <stddef.h>

#include "store/database.h"

/* Without the line's end; to be freed. NULL: memory. */
char *portable_encode(const struct database_account *a);

/* ERR_BAD with a sentence: what is wrong. Keys that we do not know are passed
 * over. */
MUST_CHECK enum err portable_decode(const char *line, size_t len,
				    struct database_account *out,
				    struct why *why);
