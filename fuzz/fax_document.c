/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fax/document: whatever is read, what comes out is a fax document of the
 * format that was asked for, with as many pages as were counted, and a PDF
 * can be made of it.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fax/document.h"
#include "fax/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* libtiff makes what a file says it is: keep one run short. */
static int is_small(int in)
{
	struct document_facts facts;

	return document_measure(in, &facts, NULL) != OK || facts.pages <= 20;
}

static void check_result(int out, uint32_t pages)
{
	struct document_facts facts;
	int pdf = memfd_create("pdf", 0);

	assert(document_measure(out, &facts, NULL) == OK);
	assert(facts.is_fax && facts.pages == pages);
	assert(facts.format.resolution == PAPER_STANDARD);
	assert(facts.format.size == PAPER_B4);
	assert(pdf_write(out, pdf, NULL) == OK);
	close(pdf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct paper_format format = { PAPER_STANDARD, PAPER_B4 };
	int in = memfd_create("in", 0);
	int out = memfd_create("out", 0);
	int pdf = memfd_create("pdf", 0);
	struct document *d = document_open(out, format, 0);
	struct why why = { "" };
	uint32_t pages;
	enum err e;

	assert(in >= 0 && out >= 0 && pdf >= 0 && d);
	assert(write(in, data, len) == (ssize_t)len);
	e = is_small(in) ? document_add(d, in, &why) : ERR_LIMIT;
	pages = document_pages(d);
	assert(document_close(d) == OK || e != OK);
	if (e == OK)
		check_result(out, pages);
	e = pdf_write(in, pdf, NULL);
	close(in);
	close(out);
	close(pdf);
	return 0;
}
