/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one document that a fax is sent from: a TIFF file of T.6 pages that all
 * have the same width and resolution, a strip a page, least significant bit
 * first. It is joined from TIFF files and from pictures that a decoder wrote
 * as PNM. Whatever is in them, only pages of the one form come out.
 *
 * It works on descriptors alone and is meant for a confined process; sentences
 * in `why` go on from the name of the file they are about ("is damaged: ...").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "fax/paper.h"

/* No fax has more pages (what is printed on top of each counts to 999). */
enum { DOCUMENT_PAGES_MAX = 999 };

struct document_facts {
	uint32_t pages;
	enum paper_size size; /* what the largest page needs */
	bool is_fax; /* each page has the form of a fax page, and the same */
	struct paper_format format; /* which, when is_fax */
};

/* What is in `fd` (borrowed), TIFF or PWG raster, without keeping its points.
 * ERR_BAD, ERR_LIMIT, ERR_MEMORY. */
MUST_CHECK enum err document_measure(int fd, struct document_facts *facts,
				     struct why *why);

struct document;

/* Goes on with a document in `fd`, open for reading and writing and borrowed
 * until document_close(): an empty file, or one that holds `pages` pages of
 * the same format already. NULL: memory is out, or `fd` refused. */
struct document *document_open(int fd, struct paper_format format,
			       uint32_t pages);

/* Adds the pages of one file, `fd` borrowed, told by its content: TIFF,
 * PWG raster or PNM. A page of this width and resolution passes point for
 * point; a narrower one of this resolution is set in the middle; any other is
 * turned upright, brought to its true size (or as large as fits) and made black
 * and white. ERR_BAD, ERR_LIMIT (too large, or too many pages),
 * ERR_UNSUPPORTED, ERR_MEMORY, ERR_IO, ERR_SPACE. After a failure the document
 * is of no use. */
MUST_CHECK enum err document_add(struct document *d, int fd, struct why *why);

/* Says how the picture that document_add() adds next is to be turned: an
 * orientation of fax/exif.h. */
void document_turn(struct document *d, unsigned orientation);

/* Adds all pictures of a stream of PNM, `fd` borrowed, each a page that has
 * been drawn in points of this document, at most as wide: no point is moved,
 * and what is grey becomes black and white. */
MUST_CHECK enum err document_draw(struct document *d, int fd, struct why *why);

/* Adds pages of the TIFF file `fd`, borrowed, as document_add() does: those
 * numbered in `pages`, from 1, in that order, each as often as it stands
 * there. ERR_MISSING: it has no such page. */
MUST_CHECK enum err document_pick(struct document *d, int fd,
				  const uint32_t *pages, size_t count,
				  struct why *why);

/* Those that were there before included. */
uint32_t document_pages(const struct document *d);

/* Ends and frees it; NULL is fine. ERR_SPACE or ERR_IO when it could not be
 * written in full. */
MUST_CHECK enum err document_close(struct document *d);
