/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts a line above each page of a fax document as it is sent: who sends it,
 * when, and which page of how many it is. The line stands in rows of its own:
 * below them the page is the same, point for point. A page is not decoded for
 * it; its code follows that of the line, because T.6 codes each row by the one
 * above it, and the line ends with a white one (ITU-T T.6 2.2.1).
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "fax/paper.h"

/* The rows that are added to each page at this resolution. */
uint32_t heading_rows(enum paper_resolution r);

/* Writes the document `document_fd` (fax/document.h) with lines into
 * `out_fd`, an empty file; both are borrowed. `text` stands at the left, what
 * is not printable ASCII in it as `?`; "p. 1/3" at the right. A sentence in
 * `why` goes on from the name of the document. ERR_BAD, ERR_UNSUPPORTED (not
 * of the form of a document), ERR_MEMORY, ERR_IO. */
MUST_CHECK enum err heading_write(int document_fd, int out_fd, const char *text,
				  struct why *why);
