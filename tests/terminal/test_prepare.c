/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real programs convert real files: ghostscript, pdfinfo, netpbm and
 * faxwire-fax, confined as they are in service.
 */
#include "terminal/prepare.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "../fax/sample.h"
#include "fax/page.h"
#include "terminal/cover.h"
#include "terminal/tool.h"

enum { WAIT_MS = 60000, FILES = 8 };

/* A folder for the samples and one to work in; what came out. */
struct bench {
	char files[64];
	char work[64];
	struct loop *loop;
	struct timer limit;
	struct prepare *prepare;
	bool done;
	enum err e;
	struct prepare_result result;
	struct why why;
};

static void out_of_time(struct timer *t)
{
	struct bench *b = t->owner;

	loop_stop(b->loop);
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	snprintf(b->files, sizeof b->files, "/tmp/faxwire-files-XXXXXX");
	snprintf(b->work, sizeof b->work, "/tmp/faxwire-work-XXXXXX");
	assert_non_null(mkdtemp(b->files));
	assert_non_null(mkdtemp(b->work));
	b->loop = loop_new();
	assert_non_null(b->loop);
	b->limit = (struct timer){ .due = out_of_time, .owner = b };
	*state = b;
	return 0;
}

static unsigned entries(const char *folder, bool empty_it)
{
	DIR *d = opendir(folder);
	struct dirent *entry;
	unsigned n = 0;

	assert_non_null(d);
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.') {
			n++;
			if (empty_it)
				unlinkat(dirfd(d), entry->d_name, 0);
		}
	closedir(d);
	return n;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	entries(b->files, true);
	entries(b->work, true);
	assert_int_equal(rmdir(b->files), 0);
	assert_int_equal(rmdir(b->work), 0);
	loop_free(b->loop);
	free(b);
	return 0;
}

/* Runs a line of shell in the folder of samples: $TOOLS and $FILE are set. */
static void shell(const struct bench *b, const char *line)
{
	char whole[1024];
	const char *const argv[] = { "sh", "-c", whole, NULL };

	snprintf(whole, sizeof whole, "cd %s && TOOLS=%s && (%s) 2>&1",
		 b->files, getenv("FAXWIRE_TOOLS"), line);
	if (sample_run(argv, -1) != 0)
		fail_msg("%s", line);
}

