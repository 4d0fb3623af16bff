/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire-fax picks pages of real documents, confined as it is in service. */
#include "terminal/assemble.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include <cmocka.h>

#include "../fax/sample.h"

enum { WAIT_MS = 60000 };

struct bench {
	struct loop *loop;
	struct timer limit;
	char work[64];
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
	snprintf(b->work, sizeof b->work, "/tmp/faxwire-work-XXXXXX");
	assert_non_null(mkdtemp(b->work));
	b->loop = loop_new();
	assert_non_null(b->loop);
	b->limit = (struct timer){ .due = out_of_time, .owner = b };
	*state = b;
	return 0;
}

static unsigned entries(const struct bench *b, bool empty_it)
{
	DIR *d = opendir(b->work);
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

	entries(b, true);
	assert_int_equal(rmdir(b->work), 0);
	loop_free(b->loop);
	free(b);
	return 0;
}

static void finished(void *owner, enum err e,
		     const struct prepare_result *result, const struct why *why)
{
	struct bench *b = owner;

	b->done = true;
	b->e = e;
	b->result = *result;
	b->why = *why;
	loop_stop(b->loop);
}

static struct assemble *start(struct bench *b, const char *folder,
			      const struct assemble_page *pages, size_t count)
{
	struct assemble_request r = { .pages = pages,
				      .count = count,
				      .folder = folder,
				      .program = getenv("FAXWIRE_FAX") };
	struct assemble *a;

	entries(b, true);
	b->done = false;
	a = assemble_new(b->loop, &r, finished, b);
	assert_non_null(a);
	assert_false(b->done);
	return a;
}

static void run(struct bench *b)
{
	timer_set(b->loop, &b->limit, loop_now(b->loop) + WAIT_MS);
	loop_run(b->loop);
	timer_clear(b->loop, &b->limit);
}

static void assemble(struct bench *b, const struct assemble_page *pages,
		     size_t count)
{
	start(b, b->work, pages, count);
	run(b);
	assert_true(b->done);
}

static int document(struct bench *b, uint32_t pages)
{
	char path[128];
	int fd;

	if (b->e != OK)
		fail_msg("%s", b->why.text);
	assert_int_equal(b->result.pages, pages);
	assert_int_equal(entries(b, false), 1);
	snprintf(path, sizeof path, "%s/%s", b->work, PREPARE_DOCUMENT);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(sample_pages(fd), pages);
	sample_expect_form(fd, paper_width(b->result.format),
			   paper_x_dpi(b->result.format.resolution),
			   paper_y_dpi(b->result.format.resolution));
	return fd;
}

static void expect_refusal(struct bench *b, const char *path, uint32_t page,
			   enum err e, const char *sentence)
{
	assemble(b, &(struct assemble_page){ path, page }, 1);
	assert_string_equal(b->why.text, sentence);
	assert_int_equal(b->e, e);
	assert_int_equal(entries(b, false), 0);
}

static void pages_come_in_the_order_that_was_asked_for(void **state)
{
	static const struct sample_page none;
	struct sample_page one[3] = { none, none, none };
	struct sample_page two[2] = { none, none };
	struct bench *b = *state;
	char a[64], c[64];
	int first, second, fd;

	for (unsigned i = 0; i < 3; i++)
		one[i] = sample_fax(1728, 300 + i, 204, 196, i);
	for (unsigned i = 0; i < 2; i++)
		two[i] = sample_fax(1728, 400 + i, 204, 196, 10 + i);
	first = sample_tiff(one, 3);
	second = sample_tiff(two, 2);
	sample_path(first, a, sizeof a);
	sample_path(second, c, sizeof c);
	assemble(b,
		 (const struct assemble_page[]){ { a, 3 },
						 { a, 1 },
						 { c, 2 },
						 { a, 2 },
						 { a, 2 },
						 { c, 1 } },
		 6);
	fd = document(b, 6);
	assert_int_equal(b->result.format.resolution, PAPER_FINE);
	assert_int_equal(b->result.format.size, PAPER_A4);
	sample_expect(fd, 0, &one[2], 0, 0);
	sample_expect(fd, 1, &one[0], 0, 0);
	sample_expect(fd, 2, &two[1], 0, 0);
	sample_expect(fd, 3, &one[1], 0, 0);
	sample_expect(fd, 4, &one[1], 0, 0);
	sample_expect(fd, 5, &two[0], 0, 0);
	close(fd);
	close(first);
	close(second);
}

/* Of 300 pages nobody wants to wait for a copy. */
static void a_whole_document_is_the_same_file(void **state)
{
	struct sample_page two[2] = { sample_fax(1728, 300, 204, 98, 1),
				      sample_fax(1728, 300, 204, 98, 2) };
	struct bench *b = *state;
	char made[128], given[128], sample[64];
	int from = sample_tiff(two, 2), fd;
	struct stat before, after;

	sample_path(from, sample, sizeof sample);
	snprintf(made, sizeof made, "%s/%s", b->work, PREPARE_DOCUMENT);
	snprintf(given, sizeof given, "%s.given", b->work);
	/* In another order it is another one. */
	assemble(b,
		 (const struct assemble_page[]){ { sample, 2 }, { sample, 1 } },
		 2);
	fd = document(b, 2);
	sample_expect(fd, 0, &two[1], 0, 0);
	assert_int_equal(fstat(fd, &before), 0);
	close(fd);
	assert_int_equal(rename(made, given), 0);
	assemble(b,
		 (const struct assemble_page[]){ { given, 1 }, { given, 2 } },
		 2);
	fd = document(b, 2);
	assert_int_equal(b->result.format.resolution, PAPER_STANDARD);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	close(fd);
	/* A part of it is not. */
	assemble(b, &(struct assemble_page){ given, 1 }, 1);
	fd = document(b, 1);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_not_equal(after.st_ino, before.st_ino);
	close(fd);
	close(from);
	assert_int_equal(unlink(given), 0);
}

