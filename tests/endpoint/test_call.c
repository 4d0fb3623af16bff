/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "fax/heading.h"
#include "fax/outcome.h"
#include "fax/page.h"
#include "sample.h"

enum { PATIENCE_S = 30 };

static void fine_pages(struct sample_page *pages, unsigned n, uint32_t rows)
{
	for (unsigned i = 0; i < n; i++)
		pages[i] = sample_fax(1728, rows, 204, 196, i + 1);
}

static void begin_pair(struct child *caller, struct child *callee, int from,
		       int to, int pdf)
{
	child_start(caller, from, -1);
	child_start(callee, to, pdf);
	child_begin(caller, true, false, PATIENCE_S);
	child_begin(callee, false, pdf >= 0, PATIENCE_S);
}

static void expect_done(struct child *c, unsigned pages)
{
	assert_true(c->is_done);
	assert_string_equal(c->sentence, outcome_sentence(OUTCOME_DONE));
	assert_int_equal(c->done.outcome, OUTCOME_DONE);
	assert_int_equal(c->done.pages, pages);
	assert_int_equal(c->page_count, pages);
	assert_int_equal(child_end(c), 0);
}

static void test_five_pages_pass_between_two_processes(void **state)
{
	struct sample_page pages[5];
	struct child caller, callee;
	int from, to = child_file();

	(void)state;
	fine_pages(pages, 5, 2292);
	from = child_copy(sample_tiff(pages, 5));
	begin_pair(&caller, &callee, from, to, -1);
	child_join(&caller, &callee, 0);
	expect_done(&caller, 5);
	expect_done(&callee, 5);
	assert_string_equal(caller.identity, "CALLEE");
	assert_string_equal(callee.identity, "CALLER");
	assert_int_equal(callee.pages[4].number, 5);
	assert_int_equal(callee.pages[4].width, 1728);
	assert_int_equal(callee.pages[4].length, 2292);
	assert_int_equal(callee.pages[4].bad_rows, 0);
	assert_int_equal(sample_pages(to), 5);
	for (unsigned i = 0; i < 5; i++)
		sample_expect(to, i, &pages[i], 0, 0);
	close(from);
	close(to);
}

/* A line stands above each page, and below it the page as it was. */
static void test_pages_are_sent_with_the_heading_that_start_gives(void **state)
{
	struct endpoint_message start = {
		.type = ENDPOINT_START,
		.start = { .caller = true,
			   .unpaced = true,
			   .patience_s = PATIENCE_S,
			   .name = span_of("CALLER"),
			   .heading =
				   span_of("Fri 27 Nov 2026 14:05  a -> b") },
	};
	uint32_t rows = heading_rows(PAPER_FINE);
	struct sample_page pages[3];
	struct child caller, callee;
	uint8_t want[1728 / 8];
	int from, sent = child_file(), to = child_file();

	(void)state;
	fine_pages(pages, 3, 2292);
	from = child_copy(sample_tiff(pages, 3));
	child_start(&caller, from, sent);
	child_start(&callee, to, -1);
	child_say(&caller, &start);
	child_begin(&callee, false, false, PATIENCE_S);
	child_join(&caller, &callee, 0);
	expect_done(&caller, 3);
	expect_done(&callee, 3);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t ink = 0;
		struct page p;

		assert_int_equal(page_open(&p, to, i + 1, NULL), OK);
		assert_int_equal(p.rows, rows + 2292);
		for (uint32_t y = 0; y < rows; y++) {
			page_read(&p);
			for (size_t x = 0; x < sizeof want; x++)
				ink += p.bits[x] != 0;
		}
		assert_in_range(ink, 300, 2000);
		for (uint32_t y = 0; y < 2292; y++) {
			page_read(&p);
			sample_row(&pages[i], y, want);
			assert_memory_equal(p.bits, want, sizeof want);
		}
		page_close(&p);
	}
	close(from);
	close(sent);
	close(to);
}

static void test_a_path_of_4_kilobytes_a_second_is_enough(void **state)
{
	struct sample_page page = sample_fax(1728, 400, 204, 196, 1);
	struct child caller, callee;
	int from = child_copy(sample_tiff(&page, 1));
	int to = child_file();

	(void)state;
	begin_pair(&caller, &callee, from, to, -1);
	child_join(&caller, &callee, 4000);
	assert_true(caller.sent > 8000); /* 2 s at the least */
	expect_done(&caller, 1);
	expect_done(&callee, 1);
	sample_expect(to, 0, &page, 0, 0);
	close(from);
	close(to);
}

