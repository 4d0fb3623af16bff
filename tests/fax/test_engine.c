/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/engine.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pair.h"
#include "sample.h"

enum { HOUR_MS = 3600 * 1000, ROWS = 1100 };

struct form {
	uint32_t width;
	float x_dpi;
	float y_dpi;
	uint32_t x_resolution; /* points a metre */
	uint32_t y_resolution;
};

static const struct form forms[] = {
	{ 1728, 204, 98, 8031, 3850 },	  { 2048, 204, 98, 8031, 3850 },
	{ 2432, 204, 98, 8031, 3850 },	  { 1728, 204, 196, 8031, 7700 },
	{ 2048, 204, 196, 8031, 7700 },	  { 2432, 204, 196, 8031, 7700 },
	{ 1728, 204, 391, 8031, 15400 },  { 2592, 300, 300, 11811, 11811 },
	{ 3072, 300, 300, 11811, 11811 }, { 3648, 300, 300, 11811, 11811 },
	{ 3456, 408, 391, 16063, 15400 }, { 4096, 408, 391, 16063, 15400 },
	{ 4864, 408, 391, 16063, 15400 },
};

enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static struct sample_page page_of(const struct form *f, uint32_t rows,
				  uint32_t seed)
{
	return sample_fax(f->width, rows, f->x_dpi, f->y_dpi, seed);
}

/* Sends pages of one form and holds what arrives against them. */
static void send_pages(struct pair *p, const struct engine_setup *setup,
		       const struct form *f, unsigned n, uint32_t rows)
{
	struct sample_page pages[PAIR_PAGES_MAX];
	int from, to = sample_file();

	for (unsigned i = 0; i < n; i++)
		pages[i] = page_of(f, rows, i + 1);
	from = sample_tiff(pages, n);
	pair_init(p, setup, from, to);
	pair_run(p, 4 * HOUR_MS);
	assert_true(p->caller.finished && p->callee.finished);
	assert_string_equal(outcome_name(p->caller.how), "done");
	assert_string_equal(outcome_name(p->callee.how), "done");
	assert_int_equal(p->caller.finished_pages, n);
	assert_int_equal(p->callee.finished_pages, n);
	assert_int_equal(p->caller.page_count, n);
	assert_int_equal(p->callee.page_count, n);
	assert_int_equal(sample_pages(to), n);
	for (unsigned i = 0; i < n; i++)
		sample_expect(to, i, &pages[i], 0, 0);
	pair_fini(p);
	close(from);
	close(to);
}

static void
test_a_page_arrives_in_every_coding_resolution_and_width(void **state)
{
	static const enum engine_coding codings[] = { ENGINE_MH, ENGINE_MR,
						      ENGINE_MMR };
	struct pair p;

	(void)state;
	for (unsigned c = 0; c < 3; c++)
		for (unsigned f = 0; f < FORMS; f++) {
			struct engine_setup setup = { .unpaced = true,
						      .coding = codings[c] };
			const struct engine_page *page = &p.callee.pages[0];

			send_pages(&p, &setup, &forms[f], 1, ROWS);
			assert_int_equal(page->number, 1);
			assert_int_equal(page->width, forms[f].width);
			assert_int_equal(page->length, ROWS);
			assert_int_equal(page->x_resolution,
					 forms[f].x_resolution);
			assert_int_equal(page->y_resolution,
					 forms[f].y_resolution);
			assert_int_equal(page->bad_rows, 0);
			assert_int_equal(page->coding, codings[c]);
			assert_true(page->octets > 1000);
		}
}

static void test_one_five_and_twenty_pages_arrive_in_order(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct pair p;

	(void)state;
	send_pages(&p, &setup, &forms[3], 1, 2292);
	send_pages(&p, &setup, &forms[3], 5, 2292);
	send_pages(&p, &setup, &forms[3], 20, 300);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(p.caller.pages[i].number, i + 1);
		assert_int_equal(p.callee.pages[i].number, i + 1);
	}
	assert_true(p.caller.longest_packet <= 311);
}

static void test_both_ends_hear_who_the_other_is(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct pair p;

	(void)state;
	send_pages(&p, &setup, &forms[3], 2, 100);
	assert_string_equal(p.callee.identity, "+1 555 0100 CALLER");
	assert_string_equal(p.caller.identity, "CALLEE 1234567890123");
	assert_int_equal(p.callee.identities, 1);
	assert_int_equal(p.caller.identities, 1);
}

static void test_a_page_passes_at_the_pace_of_a_line(void **state)
{
	struct engine_setup setup = { .coding = ENGINE_MMR };
	struct pair p;

	(void)state;
	send_pages(&p, &setup, &forms[3], 1, 2292);
	assert_in_range(p.now_ms, 15000, 120000);
}

