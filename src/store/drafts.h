/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that shall be sent and are not jobs yet: HOME/drafts/<32 hex
 * digits>/ with the file as it was given (`source`), its pages (`document.tif`)
 * and `draft.json`. A draft stands when drafts_keep has returned OK. Whole in
 * memory, too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/atomic.h"

enum { DRAFTS_ID_SIZE = 16, DRAFTS_MAX = 2000 };

struct draft {
	uint8_t id[DRAFTS_ID_SIZE];
	char name[121]; /* of the file */
	char user[49];	/* whose it is; "": nobody's yet, as it was printed */
	char source[8]; /* the caller's word for how it came */
	char resolution[16];
	char size[8]; /* of the paper */
	uint64_t created_ms;
	uint32_t pages;
};

struct drafts;

/* What was not kept, or cannot be read, goes. */
MUST_CHECK enum err drafts_open(struct drafts **out, const char *home,
				struct why *why);
void drafts_close(struct drafts *d);

/* Makes a place for a new draft, with the file `fd`: one without a name that
 * was opened in HOME (O_TMPFILE). `work` is an empty folder for its pages.
 * ERR_LIMIT: there are too many. */
MUST_CHECK enum err drafts_begin(struct drafts *d, const uint8_t *id, int fd,
				 char work[ATOMIC_PATH_MAX], struct why *why);
/* The same for one that stands, to make its pages anew; it stays as it is
 * until drafts_keep. ERR_MISSING; ERR_EXISTS: they are being made just now. */
MUST_CHECK enum err drafts_begin_again(struct drafts *d, const uint8_t *id,
				       char work[ATOMIC_PATH_MAX],
				       struct why *why);
/* Takes work/document.tif for its pages. On failure a new draft is gone, and
 * another as it was. */
MUST_CHECK enum err drafts_keep(struct drafts *d, const struct draft *draft,
				struct why *why);
/* What was begun is not wanted; a draft that stands goes on standing. */
void drafts_abandon(struct drafts *d, const uint8_t *id);
/* For ever. */
void drafts_remove(struct drafts *d, const uint8_t *id);

/* In order of creation; borrowed until the next change. */
size_t drafts_count(const struct drafts *d);
const struct draft *drafts_at(const struct drafts *d, size_t i);
/* By its ID in hexadecimal; NULL. */
const struct draft *drafts_find(const struct drafts *d, const char *hex);

MUST_CHECK enum err drafts_document(const struct drafts *d, const uint8_t *id,
				    char path[ATOMIC_PATH_MAX]);
MUST_CHECK enum err drafts_source(const struct drafts *d, const uint8_t *id,
				  char path[ATOMIC_PATH_MAX]);
