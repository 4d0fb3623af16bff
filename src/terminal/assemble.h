/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Picks pages out of documents that are prepared already, in any order, and
 * makes one new document of them. All its pages get the size of the largest
 * and the finest resolution; a page that has both already passes point for
 * point. Confined children do it (faxwire-fax document pick); this process
 * parses nothing but their answers. All of one document, in order, is the same
 * file once more: nobody may write to it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "terminal/prepare.h"

struct assemble_page {
	const char *path; /* of the document; copied */
	uint32_t page;	  /* from 1 */
};

struct assemble_request {
	const struct assemble_page *pages;
	size_t count;	     /* 1 to DOCUMENT_PAGES_MAX */
	const char *folder;  /* as prepare_request's: gets PREPARE_DOCUMENT */
	const char *program; /* faxwire-fax, absolute */
};

struct assemble;

/* `done` as for prepare_new(): called once, never from inside; the sentence
 * is a whole one. NULL: memory is out. */
struct assemble *assemble_new(struct loop *loop,
			      const struct assemble_request *request,
			      prepare_done *done, void *owner);
/* Ends it early: what was written is removed, `done` is not called. */
void assemble_cancel(struct assemble *a);
