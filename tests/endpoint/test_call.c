/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "fax/outcome.h"
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
	int from, to = sample_file();

	(void)state;
	fine_pages(pages, 5, 2292);
	from = sample_tiff(pages, 5);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_five_pages_pass_between_two_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