static void test_the_callee_writes_a_pdf_when_it_is_given_one(void **state)
{
	struct sample_page pages[2];
	struct child caller, callee;
	int from, to = child_file(), pdf = child_file();
	uint8_t *bytes;
	size_t len;

	(void)state;
	fine_pages(pages, 2, 300);
	from = child_copy(sample_tiff(pages, 2));
	begin_pair(&caller, &callee, from, to, pdf);
	child_join(&caller, &callee, 0);
	expect_done(&caller, 2);
	expect_done(&callee, 2);
	bytes = sample_read(pdf, &len);
	assert_true(len > 500);
	assert_memory_equal(bytes, "%PDF-", 5);
	free(bytes);
	close(from);
	close(to);
	close(pdf);
}

static void test_a_file_that_is_no_document_ends_with_a_sentence(void **state)
{
	struct child caller, callee;
	int from = child_copy(sample_bytes("%!PS", 4)), to = child_file();

	(void)state;
	begin_pair(&caller, &callee, from, to, -1);
	child_join(&caller, &callee, 0);
	assert_true(caller.is_done && callee.is_done);
	assert_int_equal(caller.done.outcome, OUTCOME_DOCUMENT);
	assert_false(caller.done.again);
	assert_int_not_equal(callee.done.outcome, OUTCOME_DONE);
	assert_int_equal(child_end(&caller), 0);
	assert_int_equal(child_end(&callee), 0);
	close(from);
	close(to);
}

/* Begins a callee and waits for its first packet. */
static int begin_callee(struct child *c, uint16_t patience_s)
{
	struct endpoint_message m;
	int to = child_file();

	child_start(c, to, -1);
	child_begin(c, false, false, patience_s);
	do
		assert_true(child_hear(c, &m));
	while (m.type != ENDPOINT_IFP);
	return to;
}

static void hear_the_end(struct child *c)
{
	struct endpoint_message m;

	while (!c->is_done)
		assert_true(child_hear(c, &m));
}

static void test_a_far_end_that_takes_nothing_is_given_up(void **state)
{
	struct child c;
	int to = begin_callee(&c, 1);

	(void)state;
	hear_the_end(&c);
	assert_int_equal(c.done.outcome, OUTCOME_STALLED);
	assert_true(c.done.again);
	assert_int_equal(c.done.pages, 0);
	assert_int_equal(child_end(&c), 0);
	close(to);
}

static void
test_a_packet_that_is_none_ends_the_call_with_a_sentence(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} packets[] = {
		{ "\xff", 1 },
		{ "\xd0\x02\x80\x00\x02\xff\xc0\x60\x20", 9 }, /* FCD */
		{ "\xc0\x01\x80\xff\xff", 5 },
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct child c;
		int to = begin_callee(&c, PATIENCE_S);

		child_say_packet(&c, packets[i].bytes, packets[i].len);
		hear_the_end(&c);
		assert_int_equal(c.done.outcome, OUTCOME_MALFORMED);
		assert_string_equal(c.sentence,
				    outcome_sentence(OUTCOME_MALFORMED));
		assert_int_equal(child_end(&c), 0);
		close(to);
	}
}

static void test_a_far_end_that_counts_wrong_ends_the_call(void **state)
{
	struct endpoint_message m = { .type = ENDPOINT_TAKEN,
				      .taken = 1000000 };
	struct child c;
	int to = begin_callee(&c, PATIENCE_S);

	(void)state;
	child_say(&c, &m);
	hear_the_end(&c);
	assert_int_equal(c.done.outcome, OUTCOME_MALFORMED);
	assert_int_equal(child_end(&c), 0);
	close(to);
}

static void test_stop_ends_it_and_says_what_there_is(void **state)
{
	static const struct {
		enum endpoint_stop_why why;
		enum outcome outcome;
	} stops[] = { { ENDPOINT_STOP_CUT, OUTCOME_CUT },
		      { ENDPOINT_STOP_WISH, OUTCOME_STOPPED } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct endpoint_message m = { .type = ENDPOINT_STOP };
		struct child c;
		int to = begin_callee(&c, PATIENCE_S);

		m.stop.why = (uint8_t)stops[i].why;
		child_say(&c, &m);
		hear_the_end(&c);
		assert_int_equal(c.done.outcome, stops[i].outcome);
		assert_int_equal(c.done.pages, 0);
		assert_int_equal(child_end(&c), 0);
		close(to);
	}
}