static void test_a_page_passes_without_error_correction(void **state)
{
	struct engine_setup setup = { .coding = ENGINE_MR, .no_ecm = true };
	struct pair p;

	(void)state;
	send_pages(&p, &setup, &forms[3], 2, 400);
	setup.unpaced = true;
	send_pages(&p, &setup, &forms[3], 2, 400);
}

/* A block of T.4 Annex A is up to 64 KB, 16 s of such a path; T.30 waits
 * for an answer for 3 s, three times. */
static void test_a_slow_path_delays_a_fax_and_does_not_break_it(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct sample_page page = page_of(&forms[12], 4000, 1);
	int from = sample_tiff(&page, 1);
	int to = sample_file();
	struct pair p;

	(void)state;
	pair_init(&p, &setup, from, to);
	p.octets_per_s = 4000;
	pair_run(&p, HOUR_MS);
	assert_string_equal(outcome_name(p.caller.how), "done");
	assert_string_equal(outcome_name(p.callee.how), "done");
	assert_true(p.callee.pages[0].octets > 100000);
	assert_true(p.now_ms > 25000);
	sample_expect(to, 0, &page, 0, 0);
	pair_fini(&p);
	close(from);
	close(to);
}

static void test_without_the_standing_clock_the_same_fax_fails(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct sample_page page = page_of(&forms[12], 4000, 1);
	int from = sample_tiff(&page, 1);
	int to = sample_file();
	struct pair p;

	(void)state;
	pair_init(&p, &setup, from, to);
	p.octets_per_s = 4000;
	p.clock_never_stands = true;
	pair_run(&p, HOUR_MS);
	assert_true(p.caller.finished);
	assert_string_not_equal(outcome_name(p.caller.how), "done");
	assert_int_equal(p.caller.finished_pages, 0);
	pair_fini(&p);
	close(from);
	close(to);
}

static void test_what_is_whole_is_kept_when_the_call_is_cut(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct sample_page pages[6];
	int from, to = sample_file();
	struct pair p;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		pages[i] = page_of(&forms[3], 1000, i);
	from = sample_tiff(pages, 6);
	pair_init(&p, &setup, from, to);
	p.octets_per_s = 100000;
	p.stop_after = 3;
	pair_run(&p, HOUR_MS);
	assert_int_equal(p.callee.how, OUTCOME_CUT);
	assert_int_equal(p.callee.finished_pages, 3);
	assert_int_equal(sample_pages(to), 3);
	for (unsigned i = 0; i < 3; i++)
		sample_expect(to, i, &pages[i], 0, 0);
	pair_fini(&p);
	close(from);
	close(to);
}

static void test_a_page_that_is_not_stored_is_not_confirmed(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct sample_page page = page_of(&forms[3], 1000, 1);
	int from = sample_tiff(&page, 1);
	int to = sample_file();
	struct pair p;

	(void)state;
	pair_init(&p, &setup, from, to);
	p.callee.page_answer = ERR_SPACE;
	pair_run(&p, HOUR_MS);
	assert_int_equal(p.callee.how, OUTCOME_STORAGE);
	assert_int_equal(p.callee.finished_pages, 0);
	assert_int_equal(p.caller.page_count, 0);
	assert_int_not_equal(p.caller.how, OUTCOME_DONE);
	pair_fini(&p);
	close(from);
	close(to);
}

static void
test_a_full_disk_is_noticed_though_the_library_does_not(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct sample_page page = page_of(&forms[3], 1000, 1);
	int from = sample_tiff(&page, 1);
	int to = open("/dev/full", O_RDWR);
	struct pair p;

	(void)state;
	assert_true(to >= 0);
	pair_init(&p, &setup, from, to);
	pair_run(&p, HOUR_MS);
	assert_int_equal(p.callee.how, OUTCOME_STORAGE);
	assert_int_equal(p.callee.page_count, 0);
	assert_int_equal(p.caller.page_count, 0);
	pair_fini(&p);
	close(from);
	close(to);
}

static void test_a_page_of_no_fax_width_ends_with_a_reason(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct sample_page page = sample_fax(1700, 500, 204, 196, 1);
	int from = sample_tiff(&page, 1);
	int to = sample_file();
	struct pair p;

	(void)state;
	pair_init(&p, &setup, from, to);
	pair_run(&p, HOUR_MS);
	assert_int_equal(p.caller.how, OUTCOME_WIDTH);
	assert_int_equal(p.callee.page_count, 0);
	pair_fini(&p);
	close(from);
	close(to);
}

