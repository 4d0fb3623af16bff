/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal/kind: whatever a file begins with it is of some kind; and what is
 * taken of pdfinfo's words are pages in order, without a gap, each with a
 * size; anything else gets a sentence.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PAGES_MAX = 999 };

static void check(const struct kind_pdf *pdf)
{
	uint32_t next = 1;

	assert(pdf->pages >= 1 && pdf->pages <= PAGES_MAX);
	for (size_t i = 0; i < pdf->count; i++) {
		const struct kind_run *r = &pdf->runs[i];

		assert(r->first == next && r->last >= r->first);
		assert(r->width_um > 0 && r->width_um <= r->height_um);
		next = r->last + 1;
	}
	assert(next == pdf->pages + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct why why = { "" };
	struct kind_pdf pdf;
	char *text = malloc(len + 1);

	assert(text);
	assert(kind_of(data, len) <= KIND_PLAIN);
	memcpy(text, data, len);
	text[len] = '\0';
	if (kind_read_pdfinfo(text, PAGES_MAX, &pdf, &why) == OK) {
		check(&pdf);
		kind_pdf_fini(&pdf);
	} else {
		assert(why.text[0] != '\0');
	}
	free(text);
	return 0;
}
