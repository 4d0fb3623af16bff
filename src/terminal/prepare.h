/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the files of a user one fax document. What each is, is told by its
 * content: PDF, TIFF, PNG, JPEG, PWG raster or plain text; but for cover pages.
 * The files are copied into a work folder; there confined programs convert
 * them, one at a time (pdfinfo, ghostscript, netpbm and our own `faxwire-fax
 * document`). This process parses nothing but their answers.
 *
 * If all the files are faxes of one form already, their pages go through
 * point for point, and the resolution that was asked for does not matter.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "fax/paper.h"
#include "io/loop.h"

enum {
	PREPARE_FILES_MAX = 100,
	PREPARE_BYTES_MAX = 256 << 20, /* of all files together */
};

struct prepare_file {
	int fd; /* open for reading, a regular file; borrowed to the end */
	const char *name; /* for sentences; copied */
	bool sheet;	  /* a form, as cover_write() makes it: a cover page */
};

struct prepare_request {
	const struct prepare_file *files;
	size_t count; /* 1 to PREPARE_FILES_MAX */
	enum paper_resolution resolution;
	/* Which pages of the files, cover pages aside, as terminal/selection.h
	 * reads it; NULL: all. */
	const char *pages;
	const char *folder;  /* empty, absolute; holds DOCUMENT afterwards */
	const char *program; /* faxwire-fax, absolute */
};

/* The document's name in the folder. It is not yet synchronized to disk. */
#define PREPARE_DOCUMENT "document.tif"

struct prepare_result {
	uint32_t pages;
	struct paper_format format;
};

/* OK and the result; or why not: one sentence that names the file. ERR_BAD
 * (a file), ERR_MISSING (a page), ERR_LIMIT (too large, too many pages),
 * ERR_SPACE, ERR_TIMEOUT, ERR_IO, ERR_MEMORY. The folder then holds nothing of
 * it. Called once, never from within prepare_new(); afterwards the prepare is
 * gone. */
typedef void prepare_done(void *owner, enum err e,
			  const struct prepare_result *result,
			  const struct why *why);

struct prepare;

/* NULL: memory is out. All strings are copied. */
struct prepare *prepare_new(struct loop *loop,
			    const struct prepare_request *request,
			    prepare_done *done, void *owner);
/* Ends it early: what runs is killed, what was written is removed, `done` is
 * not called. */
void prepare_cancel(struct prepare *p);