static void the_largest_and_the_finest_win(void **state)
{
	struct sample_page small = sample_fax(1728, 1146, 204, 98, 1);
	struct sample_page large = sample_fax(2432, 300, 204, 196, 2);
	struct bench *b = *state;
	int first = sample_tiff(&small, 1);
	int second = sample_tiff(&large, 1);
	uint32_t width, rows;
	char a[64], c[64];
	int fd;

	sample_path(first, a, sizeof a);
	sample_path(second, c, sizeof c);
	assemble(b, (const struct assemble_page[]){ { a, 1 }, { c, 1 } }, 2);
	fd = document(b, 2);
	assert_int_equal(b->result.format.resolution, PAPER_FINE);
	assert_int_equal(b->result.format.size, PAPER_A3);
	sample_size(fd, 0, &width, &rows);
	assert_in_range(rows, 2290, 2294); /* the same length on paper */
	sample_expect(fd, 1, &large, 0, 0);
	close(fd);
	close(first);
	close(second);
}

static void as_many_as_a_fax_can_have(void **state)
{
	struct sample_page two[2] = { sample_fax(1728, 8, 204, 196, 1),
				      sample_fax(1728, 9, 204, 196, 2) };
	struct assemble_page *all = calloc(999, sizeof *all);
	struct bench *b = *state;
	int tiff = sample_tiff(two, 2);
	char path[64];
	int fd;

	assert_non_null(all);
	sample_path(tiff, path, sizeof path);
	for (unsigned i = 0; i < 999; i++)
		all[i] = (struct assemble_page){ path, 1 + i % 2 };
	assemble(b, all, 999);
	fd = document(b, 999);
	sample_expect(fd, 997, &two[1], 0, 0);
	sample_expect(fd, 998, &two[0], 0, 0);
	close(fd);
	close(tiff);
	free(all);
}

static void what_cannot_be_picked_is_told_in_a_sentence(void **state)
{
	struct sample_page page = sample_fax(1728, 300, 204, 196, 1);
	struct sample_page odd = sample_fax(1000, 300, 100, 100, 1);
	struct bench *b = *state;
	int tiff = sample_tiff(&page, 1);
	int other = sample_tiff(&odd, 1);
	char path[64];

	sample_path(tiff, path, sizeof path);
	expect_refusal(b, "/nowhere/document.tif", 1, ERR_MISSING,
		       "The document is gone; choose the pages again.");
	expect_refusal(b, path, 2, ERR_MISSING,
		       "The document has no page 2; choose the pages again.");
	expect_refusal(b, path, 0, ERR_MISSING,
		       "The document has no page 0; choose the pages again.");
	sample_path(other, path, sizeof path);
	expect_refusal(b, path, 1, ERR_BAD,
		       "The document is no fax; prepare it anew.");
	close(tiff);
	close(other);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	struct bench *b = *state;

	start(b, "/nowhere/at/all", &(struct assemble_page){ "x", 1 }, 1);
	run(b);
	assert_true(b->done);
	assert_int_equal(b->e, ERR_IO);
	assert_string_equal(b->why.text,
			    "the folder /nowhere/at/all cannot be used: No "
			    "such file or directory");
}

static void what_is_cancelled_leaves_nothing(void **state)
{
	struct sample_page page = sample_fax(1728, 2292, 204, 196, 1);
	struct bench *b = *state;
	int tiff = sample_tiff(&page, 1);
	char path[64];

	sample_path(tiff, path, sizeof path);
	for (int ms = 0; ms < 30; ms += 2) {
		struct assemble *a = start(
			b, b->work, &(struct assemble_page){ path, 1 }, 1);

		timer_set(b->loop, &b->limit, loop_now(b->loop) + ms);
		loop_run(b->loop);
		timer_clear(b->loop, &b->limit);
		if (!b->done) {
			assemble_cancel(a);
			assert_int_equal(entries(b, false), 0);
		}
		/* The loop still has to see the end of what was killed. */
		timer_set(b->loop, &b->limit, loop_now(b->loop) + 20);
		loop_run(b->loop);
	}
	close(tiff);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_come_in_the_order_that_was_asked_for),
		TEST(a_whole_document_is_the_same_file),
		TEST(the_largest_and_the_finest_win),
		TEST(as_many_as_a_fax_can_have),
		TEST(what_cannot_be_picked_is_told_in_a_sentence),
		TEST(a_folder_that_is_not_there_is_told),
		TEST(what_is_cancelled_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