static void put_file(const struct bench *b, const char *name, const void *bytes,
		     size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", b->files, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void put_fd(const struct bench *b, const char *name, int fd)
{
	size_t len;
	uint8_t *bytes = sample_read(fd, &len);

	put_file(b, name, bytes, len);
	free(bytes);
	close(fd);
}

static void finished(void *owner, enum err e,
		     const struct prepare_result *result, const struct why *why)
{
	struct bench *b = owner;

	b->done = true;
	b->e = e;
	b->result = *result;
	b->why = *why;
	b->prepare = NULL;
	loop_stop(b->loop);
}

/* Prepares the named samples, up to a NULL. */
static void start(struct bench *b, enum paper_resolution resolution,
		  const char *const *names, struct prepare_file *files)
{
	struct prepare_request r = { .files = files,
				     .resolution = resolution,
				     .folder = b->work,
				     .program = getenv("FAXWIRE_FAX") };

	for (; names[r.count]; r.count++) {
		char path[128];

		assert_true(r.count < FILES);
		snprintf(path, sizeof path, "%s/%s", b->files, names[r.count]);
		files[r.count] = (struct prepare_file){
			.fd = open(path, O_RDONLY | O_CLOEXEC),
			.name = names[r.count],
		};
		assert_true(files[r.count].fd >= 0);
	}
	entries(b->work, true);
	b->done = false;
	b->prepare = prepare_new(b->loop, &r, finished, b);
	assert_non_null(b->prepare);
	assert_false(b->done);
}

static void close_files(const char *const *names, struct prepare_file *files)
{
	for (size_t i = 0; names[i]; i++)
		close(files[i].fd);
}

static void prepare(struct bench *b, enum paper_resolution resolution,
		    const char *const *names)
{
	struct prepare_file files[FILES];

	start(b, resolution, names, files);
	timer_set(b->loop, &b->limit, loop_now(b->loop) + WAIT_MS);
	loop_run(b->loop);
	timer_clear(b->loop, &b->limit);
	close_files(names, files);
	assert_true(b->done);
}

/* The document, of the expected form and with nothing else beside it. */
static int document(struct bench *b, uint32_t pages)
{
	char path[128];
	int fd;

	if (b->e != OK)
		fail_msg("%s", b->why.text);
	assert_int_equal(b->result.pages, pages);
	assert_int_equal(entries(b->work, false), 1);
	snprintf(path, sizeof path, "%s/%s", b->work, PREPARE_DOCUMENT);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(sample_pages(fd), pages);
	sample_expect_form(fd, paper_width(b->result.format),
			   paper_x_dpi(b->result.format.resolution),
			   paper_y_dpi(b->result.format.resolution));
	return fd;
}

static void expect_refusal(struct bench *b, const char *name, enum err e,
			   const char *sentence)
{
	prepare(b, PAPER_FINE, (const char *const[]){ name, NULL });
	assert_string_equal(b->why.text, sentence);
	assert_int_equal(b->e, e);
	assert_int_equal(entries(b->work, false), 0);
}

static void each_size_of_page_in_each_resolution(void **state)
{
	static const struct {
		const char *name;
		enum paper_size size;
		uint32_t min; /* tenths of mm: its length on the fax */
		uint32_t max;
	} sizes[] = {
		{ "a4", PAPER_A4, 2970, 2970 },
		/* At 300 dpi the line is wide enough, else 0.35 % too short. */
		{ "letter", PAPER_A4, 2784, 2794 },
		{ "landscape", PAPER_A4, 2970, 2970 },
		{ "a3", PAPER_A3, 4200, 4200 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char line[64];

		snprintf(line, sizeof line, "$TOOLS/make-document 2 in.pdf %s",
			 sizes[i].name);
		shell(b, line);
		for (unsigned r = 0; r < PAPER_RESOLUTIONS; r++) {
			enum paper_resolution want = (enum paper_resolution)r;
			uint32_t dpi = paper_y_dpi(want);
			uint32_t rows = 0;
			uint32_t width = 0;
			int fd;

			prepare(b, want,
				(const char *const[]){ "in.pdf", NULL });
			fd = document(b, 2);
			assert_int_equal(b->result.format.resolution, r);
			assert_int_equal(b->result.format.size, sizes[i].size);
			sample_size(fd, 1, &width, &rows);
			assert_in_range(rows, sizes[i].min * dpi / 254 - 5,
					sizes[i].max * dpi / 254 + 5);
			assert_true(sample_black(fd, 1) > 20 * dpi * dpi / 40);
			close(fd);
		}
	}
}

static void files_of_every_kind_become_one_fax(void **state)
{
	struct sample_page fax = sample_fax(1728, 500, 204, 196, 3);
	static const char text[] = "Dear Ben,\n\nhere it is.\n\f\tAna\n";
	struct bench *b = *state;
	int fd;

	shell(b, "$TOOLS/make-document 3 doc.pdf");
	shell(b, "pgmramp -lr 900 600 | pnmtojpeg > photo.jpg");
	shell(b, "pbmmake -g 1728 1000 | pnmtopng > plan.png");
	put_file(b, "letter", text, sizeof text - 1);
	put_fd(b, "fax.tif", sample_tiff(&fax, 1));
	prepare(b, PAPER_FINE,
		(const char *const[]){ "letter", "doc.pdf", "fax.tif",
				       "photo.jpg", "plan.png", NULL });
	fd = document(b, 8);
	assert_int_equal(b->result.format.resolution, PAPER_FINE);
	assert_int_equal(b->result.format.size, PAPER_A4);
	sample_expect(fd, 5, &fax, 0, 0); /* point for point all the same */
	close(fd);
}

static void a_cover_page_comes_from_a_form(void **state)
{
	struct cover c = { .to = "Ben", .from = "Ana", .text = "\xe8\xab\x8b" };
	struct bench *b = *state;
	char path[128];
	struct prepare_file file = { .name = "the cover page", .sheet = true };
	struct prepare_request r = { .files = &file,
				     .count = 1,
				     .resolution = PAPER_STANDARD,
				     .folder = b->work,
				     .program = getenv("FAXWIRE_FAX") };
	uint32_t width, rows;
	int fd;

	snprintf(path, sizeof path, "%s/cover", b->files);
	file.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(file.fd >= 0);
	assert_int_equal(cover_write(&c, file.fd), OK);
	b->prepare = prepare_new(b->loop, &r, finished, b);
	assert_non_null(b->prepare);
	timer_set(b->loop, &b->limit, loop_now(b->loop) + WAIT_MS);
	loop_run(b->loop);
	timer_clear(b->loop, &b->limit);
	close(file.fd);
	fd = document(b, 1);
	sample_size(fd, 0, &width, &rows);
	assert_in_range(rows, 1144, 1147);
	assert_in_range(sample_black(fd, 0), 5000, 60000);
	close(fd);
}

static void one_large_page_makes_all_pages_as_wide(void **state)
{
	struct bench *b = *state;

	shell(b, "$TOOLS/make-document 1 small.pdf");
	shell(b, "$TOOLS/make-document 1 large.pdf a3");
	prepare(b, PAPER_300,
		(const char *const[]){ "small.pdf", "large.pdf", NULL });
	close(document(b, 2));
	assert_int_equal(b->result.format.size, PAPER_A3);
}

static void pages_of_many_sizes_in_one_pdf_each_keep_theirs(void **state)
{
	static const uint32_t want[] = { 2292, 2149, 2292, 2292 };
	struct bench *b = *state;
	int fd;

	shell(b, "for s in a4 letter landscape; do "
		 "$TOOLS/make-document 1 $s.pdf $s; done; "
		 "pdfunite a4.pdf letter.pdf landscape.pdf a4.pdf all.pdf");
	prepare(b, PAPER_FINE, (const char *const[]){ "all.pdf", NULL });
	fd = document(b, 4);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t width;
		uint32_t rows;

		sample_size(fd, i, &width, &rows);
		assert_in_range(rows, want[i] - 3, want[i] + 3);
	}
	close(fd);
}

static void a_fax_goes_on_as_it_is(void **state)
{
	struct sample_page pages[2] = { sample_fax(2048, 300, 408, 391, 1),
					sample_fax(2048, 700, 408, 391, 2) };
	struct bench *b = *state;
	int fd;

	pages[0].width = 4096;
	pages[1].width = 4096;
	put_fd(b, "one.tif", sample_tiff(pages, 2));
	put_fd(b, "two.tif", sample_tiff(pages, 1));
	prepare(b, PAPER_STANDARD,
		(const char *const[]){ "one.tif", "two.tif", NULL });
	fd = document(b, 3);
	assert_int_equal(b->result.format.resolution, PAPER_400);
	assert_int_equal(b->result.format.size, PAPER_B4);
	sample_expect(fd, 0, &pages[0], 0, 0);
	sample_expect(fd, 1, &pages[1], 0, 0);
	sample_expect(fd, 2, &pages[0], 0, 0);
	close(fd);
}

static void line_art_stays_crisp_and_lies_upright(void **state)
{
	struct bench *b = *state;
	uint32_t width;
	uint32_t rows;
	int fd;

	/* As wide as the fax: no point changes but for the rows' scale. */
	shell(b, "pbmmake -g 1728 1728 | pnmtopng > in.png");
	prepare(b, PAPER_FINE, (const char *const[]){ "in.png", NULL });
	fd = document(b, 1);
	sample_size(fd, 0, &width, &rows);
	assert_in_range(rows, 1659, 1662); /* 1728 * 196 / 204 */
	close(fd);
	/* A transparent picture lies on white. */
	shell(b, "pbmmake -w 400 200 > a.pbm; pbmmake -b 400 200 > m.pbm; "
		 "pnmtopng -alpha=m.pbm m.pbm > in.png");
	prepare(b, PAPER_FINE, (const char *const[]){ "in.png", NULL });
	fd = document(b, 1);
	assert_int_equal(sample_black(fd, 0), 0);
	sample_size(fd, 0, &width, &rows);
	assert_true(rows > 1000); /* 400 points, upright, at 72 an inch */
	close(fd);
}

/* A camera that was held upright writes lying pictures, and says so. */
static void a_photograph_lies_as_the_camera_was_held(void **state)
{
	static const char exif[] = "\\377\\341\\0\\036Exif\\0\\0MM\\0\\052"
				   "\\0\\0\\0\\010\\0\\001\\001\\022\\0"
				   "\\003\\0\\0\\0\\001\\0\\006\\0\\0";
	struct bench *b = *state;
	char line[512];
	uint64_t above = 0;
	struct page page;
	int fd;

	/* Black at its left, which is above when it is turned. */
	shell(b, "pbmmake -b 150 400 > l.pbm; pbmmake -w 450 400 > r.pbm; "
		 "pnmcat -lr l.pbm r.pbm | pnmtojpeg > plain.jpg");
	snprintf(line, sizeof line,
		 "(head -c 2 plain.jpg; printf '%s'; tail -c +3 plain.jpg) > "
		 "held.jpg",
		 exif);
	shell(b, line);
	prepare(b, PAPER_FINE, (const char *const[]){ "held.jpg", NULL });
	fd = document(b, 1);
	assert_int_equal(page_open(&page, fd, 1, NULL), OK);
	for (uint32_t y = 0; y < page.rows; y++) {
		page_read(&page);
		if (y < page.rows / 5)
			for (uint32_t i = 0; i < page.width / 8; i++)
				above += page.bits[i] == 0xff;
	}
	page_close(&page);
	assert_true(above > (uint64_t)page.rows / 6 * 150);
	assert_in_range(sample_black(fd, 0), above * 8, above * 12);
	close(fd);
}

static void what_cannot_be_sent_is_refused_in_one_sentence(void **state)
{
	struct bench *b = *state;

	put_file(b, "empty.pdf", "", 0);
	expect_refusal(b, "empty.pdf", ERR_BAD,
		       "empty.pdf is empty; choose another file");
	put_file(b, "a.ps", "%!PS\n", 5);
	expect_refusal(b, "a.ps", ERR_UNSUPPORTED,
		       "a.ps is PostScript; make a PDF of it (ps2pdf) and send "
		       "that");
	put_file(b, "a.docx", "PK\3\4\24\0\0\0", 8);
	expect_refusal(b, "a.docx", ERR_BAD,
		       "a.docx is not a PDF, TIFF, PNG, JPEG or text file "
		       "(UTF-8); convert it to one of them");
	put_file(b, "broken.pdf", "%PDF-1.4\nrubbish", 16);
	expect_refusal(b, "broken.pdf", ERR_BAD,
		       "broken.pdf is damaged: it cannot be read as PDF; "
		       "export it again");
	shell(b, "$TOOLS/make-document 1 in.pdf; "
		 "qpdf --encrypt secret owner 256 -- in.pdf locked.pdf");
	expect_refusal(b, "locked.pdf", ERR_BAD,
		       "locked.pdf is protected by a password; print it to a "
		       "PDF without one");
	shell(b, "$TOOLS/make-document 1000 long.pdf");
	expect_refusal(b, "long.pdf", ERR_LIMIT,
		       "long.pdf has 1000 pages, more than a fax can have "
		       "(999); send it in parts");
	shell(b, "$TOOLS/make-document 0 none.pdf");
	expect_refusal(b, "none.pdf", ERR_BAD,
		       "none.pdf has no pages; export it again");
	put_file(b, "a.tif", "II*\0rubbish", 11);
	expect_refusal(b, "a.tif", ERR_BAD,
		       "a.tif is damaged: it begins like a TIFF file but "
		       "cannot be read as one; scan or export it again");
	put_file(b, "a.png", "\x89PNG\r\n\x1a\nrubbish", 15);
	expect_refusal(b, "a.png", ERR_BAD,
		       "a.png is damaged: the picture cannot be decoded; "
		       "export it again");
	shell(b, "pgmramp -lr 900 600 | pnmtojpeg | head -c 4000 > cut.jpg");
	expect_refusal(b, "cut.jpg", ERR_BAD,
		       "cut.jpg is damaged: the picture cannot be decoded; "
		       "export it again");
	expect_refusal(b, ".", ERR_BAD,
		       ". is not a file that can be read; choose another one");
}

/* Writes a PDF of one page by a line of Python: `page` goes into its
 * dictionary, `root` into the catalogue's, `text` is what is drawn. */
static void put_pdf(const struct bench *b, const char *page, const char *root,
		    const char *text)
{
	char line[1000];

	snprintf(
		line, sizeof line,
		"python3 -c '\n"
		"import zlib\n"
		"t = zlib.compress(%s)\n"
		"print(\"%%PDF-1.4\")\n"
		"print(\"1 0 obj <</Type/Catalog/Pages 2 0 R %s>> endobj\")\n"
		"print(\"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\")"
		"\n"
		"print(\"3 0 obj <</Type/Page/Parent 2 0 R/Contents 4 0 R %s>> "
		"endobj\", flush=True)\n"
		"import os\n"
		"os.write(1, b\"4 0 obj <</Filter/FlateDecode/Length "
		"%%d>> stream\\n\" %% len(t) + t + b\"\\nendstream endobj\\n"
		"trailer <</Root 1 0 R>>\\n\")' > bad.pdf",
		text, root, page);
	shell(b, line);
}

#define A4 "/MediaBox[0 0 595 842]"

static void hostile_documents_are_harmless_or_refused(void **state)
{
	static const char *const bad[] = { "bad.pdf", NULL };
	static const char huge_png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\206"
				       "\240\0\1\206\240\10\0\0\0\0";
	struct bench *b = *state;

	/* Pages that are larger than anything. */
	put_pdf(b, "/MediaBox[0 0 1000000 1000000]", "", "b\"\"");
	expect_refusal(b, "bad.pdf", ERR_BAD,
		       "bad.pdf is damaged: it has a page without a size; "
		       "export it again");
	put_pdf(b, "/MediaBox[0 0 900000 900000]", "",
		"b\"0 0 450000 900000 re f\"");
	prepare(b, PAPER_FINE, bad);
	close(document(b, 1));
	/* What runs when it is opened does not run here. */
	put_pdf(b, A4, "/OpenAction<</S/JavaScript/JS(while(1);)>>",
		"b\"0 0 300 300 re f\"");
	prepare(b, PAPER_FINE, bad);
	close(document(b, 1));
	/* 20 MB of nothing in 20 KB. */
	put_pdf(b, A4, "", "b\" \" * 20000000 + b\"0 0 9 9 re f\"");
	prepare(b, PAPER_FINE, bad);
	close(document(b, 1));
	/* Pages that are their own parents. */
	shell(b, "printf '%%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> "
		 "endobj\n2 0 obj <</Type/Pages/Kids[2 0 R]/Count 1>> endobj\n"
		 "trailer <</Root 1 0 R>>\n' > bad.pdf");
	prepare(b, PAPER_FINE, bad);
	assert_int_equal(b->e, ERR_BAD);
	shell(b, "$TOOLS/make-document 10000 bad.pdf");
	expect_refusal(b, "bad.pdf", ERR_LIMIT,
		       "bad.pdf has 10000 pages, more than a fax can have "
		       "(999); send it in parts");
	put_file(b, "huge.png", huge_png, sizeof huge_png - 1);
	expect_refusal(b, "huge.png", ERR_BAD,
		       "huge.png is damaged: the picture cannot be decoded; "
		       "export it again");
}

/* In the places where LibreOffice is installed. */
static void office_documents_become_pages_or_are_refused(void **state)
{
	static const char rtf[] = "{\\rtf1\\ansi Dear Ben,\\par here it is.}";
	static const char *const names[] = { "a.rtf", "a.docx" };
	struct bench *b = *state;

	put_file(b, "a.rtf", rtf, sizeof rtf - 1);
	shell(b, "$TOOLS/make-office a.docx");
	for (size_t i = 0; i < 2; i++) {
		char sentence[200];
		int fd;

		if (access(TOOL_OFFICE, X_OK) != 0) {
			snprintf(sentence, sizeof sentence,
				 "%s is an office document, and no "
				 "LibreOffice is installed here: export it as "
				 "PDF, or have libreoffice-writer-nogui "
				 "installed",
				 names[i]);
			expect_refusal(b, names[i], ERR_UNSUPPORTED, sentence);
			continue;
		}
		prepare(b, PAPER_FINE, (const char *const[]){ names[i], NULL });
		fd = document(b, 1); /* and no profile beside it */
		assert_in_range(sample_black(fd, 0), 500, 20000);
		close(fd);
	}
}

/* Documents of one letter each, the second with a cover page before it. */
static void prepare_pages(struct bench *b, const char *pages, int cover)
{
	struct prepare_file files[3] = {
		{ .fd = cover, .name = "cover", .sheet = true }
	};
	struct prepare_request r = { .files = cover < 0 ? files + 1 : files,
				     .count = cover < 0 ? 2 : 3,
				     .resolution = PAPER_STANDARD,
				     .pages = pages,
				     .folder = b->work,
				     .program = getenv("FAXWIRE_FAX") };

	for (int i = 1; i < 3; i++) {
		char path[128];

		snprintf(path, sizeof path, "%s/%d.tif", b->files, i);
		files[i] = (struct prepare_file){
			.fd = open(path, O_RDONLY | O_CLOEXEC), .name = "letter"
		};
		assert_true(files[i].fd >= 0);
	}
	entries(b->work, true);
	b->done = false;
	b->prepare = prepare_new(b->loop, &r, finished, b);
	assert_non_null(b->prepare);
	timer_set(b->loop, &b->limit, loop_now(b->loop) + WAIT_MS);
	loop_run(b->loop);
	timer_clear(b->loop, &b->limit);
	assert_true(b->done);
	close(files[1].fd);
	close(files[2].fd);
}

/* Two faxes of two pages; each page has so many rows. */
static void put_faxes_of_10_20_and_30_40_rows(struct bench *b)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct sample_page pages[] = {
			sample_fax(1728, 10 + 20 * i, 204, 98, 0),
			sample_fax(1728, 20 + 20 * i, 204, 98, 0),
		};

		put_fd(b, i == 0 ? "1.tif" : "2.tif", sample_tiff(pages, 2));
	}
}

