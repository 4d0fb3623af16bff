/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire-fax and ghostscript make real reports, confined as in service. */
#include "terminal/report.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../fax/sample.h"

enum { WAIT_MS = 60000 };

struct bench {
	struct loop *loop;
	struct timer limit;
	char work[64];
	struct spool_job job;
	bool done;
	enum err e;
	int pdf;
	int64_t size;
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
	b->job = (struct spool_job){ .id = { 0xab, 0xcd },
				     .to = "ben@south",
				     .title = "letter.pdf",
				     .resolution = "fine",
				     .state = "delivered",
				     .last_result = "Delivered.",
				     .far_ident = "BEN",
				     .created_ms = 1795000000000,
				     .finished_ms = 1795000065000,
				     .attempts = 2,
				     .pages = 3,
				     .pages_confirmed = 3 };
	setenv("TZ", "UTC", 1);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	if (b->pdf > 0)
		close(b->pdf);
	assert_int_equal(rmdir(b->work), 0); /* nothing is left in it */
	loop_free(b->loop);
	free(b);
	return 0;
}

static void finished(void *owner, enum err e, int pdf, int64_t size,
		     const struct why *why)
{
	struct bench *b = owner;

	b->done = true;
	b->e = e;
	b->pdf = pdf;
	b->size = size;
	b->why = *why;
	loop_stop(b->loop);
}

static struct report *start(struct bench *b, const char *folder,
			    const char *document)
{
	struct report_request request = { .job = &b->job,
					  .document = document,
					  .from = "ana",
					  .ident = "Ana Ltd",
					  .started_ms = 1795000004000,
					  .folder = folder,
					  .program = getenv("FAXWIRE_FAX") };
	struct report *r = report_new(b->loop, &request, finished, b);

	assert_non_null(r);
	assert_false(b->done);
	return r;
}

static void run(struct bench *b)
{
	timer_set(b->loop, &b->limit, loop_now(b->loop) + WAIT_MS);
	loop_run(b->loop);
	timer_clear(b->loop, &b->limit);
}

/* What the PDF says; to be freed. */
static char *words(struct bench *b)
{
	char path[64];
	const char *const check[] = { "qpdf", "--check", path, NULL };
	const char *const read[] = { "pdftotext", "-layout", path, "-", NULL };
	int out = sample_file();
	size_t len;
	char *text;

	if (b->e != OK)
		fail_msg("%s", b->why.text);
	assert_true(b->size > 1000);
	sample_path(b->pdf, path, sizeof path);
	assert_int_equal(sample_run(check, -1), 0);
	assert_int_equal(sample_run(read, out), 0);
	text = (char *)sample_read(out, &len);
	text[len] = '\0';
	close(out);
	return text;
}

static void expect_words(const char *text, const char *const *all)
{
	for (; *all; all++)
		if (!strstr(text, *all))
			fail_msg("\"%s\" is not in: %s", *all, text);
}

static void a_delivered_fax_is_reported_with_all_that_is_known(void **state)
{
	struct sample_page page = sample_fax(1728, 2292, 204, 196, 1);
	struct bench *b = *state;
	int tiff = sample_tiff(&page, 1);
	char path[64];
	char *text;

	sample_path(tiff, path, sizeof path);
	start(b, b->work, path);
	run(b);
	text = words(b);
	expect_words(text, (const char *const[]){
				   "Fax report", "Delivered", "ben@south",
				   "ana", "letter.pdf",
				   "Wed 18 Nov 2026 11:07:45 UTC", "1 min 1 s",
				   "3 pages, each confirmed by the far end",
				   "fine (204 x 196 points an inch)", "BEN",
				   "Ana Ltd", "Delivered.",
				   "abcd0000000000000000000000000000",
				   "The first page, reduced", NULL });
	assert_true(b->size > 20000); /* the picture */
	free(text);
	close(tiff);
}

static void a_failed_fax_says_which_pages_arrived(void **state)
{
	static const struct {
		unsigned pages;
		unsigned good;
		const char *sentence;
	} cases[] = {
		{ 5, 3,
		  "5 pages: 1 to 3 confirmed by the far end, 4 and 5 not" },
		{ 3, 2, "3 pages: 1 and 2 confirmed by the far end, 3 not" },
		{ 4, 0, "4 pages, none confirmed" },
		{ 1, 0, "1 page, none confirmed" },
	};
	struct bench *b = *state;

	snprintf(b->job.state, sizeof b->job.state, "failed");
	snprintf(b->job.last_result, sizeof b->job.last_result,
		 "The call broke off.");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text;

		b->job.pages = (uint16_t)cases[i].pages;
		b->job.pages_confirmed = (uint16_t)cases[i].good;
		b->done = false;
		start(b, b->work, "/nowhere/document.tif");
		run(b);
		text = words(b);
		expect_words(text, (const char *const[]){
					   "Not delivered", cases[i].sentence,
					   "The call broke off.", NULL });
		assert_null(strstr(text, "The first page"));
		free(text);
		close(b->pdf);
		b->pdf = -1;
	}
}

static void names_in_other_scripts_are_shown(void **state)
{
	struct bench *b = *state;
	char *text;

	snprintf(b->job.title, sizeof b->job.title,
		 "\xe8\xab\x8b\xe6\xb1\x82\xe6\x9b\xb8 (M\xc3\xbcller)\\.pdf");
	start(b, b->work, NULL);
	run(b);
	text = words(b);
	expect_words(text, (const char *const[]){
				   "\xe8\xab\x8b\xe6\xb1\x82\xe6\x9b\xb8",
				   "(M\xc3\xbcller)\\.pdf", NULL });
	free(text);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	struct bench *b = *state;

	start(b, "/nowhere/at/all", NULL);
	run(b);
	assert_int_equal(b->e, ERR_IO);
	assert_string_equal(b->why.text,
			    "the folder /nowhere/at/all cannot be used: No "
			    "such file or directory");
}

static void what_is_cancelled_leaves_nothing(void **state)
{
	struct bench *b = *state;

	for (int ms = 0; ms < 200; ms += 25) {
		struct report *r = start(b, b->work, NULL);

		timer_set(b->loop, &b->limit, loop_now(b->loop) + ms);
		loop_run(b->loop);
		timer_clear(b->loop, &b->limit);
		if (!b->done)
			report_cancel(r);
		else
			close(b->pdf);
		b->done = false;
		b->pdf = -1;
		/* The loop still has to see the end of what was killed. */
		timer_set(b->loop, &b->limit, loop_now(b->loop) + 30);
		loop_run(b->loop);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_delivered_fax_is_reported_with_all_that_is_known),
		TEST(a_failed_fax_says_which_pages_arrived),
		TEST(names_in_other_scripts_are_shown),
		TEST(a_folder_that_is_not_there_is_told),
		TEST(what_is_cancelled_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
