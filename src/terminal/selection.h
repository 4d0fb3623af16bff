/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some pages of a document, as people write them: "1,3-5,9-". In the order in
 * which they stand there; the same one may stand there twice; "5-3" is 5, 4, 3
 * and "9-" all from 9 on.
 */
#pragma once

#include "base/err.h"
#include "fax/document.h"

/* Room for a list of so many pages: "999," each, and the NUL. */
enum { SELECTION_LIST_MAX = DOCUMENT_PAGES_MAX * 4 + 1 };

/* Whether it is one, of whatever document. ERR_BAD, with a sentence. */
MUST_CHECK enum err selection_check(const char *text, struct why *why);

/* The list, "1,3,4,5", and how many, of a document that has `pages`; each is
 * `before` later in it, and pages 1 to `before` come first. ERR_BAD,
 * ERR_MISSING (there is no such page), ERR_LIMIT (more than
 * DOCUMENT_PAGES_MAX), with a sentence. */
MUST_CHECK enum err selection_list(const char *text, uint32_t before,
				   uint32_t pages,
				   char list[SELECTION_LIST_MAX],
				   uint32_t *count, struct why *why);
