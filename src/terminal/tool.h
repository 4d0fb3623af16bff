/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command lines of the programs that convert a user's files. All run in
 * the work folder, whose files they name without a path. Only words; runs
 * nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fax/paper.h"
#include "terminal/kind.h"

/* In the work folder. */
#define TOOL_PIECE   "piece"   /* what ghostscript and netpbm write */
#define TOOL_PROFILE "profile" /* a folder */
#define TOOL_OFFICE  "/usr/lib/libreoffice/program/soffice.bin"
#define TOOL_TEXT    "text.ps" /* a plain text, set on pages */

enum { TOOL_WORDS = 24, TOOL_LETTERS = 64, TOOL_OFFICE_AGAIN = 81 };

struct tool {
	const char *argv[TOOL_WORDS]; /* ends with NULL */
	char words[8][TOOL_LETTERS];  /* those made here */
	char profile[4200];	      /* the office's; long, as paths are */
	size_t count;
	size_t made;
};

/* The sizes of the pages of a PDF, to its output. */
void tool_pdfinfo(struct tool *t, const char *file);
/* Makes a PDF of an office document, beside it: its name and ".pdf". `folder`
 * is the work folder. Ends with TOOL_OFFICE_AGAIN when it has only made its
 * profile there and must be run once more. */
void tool_office(struct tool *t, const char *folder, const char *file);
/* Draws pages of one size of a PDF as PNM, to its output. */
void tool_draw_pdf(struct tool *t, const char *file, struct paper_format format,
		   const struct kind_run *run);
/* Draws TOOL_TEXT into TOOL_PIECE. */
void tool_draw_text(struct tool *t, struct paper_format format);
/* Makes a PDF, TOOL_PIECE, of TOOL_TEXT. */
void tool_text_to_pdf(struct tool *t);
/* Decodes a KIND_PNG or KIND_JPEG from its input to its output. */
void tool_decode(struct tool *t, enum kind kind);
/* Our own program (endpoint/document.h). `program` is borrowed. */
void tool_measure(struct tool *t, const char *program);
void tool_plain(struct tool *t, const char *program);
void tool_sheet(struct tool *t, const char *program);
void tool_add(struct tool *t, const char *program, struct paper_format format,
	      uint32_t pages);
void tool_draw(struct tool *t, const char *program, struct paper_format format,
	       uint32_t pages);
/* `list`: "2,1,7"; borrowed. */
void tool_pick(struct tool *t, const char *program, struct paper_format format,
	       uint32_t pages, const char *list);