static void test_what_is_whole_is_kept_when_the_call_is_cut(void **state)
{
	struct endpoint_message m = { .type = ENDPOINT_STOP };
	struct sample_page pages[3];
	struct child caller, callee;
	int from, to = child_file();

	(void)state;
	fine_pages(pages, 3, 400);
	from = child_copy(sample_tiff(pages, 3));
	begin_pair(&caller, &callee, from, to, -1);
	callee.stop_at_page = 2;
	child_join(&caller, &callee, 60000);
	assert_int_equal(callee.page_count, 2);
	child_say(&callee, &m);
	hear_the_end(&callee);
	assert_int_equal(callee.done.outcome, OUTCOME_CUT);
	assert_int_equal(callee.done.pages, 2);
	assert_int_equal(sample_pages(to), 2);
	for (unsigned i = 0; i < 2; i++)
		sample_expect(to, i, &pages[i], 0, 0);
	assert_int_equal(child_end(&callee), 0);
	assert_int_equal(child_end(&caller), 0);
	close(from);
	close(to);
}

static void test_it_leaves_when_the_socket_is_closed(void **state)
{
	struct child c;
	int to = begin_callee(&c, PATIENCE_S);

	(void)state;
	assert_int_equal(child_end(&c), 0);
	close(to);
	child_start(&c, to = child_file(), -1);
	assert_int_equal(child_end(&c), 0);
	close(to);
}

static void
test_a_parent_that_speaks_nonsense_is_told_by_the_exit_code(void **state)
{
	struct endpoint_message start = { .type = ENDPOINT_START };
	struct endpoint_message taken = { .type = ENDPOINT_TAKEN };
	struct child c;
	int status;
	int to = begin_callee(&c, PATIENCE_S);

	(void)state;
	child_say(&c, &start); /* a second one */
	hear_the_end(&c);
	status = child_end(&c);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_PROTOCOL);
	close(to);
	child_start(&c, to = child_file(), -1);
	child_say(&c, &taken); /* instead of it */
	status = child_end(&c);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_PROTOCOL);
	close(to);
}

/* The value of a line of /proc/PID/status. */
static long status_of(pid_t pid, const char *key)
{
	char path[64], line[256];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtol(line + strlen(key), NULL, 10);
	fclose(f);
	return value;
}

static void test_it_is_confined_before_it_says_anything(void **state)
{
	struct child c;
	int to = begin_callee(&c, PATIENCE_S);

	(void)state;
	assert_int_equal(status_of(c.pid, "Seccomp:"), 2);
	assert_int_equal(status_of(c.pid, "NoNewPrivs:"), 1);
	assert_int_equal(child_end(&c), 0);
	close(to);
}

static void test_it_does_nothing_by_itself(void **state)
{
	const char *bare[] = { getenv("FAXWIRE_FAX"), NULL };
	const char *more[] = { getenv("FAXWIRE_FAX"), "call", "me", NULL };

	(void)state;
	assert_int_equal(sample_run(bare, -1), EX_USAGE);
	assert_int_equal(sample_run(more, -1), EX_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_five_pages_pass_between_two_processes),
		cmocka_unit_test(
			test_pages_are_sent_with_the_heading_that_start_gives),
		cmocka_unit_test(test_a_path_of_4_kilobytes_a_second_is_enough),
		cmocka_unit_test(
			test_the_callee_writes_a_pdf_when_it_is_given_one),
		cmocka_unit_test(
			test_a_file_that_is_no_document_ends_with_a_sentence),
		cmocka_unit_test(test_a_far_end_that_takes_nothing_is_given_up),
		cmocka_unit_test(
			test_a_packet_that_is_none_ends_the_call_with_a_sentence),
		cmocka_unit_test(
			test_a_far_end_that_counts_wrong_ends_the_call),
		cmocka_unit_test(test_stop_ends_it_and_says_what_there_is),
		cmocka_unit_test(
			test_what_is_whole_is_kept_when_the_call_is_cut),
		cmocka_unit_test(test_it_leaves_when_the_socket_is_closed),
		cmocka_unit_test(
			test_a_parent_that_speaks_nonsense_is_told_by_the_exit_code),
		cmocka_unit_test(test_it_is_confined_before_it_says_anything),
		cmocka_unit_test(test_it_does_nothing_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