static void expect_rows(struct bench *b, const uint32_t *rows, uint32_t pages)
{
	int fd = document(b, pages);

	for (uint32_t i = 0; i < pages; i++) {
		uint32_t width, height;

		sample_size(fd, i, &width, &height);
		if (rows[i] > 0)
			assert_int_equal(height, rows[i]);
	}
	close(fd);
}

static void only_pages_that_are_asked_for_are_kept(void **state)
{
	static const struct cover words = { .to = "Ben" };
	struct bench *b = *state;
	int cover = memfd_create("cover", MFD_CLOEXEC);

	put_faxes_of_10_20_and_30_40_rows(b);
	prepare_pages(b, NULL, -1);
	expect_rows(b, (const uint32_t[]){ 10, 20, 30, 40 }, 4);
	prepare_pages(b, "4,2-3,2", -1);
	expect_rows(b, (const uint32_t[]){ 40, 20, 30, 20 }, 4);
	assert_int_equal(cover_write(&words, cover), OK);
	prepare_pages(b, "3-", cover); /* not counted, and not left out */
	expect_rows(b, (const uint32_t[]){ 0, 30, 40 }, 3);
	close(cover);
	prepare_pages(b, "5", -1);
	assert_int_equal(b->e, ERR_MISSING);
	assert_string_equal(b->why.text,
			    "There is no page 5 to be sent: there are only 4.");
	assert_int_equal(entries(b->work, false), 0);
}

