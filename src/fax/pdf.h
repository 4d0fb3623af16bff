/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a received fax as PDF: each page of the TIFF becomes a page of its
 * true size, and its T.6 strips go in as they are (ISO 32000-1 7.4.6,
 * CCITTFaxDecode), so that no point changes. The same TIFF gives the same
 * bytes. It never decodes a page.
 */
#pragma once

#include "base/err.h"

/* Both descriptors are borrowed; `pdf_fd` is written from its position on.
 * A sentence in `why` goes on from the name of the TIFF ("has no pages").
 * ERR_BAD (not a TIFF that can be read), ERR_UNSUPPORTED (not T.6),
 * ERR_MEMORY, ERR_SPACE, ERR_IO. */
MUST_CHECK enum err pdf_write(int tiff_fd, int pdf_fd, struct why *why);
