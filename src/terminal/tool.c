/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/tool.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "fax/document.h"
#include "fax/plain.h"

/* `word` is borrowed. */
static void put(struct tool *t, const char *word)
{
	assert(t->count + 1 < TOOL_WORDS);
	t->argv[t->count++] = word;
	t->argv[t->count] = NULL;
}

__attribute__((format(printf, 2, 3))) static void make(struct tool *t,
						       const char *format, ...)
{
	char *word = t->words[t->made++];
	va_list ap;
	int n;

	assert(t->made <= sizeof t->words / sizeof t->words[0]);
	va_start(ap, format);
	n = vsnprintf(word, TOOL_LETTERS, format, ap);
	va_end(ap);
	assert(n < TOOL_LETTERS);
	put(t, word);
}

static void begin(struct tool *t, const char *program)
{
	t->count = 0;
	t->made = 0;
	put(t, program);
}

void tool_pdfinfo(struct tool *t, const char *file)
{
	begin(t, "/usr/bin/pdfinfo");
	put(t, "-f");
	put(t, "1");
	put(t, "-l");
	make(t, "%d", DOCUMENT_PAGES_MAX);
	make(t, "%s", file);
}

static void begin_ghostscript(struct tool *t, const char *device,
			      const char *output)
{
	begin(t, "/usr/bin/gs");
	put(t, "-q");
	put(t, "-dSAFER");
	put(t, "-dBATCH");
	put(t, "-dNOPAUSE");
	put(t, device);
	put(t, output);
}

/* On paper of exactly this size ghostscript turns a page upright, scales it
 * to fit and sets it in the middle. Without AdjustWidth=0 it would make some
 * widths 1728 on its own. */
static void put_paper(struct tool *t, struct paper_format format,
		      uint32_t width_um, uint32_t height_um)
{
	struct paper_area area = paper_fit(format, width_um, height_um);

	put(t, "-dAdjustWidth=0");
	make(t, "-r%ux%u", paper_x_dpi(format.resolution),
	     paper_y_dpi(format.resolution));
	make(t, "-g%ux%u", area.width, area.rows);
	put(t, "-dFIXEDMEDIA");
}

static void put_text(struct tool *t)
{
	put(t, "-sFONTPATH=" PLAIN_FONT_PATH);
	put(t, "-f");
	put(t, TOOL_TEXT);
}

/* A page without greys comes as PBM. Ghostscript's own halftones are not
 * asked for: fax/tone.h tells letters from pictures. What it has to say must
 * not come between the pages. */
void tool_draw_pdf(struct tool *t, const char *file, struct paper_format format,
		   const struct kind_run *run)
{
	begin_ghostscript(t, "-sDEVICE=pgnmraw", "-sOutputFile=-");
	put(t, "-sstdout=%stderr");
	put_paper(t, format, run->width_um, run->height_um);
	put(t, "-dPDFFitPage");
	put(t, "-dUseCropBox");
	make(t, "-dFirstPage=%u", run->first);
	make(t, "-dLastPage=%u", run->last);
	put(t, "-f");
	make(t, "%s", file);
}

void tool_office(struct tool *t, const char *folder, const char *file)
{
	begin(t, TOOL_OFFICE);
	snprintf(t->profile, sizeof t->profile,
		 "-env:UserInstallation=file://%s/" TOOL_PROFILE, folder);
	put(t, t->profile);
	put(t, "--headless");
	put(t, "--nologo");
	put(t, "--norestore");
	put(t, "--nodefault");
	put(t, "--convert-to");
	put(t, "pdf");
	make(t, "%s", file);
}

void tool_draw_text(struct tool *t, struct paper_format format)
{
	begin_ghostscript(t, "-sDEVICE=tiffg4", "-sOutputFile=" TOOL_PIECE);
	put_paper(t, format, PAPER_A4_WIDTH_UM, PAPER_A4_HEIGHT_UM);
	put_text(t);
}

void tool_text_to_pdf(struct tool *t)
{
	begin_ghostscript(t, "-sDEVICE=pdfwrite", "-sOutputFile=" TOOL_PIECE);
	put(t, "-dAutoRotatePages=/None");
	put_text(t);
}

void tool_decode(struct tool *t, enum kind kind)
{
	if (kind == KIND_JPEG) {
		begin(t, "/usr/bin/jpegtopnm");
		put(t, "-quiet");
		return;
	}
	/* What is transparent shows the paper. */
	begin(t, "/usr/bin/pngtopam");
	put(t, "-quiet");
	put(t, "-mix");
	put(t, "-background=white");
}

static void begin_own(struct tool *t, const char *program, const char *verb)
{
	begin(t, program);
	put(t, "document");
	put(t, verb);
}

void tool_measure(struct tool *t, const char *program)
{
	begin_own(t, program, "measure");
}

void tool_plain(struct tool *t, const char *program)
{
	begin_own(t, program, "plain");
}

void tool_sheet(struct tool *t, const char *program)
{
	begin_own(t, program, "sheet");
}

static void begin_adding(struct tool *t, const char *program, const char *verb,
			 struct paper_format format, uint32_t pages)
{
	begin_own(t, program, verb);
	put(t, paper_resolution_name(format.resolution));
	put(t, paper_size_name(format.size));
	make(t, "%u", pages);
}

void tool_add(struct tool *t, const char *program, struct paper_format format,
	      uint32_t pages)
{
	begin_adding(t, program, "add", format, pages);
}

void tool_draw(struct tool *t, const char *program, struct paper_format format,
	       uint32_t pages)
{
	begin_adding(t, program, "draw", format, pages);
}

void tool_pick(struct tool *t, const char *program, struct paper_format format,
	       uint32_t pages, const char *list)
{
	begin_adding(t, program, "pick", format, pages);
	put(t, list);
}
