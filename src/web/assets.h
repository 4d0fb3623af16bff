/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page's files (web/), compiled in by tools/embed.
 */
#pragma once

#include <stddef.h>

struct asset {
	const char *name; /* "index.html"; NULL ends the table */
	const char *type;
	const char *tag; /* changes with its bytes; an entity tag, quoted */
	const unsigned char *bytes;
	size_t len;
	const unsigned char *packed; /* the same by gzip */
	size_t packed_len;
};

extern const struct asset assets[];