static void test_what_is_no_document_ends_with_a_reason(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	int from = sample_bytes("no TIFF", 7);
	int to = sample_file();
	struct pair p;

	(void)state;
	pair_init(&p, &setup, from, to);
	pair_run(&p, HOUR_MS);
	assert_int_equal(p.caller.how, OUTCOME_DOCUMENT);
	assert_int_not_equal(p.callee.how, OUTCOME_DONE);
	pair_fini(&p);
	close(from);
	close(to);
}

static void test_a_terminal_that_nobody_answers_gives_up(void **state)
{
	struct engine_setup setup = { .unpaced = true, .coding = ENGINE_MMR };
	struct sample_page page = page_of(&forms[3], 100, 1);
	int from = sample_tiff(&page, 1);
	int to = sample_file();
	struct pair p;

	(void)state;
	pair_init(&p, &setup, from, to);
	engine_stop(p.callee.engine, OUTCOME_STOPPED);
	pair_run(&p, HOUR_MS);
	assert_int_equal(p.callee.how, OUTCOME_STOPPED);
	assert_int_equal(p.caller.how, OUTCOME_NO_FAX);
	assert_in_range(p.now_ms, 30000, 120000);
	pair_fini(&p);
	close(from);
	close(to);
}

/* The pipe loses nothing and doubles nothing; a far end may. */
static void
test_whatever_packet_is_dropped_or_doubled_both_ends_end(void **state)
{
	static const struct engine_setup setups[] = {
		{ .unpaced = true, .coding = ENGINE_MMR },
		{ .unpaced = true, .coding = ENGINE_MR, .no_ecm = true },
	};
	struct sample_page pages[2] = { page_of(&forms[3], 30, 1),
					page_of(&forms[3], 30, 2) };
	int from = sample_tiff(pages, 2);
	int to = sample_file();

	(void)state;
	for (int s = 0; s < 4; s++) {
		unsigned n = 0;
		struct pair p;

		do {
			pair_init(&p, &setups[s / 2], from, to);
			p.tamper_at = ++n;
			p.tamper = s % 2 == 0 ? PAIR_DROP : PAIR_DOUBLE;
			pair_run(&p, HOUR_MS);
			assert_true(p.caller.finished && p.callee.finished);
			assert_int_equal(p.callee.finished_pages,
					 p.callee.page_count);
			pair_fini(&p);
		} while (n < p.packets);
		assert_true(n > 40);
	}
	close(from);
	close(to);
}

static void test_an_unsound_setup_makes_no_engine(void **state)
{
	static const char *const identifiers[] = { "123456789012345678901",
						   "caf\xc3\xa9", "\n" };
	struct engine_handlers none = { 0 };
	struct engine_setup setup = { .path = "x", .identifier = "" };
	char path[ENGINE_PATH_MAX + 2];

	(void)state;
	for (int i = 0; i < 3; i++) {
		setup.identifier = identifiers[i];
		assert_null(engine_new(&setup, &none));
	}
	setup.identifier = "";
	setup.path = "";
	assert_null(engine_new(&setup, &none));
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	setup.path = path;
	assert_null(engine_new(&setup, &none));
	path[ENGINE_PATH_MAX] = '\0';
	engine_free(engine_new(&setup, &none));
	engine_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_page_arrives_in_every_coding_resolution_and_width),
		cmocka_unit_test(
			test_one_five_and_twenty_pages_arrive_in_order),
		cmocka_unit_test(test_both_ends_hear_who_the_other_is),
		cmocka_unit_test(test_a_page_passes_at_the_pace_of_a_line),
		cmocka_unit_test(test_a_page_passes_without_error_correction),
		cmocka_unit_test(
			test_a_slow_path_delays_a_fax_and_does_not_break_it),
		cmocka_unit_test(
			test_without_the_standing_clock_the_same_fax_fails),
		cmocka_unit_test(
			test_what_is_whole_is_kept_when_the_call_is_cut),
		cmocka_unit_test(
			test_a_page_that_is_not_stored_is_not_confirmed),
		cmocka_unit_test(
			test_a_full_disk_is_noticed_though_the_library_does_not),
		cmocka_unit_test(
			test_a_page_of_no_fax_width_ends_with_a_reason),
		cmocka_unit_test(test_what_is_no_document_ends_with_a_reason),
		cmocka_unit_test(test_a_terminal_that_nobody_answers_gives_up),
		cmocka_unit_test(
			test_whatever_packet_is_dropped_or_doubled_both_ends_end),
		cmocka_unit_test(test_an_unsound_setup_makes_no_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
