/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <spandsp.h>

#include "wire/endpoint.h"

static void
test_every_outcome_has_a_name_and_a_sentence_of_its_own(void **state)
{
	(void)state;
	for (unsigned a = 0; a < OUTCOMES; a++) {
		const char *sentence = outcome_sentence(a);
		size_t len = strlen(sentence);

		assert_in_range(len, 10, ENDPOINT_SENTENCE_MAX);
		assert_int_equal(sentence[len - 1], '.');
		assert_in_range(sentence[0], 'A', 'Z');
		assert_null(strchr(outcome_name(a), ' '));
		for (unsigned b = 0; b < a; b++) {
			assert_string_not_equal(sentence, outcome_sentence(b));
			assert_string_not_equal(outcome_name(a),
						outcome_name(b));
		}
	}
}

static void test_only_success_is_done(void **state)
{
	(void)state;
	assert_int_equal(outcome_from_t30(T30_ERR_OK), OUTCOME_DONE);
	for (int code = T30_ERR_OK + 1; code <= T30_ERR_CSA_UNACCEPTABLE;
	     code++)
		assert_int_not_equal(outcome_from_t30(code), OUTCOME_DONE);
}

static void test_what_the_library_does_not_name_is_confusion(void **state)
{
	(void)state;
	assert_int_equal(outcome_from_t30(-1), OUTCOME_CONFUSED);
	assert_int_equal(outcome_from_t30(T30_ERR_CSA_UNACCEPTABLE + 1),
			 OUTCOME_CONFUSED);
}

static void test_trying_again_is_for_what_may_change(void **state)
{
	(void)state;
	assert_true(outcome_again(outcome_from_t30(T30_ERR_CALLDROPPED)));
	assert_true(outcome_again(outcome_from_t30(T30_ERR_T1_EXPIRED)));
	assert_true(outcome_again(OUTCOME_STALLED));
	assert_true(outcome_again(OUTCOME_STORAGE));
	assert_false(outcome_again(OUTCOME_DONE));
	assert_false(outcome_again(outcome_from_t30(T30_ERR_NOSIZESUPPORT)));
	assert_false(outcome_again(outcome_from_t30(T30_ERR_NORESSUPPORT)));
	assert_false(outcome_again(outcome_from_t30(T30_ERR_BADTIFF)));
}

static void test_the_numbers_are_those_that_were_given_out(void **state)
{
	(void)state;
	assert_int_equal(OUTCOME_DONE, 0);
	assert_int_equal(OUTCOME_CUT, 2);
	assert_int_equal(OUTCOME_WIDTH, 7);
	assert_int_equal(OUTCOME_STALLED, 16);
	assert_int_equal(OUTCOME_INTERNAL, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_every_outcome_has_a_name_and_a_sentence_of_its_own),
		cmocka_unit_test(test_only_success_is_done),
		cmocka_unit_test(
			test_what_the_library_does_not_name_is_confusion),
		cmocka_unit_test(test_trying_again_is_for_what_may_change),
		cmocka_unit_test(
			test_the_numbers_are_those_that_were_given_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
