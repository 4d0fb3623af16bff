/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PWG raster (PWG 5102.4), as driverless printing sends it: pages of a stream,
 * one after the other, each a grey picture in memory. Every number in the
 * stream is held against a limit before it is believed. It never writes a
 * file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "fax/picture.h"

#define PWG_SYNC "RaS2" /* how a stream begins */

struct pwg {
	FILE *file;	/* owned */
	uint8_t *row;	/* owned; the row at hand, as it is in the stream */
	uint32_t pages; /* begun so far */
};

/* Sentences in `why` go on from the name of a file: "is damaged: ...". */

/* From the beginning of `fd`, which is borrowed. ERR_BAD, ERR_IO. */
MUST_CHECK enum err pwg_open(struct pwg *p, int fd, struct why *why);
void pwg_close(struct pwg *p);

/* The next page; its points too when `decode` is set, else `grey` is NULL.
 * False: there is none, or, with *e set, it cannot be read (ERR_BAD,
 * ERR_LIMIT, ERR_UNSUPPORTED, ERR_MEMORY). */
bool pwg_next(struct pwg *p, struct picture *page, bool decode, enum err *e,
	      struct why *why);