static void a_name_with_controls_is_made_printable(void **state)
{
	struct bench *b = *state;

	put_file(b, "a\nb\033[2J", "", 0);
	expect_refusal(b, "a\nb\033[2J", ERR_BAD,
		       "a?b?[2J is empty; choose another file");
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	struct bench *b = *state;
	struct prepare_file file = { .fd = 0, .name = "letter" };
	struct prepare_request r = { .files = &file,
				     .count = 1,
				     .folder = "/nowhere/at/all",
				     .program = getenv("FAXWIRE_FAX") };

	b->prepare = prepare_new(b->loop, &r, finished, b);
	assert_non_null(b->prepare);
	timer_set(b->loop, &b->limit, loop_now(b->loop) + WAIT_MS);
	loop_run(b->loop);
	timer_clear(b->loop, &b->limit);
	assert_int_equal(b->e, ERR_IO);
	assert_string_equal(b->why.text,
			    "the folder /nowhere/at/all cannot be used: No "
			    "such file or directory");
}

static void too_much_is_too_much(void **state)
{
	struct sample_page page = sample_fax(1728, 8, 204, 196, 0);
	struct sample_page *many = malloc(500 * sizeof page);
	struct bench *b = *state;

	assert_non_null(many);
	for (unsigned i = 0; i < 500; i++)
		many[i] = page;
	put_fd(b, "many.tif", sample_tiff(many, 500));
	free(many);
	prepare(b, PAPER_FINE,
		(const char *const[]){ "many.tif", "many.tif", NULL });
	assert_int_equal(b->e, ERR_LIMIT);
	assert_string_equal(b->why.text,
			    "the files have 1000 pages together, more than a "
			    "fax can have (999); send them in parts");
	shell(b, "truncate -s 200M huge");
	prepare(b, PAPER_FINE, (const char *const[]){ "huge", NULL });
	assert_int_equal(b->e, ERR_BAD); /* zeros: no text */
	assert_int_equal(entries(b->work, false), 0);
	shell(b, "truncate -s 257M huge");
	prepare(b, PAPER_FINE, (const char *const[]){ "huge", NULL });
	assert_int_equal(b->e, ERR_LIMIT);
	assert_string_equal(b->why.text,
			    "the files are larger than 256 MB together; send "
			    "fewer at a time, or make them smaller");
	assert_int_equal(entries(b->work, false), 0);
}

