/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was printed to us, and is no job and no draft yet:
 * HOME/printing/<32 hex digits>/ with `document`, as it came, and `print.json`.
 * Who prints is told that his document has come when prints_keep has returned
 * OK: it survives whatever is cut off, until prints_remove.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { PRINTS_ID_SIZE = 16, PRINTS_TO_MAX = 1000 };

struct print {
	uint8_t id[PRINTS_ID_SIZE];
	uint32_t number;     /* the printer's, which the program knows */
	uint64_t created_ms; /* since the epoch */
	/* All borrowed. */
	const char *user; /* of the page; "": nobody's */
	const char *name; /* for the eye */
	bool proven;	  /* he signed in */
	const char *title;
	const char *note;
	const char *resolution; /* the caller's word, as the next one */
	const char *priority;
	const char *const *to; /* addresses; none: it is asked to whom */
	size_t to_count;
};

/* Keeps the file `fd`, which was synced: one without a name that was opened in
 * HOME (O_TMPFILE). On failure nothing of it is left. */
MUST_CHECK enum err prints_keep(const char *home, const struct print *p, int fd,
				struct why *why);
/* It has become what it should, or is not wanted. */
void prints_remove(const char *home, const uint8_t id[PRINTS_ID_SIZE]);

/* Calls `each` for every one that was kept, in no order, with its document,
 * which is the callee's to close. What was never whole goes; one that is
 * damaged is set aside, and the log says so. */
void prints_load(const char *home,
		 void (*each)(void *owner, const struct print *p, int document),
		 void *owner);

/* What prints_load does with a record's bytes. ERR_BAD; else the caller frees
 * *keeps with prints_free: `p` borrows from it. */
struct prints_texts;
MUST_CHECK enum err prints_decode(const char *bytes, size_t len,
				  struct print *p, struct prints_texts **keeps);
void prints_free(struct prints_texts *keeps);
