/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file that shall be sent is, told by how it begins, never by its
 * name; and what `pdfinfo` says of a PDF. Only looks at bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum kind {
	KIND_EMPTY,
	KIND_PDF,
	KIND_TIFF,
	KIND_PWG, /* raster of driverless printing */
	KIND_PNG,
	KIND_JPEG,
	KIND_POSTSCRIPT,
	KIND_OFFICE, /* OOXML, OpenDocument, RTF, or Word's of old */
	KIND_SHEET,  /* never told by how it begins: a form of ours */
	KIND_PLAIN,  /* all else: text, or nothing that we know */
};

enum { KIND_LOOK = 1024 }; /* bytes that kind_of() wants to see */

enum kind kind_of(const uint8_t *bytes, size_t len);

/* Pages of one size that follow each other; upright: width <= height. */
struct kind_run {
	uint32_t first; /* from 1 */
	uint32_t last;
	uint32_t width_um;
	uint32_t height_um;
};

struct kind_pdf {
	uint32_t pages;
	struct kind_run *runs; /* owned */
	size_t count;
};

void kind_pdf_fini(struct kind_pdf *pdf);

/* Reads what `pdfinfo -f 1 -l PAGES_MAX+1` has printed; `text` ends with
 * NUL. A sentence in `why` goes on from the name of the file. ERR_BAD (no
 * pages, or one without a size), ERR_LIMIT (more than `pages_max`),
 * ERR_MEMORY. On failure there is nothing to free. */
MUST_CHECK enum err kind_read_pdfinfo(const char *text, uint32_t pages_max,
				      struct kind_pdf *pdf, struct why *why);