static void a_picture_like_a_bomb_is_refused(void **state)
{
	struct bench *b = *state;

	/* Some kilobytes that would become 225 million points. */
	shell(b, "pbmmake -w 15000 15000 | pnmtopng > bomb.png");
	expect_refusal(b, "bomb.png", ERR_LIMIT,
		       "bomb.png says that it is 15000 by 15000 points large, "
		       "which is more than a fax can show; make it smaller");
}

/* The loop still has to see the end of what was killed. */
static void cancel(struct timer *t)
{
	struct bench *b = t->owner;

	if (b->prepare)
		prepare_cancel(b->prepare);
	b->prepare = NULL;
	timer_set(b->loop, &b->limit, loop_now(b->loop) + 50);
}

static void it_can_be_cancelled_at_any_time(void **state)
{
	static const char *const names[] = { "in.pdf", "letter", NULL };
	struct bench *b = *state;

	shell(b, "$TOOLS/make-document 20 in.pdf");
	put_file(b, "letter", "x", 1);
	for (int ms = 0; ms < 300; ms += 20) {
		struct timer t = { .due = cancel, .owner = b };
		struct prepare_file files[FILES];

		start(b, PAPER_FINE, names, files);
		timer_set(b->loop, &t, loop_now(b->loop) + ms);
		loop_run(b->loop);
		timer_clear(b->loop, &t);
		timer_clear(b->loop, &b->limit);
		close_files(names, files);
		if (!b->done)
			assert_int_equal(entries(b->work, false), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_size_of_page_in_each_resolution),
		TEST(files_of_every_kind_become_one_fax),
		TEST(a_cover_page_comes_from_a_form),
		TEST(one_large_page_makes_all_pages_as_wide),
		TEST(pages_of_many_sizes_in_one_pdf_each_keep_theirs),
		TEST(a_fax_goes_on_as_it_is),
		TEST(line_art_stays_crisp_and_lies_upright),
		TEST(a_photograph_lies_as_the_camera_was_held),
		TEST(what_cannot_be_sent_is_refused_in_one_sentence),
		TEST(hostile_documents_are_harmless_or_refused),
		TEST(office_documents_become_pages_or_are_refused),
		TEST(only_pages_that_are_asked_for_are_kept),
		TEST(a_name_with_controls_is_made_printable),
		TEST(a_folder_that_is_not_there_is_told),
		TEST(too_much_is_too_much),
		TEST(a_picture_like_a_bomb_is_refused),
		TEST(it_can_be_cancelled_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
